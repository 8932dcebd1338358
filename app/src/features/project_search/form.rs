//! What is asked: the fields and switches of the panel, and the patterns that were looked for before.

use std::path::PathBuf;

use search::page::MAX_CONTEXT;
use search::query::Case;
use search::{Globs, SearchQuery};

use super::FormErrors;

/// A field of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchField {
    /// What is looked for.
    Pattern,
    /// What comes in its place.
    Replacement,
    /// Patterns of files to search.
    Include,
    /// Patterns of files to leave out.
    Exclude,
}

/// A switch of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchSwitch {
    /// Capitals: they matter when the pattern has one, always, never.
    Case,
    /// Whole words.
    Word,
    /// Regular expression.
    Regex,
    /// The line with the replacement.
    Replace,
    /// Capitals of what is replaced are kept.
    KeepCase,
    /// The lines with patterns of files.
    Files,
    /// What begins with a dot.
    Hidden,
    /// What git is told to ignore.
    Ignored,
    /// Open files only.
    OnlyOpen,
    /// Files only that differ from what was committed.
    OnlyChanged,
    /// Shows the lines of all files, or their heads alone.
    Collapse,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchForm {
    /// What is looked for, and how.
    pub query: SearchQuery,
    /// Is the line with the replacement shown?
    pub replaces: bool,
    /// What comes in the place of what is found.
    pub replacement: String,
    /// Capitals of what is replaced are kept.
    pub keep_case: bool,
    /// Are the lines with patterns of files shown?
    pub shows_files: bool,
    /// Patterns of files to search.
    pub include: String,
    /// Patterns of files to leave out.
    pub exclude: String,
    /// Also what begins with a dot.
    pub hidden: bool,
    /// Also what git is told to ignore.
    pub ignored: bool,
    /// Open files only.
    pub only_open: bool,
    /// Files only that differ from what was committed.
    pub only_changed: bool,
    /// This folder only.
    pub folder: Option<PathBuf>,
    /// Lines around each hit.
    pub context: usize,
}

impl Default for SearchForm {
    fn default() -> Self {
        SearchForm {
            query: SearchQuery::default(),
            replaces: false,
            replacement: String::new(),
            keep_case: false,
            shows_files: false,
            include: String::new(),
            exclude: String::new(),
            hidden: false,
            ignored: false,
            only_open: false,
            only_changed: false,
            folder: None,
            context: 1,
        }
    }
}

impl SearchForm {
    /// What of it a search depends on.
    pub fn asked(&self) -> SearchForm {
        let own = SearchForm::default();
        SearchForm {
            replaces: own.replaces,
            replacement: own.replacement,
            keep_case: own.keep_case,
            shows_files: own.shows_files,
            ..self.clone()
        }
    }

    /// The text of a field.
    pub fn field(&self, field: SearchField) -> &String {
        match field {
            SearchField::Pattern => &self.query.pattern,
            SearchField::Replacement => &self.replacement,
            SearchField::Include => &self.include,
            SearchField::Exclude => &self.exclude,
        }
    }

    /// Writes a field.
    pub fn type_into(&mut self, field: SearchField, text: String) {
        *match field {
            SearchField::Pattern => &mut self.query.pattern,
            SearchField::Replacement => &mut self.replacement,
            SearchField::Include => &mut self.include,
            SearchField::Exclude => &mut self.exclude,
        } = text;
    }

    /// Turns a switch.
    pub fn switch(&mut self, switch: SearchSwitch) {
        let flag = match switch {
            SearchSwitch::Case => {
                self.query.case = match self.query.case {
                    Case::Smart => Case::Sensitive,
                    Case::Sensitive => Case::Insensitive,
                    Case::Insensitive => Case::Smart,
                };
                return;
            }
            SearchSwitch::Collapse => return,
            SearchSwitch::Word => &mut self.query.whole_word,
            SearchSwitch::Regex => &mut self.query.regex,
            SearchSwitch::Replace => &mut self.replaces,
            SearchSwitch::KeepCase => &mut self.keep_case,
            SearchSwitch::Files => &mut self.shows_files,
            SearchSwitch::Hidden => &mut self.hidden,
            SearchSwitch::Ignored => &mut self.ignored,
            SearchSwitch::OnlyOpen => &mut self.only_open,
            SearchSwitch::OnlyChanged => &mut self.only_changed,
        };
        *flag ^= true;
    }

