//! The fields and switches.

use egui::{
    EventFilter, Frame, Id, Key, KeyboardShortcut, Margin, Modifiers, Rect, Response, Stroke, TextEdit, Ui,
    pos2, vec2,
};
use ground::command::Command;
use search::query::{BadQuery, Case};

use super::super::keys::{self, SearchFocus};
use super::super::{ProjectSearch, ProjectSearchEvent, SearchField, SearchSwitch};
use super::happened;
use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};
use crate::workspace::Workspace;

/// Most lines of a field that are shown at once.
const MAX_LINES: f32 = 6.0;
/// A switch with the gap before it, in points.
const SWITCH: f32 = 28.0;
/// The arrow before the fields.
const ARROW: f32 = 24.0;

/// A field: which, its name, and what stands in it when it is empty.
type Look = (SearchField, &'static str, &'static str);

const PATTERN: Look = (SearchField::Pattern, "Search in project", "Search");
const REPLACEMENT: Look = (SearchField::Replacement, "Replace in project", "Replace with");
const INCLUDE: Look = (SearchField::Include, "Files to search", "Files to search, such as *.rs, ./src");
const EXCLUDE: Look = (SearchField::Exclude, "Files to leave out", "Files to leave out");

/// Shows all of them.
pub fn show(ui: &mut Ui, search: &ProjectSearch, workspace: &Workspace, out: &mut Vec<Event>) {
    pattern(ui, search, out);
    wrong(ui, search.wrong.pattern.as_ref());
    if search.form.replaces {
        replacement(ui, search, out);
        wrong(ui, search.wrong.replacement.as_ref());
    }
    if search.form.shows_files {
        for (look, bad) in [(INCLUDE, &search.wrong.include), (EXCLUDE, &search.wrong.exclude)] {
            ui.horizontal(|ui| {
                ui.add_space(ARROW + 4.0);
                let width = ui.available_width();
                one(ui, search, look, width, bad.as_ref(), out);
            });
            wrong(ui, bad.as_ref());
        }
        chips(ui, search, out);
    }
    if let Some(folder) = &search.form.folder {
        ui.horizontal(|ui| {
            ui.add_space(ARROW + 4.0);
            let root = workspace.tree.as_ref().and_then(|tree| folder.strip_prefix(&tree.root).ok());
            let words = format!("Only in {}", root.unwrap_or(folder).display());
            let room = (ui.available_width() - SWITCH).max(0.0);
            let ink = Theme::of(ui).accent;
            let galley = widgets::elided(ui, &words, theme::label(), ink, room);
            ui.add(egui::Label::new(galley).selectable(false)).on_hover_text(folder.display().to_string());
            if widgets::icon_button(
                ui,
                icons::X,
                20.0,
                "Search the whole project",
                "Search the whole project",
            )
            .clicked()
            {
                happened(out, ProjectSearchEvent::Folder(None));
            }
        });
    }
}

fn pattern(ui: &mut Ui, search: &ProjectSearch, out: &mut Vec<Event>) {
    let form = &search.form;
    ui.horizontal_top(|ui| {
        let (icon, name) = match form.replaces {
            true => (icons::CHEVRON_DOWN, "Hide the replacement"),
            false => (icons::CHEVRON_RIGHT, "Show the replacement"),
        };
        let arrow = ui.push_id("replaces", |ui| {
            let tooltip = format!("{name} ({})", Command::ProjectReplace.key_text());
            widgets::icon_button(ui, icon, ARROW, name, &tooltip)
        });
        if arrow.inner.clicked() {
            happened(out, ProjectSearchEvent::Switch(SearchSwitch::Replace));
        }
        let width = ui.available_width() - 4.0 * SWITCH;
        one(ui, search, PATTERN, width, search.wrong.pattern.as_ref(), out);
        case(ui, form.query.case, out);
        let switches = [
            (icons::WHOLE_WORD, form.query.whole_word, "Whole word (Alt+W)", SearchSwitch::Word),
            (icons::REGEX, form.query.regex, "Regular expression (Alt+R)", SearchSwitch::Regex),
            (icons::LIST_FILTER, is_filtered(search), "Which files are searched", SearchSwitch::Files),
        ];
        for (icon, on, label, switch) in switches {
            if widgets::toggle(ui, icon, on, label).clicked() {
                happened(out, ProjectSearchEvent::Switch(switch));
            }
        }
    });
}

