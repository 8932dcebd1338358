//! Text to tokens and back.

use llama_cpp_sys_2 as sys;

use super::{LlamaModel, Token};

/// A model's fill-in-the-middle tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillMarks {
    /// Before the text that stands before the caret.
    pub prefix: Token,
    /// Before the text that stands after the caret.
    pub suffix: Token,
    /// Before the answer.
    pub middle: Token,
    /// Begins a repository, for models that were trained with several files.
    pub repository: Option<Token>,
    /// Begins a file in a repository.
    pub file: Option<Token>,
}

/// A model's vocabulary. Keeps the model alive.
#[derive(Clone)]
pub struct Vocabulary {
    model: LlamaModel,
}

impl Vocabulary {
    pub(super) fn new(model: LlamaModel) -> Self {
        Vocabulary { model }
    }

    pub(super) fn raw(&self) -> *const sys::llama_vocab {
        // SAFETY: the model is valid; its vocabulary lives as long.
        unsafe { sys::llama_model_get_vocab(self.model.raw()) }
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        // SAFETY: the vocabulary is valid.
        usize::try_from(unsafe { sys::llama_vocab_n_tokens(self.raw()) }).unwrap_or(0)
    }

    /// True for a vocabulary without tokens.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tokens of a text. With `markup`, special tokens written in the text become those tokens; without, they stay text,
    /// so that source code can not end the model's turn.
    pub fn tokenize(&self, text: &str, markup: bool) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 2 + 8);
        let wanted = self.tokenize_into(text, markup, &mut tokens);
        if let Ok(missing) = usize::try_from(-wanted)
            && missing > tokens.capacity()
        {
            tokens.reserve_exact(missing);
            self.tokenize_into(text, markup, &mut tokens);
        }
        tokens
    }

    /// Fills `tokens` up to its capacity; answers the count, or minus the capacity that is needed.
    fn tokenize_into(&self, text: &str, markup: bool, tokens: &mut Vec<Token>) -> i32 {
        let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
        let room = i32::try_from(tokens.capacity()).unwrap_or(i32::MAX);
        // SAFETY: text and buffer are valid for the lengths given.
        let count = unsafe {
            sys::llama_tokenize(
                self.raw(),
                text.as_ptr().cast(),
                length,
                tokens.as_mut_ptr(),
                room,
                false,
                markup,
            )
        };
        if let Ok(count) = usize::try_from(count) {
            // SAFETY: llama.cpp wrote `count` tokens, no more than the capacity.
            unsafe { tokens.set_len(count) };
        }
        count
    }

    /// Appends a token's bytes, which may be part of a character. Markup tokens are empty.
    pub fn append_piece(&self, token: Token, bytes: &mut Vec<u8>) {
        bytes.reserve(64);
        loop {
            let spare = bytes.spare_capacity_mut();
            let room = i32::try_from(spare.len()).unwrap_or(i32::MAX);
            // SAFETY: the spare capacity is writable for its length; an id outside the vocabulary is refused by llama.cpp.
            let count = unsafe {
                sys::llama_token_to_piece(self.raw(), token, spare.as_mut_ptr().cast(), room, 0, false)
            };
            match usize::try_from(count) {
                Ok(count) => {
                    // SAFETY: llama.cpp wrote `count` bytes into the spare capacity.
                    unsafe { bytes.set_len(bytes.len() + count) };
                    return;
                }
                Err(_) => bytes.reserve(usize::try_from(-count).unwrap_or(0)),
            }
        }
    }

    /// True for tokens that end the model's turn.
    pub fn is_end(&self, token: Token) -> bool {
        // SAFETY: the vocabulary is valid.
        unsafe { sys::llama_vocab_is_eog(self.raw(), token) }
    }

    /// The fill-in-the-middle tokens, when the model has them.
    pub fn fill_marks(&self) -> Option<FillMarks> {
        let known = |token: Token| (token >= 0).then_some(token);
        // SAFETY: the vocabulary is valid.
        unsafe {
            Some(FillMarks {
                prefix: known(sys::llama_vocab_fim_pre(self.raw()))?,
                suffix: known(sys::llama_vocab_fim_suf(self.raw()))?,
                middle: known(sys::llama_vocab_fim_mid(self.raw()))?,
                repository: known(sys::llama_vocab_fim_rep(self.raw())),
                file: known(sys::llama_vocab_fim_sep(self.raw())),
            })
        }
    }

    /// The token that starts a text, when the model wants one.
    pub fn start(&self) -> Option<Token> {
        // SAFETY: the vocabulary is valid.
        let (wanted, token) =
            unsafe { (sys::llama_vocab_get_add_bos(self.raw()), sys::llama_vocab_bos(self.raw())) };
        (wanted && token >= 0).then_some(token)
    }
}
