//! Downloads from a hub on loopback: all is well, and each way it can go wrong, with its own kind and sentence.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![cfg(feature = "download")]

mod support;

use models::catalog::{self, CatalogEntry};
use models::download::{
    Consent, DownloadControl, DownloadError, DownloadErrorKind, DownloadPhase, DownloadPlan,
    DownloadProgress, DownloadQueue, Downloader, NetworkSettings, QueueEvent,
};
use models::hash::Digest;
use models::quiet;
use models::store::{Installed, LeftoverKind, ModelSource, Store, VerifyMode};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use support::server::{Authority, Fault, Server};
use support::{Gguf, REAL, Val, ground, ten};

/// A model file of about `megabytes`, another one for each seed.
fn model(megabytes: usize, seed: u32) -> Vec<u8> {
    let gguf = Gguf::model().set("general.name", Val::Str(format!("seed {seed}")));
    let mut bytes = gguf.with(|g| g.tensors.push(ten("blk.1.ffn_up.weight", &[64, 64], 0))).bytes();
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    bytes.extend((0..megabytes << 18).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    }));
    bytes
}

fn entry_of(file: &[u8]) -> CatalogEntry {
    let known = catalog::builtin().unwrap();
    let like = known.get("smollm2-135m-instruct-q4_1").unwrap().clone();
    let mut both = models::hash::Both::default();
    both.update(file);
    CatalogEntry {
        id: "test-model".into(),
        file: "test.gguf".into(),
        size: file.len() as u64,
        sha256: both.finish().0,
        ..like
    }
}

fn plan_of(entry: &CatalogEntry) -> DownloadPlan {
    DownloadPlan::new(entry, Consent::accepted(entry.licence().unwrap(), 77)).unwrap()
}

fn settings(server: &Server) -> NetworkSettings {
    NetworkSettings {
        mirror: Some(server.url()),
        loopback_http: true,
        stall: Duration::from_millis(400),
        patience: Duration::from_millis(2),
        ..NetworkSettings::default()
    }
}

struct Place {
    folder: tempfile::TempDir,
    store: Store,
    server: Server,
    entry: CatalogEntry,
}

impl Place {
    fn new(megabytes: usize) -> Self {
        let file = model(megabytes, 1);
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("store")).unwrap();
        Self { folder, store, entry: entry_of(&file), server: Server::start(file) }
    }

    fn run(&self) -> Result<Installed, DownloadError> {
        self.run_with(&settings(&self.server), &DownloadControl::default(), &mut |_| {})
    }

    fn run_with(
        &self,
        settings: &NetworkSettings,
        control: &DownloadControl,
        on: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Installed, DownloadError> {
        Downloader::new(self.store.clone(), settings.clone())?.run(&plan_of(&self.entry), control, on)
    }

    /// Runs until `done` bytes have arrived, then cancels.
    fn run_until(&self, done: u64) {
        let control = DownloadControl::default();
        let stopper = control.clone();
        // Slow enough that progress is reported before the end.
        self.server.pace(Duration::from_millis(8));
        let result = self.run_with(&settings(&self.server), &control, &mut |progress| {
            if progress.phase == DownloadPhase::Transferring && progress.done >= done {
                stopper.cancel();
            }
        });
        assert_eq!(result.unwrap_err().kind, DownloadErrorKind::Cancelled);
        self.server.pace(Duration::ZERO);
    }

    fn partial(&self) -> PathBuf {
        self.store.root().join("partial").join(format!("{}.part", self.entry.sha256))
    }

    #[track_caller]
    fn fails(&self, kind: DownloadErrorKind) -> String {
        let error = self.run().expect_err("it must fail");
        assert_eq!(error.kind, kind, "{error}");
        self.nothing_is_installed();
        error.to_string()
    }

    #[track_caller]
    fn nothing_is_installed(&self) {
        assert!(self.store.installed().unwrap().is_empty());
        let leftovers = self.store.leftovers().unwrap();
        assert!(leftovers.iter().all(|leftover| leftover.kind == LeftoverKind::Partial), "{leftovers:?}");
    }

    #[track_caller]
    fn is_right(&self, model: &Installed) {
        assert!(model.record.verified && model.present());
        assert_eq!(model.record.sha256, [self.entry.sha256]);
        assert_eq!(model.record.licence_accepted_at, Some(77));
        assert!(
            matches!(&model.record.source, ModelSource::Hub { revision, .. } if *revision == self.entry.revision)
        );
        self.store.verify("test-model", VerifyMode::Full, &mut quiet).unwrap();
        self.store.verify("test-model", VerifyMode::Sampled, &mut quiet).unwrap();
        assert!(self.store.leftovers().unwrap().is_empty());
    }
}

