//! Text objects: what `iw`, `a(`, `ip` and the like stand for, for an operator and in Visual mode.

mod quote;
mod tag;

use crate::brackets;
use crate::command::{ObjectKind, TextObject, VisualKind};
use crate::lines::{TextLines, TextStep, is_blank};
use crate::prose;
use crate::words::{self, CharClass, EndStops, class_at};

/// A text object that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoundObject {
    /// Where it starts; in Visual mode the end that stays.
    pub anchor: usize,
    /// The other end.
    pub head: usize,
    /// The character there is part of it.
    pub inclusive: bool,
    /// What the selection is from now on: characters or lines.
    pub kind: VisualKind,
}

/// Where an object is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectPlace {
    pub at: usize,
    /// In Visual mode the other end of the selection and its kind.
    pub selected: Option<(usize, VisualKind)>,
}

impl ObjectPlace {
    /// The other end of a selection that is more than one character.
    fn extended(&self) -> Option<usize> {
        self.selected.map(|(anchor, _)| anchor).filter(|anchor| *anchor != self.at)
    }

    fn is_visual(&self) -> bool {
        self.selected.is_some()
    }
}

/// The object at a place, `count` of them where that makes sense.
pub(crate) fn find(
    lines: &TextLines<'_>,
    object: TextObject,
    place: ObjectPlace,
    count: usize,
) -> Option<FoundObject> {
    match object.kind {
        ObjectKind::Word(big) => word(lines, place, count, object.around, big),
        ObjectKind::Sentence => sentence(lines, place, count, object.around),
        ObjectKind::Paragraph => paragraph(lines, place, count, object.around),
        ObjectKind::Block(open, close) => block(lines, place, count, object.around, (open, close)),
        ObjectKind::Quote(quote) => quote::quoted(lines, place, count, object.around, quote),
        ObjectKind::Tag => tag::block(lines, place, count, object.around),
    }
}

fn chars(anchor: usize, head: usize, inclusive: bool) -> FoundObject {
    FoundObject { anchor, head, inclusive, kind: VisualKind::Chars }
}

/// Back to where the run of one class begins in this line.
fn run_start(lines: &TextLines<'_>, mut at: usize, big: bool) -> usize {
    let own = class_at(lines, at, big);
    while !lines.is_start(at) {
        let before = lines.left(at);
        if class_at(lines, before, big) != own {
            break;
        }
        at = before;
    }
    at
}

fn word(
    lines: &TextLines<'_>,
    place: ObjectPlace,
    mut count: usize,
    around: bool,
    big: bool,
) -> Option<FoundObject> {
    const HERE: EndStops = EndStops { here: true, empty: true };
    let is_white = |at: usize| class_at(lines, at, big) == CharClass::Blank;
    let (mut at, mut inclusive, mut takes_white) = (place.at, true, false);
    let mut anchor = place.extended().unwrap_or(at);
    let mut start = None;
    if place.extended().is_none() {
        at = run_start(lines, at, big);
        anchor = at;
        start = Some(at);
        if is_white(at) == around {
            words::end(lines, &mut at, 1, big, HERE).ok()?;
        } else {
            let _ = words::forward(lines, &mut at, 1, big, true);
            if lines.is_start(at) {
                lines.decl(&mut at);
            } else {
                at = lines.left(at);
            }
            takes_white = around;
        }
        count -= 1;
    }
    while count > 0 {
        inclusive = true;
        if place.is_visual() && at < anchor {
            if lines.decl(&mut at) == TextStep::Stuck {
                return None;
            }
            if around == is_white(at) {
                words::back(lines, &mut at, 1, big, true).ok()?;
            } else {
                words::end_back(lines, &mut at, 1, big, true).ok()?;
                lines.incl(&mut at);
            }
        } else {
            if lines.incl(&mut at) == TextStep::Stuck {
                return None;
            }
            if around == is_white(at) {
                words::end(lines, &mut at, 1, big, HERE).ok()?;
            } else {
                if words::forward(lines, &mut at, 1, big, true).is_err() && count > 1 {
                    return None;
                }
                if lines.is_start(at) {
                    inclusive = false;
                } else {
                    at = lines.left(at);
                }
            }
        }
        count -= 1;
    }
    if takes_white
        && let Some(start) = start
        && (!is_white(at) || (lines.is_start(at) && !inclusive))
        && !lines.is_start(start)
    {
        let white = run_start(lines, lines.left(start), big);
        if is_white(white) && !lines.is_start(white) {
            anchor = white;
        }
    }
    Some(chars(anchor, at, inclusive))
}

