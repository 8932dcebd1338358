//! Takes what ripgrep's searcher finds in one text, and makes positions and lines of it.

use std::io;
use std::ops::Range;

use grep_matcher::{LineTerminator, Match, Matcher as _};
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, SearcherBuilder, Sink, SinkContext, SinkMatch};

use crate::hits::{Hit, HitLine};
use crate::query::Matcher;

/// This many chars of a line are kept to be shown. Lines of programs are shorter; of others nobody reads more in a list.
const MAX_SHOWN: usize = 400;
/// This many of them come before the first match, where the line is cut.
const BEFORE_MATCH: usize = 80;
/// This many lines of what matches over several are kept, and those on which another match begins.
const MAX_LINES: usize = 100;
/// As ripgrep: so far behind the lines of a match over several lines its surroundings are looked at.
const LOOK_AHEAD: usize = 128;

/// A searcher for texts as the editor decodes them, with this many lines of context.
pub(crate) fn searcher(matcher: &Matcher, context: usize) -> Searcher {
    SearcherBuilder::new()
        .line_terminator(LineTerminator::crlf())
        .line_number(true)
        .multi_line(matcher.multi_line)
        .bom_sniffing(false)
        .before_context(context)
        .after_context(context)
        .build()
}

/// The matches in lines that were found to have some, as ripgrep's printer finds them: in bytes of the buffer. `found` says
/// whether to go on.
pub(crate) fn each_match(
    searcher: &Searcher,
    matcher: &RegexMatcher,
    found: &SinkMatch<'_>,
    mut each: impl FnMut(Match) -> bool,
) -> io::Result<()> {
    let (seen, start) = (seen(searcher, matcher, found), found.bytes_range_in_buffer().start);
    let each = |one: Match| begins_in(found, one.start()) && each(one);
    matcher.find_iter_at(seen, start, each).map_err(io::Error::other)
}

/// Does what begins at this byte begin in these lines? An empty match does at the end of a text without a last line break.
pub(crate) fn begins_in(found: &SinkMatch<'_>, start: usize) -> bool {
    let end = found.bytes_range_in_buffer().end;
    start < end || start == end && end == found.buffer().len() && !found.buffer().ends_with(b"\n")
}

/// What a match may look at: with a line its end is not seen; with several lines something behind them is.
pub(crate) fn seen<'a>(searcher: &Searcher, matcher: &RegexMatcher, found: &SinkMatch<'a>) -> &'a [u8] {
    let (buffer, end) = (found.buffer(), found.bytes_range_in_buffer().end);
    if searcher.multi_line_with_matcher(matcher) {
        return &buffer[..end.saturating_add(LOOK_AHEAD).min(buffer.len())];
    }
    let lines = &buffer[..end];
    match lines.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => lines,
    }
}

/// Hits and lines of one text.
pub(crate) struct Collector<'a> {
    /// UTF-8.
    text: &'a [u8],
    matcher: &'a RegexMatcher,
    /// At most this many hits are kept.
    limit: usize,
    place: Place<'a>,
    /// The matches of the lines at hand, in memory that is used again.
    matches: Vec<Range<usize>>,
    pub hits: Vec<Hit>,
    pub lines: Vec<HitLine>,
    pub is_capped: bool,
}

/// Turns growing byte offsets of a text into chars.
#[derive(Clone)]
struct Place<'a> {
    text: &'a [u8],
    is_ascii: bool,
    byte: usize,
    char: usize,
}

impl Place<'_> {
    fn char_at(&mut self, byte: usize) -> usize {
        if self.is_ascii {
            return byte;
        }
        let passed = self.text.get(self.byte..byte).unwrap_or_default();
        self.char += count_chars(passed);
        self.byte = byte.max(self.byte);
        self.char
    }
}

/// Chars that begin in valid UTF-8, which may be cut anywhere.
fn count_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte.cast_signed() >= -0x40).count()
}

/// Does a char begin or the text end at this byte?
fn is_boundary(text: &[u8], byte: usize) -> bool {
    text.get(byte).is_none_or(|byte| byte.cast_signed() >= -0x40)
}

impl<'a> Collector<'a> {
    /// For what `matcher` finds in a text; that it is ASCII makes counting easy.
    pub(crate) fn new(text: &'a [u8], is_ascii: bool, matcher: &'a RegexMatcher, limit: usize) -> Self {
        let place = Place { text, is_ascii, byte: 0, char: 0 };
        let (hits, lines, matches) = (Vec::new(), Vec::new(), Vec::new());
        Self { text, matcher, limit, place, matches, hits, lines, is_capped: false }
    }

