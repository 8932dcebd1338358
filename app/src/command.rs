//! The closed list of actions. Palette, tooltips, menus and the keymap are all derived from it.
//!
//! A command is data: its id, the name people read, the context in which it makes sense and its default keys. What it
//! does is decided in [`crate::update`].

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use egui::{Key, KeyboardShortcut, ModifierNames, Modifiers};

/// Where a command makes sense. One list entry can be valid in one context only; keys may repeat between contexts and
/// the narrowest active context wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Always.
    Always,
    /// A file is open in front.
    Editor,
    /// The text of that file has the keyboard.
    Text,
    /// A review of the file in front was closed and can be taken up again.
    Closed,
    /// The file in front shows a review.
    Review,
    /// Ghost text is shown at the caret.
    Ghost,
}

macro_rules! commands {
    ($($variant:ident { $id:literal, $name:literal, $context:ident, [$($keys:expr),*] })*) => {
        /// Everything a person can do by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Command {
            $(#[doc = $name] $variant,)*
        }

        impl Command {
            /// All commands, in the order of the palette.
            pub const ALL: &'static [Command] = &[$(Command::$variant),*];

            /// Stable name for files and scripts: `review.accept-hunk`.
            pub fn id(self) -> &'static str {
                match self { $(Command::$variant => $id,)* }
            }

            /// Name shown to people.
            pub fn name(self) -> &'static str {
                match self { $(Command::$variant => $name,)* }
            }

            /// Where it makes sense.
            pub fn context(self) -> Context {
                match self { $(Command::$variant => Context::$context,)* }
            }

            /// Default keys; the first one is shown.
            pub fn default_keys(self) -> &'static [KeyboardShortcut] {
                match self { $(Command::$variant => {
                    const KEYS: &[KeyboardShortcut] = &[$($keys),*];
                    KEYS
                })* }
            }
        }
    };
}

/// Cmd on macOS, Ctrl elsewhere.
const fn cmd(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn cmd_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers { shift: true, ..Modifiers::COMMAND }, key)
}

const fn cmd_alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers { alt: true, ..Modifiers::COMMAND }, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::CTRL, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers { shift: true, ..Modifiers::CTRL }, key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn alt_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers { shift: true, ..Modifiers::ALT }, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

