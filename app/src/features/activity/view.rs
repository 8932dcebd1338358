//! The activity panel: what the worker does, what models take, what waits, how fast answers come, what died and why, which
//! connections were made, and what happened.

use egui::{Align2, Color32, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use ground::command::Command;
use ground::words::bytes;
use settings::LogLevel;

use crate::event::Event;
use crate::features::activity::report::{clock, entry_line};
use crate::features::activity::{Activity, ActivityEvent, HostConnections};
use crate::ui::menu::{self, MenuLine};
use crate::ui::theme::{self, Theme};
use crate::ui::{parts, widgets};
use crate::workspace::log::Severity;
use crate::workspace::{NoticeKind, WorkerState, WorkerView, Workspace};

/// Widest column: longer lines are hard to follow.
const WIDTH: f32 = 880.0;
/// Narrower columns put a model's figures under its bar.
const NARROW: f32 = 520.0;
/// Width of the column of times: `9:59:59`.
const TIME: f32 = 44.0;
/// Entries of the log that are drawn; the report has all.
const MAX_LINES: usize = 200;

/// Shows the panel.
pub fn show(ui: &mut Ui, activity: &Activity, workspace: &Workspace, out: &mut Vec<Event>) {
    header(ui, out);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let all = ui.available_rect_before_wrap();
        let width = (all.width() - 32.0).min(WIDTH);
        let left = (all.left() + (all.width() - width) / 2.0).floor();
        let rect = Rect::from_min_size(pos2(left, all.top() + 16.0), vec2(width, all.height()));
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
            worker(ui, activity, workspace);
            memory(ui, workspace, out);
            requests(ui, activity, workspace);
            speed(ui, workspace);
            restarts(ui, workspace, out);
            connections(ui, activity, workspace, out);
            log(ui, activity, workspace, out);
            ui.add_space(24.0);
        });
    });
}

fn header(ui: &mut Ui, out: &mut Vec<Event>) {
    parts::title_bar(ui, "Activity", |ui| {
        let copy = widgets::button(ui, "Copy report", "", widgets::Tone::Quiet);
        if copy.on_hover_text("Copy all of this as text, without code or paths").clicked() {
            out.push(Event::Activity(ActivityEvent::CopyReport));
        }
    });
}

fn section(ui: &mut Ui, title: &str, right: &str) {
    ui.add_space(12.0);
    let muted = Theme::of(ui).muted;
    let words = |ui: &mut Ui| {
        ui.label(egui::RichText::new(right).font(theme::label()).color(muted));
    };
    parts::heading(ui, title, words);
}

/// A line with a dot, a name, and a quieter text at its right.
fn line(ui: &mut Ui, colour: Color32, name: &str, right: &str) {
    let theme = Theme::of(ui);
    let draw = |ui: &mut Ui, rect: Rect| {
        parts::dot(ui, rect, colour);
        parts::text(ui, rect.with_min_x(rect.left() + 16.0), name, theme::body(), theme.text);
    };
    let words = |ui: &mut Ui| {
        ui.label(egui::RichText::new(right).font(theme::label()).color(theme.muted));
    };
    parts::line(ui, 24.0, draw, words);
}

/// What the worker does, in words and as the colour of the dot.
pub fn doing(worker: &WorkerView, theme: &Theme) -> (String, Color32) {
    let colour = match worker.state {
        WorkerState::Off => theme::mix(theme.surface, theme.muted, 0.6),
        WorkerState::Idle if worker.model.is_none() => theme::mix(theme.surface, theme.muted, 0.6),
        WorkerState::Starting | WorkerState::Loading(_) => theme.warning,
        WorkerState::Prefill(..) | WorkerState::Generating(_) => theme.accent,
        WorkerState::Idle => theme.added,
        WorkerState::Restarting
        | WorkerState::BackingOff
        | WorkerState::Unresponsive
        | WorkerState::GaveUp => theme.error,
    };
    (worker.doing(), colour)
}

fn worker(ui: &mut Ui, activity: &Activity, workspace: &Workspace) {
    let theme = Theme::of(ui);
    section(ui, "Worker", "");
    let (words, colour) = doing(&workspace.worker, theme);
    let left = workspace
        .health
        .idle_left(workspace.settings.run_profile().idle_unload_s, activity.clock)
        .map(|left| format!("unloads in {}", clock(left)));
    line(ui, colour, &crate::phrases::capital(&words), &left.unwrap_or_default());
    if let Some(model) = &workspace.worker.model {
        let text = format!(
            "{}, {} tokens of context, {} threads, loaded in {:.1}\u{a0}s",
            workspace.models.name_of(&model.id),
            crate::phrases::grouped(u64::from(model.context_tokens)),
            model.threads,
            model.load_ms / 1000.0
        );
        parts::quiet(ui, &text);
    }
    // Over the panel stands the same as long as nobody closed it.
    let noticed = workspace.notices.iter().any(|notice| notice.kind == NoticeKind::Stepped);
    if let Some(told) = workspace.health.stepped.as_ref().filter(|_| !noticed) {
        parts::coloured(ui, told, theme.warning);
    }
}

