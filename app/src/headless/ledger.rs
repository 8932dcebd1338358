//! `ledger`: every connection that LocalCoder ever made on this machine, for people and for programs.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt};
use models::download::ledger::{Connection, connections};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{CommandFailure, CommandResult, output};
use crate::{airgap, words};

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
    let path = airgap::ledger()
        .ok_or_else(|| CommandFailure::Failed("There is no home folder for the ledger.".into()))?;
    let made = connections(&path)
        .map_err(|error| CommandFailure::Failed(format!("{} cannot be read: {error}.", path.display())))?;
    if as_json {
        output::json(&json!({ "command": "ledger", "ok": true, "path": path, "connections": made }));
    } else if made.is_empty() {
        println!("LocalCoder has made no connection on this machine.");
    } else {
        made.iter().for_each(|connection| println!("{}", line(connection)));
    }
    Ok(())
}

fn line(made: &Connection) -> String {
    let at = i64::try_from(made.at).ok().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    let at = at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default();
    let bytes = made.bytes.map_or_else(|| "end not seen".to_owned(), words::bytes);
    let via = made.via.as_ref().map(|via| format!(" through {via}")).unwrap_or_default();
    format!("{at}  {:<32} {bytes:>12}  {}{via}", made.host, made.why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_told_in_a_line() {
        let made = Connection {
            at: 0,
            host: "hub.test".into(),
            via: Some("proxy.test:1".into()),
            why: "to download a model".into(),
            bytes: None,
        };
        let told = line(&made);
        assert!(told.starts_with("1970-01-01T00:00:00Z  hub.test "), "{told}");
        assert!(told.ends_with("end not seen  to download a model through proxy.test:1"), "{told}");
        assert!(line(&Connection { bytes: Some(5_000_000), ..made }).contains(" 5.0 MB  "));
    }
}
