//! The window as it is seen: from a key until its letter, a list or the whole window stands on the screen, beside a bare window of the
//! same toolkit and other editors on displays of the same kind. A software renderer draws here, so what all of them share is large.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tests::display::Display;
use tests::figures::{median, quantile};
use tests::screen::{Home, Screen};

use crate::bare_window::BARE_WINDOW;
use crate::table::{Goal, Table};

/// Letters typed for the median.
const LETTERS: usize = 60;
/// Files of the folder in which quick open looks.
const FILES: usize = 400;
const SIZE: (u32, u32) = (1400, 900);

/// A program whose window is watched.
struct Subject {
    name: &'static str,
    /// The package of Debian that has it; none of our own.
    package: Option<&'static str>,
    /// The chords that open a list of commands, and of files, or what comes nearest; none where there is nothing like it.
    commands: Option<&'static str>,
    files: Option<&'static str>,
}

const OURS: Subject =
    Subject { name: "ours", package: None, commands: Some("ctrl+shift+p"), files: Some("ctrl+p") };
const BARE: Subject = Subject { name: "a bare eframe window", package: None, commands: None, files: None };
/// Kate has both lists. Geany has neither: its dialogs to find a text and to open a file stand for them.
const PEERS: [Subject; 2] = [
    Subject { name: "kate", package: Some("kate"), commands: Some("ctrl+alt+i"), files: Some("ctrl+alt+o") },
    Subject { name: "geany", package: Some("geany"), commands: Some("ctrl+f"), files: Some("ctrl+o") },
];

/// Milliseconds of one program.
struct Seen {
    start: Vec<f64>,
    letter: Vec<f64>,
    commands: Vec<f64>,
    files: Vec<f64>,
}

