//! The list: the rows that are seen, of however many there are.

use egui::{EventFilter, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use ground::command::Command;
use search::page::SearchRow;

use super::super::keys::{self, SearchFocus};
use super::super::{ProjectSearch, ProjectSearchEvent, SearchStatus, SearchSwitch};
use super::look::ListLook;
use super::{ROW, SearchMemory, happened, row};
use crate::event::Event;
use crate::ui::parts;
use crate::ui::theme;
use crate::ui::widgets::{self, Tone};
use crate::workspace::Workspace;

/// Shows it in all the space that is left.
pub fn show(
    ui: &mut Ui,
    search: &ProjectSearch,
    workspace: &Workspace,
    memory: &mut SearchMemory,
    out: &mut Vec<Event>,
) {
    let area = ui.available_rect_before_wrap();
    let id = keys::id(SearchFocus::List);
    let keyboard = ui.interact(area, id, Sense::focusable_noninteractive());
    let count = search.results.page.rows();
    keyboard.widget_info(|| WidgetInfo::labeled(Role::Tree, true, "Search results"));
    let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, escape: true, tab: false };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    if count == 0 {
        row::draw_glyphs_ahead(ui, &ListLook::new(ui, search, workspace, false));
        return nothing(ui, search, workspace, out);
    }
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let mut scroll = ScrollArea::vertical().id_salt("project search").auto_shrink(false);
    if let Some(offset) = brought_into_view(search, memory) {
        scroll = scroll.vertical_scroll_offset(offset);
    }
    let look = ListLook::new(ui, search, workspace, keyboard.has_focus());
    let shown = scroll.show_rows(ui, ROW, count, |ui, seen| {
        ask_for_previews(search, seen.clone(), out);
        for index in seen {
            row::show(ui, &look, index, out);
        }
    });
    memory.offset = shown.state.clamped_offset().y;
    memory.height = shown.inner_rect.height();
    widgets::focus_ring(ui, &keyboard, area.shrink(1.0));
}

/// Where the list is to be scrolled to, when the current row is another one by now and out of view.
fn brought_into_view(search: &ProjectSearch, memory: &mut SearchMemory) -> Option<f32> {
    let results = &search.results;
    if memory.cursor == results.cursor {
        return None;
    }
    memory.cursor.clone_from(&results.cursor);
    let top = results.row()? as f32 * ROW;
    let (first, last) = (memory.offset, memory.offset + memory.height - ROW);
    if (first..=last).contains(&top) {
        return None;
    }
    // Near by it comes to the edge, from far away it stands with some room above.
    let near = 3.0 * ROW;
    let offset = match top {
        _ if top < first && first - top <= near => top,
        _ if top > last && top - last <= near => top + ROW - memory.height,
        _ => top - memory.height * 0.4,
    };
    Some(offset.max(0.0))
}

/// What would be replaced is worked out for what is seen.
fn ask_for_previews(search: &ProjectSearch, seen: std::ops::Range<usize>, out: &mut Vec<Event>) {
    let page = &search.results.page;
    let file = |row: usize| match page.row(row)? {
        SearchRow::File(file) | SearchRow::Line(file, _) => Some(file),
    };
    let (Some(first), Some(last)) = (file(seen.start), file(seen.end.saturating_sub(1))) else { return };
    let lacks = |index: usize| page.file(index).is_some_and(|file| search.previews.lacks(&file.place));
    if (first..=last).any(lacks) {
        happened(out, ProjectSearchEvent::Seen(first..last + 1));
    }
}

/// What stands where nothing is listed.
fn nothing(ui: &mut Ui, search: &ProjectSearch, workspace: &Workspace, out: &mut Vec<Event>) {
    ui.add_space(12.0);
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 0));
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        if workspace.tree.is_none() && workspace.tabs.is_empty() {
            parts::quiet(ui, "No folder is open. Open one to search in it.");
            let open = Command::OpenFolder;
            if widgets::command_button(ui, open, "Open folder", Tone::Plain, theme::CONTROL).clicked() {
                out.push(Event::Command(open));
            }
            return;
        }
        match &search.results.status {
            SearchStatus::Idle if search.form.query.pattern.is_empty() => {
                parts::quiet(ui, "Type what to look for. Results appear while you type.");
                parts::quiet(
                    ui,
                    "Shift+Enter begins a new line, Alt+Up brings back an earlier search, Down goes to the results.",
                );
            }
            SearchStatus::Done(summary) if !summary.is_cancelled => none_found(ui, search, out),
            _ => {}
        }
    });
}

fn none_found(ui: &mut Ui, search: &ProjectSearch, out: &mut Vec<Event>) {
    let form = &search.form;
    parts::quiet(ui, "Nothing was found.");
    let ways = [
        (!form.ignored && !form.only_open, "Search ignored files, too", SearchSwitch::Ignored),
        (!form.hidden && !form.only_open, "Search hidden files, too", SearchSwitch::Hidden),
        (form.only_open, "Search all files", SearchSwitch::OnlyOpen),
        (form.only_changed, "Search unchanged files, too", SearchSwitch::OnlyChanged),
        (form.query.whole_word, "Search parts of words, too", SearchSwitch::Word),
    ];
    for (_, name, switch) in ways.into_iter().filter(|(helps, _, _)| *helps) {
        if widgets::button(ui, name, "", Tone::Plain).clicked() {
            happened(out, ProjectSearchEvent::Switch(switch));
        }
    }
}
