//! What the environment of this process sets: it wins over the settings file, but for the air gap, which it can only close.

use std::ffi::OsString;

use super::value::SettingValue;

/// Not empty and not 0: no connection at all. Nothing that it may be makes one possible.
pub const AIR_GAPPED: &str = "LOCALCODER_AIR_GAPPED";
/// `http://`, `https://` or `socks5://` address of a proxy.
pub const PROXY: &str = "LOCALCODER_PROXY";
/// Base URL instead of the hub's, https only.
pub const MIRROR: &str = "LOCALCODER_MIRROR";
/// Bytes per second at most; `k` and `M` stand for 1,000 and 1,000,000.
pub const RATE_LIMIT: &str = "LOCALCODER_RATE_LIMIT";
/// A PEM file with the certificates to trust instead of the public ones.
pub const AUTHORITIES: &str = "LOCALCODER_CA_FILE";

/// Key, variable and value of what is set.
pub fn read() -> Vec<(&'static str, &'static str, SettingValue)> {
    of(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

/// The same, with another way to ask for a variable.
pub fn of(value: impl Fn(&str) -> Option<OsString>) -> Vec<(&'static str, &'static str, SettingValue)> {
    let text = |name| value(name).map(|value| value.to_string_lossy().trim().to_owned());
    let all = [
        (
            "privacy.air_gapped",
            AIR_GAPPED,
            text(AIR_GAPPED).filter(|text| text != "0").map(|_| SettingValue::Bool(true)),
        ),
        ("privacy.proxy", PROXY, text(PROXY).map(SettingValue::Text)),
        ("privacy.mirror", MIRROR, text(MIRROR).map(SettingValue::Text)),
        ("privacy.rate_limit", RATE_LIMIT, text(RATE_LIMIT).map(SettingValue::Text)),
        ("privacy.certificates", AUTHORITIES, text(AUTHORITIES).map(SettingValue::Text)),
    ];
    all.into_iter().filter_map(|(key, variable, value)| Some((key, variable, value?))).collect()
}

/// Bytes a second: `500`, `64k`, `3M`.
pub fn rate(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit)
}
