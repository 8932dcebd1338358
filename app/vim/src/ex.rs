//! Commands behind `:`, with their ranges.

use editor_core::Change;

use crate::command::VimCommand;
use crate::command_line::until;
use crate::keys::VimKey;
use crate::lines::TextLines;
use crate::motion::Moved;
use crate::put::lines_text;
use crate::region::Region;
use crate::register::RegisterText;
use crate::search;
use crate::vim::{Desk, Vim, VimWish};

/// The lines that a command is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExRange {
    pub first: usize,
    pub last: usize,
    /// Somebody said so.
    pub given: bool,
}

impl Vim {
    /// Runs a line that was typed behind `:`.
    pub(crate) fn run_line(&mut self, desk: &mut Desk<'_>, line: &str) {
        self.registers.note(':', line);
        if let Err(wrong) = self.try_line(desk, line) {
            self.failed = true;
            self.wishes.push(VimWish::Complain(wrong));
        }
    }

    /// `@:`.
    pub(crate) fn run_again(&mut self, desk: &mut Desk<'_>) {
        match self.registers.get(Some(':')).map(|line| line.text.clone()) {
            Some(line) => self.run_line(desk, &line),
            None => self.failed = true,
        }
    }

    fn try_line(&mut self, desk: &mut Desk<'_>, line: &str) -> Result<(), String> {
        let line = line.trim_start_matches([':', ' ', '\t']);
        let (range, rest) = self.range(desk, line)?;
        let rest = rest.trim_start();
        let letters = rest.chars().take_while(char::is_ascii_alphabetic).count();
        let (name, argument) = rest.split_at(command_length(rest, letters));
        let (bang, argument) = match argument.strip_prefix('!') {
            Some(argument) => (true, argument),
            None => (false, argument),
        };
        self.run_ex(desk, range, (name, bang, argument))
    }

    fn run_ex(
        &mut self,
        desk: &mut Desk<'_>,
        range: ExRange,
        (name, bang, argument): (&str, bool, &str),
    ) -> Result<(), String> {
        let path = argument.trim();
        match name {
            "" if argument.is_empty() => self.go_to_line(desk, range.last),
            "w" | "write" | "up" | "update" if path.is_empty() => self.wishes.push(VimWish::Save),
            "w" | "write" | "sav" | "saveas" => self.wishes.push(VimWish::SaveAs(path.to_owned())),
            "wa" | "wall" => self.wishes.push(VimWish::SaveAll),
            "q" | "quit" | "clo" | "close" | "bd" | "bdelete" => self.wishes.push(VimWish::Close(bang)),
            "wq" | "x" | "xit" | "exi" | "exit" => self.wishes.push(VimWish::SaveAndClose),
            "qa" | "qall" | "quita" | "quitall" => self.wishes.push(VimWish::Quit),
            "wqa" | "wqall" | "xa" | "xall" => self.wishes.extend([VimWish::SaveAll, VimWish::Quit]),
            "e" | "edit" if path.is_empty() => self.wishes.push(VimWish::Reload),
            "e" | "edit" | "tabe" | "tabedit" | "tabnew" => self.wishes.push(VimWish::Open(path.to_owned())),
            "sp" | "split" => self.wishes.push(VimWish::Split(false)),
            "vs" | "vsplit" => self.wishes.push(VimWish::Split(true)),
            "bn" | "bnext" | "tabn" | "tabnext" => self.wishes.push(VimWish::Tab(true)),
            "bp" | "bprevious" | "bN" | "bNext" | "tabp" | "tabprevious" => {
                self.wishes.push(VimWish::Tab(false));
            }
            "noh" | "nohlsearch" => self.wishes.push(VimWish::Highlight(None)),
            "u" | "undo" => self.travel(desk, 1, true),
            "red" | "redo" => self.travel(desk, 1, false),
            "s" | "substitute" => self.substitute(desk, range, argument)?,
            "&" => self.substitute_in(desk, range, argument.trim())?,
            "d" | "delete" => self.delete_lines(desk, range, register_of(argument)),
            "y" | "yank" => self.yank_lines(desk, range, register_of(argument)),
            "j" | "join" => self.join_range(desk, range, !bang),
            "pu" | "put" => self.put_below(desk, range, bang, register_of(argument))?,
            "m" | "move" => self.move_lines(desk, range, argument, true)?,
            "t" | "co" | "copy" => self.move_lines(desk, range, argument, false)?,
            "k" | "ma" | "mark" => self.mark_line(desk, range, path)?,
            "norm" | "normal" => self.normal(desk, range, argument.strip_prefix(' ').unwrap_or(argument)),
            _ if is_shift(name, argument) => {
                let steps = 1 + argument.chars().filter(|c| *c == '>' || *c == '<').count() as isize;
                let steps = if name == ">" { steps } else { -steps };
                self.shift(desk, (range.first, range.last), steps, desk.head());
                self.go_to_line(desk, range.last);
            }
            _ => return Err(format!("There is no command :{name}{argument} here.")),
        }
        Ok(())
    }

