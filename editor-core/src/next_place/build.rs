//! From an edit to the pattern of its change: what of it may differ elsewhere becomes a hole.

use std::ops::Range;

use super::pattern::{Before, ChangePattern, HoleKind, Part, Piece, Reach};
use super::scan::{Scanned, TokenClass, closing, is_access, is_word, scan, step};
use super::trail::SettledEdit;
use super::window::{Pair, Scope, TELLING, Window, changed, is_name, is_telling_string, kept};
use crate::{Language, TokenKind, lexer, syntax::SyntaxTree, syntax::TextClass};

/// Where an edit was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ground {
    pub class: TextClass,
    /// Quotes and comments mean nothing there.
    pub prose: bool,
}

/// Tells whether an edit was made in code, in a comment or in a string; `None` where it turned one into another.
pub(super) fn ground(edit: &SettledEdit, language: Language, tree: Option<&SyntaxTree>) -> Option<Ground> {
    if matches!(language, Language::PlainText | Language::Markdown) {
        return Some(Ground { class: TextClass::Code, prose: true });
    }
    let (before, after) =
        (lexed(language, &edit.old, &edit.old_part), lexed(language, &edit.new, &edit.new_part));
    if before != after {
        return None;
    }
    let by_tree = |tree: &SyntaxTree, part: &Range<usize>, start: usize| {
        tree.text_class(&(part.start + start..part.end + start))
    };
    let class = match (tree, &edit.tree) {
        (Some(tree), _) if !edit.new_part.is_empty() => by_tree(tree, &edit.new_part, edit.new_start),
        (_, Some(tree)) if !edit.old_part.is_empty() => by_tree(tree, &edit.old_part, edit.old_start),
        _ => before,
    };
    // A string that ends in its line is a token like others.
    let is_token = class == TextClass::Quoted && changes_string(edit, language);
    let class = if is_token { TextClass::Code } else { class };
    Some(Ground { class, prose: class != TextClass::Code })
}