#[test]
fn a_download_is_verified_installed_and_reported() {
    let place = Place::new(8);
    place.server.pace(Duration::from_millis(1));
    let mut seen = Vec::new();
    let model = place
        .run_with(&settings(&place.server), &DownloadControl::default(), &mut |now| seen.push(now))
        .unwrap();
    place.is_right(&model);
    let phases: Vec<_> = seen.iter().map(|now| now.phase).collect();
    assert!(
        phases.contains(&DownloadPhase::Connecting) && phases.contains(&DownloadPhase::Transferring),
        "{phases:?}"
    );
    assert_eq!(phases.last(), Some(&DownloadPhase::Installing));
    assert!(seen.windows(2).all(|two| two[0].done <= two[1].done));
    assert!(seen.iter().any(|now| now.speed > 1_000_000 && now.left.is_some()));
    let requests = place.server.hub_requests();
    place.run().unwrap();
    assert_eq!(place.server.hub_requests(), requests, "what is installed is not asked for again");
}

#[test]
fn without_consent_or_inside_the_air_gap_there_is_no_download() {
    let place = Place::new(0);
    let other = Consent::accepted(catalog::licence("LicenseRef-Llama-3").unwrap(), 1);
    assert_eq!(DownloadPlan::new(&place.entry, other).unwrap_err().kind, DownloadErrorKind::Consent);
    let closed = NetworkSettings { air_gapped: true, ..settings(&place.server) };
    let error = Downloader::new(place.store.clone(), closed).unwrap_err();
    assert_eq!(error.kind, DownloadErrorKind::AirGapped);
    assert!(error.to_string().contains("Import"), "{error}");
    assert_eq!(place.server.hub_requests(), 0);
}

#[test]
fn a_cancelled_download_goes_on_where_it_stopped() {
    let place = Place::new(8);
    place.server.pace(Duration::from_millis(2));
    place.run_until(3 << 20);
    place.nothing_is_installed();
    let there = fs::metadata(place.partial()).unwrap().len();
    assert!((3 << 20..8 << 20).contains(&there), "{there}");
    place.is_right(&place.run().unwrap());
    let served = place.server.served();
    assert_eq!(served[1].from, there);
    assert!(served[0].sent - there <= 1 << 20, "{served:?}");
}

#[test]
fn a_pause_closes_the_connection_and_resume_goes_on() {
    let place = Place::new(4);
    place.server.pace(Duration::from_millis(2));
    let control = DownloadControl::default();
    let steer = control.clone();
    let mut paused = false;
    let model = place.run_with(&settings(&place.server), &control, &mut |now| {
        if now.phase == DownloadPhase::Transferring && now.done > 1 << 20 && !paused {
            paused = true;
            steer.pause();
            let steer = steer.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                steer.resume();
            });
        }
    });
    place.is_right(&model.unwrap());
    assert!(paused);
    assert_eq!(place.server.served().len(), 2);
}