    fn go_to_line(&mut self, desk: &mut Desk<'_>, line: usize) {
        let lines = desk.lines();
        let at = lines.begin(line.min(lines.last()));
        self.settle(desk, &Moved::to(at).jumps());
        self.wishes.push(VimWish::Reveal);
    }

    /// The range at the start of a line, and what follows.
    fn range<'l>(&mut self, desk: &Desk<'_>, line: &'l str) -> Result<(ExRange, &'l str), String> {
        let lines = desk.lines();
        let here = lines.of(desk.head());
        if let Some(rest) = line.strip_prefix('%') {
            return Ok((ExRange { first: 0, last: lines.last(), given: true }, rest));
        }
        let (mut first, mut last, mut given, mut rest) = (here, here, false, line);
        loop {
            let base = if given { last } else { here };
            let (address, behind) = self.address(desk, &lines, rest, here)?;
            let separated = behind.trim_start().strip_prefix([',', ';']);
            if address.is_none() && separated.is_none() {
                if given {
                    (first, last) = (base, here);
                }
                return checked(ExRange { first, last, given }, &lines, behind);
            }
            let found = address.unwrap_or(here);
            (first, last) = if given { (last, found) } else { (found, found) };
            given = true;
            rest = match separated {
                Some(after) => after,
                None => return checked(ExRange { first, last, given }, &lines, behind),
            };
        }
    }

    /// One line address, by its number from 0; -1 is the line before the first.
    fn address<'l>(
        &mut self,
        desk: &Desk<'_>,
        lines: &TextLines<'_>,
        text: &'l str,
        here: usize,
    ) -> Result<(Option<usize>, &'l str), String> {
        let mut rest = text.trim_start();
        let mut line: Option<usize> = None;
        let Some(first) = rest.chars().next() else { return Ok((None, rest)) };
        match first {
            '0'..='9' => {
                let (number, behind) = digits(rest);
                (line, rest) = (Some(number.unwrap_or(0).saturating_sub(1)), behind);
            }
            '.' => (line, rest) = (Some(here), &rest[1..]),
            '$' => (line, rest) = (Some(lines.last()), &rest[1..]),
            '\'' => {
                let name = rest.chars().nth(1).ok_or("A mark has a letter.")?;
                let mark = self.marks.get(&desk.id).and_then(|marks| marks.get(name));
                let at = mark.ok_or_else(|| format!("The mark {name} is not set."))?;
                (line, rest) = (Some(lines.of(at)), &rest[1 + name.len_utf8()..]);
            }
            '/' | '?' => {
                let (pattern, behind) = until(&rest[1..], first);
                let regex = self.compiled(&pattern).ok_or("The pattern of the range is none.")?;
                let back = first == '?';
                let from = if back { lines.start(here) } else { lines.end(here) };
                let found = search::find(lines, &regex, from, back);
                let at = found.ok_or_else(|| format!("Nothing matches {pattern}"))?;
                (line, rest) = (Some(lines.of(at)), behind.unwrap_or(""));
            }
            _ => {}
        }
        while let Some(sign) = rest.chars().next().filter(|c| matches!(c, '+' | '-')) {
            let (number, behind) = digits(&rest[1..]);
            let by = number.unwrap_or(1);
            let base = line.unwrap_or(here);
            line = Some(if sign == '+' { base + by } else { base.saturating_sub(by) });
            rest = behind;
        }
        Ok((line, rest))
    }

    fn delete_lines(&mut self, desk: &mut Desk<'_>, range: ExRange, register: Option<char>) {
        let start = desk.lines().start(range.first);
        let region = Region::of_lines(range.first, range.last, start);
        self.delete(desk, register, &region);
    }

    fn yank_lines(&mut self, desk: &Desk<'_>, range: ExRange, register: Option<char>) {
        let text = lines_text(&desk.lines(), range.first, range.last);
        let outside = self.registers.yank(register, text);
        self.wishes.extend(outside.map(VimWish::Copy));
    }

    fn join_range(&mut self, desk: &mut Desk<'_>, range: ExRange, spaces: bool) {
        let last = if range.first == range.last { range.first + 1 } else { range.last };
        let lines = desk.lines();
        let start = lines.start(range.first);
        if last > lines.last() {
            self.failed = true;
            return;
        }
        self.put_caret(desk, start);
        self.join_lines(desk, (range.first, last), spaces);
        self.go_to_line(desk, range.first);
    }

    fn put_below(
        &mut self,
        desk: &mut Desk<'_>,
        range: ExRange,
        above: bool,
        register: Option<char>,
    ) -> Result<(), String> {
        let text = self.registers.get(register).cloned().ok_or("The register is empty.")?;
        let count = text.text.split('\n').count();
        let at = desk.lines().start(range.last);
        self.put_caret(desk, at);
        let command = VimCommand {
            register,
            count: None,
            deed: crate::command::Deed::Act(crate::command::Act::Put { after: !above, beyond: false }),
        };
        let text = RegisterText { kind: crate::command::VisualKind::Lines, ..text };
        self.put_text(desk, &command, text, !above, false);
        self.go_to_line(desk, if above { range.last + count - 1 } else { range.last + count });
        Ok(())
    }

    /// `:m` and `:t`.
    fn move_lines(
        &mut self,
        desk: &mut Desk<'_>,
        range: ExRange,
        to: &str,
        moves: bool,
    ) -> Result<(), String> {
        let lines = desk.lines();
        let here = lines.of(desk.head());
        let above = to.trim() == "0";
        let (target, _) = self.address(desk, &lines, to, here)?;
        let target = target.ok_or("Say to which line.")?.min(lines.last());
        let ExRange { first, last, .. } = range;
        if moves && !above && (first..last).contains(&target) {
            return Err("TextLines cannot be moved into themselves.".to_owned());
        }
        let ending = desk.document.line_ending().as_str();
        let text = lines.slice(lines.start(first)..lines.end(last));
        let insert = match above {
            true => Change::insert(0, format!("{text}{ending}")),
            false => Change::insert(lines.end(target), format!("{ending}{text}")),
        };
        let behind_it = if above { 0 } else { target + 1 };
        let count = last - first + 1;
        let mut changes = vec![insert];
        let mut caret_line = behind_it + count - 1;
        if moves {
            if !above && (target == last || target + 1 == first) {
                self.go_to_line(desk, last);
                return Ok(());
            }
            let is_last = last == lines.last() && lines.after(last) == lines.end(last);
            let gone = if is_last && first > 0 {
                lines.end(first - 1)..lines.end(last)
            } else {
                lines.start(first)..lines.after(last)
            };
            if behind_it > last {
                caret_line = target;
            }
            changes.push(Change::delete(gone));
            changes.sort_by_key(|change| (change.range.start, change.range.end));
        }
        let head = desk.head();
        self.edit(desk, changes, head, head);
        self.go_to_line(desk, caret_line);
        Ok(())
    }

    fn mark_line(&mut self, desk: &Desk<'_>, range: ExRange, name: &str) -> Result<(), String> {
        let at = desk.lines().start(range.last);
        let name = name.chars().next().ok_or("A mark has a letter.")?;
        match self.marks.entry(desk.id).or_default().set(name, at) {
            true => Ok(()),
            false => Err(format!("There is no mark {name}.")),
        }
    }

    /// `:normal`: keys, for each line of a range from its start.
    fn normal(&mut self, desk: &mut Desk<'_>, range: ExRange, keys: &str) {
        let keys = VimKey::read(keys);
        let count = if range.given { range.last - range.first + 1 } else { 1 };
        for done in 0..count {
            if range.given {
                let lines = desk.lines();
                let at = lines.start((range.first + done).min(lines.last()));
                self.put_caret(desk, at);
            }
            self.failed = false;
            self.play_keys(desk, &keys);
        }
    }
}

fn is_shift(name: &str, argument: &str) -> bool {
    matches!(name, ">" | "<") && argument.chars().all(|c| name.contains(c) || c == ' ')
}

/// How much of the text is the name of a command: letters, unless what follows `s` or `k` may be one.
fn command_length(text: &str, letters: usize) -> usize {
    if letters == 0 {
        return text.chars().next().filter(|c| "><&".contains(*c)).map_or(0, char::len_utf8);
    }
    // `:s` takes any sign behind it, but no letter.
    letters
}

fn digits(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].parse().ok(), &text[end..])
}

fn register_of(argument: &str) -> Option<char> {
    argument.trim().chars().next().filter(|c| !c.is_ascii_digit())
}

/// A range in order and within the text.
fn checked<'l>(range: ExRange, lines: &TextLines<'_>, rest: &'l str) -> Result<(ExRange, &'l str), String> {
    let last = lines.last();
    if range.given && (range.first > last || range.last > last) && !rest.trim().is_empty() {
        return Err("The range goes beyond the text.".to_owned());
    }
    let (first, end) = (range.first.min(range.last).min(last), range.first.max(range.last).min(last));
    Ok((ExRange { first, last: end, ..range }, rest))
}
