//! The activity as text, for a report to others: figures and the editor's own sentences, no code and no paths.

use std::path::Path;

use super::{Activity, HostConnections};
use crate::phrases;
use crate::workspace::Workspace;
use crate::workspace::log::{LogEntry, LogLine};

/// Everything the activity panel shows, at `now` on the window's clock.
pub fn text(activity: &Activity, workspace: &Workspace, now: u64) -> String {
    let health = &workspace.health;
    let mut text = format!(
        "LocalCoder {} on {} {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let known = known_paths(workspace);
    let mut line = |words: String| {
        text += &masked(&known, words);
        text.push('\n');
    };
    line(format!("Open for {}", clock(now)));
    line(format!("Worker: {}", workspace.worker.doing()));
    if let Some((used, budget)) = workspace.worker.memory {
        line(format!("Memory: {} of {}", phrases::bytes(used), phrases::bytes(budget)));
    }
    for model in &workspace.worker.resident {
        let (predicted, measured) =
            (phrases::bytes(model.bytes_predicted), phrases::bytes(model.bytes_measured));
        line(format!("Model {}: {predicted} predicted, {measured} measured", model.id));
    }
    for (id, way) in &health.runs {
        let kv = if way.q8 { "8-bit" } else { "16-bit" };
        line(format!("Made smaller: {id}, {} tokens of context, {kv} KV cache", way.context));
    }
    for (job, asked) in &health.asked {
        let waits = clock(now.saturating_sub(asked.since));
        line(format!("Request: {} with {}, for {waits}", workspace.purpose(*job), asked.way.model.id));
    }
    if let Some(usage) = workspace.worker.usage {
        let (rate, first) = (usage.decode_rate(), usage.ttft_ms);
        line(format!("Last answer: {rate:.1} tokens/s, first token after {first:.0} ms"));
    }
    line(format!("Restarts: {}", health.restarts.len()));
    for (at, reason) in &health.restarts {
        line(format!("  {} {reason}", clock(*at)));
    }
    let all: u64 = activity.connections.iter().map(|host| host.times).sum();
    let air_gapped = if workspace.settings.privacy.air_gapped { ", air-gapped" } else { "" };
    line(format!("Connections: {all}{air_gapped}"));
    for HostConnections { host, times, bytes } in &activity.connections {
        line(format!("  {host}: {times}, {} received", phrases::bytes(*bytes)));
    }
    line("Log, the latest first:".to_owned());
    for entry in workspace.log.latest() {
        line(format!("  {}", entry_line(entry)));
    }
    text
}

/// An entry of the log in one line.
pub fn entry_line(entry: &LogEntry) -> String {
    let times = if entry.times > 1 { format!(" ({} times)", entry.times) } else { String::new() };
    format!("{} {}: {}{times}", clock(entry.at), entry.level.name(), entry.text)
}

/// Milliseconds since the window opened, for people: `4:07`, `1:02:09`.
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// What stands in the place of a path.
const MASK: &str = "[path]";

/// Paths that a sentence of ours may name, the longest first: those with blanks in them do not look like one path.
fn known_paths(workspace: &Workspace) -> Vec<String> {
    let files = workspace.tabs.iter().filter_map(|tab| tab.document.path());
    let folder = workspace.tree.iter().map(|tree| tree.root.as_path());
    let models = workspace.models.installed.iter().flatten().map(|model| model.reference.path.as_path());
    let named = files.chain(folder).chain(models).chain(workspace.layers.path.as_deref());
    // Their folders as well, but for the root.
    let mut all: Vec<String> = named
        .flat_map(Path::ancestors)
        .filter(|path| path.file_name().is_some() && path.is_absolute())
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    all.sort_by_key(|path| std::cmp::Reverse(path.len()));
    all.dedup();
    all
}

fn masked(known: &[String], words: String) -> String {
    without_paths(&known.iter().fold(words, |words, path| words.replace(path.as_str(), MASK)))
}

/// Lines for the log on disk, without paths like everything that may be given to others.
pub fn for_disk(workspace: &Workspace, lines: Vec<LogLine>) -> Vec<LogLine> {
    let known = known_paths(workspace);
    lines.into_iter().map(|line| LogLine { text: masked(&known, line.text), ..line }).collect()
}

/// The same words, with `[path]` in the place of what looks like one.
fn without_paths(words: &str) -> String {
    let is_path = |word: &str| {
        (word.contains('/') || word.contains('\\') || word.contains(MASK))
            && word.trim_matches(|c: char| !c.is_alphanumeric()) != "tokens/s"
    };
    let masked = words.split(' ').map(|word| if is_path(word) { MASK } else { word });
    masked.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::log::Severity;

    #[test]
    fn a_report_holds_figures_and_no_paths() {
        let mut state = Workspace::default();
        let reason = "Cannot open the model m at /data/secret/m.gguf: gone. It wrote 3.1 tokens/s.";
        state.log.add(61_000, Severity::Error, false, reason);
        state.health.died(5_000, "killed in C:\\Users\\secret");
        let reference = ipc::protocol::ModelRef {
            id: "m".into(),
            path: "/data/my secret folder/with a secret model.gguf".into(),
            sha256: None,
            stamp: None,
        };
        let model = crate::workspace::Model { reference, name: "M".into(), size: 1, for_code: true };
        state.models.installed = Some(vec![model]);
        let blanks = "/data/my secret folder/with a secret model.gguf: gone";
        state.log.add(62_000, Severity::Error, false, blanks);
        state.log.add(63_000, Severity::Error, false, "/data/my secret folder/deep is full");
        let activity = Activity {
            connections: vec![HostConnections { host: "huggingface.co".into(), times: 2, bytes: 5_000_000 }],
            ..Activity::default()
        };
        state.settings.privacy.air_gapped = true;
        let text = text(&activity, &state, 3_723_000);
        assert!(
            !text.contains("secret") && text.contains("at [path] gone. It wrote 3.1 tokens/s."),
            "{text}"
        );
        for words in [
            "Open for 1:02:03",
            "Worker: off",
            "1:01 error: ",
            "0:05 killed",
            "Connections: 2, air-gapped",
            "huggingface.co: 2, 5.0 MB received",
        ] {
            assert!(text.contains(words), "{words} in {text}");
        }
    }
}
