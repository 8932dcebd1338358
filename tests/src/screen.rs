//! A virtual display with a real editor window on it: keys in, pictures out.
//!
//! Xvfb, xdotool and ImageMagick do the work, as programs. A person looking at the pictures is the last judge; tests ask the
//! files on disk and the editor's own state file instead, which do not depend on fonts.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::display::Display;

/// How long a person would wait before thinking that it hangs, with room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a small model on a busy machine may take to be loaded and to answer.
const ANSWERED: Duration = Duration::from_secs(300);
/// A look takes no longer when this process runs.
const MAX_TURN: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(50);

/// A virtual display. Ends with its last user.
pub struct Screen {
    server: Child,
    name: String,
    /// The folder in which the server keeps what is shown, if it is watched.
    framebuffer: Option<TempDir>,
}

impl Screen {
    /// Starts a display of this size on a free number.
    ///
    /// # Errors
    /// When Xvfb is missing or does not come up.
    pub fn start(width: u32, height: u32) -> Result<Screen> {
        Screen::kept_in(None, width, height)
    }

    /// Starts a display whose screen can be watched by [`Screen::display`].
    ///
    /// # Errors
    /// As for [`Screen::start`].
    pub fn watched(width: u32, height: u32) -> Result<Screen> {
        // In memory where there is such a folder: nothing of it is to reach a disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
        Screen::kept_in(Some(folder), width, height)
    }

    fn kept_in(framebuffer: Option<TempDir>, width: u32, height: u32) -> Result<Screen> {
        let kept = framebuffer.iter().flat_map(|folder| [OsStr::new("-fbdir"), folder.path().as_os_str()]);
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-noreset"])
            .args(["-nolisten", "tcp"])
            .args(kept)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb is missing: install the package xvfb")?;
        let mut number = String::new();
        // It says its number when it can be used; a number whose server was killed is taken again.
        let told = server.stdout.take().context("Xvfb's output is piped")?;
        BufReader::new(told).read_line(&mut number)?;
        let screen = Screen { server, name: format!(":{}", number.trim_end()), framebuffer };
        if number.is_empty() { bail!("Xvfb ended before it had a display") } else { Ok(screen) }
    }

