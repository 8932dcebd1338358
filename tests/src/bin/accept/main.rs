//! `cargo xtask accept`: how many proposed edits and completions would be accepted, judged by tests the model never sees.
//!
//! Each edit goes through the product's own command (`localcoder improve --apply`) on a copy of the file; then the task's
//! tests run in a subprocess with a time limit and, where the system allows it, without a network. `--plain` asks llama-server
//! (`LOCALCODER_PEERS`, from `cargo xtask peers`) as any chat client would: file and selection in one message, the first
//! fenced block taken. `--way NAME`, given again for each, compares some ways (`plain`, `agreed`: the request and the
//! product); `--ingredients` asks in every way, from the plain request to the product with all it has.
//!
//! `--without-examples` takes the examples out of the documentation first. `--choice NAME`, given again for each, runs quick choices
//! on what the product has mended, and judges by the task's tests whether the code still does what it did (`choices`).
//!
//! The ways take turns at each task, so that a run that is ended early compares them on the same tasks. Ctrl-C and `--minutes`
//! end it so; what was judged until then is printed, and is in the JSON file after each task.

mod asker;
mod bare;
mod choices;
mod judge;
mod rust;
mod summary;
mod ways;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, Parser, ValueExt};
use serde_json::Value;
use tests::{TestModel, figures::write_whole, tasks};

use asker::{Asker, FAILED, Outcome};
use summary::{Row, lines_of, report};
use ways::Way;

/// This many requests that fail one after another are no accident.
const MAX_FAILURES: usize = 5;

/// Parsed arguments.
struct Args {
    tasks: PathBuf,
    model: Option<String>,
    offset: usize,
    limit: usize,
    every: usize,
    minutes: Option<u64>,
    threads: Option<String>,
    /// In the order they were named; none: the product with all it has.
    ways: Vec<Way>,
    ingredients: bool,
    /// Without the examples of the documentation.
    bare: bool,
    /// Quick choices on what the product mended, in place of the ways.
    choices: Vec<String>,
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
        offset: 0,
        limit: usize::MAX,
        every: 1,
        minutes: None,
        threads: None,
        ways: Vec::new(),
        ingredients: false,
        bare: false,
        choices: Vec::new(),
        json: None,
    };
    let mut parser = Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("tasks") => args.tasks = parser.value()?.into(),
            Arg::Long("model") => args.model = Some(parser.value()?.string()?),
            Arg::Long("offset") => args.offset = parser.value()?.parse()?,
            Arg::Long("limit") => args.limit = parser.value()?.parse()?,
            Arg::Long("every") => args.every = parser.value()?.parse::<usize>()?.max(1),
            Arg::Long("minutes") => args.minutes = Some(parser.value()?.parse()?),
            Arg::Long("threads") => args.threads = Some(parser.value()?.string()?),
            Arg::Long("way") => args.ways.push(Way::named(&parser.value()?.string()?)?),
            Arg::Long("plain") => args.ways.push(Way::Plain),
            Arg::Long("ingredients") => args.ingredients = true,
            Arg::Long("without-examples") => args.bare = true,
            Arg::Long("choice") => args.choices.push(parser.value()?.string()?),
            Arg::Long("json") => args.json = Some(parser.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    if args.tasks.as_os_str().is_empty() {
        return Err(lexopt::Error::Custom("--tasks FILE is missing".into()).into());
    }
    Ok(args)
}

impl Args {
    /// The ways to ask for these tasks. Completions are only compared: the product's with llama-server's.
    fn ways(&self, completions: bool) -> Vec<Way> {
        match (completions, self.ingredients) {
            (true, true) => vec![Way::Fill, Way::Infill],
            (true, false) => vec![if self.ways.contains(&Way::Plain) { Way::Infill } else { Way::Fill }],
            (false, true) => Way::INGREDIENTS.to_vec(),
            (false, false) if self.ways.is_empty() => vec![Way::Agreed],
            (false, false) => self.ways.clone(),
        }
    }
}

/// When to end: on Ctrl-C, or when the time is over.
struct End {
    raised: Arc<AtomicBool>,
    at: Option<Instant>,
}

