//! The model panel in the real window, by keys and clicks, against a hub on this machine that speaks https.
//!
//! Clicks are at places of a window of 1200 x 800 points, as it is laid out with an empty store and with one model.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../../models/tests/support/server.rs"]
#[allow(dead_code, reason = "the hub of the models crate's own tests, of which a part is used")]
mod server;

use server::{Authority, Server};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tests::{
    TestModel, process_memory,
    screen::{Editor, Home, Screen},
};

/// The button of the starter's card.
const INSTALL: (u32, u32) = (996, 719);
/// Buttons of the only installed model.
const LOAD: (u32, u32) = (917, 134);
const REMOVE: (u32, u32) = (1025, 134);
/// How long a click or a key may take to be seen. The steps that follow say whether it was.
const SETTLED: Duration = Duration::from_millis(1_500);

/// Clicks, and gives a dialog time to open.
fn click(window: &Editor<'_>, (x, y): (u32, u32)) {
    window.click(x, y).unwrap();
    std::thread::sleep(SETTLED);
}

/// Presses the button of a dialog that does what it asks: the first one, which has the focus, does nothing.
fn consent(window: &Editor<'_>) {
    window.press(&["Tab"]).unwrap();
    std::thread::sleep(SETTLED);
    window.press(&["Return"]).unwrap();
}

/// Files with this ending below a folder.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path, ending) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect()
}

#[test]
fn a_model_is_licensed_downloaded_loaded_and_removed() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    let authority = Authority::new();
    let pem = home.path().join("authority.pem");
    fs::write(&pem, &authority.pem).unwrap();
    let hub = Server::start_tls(fs::read(TestModel::Starter.path()).unwrap(), &authority);
    let env = [("LOCALCODER_MIRROR", hub.url()), ("LOCALCODER_CA_FILE", pem.display().to_string())];
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut window = Editor::open(&screen, &home, &[], &env).unwrap();
    std::thread::sleep(SETTLED);
    window.press(&["ctrl+alt+m"]).unwrap();
    std::thread::sleep(SETTLED);

    click(&window, INSTALL);
    window.press(&["Return"]).unwrap();
    std::thread::sleep(SETTLED);
    assert_eq!(hub.hub_requests(), 0, "the key that is nearest refuses");
    click(&window, INSTALL);
    consent(&window);
    let models = home.path().join("data/LocalCoder/models");
    // The manifest names a model last, after its file and its checksums.
    let installed = || fs::read_to_string(models.join("manifest.json")).unwrap_or_default();
    window.wait("an installed model", |_| Ok(installed().contains("smollm2-135m-instruct-q4_1"))).unwrap();
    assert_eq!(hub.hub_requests(), 1);
    assert!(!files(&models, "b3tree").is_empty());
    std::thread::sleep(SETTLED);

    assert!(window.workers().is_empty());
    click(&window, LOAD);
    let size = fs::metadata(TestModel::Starter.path()).unwrap().len();
    let loaded = |window: &mut Editor<'_>| {
        Ok(window.workers().iter().any(|pid| process_memory(*pid, "VmRSS:") > Some(size)))
    };
    window.wait("a worker with the model", loaded).unwrap();
    std::thread::sleep(SETTLED);

    click(&window, REMOVE);
    consent(&window);
    window.wait("an empty store", |_| Ok(files(&models, "gguf").is_empty())).unwrap();
    window.press(&["Escape", "ctrl+q"]).unwrap();
    window.ended().unwrap();
}
