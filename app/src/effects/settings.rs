//! The settings files on disk. A change is made in the file as it is at that moment, whatever wrote it last.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use editor_core::regular;
use ground::atomic_write;
use settings::layers::{MOST_BYTES, Whose, unreadable};
use settings::table::Key;
use settings::value::Value;
use settings::{Layers, PROJECT_FILE, SettingsEvent, edit};

use super::Outbox;
use crate::event::Event;

fn send(out: &Outbox, event: SettingsEvent) {
    out.send(Event::Settings(event));
}

fn text(path: &Path) -> Result<Option<String>, String> {
    match regular::read_text(path, MOST_BYTES) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
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
pub fn change(out: &Outbox, path: &Path, serial: u64, changes: &[(Key, Option<Value>)]) {
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
/// A sentence for people: the file cannot be read or written, or is no TOML.
pub fn changed(path: &Path, changes: &[(Key, Option<Value>)]) -> Result<String, String> {
    let before = text(path)?;
    let mut after = before.clone();
    for (key, value) in changes {
        after = Some(Layers::changed(after.as_deref(), key, value.as_ref())?);
    }
    let after = after.unwrap_or_default();
    if before.as_ref() != Some(&after) {
        atomic_write::write(path, &after)
            .map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    }
    Ok(after)
}

/// Makes a file that can be opened, if there is none.
pub fn create(out: &Outbox, path: PathBuf, whose: Whose) {
    let start = match whose {
        Whose::User => edit::template(),
        Whose::Project => edit::project_template(),
    };
    let there = path.exists() || atomic_write::write(&path, &start).is_ok();
    if there {
        send(out, SettingsEvent::Ready(path));
    } else {
        out.send(Event::Trouble(format!("{} cannot be written.", path.display())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_refused_with_its_reason_and_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, "# mine\n").unwrap();
        // In the way of what is written beside the file first, also for who may write everywhere.
        std::fs::create_dir(folder.path().join("settings.toml.new")).unwrap();
        let (out, events) = Outbox::new(|| ());
        change(&out, &path, 7, &[(Key::find("window.zoom").unwrap(), Some(Value::Number(1.5)))]);
        let Event::Settings(SettingsEvent::Refused { serial: 7, reason }) = events.try_recv().unwrap() else {
            panic!("not refused")
        };
        assert!(reason.contains("settings.toml cannot be written: "), "{reason}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "# mine\n");
        std::fs::remove_dir(folder.path().join("settings.toml.new")).unwrap();
        change(&out, &path, 8, &[(Key::find("window.zoom").unwrap(), Some(Value::Number(1.5)))]);
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
        assert!(reason.contains("not an ordinary file"), "{reason}");
    }

    #[test]
    fn a_change_keeps_what_somebody_else_wrote_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.toml");
        let set = |key: &str, value| changed(&path, &[(Key::find(key).unwrap(), Some(value))]).unwrap();
        set("editor.tab_width", Value::Int(2));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text + "# by hand\n").unwrap();
        let text = set("window.zoom", Value::Number(1.5));
        assert_eq!(text, std::fs::read_to_string(&path).unwrap());
        for piece in ["\ntab_width = 2\n", "\nzoom = 1.5\n", "# by hand\n"] {
            assert!(text.contains(piece), "{piece:?} is not in {text}");
        }
        std::fs::write(&path, "[broken").unwrap();
        assert!(changed(&path, &[(Key::find("window.zoom").unwrap(), None)]).is_err());
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "[broken",
            "a file that is no TOML is left alone"
        );
    }
}
