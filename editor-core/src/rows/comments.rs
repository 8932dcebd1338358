//! Comments of one line each that follow each other can be folded, in languages that have such comments.

use std::ops::Range;

use ropey::Rope;

use super::markers;
use crate::buffer::{line_end, line_start};
use crate::language::Language;
use crate::syntax::FoldRegion;

/// A run goes over so many lines at most.
const MAX_COMMENTS: usize = 2_000;
/// Blanks that a comment may stand behind.
const MAX_INDENT: usize = 400;

/// Comments of one line each, two at least, that touch these lines.
pub fn runs(language: Language, rope: &Rope, lines: &Range<usize>) -> Vec<FoldRegion> {
    let Some(sign) = language.line_comment() else { return Vec::new() };
    let is_comment = |line: usize| begins_with(rope, line, sign) && markers::marker(rope, line).is_none();
    let (mut found, mut line) = (Vec::new(), lines.start);
    while line < lines.end.min(rope.len_lines()) {
        if !is_comment(line) {
            line += 1;
            continue;
        }
        let above = (line.saturating_sub(MAX_COMMENTS)..line).rev();
        let header = line - above.take_while(|above| is_comment(*above)).count();
        let end = rope.len_lines().min(line.saturating_add(MAX_COMMENTS));
        let last = line + (line + 1..end).take_while(|below| is_comment(*below)).count();
        if last > header {
            found.push(FoldRegion { header, last });
        }
        line = last + 1;
    }
    found
}

fn begins_with(rope: &Rope, line: usize, sign: &str) -> bool {
    let text = rope.slice(line_start(rope, line)..line_end(rope, line));
    let mut chars = text.chars().enumerate().skip_while(|(at, c)| c.is_whitespace() && *at < MAX_INDENT);
    sign.chars().all(|wanted| chars.next().is_some_and(|(_, c)| c == wanted))
}
