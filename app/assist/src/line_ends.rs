//! A lone carriage return ends a line, too. No model gives one back, so the selection's own come back here.

use super::proof::layout::aligned;

/// An answer with the carriage returns that the selection has within what are lines to the editor.
pub fn kept(selection: &str, answer: String) -> String {
    let own = pieces(selection);
    if !own.iter().any(|(_, end)| *end == "\r") {
        return answer;
    }
    let its = pieces(&answer);
    let texts = |pieces: &[(&'_ str, &str)]| {
        pieces.iter().map(|(text, _)| text.trim_end().to_owned()).collect::<Vec<_>>()
    };
    let (old, new) = (texts(&own), texts(&its));
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let mut text = String::with_capacity(answer.len());
    // A new line ends as the one above it does.
    let mut last = own[0].1;
    for ((line, end), place) in its.iter().zip(aligned(&old, &new)) {
        last = place.map_or(last, |place| own[place].1);
        text += line;
        text += if end.is_empty() {
            ""
        } else if last.is_empty() {
            end
        } else {
            last
        };
    }
    text
}

/// The lines of a text, each with what ends it.
fn pieces(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        let length = if rest[at..].starts_with("\r\n") { 2 } else { 1 };
        found.push((&rest[..at], &rest[at..at + length]));
        rest = &rest[at + length..];
    }
    if !rest.is_empty() {
        found.push((rest, ""));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_carriage_returns_come_back() {
        let check = |selection: &str, answer: &str, expected: &str| {
            assert_eq!(kept(selection, answer.to_owned()), expected, "{selection:?} {answer:?}");
        };
        check("a\rb\r", "a\nb\n", "a\rb\r");
        check("a\rb\nc\n", "a\nx\nb\nc\n", "a\rx\rb\nc\n");
        check("a\rb\r\nc", "a\nb\nd", "a\rb\r\nd");
        check("a\r\nb\r\n", "a\nb\n", "a\nb\n");
        check("a\rb\r", "a\rb\r", "a\rb\r");
    }
}
