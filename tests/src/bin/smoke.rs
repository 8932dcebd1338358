//! The main job in the real window: open the sample, select, improve by keys, accept, save, close. Once with an answer that is known,
//! which must be accepted; then once with the real model, whose first answer is told.
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
    TestModel, first_answer, process_exists,
    screen::{Editor, Home, Screen},
    script::Script,
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
    with_a_script(&say)?;
    with_the_model(&say)?;
    println!("1 passed, 0 failed");
    Ok(())
}

/// The whole way, with an answer that is known: it must be the first one that is accepted.
fn with_a_script(say: &dyn Fn(&str)) -> Result<()> {
    let screen = Screen::start(1400, 900)?;
    let home = Home::new()?;
    let file = at_home(&home)?;
    let before = fs::read_to_string(&file)?;
    let typed = format!("# smoke\n{before}");
    let (first, last) = function_lines(&typed);
    let lines: Vec<&str> = typed.split_inclusive('\n').collect();
    let mended = lines[first..=last].concat().replacen("):", "):\n    # smoke", 1);
    let script = Script::write(home.path(), &[&mended], &[])?;
    let folder = file.parent().context("a file lies in a folder")?.to_owned();
    let mut editor = Editor::open(&screen, &home, &[folder, file.clone()], &script.env())?;
    say("the window is open");
    type_first(&mut editor, &file, &before)?;
    picture(&screen, "1-open")?;
    say("typed and saved");

    ask(&editor, &typed)?;
    picture(&screen, "2-asked")?;
    editor.wait("a worker", |editor| Ok(!editor.workers().is_empty()))?;
    let worker = editor.workers();
    say("a worker runs");
    editor.wait("an accepted improvement", |editor| {
        picture(&screen, "3-review")?;
        editor.press(&["ctrl+shift+Return"])?;
        Ok(editor.save(&file)? != typed)
    })?;
    picture(&screen, "4-accepted")?;
    say("an improvement was accepted and saved");
    let wanted =
        [&lines[..first].concat(), &mended, &lines[last + 1..].concat()].map(String::as_str).concat();
    let accepted = fs::read_to_string(&file)?;
    ensure!(accepted == wanted, "this was not the answer:\n{accepted}");
    ensure!(
        script.asked().len() == 1,
        "one question has one answer, and {} were asked for",
        script.asked().len()
    );

    editor.press(&["ctrl+z", "ctrl+s"])?;
    editor.wait("the text before the review, by one undo", |_| Ok(fs::read_to_string(&file)? == typed))?;
    say("one undo brought the old text back");
    editor.press(&["ctrl+q"])?;
    editor.ended()?;
    ensure!(worker.iter().all(|pid| !process_exists(*pid)), "a worker outlived the editor");
    say("closed, and the worker with it");
    Ok(())
}

/// The real model is loaded and answers, once. The starter model is small: its answer may leave the code as it is, which is told and fails
/// nothing.
fn with_the_model(say: &dyn Fn(&str)) -> Result<()> {
    let screen = Screen::start(1400, 900)?;
    let home = Home::new()?;
    let file = at_home(&home)?;
    let before = fs::read_to_string(&file)?;
    let mut editor = Editor::open(&screen, &home, std::slice::from_ref(&file), &[])?;
    let typed = type_first(&mut editor, &file, &before)?;
    ask(&editor, &typed)?;
    let accepted = first_answer::accepted(&mut editor, &file, &typed)?;
    picture(&screen, "5-real")?;
    say("the starter model has answered");
    first_answer::report("smoke", "the starter model", accepted.is_some());
    let now = accepted.unwrap_or_else(|| typed.clone());
    ensure!(keeps_surroundings(&typed, &now), "bytes outside of the selection changed:\n{now}");
    editor.press(&["Escape", "Escape", "ctrl+q"])?;
    editor.ended()
}

/// The starter model and the sample; its file that is improved.
fn at_home(home: &Home) -> Result<PathBuf> {
    home.install(&TestModel::Starter.path())?;
    Ok(copy_sample(home.path())?.join(FILE))
}

/// Typing comes first: it must work without any model.
fn type_first(editor: &mut Editor<'_>, file: &Path, before: &str) -> Result<String> {
    let written = || -> Result<_> { Ok(fs::metadata(file)?.modified()?) };
    let opened = written()?;
    // The window has the keyboard when a save is written.
    editor.wait("the open file", |editor| {
        editor.press(&["ctrl+s"])?;
        std::thread::sleep(std::time::Duration::from_millis(300));
        Ok(written()? != opened)
    })?;
    editor.press(&["ctrl+Home"])?;
    editor.type_text("# smoke\n")?;
    editor.press(&["ctrl+s"])?;
    let typed = format!("# smoke\n{before}");
    editor.wait("typed text in the file", |_| Ok(fs::read_to_string(file)? == typed))?;
    Ok(typed)
}

/// Selects the first function and asks for its improvement.
fn ask(editor: &Editor<'_>, text: &str) -> Result<()> {
    select_function(editor, text)?;
    editor.press(&["ctrl+i"])?;
    editor.type_text("Add a docstring.")?;
    editor.press(&["Return"])
}

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
