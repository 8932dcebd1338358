//! The main job in the real window: open the sample, select, improve by keys, accept, save, close.
//!
//! `cargo xtask run --smoke` and CI run it. Pictures of each step go to `LOCALCODER_PICTURES`, when it is set.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use tests::{
    TestModel, process_exists,
    screen::{Editor, Home, Screen},
};

/// The file of the sample that is improved.
const FILE: &str = "watering.py";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smoke: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let start = Instant::now();
    let say = |what: &str| println!("smoke: {:5.1} s  {what}", start.elapsed().as_secs_f64());
    let screen = Screen::start(1400, 900)?;
    let home = Home::new()?;
    home.install(&TestModel::Starter.path())?;
    let sample = copy_sample(home.path())?;
    let file = sample.join(FILE);
    let before = fs::read_to_string(&file).with_context(|| format!("the sample has no {FILE}"))?;
    let mut editor = Editor::open(&screen, &home, &[sample, file.clone()], &[])?;
    say("the window is open");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    picture(&screen, "1-open")?;

    // Typing comes first: it must work without any model.
    editor.press(&["ctrl+Home"])?;
    editor.type_text("# smoke\n")?;
    editor.press(&["ctrl+s"])?;
    let typed = format!("# smoke\n{before}");
    editor.wait("typed text in the file", |_| Ok(fs::read_to_string(&file)? == typed))?;
    say("typed and saved");

    select_function(&editor, &typed)?;
    editor.press(&["ctrl+i"])?;
    editor.type_text(INSTRUCTIONS[0])?;
    picture(&screen, "2-instruction")?;
    editor.press(&["Return"])?;
    editor.wait("a worker", |editor| Ok(!editor.workers().is_empty()))?;
    let worker = editor.workers();
    say("a worker runs");
    let accepted = improve_until_changed(&mut editor, &screen, &file, &typed)?;
    say("an improvement was accepted and saved");
    ensure!(keeps_surroundings(&typed, &accepted), "bytes outside of the selection changed:\n{accepted}");

    editor.press(&["ctrl+z", "ctrl+s"])?;
    editor.wait("the text before the review, by one undo", |_| Ok(fs::read_to_string(&file)? == typed))?;
    say("one undo brought the old text back");
    editor.press(&["ctrl+q"])?;
    editor.ended()?;
    ensure!(worker.iter().all(|pid| !process_exists(*pid)), "a worker outlived the editor");
    say("closed, and the worker with it");
    println!("1 passed, 0 failed");
    Ok(())
}

/// The starter model is small: its answer may leave the code as it is. It is asked until one is accepted.
fn improve_until_changed(
    editor: &mut Editor<'_>,
    screen: &Screen,
    file: &Path,
    typed: &str,
) -> Result<String> {
    for (attempt, instruction) in INSTRUCTIONS.iter().enumerate() {
        if attempt > 0 {
            select_function(editor, typed)?;
            editor.press(&["ctrl+i"])?;
            editor.type_text(instruction)?;
            editor.press(&["Return"])?;
        }
        for _ in 0..40 {
            std::thread::sleep(std::time::Duration::from_millis(500));
            picture(screen, &format!("3-review-{attempt}"))?;
            editor.press(&["ctrl+shift+Return", "ctrl+s"])?;
            std::thread::sleep(std::time::Duration::from_millis(300));
            let now = fs::read_to_string(file)?;
            if now != typed {
                picture(screen, "4-accepted")?;
                return Ok(now);
            }
        }
        editor.press(&["Escape", "Escape"])?;
    }
    anyhow::bail!("no answer of the starter model changed the selection")
}

const INSTRUCTIONS: [&str; 6] = [
    "Add a docstring.",
    "Rename the variables.",
    "Add a comment to each line.",
    "Write it in another way.",
    "Add type hints.",
    "Handle an empty list.",
];

/// The first function and where it ends.
fn function_lines(text: &str) -> (usize, usize) {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| line.starts_with("def ")).unwrap_or(0);
    let length =
        lines[first + 1..].iter().take_while(|line| line.starts_with(' ') || line.is_empty()).count();
    let last = (first..=first + length).rev().find(|n| !lines[*n].trim().is_empty()).unwrap_or(first);
    (first, last)
}

fn select_function(editor: &Editor<'_>, text: &str) -> Result<()> {
    let (first, last) = function_lines(text);
    editor.press(&["ctrl+Home"])?;
    editor.press(&vec!["Down"; first])?;
    editor.press(&vec!["shift+Down"; last + 1 - first])
}

/// True when the lines before and after the first function are what they were.
fn keeps_surroundings(before: &str, now: &str) -> bool {
    let (first, last) = function_lines(before);
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    now.starts_with(&lines[..first].concat()) && now.ends_with(&lines[last + 1..].concat())
}

fn copy_sample(home: &Path) -> Result<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample");
    let to = home.join("sample");
    copy_folder(&from, &to)?;
    Ok(to)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

fn picture(screen: &Screen, name: &str) -> Result<()> {
    match std::env::var_os("LOCALCODER_PICTURES") {
        Some(folder) => screen.picture(&Path::new(&folder).join(format!("{name}.png"))),
        None => Ok(()),
    }
}
