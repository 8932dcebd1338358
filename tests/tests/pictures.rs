//! Each screen of the real window is reached by keys, and a picture of it taken. Usually once, dark, to see that each key shows something.
//! With `LOCALCODER_PICTURES=FOLDER` in every look (dark, light, high contrast; narrow, wide and at twice the size), to be
//! looked at, and those of the documentation are renewed: `LOCALCODER_PICTURES=… cargo xtask test pictures`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tests::TestModel;
use tests::screen::{Editor, Home, Screen};
use tests::script::Script;

/// How long a screen may take to be drawn.
const SETTLED: Duration = Duration::from_millis(1_500);
/// Pixels that differ at least from one screen to the next.
const MIN_CHANGE: f64 = 1_500.0;

/// How the window looks.
struct Look {
    name: &'static str,
    theme: &'static str,
    size: (u32, u32),
    zoom: f32,
}

const USUAL: Look = Look { name: "dark", theme: "dark", size: (1400, 900), zoom: 1.0 };
const OTHERS: [Look; 5] = [
    Look { name: "light", theme: "light", size: (1400, 900), zoom: 1.0 },
    Look { name: "contrast", theme: "contrast", size: (1400, 900), zoom: 1.0 },
    Look { name: "narrow", theme: "dark", size: (700, 800), zoom: 1.0 },
    Look { name: "narrow-light", theme: "light", size: (700, 800), zoom: 1.0 },
    Look { name: "large", theme: "dark", size: (1400, 900), zoom: 2.0 },
];

/// One screen: its name, the keys that lead there, what is typed then, and the keys that lead back.
struct Stop {
    name: &'static str,
    keys: &'static [&'static str],
    typed: &'static str,
    back: &'static [&'static str],
}

const TOUR: [Stop; 13] = [
    Stop { name: "text", keys: &["ctrl+End", "ctrl+Home"], typed: "", back: &[] },
    Stop { name: "palette", keys: &["ctrl+shift+p"], typed: "fold", back: &["Escape"] },
    Stop { name: "quick-open", keys: &["ctrl+p"], typed: "p", back: &["Escape"] },
    Stop { name: "symbols", keys: &["ctrl+shift+o"], typed: "", back: &["Escape"] },
    Stop { name: "search", keys: &["ctrl+shift+f"], typed: "total", back: &["Escape", "Escape"] },
    Stop { name: "changes", keys: &["ctrl+shift+g"], typed: "", back: &["ctrl+w"] },
    Stop { name: "terminal", keys: &["ctrl+grave"], typed: "ls --color=always -l\n", back: &["ctrl+grave"] },
    Stop { name: "settings", keys: &["ctrl+comma"], typed: "", back: &["ctrl+w"] },
    Stop { name: "model-list", keys: &["ctrl+shift+m"], typed: "", back: &["Escape"] },
    Stop { name: "models", keys: &["ctrl+alt+m"], typed: "", back: &["ctrl+w"] },
    Stop { name: "activity", keys: &["ctrl+alt+a"], typed: "", back: &["ctrl+w"] },
    Stop { name: "split", keys: &["ctrl+backslash"], typed: "", back: &["ctrl+k", "w"] },
    Stop {
        name: "review",
        keys: &["ctrl+Home", "ctrl+a", "ctrl+i"],
        typed: "name the constant\n",
        back: &["Escape"],
    },
];

#[test]
fn every_screen_is_reached_by_its_keys() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(folder) = std::env::var_os("LOCALCODER_PICTURES").map(PathBuf::from) else {
        return tour(&USUAL, scratch.path());
    };
    for look in std::iter::once(&USUAL).chain(&OTHERS) {
        tour(look, &folder.join(look.name));
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/screenshots");
    for stop in TOUR {
        let name = format!("{}.png", stop.name);
        let mut convert = Command::new("convert");
        convert.arg(folder.join(USUAL.name).join(&name)).args(["-colors", "96"]).arg(docs.join(&name));
        assert!(convert.status().unwrap().success());
    }
}

