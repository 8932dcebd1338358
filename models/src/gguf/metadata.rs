//! The metadata of a header as a small typed table: scalars, strings and short arrays are kept, long arrays (the
//! vocabulary) only as their type and length.

use super::reader::Reader;
use super::vocabulary::{self, Tokens};
use super::{Invalid, Problem, limits};
use std::collections::HashSet;
use std::io::{Read, Seek};

/// Longest array of numbers that is kept: one number for each layer, with room.
const KEPT_ARRAY: u64 = 4 * limits::BLOCKS;

/// One metadata value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
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
pub(super) struct Field {
    pub(super) key: Box<str>,
    pub(super) offset: u64,
    /// Of an array: of its elements.
    pub(super) kind: Kind,
    pub(super) value: Value,
}

impl Field {
    pub(super) fn element_kind(&self) -> &'static str {
        if self.value.elements().is_some() { self.kind.name() } else { "no list" }
    }
}

/// All metadata of a file in its own order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    pub(super) fields: Vec<Field>,
    pub(super) tokens: Tokens,
}

/// The format's value types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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

impl Kind {
    fn of(id: u32) -> Option<Self> {
        const ALL: [Kind; 13] = [
            Kind::U8,
            Kind::I8,
            Kind::U16,
            Kind::I16,
            Kind::U32,
            Kind::I32,
            Kind::F32,
            Kind::Bool,
            Kind::Text,
            Kind::Array,
            Kind::U64,
            Kind::I64,
            Kind::F64,
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

    /// The value in these bytes, which are as many as [`Kind::size`].
    fn decode(self, bytes: &[u8]) -> Value {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let raw = u64::from_le_bytes(word);
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => Value::Unsigned(raw),
            Self::I8 => Value::Signed((raw as i8).into()),
            Self::I16 => Value::Signed((raw as i16).into()),
            Self::I32 => Value::Signed((raw as i32).into()),
            Self::I64 => Value::Signed(raw as i64),
            Self::F32 => Value::Float(f32::from_bits(raw as u32).into()),
            Self::F64 => Value::Float(f64::from_bits(raw)),
            Self::Bool => Value::Bool(raw != 0),
            Self::Text | Self::Array => Value::LongText(raw),
        }
    }
}

pub(super) fn read<R: Read + Seek>(reader: &mut Reader<'_, R>, count: u64) -> Result<Metadata, Invalid> {
    let mut metadata = Metadata::default();
    let mut keys = HashSet::new();
    let mut kept = 0;
    for index in 0..count {
        let offset = reader.offset();
        let key = key(reader, index)?;
        if !keys.insert(key.clone()) {
            return Err(Invalid::new(
                Problem::Key,
                offset,
                &*key,
                "there twice",
                "each key may be there once",
            ));
        }
        let offset = reader.offset();
        let kind = kind(reader, &key)?;
        let (kind, value) = match kind {
            Kind::Text => (kind, text(reader, &key)?),
            Kind::Array => array(reader, &key, &mut metadata.tokens)?,
            scalar => (kind, scalar.decode(reader.take(scalar.size(), &key)?)),
        };
        kept += value.kept();
        let value = if kept > limits::KEPT { value.shortened() } else { value };
        metadata.fields.push(Field { key, offset, kind, value });
    }
    Ok(metadata)
}

fn key<R: Read + Seek>(reader: &mut Reader<'_, R>, index: u64) -> Result<Box<str>, Invalid> {
    let offset = reader.offset();
    let field = format!("metadata key {index}");
    let key = vocabulary::text(reader, &field, limits::KEY).map_err(|why| {
        if why.problem == Problem::Value { Invalid { problem: Problem::Key, ..why } } else { why }
    })?;
    if key.is_empty() || key.contains('\0') {
        return Err(Invalid::new(
            Problem::Key,
            offset,
            field,
            "empty or has a NUL",
            "1 to 256 bytes, no NUL",
        ));
    }
    Ok(key.into())
}

fn kind<R: Read + Seek>(reader: &mut Reader<'_, R>, key: &str) -> Result<Kind, Invalid> {
    let offset = reader.offset();
    let id = reader.u32(key)?;
    Kind::of(id).ok_or_else(|| {
        Invalid::new(Problem::Value, offset, key, format!("of type {id}"), "types are 0 to 12")
    })
}

fn text<R: Read + Seek>(reader: &mut Reader<'_, R>, key: &str) -> Result<Value, Invalid> {
    let template = key.starts_with("tokenizer.chat_template");
    let max = if template { limits::TEMPLATE } else { limits::STRING };
    let text = vocabulary::text(reader, key, max).map_err(|why| {
        let too_long = template && why.found != "not UTF-8" && why.problem == Problem::Value;
        if too_long { Invalid { problem: Problem::Template, ..why } } else { why }
    })?;
    Ok(Value::Text(text.into()))
}

fn array<R: Read + Seek>(
    reader: &mut Reader<'_, R>,
    key: &str,
    tokens: &mut Tokens,
) -> Result<(Kind, Value), Invalid> {
    let offset = reader.offset();
    let of = kind(reader, key)?;
    let len = reader.u64(key)?;
    let refuse = |problem, found: String, limit: &str| Err(Invalid::new(problem, offset, key, found, limit));
    if of == Kind::Array {
        return refuse(Problem::Value, "an array of arrays".to_owned(), "arrays hold numbers or texts");
    }
    if len > reader.left() / of.size() as u64 {
        let limit = format!("the file has {} bytes left there", reader.left());
        return refuse(Problem::Count, format!("{len} elements of {}", of.name()), &limit);
    }
    match (key, of) {
        ("tokenizer.ggml.tokens", Kind::Text) if (1..=limits::VOCABULARY).contains(&len) => {
            *tokens = vocabulary::read(reader, key, len)?;
        }
        ("tokenizer.ggml.tokens", _) => {
            let limit = format!("1 to {} strings", limits::VOCABULARY);
            return refuse(Problem::Vocabulary, format!("{len} elements of {}", of.name()), &limit);
        }
        (_, Kind::Text) => {
            for _ in 0..len {
                vocabulary::text(reader, key, limits::STRING)?;
            }
        }
        (_, number) if len <= KEPT_ARRAY => {
            let bytes = reader.take(number.size() * len as usize, key)?;
            let numbers = bytes.chunks_exact(number.size()).map(|bytes| number.decode(bytes).as_float());
            return Ok((of, Value::Numbers(numbers.collect())));
        }
        (_, number) => reader.skip(number.size() as u64 * len, key)?,
    }
    Ok((of, Value::Array { of: of.name(), len }))
}

impl Metadata {
    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.field(key).map(|field| &field.value)
    }

    /// The text under `key`, when it is one.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number under `key`, when it is an integer that is not negative.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.number()
    }

    /// All keys with their values, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|field| (&*field.key, &field.value))
    }

    pub(super) fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| &*field.key == key)
    }
}

impl Value {
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
