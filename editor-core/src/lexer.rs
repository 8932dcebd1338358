//! Colours without a tree: one line at a time, for files too large to parse. Strings and comments that go over several
//! lines are coloured in their first line only.

use std::ops::Range;

use crate::{language::Language, token::TokenKind};

/// Longer lines are data, not code: only their beginning is coloured, in chars.
pub(crate) const MAX_LINE: usize = 20_000;

/// The tokens of one line in chars from its start.
#[must_use]
pub fn line(language: Language, text: &str) -> Vec<(Range<usize>, TokenKind)> {
    if language == Language::PlainText {
        return Vec::new();
    }
    let chars: Vec<char> = text.chars().take(MAX_LINE).collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let (length, token) = next(language, &chars[at..]);
        if let Some(token) = token {
            tokens.push((at..at + length, token));
        }
        at += length;
    }
    tokens
}

/// Length and kind of what the rest of a line begins with.
fn next(language: Language, rest: &[char]) -> (usize, Option<TokenKind>) {
    let first = rest[0];
    if let Some(length) = comment(language, rest) {
        return (length, Some(TokenKind::Comment));
    }
    if language.quotes().contains(&first) {
        return (string(rest), Some(TokenKind::String));
    }
    if first.is_ascii_digit() {
        return (run(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')), Some(TokenKind::Number));
    }
    if first.is_alphabetic() || first == '_' {
        let length = run(rest, |c| c.is_alphanumeric() || c == '_');
        return (length, word(language, &rest[..length], rest.get(length).copied()));
    }
    (1, None)
}

fn run(rest: &[char], belongs: impl Fn(char) -> bool) -> usize {
    rest.iter().take_while(|&&c| belongs(c)).count()
}

fn comment(language: Language, rest: &[char]) -> Option<usize> {
    let starts = |mark: &str| mark.chars().eq(rest.iter().copied().take(mark.chars().count()));
    if language.line_comment().is_some_and(starts) {
        return Some(rest.len());
    }
    let (open, close) = language.block_comment()?;
    let close: Vec<char> = close.chars().collect();
    let behind = rest.windows(close.len()).skip(open.len()).position(|window| window == close);
    starts(open).then(|| behind.map_or(rest.len(), |at| at + open.len() + close.len()))
}

/// A string with its quotes, up to the end of the line when it does not end.
fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == rest[0] => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn word(language: Language, word: &[char], next: Option<char>) -> Option<TokenKind> {
    let text: String = word.iter().collect();
    if is_keyword(language, &text) {
        return Some(TokenKind::Keyword);
    }
    match next {
        Some('(') => Some(TokenKind::Function),
        _ if language.block_comment().is_some() && word[0].is_uppercase() => Some(TokenKind::Type),
        _ => None,
    }
}

/// Is this a word of the language itself?
pub(crate) fn is_keyword(language: Language, word: &str) -> bool {
    keywords(language).split(' ').any(|keyword| keyword == word)
}

fn keywords(language: Language) -> &'static str {
    match language {
        Language::Rust => {
            "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match \
             mod move mut pub ref return self Self static struct super trait true type unsafe use where while"
        }
        Language::Python => {
            "False None True and as assert async await break class continue def del elif else except finally for \
             from global if import in is lambda nonlocal not or pass raise return try while with yield"
        }
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            "abstract as async await break case catch class const continue default delete do else enum export extends \
             false finally for from function if implements import in instanceof interface let new null of private \
             public readonly return static super switch this throw true try type typeof undefined var void while yield"
        }
        Language::C | Language::Cpp => {
            "auto bool break case catch char class const constexpr continue default delete do double else enum extern \
             false float for goto if inline int long namespace new nullptr private protected public return short \
             signed sizeof static struct switch template this throw true try typedef typename union unsigned using \
             virtual void volatile while"
        }
        Language::Go => {
            "break case chan const continue default defer else fallthrough false for func go goto if import interface \
             map nil package range return select struct switch true type var"
        }
        Language::Bash => {
            "case do done elif else esac exit export fi for function if in local return select shift then until while"
        }
        Language::CSharp | Language::Java | Language::Kotlin | Language::Php | Language::Swift => {
            "abstract as async await base bool boolean break case catch class const continue default defer do double \
             else enum extends extension false final finally float for foreach fun func function guard if implements \
             import in init int interface internal is let long nameof namespace new nil null object open operator out \
             override package private protected protocol public readonly record return sealed self static string \
             struct super switch this throw throws true try typealias use using val var virtual void when where while \
             yield"
        }
        Language::Lua | Language::Ruby => {
            "and begin break class def do else elseif elsif end ensure false for function goto if in local module next \
             nil not or redo repeat require rescue return self super then true unless until when while yield"
        }
        Language::Zig => {
            "and break comptime const continue defer else enum errdefer error extern false fn for if inline null or \
             orelse pub return struct switch test true try undefined union unreachable usingnamespace var while"
        }
        Language::Sql => {
            "ALTER AND AS BY CREATE DELETE DESC DROP FROM GROUP HAVING IN INDEX INNER INSERT INTO IS JOIN LEFT LIKE \
             LIMIT NOT NULL ON OR ORDER PRIMARY RIGHT SELECT SET TABLE UNION UPDATE VALUES VIEW WHERE WITH alter and \
             as by create delete desc drop from group having in index inner insert into is join left like limit not \
             null on or order primary right select set table union update values view where with"
        }
        Language::Dockerfile => {
            "ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME \
             WORKDIR"
        }
        Language::Makefile => {
            "define else endef endif export ifdef ifeq ifndef ifneq include override unexport"
        }
        Language::Json | Language::Toml | Language::Yaml => "true false null",
        Language::Markdown | Language::Html | Language::Css | Language::PlainText => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, text: &str, expected: &[(&str, TokenKind)]) {
        let chars: Vec<char> = text.chars().collect();
        let tokens: Vec<(String, TokenKind)> = line(language, text)
            .into_iter()
            .map(|(range, token)| (chars[range].iter().collect(), token))
            .collect();
        let expected: Vec<(String, TokenKind)> =
            expected.iter().map(|&(text, token)| (text.to_owned(), token)).collect();
        assert_eq!(tokens, expected);
    }

    #[test]
    fn a_line_is_cut_into_tokens() {
        check(
            Language::Rust,
            r#"let x = f("a\"ü", 1.5); // end"#,
            &[
                ("let", TokenKind::Keyword),
                ("f", TokenKind::Function),
                (r#""a\"ü""#, TokenKind::String),
                ("1.5", TokenKind::Number),
                ("// end", TokenKind::Comment),
            ],
        );
        check(Language::C, "a /* b */ c", &[("/* b */", TokenKind::Comment)]);
        check(Language::Css, "/* b", &[("/* b", TokenKind::Comment)]);
        check(Language::Json, "\"a", &[("\"a", TokenKind::String)]);
        check(Language::PlainText, "let \"a\"", &[]);
    }
}
