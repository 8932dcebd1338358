//! Layout is not a change: an answer whose code is the selection's own is none, and where the code stays, blanks, line breaks and
//! comments stay as the user has them.

use std::collections::HashMap;

use super::tokens::{CodeToken, Stretch, TokenRole};

/// All but comments.
pub const CODE: [TokenRole; 3] = [TokenRole::Code, TokenRole::Documentation, TokenRole::Annotation];
const COMMENTS: [TokenRole; 1] = [TokenRole::Comment];

/// For each token of the second list the one of the first that it is.
pub fn aligned(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let mut found = vec![None; new.len()];
    let (mut at_old, mut at_new) = (0, 0);
    let end = editor_core::diff::LineHunk { old: old.len()..old.len(), new: new.len()..new.len() };
    for hunk in editor_core::diff::lines(old, new).into_iter().chain([end]) {
        for place in &mut found[at_new..hunk.new.start] {
            *place = Some(at_old);
            at_old += 1;
        }
        (at_old, at_new) = (hunk.old.end, hunk.new.end);
    }
    found
}

/// Is the code the same, and no comment new? `comments`: they count, so none may be missing either.
pub fn is_same(old: &Stretch, new: &Stretch, comments: bool) -> bool {
    let (before, after) = (old.texts(&COMMENTS), new.texts(&COMMENTS));
    let same = if comments { before == after } else { is_within(&after, &before) };
    same && old.marks(&CODE) == new.marks(&CODE)
}

/// Do these come in this order among those?
fn is_within(these: &[&str], those: &[&str]) -> bool {
    let mut those = those.iter();
    these.iter().all(|one| those.any(|other| other == one))
}

/// The answer with the user's own layout where the code is the same. `comments`: those that the answer leaves out are gone.
/// Whoever uses it checks that it is still the answer: [`is_kept`].
pub fn keep(old: &Stretch, new: &Stretch, comments: bool) -> String {
    let (before, after) = (old.counted(&CODE), new.counted(&CODE));
    let pairs = aligned(&words(&before), &words(&after));
    Merge { old, new, before, after, pairs, comments }.text()
}

fn words<'a>(tokens: &[&'a CodeToken]) -> Vec<&'a str> {
    tokens.iter().map(|token| token.text.as_str()).collect()
}

/// Is a text with the user's layout still the answer? The same code, and each comment of the answer.
pub fn is_kept(answer: &Stretch, text: &Stretch) -> bool {
    answer.marks(&CODE) == text.marks(&CODE) && is_within(&answer.texts(&COMMENTS), &text.texts(&COMMENTS))
}

struct Merge<'a> {
    old: &'a Stretch,
    new: &'a Stretch,
    before: Vec<&'a CodeToken>,
    after: Vec<&'a CodeToken>,
    pairs: Vec<Option<usize>>,
    comments: bool,
}

