//! From what is asked to the tokens the model sees.
//!
//! What changes least comes first (rules, file, selection), what changes with each request comes last (instruction), so that
//! the KV cache of a common beginning is reused. Markup of the model's chat template is tokenised as markup, everything a
//! user wrote as plain text: source code that contains `<|im_end|>` ends nothing. What does not fit is cut only around the
//! selection, at whole lines, and reported; a selection that does not fit is refused. Completions are in `fill`.

mod fill;

use ipc::protocol::{
    Approach, ChatMessage, ChatRole, CodeContext, Failure, FailureKind, Prompt, PromptReport,
};

use crate::{
    llama::{FillMarks, Token},
    text::StopText,
};

const EDIT_RULES: &str = include_str!("../../assets/prompts/edit-system.md");
const NEW_RULES: &str = include_str!("../../assets/prompts/new-system.md");
const EXPLAIN_RULES: &str = include_str!("../../assets/prompts/explain-system.md");
const DOCUMENT_RULES: &str = include_str!("../../assets/prompts/document-system.md");

/// What stands before the selection of an edit.
const TO_CHANGE: &str = "The code to change:\n";
/// What is asked when nothing was said.
const IMPROVE: &str = "Improve this code: correct mistakes, make it clear and simple, keep what it does.";
/// What is asked when code is written anew.
const ANEW: &str = "Only the beginning of this code is given, with its documentation. Write the whole piece of code correctly and \
                    completely, so that it does exactly what its documentation says, also in edge cases.";

/// What is asked when a comment says what to write.
const BELOW: &str = "Write the code that this comment asks for, right below it, and nothing beyond it.";

/// What the renderer asks of a model.
pub trait Tokenizer {
    /// Tokens of a text; with `markup`, special tokens written in it become those tokens.
    fn tokenize(&self, text: &str, markup: bool) -> Vec<Token>;
    /// The token that starts a text, when the model wants one.
    fn start(&self) -> Option<Token>;
    /// The conversation in the model's own template, ending where its turn begins.
    ///
    /// # Errors
    /// A failure for the user.
    fn chat(&self, messages: &[ChatMessage]) -> Result<String, Failure>;
    /// The model's fill-in-the-middle tokens, when it was trained with such.
    fn fill_marks(&self) -> Option<FillMarks>;
}

/// Prompts of one kind share their beginnings, so each kind keeps its own sequence in the KV cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Edits.
    Edit,
    /// Explanations, conversations, raw text.
    Talk,
    /// Completions. Only here may computed tokens be moved to other positions: an approximation that nobody sees in a few
    /// tokens, and that an edit must not inherit.
    Completion,
}

impl Slot {
    /// How many there are.
    pub const COUNT: usize = 3;
}

/// A prompt in tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// What the model sees.
    pub tokens: Vec<Token>,
    /// Of these, how many at the end are the answer's own, given before.
    pub answered: usize,
    /// Which sequence it belongs to.
    pub slot: Slot,
    /// Texts the answer is likely to repeat.
    pub likely: Vec<Token>,
    /// The answer is expected to follow `likely` from its first token on: the selection of an edit.
    pub follows: bool,
    /// Texts that end the answer.
    pub stops: Vec<StopText>,
    /// Most tokens of an answer that makes sense, when the request does not say: a small model may repeat itself for ever.
    pub most: u32,
    /// What became of the prompt; `cached` is not known yet.
    pub report: PromptReport,
}

impl Rendered {
    /// Adds what was answered before, so that the answer goes on after it.
    ///
    /// # Errors
    /// [`FailureKind::PromptTooLong`] when it leaves no room in a context of `context` tokens.
    pub fn resume(&mut self, answered: &[Token], context: u32) -> Result<(), Failure> {
        let needed = self.tokens.len() + answered.len() + 1;
        if needed > context as usize {
            return Err(too_long(needed, context as usize));
        }
        self.tokens.extend_from_slice(answered);
        self.answered = answered.len();
        self.most = self.most.saturating_sub(count(answered.len())).max(1);
        self.report.tokens = count(self.tokens.len());
        self.report.room = context - self.report.tokens;
        Ok(())
    }
}

