//! The panel with the explanation of a selection, in Markdown as it arrives.

use egui::{Align, Layout, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use crate::event::Event;
use crate::features::explain::{Explain, ExplainEvent, ExplainStatus, Explanation};
use crate::ui::markdown::{self, CodeAction};
use crate::ui::menu::{self, MenuLine};
use crate::ui::offered::offered;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};
use crate::workspace::Workspace;

/// Height of the field for a further question, with the space around it.
const ASKING: f32 = 48.0;

/// The field for a further question.
pub fn question_id() -> egui::Id {
    egui::Id::unique("further question")
}

/// Shows the panel.
pub fn show(ui: &mut Ui, explain: &Explain, workspace: &Workspace, out: &mut Vec<Event>) {
    let Some(explanation) = &explain.shown else { return };
    header(ui, explain, explanation, out);
    let height = (ui.available_height() - ASKING - offer_height(explanation)).max(40.0);
    let shown = ScrollArea::vertical()
        .auto_shrink(false)
        .max_height(height)
        .stick_to_bottom(explanation.status == ExplainStatus::Running)
        .show(ui, |ui| {
            egui::Frame::new()
                .inner_margin(egui::Margin::symmetric(16, 8))
                .show(ui, |ui| body(ui, workspace, explanation, out));
            // A question that was asked comes into view with its answer, wherever one was reading.
            let asked = question_id().with("asked");
            let earlier = explanation.earlier.len();
            if ui.data(|data| data.get_temp::<usize>(asked)).is_some_and(|answers| answers < earlier) {
                ui.scroll_to_cursor(Some(Align::BOTTOM));
                ui.data_mut(|data| data.remove::<usize>(asked));
            }
        });
    menu_of(ui, shown.inner_rect, explanation, out);
    further(ui, explanation, out);
}

fn menu_id() -> egui::Id {
    egui::Id::unique("menu of the explanation")
}

/// What can be done with the explanation, and with the piece of code that was clicked.
fn menu_of(ui: &Ui, rect: Rect, explanation: &Explanation, out: &mut Vec<Event>) {
    let key = menu_id().with("code");
    if let Some(at) = menu::clicked_in(ui, rect) {
        let code: Option<String> = ui.data_mut(|data| data.remove_temp(menu_id().with("clicked")));
        ui.data_mut(|data| data.insert_temp(key, code));
        menu::open(ui.ctx(), menu_id(), at);
    }
    let code: Option<String> = ui.data(|data| data.get_temp(key)).unwrap_or_default();
    let is_done = explanation.status != ExplainStatus::Running;
    let say = |name: &str, event| MenuLine::event(name, "", Event::Explain(event));
    let lines = || {
        let of_code = code.map_or_else(Vec::new, |code| {
            vec![
                MenuLine::copy("Copy code", code.as_str()),
                say("Insert code at the caret", ExplainEvent::Insert(code.clone())),
                say("Review code as a replacement", ExplainEvent::Apply(code)),
            ]
        });
        menu::grouped([
            of_code,
            vec![
                MenuLine::copy("Copy explanation", explanation.text.trim()),
                MenuLine::copy("Copy conversation", explanation.markdown())
                    .only_if(!explanation.earlier.is_empty()),
                say("Open the conversation as a file", ExplainEvent::Export).only_if(is_done),
            ],
            vec![say("Stop", ExplainEvent::Stop).only_if(!is_done), say("Close", ExplainEvent::Close)],
        ])
    };
    menu::show(ui, menu_id(), "Menu of the explanation", lines, out);
}

/// Height of the names that are offered, with the space around them.
fn offer_height(explanation: &Explanation) -> f32 {
    match explanation.offer.names.len() {
        0 => 0.0,
        names => names as f32 * (theme::CONTROL + 2.0) + 8.0,
    }
}

