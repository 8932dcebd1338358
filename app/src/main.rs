//! `localcoder`: a window on files or a folder, or one of the commands without a window.

mod airgap;
mod app;
mod arguments;
mod atomic_write;
mod door;
mod effects;
mod event;
mod features;
mod frames;
#[cfg(target_os = "linux")]
mod graphics;
mod headless;
mod keyboard;
mod machine;
mod network;
mod phrases;
mod shortcuts;
mod speed;
mod state;
mod ui;
mod update;
mod views;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use eframe::NativeOptions;
use egui::{IconData, ViewportBuilder};

use crate::app::App;
use crate::door::{Asked, Door, DoorAddress, FoundWindow};
use crate::effects::OutsidePlaces;
use crate::workspace::session::Session;

/// Words that begin a command without a window.
const HEADLESS: [&str; 15] = [
    assist::sandbox::CONFINED,
    "improve",
    "explain",
    "generate",
    "document",
    "commit-message",
    "name",
    "statistics",
    "doctor",
    "ledger",
    "models",
    "settings",
    "help",
    "--help",
    "--version",
];
/// Exit code for wrong arguments and for a missing display.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(done) = airgap::other_self(&args) {
        return done;
    }
    let word = |at: usize| args.get(at).and_then(|arg| arg.to_str());
    if word(0) == Some(assist::sandbox::CONFINED) {
        // It gives up more than the filter takes.
        return headless::main(args);
    }
    if word(0).is_some_and(|word| HEADLESS.contains(&word)) {
        airgap::begin((word(0), word(1)) == (Some("models"), Some("install")));
        return headless::main(args);
    }
    match arguments::read(args) {
        Ok(wanted) => window(wanted),
        Err(message) => complain(&message),
    }
}

fn complain(message: &str) -> ExitCode {
    eprintln!("localcoder: {message}");
    ExitCode::from(USAGE)
}

/// Opens the window, drawn by the one renderer that app/Cargo.toml names for this system.
fn window(wanted: arguments::Wanted) -> ExitCode {
    if !has_display() {
        return complain(
            "there is no display to open a window on. `localcoder help` lists the commands without one.",
        );
    }
    #[cfg(target_os = "linux")]
    graphics::without_cache_on_a_full_disk();
    airgap::begin(true);
    let door = match hand_over(&wanted) {
        Ok(door) => door,
        Err(done) => return done,
    };
    let places = OutsidePlaces::here();
    // What checks of an earlier process left behind: a thread that cannot be started leaves it to the next one.
    let _swept = std::thread::Builder::new().name("sweep".into()).spawn(assist::sandbox::sweep_leftovers);
    features::recovery::crash::report_panics(places.crashes());
    let session = places.session.as_deref().map(Session::load).unwrap_or_default();
    let options = options(&session);
    let app: eframe::AppCreator<'_> = Box::new(|cc| {
        let app = App::new(&cc.egui_ctx, &session, wanted, places);
        app.offer_dialogs(rfd::AsyncFileDialog::new().set_parent(cc));
        door.into_iter().for_each(|door| app.listen(door));
        Ok(Box::new(app))
    });
    match eframe::run_native("localcoder", options, app) {
        Ok(()) => ExitCode::SUCCESS,
        // The cause that winit gives is a place in its own source.
        Err(eframe::Error::WinitEventLoop(_)) => complain(
            "the display server does not answer. Check DISPLAY or WAYLAND_DISPLAY; one on another machine cannot be \
                 reached, for LocalCoder opens no connection.",
        ),
        Err(error) => complain(&format!("the window cannot be opened: {error}.{}", what_draws(&error))),
    }
}

/// Hands the files to a window that runs, which may be the end of this process: `Err`. Otherwise a window opens here, and gets the door at
/// which others find it.
fn hand_over(wanted: &arguments::Wanted) -> Result<Option<Door>, ExitCode> {
    let Some(address) = DoorAddress::here() else { return Ok(None) };
    // One that closes with the files that are waited for is no place for others.
    let has_door = !wanted.waits;
    let open = || has_door.then(|| Door::open(&address).ok()).flatten();
    let Some(asked) = wanted.asked() else { return Ok(open()) };
    match door::find(&address, has_door) {
        FoundWindow::Nobody(door) => Ok(door),
        FoundWindow::Window(window) => match window.ask(&asked) {
            Asked::Done => Err(ExitCode::SUCCESS),
            Asked::NotTaken => Ok(open()),
            Asked::Lost => {
                eprintln!("localcoder: the window ended before it said that the file is closed.");
                Err(ExitCode::FAILURE)
            }
        },
    }
}

/// What to do about it when the renderer failed.
fn what_draws(error: &eframe::Error) -> &'static str {
    #[cfg(not(target_os = "macos"))]
    if let eframe::Error::OpenGL(_) | eframe::Error::Glutin(_) | eframe::Error::NoGlutinConfigs(..) = error {
        return " LocalCoder draws with OpenGL 2.1 or later: install your graphics card's driver or Mesa (Debian: libegl1, libgl1).";
    }
    let _ = error;
    ""
}

/// On Linux a window needs a display server; elsewhere there always is one.
fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET")
}

fn options(session: &Session) -> NativeOptions {
    let (width, height) = session.window.unwrap_or((1200.0, 800.0));
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icons/localcoder.png"));
    let viewport = ViewportBuilder::default()
        .with_title("LocalCoder")
        .with_app_id("localcoder")
        .with_inner_size([width, height])
        .with_maximized(session.maximized)
        .with_min_inner_size([420.0, 280.0])
        .with_drag_and_drop(true)
        .with_icon(Arc::new(icon.unwrap_or_else(|_| IconData::default())));
    NativeOptions { viewport, ..NativeOptions::default() }
}
