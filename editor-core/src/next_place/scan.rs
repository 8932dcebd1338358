//! Text as the tokens that a pattern is made of: words, numbers, whole strings and operators. Blanks and, in code, comments are no tokens,
//! so that layout makes no difference.

use crate::{Language, lexer};

/// What a token is to a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenClass {
    /// A name.
    Word,
    /// A word of the language.
    Keyword,
    Number,
    /// A string that ends in its line.
    Quoted,
    /// An operator or a bracket.
    Symbol,
}

/// One token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scanned<'a> {
    pub class: TokenClass,
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
    /// A line break stands before it.
    pub breaks: bool,
}

impl Scanned<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub fn same(&self, other: &Scanned<'_>) -> bool {
        self.text == other.text
    }
}

/// What stands for one operator. Not `>>`, which also closes two generics.
const OPERATORS: &[&str] = &[
    "===", "!==", "...", "..=", "**=", "==", "!=", "<=", ">=", "->", "=>", "::", "&&", "||", "+=", "-=",
    "*=", "/=", "%=", "|=", "&=", "^=", "**", "//", "..", "??", "?.", "++", "--", ":=", "<-", "|>",
];

/// The tokens of a text. `prose`: it is no code, so that quotes and comments mean nothing in it.
pub(super) fn scan(language: Language, text: &str, prose: bool) -> Vec<Scanned<'_>> {
    let (mut tokens, mut at, mut breaks) = (Vec::new(), 0, false);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            breaks |= first == '\n';
            at += first.len_utf8();
            continue;
        }
        if !prose && let Some(length) = comment(language, rest) {
            at += length;
            continue;
        }
        let (class, length) = next(language, rest, first, prose);
        tokens.push(Scanned { class, text: &rest[..length], start: at, breaks });
        (at, breaks) = (at + length, false);
    }
    tokens
}

fn next(language: Language, rest: &str, first: char, prose: bool) -> (TokenClass, usize) {
    if is_word(first) && !first.is_ascii_digit() {
        let length = run(rest, is_word);
        let keyword = !prose && lexer::is_keyword(language, &rest[..length]);
        return (if keyword { TokenClass::Keyword } else { TokenClass::Word }, length);
    }
    if first.is_ascii_digit() {
        return (TokenClass::Number, number(rest));
    }
    if !prose && let Some(length) = quoted(language, rest, first) {
        return (TokenClass::Quoted, length);
    }
    let operator = OPERATORS.iter().find(|operator| rest.starts_with(**operator));
    (TokenClass::Symbol, operator.map_or(first.len_utf8(), |operator| operator.len()))
}

/// Does it belong to a name?
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn number(rest: &str) -> usize {
    let length = run(rest, is_word);
    let fraction = rest[length..].strip_prefix('.').map_or(0, |behind| run(behind, |c| c.is_ascii_digit()));
    if fraction == 0 { length } else { length + 1 + fraction }
}

fn comment(language: Language, rest: &str) -> Option<usize> {
    // In Python `//` is an operator, and its comments begin in another way: only the language's own mark counts.
    if language.line_comment().is_some_and(|mark| rest.starts_with(mark)) {
        return Some(run(rest, |c| c != '\n'));
    }
    let (open, close) = language.block_comment()?;
    let inside = rest.strip_prefix(open)?;
    Some(inside.find(close).map_or(rest.len(), |at| open.len() + at + close.len()))
}

/// The length of a string that ends in its line. A quote that nothing closes is a sign like others.
fn quoted(language: Language, rest: &str, first: char) -> Option<usize> {
    let is_quote = language.quotes().contains(&first);
    if !(is_quote || first == '\'' && language == Language::Rust) {
        return None;
    }
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // In Rust a quote also begins a lifetime.
            _ if c == first
                && (is_quote || rest[1..at].chars().count() == 1 || rest[1..].starts_with('\\')) =>
            {
                return Some(at + c.len_utf8());
            }
            _ if c == first => return None,
            _ => {}
        }
    }
    None
}