/// What a stretch stands in as far as its line tells.
pub(super) fn lexed(language: Language, text: &str, part: &Range<usize>) -> TextClass {
    let start = text[..part.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let from = text[start..part.start].chars().count();
    let to = from + text[part.clone()].chars().count();
    let tokens = lexer::line(language, line).into_iter();
    let mut classes = tokens.filter_map(|(token, kind)| match kind {
        // What is at the end of a comment goes on in it; with its quotes a string is code.
        TokenKind::Comment => {
            (token.start <= from && to <= token.end && token.start < to).then_some(TextClass::Comment)
        }
        TokenKind::String => (token.start < from && to < token.end).then_some(TextClass::Quoted),
        _ => None,
    });
    classes.next().unwrap_or(TextClass::Code)
}

/// Is a string that ends in its line among what was changed?
fn changes_string(edit: &SettledEdit, language: Language) -> bool {
    let (old, new) = (scan(language, &edit.old, false), scan(language, &edit.new, false));
    let quoted = |tokens: &[Scanned<'_>]| tokens.iter().any(|token| token.class == TokenClass::Quoted);
    changed(&old, &new).is_some_and(|core| quoted(&old[core.old]) || quoted(&new[core.new]))
}

/// The pattern of one edit.
pub(super) fn pattern(
    edit: &SettledEdit,
    language: Language,
    tree: Option<&SyntaxTree>,
) -> Option<ChangePattern> {
    let ground = ground(edit, language, tree)?;
    let (old, new) = (scan(language, &edit.old, ground.prose), scan(language, &edit.new, ground.prose));
    let core = changed(&old, &new)?;
    let pair = Pair { old: &old, new: &new };
    let (window, scope) = match ground.prose {
        true => (words(&pair, &core)?, Scope::Text),
        false => pair.scope(&core)?,
    };
    let made = Making { edit, language, ground, pair, window: &window };
    let with_holes = (scope == Scope::Expression).then(|| made.with_holes(&core)).flatten();
    with_holes.or_else(|| made.pattern(&[], scope))
}

/// What of a change of prose is looked for: a word that was misspelt, or that is a name; else the words around it, too.
fn words(pair: &Pair<'_, '_>, core: &Window) -> Option<Window> {
    let (taken, put) = (&pair.old[core.old.clone()], &pair.new[core.new.clone()]);
    if let ([from], [to]) = (taken, put)
        && from.class == TokenClass::Word
        && (is_misspelt(from.text, to.text) || is_identifier(from.text))
    {
        return Some(core.clone());
    }
    let breaks = |tokens: &[Scanned<'_>]| tokens.iter().skip(1).any(|token| token.breaks);
    if taken.is_empty() || put.is_empty() || breaks(taken) || breaks(put) {
        return None;
    }
    let mut grown = core.clone();
    let is_inside = |index: usize| pair.old.get(index).is_some_and(|token| !token.breaks);
    if is_inside(grown.old.end) {
        grown = Window { old: grown.old.start..grown.old.end + 1, new: grown.new.start..grown.new.end + 1 };
    }
    if grown.old.start > 0 && !pair.old[grown.old.start].breaks {
        grown = Window { old: grown.old.start - 1..grown.old.end, new: grown.new.start - 1..grown.new.end };
    }
    let tokens = &pair.old[grown.old.clone()];
    (tokens.len() >= 3 && tokens.iter().filter(|token| is_name(token, TELLING)).count() >= 2).then_some(grown)
}

/// Is one word the other with a letter or two that differ?
fn is_misspelt(from: &str, to: &str) -> bool {
    from.chars().count() >= 5 && distance(from, to) <= 2
}

/// Does it look like the name of something in code?
fn is_identifier(word: &str) -> bool {
    let inner_capital = word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase);
    word.chars().count() >= TELLING
        && (word.trim_matches('_').contains('_')
            || inner_capital
            || word.contains(|c: char| c.is_ascii_digit()))
}

/// Letters to be put in, taken out or replaced.
pub(super) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

/// A hole: its tokens in the text before, and each place in the text after where they come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub old: Vec<Range<usize>>,
    pub new: Vec<Range<usize>>,
    pub kind: HoleKind,
}

/// What a pattern is made of.
pub(super) struct Making<'a, 'b> {
    pub edit: &'b SettledEdit,
    pub language: Language,
    pub ground: Ground,
    pub pair: Pair<'a, 'b>,
    pub window: &'b Window,
}

impl Making<'_, '_> {
    fn before_tokens(&self) -> &[Scanned<'_>] {
        &self.pair.old[self.window.old.clone()]
    }

    fn after_tokens(&self) -> &[Scanned<'_>] {
        &self.pair.new[self.window.new.clone()]
    }

    /// With holes for arguments that stay, and for names that come back in another place.
    fn with_holes(&self, core: &Window) -> Option<ChangePattern> {
        let mut gaps = self.arguments();
        let is_taken = |gaps: &[Gap], index: usize| {
            gaps.iter().flat_map(|gap| &gap.old).any(|range| range.contains(&index))
        };
        let (old, new) = (self.before_tokens(), self.after_tokens());
        let own = core.old.start - self.window.old.start..core.old.end - self.window.old.start;
        for index in own {
            if is_taken(&gaps, index) || !self.may_vary(index) {
                continue;
            }
            let places = |tokens: &[Scanned<'_>]| -> Vec<Range<usize>> {
                let at = tokens.iter().enumerate().filter(|(_, token)| token.same(&old[index]));
                at.map(|(index, _)| one(index)).collect()
            };
            let (before, after) = (places(old), places(new));
            let is_free = |range: &Range<usize>| {
                !gaps.iter().flat_map(|gap| &gap.new).any(|gap| gap.contains(&range.start))
            };
            if !after.is_empty() && after.iter().all(is_free) {
                gaps.push(Gap { old: before, new: after, kind: HoleKind::Primary });
            }
        }
        if gaps.is_empty() { None } else { self.pattern(&gaps, Scope::Expression) }
    }

    /// Is it a name that may be another one elsewhere? Not one that is called or asked for.
    fn may_vary(&self, index: usize) -> bool {
        let old = self.before_tokens();
        let is_called = old.get(index + 1).is_some_and(|next| next.is("("));
        let is_member = index.checked_sub(1).is_some_and(|before| is_access(&old[before]));
        let is_path = old.get(index + 1).is_some_and(is_access);
        old[index].class == TokenClass::Word && !is_called && !is_member && !is_path
    }

    /// Arguments of a call in the window that are arguments still, and are no plain values.
    fn arguments(&self) -> Vec<Gap> {
        let (old, new) = (self.before_tokens(), self.after_tokens());
        let places = kept(old, new);
        let mut gaps = Vec::new();
        let mut at = 0;
        while at + 1 < old.len() {
            let is_call = is_name(&old[at], TELLING) && old[at + 1].is("(") && !old[at + 1].breaks;
            let Some(close) = is_call.then(|| closing(old, at + 1)).flatten() else {
                at += 1;
                continue;
            };
            for unit in units(old, at + 2, close) {
                let moved: Option<Vec<usize>> = unit.clone().map(|index| places[index]).collect();
                let is_plain = old[unit.clone()].iter().all(|token| {
                    matches!(token.class, TokenClass::Number | TokenClass::Quoted | TokenClass::Keyword)
                });
                let Some(moved) = moved.filter(|_| !is_plain) else { continue };
                let Some((first, last)) = moved.first().zip(moved.last()) else { continue };
                let is_run = last - first + 1 == unit.len();
                let delimits = |token: Option<&Scanned<'_>>| {
                    token.is_some_and(|token| matches!(token.text, "(" | "," | ")"))
                };
                let is_argument = delimits(first.checked_sub(1).and_then(|before| new.get(before)))
                    && delimits(new.get(last + 1));
                let kind = if is_argument { HoleKind::Argument } else { HoleKind::Primary };
                if is_run && (is_argument || (unit.len() == 1 && is_name(&old[unit.start], 1))) {
                    gaps.push(Gap {
                        old: vec![unit],
                        new: vec![Range { start: *first, end: last + 1 }],
                        kind,
                    });
                }
            }
            at = close;
        }
        gaps
    }

    /// The pattern with these holes; `None` when what is fixed of it tells too little.
    pub fn pattern(&self, gaps: &[Gap], scope: Scope) -> Option<ChangePattern> {
        let pieces = self.pieces(gaps);
        if !tells(&pieces, scope) {
            return None;
        }
        let bytes = |tokens: &[Scanned<'_>], start: usize| match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => Some(first.start + start..last.end() + start),
            _ => None,
        };
        let place = bytes(self.before_tokens(), self.edit.old_start)?;
        let parts = self.parts(gaps);
        Some(ChangePattern {
            language: self.language,
            prose: self.ground.prose,
            class: self.ground.class,
            pieces,
            parts,
            shape: self.edit.tree.as_ref().filter(|_| !self.ground.prose).and_then(|tree| tree.shape(&place)),
            indent: indent_of(&self.edit.old, place.start - self.edit.old_start).to_owned(),
            reach: Reach::Everywhere,
            before: self.before(gaps),
            leaf: None,
            generalised: false,
        })
    }

    /// What stands before a name at the start of the pattern.
    fn before(&self, gaps: &[Gap]) -> Before {
        let begins_with_hole = gaps.iter().flat_map(|gap| &gap.old).any(|range| range.start == 0);
        let is_name = self.before_tokens().first().is_some_and(|token| token.class == TokenClass::Word);
        if begins_with_hole || !is_name || self.ground.prose {
            return Before::Anything;
        }
        let before = self.window.old.start.checked_sub(1).and_then(|before| self.pair.old.get(before));
        if before.is_some_and(is_access) { Before::Member } else { Before::NoMember }
    }

    fn pieces(&self, gaps: &[Gap]) -> Vec<Piece> {
        let (old, mut pieces, mut at) = (self.before_tokens(), Vec::new(), 0);
        while at < old.len() {
            let hole = gaps.iter().enumerate().find_map(|(number, gap)| {
                gap.old.iter().find(|range| range.start == at).map(|range| (number, gap.kind, range.end))
            });
            if let Some((number, kind, end)) = hole {
                pieces.push(Piece::Hole { number, kind });
                at = end;
                continue;
            }
            let token = &old[at];
            // Lines that are broken in another way would have to be laid out anew.
            let breaks = (at > 0).then_some(token.breaks);
            pieces.push(Piece::Fixed { text: token.text.to_owned(), class: token.class, breaks });
            at += 1;
        }
        pieces
    }

    /// The blanks between the window and the next token in its line, where there were none before.
    fn new_blanks(&self) -> &str {
        let behind = |tokens: &[Scanned<'_>], window: &Range<usize>| {
            let last = window.end.checked_sub(1).and_then(|last| tokens.get(last))?.end();
            tokens.get(window.end).filter(|next| !next.breaks).map(|next| last..next.start)
        };
        let before = behind(self.pair.old, &self.window.old);
        let after = behind(self.pair.new, &self.window.new);
        match before.zip(after) {
            Some((before, after)) if before.is_empty() && self.edit.new[after.clone()].trim().is_empty() => {
                &self.edit.new[after]
            }
            _ => "",
        }
    }

    fn parts(&self, gaps: &[Gap]) -> Vec<Part> {
        let (new, text) = (self.after_tokens(), &self.edit.new);
        let (Some(first), Some(last)) = (new.first(), new.last()) else { return Vec::new() };
        let mut holes: Vec<(usize, Range<usize>)> = Vec::new();
        for (number, gap) in gaps.iter().enumerate() {
            holes.extend(
                gap.new.iter().map(|range| (number, new[range.start].start..new[range.end - 1].end())),
            );
        }
        holes.sort_by_key(|(_, range)| range.start);
        let (mut parts, mut at) = (Vec::new(), first.start);
        for (number, range) in holes {
            if at < range.start {
                parts.push(Part::Text(text[at..range.start].to_owned()));
            }
            parts.push(Part::Hole(number));
            at = range.end;
        }
        // Blanks that came with the change between it and what follows belong to it.
        let end = last.end() + self.new_blanks().len();
        if at < end {
            parts.push(Part::Text(text[at..end].to_owned()));
        }
        parts
    }
}

