//! A list narrowed by typing: what was open lately, the installed models, the encodings.

use std::path::PathBuf;

use editor_core::file::{Encoding, Format};
use git::ObjectId;
use git::branches::BranchTarget;
use ground::command::Command;
use ground::ids::TabId;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::TabContent;

/// What stands at the right of a row that was made of what was typed.
const MADE: &str = "new";
/// Most rows that are kept after narrowing.
const MAX_SHOWN: usize = 500;

/// What choosing a row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Runs a command.
    Command(Command),
    /// Opens a file.
    File(PathBuf),
    /// Shows a folder in the sidebar.
    Folder(PathBuf),
    /// Makes the model with this id the one in use.
    Model(String),
    /// Goes to the review of this tab.
    Review(TabId),
    /// Saves this tab's text under a name.
    Name(TabId, String),
    /// Makes the profile with this name the one in use.
    Profile(String),
    /// Gives the window this theme.
    Theme(String),
    /// Reads this tab's file again in an encoding.
    Reopen(TabId, Encoding),
    /// Writes this tab's text in a format.
    SaveIn(TabId, Format),
    /// Brings this tab to the front.
    Tab(TabContent),
    /// Goes to the bookmark with this index.
    Bookmark(usize),
    /// Runs the listed task with this index.
    Task(usize),
    /// Goes to the listed problem with this index.
    Problem(usize),
    /// Switches to a branch, or makes it.
    Branch(BranchTarget),
    /// Has this done at each result of the search.
    ChangeResults(String),
    /// Does this with changes that were put aside.
    Stash(StashDeed, ObjectId),
}

/// What is done with changes that were put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StashDeed {
    /// They come back and are kept aside as well.
    Apply,
    /// They come back.
    Pop,
    /// They are given up.
    Drop,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The text that is matched and shown.
    pub text: String,
    /// Quieter text behind it; matched too.
    pub detail: String,
    /// Text at the right end: a key, a size.
    pub right: String,
    /// What choosing it does.
    pub choice: Choice,
}

/// What kind of list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickerKind {
    /// Files of the folder.
    Files,
    /// Installed models.
    Models,
    /// Names for a file.
    Names,
    /// Profiles.
    Profiles,
    /// Reviews of all tabs.
    Reviews,
    /// What is done with another encoding.
    Encoding,
    /// Encodings to read a file in.
    ReopenWith,
    /// Encodings to write a text in.
    SaveWith,
    /// Open tabs.
    Tabs,
    /// Bookmarks.
    Bookmarks,
    /// A feature's own, with the words that it brings.
    Own(&'static ListWords),
}

/// What a list of a feature's own says, when its rows need nothing but their [`Choice`].
#[derive(Debug, PartialEq, Eq)]
pub struct ListWords {
    /// What shows the list; its name is the list's.
    pub command: Command,
    /// What stands in the empty field.
    pub hint: &'static str,
    /// What an empty list says.
    pub empty: &'static str,
}

impl PickerKind {
    /// Accessible name of the list.
    pub fn title(self) -> &'static str {
        match self {
            PickerKind::Files => "Go to file",
            PickerKind::Models => "Switch model",
            PickerKind::Names => "Names for the file, based on how it begins",
            PickerKind::Profiles => "Switch profile",
            PickerKind::Reviews => "Reviews",
            PickerKind::Encoding => Command::ChangeEncoding.name(),
            PickerKind::ReopenWith => Command::ReopenWithEncoding.name(),
            PickerKind::SaveWith => Command::SaveWithEncoding.name(),
            PickerKind::Tabs => Command::ListTabs.name(),
            PickerKind::Bookmarks => Command::Bookmarks.name(),
            PickerKind::Own(words) => words.command.name(),
        }
    }

    /// What stands in the empty field.
    pub fn hint(self) -> &'static str {
        match self {
            PickerKind::Files => "Type part of a file name",
            PickerKind::Models => "Type part of a model's name",
            PickerKind::Names => "Choose a name; the folder comes next",
            PickerKind::Profiles => "Type part of a profile's name",
            PickerKind::Reviews => "Type part of a file name",
            PickerKind::Encoding => "Choose what to do; the encoding comes next",
            PickerKind::ReopenWith => "Reopen the file as: type part of the name of an encoding or a script",
            PickerKind::Tabs => "Type part of a name",
            PickerKind::Bookmarks => "Type part of a name or of a line",
            PickerKind::Own(words) => words.hint,
            PickerKind::SaveWith => "Save the file as: type part of the name of an encoding or a script",
        }
    }
}

