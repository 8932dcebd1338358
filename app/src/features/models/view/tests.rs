//! The model panel without a screen, against a hub on loopback: found and used by the names that a screen reader tells.

#[allow(
    unexpected_cfgs,
    reason = "the generator of the models crate's own tests knows that crate's features"
)]
#[path = "../../../../../models/tests/support/mod.rs"]
mod generator;
#[allow(dead_code, reason = "the hub of the models crate's own tests, of which a part is used")]
#[path = "../../../../../models/tests/support/server.rs"]
mod server;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use models::catalog::{Catalog, CatalogEntry, builtin};
use models::download::NetworkSettings;
use models::fit::FitVerdict;
use models::hash::Both;
use models::import;
use settings::Layers;
use settings::value::SettingValue;

use self::generator::{Gguf, Val};
use self::server::{Fault, Server};
use crate::app::App;
use crate::effects::{ModelPlaces, OutsidePlaces};
use crate::event::Event;
use crate::features::models::ManagerEvent;
use crate::workspace::session::Session;
use crate::workspace::{ModelInventory, Page};

/// A model file of its own for each name.
fn file(name: &str) -> Vec<u8> {
    let mut bytes = Gguf::model().set("general.name", Val::Str(name.into())).bytes();
    bytes.extend(std::iter::repeat_n(7, 1 << 20));
    bytes
}

/// A catalogue with nothing but this file.
fn catalogue(bytes: &[u8]) -> Catalog {
    let mut both = Both::default();
    both.update(bytes);
    let like = builtin().unwrap().get("smollm2-135m-instruct-q4_1").unwrap().clone();
    let (id, name, sha256) = ("tiny".to_owned(), "Tiny".to_owned(), both.finish().0);
    let entry = CatalogEntry { id, name, file: "tiny.gguf".into(), size: bytes.len() as u64, sha256, ..like };
    let json = serde_json::json!({ "version": 1, "updated": "2026-01-01", "models": [entry] });
    Catalog::parse(&json.to_string()).unwrap()
}

fn places(root: &Path, hub: &Server, air_gapped: bool) -> OutsidePlaces {
    let network = NetworkSettings {
        air_gapped,
        mirror: Some(hub.url()),
        loopback_http: true,
        patience: Duration::from_millis(2),
        ..NetworkSettings::default()
    };
    let models = ModelPlaces {
        root: Ok(root.join("store")),
        catalogue: Ok(catalogue(&file("tiny"))),
        network,
        tools: import::ImportFolders(vec![(import::Tool::LlamaCpp, root.join("tools"))]),
    };
    // As the network above was set by the user.
    let text = format!("[window]\ntheme = 'dark'\n[privacy]\nair_gapped = {air_gapped}\n");
    let mut settings = Layers::of(&text);
    settings.environment = vec![("privacy.mirror", "TEST", SettingValue::Text(hub.url()))];
    OutsidePlaces {
        worker: Err(assist::worker::NoWorkerProgram::Missing("no worker in this test".into())),
        session: None,
        models,
        settings,
    }
}

/// A window with the panel open and everything listed.
fn panel(places: OutsidePlaces) -> Harness<'static, App> {
    let mut harness = start(places);
    wait(&mut harness, |_| true);
    harness
}

/// A window with the panel open.
fn start(places: OutsidePlaces) -> Harness<'static, App> {
    let build = move |cc: &mut eframe::CreationContext<'_>| {
        App::new(&cc.egui_ctx, &Session::default(), Vec::new(), places)
    };
    let mut harness = Harness::builder().with_size([1000.0, 900.0]).with_max_steps(60).build_eframe(build);
    harness.run_steps(3);
    harness.key_press_modifiers(Modifiers { alt: true, ..Modifiers::COMMAND }, Key::M);
    harness.run_steps(3);
    harness
}

/// Draws frames until what was listed is as wanted.
fn wait(harness: &mut Harness<'_, App>, wanted: impl Fn(&ModelInventory) -> bool) {
    until(harness, |harness| harness.state_mut().state().manager.shelf().is_some_and(&wanted));
    harness.run_steps(3);
}

/// Draws frames until it is as wanted.
fn until(harness: &mut Harness<'_, App>, wanted: impl Fn(&mut Harness<'_, App>) -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !wanted(harness) {
        assert!(Instant::now() < end, "this never happened");
        std::thread::sleep(Duration::from_millis(5));
        harness.step();
    }
}

