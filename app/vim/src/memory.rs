//! What the keys keep between them: the line that is being typed, what was searched for and substituted, and what is asked about.

/// A line that is being typed.
#[derive(Clone, Debug)]
pub(crate) struct CommandLine {
    /// `:`, `/` or `?`.
    pub kind: char,
    pub text: String,
    /// Where its caret stands, in characters.
    pub caret: usize,
    /// How many lines back in what was typed before.
    pub back: usize,
}

impl CommandLine {
    pub fn new(kind: char, text: &str) -> Self {
        Self { kind, text: text.to_owned(), caret: text.chars().count(), back: 0 }
    }

    pub fn byte(&self, chars: usize) -> usize {
        self.text.char_indices().nth(chars).map_or(self.text.len(), |(byte, _)| byte)
    }

    pub fn delete(&mut self, from: usize) {
        let (start, end) = (self.byte(from), self.byte(self.caret));
        self.text.replace_range(start..end, "");
        self.caret = from;
    }

    pub fn insert(&mut self, c: char) {
        let at = self.byte(self.caret);
        self.text.insert(at, c);
        self.caret += 1;
    }

    /// Where the word before the caret starts.
    pub fn word_start(&self) -> usize {
        let before: Vec<char> = self.text.chars().take(self.caret).collect();
        let filled = before.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1);
        let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
        let Some(last) = filled.checked_sub(1).map(|last| before[last]) else { return 0 };
        let kind = is_word(&last);
        before[..filled].iter().rposition(|c| c.is_whitespace() || is_word(c) != kind).map_or(0, |at| at + 1)
    }
}

/// What was searched for last, and which way.
#[derive(Clone, Debug)]
pub(crate) struct LastSearch {
    pub pattern: String,
    pub back: bool,
}

/// What `:s` did last.
#[derive(Clone, Debug)]
pub(crate) struct Substitution {
    pub pattern: String,
    pub replacement: String,
}

/// One place that would change.
#[derive(Clone, Debug)]
pub(crate) struct MatchPlace {
    /// In characters of the text as it was when the search was made.
    pub start: usize,
    pub end: usize,
    pub text: String,
}

/// Places that are asked about, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Confirming {
    pub places: Vec<MatchPlace>,
    /// The one that is asked about.
    pub at: usize,
    /// How far the places have moved by what was changed before them.
    pub grown: isize,
    pub replacement: String,
}

impl Confirming {
    /// What is asked.
    pub fn question(&self) -> String {
        format!("Replace with {} (y/n/a/q/l)?", self.replacement)
    }
}

impl MatchPlace {
    /// By how much the text grows.
    pub fn growth(&self) -> isize {
        self.text.chars().count() as isize - (self.end - self.start) as isize
    }

    pub fn moved(&self, by: isize) -> MatchPlace {
        MatchPlace {
            start: self.start.saturating_add_signed(by),
            end: self.end.saturating_add_signed(by),
            text: self.text.clone(),
        }
    }
}
