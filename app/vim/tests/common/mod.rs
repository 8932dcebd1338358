//! Texts, key sequences, and a document with Vim's keys and nothing else, for the tests that hold the layer against Vim.

use editor_core::{Document, Indent};
use serde::{Deserialize, Serialize};
use vim::{Desk, Vim, VimKey, VimMode, VisualKind};

/// The texts that keys are pressed in.
#[allow(dead_code, reason = "the table has texts of its own")]
pub const TEXTS: [&str; 6] = [
    "fn main() {\n    let total = sum(1, 22, (x + 3)) - 4;\n    \
     if total > 10 {\n        print(\"big: {total}\", 'a');\n    }\n\n    done();\n}",
    "The first line has words. A second sentence!  And a third?\n\
     It goes on (see below) here.\n\nAnother paragraph: one-two, three_four.\n\
     Its last line\n\n\nEnd of it.",
    "<div class=\"a\">\n  <p>one <b>two</b> three</p>\n  <ul>\n    <li>x</li>\n  </ul>\n</div>",
    "alpha beta gamma\n\n  indented line\nalpha 7 beta-8\n\n    deep 0x1f\nx\n\nomega alpha",
    "a = [1, 2, [3, 4]]\nb = {\"k\": 'v v', \"l\": `t`}\nfoo.bar(baz) ;qux\n    a b  c   d\n--\nend",
    "one\ntwo\nthree\nfour\nfive six\nseven",
];

#[allow(dead_code, reason = "the table has none")]
/// One sequence of keys, and what Vim made of it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Recorded {
    /// Which of the texts.
    pub on: usize,
    /// Line and column at which it begins.
    pub at: (usize, usize),
    pub keys: String,
    pub text: String,
    pub caret: (usize, usize),
    pub mode: String,
    /// The unnamed register.
    pub register: String,
}

#[allow(dead_code, reason = "what records asks Vim itself")]
/// Presses keys in a text, as the window does: what the layer leaves is typed.
pub fn press(text: &str, at: (usize, usize), keys: &str) -> (Document, Vim) {
    let mut document = Document::untitled("Untitled 1", text);
    document.set_auto_close(false);
    document.set_indent(Indent::Spaces(4));
    let start = document.buffer().position(at.0, at.1);
    document.select(&editor_core::Selection::caret(start));
    let mut vim = Vim::default();
    for key in VimKey::read(keys) {
        let mut desk = Desk::new(&mut document, 1, 4, 0, (0, 99));
        if !vim.key(&mut desk, key) {
            vim.type_key(&mut desk, key);
        }
        vim.take_wishes();
        document.take_applied();
    }
    (document, vim)
}

#[allow(dead_code, reason = "only what is recorded is played")]
/// What the layer makes of a sequence, in a text that ends in a line break or in one that does not.
pub fn played(on: usize, at: (usize, usize), keys: &str, ending: &str) -> Recorded {
    let (document, vim) = press(&format!("{}{ending}", TEXTS[on]), at, keys);
    let head = vim.block_caret(&document, 1).unwrap_or(document.selection().primary().head);
    let line = document.buffer().line_of(head);
    let mode = match vim.mode() {
        VimMode::Normal => "n",
        VimMode::Insert => "i",
        VimMode::Replace => "R",
        VimMode::Visual(VisualKind::Chars) => "v",
        VimMode::Visual(VisualKind::Lines) => "V",
        VimMode::Visual(VisualKind::Block) => "\u{16}",
    };
    Recorded {
        on,
        at,
        keys: keys.to_owned(),
        text: document.rope().to_string().strip_suffix(ending).unwrap_or("(no end)").to_owned(),
        caret: (line, document.buffer().column(head)),
        mode: mode.to_owned(),
        register: vim.register(None).map_or_else(String::new, vim::RegisterText::shown),
    }
}
