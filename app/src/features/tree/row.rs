//! One row of the tree: how it looks, what a click, a drag and a drop on it mean, and the field in which it is named.

use std::path::{Path, PathBuf};

use egui::text::{CCursor, CCursorRange};
use egui::{
    Area, Color32, CursorIcon, DragAndDrop, Id, Key, LayerId, Modifiers, Order, Rect, Response, Role, Sense,
    TextEdit, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use git::status::FileState;

use super::TreeEvent;
use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::{file_icons, icons, menu, widgets};
use crate::workspace::RepositoryView;
use crate::workspace::tree::{FileNaming, FileTree, Named, TreeEntry};

/// Height of a row.
pub(super) const ROW: f32 = 24.0;
/// Width of one step of indentation.
const STEP: f32 = 14.0;

/// What is dragged.
pub(super) struct Dragged(Vec<PathBuf>);

/// How the tree is drawn in this frame.
pub(super) struct Look<'a> {
    pub tree: &'a FileTree,
    /// What git says of the files.
    pub repository: Option<&'a RepositoryView>,
    /// Has the tree the keyboard?
    pub focused: bool,
    /// The folder that a drop would go into.
    pub target: Option<PathBuf>,
}

/// The id of the field of a name.
pub(super) fn name_id() -> Id {
    Id::unique("tree name")
}

/// The id of the menu.
pub(super) fn menu_id() -> Id {
    Id::unique("tree menu")
}

/// A word about a folder.
pub(super) fn note(ui: &mut Ui, text: &str, depth: usize) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let inner = rect.with_min_x(rect.left() + 34.0 + depth as f32 * STEP);
    if widgets::line_in(ui, inner, text, theme::label(), theme.muted).1 {
        response.on_hover_text(text);
    }
}

/// The row of something new.
pub(super) fn new(ui: &mut Ui, look: &Look<'_>, folder: bool, depth: usize, out: &mut Vec<Event>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let left = rect.left() + 12.0 + depth as f32 * STEP;
    let icon = if folder { icons::FOLDER } else { icons::FILE };
    widgets::paint_icon(ui, slot(rect, left + 18.0), icon, 15.0, Theme::of(ui).muted);
    if let Some(naming) = &look.tree.naming {
        field(ui, rect.with_min_x(left + 36.0), naming, out);
    }
}

/// The row of a file or folder.
pub(super) fn entry(
    ui: &mut Ui,
    look: &Look<'_>,
    (entry, depth, open): (&TreeEntry, usize, bool),
    out: &mut Vec<Event>,
) {
    let (rect, response) = ui
        .push_id(&entry.path, |ui| {
            ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click_and_drag())
        })
        .inner;
    let chosen = look.tree.is_chosen(&entry.path);
    let name = if entry.link { format!("{} (link)", entry.name) } else { entry.name.clone() };
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, chosen, &name));
    ground(ui, look, rect, entry, chosen, response.hovered());
    let left = rect.left() + 12.0 + depth as f32 * STEP;
    let naming = look.tree.naming.as_ref();
    let named = naming.filter(|naming| matches!(&naming.what, Named::Rename(path) if *path == entry.path));
    let cut = paint(ui, look, (rect, left), (entry, open, chosen), named.is_some());
    if let Some(naming) = named {
        return field(ui, rect.with_min_x(left + 36.0), naming, out);
    }
    pressed(ui, look, &response, entry, out);
    let response = dragged(look, response, entry, out);
    if cut || entry.link {
        response.on_hover_text(&name);
    }
}

fn slot(rect: Rect, left: f32) -> Rect {
    Rect::from_min_size(pos2(left, rect.top()), vec2(16.0, rect.height()))
}

fn ground(ui: &Ui, look: &Look<'_>, rect: Rect, entry: &TreeEntry, chosen: bool, hovered: bool) {
    let theme = Theme::of(ui);
    if look.target.as_deref() == Some(entry.path.as_path()) {
        ui.painter().rect_filled(rect, 0.0, theme::mix(theme.surface, theme.accent, 0.3));
    } else if chosen {
        let ground = if look.focused { theme.current(theme.surface) } else { theme.hover(theme.surface) };
        ui.painter().rect_filled(rect, 0.0, ground);
    } else if hovered {
        ui.painter().rect_filled(rect, 0.0, theme.hover(theme.surface));
    }
    // Of several rows one has the keyboard.
    if look.focused
        && look.tree.count_chosen() > 1
        && look.tree.current.as_deref() == Some(entry.path.as_path())
    {
        let stroke = egui::Stroke::new(1.0, theme.accent);
        ui.painter().rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
    }
}

/// The letter of what became of a file, at the right; what is left of the row.
fn letter(ui: &Ui, row: Rect, state: FileState) -> Rect {
    let ink = theme::git_colour(Theme::of(ui), state);
    let place = row.with_min_x(row.right() - 12.0);
    widgets::line_in(ui, place, &state.letter().to_string(), theme::semibold(11.0), ink);
    row.with_max_x(place.left() - 4.0)
}