/// Renders a prompt for a context of `context` tokens.
///
/// # Errors
/// [`FailureKind::PromptTooLong`] with the numbers when what must not be cut does not fit.
pub fn render(
    prompt: &Prompt,
    tokenizer: &dyn Tokenizer,
    context: u32,
    max_tokens: Option<u32>,
) -> Result<Rendered, Failure> {
    let layout = match prompt {
        Prompt::Raw(text) => Layout::raw(text),
        Prompt::Chat(messages) => Layout::chat(messages, tokenizer)?,
        Prompt::Edit(code) => Layout::edit(code, tokenizer)?,
        Prompt::Explain(code) => Layout::explain(code, tokenizer)?,
        Prompt::Fill(caret) => return fill::render(caret, tokenizer, context as usize, max_tokens),
    };
    layout.fit(tokenizer, context as usize, max_tokens)
}

/// A run of the prompt that is tokenised by itself, so that what stands before an instruction has the same tokens whatever it says.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
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

impl Piece {
    fn text(&self) -> &str {
        match self {
            Piece::Markup(t)
            | Piece::Text(t)
            | Piece::Reference(t)
            | Piece::Before(t)
            | Piece::Selection(t)
            | Piece::After(t) => t,
        }
    }

    fn tokens(&self, tokenizer: &dyn Tokenizer) -> Vec<Token> {
        tokenizer.tokenize(self.text(), matches!(self, Piece::Markup(_)))
    }
}

/// A prompt in pieces, before it is fitted into the context.
struct Layout {
    slot: Slot,
    pieces: Vec<Piece>,
    /// What the answer is expected to follow, when that is not the selection.
    draft: Option<String>,
    stops: Vec<StopText>,
    /// The least room for an answer that makes sense, in tokens, for a selection of this many tokens.
    min_answer: fn(usize) -> usize,
    /// The room kept free for an answer before context around the selection is added.
    usual_answer: fn(usize) -> usize,
    /// The most tokens that are still an answer.
    max_answer: fn(usize) -> usize,
}

impl Layout {
    fn raw(text: &str) -> Layout {
        Layout {
            slot: Slot::Talk,
            pieces: vec![Piece::Text(text.to_owned())],
            draft: None,
            stops: Vec::new(),
            min_answer: |_| 1,
            usual_answer: |_| 1,
            max_answer: |_| usize::MAX,
        }
    }

    fn chat(messages: &[ChatMessage], tokenizer: &dyn Tokenizer) -> Result<Layout, Failure> {
        let messages = messages.iter().map(|m| (m.role, vec![Piece::Text(m.text.clone())])).collect();
        Ok(Layout {
            slot: Slot::Talk,
            pieces: in_template(messages, tokenizer)?,
            draft: None,
            stops: Vec::new(),
            min_answer: |_| 64,
            usual_answer: |_| 512,
            max_answer: |_| 2048,
        })
    }

    fn edit(code: &CodeContext, tokenizer: &dyn Tokenizer) -> Result<Layout, Failure> {
        let fence = fence_for(code);
        if let Approach::Rewrite(head) = &code.approach {
            return Layout::anew(code, head, &fence, tokenizer);
        }
        if let Approach::Document { begin, end } = &code.approach {
            return Layout::document(code, (begin, end), &fence, tokenizer);
        }
        let mut user = file_pieces(code, &fence);
        user.push(Piece::Text(format!("{TO_CHANGE}{}", open_fence(code, &fence))));
        user.push(Piece::Selection(with_newline(&code.selection)));
        user.push(Piece::Text(format!("{fence}\n\n{}", reminder(code))));
        user.push(Piece::Text(asked_for(code)));
        let rules = vec![Piece::Text(EDIT_RULES.trim_end().to_owned())];
        let mut turns = vec![(ChatRole::System, rules), (ChatRole::User, user)];
        for (answer, wish) in further(code) {
            let given = format!("{}{}{fence}", open_fence(code, &fence), with_newline(answer));
            turns.push((ChatRole::Assistant, vec![Piece::Text(given)]));
            turns.push((ChatRole::User, vec![Piece::Text(format!("{}{}", reminder(code), wish.trim()))]));
        }
        let mut pieces = in_template(turns, tokenizer)?;
        // The answer begins inside the fence: no chatter before the code, and the fence's end is the answer's.
        pieces.push(Piece::Text(open_fence(code, &fence)));
        let draft = further(code).last().map(|(answer, _)| with_newline(answer));
        Ok(Layout::of_edit(pieces, draft, &fence))
    }

