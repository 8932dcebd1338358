//! The brackets around a position. Strings and comments are not looked into: brackets there count like any other.

use ropey::Rope;

/// So far a bracket is looked for to each side, in chars: what is further away is not on the screen.
const REACH: usize = 20_000;

const PAIRS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

fn opening(close: char) -> Option<char> {
    PAIRS.iter().find(|pair| pair.1 == close).map(|pair| pair.0)
}

fn closing(open: char) -> Option<char> {
    PAIRS.iter().find(|pair| pair.0 == open).map(|pair| pair.1)
}

/// The innermost pair of brackets around a position: where the opening and the closing one stand. `None` where they do not match.
#[must_use]
pub fn around(rope: &Rope, position: usize) -> Option<(usize, usize)> {
    let position = position.min(rope.len_chars());
    let mut waiting: Vec<char> = Vec::new();
    let mut open = None;
    for (steps, c) in rope.chars_at(position).reversed().take(REACH).enumerate() {
        if let Some(own) = opening(c) {
            waiting.push(own);
        } else if closing(c).is_some() && waiting.pop().unwrap_or_default() != c {
            open = Some((position - steps - 1, c));
            break;
        }
    }
    let (start, bracket) = open?;
    let mut waiting: Vec<char> = Vec::new();
    for (steps, c) in rope.chars_at(position).take(REACH).enumerate() {
        if let Some(own) = closing(c) {
            waiting.push(own);
        } else if opening(c).is_some() && waiting.pop().unwrap_or_default() != c {
            return (opening(c) == Some(bracket)).then_some((start, position + steps));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_pair_is_found() {
        let check = |marked: &str, expected| {
            let at = marked.find('|').unwrap();
            assert_eq!(around(&Rope::from_str(&marked.replace('|', "")), at), expected, "{marked}");
        };
        check("a(b, |c)", Some((1, 6)));
        check("a(b[0], |c{d})", Some((1, 12)));
        check("f(g(x), {|})", Some((8, 9)));
        check("a | b", None);
        check("(a | b", None);
        check("(a |]", None);
        check("|(a)", None);
    }
}
