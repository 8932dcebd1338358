//! The texts of a list: added by one thread while another already searches, in pieces that are never changed.

use std::sync::Arc;

/// This many texts make a piece: what a thread takes at once, in less than a millisecond.
pub(super) const PIECE: usize = 2048;

/// Texts that stay as they are, one behind the other, so that going through them costs little.
#[derive(Debug, Default)]
pub(super) struct Piece {
    all: String,
    /// Where each ends.
    ends: Vec<u32>,
    /// Each that comes behind all others.
    last: Vec<bool>,
}

impl Piece {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn text(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start as usize..self.ends[index] as usize]
    }

    pub(super) fn is_last(&self, index: usize) -> bool {
        self.last[index]
    }
}

/// A list of texts, each with a number from 0 on. Cloning is cheap, and a clone stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    pub(super) pieces: Vec<Arc<Piece>>,
}

impl Corpus {
    /// Adds a text and says its number. One that comes `last` does so however well it matches.
    pub fn push(&mut self, text: &str, last: bool) -> u32 {
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            self.pieces.push(Arc::default());
        }
        let number = self.len();
        if let Some(piece) = self.pieces.last_mut() {
            // A piece that is being searched is copied, once.
            let piece = Arc::make_mut(piece);
            piece.all.push_str(text);
            piece.ends.push(piece.all.len() as u32);
            piece.last.push(last);
        }
        number as u32
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let full = self.pieces.len().saturating_sub(1) * PIECE;
        full + self.pieces.last().map_or(0, |piece| piece.len())
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The text with this number.
    #[must_use]
    pub fn text(&self, number: u32) -> Option<&str> {
        let piece = self.pieces.get(number as usize / PIECE)?;
        let index = number as usize % PIECE;
        (index < piece.len()).then(|| piece.text(index))
    }

    pub(super) fn is_last(&self, number: u32) -> bool {
        let piece = self.pieces.get(number as usize / PIECE);
        let index = number as usize % PIECE;
        piece.is_some_and(|piece| index < piece.len() && piece.is_last(index))
    }
}

impl Clone for Piece {
    fn clone(&self) -> Self {
        Self { all: self.all.clone(), ends: self.ends.clone(), last: self.last.clone() }
    }
}