commands! {
    Improve { "ai.improve", "Improve selection", Editor, [cmd(Key::I)] }
    Explain { "ai.explain", "Explain selection", Editor, [cmd_shift(Key::I)] }
    ExplainError { "ai.explain-error", "Explain error", Editor, [cmd_alt(Key::I)] }
    Generate { "ai.generate", "Write code from comment", Editor, [cmd_shift(Key::G)] }
    Document { "ai.document", "Document function", Editor, [cmd_shift(Key::D)] }
    CommitMessage { "ai.commit-message", "Write commit message", Always, [cmd_shift(Key::C)] }
    NameFile { "ai.name-file", "Suggest names for file", Editor, [cmd_shift(Key::N)] }
    TakeGhost { "complete.take", "Take completion", Ghost, [plain(Key::Tab)] }
    TakeGhostWord { "complete.take-word", "Take next word of completion", Ghost, [cmd(Key::ArrowRight)] }
    TakeGhostLine { "complete.take-line", "Take next line of completion", Ghost, [cmd(Key::ArrowDown)] }
    NextGhost { "complete.next", "Next completion", Ghost, [alt(Key::CloseBracket)] }
    DropGhost { "complete.drop", "Dismiss completion", Ghost, [plain(Key::Escape)] }
    ToggleCompletion { "complete.toggle", "Completion while typing: on or off", Always, [] }
    ToggleCompletionLanguage { "complete.toggle-language", "Completion in this language: on or off", Editor, [] }
    ToggleCompletionText { "complete.toggle-text", "Completion in strings and comments: on or off", Always, [] }
    RunExamples { "ai.examples", "Allow or forbid running examples in this folder", Editor, [] }
    RunCheckers { "ai.checkers", "Allow or forbid fast checkers in this folder", Editor, [] }
    Reviews { "ai.reviews", "Reviews", Always, [cmd_alt(Key::R)] }
    Statistics { "ai.statistics", "AI statistics", Always, [cmd_alt(Key::S)] }
    SwitchModel { "model.switch", "Switch model", Always, [cmd_shift(Key::M)] }
    ModelManager { "model.manager", "Model manager", Always, [cmd_alt(Key::M)] }
    UnloadModel { "model.unload", "Unload model", Always, [] }
    UseLighter { "model.lighter", "Use the next lighter profile or model", Always, [cmd_alt(Key::L)] }
    Activity { "view.activity", "Activity", Always, [cmd_alt(Key::A)] }

    AcceptHunk { "review.accept-hunk", "Accept hunk", Review, [cmd(Key::Enter)] }
    RejectHunk { "review.reject-hunk", "Reject hunk", Review, [cmd(Key::Backspace)] }
    AcceptAll { "review.accept-all", "Accept all hunks", Review, [cmd_shift(Key::Enter)] }
    RejectAll { "review.reject-all", "Reject all hunks", Review, [cmd_shift(Key::Backspace)] }
    NextHunk { "review.next-hunk", "Next hunk", Review, [alt(Key::ArrowDown)] }
    PreviousHunk { "review.previous-hunk", "Previous hunk", Review, [alt(Key::ArrowUp)] }
    EditProposal { "review.edit", "Edit proposal", Review, [cmd(Key::E)] }
    SideBySide { "review.side-by-side", "Review side by side: on or off", Review, [cmd(Key::Backslash)] }
    StopReview { "review.stop", "Cancel review", Review, [plain(Key::Escape)] }
    ReopenReview { "review.reopen", "Reopen review", Closed, [cmd_alt(Key::Z)] }
    TryAgain { "review.try-again", "Try again", Review, [cmd(Key::R)] }
    NextAlternative { "review.next-alternative", "Next alternative", Review, [alt(Key::ArrowRight)] }
    PreviousAlternative { "review.previous-alternative", "Previous alternative", Review, [alt(Key::ArrowLeft)] }

    NewFile { "file.new", "New file", Always, [cmd(Key::N)] }
    OpenFile { "file.open", "Open file", Always, [cmd(Key::O)] }
    OpenFolder { "file.open-folder", "Open folder", Always, [cmd_shift(Key::O)] }
    QuickOpen { "file.quick-open", "Go to file", Always, [cmd(Key::P)] }
    Save { "file.save", "Save", Editor, [cmd(Key::S)] }
    SaveAs { "file.save-as", "Save as", Editor, [cmd_shift(Key::S)] }
    SaveAll { "file.save-all", "Save all", Editor, [] }
    Revert { "file.revert", "Reload file from disk", Editor, [] }
    RecoverTexts { "file.recover", "Recover unsaved texts", Always, [] }
    CloseTab { "tab.close", "Close tab", Editor, [cmd(Key::W)] }
    ReopenTab { "tab.reopen", "Reopen closed tab", Always, [cmd_shift(Key::T)] }
    NextTab { "tab.next", "Next tab", Editor, [ctrl(Key::Tab), ctrl(Key::PageDown)] }
    PreviousTab { "tab.previous", "Previous tab", Editor, [ctrl_shift(Key::Tab), ctrl(Key::PageUp)] }

    Find { "find.open", "Find", Editor, [cmd(Key::F)] }
    Replace { "find.replace", "Replace", Editor, [cmd_alt(Key::F), ctrl(Key::H)] }
    FindNext { "find.next", "Next match", Editor, [plain(Key::F3)] }
    FindPrevious { "find.previous", "Previous match", Editor, [shift(Key::F3)] }
    NextProblem { "go.problem", "Next problem", Editor, [plain(Key::F8)] }
    GotoLine { "go.line", "Go to line", Editor, [ctrl(Key::G)] }

    Undo { "edit.undo", "Undo", Text, [cmd(Key::Z)] }
    Redo { "edit.redo", "Redo", Text, [cmd_shift(Key::Z), ctrl(Key::Y)] }
    Cut { "edit.cut", "Cut", Text, [cmd(Key::X)] }
    Copy { "edit.copy", "Copy", Text, [cmd(Key::C)] }
    Paste { "edit.paste", "Paste", Text, [cmd(Key::V)] }
    SelectAll { "select.all", "Select all", Text, [cmd(Key::A)] }
    SelectLine { "select.line", "Select line", Text, [cmd(Key::L)] }
    SelectNext { "select.next-occurrence", "Select next occurrence", Text, [cmd(Key::D)] }
    SelectOccurrences { "select.all-occurrences", "Select all occurrences", Text, [cmd_shift(Key::L)] }
    ExpandSelection { "select.expand", "Expand selection to syntax", Text, [alt_shift(Key::ArrowRight)] }
    CaretAbove { "caret.above", "Add caret above", Text, [cmd_alt(Key::ArrowUp)] }
    CaretBelow { "caret.below", "Add caret below", Text, [cmd_alt(Key::ArrowDown)] }
    MoveLineUp { "line.up", "Move line up", Text, [alt(Key::ArrowUp)] }
    MoveLineDown { "line.down", "Move line down", Text, [alt(Key::ArrowDown)] }
    DuplicateLine { "line.duplicate", "Duplicate line", Text, [alt_shift(Key::ArrowDown)] }
    DeleteLine { "line.delete", "Delete line", Text, [cmd_shift(Key::K)] }
    JoinLines { "line.join", "Join lines", Text, [cmd(Key::J)] }
    ToggleComment { "line.comment", "Toggle comment", Text, [cmd(Key::Slash)] }
    Indent { "line.indent", "Indent", Text, [cmd(Key::CloseBracket)] }
    Outdent { "line.outdent", "Outdent", Text, [cmd(Key::OpenBracket)] }

    Palette { "view.palette", "Command palette", Always, [cmd_shift(Key::P), plain(Key::F1)] }
    ToggleSidebar { "view.sidebar", "Toggle sidebar", Always, [cmd(Key::B)] }
    FocusSidebar { "view.focus-sidebar", "Focus file tree", Always, [cmd_shift(Key::E)] }
    RefreshTree { "view.refresh", "Refresh file tree", Always, [] }
    ZoomIn { "view.zoom-in", "Zoom in", Always, [cmd(Key::Equals), cmd(Key::Plus), cmd_shift(Key::Plus)] }
    ZoomOut { "view.zoom-out", "Zoom out", Always, [cmd(Key::Minus)] }
    ZoomReset { "view.zoom-reset", "Reset zoom", Always, [cmd(Key::Num0)] }
    ThemeDark { "theme.dark", "Dark theme", Always, [] }
    ThemeLight { "theme.light", "Light theme", Always, [] }
    ThemeSystem { "theme.system", "Theme of the system", Always, [] }
    OpenSettings { "settings.open", "Open settings", Always, [cmd(Key::Comma)] }
    OpenSettingsFile { "settings.open-file", "Open settings file", Always, [] }
    OpenProjectSettings { "settings.open-project", "Open project settings", Always, [] }
    SwitchProfile { "profile.switch", "Switch profile", Always, [] }
    Welcome { "help.welcome", "Welcome", Always, [] }
    Quit { "app.quit", "Quit", Always, [cmd(Key::Q)] }
}

