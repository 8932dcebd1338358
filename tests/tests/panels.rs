//! Every panel in the real window, by keys and by mouse: what is pressed is found by the name that a screen reader tells.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::process_exists;
use tests::reader::{Node, Reader, Unit};
use tests::screen::{Editor, Home, Screen};

/// What the tests of a panel need: a repository in a window, and somebody who reads it.
struct Ground {
    screen: Screen,
    home: Home,
    project: PathBuf,
}

impl Ground {
    fn new() -> Ground {
        let screen = Screen::start(1200, 800).unwrap();
        let home = Home::new().unwrap();
        let project = home.path().canonicalize().unwrap().join("garden");
        fs::create_dir_all(project.join("tools")).unwrap();
        let write = |name: &str, text: &str| fs::write(project.join(name), text).unwrap();
        write("beds.py", BEDS);
        write("notes.txt", "water the beds\n");
        write("tools/rake.py", "def rake(beds):\n    return beds\n");
        fs::create_dir_all(home.settings().parent().unwrap()).unwrap();
        fs::write(home.settings(), "[terminal]\nshell = \"/bin/sh\"\n").unwrap();
        let ground = Ground { screen, home, project };
        ground.git(&["init", "-q"]);
        ground.git(&["add", "."]);
        ground.git(&["commit", "-q", "-m", "Plant the garden"]);
        ground
    }

    fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]).args(args);
        let done = git.current_dir(&self.project).env("HOME", self.home.path()).output().unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.project.join(name)
    }
}

const BEDS: &str = "def plant(beds):\n    return beds + 1\n\n\ndef water(beds):\n    return beds\n";

/// A window on the project with a reader.
struct Read<'a> {
    ground: &'a Ground,
    reader: Reader,
    window: Editor<'a>,
}