/// Back to the first blank of those before a position.
fn first_blank(lines: &TextLines<'_>, at: &mut usize) {
    while lines.decl(at) != TextStep::Stuck {
        if !lines.at(*at).is_some_and(is_blank) {
            lines.incl(at);
            break;
        }
    }
}

/// Over sentences and the blanks between them, in turns.
fn sentences_on(lines: &TextLines<'_>, at: &mut usize, count: usize, mut at_start: bool) {
    for left in (0..count).rev() {
        if let Ok(next) = prose::sentence(lines, *at, true, 1) {
            *at = next;
        }
        if at_start {
            first_blank(lines, at);
        }
        if left == 0 || at_start {
            lines.decl(at);
        }
        at_start = !at_start;
    }
}

fn sentence(lines: &TextLines<'_>, place: ObjectPlace, count: usize, around: bool) -> Option<FoundObject> {
    let is_white = |at: usize| lines.at(at).is_some_and(is_blank);
    let next = prose::sentence(lines, place.at, true, 1).unwrap_or(place.at);
    if let Some(anchor) = place.extended() {
        return Some(chars(anchor, more_sentences(lines, place.at, anchor, next, (count, around)), true));
    }
    let (mut pos, mut start, mut at) = (place.at, place.at, next);
    while is_white(pos) && lines.incl(&mut pos) != TextStep::Stuck {}
    let start_blank = pos == at;
    if start_blank {
        first_blank(lines, &mut start);
    } else {
        at = prose::sentence(lines, at, false, 1).unwrap_or(at);
        start = at;
    }
    let steps = if around { count * 2 } else { count - usize::from(start_blank) };
    if steps > 0 {
        sentences_on(lines, &mut at, steps, true);
    } else {
        lines.decl(&mut at);
    }
    if around {
        if start_blank {
            first_blank(lines, &mut at);
            if is_white(at) {
                lines.decl(&mut at);
            }
        } else if !is_white(at) {
            first_blank(lines, &mut start);
        }
    }
    if place.is_visual() {
        if start == at {
            return Some(chars(
                start,
                more_sentences(lines, place.at, place.at, next, (count, around)),
                true,
            ));
        }
        return Some(chars(start, at, true));
    }
    let inclusive = lines.incl(&mut at) == TextStep::Stuck;
    Some(chars(start, at, inclusive))
}

/// Where a selection ends that grows by sentences from `from`; `next` is where the next one starts.
fn more_sentences(
    lines: &TextLines<'_>,
    from: usize,
    anchor: usize,
    next: usize,
    (mut count, around): (usize, bool),
) -> usize {
    let is_white = |at: usize| lines.at(at).is_some_and(is_blank);
    let sentence = |at: usize, on: bool| prose::sentence(lines, at, on, 1).unwrap_or(at);
    let (mut pos, mut at) = (from, next);
    if around {
        count *= 2;
    }
    if from < anchor {
        let mut at_start = true;
        lines.decl(&mut pos);
        while pos < at {
            if !is_white(pos) {
                at_start = false;
                break;
            }
            lines.incl(&mut pos);
        }
        if !at_start {
            at = sentence(at, false);
            if at == from {
                at_start = true;
            } else {
                at = sentence(at, true);
            }
        }
        for _ in 0..count {
            if at_start {
                first_blank(lines, &mut at);
            }
            if !at_start || (!around && !is_white(at)) {
                at = sentence(at, false);
            }
            at_start = !at_start;
        }
        return at;
    }
    lines.incl(&mut pos);
    let mut at_start = true;
    if pos != at {
        at_start = false;
        while pos < at {
            if !is_white(pos) {
                at_start = true;
                break;
            }
            lines.incl(&mut pos);
        }
        at = if at_start { sentence(at, false) } else { from };
    }
    sentences_on(lines, &mut at, count, at_start);
    at
}

