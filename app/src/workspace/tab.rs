//! One open text and everything that is known of it.

use assist::problems::Problem;
use editor_core::column::ColumnBlock;
use editor_core::editorconfig::FileConventions;
use editor_core::file::{Encoding, Fate};
use editor_core::rows::{Foldable, Folds, RowMap, WrapWidth};
use editor_core::search::Search;
use editor_core::syntax::Highlighter;
use editor_core::{Document, Revision, Selection};
use ground::ids::{PaneId, TabId};
use settings::{EditorSettings, WrapChoice};
use std::path::PathBuf;

use super::{ClosedReviews, FileSymbols, SelectionQueue, TabReview, Writing};

/// One open file.
pub struct Tab {
    /// Its name among the tabs.
    pub id: TabId,
    /// Text, selection and history.
    pub document: Document,
    /// Syntax, kept in step with the text.
    pub highlighter: Highlighter,
    /// What it declares, as far as somebody wanted to see it.
    pub symbols: FileSymbols,
    /// The matches of the find bar's query.
    pub search: Option<Search>,
    /// A proposed change.
    pub review: Option<TabReview>,
    /// Reviews that were closed and can be taken up again.
    pub closed_reviews: ClosedReviews,
    /// Selections whose review comes after this one.
    pub queue: SelectionQueue,
    /// The text is written by the model.
    pub writing: Option<Writing>,
    /// What is known to be wrong in it.
    pub problems: Vec<Problem>,
    /// What another program did to the file, until the person has decided what becomes of the text here.
    pub fate: Fate,
    /// The revision that was the file's when the file went away: one that comes back is taken over as if it had never been gone.
    pub lost: Option<Revision>,
    /// The save that is under way, of several the last one that was begun.
    pub saving: Option<Saving>,
    /// It was asked for again meanwhile.
    pub save_again: bool,
    /// The encoding that the file is read again in as soon as it is saved.
    pub reopens: Option<Encoding>,
    /// The position that should come into view.
    pub reveal: Reveal,
    /// What is folded.
    pub folds: Folds,
    /// Are its lines wrapped? `None`: as the settings say.
    pub wrap: Option<bool>,
    /// How wide its rows are in the view that has the keyboard; `None`: each line is one.
    pub row_width: Option<WrapWidth>,
    /// What `.editorconfig` files say of it.
    pub conventions: FileConventions,
    /// The selections that were grown, the last one at the end.
    pub grown: Vec<GrownSelection>,
    /// The rectangle that is selected, as long as the selection is its.
    pub column_block: Option<(ColumnBlock, Selection)>,
}

/// A selection that was grown to the syntax around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrownSelection {
    /// The text's revision.
    pub revision: Revision,
    /// What was selected before.
    pub from: Selection,
    /// What was selected then.
    pub to: Selection,
}

/// A save that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saving {
    /// Where.
    pub path: PathBuf,
    /// What is written.
    pub revision: Revision,
}

/// A wish to see a position; the view grants each number once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reveal {
    /// Which wish.
    pub number: u64,
    /// The position.
    pub position: usize,
    /// Put it in the middle if it is out of view.
    pub center: bool,
    /// In the view of this pane.
    pub pane: PaneId,
    /// What the view does before.
    pub from: RevealFrom,
}

/// How a view is scrolled before a position is brought into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevealFrom {
    /// It stays.
    #[default]
    Here,
    /// By so many rows, on or back.
    Scrolled(isize),
    /// The position's row is the first.
    Top,
    /// The position's row is in the middle.
    Middle,
    /// The position's row is the last.
    Bottom,
}

impl Tab {
    /// A tab for a document, with nothing around it yet.
    pub fn new(id: TabId, document: Document) -> Tab {
        Tab {
            id,
            highlighter: Highlighter::new(document.language()),
            document,
            symbols: FileSymbols::default(),
            search: None,
            review: None,
            closed_reviews: ClosedReviews::default(),
            queue: SelectionQueue::default(),
            writing: None,
            problems: Vec::new(),
            fate: Fate::Same,
            lost: None,
            saving: None,
            save_again: false,
            reopens: None,
            reveal: Reveal::default(),
            folds: Folds::default(),
            wrap: None,
            row_width: None,
            conventions: FileConventions::default(),
            grown: Vec::new(),
            column_block: None,
        }
    }

    /// Where its lines are wrapped: as was chosen for it, else as the settings say for its language.
    pub fn wrap_choice(&self, editor: &EditorSettings) -> WrapChoice {
        let name = self.document.language().name();
        let is_prose = || editor.wrap_languages.iter().any(|own| own.eq_ignore_ascii_case(name));
        let usual = match editor.wrap {
            WrapChoice::Off if is_prose() => WrapChoice::Window,
            usual => usual,
        };
        match (self.wrap, usual) {
            (Some(false), _) => WrapChoice::Off,
            (Some(true), WrapChoice::Off) => WrapChoice::Window,
            _ => usual,
        }
    }

    /// Columns of a tab character in it.
    pub fn tab_width(&self, editor: &EditorSettings) -> usize {
        self.conventions.tab_width.unwrap_or(editor.tab_width as usize)
    }

    /// Its rows in the view that has the keyboard, without those of a review.
    pub fn row_map(&self) -> RowMap<'_> {
        let hidden = self.folds.hidden(self.document.buffer());
        RowMap::new(self.document.rope(), self.row_width, &hidden, Vec::new())
    }

    /// What can be folded in it; `tab_width` in columns.
    pub fn foldable(&self, tab_width: usize) -> Foldable<'_> {
        Foldable::new(self.document.rope(), self.highlighter.tree(), tab_width)
    }

    /// Would closing it lose something? A message as the model wrote it can be had again.
    pub fn is_unsaved(&self) -> bool {
        let as_written = |writing: &Writing| {
            self.document.path().is_none() && *self.document.rope() == writing.message().as_str()
        };
        self.document.is_modified() && !self.writing.as_ref().is_some_and(as_written)
    }

    /// The file was read or written: what was compared is no longer what is on disk.
    pub fn end_comparison(&mut self) {
        self.review.take_if(|review| review.compared.is_some());
    }

    /// Is the text, as it is, on its way to a file?
    pub fn is_being_saved(&self) -> bool {
        self.saving.as_ref().is_some_and(|saving| saving.revision == self.document.revision())
    }

    /// Where the caret is, as line and column from 0.
    pub fn caret(&self) -> (usize, usize) {
        let head = self.document.selection().primary().head;
        let buffer = self.document.buffer();
        (buffer.line_of(head), buffer.column(head))
    }
}
