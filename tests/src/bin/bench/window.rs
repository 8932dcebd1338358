//! The window: start to first frame, and what a frame costs while typing and scrolling in files of 1, 10 and 100 MB.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tests::{
    figures::{median, quantile},
    screen::{Editor, Home, Screen},
};

use crate::table::{Goal, Table};

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

/// Measures each size in a window of its own.
pub fn measure(table: &mut Table) -> Result<()> {
    let screen = Screen::start(1400, 900)?;
    let home = Home::new()?;
    for megabytes in [1, 10, 100] {
        let file = home.path().join(format!("{megabytes}.py"));
        fs::write(&file, source(megabytes * 1_000_000))?;
        let log = home.path().join(format!("{megabytes}.log"));
        let env = [("LOCALCODER_FRAME_LOG", log.to_str().context("a path that is no text")?)];
        let start = Instant::now();
        let mut editor = Editor::open(&screen, &home, std::slice::from_ref(&file), &env)?;
        editor.wait("a first frame", |_| Ok(log.exists() && !frames(&log)?.is_empty()))?;
        if megabytes == 1 {
            table.add(
                "start to first frame, as a watcher sees it",
                start.elapsed().as_secs_f64() * 1000.0,
                "ms",
            );
        }
        std::thread::sleep(std::time::Duration::from_secs(2));
        let opened = frames(&log)?.len();
        for _ in 0..12 {
            editor.type_text("print(1) # ")?;
            editor.press(&["Return"])?;
        }
        let typed = frames(&log)?.len();
        editor.press(&["Next"; 60])?;
        editor.press(&["Down"; 60])?;
        let all = frames(&log)?;
        let typing: Vec<f64> = all[opened..typed].iter().map(|frame| frame.ui_ms).collect();
        let scrolling: Vec<f64> = all[typed..].iter().map(|frame| frame.ui_ms).collect();
        table.add(format!("frame while typing, {megabytes} MB, median"), median(&typing), "ms");
        let worst = quantile(&typing, 0.99);
        table.add_with_goal(
            format!("frame while typing, {megabytes} MB, 99 of 100"),
            worst,
            "ms",
            Goal::Most(8.0),
        );
        table.add(format!("frame while paging, {megabytes} MB, median"), median(&scrolling), "ms");
        let worst = quantile(&scrolling, 0.99);
        table.add_with_goal(
            format!("frame while paging, {megabytes} MB, 99 of 100"),
            worst,
            "ms",
            Goal::Most(8.0),
        );
    }
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
