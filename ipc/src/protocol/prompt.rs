//! What a model is asked: the code with what surrounds it, how to choose tokens, and how a request is controlled.

use serde::{Deserialize, Serialize};

/// What to answer. The worker turns it into the loaded model's own markup and counts its tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Prompt {
    /// Rewrite a selection as the instruction says.
    Edit(CodeContext),
    /// Explain a selection, in Markdown.
    Explain(CodeContext),
    /// A conversation in the model's chat template.
    Chat(Vec<ChatMessage>),
    /// Complete the text at the caret, with the model's own fill-in-the-middle tokens.
    Fill(FillContext),
    /// Say how the lines around the caret are edited next, in the form that a family of models was trained on.
    NextEdit(NextEditContext),
    /// Text given to the model as it is, without any markup.
    Raw(String),
}

/// A selection and what surrounds it. Only `selection` is ever rewritten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeContext {
    /// File name without its folders: `parser.rs`.
    pub file_name: String,
    /// Language name as people write it, empty when unknown: `Python`.
    pub language: String,
    /// Text of the file before the selection. Trimmed from its start when the context is too small.
    pub before: String,
    /// The selected text. Never trimmed: a selection that does not fit is refused.
    pub selection: String,
    /// Text of the file after the selection. Trimmed from its end when the context is too small.
    pub after: String,
    /// What the user asked for; may be empty for an explanation.
    pub instruction: String,
    /// Further text that helps and fits nowhere else: signatures of what the selection calls, files the user added. Left
    /// out as a whole when the context is too small.
    pub reference: String,
    /// What is known to be wrong in the selection before anybody looks, in sentences: what the grammar or a checker says of it.
    pub known: String,
    /// How an edit is asked for.
    pub approach: Approach,
}

/// How an edit or an explanation is asked for: small models often give code back as it is, and do better when asked otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Approach {
    /// The selection is shown and comes back changed.
    #[default]
    Change,
    /// As [`Approach::Change`], with what is known to be wrong with the code as it is, in sentences.
    WithFindings(String),
    /// The selection is not shown: it is written anew from this beginning of it (signature and documentation), which the
    /// answer continues from and does not repeat.
    Rewrite(String),
    /// The conversation continues: each answer that was given, and what was said to it. The instruction is what was asked first.
    FollowUp(Vec<(String, String)>),
    /// Only the documentation of the selection is asked for: the answer continues from `begin`, which it does not repeat, and
    /// ends where `end` would come.
    Document {
        /// What stands before the first word: `/// `, or a signature and the quotes that open its documentation.
        begin: String,
        /// What the documentation ends with: `"""`, `*/`.
        end: String,
    },
}

/// A caret and what surrounds it. Trimmed to the worker's token budgets, farthest from the caret first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FillContext {
    /// File name without its folders: `parser.rs`.
    pub file_name: String,
    /// Text of the file before the caret.
    pub before: String,
    /// Text of the file after the caret.
    pub after: String,
    /// Pieces of other files that may help, the most helpful last.
    pub others: Vec<Excerpt>,
}

/// The form of prompts for next edits that a family of models was trained on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NextEditForm {
    /// Sweep Next-Edit: the lines before the last edit, now, and as they shall be.
    #[default]
    Sweep,
    /// Zeta 2: the lines as one side of a conflict, the answer is the other.
    Zeta2,
    /// Zeta 2.1: the lines between two marks.
    Zeta21,
}

/// The lines around a caret that may be edited next, and what was edited before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NextEditContext {
    /// The form that the model knows.
    pub form: NextEditForm,
    /// Path as the project shows it: `src/parser.rs`.
    pub file_name: String,
    /// Text of the file before the lines. Trimmed from its start when the context is too small.
    pub before: String,
    /// The lines that may change. Never trimmed.
    pub region: String,
    /// The same lines before the last edit.
    pub earlier: String,
    /// The caret, in bytes from the start of the lines.
    pub caret: usize,
    /// Text of the file after the lines. Trimmed from its end when the context is too small.
    pub after: String,
    /// What was edited before, the last change at the end.
    pub changes: Vec<RecentChange>,
    /// Pieces of other files that may help.
    pub others: Vec<Excerpt>,
}

/// Lines that were edited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentChange {
    /// Path as the project shows it.
    pub file_name: String,
    /// The lines before.
    pub before: String,
    /// The lines after.
    pub after: String,
}

/// A piece of another file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Path as the project shows it: `src/parser.rs`.
    pub file_name: String,
    /// Whole lines.
    pub text: String,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: ChatRole,
    /// What is said.
    pub text: String,
}

/// Who speaks in a [`ChatMessage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChatRole {
    /// The rules of the conversation.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// How the next token is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 always takes the likeliest token; higher is more varied.
    pub temperature: f32,
    /// Keep the `top_k` likeliest tokens; 0 keeps all.
    pub top_k: u32,
    /// Keep the likeliest tokens that together reach this probability; 1 keeps all.
    pub top_p: f32,
    /// Drop tokens less likely than this fraction of the likeliest; 0 drops none.
    pub min_p: f32,
    /// Divides the logits of recently used tokens; 1 is off.
    pub repeat_penalty: f32,
    /// How many recent tokens the penalty looks at.
    pub repeat_last: u32,
    /// Seed of the random choice. The same seed and prompt give the same answer on the same machine from an empty cache;
    /// from a warm one the prompt is computed in other batches, which round differently.
    pub seed: u32,
}

impl Default for Sampling {
    /// Greedy: what an edit wants.
    fn default() -> Self {
        Sampling {
            temperature: 0.0,
            top_k: 40,
            top_p: 0.95,
            min_p: 0.05,
            repeat_penalty: 1.0,
            repeat_last: 64,
            seed: 0,
        }
    }
}

/// When a request stops besides the model's own end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Most tokens to generate; `None`: what the context has room for.
    pub max_tokens: Option<u32>,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// Milliseconds after which the request ends with [`StopReason::Deadline`](super::StopReason::Deadline); `None`: no limit.
    pub deadline_ms: Option<u64>,
    /// Text of the answer that is there already, from a worker that died: the answer continues after it.
    pub accepted: String,
}
