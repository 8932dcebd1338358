//! What the user set for the network, for the window and for commands without one.
//!
//! Environment variables win over the settings file. What is no number or no file is refused by
//! [`Downloader::new`](models::download::Downloader::new), with a sentence, before anything is connected.

use std::ffi::OsString;

use models::download::Settings;

use crate::settings::Privacy;
use crate::settings::value::Value;

/// Not empty and not 0: no connection at all.
pub const AIR_GAPPED: &str = "LOCALCODER_AIR_GAPPED";
/// `http://`, `https://` or `socks5://` address of a proxy.
pub const PROXY: &str = "LOCALCODER_PROXY";
/// Base URL instead of the hub's, https only.
pub const MIRROR: &str = "LOCALCODER_MIRROR";
/// Bytes per second at most; `k` and `M` stand for 1,000 and 1,000,000.
pub const RATE_LIMIT: &str = "LOCALCODER_RATE_LIMIT";
/// A PEM file with the certificates to trust instead of the public ones.
pub const AUTHORITIES: &str = "LOCALCODER_CA_FILE";

/// What the environment of this process sets: key, variable, value.
pub fn environment() -> Vec<(&'static str, &'static str, Value)> {
    of(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

fn of(value: impl Fn(&str) -> Option<OsString>) -> Vec<(&'static str, &'static str, Value)> {
    let text = |name| value(name).map(|value| value.to_string_lossy().trim().to_owned());
    let all = [
        ("privacy.air_gapped", AIR_GAPPED, text(AIR_GAPPED).map(|text| Value::Bool(text != "0"))),
        ("privacy.proxy", PROXY, text(PROXY).map(Value::Text)),
        ("privacy.mirror", MIRROR, text(MIRROR).map(Value::Text)),
        ("privacy.rate_limit", RATE_LIMIT, text(RATE_LIMIT).map(Value::Text)),
        ("privacy.certificates", AUTHORITIES, text(AUTHORITIES).map(Value::Text)),
    ];
    all.into_iter().filter_map(|(key, variable, value)| Some((key, variable, value?))).collect()
}

/// These settings for downloads; `rest`: what they do not say.
pub fn settings(privacy: &Privacy, rest: &Settings) -> Settings {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Settings {
        air_gapped: privacy.air_gapped,
        proxy: text(&privacy.proxy),
        mirror: text(&privacy.mirror),
        // Nonsense becomes the one limit that is always refused.
        rate_limit: text(&privacy.rate_limit).map(|text| rate(&text).unwrap_or(0)),
        authorities: (!privacy.certificates.as_os_str().is_empty()).then(|| privacy.certificates.clone()),
        ..rest.clone()
    }
}

/// The settings of this process: the user's file and the environment.
pub fn here() -> Settings {
    settings(&crate::settings::Layers::here().resolve().privacy, &Settings::default())
}

/// Bytes a second: `500`, `64k`, `3M`.
pub fn rate(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Layers;

    fn with(name: &'static str, set: &'static str) -> Settings {
        let environment = of(move |asked| (asked == name).then(|| set.into()));
        settings(&Layers { environment, ..Layers::default() }.resolve().privacy, &Settings::default())
    }

    #[test]
    fn nothing_set_is_the_default() {
        assert_eq!(with("", ""), Settings::default());
    }

    #[test]
    fn each_variable_sets_its_own() {
        assert!(with(AIR_GAPPED, "1").air_gapped && !with(AIR_GAPPED, "0").air_gapped);
        assert_eq!(with(PROXY, "socks5://127.0.0.1:9").proxy.as_deref(), Some("socks5://127.0.0.1:9"));
        assert_eq!(with(MIRROR, "https://models.example").mirror.as_deref(), Some("https://models.example"));
        assert_eq!(with(AUTHORITIES, "/ca.pem").authorities, Some("/ca.pem".into()));
        let rates = [("500", 500), ("64k", 64_000), ("3 M", 3_000_000), ("much", 0), ("-1", 0)];
        for (text, bytes) in rates {
            assert_eq!(with(RATE_LIMIT, text).rate_limit, Some(bytes), "{text}");
        }
    }

    #[test]
    fn a_variable_wins_over_the_file() {
        let environment = of(|asked| (asked == AIR_GAPPED).then(|| "0".into()));
        let mut layers =
            Layers { environment, ..Layers::of("[privacy]\nair_gapped = true\nrate_limit = '2M'\n") };
        let told = settings(&layers.resolve().privacy, &Settings::default());
        assert_eq!((told.air_gapped, told.rate_limit), (false, Some(2_000_000)));
    }
}
