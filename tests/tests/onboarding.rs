//! The first run in the real window, by keys alone: from an empty home to an accepted edit, in each of the three ways. The model is a real
//! file; its answer comes from a script, so that the first one must be accepted. What the real model's first answer is worth is told.
//!
//! The session file tells which step is shown, the sample on disk whether an edit was accepted. Pictures of each step go to
//! `LOCALCODER_PICTURES`, when it is set.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../../models/tests/support/server.rs"]
#[allow(dead_code, reason = "the hub of the models crate's own tests, of which a part is used")]
mod server;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;
use server::{Authority, Server};
use tests::{
    TestModel, editor, first_answer,
    screen::{Editor, Home, Screen},
    script::Script,
};

/// The model of the balanced profile: whether it fits here decides how many downloads are offered.
const BALANCED: &str = "meta-llama-3-8b-instruct-q4_k_m";
/// How long a small model on a busy machine may take.
const PATIENCE: Duration = Duration::from_secs(300);
const AIR_GAPPED: (&str, &str) = ("LOCALCODER_AIR_GAPPED", "1");
/// What is asked for.
const WISH: &str = "Use sum() instead of the loop.";
/// What the script answers.
const MENDED: &str = "def average(values):\n    return sum(values) / len(values)\n";

/// A window on its first run.
struct FirstRun<'a> {
    name: &'a str,
    screen: &'a Screen,
    home: &'a Home,
    window: Editor<'a>,
    opened: Instant,
}

