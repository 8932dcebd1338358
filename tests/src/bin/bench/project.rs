//! Project search against ripgrep on 50,000 files and 1 GB, in turns; quick open on 500,000 paths.
//!
//! The files are sources that are at hand, over and over: ours, and those that cargo keeps of our dependencies.

use std::{
    ffi::OsStr,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use search::{
    Matcher, RunningSearch, SearchEvent, SearchQuery, SearchRequest,
    quick::{Corpus, Finder},
    walk::SearchScope,
};
use tests::{
    figures::{median, quantile},
    screen::{Editor, Home, Screen},
};

use crate::table::{Goal, Table};
use crate::window::{self, frames};

const FILES: usize = 50_000;
const BYTES: usize = 1_000_000_000;
const PATHS: usize = 500_000;
/// What the window may wait for a list after a key, so that it is drawn with the same frame.
const WAIT: Duration = Duration::from_millis(6);
/// A frame of 60 a second.
const FRAME_MS: f64 = 16.0;

/// Measures both.
pub fn measure(table: &mut Table, rounds: usize) -> Result<()> {
    quick_open(table)?;
    let root = tempfile::Builder::new().prefix("search-").tempdir_in(cache()?)?;
    eprintln!("bench: making {FILES} files …");
    let bytes = make_tree(root.path())?;
    table.add("project search: size of the tree", bytes as f64 / 1e6, "MB");
    let patterns = [
        ("a rare word", SearchQuery { pattern: "borrow_checker_of_nobody".into(), ..SearchQuery::default() }),
        ("a word", SearchQuery { pattern: "LineTerminator".into(), ..SearchQuery::default() }),
        ("a frequent word", SearchQuery { pattern: "return".into(), ..SearchQuery::default() }),
        (
            "a regular expression",
            SearchQuery { pattern: r"fn \w+_at\(".into(), regex: true, ..SearchQuery::default() },
        ),
        (
            "whole words, any case",
            SearchQuery { pattern: "buffer".into(), whole_word: true, ..SearchQuery::default() },
        ),
    ];
    window_while_it_searches(table, root.path())?;
    let mut all = Vec::new();
    for (name, query) in patterns {
        let (ratio, first) = compare(root.path(), &query, rounds)?;
        table.add_with_goal(
            format!("project search: {name}, time over ripgrep's"),
            ratio,
            "x",
            Goal::Most(1.3),
        );
        let label = format!("project search: {name}, until the first hits");
        match first {
            // What stands in few files is found when these are reached.
            Some(first) if name == "a rare word" => table.add(label, first, "ms"),
            Some(first) => table.add_with_goal(label, first, "ms", Goal::Most(50.0)),
            None => {}
        }
        all.push(ratio);
    }
    table.add_with_goal("project search: time over ripgrep's, median", median(&all), "x", Goal::Most(1.3));
    Ok(())
}

/// What frames cost while the window lists a hundred thousand hits.
fn window_while_it_searches(table: &mut Table, root: &Path) -> Result<()> {
    let screen = Screen::start(1400, 900)?;
    let home = Home::new()?;
    let log = home.path().join("search.log");
    let env = [("LOCALCODER_FRAME_LOG", log.to_str().context("a path that is no text")?)];
    let mut editor = Editor::open(&screen, &home, &[root.to_owned()], &env)?;
    editor.wait("a first frame", |_| Ok(log.exists() && !frames(&log)?.is_empty()))?;
    std::thread::sleep(Duration::from_secs(2));
    editor.press(&["ctrl+shift+f"])?;
    std::thread::sleep(Duration::from_secs(1));
    let before = frames(&log)?.len();
    editor.type_text("return")?;
    editor.wait("the end of the search", |_| {
        Ok(frames(&log)?.last().is_some_and(|frame| frame.hits > 0 && !frame.searches))
    })?;
    let all = frames(&log)?;
    let during: Vec<f64> =
        all[before..].iter().filter(|frame| frame.searches).map(window::Frame::whole_ms).collect();
    let hits = all.last().map_or(0, |frame| frame.hits);
    table.add("project search: hits that a window lists", hits as f64, "hits");
    table.add("project search: frames while they come", during.len() as f64, "frames");
    let name = "project search: frame while hits come, over one of 16 ms";
    table.add(format!("{name}, median"), median(&during) / FRAME_MS, "x");
    let worst = during.iter().copied().fold(0.0, f64::max);
    table.add_with_goal(format!("{name}, the longest"), worst / FRAME_MS, "x", Goal::Most(1.0));
    Ok(())
}

fn cache() -> Result<PathBuf> {
    let folder = tests::cache();
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// Time of ours over ripgrep's, and the time until the first hits, as medians.
fn compare(root: &Path, query: &SearchQuery, rounds: usize) -> Result<(f64, Option<f64>)> {
    // The first of each fills the caches of the system.
    let (_, _, hits) = ours(root, query)?;
    let (_, lines) = theirs(root, query)?;
    ensure!((hits == 0) == (lines == 0), "{query:?}: {hits} hits against {lines} lines of ripgrep");
    let (mut own, mut other, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (time, first_hits, _) = ours(root, query)?;
        own.push(time);
        first.extend(first_hits);
        other.push(theirs(root, query)?.0);
    }
    Ok((median(&own) / median(&other), (!first.is_empty()).then(|| median(&first))))
}

/// Time to the end and to the first hits, in ms, and how many hits there are.
fn ours(root: &Path, query: &SearchQuery) -> Result<(f64, Option<f64>, usize)> {
    let start = Instant::now();
    let mut request = SearchRequest::new(Matcher::new(query)?, SearchScope::folders(vec![root.to_owned()]));
    request.limits.hits = usize::MAX;
    request.limits.hits_of_file = usize::MAX;
    let running = RunningSearch::start(request, || {})?;
    let (mut first, mut hits) = (None, 0);
    for event in running.wait() {
        if let SearchEvent::File(file) = event {
            first.get_or_insert_with(|| start.elapsed());
            hits += file.hits.len();
        }
    }
    Ok((ms(start.elapsed()), first.map(ms), hits))
}

/// Time to the end, in ms, and how many lines it says.
fn theirs(root: &Path, query: &SearchQuery) -> Result<(f64, usize)> {
    let start = Instant::now();
    let mut rg = Command::new("rg");
    rg.args(["--no-config", "--crlf", "--line-number", "--column", "--no-heading", "--smart-case"]);
    rg.args(
        [(!query.regex, "-F"), (query.whole_word, "-w")].iter().filter(|(on, _)| *on).map(|(_, flag)| flag),
    );
    rg.arg("-e").arg(&query.pattern).arg(root).stdout(Stdio::piped());
    let mut child = rg.spawn().context("ripgrep does not start: install it")?;
    let (mut lines, mut buffer) = (0, vec![0; 1 << 16]);
    let mut output = child.stdout.take().context("no output of ripgrep")?;
    loop {
        let read = output.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count();
    }
    child.wait()?;
    Ok((ms(start.elapsed()), lines))
}

/// What this thread has computed so far, whoever else has the processor.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Copies sources until there are enough, and says how many bytes that are.
fn make_tree(root: &Path) -> Result<usize> {
    let sources = sources()?;
    let average = BYTES / FILES;
    let (mut bytes, mut at) = (0, 0);
    for number in 0..FILES {
        let path = root.join(format!("{}/{}", number % 61, number / 61 % 29));
        fs::create_dir_all(&path)?;
        let mut text = Vec::new();
        // Of short files several make one, so that there are as many bytes as files ask for.
        while text.is_empty() || bytes + text.len() < number * average {
            text.extend(fs::read(&sources[at % sources.len()])?);
            at += 1;
        }
        bytes += text.len();
        let name = sources[at % sources.len()].file_name().unwrap_or(OsStr::new("file")).to_string_lossy();
        fs::write(path.join(format!("{number}_{name}")), text)?;
    }
    Ok(bytes)
}

/// Texts of programs that are at hand, in one order on every machine that has the same.
fn sources() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let mut waiting: Vec<PathBuf> =
        home.map(|home| home.join("registry/src")).into_iter().chain([own]).collect();
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (kind, path) = (entry.file_type()?, entry.path());
            let is_text = path
                .extension()
                .is_some_and(|end| ["rs", "md", "toml", "h", "c"].iter().any(|text| end == *text));
            let is_own = !entry.file_name().to_string_lossy().starts_with('.')
                && path.file_name() != Some(OsStr::new("target"));
            // What tools wrote is longer than anything else, and all alike.
            if kind.is_file() && is_text && entry.metadata()?.len() < 200_000 {
                found.push(path);
            } else if kind.is_dir() && is_own {
                waiting.push(path);
            }
        }
    }
    found.sort();
    ensure!(found.len() > 500, "only {} sources are at hand: build the project first", found.len());
    Ok(found)
}

