//! Bytes become text and text becomes the same bytes again, or it is said that they cannot.
//!
//! A text that was decoded with loss can be looked at and never written: only [`Decoded`], [`crate::file::Opened`] and
//! [`crate::Document`] give out a [`Writable`], and none of them does for a text that is read-only.

use std::fmt;

use ropey::Rope;

mod offered;

pub use self::offered::OFFERED;

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// One of the encodings of the web other than Unicode, such as windows-1252.
    Legacy(&'static encoding_rs::Encoding),
}

/// Everything beside the text that is needed to write the same bytes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// How text becomes bytes.
    pub encoding: Encoding,
    /// Does the file begin with a byte order mark? The mark is no part of the text.
    pub bom: bool,
}

/// In which encoding bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// In the one that they seem to be in.
    Guessed,
    /// In the one that the person chose earlier, while it gives the same bytes back; else in the one that they seem to be in.
    Kept(Encoding),
    /// In this one: the person says so.
    Chosen(Encoding),
}

/// Why a file can be read but not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadOnly {
    /// It has zero bytes.
    #[error("this looks like a binary file: it is shown, but cannot be edited")]
    Binary,
    /// It is UTF-8 but for some bytes, which the text cannot hold.
    #[error("some bytes of this file are not valid UTF-8: it is shown, but cannot be edited")]
    BrokenUtf8,
    /// No encoding was found that gives the same bytes back.
    #[error("this file's encoding is not known: it is shown, but cannot be edited")]
    UnknownEncoding,
    /// Not even the encoding that the person chose gives the same bytes back.
    #[error("{} does not give this file's bytes back: it is shown, but cannot be edited", .0.name())]
    Inexact(Encoding),
}

/// A decoded text.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The text; approximate when read-only.
    pub rope: Rope,
    /// How to write it.
    pub format: Format,
    /// Why it cannot be edited, if so.
    pub read_only: Option<ReadOnly>,
    /// It is in the encoding that the person chose.
    pub chosen: bool,
    /// The encoding that the bytes seem to be in, and that gives them back.
    pub guess: Option<Encoding>,
}

/// A text that stands for exactly the bytes that it would be written as. There is none of a text that was decoded with loss, so
/// that no way of saving can write one.
#[derive(Clone, Debug)]
pub struct Writable {
    rope: Rope,
    format: Format,
}

/// A character has no place in an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the character {character:?} cannot be written in {encoding}: save as UTF-8 instead")]
pub struct NotInEncoding {
    /// The first such character.
    pub character: char,
    /// The encoding's name.
    pub encoding: &'static str,
}

impl Writable {
    /// A text to be written like a file that was read as `read_only` says.
    ///
    /// # Errors
    /// The file is read-only: what is shown of it is not what it holds.
    pub(crate) fn new(rope: Rope, format: Format, read_only: Option<ReadOnly>) -> Result<Self, ReadOnly> {
        read_only.map_or(Ok(Self { rope, format }), Err)
    }

    /// The text.
    #[must_use]
    pub fn rope(&self) -> &Rope {
        &self.rope
    }

    /// How it is written.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Its bytes.
    ///
    /// # Errors
    /// A character has no place in the encoding.
    pub fn bytes(&self) -> Result<Vec<u8>, NotInEncoding> {
        encode(&self.rope, self.format)
    }
}

impl Encoding {
    /// The name people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Legacy(encoding) => encoding.name(),
        }
    }

    fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 => b"\xEF\xBB\xBF",
            Self::Utf16Le => b"\xFF\xFE",
            Self::Utf16Be => b"\xFE\xFF",
            Self::Legacy(_) => b"",
        }
    }
}

impl Decoded {
    /// The text as it would be written.
    ///
    /// # Errors
    /// It was decoded with loss.
    pub fn writable(&self) -> Result<Writable, ReadOnly> {
        Writable::new(self.rope.clone(), self.format, self.read_only)
    }
}

impl Format {
    /// UTF-8 without a byte order mark.
    pub const UTF8: Self = Self { encoding: Encoding::Utf8, bom: false };
}

/// The name people know it by.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.encoding.name())?;
        if self.bom { f.write_str(" with BOM") } else { Ok(()) }
    }
}

/// Reads bytes in the encoding that they seem to be in.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    decode_as(bytes, Reading::Guessed)
}

