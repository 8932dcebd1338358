//! The closed list of actions. Palette, tooltips, menus and the keymap are all derived from it.
//!
//! A command is data: its id, the name people read, the context in which it makes sense and its default keys. What it
//! does is decided by the update of the room that it belongs to.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::chord::{
    Chord, after_k, alt, alt_shift, cmd, cmd_alt, cmd_alt_shift, cmd_shift, ctrl, ctrl_shift, plain, shift,
};

/// Where a command makes sense. One list entry can be valid in one context only; keys may repeat between contexts and
/// the narrowest active context wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Always.
    Always,
    /// A tab is in front, of a file or of a page.
    Tab,
    /// A file is open in front.
    Editor,
    /// The text of that file has the keyboard.
    Text,
    /// A review of the file in front was closed and can be taken up again.
    Closed,
    /// The file in front shows a review.
    Review,
    /// Places where the last change is due are marked in the text.
    ChangePlaces,
    /// The caret was taken to one of them.
    AtChangePlace,
    /// Ghost text is shown at the caret.
    Ghost,
    /// The file tree has the keyboard.
    Tree,
    /// A terminal has the keyboard.
    Terminal,
}

macro_rules! commands {
    ($($variant:ident { $id:literal, $name:literal, $context:ident, [$($keys:expr),*] })*) => {
        /// Everything a person can do by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Command {
            $(#[doc = $name] $variant,)*
        }

        impl Command {
            /// All commands, in the order of the palette.
            pub const ALL: &'static [Command] = &[$(Command::$variant),*];

            /// Stable name for files and scripts: `review.accept-hunk`.
            pub fn id(self) -> &'static str {
                match self { $(Command::$variant => $id,)* }
            }

            /// Name shown to people.
            pub fn name(self) -> &'static str {
                match self { $(Command::$variant => $name,)* }
            }

            /// Where it makes sense.
            pub fn context(self) -> Context {
                match self { $(Command::$variant => Context::$context,)* }
            }

            /// Default keys; the first one is shown.
            pub fn default_keys(self) -> &'static [Chord] {
                match self { $(Command::$variant => {
                    const KEYS: &[Chord] = &[$($keys),*];
                    KEYS
                })* }
            }
        }
    };
}

