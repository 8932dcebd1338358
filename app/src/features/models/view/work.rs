//! Downloads, imports and checks that go on, and those that failed, each with its way out.

use egui::{Rect, RichText, Ui};

use crate::event::Event;
use crate::features::models::ManagerEvent;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};
use crate::workspace::{Work, WorkId, WorkKind};

/// Shows what there is of it.
pub fn show(ui: &mut Ui, work: &[Work], out: &mut Vec<Event>) {
    if work.is_empty() {
        return;
    }
    let goes_on = work.iter().any(|one| one.status.is_ok());
    parts::heading(ui, if goes_on { "In progress" } else { "Not done" }, |_| ());
    for one in work {
        ui.push_id(one.id.0, |ui| row(ui, one, out));
        parts::hairline(ui);
    }
    ui.add_space(12.0);
}

fn row(ui: &mut Ui, work: &Work, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let title = format!("{} {}", verb(&work.kind), work.title);
    let name = |ui: &mut Ui, rect: Rect| parts::text(ui, rect, &title, theme::medium(13.0), theme.text);
    match &work.status {
        Ok(step) => {
            parts::line(ui, theme::CONTROL, name, |ui| running(ui, work, out));
            parts::progress(ui, step.part, &format!("Progress of {}", work.title), work.paused);
            ui.add_space(2.0);
            let words = if work.paused { format!("Paused. {}", step.words) } else { step.words.clone() };
            parts::quiet(ui, &words);
        }
        Err(reason) => {
            parts::line(ui, theme::CONTROL, name, |ui| failed(ui, work, out));
            ui.label(RichText::new(reason).font(theme::label()).color(theme.error));
        }
    }
}

fn verb(kind: &WorkKind) -> &'static str {
    match kind {
        WorkKind::Download(..) => "Downloading",
        WorkKind::Import(..) => "Importing",
        WorkKind::Verify(_) => "Verifying",
    }
}

fn running(ui: &mut Ui, work: &Work, out: &mut Vec<Event>) {
    let mut say = |event: fn(WorkId) -> ManagerEvent| out.push(Event::Models(event(work.id)));
    let download = matches!(work.kind, WorkKind::Download(..));
    let keeps = if download { "Cancel; what was downloaded is kept" } else { "Cancel" };
    if parts::icon(ui, icons::X, &format!("Cancel {}", work.title), keeps).clicked() {
        say(ManagerEvent::Cancel);
    }
    if !download {
        return;
    }
    if work.paused {
        if parts::icon(ui, icons::PLAY, &format!("Resume {}", work.title), "Resume").clicked() {
            say(ManagerEvent::Resume);
        }
    } else if parts::icon(ui, icons::PAUSE, &format!("Pause {}", work.title), "Pause").clicked() {
        say(ManagerEvent::Pause);
    }
}

fn failed(ui: &mut Ui, work: &Work, out: &mut Vec<Event>) {
    if parts::icon(ui, icons::X, &format!("Dismiss {}", work.title), "Dismiss").clicked() {
        out.push(Event::Models(ManagerEvent::Dismiss(work.id)));
    }
    let retry = widgets::button(ui, "Try again", "", Tone::Plain);
    if retry.clicked() {
        out.push(Event::Models(ManagerEvent::Retry(work.id)));
    }
}
