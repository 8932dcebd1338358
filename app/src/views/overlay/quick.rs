//! The list behind quick open: its field, its rows with the letters that match, and how much there is.

use egui::{RichText, Ui, vec2};
use ground::command::Command;

use super::{ROWS, field, keep_row_in_view, rows_area};
use crate::event::{Event, OverlayEvent};
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, ListRow};
use crate::ui::{file_icons, symbols};
use crate::workspace::{QuickList, QuickMode, QuickRow, QuickSign};

/// Width of one step of indentation.
const STEP: f32 = 14.0;
/// What stands at the right of a row takes no more than this part of it.
const RIGHT: f32 = 0.45;

/// Shows the list.
pub fn show(ui: &mut Ui, state: &State, list: &QuickList, out: &mut Vec<Event>) {
    field(ui, &list.query, &list.mode.title(), hint(&list.mode), out);
    ui.add_space(4.0);
    let rows = list.rows.len();
    if rows == 0 {
        if let Some(words) = nothing(state, list) {
            widgets::empty(ui, &words);
        }
    } else {
        let area = rows_area(ui, rows, ROWS);
        keep_row_in_view(ui, area, "rows", Some(list.current), |ui, area| {
            area.show_rows(ui, theme::CONTROL, rows, |ui, range| {
                for index in range {
                    if row(ui, &list.rows[index], index == list.current) {
                        out.push(Event::Overlay(OverlayEvent::Pick(index)));
                    }
                }
            })
        });
    }
    foot(ui, list);
}

fn row(ui: &mut Ui, row: &QuickRow, current: bool) -> bool {
    let theme = Theme::of(ui);
    let (icon, colour) = match row.sign {
        Some(QuickSign::File) => {
            let icon = file_icons::of(&row.text);
            (Some(icon.sign), Some(icon.colour(theme)))
        }
        Some(QuickSign::Symbol(kind)) => (Some(symbols::sign(kind)), Some(symbols::colour(theme, kind))),
        Some(QuickSign::Line) | None => (None, None),
    };
    let shown = ListRow {
        icon,
        icon_colour: colour,
        text: &row.text,
        marks: &row.marks,
        detail: &row.detail,
        detail_marks: &row.detail_marks,
        right: &row.right,
        max_right: RIGHT,
        indent: row.depth as f32 * STEP,
        dim: row.dim,
        current,
    };
    widgets::row(ui, &shown).clicked()
}

/// How much there is, and what else the field takes.
fn foot(ui: &mut Ui, list: &QuickList) {
    let theme = Theme::of(ui);
    let switches = "> command   @ symbol   # project   : line";
    let is_bare = list.mode == QuickMode::Files && list.query.trim().is_empty();
    if list.note.is_empty() && !is_bare {
        return;
    }
    ui.add_space(4.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), egui::Sense::hover());
    let inner = rect.shrink2(vec2(8.0, 0.0));
    let mut left = inner;
    if is_bare {
        let galley = ui.painter().layout_no_wrap(switches.to_owned(), theme::caption(), theme.muted);
        let at = egui::pos2(inner.right() - galley.size().x, inner.center().y - galley.size().y / 2.0);
        left.max.x = at.x - 12.0;
        ui.painter().galley(at, galley, theme.muted);
    }
    let mut words = ui.new_child(egui::UiBuilder::new().max_rect(left).layout(*ui.layout()));
    words.add(
        egui::Label::new(RichText::new(&list.note).font(theme::caption()).color(theme.muted)).truncate(),
    );
}

/// What stands in the empty field.
fn hint(mode: &QuickMode) -> &'static str {
    match mode {
        QuickMode::Files => "Type parts of a path; name:12 goes to a line",
        QuickMode::Commands => "Type a command",
        QuickMode::Symbols | QuickMode::Project => "Type part of a name",
        QuickMode::Line => "Line, or line:column",
        QuickMode::Definitions(_) | QuickMode::Mentions(_) => "Type part of a path or a line",
    }
}

/// What an empty list says.
fn nothing(state: &State, list: &QuickList) -> Option<String> {
    let typed = list.query.trim_start_matches(['>', '@', '#', ':', ' ']).trim();
    let no_match = || format!("Nothing matches “{typed}”.");
    Some(match &list.mode {
        QuickMode::Files if list.is_loading => "Reading the folder…".into(),
        QuickMode::Files | QuickMode::Project if state.tree.is_none() => {
            let way = format!("No folder is open. {} opens one.", Command::OpenFolder.key_text());
            if typed.is_empty() { way } else { format!("{} {way}", no_match()) }
        }
        QuickMode::Files if typed.is_empty() => "The folder is empty.".into(),
        QuickMode::Commands => "No matching commands.".into(),
        QuickMode::Symbols if state.tab().is_none() => "No file is open.".into(),
        QuickMode::Symbols if list.is_loading => "Reading the file…".into(),
        QuickMode::Project if list.is_loading => "Reading the symbols of the folder…".into(),
        QuickMode::Symbols | QuickMode::Project if typed.is_empty() => match &list.mode {
            QuickMode::Symbols => "This file declares nothing that is known.".into(),
            _ => "The files of this folder declare nothing that is known.".into(),
        },
        QuickMode::Line if state.tab().is_none() => "No file is open.".into(),
        QuickMode::Line if typed.is_empty() => return None,
        QuickMode::Line => format!("“{typed}” is no line. Type a number, or line:column."),
        QuickMode::Mentions(name) if list.is_loading => format!("Searching for {name}…"),
        QuickMode::Mentions(name) if list.all.is_empty() => format!("{name} is mentioned nowhere."),
        _ => no_match(),
    })
}
