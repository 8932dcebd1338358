//! Vim's patterns as regular expressions of the `regex` crate, which knows no back references and looks at nothing around.

use regex::{Regex, RegexBuilder};

/// So large may a compiled pattern get.
const SIZE_LIMIT: usize = 10 << 20;

/// What is special without a backslash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Magic {
    /// Everything: `\v`.
    Very,
    /// Vim's own: `. * [ ] ~ ^ $`.
    Usual,
    /// Next to nothing: `\V`.
    None,
}

/// Compiles a pattern as Vim writes it.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    let (written, insensitive) = translate(pattern)?;
    let built = RegexBuilder::new(&written)
        .multi_line(true)
        .crlf(true)
        .case_insensitive(insensitive.unwrap_or(ignore_case))
        .size_limit(SIZE_LIMIT)
        .build();
    built.map_err(|_| format!("This is no pattern: {pattern}"))
}

/// A pattern as a regular expression, and whether it says itself that case is (not) ignored.
pub(crate) fn translate(pattern: &str) -> Result<(String, Option<bool>), String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut translation =
        Translation { chars, at: 0, out: String::new(), magic: Magic::Usual, case: None, atom: false };
    translation.run()?;
    Ok((translation.out, translation.case))
}

struct Translation {
    chars: Vec<char>,
    at: usize,
    out: String,
    magic: Magic,
    case: Option<bool>,
    /// Something stands before that can be repeated.
    atom: bool,
}

impl Translation {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.next() {
            if c != '\\' {
                let special = match self.magic {
                    Magic::Very => !c.is_alphanumeric() && c != '_',
                    Magic::Usual => ".*[~^$".contains(c),
                    Magic::None => (c == '^' && self.at == 1) || (c == '$' && self.peek().is_none()),
                };
                self.put(c, special)?;
                continue;
            }
            let Some(c) = self.next() else {
                self.literal('\\');
                break;
            };
            let special = match self.magic {
                Magic::Very => c.is_alphanumeric(),
                Magic::Usual => !".*[]~^$/\\".contains(c),
                Magic::None => !"/\\^$".contains(c),
            };
            self.put(c, special)?;
        }
        Ok(())
    }

    fn literal(&mut self, c: char) {
        self.out += &regex::escape(c.encode_utf8(&mut [0; 4]));
        self.atom = true;
    }

    fn class(&mut self, class: &str) {
        self.out += class;
        self.atom = true;
    }

    fn repeat(&mut self, how: &str, c: char) {
        if self.atom { self.out += how } else { self.literal(c) }
    }

    fn begins_branch(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('|') || self.out.ends_with("(?:") || self.out.ends_with('(')
    }

    fn ends_branch(&self) -> bool {
        let rest = &self.chars[self.at..];
        let very = self.magic == Magic::Very && matches!(rest, ['|' | ')', ..]);
        rest.is_empty() || very || matches!(rest, ['\\', '|' | ')' | 'n', ..])
    }

    fn put(&mut self, c: char, special: bool) -> Result<(), String> {
        if !special {
            self.literal(c);
            return Ok(());
        }
        match c {
            '.' => self.class("."),
            '*' => self.repeat("*", c),
            '+' => self.repeat("+", c),
            '=' | '?' => self.repeat("?", c),
            '{' => self.counted()?,
            '[' => self.collection(),
            '(' => {
                self.out.push('(');
                self.atom = false;
            }
            ')' => {
                self.out.push(')');
                self.atom = true;
            }
            '%' if self.peek() == Some('(') => {
                self.at += 1;
                self.out += "(?:";
                self.atom = false;
            }
            '|' => {
                self.out.push('|');
                self.atom = false;
            }
            '^' if self.begins_branch() || self.magic == Magic::Very => self.out.push('^'),
            '$' if self.ends_branch() || self.magic == Magic::Very => self.out.push('$'),
            '<' => self.out += r"\b{start}",
            '>' => self.out += r"\b{end}",
            's' => self.class(r"[ \t]"),
            'S' => self.class(r"[^ \t\r\n]"),
            'd' => self.class("[0-9]"),
            'D' => self.class(r"[^0-9\r\n]"),
            'w' => self.class("[0-9A-Za-z_]"),
            'W' => self.class(r"[^0-9A-Za-z_\r\n]"),
            'a' => self.class("[A-Za-z]"),
            'l' => self.class("[a-z]"),
            'u' => self.class("[A-Z]"),
            'x' => self.class("[0-9A-Fa-f]"),
            'h' => self.class("[A-Za-z_]"),
            'o' => self.class("[0-7]"),
            'k' | 'i' => self.class(r"\w"),
            'n' => self.class(r"\r?\n"),
            't' => self.class(r"\t"),
            'r' => self.class(r"\r"),
            'e' => self.class(r"\x1b"),
            '_' if self.peek() == Some('s') => {
                self.at += 1;
                self.class(r"[ \t\r\n]");
            }
            '_' if self.peek() == Some('.') => {
                self.at += 1;
                self.class("(?s:.)");
            }
            'c' => self.case = Some(true),
            'C' => self.case = Some(false),
            'v' => self.magic = Magic::Very,
            'm' => self.magic = Magic::Usual,
            'M' | 'V' => self.magic = Magic::None,
            'z' | '@' | '&' | '1'..='9' => {
                return Err(format!("\\{c} cannot be used in a pattern here."));
            }
            c => self.literal(c),
        }
        Ok(())
    }

    /// `\{2,3}`, `\{-}` and the like.
    fn counted(&mut self) -> Result<(), String> {
        let from = self.at;
        let close =
            self.chars[from..].iter().position(|c| *c == '}').ok_or("A { is not closed in the pattern.")?;
        let inner: String = self.chars[from..from + close].iter().filter(|c| **c != '\\').collect();
        self.at = from + close + 1;
        let (lazy, bounds) = match inner.strip_prefix('-') {
            Some(rest) => ("?", rest),
            None => ("", inner.as_str()),
        };
        let written = match bounds {
            "" | "," => "*".to_owned(),
            bounds => {
                let bounds = if bounds.starts_with(',') { format!("0{bounds}") } else { bounds.to_owned() };
                format!("{{{bounds}}}")
            }
        };
        self.out += &written;
        self.out += lazy;
        Ok(())
    }

    /// `[abc]`; a `[` that is not closed is one.
    fn collection(&mut self) {
        let mut at = self.at;
        let negated = self.chars.get(at) == Some(&'^');
        at += usize::from(negated);
        let first = at;
        let mut inner = String::new();
        loop {
            match self.chars.get(at).copied() {
                None => return self.literal('['),
                Some(']') if at > first => break,
                Some('[') if self.chars.get(at + 1) == Some(&':') => {
                    let rest: String = self.chars[at..].iter().collect();
                    let Some(end) = rest.find(":]") else { return self.literal('[') };
                    inner += &rest[..end + 2];
                    at += rest[..end + 2].chars().count();
                    continue;
                }
                Some('\\') => {
                    at += 1;
                    match self.chars.get(at).copied() {
                        Some('n') => inner += r"\n",
                        Some('t') => inner += r"\t",
                        Some('e') => inner += r"\x1b",
                        Some(c @ ('\\' | ']' | '^' | '-')) => {
                            inner.push('\\');
                            inner.push(c);
                        }
                        Some(c) => {
                            inner += r"\\";
                            inner += &escaped_in_class(c);
                        }
                        None => return self.literal('['),
                    }
                }
                Some('-') => inner.push('-'),
                Some(c) => inner += &escaped_in_class(c),
            }
            at += 1;
        }
        self.at = at + 1;
        let sign = if negated { r"^\r\n" } else { "" };
        self.class(&format!("[{sign}{inner}]"));
    }
}

