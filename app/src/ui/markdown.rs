//! Markdown as models write it: headings, paragraphs, lists, emphasis, code. Links are shown, never followed.

use std::sync::Arc;

use editor_core::{Language, lexer};
use egui::cache::{ComputerMut, FrameCache};
use egui::text::{LayoutJob, TextFormat};
use egui::{FontId, Frame, Margin, Ui};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::widgets::{self, Tone};
use super::{code, menu};
use crate::ui::theme::{self, Theme};

/// Height of the buttons of a piece of code.
const SMALL: f32 = 22.0;
/// Width of one step of a list.
const STEP: f32 = 16.0;
/// Points by which code among words has less height than they have; half of it is what their lines are apart otherwise.
const LOWER: f32 = 2.0;
/// Greatest width of a cell of a table, in parts of the room there is.
const CELL: f32 = 0.5;

/// Shows a text; one that is cut off in the middle is shown as far as it goes.
pub fn show(ui: &mut Ui, text: &str) -> Option<(CodeAction, String)> {
    let mut wanted = None;
    for block in blocks(text) {
        match block {
            Block::Text { spans, bullet, depth } => paragraph(ui, &spans, &bullet, depth),
            Block::Code { language, text } => {
                if let Some(action) = code(ui, language, &text) {
                    wanted = Some((action, text));
                }
            }
            Block::Table(rows) => table(ui, &rows),
            Block::Rule => {
                ui.separator();
            }
        }
    }
    wanted
}

/// What can be done with a piece of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAction {
    /// Put it on the clipboard.
    Copy,
    /// Put it at the caret.
    Insert,
    /// Propose it in the place of the code that is talked about.
    Apply,
    /// It was clicked with the other button.
    Menu,
}

/// A stretch of text in one style.
#[derive(Clone, Debug, Default, PartialEq)]
struct Span {
    text: String,
    style: Style,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Style {
    strong: bool,
    slanted: bool,
    code: bool,
    link: bool,
    heading: u8,
}

#[derive(Clone, Debug, PartialEq)]
enum Block {
    Text {
        spans: Vec<Span>,
        bullet: String,
        depth: usize,
    },
    Code {
        language: Language,
        text: String,
    },
    /// Rows of cells, the first one their titles.
    Table(Vec<Vec<Vec<Span>>>),
    Rule,
}

#[derive(Default)]
struct Builder {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    style: Style,
    /// For each open list, the next number, if it is numbered.
    lists: Vec<Option<u64>>,
    bullet: String,
    code: Option<(Language, String)>,
    table: Option<Vec<Vec<Vec<Span>>>>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut builder = Builder::default();
    for event in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES) {
        builder.take(event);
    }
    builder.end_block();
    builder.blocks
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.push(&text, self.style),
            },
            Event::Code(text) => self.push(&text, Style { code: true, ..self.style }),
            Event::SoftBreak => self.push(" ", self.style),
            Event::HardBreak => self.push("\n", self.style),
            Event::Rule => self.blocks.push(Block::Rule),
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text, self.style),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Table(_) => {
                self.end_block();
                self.table = Some(Vec::new());
            }
            Tag::TableHead | Tag::TableRow => {
                self.style.strong = matches!(tag, Tag::TableHead);
                self.table.get_or_insert_default().push(Vec::new());
            }
            Tag::Heading { level, .. } => self.style.heading = rank(level),
            Tag::Strong => self.style.strong = true,
            Tag::Emphasis => self.style.slanted = true,
            Tag::Link { .. } => self.style.link = true,
            Tag::List(first) => {
                self.end_block();
                self.lists.push(first);
            }
            Tag::Item => {
                self.bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    _ => "•".to_owned(),
                };
            }
            Tag::CodeBlock(kind) => {
                self.end_block();
                let word = match &kind {
                    CodeBlockKind::Fenced(word) => word.split_whitespace().next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                self.code = Some((Language::by_word(word).unwrap_or_default(), String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.end_block();
                self.style.heading = 0;
            }
            TagEnd::Paragraph | TagEnd::Item => self.end_block(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.spans);
                if let Some(row) = self.table.as_mut().and_then(|rows| rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::TableHead => self.style.strong = false,
            TagEnd::Table => self.blocks.extend(self.table.take().map(Block::Table)),
            TagEnd::Strong => self.style.strong = false,
            TagEnd::Emphasis => self.style.slanted = false,
            TagEnd::Link => self.style.link = false,
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    self.blocks.push(Block::Code { language, text: text.trim_end().to_owned() });
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str, style: Style) {
        self.spans.push(Span { text: text.to_owned(), style });
    }

    fn end_block(&mut self) {
        self.blocks.extend(self.table.take().map(Block::Table));
        if let Some((language, text)) = self.code.take() {
            self.blocks.push(Block::Code { language, text });
        }
        if !self.spans.is_empty() {
            let (spans, bullet) = (std::mem::take(&mut self.spans), std::mem::take(&mut self.bullet));
            self.blocks.push(Block::Text { spans, bullet, depth: self.lists.len() });
        }
    }
}

/// A table with its titles set apart; a wide one is scrolled.
fn table(ui: &mut Ui, rows: &[Vec<Vec<Span>>]) {
    let theme = Theme::of(ui);
    let salt = ui.next_auto_id();
    let frame = Frame::new().stroke(theme.hairline()).corner_radius(theme::RADIUS);
    frame.inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
        let widest = (ui.available_width() * CELL).max(120.0);
        egui::ScrollArea::horizontal().id_salt(salt).show(ui, |ui| {
            let grid = egui::Grid::new(salt).spacing([18.0, 6.0]).min_row_height(0.0).striped(false);
            grid.show(ui, |ui| {
                for row in rows {
                    for cell in row {
                        let mut job = LayoutJob::default();
                        for span in cell {
                            job.append(&span.text, 0.0, format(span.style, theme));
                        }
                        // A long cell is broken, so that the others stay in sight.
                        job.wrap.max_width = widest;
                        ui.add(egui::Label::new(job).selectable(true));
                    }
                    ui.end_row();
                }
            });
        });
    });
}

