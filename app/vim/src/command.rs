//! What keys mean in Normal and Visual mode, as data: a count, a register, and what is to be done.

/// One complete command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VimCommand {
    /// The register that was named with `"`.
    pub register: Option<char>,
    /// Both counts multiplied, if there was one.
    pub count: Option<usize>,
    pub deed: Deed,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    Move(VimMotion),
    Operate(Operator, OperatorTarget),
    /// A text object in Visual mode.
    Select(TextObject),
    Act(Act),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Delete,
    Change,
    Yank,
    /// Shift right.
    Indent,
    /// Shift left.
    Outdent,
    /// `=`.
    Reindent,
    Lower,
    Upper,
    Toggle,
}

impl Operator {
    /// Does it work on whole lines, whatever the motion is?
    pub fn is_of_lines(self) -> bool {
        matches!(self, Operator::Indent | Operator::Outdent | Operator::Reindent)
    }

    /// Does it change the text?
    pub fn changes(self) -> bool {
        self != Operator::Yank
    }
}

/// What an operator works on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OperatorTarget {
    Motion(VimMotion, Option<Forced>),
    Object(TextObject),
    /// So many lines, from the caret's on.
    Lines,
    /// What is selected; true: its lines, or to the ends of a block's lines.
    Selection(bool),
}

/// Another kind of motion than its own: `dvj`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forced {
    Chars,
    Lines,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextObject {
    pub around: bool,
    pub kind: ObjectKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    /// True: a word between blanks.
    Word(bool),
    Sentence,
    Paragraph,
    /// Between brackets, by the opening and the closing one.
    Block(char, char),
    Quote(char),
    Tag,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum VimMotion {
    Left,
    Right,
    /// As far back as wanted, over line breaks.
    BackOver,
    /// As far on as wanted, over line breaks.
    OnOver,
    Up,
    Down,
    /// Rows as they are seen.
    RowUp,
    RowDown,
    /// To the first character of the line above that is no blank.
    LineUp,
    LineDown,
    /// `_`.
    LineFirst,
    Column0,
    FirstFilled,
    LineEnd,
    /// `g_`.
    LastFilled,
    Column,
    WordOn(bool),
    WordBack(bool),
    WordEnd(bool),
    WordEndBack(bool),
    Find(FindChar),
    /// True: the other way.
    FindAgain(bool),
    ParagraphOn,
    ParagraphBack,
    SentenceOn,
    SentenceBack,
    /// `gg`.
    FirstLine,
    /// `G`.
    LastLine,
    /// `%`; with a count a percentage of the lines.
    Matching,
    /// `[(` and the like: the bracket that is open here, by which it is.
    Unmatched(char),
    ScreenTop,
    ScreenMiddle,
    ScreenBottom,
    /// `n`; true: the other way.
    SearchAgain(bool),
    /// `*`; true: backwards; whole words only or not.
    SearchWord {
        back: bool,
        whole: bool,
    },
    /// What was typed behind `/` or `?`.
    Search {
        back: bool,
        pattern: String,
    },
    /// True: exactly there, else to the line.
    Mark(char, bool),
}

/// `f`, `F`, `t` and `T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FindChar {
    pub c: char,
    pub back: bool,
    /// Up to the character, not onto it.
    pub till: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InsertAt {
    Here,
    FirstFilled,
    Column0,
    Behind,
    LineEnd,
    /// Where Insert mode was left last.
    Last,
    LineBelow,
    LineAbove,
}

/// What is to become of the panes: the keys behind Ctrl+W.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaneWish {
    /// Go to the one at the left: `h`.
    Left,
    /// Go to the one below: `j`.
    Below,
    /// Go to the one above: `k`.
    Above,
    /// Go to the one at the right: `l`.
    Right,
    /// Go to the next one: `w`.
    Next,
    /// Go to the previous one: `W`.
    Previous,
    /// Close it: `c`, `q`.
    Close,
    /// Give all the same size: `=`.
    Even,
}

/// Which way a selection is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VisualKind {
    /// Character by character: `v`.
    #[default]
    Chars,
    /// By lines: `V`.
    Lines,
    /// A rectangle: `Ctrl+V`.
    Block,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Insert(InsertAt),
    /// `R`.
    Overwrite,
    /// `r`.
    Replace(char),
    Put {
        after: bool,
        /// `gp`: the caret goes behind what was put.
        beyond: bool,
    },
    Undo,
    Redo,
    Repeat,
    /// True: with a space between.
    Join(bool),
    /// `~`.
    SwapCase,
    /// Ctrl+A, or with false Ctrl+X.
    Add(bool),
    Visual(VisualKind),
    /// `gv`.
    Reselect,
    /// `o` in Visual mode; true: to the other side of a block.
    OtherEnd(bool),
    /// `I` in Visual mode; false: `A`.
    InsertAround(bool),
    Leave,
    Record(char),
    StopRecording,
    Play(char),
    SetMark(char),
    Scroll(Scroll),
    CommandLine,
    /// `&`.
    SubstituteAgain,
    SaveAndClose,
    CloseUnsaved,
    GoToDefinition,
    Tab(bool),
    /// Tab: to a later place; false, Ctrl+O: to an earlier one.
    Jump(bool),
    /// Ctrl+W `v`; false: Ctrl+W `s`.
    Split(bool),
    /// The other keys behind Ctrl+W.
    Pane(PaneWish),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scroll {
    /// Ctrl+D; false: Ctrl+U.
    Half(bool),
    /// Ctrl+F; false: Ctrl+B.
    Page(bool),
    /// Ctrl+E; false: Ctrl+Y.
    Line(bool),
    /// The caret's line goes there; true: and the caret to its first character.
    To(ScrollTo, bool),
}

/// Where in the view a line is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScrollTo {
    /// To the top: `zt`.
    Top,
    /// Into the middle: `zz`.
    Middle,
    /// To the bottom: `zb`.
    Bottom,
}
