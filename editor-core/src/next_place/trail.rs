//! What was edited last, as text before and after: keys that follow each other in the same lines are one edit. Nothing is computed while
//! somebody types but two ranges.

use std::ops::Range;

use ropey::Rope;

use crate::{
    buffer::{line_end, line_start},
    syntax::SyntaxTree,
    transaction::{Change, Transaction},
};

/// An edit that is longer before or after it is no change that could be due elsewhere, in characters.
const MAX_CHARS: usize = 4000;

/// Lines of the text around an edit that help to read it.
const CONTEXT: usize = 3;

/// Lines of one edit that are looked at.
const MAX_LINES: usize = 6;

/// Edits that are remembered as examples.
const MAX_EXAMPLES: usize = 4;

/// Stretches of new text that are remembered.
const MAX_FRESH: usize = 32;

/// One edit: some lines before it and after it. What surrounds them is the same.
#[derive(Clone, Debug)]
pub struct SettledEdit {
    /// The lines before it, with some around them.
    pub(super) old: String,
    /// The lines after it, with the same ones around them.
    pub(super) new: String,
    /// The byte of the text before at which `old` begins.
    pub(super) old_start: usize,
    /// The byte of the text after at which `new` begins.
    pub(super) new_start: usize,
    /// The bytes of `old` that the edit took.
    pub(super) old_part: Range<usize>,
    /// The bytes of `new` that it put there.
    pub(super) new_part: Range<usize>,
    /// The tree of the text before, where it was parsed.
    pub(super) tree: Option<SyntaxTree>,
    /// What it put there, in chars of the text after.
    pub(super) place: Range<usize>,
}

/// Where the text before and the text now differ, in chars of each; around it they are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hull {
    old: Range<usize>,
    new: Range<usize>,
}

/// The edits of one text, as far back as somebody might want to make them elsewhere.
#[derive(Clone, Debug)]
pub struct EditTrail {
    /// The text as it is now, and its tree where it has been parsed since.
    now: Rope,
    tree: Option<SyntaxTree>,
    /// The text before the edit that goes on, and its tree.
    base: Rope,
    base_tree: Option<SyntaxTree>,
    hull: Option<Hull>,
    /// Edits before it, the last one at the end.
    examples: Vec<SettledEdit>,
    /// Lines that were written anew: who goes on in them writes, and changes nothing that could be due elsewhere.
    fresh: Vec<Range<usize>>,
}