/// Reads bytes.
#[must_use]
pub fn decode_as(bytes: &[u8], reading: Reading) -> Decoded {
    match reading {
        Reading::Guessed => guessed(bytes),
        Reading::Kept(encoding) => {
            let kept = chosen(bytes, encoding);
            if kept.read_only.is_none() { kept } else { guessed(bytes) }
        }
        Reading::Chosen(encoding) => chosen(bytes, encoding),
    }
}

/// In the encoding that the person chose. Whatever gives the same bytes back can be edited, zero bytes too.
fn chosen(bytes: &[u8], encoding: Encoding) -> Decoded {
    let (text, bom) = match bytes.strip_prefix(encoding.mark()) {
        Some(rest) => (rest, !encoding.mark().is_empty()),
        None => (bytes, false),
    };
    let (rope, read_only) = match (exact(encoding, text), encoding) {
        (Some(rope), _) => (rope, None),
        (None, Encoding::Utf8) => (approximate(encoding, text), Some(ReadOnly::BrokenUtf8)),
        (None, _) => (approximate(encoding, text), Some(ReadOnly::Inexact(encoding))),
    };
    let guess = guessed(bytes).guess;
    Decoded { rope, format: Format { encoding, bom }, read_only, chosen: true, guess }
}

/// In the encoding that gives the same bytes back, if one is found.
fn guessed(bytes: &[u8]) -> Decoded {
    if let Some((rope, encoding)) = decode_marked(bytes) {
        return editable(rope, Format { encoding, bom: true });
    }
    if bytes.contains(&0) {
        return match decode_unmarked_utf16(bytes) {
            Some((rope, encoding)) => editable(rope, Format { encoding, bom: false }),
            None => only_to_read(bytes, ReadOnly::Binary),
        };
    }
    if let Some(rope) = without_zeros(Encoding::Utf8, bytes) {
        return editable(rope, Format::UTF8);
    }
    if bytes.starts_with(Encoding::Utf8.mark()) || is_mostly_utf8(bytes) {
        return only_to_read(bytes, ReadOnly::BrokenUtf8);
    }
    match decode_legacy(bytes) {
        Some((rope, encoding)) => editable(rope, Format { encoding, bom: false }),
        None => only_to_read(bytes, ReadOnly::UnknownEncoding),
    }
}

/// The text behind a byte order mark, when it is one.
fn decode_marked(bytes: &[u8]) -> Option<(Rope, Encoding)> {
    let marked = |encoding: Encoding| {
        let rest = bytes.strip_prefix(encoding.mark())?;
        Some((without_zeros(encoding, rest)?, encoding))
    };
    [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be].into_iter().find_map(marked)
}

/// Would [`decode`] take these bytes for those of a binary file? It costs much less.
#[must_use]
pub fn looks_binary(bytes: &[u8]) -> bool {
    bytes.contains(&0) && decode_marked(bytes).is_none() && decode_unmarked_utf16(bytes).is_none()
}

fn editable(rope: Rope, format: Format) -> Decoded {
    Decoded { rope, format, read_only: None, chosen: false, guess: Some(format.encoding) }
}

fn only_to_read(bytes: &[u8], reason: ReadOnly) -> Decoded {
    let rope = approximate(Encoding::Utf8, bytes);
    let guess = guess_behind(bytes);
    Decoded { rope, format: Format::UTF8, read_only: Some(reason), chosen: false, guess }
}

/// The encoding in which bytes that can only be read could be edited: what is no UTF-8 in them tells where they come from.
fn guess_behind(bytes: &[u8]) -> Option<Encoding> {
    if exact(Encoding::Utf8, bytes).is_some() {
        return Some(Encoding::Utf8);
    }
    let mut foreign = Vec::new();
    for chunk in bytes.utf8_chunks() {
        foreign.extend(chunk.valid().bytes().filter(u8::is_ascii));
        foreign.extend_from_slice(chunk.invalid());
    }
    let guess = likely_legacy(&foreign);
    exact(guess, bytes).map(|_| guess)
}

