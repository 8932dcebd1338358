//! Pages in panes: the view of each feature that has one.

use egui::Ui;

use super::ViewsMemory;
use super::failed::guarded;
use crate::event::Event;
use crate::features::{activity, changes, models, settings, statistics, terminal};
use crate::state::State;
use crate::workspace::{Page, WindowPart};

/// Shows a page in all the space that is left.
pub fn show(ui: &mut Ui, state: &State, page: Page, memory: &mut ViewsMemory, out: &mut Vec<Event>) {
    guarded(ui, state, part(page), out, |ui, out| match page {
        Page::Settings => {
            settings::view::show(ui, &state.settings_panel, state, &mut memory.settings, out);
        }
        Page::Models => models::view::show(ui, state, out),
        Page::Activity => activity::view::show(ui, &state.activity, state, out),
        Page::Statistics => statistics::view::show(ui, &state.statistics, out),
        Page::Changes => changes::view::show(ui, &state.changes, state, out),
        Page::FileHistory => changes::view::history::show(ui, &state.changes, out),
        Page::Terminal => terminal::view::show(ui, &state.terminals, state, out),
    });
}

/// What fails with it.
fn part(page: Page) -> WindowPart {
    match page {
        Page::Settings => WindowPart::Settings,
        Page::Models => WindowPart::Models,
        Page::Activity => WindowPart::Activity,
        Page::Statistics => WindowPart::Statistics,
        Page::Changes => WindowPart::Changes,
        Page::FileHistory => WindowPart::FileHistory,
        Page::Terminal => WindowPart::Terminal,
    }
}
