//! The strip of tabs of a pane: pin, sign, title, folder where names are the same, modified dot, close button. What does not fit is
//! scrolled to, counted at the end of the strip and listed there.

use std::sync::Arc;

use egui::{
    Color32, DragAndDrop, Galley, Id, PointerButton, Rect, Role, ScrollArea, Sense, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use ground::command::Command;
use ground::ids::PaneId;

use crate::event::Event;
use crate::features::places::{PlacesEvent, TabDeed};
use crate::ui::menu::{self, MenuLine};
use crate::ui::theme::{self, Theme, git_colour};
use crate::ui::{file_icons, icons, page_icons, widgets};
use crate::workspace::{PaneTab, Side, Tab, TabContent, TextPane, Workspace};

/// Widest that the words of a tab get.
const MAX_NAME: f32 = 180.0;
/// Widest that the folder behind them gets.
const MAX_FOLDER: f32 = 110.0;
/// Room of the sign of a file's kind.
const ICON: f32 = 20.0;
/// Room of the button that splits the pane.
const SPLIT: f32 = 36.0;
/// Room of the sign of hidden tabs.
const HIDDEN: f32 = 48.0;

/// A tab that is being dragged.
#[derive(Clone, Copy, Debug)]
pub struct DraggedTab {
    /// Where it comes from.
    pub pane: PaneId,
    /// What it shows.
    pub tab: TabContent,
}

/// What the strip showed: where it stands, and the tabs in it, hidden ones too.
#[derive(Debug)]
pub struct Strip {
    /// All of it.
    pub rect: Rect,
    /// Each tab.
    pub tabs: Vec<Rect>,
}

/// Shows the strip of a pane.
pub fn show(ui: &mut Ui, workspace: &Workspace, pane: &TextPane, out: &mut Vec<Event>) -> Strip {
    let theme = Theme::of(ui);
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), theme::TABS));
    ui.painter().rect_filled(rect, 0.0, theme.surface);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    ui.advance_cursor_after_rect(rect);
    let focused = pane.id == workspace.panes.focused();
    let split = if focused { SPLIT } else { 0.0 };
    let most = rect.with_max_x(rect.right() - split);
    let widths: Vec<f32> =
        pane.tabs.iter().filter_map(|own| Some(Words::of(ui, workspace, own)?.width())).collect();
    let overflows = widths.iter().sum::<f32>() > most.width();
    let room = if overflows { most.with_max_x(most.right() - HIDDEN) } else { most };
    let tabs = scrolled(ui, room, workspace, pane, focused, out);
    if focused {
        let place =
            Rect::from_min_max(pos2(rect.right() - SPLIT, rect.top()), rect.max).shrink2(vec2(4.0, 3.0));
        let mut corner = ui.new_child(UiBuilder::new().max_rect(place));
        if widgets::command_icon(&mut corner, icons::COLUMNS, Command::SplitRight).clicked() {
            out.push(Event::Command(Command::SplitRight));
        }
    }
    let hidden =
        tabs.iter().filter(|tab| tab.right() > room.right() + 1.0 || tab.left() < room.left() - 1.0).count();
    if hidden > 0 {
        let place =
            Rect::from_min_max(pos2(room.right(), rect.top()), pos2(room.right() + HIDDEN, rect.bottom()));
        sign_of_hidden(ui, place, workspace, pane, hidden, out);
    }
    Strip { rect, tabs }
}

fn scrolled(
    ui: &mut Ui,
    room: Rect,
    workspace: &Workspace,
    pane: &TextPane,
    focused: bool,
    out: &mut Vec<Event>,
) -> Vec<Rect> {
    let mut strip = ui.new_child(UiBuilder::new().max_rect(room));
    strip.style_mut().always_scroll_the_only_direction = true;
    // The name of a strip's scrolling is that of its pane; bars would lie over the titles.
    let area = ScrollArea::horizontal().id_salt(("tabs", pane.id.0)).auto_shrink(false);
    let area = area.scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden);
    let shown = area.show(&mut strip, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            pane.tabs.iter().filter_map(|own| one(ui, workspace, pane, own, focused, out)).collect()
        })
        .inner
    });
    shown.inner
}

/// What a tab says of itself.
struct Face<'a> {
    /// The text, if it is one.
    text: Option<&'a Tab>,
    name: String,
    /// As much of the text's folder as tells it from others.
    folder: Option<String>,
    icon: char,
    colour: Color32,
}

