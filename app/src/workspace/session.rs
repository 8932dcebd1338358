//! What the window remembers from one start to the next: size, tabs, sidebar. What the user decides is in [`settings`].
//!
//! One small JSON file in the platform's state folder, which all windows share. A file that cannot be read is as good as none:
//! nothing in it is worth a question at the start.

mod panes;
mod shared;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use settings::legacy::Legacy;

use super::FirstRunProgress;
use crate::speed::Rates;

pub use self::panes::{SavedLayout, SavedPane, SavedTab};
pub use self::shared::{Revoked, Shared};

/// Most files that are opened again.
const MAX_TABS: usize = 50;
/// Most instructions that are remembered.
const MAX_INSTRUCTIONS: usize = 20;
/// Most entries in the list of recent folders.
const MAX_RECENT: usize = 10;
/// Most commands that are remembered.
const MAX_RECENT_COMMANDS: usize = 20;
/// Most entries in the list of recent files.
const MAX_RECENT_FILES: usize = 30;

/// Most bookmarks.
pub const MAX_BOOKMARKS: usize = 1000;

/// A file that was open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Where the caret was, as a line and a column from 0.
    pub caret: (usize, usize),
}

/// Everything remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// Width and height of the window in points.
    pub window: Option<(f32, f32)>,
    /// Left and top of the window on the screen in points, where the system tells.
    pub place: Option<(f32, f32)>,
    /// Did it fill the screen?
    pub maximized: bool,
    /// The folder in the sidebar.
    pub folder: Option<PathBuf>,
    /// Further folders of the project.
    pub added_folders: Vec<PathBuf>,
    /// The files of the tabs, in order.
    pub files: Vec<OpenFile>,
    /// Which of them was in front.
    pub active: usize,
    /// The panes with the same files; `None`: there was one.
    pub panes: Option<SavedLayout>,
    /// Is the sidebar shown?
    pub sidebar: bool,
    /// Its width in points.
    pub sidebar_width: f32,
    /// What was asked for lately, the latest first.
    pub instructions: Vec<String>,
    /// Show reviews side by side where there is room.
    pub side_by_side: bool,
    /// Folders whose documentation's examples may be run to judge answers.
    pub trusted: Vec<PathBuf>,
    /// Folders where the languages' fast checkers may judge answers.
    pub checked: Vec<PathBuf>,
    /// Folders whose tasks may be run.
    pub runs_tasks: Vec<PathBuf>,
    /// Height of the panel of terminals in points.
    pub terminal_height: f32,
    /// Folders opened before, the latest first.
    pub recent: Vec<PathBuf>,
    /// Files opened before, the latest first.
    pub recent_files: Vec<PathBuf>,
    /// Ids of commands chosen from the palette, the latest first.
    pub recent_commands: Vec<String>,
    /// Is the outline shown?
    pub outline: bool,
    /// Files and lines from 0 to come back to.
    pub bookmarks: Vec<(PathBuf, usize)>,
    /// How fast models answered on this machine.
    pub rates: Rates,
    /// How far the first run is.
    pub onboarding: FirstRunProgress,
    /// The number of the last [`Revoked`] that this window obeyed. Not in the file.
    #[serde(skip)]
    pub obeyed: u64,
    /// Settings that an older version kept here, until the settings file has them.
    #[serde(flatten)]
    pub legacy: Legacy,
}

impl Default for Session {
    fn default() -> Self {
        Session {
            window: None,
            place: None,
            maximized: false,
            folder: None,
            added_folders: Vec::new(),
            files: Vec::new(),
            active: 0,
            panes: None,
            sidebar: true,
            sidebar_width: 240.0,
            instructions: Vec::new(),
            side_by_side: false,
            trusted: Vec::new(),
            checked: Vec::new(),
            runs_tasks: Vec::new(),
            terminal_height: 260.0,
            recent: Vec::new(),
            recent_files: Vec::new(),
            recent_commands: Vec::new(),
            outline: false,
            bookmarks: Vec::new(),
            rates: Rates::default(),
            onboarding: FirstRunProgress::default(),
            obeyed: 0,
            legacy: Legacy::default(),
        }
    }
}

impl Session {
    /// Reads the file; the default when there is none or it makes no sense.
    pub fn load(path: &Path) -> Session {
        Session::read(path).unwrap_or_default()
    }

    fn read(path: &Path) -> Option<Session> {
        /// A session is a few kilobytes.
        const MAX_BYTES: u64 = 16 << 20;
        let bytes = editor_core::regular::read(path, MAX_BYTES).ok()?;
        Some(serde_json::from_slice::<Session>(&bytes).ok()?.sane())
    }

