//! What is looked for, and why it cannot be looked for, told at its place.

use std::ops::Range;

use grep_matcher::Matcher as _;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};

/// Compiled patterns may take this many bytes, and the states that are made of them while searching as many again on each
/// thread. Ripgrep allows more; a pattern that needs it was not typed by a person.
const MAX_COMPILED_BYTES: usize = 32 << 20;

/// Do capitals matter?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// They do when the pattern has one.
    #[default]
    Smart,
    /// They do.
    Sensitive,
    /// They do not.
    Insensitive,
}

/// What the search field says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// The words, or the regular expression.
    pub pattern: String,
    /// Is the pattern a regular expression?
    pub regex: bool,
    /// Do capitals matter?
    pub case: Case,
    /// Must a match begin and end at a word's edge?
    pub whole_word: bool,
    /// May a match of a regular expression reach over several lines, as `\s` then does? One that names a line break may
    /// anyhow, and so may a text with one.
    pub multi_line: bool,
}

/// A pattern or a replacement that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadQuery {
    /// What is wrong, as a sentence.
    pub message: String,
    /// Where, in chars of what was typed; `None` when it is wrong as a whole.
    pub at: Option<Range<usize>>,
}

impl BadQuery {
    pub(crate) fn new(message: impl Into<String>, at: Option<Range<usize>>) -> Self {
        Self { message: message.into(), at }
    }
}

/// A query that was understood. Cloning is cheap; a clone for each thread searches fastest.
#[derive(Clone, Debug)]
pub struct Matcher {
    inner: RegexMatcher,
    /// Finds the same in texts of ASCII alone, and much faster: what is a letter and an edge of a word is simpler there. `None` when
    /// the pattern cannot be said so.
    ascii: Option<RegexMatcher>,
    pub(crate) multi_line: bool,
    pub(crate) regex: bool,
}

impl Matcher {
    /// Understands a query.
    ///
    /// # Errors
    /// It is empty, no regular expression, or one that is too large.
    pub fn new(query: &SearchQuery) -> Result<Self, BadQuery> {
        if query.pattern.is_empty() {
            return Err(BadQuery::new("Type what to look for.", None));
        }
        if query.regex {
            check(&query.pattern)?;
        }
        let multi_line = names_line_break(query) || query.regex && query.multi_line;
        let built = build(query, multi_line, true).or_else(|error| match error.kind() {
            // A line break in other words, such as `\x0A`.
            grep_regex::ErrorKind::NotAllowed(_) => build(query, true, true),
            _ => Err(error),
        });
        let inner = built.map_err(|error| BadQuery::new(sentence(&error.to_string()), None))?;
        let multi_line = inner.line_terminator().is_none();
        let ascii = build(query, multi_line, false).ok();
        let ascii = ascii.filter(|ascii| ascii.line_terminator() == inner.line_terminator());
        Ok(Self { multi_line, inner, ascii, regex: query.regex })
    }

    /// What finds it in a text.
    pub(crate) fn of_text(&self, is_ascii: bool) -> &RegexMatcher {
        self.ascii.as_ref().filter(|_| is_ascii).unwrap_or(&self.inner)
    }

    /// Which group has this name?
    pub(crate) fn group(&self, name: &str) -> Option<usize> {
        self.inner.capture_index(name)
    }

    /// How many groups it has, the whole match as the first.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.inner.capture_count()
    }

    /// Can a match reach over several lines?
    #[must_use]
    pub fn is_multi_line(&self) -> bool {
        self.multi_line
    }
}

