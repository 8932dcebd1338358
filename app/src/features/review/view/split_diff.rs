//! A review with the old text at the left and the new one at the right, in rows that belong together.

use std::ops::Range;

use editor_core::diff::{DiffRow, RowKind};
use editor_core::review::HunkState;
use editor_core::token::TokenKind;
use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, Color32, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use settings::EditorSettings;

use super::hunk;
use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::{code, menu};
use crate::workspace::{Tab, TabReview};

/// Narrower areas show the review in the text itself.
pub const NARROW: f32 = 720.0;
/// Lines of the file shown above and below the review.
const AROUND: usize = 200;
/// Space for line numbers.
const GUTTER: f32 = 52.0;

/// What stands in one row: a line of the file by its index, or a row of the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Line(usize),
    Row(usize),
}

/// One row of both columns, with the line numbers from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pair {
    left: Option<(Side, usize)>,
    right: Option<(Side, usize)>,
}

/// The rows of a review side by side, the first of its lines being `first`: what goes stands beside what comes.
fn pairs(rows: &[DiffRow], first: usize) -> Vec<Pair> {
    let (mut pairs, mut old, mut new, mut at) = (Vec::new(), first, first, 0);
    let is = |at: usize, kinds: &[RowKind]| rows.get(at).is_some_and(|row| kinds.contains(&row.kind));
    while at < rows.len() {
        if is(at, &[RowKind::Kept, RowKind::NotReached]) {
            pairs.push(Pair { left: Some((Side::Row(at), old)), right: Some((Side::Row(at), new)) });
            (old, new, at) = (old + 1, new + 1, at + 1);
            continue;
        }
        let hunk = rows[at].hunk;
        let end = (at..rows.len())
            .find(|next| rows[*next].hunk != hunk || is(*next, &[RowKind::Kept, RowKind::NotReached]))
            .unwrap_or(rows.len());
        let of = |kinds: &[RowKind]| (at..end).filter(|row| is(*row, kinds)).collect::<Vec<_>>();
        let (gone, come) = (of(&[RowKind::Removed]), of(&[RowKind::Added, RowKind::Writing]));
        for index in 0..gone.len().max(come.len()) {
            pairs.push(Pair {
                left: gone.get(index).map(|row| (Side::Row(*row), old + index)),
                right: come.get(index).map(|row| (Side::Row(*row), new + index)),
            });
        }
        (old, new, at) = (old + gone.len(), new + come.len(), end);
    }
    pairs
}

/// The review with some of the file around it.
fn all_pairs(tab: &Tab, review: &TabReview) -> Vec<Pair> {
    let buffer = tab.document.buffer();
    let range = review.review.range();
    let (first, last) = (buffer.line_of(range.start), buffer.line_of(range.end));
    let inner = pairs(&review.rows, first);
    let grown = inner.iter().filter(|pair| pair.right.is_some()).count() as isize
        - inner.iter().filter(|pair| pair.left.is_some()).count() as isize;
    let shown = |line: usize, by: isize| {
        let right = line.checked_add_signed(by).unwrap_or(line);
        Pair { left: Some((Side::Line(line), line)), right: Some((Side::Line(line), right)) }
    };
    let above = (first.saturating_sub(AROUND)..first).map(|line| shown(line, 0));
    let below_start = if range.is_empty() { last } else { last + 1 };
    let below = (below_start..(last + AROUND).min(buffer.len_lines())).map(|line| shown(line, grown));
    above.chain(inner).chain(below).collect()
}

