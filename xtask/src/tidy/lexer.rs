//! Just enough of Rust's lexical grammar to tell code from comments and strings, so that a check for `unsafe` does
//! not stumble over the word in a sentence.

/// The same text with comments, strings and character literals replaced by spaces; lines stay where they are.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let length = hidden_length(&chars, at);
        if length == 0 {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..at + length].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at += length;
        }
    }
    out
}

/// How many characters from here on are no code: 0 if code goes on.
fn hidden_length(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let word_before = at > 0 && is_word(chars[at - 1]);
    match rest {
        ['/', '/', ..] => rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => string(rest, 1),
        ['r', '"' | '#', ..] if !word_before => raw_string(rest, 1),
        ['b' | 'c', 'r', '"' | '#', ..] if !word_before => raw_string(rest, 2),
        ['\'', ..] => character(rest),
        _ => 0,
    }
}

/// Letters, digits and `_`.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_u32, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &[char], start: usize) -> usize {
    let mut at = start;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `r#"…"#` with any number of `#`; `r#name` is code.
fn raw_string(rest: &[char], start: usize) -> usize {
    let hashes = rest[start..].iter().take_while(|&&c| c == '#').count();
    if rest.get(start + hashes) != Some(&'"') {
        return 0;
    }
    let closes =
        |at: usize| rest[at] == '"' && rest[at + 1..].iter().take_while(|&&c| c == '#').count() >= hashes;
    let end = (start + hashes + 1..rest.len()).find(|&at| closes(at));
    end.map_or(rest.len(), |at| at + 1 + hashes)
}

/// `'a'` and `'\n'`, but not the lifetime `'a`.
fn character(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', ..] => {
            let end = rest.iter().skip(3).position(|&c| c == '\'');
            end.map_or(0, |at| at + 4)
        }
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, visible: &str) {
        let code = code_only(text);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), visible, "{text}");
        assert_eq!(code.lines().count(), text.lines().count());
    }

    #[test]
    fn only_code_stays() {
        check("a // unsafe\nb", "a b");
        check("a /* unsafe /* x */ unsafe */ b", "a b");
        check(r#"let a = "unsafe \" unsafe"; b"#, "let a = ; b");
        check(r##"let a = r#"unsafe " x"#; b"##, "let a = ; b");
        check("let a = '\"'; b; '\\''; c: &'a str; '\\u{1F600}'", "let a = ; b; ; c: &'a str;");
        check("r#type + br\"x\" + bar\"x\"", "r#type + + bar");
        check("\"open", "");
    }
}
