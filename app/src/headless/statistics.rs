//! `statistics`: what became of the model's proposals in the window.

use std::ffi::OsString;

use assist::statistics;
use lexopt::{Arg, Parser, ValueExt as _};

use super::{CommandFailure, CommandResult, output};

/// Runs the command.
///
/// # Errors
/// Wrong arguments, or the file cannot be read or deleted.
pub fn run(args: Vec<OsString>) -> CommandResult {
    let (json, reset) = parse(args)?;
    let path = statistics::path()
        .ok_or_else(|| CommandFailure::Failed("There is no home folder for the statistics.".into()))?;
    let failed = |error: std::io::Error| CommandFailure::Failed(format!("{}: {error}.", path.display()));
    if reset {
        return statistics::reset(&path).map_err(failed);
    }
    let figures = statistics::read(&path).map_err(failed)?;
    if json {
        output::json(&serde_json::json!({ "command": "statistics", "file": path, "rows": figures.json() }));
    } else if figures.0.is_empty() {
        println!("No proposals yet.");
    } else {
        print!("{}", figures.markdown());
    }
    Ok(())
}

/// JSON or not, and whether to delete.
fn parse(args: Vec<OsString>) -> Result<(bool, bool), CommandFailure> {
    let mut parser = Parser::from_args(args);
    let (mut json, mut reset) = (false, false);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("format") => {
                json = match parser.value()?.string()?.as_str() {
                    "json" => true,
                    "text" => false,
                    other => {
                        return Err(CommandFailure::Usage(format!(
                            "--format wants text or json, not «{other}»"
                        )));
                    }
                }
            }
            Arg::Long("reset") => reset = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok((json, reset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_understood_or_named() {
        let check = |line: &str| parse(line.split_whitespace().map(OsString::from).collect());
        assert_eq!(check("--format json"), Ok((true, false)));
        assert_eq!(check("--reset"), Ok((false, true)));
        assert!(check("--format xml").is_err_and(|failure| failure.text().contains("xml")));
        assert!(check("x").is_err());
    }
}
