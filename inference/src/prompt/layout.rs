//! What each kind of request puts before the model, in pieces: rules, the file, the selection, what is asked, and where the answer
//! begins.

use ipc::protocol::{Approach, ChatMessage, ChatRole, CodeContext, Failure, FailureKind};

use super::{Slot, Tokenizer};
use crate::{llama::Token, text::StopText};

const EDIT_RULES: &str = include_str!("../../../assets/prompts/edit-system.md");
const NEW_RULES: &str = include_str!("../../../assets/prompts/new-system.md");
const EXPLAIN_RULES: &str = include_str!("../../../assets/prompts/explain-system.md");
const DOCUMENT_RULES: &str = include_str!("../../../assets/prompts/document-system.md");

/// What stands before the selection of an edit.
pub(super) const TO_CHANGE: &str = "The code to change:\n";

/// What is asked when nothing was said.
const IMPROVE: &str = "Improve this code: correct mistakes, make it clear and simple, keep what it does.";

/// What is asked when code is written anew.
const ANEW: &str = "Only the beginning of this code is given, with its documentation. Write the whole piece of code correctly and \
                    completely, so that it does exactly what its documentation says, also in edge cases.";

/// What is asked when a comment says what to write.
const BELOW: &str = "Write the code that this comment asks for, right below it, and nothing beyond it.";

/// A run of the prompt that is tokenised by itself, so that what stands before an instruction has the same tokens whatever it says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PromptPiece {
    /// Template markup: special tokens count.
    Markup(String),
    /// Text as the user or we wrote it.
    Text(String),
    /// Help from elsewhere: left out as a whole when there is no room.
    Reference(String),
    /// Text before the selection: cut from its start when it must be.
    Before(String),
    /// The selection itself.
    Selection(String),
    /// Text after the selection: cut from its end when it must be.
    After(String),
}

impl PromptPiece {
    pub(super) fn text(&self) -> &str {
        match self {
            PromptPiece::Markup(t)
            | PromptPiece::Text(t)
            | PromptPiece::Reference(t)
            | PromptPiece::Before(t)
            | PromptPiece::Selection(t)
            | PromptPiece::After(t) => t,
        }
    }

    pub(super) fn tokens(&self, tokenizer: &dyn Tokenizer) -> Vec<Token> {
        tokenizer.tokenize(self.text(), matches!(self, PromptPiece::Markup(_)))
    }
}

/// A prompt in pieces, before it is fitted into the context.
pub(super) struct PromptLayout {
    pub(super) slot: Slot,
    pub(super) pieces: Vec<PromptPiece>,
    /// What the answer is expected to follow, when that is not the selection.
    pub(super) draft: Option<String>,
    pub(super) stops: Vec<StopText>,
    /// The least room for an answer that makes sense, in tokens, for a selection of this many tokens.
    pub(super) min_answer: fn(usize) -> usize,
    /// The room kept free for an answer before context around the selection is added.
    pub(super) usual_answer: fn(usize) -> usize,
    /// The most tokens that are still an answer.
    pub(super) max_answer: fn(usize) -> usize,
}

impl PromptLayout {
    pub(super) fn raw(text: &str) -> PromptLayout {
        PromptLayout {
            slot: Slot::Talk,
            pieces: vec![PromptPiece::Text(text.to_owned())],
            draft: None,
            stops: Vec::new(),
            min_answer: |_| 1,
            usual_answer: |_| 1,
            max_answer: |_| usize::MAX,
        }
    }

    pub(super) fn chat(messages: &[ChatMessage], tokenizer: &dyn Tokenizer) -> Result<PromptLayout, Failure> {
        let messages = messages.iter().map(|m| (m.role, vec![PromptPiece::Text(m.text.clone())])).collect();
        Ok(PromptLayout {
            slot: Slot::Talk,
            pieces: in_template(messages, tokenizer)?,
            draft: None,
            stops: Vec::new(),
            min_answer: |_| 64,
            usual_answer: |_| 512,
            max_answer: |_| 2048,
        })
    }