/// A list narrowed by typing.
#[derive(Clone, Debug)]
pub struct Picker {
    /// What kind of list.
    pub kind: PickerKind,
    /// What was typed.
    pub query: String,
    /// Index into [`Picker::shown`] of the row that Enter takes.
    pub current: usize,
    /// True while more rows are on their way.
    pub loading: bool,
    items: Vec<Item>,
    shown: Vec<Shown>,
    /// Makes a row of what was typed, for what is not in the list.
    made: Option<fn(&str) -> Item>,
}

/// A row that matches, and the chars of its texts that do.
#[derive(Clone, Debug)]
struct Shown {
    index: usize,
    marks: Vec<usize>,
    detail_marks: Vec<usize>,
}

impl Picker {
    /// A list with nothing typed yet.
    pub fn new(kind: PickerKind, items: Vec<Item>) -> Picker {
        let mut picker = Picker {
            kind,
            query: String::new(),
            current: 0,
            loading: false,
            items: Vec::new(),
            shown: Vec::new(),
            made: None,
        };
        picker.set_items(items);
        picker
    }

    /// The list has, as its last row, what `make` makes of what was typed, unless a row is called so.
    #[must_use]
    pub fn making(mut self, make: fn(&str) -> Item) -> Picker {
        self.made = Some(make);
        self
    }

    /// Replaces the rows.
    pub fn set_items(&mut self, items: Vec<Item>) {
        self.items = items;
        self.narrow();
    }

    /// Narrows the list to what matches.
    pub fn set_query(&mut self, query: String) {
        self.query = query;
        self.current = 0;
        self.narrow();
    }

    /// Moves the current row, over the ends.
    pub fn step(&mut self, by: isize) {
        let len = self.shown.len() as isize;
        if len > 0 {
            self.current = (self.current as isize + by).rem_euclid(len) as usize;
        }
    }

