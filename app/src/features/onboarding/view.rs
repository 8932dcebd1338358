//! The first run: one step at a time in the middle of the window, and a line of help over the sample.

use egui::{
    Align, Id, Layout, Rect, Response, RichText, Role, ScrollArea, Sense, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use ground::command::Command;
use ipc::protocol::Device;
use models::fit;
use settings::table::SettingKey;
use settings::value::SettingValue;
use settings::{DeviceChoice, SettingsEvent, profile};

use crate::event::Event;
use crate::features::onboarding::update::{self, CoachWords};
use crate::features::onboarding::{Onboarding, OnboardingEvent, SAMPLE_WISH};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};
use crate::workspace::{Card, FirstRunStep, ModelInventory, WorkerState, Workspace};
use crate::{machine, phrases};

/// Draws the downloads and imports that go on.
type Work<'a> = &'a dyn Fn(&mut Ui, &mut Vec<Event>);

/// Width of the column.
const WIDTH: f32 = 560.0;

/// Windows narrower than this put the buttons of the help line beneath its words.
const NARROW: f32 = 720.0;

/// Which step was given the keyboard last.
#[derive(Default)]
pub struct OnboardingMemory {
    focused: u64,
    /// There was a model in the last frame.
    ready: bool,
}

fn send(out: &mut Vec<Event>, event: OnboardingEvent) {
    out.push(Event::Onboarding(event));
}

/// Shows the step.
pub fn show(
    ui: &mut Ui,
    first_run: &Onboarding,
    workspace: &Workspace,
    memory: &mut OnboardingMemory,
    work: Work<'_>,
    out: &mut Vec<Event>,
) {
    let Some(step) = first_run.step else { return };
    let all = ui.available_rect_before_wrap();
    let width = WIDTH.min(all.width() - 48.0);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let top = all.top() + (all.height() * 0.12).clamp(16.0, 96.0);
        let column = Rect::from_min_size(
            pos2((all.center().x - width / 2.0).round(), ui.cursor().top() + top - all.top()),
            vec2(width, all.height()),
        );
        ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
            let number = FirstRunStep::ALL.iter().position(|other| *other == step).unwrap_or(0) + 1;
            let caption = format!("Step {number} of {}", FirstRunStep::ALL.len());
            ui.label(RichText::new(caption).font(theme::caption()).color(Theme::of(ui).muted));
            ui.add_space(4.0);
            let first = match step {
                FirstRunStep::Hello => hello(ui, workspace, out),
                FirstRunStep::Machine => machine_step(ui, workspace, out),
                FirstRunStep::Model => model(ui, first_run, workspace, work, out),
                FirstRunStep::Try => None,
            };
            let next = foot(ui, workspace, step, out);
            give_focus(first_run, workspace, step, memory, first, next);
            ui.add_space(24.0);
        });
    });
}

/// Gives a new step's first control the keyboard once it is there, and what goes on the moment a model is installed.
fn give_focus(
    first_run: &Onboarding,
    workspace: &Workspace,
    step: FirstRunStep,
    memory: &mut OnboardingMemory,
    first: Option<Response>,
    next: Option<Response>,
) {
    let ready = has_model(workspace);
    let became_ready =
        step == FirstRunStep::Model && ready && !memory.ready && memory.focused == first_run.focus;
    memory.ready = ready;
    let listed = matches!(workspace.manager.shelf, Some(Ok(_))) && workspace.models.installed.is_some();
    let is_there = step != FirstRunStep::Model || listed;
    if became_ready {
        next.into_iter().for_each(|button| button.request_focus());
    } else if memory.focused != first_run.focus && is_there {
        memory.focused = first_run.focus;
        first.or(next).into_iter().for_each(|control| control.request_focus());
    }
}

fn has_model(workspace: &Workspace) -> bool {
    workspace.models.installed.as_ref().is_some_and(|models| !models.is_empty())
}

fn title(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).font(theme::semibold(22.0)).color(Theme::of(ui).text));
    ui.add_space(6.0);
}

