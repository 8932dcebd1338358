//! Each command of the AI from its request to the first word and to the end, through the real program without a window.
//!
//! In the window the selection is sent ahead while it rests, so a first word comes sooner there (`bench peers`); here nothing is
//! primed, and no prompt of an earlier run is on disk. Completion while typing is measured beside its peers.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{TestModel, editor, figures::median, screen::Home};

use crate::table::Table;

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

/// Measures every command `rounds` times.
pub fn measure(table: &mut Table, model: TestModel, rounds: usize) -> Result<()> {
    let home = Home::new()?;
    home.install(&model.path())?;
    let folder = home.path().join("project");
    std::fs::create_dir(&folder)?;
    let file = folder.join("prices.py");
    std::fs::write(&file, "def total(prices):\n    return sum(prices)\n")?;
    git(&folder, &["init", "--quiet"])?;
    git(&folder, &["add", "."])?;
    git(&folder, &["-c", "user.name=n", "-c", "user.email=e@localhost", "commit", "--quiet", "-m", "First"])?;
    std::fs::write(&file, SOURCE)?;
    git(&folder, &["add", "."])?;
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
        table.add(format!("{name}, first word"), median(&first), "ms");
        table.add(format!("{name}, last word"), median(&all), "ms");
        table.add(format!("{name}, answer"), median(&tokens), "tokens");
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
