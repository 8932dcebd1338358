//! Where a change is due, in a text as it is now. First the rarest word of a pattern is looked for, then a few lines around it are read,
//! then the tree is asked: so a large text costs little more than a search for a word.

use std::ops::Range;

use ropey::Rope;

use super::build::{indent_of, is_whole_word, lexed};
use super::pattern::{ChangePattern, Matching, PatternMatch, PatternPiece, PatternReach};
use super::scan::{Scanned, TokenClass, scan};
use super::window::DECLARES;
use crate::syntax::{SyntaxTree, TextClass};
use crate::{Change, Language};

/// Larger texts are not searched, in bytes.
pub const MAX_SEARCHED: usize = 2_000_000;

/// Words that are looked at in one text.
const MAX_HITS: usize = 4000;

/// Places that are found in one text.
const MAX_PLACES: usize = 200;

/// Lines below a word that are read where its own do not tell.
const MAX_BELOW: usize = 12;

/// A line is read so far on either side of a word, in bytes.
const MAX_LINE: usize = 2000;

/// A text in which changes may be due.
#[derive(Clone, Copy, Debug)]
pub struct SearchedText<'a> {
    /// The text, twice: as a string it is searched.
    pub text: &'a str,
    /// The same.
    pub rope: &'a Rope,
    /// Its language.
    pub language: Language,
    /// Its tree; one of an earlier revision tells nothing and is left out.
    pub tree: Option<&'a SyntaxTree>,
    /// The position to search from, in chars.
    pub from: usize,
    /// What must not be changed, in chars: what was edited, and what the person did not want.
    pub spared: &'a [Range<usize>],
    /// Is it the text that was edited?
    pub is_edited: bool,
}

/// A place where a change is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePlace {
    /// What the change is about, in chars.
    pub range: Range<usize>,
    /// What stands there.
    pub before: String,
    /// What would stand there.
    pub after: String,
}

impl ChangePlace {
    /// The change, without what is equal at both ends.
    #[must_use]
    pub fn change(&self) -> Change {
        let (before, after): (Vec<char>, Vec<char>) =
            (self.before.chars().collect(), self.after.chars().collect());
        let shorter = before.len().min(after.len());
        let start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        let back = before.iter().rev().zip(after.iter().rev()).take(shorter - start);
        let end = back.take_while(|(a, b)| a == b).count();
        let insert: String = after[start..after.len() - end].iter().collect();
        Change::new(self.range.start + start..self.range.end - end, insert)
    }
}

/// The places where changes are due, in order. Of two that overlap the one of the earlier pattern is kept.
#[must_use]
pub fn places(patterns: &[ChangePattern], searched: &SearchedText<'_>) -> Vec<ChangePlace> {
    if searched.text.len() > MAX_SEARCHED {
        return Vec::new();
    }
    let bytes = |range: &Range<usize>| {
        let at = |position: usize| searched.rope.char_to_byte(position.min(searched.rope.len_chars()));
        at(range.start)..at(range.end)
    };
    let mut taken: Vec<Range<usize>> = searched.spared.iter().map(bytes).collect();
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    for pattern in patterns.iter().filter(|pattern| pattern.language == searched.language) {
        if !searched.is_edited && !pattern.is_for_all_texts() {
            continue;
        }
        search(pattern, searched, &mut taken, &mut found);
    }
    found.sort_by_key(|(range, _)| range.start);
    let place = |(range, after): (Range<usize>, String)| ChangePlace {
        before: searched.text[range.clone()].to_owned(),
        range: searched.rope.byte_to_char(range.start)..searched.rope.byte_to_char(range.end),
        after,
    };
    found.into_iter().map(place).collect()
}

