//! Each command of the AI from its key to the first word that is drawn and to the end, in the real window; and from its request to the
//! same through the program without a window, where nothing is sent ahead and no prompt of an earlier run is on disk.
//!
//! Completion while typing is measured beside its peers.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{
    TestModel, editor,
    figures::median,
    screen::{Editor, Home, Screen},
};

use crate::{table::Table, window::frames};

const SOURCE: &str = "\
def total(prices, discount):
    # add up all prices that are above zero and take off the discount in percent
    result = 0
    for i in range(len(prices)):
        if prices[i] > 0:
            result = result + prices[i]
    return result - result * discount / 100


# the largest price, or None when there are none
";

/// How long a caret rests before the key: what it stands in is sent ahead then.
const REST: Duration = Duration::from_millis(1500);

/// Measures every command `rounds` times.
pub fn measure(table: &mut Table, model: TestModel, rounds: usize) -> Result<()> {
    without_window(table, model, rounds)?;
    let mut times: Vec<Timed> = vec![];
    for _ in 0..rounds {
        for (at, (first, all)) in in_window(model)?.into_iter().enumerate() {
            if at == times.len() {
                times.push(Timed::default());
            }
            times[at].first.push(first);
            times[at].all.push(all);
        }
    }
    for ((name, ..), Timed { first, all }) in IN_WINDOW.iter().zip(times) {
        table.add(format!("{name}, key to first word drawn"), median(&first), "ms");
        table.add(format!("{name}, key to the end"), median(&all), "ms");
    }
    Ok(())
}

/// Milliseconds of each round.
#[derive(Default)]
struct Timed {
    first: Vec<f64>,
    all: Vec<f64>,
}

/// Name, keys that lead to the place, the key, and keys that put away what came.
type Keys = (&'static str, &'static [&'static str], &'static str, &'static [&'static str]);

/// The file of `SOURCE` is open; the second line is in the function, the tenth is a comment that asks for code.
const IN_WINDOW: [Keys; 6] = [
    ("improve", &["ctrl+Home", "Down", "ctrl+i"], "Return", &["ctrl+shift+BackSpace", "Escape"]),
    ("explain", &["ctrl+Home", "Down"], "ctrl+shift+i", &["Escape"]),
    ("document", &["ctrl+Home", "Down"], "ctrl+shift+d", &["ctrl+shift+BackSpace", "Escape"]),
    (
        "generate from a comment",
        &["ctrl+Home", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "End"],
        "ctrl+alt+g",
        &["ctrl+shift+BackSpace", "Escape"],
    ),
    ("name a file", &["ctrl+Home"], "ctrl+shift+n", &["Escape"]),
    ("commit message", &["ctrl+Home"], "ctrl+shift+c", &["Escape"]),
];

/// Every command once, in a window of its own with the model in memory: milliseconds from before the key is sent to the frame with the
/// first word, and to the frame in which nothing is asked any more.
fn in_window(model: TestModel) -> Result<Vec<(f64, f64)>> {
    let screen = Screen::start(1200, 800)?;
    let home = Home::new()?;
    home.install(&model.path())?;
    let file = project(&home)?;
    let log = home.path().join("frames.log");
    let env = [("LOCALCODER_FRAME_LOG", log.to_str().context("a path that is no text")?)];
    let mut window = Editor::open(&screen, &home, &[file], &env)?;
    window.wait("a first frame", |_| Ok(log.exists() && !frames(&log)?.is_empty()))?;
    thread::sleep(REST);
    // The first question brings the model into memory.
    timed(&mut window, &log, "ctrl+shift+i")?;
    window.press(&["Escape"])?;
    IN_WINDOW
        .iter()
        .map(|(name, before, key, after)| {
            window.press(before)?;
            thread::sleep(REST);
            let times = timed(&mut window, &log, key).with_context(|| (*name).to_owned())?;
            thread::sleep(REST);
            window.press(after)?;
            Ok(times)
        })
        .collect()
}

fn timed(window: &mut Editor<'_>, log: &Path, key: &str) -> Result<(f64, f64)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1000.0;
    window.press(&[key])?;
    let (mut first, mut end) = (None, None);
    window.wait_for_answer("an answer", |_| {
        let drawn = frames(log)?;
        let drawn = drawn.iter().skip_while(|frame| frame.at_ms < now || frame.question == "none");
        first = drawn.clone().find(|frame| frame.question != "asked").map(|frame| frame.at_ms - now);
        end = drawn.clone().find(|frame| frame.question == "none").map(|frame| frame.at_ms - now);
        Ok(end.is_some())
    })?;
    first.zip(end).context("no answer")
}

/// A folder under version control with a changed file, whose path this is.
fn project(home: &Home) -> Result<PathBuf> {
    let folder = home.path().join("project");
    std::fs::create_dir(&folder)?;
    let file = folder.join("prices.py");
    std::fs::write(&file, "def total(prices):\n    return sum(prices)\n")?;
    git(&folder, &["init", "--quiet"])?;
    git(&folder, &["add", "."])?;
    git(&folder, &["-c", "user.name=n", "-c", "user.email=e@localhost", "commit", "--quiet", "-m", "First"])?;
    std::fs::write(&file, SOURCE)?;
    git(&folder, &["add", "."])?;
    Ok(file)
}

fn without_window(table: &mut Table, model: TestModel, rounds: usize) -> Result<()> {
    let home = Home::new()?;
    home.install(&model.path())?;
    let file = project(&home)?;
    let folder = home.path().join("project");
    let (file, folder) = (file.to_string_lossy(), folder.to_string_lossy());
    for (name, args) in [
        ("improve", &["improve", &file, "--lines", "1:7", "--instruction", "Simplify.", "--once"][..]),
        ("explain", &["explain", &file, "--lines", "1:7"]),
        ("generate", &["generate", &file, "--line", "10", "--once"]),
        ("document", &["document", &file, "--line", "1", "--once"]),
        ("commit message", &["commit-message", &folder]),
        ("name a file", &["name", &file]),
    ] {
        let (mut first, mut all, mut tokens) = (vec![], vec![], vec![]);
        for _ in 0..rounds {
            let answer = ask(&home, args).with_context(|| name.to_owned())?;
            first.push(answer.first);
            all.push(answer.all);
            tokens.push(answer.tokens);
        }
        table.add(format!("{name} without a window, first word"), median(&first), "ms");
        table.add(format!("{name} without a window, last word"), median(&all), "ms");
        table.add(format!("{name} without a window, answer"), median(&tokens), "tokens");
    }
    Ok(())
}

/// Milliseconds from the request, and tokens.
struct Answer {
    first: f64,
    all: f64,
    tokens: f64,
}

fn ask(home: &Home, args: &[&str]) -> Result<Answer> {
    let mut command = Command::new(editor());
    home.move_in(&mut command);
    // A prompt that an earlier round left would be taken from there.
    let prompts = home.path().join("state/localcoder/prompts");
    if prompts.exists() {
        std::fs::remove_dir_all(prompts)?;
    }
    let output = command.args(args).args(["--format", "json"]).stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}");
    let last = text.lines().last().context("it said nothing")?;
    let answer: Value = serde_json::from_str(last).with_context(|| last.to_owned())?;
    let figure = |name: &str| answer[name].as_f64().with_context(|| format!("no {name} in {last}"));
    let first = figure("ttft_ms")?;
    Ok(Answer { first, all: first + figure("decode_ms")?, tokens: figure("generated_tokens")? })
}

fn git(folder: &Path, args: &[&str]) -> Result<()> {
    let done = Command::new("git").current_dir(folder).args(args).output().context("git is missing")?;
    ensure!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
