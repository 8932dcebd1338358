//! The page of the figures about the model's proposals: a table.

use assist::statistics::{self, Statistics};
use egui::{Align2, Color32, FontId, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{StatisticsEvent, StatisticsPage};
use crate::event::Event;
use crate::ui::parts;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};

/// Where the figures are.
const WHERE: &str = "Counted on this machine only, without any text: statistics.jsonl in the state folder.";
/// Height of a line.
const LINE: f32 = 26.0;
/// Left of the words.
const MARGIN: f32 = 8.0;
/// What is counted.
const COUNTS: [&str; 6] = ["Accepted", "In part", "Edited", "Rejected", "Undone", "Kept"];

/// Shows the figures, as far as they were read.
pub fn show(ui: &mut Ui, page: &StatisticsPage, out: &mut Vec<Event>) {
    let figures = page.figures.as_ref();
    header(ui, matches!(figures, Some(Ok(figures)) if !figures.0.is_empty()), out);
    ScrollArea::both().auto_shrink(false).show(ui, |ui| {
        parts::column(ui, |ui| {
            match figures {
                None => widgets::empty(ui, "Reading the figures…"),
                Some(Err(error)) => widgets::empty(ui, &error.sentence()),
                Some(Ok(figures)) if figures.0.is_empty() => {
                    widgets::empty(ui, "No proposals yet. Accepted and rejected proposals are counted here.");
                }
                Some(Ok(figures)) => table(ui, figures),
            }
            ui.add_space(12.0);
            parts::quiet(ui, WHERE);
        });
    });
}

fn header(ui: &mut Ui, has_figures: bool, out: &mut Vec<Event>) {
    parts::title_bar(ui, "AI statistics", |ui| {
        if !has_figures {
            return;
        }
        let reset = widgets::button(ui, "Delete", "", Tone::Quiet);
        if reset.on_hover_text("Delete all statistics for good").clicked() {
            out.push(Event::Statistics(StatisticsEvent::Reset));
        }
        let export = widgets::button(ui, "Export", "", Tone::Quiet);
        if export.on_hover_text("Open the table as a file").clicked() {
            out.push(Event::Statistics(StatisticsEvent::Export));
        }
    });
}

/// One line: who was asked, and the counts. Their columns are as wide in each line, the model has what is left.
fn line(ui: &mut Ui, command: &str, model: &str, counts: [&str; COUNTS.len()], font: &FontId, ink: Color32) {
    const COMMAND: f32 = 144.0;
    const COUNT: f32 = 58.0;
    const MIN_MODEL: f32 = 64.0;
    let theme = Theme::of(ui);
    let least = MARGIN + COMMAND + MIN_MODEL + COUNT * COUNTS.len() as f32;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width().max(least), LINE), Sense::hover());
    let spoken: Vec<String> =
        COUNTS.iter().zip(counts).map(|(name, count)| format!("{name} {count}")).collect();
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Row, true, format!("{command}, {model}: {}", spoken.join(", ")))
    });
    let numbers = rect.right() - COUNT * COUNTS.len() as f32;
    let names = Rect::from_min_max(pos2(rect.left() + MARGIN, rect.top()), pos2(numbers, rect.bottom()));
    widgets::line_in(ui, names.with_max_x(names.left() + COMMAND - 8.0), command, font.clone(), ink);
    let whole = names.with_min_x(names.left() + COMMAND);
    if widgets::line_in(ui, whole, model, font.clone(), theme.muted).1 {
        response.on_hover_text(model);
    }
    for (index, count) in counts.iter().enumerate() {
        let right = numbers + COUNT * (index + 1) as f32 - 8.0;
        let place = pos2(right, rect.center().y);
        ui.painter().text(place, Align2::RIGHT_CENTER, count, font.clone(), ink);
    }
}

fn table(ui: &mut Ui, figures: &Statistics) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    line(ui, "Command", "Model", COUNTS, &theme::caption(), theme.muted);
    for ((command, model), counts) in &figures.0 {
        let numbers = [counts.accepted, counts.in_part, counts.edited, counts.rejected, counts.undone];
        let [accepted, in_part, edited, rejected, undone] = numbers.map(|count| count.to_string());
        let kept = statistics::percent(counts);
        let shown = [&*accepted, &*in_part, &*edited, &*rejected, &*undone, &*kept];
        line(ui, command.name(), model, shown, &theme::label(), theme.text);
    }
}
