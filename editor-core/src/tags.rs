//! The closing tag that belongs to an opening one of HTML, XML and JSX.

use ropey::Rope;

use crate::language::Language;

/// Longest opening tag that is looked at, in chars.
const MAX_TAG: usize = 2000;

/// Elements of HTML without an end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// May a text in this language hold tags?
#[must_use]
pub fn has_tags(language: Language) -> bool {
    matches!(
        language,
        Language::Html | Language::Tsx | Language::JavaScript | Language::Markdown | Language::Php
    )
}

/// What closes the tag that a `>` typed at a position would end: `</div>`. `None` where that is no opening tag, or closes itself.
#[must_use]
pub fn closing(rope: &Rope, position: usize, language: Language) -> Option<String> {
    if !has_tags(language) {
        return None;
    }
    let before: Vec<char> = rope.chars_at(position).reversed().take(MAX_TAG).collect();
    let length = before.iter().position(|c| *c == '<')?;
    let tag: String = before[..length].iter().rev().collect();
    // A `<` behind a name or a bracket compares, or opens the parameters of a type.
    let is_code = matches!(language, Language::Tsx | Language::JavaScript);
    let glued =
        before.get(length + 1).is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '.'));
    if (is_code && glued) || !is_open(&tag) {
        return None;
    }
    let name: String = tag.chars().take_while(|c| c.is_alphanumeric() || "-_:.".contains(*c)).collect();
    let is_element = tag.chars().next().is_none_or(|c| c.is_alphabetic() || c == '_');
    let is_void = language != Language::Tsx && VOID.contains(&name.to_ascii_lowercase().as_str());
    let is_fragment = name.is_empty() && is_code;
    let behind: String = rope.chars_at(position).take(name.chars().count() + 3).collect();
    let end = format!("</{name}>");
    (is_element && !is_void && (!name.is_empty() || is_fragment) && behind != end).then_some(end)
}

/// Is what follows a `<` a tag whose end would be here: outside of its quotes and braces, and not closing itself?
fn is_open(tag: &str) -> bool {
    let (mut quote, mut depth, mut last) = (None, 0usize, ' ');
    for c in tag.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if depth == 0 => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            (None, '>') if depth == 0 => return false,
            _ => {}
        }
        last = c;
    }
    quote.is_none() && depth == 0 && !matches!(last, '/' | '=' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, marked: &str, expected: Option<&str>) {
        let at = marked.chars().position(|c| c == '|').unwrap();
        let rope = Rope::from_str(&marked.replace('|', ""));
        assert_eq!(closing(&rope, at, language).as_deref(), expected, "{marked}");
    }

    #[test]
    fn opening_tags_are_closed() {
        check(Language::Html, "<div|", Some("</div>"));
        check(Language::Html, "<p>a <b class=\"x > y\"|", Some("</b>"));
        check(Language::Html, "<svg:rect x='1'|", Some("</svg:rect>"));
        check(Language::Html, "<div|</div>", None);
        check(Language::Html, "<br|", None);
        check(Language::Html, "<div /|", None);
        check(Language::Html, "</div|", None);
        check(Language::Html, "<!-- a -|", None);
        check(Language::Html, "<a href=\"|", None);
        check(Language::Html, "a |", None);
        check(Language::Tsx, "return <Foo.Bar a={b}|", Some("</Foo.Bar>"));
        check(Language::Tsx, "return <|", Some("</>"));
        check(Language::Tsx, "Array<string|", None);
        check(Language::Tsx, "<a b={() =|", None);
        check(Language::Rust, "Vec<u8|", None);
    }
}
