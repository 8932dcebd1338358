//! The real editor killed at random moments of typing, saving, quitting and recovering: what was typed more than a second before
//! is there after the next start, in the file or among the recovered texts.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    collections::BTreeMap,
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

/// What the editor does when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Typing,
    Saving,
    Quitting,
    Recovering,
}

const MOMENTS: [Moment; 4] = [Moment::Typing, Moment::Saving, Moment::Quitting, Moment::Recovering];

/// `LOCALCODER_EDITOR_KILLS` raises the number of kills; CI makes a few, of each moment at least one.
#[test]
fn a_killed_editor_has_every_line_typed_more_than_a_second_before() {
    let kills: usize =
        std::env::var("LOCALCODER_EDITOR_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let mut scene = Scene {
        screen: Screen::start(1000, 700).unwrap(),
        home: Home::new().unwrap(),
        random: Random::new(7),
        from_disk: 0,
        killed: BTreeMap::new(),
    };
    let file = scene.home.path().join("notes.txt");
    fs::write(&file, "begun\n").unwrap();
    let (mut kept, mut promised, mut rounds) = (String::from("begun\n"), 0, 0);
    while scene.killed.values().sum::<usize>() < kills {
        let moment = MOMENTS[rounds % MOMENTS.len()];
        let typed = scene.type_until_killed(&file, moment, rounds);
        let found = scene.after_the_next_start(&file, moment);
        let told = format!("round {rounds}, {moment:?}");
        assert!(found.starts_with(&kept), "{told}: what was safe is gone from {found:?}");
        for Typed { line, .. } in &typed {
            assert!(found.contains(line.as_str()), "{told}: {line:?} is lost; there is {found:?}");
        }
        promised += typed.len();
        rounds += 1;
        kept = found;
    }
    assert!(promised > 0, "no line was old enough to have to be there");
    let killed: Vec<String> =
        scene.killed.iter().map(|(moment, kills)| format!("{kills} {moment:?}").to_lowercase()).collect();
    println!(
        "| the editor killed at random moments | {} kills: {} | {promised} lines typed more than a second before | {} times on \
         disk alone | 0 lines lost |",
        scene.killed.values().sum::<usize>(),
        killed.join(", "),
        scene.from_disk
    );
}

struct Scene {
    screen: Screen,
    home: Home,
    random: Random,
    /// How often nothing had to be recovered.
    from_disk: usize,
    /// Kills of each moment. An editor that ended by itself before was not killed.
    killed: BTreeMap<Moment, usize>,
}

impl Scene {
    fn open(&self, file: &PathBuf) -> Editor<'_> {
        let window = Editor::open(&self.screen, &self.home, std::slice::from_ref(file), &[]).unwrap();
        thread::sleep(Duration::from_millis(800));
        window
    }

    fn wait_at_most(&mut self, milliseconds: u64) -> Duration {
        Duration::from_millis(self.random.below(milliseconds))
    }

    /// Types lines and saves now and then until the editor is killed; gives the lines that must survive.
    fn type_until_killed(&mut self, file: &PathBuf, moment: Moment, round: usize) -> Vec<Typed> {
        let typing = Duration::from_millis(1_500) + self.wait_at_most(3_000);
        let saves: Vec<bool> = (0..100).map(|_| self.random.below(4) == 0).collect();
        let (rest, during) = (self.wait_at_most(1_500), self.wait_at_most(120));
        let is_closing = self.random.below(2) == 0;
        let window = self.open(file);
        window.press(&["ctrl+End"]).unwrap();
        let mut typed: Vec<Typed> = Vec::new();
        let end = Instant::now() + typing;
        for (number, saves) in saves.into_iter().enumerate().take_while(|_| Instant::now() < end) {
            let line = format!("round {round} line {number}");
            window.type_text(&format!("{line}\n")).unwrap();
            typed.push(Typed { line, at: Instant::now() });
            if saves {
                window.press(&["ctrl+s"]).unwrap();
            }
        }
        let pressing = match moment {
            Moment::Typing | Moment::Recovering => {
                thread::sleep(rest);
                None
            }
            Moment::Saving => Some(window.begin_pressing("ctrl+s").unwrap()),
            // The question whether to save, or its answer, which saves and ends.
            Moment::Quitting if is_closing => Some(window.begin_pressing("ctrl+q").unwrap()),
            Moment::Quitting => {
                window.press(&["ctrl+q"]).unwrap();
                Some(window.begin_pressing("Return").unwrap())
            }
        };
        if pressing.is_some() {
            thread::sleep(during);
        }
        let killed = Instant::now();
        let is_killed = window.kill();
        drop(pressing);
        *self.killed.entry(moment).or_default() += usize::from(is_killed && moment != Moment::Recovering);
        typed.retain(|typed| killed.duration_since(typed.at) > PROMISED + DELIVERED);
        typed
    }

    /// Starts again, has what was left recovered and saved, and gives the text.
    fn after_the_next_start(&mut self, file: &PathBuf, moment: Moment) -> String {
        if moment == Moment::Recovering && journals(&self.home) > 0 {
            let during = self.wait_at_most(600);
            let window = self.open(file);
            ask_to_recover(&window);
            let pressing = window.begin_pressing("Return").unwrap();
            thread::sleep(during);
            let is_killed = window.kill();
            drop(pressing);
            *self.killed.entry(moment).or_default() += usize::from(is_killed);
        }
        if journals(&self.home) == 0 {
            self.from_disk += 1;
            return fs::read_to_string(file).unwrap();
        }
        let mut window = self.open(file);
        ask_to_recover(&window);
        window.press(&["Return"]).unwrap();
        let asked = Instant::now();
        let home = &self.home;
        window.wait("texts taken over from the journals", |_| Ok(journals_of_the_dead(home) == 0)).unwrap();
        thread::sleep(Duration::from_millis(500).saturating_sub(asked.elapsed()));
        let recovered = window.save(file).unwrap();
        window.press(&["ctrl+q"]).unwrap();
        window.ended().unwrap();
        recovered
    }
}

fn ask_to_recover(window: &Editor<'_>) {
    window.press(&["ctrl+shift+p"]).unwrap();
    window.type_text("Recover unsaved").unwrap();
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