/// The field for a further question, the names that are offered for it above.
fn further(ui: &mut Ui, explanation: &Explanation, out: &mut Vec<Event>) {
    let mut typed = explanation.question.clone();
    let id = question_id();
    let offers = !explanation.offer.names.is_empty();
    let mut clicked = false;
    if offers {
        let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 4));
        frame.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            if let Some(index) = offered(ui, &explanation.offer) {
                out.push(Event::Explain(ExplainEvent::Mention(Some(index))));
                clicked = true;
            }
        });
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.add_space(12.0);
        let width = (ui.available_width() - 12.0).max(80.0);
        let field = widgets::with_caret(ui, id, &mut typed, |ui, typed| {
            widgets::input(ui, id, typed, "Further question", "Ask a follow-up; @ adds a file", width)
        });
        // The keys of the offer are read with all others.
        if offers && field.has_focus() {
            let filter = egui::EventFilter {
                tab: true,
                vertical_arrows: true,
                horizontal_arrows: true,
                ..Default::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        }
        // A field gives the keyboard away with a click beside it.
        if clicked {
            field.request_focus();
        }
        if field.changed() {
            out.push(Event::Explain(ExplainEvent::Question(typed.clone())));
        }
        if field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
            out.push(Event::Explain(ExplainEvent::Ask));
            ui.data_mut(|data| data.insert_temp(id.with("asked"), explanation.earlier.len()));
            field.request_focus();
        }
    });
}

fn header(ui: &mut Ui, explain: &Explain, explanation: &Explanation, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::TABS), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    let area = rect.shrink2(vec2(4.0, 3.0));
    let builder = UiBuilder::new().max_rect(area).layout(Layout::right_to_left(Align::Center));
    let mut buttons = ui.new_child(builder);
    let running = explanation.status == ExplainStatus::Running;
    buttons.spacing_mut().item_spacing.x = 4.0;
    let tooltip = if running { "Stop and close" } else { "Close" };
    if widgets::icon_button(&mut buttons, icons::X, theme::CONTROL, "Close explanation", tooltip).clicked() {
        out.push(Event::Explain(ExplainEvent::Close));
    }
    if running {
        if widgets::sized_button(&mut buttons, "Stop", "", Tone::Quiet, theme::CONTROL).clicked() {
            out.push(Event::Explain(ExplainEvent::Stop));
        }
    } else {
        let export = widgets::sized_button(&mut buttons, "Export", "", Tone::Quiet, theme::CONTROL);
        if export.on_hover_text("Open the conversation as a file").clicked() {
            out.push(Event::Explain(ExplainEvent::Export));
        }
    }
    let has_others = [true, false].map(|forward| super::update::neighbour(explain, forward).is_some());
    if has_others.contains(&true) {
        for (forward, icon, name) in [
            (true, icons::CHEVRON_RIGHT, "Next explanation of this file"),
            (false, icons::CHEVRON_LEFT, "Previous explanation of this file"),
        ] {
            let there = has_others[usize::from(!forward)];
            let button = |ui: &mut Ui| widgets::icon_button(ui, icon, theme::CONTROL, name, name);
            if buttons.add_enabled_ui(there, button).inner.clicked() {
                out.push(Event::Explain(ExplainEvent::Step(forward)));
            }
        }
    }
    let title = Rect::from_min_max(
        pos2(rect.left() + 16.0, rect.top()),
        pos2(buttons.min_rect().left() - 8.0, rect.bottom()),
    );
    parts::text(ui, title, &explanation.title, theme::semibold(12.0), theme.text);
}

fn body(ui: &mut Ui, workspace: &Workspace, explanation: &Explanation, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = 8.0;
    let mut wanted = None;
    for (answer, question) in &explanation.earlier {
        wanted = markdown::show(ui, answer).or(wanted);
        ui.add_space(4.0);
        ui.label(RichText::new(question).font(theme::semibold(13.0)).color(theme.accent));
    }
    wanted = markdown::show(ui, &explanation.text).or(wanted);
    if let Some((action, code)) = wanted {
        match action {
            CodeAction::Copy => out.push(Event::Explain(ExplainEvent::Copy(code))),
            CodeAction::Insert => out.push(Event::Explain(ExplainEvent::Insert(code))),
            CodeAction::Apply => out.push(Event::Explain(ExplainEvent::Apply(code))),
            CodeAction::Menu => {
                ui.data_mut(|data| data.insert_temp(menu_id().with("clicked"), code));
            }
        }
    }
    if !explanation.notes.is_empty() {
        let notes = ground::words::sentence(&explanation.notes.join("; "));
        ui.label(RichText::new(notes).font(theme::caption()).color(theme.muted));
    }
    match &explanation.status {
        ExplainStatus::Running if explanation.text.is_empty() => {
            let words = workspace.worker.doing();
            ui.label(RichText::new(format!("Waiting for the model: {words}.")).color(theme.muted));
        }
        ExplainStatus::Stopped => {
            ui.label(RichText::new("Stopped.").color(theme.muted));
        }
        ExplainStatus::Failed(reason) => {
            ui.label(RichText::new(reason).color(theme.error));
        }
        ExplainStatus::Running | ExplainStatus::Done => {}
    }
}
