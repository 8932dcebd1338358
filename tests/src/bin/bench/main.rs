//! `cargo xtask bench`: what the product costs, as ratios against llama.cpp's own loop and its peers in the same run.
//!
//! Absolute figures belong to one machine and one moment; the ratios are what is watched. Runs of both sides alternate, and
//! medians are compared. Nothing else may run meanwhile: llama.cpp's threads spin at barriers, and one busy core slows two of
//! them many times over.

mod bare;
mod bare_window;
mod commands;
mod edits;
mod engine;
mod many;
mod on_screen;
mod peers;
mod project;
mod shapes;
mod table;
mod terminal;
mod window;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use lexopt::{Arg, Parser, ValueExt};
use tests::TestModel;

use table::Table;

/// What to measure.
struct Args {
    json: Option<PathBuf>,
    rounds: usize,
    model: TestModel,
    parts: Vec<String>,
    comparisons: Vec<String>,
    tasks: Option<PathBuf>,
    limit: usize,
}

const PARTS: [&str; 10] =
    ["engine", "start", "edits", "commands", "window", "screen", "search", "terminal", "peers", "shapes"];
/// Not measured unless named: the one writes 14 GB, the other is a part of `window`.
const ONLY_BY_NAME: [&str; 2] = ["shapes", "screen"];

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(peers::TOUCH_MEMORY) {
        peers::touch_memory();
        return ExitCode::SUCCESS;
    }
    if std::env::args().nth(1).as_deref() == Some(bare_window::BARE_WINDOW) {
        return ended(
            std::env::args_os().nth(2).context("a file").and_then(|file| bare_window::show(file.as_ref())),
        );
    }
    ended(run())
}

fn ended(outcome: Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(if error.is::<lexopt::Error>() { 2 } else { 1 })
        }
    }
}

fn run() -> Result<()> {
    let args = parse()?;
    let mut table = Table::default();
    for part in &args.parts {
        eprintln!("bench: {part} …");
        match part.as_str() {
            "engine" => engine::rates(&mut table, args.model, args.rounds)?,
            "start" => engine::first_tokens(&mut table, args.model, args.rounds)?,
            "edits" => match &args.tasks {
                Some(tasks) => edits::measure(&mut table, args.model, tasks, args.limit)?,
                None => eprintln!("bench: edits skipped: --tasks FILE names no tasks"),
            },
            "peers" => peers::Peers::find(args.model)?.measure(
                &mut table,
                &args.comparisons,
                args.tasks.as_deref(),
                args.limit,
                args.rounds,
            )?,
            "commands" => commands::measure(&mut table, args.model, args.rounds)?,
            "search" => {
                project::measure(&mut table, args.rounds)?;
                many::measure(&mut table, args.rounds)?;
            }
            "terminal" => terminal::measure(&mut table, args.rounds)?,
            "shapes" => shapes::measure(&mut table)?,
            "screen" => on_screen::measure(&mut table, args.rounds)?,
            _ => {
                window::measure(&mut table)?;
                on_screen::measure(&mut table, args.rounds)?;
            }
        }
    }
    print!("{table}");
    if let Some(path) = args.json {
        std::fs::write(&path, format!("{:#}\n", table.json())).with_context(|| path.display().to_string())?;
        println!("\nwritten to {}", path.display());
    }
    Ok(())
}

fn parse() -> Result<Args> {
    let mut args = Args {
        json: None,
        rounds: 5,
        model: TestModel::OneAndHalf,
        parts: Vec::new(),
        comparisons: Vec::new(),
        tasks: None,
        limit: 8,
    };
    let mut parser = Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("json") => args.json = Some(parser.value()?.into()),
            Arg::Long("rounds") => args.rounds = parser.value()?.parse()?,
            Arg::Long("tasks") => args.tasks = Some(parser.value()?.into()),
            Arg::Long("limit") => args.limit = parser.value()?.parse()?,
            Arg::Long("model") => args.model = model(&parser.value()?.string()?)?,
            Arg::Long("compare") => {
                let name = parser.value()?.string()?;
                if !peers::COMPARISONS.contains(&name.as_str()) {
                    let known = peers::COMPARISONS.join(", ");
                    return Err(
                        lexopt::Error::Custom(format!("--compare wants one of {known}").into()).into()
                    );
                }
                args.comparisons.push(name);
            }
            Arg::Value(part) if PARTS.iter().any(|known| part == *known) => args.parts.push(part.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if args.parts.is_empty() {
        args.parts =
            PARTS.iter().filter(|part| !ONLY_BY_NAME.contains(part)).map(ToString::to_string).collect();
        if peers::folder().is_none() {
            eprintln!("bench: peers skipped: `cargo xtask peers` builds them");
            args.parts.retain(|part| part != "peers");
        }
    }
    Ok(args)
}

fn model(name: &str) -> Result<TestModel> {
    match name {
        "starter" => Ok(TestModel::Starter),
        "0.5b" => Ok(TestModel::Half),
        "1.5b" => Ok(TestModel::OneAndHalf),
        other => {
            Err(lexopt::Error::Custom(format!("--model wants starter, 0.5b or 1.5b, not «{other}»").into())
                .into())
        }
    }
}
