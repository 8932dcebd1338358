//! The bracket that belongs to another one: `%`, `[(`, and what objects between brackets stand on.

use crate::lines::TextLines;

/// So far a bracket is looked for, in characters.
const REACH: usize = 300_000;

const PAIRS: [(char, char); 3] = [('(', ')'), ('{', '}'), ('[', ']')];

/// What is looked for, from where, and whether quotes count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BracketSearch {
    /// The bracket that opens another level.
    pub opens: char,
    /// The bracket that is looked for.
    pub wanted: char,
    pub back: bool,
    /// Brackets in double quotes count only where the search began in them.
    pub quotes: bool,
    /// The one that it belongs to stands behind a backslash.
    pub escaped: bool,
}

/// The place of the bracket that belongs to the first one on the line, from a position on.
pub(crate) fn matching(lines: &TextLines<'_>, from: usize) -> Option<usize> {
    let end = lines.end(lines.of(from));
    let mut at = if lines.is_end(from) { lines.left(from) } else { from };
    while at < end {
        let c = lines.at(at)?;
        if let Some((open, close)) = PAIRS.iter().find(|(open, close)| c == *open || c == *close) {
            let back = c == *close;
            let wanted = if back { *open } else { *close };
            let escaped = is_escaped(lines, at);
            return find(lines, at, BracketSearch { opens: c, wanted, back, quotes: true, escaped });
        }
        at += 1;
    }
    None
}

/// The bracket of this kind that is open at a position.
pub(crate) fn unmatched(lines: &TextLines<'_>, from: usize, wanted: char, quotes: bool) -> Option<usize> {
    let pairs = PAIRS.iter().chain(&[('<', '>')]);
    let (open, close) = pairs.copied().find(|(open, close)| wanted == *open || wanted == *close)?;
    let back = wanted == open;
    let opens = if back { close } else { open };
    find(lines, from, BracketSearch { opens, wanted, back, quotes, escaped: false })
}

/// The next bracket that opens, behind a position, none that was closed before being it.
pub(crate) fn next_open(lines: &TextLines<'_>, from: usize, (open, close): (char, char)) -> Option<usize> {
    find(
        lines,
        from,
        BracketSearch { opens: close, wanted: open, back: false, quotes: false, escaped: false },
    )
}

fn is_escaped(lines: &TextLines<'_>, at: usize) -> bool {
    let column = lines.column(at);
    lines.rope.chars_at(at).reversed().take(column).take_while(|c| *c == '\\').count() % 2 == 1
}

/// How quotes are taken in one line.
#[derive(Clone, Copy, Debug, Default)]
struct Quoting {
    /// There are as many as close each other.
    even: bool,
    inside: bool,
    /// The search began inside, once that is known.
    began_inside: Option<bool>,
}

fn find(lines: &TextLines<'_>, from: usize, search: BracketSearch) -> Option<usize> {
    let mut quoting = Quoting::default();
    let mut counted_line = None;
    let (mut at, mut depth) = (from, 0usize);
    for _ in 0..REACH {
        let line = lines.of(at);
        if search.back {
            if at > lines.start(line) {
                at -= 1;
            } else {
                at = lines.end(line.checked_sub(1)?);
            }
        } else if at >= lines.end(line) {
            if line >= lines.last() {
                return None;
            }
            at = lines.start(line + 1);
        } else {
            at += 1;
        }
        let line = lines.of(at);
        if search.quotes && counted_line != Some(line) {
            counted_line = Some(line);
            count_quotes(lines, line, at, search.back, &mut quoting);
        }
        quoting.began_inside.get_or_insert(false);
        let Some(c) = lines.at(at) else {
            if at == lines.start(line) || lines.rope.char(at - 1) != '\\' {
                quoting.inside = false;
                quoting.began_inside = Some(false);
            }
            continue;
        };
        match c {
            '"' if search.quotes => {
                if quoting.even && !is_escaped(lines, at) {
                    quoting.inside = !quoting.inside;
                    quoting.began_inside = Some(false);
                }
                continue;
            }
            '\'' if search.quotes => {
                if let Some(over) = over_char_literal(lines, at, search.back) {
                    at = over;
                    continue;
                }
            }
            _ => {}
        }
        if quoting.inside && quoting.began_inside != Some(true) {
            continue;
        }
        if (c == search.opens || c == search.wanted) && is_escaped(lines, at) == search.escaped {
            if c == search.opens {
                depth += 1;
            } else if depth == 0 {
                return Some(at);
            } else {
                depth -= 1;
            }
        }
    }
    None
}

/// Is a line one in which quotes close each other? Where it is not, a backslash at the line's end may say that they go on.
fn count_quotes(lines: &TextLines<'_>, line: usize, at: usize, back: bool, quoting: &mut Quoting) {
    let text: Vec<char> = lines.text(line).chars().collect();
    let column = at - lines.start(line) + usize::from(back);
    let (mut count, mut before, mut index) = (0usize, true, 0);
    while index < text.len() {
        if index == column {
            before = count % 2 == 0;
        }
        let in_char = index > 0 && text[index - 1] == '\'' && text.get(index + 1) == Some(&'\'');
        if text[index] == '"' && !in_char {
            count += 1;
        }
        if text[index] == '\\' && index + 1 < text.len() {
            index += 1;
        }
        index += 1;
    }
    quoting.even = count % 2 == 0;
    if quoting.even {
        return;
    }
    quoting.inside = false;
    if text.last() == Some(&'\\') {
        quoting.even = true;
        if quoting.began_inside.is_none() {
            (quoting.inside, quoting.began_inside) = (true, Some(true));
        } else if back {
            quoting.inside = true;
        }
    }
    let goes_on = line > 0 && lines.text(line - 1).ends_with('\\');
    if goes_on {
        quoting.even = true;
        if quoting.began_inside.is_none() {
            quoting.inside = before;
            quoting.began_inside = before.then_some(true);
        } else if !back {
            quoting.inside = true;
        }
    }
}

/// Where the search goes on behind a character in single quotes, if one stands here.
fn over_char_literal(lines: &TextLines<'_>, at: usize, back: bool) -> Option<usize> {
    let column = lines.column(at);
    let char_at = |at: usize| lines.at(at);
    if back {
        if column > 1 && char_at(at - 2) == Some('\'') {
            return Some(at - 2);
        }
        let escaped = column > 2 && char_at(at - 2) == Some('\\') && char_at(at - 3) == Some('\'');
        return escaped.then(|| at - 3);
    }
    let next = char_at(at + 1)?;
    let behind = char_at(at + 2)?;
    if next == '\\' && char_at(at + 3) == Some('\'') {
        return Some(at + 3);
    }
    (behind == '\'').then_some(at + 2)
}