    pub(super) fn edit(code: &CodeContext, tokenizer: &dyn Tokenizer) -> Result<PromptLayout, Failure> {
        let fence = fence_for(code);
        if let Approach::Rewrite(head) = &code.approach {
            return PromptLayout::anew(code, head, &fence, tokenizer);
        }
        if let Approach::Document { begin, end } = &code.approach {
            return PromptLayout::document(code, (begin, end), &fence, tokenizer);
        }
        let mut user = file_pieces(code, &fence);
        user.push(PromptPiece::Text(format!("{TO_CHANGE}{}", open_fence(code, &fence))));
        user.push(PromptPiece::Selection(with_newline(&code.selection)));
        user.push(PromptPiece::Text(format!("{fence}\n\n{}", reminder(code))));
        user.push(PromptPiece::Text(asked_for(code)));
        let rules = vec![PromptPiece::Text(EDIT_RULES.trim_end().to_owned())];
        let mut turns = vec![(ChatRole::System, rules), (ChatRole::User, user)];
        for (answer, wish) in further(code) {
            let given = format!("{}{}{fence}", open_fence(code, &fence), with_newline(answer));
            turns.push((ChatRole::Assistant, vec![PromptPiece::Text(given)]));
            turns.push((
                ChatRole::User,
                vec![PromptPiece::Text(format!("{}{}", reminder(code), wish.trim()))],
            ));
        }
        let mut pieces = in_template(turns, tokenizer)?;
        // The answer begins inside the fence: no chatter before the code, and the fence's end is the answer's.
        pieces.push(PromptPiece::Text(open_fence(code, &fence)));
        let draft = further(code).last().map(|(answer, _)| with_newline(answer));
        Ok(PromptLayout::of_edit(pieces, draft, &fence))
    }

    /// The selection written anew: it is not shown, so that its mistakes are not copied; but what the answer has in common
    /// with it is still drafted from it. All that comes before its statements comes as for a change, which is mostly asked
    /// for first: it is computed then.
    fn anew(
        code: &CodeContext,
        head: &str,
        fence: &str,
        tokenizer: &dyn Tokenizer,
    ) -> Result<PromptLayout, Failure> {
        let mut user = file_pieces(code, fence);
        let open = open_fence(code, fence);
        let wish = code.instruction.trim();
        // Without older code the head is a comment that asks for some, and perhaps the word that the answer begins with.
        let fresh = head.starts_with(code.selection.trim_end());
        let rules = if fresh {
            user.push(PromptPiece::Text(format!("The code to write:\n{open}")));
            user.push(PromptPiece::Selection(with_newline(&code.selection)));
            user.push(PromptPiece::Text(format!("{fence}\n\n{BELOW}")));
            user.push(PromptPiece::Text(format!(" {wish}").trim_end().to_owned()));
            NEW_RULES
        } else {
            user.push(PromptPiece::Text(format!("{TO_CHANGE}{open}")));
            user.push(PromptPiece::Selection(with_newline(head)));
            user.push(PromptPiece::Text(format!("{fence}\n\n{ANEW}")));
            let wish = Some(wish).filter(|wish| !wish.is_empty());
            user.extend(wish.map(|wish| {
                PromptPiece::Text(format!(" It takes the place of older code, of which was said: {wish}"))
            }));
            EDIT_RULES
        };
        let rules = vec![PromptPiece::Text(rules.trim_end().to_owned())];
        let mut pieces = in_template(vec![(ChatRole::System, rules), (ChatRole::User, user)], tokenizer)?;
        let begun = if fresh { head.to_owned() } else { with_newline(head) };
        pieces.push(PromptPiece::Text(format!("{open}{begun}")));
        let old = code.selection.strip_prefix(head.trim_end()).unwrap_or(&code.selection);
        Ok(PromptLayout::of_edit(pieces, Some(with_newline(old.trim_start_matches('\n'))), fence))
    }