fn build(query: &SearchQuery, multi_line: bool, unicode: bool) -> Result<RegexMatcher, grep_regex::Error> {
    let mut builder = RegexMatcherBuilder::new();
    builder
        .multi_line(true)
        .crlf(true)
        .unicode(unicode)
        .case_smart(query.case == Case::Smart)
        .case_insensitive(query.case == Case::Insensitive)
        .word(query.whole_word)
        .size_limit(MAX_COMPILED_BYTES)
        .dfa_size_limit(MAX_COMPILED_BYTES);
    if multi_line {
        builder.line_terminator(None);
    }
    if query.regex {
        return builder.build(&query.pattern);
    }
    if !multi_line {
        return builder.fixed_strings(true).build(&query.pattern);
    }
    // A file may have either kind of line break.
    let lines = query.pattern.split('\n').map(|line| regex_syntax::escape(line.trim_end_matches('\r')));
    builder.build(&lines.collect::<Vec<_>>().join(r"\r?\n"))
}

/// Parses as the regular expression will be, but keeps the place of an error. Half a character is no match: the text could
/// not be cut there.
fn check(pattern: &str) -> Result<(), BadQuery> {
    let mut parser = regex_syntax::ParserBuilder::new().multi_line(true).crlf(true).build();
    let (message, span) = match parser.parse(pattern) {
        Err(regex_syntax::Error::Parse(error)) => (error.kind().to_string(), *error.span()),
        Err(regex_syntax::Error::Translate(error)) => (error.kind().to_string(), *error.span()),
        _ => return Ok(()),
    };
    let chars = |byte: usize| pattern.get(..byte).map_or(0, |before| before.chars().count());
    let at = chars(span.start.offset)..chars(span.end.offset);
    Err(BadQuery::new(sentence(&message), Some(at)))
}

/// The parser's words begin small and end without a full stop.
fn sentence(message: &str) -> String {
    let message =
        message.lines().last().unwrap_or_default().trim_start_matches("error: ").trim_end_matches('.');
    let mut chars = message.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// A text as the regular expression that finds it.
#[must_use]
pub fn escaped(text: &str) -> String {
    regex_syntax::escape(text).replace('\n', r"\n")
}

fn names_line_break(query: &SearchQuery) -> bool {
    let mut chars = query.pattern.chars();
    while let Some(c) = chars.next() {
        let is_escape = query.regex && c == '\\';
        if c == '\n' || is_escape && chars.next() == Some('n') {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str) -> SearchQuery {
        SearchQuery { pattern: pattern.to_owned(), regex: true, ..SearchQuery::default() }
    }

    fn refused(pattern: &str) -> (String, Option<Range<usize>>) {
        let bad = Matcher::new(&regex(pattern)).unwrap_err();
        (bad.message, bad.at)
    }

    #[test]
    fn what_is_no_regular_expression_is_told_at_its_place() {
        assert_eq!(refused("é(a|b"), ("Unclosed group.".to_owned(), Some(1..2)));
        assert_eq!(refused("a{2,1}").1, Some(1..6));
        assert_eq!(refused(r"漢\p{Nonsense}").1, Some(1..13));
        assert_eq!(refused(r"(?-u:\xFF)").1, Some(5..9), "half a character");
        assert_eq!(refused("*").1, Some(0..0));
        let (message, at) = refused(r"((\w{100}){100}){100}");
        assert!(message.starts_with("Compiled regex exceeds size limit") && at.is_none(), "{message}");
        assert_eq!(refused(""), ("Type what to look for.".to_owned(), None));
    }

    #[test]
    fn a_pattern_that_names_a_line_break_may_reach_over_lines() {
        let spans = |query: &SearchQuery| Matcher::new(query).unwrap().is_multi_line();
        assert!(spans(&regex(r"a\nb")) && spans(&regex(r"a\x0Ab")) && spans(&regex("a\nb")));
        assert!(!spans(&regex(r"a\\nb")) && !spans(&regex(r"a\s+b")));
        assert!(spans(&SearchQuery { multi_line: true, ..regex(r"a\s+b") }));
        assert!(
            !spans(&SearchQuery { pattern: r"a\nb".to_owned(), ..SearchQuery::default() }),
            "a text is what it is"
        );
    }
}
