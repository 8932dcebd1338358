//! An answer that changed more than it may, without the rest: the code of the selection with what the answer may change.

use std::collections::BTreeMap;

use editor_core::Language;

use super::layout::aligned;
use super::names;
use super::tokens::{CodeToken, Stretch, TokenRole};

/// This many places are tried one by one, each at the cost of a parse.
const MAX_PLACES: usize = 40;

/// The selection with as much of the answer's tokens of these roles as `keeps` what must stay; `None` when nothing does.
pub fn repaired(
    (free, fixed): (&[TokenRole], &[TokenRole]),
    old: &Stretch,
    new: &Stretch,
    keeps: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let gaps = Gaps::new(old, new, free, fixed);
    let places = gaps.places();
    let all = gaps.text(&places);
    if places.is_empty() || keeps(&all) {
        return (!places.is_empty()).then_some(all);
    }
    let mut good: Vec<usize> = Vec::new();
    for place in places.into_iter().take(MAX_PLACES) {
        good.push(place);
        if !keeps(&gaps.text(&good)) {
            good.pop();
        }
    }
    (!good.is_empty()).then(|| gaps.text(&good))
}

/// What stands between tokens that must not change, in both texts.
struct Gaps<'a> {
    old: &'a Stretch,
    new: &'a Stretch,
    free: &'a [TokenRole],
    before: Vec<&'a CodeToken>,
    after: Vec<&'a CodeToken>,
    /// For each gap of the selection that of the answer.
    partners: Vec<Option<usize>>,
}

impl<'a> Gaps<'a> {
    fn new(old: &'a Stretch, new: &'a Stretch, free: &'a [TokenRole], fixed: &'a [TokenRole]) -> Gaps<'a> {
        let (before, after): (Vec<_>, Vec<_>) = (old.of(fixed).collect(), new.of(fixed).collect());
        // The other way round: for each token of the selection that of the answer.
        let mut partner: Vec<Option<usize>> = aligned(&new.texts(fixed), &old.texts(fixed));
        partner.push(Some(after.len()));
        let left = |at: usize| if at == 0 { Some(0) } else { partner[at - 1].map(|left| left + 1) };
        let mut gaps = Gaps { old, new, free, before, after, partners: Vec::new() };
        gaps.partners = (0..partner.len())
            .map(|at| match (left(at), partner[at]) {
                (Some(left), Some(right)) if left == right => Some(right),
                // A comment stands above what it is about, whatever else was put above that; documentation beneath.
                (_, Some(right)) if free.contains(&TokenRole::Comment) => Some(right),
                (Some(left), None) if gaps.documents(left) => Some(left),
                _ => None,
            })
            .collect();
        gaps
    }

    /// Does the answer have documentation there that stands in the code?
    fn documents(&self, at: usize) -> bool {
        let (start, end) = Self::ends(&self.after, at);
        let there = |token: &CodeToken| start <= token.bytes.start && token.bytes.end <= end;
        self.new.of(&[TokenRole::Documentation]).any(there)
    }

    /// Where a gap begins and ends, in bytes.
    fn ends(tokens: &[&CodeToken], at: usize) -> (usize, usize) {
        let start = at.checked_sub(1).map_or(0, |before| tokens[before].bytes.end);
        (start, tokens.get(at).map_or(usize::MAX, |token| token.bytes.start))
    }

    /// The gaps in which the answer has something to add.
    fn places(&self) -> Vec<usize> {
        let differs = |at: &usize| {
            let Some(its) = self.partners[*at] else { return false };
            let (own, its) =
                (self.free_in(self.old, &self.before, *at), self.free_in(self.new, &self.after, its));
            own != its && own.len() <= its.len()
        };
        (0..self.partners.len()).filter(differs).collect()
    }

    fn free_in<'t>(&self, stretch: &'t Stretch, tokens: &[&CodeToken], at: usize) -> Vec<&'t str> {
        let (start, end) = Self::ends(tokens, at);
        let there = |token: &&CodeToken| start <= token.bytes.start && token.bytes.end <= end;
        stretch.of(self.free).filter(there).map(|token| token.text.as_str()).collect()
    }

    fn gap<'t>(stretch: &'t Stretch, tokens: &[&CodeToken], at: usize) -> &'t str {
        stretch.gap(at.checked_sub(1).map(|before| tokens[before]), tokens.get(at).copied())
    }

    /// The selection with the answer's text at these places.
    fn text(&self, places: &[usize]) -> String {
        let mut text = String::new();
        for at in 0..self.partners.len() {
            let own = Self::gap(self.old, &self.before, at);
            match self.partners[at].filter(|_| places.contains(&at)) {
                Some(its) => {
                    let its = types_known(self.old, Self::gap(self.new, &self.after, its));
                    text += &moved(&its, own, at == 0);
                }
                None => text += own,
            }
            if let Some(token) = self.before.get(at) {
                text += self.old.raw(token);
            }
        }
        text
    }
}

