//! The window: what a frame costs while typing and scrolling in files of 1 MB to 1 GB, all of them wrapped, without what the renderer
//! makes of it.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result};
use editor_core::disk::RealDisk;
use editor_core::{Document, EditKind, Selection, edit};
use serde_json::Value;
use tests::{
    figures::{median, quantile},
    screen::{Editor, Home, Screen},
};

use crate::table::{Goal, Table};

/// A window that drew nothing for so long has settled.
const QUIET: Duration = Duration::from_secs(2);
/// How long an idle window is watched.
const IDLE: Duration = Duration::from_secs(10);

/// One frame of the log that the editor writes.
pub struct Frame {
    /// When it was drawn, in milliseconds since 1970.
    pub at_ms: f64,
    ui_ms: f64,
    /// What events took before it.
    events_ms: f64,
    /// How much it listed of a search through the project.
    pub hits: u64,
    /// Did that go on?
    pub searches: bool,
    /// What it showed of a question to the model: `none`, `asked` or `answering`.
    pub question: String,
}

/// What the longest frame while a file is opened may take, in ms.
const FREEZE_MS: f64 = 100.0;
/// Keys put into the buffer of the largest file.
const KEYS: usize = 1_000;

/// Measures each size in a window of its own.
pub fn measure(table: &mut Table) -> Result<()> {
    let screen = Screen::start(1400, 900)?;
    let home = Home::new()?;
    fs::create_dir_all(home.settings().parent().context("settings lie in a folder")?)?;
    fs::write(home.settings(), "[editor]\nwrap = \"window\"\n")?;
    // Of its own: the window watches it, and each line of the log would be a change in it.
    let folder = home.path().join("files");
    fs::create_dir_all(&folder)?;
    let mut typing = Vec::new();
    for megabytes in [1, 10, 100, 1_000] {
        let file = folder.join(format!("{megabytes}.py"));
        fs::write(&file, source(megabytes * 1_000_000))?;
        typing.push(one_size(table, &screen, &home, megabytes, &file)?);
        if megabytes == 1_000 {
            keys_to_the_buffer(table, &file)?;
        }
        fs::remove_file(file)?;
    }
    let [small, .., large] = typing[..] else { return Ok(()) };
    table.add_with_goal("frame while typing: 1 GB over 1 MB, median", large / small, "x", Goal::Most(3.0));
    Ok(())
}

/// What frames cost in a file of this size, wrapped; gives the median while typing in ms.
fn one_size(table: &mut Table, screen: &Screen, home: &Home, megabytes: usize, file: &Path) -> Result<f64> {
    let log = home.path().join(format!("{megabytes}.log"));
    let env = [("LOCALCODER_FRAME_LOG", log.to_str().context("a path that is no text")?)];
    let bytes = fs::metadata(file)?.len();
    let start = Instant::now();
    let mut editor = Editor::open(screen, home, &[file.to_owned()], &env)?;
    let name = format!("{megabytes}.py");
    editor.wait("a text that is read", |editor| Ok(editor.title()?.contains(&name)))?;
    let read = start.elapsed();
    settle(&mut editor, &log)?;
    if megabytes == 1_000 {
        table.add("1 GB: start until it is read", read.as_secs_f64(), "s");
        // The first frame of all is that of a window without a text.
        let longest = frames(&log)?.iter().skip(1).map(Frame::whole_ms).fold(0.0, f64::max);
        table.add_with_goal("1 GB: longest frame while it opens", longest, "ms", Goal::Most(FREEZE_MS));
        let resident = tests::resident_bytes(editor.pid()) as f64 / bytes as f64;
        table.add_with_goal("1 GB: resident over its size", resident, "x", Goal::Most(2.5));
        let peak = tests::process_memory(editor.pid(), "VmHWM:").unwrap_or(0) as f64 / bytes as f64;
        table.add_with_goal("1 GB: most that was ever resident over its size", peak, "x", Goal::Most(2.5));
    }
    let typed = type_lines(&mut editor, &log)?;
    let goal = |most: f64| if megabytes >= 100 { Goal::Most(most) } else { Goal::Most(8.0) };
    let name = format!("frame while typing, {megabytes} MB");
    table.add_with_goal(format!("{name}, median"), median(&typed), "ms", goal(2.0));
    table.add_with_goal(format!("{name}, 99 of 100"), quantile(&typed, 0.99), "ms", Goal::Most(8.0));
    let before = frames(&log)?.len();
    editor.press(&["Next"; 60])?;
    editor.press(&["Down"; 60])?;
    let paging: Vec<f64> = frames(&log)?[before..].iter().map(Frame::whole_ms).collect();
    table.add(format!("frame while paging, {megabytes} MB, median"), median(&paging), "ms");
    let worst = quantile(&paging, 0.99);
    table.add_with_goal(
        format!("frame while paging, {megabytes} MB, 99 of 100"),
        worst,
        "ms",
        Goal::Most(8.0),
    );
    if megabytes == 1 {
        thread::sleep(IDLE);
        let before = frames(&log)?.len();
        thread::sleep(IDLE);
        let drawn = frames(&log)?.len() - before;
        table.add_with_goal("frames drawn in ten idle seconds", drawn as f64, "", Goal::Most(0.0));
    }
    if megabytes == 100 {
        editor.press(&["ctrl+backslash"; 4])?;
        for _ in 0..5 {
            editor.press(&["ctrl+k", "ctrl+backslash"])?;
        }
        settle(&mut editor, &log)?;
        let typed = type_lines(&mut editor, &log)?;
        let name = format!("frame while typing, {megabytes} MB in ten panes");
        table.add_with_goal(format!("{name}, median"), median(&typed), "ms", Goal::Most(2.0));
        table.add_with_goal(format!("{name}, 99 of 100"), quantile(&typed, 0.99), "ms", Goal::Most(8.0));
        screen.picture(&std::env::temp_dir().join("localcoder-bench-panes.png"))?;
    }
    Ok(median(&typed))
}

