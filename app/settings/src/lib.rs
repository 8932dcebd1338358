//! What the user may decide, as plain data: one struct, one table of keys, one commented TOML file.
//!
//! [`Settings`] is what everything else reads. [`table`] describes each key once (type, range, help, who may set it); the file's
//! template, its checks, the settings view, `localcoder settings` and the schema all derive from it. [`layers`] puts defaults,
//! the user's file, the project's file and the environment on top of each other; [`edit`] changes a file and keeps its
//! comments.

pub mod edit;
pub mod environment;
mod error;
pub mod events;
pub mod field;
pub mod file;
pub mod gap;
pub mod keymaps;
pub mod layers;
pub mod legacy;
pub mod panel;
pub mod profile;
pub mod schema;
pub mod table;
pub mod themes;
pub mod value;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::value::choices;

pub use self::error::SettingsFileError;
pub use self::events::{SettingsEffect, SettingsEvent};
pub use self::keymaps::Keymap;
pub use self::layers::Layers;
pub use self::profile::Profile;

/// The profile that is used when nothing else was chosen.
pub const BALANCED: &str = "balanced";

/// Everything the user may decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Name of the profile in use; see [`Settings::current_profile`].
    pub profile: String,
    /// The profiles by name: three builtin ones and the user's own.
    pub profiles: BTreeMap<String, Profile>,
    /// What computes.
    pub backend: BackendSettings,
    /// Which models answer.
    pub models: ModelChoices,
    /// Ghost text while typing.
    pub completion: CompletionSettings,
    /// Commands that check an answer.
    pub checks: Checks,
    /// What goes into prompts, and what is kept of them.
    pub prompts: Prompts,
    /// The text.
    pub editor: EditorSettings,
    /// The window.
    pub window: WindowSettings,
    /// Files and folders.
    pub files: Files,
    /// Terminals.
    pub terminal: TerminalSettings,
    /// Own tasks: a name, and a program with its arguments.
    pub tasks: BTreeMap<String, Vec<String>>,
    /// Whose keys the commands have.
    pub keymap: Keymap,
    /// Own keys: id of a command and what it is pressed with; an empty list takes its keys away.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Connections.
    pub privacy: Privacy,
    /// Logs.
    pub logs: Logs,
}

/// What computes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BackendSettings {
    /// Which program runs models.
    pub kind: BackendKind,
    /// On what it computes.
    pub device: DeviceChoice,
}

choices! {
    /// Which program runs models.
    BackendKind {
        /// The worker that comes with LocalCoder.
        Embedded = "embedded",
    }
}

choices! {
    /// On what models compute.
    DeviceChoice {
        /// On a GPU when there is one.
        Auto = "auto",
        /// On a GPU; on the processor where there is none.
        Gpu = "gpu",
        /// Always on the processor.
        Cpu = "cpu",
    }
}

/// Which models answer, as ids of installed models; empty where the profile decides.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelChoices {
    /// Improves code.
    pub code: String,
    /// Explains; empty: as for code.
    pub general: String,
    /// Completes; empty: as for code.
    pub completion: String,
    /// Suggest a lighter one when answers come too slowly.
    pub suggest_lighter: bool,
}

impl Default for ModelChoices {
    fn default() -> Self {
        let [code, general, completion] = [const { String::new() }; 3];
        ModelChoices { code, general, completion, suggest_lighter: true }
    }
}

/// Ghost text while typing.
#[derive(Clone, Debug, PartialEq)]
pub struct CompletionSettings {
    /// Complete at all.
    pub enabled: bool,
    /// Names of languages without completion.
    pub languages_off: Vec<String>,
    /// Complete in strings and comments, too.
    pub in_text: bool,
    /// Milliseconds without typing before a completion is requested.
    pub debounce_ms: u32,
}

/// Commands that check an answer before it is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Checks {
    /// Run them.
    pub enabled: bool,
    /// Seconds after the first answer in which a better one is asked for; 0: as long as it takes.
    pub seconds: u32,
    /// Of fixes that no example judges, take the one that two answers agree on.
    pub agreement: bool,
    /// Name of a language in small letters → program and arguments; `{file}` stands for the file to check.
    pub commands: BTreeMap<String, Vec<String>>,
}

impl Default for Checks {
    fn default() -> Self {
        Checks { enabled: false, seconds: 20, agreement: true, commands: BTreeMap::new() }
    }
}

/// What goes into prompts, and what is kept of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompts {
    /// Keep computed prompts on disk, so that the first request after a start is answered as fast as the second.
    pub keep_states: bool,
    /// Mebibytes that they may take.
    pub states_limit_mib: u32,
    /// Files besides the one that is typed in of which a completion sees a piece.
    pub excerpts: u32,
}

/// The text.
#[derive(Clone, Debug, PartialEq)]
pub struct EditorSettings {
    /// Font size of code, in points.
    pub font_size: f32,
    /// Height of a line in multiples of the size.
    pub line_height: f32,
    /// Width of a tab character, in columns.
    pub tab_width: u32,
    /// What Tab inserts in files that do not show it themselves.
    pub indent: IndentChoice,
    /// Spaces of one step in such files; 0: as usual in the language.
    pub indent_width: u32,
    /// Signs such as `->` are drawn as one.
    pub ligatures: bool,
    /// A line above the text says where the caret is.
    pub breadcrumbs: bool,
    /// Where lines that are too long go on in further rows.
    pub wrap: WrapChoice,
    /// Columns of a row where lines are wrapped at a column.
    pub wrap_column: u32,
    /// Names of languages whose lines are wrapped at the window where nothing else is said.
    pub wrap_languages: Vec<String>,
    /// The first lines of the scopes around what is seen stay in view.
    pub sticky_scroll: bool,
    /// Columns with a thin line behind them.
    pub rulers: Vec<String>,
    /// Where blanks are marked.
    pub whitespace: WhitespaceChoice,
    /// Pasted lines are indented as the line that they come into.
    pub indent_on_paste: bool,
    /// The end of an element is written with its beginning.
    pub close_tags: bool,
    /// After an edit, the places where the same change is due are marked.
    pub next_place: bool,
    /// Keys are Vim's.
    pub vim: bool,
}

