//! Themes as files: a name, light or dark, and a colour for each thing that has one. Several are built in; the user's own lie in the
//! folder `themes` beside the settings.

use std::sync::LazyLock;

use toml_edit::{DocumentMut, Item};

/// The colours of the window, as a file's section `colors` names them.
pub const WINDOW_COLOURS: [&str; 15] = [
    "background",
    "surface",
    "raised",
    "border",
    "text",
    "muted",
    "accent",
    "on_accent",
    "selection",
    "added_ground",
    "added",
    "removed_ground",
    "removed",
    "warning",
    "error",
];
/// The colours of code, as its section `syntax` names them.
pub const CODE_COLOURS: [&str; 7] =
    ["comment", "keyword", "string", "number", "function", "type", "constant"];

/// Longer files are no themes, in bytes.
pub const MAX_BYTES: u64 = 64_000;
/// More files than these are not read.
pub const MAX_FILES: usize = 200;

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// A theme as its file has it. What it does not say is as in the built-in theme for such a ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeFile {
    /// Its name in the settings: that of the file, without the end.
    pub id: String,
    /// For people.
    pub name: String,
    /// Light text on a dark ground?
    pub dark: bool,
    /// In the order of [`WINDOW_COLOURS`].
    pub window: [Option<Rgb>; WINDOW_COLOURS.len()],
    /// In the order of [`CODE_COLOURS`].
    pub code: [Option<Rgb>; CODE_COLOURS.len()],
}

impl ThemeFile {
    /// Reads a theme.
    ///
    /// # Errors
    /// A sentence for people that says where it is wrong, without the name of the file.
    pub fn read(id: &str, text: &str) -> Result<ThemeFile, String> {
        let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            let first = error.message().lines().next().unwrap_or_default();
            format!("it is no TOML: {first}")
        })?;
        let mut theme = ThemeFile {
            id: id.to_owned(),
            name: id.to_owned(),
            dark: true,
            window: [None; WINDOW_COLOURS.len()],
            code: [None; CODE_COLOURS.len()],
        };
        let mut has_kind = false;
        for (key, item) in document.iter() {
            match (key, item) {
                ("name", Item::Value(value))
                    if value.as_str().is_some_and(|name| !name.trim().is_empty()) =>
                {
                    theme.name = value.as_str().unwrap_or(id).trim().chars().take(60).collect();
                }
                ("name", _) => return Err("`name` must be a text".into()),
                ("kind", item) => {
                    (theme.dark, has_kind) = match item.as_str() {
                        Some("dark") => (true, true),
                        Some("light") => (false, true),
                        _ => return Err("`kind` must be \"dark\" or \"light\"".into()),
                    };
                }
                ("colors", Item::Table(table)) => colours(table, &WINDOW_COLOURS, &mut theme.window)?,
                ("syntax", Item::Table(table)) => colours(table, &CODE_COLOURS, &mut theme.code)?,
                (other, _) => return Err(format!("`{other}` means nothing in a theme")),
            }
        }
        if has_kind { Ok(theme) } else { Err("`kind` is missing: \"dark\" or \"light\"".into()) }
    }
}

/// Takes the colours of a section over.
fn colours(table: &toml_edit::Table, names: &[&str], taken: &mut [Option<Rgb>]) -> Result<(), String> {
    for (key, item) in table {
        let Some(place) = names.iter().position(|name| *name == key) else {
            return Err(format!("there is no colour `{key}`; there are {}", names.join(", ")));
        };
        let read = item.as_str().and_then(hex);
        taken[place] = Some(read.ok_or_else(|| format!("`{key}` must be a colour such as \"#1b1d22\""))?);
    }
    Ok(())
}

/// `#1b1d22`, or `#fff`.
fn hex(text: &str) -> Option<Rgb> {
    let digits =
        text.trim().strip_prefix('#').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        6 => Some([(value >> 16) as u8, (value >> 8) as u8, value as u8]),
        3 => Some([(value >> 8) as u8, (value >> 4) as u8, value as u8].map(|digit| (digit & 15) * 17)),
        _ => None,
    }
}

macro_rules! builtin {
    ($($id:literal),*) => {
        [$(($id, include_str!(concat!("../../../assets/themes/", $id, ".toml")))),*]
    };
}

/// The files of the built-in themes; the first of each kind is what anything else falls back to.
const FILES: [(&str, &str); 8] =
    builtin!("dark", "light", "harbour", "ember", "paper", "frost", "contrast", "contrast-light");

/// The built-in themes.
pub fn builtin() -> &'static [ThemeFile] {
    static BUILTIN: LazyLock<Vec<ThemeFile>> =
        LazyLock::new(|| FILES.iter().filter_map(|(id, text)| ThemeFile::read(id, text).ok()).collect());
    &BUILTIN
}

/// How far apart two colours are for the eye, from 1 to 21: the contrast ratio of WCAG 2.
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let luminance = |colour: Rgb| {
        let linear = colour.map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_built_in_themes_are_complete_and_there_is_one_for_everybody() {
        assert_eq!(builtin().len(), FILES.len());
        for theme in builtin() {
            assert!(theme.window.iter().chain(&theme.code).all(Option::is_some), "{}", theme.id);
            assert_ne!(theme.name, theme.id, "it has a name for people");
        }
        let count = |dark| builtin().iter().filter(|theme| theme.dark == dark).count();
        assert!(count(true) >= 3 && count(false) >= 3);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let read = |text: &str| ThemeFile::read("mine", text);
        let theme = read("kind = 'light'\n[colors]\ntext = '#123'\n").unwrap();
        assert_eq!(
            (theme.name.as_str(), theme.dark, theme.window[4]),
            ("mine", false, Some([0x11, 0x22, 0x33]))
        );
        let wrong = |text: &str, said: &str| {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text:?}: {error}");
        };
        wrong("[colors", "no TOML");
        wrong("name = 'x'", "`kind` is missing");
        wrong("kind = 'blue'", "`kind` must be");
        wrong("kind = 'dark'\n[colors]\nbackgroud = '#000'", "no colour `backgroud`");
        wrong("kind = 'dark'\n[syntax]\ncomment = 'red'", "`comment` must be a colour");
        wrong("kind = 'dark'\n[syntax]\ncomment = '#12345'", "`comment` must be a colour");
        wrong("kind = 'dark'\nfoo = 1", "`foo` means nothing");
    }

    #[test]
    fn black_on_white_is_as_far_apart_as_can_be() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        assert!((contrast([9; 3], [9; 3]) - 1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn no_text_is_a_reason_to_fail(text in "\\PC{0,60}", key in "[a-z_]{1,8}", value in "\\PC{0,9}") {
            let _read = ThemeFile::read("x", &text);
            let _read = ThemeFile::read("x", &format!("kind = 'dark'\n[colors]\n{key} = '{value}'\n"));
        }
    }
}
