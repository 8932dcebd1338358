//! The table of keys. File template, checks, settings view, `localcoder settings` and schema are derived from it.

mod key;
mod spec;

use super::profile::{Kv, Mode, Profile};
use super::value::{Field, SettingValue};
use super::{
    BackendKind, DeviceChoice, IndentChoice, Keymap, LogLevel, Settings, ThemeChoice, WhitespaceChoice,
    WrapChoice,
};

pub use self::key::{SettingKey, keys, profile_order};

/// Who may set a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingScope {
    /// The user alone.
    User,
    /// The project, too.
    Project,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueKind {
    /// `true` or `false`.
    Switch,
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// A number from the first to the second.
    Number(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Name of a profile.
    Profile,
    /// Name of a theme.
    Theme,
    /// Id of a model, or nothing.
    Model,
    /// Absolute path of a file, or nothing.
    File,
    /// Address that begins with one of these, or nothing.
    Address(&'static [&'static str]),
    /// Bytes a second such as `500k`, or nothing.
    Rate,
    /// Texts.
    Words,
    /// Columns of a text.
    Columns,
    /// A program and its arguments.
    Program,
    /// The same under a name of the user's own.
    Task,
    /// Keys to press.
    Keys,
}

/// One key, or with a `*` all keys of a form.
pub struct Spec {
    /// Its name from the top: `editor.font_size`, `profiles.*.model`.
    pub path: &'static str,
    /// What it takes.
    pub kind: ValueKind,
    /// Who may set it.
    pub scope: SettingScope,
    /// What it does, in a sentence or two.
    pub help: &'static str,
    get: fn(&Settings, &str) -> Option<SettingValue>,
    put: fn(&mut Settings, &str, SettingValue) -> Option<()>,
}

fn put<F: Field>(field: &mut F, value: SettingValue) -> Option<()> {
    *field = F::from_value(value)?;
    Some(())
}

macro_rules! key {
    ($path:literal, $scope:ident, $kind:expr, $($field:ident).+, $help:literal) => {
        Spec {
            path: $path,
            kind: $kind,
            scope: SettingScope::$scope,
            help: $help,
            get: |settings, _| Some(settings.$($field).+.to_value()),
            put: |settings, _, value| put(&mut settings.$($field).+, value),
        }
    };
}

macro_rules! profile_key {
    ($field:ident, $kind:expr, $help:literal) => {
        Spec {
            path: concat!("profiles.*.", stringify!($field)),
            kind: $kind,
            scope: SettingScope::User,
            help: $help,
            get: |settings, name| Some(settings.profiles.get(name)?.$field.to_value()),
            put: |settings, name, value| {
                put(
                    &mut settings.profiles.entry(name.to_owned()).or_insert_with(Profile::default).$field,
                    value,
                )
            },
        }
    };
}

macro_rules! map_key {
    ($path:literal, $kind:expr, $($field:ident).+, $help:literal) => {
        Spec {
            path: $path,
            kind: $kind,
            scope: SettingScope::User,
            help: $help,
            get: |settings, name| Some(settings.$($field).+.get(name)?.to_value()),
            put: |settings, name, value| {
                settings.$($field).+.insert(name.to_owned(), Vec::from_value(value)?);
                Some(())
            },
        }
    };
}

/// The sections: name in the file, name for people.
pub const SECTIONS: [(&str, &str); 15] = [
    ("", "General"),
    ("backend", "Backend"),
    ("models", "Models"),
    ("profiles", "Profiles"),
    ("completion", "Completion"),
    ("checks", "Checks"),
    ("prompts", "Prompts"),
    ("editor", "Editor"),
    ("window", "Window"),
    ("files", "Files"),
    ("terminal", "Terminal"),
    ("tasks", "Tasks"),
    ("keys", "Keys"),
    ("privacy", "Privacy"),
    ("logs", "Logs"),
];