thread_local! {
    /// The user's own keys. The window and all it draws live on one thread, and a tooltip that names a key is written where
    /// no state is at hand.
    static OWN_KEYS: RefCell<HashMap<Command, Vec<KeyboardShortcut>>> = RefCell::default();
}

/// Gives commands other keys: id → keys as [`shortcut`] reads them. Replaces what was given before.
pub fn bind(keys: &BTreeMap<String, Vec<String>>) {
    let own = keys.iter().filter_map(|(id, keys)| {
        Some((Command::from_id(id)?, keys.iter().filter_map(|keys| shortcut(keys)).collect()))
    });
    OWN_KEYS.set(own.collect());
}

/// Keys of the own ones that mean two things, each in a sentence with the id of the command that it is about.
pub fn conflicts(keys: &BTreeMap<String, Vec<String>>) -> Vec<(String, String)> {
    let own: BTreeMap<&str, Vec<KeyboardShortcut>> = keys
        .iter()
        .map(|(id, keys)| (id.as_str(), keys.iter().filter_map(|keys| shortcut(keys)).collect()))
        .collect();
    let keys_of =
        |command: Command| own.get(command.id()).cloned().unwrap_or_else(|| command.default_keys().to_vec());
    let mut found = Vec::new();
    for (id, wanted) in &own {
        let Some(command) = Command::from_id(id) else { continue };
        let others =
            Command::ALL.iter().filter(|other| **other != command && other.context() == command.context());
        for other in others {
            if let Some(key) = wanted.iter().find(|key| keys_of(*other).contains(key)) {
                let words = format!(
                    "{} also means «{}» there; give one of the two another key.",
                    shortcut_text(key),
                    other.name()
                );
                found.push(((*id).to_owned(), words));
            }
        }
    }
    found
}