fn paragraph(lines: &TextLines<'_>, place: ObjectPlace, count: usize, around: bool) -> Option<FoundObject> {
    let white = |line: usize| lines.is_white(line);
    let here = lines.of(place.at);
    let by_lines =
        |anchor: usize, head: usize| FoundObject { anchor, head, inclusive: true, kind: VisualKind::Lines };
    if let Some((anchor, kind)) = place.selected
        && lines.of(anchor) != here
    {
        let line = more_paragraphs(lines, here, here > lines.of(anchor), count, around)?;
        return Some(FoundObject { kind, ..by_lines(anchor, lines.start(line)) });
    }
    let last = lines.last();
    let white_in_front = white(here);
    let mut start = here;
    while start > 0 && white(start - 1) == white_in_front {
        start -= 1;
    }
    // `end` is behind the last line.
    let mut end = start;
    while end <= last && white(end) {
        end += 1;
    }
    let mut left = count - usize::from(!around && white_in_front);
    while left > 0 {
        left -= 1;
        if end > last {
            return None;
        }
        let takes_white = !around && white(end);
        if around || !takes_white {
            end += 1;
            while end <= last && !white(end) {
                end += 1;
            }
        }
        if left == 0 && white_in_front && around {
            break;
        }
        if around || takes_white {
            while end <= last && white(end) {
                end += 1;
            }
        }
    }
    if !white_in_front && around && !white(end - 1) {
        while start > 0 && white(start - 1) {
            start -= 1;
        }
    }
    if let Some((anchor, kind)) = place.selected {
        if kind == VisualKind::Lines && start == here {
            // What it would select is selected: more.
            let line = more_paragraphs(lines, here, true, count, around)?;
            return Some(by_lines(anchor, lines.start(line)));
        }
        let anchor = if lines.of(anchor) == start { anchor } else { lines.start(start) };
        return Some(by_lines(anchor, lines.start(end - 1)));
    }
    Some(by_lines(lines.start(start), lines.start(end - 1)))
}

/// The line to which a selection grows by paragraphs.
fn more_paragraphs(
    lines: &TextLines<'_>,
    from: usize,
    on: bool,
    count: usize,
    around: bool,
) -> Option<usize> {
    let edge = if on { lines.last() } else { 0 };
    let next = |line: usize| if on { line + 1 } else { line - 1 };
    let mut line = from;
    for _ in 0..count {
        if line == edge {
            return None;
        }
        let mut before = None;
        for _ in 0..2 {
            let target = next(line);
            let white = lines.is_white(target);
            if before == Some(white) {
                break;
            }
            line = target;
            while line != edge && lines.is_white(next(line)) == white {
                line = next(line);
            }
            if !around || line == edge {
                break;
            }
            before = Some(white);
        }
    }
    Some(line)
}

fn block(
    lines: &TextLines<'_>,
    place: ObjectPlace,
    count: usize,
    around: bool,
    (open, close): (char, char),
) -> Option<FoundObject> {
    let (mut old_start, mut old_end) = (place.at, place.at);
    let mut at = place.at;
    match place.extended() {
        None => {
            if open == '{' {
                while lines.in_indent(at, 1) && lines.inc(&mut at) == TextStep::Inside {}
            }
            if lines.at(at) == Some(open) {
                at += 1;
            }
        }
        Some(anchor) if anchor < at => {
            old_start = anchor;
            at = anchor;
        }
        Some(anchor) => old_end = anchor,
    }
    let mut start = at;
    let outside = brackets::unmatched(lines, at, open, false).is_none();
    for _ in 0..count {
        // Outside of all, the next one.
        let found = if outside {
            brackets::next_open(lines, at, (open, close))
        } else {
            brackets::unmatched(lines, at, open, false)
        };
        start = found?;
        at = start;
    }
    let mut end = brackets::unmatched(lines, at, close, true)?;
    at = end;
    let mut whole_lines = false;
    loop {
        if around {
            break;
        }
        lines.incl(&mut start);
        whole_lines = lines.is_start(at);
        lines.decl(&mut at);
        while lines.in_indent(at, 1) {
            whole_lines = true;
            if lines.decl(&mut at) != TextStep::Inside {
                break;
            }
        }
        if place.is_visual() && start == end {
            return None;
        }
        if place.is_visual() && start >= old_start && old_end >= at && start != at {
            at = old_start;
            lines.decl(&mut at);
            start = brackets::unmatched(lines, at, open, false)?;
            end = brackets::unmatched(lines, start, close, true)?;
            at = end;
        } else {
            break;
        }
    }
    if place.is_visual() {
        if whole_lines && !lines.is_end(at) {
            lines.inc(&mut at);
        }
        return Some(chars(start, at, true));
    }
    if whole_lines {
        lines.incl(&mut at);
        return Some(chars(start, at, false));
    }
    let inclusive = start <= at;
    Some(chars(start, if inclusive { at } else { start }, inclusive))
}
