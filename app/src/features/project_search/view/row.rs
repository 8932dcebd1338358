//! One row: the head of a file, or a line of it in its colours, with what was found marked and what would come in its place.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use editor_core::token::TokenKind;
use editor_core::{Change, Language, lexer};
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align, Align2, Color32, Galley, Layout, Rect, Response, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};
use search::page::SearchRow;
use search::{FileHits, Hit, HitPlace, hits};

use super::super::ProjectSearchEvent;
use super::look::ListLook;
use super::{ROW, happened, result_menu};
use crate::event::Event;
use crate::ui::{code, file_icons, icons, menu, theme, widgets};
use crate::workspace::tree::FileTree;

/// Size of line numbers.
const NUMBERS: f32 = 11.5;
/// Space for line numbers.
const GUTTER: f32 = 52.0;
/// Chars kept before a match that is too far right to be seen.
const BEFORE: usize = 16;
/// A button of a row.
const BUTTON: f32 = 20.0;

/// Shows a row, by its number.
pub fn show(ui: &mut Ui, look: &ListLook<'_>, index: usize, out: &mut Vec<Event>) {
    let page = &look.search.results.page;
    let Some(row) = page.row(index) else { return };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let response = ui.interact(rect, ui.scope_id().with(("row", index)), Sense::click());
    let is_current = look.current == Some(index);
    let over = ui.rect_contains_pointer(rect);
    let theme = look.theme;
    if is_current {
        let ground =
            if look.focused { theme.current(theme.background) } else { theme.hover(theme.background) };
        ui.painter().rect_filled(rect, 0.0, ground);
    } else if over {
        ui.painter().rect_filled(rect, 0.0, theme.hover(theme.background));
    }
    menu::of(ui, &response, "Menu of the result", || result_menu::lines(look, row), out);
    match row {
        SearchRow::File(file) => {
            let Some(found) = page.file(file) else { return };
            head(ui, look, found, (rect, &response, over || is_current), is_current, out);
        }
        SearchRow::Line(file, line) => {
            let Some((found, shown)) = page.file(file).and_then(|file| Some((file, file.lines.get(line)?)))
            else {
                return;
            };
            let before = line.checked_sub(1).and_then(|line| found.lines.get(line));
            if before.is_some_and(|before| before.number + 1 != shown.number) {
                // Lines are left out here.
                let line = Rect::from_min_max(rect.left_top(), pos2(rect.left() + GUTTER - 8.0, rect.top()));
                ui.painter().hline(line.x_range(), rect.top() + 0.5, theme.hairline());
            }
            one_line(ui, look, (found, shown), (rect, &response, over || is_current), is_current, out);
        }
    }
}

/// Where a row is, what it is to the pointer, and whether its buttons are shown.
type Spot<'a> = (Rect, &'a Response, bool);

/// The head of a file: its name, its folder, how many results it has.
fn head(
    ui: &mut Ui,
    look: &ListLook<'_>,
    found: &FileHits,
    (rect, response, buttons): Spot<'_>,
    current: bool,
    out: &mut Vec<Event>,
) {
    let theme = look.theme;
    let (name, folder) = names(look, &found.place);
    let capped = if found.is_capped { "+" } else { "" };
    let count = format!("{}{capped}", found.hits.len());
    let results = if count == "1" { "result" } else { "results" };
    let whole = format!("{name}, {count} {results}, {folder}");
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, current, &whole));
    let collapsed = look.search.results.page.is_collapsed(&found.place);
    let arrow = if collapsed { icons::CHEVRON_RIGHT } else { icons::CHEVRON_DOWN };
    let slot = |x: f32| Rect::from_min_size(pos2(rect.left() + x, rect.top()), vec2(16.0, rect.height()));
    widgets::paint_icon(ui, slot(6.0), arrow, 14.0, theme.muted);
    let icon = file_icons::of(&name);
    widgets::paint_icon(ui, slot(24.0), icon.sign, 14.0, icon.colour(theme));
    let mut end = rect.right() - 8.0;
    if buttons {
        end = actions(ui, look, (rect, end), found, None, out) - 4.0;
    }
    let badge = ui.painter().layout_no_wrap(count, theme::caption(), theme.muted);
    end -= badge.size().x;
    ui.painter().galley(pos2(end, rect.center().y - badge.size().y / 2.0), badge, theme.muted);
    let mut place = Rect::from_min_max(pos2(rect.left() + 46.0, rect.top()), pos2(end - 10.0, rect.bottom()));
    let (width, mut cut) = widgets::line_in(ui, place, &name, theme::medium(13.0), theme.text);
    place.min.x += width + 8.0;
    if !folder.is_empty() {
        cut |= place.width() < 24.0 || widgets::line_in(ui, place, &folder, theme::label(), theme.muted).1;
    }
    if response.clicked() {
        happened(out, ProjectSearchEvent::Click(found.place.clone(), None));
    }
    if cut {
        response.clone().on_hover_text(format!("{folder}/{name}"));
    }
}

