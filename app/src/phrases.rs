//! Models, their speed and their downloads in the words that people read, in the window and without one.

use models::catalog::ModelRole;
use models::download::{DownloadPhase, DownloadProgress};
use models::fit::{FitVerdict, Recommendation};
use models::import::Tool;
use models::store::Condition;

use crate::speed::Speed;

pub use ground::words::*;

/// The word for a role, in files and commands.
pub fn role(role: ModelRole) -> &'static str {
    match role {
        ModelRole::Code => "code",
        ModelRole::General => "general",
        ModelRole::Completion => "completion",
    }
}

/// The roles, as a list.
pub fn roles(all: &[ModelRole]) -> String {
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

/// What is known of a model's bytes, at `now` in seconds since 1970.
pub fn condition(condition: Condition, now: u64) -> String {
    match condition {
        Condition::Verified(then) => format!("verified {}", ago(then, now)),
        Condition::Sampled(then) => format!("sampled {}", ago(then, now)),
        Condition::Changed => "changed since it was verified: every byte is checked before it is used".into(),
        Condition::Missing => "its file is missing: import or install it again".into(),
        Condition::Unknown => "not verified yet: every byte is checked before it is used".into(),
    }
}

/// The verdict as one word.
pub fn verdict(verdict: &FitVerdict) -> &'static str {
    match verdict {
        FitVerdict::Fits => "fits",
        FitVerdict::Tight { .. } => "tight",
        FitVerdict::DoesNotFit { .. } => "does-not-fit",
    }
}

/// The verdict as a sentence, with what the model would take.
pub fn fit(fit: &Recommendation) -> String {
    let takes =
        format!("{} at {} tokens of context", bytes(fit.need.total()), grouped(u64::from(fit.load.context)));
    match &fit.verdict {
        FitVerdict::Fits => format!("Fits: {takes}."),
        FitVerdict::Tight { why } => format!("Tight: {why}."),
        FitVerdict::DoesNotFit { why, .. } => format!("Does not fit: {why}."),
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
pub fn progress(progress: &DownloadProgress) -> String {
    let amount = format!("{} of {}", bytes(progress.done), bytes(progress.total));
    match progress.phase {
        DownloadPhase::Waiting => "waiting for the download before it".into(),
        DownloadPhase::Resuming => format!("checking what an earlier run left, {amount}"),
        DownloadPhase::Connecting => format!("connecting, {amount}"),
        DownloadPhase::Transferring => {
            let left = progress.left.map(|time| format!(", {}", left(time))).unwrap_or_default();
            format!("{amount}, {}/s{left}", bytes(progress.speed))
        }
        DownloadPhase::Retrying(attempt) => {
            format!("the connection failed; trying again (attempt {attempt}), {amount}")
        }
        DownloadPhase::Paused => format!("paused at {amount}"),
        DownloadPhase::Installing => "installing".into(),
    }
}

/// The same as the beginning of a sentence.
pub fn sentence_speed(known: Speed) -> String {
    let words = speed(known);
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
}

/// The same words with a capital at their start.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn speeds_say_how_they_are_known() {
        assert_eq!(
            [Speed::AtMost(34.4), Speed::Expected(3.21), Speed::Seen(27.0)].map(speed),
            ["up to 34 tokens/s", "about 3.2 tokens/s", "27 tokens/s here"]
        );
        assert_eq!(sentence_speed(Speed::Expected(3.21)), "About 3.2 tokens/s");
    }

    #[test]
    fn progress_is_honest() {
        let progress = DownloadProgress {
            done: 312_000_000,
            total: 1_100_000_000,
            speed: 12_300_000,
            left: Some(Duration::from_secs(64)),
            phase: DownloadPhase::Transferring,
        };
        assert_eq!(super::progress(&progress), "312 MB of 1.1 GB, 12.3 MB/s, 64 s left");
        assert!(
            super::progress(&DownloadProgress { phase: DownloadPhase::Retrying(2), ..progress })
                .contains("attempt 2")
        );
    }
}