/// A gap of the answer, indented as the gap in whose place it comes.
fn moved(gap: &str, own: &str, is_first: bool) -> String {
    let line = |text: &str| text.rsplit_once('\n').map(|(_, line)| line.to_owned());
    let (wanted, found) = match (line(own), line(gap)) {
        (Some(wanted), Some(found)) => (wanted, found),
        // The first line's own indentation is the gap itself.
        (None, Some(found)) if is_first => (own.to_owned(), found),
        _ => return gap.to_owned(),
    };
    let is_blank = |text: &str| text.chars().all(|c| c == ' ' || c == '\t');
    if wanted == found || !is_blank(&wanted) || !is_blank(&found) {
        return gap.to_owned();
    }
    let shifted = |line: &str| match line.strip_prefix(found.as_str()) {
        Some(rest) if !line.trim().is_empty() || rest.is_empty() => format!("{wanted}{rest}"),
        _ => line.to_owned(),
    };
    let mut lines = gap.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    let rest: Vec<String> = lines.map(shifted).collect();
    [vec![first], rest].concat().join("\n")
}

/// The selection with the local names of the answer, each wherever it stands.
pub fn renamed(old: &Stretch, new: &Stretch, keeps: &dyn Fn(&str) -> bool) -> Option<String> {
    const ROLES: [TokenRole; 2] = [TokenRole::Code, TokenRole::Annotation];
    let (before, after): (Vec<_>, Vec<_>) = (old.of(&ROLES).collect(), new.of(&ROLES).collect());
    let masked = |stretch: &Stretch, tokens: &[&CodeToken]| {
        let text = |token: &&CodeToken| match names::is_variable(stretch, token) {
            true => String::new(),
            false => token.text.clone(),
        };
        tokens.iter().map(text).collect::<Vec<_>>()
    };
    let (was, is) = (masked(old, &before), masked(new, &after));
    let old_words: Vec<&str> = was.iter().map(String::as_str).collect();
    let new_words: Vec<&str> = is.iter().map(String::as_str).collect();
    let mut votes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, own) in aligned(&old_words, &new_words).into_iter().enumerate() {
        if let Some(own) = own.filter(|own| was[*own].is_empty()) {
            *votes.entry((&before[own].text, &after[at].text)).or_default() += 1;
        }
    }
    let mut ranked: Vec<_> = votes.into_iter().collect();
    ranked.sort_by_key(|((old, new), count)| (std::cmp::Reverse(*count), *old, *new));
    let mut map: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen: Vec<&str> = Vec::new();
    for ((name, other), count) in ranked {
        let all = before.iter().filter(|token| token.text == name && names::is_variable(old, token)).count();
        // By half of its places it may be another name that came where the code is another one.
        if seen.contains(&name) || count * 2 <= all {
            continue;
        }
        seen.push(name);
        if name == other || !names::can_rename(old, name) {
            continue;
        }
        map.insert(name, other);
        if !keeps(&with_names(old, &before, &map)) {
            map.remove(name);
        }
    }
    (!map.is_empty()).then(|| with_names(old, &before, &map))
}

