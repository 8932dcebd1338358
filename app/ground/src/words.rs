//! Sizes, counts and times in the words that people read.

use std::time::Duration;

/// A size for people: `1.5 GB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let Some((unit, name)) = UNITS.iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} B");
    };
    let value = bytes as f64 / *unit as f64;
    if value >= 100.0 { format!("{value:.0} {name}") } else { format!("{value:.1} {name}") }
}

/// A time in milliseconds as people say it: `640 ms`, `12.8 s`.
pub fn milliseconds(ms: f64) -> String {
    if ms < 1_000.0 { format!("{ms:.0} ms") } else { format!("{:.1} s", ms / 1_000.0) }
}

/// `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `7.6 B` weights.
pub fn parameters(count: u64) -> String {
    if count >= 1_000_000_000 {
        format!("{:.1} B", count as f64 / 1e9)
    } else {
        format!("{} M", count / 1_000_000)
    }
}

/// `5 min left`.
pub fn left(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=89 => format!("{} s left", seconds.max(1)),
        seconds @ 90..=5_399 => format!("{} min left", (seconds + 30) / 60),
        seconds => format!("{:.1} h left", seconds as f64 / 3_600.0),
    }
}

/// How long ago, between two times in seconds since 1970: `3 days ago`.
pub fn ago(then: u64, now: u64) -> String {
    let (count, unit) = match now.saturating_sub(then) {
        0..=89 => return "just now".into(),
        seconds @ 90..=5_399 => ((seconds + 30) / 60, "minute"),
        seconds @ 5_400..=129_599 => ((seconds + 1_800) / 3_600, "hour"),
        seconds => ((seconds + 43_200) / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// An error's text as a sentence.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_seconds() {
        assert_eq!(milliseconds(640.4), "640 ms");
        assert_eq!(milliseconds(12_751.0), "12.8 s");
    }

    #[test]
    fn numbers_are_for_people() {
        assert_eq!([grouped(7), grouped(8192), grouped(1_234_567)], ["7", "8,192", "1,234,567"]);
        assert_eq!([parameters(7_615_616_512), parameters(134_515_008)], ["7.6 B", "134 M"]);
        let left = |seconds| left(Duration::from_secs(seconds));
        assert_eq!(
            [left(0), left(59), left(300), left(7_200)],
            ["1 s left", "59 s left", "5 min left", "2.0 h left"]
        );
        let ago = |seconds: u64| ago(1_000, 1_000 + seconds);
        assert_eq!([ago(5), ago(3_600), ago(86_400 * 3)], ["just now", "60 minutes ago", "3 days ago"]);
        assert_eq!([ago(7_200), ago(90_000)], ["2 hours ago", "25 hours ago"]);
    }
}
