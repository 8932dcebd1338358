//! What the user set for the network, for the window and for commands without one.
//!
//! Today these are environment variables; a settings page plugs in here. What is no number or no file is refused by
//! [`Downloader::new`](models::download::Downloader::new), with a sentence, before anything is connected.

use std::ffi::OsString;

use models::download::Settings;

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

/// The settings of this process.
pub fn settings() -> Settings {
    of(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

fn of(value: impl Fn(&str) -> Option<OsString>) -> Settings {
    let text = |name| value(name).map(|value| value.to_string_lossy().trim().to_owned());
    Settings {
        air_gapped: text(AIR_GAPPED).is_some_and(|text| text != "0"),
        proxy: text(PROXY),
        mirror: text(MIRROR),
        // Nonsense becomes the one limit that is always refused.
        rate_limit: text(RATE_LIMIT).map(|text| rate(&text).unwrap_or(0)),
        authorities: value(AUTHORITIES).map(Into::into),
        ..Settings::default()
    }
}

fn rate(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, set: &'static str) -> Settings {
        of(move |asked| (asked == name).then(|| set.into()))
    }

    #[test]
    fn nothing_set_is_the_default() {
        assert_eq!(of(|_| None), Settings::default());
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
}
