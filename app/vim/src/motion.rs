//! Where motions lead, and what an operator makes of the way there.

use crate::brackets;
use crate::command::{FindChar, Operator, VimMotion};
use crate::lines::TextLines;
use crate::prose;
use crate::words::{self, EndStops};

/// Column that `j` and `k` aim at.
pub(crate) const LINE_END: usize = usize::MAX;

/// What becomes of the column that `j` and `k` aim at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Keep,
    /// The caret's own from now on.
    Own,
    /// The ends of lines.
    End,
    At(usize),
}

/// Where a motion leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    pub at: usize,
    /// For an operator the character there is part of it.
    pub inclusive: bool,
    /// It moves by lines.
    pub by_lines: bool,
    pub goal: Goal,
    /// What it leaves is a place to come back to.
    pub jumps: bool,
    /// What is deleted by it goes into register 1 however short it is.
    pub is_long: bool,
    /// An end in column 0 stays there.
    pub keeps_end: bool,
    /// It did not get as far as was wanted.
    pub is_short: bool,
}

impl Moved {
    pub fn to(at: usize) -> Self {
        Self {
            at,
            inclusive: false,
            by_lines: false,
            goal: Goal::Own,
            jumps: false,
            is_long: false,
            keeps_end: false,
            is_short: false,
        }
    }

    fn inclusive(self) -> Self {
        Self { inclusive: true, ..self }
    }

    pub fn by_lines(self) -> Self {
        Self { by_lines: true, ..self }
    }

    pub fn jumps(self) -> Self {
        Self { jumps: true, ..self }
    }

    pub fn is_long(self) -> Self {
        Self { is_long: true, ..self }
    }
}

/// What a motion has to know beside the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub at: usize,
    /// Display column that is aimed at.
    pub goal: usize,
    pub count: Option<usize>,
    pub operator: Option<Operator>,
    /// Something is selected: the caret may stand on a line's end.
    pub visual: bool,
    /// The first and the last line that are seen.
    pub seen: (usize, usize),
    /// How `;` and `,` go on.
    pub last_find: Option<FindChar>,
}

