//! The files and folders that the product keeps in the user's home.

use std::path::PathBuf;

/// The user's settings file: `LOCALCODER_SETTINGS` if set, else the platform's. `None` without a home.
pub fn settings_file() -> Option<PathBuf> {
    variable("LOCALCODER_SETTINGS").or_else(usual_settings_file)
}

/// The platform's place for the user's settings file, whatever `LOCALCODER_SETTINGS` says. `None` without a home.
pub fn usual_settings_file() -> Option<PathBuf> {
    if cfg!(target_os = "macos") {
        return Some(variable("HOME")?.join("Library/Application Support/LocalCoder/settings.toml"));
    }
    let base = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    Some(base.or_else(|| Some(variable("HOME")?.join(".config")))?.join("localcoder/settings.toml"))
}

/// The folder for state: `LOCALCODER_STATE` if set, else the platform's. `None` without a home.
pub fn state_folder() -> Option<PathBuf> {
    if let Some(folder) = variable("LOCALCODER_STATE") {
        return Some(folder);
    }
    if cfg!(target_os = "macos") {
        return Some(variable("HOME")?.join("Library/Application Support/LocalCoder"));
    }
    let base = variable("XDG_STATE_HOME").filter(|path| path.is_absolute());
    Some(base.or_else(|| Some(variable("HOME")?.join(".local/state")))?.join("localcoder"))
}

/// The folder of the user's own prompts. `None` without a home.
pub fn prompts_folder() -> Option<PathBuf> {
    if cfg!(target_os = "macos") {
        return Some(variable("HOME")?.join("Library/Application Support/LocalCoder/my-prompts"));
    }
    let base = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    Some(base.or_else(|| Some(variable("HOME")?.join(".config")))?.join("localcoder/prompts"))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