/// A file that is let go over the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_file(harness: &mut Harness<'_, App>, path: PathBuf) {
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path)));
    harness.step();
}

fn click(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_label(label).click();
    // A dialog finds its place within a few frames.
    harness.run_steps(8);
}

#[test]
fn the_licence_is_shown_before_the_first_byte_and_then_the_model_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Server::start(file("tiny"));
    let mut harness = panel(places(folder.path(), &hub, false));
    harness.get_by_label_contains("No model is installed");

    click(&mut harness, "Install Tiny");
    harness.get_by_label_contains("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION");
    click(&mut harness, "Cancel");
    assert!(harness.query_by_label("Accept and download").is_none());
    assert_eq!(hub.hub_requests(), 0, "nothing is fetched before consent");

    click(&mut harness, "Install Tiny");
    click(&mut harness, "Accept and download");
    wait(&mut harness, |shelf| shelf.installed.len() == 1);
    assert_eq!(hub.hub_requests(), 1);
    assert!(harness.query_by_label("Install Tiny").is_none());

    click(&mut harness, "Verify Tiny");
    wait(&mut harness, |shelf| shelf.installed[0].model.record.checked_at.is_some());

    // While it is being verified it cannot be removed.
    let end = Instant::now() + Duration::from_secs(60);
    while harness.query_by_label("Remove Tiny?").is_none() {
        assert!(Instant::now() < end, "it is never asked whether to remove");
        click(&mut harness, "Remove Tiny");
    }
    click(&mut harness, "Remove");
    wait(&mut harness, |shelf| shelf.installed.is_empty());
    harness.get_by_label("Install Tiny");
}

#[test]
fn a_download_that_fails_says_why_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Server::start(file("tiny"));
    hub.always(Fault::Status(404, None));
    let mut harness = panel(places(folder.path(), &hub, false));
    click(&mut harness, "Install Tiny");
    click(&mut harness, "Accept and download");
    until(&mut harness, |harness| harness.query_by_label("Try again").is_some());
    harness.run_steps(2);
    click(&mut harness, "Dismiss Tiny");
    assert!(harness.query_by_label("Try again").is_none());
}

#[test]
fn files_are_imported_and_found_in_other_tools() {
    let folder = tempfile::tempdir().unwrap();
    let tools = folder.path().join("tools");
    std::fs::create_dir(&tools).unwrap();
    std::fs::write(tools.join("other.gguf"), file("other")).unwrap();
    let dropped = folder.path().join("mine.gguf");
    std::fs::write(&dropped, file("mine")).unwrap();
    let hub = Server::start(file("tiny"));
    let mut harness = panel(places(folder.path(), &hub, true));
    harness.get_by_label_contains("LocalCoder is air-gapped");
    assert!(harness.get_by_label("Install Tiny").accesskit_node().is_disabled());

    click(&mut harness, "Link other.gguf");
    wait(&mut harness, |shelf| shelf.installed.len() == 1);
    let ctx = harness.ctx.clone();
    let import = ManagerEvent::Import(dropped, import::ImportMode::Copy);
    harness.state_mut().happen(&ctx, Event::Models(import));
    wait(&mut harness, |shelf| shelf.installed.len() == 2);
    harness.get_by_label("Verify mine");
    let beside = |harness: &Harness<'_, App>| {
        harness.get_by_label("Load mine").rect().top() < harness.get_by_label("mine").rect().bottom()
    };
    assert!(beside(&harness));
    harness.set_size(egui::vec2(400.0, 900.0));
    harness.run_steps(4);
    assert!(!beside(&harness), "the name keeps its room in a narrow window");
    harness.set_size(egui::vec2(1000.0, 900.0));
    harness.run_steps(4);
    click(&mut harness, "Use mine for general");
    wait(&mut harness, |shelf| {
        shelf.installed.iter().any(|owned| owned.model.record.pinned_by == ["general"])
    });
    assert_eq!(hub.hub_requests(), 0, "the air gap holds");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state_mut().state().shows(Page::Models));
}