    /// The documentation of the selection alone: the answer begins inside of it, so that no code can come before its words.
    fn document(
        code: &CodeContext,
        (begin, end): (&str, &str),
        fence: &str,
        tokenizer: &dyn Tokenizer,
    ) -> Result<PromptLayout, Failure> {
        let mut user = file_pieces(code, fence);
        let open = open_fence(code, fence);
        user.push(PromptPiece::Text(format!("The code to document:\n{open}")));
        user.push(PromptPiece::Selection(with_newline(&code.selection)));
        user.push(PromptPiece::Text(format!("{fence}\n\n")));
        let wish = match code.instruction.trim() {
            "" => "Write its documentation.",
            wish => wish,
        };
        user.push(PromptPiece::Text(wish.to_owned()));
        let rules = vec![PromptPiece::Text(DOCUMENT_RULES.trim_end().to_owned())];
        let mut pieces = in_template(vec![(ChatRole::System, rules), (ChatRole::User, user)], tokenizer)?;
        pieces.push(PromptPiece::Text(format!("{open}{begin}")));
        Ok(PromptLayout {
            slot: Slot::Talk,
            pieces,
            draft: None,
            stops: vec![end.to_owned().into(), format!("\n{fence}").into()],
            min_answer: |_| 64,
            usual_answer: |_| 256,
            max_answer: |_| 512,
        })
    }

    fn of_edit(pieces: Vec<PromptPiece>, draft: Option<String>, fence: &str) -> PromptLayout {
        PromptLayout {
            slot: Slot::Edit,
            pieces,
            draft,
            stops: vec![format!("\n{fence}").into()],
            min_answer: |selection| selection + 32,
            usual_answer: |selection| selection + selection / 2 + 256,
            max_answer: |selection| 3 * selection + 512,
        }
    }

    pub(super) fn explain(code: &CodeContext, tokenizer: &dyn Tokenizer) -> Result<PromptLayout, Failure> {
        let fence = fence_for(code);
        let mut user = file_pieces(code, &fence);
        user.push(PromptPiece::Text(format!("The code to explain:\n{}", open_fence(code, &fence))));
        user.push(PromptPiece::Selection(with_newline(&code.selection)));
        let question = match code.instruction.trim() {
            "" => "Explain this code.",
            asked => asked,
        };
        user.push(PromptPiece::Text(format!("{fence}\n\n")));
        user.push(PromptPiece::Text(question.to_owned()));
        let rules = vec![PromptPiece::Text(EXPLAIN_RULES.trim_end().to_owned())];
        let mut turns = vec![(ChatRole::System, rules), (ChatRole::User, user)];
        for (answer, question) in further(code) {
            turns.push((ChatRole::Assistant, vec![PromptPiece::Text(answer.clone())]));
            turns.push((ChatRole::User, vec![PromptPiece::Text(question.trim().to_owned())]));
        }
        Ok(PromptLayout {
            slot: Slot::Talk,
            pieces: in_template(turns, tokenizer)?,
            draft: None,
            stops: Vec::new(),
            min_answer: |_| 128,
            usual_answer: |_| 512,
            max_answer: |_| 2048,
        })
    }
}

fn file_pieces(code: &CodeContext, fence: &str) -> Vec<PromptPiece> {
    let mut pieces = vec![PromptPiece::Text(format!("File: {}\n\n", code.file_name))];
    if !code.reference.trim().is_empty() {
        let (open, text) = (open_fence(code, fence), with_newline(&code.reference));
        pieces.push(PromptPiece::Reference(format!(
            "Only for reference, from elsewhere:\n{open}{text}{fence}\n\n"
        )));
    }
    let mut add = |title: &str, piece: PromptPiece| {
        if !piece.text().trim().is_empty() {
            pieces.push(PromptPiece::Text(format!("{title}\n{}", open_fence(code, fence))));
            pieces.push(piece);
            pieces.push(PromptPiece::Text(format!("{fence}\n\n")));
        }
    };
    add(
        "Only for reference, what stands before it in the file:",
        PromptPiece::Before(with_newline(&code.before)),
    );
    add(
        "Only for reference, what stands after it in the file:",
        PromptPiece::After(with_newline(&code.after)),
    );
    pieces
}

