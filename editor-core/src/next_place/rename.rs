//! A name that was given another one: what remains of the old one where it means the same.
//!
//! Exact where a declaration was renamed, as far as the new name is not used already: then every other place of the old name is a mistake
//! until it follows. A use that was renamed counts only where both names are much alike.

use std::ops::Range;

use ropey::Rope;

use super::build::{Ground, distance, indent_of, is_whole_word};
use super::pattern::{Before, ChangePattern, PatternPart, PatternPiece, PatternReach};
use super::scan::{TokenClass, scan};
use super::trail::SettledEdit;
use super::window::{TELLING, changed};
use crate::Language;
use crate::syntax::{DeclaredName, SyntaxTree, TextClass};

/// More places of a name than this are not looked at.
const MAX_PLACES: usize = 500;

/// The text as it is now.
#[derive(Clone, Copy)]
pub(super) struct TextNow<'a> {
    pub text: &'a str,
    pub rope: &'a Rope,
    pub tree: &'a SyntaxTree,
}

/// The pattern of a renaming; `None` when the edit is none.
pub(super) fn pattern(
    edit: &SettledEdit,
    language: Language,
    ground: Ground,
    now: TextNow<'_>,
) -> Option<ChangePattern> {
    if ground.prose {
        return None;
    }
    let (old, new) = (scan(language, &edit.old, false), scan(language, &edit.new, false));
    let core = changed(&old, &new)?;
    let ([from], [to]) = (&old[core.old], &new[core.new]) else { return None };
    if from.class != TokenClass::Word || to.class != TokenClass::Word {
        return None;
    }
    let place = to.start + edit.new_start..to.end() + edit.new_start;
    let known = words(now.text, to.text).any(|found| found != place);
    let (reach, before) = match now.tree.declared_at(&place) {
        Some(DeclaredName::Local) => {
            let within = function_around(&now, &place).unwrap_or(0..now.text.len());
            let taken = words(&now.text[within.clone()], to.text)
                .any(|found| found.start + within.start != place.start);
            // A name that is given a value once more may be another one from there on.
            let first = words(&now.text[within.clone()], from.text).next();
            let is_first = first.is_none_or(|first| first.start + within.start > place.start);
            if taken || !is_first {
                return None;
            }
            (PatternReach::Within(within), Before::NoMember)
        }
        Some(DeclaredName::Item) if !known && from.text.chars().count() >= TELLING => {
            (PatternReach::Everywhere, Before::Anything)
        }
        None if !known && are_alike(from.text, to.text) => {
            let reach = reach_of(&now, from.text, &place)?;
            let before = if reach == PatternReach::Everywhere { Before::Anything } else { Before::NoMember };
            (reach, before)
        }
        _ => return None,
    };
    let leaf = now.tree.shape(&place).filter(|_| before == Before::NoMember);
    Some(ChangePattern {
        language,
        prose: false,
        class: TextClass::Code,
        pieces: vec![PatternPiece::Fixed { text: from.text.to_owned(), class: from.class, breaks: None }],
        parts: vec![PatternPart::Text(to.text.to_owned())],
        shape: None,
        indent: indent_of(&edit.new, to.start).to_owned(),
        reach,
        before,
        leaf,
        generalised: false,
    })
}

/// Where a word stands in a text, in bytes.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let found = text.match_indices(word).map(|(at, found)| at..at + found.len());
    found.filter(move |range| is_whole_word(text, range))
}

/// The bytes of the function around a place.
fn function_around(now: &TextNow<'_>, place: &Range<usize>) -> Option<Range<usize>> {
    let function = now.tree.enclosing_function(now.rope, now.rope.byte_to_char(place.start))?;
    Some(now.rope.char_to_byte(function.start)..now.rope.char_to_byte(function.end))
}

/// Where a name that is used at a place means the same, by where it is declared.
fn reach_of(now: &TextNow<'_>, name: &str, place: &Range<usize>) -> Option<PatternReach> {
    let function = function_around(now, place);
    let mut item = false;
    for found in words(now.text, name).take(MAX_PLACES) {
        match now.tree.declared_at(&found) {
            Some(DeclaredName::Local) => {
                let within = function.clone().filter(|within| within.contains(&found.start));
                if let Some(within) = within {
                    return Some(PatternReach::Within(within));
                }
            }
            Some(DeclaredName::Item) => item = true,
            None => {}
        }
    }
    (item && name.chars().count() >= TELLING).then_some(PatternReach::Everywhere)
}

/// Is one name likely to be meant in the place of the other? It has most letters of it, or all of it.
fn are_alike(from: &str, to: &str) -> bool {
    let (from, to) = (from.to_lowercase(), to.to_lowercase());
    let shorter = from.chars().count().min(to.chars().count());
    let holds = shorter >= TELLING && (from.contains(&to) || to.contains(&from));
    holds || (shorter > TELLING && distance(&from, &to) * 2 <= shorter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_have_most_letters_in_common_are_alike() {
        assert!(
            are_alike("result", "results")
                && are_alike("count", "counter")
                && are_alike("fetchUrl", "fetch_url")
        );
        assert!(!are_alike("min", "max") && !are_alike("start", "end") && !are_alike("i", "ij"));
    }
}
