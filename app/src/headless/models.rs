//! `models`: what the model panel does, without a window.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser};
use models::{catalog, import, quiet};

use super::{Failure, Outcome};
use crate::assist::worker;

/// Runs `models SUBCOMMAND …`.
///
/// # Errors
/// Wrong arguments, or what the store says.
pub fn run(args: Vec<OsString>) -> Outcome {
    let mut args = args.into_iter();
    let word = args.next().and_then(|word| word.into_string().ok()).unwrap_or_default();
    let rest: Vec<OsString> = args.collect();
    match word.as_str() {
        "import" => run_import(rest),
        "list" => list(),
        other => Err(Failure::Usage(format!("models wants a subcommand, not «{other}»"))),
    }
}

fn list() -> Outcome {
    let installed = worker::store().and_then(|store| store.installed().map_err(|e| e.to_string()));
    for model in installed.map_err(Failure::Failed)? {
        println!("{}", model.record.id);
    }
    Ok(())
}

fn run_import(args: Vec<OsString>) -> Outcome {
    let mut parser = Parser::from_args(args);
    let mut path = None;
    while let Some(arg) = parser.next()? {
        match arg {
            // An import of what is there already changes nothing, so this is only said.
            Arg::Long("if-missing") => {}
            Arg::Value(value) if path.is_none() => path = Some(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let path = path.ok_or_else(|| Failure::Usage("FILE is missing".into()))?;
    let store = worker::store().map_err(Failure::Failed)?;
    let mode = import::ImportMode::default();
    let catalog = catalog::builtin().map_err(|e| Failure::Failed(format!("{e}.")))?;
    let installed = import::import_file(&store, &catalog, &path, mode, &mut quiet)
        .map_err(|e| Failure::Failed(format!("{e}.")))?;
    println!("{}", installed.record.id);
    Ok(())
}
