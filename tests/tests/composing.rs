//! Text that an input method composes, in the real window under X11: fcitx5, which shows what is composed in a window of its own, and
//! ibus, which has the editor show it in the line. Korean, since its engines are small: `gksrmf` on the keys is 한글.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tests::bus::Bus;
use tests::ground;
use tests::screen::{Editor, Home, Screen};

/// An input method's process. Ends with its last user.
struct Method(Child);

impl Drop for Method {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

const FCITX_GROUPS: &str = "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=hangul\n\n[Groups/0/Items/0]\nName=keyboard-us\n\n\
                            [Groups/0/Items/1]\nName=hangul\n\n[GroupOrder]\n0=Default\n";
/// It would begin with Latin letters. GSettings reads this file where it is told to.
const IBUS_SETTINGS: &str = "[org/freedesktop/ibus/engine/hangul]\ninitial-input-mode='hangul'\n";
const FCITX_OPTIONS: &str = "[Behavior]\nActiveByDefault=True\n";

/// A display on which one of them is the input method, without an editor yet.
struct Ground {
    // Ends before the display: what the bus has started looks for the display elsewhere once it is gone.
    bus: Bus,
    screen: Screen,
    home: Home,
}

impl Ground {
    fn new() -> Ground {
        let screen = Screen::start(1000, 700).unwrap();
        let bus = Bus::start(&screen).unwrap();
        let home = Home::new().unwrap();
        fs::create_dir_all(home.path().join("run")).unwrap();
        fs::create_dir_all(home.path().join("config/fcitx5")).unwrap();
        fs::write(home.path().join("config/fcitx5/profile"), FCITX_GROUPS).unwrap();
        fs::write(home.path().join("config/fcitx5/config"), FCITX_OPTIONS).unwrap();
        fs::create_dir_all(home.path().join("config/glib-2.0/settings")).unwrap();
        fs::write(home.path().join("config/glib-2.0/settings/keyfile"), IBUS_SETTINGS).unwrap();
        Ground { screen, bus, home }
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = self.screen.command(program);
        self.home.move_in(&mut command);
        command.args(args).envs([self.bus.env(), LOCALE, ("GSETTINGS_BACKEND", "keyfile")]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Waits until a program on the display can ask for this input method.
    fn begin(&self, program: &str, args: &[&str], name: &str) -> Method {
        let method = Method(self.command(program, args).spawn().unwrap());
        Ground::until("no input method serves X11", || {
            let known = self.screen.command("xprop").args(["-root", "XIM_SERVERS"]).output().unwrap();
            String::from_utf8_lossy(&known.stdout).contains(name)
        });
        method
    }

    /// Waits for what takes a moment.
    fn until(otherwise: &str, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{otherwise}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Composes two syllables before a line. The input method may come a moment after the window: until then letters are Latin.
    fn composes(&self, modifiers: &str) {
        let file = self.home.path().join("greeting.txt");
        fs::write(&file, "one\ntwo\n").unwrap();
        let environment = [("XMODIFIERS", modifiers), LOCALE, self.bus.env()];
        let mut window =
            Editor::open(&self.screen, &self.home, std::slice::from_ref(&file), &environment).unwrap();
        window.click(500, 200).unwrap();
        let mut text = String::new();
        for _ in 0..MAX_TRIES {
            window.press(&["ctrl+Home"]).unwrap();
            window.press(&["g", "k", "s", "r", "m", "f"]).unwrap();
            if let Some(folder) = std::env::var_os("LOCALCODER_PICTURES") {
                let name = format!("composing-{}.png", modifiers.trim_start_matches("@im="));
                self.screen.picture(&Path::new(&folder).join(name)).unwrap();
            }
            window.press(&["space"]).unwrap();
            text = window.save(&file).unwrap();
            if text == "한글 one\ntwo\n" {
                return;
            }
            window.press(&["ctrl+z"; 12]).unwrap();
        }
        panic!("{text:?}");
    }
}

/// Times that it is typed.
const MAX_TRIES: usize = 10;
/// Programs ask X11 for an input method only where texts may have letters beyond ASCII.
const LOCALE: (&str, &str) = ("LC_ALL", "C.UTF-8");

#[test]
fn fcitx_composes_in_the_text() {
    let Some(_) = ground::program("composing with fcitx5", "fcitx5") else { return };
    let ground = Ground::new();
    let _method = ground.begin("fcitx5", &["--disable=wayland"], "fcitx");
    ground.composes("@im=fcitx");
}

#[test]
fn ibus_composes_in_the_text() {
    let Some(_) = ground::program("composing with ibus", "ibus-daemon") else { return };
    let ground = Ground::new();
    let _method = ground.begin("ibus-daemon", &["--xim", "--panel=disable"], "ibus");
    Ground::until("ibus has no Korean", || {
        ground.command("ibus", &["engine", "hangul"]).status().unwrap().success()
    });
    ground.composes("@im=ibus");
}
