//! The area of the text: its panes, the dividers between them, and where a tab comes that is dragged over them.

use egui::{
    CursorIcon, DragAndDrop, Id, LayerId, Order, PointerButton, Pos2, Rect, Role, Sense, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use ground::command::Command;
use ground::ids::PaneId;

use super::tabs::{DraggedTab, Strip};
use super::{ViewsMemory, bars, breadcrumbs, editor, pages, tabs, welcome};
use crate::event::Event;
use crate::features::places::PlacesEvent;
use crate::features::review::view::split_diff;
use crate::features::{find, onboarding};
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;
use crate::workspace::{Arrangement, PaneArea, PaneDivider, Side, TabContent, TextPane};

/// Width of what can be taken hold of between two panes.
const GRIP: f32 = 7.0;
/// The share of a pane at each of its sides where a tab is dropped beside it.
const EDGE: f32 = 0.25;

/// Shows all panes.
pub fn show(ui: &mut Ui, state: &State, memory: &mut ViewsMemory, out: &mut Vec<Event>) {
    let rect = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(rect);
    let (places, dividers) = state.panes.layout().places(area_of(rect));
    let dragged = DragAndDrop::payload::<DraggedTab>(ui.ctx());
    for (id, area) in places {
        let Some(pane) = state.panes.get(id) else { continue };
        let rect = rect_of(area);
        let mut part = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("pane", id.0)));
        part.set_clip_rect(rect.intersect(ui.clip_rect()));
        focus_by_press(&part, state, id, rect, out);
        let strip = one(&mut part, state, pane, memory, out);
        if let (Some(dragged), Some(strip)) = (&dragged, &strip) {
            drop_target(&part, state, pane, **dragged, (strip, rect), out);
        }
    }
    dividers.iter().for_each(|divider| self::divider(ui, divider, out));
    if let Some(dragged) = dragged {
        under_pointer(ui, state, *dragged);
    }
    travel_by_mouse(ui, out);
}

fn area_of(rect: Rect) -> PaneArea {
    [rect.left(), rect.top(), rect.width(), rect.height()]
}

fn rect_of([left, top, width, height]: PaneArea) -> Rect {
    Rect::from_min_size(pos2(left, top), vec2(width, height))
}

/// A press into a pane gives it the keyboard, before anything else that it does.
fn focus_by_press(ui: &Ui, state: &State, pane: PaneId, rect: Rect, out: &mut Vec<Event>) {
    let pressed =
        ui.input(|input| input.pointer.any_pressed().then(|| input.pointer.interact_pos()).flatten());
    let is_mine = pressed.is_some_and(|point| {
        rect.shrink(GRIP / 2.0).contains(point) && ui.ctx().layer_id_at(point) == Some(ui.layer_id())
    });
    if is_mine && state.panes.focused() != pane {
        out.push(Event::Places(PlacesEvent::Focus(pane)));
    }
}

fn one(
    ui: &mut Ui,
    state: &State,
    pane: &TextPane,
    memory: &mut ViewsMemory,
    out: &mut Vec<Event>,
) -> Option<Strip> {
    let focused = pane.id == state.panes.focused();
    let strip = |ui: &mut Ui, out: &mut Vec<Event>| (!state.zen).then(|| tabs::show(ui, state, pane, out));
    let tab = match pane.shown() {
        Some(TabContent::Page(page)) => {
            let strip = strip(ui, out);
            pages::show(ui, state, page, memory, out);
            return strip;
        }
        Some(TabContent::Text(front)) => state.tabs.iter().find(|tab| tab.id == front),
        None => None,
    };
    let Some(tab) = tab else {
        // A pane without a text is the only one, or waits for a file that is being read.
        if state.panes.count() == 1 {
            welcome::show(ui, state, out);
        }
        return None;
    };
    let strip = strip(ui, out);
    if state.settings.editor.breadcrumbs && !state.zen {
        breadcrumbs::show(ui, state, tab, out);
    }
    if focused {
        onboarding::view::coach(ui, &state.onboarding, state, out);
        if state.find.open {
            find::view::show(ui, &state.find, state, out);
        }
    }
    bars::show(ui, tab, state, out);
    let room = ui.available_width() >= split_diff::NARROW;
    match &tab.review {
        Some(review) if state.session.side_by_side && room && review.is_open() => {
            split_diff::show(ui, &state.settings.editor, tab, review, out);
        }
        _ => editor::show(ui, state, (pane.id, tab), &mut memory.editor, out),
    }
    strip
}

/// The line between two parts, which can be dragged; a double click makes all the same.
fn divider(ui: &Ui, divider: &PaneDivider, out: &mut Vec<Event>) {
    let [left, top, width, height] = divider.area;
    let (line, cursor) = match divider.arrangement {
        Arrangement::Columns => (
            Rect::from_min_max(pos2(divider.at, top), pos2(divider.at, top + height)),
            CursorIcon::ResizeHorizontal,
        ),
        Arrangement::Rows => (
            Rect::from_min_max(pos2(left, divider.at), pos2(left + width, divider.at)),
            CursorIcon::ResizeVertical,
        ),
    };
    let grip = line.expand2(match divider.arrangement {
        Arrangement::Columns => vec2(GRIP / 2.0, 0.0),
        Arrangement::Rows => vec2(0.0, GRIP / 2.0),
    });
    let response = ui.interact(grip, Id::unique(("divider", &divider.way)), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Divider of panes"));
    let theme = Theme::of(ui);
    let active = response.hovered() || response.dragged();
    let stroke = if active { egui::Stroke::new(2.0, theme.accent) } else { theme.hairline() };
    ui.painter().line_segment([line.min, line.max], stroke);
    if active {
        ui.set_cursor_icon(cursor);
    }
    if let Some(point) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let share = match divider.arrangement {
            Arrangement::Columns => (point.x - left) / width.max(1.0),
            Arrangement::Rows => (point.y - top) / height.max(1.0),
        };
        out.push(Event::Places(PlacesEvent::Divide(divider.way.clone(), share)));
    }
    if response.double_clicked() {
        out.push(Event::Places(PlacesEvent::EvenOut));
    }
}

