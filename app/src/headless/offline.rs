//! `doctor --prove-offline`: tries to connect from everything that LocalCoder runs, and reads of each process in /proc what holds it.

use std::process::{Command, Stdio};
use std::time::Duration;

use assist::sandbox::{self, Scratch};
use assist::{git, worker};
use ipc::blocking::Conversation;
use ipc::offline::attempts;
use serde_json::json;

use super::{CommandFailure, CommandResult, output};
use crate::airgap::prove::{self, Attempt, Process};
use crate::{airgap, network};

/// How long a proposal and the worker's twin may take to try.
const LIMIT: Duration = Duration::from_secs(20);

/// Tries, prints each denial, and fails for whatever was not denied.
///
/// # Errors
/// Something was not denied, could not be tried, or is not held by the kernel.
pub fn run(as_json: bool) -> CommandResult {
    let mut attempts = from_here();
    let (processes, troubles) = seen();
    let sources = [from_worker(), from_git(), from_proposal()];
    let mut missing: Vec<String> = troubles;
    for source in sources {
        match source {
            Ok(tried) => attempts.extend(tried),
            Err(why) => missing.push(why),
        }
    }
    missing.extend(airgap::trouble().map(str::to_owned));
    let air_gapped = network::here().air_gapped;
    if !air_gapped {
        missing.push(
            "LocalCoder is not air-gapped: these processes cannot connect, but one for a download that you accept could. \
             `localcoder settings set privacy.air_gapped on` forbids that, too."
                .into(),
        );
    }
    let open = attempts.iter().filter(|attempt| attempt.denied.is_none()).count()
        + processes.iter().filter(|process| !process.is_closed()).count();
    let ok = open == 0 && missing.is_empty();
    if as_json {
        let attempts: Vec<_> = attempts
            .iter()
            .map(|a| json!({ "from": a.from, "tried": a.what, "denied": a.denied.is_some(), "answer": a.denied }))
            .collect();
        let processes: Vec<_> = processes
            .iter()
            .map(|p| {
                json!({ "pid": p.pid, "name": p.name, "filters": p.filters, "no_new_privileges": p.no_new_privileges,
                        "foreign_sockets": p.sockets, "closed": p.is_closed() })
            })
            .collect();
        output::json(
            &json!({ "command": "doctor", "ok": ok, "air_gapped": air_gapped, "processes": processes,
                              "attempts": attempts, "missing": missing }),
        );
    } else {
        processes.iter().for_each(|process| println!("{}", of_process(process)));
        attempts.iter().for_each(|attempt| println!("{}", of_attempt(attempt)));
        missing.iter().for_each(|why| println!("FAIL {why}"));
    }
    if ok {
        return Ok(());
    }
    Err(CommandFailure::Failed(format!(
        "{} of what was looked at is open; {} could not be shown.",
        open,
        missing.len()
    )))
}

fn of_attempt(attempt: &Attempt) -> String {
    match &attempt.denied {
        Some(why) => format!("ok   {:<9} {:<8} denied: {why}", attempt.from, attempt.what),
        None => format!("FAIL {:<9} {:<8} was NOT denied", attempt.from, attempt.what),
    }
}

fn of_process(process: &Process) -> String {
    let mark = if process.is_closed() { "ok  " } else { "FAIL" };
    let sockets = match &process.sockets {
        None => "its descriptors are hidden from others".to_owned(),
        Some(foreign) if foreign.is_empty() => "no socket but AF_UNIX".to_owned(),
        Some(foreign) => format!("OPEN SOCKETS: {}", foreign.join(", ")),
    };
    let gain = if process.no_new_privileges { "gains no rights" } else { "CAN GAIN RIGHTS" };
    format!("{mark} {} ({}): {} filters, {gain}, {sockets}", process.name, process.pid, process.filters)
}

fn from_here() -> Vec<Attempt> {
    let each = |(what, denied): (&str, _)| Attempt { from: "editor".into(), what: what.into(), denied };
    attempts().into_iter().map(each).collect()
}

/// This process, and a real worker with whatever stands between, as /proc shows them.
fn seen() -> (Vec<Process>, Vec<String>) {
    let own = std::process::id();
    let mut missing = Vec::new();
    let conversation = worker::program(&super::user_settings().prompts).map(Conversation::new);
    // The worker lives as long as the conversation, which therefore outlasts the look at /proc.
    let answered = conversation
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|worker| worker.ping().map_err(|f| f.text));
    missing.extend(answered.err().map(|why| format!("The worker could not be looked at: {why}")));
    let descended = prove::descendants(own);
    if descended.is_empty() && missing.is_empty() {
        missing.push("The worker is not among the processes that /proc shows.".into());
    }
    (prove::process(own).into_iter().chain(descended).collect(), missing)
}

/// The worker's program, which confines itself as it always does and then tries.
fn from_worker() -> Result<Vec<Attempt>, String> {
    let program = worker::program(&super::user_settings().prompts).map_err(|error| error.to_string())?;
    let mut command = Command::new(&program.path);
    command.arg("--prove-offline").stdin(Stdio::null());
    let done = command.output().map_err(|e| format!("The worker cannot be started: {e}."))?;
    if !done.status.success() {
        return Err(format!("The worker did not try: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    Ok(prove::read("worker", &String::from_utf8_lossy(&done.stdout)))
}

fn own_program() -> Result<std::path::PathBuf, String> {
    std::env::current_exe().map_err(|e| format!("Cannot find my own program: {e}."))
}

fn from_git() -> Result<Vec<Attempt>, String> {
    let printed = git::through_git(&own_program()?, prove::WORD).map_err(|error| format!("{error}."))?;
    Ok(prove::read("git", &printed))
}

fn from_proposal() -> Result<Vec<Attempt>, String> {
    let own = own_program()?;
    let folder = Scratch::new().map_err(|e| format!("There is no folder for a proposal: {e}."))?;
    let done = sandbox::run(&own, &[prove::WORD.as_ref()], &folder, "", LIMIT)?;
    if !done.success {
        return Err(format!("A proposal did not try: {}", done.errors.trim()));
    }
    Ok(prove::read("proposal", &done.out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_denied_and_who_is_not_held_is_told_loudly() {
        let open = Attempt { from: "git".into(), what: "INET".into(), denied: None };
        assert!(of_attempt(&open).starts_with("FAIL git"));
        assert!(of_attempt(&Attempt { denied: Some("no".into()), ..open }).starts_with("ok   git"));
        let held = Process {
            pid: 1,
            name: "a".into(),
            filters: 2,
            no_new_privileges: true,
            sockets: Some(Vec::new()),
        };
        assert!(of_process(&held).starts_with("ok "));
        let connected = Process { sockets: Some(vec!["tcp 7".into()]), ..held.clone() };
        assert!(of_process(&connected).starts_with("FAIL") && of_process(&connected).contains("tcp 7"));
        assert!(of_process(&Process { filters: 0, ..held.clone() }).starts_with("FAIL"));
        assert!(of_process(&Process { no_new_privileges: false, ..held }).starts_with("FAIL"));
    }
}