/// The text of bytes, when it gives the same bytes back.
fn exact(encoding: Encoding, bytes: &[u8]) -> Option<Rope> {
    let unit: fn([u8; 2]) -> u16 = match encoding {
        Encoding::Utf8 => return std::str::from_utf8(bytes).ok().map(Rope::from_str),
        Encoding::Utf16Le => u16::from_le_bytes,
        Encoding::Utf16Be => u16::from_be_bytes,
        Encoding::Legacy(encoding) => {
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
            let (again, used, failed) = encoding.encode(&text);
            return (!failed && used == encoding && again == bytes).then(|| Rope::from_str(&text));
        }
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    let text = String::from_utf16(&units).ok().filter(|_| rest.is_empty())?;
    Some(Rope::from_str(&text))
}

/// What can be shown of bytes that give no text.
fn approximate(encoding: Encoding, bytes: &[u8]) -> Rope {
    let encoding = match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Legacy(encoding) => encoding,
    };
    Rope::from_str(&encoding.decode_without_bom_handling(bytes).0)
}

/// The text of bytes, when it gives the same bytes back and looks like text.
fn without_zeros(encoding: Encoding, bytes: &[u8]) -> Option<Rope> {
    exact(encoding, bytes).filter(|rope| !rope.chars().any(|c| c == '\0'))
}

/// UTF-16 without a mark: zero bytes stand only where the upper halves of units do, at least half of the units have one, and all
/// are text without control characters.
fn decode_unmarked_utf16(bytes: &[u8]) -> Option<(Rope, Encoding)> {
    let zeros_from = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (encoding, zeros) = match (zeros_from(0), zeros_from(1)) {
        (0, zeros) => (Encoding::Utf16Le, zeros),
        (zeros, 0) => (Encoding::Utf16Be, zeros),
        _ => return None,
    };
    let rope = without_zeros(encoding, bytes).filter(|_| zeros * 4 >= bytes.len())?;
    let is_text = |c: char| (!c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}')) && c != '\u{feff}';
    rope.chars().all(is_text).then_some((rope, encoding))
}

/// Is more of it right than wrong? Each byte that follows as UTF-8 wants it speaks for UTF-8: in a text of another encoding it does
/// so by accident, and two in a row hardly ever. Each broken sequence speaks against it. Where both are as many, what is taken for
/// broken UTF-8 can still be opened as the person likes, while what is taken for another encoding would be typed into in that one.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().map(|c| c.len_utf8() - 1).sum::<usize>();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    wrong > 0 && wrong <= right
}

/// Guesses, and takes the guess only when it gives exactly these bytes back.
fn decode_legacy(bytes: &[u8]) -> Option<(Rope, Encoding)> {
    let encoding = likely_legacy(bytes);
    exact(encoding, bytes).map(|rope| (rope, encoding))
}

fn likely_legacy(bytes: &[u8]) -> Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    Encoding::Legacy(detector.guess(None, chardetng::Utf8Detection::Deny))
}

/// The bytes of a text.
///
/// # Errors
/// A character has no place in the encoding.
pub fn encode(rope: &Rope, format: Format) -> Result<Vec<u8>, NotInEncoding> {
    let mut bytes = Vec::with_capacity(rope.len_bytes() + 3);
    if format.bom {
        bytes.extend_from_slice(format.encoding.mark());
    }
    match format.encoding {
        Encoding::Utf8 => rope.chunks().for_each(|chunk| bytes.extend_from_slice(chunk.as_bytes())),
        Encoding::Utf16Le => encode_units(rope, &mut bytes, u16::to_le_bytes),
        Encoding::Utf16Be => encode_units(rope, &mut bytes, u16::to_be_bytes),
        Encoding::Legacy(encoding) => bytes.extend(encode_legacy(rope, encoding)?),
    }
    Ok(bytes)
}

fn encode_units(rope: &Rope, bytes: &mut Vec<u8>, to_bytes: fn(u16) -> [u8; 2]) {
    for chunk in rope.chunks() {
        bytes.extend(chunk.encode_utf16().flat_map(to_bytes));
    }
}