/// Where a dragged tab would come in a pane.
enum Target {
    /// Before the tab with this index, at this place.
    Between(usize, f32),
    /// At a side.
    Beside(Side),
    /// Behind the tabs of the pane.
    Into,
}

fn drop_target(
    ui: &Ui,
    state: &State,
    pane: &TextPane,
    dragged: DraggedTab,
    (strip, rect): (&Strip, Rect),
    out: &mut Vec<Event>,
) {
    let Some(point) = ui.input(|input| input.pointer.interact_pos()).filter(|point| rect.contains(*point))
    else {
        return;
    };
    let body = rect.with_min_y(strip.rect.bottom());
    let target = if strip.rect.contains(point) { between(strip, point) } else { beside(body, point) };
    let lone = dragged.pane == pane.id && pane.tabs.len() < 2;
    let theme = Theme::of(ui);
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("drop")));
    let ground = theme.accent.gamma_multiply(0.18);
    let (from, tab) = (dragged.pane, dragged.tab);
    let event = match target {
        Target::Between(index, x) => {
            painter.vline(x, strip.rect.y_range(), egui::Stroke::new(2.0, theme.accent));
            PlacesEvent::Move { tab, from, to: pane.id, index }
        }
        Target::Beside(_) | Target::Into if lone => return,
        Target::Beside(side) => {
            painter.rect_filled(half(body, side), 0.0, ground);
            PlacesEvent::MoveBeside { tab, from, beside: pane.id, side }
        }
        Target::Into => {
            painter.rect_filled(body, 0.0, ground);
            PlacesEvent::Move { tab, from, to: pane.id, index: usize::MAX }
        }
    };
    let known = state.panes.get(from).is_some_and(|pane| pane.get(tab).is_some());
    if known && ui.input(|input| input.pointer.button_released(PointerButton::Primary)) {
        out.push(Event::Places(event));
    }
}

fn between(strip: &Strip, point: Pos2) -> Target {
    let index = strip.tabs.iter().filter(|tab| tab.center().x < point.x).count();
    let left = strip.tabs.get(index).map(|tab| tab.left());
    let x = left.or(strip.tabs.last().map(|tab| tab.right())).unwrap_or(strip.rect.left());
    Target::Between(index, x.clamp(strip.rect.left() + 1.0, strip.rect.right() - 1.0))
}

/// The side that a point is nearest to, within its share of the pane; in the middle none.
fn beside(body: Rect, point: Pos2) -> Target {
    let (x, y) = ((point.x - body.left()) / body.width(), (point.y - body.top()) / body.height());
    let sides = [(x, Side::Left), (1.0 - x, Side::Right), (y, Side::Above), (1.0 - y, Side::Below)];
    let nearest = sides.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    nearest.filter(|(share, _)| *share < EDGE).map_or(Target::Into, |(_, side)| Target::Beside(side))
}

fn half(rect: Rect, side: Side) -> Rect {
    let center = rect.center();
    match side {
        Side::Left => rect.with_max_x(center.x),
        Side::Right => rect.with_min_x(center.x),
        Side::Above => rect.with_max_y(center.y),
        Side::Below => rect.with_min_y(center.y),
    }
}

/// The name of a dragged tab, beside the pointer.
fn under_pointer(ui: &Ui, state: &State, dragged: DraggedTab) {
    let title = match dragged.tab {
        TabContent::Text(id) => state.tabs.iter().find(|tab| tab.id == id).map(|tab| tab.document.title()),
        TabContent::Page(page) => Some(page.title().to_owned()),
    };
    let (Some(point), Some(title)) = (ui.input(|input| input.pointer.interact_pos()), title) else {
        return;
    };
    let theme = Theme::of(ui);
    let galley = widgets::elided(ui, &title, theme::body(), theme.text, 220.0);
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Tooltip, Id::unique("dragged tab")));
    let rect = Rect::from_min_size(point + vec2(12.0, 8.0), galley.size() + vec2(20.0, 10.0));
    painter.rect(rect, f32::from(theme::RADIUS), theme.raised, theme.hairline(), egui::StrokeKind::Inside);
    painter.galley(rect.min + vec2(10.0, 5.0), galley, theme.text);
    ui.set_cursor_icon(CursorIcon::Grabbing);
}

/// The two buttons at the side of a mouse.
fn travel_by_mouse(ui: &Ui, out: &mut Vec<Event>) {
    for (button, command) in
        [(PointerButton::Extra1, Command::GoBack), (PointerButton::Extra2, Command::GoForward)]
    {
        if ui.input(|input| input.pointer.button_pressed(button)) {
            out.push(Event::Command(command));
        }
    }
}