fn memory(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (used, budget) = workspace.worker.memory.unwrap_or((0, workspace.health.available.unwrap_or(0)));
    let right = if budget > 0 { format!("{} of {}", bytes(used), bytes(budget)) } else { String::new() };
    section(ui, "Memory", &right);
    if workspace.worker.resident.is_empty() {
        return parts::quiet(ui, "No model is in memory.");
    }
    for model in &workspace.worker.resident {
        let figures = format!(
            "{} predicted, {} measured",
            bytes(model.bytes_predicted),
            if model.bytes_measured > 0 { bytes(model.bytes_measured) } else { "not yet".into() }
        );
        let name = workspace.models.name_of(&model.id);
        let narrow = ui.available_width() < NARROW;
        let top = ui.cursor().min;
        line(ui, theme.accent, &name, if narrow { "" } else { &figures });
        let whole = budget.max(model.bytes_predicted).max(model.bytes_measured).max(1);
        bar(ui, &format!("{name}: {figures}"), model.bytes_predicted, model.bytes_measured, whole);
        if narrow {
            parts::quiet(ui, &figures);
        }
        let rect = Rect::from_min_max(top, pos2(top.x + ui.available_width(), ui.cursor().top()));
        let lines = || {
            let copy = MenuLine::copy("Copy figures", format!("{name}: {figures}"));
            let model = [Command::UnloadModel, Command::ModelManager].map(MenuLine::command);
            menu::grouped([model.into(), vec![copy]])
        };
        row_menu(ui, rect, "Menu of the model", lines, out);
        ui.add_space(4.0);
    }
    parts::quiet(ui, "Filled: measured. Line: predicted. Whole bar: the memory limit for models.");
}

/// What a model takes of the budget: measured as a filled bar, predicted as a line.
fn bar(ui: &mut Ui, name: &str, predicted: u64, measured: u64, whole: u64) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 10.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    let part = |bytes: u64| rect.left() + rect.width() * (bytes as f64 / whole as f64).clamp(0.0, 1.0) as f32;
    ui.painter().rect_filled(rect, 3.0, theme::mix(theme.background, theme.border, 0.6));
    ui.painter().rect_filled(rect.with_max_x(part(measured)), 3.0, theme.accent);
    let mark = part(predicted).min(rect.right() - 1.0);
    ui.painter().vline(mark, rect.expand2(vec2(0.0, 2.0)).y_range(), Stroke::new(2.0, theme.text));
    response.on_hover_text(name);
}

fn requests(ui: &mut Ui, activity: &Activity, workspace: &Workspace) {
    let theme = Theme::of(ui);
    section(ui, "Requests", "");
    let mut open: Vec<_> = workspace.health.asked.iter().collect();
    open.sort_by_key(|(job, _)| **job);
    if open.is_empty() && workspace.health.loads.is_empty() {
        return parts::quiet(ui, "No requests.");
    }
    for load in &workspace.health.loads {
        let waits = clock(activity.clock.saturating_sub(load.since));
        let name = format!("Load {}", workspace.models.name_of(&load.way.model.id));
        line(ui, theme.accent, &name, &format!("for {waits}"));
    }
    for (job, asked) in open {
        let waits = clock(activity.clock.saturating_sub(asked.since));
        let model = workspace.models.name_of(&asked.way.model.id);
        let name = format!("{} with {model}", workspace.purpose(*job));
        line(ui, theme.accent, &name, &format!("for {waits}"));
    }
}

fn speed(ui: &mut Ui, workspace: &Workspace) {
    let rates = &workspace.health.rates;
    let last = workspace.worker.usage.map(|usage| {
        let first = crate::phrases::milliseconds(usage.ttft_ms);
        format!("last answer {:.1} tokens/s, first token after {first}", usage.decode_rate())
    });
    section(ui, "Speed", &last.unwrap_or_default());
    let most = rates.iter().copied().fold(0.0_f32, f32::max);
    if rates.len() < 2 {
        return parts::quiet(ui, "Tokens per second will appear here after the first answers.");
    }
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::hover());
    let name = format!("Tokens a second, up to {most:.1}");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let inner = rect.shrink2(vec2(0.0, 4.0));
    ui.painter().hline(rect.x_range(), inner.bottom(), theme.hairline());
    let step = inner.width() / (rates.len() - 1) as f32;
    let point = |(n, rate): (usize, &f32)| {
        pos2(inner.left() + n as f32 * step, inner.bottom() - inner.height() * (rate / most.max(0.1)))
    };
    let points = rates.iter().enumerate().map(point).collect();
    ui.painter().line(points, Stroke::new(1.5, theme.accent));
    parts::quiet(ui, &format!("Up to {most:.1} tokens a second, over the last {} samples.", rates.len()));
    response.on_hover_text(name);
}

fn restarts(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let restarts = &workspace.health.restarts;
    section(ui, "Restarts", &restarts.len().to_string());
    if restarts.is_empty() {
        return parts::quiet(ui, "The worker has not crashed since the window opened.");
    }
    for (at, reason) in restarts.iter().rev() {
        happened(ui, *at, theme.error, reason, reason, out);
    }
}

