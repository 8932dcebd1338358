//! The window put together: the view of each feature in its place, and what belongs to none of them. Views read the state and push
//! events; they change nothing.

mod bars;
mod breadcrumbs;
pub mod editor;
mod failed;
mod notices;
pub mod overlay;
mod pages;
mod panes;
pub mod status;
mod tabs;
mod toasts;
mod welcome;

#[cfg(test)]
mod changes_tests;
#[cfg(test)]
mod encoding_tests;
#[cfg(test)]
mod menu_tests;
#[cfg(test)]
mod places_tests;
#[cfg(test)]
mod pointer_tests;
#[cfg(test)]
mod quick_tests;
#[cfg(test)]
mod recovery_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod staying_tests;
#[cfg(test)]
mod terminal_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tree_tests;

use egui::{CentralPanel, Frame, Panel, Ui};

use self::failed::guarded;
use crate::event::Event;
use crate::features::project_search::SearchField;
use crate::features::project_search::keys::{self, SearchFocus};
use crate::features::terminal::TerminalEvent;
use crate::features::{
    explain, find, models, onboarding, outline, places, project_search, settings, terminal, tree, vim,
};
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::workspace::{Focus, Overlay, Page, WindowPart};

/// Windows up to this width fold the sidebar.
const NARROW: f32 = 640.0;
/// The sidebar takes at most this share of the window, however wide it was dragged in a wider one.
const MAX_SIDEBAR: f32 = 0.38;
/// The text keeps this much beside an explanation; the sidebar folds first.
const MIN_TEXT: f32 = 300.0;
/// The explanation is no narrower than this; where the text would not keep its part it stands in its place.
const MIN_EXPLANATION: f32 = 240.0;
/// The outline is no narrower than this.
const MIN_OUTLINE: f32 = 200.0;
/// The text keeps this height above the terminals; where it would not they stand in its place.
const MIN_TEXT_HEIGHT: f32 = 120.0;
/// Windows from this width on give an explanation more of it.
const WIDE: f32 = 900.0;

/// What the views remember between frames and nobody else needs.
#[derive(Default)]
pub struct ViewsMemory {
    /// The text.
    pub editor: editor::EditorMemory,
    /// The first run.
    pub onboarding: onboarding::view::OnboardingMemory,
    /// The settings view.
    pub settings: settings::view::SettingsMemory,
    /// The first of two keys that mean a command together.
    pub first_key: Option<ground::chord::Stroke>,
    /// The search through the project.
    pub project_search: project_search::view::SearchMemory,
    /// The width of the sidebar that was reported last.
    sidebar_width: f32,
    /// The height of the panel of terminals that was reported last.
    terminal_height: f32,
}

/// Draws the window.
pub fn show(ui: &mut Ui, state: &State, memory: &mut ViewsMemory, out: &mut Vec<Event>) {
    // Where nothing has the keyboard, the window has it.
    let _no_reader =
        ui.ctx().accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label(state.title()));
    let theme = Theme::of(ui);
    memory.editor.keep(&state.panes);
    if !state.zen {
        Panel::bottom("status").exact_size(theme::STATUS).frame(Frame::new().fill(theme.surface)).show(
            ui,
            |ui| {
                guarded(ui, state, WindowPart::Status, out, |ui, out| status::show(ui, state, out));
            },
        );
    }
    if vim::view::has_line(&state.vim) {
        Panel::bottom("vim line").exact_size(theme::STATUS).frame(Frame::new().fill(theme.raised)).show(
            ui,
            |ui| {
                guarded(ui, state, WindowPart::Status, out, |ui, _| vim::view::line(ui, &state.vim));
            },
        );
    }
    let empty = (state.tabs.is_empty() && state.tree.is_none()) || state.onboarding.covers();
    // Beside a panel that has nothing to do with the text there is room for it in wide windows alone.
    let is_explained =
        state.explain.shown.is_some() && (!state.panel_is_open() || ui.available_width() >= WIDE);
    let explained = if is_explained { MIN_EXPLANATION + MIN_TEXT } else { 0.0 };
    let searched = if is_searching(state) { project_search::view::MIN_WIDTH + MIN_TEXT } else { 0.0 };
    let least = NARROW.max(state.session.sidebar_width + explained + searched);
    if state.sidebar && !state.zen && !empty && ui.available_width() > least {
        sidebar(ui, state, memory, out);
    }
    if is_searching(state) && search(ui, state, memory, out) {
        return over(ui, state, memory, ui.ctx().content_rect(), out);
    }
    if is_explained && explanation(ui, state, out) {
        return over(ui, state, memory, ui.ctx().content_rect(), out);
    }
    if terminals(ui, state, memory, out) {
        return over(ui, state, memory, ui.ctx().content_rect(), out);
    }
    outlined(ui, state, out);
    let free = ui.available_rect_before_wrap();
    CentralPanel::no_frame().frame(Frame::new().fill(theme.background)).show(ui, |ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
        center(ui, state, memory, out);
    });
    over(ui, state, memory, free, out);
}

