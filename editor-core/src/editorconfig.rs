//! What the `.editorconfig` files in and above a file's folder say of it. They are a stranger's: read as ordinary files of a sensible
//! size, and patterns that would take long to match are left out.

use std::path::Path;

use ec4rs::property::{EndOfLine, FinalNewline, IndentSize, IndentStyle, TabWidth, TrimTrailingWs};
use ec4rs::{ConfigParser, Properties, PropertiesSource};

use crate::buffer::LineEnding;
use crate::language::Indent;
use crate::regular;

/// Largest `.editorconfig` that is read, in bytes.
const MAX_BYTES: u64 = 128 * 1024;

/// Folders looked into, from the file's own up.
const MAX_FOLDERS: usize = 64;

/// Signs in a pattern that may each match in several ways, at most: matching tries their combinations.
const MAX_CHOICES: usize = 8;

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 400;

/// Widest indentation and tab that is obeyed, in columns.
const MAX_WIDTH: usize = 16;

/// What is said of a file; `None`: nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileConventions {
    /// One step of indentation.
    pub indent: Option<Indent>,
    /// Columns of a tab.
    pub tab_width: Option<usize>,
    /// Are blanks at the ends of lines deleted when it is saved?
    pub trim: Option<bool>,
    /// Does it end with a line break when it is saved?
    pub final_newline: Option<bool>,
    /// What lines end in.
    pub line_ending: Option<LineEnding>,
}

/// Reads what is said of a file. What cannot be read says nothing.
#[must_use]
pub fn of_file(path: &Path) -> FileConventions {
    let mut texts = Vec::new();
    for folder in path.ancestors().skip(1).take(MAX_FOLDERS) {
        let Ok(text) = regular::read_text(&folder.join(".editorconfig"), MAX_BYTES) else { continue };
        let text = tame(text.trim_start_matches('\u{feff}'));
        let is_root = ConfigParser::new(text.as_bytes()).is_ok_and(|parser| parser.is_root);
        texts.push((folder, text));
        if is_root {
            break;
        }
    }
    let mut properties = Properties::new();
    for (folder, text) in texts.iter().rev() {
        let (Ok(parser), Ok(own)) = (ConfigParser::new(text.as_bytes()), path.strip_prefix(folder)) else {
            continue;
        };
        // Behind a line that is none of the format's, what follows says nothing.
        for section in parser.map_while(Result::ok) {
            // It cannot fail: the section is in memory.
            drop((&section).apply_to(&mut properties, own));
        }
    }
    conventions(&mut properties)
}

fn conventions(properties: &mut Properties) -> FileConventions {
    properties.use_fallbacks();
    let width = |width: usize| (1..=MAX_WIDTH).contains(&width).then_some(width);
    let tab_width = match properties.get::<TabWidth>() {
        Ok(TabWidth::Value(own)) => width(own),
        Err(_) => None,
    };
    let size = match properties.get::<IndentSize>() {
        Ok(IndentSize::Value(own)) => width(own),
        Ok(IndentSize::UseTabWidth) => tab_width,
        Err(_) => None,
    };
    let spaces = || size.and_then(|size| u8::try_from(size).ok()).map(Indent::Spaces);
    let indent = match properties.get::<IndentStyle>() {
        Ok(IndentStyle::Tabs) => Some(Indent::Tabs),
        Ok(IndentStyle::Spaces) => spaces(),
        Err(_) => None,
    };
    let trim = match properties.get::<TrimTrailingWs>() {
        Ok(TrimTrailingWs::Value(own)) => Some(own),
        Err(_) => None,
    };
    let final_newline = match properties.get::<FinalNewline>() {
        Ok(FinalNewline::Value(own)) => Some(own),
        Err(_) => None,
    };
    let line_ending = match properties.get::<EndOfLine>() {
        Ok(EndOfLine::Lf) => Some(LineEnding::Lf),
        Ok(EndOfLine::CrLf) => Some(LineEnding::Crlf),
        Ok(EndOfLine::Cr) | Err(_) => None,
    };
    FileConventions { indent, tab_width, trim, final_newline, line_ending }
}

