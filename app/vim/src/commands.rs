//! What a complete command does: it moves, operates, or is one of many small acts.

use editor_core::movement;

use crate::change;
use crate::command::{
    Act, Deed, Operator, OperatorTarget, Scroll, TextObject, VimCommand, VimMotion, VisualKind,
};
use crate::memory::CommandLine;
use crate::motion::{self, Goal, LINE_END, Moved, Start};
use crate::object::{self, ObjectPlace};
use crate::region::{self, Extent, Region, VisualArea};
use crate::vim::{Desk, LastChange, Vim, VimMode, VimWish};

impl Vim {
    /// Does a command.
    pub(crate) fn execute(&mut self, desk: &mut Desk<'_>, command: &VimCommand) {
        match command.deed.clone() {
            Deed::Move(motion) => self.go(desk, &motion, command.count),
            Deed::Operate(operator, target) => self.operated(desk, command, operator, &target),
            Deed::Select(object) => self.select_object(desk, object, command.count.unwrap_or(1).max(1)),
            Deed::Act(act) => self.act(desk, command, act),
        }
    }

    /// Moves the caret, or the end of what is selected.
    fn go(&mut self, desk: &mut Desk<'_>, motion: &VimMotion, count: Option<usize>) {
        let Some(moved) = self.moved(desk, motion, count, None) else {
            self.failed = true;
            return;
        };
        self.failed |= moved.is_short;
        self.settle(desk, &moved);
    }

    /// Where a motion leads from the caret.
    pub(crate) fn moved(
        &mut self,
        desk: &Desk<'_>,
        motion: &VimMotion,
        count: Option<usize>,
        operator: Option<Operator>,
    ) -> Option<Moved> {
        if let VimMotion::Find(find) = motion {
            self.last_find = Some(*find);
        }
        let start = Start {
            at: self.caret(desk),
            goal: self.goal_column(desk),
            count,
            operator,
            visual: self.visual.is_some(),
            seen: desk.seen,
            last_find: self.last_find,
        };
        let lines = desk.lines();
        match motion {
            VimMotion::Mark(name, exactly) => {
                let at = self.marks.get(&desk.id)?.get(*name)?.min(lines.rope.len_chars());
                let line = lines.of(at);
                let to = if *exactly { lines.clamp(at, false) } else { lines.begin(line) };
                let moved = Moved::to(to).jumps();
                Some(if *exactly { moved.is_long() } else { moved.by_lines() })
            }
            VimMotion::SearchAgain(_) | VimMotion::SearchWord { .. } | VimMotion::Search { .. } => {
                self.searched(desk, motion, &start)
            }
            _ => motion::go(&lines, motion, start),
        }
    }

    fn goal_column(&self, desk: &Desk<'_>) -> usize {
        if let Some(goal) = self.goal {
            return goal;
        }
        let at = self.caret(desk);
        let lines = desk.lines();
        let columns = lines.columns(at);
        let before = self.visual.is_some_and(|visual| at <= visual.anchor);
        let in_tab = lines.at(at) == Some('\t') && !before;
        if in_tab { columns.end - 1 } else { columns.start }
    }

    /// Puts the caret where a motion led.
    pub(crate) fn settle(&mut self, desk: &mut Desk<'_>, moved: &Moved) {
        if moved.jumps {
            let at = self.caret(desk);
            self.marks.entry(desk.id).or_default().set('\'', at);
        }
        let goal = match moved.goal {
            Goal::Keep => Some(self.goal_column(desk)),
            Goal::Own => None,
            Goal::End => Some(LINE_END),
            Goal::At(column) => Some(column),
        };
        match self.visual {
            Some(area) => {
                let to_ends = goal == Some(LINE_END);
                let head = desk.lines().clamp(moved.at, true);
                self.show(desk, VisualArea { head, to_ends, ..area });
            }
            None => self.put_caret(desk, moved.at),
        }
        self.goal = goal;
    }

