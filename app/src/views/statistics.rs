//! The figures about the model's proposals, as a small table.

use egui::{Align, Grid, Label, Layout, RichText, ScrollArea, Ui};

use super::widgets::{self, Tone};
use crate::assist::statistics::{self, Statistics};
use crate::event::{Event, OverlayEvent, StatisticsEvent};
use crate::theme::{self, Theme};

/// Greatest height of the table.
const HEIGHT: f32 = 320.0;

/// Most characters of a model's name.
const SHOWN: usize = 26;

/// Shows the figures, as far as they were read.
pub fn show(ui: &mut Ui, shown: Option<&Result<Statistics, String>>, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        ui.label(RichText::new("AI statistics").font(theme::semibold(13.0)).color(theme.text));
    });
    match shown {
        None => widgets::empty(ui, "Reading the figures…"),
        Some(Err(reason)) => widgets::empty(ui, reason),
        Some(Ok(figures)) if figures.0.is_empty() => {
            widgets::empty(ui, "Nothing was proposed yet. Accepted and rejected proposals are counted here.");
        }
        Some(Ok(figures)) => {
            ScrollArea::both().max_height(HEIGHT).show(ui, |ui| table(ui, figures));
        }
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        let words = "Counted on this machine only, without any text: statistics.jsonl in the state folder.";
        ui.add(Label::new(RichText::new(words).font(theme::caption()).color(theme.muted)).wrap());
    });
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if widgets::button(ui, "Close", "Esc", Tone::Primary).clicked() {
            out.push(Event::Overlay(OverlayEvent::Close));
        }
        if matches!(shown, Some(Ok(figures)) if !figures.0.is_empty()) {
            let export = widgets::button(ui, "Export", "", Tone::Plain);
            if export.on_hover_text("Open the table as a text of its own").clicked() {
                out.push(Event::Statistics(StatisticsEvent::Export));
            }
            let reset = widgets::button(ui, "Delete", "", Tone::Danger);
            if reset.on_hover_text("Delete all figures for good").clicked() {
                out.push(Event::Statistics(StatisticsEvent::Reset));
            }
        }
    });
}

fn table(ui: &mut Ui, figures: &Statistics) {
    let theme = Theme::of(ui);
    let head = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).font(theme::caption()).color(theme.muted));
    };
    let text = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).font(theme::label()).color(theme.text));
    };
    let right = |ui: &mut Ui, content: &dyn Fn(&mut Ui)| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| content(ui));
    };
    Grid::new("statistics").num_columns(8).spacing([14.0, 6.0]).show(ui, |ui| {
        head(ui, "  Command");
        head(ui, "Model");
        for name in ["Accepted", "In part", "Edited", "Rejected", "Undone", "Kept"] {
            right(ui, &|ui| head(ui, name));
        }
        ui.end_row();
        for ((command, model), counts) in &figures.0 {
            text(ui, &format!("  {}", command.name()));
            let whole = model.chars().count() <= SHOWN;
            let short =
                if whole { model.clone() } else { model.chars().take(SHOWN).chain(['…']).collect() };
            let response = ui.label(RichText::new(short).font(theme::label()).color(theme.muted));
            if !whole {
                response.on_hover_text(model);
            }
            for count in [counts.accepted, counts.in_part, counts.edited, counts.rejected, counts.undone] {
                right(ui, &|ui| text(ui, &count.to_string()));
            }
            right(ui, &|ui| text(ui, &statistics::percent(counts)));
            ui.end_row();
        }
    });
}