fn text(ui: &mut Ui, words: &str) {
    let words = RichText::new(words).font(theme::body()).color(Theme::of(ui).muted);
    ui.add(egui::Label::new(words).wrap());
    ui.add_space(8.0);
}

fn hello(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) -> Option<Response> {
    title(ui, "Welcome to LocalCoder");
    text(
        ui,
        "A code editor whose assistant is a model on this machine. It improves, explains and completes what you select.",
    );
    text(
        ui,
        "Nothing you open or type leaves this machine. The only connection LocalCoder ever makes is the download of a model that you ask \
         for, and you can forbid that, too.",
    );
    ui.add_space(8.0);
    let on = workspace.settings.privacy.air_gapped;
    let words = "Air-gapped: make no connection at all";
    let detail = "Models are then imported from files. You can change this in the settings.";
    if option(ui, words, detail, "", on, Role::CheckBox).clicked()
        && let Some(key) = SettingKey::find("privacy.air_gapped")
    {
        out.push(Event::Settings(SettingsEvent::Change(key, Some(SettingValue::Bool(!on)))));
    }
    None
}

/// What was listed, or a word about why it was not.
fn shelf<'a>(ui: &mut Ui, workspace: &'a Workspace) -> Option<&'a ModelInventory> {
    match &workspace.manager.shelf {
        None => text(ui, "Looking at this machine…"),
        Some(Err(reason)) => parts::coloured(ui, reason, Theme::of(ui).error),
        Some(Ok(shelf)) => return Some(shelf),
    }
    None
}

fn machine_step(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) -> Option<Response> {
    title(ui, "What this machine can run");
    let shelf = shelf(ui, workspace)?;
    let memory = shelf.machine.memory;
    let (processor, threads) = machine::processor();
    fact(
        ui,
        "Memory",
        &format!("{}, {} of it free now", phrases::bytes(memory.total), phrases::bytes(memory.available)),
    );
    // What a running worker says is what counts.
    let budget = workspace.worker.memory.map_or_else(|| fit::budget(memory), |(_, budget)| budget);
    fact(ui, "For models", &format!("{} at most", phrases::bytes(budget)));
    fact(ui, "Processor", &format!("{processor}, {threads} threads"));
    for gpu in gpus(workspace, shelf) {
        fact(ui, "GPU", &gpu);
    }
    ui.add_space(12.0);
    text(ui, "Choose how to run models. You can switch at any time.");
    let recommended = super::recommended(shelf, &workspace.settings);
    for name in profile::BUILTIN {
        let Some(card) = super::card_of(shelf, &workspace.settings, name) else { continue };
        let mut chars = name.chars();
        let proper: String =
            chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default();
        let fits = if name == recommended { "recommended here" } else { "" };
        let detail = profile_words(card);
        if option(ui, &proper, &detail, fits, workspace.settings.profile == name, Role::RadioButton).clicked()
        {
            send(out, OnboardingEvent::Profile(name.to_owned()));
        }
        ui.add_space(4.0);
    }
    None
}

/// What a profile's model is good for, and how it would run here: two of about the same size differ in the first.
pub fn profile_words(card: &Card) -> String {
    let (about, name) = (&card.entry.about, &card.entry.name);
    format!("{about} {name}, {}. {}", phrases::speed(card.speed), phrases::fit(&card.fit))
}

/// What is known of GPUs, a line each.
fn gpus(workspace: &Workspace, shelf: &ModelInventory) -> Vec<String> {
    let Some(devices) = &workspace.worker.devices else {
        let working_set = shelf.machine.memory.gpu_working_set;
        return vec![match (working_set, &workspace.worker.state) {
            (Some(bytes), _) => format!("{} of its memory for models", phrases::bytes(bytes)),
            (None, WorkerState::Starting) => "asking the model worker…".to_owned(),
            (None, _) => {
                "not known before a model worker runs; without one the processor computes".to_owned()
            }
        }];
    };
    let gpus: Vec<String> = devices.iter().filter(|device| device.gpu).map(device).collect();
    if gpus.is_empty() {
        return vec!["none that this build can use; models run on the processor".to_owned()];
    }
    if workspace.settings.backend.device == DeviceChoice::Cpu {
        return gpus.into_iter().map(|gpu| format!("{gpu}; not used, as the settings say")).collect();
    }
    gpus
}