/// A file's name and its folder in what is searched.
fn names(look: &ListLook<'_>, place: &HitPlace) -> (String, String) {
    let path = match place {
        HitPlace::File(path) => path.as_path(),
        HitPlace::Text(number) => {
            let tab = look.workspace.tabs.iter().find(|tab| tab.id.0 == *number);
            return (
                tab.map_or_else(|| "Text".to_owned(), |tab| tab.document.title()),
                "not saved".to_owned(),
            );
        }
    };
    let mut roots = look.workspace.tree.iter().flat_map(FileTree::roots);
    let below = roots.find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    (name, below.parent().unwrap_or(Path::new("")).display().to_string())
}

/// What can be done with a row, at its right end; answers where that begins.
fn actions(
    ui: &mut Ui,
    look: &ListLook<'_>,
    (rect, end): (Rect, f32),
    found: &FileHits,
    line: Option<usize>,
    out: &mut Vec<Event>,
) -> f32 {
    let what = if line.is_none() { "file" } else { "line" };
    let place = || found.place.clone();
    let area = rect.with_max_x(end);
    let builder = UiBuilder::new().max_rect(area).layout(Layout::right_to_left(Align::Center));
    let mut right = ui.new_child(builder.id_salt(("actions", line)));
    right.spacing_mut().item_spacing.x = 2.0;
    let mut button = |icon: char, name: &str, event: ProjectSearchEvent, key: &str| {
        let clicked =
            right.push_id(name, |ui| widgets::icon_button(ui, icon, BUTTON, name, &format!("{name}{key}")));
        if clicked.inner.clicked() {
            happened(out, event);
        }
    };
    let key = if look.replaces() { " (Ctrl+Backspace)" } else { " (Delete)" };
    button(icons::X, &format!("Dismiss {what}"), ProjectSearchEvent::DismissRow(place(), line), key);
    if look.replaces() {
        let refused = look.search.previews.of(&found.place).and_then(|preview| preview.as_ref().err());
        match refused {
            Some(why) => button(icons::WARNING, why, ProjectSearchEvent::Review(place()), ""),
            None => {
                let name = format!("Replace in {what}");
                button(icons::REPLACE, &name, ProjectSearchEvent::ReplaceRow(place(), line), " (Ctrl+Enter)");
            }
        }
        if line.is_none() {
            let name = "Review the changes in the file";
            button(icons::FILE_DIFF, name, ProjectSearchEvent::Review(place()), "");
        }
    }
    right.min_rect().left().min(end)
}

/// A line of a file.
fn one_line(
    ui: &mut Ui,
    look: &ListLook<'_>,
    (found, line): (&Arc<FileHits>, &hits::HitLine),
    (rect, response, buttons): Spot<'_>,
    current: bool,
    out: &mut Vec<Event>,
) {
    let theme = look.theme;
    let name = format!("{}: {}", line.number + 1, line.text.trim());
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, current, &name));
    let ink = if line.is_match { theme.muted } else { theme::mix(theme.background, theme.muted, 0.7) };
    let end = pos2(rect.left() + GUTTER - 10.0, rect.center().y);
    ui.painter().text(end, Align2::RIGHT_CENTER, line.number + 1, theme::code(NUMBERS), ink);
    let mut right = rect.right() - 8.0;
    let begins = found.hits.binary_search_by_key(&line.number, |hit| hit.line).is_ok();
    if buttons && begins {
        right = actions(ui, look, (rect, right), found, Some(line.number), out) - 4.0;
    }
    let place = Rect::from_min_max(pos2(rect.left() + GUTTER, rect.top()), pos2(right, rect.bottom()));
    let drawn = Drawn::new(ui, look, found, line, place.width());
    let corner = pos2(place.left(), (place.center().y - drawn.galley.size().y / 2.0).round());
    ui.painter().with_clip_rect(place.intersect(ui.clip_rect())).galley(
        corner,
        Arc::clone(&drawn.galley),
        theme.text,
    );
    let at = || {
        let at = response.interact_pointer_pos()?;
        drawn.hit_at(at - corner)
    };
    if response.double_clicked() {
        happened(out, ProjectSearchEvent::DoubleClick(found.place.clone(), Some(line.number)));
    } else if response.clicked() {
        let event = match at() {
            Some(hit) => ProjectSearchEvent::ClickHit(found.place.clone(), hit),
            None => ProjectSearchEvent::Click(found.place.clone(), Some(line.number)),
        };
        happened(out, event);
    }
    if drawn.galley.elided {
        response.clone().on_hover_text(egui::RichText::new(&line.text).font(theme::code(12.0)));
    }
}

