//! The vocabulary: the one list in a header that is long, and the one whose errors have crashed llama.cpp (it
//! aborts on a token that is there twice). Checked in passing; only hashes of the tokens are kept.

use super::reader::GgufReader;
use super::{BrokenRule, Invalid, limits};
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Seek};

/// What the rest of the checks need to know of the token list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tokens {
    pub(super) count: u64,
    /// How many of `<0x00>` to `<0xFF>` there are.
    pub(super) bytes: u16,
    /// Prefix, suffix and middle are all there.
    pub(super) fill_in_middle: bool,
}

/// Reads `count` strings, refuses a second one of the same text.
pub(super) fn read<R: Read + Seek>(
    reader: &mut GgufReader<'_, R>,
    key: &str,
    count: u64,
) -> Result<Tokens, Invalid> {
    let mut seen = Seen::for_count(count as usize);
    let mut tokens = Tokens { count, ..Tokens::default() };
    let mut fim = 0;
    for index in 0..count {
        let offset = reader.offset();
        let token = text(reader, key, limits::STRING)?;
        if !seen.insert(token.as_bytes()) {
            let found = format!("token {index} «{}», which occurs twice", show(token));
            return Err(Invalid::new(
                BrokenRule::Vocabulary,
                offset,
                key,
                found,
                "each token may be there once",
            ));
        }
        if token.starts_with('<') || token.starts_with('▁') {
            tokens.bytes += u16::from(is_byte(token));
            fim |= fim_part(token);
        }
    }
    tokens.fill_in_middle = fim == 0b111;
    Ok(tokens)
}

/// One string with its length in front, at most `max` bytes of UTF-8.
#[inline]
pub(super) fn text<'r, R: Read + Seek>(
    reader: &'r mut GgufReader<'_, R>,
    field: &str,
    max: u64,
) -> Result<&'r str, Invalid> {
    let offset = reader.offset();
    let len = reader.u64(field)?;
    if len > max {
        return Err(too_long(offset, field, len, max));
    }
    let bytes = reader.take(len as usize, field)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => Err(not_utf8(offset, field)),
    }
}

#[cold]
fn too_long(offset: u64, field: &str, len: u64, max: u64) -> Invalid {
    Invalid::new(BrokenRule::Value, offset, field, format!("{len} bytes long"), format!("at most {max}"))
}

#[cold]
fn not_utf8(offset: u64, field: &str) -> Invalid {
    Invalid::new(BrokenRule::Value, offset, field, "not UTF-8", "texts must be UTF-8")
}

/// For messages: short, on one line.
pub(super) fn show(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}

fn is_byte(token: &str) -> bool {
    let digits = token.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
    digits.is_some_and(|hex| hex.len() == 2 && u8::from_str_radix(hex, 16).is_ok())
}

/// Names as in llama-vocab.cpp (`special_fim_*`).
fn fim_part(token: &str) -> u8 {
    match token {
        "<|fim_prefix|>"
        | "<fim-prefix>"
        | "<fim_prefix>"
        | "<PRE>"
        | "▁<PRE>"
        | "<｜fim▁begin｜>"
        | "<|code_prefix|>"
        | "<|prefix|>" => 0b001,
        "<|fim_suffix|>" | "<fim-suffix>" | "<fim_suffix>" | "<SUF>" | "▁<SUF>" | "<｜fim▁hole｜>"
        | "<|code_suffix|>" | "<|suffix|>" => 0b010,
        "<|fim_middle|>" | "<fim-middle>" | "<fim_middle>" | "<MID>" | "▁<MID>" | "<｜fim▁end｜>"
        | "<|code_middle|>" | "<|middle|>" => 0b100,
        _ => 0,
    }
}

/// A set of texts by 64-bit hash under keys that are new for each file: equal texts are always found, and a false
/// alarm among a million tokens has a chance of one in thirty million.
struct Seen {
    keys: [u64; 2],
    /// 0 is empty.
    slots: Vec<u64>,
}

impl Seen {
    fn for_count(count: usize) -> Self {
        let random = RandomState::new();
        let keys = [random.hash_one(1_u8), random.hash_one(2_u8)];
        Self { keys, slots: vec![0; (count * 2).next_power_of_two().max(2)] }
    }

    /// Whether it was not there before.
    #[inline]
    fn insert(&mut self, text: &[u8]) -> bool {
        let hash = self.hash(text).max(1);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            if self.slots[at] == hash {
                return false;
            }
            at = (at + 1) & mask;
        }
        self.slots[at] = hash;
        true
    }

    /// Folded multiplication, 8 bytes a step, the length mixed in.
    #[inline]
    fn hash(&self, text: &[u8]) -> u64 {
        let [seed, multiplier] = self.keys;
        let mut chunks = text.chunks_exact(8);
        let mut hash = seed ^ text.len() as u64;
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            hash = fold(hash ^ u64::from_le_bytes(word), multiplier | 1);
        }
        let mut word = [0; 8];
        word[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
        let hash = fold(hash ^ u64::from_le_bytes(word), multiplier | 1);
        fold(hash ^ seed.rotate_left(32), 0x9e37_79b9_7f4a_7c15)
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_texts_is_a_set() {
        let texts: Vec<String> = (0..20_000).map(|n| format!("token {n}")).collect();
        let mut seen = Seen::for_count(texts.len() * 2);
        assert!(texts.iter().all(|text| seen.insert(text.as_bytes())));
        assert!(!texts.iter().any(|text| seen.insert(text.as_bytes())));
        assert!(seen.insert(b"") && seen.insert(b"\0") && seen.insert(b"\0\0"));
    }
}