impl Command {
    /// The command with this id.
    pub fn from_id(id: &str) -> Option<Command> {
        Command::ALL.iter().copied().find(|command| command.id() == id)
    }

    /// The keys that it is given with: the user's own, else the default ones. The first one is shown.
    pub fn keys(self) -> Vec<KeyboardShortcut> {
        OWN_KEYS.with_borrow(|own| own.get(&self).cloned()).unwrap_or_else(|| self.default_keys().to_vec())
    }

    /// The default keys as a settings file would have them.
    pub fn written_defaults(self) -> Vec<String> {
        self.default_keys().iter().map(written).collect()
    }

    /// The shown key in the words of this platform: `Ctrl+Shift+P`; empty when there is none.
    pub fn key_text(self) -> String {
        self.keys().first().map(shortcut_text).unwrap_or_default()
    }

    /// Name and key, for tooltips: `Find (Ctrl+F)`.
    pub fn tooltip(self) -> String {
        let keys = self.key_text();
        if keys.is_empty() { self.name().to_owned() } else { format!("{} ({keys})", self.name()) }
    }
}

/// Reads keys as a settings file has them: `Ctrl+Alt+X`, `F5`, `Cmd+Shift+[`. Cmd is Ctrl where there is no such key.
pub fn shortcut(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut rest = text.trim();
    while let Some((word, behind)) =
        rest.split_once('+').filter(|(word, behind)| !word.is_empty() && !behind.is_empty())
    {
        modifiers |= match word.trim().to_ascii_lowercase().as_str() {
            "cmd" | "command" | "super" => Modifiers::COMMAND,
            // What Ctrl does elsewhere Cmd does on macOS, where Ctrl is a key of its own.
            "ctrl" | "control" if cfg!(target_os = "macos") => Modifiers::CTRL,
            "ctrl" | "control" => Modifiers::COMMAND,
            "alt" | "option" => Modifiers::ALT,
            "shift" => Modifiers::SHIFT,
            _ => return None,
        };
        rest = behind;
    }
    let named = |key: &&Key| {
        let shown = key_word(**key);
        rest.trim().eq_ignore_ascii_case(shown) || rest.trim().eq_ignore_ascii_case(key.name())
    };
    // A letter without Ctrl, Alt or Cmd would be gone for typing.
    let key = *Key::ALL.iter().find(named)?;
    let types = key.name().len() == 1 || matches!(key, Key::Space | Key::Enter | Key::Backspace | Key::Tab);
    let held = modifiers.ctrl || modifiers.alt || modifiers.command;
    (held || !types).then(|| KeyboardShortcut::new(modifiers, key))
}