impl<'a> Face<'a> {
    fn of(workspace: &'a Workspace, tab: TabContent, theme: &Theme) -> Option<Face<'a>> {
        match tab {
            TabContent::Text(id) => {
                let tab = workspace.tabs.iter().find(|tab| tab.id == id)?;
                let (name, folder) = (tab.document.title(), folder(workspace, tab));
                let icon = file_icons::of(&name);
                let (icon, colour) = (icon.sign, icon.colour(theme));
                Some(Face { text: Some(tab), name, folder, icon, colour })
            }
            TabContent::Page(page) => Some(Face {
                text: None,
                name: page.title().to_owned(),
                folder: None,
                icon: page_icons::of(page),
                colour: theme.muted,
            }),
        }
    }

    /// What it is called, the folder included.
    fn title(&self) -> String {
        self.folder.as_ref().map_or_else(|| self.name.clone(), |folder| format!("{} — {folder}", self.name))
    }

    fn is_unsaved(&self) -> bool {
        self.text.is_some_and(Tab::is_unsaved)
    }
}

/// The words of a tab, laid out.
struct Words<'a> {
    face: Face<'a>,
    pinned: bool,
    name: Arc<Galley>,
    folder: Option<Arc<Galley>>,
}

impl<'a> Words<'a> {
    fn of(ui: &Ui, workspace: &'a Workspace, own: &PaneTab) -> Option<Words<'a>> {
        let theme = Theme::of(ui);
        let face = Face::of(workspace, own.tab, theme)?;
        let folder = face
            .folder
            .as_ref()
            .map(|folder| widgets::elided(ui, folder, theme::label(), theme.muted, MAX_FOLDER));
        let font = theme::body();
        let name = if own.preview {
            // What is only looked at is slanted, as in other editors.
            let format = egui::TextFormat { italics: true, ..egui::TextFormat::simple(font, theme.text) };
            let mut job = egui::text::LayoutJob::single_section(face.name.clone(), format);
            job.wrap = egui::text::TextWrapping::truncate_at_width(MAX_NAME);
            ui.painter().layout_job(job)
        } else {
            widgets::elided(ui, &face.name, font, theme.text, MAX_NAME)
        };
        Some(Words { face, pinned: own.pinned, name, folder })
    }

    fn width(&self) -> f32 {
        let pin = if self.pinned { 18.0 } else { 0.0 };
        let folder = self.folder.as_ref().map_or(0.0, |folder| folder.size().x + 8.0);
        (16.0 + pin + ICON + self.name.size().x + folder + 40.0).ceil()
    }
}

fn one(
    ui: &mut Ui,
    workspace: &Workspace,
    pane: &TextPane,
    own: &PaneTab,
    focused: bool,
    out: &mut Vec<Event>,
) -> Option<Rect> {
    let theme = Theme::of(ui);
    let words = Words::of(ui, workspace, own)?;
    let title = words.face.title();
    let active = pane.shown() == Some(own.tab);
    let (rect, _) = ui.allocate_exact_size(vec2(words.width(), theme::TABS), Sense::hover());
    let response = ui.interact(rect, Id::unique(("tab", pane.id.0, own.tab)), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, active, &title));
    if active {
        ui.painter().rect_filled(rect, 0.0, theme.background);
        let mark = if focused { theme.accent } else { theme.border };
        ui.painter().hline(rect.x_range(), rect.top() + 1.0, egui::Stroke::new(2.0, mark));
    } else if response.hovered() {
        ui.painter().rect_filled(rect.with_max_y(rect.bottom() - 1.0), 0.0, theme.hover(theme.surface));
    }
    ui.painter().vline(rect.right() - 0.5, rect.y_range(), theme.hairline());
    inscription(ui, workspace, &words, rect, (active, focused));
    widgets::focus_ring(ui, &response, rect.shrink(1.0));
    close_button(ui, rect, (pane, own, &words.face), &response, active, out);
    if active {
        keep_in_view(ui, &response, pane.id, own.tab);
    }
    pointer(ui, &response, pane, own, out);
    menu_of(ui, &response, pane, own, &words.face, out);
    let path = words.face.text.and_then(|tab| tab.document.path()).map(|path| path.display().to_string());
    let mut tip = path.unwrap_or(title);
    if own.preview {
        tip += "\nOpened to look at: double-click to keep it open.";
    }
    response.on_hover_text(tip);
    Some(rect)
}