/// Shows both columns in all the space that is left.
pub fn show(ui: &mut Ui, editor: &EditorSettings, tab: &Tab, review: &TabReview, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let height = (editor.font_size * editor.line_height).round();
    let pairs = all_pairs(tab, review);
    let area = ui.available_rect_before_wrap();
    // It can be clicked for its menu, and takes no place among what the Tab key goes through.
    let response = ui.interact(area, ui.scope_id().with("beside"), Sense::CLICK);
    let clicked = response.secondary_clicked().then(|| response.interact_pointer_pos()).flatten();
    let (menu_id, mut subject) = (response.id.with("menu"), None);
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Document, true, format!("Review of {}, side by side", tab.document.title()))
    });
    let mut scroll = ScrollArea::vertical().auto_shrink(false);
    let key = ui.scope_id().with("beside revealed");
    let wanted = (tab.id, tab.reveal.number);
    if ui.data(|data| data.get_temp(key)) != Some(wanted) {
        ui.data_mut(|data| data.insert_temp(key, wanted));
        let hunk = review.current.unwrap_or(0);
        let row = pairs.iter().position(|pair| hunk_of(review, pair) == Some(hunk)).unwrap_or(0);
        scroll = scroll.vertical_scroll_offset((row as f32 * height - area.height() / 3.0).max(0.0));
    }
    ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
    let across = Across::new(ui, &response);
    let mut widest = 0.0_f32;
    scroll.show_rows(ui, height, pairs.len(), |ui, seen| {
        let mut before = seen.start.checked_sub(1).and_then(|at| hunk_of(review, &pairs[at]));
        for pair in &pairs[seen] {
            let hunk = hunk_of(review, pair);
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            let middle = (rect.left() + rect.width() / 2.0).round();
            for (rect, side, old) in [
                (rect.with_max_x(middle), pair.left, true),
                (rect.with_min_x(middle + 1.0), pair.right, false),
            ] {
                widest = widest.max(half(ui, editor, tab, (rect, across.left), side, old));
            }
            ui.painter().vline(middle, rect.y_range(), theme.hairline());
            subject = subject.or(hunk.filter(|_| clicked.is_some_and(|at| rect.contains(at))));
            if let Some(hunk) = hunk.filter(|hunk| before != Some(*hunk)) {
                buttons(ui, review, pair, hunk, rect, out);
            }
            before = hunk;
        }
    });
    if let (Some(hunk), Some(at)) = (subject, clicked) {
        ui.data_mut(|data| data.insert_temp(menu_id.with("hunk"), hunk));
        menu::open(ui.ctx(), menu_id, at);
    }
    let hunk: usize = ui.data(|data| data.get_temp(menu_id.with("hunk"))).unwrap_or_default();
    menu::show(ui, menu_id, "Menu of the hunk", || hunk::menu_lines(review, hunk), out);
    across.keep(ui, (widest - area.width() / 2.0 + GUTTER + 24.0).max(0.0));
}

/// How far both columns are scrolled to the right, in points.
struct Across {
    key: egui::Id,
    left: f32,
}

impl Across {
    fn new(ui: &Ui, response: &egui::Response) -> Across {
        let key = ui.scope_id().with("beside across");
        let left: f32 = ui.data(|data| data.get_temp(key)).unwrap_or_default();
        let by =
            if response.contains_pointer() { ui.input(|input| input.smooth_scroll_delta().x) } else { 0.0 };
        Across { key, left: (left - by).max(0.0) }
    }

    /// Remembers it for the next frame, no farther than `most`.
    fn keep(self, ui: &Ui, most: f32) {
        ui.data_mut(|data| data.insert_temp(self.key, self.left.min(most)));
    }
}

fn hunk_of(review: &TabReview, pair: &Pair) -> Option<usize> {
    let row = |side: Option<(Side, usize)>| match side {
        Some((Side::Row(row), _)) => review.rows.get(row),
        _ => None,
    };
    row(pair.left).or(row(pair.right)).and_then(|row| row.hunk)
}

/// One column of one row, scrolled to the right by this many points; answers the width of its text.
fn half(
    ui: &Ui,
    editor: &EditorSettings,
    tab: &Tab,
    (rect, left): (Rect, f32),
    side: Option<(Side, usize)>,
    old: bool,
) -> f32 {
    let theme = Theme::of(ui);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let (Some((side, number)), Some(review)) = (side, &tab.review) else {
        painter.rect_filled(rect, 0.0, empty(theme));
        return 0.0;
    };
    let row = match side {
        Side::Row(row) => review.rows.get(row),
        Side::Line(_) => None,
    };
    let ground = match row.map(|row| row.kind) {
        Some(RowKind::Removed) => Some((theme.removed_ground, theme.removed)),
        Some(RowKind::Added | RowKind::Writing) => Some((theme.added_ground, theme.added)),
        _ => None,
    };
    if let Some((ground, _)) = ground {
        painter.rect_filled(rect, 0.0, ground);
    }
    let (text, inks) = content(tab, review, side, number, old);
    let marks = row.map(|row| row.marks.as_slice()).unwrap_or_default();
    let strong = ground.map(|(ground, ink)| theme::mix(ground, ink, 0.28));
    let job = colours(theme, editor, &text, &inks, marks, strong);
    let faint = theme::mix(theme.background, theme.muted, 0.7);
    let end = pos2(rect.left() + GUTTER - 14.0, rect.center().y);
    painter.text(end, Align2::RIGHT_CENTER, number + 1, theme::code(12.0), faint);
    let galley = painter.layout_job(job);
    let (top, width) = ((rect.center().y - galley.size().y / 2.0).round(), galley.size().x);
    let text = painter.with_clip_rect(rect.with_min_x(rect.left() + GUTTER).intersect(painter.clip_rect()));
    text.galley(pos2(rect.left() + GUTTER - left, top), galley, theme.text);
    width
}