    /// Writes the file as a whole, so that a crash leaves the old one.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let json = serde_json::to_vec_pretty(&self.clone().in_utf8())?;
        crate::atomic_write::write(path, json, true).map_err(std::io::Error::other)
    }

    /// JSON has no place for a name in other bytes: such a file is not opened again, and everything else is remembered.
    fn in_utf8(mut self) -> Session {
        let front = self.files.get(self.active).map(|file| file.path.clone());
        self.files.retain(|file| file.path.to_str().is_some());
        self.active = self.files.iter().position(|file| Some(&file.path) == front.as_ref()).unwrap_or(0);
        self.folder = self.folder.filter(|folder| folder.to_str().is_some());
        self.bookmarks.retain(|(path, _)| path.to_str().is_some());
        let is_utf8 = |tab: &SavedTab| tab.path.as_ref().is_none_or(|path| path.to_str().is_some());
        self.panes = self.panes.and_then(|panes| panes.retain(&is_utf8));
        let added = &mut self.added_folders;
        for folders in [added, &mut self.trusted, &mut self.checked, &mut self.recent, &mut self.recent_files]
        {
            folders.retain(|folder| folder.to_str().is_some());
        }
        self
    }

    /// Remembers a folder as the latest one.
    pub fn note_folder(&mut self, folder: &Path) {
        to_front(&mut self.recent, folder.to_owned(), MAX_RECENT);
    }

    /// Remembers a file as the latest one.
    pub fn note_file(&mut self, file: &Path) {
        to_front(&mut self.recent_files, file.to_owned(), MAX_RECENT_FILES);
    }

    /// Remembers a command as the one chosen last.
    pub fn note_command(&mut self, id: &str) {
        to_front(&mut self.recent_commands, id.to_owned(), MAX_RECENT_COMMANDS);
    }

    /// Remembers what was asked for as the latest.
    pub fn note_instruction(&mut self, instruction: &str) {
        if instruction.is_empty() {
            return;
        }
        to_front(&mut self.instructions, instruction.to_owned(), MAX_INSTRUCTIONS);
    }

    /// The same with every figure in a range the window can live with.
    fn sane(mut self) -> Session {
        let within =
            |value: f32, low: f32, high: f32| if value.is_finite() { value.clamp(low, high) } else { low };
        self.window = self.window.map(|(w, h)| (within(w, 480.0, 8000.0), within(h, 320.0, 8000.0)));
        self.place = self.place.filter(|(x, y)| x.is_finite() && y.is_finite());
        self.sidebar_width = within(self.sidebar_width, 160.0, 600.0);
        self.files.truncate(MAX_TABS);
        self.bookmarks.truncate(MAX_BOOKMARKS);
        self.panes = self.panes.and_then(|panes| panes.sane(MAX_TABS));
        self
    }
}

/// Makes an item the latest of a list, in which it stands once, and drops what is too much at its end.
fn to_front<T: PartialEq>(list: &mut Vec<T>, item: T, most: usize) {
    list.retain(|known| *known != item);
    list.insert(0, item);
    list.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/session.json");
        let mut session =
            Session { window: Some((1000.0, 700.0)), sidebar_width: 300.0, ..Session::default() };
        session.note_folder(Path::new("/a"));
        session.note_folder(Path::new("/b"));
        session.note_folder(Path::new("/a"));
        session.write(&path).unwrap();
        assert_eq!(Session::load(&path), session);
        assert_eq!(session.recent, [Path::new("/a"), Path::new("/b")]);
    }

    #[test]
    fn what_an_older_version_kept_here_stays_until_it_has_moved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        std::fs::write(&path, r#"{"theme": "light", "zoom": 1.5, "sidebar": false}"#).unwrap();
        let mut session = Session::load(&path);
        assert_eq!((session.legacy.changes().len(), session.sidebar), (2, false));
        session.write(&path).unwrap();
        assert_eq!(Session::load(&path), session);
        session.legacy = Legacy::default();
        session.write(&path).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("theme"));
    }

    #[test]
    fn a_name_that_json_has_no_place_for_costs_nothing_else() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"/odd \xFF"));
        let open = |path: &Path| OpenFile { path: path.to_owned(), caret: (0, 0) };
        let mut session = Session {
            files: vec![open(&odd), open(Path::new("/a")), open(Path::new("/b"))],
            active: 2,
            folder: Some(odd.clone()),
            trusted: vec![odd.clone(), "/c".into()],
            ..Session::default()
        };
        session.note_folder(&odd);
        session.note_folder(Path::new("/d"));
        session.write(&path).unwrap();
        let read = Session::load(&path);
        assert_eq!((read.files.len(), read.active, read.folder), (2, 1, None));
        assert_eq!((read.trusted, read.recent), (vec!["/c".into()], vec!["/d".into()]));
    }

    #[test]
    fn nonsense_is_as_good_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        assert_eq!(Session::load(&path), Session::default());
        std::fs::write(&path, "{\"sidebar_width\": 1e30, \"window\": [1, 2]}").unwrap();
        let session = Session::load(&path);
        assert_eq!((session.sidebar_width, session.window), (600.0, Some((480.0, 320.0))));
        std::fs::write(&path, "no JSON").unwrap();
        assert_eq!(Session::load(&path), Session::default());
    }
}
