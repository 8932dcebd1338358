//! The status bar: the model and what it does at the left, the text at the right.

use crate::workspace::Workspace;
use assist::problems::Problem;
use editor_core::Document;
use editor_core::file::ReadOnly;
use egui::{Align, Color32, Layout, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use ground::command::Command;
use ground::words::bytes;

use crate::event::Event;
use crate::features::activity::view::doing;
use crate::features::vim;
use crate::state::State;
use crate::ui::menu::{self, MenuLine};
use crate::ui::theme::{self, Theme};
use crate::ui::{icons, widgets};
use crate::workspace::{Tab, WorkerState};

/// Narrower windows do not say who wrote the line.
const MIN_AUTHOR: f32 = 900.0;

/// Shows the bar.
pub fn show(ui: &mut Ui, state: &State, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let rect = ui.available_rect_before_wrap();
    let mut right = ui.new_child(
        UiBuilder::new().max_rect(rect.shrink2(vec2(12.0, 0.0))).layout(Layout::right_to_left(Align::Center)),
    );
    right.spacing_mut().item_spacing.x = 16.0;
    if let Some(tab) = state.tab() {
        let outline = Command::ToggleOutline;
        let size = rect.height() - 2.0;
        if widgets::icon_button(&mut right, icons::LIST_TREE, size, outline.name(), &outline.tooltip())
            .clicked()
        {
            out.push(Event::Command(outline));
        }
        about_text(&mut right, tab, rect.width(), out);
        author(&mut right, state, tab, rect.width(), out);
        if let Some(words) = vim::view::words(&state.vim) {
            plain(&mut right, &words);
        }
    }
    let toggle = Rect::from_min_size(rect.min + vec2(4.0, 0.0), egui::Vec2::splat(rect.height()));
    let sidebar = Command::ToggleSidebar;
    let size = rect.height() - 2.0;
    let mut left = ui.new_child(UiBuilder::new().max_rect(toggle.shrink(1.0)));
    if widgets::icon_button(&mut left, icons::PANEL_LEFT, size, sidebar.name(), &sidebar.tooltip()).clicked()
    {
        out.push(Event::Command(sidebar));
    }
    let rect = rect.with_min_x(branch(ui, state, rect.with_min_x(toggle.right()), out));
    let room = right.min_rect().left().min(rect.right()) - rect.left() - 16.0;
    model(ui, state, Rect::from_min_size(rect.min, vec2(room.max(60.0), rect.height())), theme, out);
}

/// The branch, a click on which lists the others, and how many files differ, a click on which shows them. Returns where it ends.
fn branch(ui: &mut Ui, state: &State, rect: Rect, out: &mut Vec<Event>) -> f32 {
    let Some(repository) = &state.repository else { return rect.left() };
    let name = repository.head.name();
    let mut tooltip = match &repository.head {
        git::status::RepositoryHead::Branch(_) => format!("On branch {name}"),
        git::status::RepositoryHead::Unborn(_) => format!("On branch {name}, which has no commit yet"),
        git::status::RepositoryHead::Detached(_) => format!("At commit {name}, on no branch"),
    };
    if let Some(other) = repository.under_way {
        tooltip += &format!("\n{other} is under way");
    }
    let widest = (rect.width() / 4.0).clamp(48.0, 220.0);
    let response = corner(ui, rect, (name, widest), ("Branch", &tooltip, Command::SwitchBranch), out);
    let lines = || {
        menu::grouped([
            vec![
                MenuLine::command(Command::SwitchBranch),
                MenuLine::command(Command::CreateBranch),
                MenuLine::copy("Copy name of branch", name),
            ],
            vec![
                MenuLine::command(Command::CommitMessage),
                MenuLine::command(Command::CommitStaged).only_if(repository.staged > 0),
            ],
            vec![MenuLine::command(Command::CompareWithOther), MenuLine::command(Command::ToggleBlame)],
        ])
    };
    menu::of(ui, &response, "Menu of the branch", lines, out);
    let words =
        if repository.differing == 0 { "±0".to_owned() } else { format!("±{}", repository.differing) };
    let files = |count: usize| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let tooltip = match repository.differing {
        0 => "Nothing differs from the last commit".to_owned(),
        count => {
            format!("{} with changes, {} with something staged", files(count), files(repository.staged))
        }
    };
    let rest = rect.with_min_x(response.rect.right());
    corner(ui, rest, (&words, 80.0), ("Changes", &tooltip, Command::Changes), out).rect.right()
}

/// A word at the left that is a button.
fn corner(
    ui: &mut Ui,
    rect: Rect,
    (words, widest): (&str, f32),
    (name, tooltip, command): (&str, &str, Command),
    out: &mut Vec<Event>,
) -> Response {
    let theme = Theme::of(ui);
    let galley = widgets::elided(ui, words, theme::label(), theme.muted, widest);
    let area = Rect::from_min_size(rect.min, vec2(galley.size().x + 12.0, rect.height()));
    let response = ui.interact(area, egui::Id::unique(name), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}: {words}")));
    if response.hovered() {
        ui.painter().rect_filled(area, 0.0, theme.hover(theme.surface));
    }
    let ink = if response.hovered() { theme.text } else { theme.muted };
    let place = pos2(area.left() + 6.0, (area.center().y - galley.size().y / 2.0).floor());
    ui.painter().galley_with_override_text_color(place, galley, ink);
    widgets::focus_ring(ui, &response, area);
    if response.clicked() {
        out.push(Event::Command(command));
    }
    response.on_hover_text(format!("{tooltip}\n{}", command.tooltip()))
}

/// Who wrote the line of the caret, where there is room.
fn author(ui: &mut Ui, state: &State, tab: &Tab, room: f32, out: &mut Vec<Event>) {
    let here = (tab.id, tab.document.revision(), tab.caret().0);
    let Some((_, words)) = state.changes.blame.known.as_ref().filter(|(known, _)| *known == here) else {
        return;
    };
    if room < MIN_AUTHOR || words.short.is_empty() {
        return;
    }
    let galley = widgets::elided(ui, &words.short, theme::label(), Theme::of(ui).muted, room / 5.0);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, theme::STATUS), Sense::CLICK);
    let place = pos2(rect.left(), (rect.center().y - galley.size().y / 2.0).floor());
    ui.painter().galley(place, galley, Theme::of(ui).muted);
    response
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Line written by {}", words.short)));
    let lines = || {
        let copy = MenuLine::copy("Copy what is said of the line", words.long.as_str());
        menu::grouped([
            vec![copy],
            vec![MenuLine::named(Command::ToggleBlame, "Hide the author of the line")],
        ])
    };
    menu::of(ui, &response, "Menu of the author", lines, out);
    response.on_hover_text(&words.long);
}

