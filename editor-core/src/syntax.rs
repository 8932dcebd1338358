//! Syntax trees: parsed on a thread of their own, mapped through edits in between, asked for the visible range only.

use std::{ops::Range, sync::atomic::AtomicBool};

use ropey::Rope;

use crate::{buffer::Revision, document::Applied, language::Language};

/// Texts longer than this many bytes are coloured line by line.
pub const MAX_PARSED_BYTES: usize = 5_000_000;

/// What a stretch of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Token {
    Comment,
    Keyword,
    String,
    Escape,
    Number,
    Function,
    Macro,
    Type,
    Constant,
    Variable,
    Parameter,
    Property,
    Operator,
    Punctuation,
    Attribute,
    Tag,
    Label,
    Heading,
    Link,
    Emphasis,
    Strong,
    Code,
}

/// A named scope around a position, outermost first: what the AI is told about where the selection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// All of it, in chars.
    pub range: Range<usize>,
    /// Its first line, trimmed: `impl Parser`, `fn next(&mut self) -> Token`.
    pub header: String,
}

/// A parsed text. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct SyntaxTree {
    _x: (),
}

impl SyntaxTree {
    /// Parses, reusing what it can of an older tree that was mapped through all edits since. `None` when cancelled,
    /// when the language has no grammar or the text is too long.
    #[must_use]
    pub fn parse(
        language: Language,
        rope: &Rope,
        revision: Revision,
        old: Option<&Self>,
        cancel: &AtomicBool,
    ) -> Option<Self> {
        todo!()
    }
    /// The revision it belongs to.
    #[must_use]
    pub fn revision(&self) -> Revision {
        todo!()
    }
    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        todo!()
    }
    /// Shifts it along with an edit, so that it can serve until the text is parsed anew.
    pub fn edit(&mut self, applied: &Applied) {
        todo!()
    }
    /// The tokens in a char range, sorted, not overlapping. Cost follows the range.
    #[must_use]
    pub fn highlights(&self, rope: &Rope, range: Range<usize>) -> Vec<(Range<usize>, Token)> {
        todo!()
    }
    /// The innermost function or method around a position.
    #[must_use]
    pub fn enclosing_function(&self, rope: &Rope, position: usize) -> Option<Range<usize>> {
        todo!()
    }
    /// Functions, types and modules around a position, outermost first.
    #[must_use]
    pub fn enclosing_scopes(&self, rope: &Rope, position: usize) -> Vec<Scope> {
        todo!()
    }
    /// The smallest node that holds the range and is greater than it.
    #[must_use]
    pub fn enclosing_node(&self, rope: &Rope, range: &Range<usize>) -> Option<Range<usize>> {
        todo!()
    }
    /// Is there a syntax error in the range?
    #[must_use]
    pub fn has_error(&self, rope: &Rope, range: Range<usize>) -> bool {
        todo!()
    }
    /// The top-level import lines.
    #[must_use]
    pub fn imports(&self, rope: &Rope) -> Vec<String> {
        todo!()
    }
}

/// The window's end: the newest tree, kept in step with the text.
#[derive(Clone, Debug, Default)]
pub struct Highlighter {
    _x: (),
}

impl Highlighter {
    /// Without a tree yet.
    #[must_use]
    pub fn new(language: Language) -> Self {
        todo!()
    }
    /// Another language: the tree is dropped.
    pub fn set_language(&mut self, language: Language) {
        todo!()
    }
    /// Follows an edit.
    pub fn edited(&mut self, applied: &Applied) {
        todo!()
    }
    /// What to send to the thread for the text as it is now; `None` when the tree is already of this revision or the
    /// text is not parsed at all.
    #[must_use]
    pub fn request(&self, document: u64, rope: &Rope, revision: Revision) -> Option<Request> {
        todo!()
    }
    /// Takes a tree from the thread and maps it through the edits made since. False when it is older than the one here.
    pub fn publish(&mut self, tree: SyntaxTree) -> bool {
        todo!()
    }
    /// The tree, mapped to the text as it is now.
    #[must_use]
    pub fn tree(&self) -> Option<&SyntaxTree> {
        todo!()
    }
    /// The tokens in a char range, from the tree or line by line.
    #[must_use]
    pub fn highlights(&self, rope: &Rope, range: Range<usize>) -> Vec<(Range<usize>, Token)> {
        todo!()
    }
}

/// A text to parse.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which document: comes back with the tree. A newer request for any document cancels the running one.
    pub document: u64,
    /// The text.
    pub rope: Rope,
    /// Its revision.
    pub revision: Revision,
    /// Its language.
    pub language: Language,
    /// The tree before, mapped through the edits since.
    pub old: Option<SyntaxTree>,
}

/// The thread that parses. Dropping it cancels the running parse and ends the thread.
#[derive(Debug)]
pub struct SyntaxThread {
    _x: (),
}

impl SyntaxThread {
    /// Starts the thread. `publish` is called on it with the document and its tree, and should wake the window.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spawn(publish: impl FnMut(u64, SyntaxTree) + Send + 'static) -> std::io::Result<Self> {
        todo!()
    }
    /// Parses this instead of what the thread is doing.
    pub fn request(&self, request: Request) {
        todo!()
    }
}
