//! Parts of words: `camelCase`, `snake_case` and `HTTPServer` have two each.

use ropey::Rope;

use crate::buffer::{line_end, line_start};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Blank,
    Upper,
    Lower,
    Digit,
    Underscore,
    Punctuation,
}

fn part(c: char) -> Part {
    match c {
        '_' => Part::Underscore,
        _ if c.is_whitespace() => Part::Blank,
        _ if c.is_uppercase() => Part::Upper,
        _ if c.is_numeric() => Part::Digit,
        _ if c.is_alphanumeric() => Part::Lower,
        // Marks that join a letter before them.
        _ if !c.is_ascii() && !c.is_ascii_punctuation() => Part::Lower,
        _ => Part::Punctuation,
    }
}

/// The end of the part of a word right of a position. Blanks and underscores before it are gone over; at the end of a line it is the
/// start of the next.
#[must_use]
pub fn right(rope: &Rope, position: usize) -> usize {
    let line = rope.char_to_line(position);
    let end = line_end(rope, line);
    if position >= end {
        return line_start(rope, line + 1).max(position);
    }
    let mut rest = rope.chars_at(position).take(end - position).map(part).peekable();
    let mut at = position;
    let mut skip = |at: &mut usize, over: &[Part]| {
        let before = *at;
        while rest.next_if(|next| over.contains(next)).is_some() {
            *at += 1;
        }
        (*at - before, rest.peek().copied())
    };
    let (_, next) = skip(&mut at, &[Part::Blank]);
    let (_, next) =
        if next == Some(Part::Underscore) { skip(&mut at, &[Part::Underscore]) } else { (0, next) };
    match next {
        Some(Part::Upper) => {
            let (capitals, next) = skip(&mut at, &[Part::Upper]);
            match (capitals, next) {
                (1, Some(Part::Lower)) => skip(&mut at, &[Part::Lower]),
                // The last of several capitals begins the next part.
                (_, Some(Part::Lower)) => return at - 1,
                _ => (0, None),
            }
        }
        Some(other @ (Part::Lower | Part::Digit | Part::Punctuation)) => skip(&mut at, &[other]),
        Some(Part::Blank | Part::Underscore) | None => (0, None),
    };
    at
}

/// The start of the part of a word left of a position, the mirror of [`right`].
#[must_use]
pub fn left(rope: &Rope, position: usize) -> usize {
    let line = rope.char_to_line(position);
    let start = line_start(rope, line);
    if position == start {
        return line.checked_sub(1).map_or(0, |above| line_end(rope, above));
    }
    let mut rest = rope.chars_at(position).reversed().take(position - start).map(part).peekable();
    let mut at = position;
    let mut skip = |at: &mut usize, over: Part| {
        let before = *at;
        while rest.next_if(|next| *next == over).is_some() {
            *at -= 1;
        }
        (before - *at, rest.peek().copied())
    };
    let (_, next) = skip(&mut at, Part::Blank);
    let (_, next) = if next == Some(Part::Underscore) { skip(&mut at, Part::Underscore) } else { (0, next) };
    match next {
        Some(Part::Lower) => {
            let (_, next) = skip(&mut at, Part::Lower);
            if next == Some(Part::Upper) {
                at -= 1;
            }
        }
        Some(other @ (Part::Upper | Part::Digit | Part::Punctuation)) => {
            skip(&mut at, other);
        }
        Some(Part::Blank | Part::Underscore) | None => {}
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All stops on the way through a text.
    fn stops(text: &str, step: impl Fn(&Rope, usize) -> usize, from: usize) -> Vec<usize> {
        let rope = Rope::from_str(text);
        let (mut at, mut stops) = (from, Vec::new());
        loop {
            let next = step(&rope, at);
            if next == at {
                return stops;
            }
            stops.push(next);
            at = next;
        }
    }

    #[test]
    fn words_have_parts() {
        assert_eq!(stops("camelCase", right, 0), [5, 9]);
        assert_eq!(stops("camelCase", left, 9), [5, 0]);
        assert_eq!(stops("snake_case", right, 0), [5, 10]);
        assert_eq!(stops("snake_case", left, 10), [6, 0]);
        assert_eq!(stops("HTTPServer2x", right, 0), [4, 10, 11, 12]);
        assert_eq!(stops("HTTPServer", left, 10), [4, 0]);
        assert_eq!(stops("a -> b", right, 0), [1, 4, 6]);
        assert_eq!(stops("größeMaß", right, 0), [5, 8]);
        assert_eq!(stops("a\r\nb", right, 0), [1, 3, 4]);
        assert_eq!(stops("a\r\nb", left, 4), [3, 1, 0]);
    }

    proptest! {
        #[test]
        fn every_step_goes_on_and_ends_in_the_text(text in "[aB1_. \r\n漢]{0,30}") {
            let len = text.chars().count();
            let there = stops(&text, right, 0);
            prop_assert!(there.is_sorted() && there.last().copied().unwrap_or(0) == len);
            let back = stops(&text, left, len);
            prop_assert!(back.iter().rev().is_sorted() && back.last().copied().unwrap_or(0) == 0);
        }
    }
}