commands! {
    Improve { "ai.improve", "Improve selection", Editor, [cmd("I")] }
    Explain { "ai.explain", "Explain selection", Editor, [cmd_shift("I")] }
    ExplainError { "ai.explain-error", "Explain error", Editor, [cmd_alt("I")] }
    Generate { "ai.generate", "Write code from comment", Editor, [cmd_alt("G")] }
    Document { "ai.document", "Document function", Editor, [cmd_shift("D")] }
    CommitMessage { "ai.commit-message", "Write commit message", Always, [cmd_shift("C")] }
    ReviewChanges { "ai.review-changes", "Review my changes", Always, [after_k(cmd("R"))] }
    NextRemark { "ai.next-remark", "Next remark", Always, [plain("F9")] }
    ChangeResults { "ai.change-results", "Change search results as instructed", Always, [after_k(cmd("I"))] }
    NameFile { "ai.name-file", "Suggest names for file", Editor, [cmd_shift("N")] }
    TakeGhost { "complete.take", "Take completion", Ghost, [plain("Tab")] }
    TakeGhostWord { "complete.take-word", "Take next word of completion", Ghost, [cmd("Right")] }
    TakeGhostLine { "complete.take-line", "Take next line of completion", Ghost, [cmd("Down")] }
    NextGhost { "complete.next", "Next completion", Ghost, [alt("CloseBracket")] }
    DropGhost { "complete.drop", "Dismiss completion", Ghost, [plain("Escape")] }
    NextPlace { "place.next", "Go to next change place", ChangePlaces, [alt("N")] }
    ApplyPlace { "place.apply", "Make the change there", AtChangePlace, [plain("Tab")] }
    ReviewPlaces { "place.review", "Review all change places", ChangePlaces, [alt_shift("N")] }
    DropPlaces { "place.drop", "Dismiss change places", ChangePlaces, [plain("Escape")] }
    ToggleNextPlace { "place.toggle", "Change places after an edit: on or off", Always, [] }
    ToggleCompletion { "complete.toggle", "Completion while typing: on or off", Always, [] }
    ToggleCompletionLanguage { "complete.toggle-language", "Completion in this language: on or off", Editor, [] }
    ToggleCompletionText { "complete.toggle-text", "Completion in strings and comments: on or off", Always, [] }
    RunExamples { "ai.examples", "Allow or forbid running examples in this folder", Editor, [] }
    RunCheckers { "ai.checkers", "Allow or forbid fast checkers in this folder", Editor, [] }
    Reviews { "ai.reviews", "Reviews", Always, [cmd_alt("R")] }
    Statistics { "ai.statistics", "AI statistics", Always, [cmd_alt("S")] }
    SwitchModel { "model.switch", "Switch model", Always, [cmd_shift("M")] }
    ModelManager { "model.manager", "Model manager", Always, [cmd_alt("M")] }
    UnloadModel { "model.unload", "Unload model", Always, [] }
    UseLighter { "model.lighter", "Use the next lighter profile or model", Always, [cmd_alt("L")] }
    Activity { "view.activity", "Activity", Always, [cmd_alt("A")] }

    AcceptHunk { "review.accept-hunk", "Accept hunk", Review, [cmd("Enter")] }
    RejectHunk { "review.reject-hunk", "Reject hunk", Review, [cmd("Backspace")] }
    AcceptAll { "review.accept-all", "Accept all hunks", Review, [cmd_shift("Enter")] }
    RejectAll { "review.reject-all", "Reject all hunks", Review, [cmd_shift("Backspace")] }
    NextHunk { "review.next-hunk", "Next hunk", Review, [alt("Down")] }
    PreviousHunk { "review.previous-hunk", "Previous hunk", Review, [alt("Up")] }
    EditProposal { "review.edit", "Edit proposal", Review, [cmd("E")] }
    SideBySide { "review.side-by-side", "Review side by side: on or off", Review, [cmd("Backslash")] }
    StopReview { "review.stop", "Cancel review", Review, [plain("Escape")] }
    ReopenReview { "review.reopen", "Reopen review", Closed, [cmd_alt("Z")] }
    TryAgain { "review.try-again", "Try again", Review, [cmd("R")] }
    NextAlternative { "review.next-alternative", "Next alternative", Review, [alt("Right")] }
    PreviousAlternative { "review.previous-alternative", "Previous alternative", Review, [alt("Left")] }

    NewFile { "file.new", "New file", Always, [cmd("N")] }
    OpenFile { "file.open", "Open file", Always, [cmd("O")] }
    OpenPath { "file.open-path", "Open file by its path", Always, [] }
    OpenFolder { "file.open-folder", "Open folder", Always, [cmd_alt("O")] }
    OpenRecent { "file.open-recent", "Open recent", Always, [cmd("R")] }
    QuickOpen { "file.quick-open", "Go to file", Always, [cmd("P")] }
    Save { "file.save", "Save", Editor, [cmd("S")] }
    SaveAs { "file.save-as", "Save as", Editor, [cmd_shift("S")] }
    SaveAll { "file.save-all", "Save all", Editor, [] }
    Revert { "file.revert", "Reload file from disk", Editor, [] }
    ChangeEncoding { "file.encoding", "Change encoding", Editor, [] }
    ReopenWithEncoding { "file.reopen-with-encoding", "Reopen with encoding", Editor, [] }
    SaveWithEncoding { "file.save-with-encoding", "Save with encoding", Editor, [] }
    AddFolder { "file.add-folder", "Add folder to project", Always, [] }
    CompareWithFile { "file.compare", "Compare with another file", Editor, [] }
    CopyRelativePath { "file.copy-relative-path", "Copy relative path of file", Editor, [cmd_alt("C")] }
    RevealFile { "file.reveal", "Show file in file manager", Editor, [alt_shift("R")] }
    ShowInTree { "file.show-in-tree", "Show file in file tree", Editor, [alt_shift("E")] }
    RecoverTexts { "file.recover", "Recover unsaved texts", Always, [] }
    CloseTab { "tab.close", "Close tab", Tab, [cmd("W")] }
    ReopenTab { "tab.reopen", "Reopen closed tab", Always, [cmd_shift("T")] }
    NextTab { "tab.next", "Next tab", Tab, [ctrl("PageDown")] }
    PreviousTab { "tab.previous", "Previous tab", Tab, [ctrl("PageUp")] }
    SwitchTab { "tab.switch", "Switch to the tab used before", Tab, [ctrl("Tab")] }
    SwitchTabBack { "tab.switch-back", "Switch to the tab used longest ago", Tab, [ctrl_shift("Tab")] }
    ListTabs { "tab.list", "Show open tabs", Tab, [cmd_shift("A")] }
    KeepTab { "tab.keep", "Keep previewed tab open", Editor, [after_k(plain("Enter"))] }
    PinTab { "tab.pin", "Pin or unpin tab", Tab, [after_k(shift("Enter"))] }
    CloseOtherTabs { "tab.close-others", "Close other tabs", Tab, [] }
    CloseTabsRight { "tab.close-right", "Close tabs to the right", Tab, [] }
    CloseSavedTabs { "tab.close-saved", "Close saved tabs", Tab, [after_k(plain("U"))] }
    CloseAllTabs { "tab.close-all", "Close all tabs", Tab, [after_k(cmd("W"))] }
    CopyPath { "tab.copy-path", "Copy path of file", Editor, [after_k(plain("P"))] }
    MoveTabLeft { "tab.move-left", "Move tab left", Tab, [ctrl_shift("PageUp")] }
    MoveTabRight { "tab.move-right", "Move tab right", Tab, [ctrl_shift("PageDown")] }
    Tab1 { "tab.1", "Go to tab 1", Tab, [cmd("1"), alt("1")] }
    Tab2 { "tab.2", "Go to tab 2", Tab, [cmd("2"), alt("2")] }
    Tab3 { "tab.3", "Go to tab 3", Tab, [cmd("3"), alt("3")] }
    Tab4 { "tab.4", "Go to tab 4", Tab, [cmd("4"), alt("4")] }
    Tab5 { "tab.5", "Go to tab 5", Tab, [cmd("5"), alt("5")] }
    Tab6 { "tab.6", "Go to tab 6", Tab, [cmd("6"), alt("6")] }
    Tab7 { "tab.7", "Go to tab 7", Tab, [cmd("7"), alt("7")] }
    Tab8 { "tab.8", "Go to tab 8", Tab, [cmd("8"), alt("8")] }
    Tab9 { "tab.9", "Go to tab 9", Tab, [cmd("9"), alt("9")] }
    LastTab { "tab.last", "Go to last tab", Tab, [alt("0")] }
    SplitRight { "pane.split-right", "Split editor right", Tab, [cmd("Backslash")] }
    SplitDown { "pane.split-down", "Split editor down", Tab, [after_k(cmd("Backslash")), cmd_alt("Backslash")] }
    NextPane { "pane.next", "Focus next pane", Tab, [plain("F6")] }
    PreviousPane { "pane.previous", "Focus previous pane", Tab, [shift("F6")] }
    PaneLeft { "pane.left", "Focus pane at the left", Tab, [after_k(cmd("Left"))] }
    PaneRight { "pane.right", "Focus pane at the right", Tab, [after_k(cmd("Right"))] }
    PaneAbove { "pane.above", "Focus pane above", Tab, [after_k(cmd("Up"))] }
    PaneBelow { "pane.below", "Focus pane below", Tab, [after_k(cmd("Down"))] }
    MoveTabToNextPane { "pane.move-next", "Move tab to next pane", Tab, [after_k(shift("Right"))] }
    MoveTabToPreviousPane { "pane.move-previous", "Move tab to previous pane", Tab, [after_k(shift("Left"))] }
    ClosePane { "pane.close", "Close pane", Tab, [after_k(plain("W"))] }
    EvenPanes { "pane.even", "Even out pane sizes", Tab, [] }
    ZenMode { "view.zen", "Zen mode", Always, [after_k(plain("Z")), shift("F11")] }
    FullScreen { "view.full-screen", "Full screen", Always, [plain("F11")] }
    GoBack { "go.back", "Go back", Always, [cmd_alt("Minus"), alt("Left")] }
    GoForward { "go.forward", "Go forward", Always, [cmd_shift("Minus"), alt("Right")] }
    LastEdit { "go.last-edit", "Go to last edit", Always, [after_k(cmd("Q"))] }
    ToggleBookmark { "bookmark.toggle", "Toggle bookmark", Editor, [cmd("F2")] }
    NextBookmark { "bookmark.next", "Next bookmark", Always, [cmd_alt("K")] }
    PreviousBookmark { "bookmark.previous", "Previous bookmark", Always, [cmd_alt("J")] }
    Bookmarks { "bookmark.list", "Bookmarks", Always, [cmd_shift("F2")] }
    ClearBookmarks { "bookmark.clear", "Clear all bookmarks", Always, [] }

    Find { "find.open", "Find", Editor, [cmd("F")] }
    Replace { "find.replace", "Replace", Editor, [cmd_alt("F"), ctrl("H")] }
    FindNext { "find.next", "Next match", Editor, [plain("F3")] }
    FindPrevious { "find.previous", "Previous match", Editor, [shift("F3")] }
    ProjectSearch { "search.open", "Search in project", Always, [cmd_shift("F")] }
    ProjectReplace { "search.replace", "Replace in project", Always, [cmd_shift("H")] }
    SearchInFolder { "search.folder", "Search in folder", Always, [alt_shift("F")] }
    NextResult { "search.next", "Next search result", Always, [plain("F4")] }
    PreviousResult { "search.previous", "Previous search result", Always, [shift("F4")] }
    SearchAgain { "search.again", "Search again", Always, [] }
    ReplaceResults { "search.replace-all", "Replace all search results", Always, [] }
    UndoReplacement { "search.undo", "Take back the last replacement in the project", Always, [] }
    NextProblem { "go.problem", "Next problem", Editor, [plain("F8")] }
    GotoLine { "go.line", "Go to line", Editor, [ctrl("G")] }
    GotoSymbol { "go.symbol", "Go to symbol in file", Editor, [cmd_shift("O")] }
    GotoProjectSymbol { "go.project-symbol", "Go to symbol in project", Always, [cmd("T")] }
    GoToDefinition { "go.definition", "Go to definition", Editor, [plain("F12")] }
    FindMentions { "go.mentions", "Find all mentions", Editor, [shift("F12")] }

    Undo { "edit.undo", "Undo", Text, [cmd("Z")] }
    Redo { "edit.redo", "Redo", Text, [cmd_shift("Z"), ctrl("Y")] }
    Cut { "edit.cut", "Cut", Text, [cmd("X")] }
    Copy { "edit.copy", "Copy", Text, [cmd("C")] }
    Paste { "edit.paste", "Paste", Text, [cmd("V")] }
    TextMenu { "edit.menu", "Menu of the text", Text, [shift("F10"), plain("Menu")] }
    CopyLineNumber { "edit.copy-line-number", "Copy line number", Editor, [] }
    CopyLinePlace { "edit.copy-line-place", "Copy path with line number", Editor, [] }
    SelectAll { "select.all", "Select all", Text, [cmd("A")] }
    SelectLine { "select.line", "Select line", Text, [cmd("L")] }
    SelectNext { "select.next-occurrence", "Select next occurrence", Text, [cmd("D")] }
    SelectOccurrences { "select.all-occurrences", "Select all occurrences", Text, [cmd_shift("L")] }
    ExpandSelection { "select.expand", "Expand selection to syntax", Text, [alt_shift("Right")] }
    ShrinkSelection { "select.shrink", "Shrink selection", Text, [alt_shift("Left")] }
    MatchingBracket { "go.bracket", "Go to matching bracket", Text, [cmd_shift("Backslash"), cmd_shift("Pipe")] }
    ColumnUp { "select.column-up", "Column selection up", Text, [cmd_alt_shift("Up")] }
    ColumnDown { "select.column-down", "Column selection down", Text, [cmd_alt_shift("Down")] }
    ColumnLeft { "select.column-left", "Column selection left", Text, [cmd_alt_shift("Left")] }
    ColumnRight { "select.column-right", "Column selection right", Text, [cmd_alt_shift("Right")] }
    SubwordLeft { "caret.subword-left", "Go to start of part of word", Text, [cmd_alt("Left")] }
    SubwordRight { "caret.subword-right", "Go to end of part of word", Text, [cmd_alt("Right")] }
    SelectSubwordLeft { "select.subword-left", "Select to start of part of word", Text, [] }
    SelectSubwordRight { "select.subword-right", "Select to end of part of word", Text, [] }
    CaretAbove { "caret.above", "Add caret above", Text, [cmd_alt("Up")] }
    CaretBelow { "caret.below", "Add caret below", Text, [cmd_alt("Down")] }
    MoveLineUp { "line.up", "Move line up", Text, [alt("Up")] }
    MoveLineDown { "line.down", "Move line down", Text, [alt("Down")] }
    DuplicateLine { "line.duplicate", "Duplicate line", Text, [alt_shift("Down")] }
    DeleteLine { "line.delete", "Delete line", Text, [cmd_shift("K")] }
    JoinLines { "line.join", "Join lines", Text, [cmd("J")] }
    ToggleComment { "line.comment", "Toggle comment", Text, [cmd("Slash")] }
    DeleteToLineStart { "line.delete-to-start", "Delete to start of line", Text, [] }
    DeleteToLineEnd { "line.delete-to-end", "Delete to end of line", Text, [] }
    DeleteSubwordLeft { "edit.delete-subword-left", "Delete to start of part of word", Text, [cmd_alt("Backspace")] }
    DeleteSubwordRight { "edit.delete-subword-right", "Delete to end of part of word", Text, [] }
    SortAscending { "line.sort", "Sort lines ascending", Text, [] }
    SortDescending { "line.sort-descending", "Sort lines descending", Text, [] }
    Reindent { "line.reindent", "Reindent lines", Text, [] }
    TrimBlanks { "edit.trim", "Trim trailing whitespace", Text, [after_k(cmd("X"))] }
    Transpose { "edit.transpose", "Transpose characters", Text, [] }
    UpperCase { "case.upper", "Transform to uppercase", Text, [] }
    LowerCase { "case.lower", "Transform to lowercase", Text, [] }
    TitleCase { "case.title", "Transform to title case", Text, [] }
    SnakeCase { "case.snake", "Transform to snake case", Text, [] }
    CamelCase { "case.camel", "Transform to camel case", Text, [] }
    PascalCase { "case.pascal", "Transform to Pascal case", Text, [] }
    KebabCase { "case.kebab", "Transform to kebab case", Text, [] }
    Indent { "line.indent", "Indent", Text, [cmd("CloseBracket")] }
    Outdent { "line.outdent", "Outdent", Text, [cmd("OpenBracket")] }

    ToggleVim { "edit.vim", "Vim keys: on or off", Always, [] }
    ToggleWrap { "view.wrap", "Word wrap: on or off", Editor, [alt("Z")] }
    Fold { "fold.fold", "Fold", Editor, [cmd_shift("OpenBracket"), cmd_shift("OpenCurlyBracket")] }
    Unfold { "fold.unfold", "Unfold", Editor, [cmd_shift("CloseBracket"), cmd_shift("CloseCurlyBracket")] }
    ToggleFold { "fold.toggle", "Toggle fold", Editor, [after_k(cmd("L"))] }
    FoldRecursively { "fold.recursively", "Fold recursively", Editor, [after_k(cmd("OpenBracket"))] }
    UnfoldRecursively { "unfold.recursively", "Unfold recursively", Editor, [after_k(cmd("CloseBracket"))] }
    FoldAll { "fold.all", "Fold all", Editor, [after_k(cmd("0"))] }
    UnfoldAll { "unfold.all", "Unfold all", Editor, [after_k(cmd("J"))] }
    FoldLevel1 { "fold.level-1", "Fold level 1", Editor, [after_k(cmd("1"))] }
    FoldLevel2 { "fold.level-2", "Fold level 2", Editor, [after_k(cmd("2"))] }
    FoldLevel3 { "fold.level-3", "Fold level 3", Editor, [after_k(cmd("3"))] }
    FoldLevel4 { "fold.level-4", "Fold level 4", Editor, [after_k(cmd("4"))] }
    FoldLevel5 { "fold.level-5", "Fold level 5", Editor, [after_k(cmd("5"))] }
    FoldLevel6 { "fold.level-6", "Fold level 6", Editor, [after_k(cmd("6"))] }
    FoldLevel7 { "fold.level-7", "Fold level 7", Editor, [after_k(cmd("7"))] }

    Changes { "git.changes", "Changes", Always, [ctrl_shift("G")] }
    CommitStaged { "git.commit", "Commit staged changes", Always, [] }
    NextChange { "git.next-change", "Next change", Editor, [alt("F5")] }
    PreviousChange { "git.previous-change", "Previous change", Editor, [alt_shift("F5")] }
    PeekChange { "git.peek", "Show old text of change", Editor, [alt("F3")] }
    RevertHunk { "git.revert-hunk", "Revert change", Editor, [] }
    StageHunk { "git.stage-hunk", "Stage change", Editor, [] }
    StageSelection { "git.stage-selection", "Stage selected lines", Editor, [] }
    CompareWithOther { "git.compare-with", "Compare lines with last commit or with what is staged", Editor, [] }
    TakeOurs { "git.take-ours", "Conflict: take ours", Editor, [] }
    TakeTheirs { "git.take-theirs", "Conflict: take theirs", Editor, [] }
    TakeBoth { "git.take-both", "Conflict: take both", Editor, [] }
    SwitchBranch { "git.switch", "Switch branch", Always, [after_k(cmd("B"))] }
    CreateBranch { "git.create-branch", "Create branch", Always, [] }
    Stash { "git.stash", "Stash changes", Always, [] }
    StashAll { "git.stash-all", "Stash changes and untracked files", Always, [] }
    ApplyStash { "git.stash-apply", "Apply stash", Always, [] }
    PopStash { "git.stash-pop", "Pop stash", Always, [] }
    DropStash { "git.stash-drop", "Drop stash", Always, [] }
    FileHistory { "git.history", "History of file", Editor, [after_k(plain("H"))] }
    Push { "git.push", "Push", Always, [] }
    Pull { "git.pull", "Pull", Always, [] }
    ToggleAuthors { "git.authors", "Authors beside lines: on or off", Editor, [after_k(plain("B"))] }
    ToggleBlame { "git.blame", "Author of line in status bar: on or off", Always, [] }
    TreeNewFile { "tree.new-file", "New file in folder", Tree, [cmd("N")] }
    TreeNewFolder { "tree.new-folder", "New folder", Tree, [cmd_alt("N")] }
    TreeRename { "tree.rename", "Rename file or folder", Tree, [plain("F2")] }
    TreeDuplicate { "tree.duplicate", "Duplicate file or folder", Tree, [cmd("D")] }
    TreeCut { "tree.cut", "Cut file or folder", Tree, [cmd("X")] }
    TreeCopy { "tree.copy", "Copy file or folder", Tree, [cmd("C")] }
    TreePaste { "tree.paste", "Paste files into folder", Tree, [cmd("V")] }
    TreeTrash { "tree.trash", "Delete file or folder (to the trash)", Tree, [plain("Delete"), cmd("Backspace")] }
    TreeDelete { "tree.delete", "Delete file or folder for good", Tree, [shift("Delete")] }
    TreeUndo { "tree.undo", "Undo in file tree", Tree, [cmd("Z")] }
    TreeRedo { "tree.redo", "Redo in file tree", Tree, [cmd_shift("Z"), ctrl("Y")] }
    TreeCopyPath { "tree.copy-path", "Copy path", Tree, [alt_shift("C")] }
    TreeCopyRelativePath { "tree.copy-relative-path", "Copy relative path", Tree, [cmd_alt("C")] }
    TreeReveal { "tree.reveal", "Show in file manager", Tree, [alt_shift("R")] }
    TreeSelectAll { "tree.select-all", "Select all in file tree", Tree, [cmd("A")] }
    TreeCollapse { "tree.collapse", "Collapse all folders", Tree, [cmd("Left")] }
    TreeMenu { "tree.menu", "Menu of file or folder", Tree, [shift("F10"), plain("Menu")] }
    RemoveFolder { "tree.remove-folder", "Remove folder from project", Tree, [] }

    ToggleTerminal { "terminal.toggle", "Toggle terminal", Always, [ctrl("Backtick")] }
    NewTerminal { "terminal.new", "New terminal", Always, [ctrl_shift("Backtick")] }
    CloseTerminal { "terminal.close", "Close terminal", Always, [] }
    NextTerminal { "terminal.next", "Next terminal", Terminal, [ctrl("PageDown")] }
    PreviousTerminal { "terminal.previous", "Previous terminal", Terminal, [ctrl("PageUp")] }
    MaximizeTerminal { "terminal.maximize", "Maximize or restore terminal", Always, [] }
    MoveTerminals { "terminal.as-tab", "Move terminals into a tab or back into the panel", Always, [] }
    TerminalCopy { "terminal.copy", "Copy from terminal", Terminal, [cmd_shift("C")] }
    TerminalPaste { "terminal.paste", "Paste into terminal", Terminal, [cmd_shift("V")] }
    TerminalSelectAll { "terminal.select-all", "Select all in terminal", Terminal, [] }
    TerminalFind { "terminal.find", "Find in terminal", Terminal, [cmd("F")] }
    TerminalClear { "terminal.clear", "Clear terminal", Terminal, [] }
    ExplainOutput { "terminal.explain", "Explain selected output", Terminal, [cmd_shift("I")] }
    RunTask { "task.run", "Run task", Always, [] }
    RerunTask { "task.rerun", "Rerun last task", Always, [] }
    StopTask { "task.stop", "Stop task", Always, [] }
    AllowTasks { "task.allow", "Allow or forbid running tasks in this folder", Always, [] }
    ListProblems { "go.problems", "Problems of the last task", Always, [shift("F8")] }

    Palette { "view.palette", "Command palette", Always, [cmd_shift("P"), plain("F1")] }
    ToggleSidebar { "view.sidebar", "Toggle sidebar", Always, [cmd("B")] }
    ToggleOutline { "view.outline", "Toggle outline", Editor, [cmd_shift("B")] }
    FocusSidebar { "view.focus-sidebar", "Focus file tree", Always, [cmd_shift("E")] }
    RefreshTree { "view.refresh", "Refresh file tree", Always, [] }
    ZoomIn { "view.zoom-in", "Zoom in", Always, [cmd("Equals"), cmd("Plus"), cmd_shift("Plus")] }
    ZoomOut { "view.zoom-out", "Zoom out", Always, [cmd("Minus")] }
    ZoomReset { "view.zoom-reset", "Reset zoom", Always, [cmd("0")] }
    ChooseTheme { "theme.choose", "Color theme", Always, [after_k(cmd("T"))] }
    ThemeDark { "theme.dark", "Dark theme", Always, [] }
    ThemeLight { "theme.light", "Light theme", Always, [] }
    ThemeSystem { "theme.system", "Use system theme", Always, [] }
    OpenSettings { "settings.open", "Open settings", Always, [cmd("Comma")] }
    OpenSettingsFile { "settings.open-file", "Open settings file", Always, [] }
    OpenProjectSettings { "settings.open-project", "Open project settings", Always, [] }
    SwitchProfile { "profile.switch", "Switch profile", Always, [] }
    ShowKeys { "help.keys", "Keyboard shortcuts", Always, [after_k(cmd("S"))] }
    Welcome { "help.welcome", "Welcome", Always, [] }
    Quit { "app.quit", "Quit", Always, [cmd("Q")] }
}

