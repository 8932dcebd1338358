//! What is known of an answer, in the real window with real keys, on a worker that says what a script says: answers that break the
//! syntax, fail a checker or an example, and a checker's own word about a file. Pictures go to `LOCALCODER_PICTURES` when that is set.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tests::{
    TestModel, ground,
    screen::{Editor, Home, Screen},
    script::Script,
};

const TWICE: &str =
    "def twice(x):\n    \"\"\"Twice x.\n\n    >>> twice(2)\n    4\n    \"\"\"\n    return x * 3\n";

/// A home with a file, a model that is never read, and a script.
struct Desk {
    screen: Screen,
    home: Home,
    file: PathBuf,
    script: Script,
}

impl Desk {
    /// `allowed`: keys of the session whose list of folders has the file's.
    fn new(text: &str, answers: &[&str], allowed: &[&str]) -> Desk {
        let size =
            std::env::var("LOCALCODER_WIDTH").ok().and_then(|width| width.parse().ok()).unwrap_or(1200);
        let (screen, home) = (Screen::start(size, 800).unwrap(), Home::new().unwrap());
        home.install(&TestModel::Starter.path()).unwrap();
        let file = home.path().join("work/twice.py");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        let folder = file.parent().unwrap();
        let mut session = serde_json::json!({ "onboarding": { "done": true } });
        for key in allowed {
            session[*key] = serde_json::json!([folder]);
        }
        fs::write(home.session(), session.to_string()).unwrap();
        let script = Script::write(home.path(), answers, &[]).unwrap();
        Desk { screen, home, file, script }
    }

    fn window(&self) -> Editor<'_> {
        let theme = std::env::var("LOCALCODER_THEME").unwrap_or_else(|_| "dark".into());
        fs::create_dir_all(self.home.settings().parent().unwrap()).unwrap();
        fs::write(self.home.settings(), format!("[window]\ntheme = '{theme}'\n")).unwrap();
        // With its folder: a lone file trusts none.
        let paths = [self.file.parent().unwrap().to_owned(), self.file.clone()];
        Editor::open(&self.screen, &self.home, &paths, &self.script.env()).unwrap()
    }

    /// What the model was asked, in order.
    fn asked(&self) -> Vec<String> {
        self.script.asked()
    }

    /// Selects all, sends the quick choice `Fix` and waits for so many questions.
    fn fix(&self, window: &mut Editor<'_>, questions: usize) {
        window
            .wait("the questions", |window| {
                if self.asked().is_empty() {
                    window.press(&["Escape", "ctrl+a", "ctrl+i", "ctrl+1"])?;
                    std::thread::sleep(Duration::from_millis(1500));
                }
                Ok(self.asked().len() >= questions)
            })
            .unwrap();
    }

    fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("LOCALCODER_PICTURES") {
            std::thread::sleep(Duration::from_millis(1500));
            self.screen.picture(&Path::new(&folder).join(format!("{name}.png"))).unwrap();
        }
    }

    /// Accepts everything until the file is as wanted.
    fn accepted(&self, window: &mut Editor<'_>, wanted: &str) {
        window
            .wait("the accepted answer", |window| {
                window.press(&["ctrl+shift+Return"])?;
                Ok(window.save(&self.file)? == wanted)
            })
            .unwrap();
    }
}

#[test]
fn an_answer_that_breaks_the_syntax_is_told_once_and_marked() {
    let broken = TWICE.replace("return x * 3", "return x * (2");
    let desk = Desk::new(TWICE, &[broken.as_str(); 5], &[]);
    let mut window = desk.window();
    desk.fix(&mut window, 5);
    desk.picture("breaks-the-syntax");
    let asked = desk.asked();
    assert!(
        asked[1].contains("An earlier answer had a syntax error in the line `return x * (2`."),
        "{}",
        asked[1]
    );
    desk.accepted(&mut window, &broken);
}

#[test]
fn an_answer_that_its_checker_refuses_is_told_and_marked() {
    if ground::program("an answer that its checker refuses", "python3").is_none() {
        return;
    }
    let plain = "x = 1\ny = 2\n";
    let refused = "x = 1\nreturn x\n";
    let desk = Desk::new(plain, &[refused; 5], &["checked"]);
    let mut window = desk.window();
    desk.fix(&mut window, 4);
    desk.picture("fails-its-checker");
    assert!(desk.asked()[1].contains("'return' outside function"), "{}", desk.asked()[1]);
    desk.accepted(&mut window, refused);
}

#[test]
fn an_answer_that_fails_its_example_is_told_and_marked() {
    if ground::program("an answer that fails its example", "python3").is_none() {
        return;
    }
    let wrong = TWICE.replace("x * 3", "x * 5");
    let desk = Desk::new(TWICE, &[wrong.as_str(); 5], &["trusted"]);
    let mut window = desk.window();
    desk.fix(&mut window, 5);
    desk.picture("fails-its-example");
    assert!(
        desk.asked().iter().any(|asked| asked.contains("gives `6` instead of `4`")),
        "{:?}",
        desk.asked()
    );
    desk.accepted(&mut window, &wrong);
}

#[test]
fn what_a_checker_says_of_a_file_is_gone_to_explained_and_told() {
    if ground::program("what a checker says of a file", "python3").is_none() {
        return;
    }
    let text = "x = 1\n\nreturn x\n";
    let desk = Desk::new(text, &["It stands outside.", "x = 1\n"], &["checked"]);
    let mut window = desk.window();
    // F8 goes to the problem, as soon as the checker has answered; without one the key does nothing.
    window
        .wait("an explanation of the problem", |window| {
            window.press(&["ctrl+Home", "F8", "ctrl+alt+i"])?;
            std::thread::sleep(Duration::from_millis(1000));
            if desk.asked().is_empty() {
                window.press(&["Escape"])?;
            }
            Ok(!desk.asked().is_empty())
        })
        .unwrap();
    desk.picture("problem-explained");
    let asked = desk.asked();
    assert!(asked[0].contains("python3: SyntaxError: 'return' outside function"), "{}", asked[0]);
    window
        .wait("an improvement", |window| {
            if desk.asked().len() < 2 {
                window.press(&["Escape", "ctrl+a", "ctrl+i", "ctrl+1"])?;
                std::thread::sleep(Duration::from_millis(1500));
            }
            Ok(desk.asked().len() > 1)
        })
        .unwrap();
    assert!(
        desk.asked()[1].contains("python3 says of the line `return x`: SyntaxError"),
        "{}",
        desk.asked()[1]
    );
}
