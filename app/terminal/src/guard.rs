//! What a program prints, before the parser sees it: what the parser would keep without a bound is cut off here.
//!
//! The parser collects what stands between `ESC ]` and its end however long that is, a cell takes any number of marks that have no
//! width, and a link stays with each cell that it was printed in. So a command of that kind is ended when it is too long, further marks
//! on one character are left out, and links of the kind `ESC ] 8` are left out: their text stays.

use unicode_width::UnicodeWidthChar;

/// Longest command of the kind that sets titles and colours, in bytes.
const MAX_COMMAND: usize = 4096;
/// Most marks without a width that one character gets.
const MAX_MARKS: usize = 8;
const ESCAPE: u8 = 0x1b;
const CANCEL: u8 = 0x18;

/// Where in the stream of bytes we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Text,
    /// Behind an ESC that is held back.
    Escape,
    /// Behind `ESC ]`, held back as well.
    Command,
    /// Behind `ESC ] 8`, held back as well.
    Eight,
    /// In a command, so many bytes of which were passed on.
    Passing(usize),
    /// In one that is left out.
    Dropping,
    /// Behind an ESC in one that is left out.
    DroppingEscape,
}

/// Passes on what is harmless.
#[derive(Debug, Default)]
pub struct OutputGuard {
    at: At,
    /// Marks since the last character with a width.
    marks: usize,
    passed: Vec<u8>,
}

impl OutputGuard {
    /// The bytes that the parser may see.
    pub fn pass<'a>(&'a mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.at == At::Text && bytes.iter().all(|byte| *byte < 0x80 && *byte != ESCAPE) {
            self.marks = 0;
            return bytes;
        }
        self.passed.clear();
        let mut rest = bytes;
        while let Some((byte, behind)) = rest.split_first() {
            rest = match self.at {
                At::Text => self.text(rest),
                _ => {
                    self.command(*byte);
                    behind
                }
            };
        }
        &self.passed
    }

    /// One run of plain characters, or one other; what is behind it.
    fn text<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let plain = bytes.iter().position(|byte| *byte >= 0x80 || *byte == ESCAPE).unwrap_or(bytes.len());
        if plain > 0 {
            self.marks = 0;
            self.passed.extend_from_slice(&bytes[..plain]);
            return &bytes[plain..];
        }
        if bytes[0] == ESCAPE {
            self.at = At::Escape;
            return &bytes[1..];
        }
        let len = character_len(bytes);
        let width = std::str::from_utf8(&bytes[..len]).ok().and_then(|text| text.chars().next()?.width());
        self.marks = if width == Some(0) { self.marks + 1 } else { 0 };
        if self.marks <= MAX_MARKS {
            self.passed.extend_from_slice(&bytes[..len]);
        }
        &bytes[len..]
    }

    fn command(&mut self, byte: u8) {
        let ends = matches!(byte, 0x07 | CANCEL | 0x1a);
        self.at = match self.at {
            At::Escape if byte == b']' => At::Command,
            At::Escape if byte == ESCAPE => At::Escape,
            At::Escape => {
                self.passed.extend([ESCAPE, byte]);
                At::Text
            }
            At::Command if byte == b'8' => At::Eight,
            At::Eight if byte == b';' => At::Dropping,
            At::Command | At::Eight => {
                let held: &[u8] = if self.at == At::Eight { b"\x1b]8" } else { b"\x1b]" };
                self.passed.extend_from_slice(held);
                self.at = At::Passing(held.len());
                return self.command(byte);
            }
            At::Passing(_) if byte == ESCAPE => At::Escape,
            At::Passing(_) if ends => {
                self.passed.push(byte);
                At::Text
            }
            At::Passing(len) if len >= MAX_COMMAND => {
                self.passed.push(CANCEL);
                At::Dropping
            }
            At::Passing(len) => {
                self.passed.push(byte);
                At::Passing(len + 1)
            }
            At::Dropping if byte == ESCAPE => At::DroppingEscape,
            At::Dropping if ends => At::Text,
            At::Dropping => At::Dropping,
            At::DroppingEscape if byte == b'\\' => At::Text,
            // The ESC ended it and begins something else.
            At::DroppingEscape => {
                self.at = At::Escape;
                return self.command(byte);
            }
            At::Text => At::Text,
        };
    }
}

/// Bytes of the character that these begin with, as far as they are there; 1 for what is none.
fn character_len(bytes: &[u8]) -> usize {
    let len = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let behind = bytes.iter().skip(1).take(len - 1).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    1 + behind
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passed(bytes: &[u8], cut: usize) -> Vec<u8> {
        let mut guard = OutputGuard::default();
        let mut all = Vec::new();
        for piece in bytes.chunks(cut.max(1)) {
            all.extend_from_slice(guard.pass(piece));
        }
        all
    }

    #[test]
    fn what_is_harmless_passes_unchanged_however_it_is_cut() {
        let text = "plain \x1b[31mred\x1b[0m ü 世界 e\u{301}\r\n\x1b]0;a title\x07\x1b]52;c;aGk=\x1b\\\x1bMend\u{1f600}";
        for cut in 1..text.len() {
            // A character that is cut counts as none, which lets its pieces through.
            assert_eq!(String::from_utf8_lossy(&passed(text.as_bytes(), cut)), text, "cut at {cut}");
        }
    }

    #[test]
    fn links_are_left_out_and_their_text_stays() {
        let linked = b"a \x1b]8;id=1;https://x.test/\x1b\\here\x1b]8;;\x07 b\x1b[0m";
        for cut in 1..linked.len() {
            assert_eq!(passed(linked, cut), b"a here b\x1b[0m", "cut at {cut}");
        }
        assert_eq!(passed(b"\x1b]80;x\x07", 3), b"\x1b]80;x\x07");
    }

    #[test]
    fn a_command_without_an_end_is_ended() {
        let mut guard = OutputGuard::default();
        let mut len = guard.pass(b"\x1b]0;").len();
        for _ in 0..1000 {
            len += guard.pass(&[b'x'; 4096]).len();
        }
        assert!(len < 2 * MAX_COMMAND, "{len}");
        assert_eq!(guard.pass(b"\x07seen"), b"seen");
    }

    #[test]
    fn a_character_gets_a_few_marks_and_no_more() {
        let text = format!("e{}x", "\u{301}".repeat(10_000));
        let marks = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches('\u{301}').count();
        assert_eq!(marks(&passed(text.as_bytes(), usize::MAX)), MAX_MARKS);
        assert!(passed(text.as_bytes(), usize::MAX).ends_with(b"x"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail_or_print_more(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 1usize..50) {
            // Bytes that mean something come up more often than by chance alone.
            let bytes: Vec<u8> = bytes.iter().map(|byte| b"\x1b]8;\x07\\x\xcc\x81\x18"[usize::from(*byte) % 10]).collect();
            let passed = passed(&bytes, cut);
            prop_assert!(passed.len() <= bytes.len() + 1);
        }

        #[test]
        fn text_without_commands_passes_as_it_is(text in "[a-z üж世😀\r\n\t]{0,60}", cut in 1usize..20) {
            prop_assert_eq!(passed(text.as_bytes(), cut), text.as_bytes());
        }
    }
}