thread_local! {
    /// The user's own keys. The window and all it draws live on one thread, and a tooltip that names a key is written where
    /// no state is at hand.
    static OWN_KEYS: RefCell<HashMap<Command, Vec<Chord>>> = RefCell::default();
}

/// Gives commands other keys: id → keys as [`Chord::read`] reads them. Replaces what was given before.
pub fn bind(keys: &BTreeMap<String, Vec<String>>) {
    let own = keys.iter().filter_map(|(id, keys)| {
        Some((Command::from_id(id)?, keys.iter().filter_map(|keys| Chord::read(keys)).collect()))
    });
    OWN_KEYS.set(own.collect());
}

/// Keys of the own ones that mean two things, each in a sentence with the id of the command that it is about. `all`: those of every
/// command that has others than by default, the own ones among them.
pub fn conflicts(
    own: &BTreeMap<String, Vec<String>>,
    all: &BTreeMap<String, Vec<String>>,
) -> Vec<(String, String)> {
    let read = |keys: &Vec<String>| keys.iter().filter_map(|keys| Chord::read(keys)).collect::<Vec<Chord>>();
    let keys_of =
        |command: Command| all.get(command.id()).map_or_else(|| command.default_keys().to_vec(), read);
    let mut found = Vec::new();
    for (id, wanted) in own.iter().map(|(id, keys)| (id, read(keys))) {
        let Some(command) = Command::from_id(id) else { continue };
        let others =
            Command::ALL.iter().filter(|other| **other != command && other.context() == command.context());
        for other in others {
            if let Some(key) = wanted.iter().find(|key| keys_of(*other).contains(key)) {
                let words = format!(
                    "{} is also bound to “{}” there. Give one of the two another key.",
                    key.shown(),
                    other.name()
                );
                found.push((id.clone(), words));
            }
        }
    }
    found
}