/// Icons and name; true when the name is cut.
fn paint(
    ui: &Ui,
    look: &Look<'_>,
    (rect, left): (Rect, f32),
    (entry, open, chosen): (&TreeEntry, bool, bool),
    is_named: bool,
) -> bool {
    let theme = Theme::of(ui);
    let faded = theme::mix(theme.surface, theme.muted, 0.75);
    let aside = entry.ignored || look.tree.cut.contains(&entry.path);
    let ink = match (aside, chosen) {
        (true, _) => faded,
        (false, true) => theme.text,
        (false, false) => theme::mix(theme.surface, theme.text, 0.9),
    };
    let state = look.repository.filter(|_| !aside).and_then(|repository| {
        let within = || repository.differs_in(&entry.path).then_some(FileState::Modified);
        repository.state_of(&entry.path).or_else(|| if entry.folder { within() } else { None })
    });
    let ink = state.map_or(ink, |state| theme::git_colour(theme, state));
    let icon_ink = if aside { faded } else { theme.muted };
    if entry.folder {
        let arrow = if open { icons::CHEVRON_DOWN } else { icons::CHEVRON_RIGHT };
        widgets::paint_icon(ui, slot(rect, left), arrow, 14.0, icon_ink);
    }
    let (icon, colour) = icon_of(entry, open, theme);
    widgets::paint_icon(ui, slot(rect, left + 18.0), icon, 15.0, if aside { faded } else { colour });
    if is_named {
        return false;
    }
    let mark = if entry.link { 18.0 } else { 0.0 };
    let text =
        Rect::from_min_max(pos2(left + 40.0, rect.top()), pos2(rect.right() - 8.0 - mark, rect.bottom()));
    let text = match state.filter(|_| !entry.folder) {
        Some(state) => letter(ui, text, state),
        None => text,
    };
    let (width, cut) = widgets::line_in(ui, text, &entry.name, theme::body(), ink);
    if entry.link {
        widgets::paint_icon(ui, slot(rect, text.left() + width + 3.0), icons::CORNER_UP_RIGHT, 12.0, faded);
    }
    cut
}

fn pressed(ui: &Ui, look: &Look<'_>, response: &Response, entry: &TreeEntry, out: &mut Vec<Event>) {
    let path = || entry.path.clone();
    if response.clicked() {
        let Modifiers { shift, command, .. } = ui.input(|input| input.modifiers);
        out.push(Event::Tree(match (shift, command) {
            (true, _) => TreeEvent::ChooseTo(path()),
            (_, true) => TreeEvent::ChooseAlso(path()),
            _ => TreeEvent::Click(path()),
        }));
    }
    if response.double_clicked() && !entry.folder {
        out.push(Event::KeepFile(path()));
    }
    if menu::on_secondary_click(response, menu_id()) {
        out.push(Event::Tree(TreeEvent::Choose(path())));
    }
    // A drag takes what is chosen, or this row alone.
    if response.drag_started_by(egui::PointerButton::Primary) {
        let chosen = look.tree.is_chosen(&entry.path);
        let paths = if chosen { look.tree.targets() } else { vec![path()] };
        let paths: Vec<PathBuf> =
            paths.into_iter().filter(|path| !look.tree.roots().any(|root| root == path)).collect();
        if !paths.is_empty() {
            DragAndDrop::set_payload(ui.ctx(), Dragged(paths));
        }
        out.push(Event::Tree(TreeEvent::Choose(path())));
    }
}

/// The folder that a drop on an entry goes into.
fn folder_of<'a>(tree: &'a FileTree, entry: &'a TreeEntry) -> &'a Path {
    if entry.folder { &entry.path } else { entry.path.parent().unwrap_or(&tree.root) }
}

fn dragged(look: &Look<'_>, response: Response, entry: &TreeEntry, out: &mut Vec<Event>) -> Response {
    let folder = folder_of(look.tree, entry);
    if response.dnd_hover_payload::<Dragged>().is_some_and(|dragged| fits(&dragged.0, folder)) {
        set_target(&response.ctx, folder);
    }
    if let Some(dragged) = response.dnd_release_payload::<Dragged>() {
        drop_on(&response.ctx, &dragged.0, folder, out);
    }
    response
}

/// Is the folder another one than theirs, and none of them?
fn fits(paths: &[PathBuf], folder: &Path) -> bool {
    !paths.iter().any(|path| folder.starts_with(path))
        && paths.iter().any(|path| path.parent() != Some(folder))
}

fn drop_on(ctx: &egui::Context, paths: &[PathBuf], folder: &Path, out: &mut Vec<Event>) {
    let copies = ctx.input(|input| input.modifiers.command);
    if fits(paths, folder) || (copies && !paths.iter().any(|path| folder.starts_with(path))) {
        out.push(Event::Tree(TreeEvent::Drop(paths.to_vec(), folder.to_owned(), copies)));
    }
}

fn target_id() -> Id {
    Id::unique("tree drop target")
}

fn set_target(ctx: &egui::Context, folder: &Path) {
    ctx.data_mut(|data| data.insert_temp(target_id(), folder.to_owned()));
}

