//! `doctor`: is everything here that the product needs, and does the worker answer.

use std::ffi::OsString;

use ipc::blocking::Conversation;
use lexopt::{Arg, Parser, ValueExt};
use serde_json::{Value, json};

use super::{Failure, Outcome, output};
use crate::{assist::worker, machine};

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
pub fn run(args: Vec<OsString>) -> Outcome {
    let as_json = parse(args)?;
    let findings = [memory(), models(), handshake()];
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
            println!("{} {:<8} {}", if finding.fine { "ok  " } else { "FAIL" }, finding.name, finding.text);
        }
    }
    let wrong: Vec<&str> = findings.iter().filter(|f| !f.fine).map(|f| f.name).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed(format!("needs attention: {}", wrong.join(", "))))
    }
}

fn parse(args: Vec<OsString>) -> Result<bool, Failure> {
    let mut parser = Parser::from_args(args);
    let mut as_json = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("format") => match parser.value()?.string()?.as_str() {
                "json" => as_json = true,
                "text" => as_json = false,
                other => return Err(Failure::Usage(format!("--format wants text or json, not «{other}»"))),
            },
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(as_json)
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
            let names: Vec<&str> = installed.iter().map(|model| model.record.id.as_str()).collect();
            let fine = installed.iter().any(models::store::Installed::present);
            let text = if names.is_empty() {
                "none installed: `localcoder models import FILE`".to_owned()
            } else {
                names.join(", ")
            };
            Finding { name: "models", fine, text, details: json!(names) }
        }
        Err(text) => Finding { name: "models", fine: false, text, details: Value::Null },
    }
}

fn handshake() -> Finding {
    let checked = worker::program(&super::user_settings().prompts).and_then(|program| {
        let conversation = Conversation::new(program);
        let devices = conversation.devices().map_err(|f| f.text)?;
        let ping = conversation.ping().map_err(|f| f.text)?;
        Ok((devices, ping))
    });
    match checked {
        Ok((devices, ping)) => {
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
                    "answers in {:.1} ms; computes on {}",
                    ping.as_secs_f64() * 1000.0,
                    names.join(", ")
                ),
                details: json!({ "ping_ms": ping.as_secs_f64() * 1000.0, "devices": list }),
            }
        }
        Err(text) => Finding { name: "worker", fine: false, text, details: Value::Null },
    }
}

fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}