    /// The selection written anew: it is not shown, so that its mistakes are not copied; but what the answer has in common
    /// with it is still drafted from it. All that comes before its statements comes as for a change, which is mostly asked
    /// for first: it is computed then.
    fn anew(
        code: &CodeContext,
        head: &str,
        fence: &str,
        tokenizer: &dyn Tokenizer,
    ) -> Result<Layout, Failure> {
        let mut user = file_pieces(code, fence);
        let open = open_fence(code, fence);
        let wish = code.instruction.trim();
        // Without older code the head is a comment that asks for some, and perhaps the word that the answer begins with.
        let fresh = head.starts_with(code.selection.trim_end());
        let rules = if fresh {
            user.push(Piece::Text(format!("The code to write:\n{open}")));
            user.push(Piece::Selection(with_newline(&code.selection)));
            user.push(Piece::Text(format!("{fence}\n\n{BELOW}")));
            user.push(Piece::Text(format!(" {wish}").trim_end().to_owned()));
            NEW_RULES
        } else {
            user.push(Piece::Text(format!("{TO_CHANGE}{open}")));
            user.push(Piece::Selection(with_newline(head)));
            user.push(Piece::Text(format!("{fence}\n\n{ANEW}")));
            let wish = Some(wish).filter(|wish| !wish.is_empty());
            user.extend(wish.map(|wish| {
                Piece::Text(format!(" It takes the place of older code, of which was said: {wish}"))
            }));
            EDIT_RULES
        };
        let rules = vec![Piece::Text(rules.trim_end().to_owned())];
        let mut pieces = in_template(vec![(ChatRole::System, rules), (ChatRole::User, user)], tokenizer)?;
        let begun = if fresh { head.to_owned() } else { with_newline(head) };
        pieces.push(Piece::Text(format!("{open}{begun}")));
        let old = code.selection.strip_prefix(head.trim_end()).unwrap_or(&code.selection);
        Ok(Layout::of_edit(pieces, Some(with_newline(old.trim_start_matches('\n'))), fence))
    }

    /// The documentation of the selection alone: the answer begins inside of it, so that no code can come before its words.
    fn document(
        code: &CodeContext,
        (begin, end): (&str, &str),
        fence: &str,
        tokenizer: &dyn Tokenizer,
    ) -> Result<Layout, Failure> {
        let mut user = file_pieces(code, fence);
        let open = open_fence(code, fence);
        user.push(Piece::Text(format!("The code to document:\n{open}")));
        user.push(Piece::Selection(with_newline(&code.selection)));
        user.push(Piece::Text(format!("{fence}\n\n")));
        let wish = match code.instruction.trim() {
            "" => "Write its documentation.",
            wish => wish,
        };
        user.push(Piece::Text(wish.to_owned()));
        let rules = vec![Piece::Text(DOCUMENT_RULES.trim_end().to_owned())];
        let mut pieces = in_template(vec![(ChatRole::System, rules), (ChatRole::User, user)], tokenizer)?;
        pieces.push(Piece::Text(format!("{open}{begin}")));
        Ok(Layout {
            slot: Slot::Talk,
            pieces,
            draft: None,
            stops: vec![end.to_owned().into(), format!("\n{fence}").into()],
            min_answer: |_| 64,
            usual_answer: |_| 256,
            max_answer: |_| 512,
        })
    }

    fn of_edit(pieces: Vec<Piece>, draft: Option<String>, fence: &str) -> Layout {
        Layout {
            slot: Slot::Edit,
            pieces,
            draft,
            stops: vec![format!("\n{fence}").into()],
            min_answer: |selection| selection + 32,
            usual_answer: |selection| selection + selection / 2 + 256,
            max_answer: |selection| 3 * selection + 512,
        }
    }

