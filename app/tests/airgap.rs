//! The air gap as a user has it: real processes, their settings files, the kernel's answers, and what a trace sees of them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[allow(
    unexpected_cfgs,
    reason = "the generator of the models crate's own tests knows that crate's features"
)]
#[path = "../../models/tests/support/mod.rs"]
mod generator;
#[allow(dead_code, reason = "the hub of the models crate's own tests, of which a part is used")]
#[path = "../../models/tests/support/server.rs"]
mod server;
#[path = "../../xtask/src/offline/trace.rs"]
mod trace;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use generator::{Gguf, Val, ground};
use models::catalog::{Catalog, builtin};
use models::hash::Both;
use serde_json::{Value, json};
use server::{Authority, Server};
use trace::{CALLS, Seen};

const MODEL: &str = "smollm2-135m-instruct-q4_1";

/// A home of its own.
struct Home(tempfile::TempDir);

impl Home {
    /// With this settings file; `None`: with none.
    fn with(settings: Option<&[u8]>) -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        if let Some(bytes) = settings {
            let path = home.settings();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        home
    }

    fn settings(&self) -> PathBuf {
        self.0.path().join(".config/localcoder/settings.toml")
    }

    fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.0.path());
        command.stdin(Stdio::null());
        command
    }

    fn localcoder(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_localcoder"));
        command.args(args);
        command
    }

    fn install(&self) -> String {
        let done = self.localcoder(&["models", "install", MODEL, "--accept-licence"]).output().unwrap();
        assert_eq!(done.status.code(), Some(1), "{done:?}");
        error_of(&done)
    }

    /// What `doctor --prove-offline` says; the worker is not built with this test.
    fn proof(&self, environment: &[(&str, &str)]) -> Value {
        let mut doctor = self.localcoder(&["doctor", "--prove-offline", "--format", "json"]);
        let done = doctor.envs(environment.iter().copied()).output().unwrap();
        let line = String::from_utf8_lossy(&done.stdout).lines().last().unwrap_or_default().to_owned();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {done:?}"))
    }
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Files that do not say clearly that connections are allowed.
const UNCLEAR: &[&[u8]] = &[
    b"[privacy]\nair_gapped = ture\n",
    b"[privacy]\nair_gapped = True\n",
    b"[privacy]\nair_gapped = \"true\"\n",
    b"[privacy]\nair-gapped = true\n",
    b"air_gapped = true\n",
    b"[privacy\nair_gapped = true\n",
    b"[privacy]\n# a stray byte: \xFF\nair_gapped = true\n",
    b"[privacy]\n# a stray byte: \x00\nair_gapped = false\n",
];

#[test]
fn each_unclear_file_is_air_gapped_and_the_command_that_wanted_to_connect_says_so() {
    for bytes in UNCLEAR {
        let home = Home::with(Some(bytes));
        let said = home.install();
        assert!(said.contains("air-gapped mode"), "{}: {said}", String::from_utf8_lossy(bytes));
        let listed = home.localcoder(&["settings", "list"]).output().unwrap();
        assert!(error_of(&listed).contains("LocalCoder is air-gapped until this is corrected"), "{listed:?}");
    }
    let unreadable = Home::with(None);
    fs::create_dir_all(unreadable.settings()).unwrap();
    assert!(unreadable.install().contains("air-gapped mode"), "a folder in its place");
}

/// Else what the next one says would prove nothing.
#[test]
fn outside_of_all_filters_the_same_attempts_succeed() {
    let home = Home::with(Some(b"[privacy]\nair_gapped = true\n"));
    let free = home.localcoder(&["--attempts"]).output().unwrap();
    let free = String::from_utf8_lossy(&free.stdout).into_owned();
    assert!(free.contains("INET: OPEN") && free.contains("NETLINK: OPEN"), "{free}");
}

