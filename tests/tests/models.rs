//! `localcoder models` as a person runs it, against a hub on this machine that speaks https.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../../models/tests/support/server.rs"]
#[allow(dead_code, reason = "the hub of the models crate's own tests, of which a part is used")]
mod server;

use server::{Authority, Server};
use std::{
    fs,
    os::unix::fs::{FileExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use tests::{TestModel, editor};

const MODEL: &str = "smollm2-135m-instruct-q4_1";

/// A hub with the real starter model, and an empty store.
struct Place {
    folder: tempfile::TempDir,
    hub: Server,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        fs::write(folder.path().join("authority.pem"), &authority.pem).unwrap();
        let hub = Server::start_tls(fs::read(TestModel::Starter.path()).unwrap(), &authority);
        Place { folder, hub }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(editor());
        command.arg("models").args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("LOCALCODER_MODELS", self.store()).env("LOCALCODER_MIRROR", self.hub.url());
        command.env("LOCALCODER_CA_FILE", self.folder.path().join("authority.pem"));
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn sent(&self) -> u64 {
        self.hub.served().iter().map(|request| request.sent).sum()
    }
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Place {
    /// The one installed model, as `list` tells it.
    fn installed(&self) -> serde_json::Value {
        let listed = self.run(&["list", "--format", "json"]);
        let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
        listed["installed"][0].clone()
    }
}

#[test]
fn an_interrupted_install_says_how_to_go_on_and_goes_on_there() {
    let place = Place::new();
    place.hub.pace(Duration::from_millis(8));
    let child = place.command(&["install", MODEL, "--accept-licence"]).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while place.sent() < 8 << 20 {
        assert!(Instant::now() < end, "nothing is downloaded");
        std::thread::sleep(Duration::from_millis(10));
    }
    interrupt(&child);
    let paused = child.wait_with_output().unwrap();
    let said = error_of(&paused);
    assert_eq!(paused.status.code(), Some(130), "{said}");
    assert!(
        said.contains("paused at") && said.contains(&format!("models install {MODEL} --accept-licence")),
        "{said}"
    );
    assert!(place.sent() < 90 << 20, "it stopped at once");

    place.hub.pace(Duration::ZERO);
    let done = place.run(&["install", MODEL, "--accept-licence"]);
    assert!(done.status.success(), "{}", error_of(&done));
    let served = place.hub.served();
    let [first, second] = served[..] else { panic!("{served:?}") };
    assert!(second.from >= 7 << 20, "{served:?}");
    assert!((first.from + first.sent).saturating_sub(second.from) <= 1 << 20, "{served:?}");
    let verified = place.run(&["verify", MODEL]);
    assert!(verified.status.success(), "{}", error_of(&verified));

    let before = place.installed();
    assert_eq!(before["state"], "verified");
    assert!(before["sha256"].is_array());
    let file = Path::new(before["files"][0].as_str().unwrap()).to_owned();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let (bytes, metadata) =
        (fs::File::options().write(true).open(&file).unwrap(), fs::metadata(&file).unwrap());
    bytes.write_all_at(&[1], metadata.len() / 2).unwrap();
    bytes.write_all_at(&[2], metadata.len() / 2 + 1).unwrap();
    bytes.set_modified(metadata.modified().unwrap()).unwrap();
    let after = place.installed();
    assert_eq!(after["state"], "changed");
    assert!(after["sha256"].is_null() && after["blake3"].is_null(), "a digest that nobody checked: {after}");
    let refused = place.run(&["verify", MODEL, "--sampled"]);
    assert!(!refused.status.success() && error_of(&refused).contains("is damaged"), "{}", error_of(&refused));
}

#[test]
fn nothing_is_connected_without_consent_or_inside_the_air_gap_or_with_settings_that_make_no_sense() {
    let place = Place::new();
    let refused = place.run(&["install", MODEL]);
    assert!(!refused.status.success() && error_of(&refused).contains("Nothing was downloaded"));
    let refused_with = |name: &str, value: &str| {
        let output =
            place.command(&["install", MODEL, "--accept-licence"]).env(name, value).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}={value}");
        error_of(&output)
    };
    for (name, value, words) in [
        ("LOCALCODER_AIR_GAPPED", "1", "air-gapped"),
        ("LOCALCODER_RATE_LIMIT", "much", "rate limit"),
        ("LOCALCODER_MIRROR", "http://127.0.0.1:1", "https"),
        ("LOCALCODER_PROXY", "nonsense://", "proxy"),
        ("LOCALCODER_CA_FILE", "/nowhere.pem", "/nowhere.pem"),
    ] {
        let said = refused_with(name, value);
        assert!(said.contains(words), "{name}: {said}");
    }
    assert_eq!(place.hub.hub_requests(), 0);
}

#[test]
fn a_catalogue_of_ones_own_is_kept_and_pinned_ones_are_checked() {
    let place = Place::new();
    let own = place.folder.path().join("own.json");
    let json = include_str!("../../assets/catalog.json").replace(MODEL, "my-own-model");
    fs::write(&own, json).unwrap();
    let path = own.to_str().unwrap();
    let pinned = place.run(&["catalogue", path, "--sha256", &"0".repeat(64)]);
    assert!(!pinned.status.success(), "another digest");
    assert!(!String::from_utf8_lossy(&place.run(&["list"]).stdout).contains("my-own-model"));
    let taken = place.run(&["catalogue", path]);
    assert!(taken.status.success(), "{}", error_of(&taken));
    let shown = place.run(&["show", "my-own-model"]);
    assert!(shown.status.success(), "{}", error_of(&shown));
    let cleaned = place.run(&["clean"]);
    assert!(
        cleaned.status.success() && place.run(&["show", "my-own-model"]).status.success(),
        "it is no leftover"
    );
}
