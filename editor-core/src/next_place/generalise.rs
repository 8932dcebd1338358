//! Two edits that were alike: what differs between them may be anything, what is the same has to be there.

use std::collections::HashMap;
use std::ops::Range;

use super::build::{Gap, Making, ground};
use super::pattern::{ChangePattern, HoleKind};
use super::scan::{Scanned, TokenClass, scan};
use super::trail::SettledEdit;
use super::window::{Pair, Scope, Window, changed};
use crate::Language;
use crate::syntax::SyntaxTree;

/// Tokens beside a change that are looked at.
const BESIDE: usize = 2;

/// The pattern that two edits are examples of; `None` when they are no two of one kind.
pub(super) fn pattern(
    edit: &SettledEdit,
    example: &SettledEdit,
    language: Language,
    tree: Option<&SyntaxTree>,
) -> Option<ChangePattern> {
    let ground = ground(edit, language, tree)?;
    if ground.prose {
        return None;
    }
    let scanned = |text| scan(language, text, false);
    let (old, new) = (scanned(edit.old.as_str()), scanned(edit.new.as_str()));
    let (old_example, new_example) = (scanned(example.old.as_str()), scanned(example.new.as_str()));
    let core = changed(&old, &new)?;
    let other = changed(&old_example, &new_example)?;
    if core.old.len() != other.old.len() || core.new.len() != other.new.len() {
        return None;
    }
    let breaks = |tokens: &[Scanned<'_>]| tokens.iter().any(|token| token.breaks);
    if breaks(&new[core.new.clone()]) && core.old.is_empty() {
        return None;
    }
    let right = common(old.iter().skip(core.old.end), old_example.iter().skip(other.old.end));
    let left = common(old[..core.old.start].iter().rev(), old_example[..other.old.start].iter().rev());
    let is_first = |index: usize, tokens: &[Scanned<'_>]| tokens.get(index).is_some_and(|token| token.breaks);
    // What begins a line has nothing at its left.
    let left = if is_first(core.old.start, &old) && !core.old.is_empty() { 0 } else { left };
    let window = Window {
        old: core.old.start - left..core.old.end + right,
        new: core.new.start - left..core.new.end + right,
    };
    let start = other.old.start - left;
    let gaps = gaps(
        (&old[window.old.clone()], &old_example[start..start + window.old.len()]),
        (&new[window.new.clone()], &new_example[other.new.start - left..other.new.end + right]),
    )?;
    let pair = Pair { old: &old, new: &new };
    let mut made = Making { edit, language, ground, pair, window: &window }.pattern(&gaps, Scope::Text)?;
    let place = |tokens: &[Scanned<'_>], start: usize| {
        Some(tokens.first()?.start + start..tokens.last()?.end() + start)
    };
    let other_shape = example.tree.as_ref().and_then(|tree| {
        tree.shape(&place(&old_example[start..start + window.old.len()], example.old_start)?)
    });
    made.shape = made.shape.filter(|shape| Some(*shape) == other_shape);
    made.generalised = true;
    Some(made)
}

/// How many tokens beside the two changes are the same, in their lines.
fn common<'a, 'b: 'a>(
    one: impl Iterator<Item = &'a Scanned<'b>>,
    other: impl Iterator<Item = &'a Scanned<'b>>,
) -> usize {
    one.zip(other).take(BESIDE).take_while(|(a, b)| a.same(b) && !a.breaks && !b.breaks).count()
}

type Both<'t, 's> = (&'t [Scanned<'s>], &'t [Scanned<'s>]);

/// What differs between two examples, before and after; `None` when they differ in more than names and values, or when something comes
/// into the text after that was not in the text before.
fn gaps((old, old_example): Both<'_, '_>, (new, new_example): Both<'_, '_>) -> Option<Vec<Gap>> {
    let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
    let mut gaps: Vec<Gap> = Vec::new();
    for (index, (a, b)) in old.iter().zip(old_example).enumerate() {
        if a.same(b) {
            continue;
        }
        if !is_value(a) || !is_value(b) {
            return None;
        }
        let number = *numbers.entry((a.text, b.text)).or_insert_with(|| {
            gaps.push(Gap { old: Vec::new(), new: Vec::new(), kind: kind(old, index) });
            gaps.len() - 1
        });
        gaps[number].old.push(one(index));
    }
    for (index, (a, b)) in new.iter().zip(new_example).enumerate().filter(|(_, (a, b))| !a.same(b)) {
        let number = *numbers.get(&(a.text, b.text))?;
        gaps[number].new.push(one(index));
    }
    Some(gaps)
}

fn one(index: usize) -> Range<usize> {
    index..index + 1
}

fn is_value(token: &Scanned<'_>) -> bool {
    matches!(token.class, TokenClass::Word | TokenClass::Number | TokenClass::Quoted)
}

/// Between commas or brackets it may be any argument.
fn kind(tokens: &[Scanned<'_>], index: usize) -> HoleKind {
    let delimits =
        |token: Option<&Scanned<'_>>| token.is_some_and(|token| matches!(token.text, "(" | "," | ")"));
    let both = delimits(index.checked_sub(1).and_then(|before| tokens.get(before)))
        && delimits(tokens.get(index + 1));
    if both { HoleKind::Argument } else { HoleKind::Primary }
}