impl<'a> FirstRun<'a> {
    fn start(name: &'a str, screen: &'a Screen, home: &'a Home, env: &[(&str, &str)]) -> FirstRun<'a> {
        let window = Editor::open(screen, home, &[], env).unwrap();
        FirstRun { name, screen, home, window, opened: Instant::now() }
    }

    fn progress(&self) -> Value {
        let session = fs::read(self.home.session()).unwrap_or_default();
        serde_json::from_slice::<Value>(&session)
            .map(|session| session["onboarding"].clone())
            .unwrap_or_default()
    }

    fn wait_for(&mut self, step: &str) {
        let (session, wanted) = (self.home.session(), step.to_owned());
        let what = format!("step {step}");
        let is_there = move || {
            let session = fs::read(&session).unwrap_or_default();
            serde_json::from_slice::<Value>(&session)
                .is_ok_and(|session| session["onboarding"]["step"] == *wanted)
        };
        self.window.wait(&what, |_| Ok(is_there())).unwrap();
        // What the step shows is read on other threads.
        std::thread::sleep(Duration::from_millis(1500));
        self.picture(step);
    }

    fn picture(&self, step: &str) {
        if let Some(folder) = std::env::var_os("LOCALCODER_PICTURES") {
            self.screen.picture(&Path::new(&folder).join(format!("{}-{step}.png", self.name))).unwrap();
        }
    }

    fn press(&self, keys: &[&str]) {
        self.window.press(keys).unwrap();
    }

    /// The keyboard goes to the next control with the next frame, which may be late on a busy machine.
    fn press_slowly(&self, keys: &[&str]) {
        for key in keys {
            self.press(&[key]);
            std::thread::sleep(Duration::from_millis(1000));
        }
    }

    /// From the first step to the choice of a model.
    fn reach_models(&mut self) {
        self.wait_for("hello");
        self.press(&["Return"]);
        self.wait_for("machine");
        self.press(&["Return"]);
        self.wait_for("model");
    }

    fn installed(&self) -> usize {
        let mut list = Command::new(editor());
        self.home.move_in(&mut list);
        let output = list.args(["models", "list", "--format", "json"]).output().unwrap();
        let last = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned();
        let list: Value = serde_json::from_str(&last).unwrap_or_default();
        list["installed"].as_array().or(list.as_array()).map_or(0, Vec::len)
    }

    /// The model is installed; then the sample, with its text.
    fn reach_the_sample(&mut self) -> (PathBuf, String) {
        let end = Instant::now() + PATIENCE;
        while self.installed() == 0 {
            if Instant::now() > end {
                self.picture("failed");
                panic!("{}: no model is installed", self.name);
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        std::thread::sleep(Duration::from_millis(1500));
        self.picture("installed");
        self.press(&["Return"]);
        self.wait_for("try");
        let file = self.home.session().with_file_name("sample").join("watering.py");
        let text = fs::read_to_string(&file).unwrap();
        (file, text)
    }

    /// An edit of the sample by the script's only answer, which is accepted; and the end of the first run.
    fn reach_the_first_edit(mut self, script: &Script) {
        let (file, before) = self.reach_the_sample();
        self.wish();
        let accepted = |window: &mut Editor<'_>| {
            window.press(&["ctrl+shift+Return"])?;
            Ok(window.save(&file)? != before)
        };
        self.window.wait("an accepted edit", accepted).unwrap();
        let took = self.opened.elapsed();
        println!(
            "{}: {:.1} s from the first frame to the first accepted edit",
            self.name,
            took.as_secs_f64()
        );
        let (start, rest) = surroundings(&before);
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{start}{}{rest}", MENDED.trim_end()));
        assert_eq!(script.asked().len(), 1, "one question, one answer");
        self.picture("accepted");
        self.press(&["Escape"]);
        let session = self.home.session();
        let is_done = || {
            let session = fs::read(&session).unwrap_or_default();
            serde_json::from_slice::<Value>(&session)
                .is_ok_and(|session| session["onboarding"]["done"] == true)
        };
        self.window.wait("an end of the first run", |_| Ok(is_done())).unwrap();
        self.press(&["ctrl+q"]);
        self.window.ended().unwrap();
    }

    fn wish(&mut self) {
        self.press(&["ctrl+i"]);
        self.window.type_text(WISH).unwrap();
        self.picture("wish");
        self.press(&["Return"]);
    }
}

/// What stands before and behind the function that is improved.
fn surroundings(text: &str) -> (&str, &str) {
    let (start, end) = (text.find("def average").unwrap(), text.find("\n\n\n# Wrong for").unwrap());
    (&text[..start], &text[end..])
}

/// Does the balanced profile's model fit, so that it is offered?
fn balanced_fits(home: &Home) -> bool {
    let mut fit = Command::new(editor());
    home.move_in(&mut fit);
    let output = fit.args(["models", "fit", BALANCED, "--format", "json"]).output().unwrap();
    !String::from_utf8_lossy(&output.stdout).contains("does-not-fit")
}

/// One test after the other: each needs a worker and the processor to itself.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn an_empty_home_becomes_an_accepted_edit_with_the_starter_model() {
    let _alone = alone();
    let (screen, home) = (Screen::start(1200, 800).unwrap(), Home::fresh().unwrap());
    let starter = TestModel::Half.path().display().to_string();
    let script = Script::write(home.path(), &[MENDED], &[]).unwrap();
    let env = [&script.env()[..], &[("LOCALCODER_STARTER", starter.as_str()), AIR_GAPPED]].concat();
    let mut run = FirstRun::start("starter", &screen, &home, &env);
    run.reach_models();
    run.press(&["Return"]);
    run.reach_the_first_edit(&script);
}

/// Asked once: a small model may leave the code as it is, and that is told and fails nothing.
#[test]
fn what_the_real_models_first_answer_is_worth_is_told() {
    let _alone = alone();
    let (screen, home) = (Screen::start(1200, 800).unwrap(), Home::fresh().unwrap());
    let starter = TestModel::Half.path().display().to_string();
    let env = [("LOCALCODER_STARTER", starter.as_str()), AIR_GAPPED];
    let mut run = FirstRun::start("real", &screen, &home, &env);
    run.reach_models();
    run.press(&["Return"]);
    let (file, before) = run.reach_the_sample();
    run.wish();
    let accepted = first_answer::accepted(&mut run.window, &file, &before).unwrap();
    first_answer::report("onboarding", "Qwen2.5-Coder 0.5B", accepted.is_some());
    let now = accepted.unwrap_or(before.clone());
    let (start, rest) = surroundings(&before);
    assert!(now.starts_with(start) && now.ends_with(rest), "more changed:\n{now}");
}

#[test]
fn an_empty_home_becomes_an_accepted_edit_with_an_imported_file() {
    let _alone = alone();
    let (screen, home) = (Screen::start(1200, 800).unwrap(), Home::fresh().unwrap());
    let script = Script::write(home.path(), &[MENDED], &[]).unwrap();
    let mut run = FirstRun::start("import", &screen, &home, &[&script.env()[..], &[AIR_GAPPED]].concat());
    run.reach_models();
    // The field is there with the next frame.
    run.press_slowly(&["Return", "ctrl+a"]);
    run.window.type_text(&TestModel::Half.path().display().to_string()).unwrap();
    run.picture("path");
    run.press(&["Return"]);
    run.reach_the_first_edit(&script);
}

#[test]
fn an_empty_home_becomes_an_accepted_edit_with_a_download() {
    let _alone = alone();
    let (screen, home) = (Screen::start(1200, 800).unwrap(), Home::fresh().unwrap());
    let authority = Authority::new();
    let pem: PathBuf = home.path().join("authority.pem");
    fs::write(&pem, &authority.pem).unwrap();
    let hub = Server::start_tls(fs::read(TestModel::Half.path()).unwrap(), &authority);
    let (url, pem) = (hub.url(), pem.display().to_string());
    let script = Script::write(home.path(), &[MENDED], &[]).unwrap();
    let own = [("LOCALCODER_MIRROR", url.as_str()), ("LOCALCODER_CA_FILE", pem.as_str())];
    let env = [&script.env()[..], &own].concat();
    let mut run = FirstRun::start("download", &screen, &home, &env);
    run.reach_models();
    // The offers end with the smallest model; the one of the profile comes first where it fits.
    run.press_slowly(if balanced_fits(&home) { &["Tab", "Tab", "Return"] } else { &["Tab", "Return"] });
    run.picture("licence");
    assert_eq!(hub.hub_requests(), 0, "nothing is fetched before consent");
    // «Cancel» has the keyboard: consent is never given unasked.
    run.press_slowly(&["shift+Tab", "Return"]);
    run.picture("consent");
    run.reach_the_first_edit(&script);
}

/// Skipped once it does not come again, and a start with a file is not held up by it.
#[test]
fn the_first_run_is_skipped_for_good_and_goes_on_where_it_was_left() {
    let _alone = alone();
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::fresh().unwrap();
    let mut run = FirstRun::start("resumed", &screen, &home, &[AIR_GAPPED]);
    run.wait_for("hello");
    run.press(&["Return"]);
    run.wait_for("machine");
    run.press(&["ctrl+q"]);
    run.window.ended().unwrap();

    let mut run = FirstRun::start("resumed", &screen, &home, &[AIR_GAPPED]);
    run.wait_for("machine");
    assert_eq!(run.progress()["done"], false);
    run.press(&["Return"]);
    run.wait_for("model");
    run.press(&["Escape"]);
    let session = home.session();
    let is_done = || fs::read_to_string(&session).is_ok_and(|text| text.contains("\"done\": true"));
    run.window.wait("the end of the first run", |_| Ok(is_done())).unwrap();
    run.press(&["ctrl+n"]);
    run.window.type_text("x").unwrap();
    run.picture("skipped");
    run.press(&["ctrl+z", "ctrl+q"]);
    run.window.ended().unwrap();
}