#[test]
fn a_cancel_is_heard_while_the_server_is_silent() {
    let place = Place::new(4);
    place.server.always(Fault::StallAfter(1 << 20));
    let control = DownloadControl::default();
    let steer = control.clone();
    let started = Instant::now();
    let patient = NetworkSettings { stall: Duration::from_secs(60), ..settings(&place.server) };
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        steer.cancel();
    });
    let error = place.run_with(&patient, &control, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind, DownloadErrorKind::Cancelled);
    assert!(started.elapsed() < patient.stall, "the silence was waited for: {:?}", started.elapsed());
}

#[test]
fn passing_faults_are_waited_out() {
    let place = Place::new(8);
    place.server.faults([
        Fault::Status(503, None),
        Fault::CutAfter(1 << 20),
        Fault::Status(429, Some(0)),
        Fault::StallAfter(1 << 20),
        Fault::Status(500, None),
        Fault::OtherRange,
        Fault::CutAfter(3 << 20),
        Fault::CutAfter(0),
    ]);
    let mut retries = HashSet::new();
    let model = place.run_with(&settings(&place.server), &DownloadControl::default(), &mut |now| {
        if let DownloadPhase::Retrying(n) = now.phase {
            retries.insert((n, now.done));
        }
    });
    place.is_right(&model.unwrap());
    assert_eq!(retries.len(), 8, "{retries:?}");
}

#[test]
fn a_server_that_knows_no_ranges_starts_over() {
    let place = Place::new(4);
    place.server.faults([Fault::CutAfter(2 << 20), Fault::IgnoreRange]);
    place.is_right(&place.run().unwrap());
    assert_eq!(place.server.served()[1].from, 0);
}

#[test]
fn a_complete_partial_needs_no_connection() {
    let place = Place::new(2);
    fs::create_dir_all(place.partial().parent().unwrap()).unwrap();
    fs::write(place.partial(), model(2, 1)).unwrap();
    place.is_right(&place.run().unwrap());
    assert_eq!(place.server.hub_requests(), 0);
}

#[test]
fn a_partial_that_is_wrong_or_too_long_is_replaced() {
    for wrong in [vec![1; 2 << 20], vec![1; 9 << 20], model(4, 9)] {
        let place = Place::new(4);
        fs::create_dir_all(place.partial().parent().unwrap()).unwrap();
        fs::write(place.partial(), wrong).unwrap();
        place.is_right(&place.run().unwrap());
    }
}

#[test]
fn another_file_of_the_same_size_is_refused() {
    let place = Place::new(4);
    let mut other = model(4, 1);
    *other.last_mut().unwrap() ^= 1;
    place.server.replace_file(other);
    let text = place.fails(DownloadErrorKind::WrongHash);
    assert!(text.contains(&place.entry.sha256.to_string()), "{text}");
    assert_eq!(fs::metadata(place.partial()).unwrap().len(), 0, "nothing of it is kept");
}

#[test]
fn a_file_that_changes_between_ranges_is_refused() {
    let place = Place::new(4);
    place.server.pace(Duration::from_millis(1));
    place.run_until(2 << 20);
    place.server.replace_file(model(4, 2));
    place.fails(DownloadErrorKind::WrongHash);
    place.server.replace_file(model(4, 1));
    place.is_right(&place.run().unwrap());
}

#[test]
fn shorter_and_longer_files_are_refused() {
    let place = Place::new(4);
    place.server.replace_file(model(3, 1));
    assert!(place.fails(DownloadErrorKind::WrongSize).contains("catalogue"));
    place.server.replace_file(model(5, 1));
    place.fails(DownloadErrorKind::WrongSize);
    place.server.replace_file(model(4, 1));
    for more in [1, 100_000, 3 << 20] {
        place.server.faults([Fault::LongerBy(more)]);
        place.fails(DownloadErrorKind::WrongSize);
        assert_eq!(fs::metadata(place.partial()).unwrap().len(), 0);
    }
    place.run_until(1 << 20);
    place.server.replace_file(model(5, 1));
    place.fails(DownloadErrorKind::WrongSize);
}