#[test]
fn a_model_and_a_catalogue_are_taken_in_by_dropping_them() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("mine.gguf");
    std::fs::write(&model, file("mine")).unwrap();
    let more = folder.path().join("more.json");
    let json = include_str!("../../../../../assets/catalog.json").replace("\"id\": \"", "\"id\": \"our-");
    std::fs::write(&more, json.replace("\"name\": \"", "\"name\": \"Our ")).unwrap();
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{ \"version\": 1, \"models\": [{}] }").unwrap();
    let hub = Server::start(file("tiny"));
    let mut harness = panel(places(folder.path(), &hub, true));

    drop_file(&mut harness, model);
    wait(&mut harness, |shelf| shelf.installed.len() == 1);
    harness.get_by_label("Verify mine");

    drop_file(&mut harness, broken);
    until(&mut harness, |harness| harness.query_all_by_label_contains("broken.json").next().is_some());
    let listed = harness.state_mut().state().manager.shelf().unwrap().catalogue.len();

    drop_file(&mut harness, more);
    wait(&mut harness, |shelf| shelf.catalogue.len() > listed);
    harness.get_by_label("Install Tiny");
    harness.get_by_label("Install Our SmolLM2 135M Instruct");
    assert_eq!(hub.hub_requests(), 0, "a catalogue is a file");
}

#[test]
fn a_role_narrows_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Server::start(file("tiny"));
    let mut harness = panel(places(folder.path(), &hub, false));
    click(&mut harness, "Show completion models");
    assert!(harness.query_by_label("Install Tiny").is_none());
    harness.get_by_label_contains("No models match");
    click(&mut harness, "Show all models");
    harness.get_by_label("Install Tiny");
}

#[test]
fn a_download_is_paused_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Server::start(file("tiny"));
    // The whole file would take eight seconds.
    hub.pace(Duration::from_millis(500));
    let mut harness = panel(places(folder.path(), &hub, false));
    click(&mut harness, "Install Tiny");
    click(&mut harness, "Accept and download");
    harness.get_by_label("Downloading Tiny");
    click(&mut harness, "Pause Tiny");
    let end = Instant::now() + Duration::from_millis(1_800);
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
        harness.step();
    }
    harness.get_by_label_contains("Paused");
    assert!(harness.state_mut().state().manager.shelf().unwrap().installed.is_empty());
    hub.pace(Duration::ZERO);
    click(&mut harness, "Resume Tiny");
    wait(&mut harness, |shelf| shelf.installed.len() == 1);
    assert!(harness.query_by_label("Downloading Tiny").is_none());
}

#[test]
fn what_does_not_fit_can_be_loaded_anyway() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.gguf");
    std::fs::write(&path, file("mine")).unwrap();
    let hub = Server::start(file("tiny"));
    let mut harness = panel(places(folder.path(), &hub, false));
    let ctx = harness.ctx.clone();
    let happen = |harness: &mut Harness<'_, App>, event| {
        harness.state_mut().happen(&ctx, Event::Models(event));
        harness.run_steps(3);
    };
    happen(&mut harness, ManagerEvent::Import(path, import::ImportMode::Copy));
    wait(&mut harness, |shelf| shelf.installed.len() == 1);
    let mut shelf = harness.state_mut().state().manager.shelf().unwrap().clone();
    let why = "it needs 99 GiB".to_owned();
    shelf.installed[0].facts.as_mut().unwrap().fit.verdict = FitVerdict::DoesNotFit { why, missing: 1 };
    happen(&mut harness, ManagerEvent::Listed(Ok(Box::new(shelf))));
    harness.get_by_label_contains("Does not fit: it needs 99 GiB.");
    click(&mut harness, "Load anyway mine");
    assert!(harness.query_all_by_label_contains("no worker in this test is not there").next().is_some());
}

#[test]
fn a_folder_that_cannot_be_read_is_said_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Server::start(file("tiny"));
    let mut all = places(folder.path(), &hub, false);
    all.models.root = Err(models::store::StoreError::NoHome.into());
    let mut harness = start(all);
    until(&mut harness, |harness| harness.state_mut().state().manager.shelf.is_some());
    harness.run_steps(3);
    harness.get_by_label_contains("No folder for models: ");
    harness.get_by_label("Try again");
}

#[test]
fn every_control_of_the_panel_has_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Server::start(file("tiny"));
    let mut harness = panel(places(folder.path(), &hub, false));
    click(&mut harness, "Install Tiny");
    for node in harness.query_all_by_role(egui::accesskit::Role::Button) {
        let node = node.accesskit_node();
        assert!(node.label().is_some_and(|name| !name.is_empty()), "at {:?}", node.bounding_box());
    }
}