    fn explain(code: &CodeContext, tokenizer: &dyn Tokenizer) -> Result<Layout, Failure> {
        let fence = fence_for(code);
        let mut user = file_pieces(code, &fence);
        user.push(Piece::Text(format!("The code to explain:\n{}", open_fence(code, &fence))));
        user.push(Piece::Selection(with_newline(&code.selection)));
        let question = match code.instruction.trim() {
            "" => "Explain this code.",
            asked => asked,
        };
        user.push(Piece::Text(format!("{fence}\n\n")));
        user.push(Piece::Text(question.to_owned()));
        let rules = vec![Piece::Text(EXPLAIN_RULES.trim_end().to_owned())];
        let mut turns = vec![(ChatRole::System, rules), (ChatRole::User, user)];
        for (answer, question) in further(code) {
            turns.push((ChatRole::Assistant, vec![Piece::Text(answer.clone())]));
            turns.push((ChatRole::User, vec![Piece::Text(question.trim().to_owned())]));
        }
        Ok(Layout {
            slot: Slot::Talk,
            pieces: in_template(turns, tokenizer)?,
            draft: None,
            stops: Vec::new(),
            min_answer: |_| 128,
            usual_answer: |_| 512,
            max_answer: |_| 2048,
        })
    }

    fn fit(
        self,
        tokenizer: &dyn Tokenizer,
        context: usize,
        max_tokens: Option<u32>,
    ) -> Result<Rendered, Failure> {
        let start = tokenizer.start();
        let mut tokens: Vec<Vec<Token>> = self.pieces.iter().map(|piece| piece.tokens(tokenizer)).collect();
        let selection = self.selection_tokens(&tokens);
        let answer = |usual: usize| max_tokens.map_or(usual, |max| usual.min(max as usize));
        let needed = self.fixed(&tokens) + usize::from(start.is_some());
        let least = needed + answer((self.min_answer)(selection));
        if least > context {
            return Err(too_long(least, context));
        }
        let spare = context.saturating_sub(needed + answer((self.usual_answer)(selection)));
        let (spare, trimmed_reference) = self.leave_out(&mut tokens, spare);
        let (trimmed_before, trimmed_after) = self.trim(&mut tokens, spare, tokenizer);
        let likely = self.likely(&tokens, tokenizer);
        let tokens: Vec<Token> = start.into_iter().chain(tokens.into_iter().flatten()).collect();
        let report = PromptReport {
            tokens: count(tokens.len()),
            cached: 0,
            trimmed_before,
            trimmed_after,
            trimmed_reference,
            room: count(context.saturating_sub(tokens.len())),
        };
        let most = count((self.max_answer)(selection));
        let follows = self.slot == Slot::Edit && self.draft.as_deref() != Some("");
        let (slot, stops) = (self.slot, self.stops);
        Ok(Rendered { tokens, answered: 0, slot, likely, follows, stops, most, report })
    }

    /// Tokens that are never cut.
    fn fixed(&self, tokens: &[Vec<Token>]) -> usize {
        let spared =
            |piece: &Piece| matches!(piece, Piece::Before(_) | Piece::After(_) | Piece::Reference(_));
        self.pieces.iter().zip(tokens).filter(|(piece, _)| !spared(piece)).map(|(_, t)| t.len()).sum()
    }

    /// Leaves the reference out when it does not fit into `spare` tokens. Answers what is spare after it, and the bytes that
    /// were left out.
    fn leave_out(&self, tokens: &mut [Vec<Token>], spare: usize) -> (usize, u64) {
        let Some(index) = self.pieces.iter().position(|piece| matches!(piece, Piece::Reference(_))) else {
            return (spare, 0);
        };
        if let Some(rest) = spare.checked_sub(tokens[index].len()) {
            return (rest, 0);
        }
        tokens[index].clear();
        (spare, self.pieces[index].text().len() as u64)
    }

    fn selection_tokens(&self, tokens: &[Vec<Token>]) -> usize {
        let selection = |piece: &Piece| matches!(piece, Piece::Selection(_));
        self.pieces.iter().zip(tokens).filter(|(piece, _)| selection(piece)).map(|(_, t)| t.len()).sum()
    }