#[test]
fn a_connection_that_always_ends_early_gives_up() {
    let place = Place::new(4);
    place.server.faults([Fault::CutAfter(2 << 20)]).always(Fault::CutAfter(0));
    assert!(place.fails(DownloadErrorKind::Interrupted).contains("kept"));
    assert_eq!(fs::metadata(place.partial()).unwrap().len(), 2 << 20);
}

#[test]
fn each_refusal_of_the_server_has_its_own_kind_and_sentence() {
    let mut sentences = HashSet::new();
    for (fault, kind) in [
        (Fault::Status(404, None), DownloadErrorKind::NotFound),
        (Fault::Status(403, None), DownloadErrorKind::Forbidden),
        (Fault::Status(429, None), DownloadErrorKind::TooManyRequests),
        (Fault::Status(429, Some(86_400)), DownloadErrorKind::TooManyRequests),
        (Fault::Status(502, None), DownloadErrorKind::Server),
        (Fault::Status(204, None), DownloadErrorKind::Protocol),
        (Fault::Loop, DownloadErrorKind::RedirectLoop),
        (Fault::RedirectTo("http://example.invalid/x".into()), DownloadErrorKind::Insecure),
        (Fault::RedirectTo("file:///etc/passwd".into()), DownloadErrorKind::Insecure),
        (Fault::RedirectTo(String::new()), DownloadErrorKind::Protocol),
        (Fault::StallAfter(0), DownloadErrorKind::Stalled),
    ] {
        let place = Place::new(1);
        place.server.always(fault.clone());
        let text = place.fails(kind);
        assert!(!text.contains("signature"), "{text}");
        sentences.insert((kind, text.clone()));
    }
    let kinds: HashSet<_> = sentences.iter().map(|(kind, _)| kind).collect();
    let texts: HashSet<_> = sentences.iter().map(|(_, text)| text).collect();
    assert!(texts.len() >= kinds.len(), "{sentences:?}");
}

#[test]
fn a_server_that_is_not_there_is_told_from_one_that_refuses() {
    let place = Place::new(0);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = NetworkSettings { mirror: Some(format!("http://{nobody}")), ..settings(&place.server) };
    let error = place.run_with(&settings, &DownloadControl::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.kind, DownloadErrorKind::Offline, "{error}");
    assert!(error.to_string().contains("online"), "{error}");
}

#[test]
fn http_is_refused_without_the_tests_switch() {
    let place = Place::new(0);
    let strict = NetworkSettings { loopback_http: false, ..settings(&place.server) };
    assert_eq!(Downloader::new(place.store.clone(), strict).unwrap_err().kind, DownloadErrorKind::Settings);
    assert_eq!(place.server.hub_requests(), 0);
}

#[test]
fn a_full_disk_keeps_what_arrived_and_says_so() {
    let place = Place::new(2);
    fs::create_dir_all(place.partial().parent().unwrap()).unwrap();
    // The kernel's own full disk: every write to it is ENOSPC.
    std::os::unix::fs::symlink("/dev/full", place.partial()).unwrap();
    let text = place.fails(DownloadErrorKind::DiskFull);
    assert!(text.contains("make room"), "{text}");
    fs::remove_file(place.partial()).unwrap();
    place.is_right(&place.run().unwrap());
}