#[test]
fn the_kernel_denies_every_family_to_the_editor_to_git_and_to_a_proposal() {
    for (home, environment) in [
        (Home::with(Some(b"[privacy]\nair_gapped = true\n")), &[][..]),
        (Home::with(Some(UNCLEAR[0])), &[]),
        (Home::with(Some(b"[privacy]\nair_gapped = true\n")), &[("LOCALCODER_AIR_GAPPED", "0")]),
        (Home::with(Some(b"[privacy]\nair_gapped = true\n")), &[("LOCALCODER_SETTINGS", "/nonexistent")]),
        (Home::with(None), &[("LOCALCODER_AIR_GAPPED", "1")]),
    ] {
        let proof = home.proof(environment);
        assert_eq!(proof["air_gapped"], true, "{environment:?}: {proof}");
        let attempts = proof["attempts"].as_array().unwrap();
        for from in ["editor", "git", "proposal"] {
            let of_it: Vec<&Value> = attempts.iter().filter(|attempt| attempt["from"] == from).collect();
            assert_eq!(of_it.len(), 5, "{from}: {proof}");
            assert!(of_it.iter().all(|attempt| attempt["denied"] == true), "{proof}");
        }
        let editor = &proof["processes"][0];
        assert!(editor["filters"].as_u64().unwrap() >= 2 && editor["closed"] == true, "{proof}");
    }
}

#[test]
fn who_is_not_air_gapped_is_told_so_and_its_editor_cannot_connect_either() {
    let proof = Home::with(None).proof(&[]);
    assert_eq!((proof["air_gapped"].clone(), proof["ok"].clone()), (json!(false), json!(false)), "{proof}");
    assert!(proof["missing"].to_string().contains("LocalCoder is not air-gapped"), "{proof}");
    let attempts = proof["attempts"].as_array().unwrap();
    assert!(attempts.iter().filter(|a| a["from"] == "editor").all(|a| a["denied"] == true), "{proof}");
}