fn connections(ui: &mut Ui, activity: &Activity, workspace: &Workspace, out: &mut Vec<Event>) {
    let hosts = &activity.connections;
    let all: u64 = hosts.iter().map(|host| host.times).sum();
    section(ui, "Connections", &all.to_string());
    let open = widgets::sized_button(ui, "Open the ledger", "", widgets::Tone::Plain, 22.0);
    if open
        .on_hover_text(
            "Every connection that was ever made, as a text that you can save; `localcoder ledger` prints it",
        )
        .clicked()
    {
        out.push(Event::Activity(ActivityEvent::OpenLedger));
    }
    if hosts.is_empty() {
        let none = match workspace.settings.privacy.air_gapped {
            true => "Air-gapped: no connection can be made, and none was made since the window opened.",
            false => "No connection was made since the window opened: nothing left this machine.",
        };
        return parts::quiet(ui, none);
    }
    for HostConnections { host, times, bytes: received } in hosts {
        parts::quiet(ui, &format!("{host}: {times}, to download models, {} received", bytes(*received)));
    }
}

/// Which entries are shown, and the way to the file that has them all.
fn levels(ui: &mut Ui, activity: &Activity, out: &mut Vec<Event>) {
    let least = activity.least;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for (level, word) in
            [(Severity::Info, "All"), (Severity::Warning, "Warnings"), (Severity::Error, "Errors")]
        {
            let name = format!("Show {} of the log", word.to_lowercase());
            if parts::chip(ui, word, &name, level == least).on_hover_text(&name).clicked() {
                out.push(Event::Activity(ActivityEvent::ShowLevel(level)));
            }
        }
        ui.add_space(4.0);
        let open = widgets::sized_button(ui, "Open log file", "", widgets::Tone::Plain, 22.0);
        if open
            .on_hover_text("Contains no code and no paths; also what happened before this window opened")
            .clicked()
        {
            out.push(Event::Activity(ActivityEvent::OpenLog));
        }
    });
    ui.add_space(4.0);
}

fn log(ui: &mut Ui, activity: &Activity, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let when = if workspace.log.is_empty() { "" } else { "minutes and seconds since the window opened" };
    section(ui, "Log", when);
    if workspace.settings.logs.level == LogLevel::Off {
        parts::quiet(ui, "Logging is turned off in the settings.");
    } else {
        levels(ui, activity, out);
    }
    let least = activity.least;
    let least = if least == Severity::Info { Severity::Debug } else { least };
    let mut shown = workspace.log.latest().filter(|entry| entry.level >= least).take(MAX_LINES).peekable();
    if shown.peek().is_none() {
        return parts::quiet(
            ui,
            if least > Severity::Info {
                "Nothing of this kind has happened."
            } else {
                "Nothing has happened yet."
            },
        );
    }
    for entry in shown {
        let colour = match entry.level {
            Severity::Debug | Severity::Info => theme.muted,
            Severity::Warning => theme.warning,
            Severity::Error => theme.error,
        };
        let times = if entry.times > 1 { format!(" ({} times)", entry.times) } else { String::new() };
        let words = format!("{}{times}", entry.text);
        happened(ui, entry.at, colour, &words, &entry_line(entry), out);
    }
}

/// When, how bad, what: in columns. `name` is what a screen reader tells.
fn happened(ui: &mut Ui, at: u64, colour: Color32, text: &str, name: &str, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let row = ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let row = ui.fonts_mut(|fonts| fonts.row_height(&theme::label()));
        let (rect, _) = ui.allocate_exact_size(vec2(TIME, row), Sense::hover());
        let place = pos2(rect.left(), rect.center().y);
        ui.painter().text(place, Align2::LEFT_CENTER, clock(at), theme::label(), theme.muted);
        let (rect, _) = ui.allocate_exact_size(vec2(8.0, row), Sense::hover());
        parts::dot(ui, rect, colour);
        let ink = if colour == theme.muted { theme.muted } else { theme.text };
        let words = egui::RichText::new(text).font(theme::label()).color(ink);
        let shown = ui.add(egui::Label::new(words).wrap());
        shown.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    });
    let say = |name: &str, event| MenuLine::event(name, "", Event::Activity(event));
    let lines = || {
        menu::grouped([
            vec![MenuLine::copy("Copy entry", name), say("Copy report", ActivityEvent::CopyReport)],
            vec![say("Open log file", ActivityEvent::OpenLog)],
        ])
    };
    row_menu(ui, row.response.rect, "Menu of the entry", lines, out);
}

/// A menu of a row whose text takes the clicks.
fn row_menu(
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    lines: impl FnOnce() -> Vec<MenuLine>,
    out: &mut Vec<Event>,
) {
    let id = ui.next_auto_id().with("menu");
    if let Some(at) = menu::clicked_in(ui, rect) {
        menu::open(ui.ctx(), id, at);
    }
    menu::show(ui, id, name, lines, out);
}