/// Caret, language, indentation, encoding; what does not fit stands in the tooltip of the caret.
fn about_text(ui: &mut Ui, tab: &Tab, room: f32, out: &mut Vec<Event>) {
    let (line, column) = tab.caret();
    let carets = tab.document.selection().spans();
    let selected: usize = carets.iter().map(|span| span.range().len()).sum();
    let place = match (carets.len(), selected) {
        (1, 0) => format!("Ln {}, Col {}", line + 1, column + 1),
        (1, _) => format!("Ln {}, Col {} ({selected} selected)", line + 1, column + 1),
        (count, 0) => format!("{count} carets"),
        (count, _) => format!("{count} carets ({selected} selected)"),
    };
    let indent = match tab.document.indent() {
        editor_core::Indent::Tabs => "Tabs".to_owned(),
        editor_core::Indent::Spaces(width) => format!("{width} spaces"),
    };
    let encoding = encoding(&tab.document);
    // From the right; each with the width of the window from which on it is shown, and what a click on it does.
    let about = [
        (700.0, encoding.as_str(), Some(Command::ChangeEncoding)),
        (700.0, tab.document.line_ending().name(), None),
        (560.0, indent.as_str(), None),
        (420.0, tab.document.language().name(), None),
    ];
    let (shown, left_out): (Vec<_>, Vec<_>) = about.into_iter().partition(|(least, ..)| room > *least);
    for (_, words, command) in shown {
        match command {
            Some(command) => {
                let response = command_link(ui, words, command, out);
                menu::of(ui, &response, "Menu of the encoding", encodings, out);
            }
            None => plain(ui, words),
        }
    }
    let mut tooltip: Vec<&str> = left_out.iter().rev().map(|(_, words, _)| *words).collect();
    let go = Command::GotoLine.tooltip();
    tooltip.push(&go);
    let response = link(ui, &place, Theme::of(ui).muted, &tooltip.join("\n"));
    menu::of(ui, &response, "Menu of the caret", places, out);
    if response.clicked() {
        out.push(Event::Command(Command::GotoLine));
    }
    if let Some(first) = tab.problems.first() {
        let words = match tab.problems.len() {
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        };
        let next = Command::NextProblem;
        let ink = Theme::of(ui).error;
        let response = link(ui, &words, ink, &format!("{}\n{}", first.words(), next.tooltip()));
        menu::of(ui, &response, "Menu of the problems", || problems(tab), out);
        if response.clicked() {
            out.push(Event::Command(next));
        }
    }
    if tab.document.read_only().is_some() {
        let response = command_link(ui, "Read-only", Command::ReopenWithEncoding, out);
        menu::of(ui, &response, "Menu of the encoding", encodings, out);
    }
}

