//! The metadata of a header as a small typed table: scalars, strings and short arrays are kept, long arrays (the
//! vocabulary) only as their type and length.

use super::reader::GgufReader;
use super::vocabulary::{self, Tokens};
use super::{BrokenRule, Invalid, limits};
use std::collections::HashSet;
use std::io::{Read, Seek};

/// Longest array of numbers that is kept: one number for each layer, with room.
const KEPT_ARRAY: u64 = 4 * limits::BLOCKS;

/// One metadata value.
#[derive(Debug, Clone, PartialEq)]
pub enum MetadataValue {
    /// Any unsigned integer type.
    Unsigned(u64),
    /// Any signed integer type.
    Signed(i64),
    /// 32 or 64 bits.
    Float(f64),
    /// A byte that was 0 or not.
    Bool(bool),
    /// A text.
    Text(Box<str>),
    /// A text too long to keep; its length in bytes.
    LongText(u64),
    /// An array of numbers or bools short enough to keep.
    Numbers(Vec<f64>),
    /// Any other array; how many elements.
    Array {
        /// Name of the element type, such as `string`.
        of: &'static str,
        /// How many.
        len: u64,
    },
}

/// A metadata entry with the place it was read from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MetadataField {
    pub(super) key: Box<str>,
    pub(super) offset: u64,
    /// Of an array: of its elements.
    pub(super) kind: MetadataKind,
    pub(super) value: MetadataValue,
}

impl MetadataField {
    pub(super) fn element_kind(&self) -> &'static str {
        if self.value.elements().is_some() { self.kind.name() } else { "no list" }
    }
}

/// All metadata of a file in its own order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelMetadata {
    pub(super) fields: Vec<MetadataField>,
    pub(super) tokens: Tokens,
}

/// The format's value types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MetadataKind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    Array,
    U64,
    I64,
    F64,
}

impl MetadataKind {
    fn of(id: u32) -> Option<Self> {
        const ALL: [MetadataKind; 13] = [
            MetadataKind::U8,
            MetadataKind::I8,
            MetadataKind::U16,
            MetadataKind::I16,
            MetadataKind::U32,
            MetadataKind::I32,
            MetadataKind::F32,
            MetadataKind::Bool,
            MetadataKind::Text,
            MetadataKind::Array,
            MetadataKind::U64,
            MetadataKind::I64,
            MetadataKind::F64,
        ];
        ALL.get(id as usize).copied()
    }

    /// Bytes of one, or the least that one can have.
    fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::Text | Self::U64 | Self::I64 | Self::F64 => 8,
            Self::Array => 12,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::Bool => "bool",
            Self::Text => "string",
            Self::Array => "array",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }

    /// The value in these bytes, which are as many as [`MetadataKind::size`].
    fn decode(self, bytes: &[u8]) -> MetadataValue {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let raw = u64::from_le_bytes(word);
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => MetadataValue::Unsigned(raw),
            Self::I8 => MetadataValue::Signed((raw as i8).into()),
            Self::I16 => MetadataValue::Signed((raw as i16).into()),
            Self::I32 => MetadataValue::Signed((raw as i32).into()),
            Self::I64 => MetadataValue::Signed(raw as i64),
            Self::F32 => MetadataValue::Float(f32::from_bits(raw as u32).into()),
            Self::F64 => MetadataValue::Float(f64::from_bits(raw)),
            Self::Bool => MetadataValue::Bool(raw != 0),
            Self::Text | Self::Array => MetadataValue::LongText(raw),
        }
    }
}

pub(super) fn read<R: Read + Seek>(
    reader: &mut GgufReader<'_, R>,
    count: u64,
) -> Result<ModelMetadata, Invalid> {
    let mut metadata = ModelMetadata::default();
    let mut keys = HashSet::new();
    let mut kept = 0;
    for index in 0..count {
        let offset = reader.offset();
        let key = key(reader, index)?;
        if !keys.insert(key.clone()) {
            return Err(Invalid::new(
                BrokenRule::Key,
                offset,
                &*key,
                "there twice",
                "each key may be there once",
            ));
        }
        let offset = reader.offset();
        let kind = kind(reader, &key)?;
        let (kind, value) = match kind {
            MetadataKind::Text => (kind, text(reader, &key)?),
            MetadataKind::Array => array(reader, &key, &mut metadata.tokens)?,
            scalar => (kind, scalar.decode(reader.take(scalar.size(), &key)?)),
        };
        kept += value.kept();
        let value = if kept > limits::KEPT { value.shortened() } else { value };
        metadata.fields.push(MetadataField { key, offset, kind, value });
    }
    Ok(metadata)
}