/// Does the form say which files are searched, or is it about to?
fn is_filtered(search: &ProjectSearch) -> bool {
    let form = &search.form;
    let says = !form.include.trim().is_empty() || !form.exclude.trim().is_empty();
    form.shows_files || says || form.hidden || form.ignored || form.only_open || form.only_changed
}

/// The switch with three positions; a dot says that the pattern decides.
fn case(ui: &mut Ui, case: Case, out: &mut Vec<Event>) {
    let label = match case {
        Case::Smart => "Smart case: capitals matter when the pattern has one (Alt+C)",
        Case::Sensitive => "Match case (Alt+C)",
        Case::Insensitive => "Ignore case (Alt+C)",
    };
    let response = widgets::toggle(ui, icons::CASE_SENSITIVE, case == Case::Sensitive, label);
    if case == Case::Smart {
        let dot = response.rect.right_top() + vec2(-5.0, 5.0);
        ui.painter().circle_filled(dot, 2.0, Theme::of(ui).accent);
    }
    if response.clicked() {
        happened(out, ProjectSearchEvent::Switch(SearchSwitch::Case));
    }
}

fn replacement(ui: &mut Ui, search: &ProjectSearch, out: &mut Vec<Event>) {
    ui.horizontal_top(|ui| {
        ui.add_space(ARROW + 4.0);
        let all = widgets::button_width(ui, "Replace all", "");
        let width = ui.available_width() - SWITCH - all - 4.0;
        one(ui, search, REPLACEMENT, width, search.wrong.replacement.as_ref(), out);
        let label = "Keep capitals: Old becomes New, OLD becomes NEW (Alt+P)";
        if widgets::toggle(ui, icons::CASE_UPPER, search.form.keep_case, label).clicked() {
            happened(out, ProjectSearchEvent::Switch(SearchSwitch::KeepCase));
        }
        let can = search.previews.replacement.is_some()
            && search.results.page.hits() > 0
            && !search.results.is_running()
            && !search.replacing.is_running();
        let button = ui.add_enabled_ui(can, |ui| widgets::button(ui, "Replace all", "", Tone::Plain)).inner;
        let words = format!(
            "Replace everything that is listed ({}). It can be taken back.",
            Command::AcceptAll.key_text()
        );
        if button.on_hover_text(words).clicked() {
            happened(out, ProjectSearchEvent::ReplaceAll);
        }
    });
}

fn chips(ui: &mut Ui, search: &ProjectSearch, out: &mut Vec<Event>) {
    let form = &search.form;
    ui.horizontal_wrapped(|ui| {
        ui.add_space(ARROW + 4.0);
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let chips = [
            ("Hidden", form.hidden, "Also files that begin with a dot", SearchSwitch::Hidden),
            (
                "Ignored",
                form.ignored,
                "Also files that git ignores and the settings leave out",
                SearchSwitch::Ignored,
            ),
            ("Open only", form.only_open, "Open files only", SearchSwitch::OnlyOpen),
            (
                "Changed only",
                form.only_changed,
                "Only files that differ from the last commit, and new ones",
                SearchSwitch::OnlyChanged,
            ),
        ];
        for (word, on, name, switch) in chips {
            if parts::chip(ui, word, name, on).on_hover_text(name).clicked() {
                happened(out, ProjectSearchEvent::Switch(switch));
            }
        }
        let next = match form.context {
            0 => 1,
            1 => 2,
            2 => 5,
            _ => 0,
        };
        let word = format!("Around: {}", form.context);
        let name = format!("Lines shown around each result: {}. Click for {next}.", form.context);
        if parts::chip(ui, &word, &name, form.context > 0).on_hover_text(&name).clicked() {
            happened(out, ProjectSearchEvent::Context(next));
        }
    });
}