fn is_searching(state: &State) -> bool {
    state.project_search.open && !state.onboarding.covers()
}

/// The search at the left; true when it takes all there is.
fn search(ui: &mut Ui, state: &State, memory: &mut ViewsMemory, out: &mut Vec<Event>) -> bool {
    let frame = Frame::new().fill(Theme::of(ui).background);
    let most = ui.available_width() - MIN_TEXT;
    let fills = most < project_search::view::MIN_WIDTH;
    let content = |ui: &mut Ui| {
        guarded(ui, state, WindowPart::Search, out, |ui, out| {
            project_search::view::show(
                ui,
                &state.project_search,
                state,
                fills,
                &mut memory.project_search,
                out,
            );
        });
    };
    if fills {
        CentralPanel::no_frame().frame(frame).show(ui, content);
    } else {
        Panel::left("project search")
            .resizable(true)
            .default_size((ui.available_width() * 0.45).clamp(project_search::view::MIN_WIDTH, 520.0))
            .size_range(project_search::view::MIN_WIDTH..=most)
            .frame(frame)
            .show(ui, content);
    }
    fills
}

/// The explanation at the right; true when it takes all there is.
fn explanation(ui: &mut Ui, state: &State, out: &mut Vec<Event>) -> bool {
    let frame = Frame::new().fill(Theme::of(ui).surface);
    let width = ui.available_width();
    let content = |ui: &mut Ui, out: &mut Vec<Event>| {
        guarded(ui, state, WindowPart::Explanation, out, |ui, out| {
            explain::view::show(ui, &state.explain, state, out);
        });
    };
    let most = (width - MIN_TEXT).min(640.0);
    if most < MIN_EXPLANATION {
        CentralPanel::no_frame().frame(frame).show(ui, |ui| content(ui, out));
        return true;
    }
    Panel::right("explanation")
        .resizable(true)
        .default_size(if width >= WIDE { 380.0 } else { 280.0 })
        .size_range(MIN_EXPLANATION..=most)
        .frame(frame)
        .show(ui, |ui| content(ui, out));
    false
}

/// The outline at the right of the text, where there is room for both.
fn outlined(ui: &mut Ui, state: &State, out: &mut Vec<Event>) {
    let most = (ui.available_width() - MIN_TEXT).min(480.0);
    if !state.session.outline || state.tab().is_none() || state.panel_is_open() || most < MIN_OUTLINE {
        return;
    }
    Panel::right("outline")
        .resizable(true)
        .default_size(most.min(220.0))
        .size_range(MIN_OUTLINE..=most)
        .frame(Frame::new().fill(Theme::of(ui).surface))
        .show(ui, |ui| {
            guarded(ui, state, WindowPart::Outline, out, |ui, out| {
                outline::view::show(ui, &state.outline, state, out);
            });
        });
}

/// The terminals below the text; true when they take its place.
fn terminals(ui: &mut Ui, state: &State, memory: &mut ViewsMemory, out: &mut Vec<Event>) -> bool {
    let (panel, least) = (&state.terminals, terminal::view::MIN_HEIGHT);
    if !panel.open || state.onboarding.covers() {
        return false;
    }
    let frame = Frame::new().fill(Theme::of(ui).background);
    let content = |ui: &mut Ui, out: &mut Vec<Event>| {
        guarded(ui, state, WindowPart::Terminal, out, |ui, out| {
            terminal::view::show(ui, panel, state, out);
        });
    };
    let most = ui.available_height() - MIN_TEXT_HEIGHT;
    if panel.maximized || most < least {
        CentralPanel::no_frame().frame(frame).show(ui, |ui| content(ui, out));
        return true;
    }
    let shown = Panel::bottom("terminal")
        .resizable(true)
        .default_size(state.session.terminal_height.clamp(least, most))
        .size_range(least..=most)
        .frame(frame)
        .show(ui, |ui| content(ui, out));
    let height = shown.response.rect.height().round();
    if memory.terminal_height != height && !ui.input(|input| input.pointer.any_down()) {
        memory.terminal_height = height;
        if (height - state.session.terminal_height).abs() >= 1.0 {
            out.push(Event::Terminal(TerminalEvent::Height(height)));
        }
    }
    false
}

/// What lies over the window; messages in the corner of `free`, so that they do not lie on the field of an explanation.
fn over(ui: &mut Ui, state: &State, memory: &ViewsMemory, free: egui::Rect, out: &mut Vec<Event>) {
    let anchor = memory.editor.anchor;
    guarded(ui, state, WindowPart::Overlay, out, |ui, out| overlay::show(ui, state, anchor, out));
    places::view::show(ui, &state.places, state, out);
    places::view::first_key(ui, memory.first_key);
    guarded(ui, state, WindowPart::Toasts, out, |ui, out| toasts::show(ui, state, free, out));
}

