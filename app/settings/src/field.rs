//! A value as it stands in a field and on a command line, and back.

use super::table::{Key, Kind};
use super::value::Value;

/// Reads what was typed for a key: words, numbers, lists with commas or as in the file.
///
/// # Errors
/// What it must be, as the end of "must be …".
pub fn typed(key: &Key, text: &str) -> Result<Value, String> {
    read(key, text).ok_or_else(|| key.spec.expects_in_field())
}

fn read(key: &Key, text: &str) -> Option<Value> {
    let text = text.trim();
    let list = || match text.parse::<toml_edit::Value>().ok().and_then(|item| Value::of(&item)) {
        Some(list @ Value::List(_)) => list,
        _ if matches!(key.spec.kind, Kind::Program) => {
            Value::List(text.split_whitespace().map(str::to_owned).collect())
        }
        _ => Value::List(
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        ),
    };
    let value = match key.spec.kind {
        Kind::Switch => match text {
            "true" | "on" | "yes" => Value::Bool(true),
            "false" | "off" | "no" => Value::Bool(false),
            _ => return None,
        },
        Kind::Integer(..) => Value::Int(text.parse().ok()?),
        Kind::Number(..) => Value::Number(text.parse().ok()?),
        Kind::Words | Kind::Program | Kind::Keys => list(),
        _ => Value::Text(text.to_owned()),
    };
    key.spec.check(value).ok()
}

/// What stands in the field of a key.
pub fn shown(key: &Key, value: &Value) -> String {
    let plain = match (value, key.spec.kind) {
        (Value::List(words), Kind::Program) => words.join(" "),
        _ => value.words(),
    };
    // What would be read as another list is shown as in the file.
    let other = matches!(value, Value::List(_)) && typed(key, &plain).as_ref() != Ok(value);
    if other { value.toml() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Settings, table};

    #[test]
    fn what_is_shown_can_be_typed() {
        for key in table::keys(&Settings::default()) {
            let value = key.get(&Settings::default()).unwrap();
            assert_eq!(typed(&key, &shown(&key, &value)), Ok(value), "{}", key.path());
        }
        let key = |path| Key::find(path).unwrap();
        let words = |words: &[&str]| Ok(Value::List(words.iter().map(|word| (*word).to_owned()).collect()));
        assert_eq!(typed(&key("files.exclude"), " a, b ,"), words(&["a", "b"]));
        assert_eq!(typed(&key("files.exclude"), "[\"a,b\"]"), words(&["a,b"]));
        assert_eq!(
            typed(&key("checks.commands.python"), "python3 -m x {file}"),
            words(&["python3", "-m", "x", "{file}"])
        );
        assert!(typed(&key("editor.tab_width"), "many").is_err());
        let address = "an address that begins with http://, https:// or socks5://, or nothing";
        assert_eq!(typed(&key("privacy.proxy"), "nowhere"), Err(address.to_owned()));
    }
}