#[test]
fn too_little_room_is_noticed_before_the_first_byte() {
    let mut place = Place::new(0);
    place.entry.size = 1 << 60;
    place.fails(DownloadErrorKind::NoRoom);
    assert_eq!(place.server.hub_requests(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_to_says_so() {
    let place = Place::new(0);
    // Root may write anywhere, so the folder is a file instead.
    fs::write(place.store.root().join("partial"), b"").unwrap();
    let text = place.run().unwrap_err();
    assert_eq!(text.kind, DownloadErrorKind::Unwritable, "{text}");
    assert_eq!(place.server.hub_requests(), 0);
}

/// On a real file system of its own: 24 MB that fill up, and one that is read-only. Needs the right to mount.
#[test]
fn real_file_systems_that_are_full_or_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |options: &str| {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success())
    };
    if !mount("size=24m") {
        ground::skip("real_file_systems_that_are_full_or_read_only", "it needs the right to mount a tmpfs");
        return;
    }
    let unmount = Unmount(folder.path().to_owned());
    let store = Store::open(folder.path().join("store")).unwrap();
    let file = model(16, 1);
    let entry = entry_of(&file);
    let server = Server::start(file);
    let downloader = Downloader::new(store.clone(), settings(&server)).unwrap();
    let run = || downloader.run(&plan_of(&entry), &DownloadControl::default(), &mut |_| {});
    fs::write(folder.path().join("other"), vec![1; 8 << 20]).unwrap();
    assert_eq!(run().unwrap_err().kind, DownloadErrorKind::NoRoom);
    assert!(store.installed().unwrap().is_empty());
    let status = Command::new("mount").args(["-o", "remount,ro"]).arg(folder.path()).status().unwrap();
    assert!(status.success());
    assert_eq!(run().unwrap_err().kind, DownloadErrorKind::Unwritable);
    drop(unmount);
}

struct Unmount(PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(&self.0).status());
    }
}

#[test]
fn a_file_that_is_right_but_not_safe_is_not_installed() {
    let mut place = Place::new(0);
    let bad = Gguf::model().set("llama.block_count", Val::U32(0)).bytes();
    place.entry = entry_of(&bad);
    place.server.replace_file(bad);
    assert!(place.fails(DownloadErrorKind::Invalid).contains("block_count"));
    assert!(!place.partial().exists());
}

#[test]
fn two_at_once_are_one_download() {
    let place = Place::new(8);
    place.server.pace(Duration::from_millis(4));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.run());
        std::thread::sleep(Duration::from_millis(150));
        let error = place.run().unwrap_err();
        assert_eq!(error.kind, DownloadErrorKind::Busy, "{error}");
        assert!(place.store.leftovers().unwrap().is_empty(), "a running download is no leftover");
        first.join().unwrap().unwrap();
    });
    place.is_right(&place.store.find("test-model").unwrap());
}

#[test]
fn a_rate_limit_is_kept() {
    let place = Place::new(2);
    let started = Instant::now();
    let slow = NetworkSettings { rate_limit: Some(4 << 20), ..settings(&place.server) };
    place.is_right(&place.run_with(&slow, &DownloadControl::default(), &mut |_| {}).unwrap());
    assert!(started.elapsed() > Duration::from_millis(400), "{:?}", started.elapsed());
}

#[test]
fn a_queue_downloads_one_after_the_other() {
    let place = Place::new(2);
    let downloader = Downloader::new(place.store.clone(), settings(&place.server)).unwrap();
    let (send, events) = channel();
    let queue = DownloadQueue::start(downloader, move |event| drop(send.send(event))).unwrap();
    let first = queue.add(plan_of(&place.entry));
    let missing =
        CatalogEntry { sha256: Digest([7; 32]), id: "other".into(), size: 5, ..place.entry.clone() };
    let second = queue.add(plan_of(&missing));
    let third = queue.add(plan_of(&place.entry));
    queue.control(third).unwrap().cancel();
    let mut ends = Vec::new();
    while ends.len() < 3 {
        match events.recv_timeout(Duration::from_secs(20)).unwrap() {
            QueueEvent::Installed(ticket, model) => ends.push((ticket, Ok(model.record.id))),
            QueueEvent::Failed(ticket, error) => ends.push((ticket, Err(error.kind))),
            QueueEvent::Progress(..) => {}
        }
    }
    // The third is installed already by the first, so there is nothing to cancel.
    let model = || Ok("test-model".to_owned());
    assert_eq!(ends, [(first, model()), (second, Err(DownloadErrorKind::WrongSize)), (third, model())]);
    assert!(queue.control(first).is_none());
}

