//! What the user set for the network, for the window and for commands without one.
//!
//! Environment variables win over the settings file, but for the air gap, which they can only close. What is no number or no file is
//! refused by [`Downloader::new`](models::download::Downloader::new), with a sentence, before anything is connected.

use models::download::NetworkSettings;
use settings::environment::rate;
use settings::{Layers, Privacy};

/// These settings for downloads; `rest`: what they do not say.
pub fn settings(privacy: &Privacy, rest: &NetworkSettings) -> NetworkSettings {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    NetworkSettings {
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
pub fn here() -> NetworkSettings {
    settings(&Layers::here().resolve().privacy, &NetworkSettings::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::environment::{self, AIR_GAPPED, AUTHORITIES, MIRROR, PROXY, RATE_LIMIT};

    fn with(name: &'static str, set: &'static str) -> NetworkSettings {
        let environment = environment::of(move |asked| (asked == name).then(|| set.into()));
        settings(&Layers { environment, ..Layers::default() }.resolve().privacy, &NetworkSettings::default())
    }

    #[test]
    fn nothing_set_is_the_default() {
        assert_eq!(with("", ""), NetworkSettings::default());
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
    fn a_variable_wins_over_the_file_but_opens_no_air_gap() {
        let environment =
            environment::of(|asked| [AIR_GAPPED, RATE_LIMIT].contains(&asked).then(|| "0".into()));
        let mut layers =
            Layers { environment, ..Layers::of("[privacy]\nair_gapped = true\nrate_limit = '2M'\n") };
        let told = settings(&layers.resolve().privacy, &NetworkSettings::default());
        assert_eq!((told.air_gapped, told.rate_limit), (true, Some(0)));
    }
}
