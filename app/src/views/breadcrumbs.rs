//! The line above the text that says where the caret is: the file within its project, and the symbols around the caret. A click on a
//! symbol lists those beside it.

use editor_core::symbols::{Symbol, around};
use egui::{Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::ui::menu::{self, MenuLine};
use crate::ui::symbols::{colour, sign};
use crate::ui::theme::{self, Theme};
use crate::ui::{file_icons, icons, widgets};
use crate::workspace::tree::FileTree;
use crate::workspace::{Tab, Workspace};

/// Height of the line.
const HEIGHT: f32 = 24.0;
/// Widest that a part gets.
const WIDEST: f32 = 180.0;
/// More symbols than these are not listed beside one.
const MAX_SIBLINGS: usize = 40;

/// Shows the line.
pub fn show(ui: &mut Ui, workspace: &Workspace, tab: &Tab, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), HEIGHT));
    ui.advance_cursor_after_rect(rect);
    ui.painter().rect_filled(rect, 0.0, theme.background);
    let mut line =
        ui.new_child(UiBuilder::new().id_salt("breadcrumbs").max_rect(rect.shrink2(vec2(16.0, 0.0))));
    line.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut left = rect.left() + 16.0;
    let folders = folders(workspace, tab);
    let file = file_icons::of(&tab.document.title());
    for folder in &folders {
        left = part(&line, left, None, folder, theme.muted);
        left = arrow(&line, left, rect);
    }
    left = part(&line, left, Some((file.sign, file.colour(theme))), &tab.document.title(), theme.muted);
    let all = &tab.symbols.all;
    let head = tab.document.selection().primary().head;
    for index in around(all, head) {
        if left > rect.right() - 60.0 {
            break;
        }
        left = arrow(&line, left, rect);
        left = symbol(&mut line, left, (tab, index), out);
    }
}

/// The folders of a file within its project, the outermost first.
fn folders(workspace: &Workspace, tab: &Tab) -> Vec<String> {
    let Some(path) = tab.document.path() else { return Vec::new() };
    let mut roots = workspace.tree.iter().flat_map(FileTree::roots);
    let inside = roots.find_map(|root| path.strip_prefix(root).ok());
    let parent = inside.and_then(|inside| inside.parent());
    parent
        .into_iter()
        .flat_map(|folder| folder.iter())
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// Paints words, maybe with a sign before them; where the next part begins.
fn part(ui: &Ui, left: f32, sign: Option<(char, egui::Color32)>, words: &str, ink: egui::Color32) -> f32 {
    let rect = ui.max_rect();
    let mut place = Rect::from_min_max(pos2(left, rect.top()), pos2(left + WIDEST, rect.bottom()));
    if let Some((sign, colour)) = sign {
        widgets::paint_icon(ui, place.with_max_x(left + 14.0), sign, 13.0, colour);
        place = place.translate(vec2(18.0, 0.0));
    }
    let (width, _) = widgets::line_in(ui, place, words, theme::label(), ink);
    place.left() + width + 4.0
}

fn arrow(ui: &Ui, left: f32, rect: Rect) -> f32 {
    let place = Rect::from_min_size(pos2(left, rect.top()), vec2(12.0, rect.height()));
    widgets::paint_icon(ui, place, icons::CHEVRON_RIGHT, 12.0, Theme::of(ui).muted);
    left + 16.0
}

/// A symbol around the caret; a click lists it with those that stand beside it.
fn symbol(ui: &mut Ui, left: f32, (tab, index): (&Tab, usize), out: &mut Vec<Event>) -> f32 {
    let theme = Theme::of(ui);
    let own = &tab.symbols.all[index];
    let icon = Some((sign(own.kind), colour(theme, own.kind)));
    let end = part(ui, left, icon, &own.name, theme.text);
    let rect = Rect::from_min_max(pos2(left - 2.0, ui.max_rect().top()), pos2(end, ui.max_rect().bottom()));
    let response = ui.interact(rect, ui.scope_id().with(("symbol", index)), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{} {}", own.kind.word(), own.name)));
    widgets::focus_ring(ui, &response, rect);
    let id = response.id.with("siblings");
    if response.clicked() {
        menu::open(ui.ctx(), id, rect.left_bottom());
    }
    menu::show(ui, id, "Symbols beside this one", || siblings(tab, own), out);
    response.on_hover_text(format!("Symbols beside this one. {}", Command::GotoSymbol.tooltip()));
    end
}

/// Those that are declared in the same place, the nearest ones where there are many.
fn siblings(tab: &Tab, own: &Symbol) -> Vec<MenuLine> {
    let all: Vec<&Symbol> = tab.symbols.all.iter().filter(|symbol| symbol.parent == own.parent).collect();
    let at = all.iter().position(|symbol| symbol.range == own.range).unwrap_or(0);
    let first = at.saturating_sub(MAX_SIBLINGS / 2).min(all.len().saturating_sub(MAX_SIBLINGS));
    let line = |symbol: &&Symbol| {
        let number = tab.document.buffer().line_of(symbol.name_range.start) + 1;
        let event = Event::GoTo(tab.id, symbol.name_range.start);
        MenuLine::event(&symbol.name, &number.to_string(), event)
    };
    all.iter().skip(first).take(MAX_SIBLINGS).map(line).collect()
}
