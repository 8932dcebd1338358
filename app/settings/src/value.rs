//! What stands behind a key: five kinds of values, and how the fields of [`super::Settings`] become them.

use std::path::PathBuf;

/// A value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingValue {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Texts in order.
    List(Vec<String>),
}

impl SettingValue {
    /// As a TOML file has it: `14.0`, `"dark"`, `["a", "b"]`.
    pub fn toml(&self) -> String {
        self.item().to_string().trim().to_owned()
    }

    /// As a value of a TOML document.
    pub fn item(&self) -> toml_edit::Value {
        match self {
            SettingValue::Bool(value) => (*value).into(),
            SettingValue::Int(value) => (*value).into(),
            SettingValue::Number(value) => (*value).into(),
            SettingValue::Text(value) => value.as_str().into(),
            SettingValue::List(values) => {
                values.iter().map(String::as_str).collect::<toml_edit::Array>().into()
            }
        }
    }

    /// The value of a TOML document; `None`: no setting is of such a type.
    pub fn of(value: &toml_edit::Value) -> Option<SettingValue> {
        let text = |value: &toml_edit::Value| value.as_str().map(str::to_owned);
        Some(match value {
            toml_edit::Value::Boolean(value) => SettingValue::Bool(*value.value()),
            toml_edit::Value::Integer(value) => SettingValue::Int(*value.value()),
            toml_edit::Value::Float(value) => SettingValue::Number(*value.value()),
            toml_edit::Value::String(value) => SettingValue::Text(value.value().clone()),
            toml_edit::Value::Array(values) => {
                let number = |value: &toml_edit::Value| value.as_integer().map(|number| number.to_string());
                let texts: Option<Vec<String>> = values.iter().map(text).collect();
                SettingValue::List(texts.or_else(|| values.iter().map(number).collect())?)
            }
            toml_edit::Value::Datetime(_) | toml_edit::Value::InlineTable(_) => return None,
        })
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        match self {
            SettingValue::Bool(value) => (*value).into(),
            SettingValue::Int(value) => (*value).into(),
            SettingValue::Number(value) => (*value).into(),
            SettingValue::Text(value) => value.as_str().into(),
            SettingValue::List(values) => values.clone().into(),
        }
    }

    /// For people, in one line: a text without quotes, a list with commas.
    pub fn words(&self) -> String {
        match self {
            SettingValue::Bool(true) => "on".into(),
            SettingValue::Bool(false) => "off".into(),
            SettingValue::Int(value) => value.to_string(),
            SettingValue::Number(value) => value.to_string(),
            SettingValue::Text(value) => value.clone(),
            SettingValue::List(values) => values.join(", "),
        }
    }
}

/// A field of the settings.
pub trait Field: Sized {
    /// As a value.
    fn to_value(&self) -> SettingValue;
    /// From a value; `None` when it is of another type.
    fn from_value(value: SettingValue) -> Option<Self>;
}

impl Field for bool {
    fn to_value(&self) -> SettingValue {
        SettingValue::Bool(*self)
    }

    fn from_value(value: SettingValue) -> Option<Self> {
        if let SettingValue::Bool(value) = value { Some(value) } else { None }
    }
}

impl Field for u32 {
    fn to_value(&self) -> SettingValue {
        SettingValue::Int((*self).into())
    }

    fn from_value(value: SettingValue) -> Option<Self> {
        if let SettingValue::Int(value) = value { value.try_into().ok() } else { None }
    }
}

impl Field for f32 {
    /// By its shortest decimal: 0.95 stays 0.95.
    fn to_value(&self) -> SettingValue {
        SettingValue::Number(self.to_string().parse().unwrap_or(f64::from(*self)))
    }

    fn from_value(value: SettingValue) -> Option<Self> {
        if let SettingValue::Number(value) = value { Some(value as f32) } else { None }
    }
}

impl Field for String {
    fn to_value(&self) -> SettingValue {
        SettingValue::Text(self.clone())
    }

    fn from_value(value: SettingValue) -> Option<Self> {
        if let SettingValue::Text(value) = value { Some(value) } else { None }
    }
}

impl Field for PathBuf {
    fn to_value(&self) -> SettingValue {
        SettingValue::Text(self.to_string_lossy().into_owned())
    }

    fn from_value(value: SettingValue) -> Option<Self> {
        String::from_value(value).map(PathBuf::from)
    }
}

impl Field for Vec<String> {
    fn to_value(&self) -> SettingValue {
        SettingValue::List(self.clone())
    }

    fn from_value(value: SettingValue) -> Option<Self> {
        if let SettingValue::List(value) = value { Some(value) } else { None }
    }
}

/// An enum whose variants have words in the file; the first one is the default.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident {
        $(#[$first_doc:meta])* $first:ident = $first_word:literal,
        $($(#[$other_doc:meta])* $other:ident = $other_word:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_doc])* #[default] $first,
            $($(#[$other_doc])* $other,)*
        }

        impl $name {
            /// The words of the file.
            pub const WORDS: &'static [&'static str] = &[$first_word, $($other_word),*];

            /// The word of the file.
            pub fn word(self) -> &'static str {
                match self { $name::$first => $first_word, $($name::$other => $other_word,)* }
            }
        }

        impl $crate::value::Field for $name {
            fn to_value(&self) -> $crate::value::SettingValue {
                $crate::value::SettingValue::Text(self.word().to_owned())
            }

            fn from_value(value: $crate::value::SettingValue) -> Option<Self> {
                let word = String::from_value(value)?;
                match word.as_str() { $first_word => Some($name::$first), $($other_word => Some($name::$other),)* _ => None }
            }
        }
    };
}
pub(crate) use choices;
