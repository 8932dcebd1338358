//! `ledger`: every connection that LocalCoder ever made on this machine, for people and for programs.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt};
use models::download::ledger::LedgerError;
use serde_json::json;

use super::{CommandFailure, CommandResult, output};
use crate::airgap;

/// Runs the command.
///
/// # Errors
/// Wrong arguments, or a ledger that cannot be read.
pub fn run(args: Vec<OsString>) -> CommandResult {
    let mut as_json = false;
    let mut parser = Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("json") => as_json = true,
            Arg::Long("format") => as_json = parser.value()?.string()? == "json",
            other => return Err(other.unexpected().into()),
        }
    }
    let failed = |error: LedgerError| CommandFailure::Failed(ground::words::sentence(&error.to_string()));
    if as_json {
        let (path, made) = airgap::all_connections().map_err(failed)?;
        output::json(&json!({ "command": "ledger", "ok": true, "path": path, "connections": made }));
    } else {
        print!("{}", airgap::ledger_text().map_err(failed)?);
    }
    Ok(())
}