/// The number of `socket` on x86-64, with the bit of the x32 ABI; and io_uring, which opens sockets behind the filter's back.
#[cfg(target_arch = "x86_64")]
#[test]
fn there_is_no_way_around_by_another_abi_or_by_io_uring() {
    let Some(python) = ground::program("calls by number", "python3") else { return };
    let home = Home::with(None);
    let said = home.0.path().join("said");
    let code = format!(
        "import ctypes, errno\n\
         call = ctypes.CDLL(None, use_errno=True).syscall\n\
         said = open({said:?}, 'w')\n\
         def tried(name, *args):\n\
         \x20   print(name, errno.errorcode.get(ctypes.get_errno()) if call(*args) < 0 else 'done', file=said)\n\
         tried('x32', 0x40000000 + 41, 2, 1, 0)\n\
         tried('ring', 425, 8, ctypes.create_string_buffer(200))\n\
         tried('pair', 53, 2, 1, 0, ctypes.create_string_buffer(8))\n\
         tried('unix', 41, 1, 1, 0)\n"
    );
    // In the place of git, which the editor starts as it starts everything else.
    let program = home.0.path().join("git");
    fs::write(home.0.path().join("tries.py"), code).unwrap();
    let script = format!("#!/bin/sh\nexec '{}' '{}/tries.py'\n", python.display(), home.0.path().display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", home.0.path().display(), std::env::var("PATH").unwrap());
    home.command(&program).output().unwrap();
    let free = fs::read_to_string(&said).unwrap();
    assert!(free.contains("unix done") && !free.contains("x32 EPERM"), "{free}");
    home.localcoder(&["doctor", "--prove-offline"]).env("PATH", path).output().unwrap();
    let closed = fs::read_to_string(&said).unwrap();
    assert_eq!(closed, "x32 EPERM\nring ENOSYS\npair EAFNOSUPPORT\nunix done\n");
}

/// A hub that speaks https, a catalogue with one small file of its own, and a home that trusts both.
struct Hub {
    home: Home,
    server: Server,
}

impl Hub {
    fn new() -> Hub {
        let mut bytes = Gguf::model().set("general.name", Val::Str("tiny".into())).bytes();
        bytes.extend(std::iter::repeat_n(7, 1 << 20));
        let mut both = Both::default();
        both.update(&bytes);
        let mut entry = serde_json::to_value(builtin().unwrap().get(MODEL).unwrap()).unwrap();
        entry["id"] = json!("tiny");
        entry["file"] = json!("tiny.gguf");
        entry["size"] = json!(bytes.len());
        entry["sha256"] = json!(both.finish().0);
        let catalogue = json!({ "version": 1, "updated": "2026-01-01", "models": [entry] }).to_string();
        assert!(Catalog::parse(&catalogue).is_ok());
        let home = Home::with(None);
        let authority = Authority::new();
        fs::write(home.0.path().join("authority.pem"), &authority.pem).unwrap();
        fs::write(home.0.path().join("own.json"), catalogue).unwrap();
        let hub = Hub { server: Server::start_tls(bytes, &authority), home };
        let own = hub.home.0.path().join("own.json");
        let taken = hub.home.localcoder(&["models", "catalogue", own.to_str().unwrap()]).output().unwrap();
        assert!(taken.status.success(), "{taken:?}");
        hub
    }

    fn environment(&self) -> [(&'static str, OsString); 2] {
        [
            ("LOCALCODER_MIRROR", self.server.url().into()),
            ("LOCALCODER_CA_FILE", self.home.0.path().join("authority.pem").into()),
        ]
    }

    fn install(&self) -> Output {
        let mut install = self.home.localcoder(&["models", "install", "tiny", "--accept-licence"]);
        install.envs(self.environment()).output().unwrap()
    }

    fn ledger(&self) -> Value {
        let told = self.home.localcoder(&["ledger", "--json"]).output().unwrap();
        serde_json::from_slice(&told.stdout).unwrap_or_else(|error| panic!("{error}: {told:?}"))
    }
}

#[test]
fn downloads_are_made_by_the_one_process_that_may_and_stand_in_the_ledger() {
    let hub = Hub::new();
    assert_eq!(hub.ledger()["connections"], json!([]));
    let done = hub.install();
    assert!(done.status.success(), "{}", error_of(&done));
    let ledger = hub.ledger();
    let made = ledger["connections"].as_array().unwrap();
    assert!(!made.is_empty() && made.len() as u64 >= hub.server.hub_requests(), "{ledger}");
    assert!(made.iter().all(|made| made["host"].as_str().unwrap().starts_with("127.0.0.1:")), "{ledger}");
    let bytes: u64 = made.iter().filter_map(|made| made["bytes"].as_u64()).sum();
    assert!(bytes > 1 << 20, "{ledger}");
    assert!(made.iter().all(|made| made["why"].as_str().unwrap().starts_with("to download ")), "{ledger}");
    let told = hub.home.localcoder(&["ledger"]).output().unwrap();
    assert!(String::from_utf8_lossy(&told.stdout).contains("127.0.0.1:"), "{told:?}");
}

#[test]
fn downloads_that_cannot_be_written_down_are_not_made() {
    let hub = Hub::new();
    fs::create_dir_all(hub.home.0.path().join(".local/state/localcoder/connections.jsonl")).unwrap();
    let done = hub.install();
    assert!(!done.status.success() && error_of(&done).contains("no connection is made"), "{done:?}");
    assert_eq!(hub.server.hub_requests(), 0);
}

#[test]
fn downloads_name_an_entry_and_the_settings_and_nothing_else_is_fetched() {
    use std::io::{BufRead as _, BufReader, Write as _};
    let hub = Hub::new();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut process = hub.home.localcoder(&["--downloads-process"]);
    process.envs(hub.environment()).stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)));
    let mut process = process.spawn().unwrap();
    let mut answers = BufReader::new(ours.try_clone().unwrap());
    let entry = builtin().unwrap().get(MODEL).unwrap().clone();
    let settings = |mirror: &str, air_gapped: bool| {
        let other = models::download::NetworkSettings {
            mirror: Some(mirror.to_owned()),
            authorities: Some(hub.home.0.path().join("authority.pem")),
            air_gapped,
            ..Default::default()
        };
        serde_json::to_value(other).unwrap()
    };
    let right = settings(&hub.server.url(), false);
    let mut asked = |id: &str, sha256: Value, licence: &str, settings: &Value| {
        let consent = json!({ "licence": licence, "accepted_at": 1 });
        let asked = json!({ "id": id, "sha256": sha256, "consent": consent, "settings": settings });
        writeln!(ours, "{}", json!({ "download": [1, asked] })).unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        line
    };
    let sha256 = json!(entry.sha256);
    assert!(asked("nothing", sha256.clone(), &entry.licence, &right).contains("the catalogue has no"));
    assert!(asked(MODEL, json!("0".repeat(64)), &entry.licence, &right).contains("another file"));
    assert!(asked(MODEL, sha256.clone(), "MIT", &right).contains("was accepted"));
    let elsewhere = settings("https://elsewhere.test", false);
    assert!(asked(MODEL, sha256.clone(), &entry.licence, &elsewhere).contains("says something else"));
    fs::create_dir_all(hub.home.settings().parent().unwrap()).unwrap();
    fs::write(hub.home.settings(), "[privacy]\nair_gapped = ture\n").unwrap();
    assert!(
        asked(MODEL, sha256, &entry.licence, &right).contains("air-gapped mode"),
        "from the file, at once"
    );
    assert_eq!(hub.server.hub_requests(), 0);
    drop((ours, answers));
    assert!(process.wait().unwrap().success(), "it ends with the editor");
}

