//! What an answer and its cache ask of a model, so that their rules are tested with a scripted one beside the real one.

use std::time::Duration;

use ipc::protocol::Sampling;

use crate::llama::{DecodeError, Token};

/// What generating asks of a model: sequences of tokens at rising positions, numbered from 0 to [`crate::prompt::Slot::COUNT`].
pub trait Decoder {
    /// Computes `tokens` of a sequence from position `at` on; the last `outputs` of them can be sampled from afterwards.
    ///
    /// # Errors
    /// [`DecodeError`]; then none of the tokens counts as computed.
    fn decode(
        &mut self,
        sequence: usize,
        tokens: &[Token],
        at: usize,
        outputs: usize,
        patience: Option<Duration>,
    ) -> Result<(), DecodeError>;
    /// Starts choosing tokens anew, with these parameters.
    fn begin(&mut self, sampling: &Sampling);
    /// Chooses the token after the `index`th token of the last [`Decoder::decode`].
    fn sample(&mut self, index: usize) -> Option<Token>;
    /// Forgets everything of a sequence from position `at` on. False when all of it had to be forgotten.
    fn truncate(&mut self, sequence: usize, at: usize) -> bool;
    /// Whether computed tokens can be moved to other positions.
    fn can_move(&self) -> bool;
    /// Copies a run of a sequence to the side, numbered from 0 to [`crate::reuse::MAX_RUNS`].
    fn stash(&mut self, sequence: usize, side: usize, from: usize, length: usize);
    /// Puts the run at the side, which was at `from`, to the end of a sequence, which is at `to`.
    fn restore(&mut self, sequence: usize, side: usize, from: usize, length: usize, to: usize);
    /// A sequence as bytes; `None` when it cannot be had.
    fn state(&self, sequence: usize) -> Option<Vec<u8>>;
    /// Fills an empty sequence from such bytes. False when they were refused.
    fn read_state(&mut self, sequence: usize, state: &[u8]) -> bool;
    /// Computes with this many threads from now on.
    fn set_threads(&mut self, threads: u32);
    /// Appends a token's bytes.
    fn append_piece(&self, token: Token, bytes: &mut Vec<u8>);
    /// True for tokens that end the answer.
    fn is_end(&self, token: Token) -> bool;
}