/// Measures all of them, one after the other.
pub fn measure(table: &mut Table, rounds: usize) -> Result<()> {
    let ours = watch(&OURS, rounds)?;
    let bare = watch(&BARE, rounds)?;
    rows(table, &OURS, &ours);
    rows(table, &BARE, &bare);
    let start = median(&ours.start) / median(&bare.start);
    table.add_with_goal("start to text on the screen over a bare window's", start, "x", Goal::Most(1.3));
    table.add("key to letter over a bare window's", median(&ours.letter) / median(&bare.letter), "x");
    // Half of what was measured from outside before, under light load: 85, 370 and 220 ms.
    table.add_with_goal("key to letter", median(&ours.letter), "ms", Goal::Most(42.5));
    table.add_with_goal("palette: key to settled", median(&ours.commands), "ms", Goal::Most(185.0));
    table.add_with_goal("quick open: key to settled", median(&ours.files), "ms", Goal::Most(110.0));
    for peer in PEERS {
        let package = peer.package.unwrap_or(peer.name);
        if Command::new(peer.name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_err()
        {
            eprintln!("bench: {} is not installed (Debian: {package}): nothing to compare with", peer.name);
            continue;
        }
        let seen = watch(&peer, rounds)?;
        rows(table, &peer, &seen);
        let ratio = |ours: &[f64], other: &[f64]| median(ours) / median(other);
        table.add(
            format!("key to letter over that of {}", peer.name),
            ratio(&ours.letter, &seen.letter),
            "x",
        );
        table.add(
            format!("commands: key to settled over {}", peer.name),
            ratio(&ours.commands, &seen.commands),
            "x",
        );
        table.add(format!("files: key to settled over {}", peer.name), ratio(&ours.files, &seen.files), "x");
    }
    Ok(())
}

fn rows(table: &mut Table, subject: &Subject, seen: &Seen) {
    let name = subject.name;
    let mut row = |what: &str, values: &[f64]| {
        if !values.is_empty() {
            table.add(format!("{name}: {what}, median"), median(values), "ms");
        }
    };
    row("start to text on the screen", &seen.start);
    row("key to letter", &seen.letter);
    row(&format!("{}: key to settled", subject.commands.unwrap_or_default()), &seen.commands);
    row(&format!("{}: key to settled", subject.files.unwrap_or_default()), &seen.files);
    table.add(format!("{name}: key to letter, 95 of 100"), quantile(&seen.letter, 0.95), "ms");
}

/// Starts a program some times, and in the last of its windows presses keys.
fn watch(subject: &Subject, rounds: usize) -> Result<Seen> {
    eprintln!("bench: {} …", subject.name);
    let home = Home::new()?;
    let file = project(home.path())?;
    let mut seen = Seen { start: vec![], letter: vec![], commands: vec![], files: vec![] };
    // The first start reads the program from the disk, and makes caches in the new home.
    for round in 0..=rounds {
        let screen = Screen::watched(SIZE.0, SIZE.1)?;
        let mut display = screen.display()?;
        let began = Instant::now();
        let _window = Window(start(subject, &screen, &home, &file)?);
        let mut watched = || -> Result<()> {
            let shown = display.until_text(began)?;
            if round > 0 {
                seen.start.push(shown);
            }
            if round == rounds { press(subject, &mut display, rounds, &mut seen) } else { Ok(()) }
        };
        if let Err(error) = watched() {
            let picture = std::env::temp_dir().join("localcoder-bench.png");
            screen.picture(&picture)?;
            bail!("{}: {error:#}; see {}", subject.name, picture.display());
        }
    }
    Ok(seen)
}

fn press(subject: &Subject, display: &mut Display, rounds: usize, seen: &mut Seen) -> Result<()> {
    display.rest()?;
    display.focus(Some(SIZE))?;
    display.rest()?;
    display.press("ctrl+Home")?;
    display.press("End")?;
    for letter in 0..LETTERS {
        // At no fixed distance from what blinks.
        thread::sleep(Duration::from_millis(150 + 37 * letter as u64 % 110));
        seen.letter.push(display.until_a_letter(["x", "w"][letter % 2])?);
    }
    display.rest()?;
    for (chord, times) in [(subject.commands, &mut seen.commands), (subject.files, &mut seen.files)] {
        // The first time of each draws letters that were never drawn.
        for round in 0..=rounds {
            let Some(chord) = chord else { continue };
            let settled = display.until_settled(chord)?;
            if round > 0 {
                times.push(settled);
            }
            // A dialog is a window of its own, which nobody gives the keyboard to.
            display.focus(None)?;
            display.press("Escape")?;
            display.rest()?;
            display.focus(None)?;
        }
    }
    Ok(())
}

fn start(subject: &Subject, screen: &Screen, home: &Home, file: &Path) -> Result<Child> {
    let mut command = match subject.name {
        "ours" => screen.command(tests::editor()),
        name if name == BARE.name => screen.command(std::env::current_exe()?),
        name => screen.command(name),
    };
    home.move_in(&mut command);
    match subject.package {
        None if subject.name == BARE.name => command.arg(BARE_WINDOW),
        None => command.arg(file.parent().context("a file lies in a folder")?),
        Some(_) => &mut command,
    };
    fs::create_dir_all(home.path().join("run"))?;
    command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().with_context(|| format!("{} does not start", subject.name))
}

/// A process that ends with its measurement.
struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A folder with files, and one of them to be shown.
fn project(home: &Path) -> Result<PathBuf> {
    let folder = home.join("project");
    fs::create_dir_all(&folder)?;
    // Long enough to reach the middle of a window, and in a language for which Kate looks for no server: where there is none, a sign
    // blinks for as long as the window is open.
    let said = "what is said here is as long as lines of code are at their longest, or a word more than that";
    let lines = |number: usize| format!("name_{number} = \"{said}\"\nvalue_{number} = {number}  # {said}\n");
    let text: String = (0..60).map(lines).collect();
    for number in 0..FILES {
        fs::write(folder.join(format!("module_{number}.toml")), &text)?;
    }
    Ok(folder.join("module_0.toml"))
}
