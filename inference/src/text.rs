//! From token bytes to text that may be shown: whole characters, and nothing that a stop text will take back.

/// A text that ends an answer, and does not belong to it but for its first `kept` bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopText {
    /// The text.
    pub text: String,
    /// Bytes of it that still belong to the answer.
    pub kept: usize,
}

impl From<String> for StopText {
    fn from(text: String) -> StopText {
        StopText { text, kept: 0 }
    }
}

/// Collects the bytes of an answer.
pub struct TextStream<'a> {
    stops: &'a [StopText],
    /// Bytes that may begin a character.
    bytes: Vec<u8>,
    /// Text that may begin a stop text.
    held: String,
}

/// What a push gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Text to show now.
    pub text: String,
    /// True when a stop text appeared: the answer is over.
    pub stopped: bool,
}

impl<'a> TextStream<'a> {
    /// A stream that ends at the first of `stops`.
    pub fn new(stops: &'a [StopText]) -> Self {
        TextStream { stops, bytes: Vec::new(), held: String::new() }
    }

    /// Adds what `append` appends to the buffer.
    pub fn push(&mut self, append: impl FnOnce(&mut Vec<u8>)) -> Pushed {
        append(&mut self.bytes);
        self.take_characters();
        let found = self.stops.iter().filter_map(|stop| Some((self.held.find(&stop.text)?, stop.kept)));
        if let Some((at, kept)) = found.min() {
            self.held.truncate(at + kept);
            return Pushed { text: std::mem::take(&mut self.held), stopped: true };
        }
        let safe = self.held.len() - self.longest_beginning();
        let rest = self.held.split_off(safe);
        Pushed { text: std::mem::replace(&mut self.held, rest), stopped: false }
    }

    /// What is left when the answer is over without a stop text; a last line that needs only its end to be one is none, too.
    /// Bytes that are no character become U+FFFD.
    pub fn finish(mut self) -> String {
        self.held.push_str(&String::from_utf8_lossy(&self.bytes));
        let whole = |stop: &&StopText| stop.text.strip_suffix('\n').is_some_and(|line| self.held == line);
        if let Some(stop) = self.stops.iter().find(whole) {
            self.held.truncate(stop.kept);
        }
        self.held
    }

    /// Moves all whole characters from `bytes` to `held`.
    fn take_characters(&mut self) {
        loop {
            match std::str::from_utf8(&self.bytes) {
                Ok(text) => {
                    self.held.push_str(text);
                    self.bytes.clear();
                    return;
                }
                Err(error) => {
                    let valid = error.valid_up_to();
                    self.held.push_str(&String::from_utf8_lossy(&self.bytes[..valid]));
                    let Some(invalid) = error.error_len() else {
                        self.bytes.drain(..valid);
                        return;
                    };
                    self.held.push(char::REPLACEMENT_CHARACTER);
                    self.bytes.drain(..valid + invalid);
                }
            }
        }
    }

    /// Length of the longest end of `held` that begins a stop text.
    fn longest_beginning(&self) -> usize {
        self.stops.iter().map(|stop| overlap(&self.held, &stop.text)).max().unwrap_or(0)
    }
}

fn overlap(text: &str, stop: &str) -> usize {
    let most = text.len().min(stop.len().saturating_sub(1));
    (1..=most).rev().find(|&n| stop.is_char_boundary(n) && text.ends_with(&stop[..n])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(bytes: &[u8], cuts: &[usize], stops: &[StopText]) -> (String, bool) {
        let mut stream = TextStream::new(stops);
        let mut shown = String::new();
        let mut from = 0;
        let cuts = cuts.iter().map(|c| c % (bytes.len() + 1)).chain([bytes.len()]);
        let mut cuts: Vec<usize> = cuts.collect();
        cuts.sort_unstable();
        for to in cuts {
            let pushed = stream.push(|buffer| buffer.extend_from_slice(&bytes[from..to]));
            shown += &pushed.text;
            if pushed.stopped {
                return (shown, true);
            }
            from = to;
        }
        (shown + &stream.finish(), false)
    }

    #[test]
    fn characters_split_over_tokens_come_whole() {
        let mut stream = TextStream::new(&[]);
        let bytes = "é漢".as_bytes();
        let texts: Vec<String> =
            bytes.iter().map(|byte| stream.push(|buffer| buffer.push(*byte)).text).collect();
        assert_eq!(texts, ["", "é", "", "", "漢"]);
    }

    #[test]
    fn of_a_stop_text_the_first_bytes_may_be_kept() {
        let stops = [StopText { text: "\n  b\n".to_owned(), kept: 1 }];
        for (said, shown) in
            [("a\n  b\nc", "a\n"), ("a\n  b", "a\n"), ("a\n  bc\n", "a\n  bc\n"), ("a\n  ", "a\n  ")]
        {
            for cut in 0..said.len() {
                assert_eq!(run(said.as_bytes(), &[cut], &stops).0, shown, "{said:?} at {cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_text_ends_before_the_first_stop(
            text in "[a`\né]{0,60}", cuts in prop::collection::vec(any::<usize>(), 0..12),
        ) {
            let stops = ["\n```", "aa`"].map(|stop| StopText::from(stop.to_owned()));
            let end = stops.iter().filter_map(|stop| text.find(&stop.text)).min();
            let expected = (text[..end.unwrap_or(text.len())].to_owned(), end.is_some());
            prop_assert_eq!(run(text.as_bytes(), &cuts, &stops), expected);
        }

        #[test]
        fn any_bytes_become_what_lossy_decoding_makes_of_them(
            bytes in prop::collection::vec(any::<u8>(), 0..60), cuts in prop::collection::vec(any::<usize>(), 0..12),
        ) {
            prop_assert_eq!(run(&bytes, &cuts, &[]).0, String::from_utf8_lossy(&bytes));
        }
    }
}
