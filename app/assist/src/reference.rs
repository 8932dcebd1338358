//! Files that the user adds to a request by name: `@src/parser.py` in the instruction.
//!
//! What does not fit is cut at whole lines and told; nothing is added that was not named.

use std::sync::Arc;

use editor_core::file::OpenError;
use ipc::protocol::PromptReport;

/// Most characters of one file in a prompt: about 1,500 tokens.
const MAX: usize = 5_000;
/// Most files of one request.
const MAX_FILES: usize = 4;

/// The names in an instruction, without their `@`, each once.
pub fn mentions(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let name =
            word.strip_prefix('@').map(|name| name.trim_end_matches([',', '.', ';', ':', ')', '?', '!']));
        if let Some(name) = name.filter(|name| !name.is_empty() && !found.contains(name)) {
            found.push(name);
        }
    }
    found
}

/// The name that is being typed at the end of a text, without its `@`.
pub fn unfinished(text: &str) -> Option<&str> {
    let word = text.rsplit(char::is_whitespace).next()?;
    word.strip_prefix('@')
}

/// The text with the name at its end replaced.
pub fn finished(text: &str, name: &str) -> String {
    let start = text.len() - unfinished(text).map_or(0, str::len);
    format!("{}{name} ", &text[..start])
}

/// An instruction without the signs before names, as the model reads it.
pub fn plain(text: &str) -> String {
    let word = |word: &str| match word.strip_prefix('@') {
        Some(name) if !name.trim().is_empty() => name.to_owned(),
        _ => word.to_owned(),
    };
    text.split_inclusive(char::is_whitespace).map(word).collect()
}

/// Why a file that was named is not in a prompt. Each is what is said after the file's name.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReferenceError {
    /// No file of the folder has this name.
    #[error("is not in this folder")]
    NotInFolder,
    /// It was named just now.
    #[error("is being read")]
    BeingRead,
    /// No model would read it whole.
    #[error("is too large")]
    TooLarge,
    /// It can be opened for reading only, as what is not text is.
    #[error("is not a text that can be edited")]
    NoText,
    /// The system said no.
    #[error("cannot be read: {0}")]
    Unreadable(Arc<OpenError>),
}

impl From<OpenError> for ReferenceError {
    fn from(error: OpenError) -> ReferenceError {
        ReferenceError::Unreadable(Arc::new(error))
    }
}

/// A file that was named, as far as it goes into a prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// What the prompt says of all files.
    pub text: String,
    /// What was left out of them, in sentences without a full stop.
    pub notes: Vec<String>,
}

impl Added {
    /// Files by name, each with its text or why there is none.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, Result<String, ReferenceError>)>) -> Added {
        let mut added = Added::default();
        for (index, (name, text)) in files.into_iter().enumerate() {
            match text {
                _ if index >= MAX_FILES => {
                    added.notes.push(format!("the file {name} is left out: {MAX_FILES} files at most"));
                }
                Ok(text) => added.add(name, &text),
                Err(error) => added.notes.push(format!("the file {name} {error}")),
            }
        }
        added
    }

    fn add(&mut self, name: &str, text: &str) {
        let end = text
            .char_indices()
            .nth(MAX)
            .map_or(text.len(), |(end, _)| text[..end].rfind('\n').map_or(end, |line| line + 1));
        let kept = &text[..end];
        if end < text.len() {
            let (shown, all) = (kept.lines().count(), text.lines().count());
            let [shown, all] = [shown, all].map(|lines| ground::words::grouped(lines as u64));
            self.notes.push(format!("only the first {shown} of {all} lines of {name}"));
        }
        let gap = if self.text.is_empty() { "" } else { "\n\n" };
        self.text += &format!("{gap}File {name}:\n{}", kept.trim_end());
    }
}

/// What the worker left out of a prompt, in words; `None` when it is whole.
pub fn left_out(report: &PromptReport) -> Option<String> {
    let parts = [
        (report.trimmed_reference, "of reference"),
        (report.trimmed_before, "of the file before it"),
        (report.trimmed_after, "of the file after it"),
    ];
    let words: Vec<String> = parts
        .into_iter()
        .filter(|(bytes, _)| *bytes > 0)
        .map(|(bytes, what)| format!("{} {what}", ground::words::bytes(bytes)))
        .collect();
    (!words.is_empty()).then(|| format!("{} left out: the context is full", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_finished_and_made_plain() {
        assert_eq!(mentions("Use @a.py, as @src/b.rs does (not a@b.c) @"), ["a.py", "src/b.rs"]);
        assert_eq!(unfinished("like @src/b"), Some("src/b"));
        assert_eq!(unfinished("like @"), Some(""));
        assert_eq!(unfinished("like @src/b "), None);
        assert_eq!(finished("like @sr", "src/b.rs"), "like @src/b.rs ");
        assert_eq!(plain("Use @a.py, as\n@src/b.rs @"), "Use a.py, as\nsrc/b.rs @");
    }

    #[test]
    fn long_files_are_cut_at_lines_and_it_is_said() {
        let long = "x = 1\n".repeat(2000);
        let missing = Err(ReferenceError::NotInFolder);
        let added = Added::new([("a.py", Ok("y".into())), ("b.py", Ok(long)), ("c.py", missing)]);
        assert!(added.text.starts_with("File a.py:\ny\n\nFile b.py:\nx = 1\n"));
        assert!(added.text.len() < MAX + 100 && added.text.ends_with("x = 1"));
        assert_eq!(
            added.notes,
            ["only the first 833 of 2,000 lines of b.py", "the file c.py is not in this folder"]
        );
        let many = (0..6).map(|_| ("a", Ok("b".to_owned())));
        assert_eq!(Added::new(many).notes.len(), 2);
    }

    #[test]
    fn what_the_worker_left_out_is_named() {
        let report = PromptReport { trimmed_before: 1200, trimmed_reference: 10, ..PromptReport::default() };
        let words = "10 B of reference, 1.2 kB of the file before it left out: the context is full";
        assert_eq!(left_out(&report).as_deref(), Some(words));
        assert_eq!(left_out(&PromptReport::default()), None);
    }
}