    /// An operator and what it works on.
    fn operated(
        &mut self,
        desk: &mut Desk<'_>,
        command: &VimCommand,
        operator: Operator,
        target: &OperatorTarget,
    ) {
        let extent = match (target, self.visual) {
            (OperatorTarget::Selection(_), Some(area)) => Some(Extent::of(&desk.lines(), &area)),
            _ => None,
        };
        let Some(region) = self.target(desk, command, operator, target) else {
            self.failed = true;
            return;
        };
        if operator.changes() {
            self.note_change(command, extent);
        }
        self.goal = None;
        self.operate(desk, command, operator, &region);
    }

    /// The text that an operator works on.
    fn target(
        &mut self,
        desk: &mut Desk<'_>,
        command: &VimCommand,
        operator: Operator,
        target: &OperatorTarget,
    ) -> Option<Region> {
        let count = command.count.unwrap_or(1).max(1);
        match target {
            OperatorTarget::Motion(motion, forced) => {
                let caret = desk.head();
                let moved = self.moved(desk, motion, command.count, Some(operator))?;
                if moved.jumps {
                    self.marks.entry(desk.id).or_default().set('\'', caret);
                }
                Some(region::of_motion(&desk.lines(), caret, &moved, operator, *forced))
            }
            OperatorTarget::Object(object) => self.object_region(desk, *object, count, operator),
            OperatorTarget::Lines => {
                let (lines, caret) = (desk.lines(), desk.head());
                let first = lines.of(caret);
                let last = motion::lines_down(&lines, first, count)?;
                let start = match operator {
                    Operator::Yank => caret,
                    _ if last == first => caret.min(lines.begin(first)),
                    _ => caret,
                };
                Some(Region::of_lines(first, last, start))
            }
            OperatorTarget::Selection(whole) => {
                let mut area = self.end_visual(desk)?;
                if *whole && area.kind != VisualKind::Block {
                    area.kind = VisualKind::Lines;
                } else if *whole && matches!(operator, Operator::Delete | Operator::Change) {
                    area.to_ends = true;
                }
                let reaches = !operator.is_of_lines();
                Some(area.region(&desk.lines(), reaches))
            }
        }
    }

    fn object_region(
        &self,
        desk: &Desk<'_>,
        object: TextObject,
        count: usize,
        operator: Operator,
    ) -> Option<Region> {
        let lines = desk.lines();
        let found = object::find(&lines, object, ObjectPlace { at: desk.head(), selected: None }, count)?;
        if found.kind == VisualKind::Lines {
            return Some(Region::of_lines(lines.of(found.anchor), lines.of(found.head), found.anchor));
        }
        let moved = Moved { inclusive: found.inclusive, ..Moved::to(found.head) };
        Some(region::of_motion(&lines, found.anchor, &moved, operator, None))
    }

    /// Keeps a command for `.`.
    pub(crate) fn note_change(&mut self, command: &VimCommand, extent: Option<Extent>) {
        if self.repeating.is_none() {
            self.last_change = Some(LastChange { command: command.clone(), extent, inserted: None });
        }
    }

