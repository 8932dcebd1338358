//! Which parts of a computed sequence can serve a new prompt at other positions.
//!
//! While the user types, a completion's prompt changes in its middle: a few tokens are inserted at the caret, everything
//! after it moves. What follows the change was computed already and only its positions are wrong; llama.cpp can turn the
//! rotary embedding of such a run to its new positions, which costs next to nothing beside computing it again.

use std::collections::HashMap;

use crate::llama::Token;

/// Shortest run worth moving: below this computing is as cheap, and chance matches are likely.
const MIN: usize = 32;
/// Tokens at the beginning of a run that are computed again: they have seen the text as it was before the change, and the mark
/// after the caret is where a model reads what to complete (without this, it completes what was there before).
const SEAM: usize = 16;
/// Most runs that are moved for one prompt. Each needs a sequence of its own for a moment.
pub const MAX_RUNS: usize = 3;

/// Tokens that were computed at one place and are wanted at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First position in what was computed.
    pub from: usize,
    /// First position in the prompt.
    pub to: usize,
    /// Tokens.
    pub length: usize,
}

/// Runs of `computed` that appear in `prompt` in the same order, from position `common` on, up to which both are the same.
/// The runs rise in both and do not overlap.
pub fn runs(computed: &[Token], prompt: &[Token], common: usize) -> Vec<Run> {
    let mut found = Vec::new();
    let starts = starts(computed, common);
    let (mut from_least, mut to) = (common, common);
    while to + MIN <= prompt.len() && found.len() < MAX_RUNS {
        let near = |places: &Vec<usize>| places.iter().copied().find(|place| *place >= from_least);
        let Some(from) = starts.get(&prompt[to..to + MIN]).and_then(near) else {
            to += 1;
            continue;
        };
        let length = computed[from..].iter().zip(&prompt[to..]).take_while(|(a, b)| a == b).count();
        if length > SEAM {
            found.push(Run { from: from + SEAM, to: to + SEAM, length: length - SEAM });
        }
        (from_least, to) = (from + length, to + length);
    }
    found
}

/// Where each sequence of [`MIN`] tokens begins.
fn starts(computed: &[Token], common: usize) -> HashMap<&[Token], Vec<usize>> {
    let mut starts: HashMap<&[Token], Vec<usize>> = HashMap::new();
    for (at, window) in computed.windows(MIN).enumerate().skip(common) {
        starts.entry(window).or_default().push(at);
    }
    starts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(range: std::ops::Range<i32>) -> Vec<Token> {
        range.collect()
    }

    #[test]
    fn what_follows_typed_text_moves_up() {
        let computed = [text(0..100), vec![-2], text(200..300)].concat();
        let prompt = [text(0..100), vec![7, 8, 9], vec![-2], text(200..300), vec![-3]].concat();
        let moved = Run { from: 100 + SEAM, to: 103 + SEAM, length: 101 - SEAM };
        assert_eq!(runs(&computed, &prompt, 100), [moved]);
    }

    #[test]
    fn what_was_cut_from_the_beginning_and_typed_in_the_middle_makes_two_runs() {
        let computed = [text(0..200), vec![-2], text(300..400)].concat();
        let prompt = [text(50..200), vec![7], vec![-2], text(300..400)].concat();
        let run = |from, to, length| Run { from: from + SEAM, to: to + SEAM, length: length - SEAM };
        let expected = [run(50, 0, 150), run(200, 151, 101)];
        assert_eq!(runs(&computed, &prompt, 0), expected);
    }

    #[test]
    fn short_matches_are_computed_again() {
        let computed = text(0..100);
        let prompt = [vec![-1], text(0..MIN as i32 - 1), vec![-2]].concat();
        assert_eq!(runs(&computed, &prompt, 0), []);
    }

    proptest! {
        #[test]
        fn runs_are_equal_rise_and_do_not_overlap(
            computed in prop::collection::vec(0i32..3, 0..400), prompt in prop::collection::vec(0i32..3, 0..400),
        ) {
            let common = computed.iter().zip(&prompt).take_while(|(a, b)| a == b).count();
            let (mut from, mut to) = (common, common);
            for run in runs(&computed, &prompt, common) {
                prop_assert!(run.from >= from && run.to >= to + SEAM && run.length >= MIN - SEAM);
                (from, to) = (run.from + run.length, run.to + run.length);
                prop_assert_eq!(&computed[run.from..from], &prompt[run.to..to]);
            }
            prop_assert!(to <= prompt.len());
        }
    }
}