/// Has the glyphs of code drawn while there are no rows yet, in the size of the rows: the first time a letter is drawn it takes many
/// times as long, and all rows come within one frame. Each a few times, since where it stands between two pixels counts.
pub fn draw_glyphs_ahead(ui: &Ui, look: &ListLook<'_>) {
    let all: String = (' '..='~').flat_map(|letter| [letter; 4]).collect();
    let _drawn = ui.painter().layout_no_wrap(all, theme::code(look.size), look.theme.text);
    let digits: String = ('0'..='9').flat_map(|digit| [digit; 4]).collect();
    let _drawn = ui.painter().layout_no_wrap(digits, theme::code(NUMBERS), look.theme.muted);
}

/// A line that is laid out, with where its hits are in it.
struct Drawn {
    galley: Arc<Galley>,
    /// Hits by index with their chars in the galley.
    hits: Vec<(usize, Range<usize>)>,
}

impl Drawn {
    fn new(ui: &Ui, look: &ListLook<'_>, found: &FileHits, line: &hits::HitLine, width: f32) -> Drawn {
        let painted = Painted::new(look, found, line, width);
        let mut job = painted.job;
        job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
        Drawn { galley: ui.painter().layout_job(job), hits: painted.hits }
    }

    fn hit_at(&self, at: egui::Vec2) -> Option<usize> {
        let index = self.galley.cursor_from_pos(at).index.0;
        self.hits.iter().find(|(_, chars)| chars.contains(&index)).map(|(hit, _)| *hit)
    }
}

/// A line as a text with colours.
#[derive(Default)]
struct Painted {
    job: LayoutJob,
    chars: usize,
    hits: Vec<(usize, Range<usize>)>,
}

impl Painted {
    fn new(look: &ListLook<'_>, found: &FileHits, line: &hits::HitLine, width: f32) -> Painted {
        let mut painted = Painted::default();
        let chars: Vec<char> = line.text.chars().collect();
        let from = first_shown(look, line, &chars, width);
        let format = |colour: Color32| TextFormat::simple(theme::code(look.size), colour);
        if from > 0 && chars[..from].iter().any(|c| !c.is_whitespace()) || line.cut_before > 0 {
            painted.push("…", &format(look.theme.muted));
        }
        let first = found.hits.partition_point(|hit| hit.line < line.number);
        let own = found.hits[first..].iter().take_while(|hit| hit.line == line.number);
        let own: Vec<(usize, &Hit)> = own.enumerate().map(|(index, hit)| (first + index, hit)).collect();
        let tokens = lexer::line(language(&found.place), &line.text);
        let mut at = from;
        for mark in &line.marks {
            painted.plain(look, (&chars, &tokens), at..mark.start.max(at));
            let hit = own.iter().find(|(_, hit)| hit.column.checked_sub(line.cut_before) == Some(mark.start));
            painted.mark(look, (&chars, &tokens), mark.start.max(at)..mark.end.max(at), hit.copied(), found);
            at = mark.end.max(at);
        }
        painted.plain(look, (&chars, &tokens), at..chars.len());
        if line.is_cut_behind {
            painted.push("…", &format(look.theme.muted));
        }
        painted
    }

    fn push(&mut self, text: &str, format: &TextFormat) {
        self.chars += text.chars().count();
        self.job.append(text, 0.0, format.clone());
    }

