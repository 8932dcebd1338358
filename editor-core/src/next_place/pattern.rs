//! What is to be changed wherever it stands: tokens, some of them holes, and what takes their place. A pattern is matched on tokens, so
//! that blanks make no difference, and what fills a hole comes back as it was written.

use std::ops::Range;

use super::scan::{Scanned, TokenClass, is_access, primary_end, primary_start, scan, step};
use crate::{Language, syntax::NodeShape, syntax::TextClass};

/// What fills a hole has this many tokens at most.
const MAX_FILLING: usize = 80;

/// What a hole takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoleKind {
    /// All between two commas or brackets.
    Argument,
    /// A name or a value with what is asked of it.
    Primary,
}

/// A part of what is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This token.
    Fixed { text: String, class: TokenClass, breaks: Option<bool> },
    /// Any expression; of one number the same one.
    Hole { number: usize, kind: HoleKind },
}

/// A part of what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// What fills the hole with this number.
    Hole(usize),
}

/// Where a pattern may match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// In all texts of the language.
    Everywhere,
    /// In these bytes of the text that was edited.
    Within(Range<usize>),
}

/// What stands before the name that a pattern begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    Anything,
    /// Nothing that it would be a member of, as where it was edited.
    NoMember,
    /// What it is a member of.
    Member,
}

/// A change that may be due wherever its pattern matches.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangePattern {
    pub(super) language: Language,
    /// What is edited in, if not code: there quotes and comments mean nothing.
    pub(super) prose: bool,
    /// What the matching text must stand in, where a tree tells.
    pub(super) class: TextClass,
    pub(super) pieces: Vec<Piece>,
    pub(super) parts: Vec<Part>,
    /// What the edited text was to its tree.
    pub(super) shape: Option<NodeShape>,
    /// The blanks that the edited line began with.
    pub(super) indent: String,
    pub(super) reach: Reach,
    pub(super) before: Before,
    /// The kind of node that a name is, which tells variables from fields.
    pub(super) leaf: Option<NodeShape>,
    /// It follows from two edits that were alike.
    pub(super) generalised: bool,
}

/// Where a pattern matches among some tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The tokens.
    pub tokens: Range<usize>,
    /// The tokens that fill each hole.
    pub holes: Vec<Option<Range<usize>>>,
}

/// What came of matching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matching {
    Found(Found),
    Not,
    /// It matches as far as the tokens go.
    More,
}

