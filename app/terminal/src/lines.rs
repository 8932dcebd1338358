//! What a program prints as plain lines, for those who look for messages in it: without colours, and of a line that is written over
//! again and again the last state.

use alacritty_terminal::vte::{Parser, Perform};

/// A line is cut after so many bytes.
const MAX_LINE: usize = 4096;

/// Makes lines of bytes.
pub struct PlainLines {
    parser: Parser,
    written: Written,
}

#[derive(Default)]
struct Written {
    line: String,
    /// A carriage return was seen: what comes next begins the line again, if it is not its end.
    returned: bool,
    done: Vec<String>,
}

impl PlainLines {
    /// Nothing was printed yet.
    pub fn new() -> PlainLines {
        PlainLines { parser: Parser::new(), written: Written::default() }
    }

    /// The lines that these bytes end.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.parser.advance(&mut self.written, bytes);
        std::mem::take(&mut self.written.done)
    }

    /// The last line, which nothing ended.
    pub fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.written.line);
        (!rest.is_empty()).then_some(rest)
    }
}

impl Perform for Written {
    fn print(&mut self, c: char) {
        if std::mem::take(&mut self.returned) {
            self.line.clear();
        }
        if self.line.len() < MAX_LINE {
            self.line.push(c);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.returned = false;
                self.done.push(std::mem::take(&mut self.line));
            }
            b'\r' => self.returned = true,
            b'\t' => self.print('\t'),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_plain_and_progress_is_written_over() {
        let mut lines = PlainLines::new();
        assert_eq!(lines.take(b"\x1b[1merror\x1b[0m: no"), [] as [String; 0]);
        assert_eq!(
            lines.take(b"thing\r\n\x1b]0;t\x07 --> a.rs:1:2\n10 %\r20"),
            ["error: nothing", " --> a.rs:1:2"]
        );
        assert_eq!(lines.take(b" %\r\n"), ["20 %"]);
        assert_eq!(lines.take(b"\xff\xfe end"), [] as [String; 0]);
        assert_eq!(lines.rest().as_deref(), Some("\u{fffd}\u{fffd} end"));
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let mut lines = PlainLines::new();
        for _ in 0..100 {
            lines.take(&[b'x'; 4096]);
        }
        assert_eq!(lines.take(b"\n")[0].len(), MAX_LINE);
    }
}
