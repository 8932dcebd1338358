//! A value as it stands in a field and on a command line, and back.

use super::table::{SettingKey, ValueKind};
use super::value::SettingValue;

/// Reads what was typed for a key: words, numbers, lists with commas or as in the file.
///
/// # Errors
/// What it must be, as the end of "must be …".
pub fn typed(key: &SettingKey, text: &str) -> Result<SettingValue, String> {
    read(key, text).ok_or_else(|| key.spec.expects_in_field())
}

fn read(key: &SettingKey, text: &str) -> Option<SettingValue> {
    let text = text.trim();
    let list = || match text.parse::<toml_edit::Value>().ok().and_then(|item| SettingValue::of(&item)) {
        Some(list @ SettingValue::List(_)) => list,
        _ if matches!(key.spec.kind, ValueKind::Program | ValueKind::Task) => {
            SettingValue::List(text.split_whitespace().map(str::to_owned).collect())
        }
        _ => SettingValue::List(
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        ),
    };
    let value = match key.spec.kind {
        ValueKind::Switch => match text {
            "true" | "on" | "yes" => SettingValue::Bool(true),
            "false" | "off" | "no" => SettingValue::Bool(false),
            _ => return None,
        },
        ValueKind::Integer(..) => SettingValue::Int(text.parse().ok()?),
        ValueKind::Number(..) => SettingValue::Number(text.parse().ok()?),
        ValueKind::Words | ValueKind::Columns | ValueKind::Program | ValueKind::Task | ValueKind::Keys => {
            list()
        }
        _ => SettingValue::Text(text.to_owned()),
    };
    key.spec.check(value).ok()
}

/// What stands in the field of a key.
pub fn shown(key: &SettingKey, value: &SettingValue) -> String {
    let plain = match (value, key.spec.kind) {
        (SettingValue::List(words), ValueKind::Program | ValueKind::Task) => words.join(" "),
        _ => value.words(),
    };
    // What would be read as another list is shown as in the file.
    let other = matches!(value, SettingValue::List(_)) && typed(key, &plain).as_ref() != Ok(value);
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
        let key = |path| SettingKey::find(path).unwrap();
        let words =
            |words: &[&str]| Ok(SettingValue::List(words.iter().map(|word| (*word).to_owned()).collect()));
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