/// Why something is not understood, under its field.
fn wrong(ui: &mut Ui, bad: Option<&BadQuery>) {
    let Some(bad) = bad else { return };
    ui.horizontal_top(|ui| {
        ui.add_space(ARROW + 4.0);
        parts::coloured(ui, &bad.message, Theme::of(ui).error);
    });
}

/// A field that grows with its lines. What is not understood in it is underlined.
fn one(
    ui: &mut Ui,
    search: &ProjectSearch,
    (field, label, hint): Look,
    width: f32,
    bad: Option<&BadQuery>,
    out: &mut Vec<Event>,
) {
    let id = keys::id(SearchFocus::Field(field));
    let mut text = search.form.field(field).clone();
    let width = width.max(60.0);
    let response = widgets::with_caret(ui, id, &mut text, |ui, text| {
        // Who comes by key types over what is there; in a slow frame that begins at once.
        let comes = ui.memory(|memory| memory.has_focus(id) && !memory.had_focus_last_frame(id));
        if comes && !ui.input(|input| input.pointer.any_down() || input.pointer.any_released()) {
            select_all(ui, id, text.chars().count());
        }
        edit(ui, id, (text, hint), width, bad).accessible_name(label)
    });
    if response.changed() {
        happened(out, ProjectSearchEvent::Typed(field, text));
    }
}

fn edit(
    ui: &mut Ui,
    id: Id,
    (text, hint): (&mut String, &str),
    width: f32,
    bad: Option<&BadQuery>,
) -> Response {
    let theme = Theme::of(ui);
    let font = theme::code(13.0);
    let line = ui.fonts_mut(|fonts| fonts.row_height(&font));
    let border = if bad.is_some() { Stroke::new(1.0, theme.error) } else { theme.hairline() };
    let frame = Frame::new()
        .fill(theme.background)
        .stroke(border)
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(8, 4));
    let field = |ui: &mut Ui| {
        let field = TextEdit::multiline(text)
            .id(id)
            .font(font)
            .hint_text(egui::RichText::new(hint).font(theme::body()).color(theme.muted))
            .desired_width(width - 18.0)
            .desired_rows(1)
            .min_size(vec2(0.0, theme::CONTROL - 10.0))
            .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter))
            .event_filter(EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                escape: true,
                ..EventFilter::default()
            })
            .frame(Frame::NONE)
            .show(ui);
        if let Some(at) = bad.and_then(|bad| bad.at.clone()) {
            underline(ui, (&field.galley, field.galley_pos), at);
        }
        field.response.response
    };
    let shown = frame.show(ui, |ui| {
        let area = egui::ScrollArea::vertical().id_salt(id).max_height(line * MAX_LINES);
        // Else it is as high as a control already without its frame.
        ui.spacing_mut().interact_size.y = 0.0;
        area.show(ui, field).inner
    });
    let response = shown.inner;
    widgets::focus_ring(ui, &response, shown.response.rect);
    response
}

/// Marks chars of a text as not understood; where nothing stands, the place.
fn underline(ui: &Ui, (galley, place): (&egui::Galley, egui::Pos2), at: std::ops::Range<usize>) {
    let x = |index: usize| galley.pos_from_cursor(egui::text::CCursor::new(index));
    let (start, end) = (x(at.start), x(at.end));
    let bottom = place.y + start.bottom() + 1.0;
    let right = if start.top() == end.top() { end.left() } else { galley.rect.right() };
    let right = right.max(start.left() + 6.0);
    let line =
        Rect::from_min_max(pos2(place.x + start.left(), bottom - 1.0), pos2(place.x + right, bottom + 0.5));
    ui.painter().rect_filled(line, 0.0, Theme::of(ui).error);
}

fn select_all(ui: &Ui, id: Id, chars: usize) {
    use egui::text::{CCursor, CCursorRange};
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(chars));
    state.cursor.set_char_range(Some(all));
    state.store(ui.ctx(), id);
}
