//! What stands before the name of a file: a sign for its kind, in a colour of the code. A small set from the icon font at hand; what is
//! not known is a sheet of paper.

use egui::Color32;

use super::icons;
use super::theme::Theme;

/// The colour of a sign, as one of the code's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ink {
    Quiet,
    Keyword,
    String,
    Number,
    Function,
    Type,
    Constant,
}

/// How a kind of file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIcon {
    /// From the icon font.
    pub sign: char,
    ink: Ink,
}

impl FileIcon {
    /// Its colour.
    pub fn colour(self, theme: &Theme) -> Color32 {
        match self.ink {
            Ink::Quiet => theme.muted,
            Ink::Keyword => theme.syntax.keyword,
            Ink::String => theme.syntax.string,
            Ink::Number => theme.syntax.number,
            Ink::Function => theme.syntax.function,
            Ink::Type => theme.syntax.type_,
            Ink::Constant => theme.syntax.constant,
        }
    }
}

/// Names that say more than their ends, in small letters.
const NAMES: &[(&str, char, Ink)] = &[
    ("cargo.toml", icons::PACKAGE, Ink::Number),
    ("cargo.lock", icons::LOCK, Ink::Quiet),
    ("package.json", icons::PACKAGE, Ink::String),
    ("package-lock.json", icons::LOCK, Ink::Quiet),
    ("yarn.lock", icons::LOCK, Ink::Quiet),
    ("go.mod", icons::PACKAGE, Ink::Function),
    ("go.sum", icons::LOCK, Ink::Quiet),
    ("pyproject.toml", icons::PACKAGE, Ink::Function),
    ("makefile", icons::HAMMER, Ink::Number),
    ("justfile", icons::HAMMER, Ink::Number),
    ("cmakelists.txt", icons::HAMMER, Ink::Number),
    ("dockerfile", icons::CONTAINER, Ink::Function),
    ("containerfile", icons::CONTAINER, Ink::Function),
    ("readme.md", icons::BOOK_OPEN, Ink::Function),
    ("readme", icons::BOOK_OPEN, Ink::Function),
    ("changelog.md", icons::HISTORY, Ink::Quiet),
    (".gitignore", icons::GIT_BRANCH, Ink::Number),
    (".gitattributes", icons::GIT_BRANCH, Ink::Number),
    (".gitmodules", icons::GIT_BRANCH, Ink::Number),
    (".editorconfig", icons::SETTINGS, Ink::Quiet),
    (".env", icons::KEY, Ink::Number),
];

/// Ends of names, in small letters.
const ENDS: &[(&[&str], char, Ink)] = &[
    (&["rs"], icons::FILE_CODE, Ink::Number),
    (&["py", "pyi", "pyw"], icons::FILE_CODE, Ink::Function),
    (&["js", "mjs", "cjs", "jsx"], icons::FILE_CODE, Ink::Constant),
    (&["ts", "tsx", "mts", "cts"], icons::FILE_CODE, Ink::Function),
    (&["go"], icons::FILE_CODE, Ink::Type),
    (&["c", "h", "cc", "cpp", "cxx", "hpp", "hh"], icons::FILE_CODE, Ink::Type),
    (&["java", "kt", "kts", "scala", "groovy"], icons::FILE_CODE, Ink::Constant),
    (&["cs", "fs", "vb"], icons::FILE_CODE, Ink::Keyword),
    (&["rb", "erb"], icons::GEM, Ink::Constant),
    (&["php"], icons::FILE_CODE, Ink::Keyword),
    (
        &["swift", "zig", "lua", "dart", "ex", "exs", "hs", "ml", "jl", "r", "nim"],
        icons::FILE_CODE,
        Ink::Number,
    ),
    (&["html", "htm", "xhtml", "vue", "svelte"], icons::GLOBE, Ink::Number),
    (&["xml", "xsl", "xsd"], icons::CODE, Ink::Number),
    (&["css", "scss", "sass", "less"], icons::PALETTE, Ink::Function),
    (&["json", "jsonc", "json5", "jsonl", "ndjson"], icons::FILE_JSON, Ink::Number),
    (&["toml", "yaml", "yml", "ini", "cfg", "conf", "properties"], icons::SETTINGS, Ink::Quiet),
    (&["md", "markdown", "rst", "adoc", "tex", "org"], icons::FILE_TEXT, Ink::Function),
    (&["txt", "log"], icons::FILE_TEXT, Ink::Quiet),
    (&["sh", "bash", "zsh", "fish", "ps1", "bat", "cmd"], icons::TERMINAL, Ink::String),
    (&["sql", "db", "sqlite", "sqlite3"], icons::DATABASE, Ink::Constant),
    (&["csv", "tsv", "xls", "xlsx", "ods", "parquet"], icons::TABLE, Ink::String),
    (&["png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "bmp", "avif", "tiff"], icons::IMAGE, Ink::Type),
    (&["mp3", "wav", "ogg", "flac", "m4a"], icons::FILE_MUSIC, Ink::Keyword),
    (&["mp4", "mkv", "webm", "mov", "avi"], icons::VIDEO, Ink::Keyword),
    (&["ttf", "otf", "woff", "woff2"], icons::TYPE, Ink::Constant),
    (&["zip", "tar", "gz", "xz", "zst", "bz2", "7z", "rar", "jar"], icons::ARCHIVE, Ink::Number),
    (&["gguf", "bin", "exe", "dll", "so", "o", "a", "wasm", "safetensors"], icons::BINARY, Ink::Quiet),
    (&["pem", "crt", "key", "pub", "asc", "gpg"], icons::KEY, Ink::Number),
    (&["lock"], icons::LOCK, Ink::Quiet),
    (&["diff", "patch", "rej"], icons::FILE_DIFF, Ink::String),
    (&["pdf", "epub"], icons::BOOK_OPEN, Ink::Constant),
];

/// The sign for a file of this name; of a path what stands behind the last slash counts.
pub fn of(name: &str) -> FileIcon {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let known = NAMES.iter().find(|(known, ..)| *known == name).map(|(_, sign, ink)| (*sign, *ink));
    let end = name.rsplit_once('.').map(|(_, end)| end).unwrap_or_default();
    let by_end = || ENDS.iter().find(|(ends, ..)| ends.contains(&end)).map(|(_, sign, ink)| (*sign, *ink));
    let (sign, ink) = known.or_else(by_end).unwrap_or((icons::FILE, Ink::Quiet));
    FileIcon { sign, ink }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_before_ends_and_what_is_not_known_is_paper() {
        let sign = |name: &str| of(name).sign;
        assert_eq!(sign("src/Main.RS"), icons::FILE_CODE);
        assert_eq!(sign("/a/Cargo.toml"), icons::PACKAGE);
        assert_eq!(sign("other.toml"), icons::SETTINGS);
        assert_eq!(sign("Dockerfile"), icons::CONTAINER);
        assert_eq!([sign("x.unknown"), sign("noend"), sign(""), sign("a.b/")], [icons::FILE; 4]);
        assert_ne!(of("a.rs"), of("a.py"), "they differ in colour");
    }

    #[test]
    fn no_end_and_no_name_stands_for_two_things() {
        let ends: Vec<&str> = ENDS.iter().flat_map(|(ends, ..)| ends.iter().copied()).collect();
        let names = NAMES.iter().map(|(name, ..)| *name);
        for all in [ends, names.collect()] {
            let set: std::collections::HashSet<&&str> = all.iter().collect();
            assert_eq!(set.len(), all.len(), "{all:?}");
            assert!(all.iter().all(|word| *word == word.to_ascii_lowercase()));
        }
    }
}
