//! What the text of a tab declares, as it was found last, kept in step with the text until it is looked for again.

use std::sync::Arc;

use editor_core::symbols::Symbol;
use editor_core::{Revision, Transaction};

/// An edit that would move more ends of symbols than this, counted for each of its changes, moves none: the text is parsed anew
/// sooner.
const MAX_MOVED: usize = 1_000_000;

/// What a text declares.
#[derive(Clone, Debug, Default)]
pub struct FileSymbols {
    /// The revision of the tree that it was read from; `None`: it was not looked for yet.
    pub revision: Option<Revision>,
    /// All of it, in order; those that hold others come before them.
    pub all: Arc<Vec<Symbol>>,
}

impl FileSymbols {
    /// Follows an edit of the text.
    pub fn follow(&mut self, transaction: &Transaction) {
        if self.all.is_empty() || self.all.len() * transaction.changes().len() > MAX_MOVED {
            return;
        }
        for symbol in Arc::make_mut(&mut self.all) {
            symbol.range = transaction.map_range(symbol.range.clone());
            symbol.name_range = transaction.map_range(symbol.name_range.clone());
        }
    }
}