/// Adds what one pattern finds, the nearest behind the position first.
fn search(
    pattern: &ChangePattern,
    searched: &SearchedText<'_>,
    taken: &mut Vec<Range<usize>>,
    found: &mut Vec<(Range<usize>, String)>,
) {
    let Some(anchor) = pattern.anchor() else { return };
    let Some(word) = pattern.fixed(anchor) else { return };
    let from = searched.rope.char_to_byte(searched.from.min(searched.rope.len_chars()));
    let text = searched.text;
    let behind = text[from..].match_indices(word).map(|(at, _)| from + at);
    let before = text[..from].match_indices(word).map(|(at, _)| at);
    let mut done: Vec<usize> = Vec::new();
    for at in behind.chain(before).take(MAX_HITS) {
        if found.len() >= MAX_PLACES {
            return;
        }
        let Some((range, after)) = place_at(pattern, searched, anchor, at..at + word.len()) else { continue };
        let is_free = !taken.iter().any(|taken| overlap(taken, &range)) && !done.contains(&range.start);
        if is_free {
            done.push(range.start);
            taken.push(range.clone());
            found.push((range, after));
        }
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
        || (one.is_empty() && other.start <= one.start && one.start <= other.end)
}

/// The match whose anchor stands at these bytes, and what would take its place.
fn place_at(
    pattern: &ChangePattern,
    searched: &SearchedText<'_>,
    anchor: usize,
    hit: Range<usize>,
) -> Option<(Range<usize>, String)> {
    if let PatternReach::Within(reach) = &pattern.reach
        && !(reach.start <= hit.start && hit.end <= reach.end)
    {
        return None;
    }
    let is_symbol =
        matches!(pattern.pieces.get(anchor), Some(PatternPiece::Fixed { class: TokenClass::Symbol, .. }));
    if !is_symbol && !is_whole_word(searched.text, &hit) {
        return None;
    }
    let breaks = |pieces: &[PatternPiece]| {
        pieces.iter().filter(|piece| matches!(piece, PatternPiece::Fixed { breaks: Some(true), .. })).count()
    };
    let (above, below) = (breaks(&pattern.pieces[..=anchor]), breaks(&pattern.pieces[anchor + 1..]));
    match read(pattern, searched, anchor, (&hit, above, below)) {
        Reading::More => match read(pattern, searched, anchor, (&hit, above, below + MAX_BELOW)) {
            Reading::Place(range, after) => Some((range, after)),
            Reading::More | Reading::Nothing => None,
        },
        Reading::Place(range, after) => Some((range, after)),
        Reading::Nothing => None,
    }
}

enum Reading {
    Place(Range<usize>, String),
    Nothing,
    /// The lines that were read do not tell.
    More,
}

/// Reads some lines around a hit.
fn read(
    pattern: &ChangePattern,
    searched: &SearchedText<'_>,
    anchor: usize,
    (hit, above, below): (&Range<usize>, usize, usize),
) -> Reading {
    let lines = around(searched.text, hit, above, below);
    let part = &searched.text[lines.clone()];
    let tokens = scan(pattern.language, part, pattern.prose);
    let Ok(at) = tokens.binary_search_by_key(&(hit.start - lines.start), |token| token.start) else {
        return Reading::Nothing;
    };
    let found = match pattern.matched(&tokens, anchor, at) {
        Matching::Found(found) => found,
        Matching::Not => return Reading::Nothing,
        Matching::More => return Reading::More,
    };
    let (Some(first), Some(last)) = (tokens.get(found.tokens.start), tokens.get(found.tokens.end - 1)) else {
        return Reading::Nothing;
    };
    let range = lines.start + first.start..lines.start + last.end();
    if !suits(pattern, &tokens, &found) || !fits_tree(pattern, searched, &range, hit) {
        return Reading::Nothing;
    }
    let after = pattern.replacement(part, &tokens, &found, indent_of(searched.text, range.start));
    if pattern.is_done(&tokens, &found, &after) || after == searched.text[range.clone()] {
        return Reading::Nothing;
    }
    Reading::Place(range, after)
}

/// By what stands before it: is it the use of a name, not its declaration, and not another one's name?
fn suits(pattern: &ChangePattern, tokens: &[Scanned<'_>], found: &PatternMatch) -> bool {
    let start = found.tokens.start;
    let declares = start.checked_sub(1).is_some_and(|before| DECLARES.contains(&tokens[before].text));
    let begins_with_name = tokens[start].class == TokenClass::Word;
    let is_call = tokens.get(start + 1).is_some_and(|next| next.is("("));
    pattern.suits(tokens, start) && (pattern.is_renaming() || !(declares && begins_with_name && is_call))
}

/// By the tree: is it what was edited, and not, say, a comment that has the same words?
fn fits_tree(
    pattern: &ChangePattern,
    searched: &SearchedText<'_>,
    range: &Range<usize>,
    hit: &Range<usize>,
) -> bool {
    let prose_of_its_own = pattern.prose && pattern.class == TextClass::Code;
    let quoted = searched.text[hit.clone()].starts_with(['"', '\'', '`']);
    let same_class =
        |class| class == pattern.class || (quoted && class == TextClass::Quoted) || prose_of_its_own;
    let Some(tree) = searched.tree else {
        return pattern.leaf.is_none() && same_class(lexed(pattern.language, searched.text, hit));
    };
    let same_shape = pattern.shape.is_none_or(|shape| tree.shape(range) == Some(shape));
    let same_leaf = pattern.leaf.is_none_or(|leaf| tree.shape(range) == Some(leaf));
    same_class(tree.text_class(hit)) && same_shape && same_leaf
}

/// The lines around a hit, as far as lines of a usual length go.
fn around(text: &str, hit: &Range<usize>, above: usize, below: usize) -> Range<usize> {
    let (mut start, mut end) = (hit.start, hit.end);
    for line in 0..=above {
        start = match (line, text[..start].rfind('\n')) {
            (_, None) => 0,
            (line, Some(at)) if line < above => at,
            (_, Some(at)) => at + 1,
        };
    }
    for line in 0..=below {
        let from = if line == 0 { end } else { (end + 1).min(text.len()) };
        end = text[from..].find('\n').map_or(text.len(), |at| from + at);
    }
    let (least, most) = (hit.start.saturating_sub(MAX_LINE * (above + 1)), hit.end + MAX_LINE * (below + 1));
    let (mut start, mut end) = (start.max(least), end.min(most).min(text.len()));
    while !text.is_char_boundary(start) {
        start += 1;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}