    /// An edit repeats its selection; names and idioms it adds stand around it.
    fn likely(&self, tokens: &[Vec<Token>], tokenizer: &dyn Tokenizer) -> Vec<Token> {
        if self.slot != Slot::Edit {
            return Vec::new();
        }
        let of = |wanted: fn(&Piece) -> bool| {
            let pieces = self.pieces.iter().zip(tokens).filter(move |(piece, _)| wanted(piece));
            pieces.flat_map(|(_, tokens)| tokens.iter().copied())
        };
        let draft = self.draft.as_ref().map(|draft| tokenizer.tokenize(draft, false));
        draft
            .unwrap_or_else(|| of(|piece| matches!(piece, Piece::Selection(_))).collect())
            .into_iter()
            .chain(of(|piece| matches!(piece, Piece::Before(_) | Piece::After(_))))
            .collect()
    }

    /// Cuts the surroundings down to `spare` tokens, two thirds of them before the selection unless one side needs less.
    /// Answers the bytes cut before and after.
    fn trim(&self, tokens: &mut [Vec<Token>], spare: usize, tokenizer: &dyn Tokenizer) -> (u64, u64) {
        let before = self.pieces.iter().position(|piece| matches!(piece, Piece::Before(_)));
        let after = self.pieces.iter().position(|piece| matches!(piece, Piece::After(_)));
        let length = |index: Option<usize>, tokens: &[Vec<Token>]| index.map_or(0, |i| tokens[i].len());
        let wanted_after = length(after, tokens);
        let room_before = (spare * 2 / 3).max(spare.saturating_sub(wanted_after));
        let cut_before = before.map_or(0, |i| self.trim_piece(i, tokens, room_before, tokenizer));
        let room_after = spare.saturating_sub(length(before, tokens));
        let cut_after = after.map_or(0, |i| self.trim_piece(i, tokens, room_after, tokenizer));
        (cut_before, cut_after)
    }

    /// Cuts whole lines from the far end of a piece until it fits. Answers the bytes cut.
    fn trim_piece(
        &self,
        index: usize,
        tokens: &mut [Vec<Token>],
        room: usize,
        tokenizer: &dyn Tokenizer,
    ) -> u64 {
        if tokens[index].len() <= room {
            return 0;
        }
        let piece = &self.pieces[index];
        let text = piece.text();
        let from_start = matches!(piece, Piece::Before(_));
        let lines: Vec<usize> = line_borders(text);
        // Each candidate keeps fewer bytes than the one before it; the first that fits keeps the most.
        let keep = |border: usize| if from_start { &text[border..] } else { &text[..border] };
        let candidates: Vec<usize> = if from_start { lines } else { lines.into_iter().rev().collect() };
        let fitting =
            candidates.partition_point(|&border| tokenizer.tokenize(keep(border), false).len() > room);
        let kept = candidates.get(fitting).map_or("", |&border| keep(border));
        tokens[index] = tokenizer.tokenize(kept, false);
        (text.len() - kept.len()) as u64
    }
}

/// Offsets at which lines begin, and the end of the text.
fn line_borders(text: &str) -> Vec<usize> {
    let starts = text.match_indices('\n').map(|(i, _)| i + 1);
    let mut borders: Vec<usize> = std::iter::once(0).chain(starts).chain([text.len()]).collect();
    borders.dedup();
    borders
}

fn too_long(needed: usize, context: usize) -> Failure {
    let text = format!(
        "The request needs {needed} tokens and the model's context has {context}. Select less, or choose a profile with a larger context."
    );
    Failure::new(FailureKind::PromptTooLong, text)
}

fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

fn file_pieces(code: &CodeContext, fence: &str) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text(format!("File: {}\n\n", code.file_name))];
    if !code.reference.trim().is_empty() {
        let (open, text) = (open_fence(code, fence), with_newline(&code.reference));
        pieces
            .push(Piece::Reference(format!("Only for reference, from elsewhere:\n{open}{text}{fence}\n\n")));
    }
    let mut add = |title: &str, piece: Piece| {
        if !piece.text().trim().is_empty() {
            pieces.push(Piece::Text(format!("{title}\n{}", open_fence(code, fence))));
            pieces.push(piece);
            pieces.push(Piece::Text(format!("{fence}\n\n")));
        }
    };
    add("Only for reference, what stands before it in the file:", Piece::Before(with_newline(&code.before)));
    add("Only for reference, what stands after it in the file:", Piece::After(with_newline(&code.after)));
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