choices! {
    /// Where a line that is too long goes on in a further row.
    WrapChoice {
        /// Nowhere: the text scrolls sideways.
        Off = "off",
        /// At the edge of the window.
        Window = "window",
        /// At a column, or at the edge of the window where that comes first.
        Column = "column",
    }
}

choices! {
    /// Where blanks are marked.
    WhitespaceChoice {
        /// In what is selected.
        Selection = "selection",
        /// Everywhere.
        All = "all",
        /// Nowhere.
        None = "none",
    }
}

choices! {
    /// What one step of indentation is made of.
    IndentChoice {
        /// As usual in the language.
        Language = "language",
        /// Spaces.
        Spaces = "spaces",
        /// A tab character.
        Tabs = "tabs",
    }
}

/// The window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowSettings {
    /// Colours.
    pub theme: ThemeChoice,
    /// Name of the theme where the window is dark.
    pub dark_theme: String,
    /// Name of the theme where it is light.
    pub light_theme: String,
    /// Zoom of everything.
    pub zoom: f32,
    /// Reopen the last folder and files at start.
    pub restore_session: bool,
    /// Ask about unsaved changes before the window closes, instead of keeping them for the next start.
    pub confirm_exit: bool,
    /// A file that is only looked at gives its tab to the next one.
    pub preview_tabs: bool,
    /// Files and folders are chosen in the system's dialogs where there are any.
    pub system_dialogs: bool,
}

choices! {
    /// Which theme to use.
    ThemeChoice {
        /// As the system.
        System = "system",
        /// Always dark.
        Dark = "dark",
        /// Always light.
        Light = "light",
    }
}

/// Files and folders.
#[derive(Clone, Debug, PartialEq)]
pub struct Files {
    /// Names and patterns, as in `.gitignore`, that are set aside in the tree and left out of "go to file".
    pub exclude: Vec<String>,
    /// Remove blanks at the ends of lines when saving.
    pub trim_trailing_whitespace: bool,
    /// End a file with a line break when saving.
    pub final_newline: bool,
    /// The file tree follows the file in front.
    pub follow: bool,
    /// Folders that hold nothing but another folder are one row with it.
    pub compact_folders: bool,
    /// What `.editorconfig` files say counts.
    pub editorconfig: bool,
}

/// Terminals.
#[derive(Clone, Debug, PartialEq)]
pub struct TerminalSettings {
    /// Path of the shell; empty: the user's own.
    pub shell: PathBuf,
    /// Lines that are kept of what was printed.
    pub scrollback: u32,
}

/// Connections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Privacy {
    /// No connection at all.
    pub air_gapped: bool,
    /// Address of a proxy, or empty.
    pub proxy: String,
    /// Address of a mirror of the model hub, or empty.
    pub mirror: String,
    /// Bytes a second at most, such as `500k` or `5M`; empty: as fast as it goes.
    pub rate_limit: String,
    /// File with the certificates to trust instead of the public ones.
    pub certificates: PathBuf,
}

/// Logs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Logs {
    /// How much is written.
    pub level: LogLevel,
}

choices! {
    /// How much is written to the log.
    LogLevel {
        /// What happened, without texts.
        Info = "info",
        /// Nothing.
        Off = "off",
        /// What failed.
        Error = "error",
        /// What failed or is odd.
        Warn = "warn",
        /// Each step.
        Debug = "debug",
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            profile: BALANCED.into(),
            profiles: profile::builtin(),
            backend: BackendSettings::default(),
            models: ModelChoices::default(),
            completion: CompletionSettings {
                enabled: true,
                languages_off: Vec::new(),
                in_text: false,
                // Longer than between two keys of a quick typist.
                debounce_ms: 180,
            },
            checks: Checks::default(),
            prompts: Prompts { keep_states: true, states_limit_mib: 1024, excerpts: 3 },
            editor: EditorSettings {
                font_size: 14.0,
                line_height: 1.5,
                tab_width: 4,
                indent: IndentChoice::default(),
                indent_width: 0,
                ligatures: true,
                breadcrumbs: false,
                wrap: WrapChoice::default(),
                wrap_column: 80,
                wrap_languages: ["Markdown", "Plain text"].map(str::to_owned).to_vec(),
                sticky_scroll: true,
                rulers: Vec::new(),
                whitespace: WhitespaceChoice::default(),
                indent_on_paste: true,
                close_tags: true,
                next_place: true,
                vim: false,
            },
            window: WindowSettings {
                theme: ThemeChoice::default(),
                dark_theme: "dark".into(),
                light_theme: "light".into(),
                zoom: 1.0,
                restore_session: true,
                confirm_exit: false,
                preview_tabs: true,
                system_dialogs: true,
            },
            files: Files {
                exclude: [".git", "target", "node_modules", "__pycache__"].map(str::to_owned).to_vec(),
                trim_trailing_whitespace: false,
                follow: true,
                compact_folders: true,
                editorconfig: true,
                final_newline: false,
            },
            terminal: TerminalSettings { shell: PathBuf::new(), scrollback: 10_000 },
            tasks: BTreeMap::new(),
            keymap: Keymap::default(),
            keys: BTreeMap::new(),
            privacy: Privacy::default(),
            logs: Logs::default(),
        }
    }
}

/// Where the settings of a project lie in its folder.
pub const PROJECT_FILE: &str = ".localcoder/settings.toml";
