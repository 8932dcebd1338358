//! Work on many files: a replacement in 1,000 of them, and a repository in which 10,000 differ.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use editor_core::disk::{Disk as _, RealDisk};
use editor_core::encoding::Reading;
use search::replace::InFile;
use search::replace::many::{Many, ReplaceOutcome};
use search::template::Replacement;
use search::{Matcher, SearchQuery};
use tests::figures::median;
use tests::screen::{Editor, Home, Screen};

use crate::table::{Goal, Table};
use crate::window::{self, frames};

/// Files that a replacement writes.
const REPLACED: usize = 1_000;
/// Files that differ in the repository.
const CHANGED: usize = 10_000;
/// A frame of 60 a second.
const FRAME_MS: f64 = 16.0;

/// Measures both.
pub fn measure(table: &mut Table, rounds: usize) -> Result<()> {
    replace(table, rounds)?;
    changed(table, rounds)
}

/// What a replacement costs over writing the same files in the plainest way that survives a power cut.
fn replace(table: &mut Table, rounds: usize) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("replace-").tempdir_in(tests::cache())?;
    let text = |word: &str| format!("fn {word}() {{\n    return {word};\n}}\n").repeat(40);
    let (mut own, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        for number in 0..REPLACED {
            fs::write(folder.path().join(number.to_string()), text("before"))?;
        }
        own.push(replaced(folder.path(), &text("after"))?);
        let start = Instant::now();
        for number in 0..REPLACED {
            let (part, path) = (folder.path().join("part"), folder.path().join(number.to_string()));
            let file = fs::File::create(&part)?;
            std::io::Write::write_all(&mut &file, text("before").as_bytes())?;
            file.sync_all()?;
            fs::rename(part, path)?;
        }
        plain.push(ms(start.elapsed()));
    }
    table.add("replace in 1,000 files: until all are on the disk", median(&own), "ms");
    table.add_with_goal(
        "replace in 1,000 files: time over writing and syncing them",
        median(&own) / median(&plain),
        "x",
        Goal::Most(3.0),
    );
    Ok(())
}

/// Replaces in all files, as the window does; how long it takes, in ms.
fn replaced(folder: &Path, expected: &str) -> Result<f64> {
    let matcher = Matcher::new(&SearchQuery { pattern: "before".into(), ..SearchQuery::default() })?;
    let replacement = Replacement::new("after", false, &matcher)?;
    let file = |number: usize| {
        let path = folder.join(number.to_string());
        let version = RealDisk.metadata(&path)?;
        Ok(InFile { path, version, reading: Reading::Guessed, wanted: None })
    };
    let files = (0..REPLACED).map(file).collect::<Result<Vec<InFile>>>()?;
    let start = Instant::now();
    let many = Many::start(Arc::new(RealDisk), files, matcher, replacement, || {})?;
    let written = many.wait().filter(|outcome| matches!(outcome, ReplaceOutcome::Written(_))).count();
    let time = ms(start.elapsed());
    ensure!(written == REPLACED, "{written} of {REPLACED} files were written");
    ensure!(fs::read_to_string(folder.join("7"))? == expected, "a file has not what was asked for");
    Ok(time)
}

/// What it costs to look at a repository in which many files differ, over git's own look, and what the window does meanwhile.
fn changed(table: &mut Table, rounds: usize) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("changed-").tempdir_in(tests::cache())?;
    make_repository(folder.path())?;
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..=rounds {
        let start = Instant::now();
        let repository = git::Repository::open(folder.path(), &git::UserConfig::default())?;
        let found = repository.status(&Arc::new(AtomicBool::new(false)))?.files.len();
        own.push(ms(start.elapsed()));
        ensure!(found == CHANGED, "{found} of {CHANGED} files differ");
        let start = Instant::now();
        run_git(folder.path(), &["--no-optional-locks", "status", "--porcelain"])?;
        other.push(ms(start.elapsed()));
    }
    // The first of each fills the caches of the system.
    let (own, other) = (median(&own[1..]), median(&other[1..]));
    table.add("10,000 changed files: until they are known", own, "ms");
    table.add_with_goal("10,000 changed files: time over `git status`", own / other, "x", Goal::Most(2.0));
    settles(table, folder.path())
}

/// What frames cost until a window on such a repository has settled.
fn settles(table: &mut Table, folder: &Path) -> Result<()> {
    let screen = Screen::start(1400, 900)?;
    let home = Home::new()?;
    let log = home.path().join("changed.log");
    let env = [("LOCALCODER_FRAME_LOG", log.to_str().context("a path that is no text")?)];
    let start = Instant::now();
    let mut editor = Editor::open(&screen, &home, &[folder.to_owned()], &env)?;
    editor.wait("a first frame", |_| Ok(log.exists() && !frames(&log)?.is_empty()))?;
    let settled = window::settle(&mut editor, &log)?;
    table.add_with_goal(
        "10,000 changed files: until the window has settled",
        ms(settled.duration_since(start)),
        "ms",
        Goal::Most(10_000.0),
    );
    let all = frames(&log)?;
    let longest = all.iter().skip(1).map(window::Frame::whole_ms).fold(0.0, f64::max);
    let name = "10,000 changed files: the longest frame but the first, over one of 16 ms";
    table.add_with_goal(name, longest / FRAME_MS, "x", Goal::Most(3.0));
    Ok(())
}

fn make_repository(folder: &Path) -> Result<()> {
    let path = |number: usize| folder.join(format!("{}/{number}.rs", number % 97));
    for number in 0..CHANGED {
        let path = path(number);
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs::write(path, format!("fn number_{number}() {{}}\n"))?;
    }
    run_git(folder, &["init", "-q"])?;
    run_git(folder, &["add", "-A"])?;
    run_git(folder, &["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", "all"])?;
    for number in 0..CHANGED {
        fs::write(path(number), format!("fn number_{number}_is_another() {{}}\n"))?;
    }
    Ok(())
}

fn run_git(folder: &Path, args: &[&str]) -> Result<()> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(args).stdout(Stdio::null());
    let status = git.status().context("git does not start: install it")?;
    ensure!(status.success(), "git {args:?} failed");
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
