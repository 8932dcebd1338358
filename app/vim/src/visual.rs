//! Visual mode: what is selected, and how much of it `.` takes again.

use editor_core::Selection;

use crate::command::{Act, TextObject, VisualKind};
use crate::object::{self, ObjectPlace};
use crate::region::VisualArea;
use crate::vim::{Desk, Vim, VimMode};

impl Vim {
    /// `v`, `V` and Ctrl+V: begins, changes the kind, or ends.
    pub(crate) fn select_by(&mut self, desk: &mut Desk<'_>, kind: VisualKind, count: Option<usize>) {
        let area = match self.visual {
            Some(area) if area.kind == kind => return self.leave_visual(desk),
            Some(area) => VisualArea { kind, ..area },
            None => {
                let at = desk.head();
                let lines = desk.lines();
                let more = count.unwrap_or(1).max(1) - 1;
                let head = match kind {
                    VisualKind::Lines => lines.at_column(
                        (lines.of(at) + more).min(lines.last()),
                        lines.columns(at).start,
                        true,
                    ),
                    _ => (at + more).min(lines.end(lines.of(at))),
                };
                VisualArea { kind, anchor: at, head, to_ends: false }
            }
        };
        self.mode = VimMode::Visual(kind);
        self.show(desk, area);
    }

    /// Selects an area.
    pub(crate) fn show(&mut self, desk: &mut Desk<'_>, area: VisualArea) {
        self.visual = Some(area);
        let selection = area.selection(&desk.lines());
        if *desk.document.selection() != selection {
            desk.document.select(&selection);
        }
    }

    /// Ends Visual mode where the caret is.
    pub(crate) fn leave_visual(&mut self, desk: &mut Desk<'_>) {
        if let Some(area) = self.end_visual(desk) {
            self.put_caret(desk, area.head);
        }
    }

    /// Ends Visual mode and remembers what was selected.
    pub(crate) fn end_visual(&mut self, desk: &Desk<'_>) -> Option<VisualArea> {
        self.mode = VimMode::Normal;
        let area = self.visual.take()?;
        self.marks.entry(desk.id).or_default().visual = Some(area);
        Some(area)
    }

    /// `gv`.
    pub(crate) fn reselect(&mut self, desk: &mut Desk<'_>) {
        let marks = self.marks.entry(desk.id).or_default();
        let Some(last) = marks.visual else {
            self.failed = true;
            return;
        };
        marks.visual = self.visual.or(Some(last));
        let lines = desk.lines();
        let anchor = lines.clamp(last.anchor, true);
        let head = lines.clamp(last.head, true);
        self.mode = VimMode::Visual(last.kind);
        self.goal = last.to_ends.then_some(crate::motion::LINE_END);
        self.show(desk, VisualArea { anchor, head, ..last });
    }

    /// `o` and `O`.
    pub(crate) fn other_end(&mut self, desk: &mut Desk<'_>, across: bool) {
        let Some(area) = self.visual else { return };
        self.goal = None;
        if across && area.kind == VisualKind::Block {
            let lines = desk.lines();
            let (anchor, head) = (lines.columns(area.anchor).start, lines.columns(area.head).start);
            let at = |position: usize, column: usize| lines.at_column(lines.of(position), column, true);
            let area = VisualArea { anchor: at(area.anchor, head), head: at(area.head, anchor), ..area };
            return self.show(desk, area);
        }
        self.show(desk, VisualArea { anchor: area.head, head: area.anchor, ..area });
    }

    /// A text object is selected.
    pub(crate) fn select_object(&mut self, desk: &mut Desk<'_>, wanted: TextObject, count: usize) {
        let Some(area) = self.visual else { return };
        let place = ObjectPlace { at: area.head, selected: Some((area.anchor, area.kind)) };
        let Some(found) = object::find(&desk.lines(), wanted, place, count) else {
            self.failed = true;
            return;
        };
        self.mode = VimMode::Visual(found.kind);
        self.goal = None;
        let area = VisualArea { kind: found.kind, anchor: found.anchor, head: found.head, to_ends: false };
        self.show(desk, area);
    }

    /// Nothing is selected any more, as Escape leaves it.
    pub(crate) fn leave(&mut self, desk: &mut Desk<'_>) {
        if self.visual.is_some() {
            return self.leave_visual(desk);
        }
        let at = desk.head();
        if desk.document.selection().spans().len() > 1 || !desk.document.selection().is_empty() {
            desk.document.select(&Selection::caret(at));
        }
    }

    /// Does an act of Normal mode leave what is selected as it is?
    pub(crate) fn keeps_selection(act: Act) -> bool {
        matches!(act, Act::Scroll(_) | Act::SetMark(_) | Act::Record(_) | Act::StopRecording | Act::Play(_))
    }
}
