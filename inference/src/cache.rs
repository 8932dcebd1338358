//! What the KV cache holds, and how as much of it as possible serves the next prompt.
//!
//! One sequence for each kind of prompt ([`Slot`]), all in one cache: an explanation does not evict the file that edits
//! share, completions evict neither. When cells run out, the sequence used longest ago goes.

use std::time::Duration;

use crate::{
    decoder::Decoder,
    llama::{DecodeError, Token},
    prompt::Slot,
    reuse::{self, Run},
    states::ModelStates,
};

/// A stored state must save this many tokens over what is in memory to be worth reading.
const WORTH_READING: usize = 48;
/// This many newly computed tokens are worth storing.
const WORTH_STORING: usize = 96;
/// What is put away when the model leaves memory.
const WORTH_PUTTING_AWAY: usize = 64;

/// A decoder with its books.
pub struct Cache<D> {
    decoder: D,
    sequences: [Sequence; Slot::COUNT],
    active: usize,
    /// Cells in all.
    cells: usize,
    uses: u64,
    states: Option<ModelStates>,
}

/// Tokens of one slot, in order of position.
#[derive(Default)]
struct Sequence {
    tokens: Vec<Token>,
    last_use: u64,
    /// How many of them, from the first on, are stored.
    stored: usize,
}

/// Runs that were taken out of a sequence and wait for their places.
pub struct StashedRuns(Vec<Run>);

impl StashedRuns {
    /// Where computed tokens come to lie, in order.
    pub fn runs(&self) -> &[Run] {
        &self.0
    }

    /// Tokens in all runs.
    pub fn tokens(&self) -> usize {
        self.0.iter().map(|run| run.length).sum()
    }
}

impl<D: Decoder> Cache<D> {
    /// Books for an empty cache of `cells`.
    pub fn new(decoder: D, cells: usize, states: Option<ModelStates>) -> Self {
        Cache { decoder, sequences: Default::default(), active: 0, cells, uses: 0, states }
    }

    /// The decoder.
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// The decoder, for what does not touch the cache.
    pub fn decoder_mut(&mut self) -> &mut D {
        &mut self.decoder
    }

    /// Tokens of the sequence in use.
    pub fn tokens(&self) -> &[Token] {
        &self.sequences[self.active].tokens
    }

    /// How many of `prompt`'s first tokens need not be computed; reads a stored state when that saves enough.
    pub fn open(&mut self, slot: Slot, prompt: &[Token]) -> usize {
        self.uses += 1;
        self.active = slot as usize;
        self.sequences[self.active].last_use = self.uses;
        let common = common(self.tokens(), prompt);
        self.read(slot, prompt, common).unwrap_or(common)
    }

    fn read(&mut self, slot: Slot, prompt: &[Token], common_now: usize) -> Option<usize> {
        if slot == Slot::Completion {
            return None;
        }
        let found = self.states.as_mut()?.find(prompt, common_now + WORTH_READING, self.cells)?;
        self.keep(0);
        self.make_room(found.tokens.len());
        if !self.decoder.read_state(self.active, &found.data) {
            self.decoder.truncate(self.active, 0);
            return Some(0);
        }
        let sequence = &mut self.sequences[self.active];
        (sequence.stored, sequence.tokens) = (found.tokens.len(), found.tokens);
        Some(common(&sequence.tokens, prompt))
    }

    /// Keeps the first `length` tokens of the sequence.
    pub fn keep(&mut self, length: usize) {
        let sequence = &mut self.sequences[self.active];
        if length < sequence.tokens.len() {
            let partly = self.decoder.truncate(self.active, length);
            sequence.tokens.truncate(if partly { length } else { 0 });
            sequence.stored = sequence.stored.min(sequence.tokens.len());
        }
    }

    /// Keeps the first `common` tokens and takes out runs after them that `prompt` needs elsewhere.
    pub fn stash_runs(&mut self, prompt: &[Token], common: usize) -> StashedRuns {
        let movable = self.active == Slot::Completion as usize && self.decoder.can_move();
        let runs = if movable { reuse::runs(self.tokens(), prompt, common) } else { Vec::new() };
        for (side, run) in runs.iter().enumerate() {
            self.decoder.stash(self.active, side, run.from, run.length);
        }
        self.keep(common);
        StashedRuns(runs)
    }

    /// Puts the `side`th run down at the end of the sequence.
    pub fn restore_run(&mut self, lifted: &StashedRuns, side: usize, prompt: &[Token]) {
        let Run { from, to, length } = lifted.0[side];
        let sequence = &mut self.sequences[self.active];
        let end = sequence.tokens.len();
        self.decoder.restore(self.active, side, from, length, end);
        sequence.tokens.extend_from_slice(&prompt[to..to + length]);
    }

    /// Computes tokens at the end of the sequence.
    ///
    /// # Errors
    /// [`DecodeError`]; then none of them counts as computed.
    pub fn extend(
        &mut self,
        tokens: &[Token],
        outputs: usize,
        patience: Option<Duration>,
    ) -> Result<(), DecodeError> {
        self.make_room(tokens.len());
        let at = self.tokens().len();
        self.decoder.decode(self.active, tokens, at, outputs, patience)?;
        self.sequences[self.active].tokens.extend_from_slice(tokens);
        Ok(())
    }

    /// Drops the other sequences, those used longest ago first, until `needed` more cells are free.
    fn make_room(&mut self, needed: usize) {
        loop {
            let used: usize = self.sequences.iter().map(|sequence| sequence.tokens.len()).sum();
            if used + needed <= self.cells {
                return;
            }
            let others = self.sequences.iter().enumerate();
            let droppable = others.filter(|(at, other)| *at != self.active && !other.tokens.is_empty());
            let Some((oldest, _)) = droppable.min_by_key(|(_, other)| other.last_use) else { return };
            self.decoder.truncate(oldest, 0);
            self.sequences[oldest] = Sequence::default();
        }
    }

    /// Stores the sequence when enough of it is new: after the next start it need not be computed again.
    pub fn store(&mut self) {
        self.store_if(self.active, WORTH_STORING);
    }

    /// Stores whatever is worth it, because the model leaves memory.
    pub fn persist(&mut self) {
        for slot in 0..Slot::COUNT {
            self.store_if(slot, WORTH_PUTTING_AWAY);
        }
        self.settle();
    }

    /// Waits until what was stored is on disk.
    pub fn settle(&self) {
        if let Some(states) = &self.states {
            states.settle();
        }
    }

    fn store_if(&mut self, slot: usize, worth: usize) {
        let Some(states) = &mut self.states else { return };
        let sequence = &mut self.sequences[slot];
        if slot == Slot::Completion as usize || sequence.tokens.len() - sequence.stored < worth {
            return;
        }
        if let Some(data) = self.decoder.state(slot) {
            states.keep(&sequence.tokens, data);
        }
        sequence.stored = sequence.tokens.len();
    }
}

fn common(a: &[Token], b: &[Token]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