impl End {
    fn new(minutes: Option<u64>) -> Result<End> {
        let raised = Arc::new(AtomicBool::new(false));
        let flag = raised.clone();
        ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))
            .context("cannot listen for Ctrl-C")?;
        Ok(End { raised, at: minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes)) })
    }

    fn is_asked_for(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    fn has_come(&self) -> bool {
        self.is_asked_for() || self.at.is_some_and(|at| Instant::now() >= at)
    }
}

fn run() -> Result<()> {
    let args = parse()?;
    let end = End::new(args.minutes)?;
    let model = match &args.model {
        Some(model) => model.clone(),
        None => TestModel::OneAndHalf.path().to_string_lossy().into_owned(),
    };
    let mut tasks = tasks::read(&args.tasks, args.offset, args.every, args.limit)?;
    if args.bare {
        tasks = tasks.iter().map(bare::without_examples).collect::<Result<_>>()?;
    }
    if !args.choices.is_empty() {
        return choices::run(&tasks, &args.choices, (&model, args.threads.as_deref()), &|| end.has_come());
    }
    let ways = args.ways(tasks[0].get("prefix").is_some());
    let threads = args.threads.as_deref();
    let askers: Vec<Asker<'_>> =
        ways.iter().map(|way| Asker::new(*way, &model, threads)).collect::<Result<_>>()?;
    let mut rows: Vec<Row> = ways.iter().map(|way| Row { way: *way, outcomes: Vec::new() }).collect();
    let whole = |rows: &[Row]| report(rows, &args.tasks, &model, tasks.len());
    for task in &tasks {
        let outcomes = in_all_ways(task, &askers)?;
        // What was interrupted is no answer.
        if end.is_asked_for() {
            break;
        }
        for (row, outcome) in rows.iter_mut().zip(outcomes) {
            eprintln!("{}", progress(row.way, &outcome));
            row.outcomes.push(outcome);
        }
        if let Some(path) = &args.json {
            write(path, &whole(&rows))?;
        }
        if let Some(row) = rows.iter().find(|row| row.fails()) {
            eprintln!("accept: {} fails all the time, so this ends here", row.way.name());
            break;
        }
        if end.has_come() {
            break;
        }
    }
    if rows.iter().all(|row| row.outcomes.is_empty()) {
        bail!("no task was judged");
    }
    let whole = whole(&rows);
    lines_of(&whole).iter().for_each(|line| println!("{line}"));
    match &args.json {
        Some(path) => write(path, &whole),
        None => {
            println!("{whole:#}");
            Ok(())
        }
    }
}

/// One task in each way, one after another.
fn in_all_ways(task: &Value, askers: &[Asker<'_>]) -> Result<Vec<Outcome>> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (index, asker) in askers.iter().enumerate() {
        let before = index.checked_sub(1).filter(|before| asker.way.adds_one_to(askers[*before].way));
        let outcome = asker.attempt(task, before.map(|before| &outcomes[before]))?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

impl Row {
    fn fails(&self) -> bool {
        let last = self.outcomes.iter().rev().take(MAX_FAILURES);
        last.filter(|outcome| outcome.verdict == FAILED).count() == MAX_FAILURES
    }
}

fn write(path: &Path, whole: &Value) -> Result<()> {
    write_whole(path, &format!("{whole:#}\n")).with_context(|| path.display().to_string())
}

fn progress(way: Way, outcome: &Outcome) -> String {
    let mark = if outcome.accepted { "accepted" } else { "-" };
    let attempts = outcome.report["attempts"].as_u64().unwrap_or(1);
    let held = match outcome.report["examples"].as_u64() {
        Some(examples) if examples > 0 => format!("examples {}/{examples}", outcome.report["examples_held"]),
        _ if outcome.stands => "as before".to_owned(),
        _ => String::new(),
    };
    let seconds = outcome.report["total_ms"].as_f64().unwrap_or_default() / 1000.0;
    let (way, id, verdict) = (way.name(), &outcome.id, &outcome.verdict);
    format!("{way:<9} {id:<14} {verdict:<10} {attempts} {seconds:>5.1} s {mark:<9} {held}")
}