/// A GPU with its memory: on a machine without a graphics card of its own that is the machine's.
fn device(device: &Device) -> String {
    let Device { name, description, memory_total, memory_free, unified, .. } = device;
    let called = if description.is_empty() { name } else { description };
    let whose = if *unified { " of the machine's memory" } else { "" };
    match *memory_total {
        0 => called.clone(),
        total => {
            format!(
                "{called}, {}{whose}, {} of it free now",
                phrases::bytes(total),
                phrases::bytes(*memory_free)
            )
        }
    }
}

fn fact(ui: &mut Ui, name: &str, words: &str) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    parts::text(ui, rect, name, theme::medium(12.0), theme.muted);
    parts::text(ui, rect.with_min_x(rect.left() + 96.0), words, theme::body(), theme.text);
}

fn model(
    ui: &mut Ui,
    first_run: &Onboarding,
    workspace: &Workspace,
    work: Work<'_>,
    out: &mut Vec<Event>,
) -> Option<Response> {
    title(ui, "Choose a model");
    let shelf = shelf(ui, workspace)?;
    let installed = workspace.models.installed.as_deref().unwrap_or_default();
    if !workspace.manager.work.is_empty() {
        work(ui, out);
    }
    let mut first = None;
    let mut note = |response: Response| {
        let clicked = response.clicked();
        first.get_or_insert(response);
        clicked
    };
    for model in installed {
        let words = format!("Use {}", model.name);
        let detail = format!("Installed, {}", phrases::bytes(model.size));
        if note(option(ui, &words, &detail, "", false, Role::Button)) {
            send(out, OnboardingEvent::Installed(model.reference.id.clone()));
        }
        ui.add_space(4.0);
    }
    let importing = workspace.manager.is_importing();
    if let Some(path) = first_run.starter.as_deref().filter(|_| installed.is_empty() && !importing) {
        let detail = format!(
            "Small, and part of this package: {}. It shows how everything works.",
            path.file_name().unwrap_or_default().to_string_lossy()
        );
        if note(option(ui, "Start with the starter model", &detail, "", false, Role::Button)) {
            send(out, OnboardingEvent::Starter);
        }
        ui.add_space(4.0);
    }
    if shelf.air_gapped || workspace.settings.privacy.air_gapped {
        text(
            ui,
            "LocalCoder is air-gapped, so nothing can be downloaded. Carry a GGUF file here and import it.",
        );
    } else {
        for card in super::offers(shelf, &workspace.settings).into_iter().filter(|card| !card.installed) {
            if note(download(ui, workspace, card)) {
                out.push(Event::AskInstallModel(card.entry.id.clone()));
            }
            ui.add_space(4.0);
        }
    }
    let detail = "A GGUF file that you have already. It is copied and checked.";
    if note(option(ui, "Import a file…", detail, "", false, Role::Button)) {
        out.push(Event::AskImportModel);
    }
    first
}

fn download(ui: &mut Ui, workspace: &Workspace, card: &Card) -> Response {
    let entry = &card.entry;
    let licence = entry.licence().map_or(entry.licence.as_str(), |licence| licence.name);
    let goes_on = workspace.manager.download_of(&entry.id).is_some();
    let right = if goes_on { "downloading".to_owned() } else { phrases::bytes(entry.size) };
    let detail = format!("{licence}, {}. {}", phrases::speed(card.speed), phrases::fit(&card.fit));
    ui.add_enabled_ui(!goes_on, |ui| {
        option(ui, &format!("Download {}", entry.name), &detail, &right, false, Role::Button)
    })
    .inner
}

