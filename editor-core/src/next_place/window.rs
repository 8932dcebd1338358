//! Which tokens an edit changed, and how much around them belongs to the change: a call with its arguments, what a method is asked of.

use std::ops::Range;

use super::scan::{Scanned, TokenClass, closing, is_access, primary_end, primary_start, step};

/// More tokens than this are no change that could be due elsewhere.
pub(super) const MAX_TOKENS: usize = 120;

/// Shorter names are too common to be looked for alone.
pub(super) const TELLING: usize = 3;

/// Words behind which a name is declared.
pub(super) const DECLARES: &[&str] = &[
    "fn",
    "def",
    "func",
    "fun",
    "function",
    "class",
    "struct",
    "enum",
    "trait",
    "interface",
    "type",
    "mod",
    "module",
    "namespace",
    "let",
    "var",
    "val",
    "const",
    "static",
    "impl",
    "record",
    "object",
    "protocol",
    "union",
];

/// Two stretches of tokens, of the text before and the text after, around which both are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// Why a window was made as it is: what of it has to stay as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Another function is called with whatever the arguments are.
    Callee,
    /// Something is done with a whole expression.
    Expression,
    /// Exactly this text.
    Text,
}

/// The tokens that differ; `None` when only layout does.
pub(super) fn changed(old: &[Scanned<'_>], new: &[Scanned<'_>]) -> Option<Window> {
    let shorter = old.len().min(new.len());
    let start = old.iter().zip(new).take_while(|(a, b)| a.same(b)).count();
    let back = old.iter().rev().zip(new.iter().rev()).take(shorter - start);
    let end = back.take_while(|(a, b)| a.same(b)).count();
    let window = Window { old: start..old.len() - end, new: start..new.len() - end };
    let is_short = window.old.len() <= MAX_TOKENS && window.new.len() <= MAX_TOKENS;
    (is_short && (!window.old.is_empty() || !window.new.is_empty())).then_some(window)
}

/// The two texts that a window is of.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a, 'b> {
    pub old: &'b [Scanned<'a>],
    pub new: &'b [Scanned<'a>],
}

impl Pair<'_, '_> {
    fn taken(&self, window: &Window) -> &[Scanned<'_>] {
        &self.old[window.old.clone()]
    }

    fn put(&self, window: &Window) -> &[Scanned<'_>] {
        &self.new[window.new.clone()]
    }

    /// The window that reaches from one token of the text before to another.
    fn reaching(&self, window: &Window, start: usize, end: usize) -> Window {
        let (left, right) =
            (window.old.start - start.min(window.old.start), end.max(window.old.end) - window.old.end);
        Window {
            old: window.old.start - left..window.old.end + right,
            new: window.new.start - left..window.new.end + right,
        }
    }

    /// Does the token before the window stand in the same line as the window's first one?
    fn has_left(&self, window: &Window) -> bool {
        let begins_line = |token: Option<&Scanned<'_>>| token.is_some_and(|token| token.breaks);
        let old_begins = !window.old.is_empty() && begins_line(self.old.get(window.old.start));
        window.old.start > 0 && !old_begins && !begins_line(self.put(window).first())
    }

    /// Does the token behind the window stand in its line?
    fn has_right(&self, window: &Window) -> bool {
        self.old.get(window.old.end).is_some_and(|next| !next.breaks)
    }

    /// Grows the window until each bracket in it has its other one there.
    fn balanced(&self, window: &Window) -> Option<Window> {
        let mut grown = window.clone();
        for _ in 0..MAX_TOKENS {
            let (left_old, right_old) = open_ends(self.taken(&grown));
            let (left_new, right_new) = open_ends(self.put(&grown));
            if left_old.max(left_new) > 0 {
                grown = self.reaching(&grown, grown.old.start.checked_sub(1)?, grown.old.end);
            } else if right_old.max(right_new) > 0 {
                self.old.get(grown.old.end)?;
                grown = self.reaching(&grown, grown.old.start, grown.old.end + 1);
            } else {
                return Some(grown);
            }
        }
        None
    }

    /// The call that the window lies in the arguments of: the name that is called, and the closing bracket.
    fn call_around(&self, window: &Window) -> Option<(usize, usize)> {
        let mut depth = 0isize;
        for index in (0..window.old.start).rev() {
            depth += step(&self.old[index]);
            if depth > 0 {
                let called = index.checked_sub(1)?;
                let close = closing(self.old, index)?;
                let is_call =
                    self.old[index].is("(") && is_name(&self.old[called], TELLING) && close >= window.old.end;
                return (is_call && !self.is_declared(called)).then_some((called, close));
            }
        }
        None
    }

    fn is_declared(&self, name: usize) -> bool {
        name.checked_sub(1).is_some_and(|before| DECLARES.contains(&self.old[before].text))
    }