fn rank(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        _ => 3,
    }
}

fn paragraph(ui: &mut Ui, spans: &[Span], bullet: &str, depth: usize) {
    let theme = Theme::of(ui);
    let mut job = LayoutJob::default();
    for span in spans {
        job.append(&span.text, 0.0, format(span.style, theme));
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(depth.saturating_sub(1) as f32 * STEP);
        if depth > 0 {
            let (rect, _) = ui.allocate_exact_size(egui::vec2(STEP, 18.0), egui::Sense::hover());
            paint_bullet(ui, rect, bullet);
        }
        ui.add(egui::Label::new(job).wrap().selectable(true));
    });
}

fn paint_bullet(ui: &Ui, rect: egui::Rect, bullet: &str) {
    widgets::line_in(ui, rect, bullet, theme::body(), Theme::of(ui).muted);
}

fn format(style: Style, theme: &Theme) -> TextFormat {
    let font: FontId = match style {
        Style { code: true, .. } => theme::code(12.0),
        Style { heading: 1, .. } => theme::semibold(17.0),
        Style { heading: 2, .. } => theme::semibold(15.0),
        Style { heading: 3, .. } | Style { strong: true, .. } => theme::semibold(13.0),
        _ => theme::body(),
    };
    let colour = if style.link { theme.accent } else { theme.text };
    let height = font.size.max(theme::body().size) * 1.5;
    // Code is smaller than the words around it: it stands on their line, and its ground leaves the lines apart.
    let (line_height, valign) = match style {
        Style { code: true, heading: 0, .. } => (height - LOWER, egui::Align::BOTTOM),
        _ => (height, egui::Align::Center),
    };
    TextFormat {
        italics: style.slanted,
        background: if style.code { theme.raised } else { egui::Color32::TRANSPARENT },
        line_height: Some(line_height),
        valign,
        ..TextFormat::simple(font, colour)
    }
}

fn code(ui: &mut Ui, language: Language, text: &str) -> Option<CodeAction> {
    let theme = Theme::of(ui);
    let frame = Frame::new().fill(theme.background).stroke(theme.hairline()).corner_radius(theme::RADIUS);
    let shown = frame.inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
        egui::ScrollArea::horizontal().id_salt(ui.next_auto_id()).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.add(egui::Label::new(coloured(ui, language, text)).extend().selectable(true));
        });
    });
    let mut wanted = menu::clicked_in(ui, shown.response.rect).map(|_| CodeAction::Menu);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if widgets::sized_button(ui, "Copy", "", Tone::Quiet, SMALL).on_hover_text("Copy this code").clicked()
        {
            wanted = Some(CodeAction::Copy);
        }
        let insert = widgets::sized_button(ui, "Insert", "", Tone::Quiet, SMALL);
        let apply = widgets::sized_button(ui, "Apply", "", Tone::Quiet, SMALL);
        if apply.on_hover_text("Review this code as a replacement for what was explained").clicked() {
            wanted = Some(CodeAction::Apply);
        }
        if insert.on_hover_text("Insert this code at the caret").clicked() {
            wanted = Some(CodeAction::Insert);
        }
    });
    wanted
}