/// Pin, sign, name and folder.
fn inscription(
    ui: &Ui,
    workspace: &Workspace,
    words: &Words<'_>,
    rect: Rect,
    (active, focused): (bool, bool),
) {
    let theme = Theme::of(ui);
    let plain = if active && focused { theme.text } else { theme.muted };
    let ink = words.face.text.map_or(plain, |tab| ink_of(workspace, tab, theme, plain));
    let mut left = rect.left() + 16.0;
    if words.pinned {
        let place = Rect::from_min_size(pos2(left - 2.0, rect.top()), vec2(14.0, rect.height()));
        widgets::paint_icon(ui, place, icons::PIN, 13.0, theme.muted);
        left += 18.0;
    }
    let place = Rect::from_min_size(pos2(left - 2.0, rect.top()), vec2(16.0, rect.height()));
    let colour = if active { words.face.colour } else { theme::mix(theme.surface, words.face.colour, 0.75) };
    widgets::paint_icon(ui, place, words.face.icon, 14.0, colour);
    left += ICON;
    let middle = rect.center().y;
    let end = left + words.name.size().x;
    ui.painter().galley_with_override_text_color(
        pos2(left, middle - words.name.size().y / 2.0),
        Arc::clone(&words.name),
        ink,
    );
    if let Some(folder) = &words.folder {
        let at = pos2(end + 8.0, middle - folder.size().y / 2.0);
        ui.painter().galley(at, Arc::clone(folder), theme.muted);
    }
}

fn pointer(ui: &Ui, response: &egui::Response, pane: &TextPane, own: &PaneTab, out: &mut Vec<Event>) {
    if response.clicked() {
        out.push(Event::Places(PlacesEvent::Show(pane.id, own.tab)));
    }
    if let Some(text) = own.tab.text().filter(|_| response.double_clicked()) {
        out.push(Event::Places(PlacesEvent::Keep(text)));
    }
    if response.clicked_by(PointerButton::Middle) {
        out.push(Event::Places(PlacesEvent::Close(pane.id, own.tab)));
    }
    if response.drag_started_by(PointerButton::Primary) {
        DragAndDrop::set_payload(ui.ctx(), DraggedTab { pane: pane.id, tab: own.tab });
    }
}

/// The colour of a title: that of what became of the file, where it differs from what was committed.
fn ink_of(workspace: &Workspace, tab: &Tab, theme: &Theme, otherwise: Color32) -> Color32 {
    let state = || workspace.repository.as_ref()?.state_of(tab.document.path()?);
    state().map_or(otherwise, |state| git_colour(theme, state))
}

/// Scrolls to the front tab once, when it comes to the front.
fn keep_in_view(ui: &Ui, response: &egui::Response, pane: PaneId, tab: TabContent) {
    let key = Id::unique(("front tab", pane.0));
    if ui.data(|data| data.get_temp(key)) != Some(tab) {
        response.scroll_to_me(None);
        ui.data_mut(|data| data.insert_temp(key, tab));
    }
}

