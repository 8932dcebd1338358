//! Saving continues within a second while other files of the window lie where nothing answers: on a pipe, on a mount that hangs, in the
//! midst of a read of 2 GB. The real editor, a real mount.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tests::{
    figures::median,
    ground,
    hung::HungMount,
    screen::{Editor, Home, Screen},
};

/// What a save may take, whatever else hangs.
const PROMISED: Duration = Duration::from_secs(1);
/// The largest file that is read.
const HUGE: u64 = 2 << 30;
const SAVES: usize = 5;

#[test]
fn saving_goes_on_within_a_second_beside_a_pipe_a_hung_mount_and_a_read_of_2_gb() {
    let home = Home::new().unwrap();
    let place = |name: &str| home.path().join(name);
    let (notes, pipe, huge, later) =
        (place("notes.txt"), place("pipe.txt"), place("huge"), place("later.txt"));
    for file in [&notes, &pipe, &later] {
        fs::write(file, "begun\n").unwrap();
    }
    File::create(&huge).unwrap().set_len(HUGE).unwrap();
    fs::create_dir(place("mounted")).unwrap();
    let mount = HungMount::new(&place("mounted"))
        .inspect_err(|error| ground::skip("saving beside a hung mount", error))
        .ok();
    let screen = Screen::start(1000, 700).unwrap();
    let stalled: Vec<PathBuf> = mount.iter().map(HungMount::file).chain([pipe.clone()]).collect();
    let files = [&stalled[..], std::slice::from_ref(&notes)].concat();
    let window = Editor::open(&screen, &home, &files, &[]).unwrap();
    // Dropped in this order: no process ends before what it asked of a mount is answered.
    let mut stage = Stage { mount, window };
    let Stage { mount, window } = &mut stage;
    window.wait("a tab for each file", |_| Ok(have_tabs(&home, &files))).unwrap();
    let before = saves(window, &notes, SAVES);

    fs::remove_file(&pipe).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    mount.iter().for_each(HungMount::hang);
    // Each of these is changed and saved, in vain; then the first text is in front again.
    for _ in &stalled {
        window.press(&["ctrl+Next"]).unwrap();
        window.type_text("x").unwrap();
        window.press(&["ctrl+s"]).unwrap();
    }
    window.press(&["ctrl+Next"]).unwrap();
    window.wait("a mount that hangs", |_| Ok(mount.iter().all(|mount| mount.unanswered() > 0))).unwrap();
    open(window, &huge);
    window.wait("a read of 2 GB", |window| Ok(is_open(window.pid(), &huge))).unwrap();
    let mut during = saves(window, &notes, 1);
    assert!(!have_tabs(&home, &[huge]), "it was saved while 2 GB were read, not after");
    during.extend(saves(window, &notes, SAVES - 1));

    let worst = |seconds: &[f64]| seconds.iter().copied().fold(0.0, f64::max);
    println!(
        "| saving beside a pipe, {} and a read of 2 GB | {:.2} s at worst | {:.1} times a save without |",
        if mount.is_some() { "a hung mount" } else { "no mount" },
        worst(&during),
        median(&during) / median(&before)
    );
    assert!(
        worst(&during) <= PROMISED.as_secs_f64() + worst(&before),
        "{during:?} s beside what hangs, {before:?} s without"
    );
    // Neither does it hold up another file that is opened.
    open(window, &later);
    window.wait("another file", |_| Ok(have_tabs(&home, std::slice::from_ref(&later)))).unwrap();
}

struct Stage<'a> {
    mount: Option<HungMount>,
    window: Editor<'a>,
}

/// Seconds from the key to the file, of saves of the text in front.
fn saves(window: &Editor<'_>, file: &Path, count: usize) -> Vec<f64> {
    (0..count)
        .map(|_| {
            window.type_text("x").unwrap();
            let before = fs::read(file).unwrap().len();
            let start = Instant::now();
            window.press(&["ctrl+s"]).unwrap();
            while fs::read(file).unwrap().len() == before {
                assert!(start.elapsed() < Duration::from_secs(60), "it is not saved at all");
                std::thread::sleep(Duration::from_millis(2));
            }
            start.elapsed().as_secs_f64()
        })
        .collect()
}

fn open(window: &Editor<'_>, file: &Path) {
    window.press(&["ctrl+o", "ctrl+a"]).unwrap();
    window.type_text(&format!("{}\n", file.display())).unwrap();
}

/// Have all of these a tab, as the session tells?
fn have_tabs(home: &Home, files: &[PathBuf]) -> bool {
    let session = fs::read_to_string(home.session()).unwrap_or_default();
    files.iter().all(|file| session.contains(&format!("{:?}", file.display().to_string())))
}

/// Has the process this file open?
fn is_open(pid: u32, file: &Path) -> bool {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    open.filter_map(|open| fs::read_link(open.path()).ok()).any(|target| target == file)
}