/// Types some lines, and gives what the frames meanwhile took, in ms.
fn type_lines(editor: &mut Editor<'_>, log: &Path) -> Result<Vec<f64>> {
    let before = frames(log)?.len();
    for _ in 0..12 {
        editor.type_text("print(1) # ")?;
        editor.press(&["Return"])?;
    }
    Ok(frames(log)?[before..].iter().map(Frame::whole_ms).collect())
}

/// Waits until the editor draws nothing any more; when it drew for the last time.
pub fn settle(editor: &mut Editor<'_>, log: &Path) -> Result<Instant> {
    let mut last = (Instant::now(), 0);
    editor.wait("a window that draws nothing any more", |_| {
        let drawn = frames(log)?.len();
        if drawn != last.1 {
            last = (Instant::now(), drawn);
        }
        Ok(last.0.elapsed() >= QUIET)
    })?;
    Ok(last.0)
}

/// What a key costs until the buffer has it, without a window, in a file of any size.
fn keys_to_the_buffer(table: &mut Table, file: &Path) -> Result<()> {
    let mut document = Document::opened(file, editor_core::file::open(&RealDisk, file)?);
    let style = document.style(4);
    let mut places = tests::Random::new(7);
    let mut times = Vec::new();
    for key in 0..KEYS {
        if key % 50 == 0 {
            let place = places.below(document.rope().len_chars() as u64) as usize;
            document.select(&Selection::caret(place));
        }
        let start = Instant::now();
        let edit = edit::insert_text(document.buffer(), document.selection(), "x", &style);
        document.edit(edit, EditKind::Type, key as u64)?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        drop(document.take_applied());
    }
    table.add("1 GB: key to buffer, median", median(&times), "ms");
    table.add_with_goal("1 GB: key to buffer, 99 of 100", quantile(&times, 0.99), "ms", Goal::Most(1.0));
    Ok(())
}

impl Frame {
    /// Events and drawing, in ms.
    pub fn whole_ms(&self) -> f64 {
        self.events_ms + self.ui_ms
    }
}

/// The frames that are in the log by now.
pub fn frames(log: &Path) -> Result<Vec<Frame>> {
    let text = fs::read_to_string(log)?;
    let whole_lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let frame = |line: Value| {
        let question = line["question"].as_str()?.to_owned();
        let (hits, searches) = (line["hits"].as_u64()?, line["searches"].as_bool()?);
        let (at_ms, ui_ms, events_ms) =
            (line["at_ms"].as_f64()?, line["ui_ms"].as_f64()?, line["events_ms"].as_f64()?);
        Some(Frame { at_ms, ui_ms, events_ms, hits, searches, question })
    };
    Ok(whole_lines.filter_map(frame).collect())
}

const FUNCTION: &str = r#"def function_{n}(value, other=None):
    """Return value {n}."""
    if value > {n}:
        return [value, other, 'text {n}']
    return value * {n}  # a comment


"#;

/// Python of about this size, with long and short lines.
fn source(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 200);
    let mut n = 0;
    while text.len() < bytes {
        n += 1;
        text += &FUNCTION.replace("{n}", &n.to_string());
    }
    text
}
