//! Sentences and paragraphs.

use crate::lines::{TextLines, TextStep, is_blank};
use crate::words::Short;

const ENDS: &str = ".!?";
const CLOSES: &str = ")]\"'";

/// Does a section begin at this line? As for Vim, at a form feed, and at an nroff macro that says so.
fn begins(lines: &TextLines<'_>, line: usize) -> bool {
    const MACROS: [&str; 17] = [
        "SH", "NH", "H ", "HU", "nh", "sh", // sections
        "IP", "LP", "PP", "QP", "TP", "P ", "bp", "LI", "Pp", "It", "pp",
    ];
    let mut chars = lines.rope.chars_at(lines.start(line)).take_while(|c| *c != '\n');
    match chars.next() {
        Some('\u{c}') => true,
        Some('.') => {
            let (first, second) = (chars.next().unwrap_or(' '), chars.next().unwrap_or(' '));
            let named: String = [first, second].iter().collect();
            MACROS.contains(&named.as_str())
        }
        _ => false,
    }
}

/// The line to which `}` and `{` lead, and whether the text ended there.
pub(crate) fn paragraph(lines: &TextLines<'_>, from: usize, on: bool, count: usize) -> Result<usize, Short> {
    let mut line = from;
    for left in (0..count).rev() {
        let (mut skipped, mut first) = (false, true);
        loop {
            skipped |= !lines.is_empty(line);
            if !first && skipped && (lines.is_empty(line) || begins(lines, line)) {
                break;
            }
            first = false;
            let is_end = if on { line >= lines.last() } else { line == 0 };
            if is_end {
                if left > 0 {
                    return Err(Short);
                }
                break;
            }
            line = if on { line + 1 } else { line - 1 };
        }
    }
    Ok(line)
}

/// The start of the next sentence in a direction, `count` times.
pub(crate) fn sentence(
    lines: &TextLines<'_>,
    from: usize,
    on: bool,
    mut count: usize,
) -> Result<usize, Short> {
    let mut at = from;
    while count > 0 {
        count -= 1;
        let before = at;
        match one_sentence(lines, &mut at, on, count > 0)? {
            Found::Start => {}
            Found::Skip => {
                while lines.at(at).is_some_and(is_blank) {
                    if lines.incl(&mut at) == TextStep::Stuck {
                        break;
                    }
                }
            }
        }
        if at == before {
            if step(lines, &mut at, on) == TextStep::Stuck {
                return if count > 0 { Err(Short) } else { Ok(at) };
            }
            count += 1;
        }
    }
    Ok(at)
}

enum Found {
    /// Here it is.
    Start,
    /// Behind the blanks here.
    Skip,
}

fn step(lines: &TextLines<'_>, at: &mut usize, on: bool) -> TextStep {
    if on { lines.incl(at) } else { lines.decl(at) }
}

fn one_sentence(lines: &TextLines<'_>, at: &mut usize, on: bool, more: bool) -> Result<Found, Short> {
    if lines.is_end(*at) {
        loop {
            if step(lines, at, on) == TextStep::Stuck || !lines.is_end(*at) {
                break;
            }
        }
        if on {
            return Ok(Found::Skip);
        }
    } else if on && lines.is_start(*at) && begins(lines, lines.of(*at)) {
        let line = lines.of(*at);
        if line == lines.last() {
            return Err(Short);
        }
        *at = lines.start(line + 1);
        return Ok(Found::Skip);
    } else if !on {
        lines.decl(at);
    }
    back_to_text(lines, at, on);
    let first_line = lines.of(*at);
    loop {
        let Some(c) = lines.at(*at).filter(|_| !(lines.is_start(*at) && begins(lines, lines.of(*at)))) else {
            let line = lines.of(*at);
            if !on && line != first_line {
                *at = lines.start(line + 1);
            }
            return Ok(Found::Skip);
        };
        if ENDS.contains(c)
            && let Some(end) = sentence_end(lines, *at)
        {
            *at = end;
            if lines.is_end(*at) {
                lines.inc(at);
            }
            return Ok(Found::Skip);
        }
        if step(lines, at, on) == TextStep::Stuck {
            return if more { Err(Short) } else { Ok(Found::Start) };
        }
    }
}

/// Behind a `.`, `!` or `?` with what closes after it, if a sentence ends there.
fn sentence_end(lines: &TextLines<'_>, mark: usize) -> Option<usize> {
    let mut at = mark;
    loop {
        if lines.inc(&mut at) == TextStep::Stuck {
            return Some(at);
        }
        match lines.at(at) {
            Some(c) if CLOSES.contains(c) => {}
            None => return Some(at),
            Some(c) => return is_blank(c).then_some(at),
        }
    }
}

/// Goes back over blanks, and what ends a sentence, to the text before them.
fn back_to_text(lines: &TextLines<'_>, at: &mut usize, on: bool) {
    let mut found_end = false;
    while let Some(c) = lines.at(*at)
        && (is_blank(c) || ENDS.contains(c) || CLOSES.contains(c))
    {
        let mut before = *at;
        if lines.decl(&mut before) == TextStep::Stuck || (on && lines.is_empty(lines.of(before))) || found_end
        {
            break;
        }
        found_end |= ENDS.contains(c);
        let stands = |c: char| ENDS.contains(c) || CLOSES.contains(c);
        if CLOSES.contains(c) && !lines.at(before).is_some_and(stands) {
            break;
        }
        lines.decl(at);
    }
}
