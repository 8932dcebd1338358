//! What stands between the tags of an element.

use super::{FoundObject, ObjectPlace, chars};
use crate::lines::{TextLines, TextStep};

/// So far from the caret tags are looked for, in characters each way.
const REACH: usize = 200_000;

/// One tag in the text.
#[derive(Clone, Debug)]
struct Tag {
    start: usize,
    /// Behind its `>`.
    end: usize,
    name: String,
    closes: bool,
}

/// An element: its opening and its closing tag.
#[derive(Clone, Copy, Debug)]
struct Element {
    start: usize,
    inner: usize,
    inner_end: usize,
    end: usize,
}

pub(super) fn block(
    lines: &TextLines<'_>,
    place: ObjectPlace,
    count: usize,
    around: bool,
) -> Option<FoundObject> {
    let mut at = place.at;
    let (mut low, mut high) = (at, at);
    match place.extended() {
        None => while lines.in_indent(at, 1) && lines.inc(&mut at) == TextStep::Inside {},
        Some(anchor) => (low, high) = (anchor.min(at), anchor.max(at)),
    }
    let elements = elements(lines, at);
    // From the innermost outwards.
    let mut holding: Vec<Element> = elements
        .into_iter()
        .filter(|element| match place.extended() {
            None => element.start <= at && at < element.end,
            Some(_) => element.start <= low && high < element.end,
        })
        .collect();
    holding.sort_by_key(|element| element.end - element.start);
    let wanted = |element: &Element| {
        let range = if around { (element.start, element.end - 1) } else { inner(element) };
        place.extended().is_none() || range.0 < low || range.1 > high
    };
    if place.extended().is_some() {
        // The same text again: its tags, too.
        let same = holding.iter().find(|element| !around && inner(element) == (low, high));
        if let Some(element) = same.filter(|_| count == 1) {
            return Some(chars(element.start, element.end - 1, true));
        }
    }
    let element = holding.into_iter().filter(wanted).nth(count - 1)?;
    if around {
        return Some(chars(element.start, element.end - 1, true));
    }
    if element.inner_end <= element.inner {
        return Some(chars(element.inner, element.inner, place.is_visual()));
    }
    let own_line = lines.is_start(element.inner_end) && !place.is_visual();
    if own_line {
        return Some(chars(element.inner, element.inner_end, false));
    }
    let mut last = element.inner_end;
    lines.dec(&mut last);
    Some(chars(element.inner, last, true))
}

/// First and last character between the tags.
fn inner(element: &Element) -> (usize, usize) {
    (element.inner, element.inner_end.saturating_sub(1))
}

/// All elements around a position, as far as they are closed.
fn elements(lines: &TextLines<'_>, at: usize) -> Vec<Element> {
    let from = lines.start(lines.of(at.saturating_sub(REACH)));
    let to = (at + REACH).min(lines.rope.len_chars());
    let text: Vec<char> = lines.rope.slice(from..to).chars().collect();
    let mut open: Vec<Tag> = Vec::new();
    let mut found = Vec::new();
    let mut index = 0;
    while index < text.len() {
        let Some(tag) = tag_at(&text, index) else {
            index += 1;
            continue;
        };
        index = tag.end;
        if !tag.closes {
            open.push(tag);
        } else if let Some(own) = open.iter().rposition(|before| before.name.eq_ignore_ascii_case(&tag.name))
        {
            let opening = open.swap_remove(own);
            open.truncate(own);
            found.push(Element {
                start: from + opening.start,
                inner: from + opening.end,
                inner_end: from + tag.start,
                end: from + tag.end,
            });
        }
    }
    found
}

/// The tag that starts at an index, unless it closes itself.
fn tag_at(text: &[char], start: usize) -> Option<Tag> {
    if text[start] != '<' {
        return None;
    }
    let closes = text.get(start + 1) == Some(&'/');
    let name_start = start + 1 + usize::from(closes);
    let ends_name = |c: &&char| c.is_whitespace() || matches!(c, '>' | '/' | '<' | '!');
    let name: String = text[name_start.min(text.len())..].iter().take_while(|c| !ends_name(c)).collect();
    if name.is_empty() {
        return None;
    }
    let mut quote = None;
    for (index, c) in text.iter().enumerate().skip(name_start) {
        match (quote, *c) {
            (None, '"' | '\'') => quote = Some(*c),
            (Some(own), c) if c == own => quote = None,
            (None, '<') => return None,
            (None, '>') => {
                let closed = text[index - 1] == '/' && !closes;
                return (!closed).then_some(Tag { start, end: index + 1, name, closes });
            }
            _ => {}
        }
    }
    None
}