fn one(index: usize) -> Range<usize> {
    index..index + 1
}

/// The stretches between commas.
fn units(tokens: &[Scanned<'_>], start: usize, end: usize) -> Vec<Range<usize>> {
    let (mut units, mut from, mut depth) = (Vec::new(), start, 0isize);
    for (index, token) in tokens.iter().enumerate().take(end).skip(start) {
        if depth == 0 && token.is(",") {
            units.push(from..index);
            from = index + 1;
        }
        depth += step(token);
    }
    units.push(from..end);
    units.retain(|unit| !unit.is_empty());
    units
}

/// Values that tell as much as a name does, where they are compared with something.
const VALUES: &[&str] =
    &["None", "null", "nil", "undefined", "nullptr", "NULL", "true", "false", "True", "False"];

/// Is so much of it fixed that it finds what was meant, and hardly anything else?
pub(super) fn tells(pieces: &[Piece], scope: Scope) -> bool {
    let fixed = || {
        pieces.iter().filter_map(|piece| match piece {
            Piece::Fixed { text, class, .. } => Some((text.as_str(), *class)),
            Piece::Hole { .. } => None,
        })
    };
    let has_hole = pieces.iter().any(|piece| matches!(piece, Piece::Hole { .. }));
    let is_name =
        |(text, class): (&str, TokenClass)| class == TokenClass::Word && text.chars().count() >= TELLING;
    let is_string = |(text, class): (&str, TokenClass)| {
        is_telling_string(&Scanned { class, text, start: 0, breaks: false })
    };
    let is_value = |(text, _): (&str, TokenClass)| VALUES.contains(&text);
    let telling = fixed().any(|piece| is_name(piece) || is_string(piece) || (has_hole && is_value(piece)));
    let worded = fixed().any(|(_, class)| matches!(class, TokenClass::Word | TokenClass::Keyword));
    let count = fixed().count();
    match scope {
        Scope::Callee => worded,
        Scope::Expression if has_hole => (telling && count >= 2) || (worded && count >= 3),
        Scope::Expression => (telling && count >= 1) || (worded && count >= 3),
        Scope::Text => telling || (worded && count >= 3),
    }
}

/// The blanks that the line of a position begins with.
pub(super) fn indent_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    &line[..line.find(|c: char| !matches!(c, ' ' | '\t')).unwrap_or(line.len())]
}