    /// How much around what was changed belongs to the change, and why. `None`: it is no change that could be due elsewhere.
    pub fn scope(&self, core: &Window) -> Option<(Window, Scope)> {
        let breaks = |tokens: &[Scanned<'_>]| tokens.iter().skip(1).filter(|token| token.breaks).count();
        if self.is_of_whole_lines(core) || breaks(self.taken(core)) != breaks(self.put(core)) {
            return None;
        }
        if let Some(callee) = self.callee(core) {
            return Some((callee, Scope::Callee));
        }
        let core = self.balanced(core)?;
        if matches!(self.taken(&core), [only] if is_telling_string(only)) {
            return Some((core, Scope::Expression));
        }
        if let Some((called, close)) = self.call_around(&core) {
            return Some((self.reaching(&core, called, close + 1), Scope::Expression));
        }
        if core.old.is_empty() {
            return self.around_insertion(&core);
        }
        let is_telling = |window: &Window| {
            let tokens = self.taken(window);
            tokens.len() >= 3
                && tokens.iter().any(|token| is_name(token, TELLING) || is_telling_string(token))
        };
        if is_telling(&core) && !self.put(&core).is_empty() {
            return Some((core, Scope::Expression));
        }
        if self.taken(&core).first().is_some_and(is_access) && self.has_left(&core) {
            // What is asked of something belongs to it.
            let start = primary_start(self.old, core.old.start - 1)?;
            return Some((self.reaching(&core, start, core.old.end), Scope::Text));
        }
        Some((self.with_neighbours(&core)?, Scope::Text))
    }

    /// Lines that were written or deleted as a whole. What was cut may be pasted elsewhere.
    fn is_of_whole_lines(&self, core: &Window) -> bool {
        let (taken, put) = (self.taken(core), self.put(core));
        if !taken.is_empty() && !put.is_empty() {
            return false;
        }
        let own = if taken.is_empty() { put } else { taken };
        let breaks = own.iter().skip(1).any(|token| token.breaks);
        let begins = own.first().is_some_and(|token| token.breaks) || core.old.start == 0;
        let ends = self.old.get(core.old.end).is_none_or(|next| next.breaks);
        breaks || (begins && ends)
    }

    /// Another name is called: what it is called with makes no difference.
    fn callee(&self, core: &Window) -> Option<Window> {
        let (taken, put) = (self.taken(core), self.put(core));
        let called = taken.last().filter(|token| token.class == TokenClass::Word)?;
        let is_call = self.old.get(core.old.end).is_some_and(|next| next.is("(") && !next.breaks);
        let names = put.last().is_some_and(|token| token.class == TokenClass::Word);
        let plain = |tokens: &[Scanned<'_>]| {
            open_ends(tokens) == (0, 0) && !tokens.iter().any(|t| t.breaks && t.is("("))
        };
        if !is_call || !names || !plain(taken) || !plain(put) || self.is_declared(core.old.end - 1) {
            return None;
        }
        let mut start = core.old.start;
        if start >= 2 && is_access(&self.old[start - 1]) {
            // A method of one thing may mean something else than that of another.
            start -= if self.old[start - 2].class == TokenClass::Word { 2 } else { 1 };
        }
        let is_alone = start == core.old.end - 1;
        (!is_alone || called.text.chars().count() > TELLING)
            .then(|| self.reaching(core, start, core.old.end + 1))
    }

    fn around_insertion(&self, core: &Window) -> Option<(Window, Scope)> {
        let put = self.put(core);
        let (first, last) = (put.first()?, put.last()?);
        let ends_line = !self.has_right(core);
        let is_postfix = is_access(first) || matches!(first.text, "?" | "!" | "[" | "(");
        if is_postfix && self.has_left(core) && (ends_line || !first.is("!")) {
            let start = primary_start(self.old, core.old.start - 1)?;
            let grown = self.reaching(core, start, core.old.end);
            return match grown.old.len() {
                1 => Some((self.with_neighbours(&grown)?, Scope::Text)),
                _ => Some((grown, Scope::Expression)),
            };
        }
        let is_prefix = matches!(last.class, TokenClass::Keyword | TokenClass::Symbol)
            && !matches!(last.text, ";" | "," | "{");
        if is_prefix
            && !ends_line
            && let Some(end) = primary_end(self.old, core.old.end)
        {
            let grown = self.reaching(core, core.old.start, end);
            return match grown.old.len() {
                1 => Some((self.with_neighbours(&grown)?, Scope::Text)),
                _ => Some((grown, Scope::Expression)),
            };
        }
        let goes_on = first.class == TokenClass::Symbol && !matches!(first.text, ";" | "{" | "}" | ")");
        if goes_on && ends_line && self.has_left(core) {
            let start = (0..core.old.start).rev().find(|index| self.old[*index].breaks).unwrap_or(0);
            return Some((self.reaching(core, start, core.old.end), Scope::Text));
        }
        None
    }

    /// With what stands beside it, until it tells something.
    fn with_neighbours(&self, core: &Window) -> Option<Window> {
        let mut grown = core.clone();
        let tells = |window: &Window| {
            let tokens = self.taken(window);
            let names = |token: &Scanned<'_>| matches!(token.class, TokenClass::Word | TokenClass::Keyword);
            tokens.len() >= 3 && tokens.iter().any(names)
        };
        for beside in [true, false, true, false] {
            if tells(&grown) && grown != *core {
                break;
            }
            if beside && self.has_right(&grown) {
                grown = self.reaching(&grown, grown.old.start, grown.old.end + 1);
            } else if !beside && self.has_left(&grown) {
                grown = self.reaching(&grown, grown.old.start - 1, grown.old.end);
            }
        }
        tells(&grown).then_some(grown)
    }
}

/// Brackets that are closed and not opened, and opened and not closed.
fn open_ends(tokens: &[Scanned<'_>]) -> (usize, usize) {
    let (mut left, mut right) = (0, 0);
    for token in tokens {
        match step(token) {
            1 => right += 1,
            -1 if right > 0 => right -= 1,
            -1 => left += 1,
            _ => {}
        }
    }
    (left, right)
}

/// Is it a name of so many characters?
pub(super) fn is_name(token: &Scanned<'_>, least: usize) -> bool {
    token.class == TokenClass::Word && token.text.chars().count() >= least
}

/// Is it a string that is hardly there for something else, too?
pub(super) fn is_telling_string(token: &Scanned<'_>) -> bool {
    token.class == TokenClass::Quoted && token.text.chars().count() >= TELLING + 4
}

/// The tokens of one text that are those of another, in order: for each of `old` its place in `new`. Longest common subsequence.
pub(super) fn kept(old: &[Scanned<'_>], new: &[Scanned<'_>]) -> Vec<Option<usize>> {
    let width = new.len() + 1;
    let mut lengths = vec![0u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = match old[i].same(&new[j]) {
                true => lengths[(i + 1) * width + j + 1] + 1,
                false => lengths[(i + 1) * width + j].max(lengths[i * width + j + 1]),
            };
        }
    }
    let (mut places, mut j) = (vec![None; old.len()], 0);
    for i in 0..old.len() {
        while j < new.len() && lengths[i * width + j] == lengths[i * width + j + 1] {
            j += 1;
        }
        if j < new.len()
            && old[i].same(&new[j])
            && lengths[i * width + j] == lengths[(i + 1) * width + j + 1] + 1
        {
            places[i] = Some(j);
            j += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;
    use crate::Language;

    /// What belongs to the change of one line into another, before it and after it.
    fn check(old: &str, new: &str, expected: Option<(&str, &str, Scope)>) {
        let (before, after) = (scan(Language::Rust, old, false), scan(Language::Rust, new, false));
        let pair = Pair { old: &before, new: &after };
        let found = changed(&before, &after).and_then(|core| pair.scope(&core));
        let text = |all: &str, tokens: &[Scanned<'_>]| match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => all[first.start..last.end()].to_owned(),
            _ => String::new(),
        };
        let found = found.map(|(at, scope)| (text(old, &before[at.old]), text(new, &after[at.new]), scope));
        let expected = expected.map(|(old, new, scope)| (old.to_owned(), new.to_owned(), scope));
        assert_eq!(found, expected, "{old} -> {new}");
    }

    #[test]
    fn what_belongs_to_a_change() {
        use Scope::{Callee, Expression, Text};
        check("x = old_name(a, b)", "x = new_name(a, b)", Some(("old_name(", "new_name(", Callee)));
        check("print(a)", "log.info(a)", Some(("print(", "log.info(", Callee)));
        check("x = fetch(url)", "x = fetch(url, 5)", Some(("fetch(url)", "fetch(url, 5)", Expression)));
        check("x = fetch(url);", "x = fetch(url)?;", Some(("fetch(url)", "fetch(url)?", Expression)));
        check("x = load(p)", "x = await load(p)", Some(("load(p)", "await load(p)", Expression)));
        check("a = ffff(x)", "a = g(ffff(x))", Some(("ffff(x)", "g(ffff(x))", Expression)));
        check("if name == null {", "if is_null(name) {", Some(("name == null", "is_null(name)", Expression)));
        check("let x: String = 1", "let x: &str = 1", Some((": String =", ": &str =", Text)));
        check("x = np.mean(a)", "x = mean(a)", Some(("np.mean", "mean", Text)));
        check("y = x.clone();", "y = x;", Some(("x.clone()", "x", Text)));
        check("i < 10;", "i < 20;", Some(("i < 10;", "i < 20;", Text)));
    }

    #[test]
    fn what_is_no_change_that_could_be_due_elsewhere() {
        check("a", "a b", None);
        check("", "fetch(a)", None);
        check("fetch(a);", "", None);
        check("x = 1\ny", "x = 1\nz = 2\ny", None);
        check("let x = f", "let x = f;", None);
        check("if x", "if x {", None);
    }

    #[test]
    fn what_stays_is_found() {
        let (old, new) =
            (scan(Language::Rust, "f(a, b, c)", false), scan(Language::Rust, "g(a, f(c))", false));
        let kept = kept(&old, &new);
        let words: Vec<&str> =
            old.iter().zip(&kept).filter(|(_, kept)| kept.is_some()).map(|(t, _)| t.text).collect();
        assert_eq!(words, ["(", "a", ",", "c", ")"]);
    }
}