fn escaped_in_class(c: char) -> String {
    if matches!(c, '[' | ']' | '&' | '~' | '^') { format!("\\{c}") } else { c.to_string() }
}

/// A text as a pattern that finds nothing but it.
pub(crate) fn literal(text: &str) -> String {
    let escaped =
        text.chars().map(|c| if "/\\.*$^~[]".contains(c) { format!("\\{c}") } else { c.to_string() });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<String> {
        compile(pattern, false).unwrap().find(text).map(|found| found.as_str().to_owned())
    }

    #[test]
    fn patterns_find_what_vim_finds() {
        let check = |pattern: &str, text: &str, expected: &str| {
            assert_eq!(found(pattern, text).as_deref(), Some(expected), "{pattern}");
        };
        check(r"a\+", "baaa", "aaa");
        check("a+", "aa+", "a+");
        check(r"\<foo\>", "foobar foo", "foo");
        check(r"\(ab\)\{2}", "ababab", "abab");
        check(r"a.\{-}b", "axbxb", "axb");
        check(r"[^a-c]\+", "abcxyz", "xyz");
        check("[]x]", "]", "]");
        check("[a", "[a", "[a");
        check(r"\v(a|b)+c", "xabc", "abc");
        check(r"\va+", "a+aa", "a");
        check(r"foo\|bar", "a bar", "bar");
        check(r"\cFOO", "foo", "foo");
        check("*a", "*a", "*a");
        check(r"x\=y", "y", "y");
        check("a(b)", "a(b)", "a(b)");
        check(r"\d\s\w", "1 a", "1 a");
        check("^b", "a\nb", "b");
        check(&literal("a.b*[c]"), "axb a.b*[c]", "a.b*[c]");
        assert!(compile(r"\(a\)\1", false).is_err());
    }
}