    /// This many lines around each hit, as far as there may be.
    pub fn set_context(&mut self, lines: usize) {
        self.context = lines.min(MAX_CONTEXT);
    }

    /// The patterns of files, or what is wrong in which field.
    pub fn globs(&self, wrong: &mut FormErrors) -> Option<Globs> {
        wrong.include = Globs::new(&self.include, "").err();
        wrong.exclude = Globs::new("", &self.exclude).err();
        Globs::new(&self.include, &self.exclude).ok()
    }
}

/// Most patterns that are remembered.
const MAX_PATTERNS: usize = 50;

/// Patterns that were looked for, the latest last.
#[derive(Clone, Debug, Default)]
pub struct SearchHistory {
    patterns: Vec<String>,
    /// The one that is shown, and what was typed before it was fetched.
    at: Option<(usize, String)>,
}

impl SearchHistory {
    /// Remembers a pattern as the latest.
    pub fn note(&mut self, pattern: &str) {
        self.at = None;
        if pattern.is_empty() {
            return;
        }
        self.patterns.retain(|known| known != pattern);
        self.patterns.push(pattern.to_owned());
        if self.patterns.len() > MAX_PATTERNS {
            self.patterns.remove(0);
        }
    }

    /// An earlier pattern than the one that is shown, or a later; behind the latest what was typed.
    pub fn step(&mut self, earlier: bool, typed: &str) -> Option<String> {
        let last = self.patterns.len();
        let (at, typed) = self.at.clone().unwrap_or_else(|| (last, typed.to_owned()));
        let mut next = if earlier { at.checked_sub(1)? } else { at + 1 };
        // What stands there already is no other.
        if earlier && at == last && self.patterns.get(next) == Some(&typed) {
            next = next.checked_sub(1)?;
        }
        self.at = (next < last).then(|| (next, typed.clone()));
        let behind = (at < last && next >= last).then_some(typed);
        self.patterns.get(next).cloned().or(behind)
    }

    /// Something was typed: the next earlier pattern is the latest again.
    pub fn forget_place(&mut self) {
        self.at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_patterns_come_back_and_what_was_typed_is_not_lost() {
        let mut history = SearchHistory::default();
        assert_eq!(history.step(true, "x"), None);
        for pattern in ["one", "two", "", "three", "two"] {
            history.note(pattern);
        }
        let mut step = |earlier, typed: &str| history.step(earlier, typed).unwrap_or("-".into());
        assert_eq!([step(true, "fo"), step(true, ""), step(true, "")], ["two", "three", "one"]);
        assert_eq!(step(true, "one"), "-", "there is none before");
        assert_eq!([step(false, ""), step(false, ""), step(false, "")], ["three", "two", "fo"]);
        assert_eq!([step(false, ""), step(true, "two")], ["-", "three"], "two stands there already");
        for number in 0..100 {
            history.note(&number.to_string());
        }
        assert_eq!((history.patterns.len(), history.step(true, "x")), (MAX_PATTERNS, Some("99".to_owned())));
    }

    #[test]
    fn each_field_says_what_is_wrong_in_it() {
        let mut form = SearchForm { include: "*.rs".into(), exclude: "{a".into(), ..SearchForm::default() };
        let mut wrong = FormErrors::default();
        assert!(form.globs(&mut wrong).is_none());
        assert!(wrong.include.is_none() && wrong.exclude.as_ref().is_some_and(|bad| bad.at == Some(0..2)));
        form.exclude.clear();
        assert!(form.globs(&mut wrong).is_some() && wrong == FormErrors::default());
    }
}
