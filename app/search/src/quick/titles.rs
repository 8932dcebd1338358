//! Ranks the titles of commands: what begins with what is typed, then what has words that do, then what has it in the midst.

use std::ops::Range;

use super::{Narrowed, narrow};

/// How well a title matches; the smaller the better. Of equals the one that was used later, then the shorter one, of which more was
/// typed, then the one whose match comes earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Whole,
    Start,
    WordsInOrder,
    Words,
    Initials,
    Inside,
    Scattered,
}

/// The titles that match, the best first. `recent`: indices of those used lately, the latest first; with nothing typed they come
/// before all others.
#[must_use]
pub fn titles(all: &[&str], typed: &str, recent: &[usize]) -> Vec<Narrowed> {
    let age = |index: usize| recent.iter().position(|other| *other == index).unwrap_or(usize::MAX);
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if typed.is_empty() {
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|index| (age(*index), *index));
        return order.into_iter().map(|index| Narrowed { index, marks: Vec::new() }).collect();
    }
    let wanted = folded(&typed);
    let mut found = Vec::new();
    let mut rest = Vec::new();
    for (index, title) in all.iter().enumerate() {
        match tier(&folded(title), &wanted) {
            Some((tier, marks)) => found.push((tier, 0, index, marks)),
            None => rest.push(index),
        }
    }
    let letters = typed.replace(' ', "");
    for (place, one) in narrow(rest.iter().map(|index| all[*index]), &letters).into_iter().enumerate() {
        let index = rest[one.index];
        if is_tight(&folded(all[index]), &one.marks) {
            found.push((Tier::Scattered, place, index, one.marks));
        }
    }
    let first = |marks: &[usize]| marks.first().copied().unwrap_or_default();
    found.sort_by_key(|(tier, place, index, marks)| {
        (*tier, age(*index), *place, all[*index].len(), first(marks), *index)
    });
    found.into_iter().map(|(_, _, index, marks)| Narrowed { index, marks }).collect()
}

/// Small letters, one for each char, so that places in it are places in the title.
fn folded(text: &str) -> Vec<char> {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

fn is_start(title: &[char], at: usize) -> bool {
    title[at].is_alphanumeric() && at.checked_sub(1).is_none_or(|before| !title[before].is_alphanumeric())
}

fn tier(title: &[char], typed: &[char]) -> Option<(Tier, Vec<usize>)> {
    if title.starts_with(typed) {
        let tier = if title.len() == typed.len() { Tier::Whole } else { Tier::Start };
        return Some((tier, (0..typed.len()).collect()));
    }
    let words: Vec<&[char]> = typed.split(|c| *c == ' ').collect();
    let starts: Vec<usize> = (0..title.len()).filter(|at| is_start(title, *at)).collect();
    if let Some(found) = at_starts(title, &words, &starts, true) {
        return Some((Tier::WordsInOrder, marks(found)));
    }
    if let Some(found) = at_starts(title, &words, &starts, false) {
        return Some((Tier::Words, marks(found)));
    }
    let initials: Vec<char> = starts.iter().map(|at| title[*at]).collect();
    if typed.len() > 1 && initials.starts_with(typed) {
        return Some((Tier::Initials, starts[..typed.len()].to_vec()));
    }
    let inside = |word: &&[char]| {
        let at = title.windows(word.len()).position(|part| part == *word)?;
        Some(at..at + word.len())
    };
    Some((Tier::Inside, marks(words.iter().map(inside).collect::<Option<_>>()?)))
}

/// Where each word begins a word of the title that no other one took.
fn at_starts(
    title: &[char],
    words: &[&[char]],
    starts: &[usize],
    in_order: bool,
) -> Option<Vec<Range<usize>>> {
    let mut free = starts.to_vec();
    let mut found = Vec::new();
    for word in words {
        let place = free.iter().position(|at| title[*at..].starts_with(word))?;
        let at = free[place];
        found.push(at..at + word.len());
        if in_order {
            free.drain(..=place);
        } else {
            free.remove(place);
        }
    }
    Some(found)
}

fn marks(ranges: Vec<Range<usize>>) -> Vec<usize> {
    let mut marks: Vec<usize> = ranges.into_iter().flatten().collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// Letters out of the midst of words are chance, but for one run of them.
fn is_tight(title: &[char], marks: &[usize]) -> bool {
    let begins_run = |place: &usize| *place == 0 || marks[*place] != marks[*place - 1] + 1;
    let runs = (0..marks.len()).filter(begins_run);
    runs.filter(|place| !is_start(title, marks[*place])).count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[&str] = &[
        "Allow or forbid running examples in this folder",
        "Open file",
        "Open folder",
        "Save as",
        "Save all",
        "Save",
        "Go to file",
        "Toggle sidebar",
        "Accept all hunks",
    ];

    fn found(typed: &str, recent: &[usize]) -> Vec<&'static str> {
        titles(ALL, typed, recent).into_iter().map(|one| ALL[one.index]).collect()
    }

    #[test]
    fn starts_come_before_words_and_words_before_what_is_inside() {
        for (typed, expected) in [
            ("folder", &["Open folder", "Allow or forbid running examples in this folder"][..]),
            ("fold", &["Open folder"]),
            ("save", &["Save", "Save as", "Save all"]),
            ("all", &["Allow or forbid running examples in this folder", "Save all", "Accept all hunks"]),
            ("op fi", &["Open file"]),
            ("file open", &["Open file"]),
            ("acc all", &["Accept all hunks"]),
            ("goto", &["Go to file"]),
            ("of", &["Open file", "Open folder"]),
            ("bar", &["Toggle sidebar"]),
        ] {
            assert_eq!(found(typed, &[])[..expected.len()], *expected, "{typed}");
        }
        assert_eq!(found("xyz", &[]), [""; 0]);
        assert!(!found("gdb", &[]).contains(&"Toggle sidebar"), "three letters out of the midst are chance");
    }

    #[test]
    fn what_was_used_lately_comes_first_among_equals_and_where_nothing_is_typed() {
        assert_eq!(found("", &[7, 3])[..3], ["Toggle sidebar", "Save as", ALL[0]]);
        assert_eq!(found("save", &[4, 3]), ["Save", "Save all", "Save as"]);
        assert_eq!(found("  ", &[]).len(), ALL.len());
    }

    #[test]
    fn what_matches_is_marked_by_chars() {
        let marks = |typed: &str| titles(&["Größe ändern"], typed, &[])[0].marks.clone();
        assert_eq!(marks("größe"), [0, 1, 2, 3, 4]);
        assert_eq!(marks("ÄND gr"), [0, 1, 6, 7, 8]);
        assert_eq!(titles(&["Open folder"], "lder", &[])[0].marks, [7, 8, 9, 10]);
    }
}