/// Something to choose: a line, a quieter one beneath, a word at the right.
fn option(ui: &mut Ui, words: &str, detail: &str, right: &str, on: bool, role: Role) -> Response {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    let marked = role != Role::Button;
    let left = if marked { 40.0 } else { 14.0 };
    let galley = ui.painter().layout(detail.to_owned(), theme::label(), theme.muted, width - left - 14.0);
    let (rect, _) = ui.allocate_exact_size(vec2(width, galley.size().y + 40.0), Sense::hover());
    // Named by its words, so that it keeps the keyboard when others come or go.
    let response = ui.interact(rect, Id::unique(("onboarding", words)), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| {
        if marked {
            WidgetInfo::selected(role, enabled, on, words)
        } else {
            WidgetInfo::labeled(role, enabled, words)
        }
    });
    let radius = f32::from(theme::RADIUS_POPOVER);
    let ground = if on { theme.current(theme.surface) } else { theme.surface };
    let ground = if response.hovered() && enabled { theme.hover(ground) } else { ground };
    ui.painter().rect_filled(rect, radius, ground);
    ui.painter().rect_stroke(rect, radius, theme.hairline(), StrokeKind::Inside);
    if marked {
        let middle = pos2(rect.left() + 21.0, rect.top() + 20.0);
        let ink = if on { theme.accent } else { theme.muted };
        if role == Role::RadioButton {
            ui.painter().circle_stroke(middle, 7.0, egui::Stroke::new(1.5, ink));
            if on {
                ui.painter().circle_filled(middle, 3.5, ink);
            }
        } else {
            let square = Rect::from_center_size(middle, egui::Vec2::splat(15.0));
            ui.painter().rect_stroke(square, 3.0, egui::Stroke::new(1.5, ink), StrokeKind::Inside);
            if on {
                widgets::paint_icon(ui, square, icons::CHECK, 13.0, ink);
            }
        }
    }
    let word = ui.painter().layout_no_wrap(
        right.to_owned(),
        theme::medium(11.0),
        if marked { theme.accent } else { theme.muted },
    );
    let line = Rect::from_min_max(
        pos2(rect.left() + left, rect.top() + 8.0),
        pos2(rect.right() - 26.0 - word.size().x, rect.top() + 32.0),
    );
    widgets::line_in(ui, line, words, theme::medium(13.0), theme.text);
    let place = pos2(rect.right() - 14.0 - word.size().x, line.center().y - word.size().y / 2.0);
    ui.painter().galley(place, word, theme.muted);
    ui.painter().galley(pos2(rect.left() + left, rect.top() + 31.0), galley, theme.muted);
    focus_ring(ui, &response, rect);
    response
}

fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.5, Theme::of(ui).accent);
        ui.painter().rect_stroke(rect, f32::from(theme::RADIUS_POPOVER), stroke, StrokeKind::Inside);
    }
}

/// Back, skip, on. Returns what Enter should press.
fn foot(ui: &mut Ui, workspace: &Workspace, step: FirstRunStep, out: &mut Vec<Event>) -> Option<Response> {
    ui.add_space(20.0);
    let builder = UiBuilder::new().scope_id(Id::unique("onboarding foot"));
    ui.scope_builder(builder, |ui| buttons(ui, workspace, step, out)).inner
}

fn buttons(ui: &mut Ui, workspace: &Workspace, step: FirstRunStep, out: &mut Vec<Event>) -> Option<Response> {
    let mut next = None;
    let size = vec2(ui.available_width(), theme::CONTROL);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let word = if step == FirstRunStep::Model { "Try it" } else { "Continue" };
        ui.add_enabled_ui(step != FirstRunStep::Model || has_model(workspace), |ui| {
            let button = widgets::button(ui, word, "", Tone::Primary);
            let button = button.on_disabled_hover_text("Choose a model first, or skip");
            if button.clicked() {
                send(out, OnboardingEvent::Next);
            }
            next = Some(button);
        });
        if widgets::button(ui, "Skip", "Esc", Tone::Plain).clicked() {
            send(out, OnboardingEvent::Skip);
        }
        if step.back().is_some() {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if widgets::button(ui, "Back", "", Tone::Plain).clicked() {
                    send(out, OnboardingEvent::Back);
                }
            });
        }
    });
    next
}