/// The folder that the pointer was over in the frame before, while something is dragged.
pub(super) fn take_target(ctx: &egui::Context) -> Option<PathBuf> {
    let target = ctx.data_mut(|data| data.remove_temp::<PathBuf>(target_id()));
    target.filter(|_| DragAndDrop::has_payload_of_type::<Dragged>(ctx))
}

/// A drop beneath the rows goes to the folder at the top; and what is dragged is written beside the pointer.
pub(super) fn dragging(ui: &Ui, look: &Look<'_>, free: Rect, out: &mut Vec<Event>) {
    let ctx = ui.ctx();
    let Some(dragged) = DragAndDrop::payload::<Dragged>(ctx) else { return };
    let Some(at) = ctx.pointer_interact_pos() else { return };
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        return DragAndDrop::clear_payload(ctx);
    }
    if free.contains(at) {
        if ui.input(|input| input.pointer.any_released()) {
            DragAndDrop::clear_payload(ctx);
            return drop_on(ctx, &dragged.0, &look.tree.root, out);
        }
        set_target(ctx, &look.tree.root);
    }
    let copies = ui.input(|input| input.modifiers.command);
    ctx.set_cursor_icon(if copies { CursorIcon::Copy } else { CursorIcon::Grabbing });
    let what = match &dragged.0[..] {
        [one] => one.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        many => format!("{} items", many.len()),
    };
    let words = if copies { format!("Copy {what}") } else { what };
    let theme = Theme::of(ui);
    let painter = ctx.layer_painter(LayerId::new(Order::Tooltip, Id::unique("tree drag")));
    let galley = painter.layout_no_wrap(words, theme::label(), theme.text);
    let rect = Rect::from_min_size(at + vec2(14.0, 10.0), galley.size()).expand2(vec2(8.0, 4.0));
    painter.rect_filled(rect, f32::from(theme::RADIUS), theme.raised);
    painter.rect_stroke(rect, f32::from(theme::RADIUS), theme.hairline(), egui::StrokeKind::Inside);
    painter.galley(rect.min + vec2(8.0, 4.0), galley, theme.text);
}

/// The field in which something is named. What is wrong stands beneath it.
fn field(ui: &mut Ui, rect: Rect, naming: &FileNaming, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let rect = Rect::from_min_max(rect.min + vec2(0.0, 1.0), pos2(rect.right() - 6.0, rect.bottom() - 1.0));
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect));
    begin_selected(&inner, naming);
    let ink = if naming.error.is_some() { theme.error } else { theme.accent };
    let frame = egui::Frame::new()
        .fill(theme.background)
        .stroke(egui::Stroke::new(1.0, ink))
        .corner_radius(theme::RADIUS)
        .inner_margin(egui::Margin::symmetric(4, 2));
    let mut text = naming.text.clone();
    let edit = TextEdit::singleline(&mut text)
        .id(name_id())
        .font(theme::body())
        .desired_width(rect.width() - 8.0)
        .frame(frame);
    let response = edit.show(&mut inner).response.response;
    let label = match naming.what {
        Named::File(_) => "Name of the new file",
        Named::Folder(_) => "Name of the new folder",
        Named::Rename(_) => "New name",
    };
    let response = response.accessible_name(label);
    if response.changed() {
        out.push(Event::Tree(TreeEvent::Name(text)));
    } else if response.clicked_elsewhere() {
        out.push(Event::Tree(TreeEvent::NameLeft));
    }
    if let Some(error) = &naming.error {
        wrong(ui, rect, error);
    }
}

/// The field begins with its stem selected: that is what mostly changes.
fn begin_selected(ui: &Ui, naming: &FileNaming) {
    let what = format!("{:?}", naming.what);
    let known: Option<String> = ui.data(|data| data.get_temp(name_id()));
    if known.as_ref() == Some(&what) && ui.ctx().read_response(name_id()).is_some() {
        return;
    }
    ui.data_mut(|data| data.insert_temp(name_id(), what));
    let mut state = TextEdit::load_state(ui.ctx(), name_id()).unwrap_or_default();
    let range = CCursorRange::two(CCursor::new(0), CCursor::new(naming.stem_len()));
    state.cursor.set_char_range(Some(range));
    state.store(ui.ctx(), name_id());
}

fn wrong(ui: &Ui, rect: Rect, error: &str) {
    let theme = Theme::of(ui);
    let area = Area::new(name_id().with("error"))
        .order(Order::Foreground)
        .fixed_pos(rect.left_bottom() + vec2(0.0, 2.0));
    area.interactable(false).show(ui.ctx(), |ui| {
        theme.popover().inner_margin(6).show(ui, |ui| {
            ui.set_width(rect.width().max(240.0));
            ui.add(
                egui::Label::new(egui::RichText::new(error).font(theme::label()).color(theme.error)).wrap(),
            );
        });
    });
}

/// What stands before the name, and its colour.
fn icon_of(entry: &TreeEntry, open: bool, theme: &Theme) -> (char, Color32) {
    if entry.folder {
        return (if open { icons::FOLDER_OPEN } else { icons::FOLDER }, theme.muted);
    }
    let icon = file_icons::of(&entry.name);
    (icon.sign, icon.colour(theme))
}
