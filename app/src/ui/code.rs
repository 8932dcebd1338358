//! Code as text to draw: the colours of tokens, and ligatures or none.

use editor_core::token::TokenKind;
use egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat};
use egui::{Color32, Id};

use super::theme::Theme;

/// The cut of a font.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Face {
    /// Upright.
    #[default]
    Regular,
    /// Heavy.
    Bold,
    /// Slanted.
    Italic,
}

/// Adds text to a job. The fonts' shaper draws signs such as `->` as one wherever they stand in one section; without
/// ligatures each of them has its own.
pub fn append(job: &mut LayoutJob, text: &str, format: &TextFormat, ligatures: bool) {
    if ligatures {
        return job.append(text, 0.0, format.clone());
    }
    let neighbours = text.char_indices().zip(text.char_indices().skip(1));
    let cuts = neighbours.filter(|((_, a), (_, b))| joins(*a, *b)).map(|(_, (at, _))| at);
    let mut start = 0;
    for end in cuts.chain([text.len()]) {
        // `LayoutJob::append` would make one section of them.
        let from = job.text.len();
        job.text += &text[start..end];
        let byte_range = ByteIndex(from)..ByteIndex(job.text.len());
        job.sections.push(LayoutSection { leading_space: 0.0, byte_range, format: format.clone() });
        start = end;
    }
}

/// Could a font draw these neighbours as one?
fn joins(a: char, b: char) -> bool {
    let sign = |c: char| c.is_ascii_punctuation();
    sign(a) && sign(b) || a.is_ascii_digit() && b == 'x' || a == 'w' && b == 'w'
}

/// Would nobody see this character, or would it turn the text around it?
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{a}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Colour and cut of a token; `None`: ordinary text.
pub fn colour_of(theme: &Theme, token: TokenKind) -> Option<(Color32, Face)> {
    let syntax = &theme.syntax;
    let colour = match token {
        TokenKind::Comment => return Some((syntax.comment, Face::Italic)),
        TokenKind::Emphasis => return Some((theme.text, Face::Italic)),
        TokenKind::Strong => return Some((theme.text, Face::Bold)),
        TokenKind::Heading => return Some((syntax.function, Face::Bold)),
        TokenKind::Keyword | TokenKind::Tag => syntax.keyword,
        TokenKind::String | TokenKind::Code => syntax.string,
        TokenKind::Number | TokenKind::Escape => syntax.number,
        TokenKind::Function | TokenKind::Macro => syntax.function,
        TokenKind::Type | TokenKind::Attribute => syntax.type_,
        TokenKind::Constant | TokenKind::Label => syntax.constant,
        TokenKind::Link => theme.accent,
        TokenKind::Punctuation => theme.muted,
        TokenKind::Variable | TokenKind::Parameter | TokenKind::Property | TokenKind::Operator => {
            return None;
        }
    };
    Some((colour, Face::Regular))
}

/// The id of the widget: there is one, whatever tab is in front.
pub fn id() -> Id {
    Id::unique("editor")
}