/// The token that closes the bracket that `open` opens, if it is there.
pub(super) fn closing(tokens: &[Scanned<'_>], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match step(token) {
            1 => depth += 1,
            -1 => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

/// The token that opens the bracket that `close` closes, if it is there.
pub(super) fn opening(tokens: &[Scanned<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for index in (0..=close).rev() {
        match step(&tokens[index]) {
            -1 => depth += 1,
            1 => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

/// How much deeper in brackets it is behind a token.
pub(super) fn step(token: &Scanned<'_>) -> isize {
    match token.text {
        "(" | "[" | "{" => 1,
        ")" | "]" | "}" => -1,
        _ => 0,
    }
}

/// Where a primary expression ends that begins with a token: a name or a value with what is asked of it, `a.b(c)[d]`. `None`: none begins
/// here.
pub(super) fn primary_end(tokens: &[Scanned<'_>], start: usize) -> Option<usize> {
    let mut at = match tokens.get(start)? {
        token if matches!(token.class, TokenClass::Word | TokenClass::Number | TokenClass::Quoted) => {
            start + 1
        }
        token if token.is("(") || token.is("[") => closing(tokens, start)? + 1,
        _ => return None,
    };
    while let Some(token) = tokens.get(at).filter(|token| !token.breaks) {
        if is_access(token) && tokens.get(at + 1).is_some_and(|name| name.class == TokenClass::Word) {
            at += 2;
        } else if token.is("(") || token.is("[") {
            at = closing(tokens, at)? + 1;
        } else {
            break;
        }
    }
    Some(at)
}

/// Where a primary expression begins that ends with a token.
pub(super) fn primary_start(tokens: &[Scanned<'_>], last: usize) -> Option<usize> {
    let mut at = last;
    loop {
        let token = tokens.get(at)?;
        if token.is(")") || token.is("]") {
            let open = opening(tokens, at)?;
            let called = open.checked_sub(1).filter(|_| !tokens[open].breaks);
            let is_call = called.is_some_and(|before| {
                tokens[before].class == TokenClass::Word || tokens[before].is(")") || tokens[before].is("]")
            });
            match called.filter(|_| is_call) {
                Some(before) => {
                    at = before;
                    continue;
                }
                None => return Some(open),
            }
        }
        if !matches!(token.class, TokenClass::Word | TokenClass::Number | TokenClass::Quoted) {
            return None;
        }
        let access = at.checked_sub(2).filter(|_| !token.breaks && is_access(&tokens[at - 1]));
        match access.filter(|before| {
            let before = &tokens[*before];
            matches!(before.class, TokenClass::Word | TokenClass::Quoted) || before.is(")") || before.is("]")
        }) {
            Some(before) => at = before,
            None => return Some(at),
        }
    }
}

/// Does it ask something of what stands before it?
pub(super) fn is_access(token: &Scanned<'_>) -> bool {
    matches!(token.text, "." | "::" | "->" | "?.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, text: &str, expected: &[&str]) {
        let found: Vec<&str> = scan(language, text, false).iter().map(|token| token.text).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn code_is_cut_into_words_values_and_operators() {
        check(Language::Python, "x += f('a b', 1.5)  # c", &["x", "+=", "f", "(", "'a b'", ",", "1.5", ")"]);
        check(
            Language::Rust,
            "a::<'b>(x, 'c', \"d\\\"e\") /* f */ >> g",
            &["a", "::", "<", "'", "b", ">", "(", "x", ",", "'c'", ",", "\"d\\\"e\"", ")", ">", ">", "g"],
        );
        check(Language::Python, "a // b", &["a", "//", "b"]);
        check(Language::JavaScript, "a?.b === `c` // d", &["a", "?.", "b", "===", "`c`"]);
        check(Language::Rust, "größe = '\\n'", &["größe", "=", "'\\n'"]);
    }

    #[test]
    fn prose_knows_no_quotes() {
        let found: Vec<&str> =
            scan(Language::Python, "# don't 'do' it", true).iter().map(|t| t.text).collect();
        assert_eq!(found, ["#", "don", "'", "t", "'", "do", "'", "it"]);
    }

    #[test]
    fn a_primary_expression_is_found_from_both_ends() {
        let tokens = scan(Language::Rust, "return a.b(c, d)[1].e + f", false);
        assert_eq!(primary_end(&tokens, 1), Some(tokens.len() - 2));
        assert_eq!(primary_start(&tokens, tokens.len() - 3), Some(1));
        assert_eq!(primary_end(&tokens, 0), None);
        assert_eq!(closing(&tokens, 4), Some(8));
        assert_eq!(opening(&tokens, 8), Some(4));
    }
}
