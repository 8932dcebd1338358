//! Values of Rust types as Rust writes them, the simplest first.

use super::super::dice::{Dice, FLOATS, text, whole};

/// A type of which values are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RustType {
    Whole { signed: bool },
    Float,
    Bool,
    Char,
    Str,
    Text,
    List(Box<RustType>),
    Slice(Box<RustType>),
    Maybe(Box<RustType>),
    Tuple(Vec<RustType>),
    Shared(Box<RustType>),
    Changed(Box<RustType>),
}

/// An argument as it is shown, and as it is given.
pub(super) struct Argument {
    pub(super) shown: String,
    /// Of one that is changed, what is borrowed.
    pub(super) value: String,
    pub(super) is_changed: bool,
}

/// The parts between the commas that stand in no brackets.
pub(super) fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '<' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '>' if before != '-' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

impl RustType {
    /// Reads a type as it is written; `None` where no values of it are known.
    pub(super) fn read(text: &str) -> Option<RustType> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix('&') {
            let rest = rest.trim_start();
            // A name of how long it lives.
            let rest = if rest.starts_with('\'') { rest.split_once(' ')?.1.trim_start() } else { rest };
            if let Some(inner) = rest.strip_prefix("mut ") {
                return Some(RustType::Changed(Box::new(RustType::read(inner)?)))
                    .filter(|kind| !kind.is_slice());
            }
            if let Some(inner) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                return (!inner.contains(';'))
                    .then(|| Some(RustType::Slice(Box::new(RustType::read(inner)?))))?;
            }
            return match rest {
                "str" => Some(RustType::Str),
                other => Some(RustType::Shared(Box::new(RustType::read(other)?))),
            };
        }
        if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            return split(inner).into_iter().map(RustType::read).collect::<Option<_>>().map(RustType::Tuple);
        }
        let within =
            |name: &str| text.strip_prefix(name)?.strip_prefix('<')?.strip_suffix('>').map(str::trim);
        if let Some(inner) = within("Vec") {
            return Some(RustType::List(Box::new(RustType::read(inner)?)));
        }
        if let Some(inner) = within("Option") {
            return Some(RustType::Maybe(Box::new(RustType::read(inner)?)));
        }
        match text {
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => Some(RustType::Whole { signed: true }),
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => Some(RustType::Whole { signed: false }),
            "f32" | "f64" => Some(RustType::Float),
            "bool" => Some(RustType::Bool),
            "char" => Some(RustType::Char),
            "String" => Some(RustType::Text),
            _ => None,
        }
    }

    fn is_slice(&self) -> bool {
        matches!(self, RustType::Changed(inner) if matches!(**inner, RustType::Str | RustType::Slice(_)))
    }

    /// An argument of this type. The first steps give small ones.
    pub(super) fn argument(&self, step: usize, dice: &mut Dice) -> Argument {
        let is_changed = matches!(self, RustType::Changed(_));
        let value = match self {
            RustType::Changed(inner) => inner.value(step, dice),
            other => other.value(step, dice),
        };
        let shown = if is_changed { format!("&mut {value}") } else { value.clone() };
        Argument { shown, value, is_changed }
    }

    fn value(&self, step: usize, dice: &mut Dice) -> String {
        match self {
            RustType::Whole { signed } => whole(*signed, step, dice),
            RustType::Float => (*dice.early(&FLOATS, step)).to_owned(),
            RustType::Bool => dice.early(&["false", "true"], 9).to_string(),
            RustType::Char => {
                format!("{:?}", dice.early(&['a', 'b', 'A', ' ', '1', '-', 'é', 'z', '\n'], step))
            }
            RustType::Str => format!("{:?}", text(step, dice)),
            RustType::Text => format!("String::from({:?})", text(step, dice)),
            RustType::List(inner) => match items(inner, step, dice) {
                none if none.is_empty() => "Vec::new()".into(),
                items => format!("vec![{}]", items.join(", ")),
            },
            RustType::Slice(inner) => format!("&[{}]", items(inner, step, dice).join(", ")),
            RustType::Maybe(inner) => match dice.below(4) {
                0 => "None".into(),
                _ => format!("Some({})", inner.value(step, dice)),
            },
            RustType::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| part.value(step, dice) + ",").collect();
                format!("({})", parts.join(" "))
            }
            RustType::Shared(inner) | RustType::Changed(inner) => format!("&{}", inner.value(step, dice)),
        }
    }
}

fn items(kind: &RustType, step: usize, dice: &mut Dice) -> Vec<String> {
    let count = dice.below(2 + (step / 8).min(5));
    let mut items: Vec<String> = (0..count).map(|_| kind.value(step, dice)).collect();
    if let Some(again) = items.first().filter(|_| dice.below(4) == 0).cloned() {
        items.push(again);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_they_are_written() {
        let read = |text: &str| RustType::read(text);
        let whole = || Box::new(RustType::Whole { signed: true });
        assert_eq!(read("&[i32]"), Some(RustType::Slice(whole())));
        assert_eq!(read("&'a str"), Some(RustType::Str));
        assert_eq!(read("Option<Vec<i64>>"), Some(RustType::Maybe(Box::new(RustType::List(whole())))));
        assert_eq!(read("&mut Vec<i8>"), Some(RustType::Changed(Box::new(RustType::List(whole())))));
        for unknown in ["Thing", "&mut [u8]", "Vec<Thing>", "[u8; 4]", "impl Fn()", "Box<u8>"] {
            assert_eq!(read(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn values_begin_small_and_are_the_same_at_each_run() {
        let kind = RustType::read("Vec<(i32, &str)>").unwrap();
        let some = || {
            let mut dice = Dice::new();
            (0..50).map(|step| kind.argument(step, &mut dice).shown).collect::<Vec<_>>()
        };
        assert_eq!(some(), some());
        assert!(some()[..8].iter().all(|value| value.len() < 60), "{:?}", some());
        assert!(some().iter().any(|value| value == "Vec::new()"));
    }
}
