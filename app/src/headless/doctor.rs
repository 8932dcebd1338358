//! `doctor`: is everything here that the product needs, and does the worker answer; and, as the twin of the activity panel, what a
//! window on this machine has seen: memory that did not suffice, workers that ended, connections, the end of the log.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use assist::worker;
use ipc::{
    blocking::Conversation,
    protocol::{Confinement, WorkerMessage},
};
use lexopt::{Arg, Parser, ValueExt};
use serde_json::{Value, json};

use super::{CommandFailure, CommandResult, output};
use crate::effects::LOG;
use crate::features::activity::logfile;
use crate::workspace::health::store;
use crate::{airgap, machine};

/// Entries of the log that are told, the latest.
const MAX_ENTRIES: usize = 200;

/// One thing that was looked at.
struct Finding {
    name: &'static str,
    fine: bool,
    text: String,
    details: Value,
}

/// Runs the command. Fails when something needs the user.
///
/// # Errors
/// Wrong arguments, or a finding that is not fine.
pub fn run(args: Vec<OsString>) -> CommandResult {
    let (as_json, prove_offline) = parse(args)?;
    if prove_offline {
        return super::offline::run(as_json);
    }
    let findings = [memory(), models(), handshake(), confinement(), activity(), log(log_path().as_deref())];
    if as_json {
        let list: Vec<Value> = findings
            .iter()
            .map(|f| json!({ "name": f.name, "ok": f.fine, "text": f.text, "details": f.details }))
            .collect();
        let ok = findings.iter().all(|f| f.fine);
        output::json(
            &json!({ "command": "doctor", "ok": ok, "version": env!("CARGO_PKG_VERSION"), "findings": list }),
        );
    } else {
        for finding in &findings {
            println!("{} {:<9}{}", if finding.fine { "ok  " } else { "FAIL" }, finding.name, finding.text);
        }
    }
    let wrong: Vec<&str> = findings.iter().filter(|f| !f.fine).map(|f| f.name).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(CommandFailure::Failed(format!("needs attention: {}", wrong.join(", "))))
    }
}

/// Whether the answer is for programs, and whether to prove that nothing connects.
fn parse(args: Vec<OsString>) -> Result<(bool, bool), CommandFailure> {
    let mut parser = Parser::from_args(args);
    let (mut as_json, mut prove_offline) = (false, false);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("prove-offline") => prove_offline = true,
            Arg::Long("format") => match parser.value()?.string()?.as_str() {
                "json" => as_json = true,
                "text" => as_json = false,
                other => {
                    return Err(CommandFailure::Usage(format!("--format wants text or json, not «{other}»")));
                }
            },
            other => return Err(other.unexpected().into()),
        }
    }
    Ok((as_json, prove_offline))
}

fn memory() -> Finding {
    let (free, total) = machine::memory().unwrap_or_default();
    let text = if total == 0 {
        "the system does not tell".to_owned()
    } else {
        format!("{} free of {}", gib(free), gib(total))
    };
    Finding {
        name: "memory",
        fine: true,
        text,
        details: json!({ "available_bytes": free, "total_bytes": total }),
    }
}

fn models() -> Finding {
    let found = worker::store().and_then(|store| store.installed().map_err(|e| format!("{e}.")));
    match found {
        Ok(installed) => {
            let told = |model: &::models::store::Installed| match super::models::state(model) {
                "verified" => model.record.id.clone(),
                other => format!("{} ({other})", model.record.id),
            };
            let names: Vec<String> = installed.iter().map(told).collect();
            let fine = installed.iter().any(::models::store::Installed::present);
            let text = if names.is_empty() {
                "none installed: `localcoder models import FILE`".to_owned()
            } else {
                names.join(", ")
            };
            // What the panel shows of a model in memory: what it is predicted to take, and how fast it answers.
            let context = super::user_settings().current_profile().context_tokens;
            let details = super::models::predicted(&installed, context);
            Finding { name: "models", fine, text, details: json!(details) }
        }
        Err(text) => Finding { name: "models", fine: false, text, details: Value::Null },
    }
}

fn handshake() -> Finding {
    let program = worker::program(&super::user_settings().prompts).map_err(|error| error.to_string());
    let checked = program.and_then(|program| {
        let conversation = Conversation::new(program);
        let (devices, confinement) = conversation.describe().map_err(|f| f.text)?;
        let ping = conversation.ping().map_err(|f| f.text)?;
        Ok((devices, confinement, ping, conversation.residency()))
    });
    match checked {
        Ok((devices, confinement, ping, residency)) => {
            let budget = match residency {
                Some(WorkerMessage::Residency { budget, .. }) => Some(budget),
                _ => None,
            };
            let names: Vec<String> =
                devices.iter().map(|d| format!("{} ({})", d.name, d.description)).collect();
            let list: Vec<Value> = devices
                .iter()
                .map(|d| {
                    json!({ "name": d.name, "description": d.description, "gpu": d.gpu,
                            "memory_free": d.memory_free, "memory_total": d.memory_total })
                })
                .collect();
            Finding {
                name: "worker",
                fine: true,
                text: format!(
                    "answers in {:.1} ms; computes on {}; {}",
                    ping.as_secs_f64() * 1000.0,
                    names.join(", "),
                    held(&confinement)
                ),
                details: json!({ "ping_ms": ping.as_secs_f64() * 1000.0, "devices": list, "budget_bytes": budget,
                                 "confined": confinement.on, "not_confined": confinement.off }),
            }
        }
        Err(text) => Finding { name: "worker", fine: false, text, details: Value::Null },
    }
}

