//! The terminal: frames while a program prints without end, and how fast what a program prints is taken, beside Alacritty in the same
//! virtual display. The printing program itself says when it began and ended, so that starts of windows do not count.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tests::figures::{median, quantile};
use tests::screen::{Editor, Home, Screen};

use crate::table::{Goal, Table};
use crate::window::{Frame, frames};

/// A frame of 60 a second.
const FRAME_MS: f64 = 16.0;
/// What is printed for the throughput.
const PRINTED: usize = 200_000_000;
/// How long printing it may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Measures both.
pub fn measure(table: &mut Table, rounds: usize) -> Result<()> {
    let screen = Screen::start(1400, 900)?;
    let home = Home::new()?;
    let log = home.path().join("frames.log");
    let env =
        [("LOCALCODER_FRAME_LOG", log.to_str().context("a path that is no text")?), ("SHELL", "/bin/sh")];
    let folder = home.path().join("project");
    fs::create_dir_all(&folder)?;
    let mut editor = Editor::open(&screen, &home, &[folder], &env)?;
    editor.wait("a first frame", |_| Ok(log.exists() && !frames(&log)?.is_empty()))?;
    std::thread::sleep(Duration::from_secs(2));
    editor.press(&["ctrl+grave"])?;
    std::thread::sleep(Duration::from_secs(1));
    let before = frames(&log)?.len();
    editor.type_text("timeout 10 yes")?;
    editor.press(&["Return"])?;
    std::thread::sleep(Duration::from_secs(9));
    let during: Vec<f64> = frames(&log)?[before..].iter().map(Frame::whole_ms).collect();
    std::thread::sleep(Duration::from_secs(3));
    table.add("terminal: frames while `yes` prints", during.len() as f64, "frames");
    let name = "terminal: frame while `yes` prints, over one of 16 ms";
    table.add(format!("{name}, median"), median(&during) / FRAME_MS, "x");
    table.add(format!("{name}, 99 of 100"), quantile(&during, 0.99) / FRAME_MS, "x");
    let worst = during.iter().copied().fold(0.0, f64::max);
    table.add_with_goal(format!("{name}, the longest"), worst / FRAME_MS, "x", Goal::Most(1.0));

    let printing = Printing::new(home.path())?;
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        printing.reset()?;
        editor.type_text(&format!("sh {}", printing.script.display()))?;
        editor.press(&["Return"])?;
        own.push(printing.seconds()?);
        printing.reset()?;
        let mut alacritty = screen.command("alacritty");
        alacritty.args(["-e", "sh"]).arg(&printing.script).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(mut window) = alacritty.spawn() else { continue };
        let seconds = printing.seconds();
        // The shell has ended, and the window with it, or it never began.
        let _gone_already = window.kill();
        window.wait()?;
        other.push(seconds.context("Alacritty shows nothing in this display")?);
    }
    let megabytes = PRINTED as f64 / 1e6;
    table.add("terminal: what a program prints is taken", megabytes / median(&own), "MB/s");
    if other.is_empty() {
        eprintln!("bench: Alacritty is not installed: nothing to compare with");
        return Ok(());
    }
    table.add("the same by Alacritty", megabytes / median(&other), "MB/s");
    table.add_with_goal(
        "terminal: throughput over Alacritty's",
        median(&other) / median(&own),
        "x",
        Goal::Least(0.5),
    );
    Ok(())
}

/// A script that prints a file and notes when it began and ended.
struct Printing {
    script: PathBuf,
    began: PathBuf,
    ended: PathBuf,
}

impl Printing {
    fn new(folder: &Path) -> Result<Printing> {
        let (text, script) = (folder.join("printed.txt"), folder.join("print.sh"));
        let (began, ended) = (folder.join("began"), folder.join("ended"));
        let line = "\x1b[32mCompiling\x1b[0m something v1.2.3 (/some/where/else) and what it says of it\n";
        fs::write(&text, line.repeat(PRINTED / line.len()))?;
        let (from, to) = (began.display(), ended.display());
        fs::write(
            &script,
            format!("date +%s%N >{from}\ncat {}\ndate +%s%N >{to}.part\nmv {to}.part {to}\n", text.display()),
        )?;
        Ok(Printing { script, began, ended })
    }

    fn reset(&self) -> Result<()> {
        for file in [&self.began, &self.ended] {
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
        Ok(())
    }

    /// Waits for the end; how long it took.
    fn seconds(&self) -> Result<f64> {
        let start = Instant::now();
        while !self.ended.exists() {
            if start.elapsed() > PATIENCE {
                bail!("what was printed was not taken within {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let time =
            |file: &Path| -> Result<f64> { Ok(fs::read_to_string(file)?.trim().parse::<f64>()? / 1e9) };
        Ok(time(&self.ended)? - time(&self.began)?)
    }
}