fn sidebar(ui: &mut Ui, state: &State, memory: &mut ViewsMemory, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let most = (ui.available_width() * MAX_SIDEBAR).floor();
    // In a narrow window it is another panel, so that the width of the wide one is not forgotten.
    let narrow = most < state.session.sidebar_width;
    let shown = Panel::left(if narrow { "narrow sidebar" } else { "sidebar" })
        .resizable(true)
        .default_size(state.session.sidebar_width.min(most))
        .size_range(160.0..=most.clamp(160.0, 600.0))
        .frame(Frame::new().fill(theme.surface))
        .show(ui, |ui| {
            guarded(ui, state, WindowPart::Sidebar, out, |ui, out| tree::view::show(ui, state, out));
        });
    let width = shown.response.rect.width().round();
    if !narrow && memory.sidebar_width != width && !ui.input(|input| input.pointer.any_down()) {
        memory.sidebar_width = width;
        if (width - state.session.sidebar_width).abs() >= 1.0 {
            out.push(Event::SidebarWidth(width));
        }
    }
}

fn center(ui: &mut Ui, state: &State, memory: &mut ViewsMemory, out: &mut Vec<Event>) {
    // What was left unsaved comes before anything else, the first run included.
    if !state.notices.is_empty() {
        guarded(ui, state, WindowPart::Notices, out, |ui, out| notices::show(ui, state, out));
    }
    if state.onboarding.covers() {
        return guarded(ui, state, WindowPart::Welcome, out, |ui, out| {
            let work =
                |ui: &mut Ui, out: &mut Vec<Event>| models::view::work::show(ui, &state.manager.work, out);
            onboarding::view::show(ui, &state.onboarding, state, &mut memory.onboarding, &work, out);
        });
    }
    guarded(ui, state, WindowPart::Text, out, |ui, out| panes::show(ui, state, memory, out));
}

/// Sends the keyboard where the state wants it; the text takes it when nobody has it.
pub fn give_focus(ctx: &egui::Context, state: &mut State) {
    let workspace = &mut state.workspace;
    let (tree_id, page) = (tree::view::focused_id(workspace), workspace.page_in_front());
    let id = match (&workspace.overlay, workspace.focus.take()) {
        (Overlay::None, Some(Focus::Find)) => Some(find::view::pattern_id()),
        (Overlay::None, Some(Focus::Tree)) => Some(tree_id),
        (Overlay::None, Some(Focus::Outline)) => Some(outline::view::filter_id()),
        (Overlay::None, Some(Focus::Editor)) => Some(editor::id()),
        (Overlay::None, Some(Focus::Previous)) => Some(previous(ctx).unwrap_or_else(editor::id)),
        (Overlay::None, Some(Focus::SearchPattern)) => Some(search_id(Some(SearchField::Pattern))),
        (Overlay::None, Some(Focus::SearchReplacement)) => Some(search_id(Some(SearchField::Replacement))),
        (Overlay::None, Some(Focus::SearchResults)) => Some(search_id(None)),
        (Overlay::None, Some(Focus::Terminal)) => Some(terminal::view::id()),
        (Overlay::None, Some(Focus::TerminalFind)) => Some(terminal::view::field_id()),
        (Overlay::None, Some(Focus::Page)) if page == Some(Page::Terminal) => Some(terminal::view::id()),
        (Overlay::None, Some(Focus::Page)) => {
            // It goes on from what had it before, which is not seen any more or is no part of the page.
            ctx.memory_mut(|memory| memory.focused().into_iter().for_each(|id| memory.surrender_focus(id)));
            None
        }
        (Overlay::None, None) if ctx.memory(is_nobodys) => Some(editor::id()),
        (Overlay::None, None) | (Overlay::Question(_) | Overlay::Models(_), _) => None,
        _ => {
            remember_previous(ctx);
            Some(overlay::field_id())
        }
    };
    let text_is_there = state.tab().is_some() && !state.panel_is_open();
    if let Some(id) = id.filter(|id| text_is_there || *id != editor::id()) {
        ctx.memory_mut(|memory| {
            if !memory.has_focus(id) {
                memory.request_focus(id);
            }
        });
    }
}

/// Notes who has the keyboard now that something that lies over all takes it.
fn remember_previous(ctx: &egui::Context) {
    let has = ctx.memory(egui::Memory::focused).filter(|id| *id != overlay::field_id());
    if let Some(id) = has {
        ctx.data_mut(|data| data.insert_temp(previous_id(), id));
    }
}

/// Who had the keyboard before, once.
fn previous(ctx: &egui::Context) -> Option<egui::Id> {
    ctx.data_mut(|data| {
        let id = data.get_temp(previous_id());
        data.remove::<egui::Id>(previous_id());
        id
    })
}

fn previous_id() -> egui::Id {
    egui::Id::unique("keyboard before the overlay")
}

/// A field of the search through the project, or its list.
fn search_id(field: Option<SearchField>) -> egui::Id {
    keys::id(field.map_or(SearchFocus::List, SearchFocus::Field))
}

/// Has nobody the keyboard, or a field that is gone?
fn is_nobodys(memory: &egui::Memory) -> bool {
    memory.focused().is_none_or(|id| id == overlay::field_id())
}