/// What a trace sees of a command, and which processes were not closed.
fn traced(strace: &Path, home: &Home, args: &[&str], environment: &[(&str, OsString)]) -> (Seen, String) {
    let log = home.0.path().join("trace");
    let mut command = home.command(strace);
    command.args(["-f", "-qq", "-e", CALLS, "-e", "signal=none", "-o"]).arg(&log);
    command.arg(env!("CARGO_BIN_EXE_localcoder")).args(args).envs(environment.iter().cloned());
    command.output().unwrap();
    let text = fs::read_to_string(log).unwrap();
    (Seen::of(&text), text)
}

#[test]
fn a_trace_sees_no_socket_in_the_air_gap_and_the_same_trace_sees_one_without_the_filter() {
    let Some(strace) = ground::program("tracing the air gap", "strace") else { return };
    let home = Home::with(Some(b"[privacy]\nair_gapped = true\n"));
    for args in [
        &["doctor", "--prove-offline"][..],
        &["models", "list"],
        &["models", "install", MODEL, "--accept-licence"],
        &["settings", "list"],
    ] {
        let (seen, text) = traced(&strace, &home, args, &[]);
        assert_eq!(seen.others, Vec::<String>::new(), "{args:?}: {text}");
    }
    let (seen, text) = traced(&strace, &home, &["--attempts"], &[]);
    assert!(seen.others.len() >= 2, "the detector finds none where there are some: {text}");
}

#[test]
fn downloads_are_the_only_sockets_a_trace_sees() {
    let Some(strace) = ground::program("tracing the air gap", "strace") else { return };
    let hub = Hub::new();
    let args = ["models", "install", "tiny", "--accept-licence"];
    let (seen, text) = traced(&strace, &hub.home, &args, &hub.environment());
    assert!(!seen.others.is_empty(), "nothing was downloaded: {text}");
    // The command itself is the first process of the trace.
    let first = text.split_whitespace().next().unwrap();
    let of_it = |line: &&str| line.starts_with(&format!("{first} "));
    let own: String = text.lines().filter(of_it).map(|line| format!("{line}\n")).collect();
    assert_eq!(Seen::of(&own).others, Vec::<String>::new(), "{text}");
}