/// Text and colours of one side of a row.
fn content(
    tab: &Tab,
    review: &TabReview,
    side: Side,
    number: usize,
    old: bool,
) -> (String, Vec<(Range<usize>, TokenKind)>) {
    let buffer = tab.document.buffer();
    let of_line = |line: usize| {
        let range = buffer.line_start(line)..buffer.line_end(line);
        let tokens = tab.highlighter.highlights(tab.document.rope(), range.clone());
        let inside = tokens.into_iter().map(|(token, kind)| {
            let from = token.start.max(range.start) - range.start;
            (from..token.end.min(range.end).saturating_sub(range.start).max(from), kind)
        });
        (buffer.slice(range.clone()), inside.collect())
    };
    match side {
        Side::Line(line) => of_line(line),
        Side::Row(row) => {
            let row = &review.rows[row];
            // A line that stays, or goes, is a line of the file as it is now.
            if old && number < buffer.len_lines() {
                return of_line(number);
            }
            let tokens = row.new_line.and_then(|line| review.tokens.get(line)).cloned().unwrap_or_default();
            (row.text.clone(), tokens)
        }
    }
}

/// A line in its colours, changed words on their ground.
fn colours(
    theme: &Theme,
    editor: &EditorSettings,
    text: &str,
    inks: &[(Range<usize>, TokenKind)],
    marks: &[Range<usize>],
    strong: Option<Color32>,
) -> LayoutJob {
    let chars: Vec<char> = text.chars().collect();
    let mut borders: Vec<usize> =
        inks.iter().map(|(range, _)| range).chain(marks).flat_map(|r| [r.start, r.end]).collect();
    borders.extend([0, chars.len()]);
    borders.retain(|border| *border <= chars.len());
    borders.sort_unstable();
    borders.dedup();
    let mut job = LayoutJob::default();
    for border in borders.windows(2) {
        let piece: String = chars[border[0]..border[1]].iter().collect();
        let inside = |range: &Range<usize>| range.start <= border[0] && border[1] <= range.end;
        let token = inks.iter().rev().find(|(range, _)| inside(range));
        let colour =
            token.and_then(|(_, token)| code::colour_of(theme, *token)).map_or(theme.text, |(c, _)| c);
        let marked = strong.filter(|_| marks.iter().any(inside)).unwrap_or(Color32::TRANSPARENT);
        let format =
            TextFormat { background: marked, ..TextFormat::simple(theme::code(editor.font_size), colour) };
        let piece = piece.replace('\t', &" ".repeat(editor.tab_width as usize));
        code::append(&mut job, &piece, &format, editor.ligatures);
    }
    job
}

/// The buttons of a hunk that waits for a decision, at the right of its first row.
fn buttons(ui: &mut Ui, review: &TabReview, pair: &Pair, hunk: usize, rect: Rect, out: &mut Vec<Event>) {
    let pending = review.review.hunks().get(hunk).is_some_and(|hunk| hunk.state == HunkState::Pending);
    if !pending || !review.is_open() {
        return;
    }
    let theme = Theme::of(ui);
    let ground = if pair.right.is_some() { theme.added_ground } else { empty(theme) };
    hunk::buttons(ui, review, hunk, (rect, rect.width() / 2.0), ground, out);
}

/// The ground where one side has nothing.
fn empty(theme: &Theme) -> Color32 {
    theme::mix(theme.background, theme.text, 0.03)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: RowKind, hunk: Option<usize>) -> DiffRow {
        DiffRow { kind, text: String::new(), marks: Vec::new(), old_line: None, new_line: None, hunk }
    }

    #[test]
    fn what_goes_stands_beside_what_comes() {
        use RowKind::{Added, Kept, Removed};
        let rows = [
            row(Kept, None),
            row(Removed, Some(0)),
            row(Added, Some(0)),
            row(Added, Some(0)),
            row(Removed, Some(1)),
            row(Kept, None),
        ];
        let numbers: Vec<_> =
            pairs(&rows, 10).iter().map(|p| (p.left.map(|l| l.1), p.right.map(|r| r.1))).collect();
        let expected = [
            (Some(10), Some(10)),
            (Some(11), Some(11)),
            (None, Some(12)),
            (Some(12), None),
            (Some(13), Some(13)),
        ];
        assert_eq!(numbers, expected);
    }
}
