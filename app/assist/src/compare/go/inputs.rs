//! Signatures of Go functions, and values of their parameters' types as Go writes them, the simplest first.

use super::super::dice::{Dice, FLOATS, text, whole};

/// What a call needs to know of a function.
pub(super) struct Signature {
    pub(super) parameters: Vec<Parameter>,
    /// It returns something.
    pub(super) gives: bool,
}

/// A parameter with its name.
pub(super) struct Parameter {
    pub(super) name: String,
    /// Of a variadic one the slice that is spread.
    pub(super) kind: GoType,
    pub(super) is_variadic: bool,
}

/// A type of which values are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum GoType {
    /// A type of whole numbers by its name.
    Whole {
        name: String,
        signed: bool,
    },
    /// A type of numbers with a point by its name.
    Float {
        name: String,
    },
    Bool,
    Rune,
    Text,
    Slice(Box<GoType>),
    Map(Box<GoType>, Box<GoType>),
}

impl Signature {
    /// Reads a function's head; `None` for methods, for what has type parameters, and where no values of a parameter's type are known.
    pub(super) fn read(text: &str) -> Option<Signature> {
        let head = text[text.find("func ")? + "func ".len()..].trim_end().trim_end_matches('{').trim_end();
        let (name, rest) = head.split_once('(')?;
        if name.trim().is_empty() || name.contains('[') {
            return None;
        }
        let mut depth = 1;
        let end = rest.char_indices().find_map(|(at, c)| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        })?;
        let parameters = parameters(&rest[..end])?;
        let gives = !rest[end + 1..].trim().is_empty();
        Some(Signature { parameters, gives })
    }
}

/// Parameters as they are written: of `a, b int` the first has the type of the second.
fn parameters(text: &str) -> Option<Vec<Parameter>> {
    let mut found = Vec::new();
    let mut kind: Option<(GoType, bool)> = None;
    for part in split(text).into_iter().rev() {
        let (name, own) =
            part.split_once(char::is_whitespace).map_or((part, None), |(name, own)| (name, Some(own.trim())));
        if let Some(own) = own {
            let (own, is_variadic) = own.strip_prefix("...").map_or((own, false), |own| (own, true));
            let read = GoType::read(own)?;
            kind = Some(if is_variadic { (GoType::Slice(Box::new(read)), true) } else { (read, false) });
        }
        // Parameters without names are types alone.
        let (kind, is_variadic) = kind.clone()?;
        found.push(Parameter { name: name.to_owned(), kind, is_variadic });
    }
    found.reverse();
    Some(found)
}

/// The parts between the commas that stand in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

impl GoType {
    /// Reads a type as it is written; `None` where no values of it are known.
    fn read(text: &str) -> Option<GoType> {
        let text = text.trim();
        if let Some(inner) = text.strip_prefix("[]") {
            return Some(GoType::Slice(Box::new(GoType::read(inner)?)));
        }
        if let Some(rest) = text.strip_prefix("map[") {
            let (key, value) = rest.split_once(']')?;
            let key = GoType::read(key).filter(|key| !matches!(key, GoType::Slice(_) | GoType::Map(..)))?;
            return Some(GoType::Map(Box::new(key), Box::new(GoType::read(value)?)));
        }
        match text {
            "int" | "int8" | "int16" | "int32" | "int64" => {
                Some(GoType::Whole { name: text.into(), signed: true })
            }
            "uint" | "uint8" | "uint16" | "uint32" | "uint64" | "uintptr" | "byte" => {
                Some(GoType::Whole { name: text.into(), signed: false })
            }
            "float32" | "float64" => Some(GoType::Float { name: text.into() }),
            "bool" => Some(GoType::Bool),
            "rune" => Some(GoType::Rune),
            "string" => Some(GoType::Text),
            _ => None,
        }
    }

    /// The type as Go writes it.
    pub(super) fn written(&self) -> String {
        match self {
            GoType::Whole { name, .. } | GoType::Float { name } => name.clone(),
            GoType::Bool => "bool".into(),
            GoType::Rune => "rune".into(),
            GoType::Text => "string".into(),
            GoType::Slice(inner) => format!("[]{}", inner.written()),
            GoType::Map(key, value) => format!("map[{}]{}", key.written(), value.written()),
        }
    }

    /// Can a function change the caller's value?
    pub(super) fn can_be_changed(&self) -> bool {
        matches!(self, GoType::Slice(_) | GoType::Map(..))
    }

    /// A value of this type. The first steps give small ones.
    pub(super) fn value(&self, step: usize, dice: &mut Dice) -> String {
        match self {
            GoType::Whole { signed, .. } => whole(*signed, step, dice),
            GoType::Float { .. } => (*dice.early(&FLOATS, step)).to_owned(),
            GoType::Bool => dice.early(&["false", "true"], 9).to_string(),
            GoType::Rune => {
                format!("{:?}", dice.early(&['a', 'b', 'A', ' ', '1', '-', 'é', 'z', '\n'], step))
            }
            GoType::Text => format!("{:?}", text(step, dice)),
            GoType::Slice(inner) => {
                let items: Vec<String> = (0..count(step, dice)).map(|_| inner.value(step, dice)).collect();
                if items.is_empty() && dice.below(3) == 0 {
                    return "nil".into();
                }
                format!("{}{{{}}}", self.written(), items.join(", "))
            }
            GoType::Map(key, value) => {
                let mut items: Vec<(String, String)> = Vec::new();
                for _ in 0..count(step, dice) {
                    let (key, value) = (key.value(step, dice), value.value(step, dice));
                    // Go refuses a key that stands twice.
                    if items.iter().all(|(known, _)| *known != key) {
                        items.push((key, value));
                    }
                }
                let items: Vec<String> =
                    items.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{}{{{}}}", self.written(), items.join(", "))
            }
        }
    }
}

fn count(step: usize, dice: &mut Dice) -> usize {
    dice.below(2 + (step / 8).min(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read_as_far_as_values_are_known() {
        let read = |text: &str| {
            let signature = Signature::read(text)?;
            let parameter = |parameter: &Parameter| {
                let dots = if parameter.is_variadic { "..." } else { "" };
                format!("{} {}{dots}", parameter.name, parameter.kind.written())
            };
            let parameters: Vec<String> = signature.parameters.iter().map(parameter).collect();
            Some((parameters.join("; "), signature.gives))
        };
        assert_eq!(
            read("func Join(a, b string, xs []map[string]int) (string, error) {"),
            Some(("a string; b string; xs []map[string]int".into(), true))
        );
        assert_eq!(read("func f() {"), Some((String::new(), false)));
        assert_eq!(
            read("func sum(by float64, xs ...int) int"),
            Some(("by float64; xs []int...".into(), true))
        );
        for unknown in [
            "func (t Thing) f(a int) int {",
            "func f[T any](a T) T {",
            "func f(a Thing) {",
            "func f(a *int) {",
            "func f(int, string) {",
            "func f(a func(int) int) {",
        ] {
            assert_eq!(read(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn values_begin_small_are_the_same_at_each_run_and_no_key_stands_twice() {
        let signature = Signature::read("func f(a map[int]string, b []string) {").unwrap();
        let some = || {
            let mut dice = Dice::new();
            let value = |step: usize, dice: &mut Dice| {
                signature
                    .parameters
                    .iter()
                    .map(|one| one.kind.value(step, dice))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            (0..80).map(|step| value(step, &mut dice)).collect::<Vec<_>>()
        };
        assert_eq!(some(), some());
        assert!(some()[..6].iter().all(|value| value.len() < 120), "{:?}", some());
        assert!(some().iter().any(|value| value.contains("nil")));
    }
}
