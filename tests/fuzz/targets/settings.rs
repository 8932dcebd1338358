//! A settings file, the user's or a project's: what makes no sense costs itself alone and is reported with its place, and a change made
//! by the window is there when the file is read again.

use settings::{Layers, Privacy, Settings, edit, table};

/// Whether every line of it is used. Its length decides what is looked at besides: each of it costs as much as the rest.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    match bytes.len() % 4 {
        0 => decides_nothing_private(text),
        1 => can_be_changed(text, bytes[0]),
        _ => {}
    }
    let mut layers = Layers::of(text);
    let settings = layers.resolve();
    let lines = text.lines().count().max(1);
    for (_, problem) in &layers.problems {
        assert!(problem.line >= 1 && problem.line <= lines + 1 && problem.column >= 1, "{problem:?}");
        assert!(!problem.text.is_empty());
    }
    let _told = (layers.sentences(), layers.complaints(), settings.run_profile());
    layers.problems.is_empty()
}

/// As the file of a project that somebody opens.
fn decides_nothing_private(text: &str) {
    let mut project = Layers { project: Some(("p".into(), text.to_owned())), ..Layers::default() };
    let (usual, decided) = (Layers::default().resolve().privacy, project.resolve().privacy);
    assert!(decided.air_gapped >= usual.air_gapped, "a project opens nothing");
    assert_eq!(Privacy { air_gapped: usual.air_gapped, ..decided }, usual, "and decides nothing private");
}

fn can_be_changed(text: &str, chosen: u8) {
    let defaults = Settings::default();
    let keys = table::keys(&defaults);
    let key = &keys[usize::from(chosen) % keys.len()];
    if let Some(value) = key.get(&defaults)
        && let Ok(changed) = edit::change(text, key, Some(&value))
    {
        let mut again = Layers::of(&changed);
        let _settings = again.resolve();
        assert!(again.origins.contains_key(&key.path()), "{} is lost in {changed:?}", key.path());
    }
}