/// Goes through all screens and leaves a picture of each.
fn tour(look: &Look, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let screen = Screen::start(look.size.0, look.size.1).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::Starter.path()).unwrap();
    fs::create_dir_all(home.settings().parent().unwrap()).unwrap();
    let kind = if look.theme == "light" { "light" } else { "dark" };
    let settings = format!(
        "[window]\ntheme = \"{kind}\"\n{kind}_theme = \"{}\"\nzoom = {}\n[terminal]\nshell = \"/bin/sh\"\n",
        look.theme, look.zoom
    );
    fs::write(home.settings(), settings).unwrap();
    let project = project(home.path());
    let file = project.join("prices.py");
    let answer = TEXT.replace("* 1.19", "* (1 + VAT)").replacen("def ", "VAT = 0.19\n\n\ndef ", 1);
    let script = Script::write(home.path(), &[&answer], &[]).unwrap();
    let window =
        Editor::open(&screen, &home, &[project.clone(), project.join("README.md"), file], &script.env())
            .unwrap();
    window.resize(look.size.0, look.size.1).unwrap();
    std::thread::sleep(2 * SETTLED);
    let (before, now) = (folder.join("before.png"), folder.join("now.png"));
    screen.picture(&before).unwrap();
    for (number, stop) in TOUR.iter().enumerate() {
        window.press(stop.keys).unwrap();
        std::thread::sleep(SETTLED);
        if !stop.typed.is_empty() {
            window.type_text(stop.typed).unwrap();
            std::thread::sleep(SETTLED);
        }
        screen.picture(&now).unwrap();
        let changed = changed_pixels(&screen, &before, &now);
        assert!(
            number == 0 || changed > MIN_CHANGE,
            "{}: {} shows nothing ({changed} pixels)",
            look.name,
            stop.name
        );
        fs::copy(&now, folder.join(format!("{}.png", stop.name))).unwrap();
        window.press(stop.back).unwrap();
        std::thread::sleep(SETTLED / 2);
        screen.picture(&before).unwrap();
    }
    window.press(&["Escape", "ctrl+q"]).unwrap();
    window.ended().unwrap();
}

fn changed_pixels(screen: &Screen, one: &Path, other: &Path) -> f64 {
    let mut compare = screen.command("compare");
    compare.args(["-metric", "AE"]).args([one, other]).arg("null:");
    let said = String::from_utf8(compare.output().unwrap().stderr).unwrap();
    said.split_whitespace().next().and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{said}"))
}

const TEXT: &str = "\"\"\"Prices of what a garden needs.\"\"\"

from dataclasses import dataclass


def gross(net: float) -> float:
    \"\"\"What is paid in the end.

    >>> gross(100)
    119.0
    \"\"\"
    return round(net * 1.19, 2)


@dataclass
class Order:
    items: list[tuple[str, float]]

    def total(self) -> float:
        # Sums are rounded once, at the end.
        total = 0.0
        for name, price in self.items:
            total += price
        return gross(total)
";

/// A small repository in which something is changed, something new, and something staged.
fn project(home: &Path) -> PathBuf {
    let folder = home.join("garden");
    fs::create_dir_all(folder.join("tools/planting")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("prices.py", &TEXT.replace("total += price", "total = total + price"));
    write(
        "README.md",
        &format!(
            "# Garden\n\n{}\n\n- 日本語 and emoji 🌱 and العربية stand here, too\n",
            "A long line that is wrapped where the window ends, as text is. ".repeat(6)
        ),
    );
    write("tools/planting/seeds.rs", "pub fn total(seeds: &[u32]) -> u32 {\n    seeds.iter().sum()\n}\n");
    write("index.html", "<p>total</p>\n");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]).args(args);
        assert!(git.current_dir(&folder).env("HOME", home).output().unwrap().status.success(), "{args:?}");
    };
    git(&["init"]);
    git(&["add", "."]);
    git(&["commit", "-m", "Plant the garden"]);
    write("prices.py", TEXT);
    write("index.html", "<p>the total</p>\n");
    git(&["add", "index.html"]);
    write("notes.txt", "total: more beds\n");
    folder
}