impl ChangePattern {
    /// Would it change other texts, too?
    #[must_use]
    pub fn is_for_all_texts(&self) -> bool {
        let adds_lines =
            self.parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('\n')));
        self.reach == Reach::Everywhere && !adds_lines
    }

    /// The fixed piece that is looked for first: the longest one before which no hole but one at the start stands, names before others.
    pub(super) fn anchor(&self) -> Option<usize> {
        let inner_hole = |(index, piece): (usize, &Piece)| index > 0 && matches!(piece, Piece::Hole { .. });
        let end = self.pieces.iter().enumerate().position(inner_hole).unwrap_or(self.pieces.len());
        let rank = |index: &usize| match &self.pieces[*index] {
            Piece::Fixed { text, class, .. } => {
                let is_name = matches!(class, TokenClass::Word | TokenClass::Quoted);
                Some((is_name, *class != TokenClass::Symbol, text.len()))
            }
            Piece::Hole { .. } => None,
        };
        (0..end).filter(|index| rank(index).is_some()).max_by_key(|index| rank(index))
    }

    /// Is one name put in the place of another, wherever it stands?
    pub(super) fn is_renaming(&self) -> bool {
        self.pieces.len() == 1
    }

    pub(super) fn fixed(&self, index: usize) -> Option<&str> {
        match self.pieces.get(index)? {
            Piece::Fixed { text, .. } => Some(text),
            Piece::Hole { .. } => None,
        }
    }

    /// Does it match where the token `at` is its piece `anchor`?
    pub(super) fn matched(&self, tokens: &[Scanned<'_>], anchor: usize, at: usize) -> Matching {
        let holes = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole { number, .. } => Some(number + 1),
            Piece::Fixed { .. } => None,
        });
        let mut filled = vec![None; holes.max().unwrap_or(0)];
        let leading = matches!(self.pieces.first(), Some(Piece::Hole { .. }));
        let behind_hole = usize::from(leading);
        let Some(first) = at.checked_sub(anchor - behind_hole) else { return Matching::Not };
        let mut start = first;
        if leading {
            let Some(last) = first.checked_sub(1) else { return Matching::Not };
            let Some(begin) = primary_start(tokens, last) else { return Matching::Not };
            if let Some(Piece::Hole { number, .. }) = self.pieces.first() {
                filled[*number] = Some(begin..first);
            }
            start = begin;
        }
        let mut place = first;
        for index in behind_hole..self.pieces.len() {
            match &self.pieces[index] {
                Piece::Fixed { text, breaks, .. } => {
                    let Some(token) = tokens.get(place) else { return Matching::More };
                    let layout = breaks.is_none_or(|breaks| breaks == token.breaks) || place == start;
                    if token.text != text || !layout {
                        return Matching::Not;
                    }
                    place += 1;
                }
                Piece::Hole { .. } if tokens.get(place).is_some_and(|token| token.breaks) => {
                    return Matching::Not;
                }
                Piece::Hole { number, kind } => {
                    let end = match filling_end(tokens, place, *kind) {
                        Ok(end) => end,
                        Err(ended) => return if ended { Matching::More } else { Matching::Not },
                    };
                    let filling = place..end;
                    match &filled[*number] {
                        Some(known) if !same(&tokens[known.clone()], &tokens[filling.clone()]) => {
                            return Matching::Not;
                        }
                        Some(_) => {}
                        None => filled[*number] = Some(filling),
                    }
                    place = end;
                }
            }
        }
        Matching::Found(Found { tokens: start..place, holes: filled })
    }

    /// Does the text around a match say already what the change would make of it?
    pub(super) fn is_done(&self, tokens: &[Scanned<'_>], found: &Found, replacement: &str) -> bool {
        let wanted = scan(self.language, replacement, self.prose);
        let matched = &tokens[found.tokens.clone()];
        if wanted.len() < matched.len() {
            return false;
        }
        (0..=wanted.len() - matched.len()).any(|offset| {
            let start = found.tokens.start.checked_sub(offset);
            let there = start.and_then(|start| tokens.get(start..start + wanted.len()));
            same(&wanted[offset..offset + matched.len()], matched)
                && there.is_some_and(|there| same(&wanted, there))
        })
    }

    /// What takes the place of a match in a text, in a line that begins with these blanks.
    pub(super) fn replacement(
        &self,
        text: &str,
        tokens: &[Scanned<'_>],
        found: &Found,
        indent: &str,
    ) -> String {
        let mut made = String::new();
        for part in &self.parts {
            match part {
                Part::Text(own) if own.contains('\n') && indent != self.indent => {
                    made += &own.replace(&format!("\n{}", self.indent), &format!("\n{indent}"));
                }
                Part::Text(own) => made += own,
                Part::Hole(number) => {
                    let filling = found.holes.get(*number).cloned().flatten();
                    let filling = filling.and_then(|range| tokens.get(range)).unwrap_or_default();
                    if let (Some(first), Some(last)) = (filling.first(), filling.last()) {
                        made += &text[first.start..last.end()];
                    }
                }
            }
        }
        made
    }

    /// May the word at this token be changed, by what stands around it?
    pub(super) fn suits(&self, tokens: &[Scanned<'_>], at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let is_member = before.is_some_and(is_access);
        match self.before {
            Before::Anything => return true,
            Before::Member => return is_member,
            Before::NoMember => {}
        }
        // The name of an argument in a call, or of a field, is another one's.
        let in_list = before.is_some_and(|before| matches!(before.text, "(" | "," | "{"));
        let names = tokens.get(at + 1).is_some_and(|next| {
            next.is("=") || (next.is(":") && before.is_some_and(|before| before.is("{") || before.is(",")))
        });
        !(is_member || in_list && names)
    }
}

fn same(one: &[Scanned<'_>], other: &[Scanned<'_>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.same(other))
}

/// Behind the last token of what fills a hole. An error says whether the tokens end before it is known.
fn filling_end(tokens: &[Scanned<'_>], start: usize, kind: HoleKind) -> Result<usize, bool> {
    if start >= tokens.len() {
        return Err(true);
    }
    if kind == HoleKind::Primary {
        return primary_end(tokens, start).ok_or(false);
    }
    let mut depth = 0isize;
    for (index, token) in tokens.iter().enumerate().skip(start).take(MAX_FILLING) {
        if depth == 0 && (token.is(",") || step(token) < 0) {
            return if index > start { Ok(index) } else { Err(false) };
        }
        if token.is(";") && depth == 0 {
            return Err(false);
        }
        depth += step(token);
    }
    Err(start + MAX_FILLING > tokens.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Piece {
        let class = scan(Language::Python, text, false)[0].class;
        Piece::Fixed { text: text.to_owned(), class, breaks: Some(false) }
    }

    fn pattern(pieces: Vec<Piece>, parts: Vec<Part>) -> ChangePattern {
        ChangePattern {
            language: Language::Python,
            prose: false,
            class: TextClass::Code,
            pieces,
            parts,
            shape: None,
            indent: String::new(),
            reach: Reach::Everywhere,
            before: Before::Anything,
            leaf: None,
            generalised: false,
        }
    }

    /// What becomes of a text whose token `at` is the anchor; `None` where nothing matches.
    fn check(pattern: &ChangePattern, text: &str, expected: Option<&str>) {
        let tokens = scan(pattern.language, text, false);
        let anchor = pattern.anchor().unwrap();
        let at = tokens.iter().position(|token| Some(token.text) == pattern.fixed(anchor)).unwrap();
        let made = match pattern.matched(&tokens, anchor, at) {
            Matching::Found(found) => {
                let (first, last) = (tokens[found.tokens.start], tokens[found.tokens.end - 1]);
                let replacement = pattern.replacement(text, &tokens, &found, "");
                Some(format!("{}{replacement}{}", &text[..first.start], &text[last.end()..]))
            }
            Matching::Not | Matching::More => None,
        };
        assert_eq!(made.as_deref(), expected, "{text}");
    }

    #[test]
    fn an_argument_is_any_expression_and_comes_back_as_it_was_written() {
        let hole = Piece::Hole { number: 0, kind: HoleKind::Argument };
        let pieces = vec![fixed("fetch"), fixed("("), hole, fixed(")")];
        let parts = vec![Part::Text("fetch(".into()), Part::Hole(0), Part::Text(", timeout=5)".into())];
        let pattern = pattern(pieces, parts);
        check(&pattern, "x = fetch(a[1,  2] + 'b')", Some("x = fetch(a[1,  2] + 'b', timeout=5)"));
        check(&pattern, "x = fetch(\n    a\n)", None);
        check(&pattern, "fetch(a, b)", None);
        check(&pattern, "fetch()", None);
        check(&pattern, "fetch(a", None);
    }

    #[test]
    fn a_hole_at_the_start_is_found_backwards_and_the_same_hole_is_the_same_text() {
        let hole = || Piece::Hole { number: 0, kind: HoleKind::Primary };
        let parts = vec![Part::Text("is_null(".into()), Part::Hole(0), Part::Text(")".into())];
        let null = pattern(vec![hole(), fixed("=="), fixed("null")], parts.clone());
        check(&null, "if a.b(c)[0] == null:", Some("if is_null(a.b(c)[0]):"));
        check(&null, "if == null", None);
        let twice = pattern(vec![hole(), fixed("-"), hole()], parts);
        check(&twice, "x = a.b - a.b + 1", Some("x = is_null(a.b) + 1"));
        check(&twice, "x = a.b - a.c", None);
    }
}