    /// The rows that match, the best first.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.shown.iter().map(|shown| &self.items[shown.index])
    }

    /// The row with this index among the shown ones.
    pub fn get(&self, index: usize) -> Option<&Item> {
        self.shown.get(index).map(|shown| &self.items[shown.index])
    }

    /// The chars of its text that match, and of the quieter text behind it.
    pub fn marks(&self, index: usize) -> (&[usize], &[usize]) {
        self.shown.get(index).map_or((&[], &[]), |shown| (&shown.marks, &shown.detail_marks))
    }

    /// The row for what was typed is the last one of all.
    fn make_row(&mut self) -> Option<usize> {
        let make = self.made?;
        if self.items.last().is_some_and(|item| item.right == MADE) {
            self.items.pop();
        }
        let typed = self.query.trim();
        if typed.is_empty() || self.items.iter().any(|item| item.text == typed) {
            return None;
        }
        self.items.push(Item { right: MADE.to_owned(), ..make(typed) });
        Some(self.items.len() - 1)
    }

    fn narrow(&mut self) {
        let made = self.make_row();
        let pattern = Pattern::parse(self.query.trim(), CaseMatching::Smart, Normalization::Smart);
        let config =
            if self.kind == PickerKind::Files { Config::DEFAULT.match_paths() } else { Config::DEFAULT };
        let mut matcher = Matcher::new(config);
        let mut buffer = Vec::new();
        let mut indices = |text: &str| {
            let mut marks = Vec::new();
            let score = pattern.indices(Utf32Str::new(text, &mut buffer), &mut matcher, &mut marks)?;
            marks.sort_unstable();
            marks.dedup();
            Some((score, marks.into_iter().map(|mark| mark as usize).collect::<Vec<_>>()))
        };
        let mut found: Vec<(bool, u32, Shown)> = Vec::new();
        for (index, item) in self.items.iter().enumerate().filter(|(index, _)| Some(*index) != made) {
            let chars = item.text.chars().count();
            let own = indices(&item.text).map(|(score, marks)| (false, score, marks));
            // What is found with the help of the quieter text comes behind what is found by its own.
            let whole = || {
                indices(&format!("{} {}", item.text, item.detail)).map(|(score, marks)| (true, score, marks))
            };
            let Some((is_behind, score, marks)) = own.or_else(whole) else { continue };
            let (marks, behind): (Vec<_>, Vec<_>) = marks.into_iter().partition(|mark| *mark < chars);
            let detail_marks = behind.into_iter().filter_map(|mark| mark.checked_sub(chars + 1)).collect();
            found.push((is_behind, score, Shown { index, marks, detail_marks }));
        }
        found.sort_by_key(|(is_behind, score, shown)| (*is_behind, std::cmp::Reverse(*score), shown.index));
        found.truncate(MAX_SHOWN);
        self.shown = found.into_iter().map(|(.., shown)| shown).collect();
        self.shown.extend(made.map(|index| Shown { index, marks: Vec::new(), detail_marks: Vec::new() }));
        self.current = self.current.min(self.shown.len().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(texts: &[&str]) -> Picker {
        let item = |text: &&str| Item {
            text: (*text).to_owned(),
            detail: String::new(),
            right: String::new(),
            choice: Choice::Profile((*text).to_owned()),
        };
        Picker::new(PickerKind::Profiles, texts.iter().map(item).collect())
    }

    #[test]
    fn the_best_match_comes_first() {
        let mut picker = picker(&["Balanced and fair", "Fast", "Air"]);
        for (query, first) in [("fas", "Fast"), ("air", "Air"), ("fair", "Balanced and fair")] {
            picker.set_query(query.to_owned());
            assert_eq!(picker.get(0).map(|item| item.text.as_str()), Some(first), "for {query}");
        }
    }

    #[test]
    fn what_matches_is_marked_and_the_name_counts_before_what_stands_behind_it() {
        let mut picker = picker(&["notes.md", "shop"]);
        picker.items[0].detail = "~/shop".into();
        picker.set_items(picker.items.clone());
        picker.set_query("shop".into());
        let texts: Vec<&str> = picker.shown().map(|item| item.text.as_str()).collect();
        assert_eq!(texts, ["shop", "notes.md"]);
        assert_eq!(picker.marks(0), (&[0, 1, 2, 3][..], &[][..]));
        assert_eq!(picker.marks(1), (&[][..], &[2, 3, 4, 5][..]));
    }

    #[test]
    fn what_is_not_there_can_be_made() {
        let make = |typed: &str| Item {
            text: format!("Create {typed}"),
            detail: String::new(),
            right: String::new(),
            choice: Choice::Profile(typed.to_owned()),
        };
        let mut picker = picker(&["main", "topic"]).making(make);
        let texts = |picker: &Picker| picker.shown().map(|item| item.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&picker), ["main", "topic"]);
        picker.set_query("top".into());
        assert_eq!(texts(&picker), ["topic", "Create top"]);
        picker.set_query("topic".into());
        assert_eq!(texts(&picker), ["topic"], "there is one by this name");
        picker.set_query("new one".into());
        assert_eq!(texts(&picker), ["Create new one"]);
        picker.set_query(String::new());
        assert_eq!(texts(&picker), ["main", "topic"]);
    }

    #[test]
    fn steps_go_over_the_ends() {
        let mut picker = picker(&["a", "b", "c"]);
        picker.step(-1);
        assert_eq!(picker.current, picker.shown().len() - 1);
        picker.step(1);
        assert_eq!(picker.current, 0);
        picker.set_query("no such profile".into());
        picker.step(1);
        assert!(picker.get(picker.current).is_none());
    }
}