fn encode_legacy(rope: &Rope, encoding: &'static encoding_rs::Encoding) -> Result<Vec<u8>, NotInEncoding> {
    // What has no encoder of its own is encoded as UTF-8, without a word.
    let takes = |used, failed: bool| used == encoding && !failed;
    let text = rope.to_string();
    let (bytes, used, failed) = encoding.encode(&text);
    if takes(used, failed) {
        return Ok(bytes.into_owned());
    }
    let has_no_place = |c: &char| {
        let (_, used, failed) = encoding.encode(c.encode_utf8(&mut [0; 4]));
        !takes(used, failed)
    };
    let character = text.chars().find(has_no_place).unwrap_or(char::REPLACEMENT_CHARACTER);
    Err(NotInEncoding { character, encoding: encoding.name() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Decodes, encodes again and compares.
    fn check(bytes: &[u8], text: &str, encoding: &str) {
        let decoded = decode(bytes);
        assert_eq!((decoded.rope.to_string().as_str(), decoded.format.encoding.name()), (text, encoding));
        assert_eq!(decoded.read_only, None);
        assert_eq!(encode(&decoded.rope, decoded.format).unwrap(), bytes);
    }

    #[test]
    fn encodings_are_told_and_kept() {
        check(b"a\r\nb\nc\r", "a\r\nb\nc\r", "UTF-8");
        check(b"\xEF\xBB\xBFa", "a", "UTF-8");
        check(b"\xFF\xFEa\0\n\0", "a\n", "UTF-16 LE");
        check(b"\xFE\xFF\0a\0\n", "a\n", "UTF-16 BE");
        check(
            "Gr\u{f6}\u{df}e und Stra\u{df}e, na\u{ef}ve caf\u{e9}s"
                .chars()
                .map(|c| c as u8)
                .collect::<Vec<u8>>()
                .as_slice(),
            "Größe und Straße, naïve cafés",
            "windows-1252",
        );
        assert_eq!(decode(b"a\0b").read_only, Some(ReadOnly::Binary));
        let picture = b"\x89PNG\r\n\x1a\n\0\0\xff\xfe";
        assert_eq!(decode(picture).read_only, Some(ReadOnly::Binary));
        let rope = Rope::from_str("漢");
        let western = Format { encoding: Encoding::Legacy(encoding_rs::WINDOWS_1252), bom: false };
        assert!(matches!(encode(&rope, western), Err(NotInEncoding { character: '漢', .. })));
    }

    #[test]
    fn utf_16_without_a_mark_is_told_by_its_zeros() {
        check(b"a\0\n\0\xE4\0", "a\nä", "UTF-16 LE");
        check(b"\0a\0\n\x6F\x22", "a\n漢", "UTF-16 BE");
        for binary in [&b"\x01\0\x02\0"[..], b"a\0\0a", b"a\0b\0\0\xD8c\0", b"a\0b"] {
            assert_eq!(decode(binary).read_only, Some(ReadOnly::Binary), "{binary:?}");
        }
    }

    #[test]
    fn a_broken_byte_does_not_make_utf_8_another_encoding() {
        let broken = [&b"Gr\xC3\xB6\xC3\x9Fe "[..], b"\xFF", " und 漢字\n".as_bytes()].concat();
        assert_eq!(decode(&broken).read_only, Some(ReadOnly::BrokenUtf8));
        assert_eq!(decode(&"été".as_bytes()[..4]).read_only, Some(ReadOnly::BrokenUtf8), "cut at its end");
        let marked = b"\xEF\xBB\xBFa\xE9b\xE9c\xE9";
        assert_eq!(decode(marked).read_only, Some(ReadOnly::BrokenUtf8), "its mark says what it is");
        check(b"caf\xE9", "café", "windows-1252");
    }

    #[test]
    fn as_much_that_is_right_as_is_broken_is_utf_8() {
        for utf8 in [&b"\xC3\xA9 \xE9"[..], b"it\xE2\x80\x99s \xE9 \xE9", b"\xE9\xC3\xA9"] {
            assert_eq!(decode(utf8).read_only, Some(ReadOnly::BrokenUtf8), "{utf8:?}");
        }
        // An accident: a capital with an accent before a closing quote.
        check(b"\x93CAF\xC9\x94 \xE0 Orl\xE9ans", "“CAFÉ” à Orléans", "windows-1252");
        check(b"\xC1\xAA\xCD\xA8\xB9\xAB\xCB\xBE", "联通公司", "GBK");
    }

    #[test]
    fn a_chosen_encoding_is_taken_for_what_can_be_given_back_and_for_nothing_else() {
        let as_western = Reading::Chosen(Encoding::Legacy(encoding_rs::WINDOWS_1252));
        let all: Vec<u8> = (0..=255).collect();
        let decoded = decode_as(&all, as_western);
        assert_eq!((decoded.read_only, decoded.chosen), (None, true));
        assert_eq!(decoded.writable().unwrap().bytes().unwrap(), all, "even of a binary");
        assert_eq!(decode_as(b"a\0b", Reading::Chosen(Encoding::Utf8)).read_only, None);
        let japanese = Encoding::Legacy(encoding_rs::SHIFT_JIS);
        for (bytes, encoding, reason) in [
            (&b"\xE9t\xE9"[..], Encoding::Utf8, ReadOnly::BrokenUtf8),
            (b"abc", Encoding::Utf16Le, ReadOnly::Inexact(Encoding::Utf16Le)),
            (b"\xD8\0a\0", Encoding::Utf16Be, ReadOnly::Inexact(Encoding::Utf16Be)),
            (b"\x81", japanese, ReadOnly::Inexact(japanese)),
            // Another pair of bytes stands for the same sign.
            (b"\xED\x40", japanese, ReadOnly::Inexact(japanese)),
        ] {
            let decoded = decode_as(bytes, Reading::Chosen(encoding));
            assert_eq!((decoded.read_only, decoded.format.encoding), (Some(reason), encoding), "{bytes:?}");
        }
    }

    #[test]
    fn a_chosen_encoding_is_kept_while_it_gives_the_bytes_back() {
        let kept = |bytes: &[u8], encoding| {
            let decoded = decode_as(bytes, Reading::Kept(encoding));
            (decoded.format.to_string(), decoded.chosen, decoded.read_only)
        };
        let western = Encoding::Legacy(encoding_rs::WINDOWS_1252);
        assert_eq!(kept("é".as_bytes(), western), ("windows-1252".to_owned(), true, None));
        assert_eq!(kept("é".as_bytes(), Encoding::Utf16Be), ("UTF-16 BE".to_owned(), true, None));
        assert_eq!(kept("éa".as_bytes(), Encoding::Utf16Be), ("UTF-8".to_owned(), false, None));
    }

    #[test]
    fn what_cannot_be_edited_has_a_guess_that_can() {
        let guess = |bytes: &[u8]| decode(bytes).guess.map(Encoding::name);
        assert_eq!(guess(b"a log\0 with \xC3\xA9"), Some("UTF-8"));
        assert_eq!(guess(b"\xC3\xA9 \xE9"), Some("windows-1252"));
    }

    #[test]
    fn what_has_no_encoder_of_its_own_writes_nothing() {
        let wide = Format { encoding: Encoding::Legacy(encoding_rs::UTF_16LE), bom: false };
        assert_eq!(
            encode(&Rope::from_str("a"), wide),
            Err(NotInEncoding { character: 'a', encoding: "UTF-16LE" })
        );
        assert_eq!(decode_as(b"a\0", Reading::Chosen(wide.encoding)).writable().ok().map(|_| ()), None);
    }

    #[test]
    fn a_text_that_was_decoded_with_loss_can_never_be_written() {
        let decoded = decode(b"a\0\xff\xfeb\n");
        assert_eq!(decoded.writable().err(), Some(ReadOnly::Binary));
        assert_eq!(decode(b"caf\xE9").writable().unwrap().bytes().unwrap(), b"caf\xE9");
    }

    proptest! {
        #[test]
        fn opening_and_saving_changes_no_byte(bytes in any_bytes()) {
            let decoded = decode(&bytes);
            match decoded.writable() {
                Ok(text) => prop_assert_eq!(text.bytes().unwrap(), bytes),
                Err(reason) => prop_assert_eq!(decoded.read_only, Some(reason)),
            }
        }
    }

    fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
        let mark = prop::sample::select(vec![&b""[..], b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"]);
        let body = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            prop::collection::vec(1u8.., 0..40),
            any::<String>().prop_map(String::into_bytes),
            "[a\r\n\u{feff}\u{e4}]{0,30}".prop_map(String::into_bytes),
            "[ a-zäöüß\r\n]{0,60}".prop_map(|text| text.chars().map(|c| c as u8).collect()),
        ];
        (mark, body).prop_map(|(mark, body)| [mark, &body].concat())
    }
}