/// The line of help over the sample: what to do now, and with which key.
pub fn coach(ui: &mut Ui, first_run: &Onboarding, workspace: &Workspace, out: &mut Vec<Event>) {
    let Some(coach) = update::coach(first_run, workspace) else { return };
    let theme = Theme::of(ui);
    let words = match coach.words {
        CoachWords::Ask => "A function is selected. Ask for something better:".to_owned(),
        CoachWords::Say => format!("Type what should change, such as “{SAMPLE_WISH}”, then press Enter."),
        CoachWords::Wait => "The model reads and writes; you can go on typing.".to_owned(),
        CoachWords::Accept => "Red lines go, green lines come. Take them all:".to_owned(),
        CoachWords::Again => "Nothing came of it; small models need a second try:".to_owned(),
        CoachWords::Done => "That is your first improvement. It can be taken back in one step:".to_owned(),
    };
    // Where one line has no room for both, the buttons stand beneath the words.
    let narrow = ui.available_width() < NARROW;
    let height = if narrow { 72.0 } else { 40.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let ground = theme.current(theme.surface);
    ui.painter().rect_filled(rect, 0.0, ground);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    let key = match coach.words {
        CoachWords::Say => "Enter".to_owned(),
        _ => coach.command.key_text(),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{words} {key}")));
    let inner = rect.shrink2(vec2(12.0, 6.0));
    let beneath = inner.with_min_y(inner.bottom() - theme::CONTROL);
    let inner = inner.with_max_y(inner.top() + theme::CONTROL);
    let buttons = if narrow { beneath } else { inner };
    let mut right =
        ui.new_child(UiBuilder::new().max_rect(buttons).layout(Layout::right_to_left(Align::Center)));
    right.spacing_mut().item_spacing.x = 8.0;
    let done = coach.words == CoachWords::Done;
    let (close, keys, tone) = if done { ("Finish", "Esc", Tone::Primary) } else { ("Skip", "", Tone::Quiet) };
    if widgets::button(&mut right, close, keys, tone).on_hover_text("End the welcome").clicked() {
        send(out, OnboardingEvent::Skip);
    }
    let name = match coach.words {
        CoachWords::Say => None,
        CoachWords::Done => Some(Command::Undo),
        _ => Some(coach.command),
    };
    if let Some(command) = name
        && widgets::command_button(&mut right, command, command.name(), Tone::Plain, theme::CONTROL).clicked()
    {
        out.push(Event::Command(command));
    }
    let end = if narrow { inner.right() } else { right.min_rect().left() - 12.0 };
    let badge = pos2(inner.left() + 10.0, inner.center().y);
    if coach.words == CoachWords::Done {
        widgets::paint_icon(
            ui,
            Rect::from_center_size(badge, egui::Vec2::splat(16.0)),
            icons::CHECK,
            16.0,
            theme.added,
        );
    } else {
        ui.painter().circle_filled(badge, 9.0, theme.accent);
        let number = coach.number.to_string();
        ui.painter().text(badge, egui::Align2::CENTER_CENTER, number, theme::semibold(11.0), theme.on_accent);
    }
    let line = Rect::from_min_max(
        pos2(inner.left() + 28.0, inner.top()),
        pos2(end.max(inner.left() + 60.0), inner.bottom()),
    );
    parts::text(ui, line, &words, theme::body(), theme.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_is_told_with_its_memory_and_whose_that_is() {
        let card = Device {
            name: "Vulkan0".into(),
            description: "A Card 9000".into(),
            gpu: true,
            unified: false,
            memory_free: 6 << 30,
            memory_total: 8 << 30,
        };
        assert!(device(&card).starts_with("A Card 9000, "), "{}", device(&card));
        assert!(device(&card).ends_with("of it free now") && !device(&card).contains("machine"));
        let shared = Device { unified: true, description: String::new(), ..card.clone() };
        assert!(
            device(&shared).starts_with("Vulkan0, ") && device(&shared).contains("of the machine's memory")
        );
        assert_eq!(device(&Device { memory_total: 0, ..card }), "A Card 9000");
    }
}