    /// Takes lines that stand one behind the other, from a byte of the text on, with the matches in them.
    fn take(&mut self, from: usize, number: usize, bytes: &[u8], matches: &[Range<usize>]) {
        // Lines are cut between characters.
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let (mut byte, mut at) = (from, self.place.clone());
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let (start, number) = (self.place.char_at(byte), number + index);
            // At the end of a text without a last line break there may be an empty match.
            let range = byte..byte + line.len() + usize::from(!line.ends_with('\n'));
            byte += line.len();
            // Those that end before this line are behind us.
            let first =
                matches.partition_point(|found| found.start < range.start && found.end <= range.start);
            let behind = matches.partition_point(|found| found.start < range.end);
            let beginning = matches[first..behind].iter().filter(|found| found.start >= range.start);
            let before = self.hits.len();
            self.hits.extend(beginning.map(|found| {
                let chars = at.char_at(found.start)..at.char_at(found.end);
                Hit { column: chars.start - start, line: number, range: chars }
            }));
            if index < MAX_LINES || self.hits.len() > before {
                self.lines.push(shown(line, range.start, start, number, &matches[first..behind]));
            }
        }
    }
}

/// The part of a line that is shown. `byte` is where it starts in the text, and matches are bytes of the text.
fn shown(line: &str, byte: usize, start: usize, number: usize, matches: &[Range<usize>]) -> HitLine {
    let text = line.strip_suffix('\n').map_or(line, |text| text.strip_suffix('\r').unwrap_or(text));
    let within = |at: usize| at.clamp(byte, byte + text.len()) - byte;
    let (from, to) = window(text, matches.first().map(|found| within(found.start)..within(found.end)));
    let chars = |at: usize| count_chars(&text.as_bytes()[from..at.clamp(from, to)]);
    let marks = matches.iter().map(|found| chars(within(found.start))..chars(within(found.end)));
    HitLine {
        number,
        start,
        text: text[from..to].to_owned(),
        cut_before: text[..from].chars().count(),
        is_cut_behind: to < text.len(),
        marks: marks.filter(|mark| !mark.is_empty()).collect(),
        is_match: !matches.is_empty(),
    }
}

/// Which bytes of a line are shown.
fn window(text: &str, first: Option<Range<usize>>) -> (usize, usize) {
    if text.len() <= MAX_SHOWN {
        return (0, text.len());
    }
    let chars_from = |from: usize, count: usize| {
        text[from..].char_indices().nth(count).map_or(text.len(), |(at, _)| from + at)
    };
    let from = match first {
        Some(first) if first.end > chars_from(0, MAX_SHOWN) => {
            let before = text[..first.start].char_indices().rev().nth(BEFORE_MATCH - 1);
            before.map_or(0, |(at, _)| at)
        }
        _ => 0,
    };
    (from, chars_from(from, MAX_SHOWN))
}

impl Sink for Collector<'_> {
    type Error = io::Error;

    fn matched(&mut self, searcher: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        let room = self.limit.saturating_sub(self.hits.len());
        let mut matches = std::mem::take(&mut self.matches);
        matches.clear();
        let (text, mut is_capped) = (self.text, false);
        each_match(searcher, self.matcher, found, |one| {
            // Between the bytes of a character there is nothing.
            if is_boundary(text, one.start()) && is_boundary(text, one.end()) {
                is_capped = matches.len() == room;
                if !is_capped {
                    matches.push(one.start()..one.end());
                }
            }
            !is_capped
        })?;
        self.is_capped |= is_capped;
        if !matches.is_empty() {
            let start = found.bytes_range_in_buffer().start;
            self.take(start, line_of(found.line_number()), found.bytes(), &matches);
        }
        self.matches = matches;
        Ok(!is_capped)
    }

    fn context(&mut self, _: &Searcher, context: &SinkContext<'_>) -> io::Result<bool> {
        let from = usize::try_from(context.absolute_byte_offset()).unwrap_or(usize::MAX);
        self.take(from, line_of(context.line_number()), context.bytes(), &[]);
        Ok(true)
    }
}

/// The searcher counts from 1.
fn line_of(number: Option<u64>) -> usize {
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(1).saturating_sub(1)
}
