//! The metadata of a header as a small typed table: scalars, strings and short arrays are kept, long arrays (the
//! vocabulary) only as their type and length.

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
    pub(super) value: Value,
}

/// All metadata of a file in its own order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    pub(super) fields: Vec<Field>,
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
}