fn with_names(old: &Stretch, tokens: &[&CodeToken], map: &BTreeMap<&str, &str>) -> String {
    let (mut text, mut at) = (String::new(), 0);
    for token in tokens {
        let Some(name) = map.get(token.text.as_str()).filter(|_| names::is_variable(old, token)) else {
            continue;
        };
        text += &old.text[at..token.bytes.start];
        text += name;
        at = token.bytes.end;
    }
    text + &old.text[at..]
}

/// Names of types that Python knows without an import.
const BUILTIN: [&str; 31] = [
    "int",
    "float",
    "str",
    "bool",
    "list",
    "dict",
    "set",
    "tuple",
    "bytes",
    "object",
    "None",
    "type",
    "frozenset",
    "complex",
    "bytearray",
    "range",
    "memoryview",
    "slice",
    "property",
    "Exception",
    "BaseException",
    "ValueError",
    "TypeError",
    "KeyError",
    "OSError",
    "RuntimeError",
    "StopIteration",
    "True",
    "False",
    "map",
    "zip",
];

/// The names in new types that the file does not know: where types are evaluated, the file would not load.
pub fn unknown_types(old: &Stretch, new: &Stretch) -> Vec<String> {
    if old.language != Language::Python {
        return Vec::new();
    }
    let known = known_types(old);
    let types = new
        .of(&[TokenRole::Annotation])
        .filter(|token| token.text.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    let members = |token: &&CodeToken| names::is_variable(new, token) || token.text == "None";
    types.filter(members).map(|token| token.text.clone()).filter(|name| !known(name)).collect()
}

fn known_types(old: &Stretch) -> impl Fn(&str) -> bool {
    let outside = old.outside();
    let own = old.text.clone();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    move |name: &str| {
        let says = |text: &str, keywords: &[&str]| {
            text.lines().any(|line| {
                keywords.iter().any(|word| line.trim_start().starts_with(word))
                    && line.split(|c| !is_word(c)).any(|word| word == name)
            })
        };
        BUILTIN.contains(&name)
            || outside.iter().any(|text| {
                says(text, &["import ", "from ", "class "]) || text.contains(&format!("\n{name} = "))
            })
            || says(&own, &["import ", "from "])
    }
}

/// Types with the names that Python has itself now, where those of `typing` are not imported.
fn types_known(old: &Stretch, gap: &str) -> String {
    if old.language != Language::Python || !(gap.trim_start().starts_with([':', '-'])) {
        return gap.to_owned();
    }
    const OWN: [(&str, &str); 7] = [
        ("List", "list"),
        ("Dict", "dict"),
        ("Set", "set"),
        ("Tuple", "tuple"),
        ("FrozenSet", "frozenset"),
        ("Type", "type"),
        ("Any", "object"),
    ];
    let known = known_types(old);
    let mut text = String::new();
    let mut rest = gap;
    while let Some(start) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        let length =
            rest[start..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        let own = OWN.iter().find(|(name, _)| *name == word).filter(|_| !known(word));
        text += &rest[..start];
        text += own.map_or(word, |(_, own)| own);
        rest = &rest[start + length..];
    }
    text += rest;
    match known("Optional") {
        true => text,
        false => without_optional(&text),
    }
}

/// `Optional[X]` as `X | None`.
fn without_optional(text: &str) -> String {
    const OPEN: &str = "Optional[";
    let Some(start) = text.find(OPEN) else { return text.to_owned() };
    let inside = &text[start + OPEN.len()..];
    let mut depth = 1;
    let end = inside.char_indices().find_map(|(at, c)| {
        depth += match c {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        (depth == 0).then_some(at)
    });
    let Some(end) = end else { return text.to_owned() };
    without_optional(&format!("{}{} | None{}", &text[..start], &inside[..end], &inside[end + 1..]))
}