impl Merge<'_> {
    fn text(&self) -> String {
        let indents = self.indents();
        let mut text = String::new();
        for at in 0..=self.after.len() {
            match self.own_gap(at) {
                Some(gap) => text += gap,
                None => text += &indented(self.new_gap(at), &indents),
            }
            let Some(token) = self.after.get(at) else { break };
            text += match self.pairs[at] {
                Some(own) => self.old.raw(self.before[own]),
                None => self.new.raw(token),
            };
        }
        text
    }

    fn new_gap(&self, at: usize) -> &str {
        let before = at.checked_sub(1).map(|before| self.after[before]);
        self.new.gap(before, self.after.get(at).copied())
    }

    /// The gap before a token of the selection; behind the last one, that at its end.
    fn old_gap(&self, at: usize) -> &str {
        let before = at.checked_sub(1).map(|before| self.before[before]);
        self.old.gap(before, self.before.get(at).copied())
    }

    /// What stands before a token of the answer where its selection has it: `None` for the answer's own.
    fn own_gap(&self, at: usize) -> Option<&str> {
        // The ends of both texts belong together.
        let partner =
            |at: usize| if at == self.after.len() { Some(self.before.len()) } else { self.pairs[at] };
        let (left, right) = (at.checked_sub(1).map(partner), partner(at));
        let place = match (left, right) {
            (None, Some(0)) => 0,
            (Some(Some(left)), Some(right)) if right == left + 1 => right,
            // In front of what is new, where something else stood; and behind it.
            (Some(Some(left)), None) if self.replaces(left + 1, at) => left + 1,
            (None, None) if self.replaces(0, at) => 0,
            (Some(None), Some(right)) if self.follows(right, at) => right,
            _ => return None,
        };
        let (own, its) = (self.old_gap(place), self.new_gap(at));
        let is_one_line = !own.contains('\n') && !its.contains('\n');
        let is_as_deep = match (self.before.get(place), self.after.get(at)) {
            (Some(old), Some(new)) => old.depth == new.depth,
            _ => true,
        };
        let fits = is_one_line || is_as_deep;
        (fits && self.comments_fit(place, at)).then_some(own)
    }

    /// Does what is new before `at` stand where something else stood before the selection's token `own`, or on a line before it? A blank
    /// between two words is none behind a bracket that comes between them.
    fn follows(&self, own: usize, at: usize) -> bool {
        let is_replaced = own.checked_sub(1).is_some_and(|before| !self.pairs.contains(&Some(before)));
        is_replaced || (self.old_gap(own).contains('\n') && self.new_gap(at).contains('\n'))
    }

    /// Does what is new at `at` stand in the place of the selection's token `own`?
    fn replaces(&self, own: usize, at: usize) -> bool {
        let next = (at..self.after.len()).find_map(|at| self.pairs[at]).unwrap_or(self.before.len());
        own < next
    }

    /// Nothing that the answer says is lost, and nothing is said twice.
    fn comments_fit(&self, place: usize, at: usize) -> bool {
        let own = comments_between(
            self.old,
            place.checked_sub(1).map(|at| self.before[at]),
            self.before.get(place).copied(),
        );
        let its = comments_between(
            self.new,
            at.checked_sub(1).map(|at| self.after[at]),
            self.after.get(at).copied(),
        );
        if self.comments {
            return own == its;
        }
        let elsewhere = self.new.texts(&COMMENTS);
        let is_left_out = |comment: &&&str| !its.contains(comment);
        is_within(&its, &own) && !own.iter().filter(is_left_out).any(|comment| elsewhere.contains(comment))
    }

    /// How the selection indents what the answer indents so: from lines that begin with the same token, as deep.
    fn indents(&self) -> HashMap<String, String> {
        let mut known = HashMap::new();
        for (at, own) in self.pairs.iter().enumerate().filter_map(|(at, own)| Some((at, (*own)?))) {
            let (own_line, its) = (last_line(self.old_gap(own)), last_line(self.new_gap(at)));
            if let (Some(own_line), Some(its)) = (own_line, its)
                && self.before[own].depth == self.after[at].depth
            {
                known.entry(its.to_owned()).or_insert_with(|| own_line.to_owned());
            }
        }
        known
    }
}

/// The comments between two tokens.
fn comments_between<'a>(
    stretch: &'a Stretch,
    before: Option<&CodeToken>,
    token: Option<&CodeToken>,
) -> Vec<&'a str> {
    let start = before.map_or(0, |before| before.bytes.end);
    let end = token.map_or(usize::MAX, |token| token.bytes.start);
    let there = |comment: &&CodeToken| start <= comment.bytes.start && comment.bytes.end <= end;
    stretch.of(&COMMENTS).filter(there).map(|comment| comment.text.as_str()).collect()
}

/// The indentation that a gap ends in, when it ends in one.
fn last_line(gap: &str) -> Option<&str> {
    let (_, line) = gap.rsplit_once('\n')?;
    line.chars().all(|c| c == ' ' || c == '\t').then_some(line)
}

/// A gap of the answer with the selection's indentation.
fn indented(gap: &str, indents: &HashMap<String, String>) -> String {
    let mut lines = gap.split('\n');
    let mut text = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        text.push('\n');
        text += indents.get(indent).map_or(indent, String::as_str);
        text += &line[indent.len()..];
    }
    text
}