    fn act(&mut self, desk: &mut Desk<'_>, command: &VimCommand, act: Act) {
        let times = command.count.unwrap_or(1).max(1);
        let goal = self.goal;
        match act {
            Act::Insert(at) => {
                self.note_change(command, None);
                self.insert_at(desk, at, times);
            }
            Act::Overwrite => {
                self.note_change(command, None);
                self.overwrite(desk, times);
            }
            Act::InsertAround(before) => self.insert_around(desk, command, before),
            Act::Replace(c) => self.replace_chars(desk, command, c, times),
            Act::SwapCase => self.swap_case(desk, command, times),
            Act::Put { after, beyond } => self.put(desk, command, after, beyond),
            Act::Join(spaces) => self.join(desk, command, spaces),
            Act::Add(up) => self.add(desk, command, if up { times as i64 } else { -(times as i64) }),
            Act::Undo => self.travel(desk, times, true),
            Act::Redo => self.travel(desk, times, false),
            Act::Repeat => self.repeat(desk, command),
            Act::Visual(kind) => self.select_by(desk, kind, command.count),
            Act::Reselect => self.reselect(desk),
            Act::OtherEnd(across) => self.other_end(desk, across),
            Act::Leave => self.leave(desk),
            Act::Record(register) => self.record(register),
            Act::StopRecording => self.stop_recording(),
            Act::Play(':') => self.run_again(desk),
            Act::Play(register) => self.play(desk, register, times),
            Act::SetMark(name) => self.set_mark(desk, name),
            Act::Scroll(scroll) => self.scroll(desk, scroll, command.count),
            Act::CommandLine => self.open_line(desk, command.count),
            Act::SubstituteAgain => self.substitute_again(desk),
            Act::SaveAndClose => self.wishes.push(VimWish::SaveAndClose),
            Act::CloseUnsaved => self.wishes.push(VimWish::Close(true)),
            Act::GoToDefinition => self.wishes.push(VimWish::GoToDefinition),
            Act::Tab(on) => self.wishes.push(VimWish::Tab(on)),
            Act::Jump(on) => self.wishes.extend(vec![VimWish::Jump(on); times]),
            Act::Split(beside) => self.wishes.push(VimWish::Split(beside)),
            Act::Pane(wish) => self.wishes.push(VimWish::Pane(wish)),
        }
        if Vim::keeps_selection(act) && self.goal.is_none() && !matches!(act, Act::Scroll(_) | Act::Play(_)) {
            self.goal = goal;
        }
    }

    /// `.`: the last change again, from here.
    fn repeat(&mut self, desk: &mut Desk<'_>, command: &VimCommand) {
        let Some(mut last) = self.last_change.clone() else {
            self.failed = true;
            return;
        };
        if command.count.is_some() {
            last.command.count = command.count;
        }
        if let Some(digit) = last.command.register.filter(|name| ('1'..'9').contains(name)) {
            last.command.register = char::from_u32(u32::from(digit) + 1);
        }
        if command.register.is_some() {
            last.command.register = command.register;
        }
        if let Some(extent) = last.extent {
            let area = extent.from(&desk.lines(), desk.head());
            self.mode = VimMode::Visual(area.kind);
            self.visual = Some(area);
        }
        self.last_change = Some(last.clone());
        self.repeating = Some(last.clone());
        self.execute(desk, &last.command);
        self.repeating = None;
    }

    fn record(&mut self, register: char) {
        if register.is_ascii_alphanumeric() || register == '"' {
            self.recording = Some((register, Vec::new()));
        } else {
            self.failed = true;
        }
    }

    fn stop_recording(&mut self) {
        if let Some((register, mut keys)) = self.recording.take() {
            // The key that ends it is not part of it.
            keys.pop();
            self.registers.record(register, &crate::keys::as_text(&keys));
        }
    }

    fn set_mark(&mut self, desk: &Desk<'_>, name: char) {
        let at = self.caret(desk);
        if !self.marks.entry(desk.id).or_default().set(name, at) {
            self.failed = true;
        }
    }

    fn open_line(&mut self, desk: &mut Desk<'_>, count: Option<usize>) {
        let text = match (self.visual.is_some(), count) {
            (true, _) => "'<,'>".to_owned(),
            (false, Some(1)) => ".".to_owned(),
            (false, Some(count)) => format!(".,.+{}", count - 1),
            (false, None) => String::new(),
        };
        self.leave_visual(desk);
        self.line = Some(CommandLine::new(':', &text));
    }

