//! llama.cpp as `generate` and `prompt` want it.

use std::time::Duration;

use ipc::protocol::{ChatMessage, Failure, FailureKind, Sampling};

use crate::{
    decoder::Decoder,
    llama::{
        Batch, DecodeError, FillMarks, LlamaContext, Sampler, TemplateError, Token, Vocabulary,
        apply_chat_template,
    },
    prompt::{Slot, Tokenizer},
    reuse::MAX_RUNS,
};

/// A context as the generator sees it.
pub(super) struct LlamaDecoder {
    pub(super) context: LlamaContext,
    pub(super) vocabulary: Vocabulary,
    batch: Batch,
    sampler: Sampler,
}

impl LlamaDecoder {
    pub(super) fn new(context: LlamaContext, vocabulary: Vocabulary) -> Self {
        let batch = Batch::new(context.options().batch as usize);
        let sampler = Sampler::new(&vocabulary, &Sampling::default());
        LlamaDecoder { context, vocabulary, batch, sampler }
    }
}

/// Sequences that a context needs: one for each slot, and one for each run that is on its way to another position.
pub(super) const SEQUENCES: u32 = (Slot::COUNT + MAX_RUNS) as u32;

impl Decoder for LlamaDecoder {
    fn decode(
        &mut self,
        sequence: usize,
        tokens: &[Token],
        at: usize,
        outputs: usize,
        patience: Option<Duration>,
    ) -> Result<(), DecodeError> {
        self.batch.clear();
        let first_output = tokens.len() - outputs;
        for (i, &token) in tokens.iter().enumerate() {
            let position = u32::try_from(at + i).map_err(|_| DecodeError::Full)?;
            self.batch.push(number(sequence), token, position, i >= first_output);
        }
        self.context.decode(&self.batch, patience)
    }

    fn begin(&mut self, sampling: &Sampling) {
        self.sampler = Sampler::new(&self.vocabulary, sampling);
    }

    fn sample(&mut self, index: usize) -> Option<Token> {
        self.sampler.sample(&self.context, index)
    }

    fn truncate(&mut self, sequence: usize, at: usize) -> bool {
        self.context.truncate(number(sequence), number(at))
    }

    fn can_move(&self) -> bool {
        self.context.can_move()
    }

    fn stash(&mut self, sequence: usize, side: usize, from: usize, length: usize) {
        self.context.copy_run(number(sequence), beside(side), number(from), number(length));
    }

    fn restore(&mut self, sequence: usize, side: usize, from: usize, length: usize, to: usize) {
        if from != to {
            self.context.move_run(beside(side), number(from), number(length), number(to));
        }
        self.context.copy_run(beside(side), number(sequence), number(to), number(length));
        self.context.truncate(beside(side), 0);
    }

    fn state(&self, sequence: usize) -> Option<Vec<u8>> {
        self.context.state(number(sequence))
    }

    fn read_state(&mut self, sequence: usize, state: &[u8]) -> bool {
        self.context.read_state(number(sequence), state)
    }

    fn set_threads(&mut self, threads: u32) {
        self.context.set_threads(threads);
    }

    fn append_piece(&self, token: Token, bytes: &mut Vec<u8>) {
        self.vocabulary.append_piece(token, bytes);
    }

    fn is_end(&self, token: Token) -> bool {
        self.vocabulary.is_end(token)
    }
}

fn beside(side: usize) -> u32 {
    number(Slot::COUNT + side)
}

fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// What a model that can be told not to think aloud begins its turn with then: what its template writes for `enable_thinking=false`
/// (Qwen3's). llama.cpp's own rendering knows no such switch, and a thought costs minutes before the first word on a CPU.
fn thought(template: &str) -> &'static str {
    if template.contains("enable_thinking") { "<think>\n\n</think>\n\n" } else { "" }
}

/// A vocabulary with the model's chat template.
pub(super) struct LlamaTokenizer<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) template: Option<&'a str>,
}

impl Tokenizer for LlamaTokenizer<'_> {
    fn tokenize(&self, text: &str, markup: bool) -> Vec<Token> {
        self.vocabulary.tokenize(text, markup)
    }

    fn start(&self) -> Option<Token> {
        self.vocabulary.start()
    }

    fn chat(&self, messages: &[ChatMessage]) -> Result<String, Failure> {
        let rendered = match self.template {
            Some(template) => apply_chat_template(template, messages),
            None => Err(TemplateError::Unknown),
        };
        // A model without a template that llama.cpp knows gets ChatML, the commonest one.
        let rendered = match rendered {
            Err(TemplateError::Unknown) => apply_chat_template("chatml", messages),
            other => other,
        };
        rendered.map(|conversation| conversation + thought(self.template.unwrap_or_default())).map_err(
            |error| Failure::new(FailureKind::Internal, format!("Cannot render the conversation: {error}.")),
        )
    }

    fn fill_marks(&self) -> Option<FillMarks> {
        self.vocabulary.fill_marks()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_model_that_can_be_told_so_begins_behind_its_thought() {
        let switch = "{%- if enable_thinking is defined and enable_thinking is false %}";
        assert_eq!(thought(switch), "<think>\n\n</think>\n\n");
        assert_eq!(thought("{%- for message in messages %}"), "");
    }
}
