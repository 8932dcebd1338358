//! What the session file kept before there was a settings file, on its way into it.

use serde::{Deserialize, Serialize};

use super::table::SettingKey;
use super::value::SettingValue;

/// The settings of an old session file. Each stays in the session until the settings file has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Legacy {
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zoom: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    general_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_off: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_in_text: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggest_lighter: Option<bool>,
}

impl Legacy {
    /// The keys that it sets to something else than their default.
    pub fn changes(&self) -> Vec<(SettingKey, SettingValue)> {
        let text = |value: &Option<String>| value.clone().map(SettingValue::Text);
        // As it was shown: one place behind the point.
        let zoom = self
            .zoom
            .filter(|zoom| zoom.is_finite())
            .map(|zoom| (zoom.clamp(0.5, 3.0) * 10.0).round() / 10.0);
        let all = [
            ("window.theme", text(&self.theme)),
            ("window.zoom", zoom.map(SettingValue::Number)),
            ("models.code", text(&self.model)),
            ("models.general", text(&self.general_model)),
            ("models.completion", text(&self.completion_model)),
            ("completion.enabled", self.completion.map(SettingValue::Bool)),
            ("completion.languages_off", self.completion_off.clone().map(SettingValue::List)),
            ("completion.in_text", self.completion_in_text.map(SettingValue::Bool)),
            ("models.suggest_lighter", self.suggest_lighter.map(SettingValue::Bool)),
        ];
        let known = all.into_iter().filter_map(|(path, value)| Some((SettingKey::find(path)?, value?)));
        known
            .filter(|(key, value)| {
                key.spec.check(value.clone()).is_ok() && key.default().as_ref() != Some(value)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_session_becomes_settings_without_loss() {
        let json = r#"{"theme": "dark", "zoom": 1.2000000476837158, "model": "m", "general_model": null, "completion": false,
            "completion_off": ["Markdown"], "completion_in_text": true, "sidebar": true}"#;
        let legacy: Legacy = serde_json::from_str(json).unwrap();
        let changes: Vec<String> =
            legacy.changes().iter().map(|(key, value)| format!("{}={}", key.path(), value.toml())).collect();
        let expected = [
            "window.theme=\"dark\"",
            "window.zoom=1.2",
            "models.code=\"m\"",
            "completion.enabled=false",
            "completion.languages_off=[\"Markdown\"]",
            "completion.in_text=true",
        ];
        assert_eq!(changes, expected);
        assert_eq!(serde_json::to_string(&Legacy::default()).unwrap(), "{}");
    }
}