    fn scroll(&mut self, desk: &mut Desk<'_>, scroll: Scroll, count: Option<usize>) {
        let (first, last) = desk.seen;
        let height = last.saturating_sub(first) + 1;
        let lines = desk.lines();
        let caret = self.caret(desk);
        let line = lines.of(caret);
        let target = |on: bool, by: usize| {
            if on { (line + by).min(lines.last()) } else { line.saturating_sub(by) }
        };
        let (to, by) = match scroll {
            Scroll::Half(on) => {
                let by = count.unwrap_or(height / 2).max(1);
                (target(on, by), if on { by as isize } else { -(by as isize) })
            }
            Scroll::Page(on) => {
                let by = height.saturating_sub(2).max(1) * count.unwrap_or(1).max(1);
                (target(on, by), if on { by as isize } else { -(by as isize) })
            }
            Scroll::Line(on) => {
                let by = count.unwrap_or(1).max(1);
                let seen = if on {
                    line.max((first + by).min(lines.last()))
                } else {
                    line.min(last.saturating_sub(by))
                };
                (seen, if on { by as isize } else { -(by as isize) })
            }
            Scroll::To(to, begins) => {
                let line = count.map_or(line, |line| (line.max(1) - 1).min(lines.last()));
                if count.is_some() || begins {
                    let moved = Moved::to(if begins {
                        lines.begin(line)
                    } else {
                        lines.clamp(lines.start(line) + lines.column(caret), false)
                    });
                    self.settle(desk, &moved);
                }
                self.wishes.push(VimWish::ScrollTo(to));
                return;
            }
        };
        if to == line && !matches!(scroll, Scroll::Line(_)) {
            self.failed = true;
            return;
        }
        let stays = matches!(scroll, Scroll::Line(_));
        let at = if stays {
            lines.at_column(to, self.goal_column(desk), self.visual.is_some())
        } else {
            lines.begin(to)
        };
        let goal = if stays { Goal::Keep } else { Goal::Own };
        if to != line {
            self.settle(desk, &Moved { goal, ..Moved::to(at) });
        }
        self.wishes.push(VimWish::ScrollBy(by));
    }

    /// `r`: other characters of the same number.
    fn replace_chars(&mut self, desk: &mut Desk<'_>, command: &VimCommand, c: char, times: usize) {
        if let Some(area) = self.visual {
            let extent = Extent::of(&desk.lines(), &area);
            self.note_change(command, Some(extent));
            self.end_visual(desk);
            let mut region = area.region(&desk.lines(), false);
            if region.kind == VisualKind::Lines {
                let start = desk.lines().start(region.lines.0);
                region.range = start..start;
            }
            return self.map_chars(desk, &region, |_| c);
        }
        let (lines, at) = (desk.lines(), desk.head());
        let mut end = at;
        for _ in 0..times {
            if lines.is_end(end) {
                self.failed = true;
                return;
            }
            end = lines.right(end);
        }
        self.note_change(command, None);
        if c == '\n' {
            let changes = change::broken(desk, at..end);
            let after = at + changes.insert.chars().count();
            self.edit(desk, vec![changes], at, after);
            return self.put_caret(desk, after);
        }
        let text: String = std::iter::repeat_n(c, times).collect();
        let change = editor_core::Change::new(at..end, text);
        self.edit(desk, vec![change], at, at);
        let last = at + times - 1;
        self.put_caret(desk, last);
    }

    /// `~`: the other case, and on.
    fn swap_case(&mut self, desk: &mut Desk<'_>, command: &VimCommand, times: usize) {
        let (lines, at) = (desk.lines(), desk.head());
        if lines.is_empty(lines.of(at)) {
            self.failed = true;
            return;
        }
        let mut end = at;
        for _ in 0..times {
            end = lines.right(end);
        }
        self.note_change(command, None);
        let text: String = lines.slice(at..end).chars().map(change::toggled).collect();
        self.edit(desk, vec![editor_core::Change::new(at..end, text)], at, at);
        self.put_caret(desk, end);
    }

    /// One character back within the line, as Escape goes from Insert mode.
    pub(crate) fn back_one(desk: &Desk<'_>, at: usize) -> usize {
        let lines = desk.lines();
        if lines.is_start(at) { at } else { movement::grapheme_left(lines.rope, at) }
    }
}
