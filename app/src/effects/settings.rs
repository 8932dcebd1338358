//! The settings files on disk. A change is made in the file as it is at that moment, whatever wrote it last, and nobody else
//! changes it between reading and writing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use editor_core::regular;
use settings::layers::{MAX_BYTES, SettingsFile, unreadable};
use settings::table::SettingKey;
use settings::value::SettingValue;
use settings::{Layers, PROJECT_FILE, SettingsEvent, SettingsFileError, edit, gap};

use super::Outbox;
use crate::atomic_write;
use crate::event::Event;

fn send(out: &Outbox, event: SettingsEvent) {
    out.send(Event::Settings(event));
}

fn text(path: &Path) -> Result<Option<String>, SettingsFileError> {
    match regular::read_text(path, MAX_BYTES) {
        Ok(text) => Ok(Some(text)),
        Err(error) if !gap::is_there(path, &error) => Ok(None),
        Err(error) => Err(unreadable(path, error)),
    }
}

/// Reads the user's file.
pub fn read(out: &Outbox, path: &Path, serial: u64) {
    send(out, SettingsEvent::Read { serial, text: text(path) });
}

/// Reads the settings of the project in a folder. A file that cannot be read is as good as none.
pub fn read_project(out: &Outbox, folder: &Path) {
    let path = folder.join(PROJECT_FILE);
    let text = text(&path).ok().flatten();
    send(out, SettingsEvent::ProjectRead(text.map(|text| (path, text))));
}

/// Changes keys in the user's file.
pub fn change(out: &Outbox, path: &Path, serial: u64, changes: &[(SettingKey, Option<SettingValue>)]) {
    send(
        out,
        match changed(path, changes) {
            Ok(text) => SettingsEvent::Written { serial, text },
            Err(reason) => SettingsEvent::Refused { serial, reason },
        },
    );
}

/// Changes keys in a settings file, and returns its new text.
///
/// # Errors
/// The file cannot be read or written, or is no TOML.
pub fn changed(
    path: &Path,
    changes: &[(SettingKey, Option<SettingValue>)],
) -> Result<String, SettingsFileError> {
    let refused = |error| SettingsFileError::Unlocked { path: path.to_owned(), cause: Arc::new(error) };
    let _alone = atomic_write::lock(path).map_err(refused)?;
    let before = text(path)?;
    let mut after = before.clone();
    for (key, value) in changes {
        after = Some(Layers::changed(after.as_deref(), key, value.as_ref())?);
    }
    let after = after.unwrap_or_default();
    if before.as_ref() != Some(&after) {
        atomic_write::write(path, &after, false)
            .map_err(|error| SettingsFileError::Unwritable(Arc::new(error)))?;
    }
    Ok(after)
}

/// Makes a file that can be opened, if there is none.
pub fn create(out: &Outbox, path: PathBuf, whose: SettingsFile) {
    match created(&path, whose) {
        Ok(()) => send(out, SettingsEvent::Ready(path)),
        Err(reason) => out.send(Event::Trouble(reason)),
    }
}

fn created(path: &Path, whose: SettingsFile) -> Result<(), String> {
    let start = match whose {
        SettingsFile::User => edit::template(),
        SettingsFile::Project => edit::project_template(),
    };
    let refused = |error| format!("{} cannot be made: {error}.", path.display());
    let _alone = atomic_write::lock(path).map_err(refused)?;
    if path.exists() {
        Ok(())
    } else {
        atomic_write::write(path, &start, false).map_err(|error| format!("{error}."))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_cannot_be_written_is_refused_with_its_reason_and_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, "# mine\n").unwrap();
        // Nobody may write it, not even who may write everywhere.
        let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        mode(0o444);
        let (out, events) = Outbox::new(|| ());
        change(
            &out,
            &path,
            7,
            &[(SettingKey::find("window.zoom").unwrap(), Some(SettingValue::Number(1.5)))],
        );
        let Event::Settings(SettingsEvent::Refused { serial: 7, reason }) = events.try_recv().unwrap() else {
            panic!("not refused")
        };
        let reason = reason.to_string();
        assert!(reason.contains("settings.toml cannot be saved"), "{reason}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "# mine\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        mode(0o600);
        change(
            &out,
            &path,
            8,
            &[(SettingKey::find("window.zoom").unwrap(), Some(SettingValue::Number(1.5)))],
        );
        let event = events.try_recv().unwrap();
        assert!(
            matches!(&event, Event::Settings(SettingsEvent::Written { serial: 8, text }) if text.contains("zoom = 1.5"))
        );
    }

    #[test]
    fn a_pipe_in_the_place_of_settings_is_no_file_and_nothing_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PROJECT_FILE);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (out, events) = Outbox::new(|| ());
        read_project(&out, folder.path());
        assert!(matches!(events.try_recv().unwrap(), Event::Settings(SettingsEvent::ProjectRead(None))));
        read(&out, &path, 1);
        let Event::Settings(SettingsEvent::Read { text: Err(reason), .. }) = events.try_recv().unwrap()
        else {
            panic!("not refused")
        };
        let reason = reason.to_string();
        assert!(reason.contains("not an ordinary file"), "{reason}");
    }

    #[test]
    fn windows_that_change_settings_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, "# mine\n").unwrap();
        let change =
            |key: &str, value| changed(&path, &[(SettingKey::find(key).unwrap(), Some(value))]).unwrap();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                (1..=40).for_each(|width| drop(change("editor.tab_width", SettingValue::Int(1 + width % 8))));
            });
            threads.spawn(|| {
                for step in 0..40 {
                    change("window.zoom", SettingValue::Number(1.0 + f64::from(step % 10) / 10.0));
                    assert!(text(&path).unwrap().unwrap().contains(&format!("zoom = 1.{}", step % 10)));
                }
            });
        });
        let text = text(&path).unwrap().unwrap();
        for piece in ["# mine\n", "tab_width = 1\n", "zoom = 1.9\n"] {
            assert!(text.contains(piece), "{piece:?} is not in {text}");
        }
    }

    #[test]
    fn a_change_keeps_what_somebody_else_wrote_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.toml");
        let set =
            |key: &str, value| changed(&path, &[(SettingKey::find(key).unwrap(), Some(value))]).unwrap();
        set("editor.tab_width", SettingValue::Int(2));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text + "# by hand\n").unwrap();
        let text = set("window.zoom", SettingValue::Number(1.5));
        assert_eq!(text, std::fs::read_to_string(&path).unwrap());
        for piece in ["\ntab_width = 2\n", "\nzoom = 1.5\n", "# by hand\n"] {
            assert!(text.contains(piece), "{piece:?} is not in {text}");
        }
        std::fs::write(&path, "[broken").unwrap();
        assert!(changed(&path, &[(SettingKey::find("window.zoom").unwrap(), None)]).is_err());
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "[broken",
            "a file that is no TOML is left alone"
        );
    }
}