impl Command {
    /// The command with this id.
    pub fn from_id(id: &str) -> Option<Command> {
        Command::ALL.iter().copied().find(|command| command.id() == id)
    }

    /// The keys that it is given with: the user's own, else the default ones. The first one is shown.
    pub fn keys(self) -> Vec<Chord> {
        OWN_KEYS.with_borrow(|own| own.get(&self).cloned()).unwrap_or_else(|| self.default_keys().to_vec())
    }

    /// The default keys as a settings file would have them.
    pub fn written_defaults(self) -> Vec<String> {
        self.default_keys().iter().map(Chord::written).collect()
    }

    /// The shown key in the words of this platform: `Ctrl+Shift+P`; empty when there is none.
    pub fn key_text(self) -> String {
        self.keys().first().map(Chord::shown).unwrap_or_default()
    }

    /// All its keys in the words of this platform, with commas between them.
    pub fn all_keys_text(self) -> String {
        self.keys().iter().map(Chord::shown).collect::<Vec<_>>().join(", ")
    }

    /// Name and key, for tooltips: `Find (Ctrl+F)`.
    pub fn tooltip(self) -> String {
        let keys = self.key_text();
        if keys.is_empty() { self.name().to_owned() } else { format!("{} ({keys})", self.name()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_in_one_context() {
        let mut seen = HashSet::new();
        for command in Command::ALL {
            for key in command.default_keys() {
                assert!(
                    seen.insert((command.context() as u8, format!("{key:?}"))),
                    "{} repeats {key:?}",
                    command.id()
                );
            }
        }
    }

    #[test]
    fn what_begins_two_keys_means_nothing_alone() {
        let all = || Command::ALL.iter().flat_map(|command| command.default_keys());
        for (held, key) in all().filter_map(|chord| chord.first) {
            assert!(
                all().all(|chord| chord.first.is_some() || (chord.held, chord.key) != (held, key)),
                "{key}"
            );
        }
    }

    #[test]
    fn ids_are_unique() {
        let ids: HashSet<_> = Command::ALL.iter().map(|command| command.id()).collect();
        assert_eq!(ids.len(), Command::ALL.len());
    }
}