#[test]
fn a_download_in_which_our_own_code_fails_ends_alone() {
    let place = Place::new(1);
    let downloader = Downloader::new(place.store.clone(), settings(&place.server)).unwrap();
    let (send, events) = channel();
    let mut faults = 1..2;
    let on = move |event| match event {
        QueueEvent::Progress(..) => assert!(faults.next().is_none(), "a fault"),
        end => drop(send.send(end)),
    };
    let queue = DownloadQueue::start(downloader, on).unwrap();
    let (first, second) = (queue.add(plan_of(&place.entry)), queue.add(plan_of(&place.entry)));
    let next = || events.recv_timeout(Duration::from_secs(60)).unwrap();
    let QueueEvent::Failed(ticket, error) = next() else { panic!("no failure") };
    assert_eq!((ticket, error.kind), (first, DownloadErrorKind::Fault));
    assert!(queue.control(first).is_none());
    assert!(matches!(next(), QueueEvent::Installed(ticket, _) if ticket == second));
}

#[test]
fn a_dropped_queue_stops_and_keeps_what_arrived() {
    let place = Place::new(8);
    place.server.pace(Duration::from_millis(4));
    let downloader = Downloader::new(place.store.clone(), settings(&place.server)).unwrap();
    let (send, events) = channel();
    let queue = DownloadQueue::start(downloader, move |event| drop(send.send(event))).unwrap();
    queue.add(plan_of(&place.entry));
    while !matches!(events.recv().unwrap(), QueueEvent::Progress(_, now) if now.done > 1 << 20) {}
    drop(queue);
    assert!(
        matches!(events.iter().last(), Some(QueueEvent::Failed(_, error)) if error.kind == DownloadErrorKind::Cancelled)
    );
    assert!(fs::metadata(place.partial()).unwrap().len() > 1 << 20);
}

/// Over real TLS: who is not vouched for is refused, and a redirect to plain http too.
#[test]
fn https_is_checked_and_downgrades_are_refused() {
    let file = model(2, 1);
    let authority = Authority::new();
    let mut place = Place::new(1);
    place.entry = entry_of(&file);
    place.server = Server::start_tls(file, &authority);
    let trusted = place.folder.path().join("authority.pem");
    fs::write(&trusted, &authority.pem).unwrap();
    let strict = NetworkSettings { loopback_http: false, ..settings(&place.server) };
    let trusting = NetworkSettings { authorities: Some(trusted.clone()), ..strict.clone() };
    let run = |settings: &NetworkSettings| place.run_with(settings, &DownloadControl::default(), &mut |_| {});

    let stranger = run(&strict).unwrap_err();
    assert_eq!(stranger.kind, DownloadErrorKind::Tls, "{stranger}");
    assert!(stranger.to_string().contains("certificate"), "{stranger}");
    place.server.faults([Fault::RedirectTo(format!("http://{}/plain", place.server.network))]);
    let downgrade = run(&trusting).unwrap_err();
    assert_eq!(downgrade.kind, DownloadErrorKind::Insecure, "{downgrade}");
    place.nothing_is_installed();

    place.server.faults([Fault::CutAfter(300_000), Fault::StallAfter(200_000)]);
    place.is_right(&run(&trusting).unwrap());
    let served = place.server.served();
    assert!(served.len() >= 3 && served.iter().skip(1).any(|request| request.from > 0), "{served:?}");

    fs::write(&trusted, "nothing").unwrap();
    assert_eq!(run(&trusting).unwrap_err().kind, DownloadErrorKind::Settings);
    assert_eq!(
        run(&NetworkSettings { rate_limit: Some(0), ..strict }).unwrap_err().kind,
        DownloadErrorKind::Settings
    );
}

// Killed, not asked to stop: the download runs in a process of its own, which is this test program again.