/// From a key to a list that is narrowed by it, over every key of some words.
fn quick_open(table: &mut Table) -> Result<()> {
    let folders =
        ["src", "app/views", "core/lib", "docs/guide", "tests/unit", "vendor/packages/deep/er", "tools"];
    let words =
        ["editor", "search", "window", "state", "parser", "model", "buffer", "config", "index", "review"];
    let mut corpus = Corpus::default();
    for number in 0..PATHS {
        let (folder, a, b) = (folders[number % 7], words[number / 7 % 10], words[number / 70 % 10]);
        corpus.push(&format!("{folder}/{a}_{}/{b}_{number}.rs", number % 1009), false);
    }
    let mut finder = Finder::new(true, || {})?;
    let start = Instant::now();
    finder.set_corpus(corpus);
    let (mut own, mut shown, mut done) = (Vec::new(), Vec::new(), Vec::new());
    finder.wait(Duration::from_secs(60));
    table.add("quick open: 500,000 paths until the list is there", ms(start.elapsed()), "ms");
    for typed in ["editor_4711", "views/rev", "st pa 99", "config_12 docs", "zzzz", "vendor/index"] {
        for end in 1..=typed.len() {
            let (start, worked) = (Instant::now(), thread_time());
            finder.set_typed(&typed[..end]);
            finder.wait(WAIT);
            let rows = finder.found();
            shown.push(ms(start.elapsed()));
            own.push(ms(thread_time() - worked));
            std::hint::black_box(rows);
            finder.wait(Duration::from_secs(60));
            done.push(ms(start.elapsed()));
        }
        finder.set_typed("");
        finder.wait(Duration::from_secs(60));
    }
    let ratio = quantile(&own, 0.99) / FRAME_MS;
    table.add_with_goal(
        "quick open: the window's own work at a key, 99 of 100, over a frame",
        ratio,
        "x",
        Goal::Most(0.5),
    );
    let ratio = quantile(&shown, 0.99) / FRAME_MS;
    table.add_with_goal(
        "quick open: key to list, 99 of 100, over a frame of 16 ms",
        ratio,
        "x",
        Goal::Most(1.0),
    );
    table.add(
        "quick open: key to the whole list, median, over a frame of 16 ms",
        median(&done) / FRAME_MS,
        "x",
    );
    table.add(
        "quick open: key to the whole list, 99 of 100, over a frame",
        quantile(&done, 0.99) / FRAME_MS,
        "x",
    );
    Ok(())
}