impl EditTrail {
    /// Begins with a text as it is.
    #[must_use]
    pub fn new(rope: &Rope) -> Self {
        Self {
            now: rope.clone(),
            tree: None,
            base: rope.clone(),
            base_tree: None,
            hull: None,
            examples: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// The text that it knows has been parsed.
    pub fn parsed(&mut self, tree: &SyntaxTree) {
        self.tree = Some(tree.clone());
    }

    /// Follows edits of the person; `rope` is the text after them. Edits of several places at once are looked after by whoever makes
    /// them: they end what went on and begin nothing.
    pub fn follow(&mut self, steps: &[Transaction], rope: &Rope) {
        match steps {
            [step] if step.changes().len() == 1 => {
                let change = &step.changes()[0];
                if !self.goes_on(change) {
                    self.commit();
                    self.base = std::mem::replace(&mut self.now, rope.clone());
                    self.base_tree = self.tree.take();
                }
                self.map(steps);
                self.hull = Some(widened(self.hull.take(), change));
            }
            _ => {
                self.commit();
                self.map(steps);
            }
        }
        self.now = rope.clone();
        self.tree = None;
    }

    /// Follows edits that are no example: those that are taken back, and those that were made for the person.
    pub fn pass(&mut self, steps: &[Transaction], rope: &Rope) {
        self.commit();
        self.map(steps);
        self.now = rope.clone();
        self.tree = None;
    }

    /// Forgets everything but what the text is.
    pub fn forget(&mut self, rope: &Rope) {
        *self = Self::new(rope);
    }

    /// The lines of the edit that goes on, in the text as it is now.
    #[must_use]
    pub fn lines(&self) -> Option<Range<usize>> {
        let hull = self.hull.as_ref()?;
        let line = |position: usize| self.now.char_to_line(position.min(self.now.len_chars()));
        Some(line(hull.new.start)..line(hull.new.end) + 1)
    }

    /// The edit that goes on, as it stands; `None` where there is none, it is too long, or it only writes what was not there.
    #[must_use]
    pub fn settled(&self) -> Option<SettledEdit> {
        let hull = self.trimmed()?;
        if self.is_writing(&hull) || self.fresh.iter().any(|fresh| meet(fresh, &hull.new)) {
            return None;
        }
        Some(self.edit(&hull))
    }

    /// Edits before that one, the last one first.
    pub fn examples(&self) -> impl Iterator<Item = &SettledEdit> {
        self.examples.iter().rev()
    }

    /// Does a change of the text as it is now belong to the edit that goes on?
    fn goes_on(&self, change: &Change) -> bool {
        let Some(lines) = self.lines() else { return false };
        let line = |position: usize| self.now.char_to_line(position.min(self.now.len_chars()));
        line(change.range.start) < lines.end && line(change.range.end) >= lines.start
    }

    /// The edit that goes on has come to its end.
    fn commit(&mut self) {
        if let Some(hull) = self.trimmed() {
            if self.is_writing(&hull) {
                self.fresh.push(hull.new);
                let spare = self.fresh.len().saturating_sub(MAX_FRESH);
                self.fresh.drain(..spare);
            } else if !self.fresh.iter().any(|fresh| meet(fresh, &hull.new)) {
                self.examples.push(self.edit(&hull));
                let spare = self.examples.len().saturating_sub(MAX_EXAMPLES);
                self.examples.drain(..spare);
            }
        }
        self.hull = None;
        self.base = self.now.clone();
        self.base_tree = self.tree.clone();
    }

    fn map(&mut self, steps: &[Transaction]) {
        for step in steps {
            self.fresh.iter_mut().for_each(|fresh| *fresh = step.map_range(fresh.clone()));
            self.fresh.retain(|fresh| !fresh.is_empty());
        }
    }

    /// Where the texts differ, without what is equal at both ends; `None` where they do not, or over too much text.
    fn trimmed(&self) -> Option<Hull> {
        let Hull { old, new } = self.hull.clone()?;
        if old.len() > MAX_CHARS || new.len() > MAX_CHARS {
            return None;
        }
        let before = self.base.get_slice(old.clone())?;
        let after = self.now.get_slice(new.clone())?;
        let shorter = old.len().min(new.len());
        let start = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
        let (back_before, back_after) =
            (before.chars_at(old.len()).reversed(), after.chars_at(new.len()).reversed());
        let end = back_before.zip(back_after).take(shorter - start).take_while(|(a, b)| a == b).count();
        let hull = Hull { old: old.start + start..old.end - end, new: new.start + start..new.end - end };
        (!hull.old.is_empty() || !hull.new.is_empty()).then_some(hull)
    }

    /// Were lines written that were not there, or were empty?
    fn is_writing(&self, hull: &Hull) -> bool {
        let blank = |rope: &Rope, range: Range<usize>| {
            rope.get_slice(range).is_none_or(|text| text.chars().all(char::is_whitespace))
        };
        if !blank(&self.base, hull.old.clone()) {
            return false;
        }
        let adds_lines = self.now.get_slice(hull.new.clone()).is_some_and(|text| text.len_lines() > 1);
        let line = self.base.char_to_line(hull.old.start.min(self.base.len_chars()));
        adds_lines || blank(&self.base, line_start(&self.base, line)..line_end(&self.base, line))
    }

    fn edit(&self, hull: &Hull) -> SettledEdit {
        let (old, old_part) = with_context(&self.base, &hull.old);
        let (new, new_part) = with_context(&self.now, &hull.new);
        let text = |rope: &Rope, range: &Range<usize>| rope.slice(range.clone()).to_string();
        let within = |rope: &Rope, whole: &Range<usize>, part: &Range<usize>| {
            let start = rope.char_to_byte(whole.start);
            rope.char_to_byte(part.start) - start..rope.char_to_byte(part.end) - start
        };
        SettledEdit {
            old: text(&self.base, &old),
            new: text(&self.now, &new),
            old_start: self.base.char_to_byte(old.start),
            new_start: self.now.char_to_byte(new.start),
            old_part: within(&self.base, &old, &old_part),
            new_part: within(&self.now, &new, &new_part),
            tree: self.base_tree.clone(),
            place: hull.new.clone(),
        }
    }
}

impl SettledEdit {
    /// What it put into the text, in chars.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        self.place.clone()
    }

    /// What it took from the text.
    #[must_use]
    pub fn taken(&self) -> &str {
        &self.old[self.old_part.clone()]
    }

    /// The lines that it changed, before and after.
    #[must_use]
    pub fn lines_changed(&self) -> (&str, &str) {
        let whole = |text: &str, part: &Range<usize>| -> Range<usize> {
            let lines = whole_lines(text, part);
            let (first, last) = (lines.first(), lines.last());
            first.map_or(0, |line| line.start)..last.map_or(0, |line| line.end)
        };
        (&self.old[whole(&self.old, &self.old_part)], &self.new[whole(&self.new, &self.new_part)])
    }

    /// Of an edit that changed several lines into as many others each line, as an edit of its own; else the edit itself.
    pub(super) fn lines(&self) -> Vec<SettledEdit> {
        let (old, new) = (whole_lines(&self.old, &self.old_part), whole_lines(&self.new, &self.new_part));
        if old.len() < 2 || old.len() != new.len() {
            return vec![self.clone()];
        }
        let differ =
            old.into_iter().zip(new).filter(|(old, new)| self.old[old.clone()] != self.new[new.clone()]);
        differ.take(MAX_LINES).map(|(old, new)| self.of_line(old, new)).collect()
    }

    fn of_line(&self, old: Range<usize>, new: Range<usize>) -> SettledEdit {
        SettledEdit {
            old: self.old[old.clone()].to_owned(),
            new: self.new[new.clone()].to_owned(),
            old_start: self.old_start + old.start,
            new_start: self.new_start + new.start,
            old_part: 0..old.len(),
            new_part: 0..new.len(),
            tree: self.tree.clone(),
            place: self.place.clone(),
        }
    }
}

/// The lines that a part of a text touches, in bytes, without their breaks.
fn whole_lines(text: &str, part: &Range<usize>) -> Vec<Range<usize>> {
    let start = text[..part.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[part.end..].find('\n').map_or(text.len(), |at| part.end + at);
    let mut at = start;
    let lines = text[start..end].split('\n').map(|line| {
        let from = at;
        at += line.len() + 1;
        from..from + line.trim_end_matches('\r').len()
    });
    lines.collect()
}

/// The lines of a range with some around them, in chars, and the range itself.
fn with_context(rope: &Rope, range: &Range<usize>) -> (Range<usize>, Range<usize>) {
    let first = rope.char_to_line(range.start).saturating_sub(CONTEXT);
    let last = (rope.char_to_line(range.end) + CONTEXT).min(rope.len_lines().saturating_sub(1));
    (line_start(rope, first)..line_end(rope, last), range.clone())
}

fn meet(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// What differs after one more change of the text as it is now.
fn widened(hull: Option<Hull>, change: &Change) -> Hull {
    let inserted = change.insert.chars().count();
    let Some(Hull { old, new }) = hull else {
        let start = change.range.start;
        return Hull { old: change.range.clone(), new: start..start + inserted };
    };
    let both = new.start.min(change.range.start)..new.end.max(change.range.end);
    // Around what differed the two texts are the same, so that one reaches as far beyond it as the other.
    let old = old.start - (new.start - both.start)..old.end + (both.end - new.end);
    Hull { old, new: both.start..both.end - change.range.len() + inserted }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Buffer;

    struct Text {
        buffer: Buffer,
        trail: EditTrail,
    }

    impl Text {
        fn new(text: &str) -> Self {
            let buffer = Buffer::from_text(text);
            Self { trail: EditTrail::new(buffer.rope()), buffer }
        }

        fn replace(&mut self, range: Range<usize>, text: &str) {
            let transaction = Transaction::replace(&self.buffer, range, text);
            self.buffer.apply(&transaction).unwrap();
            self.trail.follow(&[transaction], self.buffer.rope());
        }

        /// What the edit took and what it put there.
        fn edit(&self) -> Option<(String, String)> {
            let edit = self.trail.settled()?;
            Some((edit.old[edit.old_part].to_owned(), edit.new[edit.new_part].to_owned()))
        }
    }

    fn pair(old: &str, new: &str) -> Option<(String, String)> {
        Some((old.to_owned(), new.to_owned()))
    }

    #[test]
    fn what_is_typed_character_by_character_in_one_line_is_one_edit() {
        let mut text = Text::new("one two\nthree\nfour\n");
        text.replace(4..7, "");
        for (index, c) in "2!".chars().enumerate() {
            text.replace(4 + index..4 + index, &c.to_string());
        }
        text.replace(5..6, "");
        assert_eq!(text.edit(), pair("two", "2"));
        assert_eq!(text.trail.lines(), Some(0..1));
        text.replace(6..11, "3");
        assert_eq!(text.edit(), pair("three", "3"));
        assert_eq!(text.trail.examples().count(), 1);
    }

    #[test]
    fn an_edit_that_was_taken_back_is_none() {
        let mut text = Text::new("one two\n");
        text.replace(4..7, "2");
        text.replace(4..5, "two");
        assert_eq!(text.edit(), None);
    }

    #[test]
    fn writing_new_lines_is_no_change_and_neither_is_what_is_changed_in_them() {
        let mut text = Text::new("one\n\ntwo\n");
        text.replace(4..4, "fn f() {}");
        assert_eq!(text.edit(), None);
        text.replace(0..3, "1");
        assert_eq!(text.edit(), pair("one", "1"));
        text.replace(5..6, "g");
        assert_eq!(text.edit(), None, "{:?}", text.buffer.rope());
        let mut text = Text::new("one\n");
        text.replace(3..3, "\ntwo");
        assert_eq!(text.edit(), None);
    }

    #[test]
    fn several_places_at_once_are_no_example() {
        let mut text = Text::new("one one\n");
        let both = vec![Change::new(0..3, "1"), Change::new(4..7, "1")];
        let transaction = Transaction::new(&text.buffer, both).unwrap();
        text.buffer.apply(&transaction).unwrap();
        text.trail.follow(&[transaction], text.buffer.rope());
        assert_eq!(text.edit(), None);
    }

    proptest! {
        /// Whatever was typed: the text before, with what was taken replaced by what was put there, is the text after.
        #[test]
        fn an_edit_leads_from_the_text_before_to_the_text_after(
            start in "[ab \n]{0,40}", edits in prop::collection::vec((0usize..60, 0usize..8, "[ab \n]{0,4}"), 1..12),
        ) {
            let mut text = Text::new(&start);
            for (at, length, insert) in edits {
                let end = text.buffer.len_chars();
                text.replace(at.min(end)..(at + length).min(end), &insert);
                let (Some(edit), base) = (text.trail.settled(), text.trail.base.to_string()) else { continue };
                let mut made = base.clone();
                let part = edit.old_part.start + edit.old_start..edit.old_part.end + edit.old_start;
                made.replace_range(part, &edit.new[edit.new_part.clone()]);
                prop_assert_eq!(made, text.buffer.rope().to_string());
                prop_assert!(base[edit.old_start..].starts_with(&edit.old));
                prop_assert!(text.buffer.rope().to_string()[edit.new_start..].starts_with(&edit.new));
            }
        }
    }
}
