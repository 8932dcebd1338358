//! A window that runs takes the files of another start: the real program, twice, under a virtual display.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tests::screen::{Editor, Home, Screen};
use tests::{editor, process_exists};

/// A home, and files in a folder beside it.
struct Ground {
    screen: Screen,
    home: Home,
    folder: PathBuf,
}

impl Ground {
    fn new() -> Ground {
        let (screen, home) = (Screen::start(1200, 800).unwrap(), Home::new().unwrap());
        let folder = home.path().canonicalize().unwrap().join("files");
        fs::create_dir(&folder).unwrap();
        for name in ["a.txt", "b.txt", "c.txt"] {
            fs::write(folder.join(name), "one\ntwo\nthree\n").unwrap();
        }
        Ground { screen, home, folder }
    }

    fn window(&self, name: &str) -> Editor<'_> {
        let file = self.folder.join(name);
        Editor::open(&self.screen, &self.home, &[file], &[]).unwrap()
    }

    /// Another start of the program.
    fn start(&self, args: &[&str]) -> Child {
        let mut command: Command = self.screen.command(editor());
        self.home.move_in(&mut command);
        command.current_dir(&self.folder).args(args);
        command.stderr(Stdio::inherit()).spawn().unwrap()
    }

    /// The files that are open, as the window remembers them, and which of them is in front.
    fn open(&self) -> (Vec<String>, String) {
        let session = fs::read(self.home.session()).unwrap_or_default();
        let session: serde_json::Value = serde_json::from_slice(&session).unwrap_or_default();
        let name = |file: &serde_json::Value| {
            let path = Path::new(file["path"].as_str().unwrap_or_default());
            path.file_name().unwrap_or_default().to_string_lossy().into_owned()
        };
        let files: Vec<String> = session["files"].as_array().into_iter().flatten().map(name).collect();
        let front = session["active"].as_u64().unwrap_or_default() as usize;
        let front = files.get(front).cloned().unwrap_or_default();
        (files, front)
    }

    /// The sockets of windows.
    fn doors(&self) -> usize {
        let entries = fs::read_dir(self.home.path().join("run/localcoder")).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "sock")).count()
    }
}

#[test]
fn a_second_start_opens_its_file_in_the_window_that_runs() {
    let ground = Ground::new();
    let mut window = ground.window("a.txt");
    let status = ground.start(&["b.txt:2:3"]).wait().unwrap();
    assert!(status.success(), "{status}");
    window.wait("the second file", |_| Ok(ground.open().1 == "b.txt")).unwrap();
    assert_eq!(ground.open().0.len(), 2);
    // The caret is where it was asked for.
    window.type_text("X").unwrap();
    let text = window.save(&ground.folder.join("b.txt")).unwrap();
    assert_eq!(text, "one\ntwXo\nthree\n");
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
    assert_eq!(ground.doors(), 0, "the socket goes with its window");
}

#[test]
fn who_waits_ends_when_the_file_is_closed_and_a_window_of_its_own_is_had_for_the_asking() {
    let ground = Ground::new();
    let mut window = ground.window("a.txt");
    let mut waits = ground.start(&["--wait", "b.txt"]);
    window.wait("the file that is waited for", |_| Ok(ground.open().1 == "b.txt")).unwrap();
    assert!(waits.try_wait().unwrap().is_none(), "it is open");
    window.press(&["ctrl+w"]).unwrap();
    window.wait("the end of the wait", |_| Ok(waits.try_wait()?.is_some())).unwrap();
    assert!(waits.wait().unwrap().success());
    assert!(process_exists(window.pid()), "the window stays");

    let mut own = ground.start(&["--new-window", "c.txt"]);
    window.wait("a second window", |_| Ok(ground.doors() == 2)).unwrap();
    assert!(own.try_wait().unwrap().is_none(), "it is a window");
    own.kill().unwrap();
    own.wait().unwrap();
    assert_eq!(ground.doors(), 2, "the socket of a window that was killed is left");
    assert!(ground.start(&["b.txt"]).wait().unwrap().success());
    assert_eq!(ground.doors(), 1, "it is taken away, and the file goes to the one that runs");
    window.wait("the file", |_| Ok(ground.open().1 == "b.txt")).unwrap();
}

#[test]
fn of_starts_at_once_one_is_the_window_and_all_files_are_in_it() {
    let ground = Ground::new();
    let names = ["a.txt", "b.txt", "c.txt"];
    let mut starts: Vec<Child> = names.iter().map(|name| ground.start(&[name])).collect();
    let mut looks = 0;
    loop {
        let ended = starts.iter_mut().filter_map(|start| start.try_wait().unwrap()).collect::<Vec<_>>();
        assert!(ended.iter().all(std::process::ExitStatus::success), "{ended:?}");
        if ended.len() == names.len() - 1 && ground.open().0.len() == names.len() {
            break;
        }
        looks += 1;
        assert!(looks < 1_200, "{} have ended, {:?} are open", ended.len(), ground.open());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let mut open = ground.open().0;
    open.sort();
    assert_eq!(open, names);
    for start in &mut starts {
        let _ended_already = start.kill();
        start.wait().unwrap();
    }
}