/// What the file is written in, as far as it is text.
fn encoding(document: &Document) -> String {
    match document.read_only() {
        Some(ReadOnly::Binary) => "Binary".to_owned(),
        Some(ReadOnly::UnknownEncoding) => "Unknown encoding".to_owned(),
        Some(ReadOnly::BrokenUtf8 | ReadOnly::Inexact(_)) => format!("{} (broken)", document.format()),
        None => document.format().to_string(),
    }
}

/// What can be done with the encoding of the text.
fn encodings() -> Vec<MenuLine> {
    [Command::ChangeEncoding, Command::ReopenWithEncoding, Command::SaveWithEncoding]
        .map(MenuLine::command)
        .into()
}

/// Where the caret can go.
fn places() -> Vec<MenuLine> {
    menu::grouped([
        [Command::GotoLine, Command::GotoSymbol, Command::LastEdit].map(MenuLine::command).into(),
        [Command::CopyLineNumber, Command::CopyLinePlace].map(MenuLine::command).into(),
    ])
}

/// What is wrong in the text, each to be copied.
fn problems(tab: &Tab) -> Vec<MenuLine> {
    let all: Vec<String> = tab.problems.iter().map(Problem::words).collect();
    menu::grouped([
        vec![
            MenuLine::command(Command::NextProblem),
            MenuLine::command(Command::ExplainError),
            MenuLine::copy(if all.len() == 1 { "Copy message" } else { "Copy all messages" }, all.join("\n")),
        ],
        vec![MenuLine::command(Command::RunCheckers)],
    ])
}

fn command_link(ui: &mut Ui, text: &str, command: Command, out: &mut Vec<Event>) -> Response {
    let response = link(ui, text, Theme::of(ui).muted, &command.tooltip());
    if response.clicked() {
        out.push(Event::Command(command));
    }
    response
}

fn plain(ui: &mut Ui, text: &str) {
    let ink = Theme::of(ui).muted;
    cell(ui, text, Sense::hover(), |_| ink).widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
}

fn link(ui: &mut Ui, text: &str, ink: Color32, tooltip: &str) -> Response {
    let pointed_at = Theme::of(ui).text;
    let response = cell(ui, text, Sense::click(), |hovered| if hovered { pointed_at } else { ink });
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text));
    widgets::focus_ring(ui, &response, response.rect);
    response.on_hover_text(tooltip)
}

/// A piece of text on the one line that all stand on; its ink may depend on whether the pointer is over it.
fn cell(ui: &mut Ui, text: &str, sense: Sense, ink: impl Fn(bool) -> Color32) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::label(), ink(false));
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, theme::STATUS), sense);
    let place = pos2(rect.left(), (rect.center().y - galley.size().y / 2.0).floor());
    ui.painter().galley_with_override_text_color(place, galley, ink(response.hovered()));
    response
}

