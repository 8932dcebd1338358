//! The list of tabs while Ctrl is held.

use egui::{Align2, Area, Id, Key, Order, Response, ScrollArea, Ui, vec2};

use ground::chord::{Chord, Stroke};

use super::{PlacesEvent, TextPlaces};
use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, ListRow};
use crate::ui::{file_icons, page_icons};
use crate::workspace::{Tab, TabContent, Workspace};

/// Width of the list.
const WIDTH: f32 = 420.0;
/// Most rows that are shown at once.
const ROWS: usize = 14;

/// Shows the list, and takes what is chosen once Ctrl is let go.
pub fn show(ui: &Ui, places: &TextPlaces, workspace: &Workspace, out: &mut Vec<Event>) {
    let Some(switcher) = &places.switcher else { return };
    if !ui.input(|input| input.modifiers.ctrl || input.modifiers.command) {
        return out.push(Event::Places(PlacesEvent::Take));
    }
    let window = ui.ctx().content_rect();
    let width = WIDTH.min(window.width() - 32.0);
    let area = Area::new(Id::unique("switcher"))
        .order(Order::Foreground)
        .fade_in(false)
        .anchor(Align2::CENTER_TOP, vec2(0.0, 72.0));
    area.show(ui.ctx(), |ui| {
        Theme::of(ui).popover().show(ui, |ui| {
            ui.set_width(width);
            let height = theme::CONTROL * switcher.tabs.len().min(ROWS) as f32;
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for (index, tab) in switcher.tabs.iter().enumerate() {
                    let current = index == switcher.current;
                    let Some(response) = row(ui, workspace, *tab, current) else { continue };
                    if current {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() {
                        out.push(Event::Places(PlacesEvent::Pick(index)));
                    }
                }
            });
        });
    });
}

/// A row of the list, with the sign that the tab has.
fn row(ui: &mut Ui, workspace: &Workspace, tab: TabContent, current: bool) -> Option<Response> {
    let text = tab.text().and_then(|id| workspace.tabs.iter().find(|tab| tab.id == id));
    let (title, icon, icon_colour) = match (tab, text) {
        (TabContent::Page(page), _) => (page.title().to_owned(), page_icons::of(page), None),
        (TabContent::Text(_), Some(text)) => {
            let title = text.document.title();
            let file = file_icons::of(&title);
            (title, file.sign, Some(file.colour(Theme::of(ui))))
        }
        (TabContent::Text(_), None) => return None,
    };
    let folder = text.and_then(|tab| tab.document.path()?.parent());
    let folder = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
    let row = ListRow {
        icon: Some(icon),
        icon_colour,
        text: &title,
        detail: &folder,
        right: if text.is_some_and(Tab::is_unsaved) { "unsaved" } else { "" },
        current,
        ..ListRow::default()
    };
    Some(widgets::row(ui, &row))
}

/// Says that one more key is waited for.
pub fn first_key(ui: &Ui, first: Option<Stroke>) {
    let Some((held, key)) = first else { return };
    let words = format!("{} … press the second key", Chord { first: None, held, key }.shown());
    let area = Area::new(Id::unique("first key")).order(Order::Foreground).interactable(false);
    area.anchor(Align2::CENTER_BOTTOM, vec2(0.0, -40.0)).show(ui.ctx(), |ui| {
        let theme = Theme::of(ui);
        theme
            .popover()
            .show(ui, |ui| ui.label(egui::RichText::new(words).font(theme::body()).color(theme.text)));
    });
}

/// What a key means while the list is shown. Its own keys are commands, which go on to `None`.
pub fn key(key: Key) -> Option<PlacesEvent> {
    match key {
        Key::Escape => Some(PlacesEvent::Leave),
        Key::Enter => Some(PlacesEvent::Take),
        Key::ArrowDown => Some(PlacesEvent::Step(1)),
        Key::ArrowUp => Some(PlacesEvent::Step(-1)),
        _ => None,
    }
}