/// Does a word stand alone at these bytes?
pub(super) fn is_whole_word(text: &str, range: &Range<usize>) -> bool {
    let word_before = text[..range.start].chars().next_back().is_some_and(is_word);
    let word_behind = text[range.end..].chars().next().is_some_and(is_word);
    !word_before && !word_behind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_little_are_misspelt() {
        assert_eq!((distance("recieve", "receive"), distance("a", "abc"), distance("", "")), (2, 2, 0));
        assert!(is_misspelt("recieve", "receive") && !is_misspelt("this", "that"));
        assert!(is_identifier("max_size") && is_identifier("maxSize") && !is_identifier("Maximum"));
    }

    #[test]
    fn the_line_tells_what_a_part_of_it_stands_in() {
        let check = |text: &str, part: &str, class| {
            let at = text.find(part).unwrap();
            assert_eq!(lexed(Language::Python, text, &(at..at + part.len())), class, "{part}");
        };
        check("x = 1\ny = 'abc'  # def\n", "abc", TextClass::Quoted);
        check("x = 1\ny = 'abc'  # def\n", "def", TextClass::Comment);
        check("x = 1\ny = 'abc'  # def\n", "y =", TextClass::Code);
        assert_eq!(lexed(Language::Python, "f('a')", &(5..5)), TextClass::Code);
        assert_eq!(lexed(Language::Python, "# abc", &(5..5)), TextClass::Comment);
    }
}