/// Model, dot, what it does, memory. A click opens the switcher.
fn model(ui: &mut Ui, state: &State, rect: Rect, theme: &Theme, out: &mut Vec<Event>) {
    let (mut words, colour) = model_line(state, theme);
    words.extend(idle(state));
    words.extend(memory(state));
    let text = words.join("   ");
    let galley = widgets::elided(ui, &text, theme::label(), theme.muted, rect.width() - 40.0);
    let is_cut = galley.elided;
    let rect = Rect::from_min_size(rect.min, vec2(galley.size().x + 40.0, rect.height()));
    let response = ui.interact(rect, egui::Id::unique("model"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Model: {text}")));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, theme.hover(theme.surface));
    }
    ui.painter().circle_filled(pos2(rect.left() + 16.0, rect.center().y), 4.0, colour);
    let ink = if response.hovered() { theme.text } else { theme.muted };
    let place = pos2(rect.left() + 28.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley_with_override_text_color(place, galley, ink);
    widgets::focus_ring(ui, &response, rect);
    if response.clicked() {
        out.push(Event::Command(Command::SwitchModel));
    }
    menu::of(ui, &response, "Menu of the model", || models(state), out);
    let details = match details(state) {
        Some(details) if is_cut => format!("{text}\n{details}"),
        details => details.unwrap_or(text),
    };
    response.on_hover_text(format!("{details}\n{}", Command::SwitchModel.tooltip()));
}

/// What can be done about the model.
fn models(state: &State) -> Vec<MenuLine> {
    menu::grouped([
        [Command::SwitchModel, Command::SwitchProfile, Command::ModelManager].map(MenuLine::command).into(),
        vec![
            MenuLine::command(Command::UnloadModel).only_if(state.worker.model.is_some()),
            MenuLine::command(Command::UseLighter),
            MenuLine::command(Command::ToggleCompletion),
        ],
        [Command::Activity, Command::Statistics].map(MenuLine::command).into(),
    ])
}

/// The model and what it does, with the colour of the dot.
pub fn model_line(state: &Workspace, theme: &Theme) -> (Vec<String>, Color32) {
    let (words, colour) = doing(&state.worker, theme);
    // A worker that waits without a model to load is nothing to tell of.
    let waits = matches!(state.worker.state, WorkerState::Off | WorkerState::Idle);
    let nothing = waits && state.worker.model.is_none() && state.model().is_none();
    let words = if nothing { vec![model_name(state)] } else { vec![model_name(state), words] };
    (words, colour)
}

/// The loaded model, else the one that will be.
fn model_name(state: &Workspace) -> String {
    let loaded = state.worker.model.as_ref().map(|loaded| state.models.name_of(&loaded.id));
    let asked = || Some(state.models.name_of(&state.health.asked.get(&state.job?.id)?.way.model.id));
    let chosen = || state.model().map(|model| model.name.clone());
    if let (WorkerState::Loading(_), Some(load)) = (&state.worker.state, state.health.loads.last()) {
        return state.models.name_of(&load.way.model.id);
    }
    loaded.or_else(asked).or_else(chosen).unwrap_or_else(|| "No model installed".into())
}

/// How long the model stays in memory without a request, in minutes that have begun.
fn idle(state: &State) -> Option<String> {
    let left = state.health.idle_left(state.settings.run_profile().idle_unload_s, state.activity.clock)?;
    Some(format!("unloads in {} min", left.div_ceil(60_000).max(1)))
}

fn memory(state: &State) -> Option<String> {
    let measured = || {
        let model = state.worker.model.as_ref()?;
        Some((model.resident_bytes.max(model.weights_bytes), state.models.budget))
    };
    let (used, budget) = state.worker.memory.filter(|(used, _)| *used > 0).or_else(measured)?;
    Some(if budget > 0 { format!("{} of {}", bytes(used), bytes(budget)) } else { bytes(used) })
}

fn details(state: &State) -> Option<String> {
    let model = state.worker.model.as_ref()?;
    let place = match (model.gpu_layers, model.layers) {
        (0, _) => "on the processor".to_owned(),
        (gpu, all) if gpu == all => "on the GPU".to_owned(),
        (gpu, all) => format!("{gpu} of {all} layers on the GPU"),
    };
    let mut text = format!(
        "{}\n{} tokens of context, {place}, {} threads, loaded in {:.1} s",
        state.models.name_of(&model.id),
        crate::phrases::grouped(u64::from(model.context_tokens)),
        model.threads,
        model.load_ms / 1000.0
    );
    if let Some(usage) = state.worker.usage {
        text += &format!(
            "\nLast answer: first token after {}, {:.1} tokens/s",
            crate::phrases::milliseconds(usage.ttft_ms),
            usage.decode_rate()
        );
    }
    Some(text)
}