    /// Chars in the colours of their tokens, on a ground or none.
    fn tokens(
        &mut self,
        look: &ListLook<'_>,
        (chars, tokens): (&[char], &[(Range<usize>, TokenKind)]),
        range: Range<usize>,
        format: impl Fn(Color32) -> TextFormat,
    ) {
        let mut at = range.start;
        while at < range.end {
            let own = tokens.iter().find(|(token, _)| token.contains(&at));
            let next = tokens.iter().map(|(token, _)| token.start).find(|start| *start > at);
            let end = own.map(|(token, _)| token.end).or(next).unwrap_or(range.end).min(range.end);
            let colour = own.and_then(|(_, token)| code::colour_of(look.theme, *token));
            let format = format(colour.map_or(look.theme.text, |(colour, _)| colour));
            self.push(&shown(&chars[at..end], look.workspace.settings.editor.tab_width as usize), &format);
            at = end;
        }
    }

    fn plain(
        &mut self,
        look: &ListLook<'_>,
        text: (&[char], &[(Range<usize>, TokenKind)]),
        range: Range<usize>,
    ) {
        let simple = |colour| TextFormat::simple(theme::code(look.size), colour);
        self.tokens(look, text, range, simple);
    }

    /// A match, or the part of one that lies on this line, and what would come in its place.
    fn mark(
        &mut self,
        look: &ListLook<'_>,
        text: (&[char], &[(Range<usize>, TokenKind)]),
        range: Range<usize>,
        hit: Option<(usize, &Hit)>,
        found: &FileHits,
    ) {
        let theme = look.theme;
        let is_current = hit.is_some_and(|(index, _)| {
            let cursor = look.search.results.cursor.as_ref();
            cursor.is_some_and(|cursor| cursor.hit == Some(index) && cursor.place == found.place)
        });
        let change = preview(look, found, hit);
        let (ground, strike) = match change {
            Some(_) => (
                theme::mix(theme.removed_ground, theme.removed, if is_current { 0.4 } else { 0.2 }),
                Stroke::new(1.0, theme.removed),
            ),
            None => (
                theme::mix(theme.background, theme.warning, if is_current { 0.55 } else { 0.25 }),
                Stroke::NONE,
            ),
        };
        let start = self.chars;
        self.tokens(look, text, range, |colour| TextFormat {
            background: ground,
            strikethrough: strike,
            ..TextFormat::simple(theme::code(look.size), colour)
        });
        if let Some(change) = change {
            let ground = theme::mix(theme.added_ground, theme.added, if is_current { 0.4 } else { 0.2 });
            let format =
                TextFormat { background: ground, ..TextFormat::simple(theme::code(look.size), theme.text) };
            let insert: Vec<char> = change.insert.chars().filter(|c| *c != '\r').collect();
            self.push(&shown(&insert, look.workspace.settings.editor.tab_width as usize), &format);
        }
        if let Some((index, _)) = hit {
            self.hits.push((index, start..self.chars));
        }
    }
}

/// What would come in the place of a hit.
fn preview<'a>(look: &'a ListLook<'_>, found: &FileHits, hit: Option<(usize, &Hit)>) -> Option<&'a Change> {
    let changes = look.search.previews.of(&found.place)?.as_ref().ok()?;
    let (_, hit) = hit?;
    let at = changes.binary_search_by_key(&hit.range.start, |change| change.range.start).ok()?;
    changes.get(at).filter(|change| change.range == hit.range)
}

/// The first char that is shown: indentation says nothing where lines stand alone, and what was found must be seen.
fn first_shown(look: &ListLook<'_>, line: &hits::HitLine, chars: &[char], width: f32) -> usize {
    let blank = chars.iter().take_while(|c| c.is_whitespace()).count();
    let first = line.marks.first().map_or(chars.len(), |mark| mark.start);
    let indent = if look.search.form.context == 0 { blank.min(first) } else { 0 };
    let room = (width * 0.75 / look.cell) as usize;
    match line.marks.first() {
        Some(mark) if mark.start.saturating_sub(indent) > room => {
            mark.start.saturating_sub(BEFORE).max(indent)
        }
        _ => indent,
    }
}

/// Chars as they are drawn: tabs as blanks, line breaks as a sign, and what nobody would see written out.
fn shown(chars: &[char], tab: usize) -> String {
    let mut text = String::new();
    for &c in chars {
        match c {
            '\t' => text.extend(std::iter::repeat_n(' ', tab)),
            '\n' => text.push('⏎'),
            c if code::is_hidden(c) => text.push_str(&format!("<{:02X}>", c as u32)),
            c => text.push(c),
        }
    }
    text
}

fn language(place: &HitPlace) -> Language {
    match place {
        HitPlace::File(path) => Language::detect(Some(path), ""),
        HitPlace::Text(_) => Language::PlainText,
    }
}
