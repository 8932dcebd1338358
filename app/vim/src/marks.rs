//! Marks of one text: places with a letter, and those that Vim sets itself.

use std::collections::BTreeMap;

use editor_core::{Bias, Transaction};

use crate::region::VisualArea;

/// The marks of one text. They follow edits, within a line, too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    named: BTreeMap<char, usize>,
    /// What was selected last.
    pub visual: Option<VisualArea>,
}

impl Marks {
    /// The place of a mark.
    pub fn get(&self, name: char) -> Option<usize> {
        match name {
            '<' => self.visual.map(|visual| visual.start()),
            '>' => self.visual.map(|visual| visual.end()),
            '`' => self.named.get(&'\'').copied(),
            name => self.named.get(&name).copied(),
        }
    }

    /// Sets a mark; false: there is none of this name.
    pub fn set(&mut self, name: char, at: usize) -> bool {
        let name = if name == '`' { '\'' } else { name };
        let is_one = name.is_ascii_alphabetic() || matches!(name, '\'' | '^' | '.' | '[' | ']');
        if is_one {
            self.named.insert(name, at);
        }
        is_one
    }

    /// Goes along with an edit.
    pub fn follow(&mut self, transaction: &Transaction) {
        let map = |at: usize| transaction.map(at, Bias::Before);
        self.named.values_mut().for_each(|at| *at = map(*at));
        if let Some(visual) = &mut self.visual {
            (visual.anchor, visual.head) = (map(visual.anchor), map(visual.head));
        }
    }

    /// The text was edited here.
    pub fn edited(&mut self, transaction: &Transaction) {
        if let Some(change) = transaction.changes().last() {
            let at = transaction.map(change.range.start, Bias::Before);
            self.named.insert('.', at);
        }
    }
}