fn with_newline(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// Puts messages made of pieces into the model's template: the template sees a placeholder for each piece, so that it
/// neither changes nor interprets what the pieces say.
fn in_template(
    messages: Vec<(ChatRole, Vec<Piece>)>,
    tokenizer: &dyn Tokenizer,
) -> Result<Vec<Piece>, Failure> {
    let mut placed: Vec<Piece> = Vec::new();
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

fn push_markup(pieces: &mut Vec<Piece>, markup: &str) {
    if !markup.is_empty() {
        pieces.push(Piece::Markup(markup.to_owned()));
    }
}

fn placeholder(index: usize) -> String {
    format!("\u{1}{index}\u{2}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One token a byte; markup becomes one token for each `<|…|>`.
    struct Bytes;

    impl Tokenizer for Bytes {
        fn tokenize(&self, text: &str, markup: bool) -> Vec<Token> {
            let text = if markup { text.replace("<|end|>", "\u{3}") } else { text.to_owned() };
            text.bytes().map(Token::from).collect()
        }

        fn start(&self) -> Option<Token> {
            Some(1)
        }

        fn chat(&self, messages: &[ChatMessage]) -> Result<String, Failure> {
            let turn = |m: &ChatMessage| format!("<{:?}>{}<|end|>", m.role, m.text);
            Ok(messages.iter().map(turn).collect::<String>() + "<Assistant>")
        }

        fn fill_marks(&self) -> Option<FillMarks> {
            Some(FillMarks { prefix: 1001, suffix: 1002, middle: 1003, repository: None, file: None })
        }
    }

    fn code(before: &str, selection: &str, after: &str) -> CodeContext {
        CodeContext {
            file_name: "a.py".into(),
            language: "Python".into(),
            before: before.into(),
            selection: selection.into(),
            after: after.into(),
            instruction: "Fix it.".into(),
            ..CodeContext::default()
        }
    }

    fn text(rendered: &Rendered) -> String {
        let bytes: Vec<u8> = rendered.tokens.iter().skip(1).map(|t| u8::try_from(*t).unwrap()).collect();
        String::from_utf8(bytes).unwrap()
    }

    /// The end of a prompt for the selection `x = 1`.
    const ASKED: &str = concat!(
        "```python\nx = 1\n```\n\n",
        "Answer with this code only, from its first line on: x = 1\n\nFix it.",
        "\u{3}<Assistant>```python\n"
    );

    #[test]
    fn documentation_is_begun_inside_of_its_quotes_and_ends_with_them() {
        let (begin, end) = ("def f(x):\n    Q", "Q");
        let code = CodeContext {
            language: "Python".into(),
            selection: "def f(x):\n    return x".into(),
            approach: Approach::Document { begin: begin.into(), end: end.into() },
            ..CodeContext::default()
        };
        let rendered = render(&Prompt::Edit(code), &Bytes, 8192, None).unwrap();
        let text = String::from_utf8(rendered.tokens.iter().map(|token| *token as u8).collect()).unwrap();
        assert!(text.contains("The code to document:\n```python\ndef f(x):\n    return x\n```\n"), "{text}");
        assert!(text.ends_with(&format!("```python\n{begin}")), "{text}");
        assert_eq!(rendered.stops, ["Q", "\n```"].map(|text| StopText::from(text.to_owned())));
        assert!(rendered.likely.is_empty() && !rendered.follows);
    }

    #[test]
    fn an_edit_puts_what_changes_last_and_begins_the_answer_inside_the_fence() {
        let rendered = render(&Prompt::Edit(code("import os\n", "x = 1", "")), &Bytes, 4096, None).unwrap();
        let text = text(&rendered);
        assert!(text.ends_with(ASKED), "{text}");
        assert!(text.contains("```python\nimport os\n```"), "{text}");
        assert!(!text.contains("stands after it"), "{text}");
        assert_eq!(rendered.stops, [StopText::from("\n```".to_owned())]);
        assert_eq!(rendered.likely, Bytes.tokenize("x = 1\nimport os\n", false));
    }

    #[test]
    fn what_comes_before_the_instruction_is_the_same_for_every_instruction() {
        let ask = |instruction: &str| {
            let code = CodeContext { instruction: instruction.into(), ..code("import os\n", "x = 1", "") };
            render(&Prompt::Edit(code), &Bytes, 4096, None).unwrap()
        };
        let (one, other) = (ask("Fix it."), ask("Make it faster, please."));
        let alike = one.tokens.iter().zip(&other.tokens).take_while(|(one, other)| one == other).count();
        assert_eq!(one.tokens[alike..][..7], Bytes.tokenize("Fix it.", false));
    }

    #[test]
    fn code_written_anew_goes_on_from_its_head_and_never_shows_the_old_one() {
        let head = "def f():\n    'Two.'\n";
        let anew = CodeContext {
            approach: Approach::Rewrite(head.into()),
            ..code("import os\n", &format!("{head}    return 1\n"), "")
        };
        let rendered = render(&Prompt::Edit(anew), &Bytes, 4096, None).unwrap();
        let text = text(&rendered);
        assert!(text.ends_with(&format!("<Assistant>```python\n{head}")), "{text}");
        assert!(text.contains("Fix it.") && !text.contains("return 1"), "{text}");
        let change = code("import os\n", &format!("{head}    return 1\n"), "");
        let change = render(&Prompt::Edit(change), &Bytes, 4096, None).unwrap();
        let same = change.tokens.iter().zip(&rendered.tokens).take_while(|(a, b)| a == b).count();
        assert!(
            text[..same - 1].ends_with(&format!("{TO_CHANGE}```python\n{head}")),
            "{}",
            &text[..same - 1]
        );
        assert!(rendered.likely.starts_with(&Bytes.tokenize("    return 1\n", false)));
    }

    #[test]
    fn a_refinement_shows_the_answer_that_was_given() {
        let approach = Approach::FollowUp(vec![("x = 2".into(), "But keep x.".into())]);
        let refined = CodeContext { approach, ..code("", "x = 1", "") };
        let rendered = render(&Prompt::Edit(refined), &Bytes, 4096, None).unwrap();
        let text = text(&rendered);
        assert!(
            text.contains("Fix it.\u{3}<Assistant>```python\nx = 2\n```\u{3}<User>But keep x."),
            "{text}"
        );
        assert!(rendered.likely.starts_with(&Bytes.tokenize("x = 2\n", false)));
    }

    #[test]
    fn an_explanation_is_asked_about_further() {
        let approach =
            Approach::FollowUp(vec![("It adds.".into(), "Why?".into()), ("So.".into(), "And?".into())]);
        let asked = CodeContext { approach, ..code("", "x = 1", "") };
        let text = text(&render(&Prompt::Explain(asked), &Bytes, 4096, None).unwrap());
        let end = "<Assistant>It adds.\u{3}<User>Why?\u{3}<Assistant>So.\u{3}<User>And?\u{3}<Assistant>";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn what_is_wrong_is_said_after_the_code() {
        let wrong = CodeContext {
            approach: Approach::WithFindings("`f()` gives 1.".into()),
            ..code("", "x = 1", "")
        };
        let rendered = render(&Prompt::Edit(wrong), &Bytes, 4096, None).unwrap();
        assert!(text(&rendered).contains("x = 1\n```\n\n`f()` gives 1.\n\nSo the code above is wrong"));
    }

    #[test]
    fn what_is_known_to_be_wrong_stands_behind_the_code_and_before_the_wish() {
        let plain = render(&Prompt::Edit(code("", "x = (", "")), &Bytes, 4096, None).unwrap();
        let known = CodeContext { known: "The line `x = (` is open.".into(), ..code("", "x = (", "") };
        let told = render(&Prompt::Edit(known), &Bytes, 4096, None).unwrap();
        assert!(text(&told).contains("```\n\nThe line `x = (` is open.\n\nFix it."), "{}", text(&told));
        let same = plain.tokens.iter().zip(&told.tokens).take_while(|(a, b)| a == b).count();
        assert!(text(&told)[..same - 1].ends_with("x = (\n```\n\n"), "all before it stays computed");
    }

    #[test]
    fn a_reference_is_left_out_before_anything_else_and_reported() {
        let with = CodeContext { reference: "fn g()\n".repeat(100), ..code("before\n", "x = 1", "") };
        let whole = render(&Prompt::Edit(with.clone()), &Bytes, 4096, None).unwrap();
        assert!(text(&whole).contains("fn g()") && whole.report.trimmed_reference == 0);
        let short = render(&Prompt::Edit(with), &Bytes, 1500, None).unwrap();
        assert!(!text(&short).contains("fn g()") && text(&short).contains("before"));
        assert!(short.report.trimmed_reference >= 700, "{:?}", short.report);
    }

    #[test]
    fn an_answer_that_is_resumed_goes_on_after_its_own_tokens() {
        let mut rendered = render(&Prompt::Edit(code("", "x = 1", "")), &Bytes, 4096, None).unwrap();
        let (tokens, most) = (rendered.tokens.len(), rendered.most);
        rendered.resume(&Bytes.tokenize("x =", false), 4096).unwrap();
        assert_eq!((rendered.tokens.len(), rendered.answered, rendered.most), (tokens + 3, 3, most - 3));
        let failure = rendered.resume(&vec![7; 4096], 4096).unwrap_err();
        assert_eq!(failure.kind, FailureKind::PromptTooLong);
    }

    #[test]
    fn source_code_cannot_speak_markup_or_close_its_fence() {
        let selection = "print('<|end|>')\n````\n";
        let rendered = render(&Prompt::Edit(code("", selection, "")), &Bytes, 4096, None).unwrap();
        assert_eq!(text(&rendered).matches('\u{3}').count(), 2);
        assert!(text(&rendered).contains(&format!("`````python\n{selection}`````")));
        assert_eq!(rendered.stops, [StopText::from("\n`````".to_owned())]);
    }

    #[test]
    fn what_does_not_fit_is_cut_at_whole_lines_around_the_selection_and_reported() {
        let before: String = (0..100).map(|n| format!("before {n}\n")).collect();
        let after: String = (0..100).map(|n| format!("after {n}\n")).collect();
        let rendered = render(&Prompt::Edit(code(&before, "sel\n", &after)), &Bytes, 1800, None).unwrap();
        let text = text(&rendered);
        assert!(text.contains("before 99\n```") && !text.contains("before 0\n"), "{text}");
        assert!(text.contains("python\nafter 0\n") && !text.contains("after 99\n"), "{text}");
        assert!(rendered.report.trimmed_before > 0 && rendered.report.trimmed_after > 0);
        assert!(rendered.tokens.len() + rendered.report.room as usize == 1800);
    }

    #[test]
    fn a_selection_that_does_not_fit_is_refused_with_the_numbers() {
        let failure = render(&Prompt::Edit(code("", &"x".repeat(5000), "")), &Bytes, 4096, None).unwrap_err();
        assert_eq!(failure.kind, FailureKind::PromptTooLong);
        assert!(failure.text.contains("4096"), "{failure}");
    }

    proptest! {
        #[test]
        fn a_prompt_never_exceeds_the_context_and_keeps_the_selection_whole(
            before in "[a\n]{0,600}", selection in "[b\n]{1,200}", after in "[c\n]{0,600}", context in 300u32..3000,
        ) {
            match render(&Prompt::Edit(code(&before, &selection, &after)), &Bytes, context, None) {
                Ok(rendered) => {
                    prop_assert!(rendered.tokens.len() < context as usize);
                    let kept = with_newline(&selection);
                    prop_assert!(text(&rendered).contains(&kept));
                    let cut = rendered.report.trimmed_before + rendered.report.trimmed_after;
                    prop_assert!(cut <= (before.len() + after.len() + 2) as u64);
                }
                Err(failure) => prop_assert_eq!(failure.kind, FailureKind::PromptTooLong),
            }
        }
    }
}
