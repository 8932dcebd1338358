//! `cargo xtask accept`: how many proposed edits and completions would be accepted, judged by tests the model never sees.
//!
//! Each edit goes through the product's own command (`localcoder improve --apply`) on a copy of the file; then the task's
//! tests run in a subprocess with a time limit and, where the system allows it, without a network. `--table` repeats it for
//! each ingredient, and completions with llama-server (`LOCALCODER_PEERS`, from `cargo xtask peers`). `--plain` asks as any chat
//! client would: file and selection in one message, the first fenced block taken.

mod judge;
mod summary;
mod ways;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use lexopt::{Arg, Parser, ValueExt};
use serde_json::json;
use tests::{TestModel, screen::Home, tasks};

use summary::{line_of, summary};
use ways::{Outcome, Way};

/// Parsed arguments.
struct Args {
    tasks: PathBuf,
    model: Option<String>,
    limit: usize,
    every: usize,
    threads: Option<String>,
    way: Way,
    table: bool,
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("accept: {error:#}");
            ExitCode::from(if error.is::<lexopt::Error>() { 2 } else { 1 })
        }
    }
}

fn parse() -> Result<Args> {
    let mut args = Args {
        tasks: PathBuf::new(),
        model: None,
        limit: usize::MAX,
        every: 1,
        threads: None,
        way: Way::Examples,
        table: false,
        json: None,
    };
    let mut parser = Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("tasks") => args.tasks = parser.value()?.into(),
            Arg::Long("model") => args.model = Some(parser.value()?.string()?),
            Arg::Long("limit") => args.limit = parser.value()?.parse()?,
            Arg::Long("every") => args.every = parser.value()?.parse::<usize>()?.max(1),
            Arg::Long("threads") => args.threads = Some(parser.value()?.string()?),
            Arg::Long("way") => args.way = Way::named(&parser.value()?.string()?)?,
            Arg::Long("plain") => args.way = Way::Plain,
            Arg::Long("table") => args.table = true,
            Arg::Long("json") => args.json = Some(parser.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    if args.tasks.as_os_str().is_empty() {
        return Err(lexopt::Error::Custom("--tasks FILE is missing".into()).into());
    }
    Ok(args)
}

fn run() -> Result<()> {
    let args = parse()?;
    let home = Home::new()?;
    let model = match &args.model {
        Some(model) => model.clone(),
        None => TestModel::OneAndHalf.path().to_string_lossy().into_owned(),
    };
    let tasks = tasks::read(&args.tasks, args.every, args.limit)?;
    let fill = tasks[0].get("prefix").is_some();
    let ways = match (fill, args.table) {
        (true, true) => vec![Way::Fill, Way::Infill],
        (true, false) => vec![Way::Fill],
        (false, true) => Way::TABLE.to_vec(),
        (false, false) => vec![args.way],
    };
    let mut summaries = Vec::new();
    for way in ways {
        let asker = way.asker(&home, &model, args.threads.as_deref())?;
        let mut outcomes = Vec::new();
        for task in &tasks {
            let outcome = asker.attempt(task)?;
            eprintln!("{}", progress(way, &outcome));
            outcomes.push(outcome);
        }
        summaries.push(summary(way.name(), &outcomes));
    }
    for one in &summaries {
        println!("{}", line_of(one));
    }
    let all = if summaries.len() == 1 { summaries.remove(0) } else { json!(summaries) };
    match args.json {
        Some(path) => fs::write(&path, format!("{all:#}\n")).with_context(|| path.display().to_string())?,
        None => println!("{all:#}"),
    }
    Ok(())
}

fn progress(way: Way, outcome: &Outcome) -> String {
    let mark = if outcome.accepted { "accepted" } else { "-" };
    let attempts = outcome.report["attempts"].as_u64().unwrap_or(1);
    let held = match outcome.report["examples"].as_u64() {
        Some(examples) if examples > 0 => format!("examples {}/{examples}", outcome.report["examples_held"]),
        _ => String::new(),
    };
    format!("{:<12} {:<12} {:<10} {attempts} {mark:<9} {held}", way.name(), outcome.id, outcome.verdict)
}