/// Where a motion of this kind leads; `None`: nowhere. Searches and marks are not known here.
pub(crate) fn go(lines: &TextLines<'_>, motion: &VimMotion, start: Start) -> Option<Moved> {
    let Start { at, count, .. } = start;
    let times = count.unwrap_or(1).max(1);
    let line = lines.of(at);
    Some(match motion {
        VimMotion::Left | VimMotion::BackOver => left(lines, start, *motion == VimMotion::BackOver)?,
        VimMotion::Right | VimMotion::OnOver => right(lines, start, *motion == VimMotion::OnOver)?,
        VimMotion::Up | VimMotion::RowUp => {
            vertical(lines, start, line.checked_sub(1)?.saturating_sub(times - 1))
        }
        VimMotion::Down | VimMotion::RowDown => {
            if line >= lines.last() {
                return None;
            }
            vertical(lines, start, (line + times).min(lines.last()))
        }
        VimMotion::LineUp => to_line(lines, line.checked_sub(1)?.saturating_sub(times - 1)),
        VimMotion::LineDown => {
            if line >= lines.last() {
                return None;
            }
            to_line(lines, (line + times).min(lines.last()))
        }
        VimMotion::LineFirst => to_line(lines, lines_down(lines, line, times)?),
        VimMotion::Column0 => Moved::to(lines.start(line)),
        VimMotion::FirstFilled => Moved::to(lines.begin(line)),
        VimMotion::LineEnd => {
            let target = lines_down(lines, line, times)?;
            let end = if start.visual { lines.end(target) } else { lines.last_of(target) };
            Moved { goal: Goal::End, ..Moved::to(end).inclusive() }
        }
        VimMotion::LastFilled => {
            let target = lines_down(lines, line, times)?;
            let mut end = lines.last_of(target);
            while end > lines.start(target) && lines.at(end).is_none_or(crate::lines::is_blank) {
                end = lines.left(end);
            }
            Moved::to(end).inclusive()
        }
        VimMotion::Column => {
            let column = times - 1;
            Moved { goal: Goal::At(column), ..Moved::to(lines.at_column(line, column, start.visual)) }
        }
        VimMotion::WordOn(big) => word_on(lines, start, *big),
        VimMotion::WordEnd(big) => {
            let mut to = at;
            let failed = words::end(lines, &mut to, times, *big, EndStops::default()).is_err();
            settled(lines, start, to, true, failed)
        }
        VimMotion::WordBack(big) => {
            let mut to = at;
            words::back(lines, &mut to, times, *big, false).ok()?;
            Moved::to(to)
        }
        VimMotion::WordEndBack(big) => {
            let mut to = at;
            words::end_back(lines, &mut to, times, *big, false).ok()?;
            Moved::to(to).inclusive()
        }
        VimMotion::Find(find) => {
            Moved { inclusive: !find.back, ..Moved::to(find_char(lines, at, *find, times, false)?) }
        }
        VimMotion::FindAgain(reversed) => {
            let last = start.last_find?;
            let find = FindChar { back: last.back != *reversed, ..last };
            Moved { inclusive: !find.back, ..Moved::to(find_char(lines, at, find, times, true)?) }
        }
        VimMotion::ParagraphOn | VimMotion::ParagraphBack => {
            let on = *motion == VimMotion::ParagraphOn;
            let target = prose::paragraph(lines, line, on, times).ok()?;
            let is_end = on && target == lines.last() && !lines.is_empty(target);
            let to = if is_end { lines.last_of(target) } else { lines.start(target) };
            Moved { inclusive: is_end, ..Moved::to(to).jumps().is_long() }
        }
        VimMotion::SentenceOn | VimMotion::SentenceBack => {
            let on = *motion == VimMotion::SentenceOn;
            let to = prose::sentence(lines, at, on, times).ok()?;
            settled(lines, Start { at: 0, ..start }, to, false, false).jumps().is_long()
        }
        VimMotion::FirstLine => to_line(lines, (times - 1).min(lines.last())).jumps(),
        VimMotion::LastLine => {
            to_line(lines, count.map_or(lines.last(), |line| line.max(1) - 1).min(lines.last())).jumps()
        }
        VimMotion::Matching => match count {
            Some(percent) if percent > 100 => return None,
            Some(percent) => {
                to_line(lines, ((percent.max(1) * lines.count()).div_ceil(100) - 1).min(lines.last())).jumps()
            }
            None => Moved::to(brackets::matching(lines, at)?).inclusive().jumps().is_long(),
        },
        VimMotion::Unmatched(bracket) => {
            let mut to = at;
            for done in 0..times {
                match brackets::unmatched(lines, to, *bracket, true) {
                    Some(found) => to = found,
                    None if done == 0 => return None,
                    None => break,
                }
            }
            Moved::to(to).jumps().is_long()
        }
        VimMotion::ScreenTop => to_line(lines, (start.seen.0 + times - 1).min(start.seen.1)).jumps(),
        VimMotion::ScreenMiddle => to_line(lines, usize::midpoint(start.seen.0, start.seen.1)).jumps(),
        VimMotion::ScreenBottom => {
            to_line(lines, (start.seen.1 + 1).saturating_sub(times).max(start.seen.0)).jumps()
        }
        VimMotion::SearchAgain(_)
        | VimMotion::SearchWord { .. }
        | VimMotion::Search { .. }
        | VimMotion::Mark(..) => return None,
    })
}

/// So many lines on, this one being the first; `None` where it is the last one already.
pub(crate) fn lines_down(lines: &TextLines<'_>, line: usize, times: usize) -> Option<usize> {
    match times {
        1 => Some(line),
        _ if line >= lines.last() => None,
        _ => Some((line + times - 1).min(lines.last())),
    }
}