fn key<R: Read + Seek>(reader: &mut GgufReader<'_, R>, index: u64) -> Result<Box<str>, Invalid> {
    let offset = reader.offset();
    let field = format!("metadata key {index}");
    let key = vocabulary::text(reader, &field, limits::KEY).map_err(|why| {
        if why.problem == BrokenRule::Value { Invalid { problem: BrokenRule::Key, ..why } } else { why }
    })?;
    if key.is_empty() || key.contains('\0') {
        return Err(Invalid::new(
            BrokenRule::Key,
            offset,
            field,
            "empty or has a NUL",
            "1 to 256 bytes, no NUL",
        ));
    }
    Ok(key.into())
}

fn kind<R: Read + Seek>(reader: &mut GgufReader<'_, R>, key: &str) -> Result<MetadataKind, Invalid> {
    let offset = reader.offset();
    let id = reader.u32(key)?;
    MetadataKind::of(id).ok_or_else(|| {
        Invalid::new(BrokenRule::Value, offset, key, format!("of type {id}"), "types are 0 to 12")
    })
}

fn text<R: Read + Seek>(reader: &mut GgufReader<'_, R>, key: &str) -> Result<MetadataValue, Invalid> {
    let template = key.starts_with("tokenizer.chat_template");
    let max = if template { limits::TEMPLATE } else { limits::STRING };
    let text = vocabulary::text(reader, key, max).map_err(|why| {
        let too_long = template && why.found != "not UTF-8" && why.problem == BrokenRule::Value;
        if too_long { Invalid { problem: BrokenRule::Template, ..why } } else { why }
    })?;
    Ok(MetadataValue::Text(text.into()))
}

fn array<R: Read + Seek>(
    reader: &mut GgufReader<'_, R>,
    key: &str,
    tokens: &mut Tokens,
) -> Result<(MetadataKind, MetadataValue), Invalid> {
    let offset = reader.offset();
    let of = kind(reader, key)?;
    let len = reader.u64(key)?;
    let refuse = |problem, found: String, limit: &str| Err(Invalid::new(problem, offset, key, found, limit));
    if of == MetadataKind::Array {
        return refuse(BrokenRule::Value, "an array of arrays".to_owned(), "arrays hold numbers or texts");
    }
    if len > reader.left() / of.size() as u64 {
        let limit = format!("the file has {} bytes left there", reader.left());
        return refuse(BrokenRule::Count, format!("{len} elements of {}", of.name()), &limit);
    }
    match (key, of) {
        ("tokenizer.ggml.tokens", MetadataKind::Text) if (1..=limits::VOCABULARY).contains(&len) => {
            *tokens = vocabulary::read(reader, key, len)?;
        }
        ("tokenizer.ggml.tokens", _) => {
            let limit = format!("1 to {} strings", limits::VOCABULARY);
            return refuse(BrokenRule::Vocabulary, format!("{len} elements of {}", of.name()), &limit);
        }
        (_, MetadataKind::Text) => {
            for _ in 0..len {
                vocabulary::text(reader, key, limits::STRING)?;
            }
        }
        (_, number) if len <= KEPT_ARRAY => {
            let bytes = reader.take(number.size() * len as usize, key)?;
            let numbers = bytes.chunks_exact(number.size()).map(|bytes| number.decode(bytes).as_float());
            return Ok((of, MetadataValue::Numbers(numbers.collect())));
        }
        (_, number) => reader.skip(number.size() as u64 * len, key)?,
    }
    Ok((of, MetadataValue::Array { of: of.name(), len }))
}

impl ModelMetadata {
    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&MetadataValue> {
        self.field(key).map(|field| &field.value)
    }

    /// The text under `key`, when it is one.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            MetadataValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number under `key`, when it is an integer that is not negative.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.number()
    }

    /// All keys with their values, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &MetadataValue)> {
        self.fields.iter().map(|field| (&*field.key, &field.value))
    }

    pub(super) fn field(&self, key: &str) -> Option<&MetadataField> {
        self.fields.iter().find(|field| &*field.key == key)
    }
}

impl MetadataValue {
    /// The value as a count: an integer that is not negative.
    pub fn number(&self) -> Option<u64> {
        match *self {
            Self::Unsigned(value) => Some(value),
            Self::Signed(value) => u64::try_from(value).ok(),
            _ => None,
        }
    }

    /// Elements of an array.
    pub(super) fn elements(&self) -> Option<u64> {
        match self {
            Self::Numbers(numbers) => Some(numbers.len() as u64),
            Self::Array { len, .. } => Some(*len),
            _ => None,
        }
    }

    fn as_float(&self) -> f64 {
        match *self {
            Self::Unsigned(value) => value as f64,
            Self::Signed(value) => value as f64,
            Self::Float(value) => value,
            Self::Bool(value) => f64::from(u8::from(value)),
            _ => f64::NAN,
        }
    }

    fn kept(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Numbers(numbers) => numbers.len() * size_of::<f64>(),
            _ => 0,
        }
    }

    fn shortened(self) -> Self {
        match self {
            Self::Text(text) if text.len() > 1024 => Self::LongText(text.len() as u64),
            other => other,
        }
    }
}