/// Keys as a settings file has them, and as [`shortcut`] reads them.
fn written(shortcut: &KeyboardShortcut) -> String {
    let held = shortcut.modifiers;
    let mac = cfg!(target_os = "macos");
    let words = [
        (held.command && mac, "Cmd+"),
        (held.ctrl || (held.command && !mac), "Ctrl+"),
        (held.alt, "Alt+"),
        (held.shift, "Shift+"),
    ];
    let modifiers: String = words.into_iter().filter(|(held, _)| *held).map(|(_, word)| word).collect();
    modifiers + key_word(shortcut.logical_key)
}

/// A key in the words of this editor.
fn key_word(key: Key) -> &'static str {
    match key {
        Key::Equals => "+",
        Key::Escape => "Esc",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Slash => "/",
        Key::Backslash => "\\",
        Key::Minus => "-",
        other => other.name(),
    }
}

/// A key combination in the words of this platform.
fn shortcut_text(shortcut: &KeyboardShortcut) -> String {
    let mac = cfg!(target_os = "macos");
    let names = if mac { ModifierNames::SYMBOLS } else { ModifierNames::NAMES };
    let key = key_word(shortcut.logical_key);
    let modifiers = names.format(&shortcut.modifiers, mac);
    if modifiers.is_empty() { key.to_owned() } else { format!("{modifiers}{}{key}", names.concat) }
}

/// The command that these keys mean where `active` lists the contexts that hold; the narrowest context wins.
pub fn for_key(modifiers: Modifiers, key: Key, active: &[Context]) -> Option<Command> {
    Command::ALL
        .iter()
        .copied()
        .filter(|command| active.contains(&command.context()))
        .filter(|command| {
            command.keys().iter().any(|k| k.logical_key == key && modifiers.matches_exact(k.modifiers))
        })
        .max_by_key(|command| command.context())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_in_one_context() {
        let mut seen = HashSet::new();
        for command in Command::ALL {
            for key in command.default_keys() {
                assert!(
                    seen.insert((command.context() as u8, format!("{key:?}"))),
                    "{} repeats {key:?}",
                    command.id()
                );
            }
        }
    }

    #[test]
    fn default_keys_are_read_as_they_would_be_written() {
        for command in Command::ALL {
            for (key, text) in command.default_keys().iter().zip(command.written_defaults()) {
                // Alone it types something; a completion that is shown may have it, a setting may not.
                if text == "Tab" {
                    continue;
                }
                let read =
                    shortcut(&text).unwrap_or_else(|| panic!("{text} of {} is not read", command.id()));
                assert_eq!(read.logical_key, key.logical_key, "{text}");
                let held = |keys: &KeyboardShortcut| {
                    let held = keys.modifiers;
                    (held.command || held.ctrl, held.alt, held.shift)
                };
                assert_eq!(held(&read), held(key), "{text}");
            }
        }
    }

    #[test]
    fn ids_are_unique() {
        let ids: HashSet<_> = Command::ALL.iter().map(|command| command.id()).collect();
        assert_eq!(ids.len(), Command::ALL.len());
    }

    #[test]
    fn the_narrowest_context_wins() {
        let all = [Context::Always, Context::Editor, Context::Text, Context::Review];
        assert_eq!(for_key(Modifiers::ALT, Key::ArrowDown, &all), Some(Command::NextHunk));
        assert_eq!(for_key(Modifiers::ALT, Key::ArrowDown, &all[..3]), Some(Command::MoveLineDown));
        assert_eq!(for_key(Modifiers::ALT, Key::ArrowDown, &all[..2]), None);
        assert_eq!(for_key(Modifiers::NONE, Key::Escape, &all[..3]), None);
    }

    #[test]
    fn shift_is_never_ignored() {
        let pressed = Modifiers { shift: true, ctrl: true, command: true, ..Modifiers::NONE };
        assert_eq!(for_key(pressed, Key::P, &[Context::Always]), Some(Command::Palette));
        assert_eq!(
            for_key(Modifiers { shift: false, ..pressed }, Key::P, &[Context::Always]),
            Some(Command::QuickOpen)
        );
    }
}