/// A dot while the text is not saved, a cross under the pointer.
fn close_button(
    ui: &mut Ui,
    tab_rect: Rect,
    (pane, own, face): (&TextPane, &PaneTab, &Face<'_>),
    of: &egui::Response,
    active: bool,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let rect = Rect::from_center_size(pos2(tab_rect.right() - 20.0, tab_rect.center().y), vec2(20.0, 20.0));
    let response = ui.interact(rect, of.id.with("close"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Close {}", face.name)));
    let over = response.hovered();
    if over {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), theme.hover(theme.surface));
    }
    if face.is_unsaved() && !over {
        ui.painter().circle_filled(rect.center(), 4.0, theme.accent);
    } else if active || over || of.hovered() {
        widgets::paint_icon(ui, rect, icons::X, 14.0, if over { theme.text } else { theme.muted });
    }
    widgets::focus_ring(ui, &response, rect);
    if response.clicked() || response.clicked_by(PointerButton::Middle) {
        out.push(Event::Places(PlacesEvent::Close(pane.id, own.tab)));
    }
    response.on_hover_text(Command::CloseTab.tooltip());
}

/// What can be done with a tab.
fn menu_of(
    ui: &Ui,
    response: &egui::Response,
    pane: &TextPane,
    own: &PaneTab,
    face: &Face<'_>,
    out: &mut Vec<Event>,
) {
    let id = response.id.with("menu");
    menu::on_secondary_click(response, id);
    let lines = || {
        let deed = |command: Command, name: &str, deed: TabDeed| {
            MenuLine::event(
                name,
                &command.key_text(),
                Event::Places(PlacesEvent::Menu(pane.id, own.tab, deed)),
            )
        };
        let at = pane.position(own.tab).unwrap_or_default();
        let others = pane.tabs.iter().any(|other| other.tab != own.tab && !other.pinned);
        let has_right = pane.tabs.iter().skip(at + 1).any(|other| !other.pinned);
        let pin = if own.pinned { "Unpin" } else { "Pin" };
        let mut lines = vec![
            MenuLine::event(
                "Close",
                &Command::CloseTab.key_text(),
                Event::Places(PlacesEvent::Close(pane.id, own.tab)),
            ),
            deed(Command::CloseOtherTabs, "Close others", TabDeed::CloseOthers).only_if(others),
            deed(Command::CloseTabsRight, "Close to the right", TabDeed::CloseRight).only_if(has_right),
            deed(Command::CloseSavedTabs, "Close saved", TabDeed::CloseSaved),
            MenuLine::Separator,
        ];
        if let Some(text) = own.tab.text() {
            let keep = Event::Places(PlacesEvent::Keep(text));
            let keep = MenuLine::event("Keep open", &Command::KeepTab.key_text(), keep);
            lines.push(keep.only_if(own.preview));
        }
        lines.push(deed(Command::PinTab, pin, TabDeed::Pin));
        lines.push(MenuLine::Separator);
        // A page is there once: it goes where a text is shown once more.
        let (right, down) = match face.text {
            Some(_) => ("Split right", "Split down"),
            None => ("Move into new pane right", "Move into new pane below"),
        };
        let lone = face.text.is_none() && pane.tabs.len() < 2;
        lines.push(deed(Command::SplitRight, right, TabDeed::Split(Side::Right)).only_if(!lone));
        lines.push(deed(Command::SplitDown, down, TabDeed::Split(Side::Below)).only_if(!lone));
        if let Some(tab) = face.text {
            let has_path = tab.document.path().is_some();
            lines.push(MenuLine::Separator);
            lines.push(deed(Command::CopyPath, "Copy path", TabDeed::CopyPath).only_if(has_path));
        }
        lines
    };
    menu::show(ui, id, "Menu of the tab", lines, out);
}

/// How many tabs are not seen; pressed, all are listed.
fn sign_of_hidden(
    ui: &mut Ui,
    place: Rect,
    workspace: &Workspace,
    pane: &TextPane,
    hidden: usize,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let words = if hidden == 1 { "1 hidden tab".to_owned() } else { format!("{hidden} hidden tabs") };
    let rect = place.shrink2(vec2(2.0, 5.0));
    let response = ui.interact(rect, Id::unique(("hidden tabs", pane.id.0)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    if response.hovered() {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), theme.hover(theme.surface));
    }
    let (count, arrow) = rect.split_left_right_at_x(rect.right() - 18.0);
    let galley = widgets::elided(ui, &hidden.to_string(), theme::label(), theme.muted, count.width());
    let at = pos2(count.right() - galley.size().x - 1.0, count.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.muted);
    widgets::paint_icon(ui, arrow, icons::CHEVRON_DOWN, 14.0, theme.muted);
    widgets::focus_ring(ui, &response, rect);
    let id = response.id.with("list");
    if response.clicked() {
        menu::open(ui.ctx(), id, rect.left_bottom());
    }
    let lines = || {
        let line = |own: &PaneTab| {
            let face = Face::of(workspace, own.tab, theme)?;
            let unsaved = if face.is_unsaved() { "• " } else { "" };
            let name = format!("{unsaved}{}", face.name);
            let folder = face.folder.unwrap_or_default();
            Some(MenuLine::event(&name, &folder, Event::Places(PlacesEvent::Show(pane.id, own.tab))))
        };
        pane.tabs.iter().filter_map(line).collect()
    };
    menu::show(ui, id, "Tabs of this pane", lines, out);
    response.on_hover_text(format!("{words}. {}", Command::ListTabs.tooltip()));
}

/// Of a text whose name others have too: as much of its folder as tells it from them.
fn folder(workspace: &Workspace, tab: &Tab) -> Option<String> {
    let name = tab.document.path()?.file_name()?;
    let folders = |tab: &Tab| -> Option<Vec<String>> {
        let folder = tab.document.path().filter(|path| path.file_name() == Some(name))?.parent()?;
        let parts = folder.components().rev().map(|part| part.as_os_str().to_string_lossy().into_owned());
        Some(parts.collect())
    };
    let others: Vec<Vec<String>> =
        workspace.tabs.iter().filter(|other| other.id != tab.id).filter_map(folders).collect();
    (!others.is_empty()).then(|| distinct(&folders(tab).unwrap_or_default(), &others))
}

/// The folders of a file, the innermost first, as far as they tell it from others.
fn distinct(own: &[String], others: &[Vec<String>]) -> String {
    let differs = |count: &usize| others.iter().all(|other| other.get(..*count) != own.get(..*count));
    let count = (1..=own.len()).find(differs).unwrap_or(own.len());
    own[..count].iter().rev().map(String::as_str).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(own: &str, others: &[&str], shown: &str) {
        let parts = |path: &str| path.rsplit('/').map(str::to_owned).collect::<Vec<_>>();
        let others: Vec<Vec<String>> = others.iter().map(|path| parts(path)).collect();
        assert_eq!(distinct(&parts(own), &others), shown);
    }

    #[test]
    fn as_much_of_a_path_is_shown_as_tells_it_from_others() {
        check("a/b", &["a/c"], "b");
        check("x/src", &["y/src"], "x/src");
        check("x/src", &["y/src", "x/lib"], "x/src");
        check("src", &["x/src"], "src");
    }
}