    /// A program that draws on this display.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        command
    }

    /// A way to press keys on it and to watch what it shows.
    ///
    /// # Errors
    /// When it was not started to be watched, or does not answer.
    pub fn display(&self) -> Result<Display> {
        let folder = self.framebuffer.as_ref().context("this display is not watched")?;
        Display::connect(&self.name, &folder.path().join("Xvfb_screen0"))
    }

    /// Writes what is on the display to a PNG file.
    ///
    /// # Errors
    /// When ImageMagick is missing or cannot write.
    pub fn picture(&self, file: &Path) -> Result<()> {
        let status = self.command("import").args(["-window", "root"]).arg(file).status();
        if !status.context("ImageMagick's import is missing")?.success() {
            bail!("no picture could be written to {}", file.display());
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _already_gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}

/// A home of its own for a program under test: nothing it keeps touches the user's.
pub struct Home {
    folder: TempDir,
}

impl Home {
    /// The home of somebody who has seen the first run.
    ///
    /// # Errors
    /// When no temporary folder can be made.
    pub fn new() -> Result<Home> {
        let home = Home::fresh()?;
        let session = home.session();
        fs::create_dir_all(session.parent().context("a session lies in a folder")?)?;
        fs::write(session, r#"{"onboarding": {"done": true}}"#)?;
        Ok(home)
    }

    /// An empty home.
    ///
    /// # Errors
    /// When no temporary folder can be made.
    pub fn fresh() -> Result<Home> {
        Ok(Home { folder: tempfile::tempdir()? })
    }

    /// The file in which an editor remembers its session.
    pub fn session(&self) -> PathBuf {
        let state = if cfg!(target_os = "macos") {
            "Library/Application Support/LocalCoder"
        } else {
            "state/localcoder"
        };
        self.path().join(state).join("session.json")
    }

    /// The file of an editor's settings.
    pub fn settings(&self) -> PathBuf {
        let config = if cfg!(target_os = "macos") {
            "Library/Application Support/LocalCoder"
        } else {
            "config/localcoder"
        };
        self.path().join(config).join("settings.toml")
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Lets a program live in it.
    pub fn move_in(&self, command: &mut Command) {
        let home = self.path();
        command.env("HOME", home);
        for (variable, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(variable, home.join(folder));
        }
        // Toolchains are of this machine, not of a home: rustup's own commands find them there.
        if let Some(real) = std::env::home_dir() {
            for (variable, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
                if std::env::var_os(variable).is_none() && real.join(folder).is_dir() {
                    command.env(variable, real.join(folder));
                }
            }
        }
        // Its windows are no windows of the user's, and no dialog of the desktop comes up in a test.
        command.env("XDG_RUNTIME_DIR", home.join("run"));
        for variable in
            ["LOCALCODER_MODELS", "LOCALCODER_SETTINGS", "LOCALCODER_STATE", "DBUS_SESSION_BUS_ADDRESS"]
        {
            command.env_remove(variable);
        }
    }

    /// Installs a model with the product's own command.
    ///
    /// # Errors
    /// What the command says.
    pub fn install(&self, model: &Path) -> Result<()> {
        let mut import = Command::new(crate::editor());
        self.move_in(&mut import);
        let done = import.args(["models", "import"]).arg(model).output()?;
        if !done.status.success() {
            bail!("the model was not installed: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(())
    }
}

/// A key on its way.
pub struct Pressing(Child);

impl Drop for Pressing {
    fn drop(&mut self) {
        let _pressed_or_in_vain = self.0.wait();
    }
}

/// A running editor with its window.
pub struct Editor<'a> {
    screen: &'a Screen,
    process: Child,
    window: String,
}

impl<'a> Editor<'a> {
    /// Starts the editor on `paths` and waits for its window.
    ///
    /// # Errors
    /// When it ends or shows no window.
    pub fn open(
        screen: &'a Screen,
        home: &Home,
        paths: &[PathBuf],
        env: &[(&str, &str)],
    ) -> Result<Editor<'a>> {
        let mut command = screen.command(crate::editor());
        home.move_in(&mut command);
        let process =
            command.args(paths).envs(env.iter().copied()).spawn().context("the editor does not start")?;
        let mut editor = Editor { screen, process, window: String::new() };
        editor.wait("a window", |editor| editor.find_window())?;
        Ok(editor)
    }

    fn find_window(&mut self) -> Result<bool> {
        let pid = self.process.id().to_string();
        let found =
            self.screen.command("xdotool").args(["search", "--onlyvisible", "--pid", &pid]).output()?;
        let Some(window) = String::from_utf8_lossy(&found.stdout).lines().last().map(str::to_owned) else {
            return Ok(false);
        };
        self.window = window;
        // Without a window manager nobody else gives the focus.
        self.xdotool(&["windowfocus", &self.window])?;
        Ok(true)
    }

    /// Gives the window this size, at the corner of the display: without a window manager nobody else does.
    ///
    /// # Errors
    /// When xdotool fails.
    pub fn resize(&self, width: u32, height: u32) -> Result<()> {
        self.xdotool(&["windowmove", &self.window, "0", "0"])?;
        self.xdotool(&["windowsize", &self.window, &width.to_string(), &height.to_string()])
    }

    /// The window's title, which names the text in front once it is read.
    ///
    /// # Errors
    /// When xdotool is missing.
    pub fn title(&self) -> Result<String> {
        let said = self.screen.command("xdotool").args(["getwindowname", &self.window]).output()?;
        Ok(String::from_utf8_lossy(&said.stdout).into_owned())
    }

    /// Process id of the editor.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Process ids of the workers that belong to this editor (Linux).
    pub fn workers(&self) -> Vec<u32> {
        crate::children(self.pid())
    }

    /// Presses keys: `ctrl+i`, `Return`.
    ///
    /// # Errors
    /// When xdotool fails.
    pub fn press(&self, keys: &[&str]) -> Result<()> {
        for key in keys {
            self.xdotool(&["key", "--clearmodifiers", key])?;
            // Keys that follow within one frame may belong to what the first one opens.
            std::thread::sleep(Duration::from_millis(40));
        }
        Ok(())
    }

    /// Presses a key and does not wait until it is pressed.
    ///
    /// # Errors
    /// When xdotool is missing.
    pub fn begin_pressing(&self, key: &str) -> Result<Pressing> {
        let process = self.screen.command("xdotool").args(["key", "--clearmodifiers", key]).spawn();
        Ok(Pressing(process.context("xdotool is missing")?))
    }

    /// Types text. Line breaks are pressed as Return: xdotool would send Linefeed, a key that no keyboard has.
    ///
    /// # Errors
    /// When xdotool fails.
    pub fn type_text(&self, text: &str) -> Result<()> {
        for line in text.split_inclusive('\n') {
            let words = line.trim_end_matches('\n');
            if !words.is_empty() {
                self.xdotool(&["type", "--clearmodifiers", "--delay", "12", words])?;
            }
            if line.ends_with('\n') {
                self.press(&["Return"])?;
            }
        }
        Ok(())
    }

    /// Clicks at a place of the display.
    ///
    /// # Errors
    /// When xdotool fails.
    pub fn click(&self, x: u32, y: u32) -> Result<()> {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"])
    }

    /// Clicks twice.
    ///
    /// # Errors
    /// When xdotool fails.
    pub fn double_click(&self, x: u32, y: u32) -> Result<()> {
        let repeat = ["click", "--repeat", "2", "--delay", "60", "1"];
        self.xdotool(&[&["mousemove", &x.to_string(), &y.to_string()][..], &repeat[..]].concat())
    }

    /// Clicks with the other button.
    ///
    /// # Errors
    /// When xdotool fails.
    pub fn right_click(&self, x: u32, y: u32) -> Result<()> {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "3"])
    }

    fn xdotool(&self, args: &[&str]) -> Result<()> {
        let status = self.screen.command("xdotool").args(args).status().context("xdotool is missing")?;
        if !status.success() {
            bail!("xdotool {} failed", args.join(" "));
        }
        Ok(())
    }

    /// Waits until `done`, and fails with `what` when it never is or the editor ends before.
    ///
    /// # Errors
    /// As said, or what `done` says.
    pub fn wait(&mut self, what: &str, done: impl FnMut(&mut Editor<'a>) -> Result<bool>) -> Result<()> {
        self.wait_within(PATIENCE, what, done)
    }

    /// Waits for what a model must answer first.
    ///
    /// # Errors
    /// As for [`Editor::wait`].
    pub fn wait_for_answer(
        &mut self,
        what: &str,
        done: impl FnMut(&mut Editor<'a>) -> Result<bool>,
    ) -> Result<()> {
        self.wait_within(ANSWERED, what, done)
    }

    fn wait_within(
        &mut self,
        limit: Duration,
        what: &str,
        mut done: impl FnMut(&mut Editor<'a>) -> Result<bool>,
    ) -> Result<()> {
        let mut waited = Duration::ZERO;
        while waited < limit {
            let turn = Instant::now();
            if done(self)? {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the editor ended ({status}) before there was {what}");
            }
            std::thread::sleep(POLL);
            // Time in which we did not run, as when everything was stopped, counts against nobody.
            waited += turn.elapsed().min(MAX_TURN);
        }
        let picture = std::env::temp_dir().join("localcoder-waiting.png");
        self.screen.picture(&picture)?;
        bail!("there is no {what} after {} s; see {}", limit.as_secs(), picture.display())
    }

    /// Saves the text in front under its name and gives the file's content, once it is written. All keys pressed before have had
    /// their effect then.
    ///
    /// # Errors
    /// When it is not written.
    pub fn save(&mut self, file: &Path) -> Result<String> {
        let before = fs::metadata(file)?.modified()?;
        self.press(&["ctrl+s"])?;
        self.wait("a saved file", |_| Ok(fs::metadata(file)?.modified()? != before))?;
        Ok(fs::read_to_string(file)?)
    }

    /// Ends it with SIGKILL; false when it had ended by itself.
    pub fn kill(mut self) -> bool {
        let had_ended = matches!(self.process.try_wait(), Ok(Some(_)));
        // The editor's own drop sends the signal.
        !had_ended
    }

    /// Waits for the editor's own end and checks that it ended well.
    ///
    /// # Errors
    /// When it continues, or ended with a failure.
    pub fn ended(mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait()? {
                if !status.success() {
                    bail!("the editor ended with {status}");
                }
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        bail!("the editor does not end")
    }
}

impl Drop for Editor<'_> {
    fn drop(&mut self) {
        let _already_gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
