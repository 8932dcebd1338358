//! The real editor killed at random moments of typing, saving and recovering: what was typed more than a second before is there
//! after the next start, in the file or among the recovered texts.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use tests::{
    Random,
    screen::{Editor, Home, Screen},
};

/// What may be lost: the journal is on the medium within a second.
const PROMISED: Duration = Duration::from_secs(1);
/// A key pressed by the virtual keyboard is typed when the window has drawn it; a busy machine takes this long at most.
const DELIVERED: Duration = Duration::from_millis(500);

/// A line, and when its last key was pressed.
struct Typed {
    line: String,
    at: Instant,
}

/// `LOCALCODER_EDITOR_KILLS` raises the number of kills; CI makes a few.
#[test]
fn a_killed_editor_has_every_line_typed_more_than_a_second_before() {
    let kills: u32 = std::env::var("LOCALCODER_EDITOR_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let screen = Screen::start(1000, 700).unwrap();
    let home = Home::new().unwrap();
    let file = home.path().join("notes.txt");
    fs::write(&file, "begun\n").unwrap();
    let mut random = Random::new(7);
    let (mut kept, mut from_disk, mut promised) = (String::from("begun\n"), 0, 0);
    for kill in 0..kills {
        let typed = type_until_killed(&screen, &home, &file, kill, &mut random);
        let found = after_the_next_start(&screen, &home, &file, &mut from_disk);
        assert!(found.starts_with(&kept), "kill {kill}: what was safe is gone from {found:?}");
        for Typed { line, .. } in &typed {
            assert!(found.contains(line.as_str()), "kill {kill}: {line:?} is lost; there is {found:?}");
        }
        promised += typed.len();
        kept = found;
    }
    assert!(promised > 0, "no line was old enough to have to be there");
    println!(
        "| the editor killed while it is typed into | {kills} kills | {promised} lines typed more than a second \
         before | {from_disk} times on disk alone | 0 lines lost |"
    );
}

/// Types lines and saves now and then until the editor is killed; gives the lines that must survive.
fn type_until_killed(
    screen: &Screen,
    home: &Home,
    file: &PathBuf,
    kill: u32,
    random: &mut Random,
) -> Vec<Typed> {
    let window = Editor::open(screen, home, std::slice::from_ref(file), &[]).unwrap();
    thread::sleep(Duration::from_millis(800));
    window.press(&["ctrl+End"]).unwrap();
    let mut typed: Vec<Typed> = Vec::new();
    let end = Instant::now() + Duration::from_millis(1_500 + random.below(3_000));
    let mut number = 0;
    while Instant::now() < end {
        let line = format!("kill {kill} line {number}");
        window.type_text(&format!("{line}\n")).unwrap();
        typed.push(Typed { line, at: Instant::now() });
        if random.below(4) == 0 {
            window.press(&["ctrl+s"]).unwrap();
        }
        number += 1;
    }
    thread::sleep(Duration::from_millis(random.below(1_500)));
    let killed = Instant::now();
    // The editor's own drop sends SIGKILL.
    drop(window);
    typed.retain(|typed| killed.duration_since(typed.at) > PROMISED + DELIVERED);
    typed
}

/// Starts again, has what was left recovered and saved, and gives the text.
fn after_the_next_start(screen: &Screen, home: &Home, file: &PathBuf, from_disk: &mut u32) -> String {
    let left = journals(home);
    let mut window = Editor::open(screen, home, std::slice::from_ref(file), &[]).unwrap();
    thread::sleep(Duration::from_millis(800));
    if left == 0 {
        *from_disk += 1;
        return fs::read_to_string(file).unwrap();
    }
    window.press(&["ctrl+shift+p"]).unwrap();
    window.type_text("Recover unsaved").unwrap();
    window.press(&["Return"]).unwrap();
    let asked = Instant::now();
    window.wait("texts taken over from the journals", |_| Ok(journals_of_the_dead(home) == 0)).unwrap();
    thread::sleep(Duration::from_millis(500).saturating_sub(asked.elapsed()));
    let recovered = window.save(file).unwrap();
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
    recovered
}

fn folders(home: &Home) -> Vec<PathBuf> {
    let unsaved = home.session().with_file_name("unsaved");
    fs::read_dir(unsaved).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn journals_in(folder: &PathBuf) -> usize {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter(|file| file.path().extension().is_some_and(|end| end == "journal")).count()
}

fn journals(home: &Home) -> usize {
    folders(home).iter().map(journals_in).sum()
}

/// Journals whose owner is gone: nobody holds the lock of their folder.
fn journals_of_the_dead(home: &Home) -> usize {
    let dead =
        |folder: &&PathBuf| fs::File::open(folder.join("lock")).is_ok_and(|lock| lock.try_lock().is_ok());
    folders(home).iter().filter(dead).map(journals_in).sum()
}