/// What keeps a small model from giving back the whole file: the line its answer begins with. Said before the instruction, so
/// that it is computed beforehand. Only needed where there is
/// more of the file than the selection.
fn reminder(code: &CodeContext) -> String {
    let first = code.selection.lines().find(|line| !line.trim().is_empty());
    let alone = code.before.trim().is_empty() && code.after.trim().is_empty();
    match first {
        Some(line) if !alone => {
            format!("Answer with this code only, from its first line on: {}\n\n", line.trim())
        }
        _ => String::new(),
    }
}

/// The conversation so far.
fn further(code: &CodeContext) -> &[(String, String)] {
    match &code.approach {
        Approach::FollowUp(turns) => turns,
        _ => &[],
    }
}

/// The instruction, with what is known to be wrong.
fn asked_for(code: &CodeContext) -> String {
    let wish = code.instruction.trim();
    let wish = if wish.is_empty() { IMPROVE } else { wish };
    let known = code.known.trim();
    let wish = if known.is_empty() { wish.to_owned() } else { format!("{known}\n\n{wish}") };
    match &code.approach {
        Approach::WithFindings(finding) => format!(
            "{}\n\nSo the code above is wrong and must not come back as it is. {wish}",
            finding.trim()
        ),
        _ => wish,
    }
}

fn open_fence(code: &CodeContext, fence: &str) -> String {
    format!("{fence}{}\n", code.language.to_lowercase())
}

/// A fence longer than any run of backticks in the texts it encloses.
fn fence_for(code: &CodeContext) -> String {
    let longest = [&code.before, &code.selection, &code.after, &code.reference]
        .into_iter()
        .map(|text| backticks(text))
        .max();
    "`".repeat(longest.unwrap_or(0).max(2) + 1)
}

fn backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

pub(super) fn with_newline(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// Puts messages made of pieces into the model's template: the template sees a placeholder for each piece, so that it
/// neither changes nor interprets what the pieces say.
fn in_template(
    messages: Vec<(ChatRole, Vec<PromptPiece>)>,
    tokenizer: &dyn Tokenizer,
) -> Result<Vec<PromptPiece>, Failure> {
    let mut placed: Vec<PromptPiece> = Vec::new();
    let mut chat = Vec::with_capacity(messages.len());
    for (role, pieces) in messages {
        let first = placed.len();
        placed.extend(pieces);
        let text: String = (first..placed.len()).map(placeholder).collect();
        chat.push(ChatMessage { role, text });
    }
    let rendered = tokenizer.chat(&chat)?;
    let mut pieces = Vec::with_capacity(2 * placed.len() + 1);
    let mut rest = rendered.as_str();
    for (index, piece) in placed.into_iter().enumerate() {
        let mark = placeholder(index);
        let (markup, after) = rest.split_once(&mark).ok_or_else(|| {
            Failure::new(
                FailureKind::ModelInvalid,
                "The model's chat template drops parts of the conversation; choose another model.",
            )
        })?;
        push_markup(&mut pieces, markup);
        pieces.push(piece);
        rest = after;
    }
    push_markup(&mut pieces, rest);
    Ok(pieces)
}

fn push_markup(pieces: &mut Vec<PromptPiece>, markup: &str) {
    if !markup.is_empty() {
        pieces.push(PromptPiece::Markup(markup.to_owned()));
    }
}

fn placeholder(index: usize) -> String {
    format!("\u{1}{index}\u{2}")
}