/// Code in its colours, parsed once for as long as it is shown.
fn coloured(ui: &Ui, language: Language, text: &str) -> Arc<LayoutJob> {
    // By its place, for another theme is another colour.
    let theme = Theme::of(ui);
    let key = (std::ptr::from_ref(theme) as usize, theme.dark, language, text);
    ui.memory_mut(|memory| memory.caches.cache::<FrameCache<_, Colourer>>().get(key).clone())
}

#[derive(Default)]
struct Colourer;

impl ComputerMut<(usize, bool, Language, &str), Arc<LayoutJob>> for Colourer {
    fn compute(&mut self, (_, dark, language, text): (usize, bool, Language, &str)) -> Arc<LayoutJob> {
        Arc::new(code_job(Theme::for_dark(dark), language, text))
    }
}

fn code_job(theme: &Theme, language: Language, text: &str) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut append = |text: &str, colour| {
        let format = TextFormat { line_height: Some(18.0), ..TextFormat::simple(theme::code(12.0), colour) };
        job.append(text, 0.0, format);
    };
    let parsed = crate::workspace::edit::tokens(language, text);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let chars: Vec<char> = line.chars().collect();
        let stretch = |range: std::ops::Range<usize>| chars[range].iter().collect::<String>();
        let tokens = parsed.get(number).cloned();
        let tokens = tokens.unwrap_or_else(|| lexer::line(language, line.trim_end_matches('\n')));
        let mut at = 0;
        for (range, token) in tokens {
            let (start, end) = (range.start.clamp(at, chars.len()), range.end.clamp(at, chars.len()));
            append(&stretch(at..start), theme.text);
            append(
                &stretch(start..end),
                code::colour_of(theme, token).map_or(theme.text, |(colour, _)| colour),
            );
            at = end;
        }
        append(&stretch(at..chars.len()), theme.text);
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        blocks(text)
            .iter()
            .map(|block| match block {
                Block::Text { spans, bullet, depth } => {
                    let text: String = spans.iter().map(|span| span.text.as_str()).collect();
                    format!("{}{bullet}{text}", " ".repeat(*depth))
                }
                Block::Code { language, text } => format!("[{}] {text}", language.name()),
                Block::Table(rows) => {
                    let cell =
                        |cell: &Vec<Span>| cell.iter().map(|span| span.text.as_str()).collect::<String>();
                    let row = |row: &Vec<Vec<Span>>| row.iter().map(cell).collect::<Vec<_>>().join("|");
                    rows.iter().map(row).collect::<Vec<_>>().join("/")
                }
                Block::Rule => "---".to_owned(),
            })
            .collect()
    }

    #[test]
    fn blocks_come_in_order() {
        let text = "# Title\nSome *text*.\n\n- one\n- two\n  1. deep\n\n```rust\nfn f() {}\n```\n";
        let expected = ["Title", "Some text.", " •one", " •two", "  1.deep", "[Rust] fn f() {}"];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn tables_are_tables_even_while_they_arrive() {
        let text = "Costs:\n\n| name | `cost` |\n| --- | ---: |\n| a | **1** |\n| b | 2 |\n\nEnd.";
        assert_eq!(shown(text), ["Costs:", "name|cost/a|1/b|2", "End."]);
        let table = blocks("| name |\n| --- |\n| a |\n").remove(0);
        let Block::Table(rows) = table else { panic!("{table:?}") };
        assert!(rows[0][0][0].style.strong && !rows[1][0][0].style.strong);
        assert_eq!(shown("| name |\n| --- |\n| a "), ["name/a"]);
    }

    #[test]
    fn a_text_that_is_still_arriving_is_shown_as_far_as_it_goes() {
        assert_eq!(shown("So\n\n```py\nx = "), ["So", "[Python] x ="]);
        assert_eq!(shown("a **bol"), ["a **bol"]);
    }
}
