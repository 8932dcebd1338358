//! What the model would write at the caret: over what is there, which does not move.

use editor_core::rows::WrappedLine;
use egui::{Painter, Rect, StrokeKind, pos2, vec2};

use super::super::view::View;
use super::rows::ShownRow;
use super::{Frame, current_line, place_of};
use crate::ui::theme;

/// The lines of ghost text beneath the first one, of which `room` can be seen; the last one tells how many cannot.
fn seen_lines(further: &[String], room: usize) -> Vec<String> {
    let shown = if further.len() <= room { further.len() } else { room.saturating_sub(1) };
    let mut lines: Vec<String> = further[..shown].to_vec();
    match further.len() - shown {
        0 => {}
        1 => lines.push("… 1 more line".to_owned()),
        left => lines.push(format!("… {left} more lines")),
    }
    lines
}

/// What goes on from the caret, and the lines beneath it. Where lines are wrapped, what does not fit into the row goes on beneath.
fn cut(text: &str, view: &View<'_>, caret: f32) -> (String, Vec<String>) {
    let (first, further) = text.split_once('\n').unwrap_or((text, ""));
    let further = if further.trim().is_empty() { "" } else { further };
    let Some(width) = view.rows.width() else {
        return (first.to_owned(), further.lines().map(str::to_owned).collect());
    };
    let parts = |line: &str, width| -> Vec<String> {
        let wrapped = WrappedLine::of_text(line, width);
        let part =
            |row| line.chars().skip(wrapped.columns(row).start).take(wrapped.columns(row).len()).collect();
        (0..wrapped.rows()).map(part).collect()
    };
    let used = (caret / view.pen_cell()).round().max(0.0) as usize;
    let rest = editor_core::rows::WrapWidth::new(width.columns.saturating_sub(used), width.tab_width);
    let mut own = parts(first, rest).into_iter();
    let head = own.next().unwrap_or_default();
    let over: String = own.collect();
    let over = if over.is_empty() { Vec::new() } else { parts(&over, width) };
    let beneath = further.lines().flat_map(|line| parts(line, width));
    (head, over.into_iter().chain(beneath).collect())
}

/// Shows it: its first line goes on from the caret, further lines lie on a ground of their own.
pub fn show(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let Some((position, text)) = crate::features::complete::ghost(&frame.state.completion, frame.tab) else {
        return;
    };
    if !frame.preedit.is_empty() || !frame.live {
        return;
    }
    let Some((row, column)) = place_of(view, seen, position) else { return };
    let theme = frame.theme;
    let ink = theme::mix(theme.background, theme.muted, 0.85);
    let x = row.x(view, column);
    let (first, further) = cut(text, view, x - view.x(0.0));
    let behind =
        row.line.map_or(0, |line| view.line_text(line).chars().filter(|c| !matches!(c, '\n' | '\r')).count());
    let height = row.rect.height();
    let room = ((view.text.bottom() - row.rect.bottom()) / height).max(0.0) as usize;
    let further = seen_lines(&further, room);
    // In the last line that is seen there is no room beneath.
    let first = match (room, further.first()) {
        (0, Some(rest)) => format!("{first}  {rest}"),
        _ => first,
    };
    let galley = painter.layout_job(frame.pen.plain(&first.replace('\t', &" ".repeat(frame.pen.tab)), ink));
    let at = pos2(x, row.rect.center().y - galley.size().y / 2.0);
    if behind > column {
        // A few characters stand behind the caret, such as a bracket: the ghost text covers them.
        let cover = Rect::from_min_size(
            pos2(at.x, row.rect.top()),
            vec2(galley.size().x.max(frame.pen.cell), row.rect.height()),
        );
        painter.rect_filled(cover.expand2(vec2(1.0, 0.0)), 0.0, current_line(theme));
    }
    painter.galley(pos2(at.x, at.y.round()), galley, ink);
    if !further.is_empty() && room > 0 {
        beneath(painter, frame, view, row, &further);
    }
}

fn beneath(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, row: &ShownRow, further: &[String]) {
    let (theme, height) = (frame.theme, row.rect.height());
    let ink = theme::mix(theme.background, theme.muted, 0.85);
    let galleys: Vec<_> = further
        .iter()
        .map(|line| painter.layout_job(frame.pen.plain(&line.replace('\t', &" ".repeat(frame.pen.tab)), ink)))
        .collect();
    let width = galleys.iter().map(|galley| galley.size().x).fold(0.0_f32, f32::max);
    let ground = Rect::from_min_size(
        pos2(view.x(0.0) - 2.0, row.rect.bottom()),
        vec2(width + frame.pen.cell + 4.0, height * further.len() as f32),
    );
    painter.rect_filled(ground, 3.0, theme.raised);
    painter.rect_stroke(ground, 3.0, theme.hairline(), StrokeKind::Inside);
    for (index, galley) in galleys.into_iter().enumerate() {
        let top = row.rect.bottom() + height * index as f32 + (height - galley.size().y) / 2.0;
        painter.galley(pos2(view.x(0.0), top.round()), galley, ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ghost_text_that_has_no_room_is_counted() {
        let lines = |lines: &[&str]| -> Vec<String> { lines.iter().map(|line| (*line).to_owned()).collect() };
        let check = |room: usize, expected: &[&str]| {
            assert_eq!(seen_lines(&lines(&["a", "b", "c"]), room), expected, "{room}");
        };
        check(4, &["a", "b", "c"]);
        check(3, &["a", "b", "c"]);
        check(2, &["a", "… 2 more lines"]);
        check(1, &["… 3 more lines"]);
        check(0, &["… 3 more lines"]);
        assert_eq!(seen_lines(&lines(&["a"]), 0), ["… 1 more line"]);
        assert!(seen_lines(&[], 5).is_empty());
    }
}
