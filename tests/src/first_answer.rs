//! Whether the real model's first answer can be accepted: told in a line, and never asked for a second time. What the window does with an
//! answer is tested with a script in the model's place.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::screen::Editor;

/// A worker that computes nothing for so long has answered: between two attempts of one question the editor waits for less.
const RESTS: Duration = Duration::from_secs(6);

/// Accepts what is proposed. Gives the file's text then; `None` when the model has answered and there was nothing to accept.
///
/// # Errors
/// When nobody answers.
pub fn accepted(window: &mut Editor<'_>, file: &Path, before: &str) -> Result<Option<String>> {
    let mut accepted = None;
    let mut rest = Rest::default();
    window.wait_for_answer("an answer", |window| {
        window.press(&["ctrl+shift+Return"])?;
        let now = window.save(file)?;
        if now != before {
            accepted = Some(now);
        }
        let worked = window.workers().iter().filter_map(|pid| ticks(*pid)).sum();
        Ok(accepted.is_some() || rest.is_over(worked, Instant::now()))
    })?;
    Ok(accepted)
}

/// The line that tells it.
pub fn report(what: &str, model: &str, accepted: bool) {
    println!(
        "{what}: the first answer of {model} was accepted at first try: {}",
        if accepted { "yes" } else { "no" }
    );
}

/// Time of the processor that a process took, in ticks (proc(5), fields 14 and 15 of `stat`).
fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

/// Since when nothing was computed.
#[derive(Default)]
struct Rest {
    worked: u64,
    since: Option<Instant>,
}

impl Rest {
    fn is_over(&mut self, worked: u64, now: Instant) -> bool {
        // Answering a ping takes a tick now and then.
        if worked > self.worked + 5 {
            *self = Rest { worked, since: Some(now) };
        }
        self.since.is_some_and(|since| now - since >= RESTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_rests_after_it_has_worked_and_not_before() {
        let start = Instant::now();
        let mut rest = Rest::default();
        let mut at = |worked, seconds| rest.is_over(worked, start + Duration::from_secs(seconds));
        assert!(!at(0, 0) && !at(0, 60), "it has not begun");
        assert!(!at(100, 61) && !at(102, 64) && !at(200, 66));
        assert!(!at(201, 71) && at(202, 72));
    }
}