const CHILD: &str = "LOCALCODER_TEST_DOWNLOAD";

/// Does nothing unless started by [`killed_at_a_hundred_moments_and_resumed`].
#[test]
fn child_that_downloads() {
    let Ok(order) = std::env::var(CHILD) else { return };
    let [root, url, size, sha256, pem]: [&str; 5] = order.split('|').collect::<Vec<_>>().try_into().unwrap();
    let entry =
        CatalogEntry { size: size.parse().unwrap(), sha256: sha256.parse().unwrap(), ..entry_of(b"") };
    let settings = NetworkSettings {
        mirror: Some(url.into()),
        loopback_http: pem.is_empty(),
        authorities: Some(pem.into()).filter(|_| !pem.is_empty()),
        ..NetworkSettings::default()
    };
    let store = Store::open(Path::new(root)).unwrap();
    Downloader::new(store, settings)
        .unwrap()
        .run(&plan_of(&entry), &DownloadControl::default(), &mut |_| {})
        .unwrap();
}

#[test]
fn killed_at_a_hundred_moments_and_resumed() {
    let place = Place::new(96);
    // So slowly that a hundred kills come before the end, each late by some milliseconds on a busy machine.
    place.server.pace(Duration::from_millis(1));
    let kills = kill_and_resume(&place, "", Duration::from_millis(1));
    assert!(kills > 50, "only {kills} kills: it came to its end before");
}

/// The same with the real 1.5B file over TLS: `cargo test --release -p models --test download -- --ignored real`.
#[test]
#[ignore = "hashes 1.1 GB up to a hundred times"]
fn the_real_model_over_https_killed_at_a_hundred_moments_and_resumed() {
    let Some(path) = ground::model(REAL[2]) else { return };
    let file = fs::read(path).unwrap();
    let mut place = Place::new(1);
    place.entry = entry_of(&file);
    let authority = Authority::new();
    place.server = Server::start_tls(file, &authority);
    let trusted = place.folder.path().join("authority.pem");
    fs::write(&trusted, &authority.pem).unwrap();
    let kills = kill_and_resume(&place, &trusted.display().to_string(), Duration::from_millis(40));
    assert!(kills > 50, "only {kills} kills");
    let header =
        models::gguf::validate_file(&fs::File::open(place.store.find("test-model").unwrap().path()).unwrap())
            .unwrap();
    assert_eq!(header.quantisation, "Q4_K_M");
}

/// Kills a download up to a hundred times, each up to `most` after it was given its first byte, and lets the last one end.
fn kill_and_resume(place: &Place, pem: &str, most: Duration) -> u32 {
    let root = place.store.root().display();
    let order = format!("{root}|{}|{}|{}|{pem}", place.server.url(), place.entry.size, place.entry.sha256);
    let child = || {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "child_that_downloads"]).env(CHILD, &order);
        child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let (mut state, mut kills) = (12_345_u64, 0);
    while kills < 100 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let requests = place.server.served().len();
        let mut running = child();
        while place.server.served().len() == requests && running.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(most.mul_f64((state >> 40) as f64 / (1_u64 << 24) as f64));
        if running.try_wait().unwrap().is_some() {
            break;
        }
        running.kill().unwrap();
        running.wait().unwrap();
        kills += 1;
        assert!(
            place.store.installed().unwrap().is_empty() || place.store.find("test-model").unwrap().present()
        );
    }
    assert!(child().wait().unwrap().success());
    place.is_right(&place.store.find("test-model").unwrap());
    let served = place.server.served();
    let twice: Vec<u64> =
        served.windows(2).map(|two| (two[0].from + two[0].sent).saturating_sub(two[1].from)).collect();
    let most = twice.iter().copied().max().unwrap_or(0);
    eprintln!("{kills} kills, {} requests, at most {most} bytes fetched twice for one", served.len());
    assert!(most <= 1 << 20, "{twice:?}");
    kills
}
