//! The ledger of connections in words: for a terminal, and as a text that can be saved and sent.

use std::path::PathBuf;

use models::download::ledger::{Connection, LedgerError, connections};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::ledger;
use crate::phrases;

/// Every connection that LocalCoder ever made on this machine, and the file that says so.
///
/// # Errors
/// There is no home folder to keep it in, or it cannot be read.
pub fn all_connections() -> Result<(PathBuf, Vec<Connection>), LedgerError> {
    let path = ledger().ok_or(LedgerError::NoHome)?;
    match connections(&path) {
        Ok(made) => Ok((path, made)),
        Err(source) => Err(LedgerError::Unreadable { path, source }),
    }
}

/// The same, a line each.
///
/// # Errors
/// As [`all_connections`].
pub fn ledger_text() -> Result<String, LedgerError> {
    let (_, made) = all_connections()?;
    if made.is_empty() {
        return Ok("LocalCoder has made no connection on this machine.\n".to_owned());
    }
    Ok(made.iter().map(|made| format!("{}\n", line(made))).collect())
}

/// When (UTC), with whom, how many bytes came, and what for.
fn line(made: &Connection) -> String {
    let at = i64::try_from(made.at).ok().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    let at = at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default();
    let bytes = made.bytes.map_or_else(|| "end not seen".to_owned(), phrases::bytes);
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
