//! What is done with a model's file before the worker hears of it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::time::Duration;

use assist::worker::ToModelRef as _;
use crossbeam_channel::Receiver;
use models::catalog;
use models::import::{ImportMode, import_file};

use super::*;

/// One of the files that fuzzing has found the check of headers to accept.
fn a_model() -> PathBuf {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/gguf");
    let mut files = fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path());
    let is_model = |path: &PathBuf| models::gguf::validate_file(&File::open(path).unwrap()).is_ok();
    files.find(is_model).expect("the corpus has a model")
}

struct Place {
    folder: tempfile::TempDir,
    worker: Worker,
    model: ModelRef,
    events: Receiver<Event>,
}

impl Place {
    /// A window whose worker cannot be started, so that a request which gets through to it fails.
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let (root, file) = (folder.path().join("store"), folder.path().join("m.gguf"));
        fs::copy(a_model(), &file).unwrap();
        let store = Store::open(&root).unwrap();
        let catalogue = catalog::builtin().unwrap();
        let installed = import_file(&store, &catalogue, &file, ImportMode::Copy, &mut models::quiet).unwrap();
        let model = installed.first_file().unwrap();
        let (out, events) = Outbox::new(|| ());
        let worker = Worker::new(Ok(WorkerProgram::at(root.join("no worker"))), Ok(root.clone()), out);
        Place { folder, worker, model, events }
    }

    fn ask(&self, job: u64) {
        let prompt = Prompt::Raw("p".into());
        self.worker.ask(JobId(job), self.model.clone(), prompt, Sampling::default());
    }

    /// What the worker's side says next, beside what it says of the worker's state.
    fn next(&self) -> WorkerEvent {
        loop {
            let event = self.events.recv_timeout(Duration::from_secs(60)).expect("a job was never answered");
            match event {
                Event::Worker(WorkerEvent::Phase(_) | WorkerEvent::Started) => {}
                Event::Worker(event) => return event,
                _ => {}
            }
        }
    }

    /// The jobs that got through to the worker which cannot be started, this many of them.
    fn got_through(&self, count: usize) -> Vec<JobId> {
        let mut jobs = Vec::new();
        while jobs.len() < count {
            match self.next() {
                WorkerEvent::Stopped { failed, .. } => jobs.extend(failed),
                WorkerEvent::Refused { job, .. } => jobs.extend(job),
                other => panic!("not sent: {other:?}"),
            }
        }
        jobs.sort_unstable();
        jobs
    }
}

#[test]
fn a_model_whose_file_was_changed_never_reaches_the_worker() {
    let place = Place::new();
    place.ask(1);
    assert_eq!(place.got_through(1), [JobId(1)], "the file is as it was installed");

    std::thread::sleep(Duration::from_millis(20));
    fs::set_permissions(&place.model.path, Permissions::from_mode(0o644)).unwrap();
    let file = File::options().read(true).write(true).open(&place.model.path).unwrap();
    let (last, mut byte) = (file.metadata().unwrap().len() - 1, [0]);
    file.read_exact_at(&mut byte, last).unwrap();
    file.write_all_at(&[byte[0] ^ 1], last).unwrap();
    place.ask(2);
    let WorkerEvent::NotLoaded { job: Some(JobId(2)), failure, .. } = place.next() else { panic!("sent") };
    assert_eq!(failure.kind, FailureKind::ModelInvalid);
    assert!(failure.text.contains("is not the one that was installed"), "{}", failure.text);
    assert!(!place.model.path.exists() && place.folder.path().join("store/quarantine").is_dir());

    place.ask(3);
    let WorkerEvent::NotLoaded { failure, .. } = place.next() else { panic!("sent") };
    assert_eq!(failure.kind, FailureKind::ModelFile, "it is gone now");
}

#[test]
fn jobs_that_wait_for_a_check_are_neither_lost_nor_asked_after_they_were_cancelled() {
    let place = Place::new();
    let reading = place.worker.reading.lock();
    for job in 1..4 {
        place.ask(job);
    }
    place.worker.ledger.with(|books| books.jobs.remove(&JobId(2)));
    drop(reading);
    assert_eq!(place.got_through(2), [JobId(1), JobId(3)]);
    assert!(place.worker.ledger.with(|books| books.waiting.is_empty()));
}

#[test]
fn a_worker_waits_for_a_window_that_is_far_behind_and_not_for_one_that_is_gone() {
    for takes_one in [true, false] {
        let (outbox, inbox) = Outbox::new(|| ());
        (0..crate::effects::MAX_WAITING).for_each(|_| outbox.send(Event::Frame));
        let reader = std::thread::spawn(move || outbox.wait_for_room());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!reader.is_finished());
        if takes_one {
            inbox.recv().unwrap();
        } else {
            drop(inbox);
        }
        reader.join().unwrap();
    }
}
