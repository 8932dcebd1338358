//! The JSON schema of the settings file, for editors that complete and check TOML by one.

use serde_json::{Value as Json, json};

use super::Settings;
use super::table::{self, SettingKey, Spec, TABLE, ValueKind};

/// The schema, with each key's help and default.
pub fn schema() -> Json {
    let mut root = object();
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = "Settings of LocalCoder".into();
    for spec in TABLE.iter() {
        put(&mut root, &spec.path.split('.').collect::<Vec<_>>(), leaf(spec, None));
    }
    for key in table::keys(&Settings::default()).iter().filter(|key| !key.name.is_empty()) {
        put(
            &mut root,
            &key.parts().iter().map(String::as_str).collect::<Vec<_>>(),
            leaf(key.spec, Some(key)),
        );
    }
    root
}

fn object() -> Json {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

/// Puts a leaf where its parts lead; a `*` is whatever name there is.
fn put(at: &mut Json, parts: &[&str], leaf: Json) {
    let Some((first, rest)) = parts.split_first() else { return *at = leaf };
    let place = if *first == "*" { &mut at["additionalProperties"] } else { &mut at["properties"][*first] };
    if !place.is_object() && !rest.is_empty() {
        *place = object();
    }
    put(place, rest, leaf);
}

fn leaf(spec: &Spec, key: Option<&SettingKey>) -> Json {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let mut leaf = match spec.kind {
        ValueKind::Switch => json!({ "type": "boolean" }),
        ValueKind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        ValueKind::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        ValueKind::Choice(words) => json!({ "enum": words }),
        ValueKind::Words | ValueKind::Program | ValueKind::Task => texts,
        ValueKind::Columns => json!({ "type": "array", "items": { "type": ["integer", "string"] } }),
        ValueKind::Keys => json!({ "anyOf": [{ "type": "string" }, texts] }),
        ValueKind::Profile
        | ValueKind::Theme
        | ValueKind::Model
        | ValueKind::File
        | ValueKind::Address(_)
        | ValueKind::Rate => json!({ "type": "string" }),
    };
    leaf["description"] = spec.help.into();
    let default = match key {
        Some(key) => key.default(),
        None => SettingKey::find(spec.path).and_then(|key| key.default()),
    };
    if let (Some(default), Some(leaf)) = (default, leaf.as_object_mut()) {
        leaf.insert("default".into(), default.json());
    }
    leaf
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_every_key_with_its_default() {
        let schema = schema();
        for key in table::keys(&Settings::default()) {
            let mut at = &schema;
            for part in key.parts() {
                at = &at["properties"][part.as_str()];
            }
            assert_eq!(at["description"], key.spec.help, "{}", key.path());
            assert_eq!(at["default"], key.default().unwrap().json(), "{}", key.path());
        }
        assert_eq!(
            schema["properties"]["profiles"]["additionalProperties"]["properties"]["kv"]["enum"],
            json!(["f16", "q8"])
        );
        assert!(schema["properties"]["keys"]["additionalProperties"]["anyOf"].is_array());
        assert_eq!(schema["properties"]["editor"]["additionalProperties"], false);
    }
}