/// The text without the sections whose pattern could take long to match.
fn tame(text: &str) -> String {
    let mut is_kept = true;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        if line.trim_start().starts_with('[') {
            let choices = line.chars().filter(|c| matches!(c, '*' | '?' | '{' | ',')).count();
            is_kept = line.len() <= MAX_PATTERN && choices <= MAX_CHOICES * 4 && stars(line) <= MAX_CHOICES;
        }
        if is_kept {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn stars(pattern: &str) -> usize {
    pattern.chars().filter(|c| matches!(c, '*' | '{')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(configs: &[(&str, &str)], file: &str) -> FileConventions {
        let folder = tempfile::tempdir().unwrap();
        for (place, text) in configs {
            let place = folder.path().join(place);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join(".editorconfig"), text).unwrap();
        }
        of_file(&folder.path().join(file))
    }

    #[test]
    fn the_nearest_file_wins_and_a_root_ends_the_search() {
        let outer =
            "root = true\n[*]\nindent_style = space\nindent_size = 2\ntrim_trailing_whitespace = true\n";
        let inner = "[*.py]\nindent_size = 4\ninsert_final_newline = true\nend_of_line = crlf\n";
        let configs = [("", outer), ("a", inner)];
        let python = said(&configs, "a/x.py");
        assert_eq!(
            python,
            FileConventions {
                indent: Some(Indent::Spaces(4)),
                tab_width: Some(4),
                trim: Some(true),
                final_newline: Some(true),
                line_ending: Some(LineEnding::Crlf),
            }
        );
        assert_eq!(said(&configs, "a/x.rs").indent, Some(Indent::Spaces(2)));
        assert_eq!(said(&[("", outer), ("a", "root = true\n")], "a/x.py"), FileConventions::default());
    }

    #[test]
    fn tabs_globs_and_nonsense_are_understood() {
        let config = "[{Makefile,*.mk}]\nindent_style = tab\ntab_width = 8\n[lib/**.js]\nindent_style = space\nindent_size = 0\n";
        assert_eq!(said(&[("", config)], "Makefile").indent, Some(Indent::Tabs));
        assert_eq!(said(&[("", config)], "x.mk").tab_width, Some(8));
        assert_eq!(said(&[("", config)], "lib/a/b.js").indent, None, "no step is no indentation");
        assert_eq!(
            said(&[("", "\u{feff}[*]\nindent_style = unset\ntab_width = x\n")], "a"),
            FileConventions::default()
        );
    }

    #[test]
    fn what_is_hostile_says_nothing_and_takes_no_time() {
        let start = std::time::Instant::now();
        let wild = format!("[{}b]\nindent_style = tab\n[*]\nindent_style = tab\n", "*a".repeat(100));
        assert_eq!(
            said(&[("", &wild)], &"a".repeat(200)).indent,
            Some(Indent::Tabs),
            "the other section counts"
        );
        let nested = format!("[{}]\nindent_style = tab\n", "{a,aa}".repeat(60));
        assert_eq!(said(&[("", &nested)], &"a".repeat(90)), FileConventions::default());
        let huge = format!("[*]\nindent_style = tab\n#{}", "x".repeat(MAX_BYTES as usize));
        assert_eq!(said(&[("", &huge)], "a"), FileConventions::default());
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".editorconfig")).unwrap();
        assert_eq!(of_file(&folder.path().join("a")), FileConventions::default());
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::fs::remove_dir(folder.path().join(".editorconfig")).unwrap();
        std::fs::rename(pipe, folder.path().join(".editorconfig")).unwrap();
        assert_eq!(of_file(&folder.path().join("a")), FileConventions::default());
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}