/// All keys, in the order of the file.
pub static TABLE: &[Spec] = &[
    key!(
        "profile",
        User,
        ValueKind::Profile,
        profile,
        "The profile in use: fast, balanced, heavy or one of your own."
    ),
    key!(
        "keymap",
        User,
        ValueKind::Choice(Keymap::WORDS),
        keymap,
        "Keys as in VS Code, Sublime Text or Zed. Keys of your own come before them."
    ),
    key!(
        "backend.kind",
        User,
        ValueKind::Choice(BackendKind::WORDS),
        backend.kind,
        "Which program runs models: the worker that comes with LocalCoder."
    ),
    key!(
        "backend.device",
        User,
        ValueKind::Choice(DeviceChoice::WORDS),
        backend.device,
        "Device to run models on. `auto` uses a GPU if there is one; `cpu` never does."
    ),
    key!(
        "models.code",
        User,
        ValueKind::Model,
        models.code,
        "Id of the model that improves code. Empty: the profile's model, or the largest one that is installed."
    ),
    key!(
        "models.general",
        User,
        ValueKind::Model,
        models.general,
        "Id of the model that explains. Empty: as for code."
    ),
    key!(
        "models.completion",
        User,
        ValueKind::Model,
        models.completion,
        "Id of the model that completes while you type. Empty: as for code."
    ),
    key!(
        "models.suggest_lighter",
        User,
        ValueKind::Switch,
        models.suggest_lighter,
        "Suggest a lighter profile or model when answers come too slowly."
    ),
    profile_key!(
        model,
        ValueKind::Model,
        "Id of the profile's model. Where it is not installed, the chosen or the largest one is used."
    ),
    profile_key!(
        context_tokens,
        ValueKind::Integer(1024, 131_072),
        "Context window in tokens. More takes more memory; the worker lowers it to what the model was trained for."
    ),
    profile_key!(
        kv,
        ValueKind::Choice(Kv::WORDS),
        "Type of the key and value cache: `q8` takes half the memory of `f16`."
    ),
    profile_key!(
        temperature,
        ValueKind::Number(0.0, 2.0),
        "0 always takes the likeliest token; higher is more varied."
    ),
    profile_key!(
        top_k,
        ValueKind::Integer(0, 1000),
        "Sample from this many of the most likely tokens; 0: from all."
    ),
    profile_key!(
        top_p,
        ValueKind::Number(0.0, 1.0),
        "Sample from the most likely tokens whose probabilities add up to this; 1: from all."
    ),
    profile_key!(
        min_p,
        ValueKind::Number(0.0, 1.0),
        "Drop tokens less likely than this fraction of the most likely one; 0: none."
    ),
    profile_key!(repeat_penalty, ValueKind::Number(1.0, 2.0), "Makes recent tokens less likely; 1 is off."),
    profile_key!(
        micro_batch,
        ValueKind::Integer(16, 2048),
        "Maximum number of tokens read from a prompt in one step. Smaller steps stop sooner, larger ones are faster."
    ),
    profile_key!(
        mode,
        ValueKind::Choice(Mode::WORDS),
        "`performance` is as fast as it goes; `stability` takes small steps and no risk."
    ),
    profile_key!(
        idle_minutes,
        ValueKind::Integer(0, 1440),
        "Minutes without a request until the model's memory is freed; 0: never."
    ),
    profile_key!(
        prewarm,
        ValueKind::Switch,
        "Load the model when the window opens, before anything is asked."
    ),
    profile_key!(
        slow_tokens_per_s,
        ValueKind::Number(0.0, 1000.0),
        "Suggest a lighter profile when answers are slower than this many tokens per second; 0: never."
    ),
    profile_key!(
        slow_first_token_ms,
        ValueKind::Integer(0, 600_000),
        "Suggest a lighter profile when the first token takes longer than this many milliseconds; 0: never."
    ),
    key!(
        "completion.enabled",
        Project,
        ValueKind::Switch,
        completion.enabled,
        "Show ghost text while you type."
    ),
    key!(
        "completion.languages_off",
        Project,
        ValueKind::Words,
        completion.languages_off,
        "Names of languages without ghost text, such as \"Markdown\"."
    ),
    key!(
        "completion.in_text",
        Project,
        ValueKind::Switch,
        completion.in_text,
        "Show ghost text in strings and comments, too."
    ),
    key!(
        "completion.debounce_ms",
        Project,
        ValueKind::Integer(0, 5000),
        completion.debounce_ms,
        "Milliseconds without typing before a completion is requested."
    ),
    key!(
        "checks.enabled",
        User,
        ValueKind::Switch,
        checks.enabled,
        "Run fast checkers, and your own commands, on answers and on saved files: on a copy, without network or writing."
    ),
    key!(
        "checks.seconds",
        User,
        ValueKind::Integer(0, 600),
        checks.seconds,
        "Seconds after a first answer that did not pass in which a better one is asked for; then the best so far is shown. 0: no limit."
    ),
    key!(
        "checks.agreement",
        User,
        ValueKind::Switch,
        checks.agreement,
        "Of fixes that no example judges, show the one that two answers agree on: better, and slower. Needs leave to run examples."
    ),
    map_key!(
        "checks.commands.*",
        ValueKind::Program,
        checks.commands,
        "Program and arguments that check a file of this language; {file} stands for the file."
    ),
    key!(
        "prompts.keep_states",
        User,
        ValueKind::Switch,
        prompts.keep_states,
        "Keep computed prompts on disk, so that the first answer after a start comes sooner."
    ),
    key!(
        "prompts.states_limit_mib",
        User,
        ValueKind::Integer(16, 65_536),
        prompts.states_limit_mib,
        "Disk space for kept prompts, in mebibytes."
    ),
    key!(
        "prompts.excerpts",
        Project,
        ValueKind::Integer(0, 8),
        prompts.excerpts,
        "Number of other open files that a completion sees a part of."
    ),
    key!(
        "editor.font_size",
        Project,
        ValueKind::Number(6.0, 48.0),
        editor.font_size,
        "Font size of code, in points."
    ),
    key!(
        "editor.line_height",
        Project,
        ValueKind::Number(1.0, 3.0),
        editor.line_height,
        "Line height, as a multiple of the font size."
    ),
    key!(
        "editor.tab_width",
        Project,
        ValueKind::Integer(1, 16),
        editor.tab_width,
        "Width of a tab character, in columns."
    ),
    key!(
        "editor.indent",
        Project,
        ValueKind::Choice(IndentChoice::WORDS),
        editor.indent,
        "What Tab inserts in files that are not indented yet: what is usual in the language, spaces or tabs."
    ),
    key!(
        "editor.indent_width",
        Project,
        ValueKind::Integer(0, 16),
        editor.indent_width,
        "Spaces of one step in such files; 0: as usual in the language."
    ),
    key!(
        "editor.ligatures",
        Project,
        ValueKind::Switch,
        editor.ligatures,
        "Draw signs such as -> and != as one where the font can."
    ),
    key!(
        "editor.wrap",
        Project,
        ValueKind::Choice(WrapChoice::WORDS),
        editor.wrap,
        "Where long lines go on in a further row: nowhere, at the edge of the window, or at a column."
    ),
    key!(
        "editor.wrap_column",
        Project,
        ValueKind::Integer(20, 1000),
        editor.wrap_column,
        "Columns of a row where `editor.wrap` is \"column\"; a narrower window wraps earlier."
    ),
    key!(
        "editor.wrap_languages",
        Project,
        ValueKind::Words,
        editor.wrap_languages,
        "Names of languages that are wrapped at the edge of the window even where `editor.wrap` is \"off\"."
    ),
    key!(
        "editor.sticky_scroll",
        Project,
        ValueKind::Switch,
        editor.sticky_scroll,
        "Keep the first lines of the functions and types around the top of the screen in view."
    ),
    key!(
        "editor.rulers",
        Project,
        ValueKind::Columns,
        editor.rulers,
        "Columns behind which a thin line is drawn, such as [80, 120]."
    ),
    key!(
        "editor.whitespace",
        Project,
        ValueKind::Choice(WhitespaceChoice::WORDS),
        editor.whitespace,
        "Where spaces and tabs are marked: in the selection, everywhere, or nowhere."
    ),
    key!(
        "editor.indent_on_paste",
        Project,
        ValueKind::Switch,
        editor.indent_on_paste,
        "Indent pasted lines as the line that they come into."
    ),
    key!(
        "editor.close_tags",
        Project,
        ValueKind::Switch,
        editor.close_tags,
        "Write the closing tag of an HTML or XML element when its opening tag is typed."
    ),
    key!(
        "editor.next_place",
        Project,
        ValueKind::Switch,
        editor.next_place,
        "After an edit, mark the places where the same change is due."
    ),
    key!(
        "editor.vim",
        User,
        ValueKind::Switch,
        editor.vim,
        "Vim's keys in texts: modes, motions, operators, registers, and commands behind a colon."
    ),
    key!(
        "editor.breadcrumbs",
        User,
        ValueKind::Switch,
        editor.breadcrumbs,
        "Show a line above the text with the file's folders and the symbols around the caret."
    ),
    key!(
        "window.theme",
        User,
        ValueKind::Choice(ThemeChoice::WORDS),
        window.theme,
        "Colours of the window: dark, light, or as the system."
    ),
    key!(
        "window.dark_theme",
        User,
        ValueKind::Theme,
        window.dark_theme,
        "The theme of a dark window: a built-in one, or a file in the folder themes beside the settings."
    ),
    key!(
        "window.light_theme",
        User,
        ValueKind::Theme,
        window.light_theme,
        "The theme of a light window: a built-in one, or a file in the folder themes beside the settings."
    ),
    key!(
        "window.zoom",
        User,
        ValueKind::Number(0.5, 3.0),
        window.zoom,
        "Zoom of the whole window; 1 is as designed."
    ),
    key!(
        "window.restore_session",
        User,
        ValueKind::Switch,
        window.restore_session,
        "Reopen the last folder and files at start."
    ),
    key!(
        "window.confirm_exit",
        User,
        ValueKind::Switch,
        window.confirm_exit,
        "Ask about unsaved changes before the window closes. Otherwise they are kept, and there again at the next start."
    ),
    key!(
        "window.preview_tabs",
        User,
        ValueKind::Switch,
        window.preview_tabs,
        "Open a file that is clicked once in a tab that the next one takes over, until it is edited or double-clicked."
    ),
    key!(
        "window.system_dialogs",
        User,
        ValueKind::Switch,
        window.system_dialogs,
        "Choose files and folders in the system's dialogs, where there are any. Otherwise their paths are typed."
    ),
    key!(
        "files.exclude",
        Project,
        ValueKind::Words,
        files.exclude,
        "Names and patterns, as in .gitignore, that are set aside in the file tree and left out of \"Go to file\"."
    ),
    key!(
        "files.trim_trailing_whitespace",
        Project,
        ValueKind::Switch,
        files.trim_trailing_whitespace,
        "Remove blanks at the ends of lines when saving."
    ),
    key!(
        "files.final_newline",
        Project,
        ValueKind::Switch,
        files.final_newline,
        "End a file with a line break when saving."
    ),
    key!(
        "files.editorconfig",
        Project,
        ValueKind::Switch,
        files.editorconfig,
        "Indent, trim and end files as the .editorconfig files in and above their folder say."
    ),
    key!("files.follow", User, ValueKind::Switch, files.follow, "The file tree follows the file in front."),
    key!(
        "files.compact_folders",
        User,
        ValueKind::Switch,
        files.compact_folders,
        "Folders that hold nothing but another folder are one row with it in the file tree."
    ),
    key!(
        "terminal.shell",
        User,
        ValueKind::File,
        terminal.shell,
        "Path of the shell that terminals run. Empty: your own, as $SHELL or the system says."
    ),
    key!(
        "terminal.scrollback",
        User,
        ValueKind::Integer(100, 100_000),
        terminal.scrollback,
        "Lines of output that a terminal keeps to scroll back to."
    ),
    map_key!(
        "tasks.*",
        ValueKind::Task,
        tasks,
        "Your own task of this name: a program and its arguments, run in the open folder."
    ),
    map_key!(
        "keys.*",
        ValueKind::Keys,
        keys,
        "Custom keys for a command, such as \"Ctrl+Alt+X\", or several in a list; an empty list takes its keys away."
    ),
    key!(
        "privacy.air_gapped",
        User,
        ValueKind::Switch,
        privacy.air_gapped,
        "Make no connection at all. Models can still be imported from files. Turning it off counts from the next start."
    ),
    key!(
        "privacy.proxy",
        User,
        ValueKind::Address(&["http://", "https://", "socks5://"]),
        privacy.proxy,
        "Address of a proxy for downloads: http://, https:// or socks5://. Empty: none."
    ),
    key!(
        "privacy.mirror",
        User,
        ValueKind::Address(&["https://"]),
        privacy.mirror,
        "Address of a mirror of the model hub, https:// only. Empty: the hub itself."
    ),
    key!(
        "privacy.rate_limit",
        User,
        ValueKind::Rate,
        privacy.rate_limit,
        "Maximum download speed in bytes per second, such as \"500k\" or \"5M\". Empty: as fast as it goes."
    ),
    key!(
        "privacy.certificates",
        User,
        ValueKind::File,
        privacy.certificates,
        "PEM file with the certificates to trust instead of the public ones. Empty: the public ones."
    ),
    key!(
        "logs.level",
        User,
        ValueKind::Choice(LogLevel::WORDS),
        logs.level,
        "How much is written to the log. Your text never is."
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_told_of_no_quotes_and_a_project_sets_nothing_that_runs_or_connects() {
        for spec in TABLE {
            let typed = !matches!(spec.kind, ValueKind::Choice(_));
            let words = spec.expects_in_field();
            assert!(!typed || !(words.contains('"') || words.contains("quotes")), "{}: {words}", spec.path);
            let harmless = matches!(spec.section(), "editor" | "files" | "completion" | "prompts");
            let runs = matches!(
                spec.kind,
                ValueKind::Program
                    | ValueKind::Task
                    | ValueKind::File
                    | ValueKind::Address(_)
                    | ValueKind::Model
            );
            assert!(spec.scope == SettingScope::User || (harmless && !runs), "{} of a project", spec.path);
        }
    }

    #[test]
    fn every_key_is_found_by_its_name_and_takes_its_default() {
        let mut settings = Settings::default();
        for key in keys(&Settings::default()) {
            let path = key.path();
            let found = SettingKey::find(&path).unwrap_or_else(|| panic!("{path} is not found"));
            assert_eq!(found.path(), path);
            let value = found.get(&settings).unwrap();
            assert_eq!(found.spec.check(value.clone()).as_ref(), Ok(&value), "{path}");
            found.put(&mut settings, value);
            assert!(found.spec.help.ends_with('.'), "{path} has no sentence of help");
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn names_stand_for_profiles_languages_and_commands() {
        let found = |path| SettingKey::find(path).map(|key| (key.spec.path, key.name));
        assert_eq!(found("profiles.mine.kv"), Some(("profiles.*.kv", "mine".into())));
        assert_eq!(found("keys.review.accept-hunk"), Some(("keys.*", "review.accept-hunk".into())));
        assert_eq!(found("checks.commands.c++"), Some(("checks.commands.*", "c++".into())));
        for nonsense in [
            "editor",
            "editor.colour",
            "profiles..kv",
            "profiles.A B.kv",
            "keys.no.such",
            "checks.commands.klingon",
        ] {
            assert_eq!(found(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn what_a_key_does_not_take_is_refused_with_what_it_takes() {
        let check = |path: &str, value: SettingValue| SettingKey::find(path).unwrap().spec.check(value);
        assert_eq!(check("editor.font_size", SettingValue::Int(15)), Ok(SettingValue::Number(15.0)));
        assert_eq!(
            check("editor.font_size", SettingValue::Number(99.0)),
            Err("a number from 6 to 48".into())
        );
        assert_eq!(
            check("window.theme", SettingValue::Text("blue".into())),
            Err("\"system\", \"dark\" or \"light\"".into())
        );
        assert!(check("privacy.mirror", SettingValue::Text("http://plain.example".into())).is_err());
        assert!(check("privacy.rate_limit", SettingValue::Text("much".into())).is_err());
        assert!(check("keys.ai.improve", SettingValue::Text("Ctrl+".into())).is_err());
        assert_eq!(
            check("keys.ai.improve", SettingValue::Text("Ctrl+Alt+X".into())),
            Ok(SettingValue::List(vec!["Ctrl+Alt+X".into()]))
        );
    }
}
