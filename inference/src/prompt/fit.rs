//! A prompt that is fitted into the context: what does not fit is cut around the selection alone, and counted.

use ipc::protocol::{Failure, PromptReport};

use super::layout::{PromptLayout, PromptPiece};
use super::{Rendered, Slot, Tokenizer, count, too_long};
use crate::llama::Token;

impl PromptLayout {
    pub(super) fn fit(
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
        let spared = |piece: &PromptPiece| {
            matches!(piece, PromptPiece::Before(_) | PromptPiece::After(_) | PromptPiece::Reference(_))
        };
        self.pieces.iter().zip(tokens).filter(|(piece, _)| !spared(piece)).map(|(_, t)| t.len()).sum()
    }

    /// Leaves the reference out when it does not fit into `spare` tokens. Answers what is spare after it, and the bytes that
    /// were left out.
    fn leave_out(&self, tokens: &mut [Vec<Token>], spare: usize) -> (usize, u64) {
        let Some(index) = self.pieces.iter().position(|piece| matches!(piece, PromptPiece::Reference(_)))
        else {
            return (spare, 0);
        };
        if let Some(rest) = spare.checked_sub(tokens[index].len()) {
            return (rest, 0);
        }
        tokens[index].clear();
        (spare, self.pieces[index].text().len() as u64)
    }

    fn selection_tokens(&self, tokens: &[Vec<Token>]) -> usize {
        let selection = |piece: &PromptPiece| matches!(piece, PromptPiece::Selection(_));
        self.pieces.iter().zip(tokens).filter(|(piece, _)| selection(piece)).map(|(_, t)| t.len()).sum()
    }

    /// An edit repeats its selection; names and idioms it adds stand around it.
    fn likely(&self, tokens: &[Vec<Token>], tokenizer: &dyn Tokenizer) -> Vec<Token> {
        if self.slot != Slot::Edit {
            return Vec::new();
        }
        let of = |wanted: fn(&PromptPiece) -> bool| {
            let pieces = self.pieces.iter().zip(tokens).filter(move |(piece, _)| wanted(piece));
            pieces.flat_map(|(_, tokens)| tokens.iter().copied())
        };
        let draft = self.draft.as_ref().map(|draft| tokenizer.tokenize(draft, false));
        draft
            .unwrap_or_else(|| of(|piece| matches!(piece, PromptPiece::Selection(_))).collect())
            .into_iter()
            .chain(of(|piece| matches!(piece, PromptPiece::Before(_) | PromptPiece::After(_))))
            .collect()
    }

    /// Cuts the surroundings down to `spare` tokens, two thirds of them before the selection unless one side needs less.
    /// Answers the bytes cut before and after.
    fn trim(&self, tokens: &mut [Vec<Token>], spare: usize, tokenizer: &dyn Tokenizer) -> (u64, u64) {
        let before = self.pieces.iter().position(|piece| matches!(piece, PromptPiece::Before(_)));
        let after = self.pieces.iter().position(|piece| matches!(piece, PromptPiece::After(_)));
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
        let from_start = matches!(piece, PromptPiece::Before(_));
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
pub(super) fn line_borders(text: &str) -> Vec<usize> {
    let starts = text.match_indices('\n').map(|(i, _)| i + 1);
    let mut borders: Vec<usize> = std::iter::once(0).chain(starts).chain([text.len()]).collect();
    borders.dedup();
    borders
}
