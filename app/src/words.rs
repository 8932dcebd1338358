//! Sizes, times and names of models in the words that people read, in the window and without one.

use std::time::Duration;

use models::catalog::Role;
use models::download::{Phase, Progress};
use models::fit::{Recommendation, Verdict};
use models::import::Tool;

use crate::speed::Speed;

pub use crate::views::bytes;

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

/// The word for a role, in files and commands.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Code => "code",
        Role::General => "general",
        Role::Completion => "completion",
    }
}

/// The roles, as a list.
pub fn roles(all: &[Role]) -> String {
    all.iter().map(|one| role(*one)).collect::<Vec<_>>().join(", ")
}

/// Whose folder a model was found in.
pub fn tool(tool: Tool) -> &'static str {
    match tool {
        Tool::LmStudio => "LM Studio",
        Tool::Ollama => "Ollama",
        Tool::HuggingFace => "Hugging Face cache",
        Tool::LlamaCpp => "llama.cpp cache",
    }
}

/// The verdict as one word.
pub fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Fits => "fits",
        Verdict::Tight { .. } => "tight",
        Verdict::DoesNotFit { .. } => "does-not-fit",
    }
}

/// The verdict as a sentence, with what the model would take.
pub fn fit(fit: &Recommendation) -> String {
    let takes =
        format!("{} at {} tokens of context", bytes(fit.need.total()), grouped(u64::from(fit.load.context)));
    match &fit.verdict {
        Verdict::Fits => format!("Fits: {takes}."),
        Verdict::Tight { why } => format!("Tight: {why}."),
        Verdict::DoesNotFit { why, .. } => format!("Does not fit: {why}."),
    }
}

/// `27 tokens/s here`, `about 12 tokens/s`, `up to 12 tokens/s`: what is seen, what is likely, what is possible.
pub fn speed(speed: Speed) -> String {
    let rate = speed.tokens_per_second();
    let rate = if rate >= 10.0 { format!("{rate:.0} tokens/s") } else { format!("{rate:.1} tokens/s") };
    match speed {
        Speed::Seen(_) => format!("{rate} here"),
        Speed::Expected(_) => format!("about {rate}"),
        Speed::AtMost(_) => format!("up to {rate}"),
    }
}

/// `312 MB of 1.1 GB, 12.3 MB/s, 1 min left`.
pub fn progress(progress: &Progress) -> String {
    let amount = format!("{} of {}", bytes(progress.done), bytes(progress.total));
    match progress.phase {
        Phase::Waiting => "waiting for the download before it".into(),
        Phase::Resuming => format!("checking what an earlier run left, {amount}"),
        Phase::Connecting => format!("connecting, {amount}"),
        Phase::Transferring => {
            let left = progress.left.map(|time| format!(", {}", left(time))).unwrap_or_default();
            format!("{amount}, {}/s{left}", bytes(progress.speed))
        }
        Phase::Retrying(attempt) => {
            format!("the connection failed; trying again (attempt {attempt}), {amount}")
        }
        Phase::Paused => format!("paused at {amount}"),
        Phase::Installing => "installing".into(),
    }
}

/// The same as the beginning of a sentence.
pub fn sentence_speed(known: Speed) -> String {
    let words = speed(known);
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
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
        assert_eq!(
            [Speed::AtMost(34.4), Speed::Expected(3.21), Speed::Seen(27.0)].map(speed),
            ["up to 34 tokens/s", "about 3.2 tokens/s", "27 tokens/s here"]
        );
        assert_eq!(sentence_speed(Speed::Expected(3.21)), "About 3.2 tokens/s");
    }

    #[test]
    fn progress_is_honest() {
        let progress = Progress {
            done: 312_000_000,
            total: 1_100_000_000,
            speed: 12_300_000,
            left: Some(Duration::from_secs(64)),
            phase: Phase::Transferring,
        };
        assert_eq!(super::progress(&progress), "312 MB of 1.1 GB, 12.3 MB/s, 64 s left");
        assert!(super::progress(&Progress { phase: Phase::Retrying(2), ..progress }).contains("attempt 2"));
    }
}