impl<'a> Read<'a> {
    fn open(ground: &'a Ground, files: &[&str]) -> Read<'a> {
        let reader = Reader::start(&ground.screen).unwrap();
        let files: Vec<PathBuf> =
            [ground.project.clone()].into_iter().chain(files.iter().map(|name| ground.file(name))).collect();
        let window = Editor::open(&ground.screen, &ground.home, &files, &[reader.env()]).unwrap();
        let mut read = Read { ground, reader, window };
        read.see("Files of garden");
        read
    }

    /// Waits for what has a name that begins so.
    fn see(&mut self, name: &str) -> Node {
        self.reader.wait_for(&mut self.window, name).unwrap()
    }

    /// Waits until nothing has such a name any more.
    fn see_gone(&mut self, name: &str) {
        let reader = &self.reader;
        self.window.wait(&format!("end of «{name}»"), |_| Ok(reader.find(name)?.is_none())).unwrap();
    }

    fn press(&self, keys: &[&str]) {
        self.window.press(keys).unwrap();
    }

    fn type_text(&self, text: &str) {
        self.window.type_text(text).unwrap();
    }

    fn click(&mut self, name: &str) {
        let node = self.see(name);
        self.reader.click(&self.window, &node).unwrap();
    }

    /// Clicks what has this very name.
    fn click_named(&mut self, name: &str) {
        let nodes = self.reader.nodes().unwrap();
        let node = nodes.iter().find(|node| node.name == name).unwrap();
        self.reader.click(&self.window, node).unwrap();
    }

    fn double_click(&mut self, name: &str) {
        let node = self.see(name);
        let (x, y) = self.reader.middle(&node).unwrap();
        self.window.double_click(x, y).unwrap();
    }

    fn right_click(&mut self, name: &str) {
        let node = self.see(name);
        let (x, y) = self.reader.middle(&node).unwrap();
        self.window.right_click(x, y).unwrap();
    }

    /// Goes to a control with Tab and presses it.
    fn enter(&mut self, name: &str) {
        self.see(name);
        self.reader.tab_to(&self.window, name).unwrap();
        self.press(&["Return"]);
    }

    /// Waits until the line at the caret of the text in front is this.
    fn line_at_caret(&mut self, file: &str, line: &str) {
        let text = self.see(&format!("Text of {file}"));
        let reader = &self.reader;
        self.window
            .wait(&format!("caret in «{line}»"), |_| {
                Ok(reader.at_caret(&text, Unit::Line).is_ok_and(|found| found.trim_end() == line))
            })
            .unwrap();
    }

    fn there_is(&mut self, path: &Path) {
        self.window.wait(&format!("{}", path.display()), |_| Ok(path.exists())).unwrap();
    }

    fn git_says(&mut self, args: &[&str], wanted: &str) {
        let ground = self.ground;
        self.window.wait(&format!("git {args:?}: {wanted}"), |_| Ok(ground.git(args) == wanted)).unwrap();
    }

    fn end(self) {
        self.press(&["Escape", "Escape", "ctrl+q"]);
        self.window.ended().unwrap();
    }
}

#[test]
fn files_are_renamed_made_and_opened() {
    let ground = Ground::new();
    let mut read = Read::open(&ground, &["beds.py"]);
    // By keys.
    read.see("notes.txt");
    read.press(&["ctrl+shift+e", "End", "F2", "ctrl+a"]);
    read.type_text("later.txt\n");
    read.there_is(&ground.file("later.txt"));
    assert!(!ground.file("notes.txt").exists());
    read.press(&["ctrl+z"]);
    read.there_is(&ground.file("notes.txt"));
    // By mouse.
    read.double_click("notes.txt");
    read.line_at_caret("notes.txt", "water the beds");
    read.right_click("tools");
    read.click("New file in folder");
    read.type_text("hoe.py\n");
    read.there_is(&ground.file("tools/hoe.py"));
    read.end();
}

#[test]
fn the_project_is_searched() {
    let ground = Ground::new();
    let mut read = Read::open(&ground, &["notes.txt"]);
    // By keys.
    read.press(&["ctrl+shift+f"]);
    read.see("Search results");
    read.type_text("return beds\n");
    read.see("beds.py, 2 results");
    read.press(&["F4"]);
    read.line_at_caret("beds.py", "    return beds + 1");
    // By mouse.
    read.press(&["ctrl+shift+f"]);
    read.double_click("2: return beds");
    read.see("Text of");
    read.press(&["ctrl+shift+f"]);
    read.double_click("6: return beds");
    read.line_at_caret("beds.py", "    return beds");
    read.end();
}

#[test]
fn changes_are_staged_and_committed() {
    let ground = Ground::new();
    ground.git(&["config", "user.name", "A"]);
    ground.git(&["config", "user.email", "a@b.c"]);
    fs::write(ground.file("notes.txt"), "water the beds twice\n").unwrap();
    fs::write(ground.file("beds.py"), BEDS.replace("+ 1", "+ 2")).unwrap();
    let mut read = Read::open(&ground, &["notes.txt"]);
    read.press(&["ctrl+shift+g"]);
    // By keys.
    read.enter("Stage notes.txt");
    read.git_says(&["diff", "--cached", "--name-only"], "notes.txt");
    read.see("Unstage notes.txt");
    // By mouse.
    read.click("Stage beds.py");
    read.git_says(&["diff", "--cached", "--name-only"], "beds.py\nnotes.txt");
    read.click("Unstage beds.py");
    read.git_says(&["diff", "--cached", "--name-only"], "notes.txt");
    read.click("beds.py, modified, not staged");
    read.see("Line 2, added:     return beds + 2");
    read.click("Commit message");
    read.type_text("Water twice");
    read.click_named("Commit");
    read.git_says(&["log", "-1", "--format=%s"], "Water twice");
    read.git_says(&["diff", "--name-only"], "beds.py");
    read.end();
}

#[test]
fn the_outline_leads_to_symbols() {
    let ground = Ground::new();
    let mut read = Read::open(&ground, &["beds.py"]);
    read.line_at_caret("beds.py", "def plant(beds):");
    // By keys.
    read.press(&["ctrl+shift+b"]);
    read.see("Filter symbols");
    read.type_text("wat");
    read.press(&["Return"]);
    read.line_at_caret("beds.py", "def water(beds):");
    read.press(&["ctrl+Home"]);
    read.line_at_caret("beds.py", "def plant(beds):");
    // By mouse.
    read.click("water");
    read.line_at_caret("beds.py", "def water(beds):");
    read.click("Close outline");
    read.see_gone("Filter symbols");
    read.end();
}

#[test]
fn a_terminal_takes_keys_and_clicks() {
    let ground = Ground::new();
    let mut read = Read::open(&ground, &["beds.py"]);
    // By keys.
    read.press(&["ctrl+grave"]);
    read.see("Terminal");
    read.type_text("echo one > one.txt\n");
    read.there_is(&ground.file("one.txt"));
    read.press(&["Escape"]);
    // By mouse.
    read.click("New terminal");
    read.type_text("echo two > two.txt\n");
    read.there_is(&ground.file("two.txt"));
    // A tab beside the files, and a panel again.
    read.click("Move terminals into a tab");
    read.see_gone("Hide terminal");
    read.type_text("echo three > three.txt\n");
    read.there_is(&ground.file("three.txt"));
    read.click("beds.py");
    read.see_gone("New terminal");
    read.press(&["ctrl+grave"]);
    read.see("New terminal");
    read.type_text("echo four > four.txt\n");
    read.there_is(&ground.file("four.txt"));
    read.click("Move terminals into a tab");
    read.click("Hide terminal");
    read.see_gone("New terminal");
    read.end();
}

#[test]
fn lists_are_walked_by_keys_and_pressed() {
    let ground = Ground::new();
    let mut read = Read::open(&ground, &["beds.py"]);
    // Files.
    read.press(&["ctrl+p"]);
    read.type_text("rake");
    read.see("rake.py");
    read.press(&["Return"]);
    read.line_at_caret("rake.py", "def rake(beds):");
    read.press(&["ctrl+p"]);
    read.type_text("notes");
    read.click("notes.txt");
    read.line_at_caret("notes.txt", "water the beds");
    // Commands.
    read.press(&["ctrl+shift+p"]);
    read.type_text("duplicate line");
    read.click("Duplicate line");
    read.press(&["ctrl+s"]);
    let notes = ground.file("notes.txt");
    read.window
        .wait("a line twice", |_| Ok(fs::read_to_string(&notes)? == "water the beds\nwater the beds\n"))
        .unwrap();
    // Branches.
    read.press(&["ctrl+shift+p"]);
    read.type_text("create branch");
    read.press(&["Return"]);
    read.type_text("summer\n");
    read.git_says(&["branch", "--show-current"], "summer");
    read.click("Branch: summer");
    read.click("main");
    read.git_says(&["branch", "--show-current"], "main");
    assert!(process_exists(read.window.pid()));
    read.end();
}

#[test]
fn the_history_of_a_file_is_walked() {
    let ground = Ground::new();
    fs::write(ground.file("beds.py"), BEDS.replace("+ 1", "+ 2")).unwrap();
    ground.git(&["commit", "-q", "-a", "-m", "Plant more"]);
    let mut read = Read::open(&ground, &["beds.py"]);
    read.press(&["ctrl+k", "h"]);
    read.see("Plant more, A");
    // By keys.
    read.enter("Plant the garden, A");
    read.see("Line 1, added: def plant(beds):");
    // By mouse.
    read.click("Plant more, A");
    read.see("Line 2, removed:     return beds + 1");
    read.end();
}
