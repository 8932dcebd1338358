//! How far the search is, what it left out, and what became of a replacement: in a line each.

use egui::{Align, Layout, Rect, Sense, Ui, UiBuilder, vec2};
use ground::command::Command;
use ground::words::grouped;
use search::run::Summary;
use search::source::Reason;

use super::super::{ProjectSearch, ProjectSearchEvent, SearchStatus};
use super::happened;
use crate::event::Event;
use crate::ui::parts;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};

/// Height of a line.
const HEIGHT: f32 = 22.0;

/// Shows them.
pub fn show(ui: &mut Ui, search: &ProjectSearch, out: &mut Vec<Event>) {
    if let Some((words, failed)) = search.replacing.words() {
        let whole = search.replacing.failures().join("\n");
        line(ui, (&words, &whole), failed, |ui| {
            let (name, event, tooltip) = match search.replacing.is_running() {
                true => ("Stop", ProjectSearchEvent::StopReplace, "Write no further file".to_owned()),
                false if !search.replacing.can_undo() => return,
                false => ("Undo", ProjectSearchEvent::UndoReplace, Command::UndoReplacement.tooltip()),
            };
            let button = widgets::sized_button(ui, name, "", Tone::Plain, HEIGHT - 2.0);
            if button.on_hover_text(tooltip).clicked() {
                happened(out, event);
            }
        });
    }
    let (words, skipped) = words(search);
    if words.is_empty() {
        return;
    }
    line(ui, (&words, &skipped), false, |ui| {
        if search.results.is_running() {
            let button = widgets::sized_button(ui, "Stop", "", Tone::Plain, HEIGHT - 2.0);
            if button.on_hover_text("Stop the search (Esc)").clicked() {
                happened(out, ProjectSearchEvent::Stop);
            }
        }
    });
}

/// A line of words with a control at its right. `more`: what the words say when the pointer is over them.
fn line(ui: &mut Ui, (words, more): (&str, &str), failed: bool, control: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let layout = Layout::right_to_left(Align::Center);
    let mut right = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    control(&mut right);
    let end = right.min_rect().left().min(rect.right()) - 8.0;
    let place = Rect::from_min_max(rect.min + vec2(4.0, 0.0), egui::pos2(end, rect.bottom()));
    let ink = if failed { theme.error } else { theme.muted };
    parts::text(ui, place, words, theme::label(), ink);
    if !more.is_empty() {
        let over = ui.interact(place, ui.scope_id().with(("more", words.len())), Sense::hover());
        over.on_hover_text(format!("{words}\n\n{more}"));
    }
}

/// `312 results in 41 files`, how far the search is or what it left out; and what that is, by name.
pub fn words(search: &ProjectSearch) -> (String, String) {
    let results = &search.results;
    let (hits, files) = (results.page.hits(), results.page.files().len());
    let searched = |count: usize| grouped(count as u64);
    match &results.status {
        SearchStatus::Idle => (String::new(), String::new()),
        SearchStatus::Running(_) if results.is_old => {
            (format!("Searching… {} files so far", searched(results.progress.searched)), String::new())
        }
        SearchStatus::Running(_) => {
            let far = searched(results.progress.searched);
            (format!("{} · searching… {far} files so far", found(hits, files, "")), String::new())
        }
        SearchStatus::Done(summary) => done(summary, hits, files),
    }
}

fn done(summary: &Summary, hits: usize, files: usize) -> (String, String) {
    let capped = if summary.is_capped { "+" } else { "" };
    let mut words = match hits {
        0 if summary.searched == 1 => "No results in 1 file".to_owned(),
        0 => format!("No results in {} files", grouped(summary.searched as u64)),
        _ => found(hits, files, capped),
    };
    if summary.is_capped {
        words += ": too many to list, so narrow the search";
    }
    if summary.is_cancelled {
        words += " · stopped";
    }
    let skipped = summary.skipped.words();
    if !skipped.is_empty() {
        words += &format!(" · skipped: {skipped}");
    }
    (words, examples(summary))
}

fn found(hits: usize, files: usize, more: &str) -> String {
    let plural = |count: usize, word: &str| {
        let s = if count == 1 && more.is_empty() { "" } else { "s" };
        format!("{}{more} {word}{s}", grouped(count as u64))
    };
    format!("{} in {}", plural(hits, "result"), plural(files, "file"))
}

/// Some of what was skipped, by name.
fn examples(summary: &Summary) -> String {
    let of = |reason: &Reason| {
        let names: Vec<String> =
            summary.skipped.examples(*reason).iter().map(|path| path.display().to_string()).collect();
        (!names.is_empty())
            .then(|| format!("{}: {}", crate::phrases::capital(reason.words()), names.join(", ")))
    };
    Reason::ALL.iter().filter_map(of).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_was_found_is_counted_in_words() {
        let mut summary = Summary { searched: 1_234, ..Summary::default() };
        assert_eq!(done(&summary, 312, 41).0, "312 results in 41 files");
        assert_eq!(done(&summary, 1, 1).0, "1 result in 1 file");
        assert_eq!(done(&summary, 0, 0).0, "No results in 1,234 files");
        summary.is_capped = true;
        summary.skipped.add(Path::new("/a.png"), Reason::Binary);
        let (words, examples) = done(&summary, 100_000, 2_000);
        assert_eq!(
            words,
            "100,000+ results in 2,000+ files: too many to list, so narrow the search · skipped: 1 binary"
        );
        assert_eq!(examples, "Binary: /a.png");
    }
}