fn vertical(lines: &TextLines<'_>, start: Start, line: usize) -> Moved {
    let at = if start.goal == LINE_END {
        if start.visual { lines.end(line) } else { lines.last_of(line) }
    } else {
        lines.at_column(line, start.goal, start.visual)
    };
    Moved { goal: Goal::Keep, ..Moved::to(at).by_lines() }
}

fn to_line(lines: &TextLines<'_>, line: usize) -> Moved {
    Moved::to(lines.begin(line)).by_lines()
}

fn left(lines: &TextLines<'_>, start: Start, over: bool) -> Option<Moved> {
    let mut at = start.at;
    let mut moved = Moved::to(at);
    for done in 0..start.count.unwrap_or(1) {
        if !lines.is_start(at) {
            at = lines.left(at);
            continue;
        }
        let line = lines.of(at);
        if over && line > 0 {
            at = if start.visual { lines.end(line - 1) } else { lines.last_of(line - 1) };
            if matches!(start.operator, Some(Operator::Delete | Operator::Change))
                && !lines.is_empty(line - 1)
            {
                at = lines.end(line - 1);
                moved.keeps_end = true;
            }
            continue;
        }
        if done == 0 && start.operator.is_none() {
            return None;
        }
        break;
    }
    Some(Moved { at, ..moved })
}

fn right(lines: &TextLines<'_>, start: Start, over: bool) -> Option<Moved> {
    let mut at = start.at;
    let mut moved = Moved::to(at);
    for done in 0..start.count.unwrap_or(1) {
        let line = lines.of(at);
        let is_last = if start.visual { lines.is_end(at) } else { lines.is_end(lines.right(at)) };
        if !is_last {
            at = lines.right(at);
            continue;
        }
        if over && line < lines.last() {
            if start.operator.is_some() && !moved.inclusive && !lines.is_end(at) {
                moved.inclusive = true;
            } else {
                at = lines.start(line + 1);
                moved.inclusive = false;
            }
            continue;
        }
        if start.operator.is_none() {
            if done == 0 {
                return None;
            }
        } else if !lines.is_empty(line) {
            moved.inclusive = true;
        }
        break;
    }
    Some(Moved { at, ..moved })
}

/// `w`, which with `c` is `e` unless it starts on a blank.
fn word_on(lines: &TextLines<'_>, start: Start, big: bool) -> Moved {
    let (mut at, times) = (start.at, start.count.unwrap_or(1).max(1));
    let changes = start.operator == Some(Operator::Change);
    let on_text = lines.at(at).is_some_and(|c| !crate::lines::is_blank(c));
    if changes && on_text {
        let stops = EndStops { here: true, empty: false };
        let failed = words::end(lines, &mut at, times, big, stops).is_err();
        return settled(lines, start, at, true, failed);
    }
    let failed = words::forward(lines, &mut at, times, big, start.operator.is_some()).is_err();
    settled(lines, start, at, false, failed)
}

/// The caret does not stay on a line's end: it goes to the character before, which is then part of what an operator takes.
fn settled(lines: &TextLines<'_>, start: Start, mut at: usize, inclusive: bool, failed: bool) -> Moved {
    let mut moved = Moved { inclusive, ..Moved::to(at) };
    if at > start.at && !start.visual && lines.is_end(at) && !lines.is_start(at) {
        at = lines.left(at);
        moved.inclusive = true;
    }
    Moved { at, is_short: failed, ..moved }
}

/// Where `f` and the like lead. `again`: a `t` that stands before its character goes on to the next one.
fn find_char(lines: &TextLines<'_>, from: usize, find: FindChar, times: usize, again: bool) -> Option<usize> {
    let mut at = from;
    let mut skips = again && times == 1 && find.till;
    for _ in 0..times {
        loop {
            if find.back {
                if lines.is_start(at) {
                    return None;
                }
                at = lines.left(at);
            } else {
                at = lines.right(at);
            }
            let c = lines.at(at)?;
            if c == find.c && !skips {
                break;
            }
            skips = false;
        }
    }
    Some(match (find.till, find.back) {
        (false, _) => at,
        (true, false) => lines.left(at),
        (true, true) => lines.right(at),
    })
}