/// What confines the programs that check proposals. What a system does not give is off, which is nobody's fault.
fn confinement() -> Finding {
    let means = assist::sandbox::means();
    let told = |is_there: bool| -> Vec<&str> {
        means.given.iter().filter(|(there, _)| *there == is_there).map(|(_, words)| words.as_str()).collect()
    };
    let (given, lacking) = (told(true), told(false));
    let mut sentences = vec![format!("programs that check proposals have {}", given.join(", "))];
    sentences
        .extend((!lacking.is_empty()).then(|| format!("this system does not give {}", lacking.join(", "))));
    sentences.extend(means.off.iter().cloned());
    Finding {
        name: "sandbox",
        fine: true,
        text: sentences.join("; "),
        details: json!({ "given": given, "lacking": lacking, "off": means.off }),
    }
}

/// What holds the worker, and what this system cannot keep it from.
fn held(confinement: &Confinement) -> String {
    let Confinement { on, off } = confinement;
    if off.is_empty() { format!("confined: {on}") } else { format!("confined: {on}. NOT: {off}") }
}

/// What the window's activity panel shows and outlives it: what memory ran out for, and every connection that was made.
fn activity() -> Finding {
    let history =
        ground::places::state_folder().map(|folder| store::load(&folder.join("memory"))).unwrap_or_default();
    let remembered: Vec<Value> = history
        .failures()
        .iter()
        .map(|failed| {
            let key = &failed.key;
            json!({ "model": key.model, "context_tokens": key.context, "kv": if key.q8 { "q8_0" } else { "f16" },
                    "gpu": key.gpu, "available_bytes": failed.available })
        })
        .collect();
    let made = airgap::ledger().map(|path| ::models::download::ledger::connections(&path));
    let connections = made.and_then(Result::ok).unwrap_or_default();
    let text = match (remembered.len(), connections.len()) {
        (0, 0) => "memory sufficed for every model so far; no connection was made".to_owned(),
        (ways, hosts) => {
            format!(
                "memory did not suffice for {ways} ways to run a model; {hosts} connections made (`ledger`)"
            )
        }
    };
    Finding {
        name: "activity",
        fine: true,
        text,
        details: json!({ "memory_ran_out_for": remembered, "connections": connections }),
    }
}

fn log_path() -> Option<PathBuf> {
    ground::places::state_folder().map(|folder| folder.join(LOG))
}

/// The end of the log that windows write: what ended workers is listed separately.
fn log(path: Option<&Path>) -> Finding {
    let entries = path.map(|path| logfile::last(path, MAX_ENTRIES)).unwrap_or_default();
    let ended: Vec<_> = entries.iter().filter(|entry| entry.line.ended).collect();
    let text = match (entries.len(), ended.last()) {
        (0, _) => "no window has written one yet".to_owned(),
        (some, None) => format!("{some} entries, no worker ended unasked"),
        (some, Some(last)) => {
            let how_many =
                if ended.len() == 1 { "one worker".to_owned() } else { format!("{} workers", ended.len()) };
            format!(
                "{some} entries, {how_many} ended unasked, the last one at {}: {}",
                last.at, last.line.text
            )
        }
    };
    let restarts: Vec<Value> =
        ended.iter().map(|entry| json!({ "at": entry.at, "reason": entry.line.text })).collect();
    let all: Vec<Value> = entries
        .iter()
        .map(|entry| json!({ "at": entry.at, "level": entry.line.level.name(), "text": entry.line.text }))
        .collect();
    Finding { name: "log", fine: true, text, details: json!({ "restarts": restarts, "entries": all }) }
}

fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::log::{LogLine, Severity};

    #[test]
    fn what_the_system_cannot_keep_a_worker_from_is_told() {
        let confined = |off: &str| held(&Confinement { on: "no network".into(), off: off.into() });
        assert_eq!(confined(""), "confined: no network");
        assert_eq!(confined("all files"), "confined: no network. NOT: all files");
    }

    #[test]
    fn what_a_window_saw_is_told_with_why_workers_ended() {
        let nothing = log(None);
        assert!(nothing.fine && nothing.details["entries"].as_array().unwrap().is_empty());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOG);
        let line = |level, ended, text: &str| LogLine { level, ended, text: text.into() };
        let lines = [
            line(Severity::Info, false, "Loaded."),
            line(Severity::Error, true, "The model worker was killed."),
        ];
        logfile::append(&path, &lines, std::time::UNIX_EPOCH).unwrap();
        let found = log(Some(&path));
        assert_eq!(found.details["restarts"][0]["reason"], "The model worker was killed.");
        assert_eq!(
            found.details["entries"][0],
            json!({ "at": "1970-01-01T00:00:00Z", "level": "info", "text": "Loaded." })
        );
        assert!(found.text.starts_with("2 entries, one worker ended unasked"), "{}", found.text);
    }
}
