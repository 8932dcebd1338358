//! Words, as `w`, `b`, `e` and `ge` see them: runs of characters of one class, and empty lines.

use crate::lines::{TextLines, TextStep};

/// What kind of character it is; `Blank` is a line's end, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CharClass {
    Blank,
    Mark,
    /// Letters and digits, told apart by script where words of two scripts may touch.
    Word(u8),
}

/// The motion came to the text's end or start before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short;

/// The class of what stands at a position. `big`: all that is no blank is one.
pub(crate) fn class_at(lines: &TextLines<'_>, position: usize, big: bool) -> CharClass {
    match lines.at(position) {
        None => CharClass::Blank,
        Some(c) => class(c, big),
    }
}

fn class(c: char, big: bool) -> CharClass {
    match c {
        ' ' | '\t' | '\u{3000}' => CharClass::Blank,
        _ if big => CharClass::Mark,
        '_' => CharClass::Word(0),
        _ if c.is_alphanumeric() => CharClass::Word(script(c)),
        // Marks that combine belong to the word they stand in.
        '\u{300}'..='\u{36f}' => CharClass::Word(0),
        _ => CharClass::Mark,
    }
}

/// Words of different ones of these scripts are different words even where they touch.
fn script(c: char) -> u8 {
    match c as u32 {
        0x3040..=0x309f => 1,
        0x30a0..=0x30ff => 2,
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x2fa1f => 3,
        0xac00..=0xd7a3 => 4,
        _ => 0,
    }
}

fn on_empty_line(lines: &TextLines<'_>, at: usize) -> bool {
    lines.is_empty(lines.of(at))
}

/// Moves on by words. `stops`: the last one ends at the end of its line, as for operators.
pub(crate) fn forward(
    lines: &TextLines<'_>,
    at: &mut usize,
    count: usize,
    big: bool,
    stops: bool,
) -> Result<(), Short> {
    for left in (0..count).rev() {
        let own = class_at(lines, *at, big);
        let is_last_line = lines.of(*at) == lines.last();
        let ends = |step: TextStep| matches!(step, TextStep::End | TextStep::Line) && stops && left == 0;
        let step = lines.inc(at);
        if step == TextStep::Stuck || (matches!(step, TextStep::End | TextStep::Line) && is_last_line) {
            return Err(Short);
        }
        if ends(step) {
            return Ok(());
        }
        if own != CharClass::Blank {
            while class_at(lines, *at, big) == own {
                let step = lines.inc(at);
                if step == TextStep::Stuck || ends(step) {
                    return Ok(());
                }
            }
        }
        while class_at(lines, *at, big) == CharClass::Blank {
            if on_empty_line(lines, *at) {
                break;
            }
            let step = lines.inc(at);
            if step == TextStep::Stuck || ends(step) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Moves back by words. `stops`: the start of the word that it stands on is one less.
pub(crate) fn back(
    lines: &TextLines<'_>,
    at: &mut usize,
    count: usize,
    big: bool,
    mut stops: bool,
) -> Result<(), Short> {
    for _ in 0..count {
        let own = class_at(lines, *at, big);
        if lines.dec(at) == TextStep::Stuck {
            return Err(Short);
        }
        if !stops || own == class_at(lines, *at, big) || own == CharClass::Blank {
            let mut empty = false;
            while class_at(lines, *at, big) == CharClass::Blank {
                if on_empty_line(lines, *at) {
                    empty = true;
                    break;
                }
                if lines.dec(at) == TextStep::Stuck {
                    return Ok(());
                }
            }
            stops = false;
            if empty {
                continue;
            }
            let class = class_at(lines, *at, big);
            if skip_back(lines, at, class, big) {
                return Ok(());
            }
        }
        lines.inc(at);
        stops = false;
    }
    Ok(())
}

/// Goes back over a class; true: to the text's start.
fn skip_back(lines: &TextLines<'_>, at: &mut usize, over: CharClass, big: bool) -> bool {
    while class_at(lines, *at, big) == over {
        if lines.dec(at) == TextStep::Stuck {
            return true;
        }
    }
    false
}

/// Goes on over a class; true: to the text's end.
fn skip_on(lines: &TextLines<'_>, at: &mut usize, over: CharClass, big: bool) -> bool {
    while class_at(lines, *at, big) == over {
        if lines.inc(at) == TextStep::Stuck {
            return true;
        }
    }
    false
}

/// How [`end`] counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EndStops {
    /// The end of the word that it stands on is one.
    pub here: bool,
    /// An empty line is one.
    pub empty: bool,
}

/// Moves on to ends of words.
pub(crate) fn end(
    lines: &TextLines<'_>,
    at: &mut usize,
    count: usize,
    big: bool,
    stops: EndStops,
) -> Result<(), Short> {
    let mut here = stops.here;
    for _ in 0..count {
        let own = class_at(lines, *at, big);
        if lines.inc(at) == TextStep::Stuck {
            return Err(Short);
        }
        let mut found = false;
        if class_at(lines, *at, big) == own && own != CharClass::Blank {
            if skip_on(lines, at, own, big) {
                return Err(Short);
            }
        } else if !here || own == CharClass::Blank {
            while class_at(lines, *at, big) == CharClass::Blank {
                if stops.empty && on_empty_line(lines, *at) {
                    found = true;
                    break;
                }
                if lines.inc(at) == TextStep::Stuck {
                    return Err(Short);
                }
            }
            if !found {
                let class = class_at(lines, *at, big);
                if skip_on(lines, at, class, big) {
                    return Err(Short);
                }
            }
        }
        if !found {
            lines.dec(at);
        }
        here = false;
    }
    Ok(())
}

/// Moves back to ends of words. `stops`: the end of a line is one.
pub(crate) fn end_back(
    lines: &TextLines<'_>,
    at: &mut usize,
    count: usize,
    big: bool,
    stops: bool,
) -> Result<(), Short> {
    for _ in 0..count {
        let own = class_at(lines, *at, big);
        match lines.dec(at) {
            TextStep::Stuck => return Err(Short),
            TextStep::Line if stops => return Ok(()),
            _ => {}
        }
        if own != CharClass::Blank {
            while class_at(lines, *at, big) == own {
                match lines.dec(at) {
                    TextStep::Stuck => return Ok(()),
                    TextStep::Line if stops => return Ok(()),
                    _ => {}
                }
            }
        }
        while class_at(lines, *at, big) == CharClass::Blank {
            if on_empty_line(lines, *at) {
                break;
            }
            match lines.dec(at) {
                TextStep::Stuck => return Ok(()),
                TextStep::Line if stops => return Ok(()),
                _ => {}
            }
        }
    }
    Ok(())
}
