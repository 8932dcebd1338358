//! Bytes become text and text becomes the same bytes again, or it is said that they cannot.
//!
//! A text that was decoded with loss can be looked at and never written: only [`Decoded`], [`crate::file::Opened`] and
//! [`crate::Document`] give out a [`Writable`], and none of them does for a text that is read-only.

use ropey::Rope;

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// One of the encodings of the web, such as windows-1252.
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

/// Finds the encoding that gives the same bytes back.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    let editable = |rope, encoding, bom| Decoded { rope, format: Format { encoding, bom }, read_only: None };
    for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
        let text = bytes.strip_prefix(encoding.mark()).and_then(|rest| decode_as(encoding, rest));
        if let Some(rope) = text {
            return editable(rope, encoding, true);
        }
    }
    if bytes.contains(&0) {
        return match decode_unmarked_utf16(bytes) {
            Some((rope, encoding)) => editable(rope, encoding, false),
            None => only_to_read(bytes, ReadOnly::Binary),
        };
    }
    if let Some(rope) = decode_as(Encoding::Utf8, bytes) {
        return editable(rope, Encoding::Utf8, false);
    }
    if bytes.starts_with(Encoding::Utf8.mark()) || is_mostly_utf8(bytes) {
        return only_to_read(bytes, ReadOnly::BrokenUtf8);
    }
    match decode_legacy(bytes) {
        Some((rope, encoding)) => editable(rope, Encoding::Legacy(encoding), false),
        None => only_to_read(bytes, ReadOnly::UnknownEncoding),
    }
}

fn decode_as(encoding: Encoding, bytes: &[u8]) -> Option<Rope> {
    let unit: fn([u8; 2]) -> u16 = match encoding {
        Encoding::Utf8 => {
            return std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).map(Rope::from_str);
        }
        Encoding::Utf16Le => u16::from_le_bytes,
        Encoding::Utf16Be => u16::from_be_bytes,
        Encoding::Legacy(_) => return None,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    let text = String::from_utf16(&units).ok().filter(|text| rest.is_empty() && !text.contains('\0'))?;
    Some(Rope::from_str(&text))
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
    let rope = decode_as(encoding, bytes).filter(|_| zeros * 4 >= bytes.len())?;
    let is_text = |c: char| (!c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}')) && c != '\u{feff}';
    rope.chars().all(is_text).then_some((rope, encoding))
}

/// Are there characters of several bytes, and at most as many broken sequences? Text of another encoding has a valid one by
/// accident alone.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken > 0 && broken <= whole
}

/// Guesses, and takes the guess only when it gives exactly these bytes back.
fn decode_legacy(bytes: &[u8]) -> Option<(Rope, &'static encoding_rs::Encoding)> {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, chardetng::Utf8Detection::Deny);
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let (again, used, failed) = encoding.encode(&text);
    (!failed && used == encoding && again == bytes).then(|| (Rope::from_str(&text), encoding))
}

fn only_to_read(bytes: &[u8], reason: ReadOnly) -> Decoded {
    let rope = Rope::from_str(&String::from_utf8_lossy(bytes));
    Decoded { rope, format: Format::UTF8, read_only: Some(reason) }
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
    let text = rope.to_string();
    let (bytes, _, failed) = encoding.encode(&text);
    if !failed {
        return Ok(bytes.into_owned());
    }
    let has_no_place = |c: &char| encoding.encode(c.encode_utf8(&mut [0; 4])).2;
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
