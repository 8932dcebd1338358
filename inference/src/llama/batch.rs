//! Tokens for one call to the model.

use llama_cpp_sys_2 as sys;

use super::Token;

/// Tokens of one sequence at rising positions, each with the wish for logits or not.
pub struct Batch {
    raw: sys::llama_batch,
    capacity: usize,
}

// SAFETY: the batch owns its arrays and is used by one thread at a time.
unsafe impl Send for Batch {}

impl Batch {
    /// An empty batch with room for `capacity` tokens.
    pub fn new(capacity: usize) -> Batch {
        let room = i32::try_from(capacity).unwrap_or(i32::MAX);
        // SAFETY: no obligations; freed in `drop`.
        let raw = unsafe { sys::llama_batch_init(room, 0, 1) };
        Batch { raw, capacity }
    }

    /// Empties the batch.
    pub fn clear(&mut self) {
        self.raw.n_tokens = 0;
    }

    /// Tokens in the batch.
    pub fn len(&self) -> usize {
        usize::try_from(self.raw.n_tokens).unwrap_or(0)
    }

    /// True when there is nothing to decode.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Most tokens it can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Adds a token of a sequence.
    ///
    /// # Panics
    /// When the batch is full: callers cut their tokens to [`Batch::capacity`].
    pub fn push(&mut self, sequence: u32, token: Token, position: u32, logits: bool) {
        let i = self.len();
        assert!(i < self.capacity, "a batch of {} is full", self.capacity);
        // SAFETY: `llama_batch_init` allocated `capacity` elements in each array and one sequence id per token.
        unsafe {
            *self.raw.token.add(i) = token;
            *self.raw.pos.add(i) = i32::try_from(position).unwrap_or(i32::MAX);
            *self.raw.n_seq_id.add(i) = 1;
            **self.raw.seq_id.add(i) = i32::try_from(sequence).unwrap_or(i32::MAX);
            *self.raw.logits.add(i) = i8::from(logits);
        }
        self.raw.n_tokens += 1;
    }

    pub(super) fn raw(&self) -> sys::llama_batch {
        self.raw
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // SAFETY: allocated by `llama_batch_init`, freed once.
        unsafe { sys::llama_batch_free(self.raw) };
    }
}
