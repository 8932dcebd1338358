//! The only door out of the window: files and folders, the parser, the worker, the clipboard.
//!
//! Each effect runs on a thread of its kind, in order, and comes back as an [`Event`] through one channel that wakes the
//! window. Nothing here waits, but the reader of the worker for a window that is far behind.

mod callers;
mod changes;
mod dialogs;
pub mod disk;
pub mod downloads;
mod health;
#[cfg(test)]
mod matrix_tests;
mod models;
mod onboarding;
mod permitted;
mod project_search;
mod queue;
mod quick;
mod remarks;
mod repository;
mod saves;
pub mod settings;

mod terminals;
mod themes;
mod unsaved;
mod watch;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use ::settings::{Layers, Settings, SettingsEffect};
use assist::worker::NoWorkerProgram;
use assist::{git, statistics};
use crossbeam_channel::{Receiver, Sender, unbounded};
use editor_core::syntax::SyntaxThread;
use egui::ViewportCommand;
use ipc::client::WorkerProgram;
use parking_lot::Mutex;

use self::permitted::Permitted;
use self::queue::{QueueTask, Underway, queue, queue_that_goes_on};
use self::saves::Saves;
use crate::door::Door;
use crate::event::{Effect, Event};
use crate::features::remarks::{RemarksEffect, RemarksEvent};
use crate::workspace::session::{self, Session};

/// The log's file, in the folder for state.
pub const LOG: &str = "log.txt";

/// Most events that wait for the window before the worker has to wait, too: some frames' worth.
const MAX_WAITING: usize = 8192;

/// Puts events into the window's channel and wakes it. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    events: Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    /// An outbox, and the end that the window drains.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> (Outbox, Receiver<Event>) {
        let (events, inbox) = unbounded();
        (Outbox { events, wake: Arc::new(wake) }, inbox)
    }

    /// Delivers an event.
    pub fn send(&self, event: Event) {
        // The window may be gone already; then nobody is interested.
        let _window_is_gone = self.events.send(event);
        (self.wake)();
    }

    /// Wakes the window without telling it anything.
    pub fn wake(&self) {
        (self.wake)();
    }

    /// Waits while the window is far behind: what a worker says must not fill the memory of a window that stands still.
    pub fn wait_for_room(&self) {
        while self.events.len() >= MAX_WAITING {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Where programs and files outside the window are.
#[derive(Clone, Debug)]
pub struct OutsidePlaces {
    /// The worker's program, or why there is none.
    pub worker: Result<WorkerProgram, NoWorkerProgram>,
    /// The file of the session; `None`: nothing is remembered.
    pub session: Option<PathBuf>,
    /// Models.
    pub models: ModelPlaces,
    /// Settings as they are at the start.
    pub settings: Layers,
}

impl OutsidePlaces {
    /// The places of this machine.
    pub fn here() -> OutsidePlaces {
        let mut layers = Layers::here();
        let settings = layers.resolve();
        OutsidePlaces {
            worker: assist::worker::program(&settings.prompts),
            session: ground::places::state_folder().map(|folder| folder.join("session.json")),
            models: ModelPlaces::here(&settings.privacy),
            settings: layers,
        }
    }
}

impl OutsidePlaces {
    /// The file that remembers what memory ran out for: beside the session.
    fn memory(&self) -> Option<PathBuf> {
        Some(self.session.as_ref()?.with_file_name("memory"))
    }

    /// The file that counts how often files came to the front.
    fn visits(&self) -> Option<PathBuf> {
        Some(self.session.as_ref()?.with_file_name("visits.json"))
    }

    /// The log.
    fn log(&self) -> Option<PathBuf> {
        Some(self.session.as_ref()?.with_file_name(LOG))
    }

    /// The folder of texts that are not saved.
    fn unsaved(&self) -> Option<PathBuf> {
        Some(self.session.as_ref()?.with_file_name("unsaved"))
    }

    /// The folder of reports of our own failures.
    pub fn crashes(&self) -> Option<PathBuf> {
        Some(self.session.as_ref()?.with_file_name("crashes"))
    }
}

pub use self::models::ModelPlaces;

/// Runs effects.
pub struct Effects {
    outbox: Outbox,
    saves: Saves,
    /// Counts the saves that were begun.
    begun: Arc<AtomicUsize>,
    /// Files of the user, read.
    disk: Sender<QueueTask>,
    /// Those that are looked at again.
    underway: Underway,
    /// Files of our own.
    own: Sender<QueueTask>,
    folders: Sender<QueueTask>,
    /// Work on the user's files, which may take long.
    work: Sender<QueueTask>,
    watch: watch::Watching,
    checks: Sender<QueueTask>,
    indexing: Sender<QueueTask>,
    quick: quick::QuickDesk,
    syntax: Option<SyntaxThread>,
    worker: worker::Worker,
    desk: models::ModelTasks,
    changes: changes::ChangesTasks,
    unsaved: unsaved::Unsaved,
    searches: project_search::Searches,
    terminals: terminals::TerminalDesk,
    callers: callers::Callers,
    dialogs: dialogs::Dialogs,
    /// The session on disk; `None`: nothing is remembered.
    session: Option<Arc<Mutex<session::Shared>>>,
    /// Counts the sessions that were to be remembered.
    remembered: AtomicUsize,
    places: OutsidePlaces,
    /// What the user decided, as far as it matters here.
    obeyed: Mutex<Arc<Settings>>,
}

impl Effects {
    /// Starts the threads; `session`: as it was read at the start.
    pub fn start(places: OutsidePlaces, session: &Session, outbox: &Outbox) -> Effects {
        Effects::saving_with(Arc::new(disk::save), places, session, outbox)
    }

    /// The same with what writes a text.
    fn saving_with(
        writer: saves::Writer,
        places: OutsidePlaces,
        session: &Session,
        outbox: &Outbox,
    ) -> Effects {
        let parsed = outbox.clone();
        let syntax = SyntaxThread::spawn(move |document, tree| parsed.send(Event::Parsed(document, tree)));
        if let Err(error) = &syntax {
            outbox
                .send(Event::Trouble(format!("Cannot start the parser, so there are no colours: {error}.")));
        }
        let shared = |path| Arc::new(Mutex::new(session::Shared::new(path, session.clone())));
        Effects {
            saves: Saves::start(outbox, writer),
            begun: Arc::default(),
            disk: queue_that_goes_on("disk", outbox),
            underway: Underway::default(),
            own: queue("own files", outbox),
            folders: queue("folders", outbox),
            work: queue("work on files", outbox),
            watch: watch::Watching::start(outbox),
            checks: queue("checks", outbox),
            indexing: queue("index", outbox),
            quick: quick::QuickDesk::start(places.visits(), outbox),
            syntax: syntax.ok(),
            changes: changes::ChangesTasks::start(outbox),
            desk: models::ModelTasks::start(places.models.clone(), outbox),
            worker: worker::Worker::new(places.worker.clone(), places.models.root.clone(), outbox.clone()),
            unsaved: unsaved::Unsaved::start(places.unsaved(), health::teller(outbox)),
            searches: project_search::Searches::default(),
            terminals: terminals::TerminalDesk::default(),
            callers: callers::Callers::default(),
            dialogs: dialogs::Dialogs::default(),
            session: places.session.clone().map(shared),
            remembered: AtomicUsize::default(),
            places,
            obeyed: Mutex::default(),
            outbox: outbox.clone(),
        }
    }

    /// Runs one effect.
    pub fn run(&self, effect: Effect, ctx: &egui::Context) {
        match effect {
            Effect::Open { path, caret, front } => {
                self.on(&self.disk, move |out| disk::open(out, path, caret, front));
            }
            Effect::Reload(tab, path, revision, reading) => {
                self.on(&self.disk, move |out| disk::reload(out, tab, &path, revision, reading));
            }
            Effect::Save(save) => {
                self.begun.fetch_add(1, SeqCst);
                self.saves.begin(save);
            }
            Effect::Check(tab, path, stamp) => {
                let (begun, before) = (Arc::clone(&self.begun), self.begun.load(SeqCst));
                let counts = move || begun.load(SeqCst) == before;
                self.recheck(path.clone(), move |out| disk::check(out, tab, &path, &stamp, &counts));
            }
            Effect::Compare(asked) => self.on(&self.disk, move |out| disk::compare(out, *asked)),
            Effect::List(folder) => {
                let settings = self.obeyed();
                self.on(&self.folders, move |out| disk::list(out, folder, &settings.files));
            }
            Effect::Work(work, purpose) => self.on(&self.work, move |out| watch::work(out, *work, purpose)),
            Effect::Watch(folders) => self.watch.watch(folders),
            Effect::RevealPath(path) => self.on(&self.own, move |out| watch::reveal(out, &path)),
            Effect::ListPath(folder) => self.on(&self.folders, move |out| disk::list_path(out, folder)),
            Effect::Scan(folder) => {
                let settings = self.obeyed();
                self.on(&self.folders, move |out| disk::scan(out, folder, &settings.files.exclude));
            }
            Effect::ListModels => self.on(&self.folders, disk::list_models),
            Effect::Parse(request) => {
                if let Some(syntax) = &self.syntax {
                    syntax.request(request);
                }
            }
            Effect::Copy(text) => ctx.copy_text(text),
            Effect::OfferSelection(text) => {
                ctx.send_cmd(egui::OutputCommand::TextSelectionSettled(text));
            }
            Effect::RequestPaste => ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
            Effect::Ask { job, model, prompt, params } => self.worker.ask(job, model, *prompt, params),
            Effect::Judge(judge) => self.permitted(&self.checks, move |may| may.judged(*judge)),
            Effect::RunBefore(job, target) => {
                self.permitted(&self.checks, move |may| may.ran_before(job, target));
            }
            Effect::RunShown { job, proposal, text, target, wish } => {
                self.permitted(&self.checks, move |may| may.ran_shown((job, proposal), &text, target, wish));
            }
            Effect::FindPlaces(search) => self.on(&self.own, move |out| {
                out.send(Event::PlacesFound(Box::new(search.run())));
            }),
            Effect::Diagnose { tab, revision, text, file, checker } => self
                .permitted(&self.indexing, move |may| {
                    may.diagnosed((tab, revision), &text, file.as_deref(), *checker)
                }),
            Effect::NoteOutcome(entry) => self.with_statistics(move |_, path| {
                // A count that is lost is not worth a message on every acceptance.
                let _lost = statistics::note(path, &entry);
            }),
            Effect::ReadStatistics => self.with_statistics(disk::read_statistics),
            Effect::ResetStatistics => self.with_statistics(|out, path| {
                if let Err(error) = statistics::reset(path) {
                    out.send(Event::Trouble(format!("{} cannot be deleted: {error}.", path.display())));
                }
                disk::read_statistics(out, path);
            }),
            Effect::Index(roots) => {
                let settings = self.obeyed();
                self.quick.index(roots.clone(), &settings.files.exclude);
                self.on(&self.indexing, move |out| disk::index(out, roots, &settings.files.exclude));
            }
            Effect::IndexFile(path) => {
                self.quick.index_file(&path);
                self.on(&self.indexing, move |out| disk::index_file(out, path));
            }
            Effect::Quick(effect) => self.quick.run(effect, &self.obeyed().files.exclude),
            Effect::ReadReference(path) => self.on(&self.folders, move |out| disk::read_reference(out, path)),
            Effect::ReadStaged(folder) => self.on(&self.folders, move |out| {
                let staged = git::staged(&folder);
                out.send(Event::Staged(folder, staged));
            }),
            Effect::ListThemes => {
                let folder = self.places.settings.path.as_ref().map(|path| path.with_file_name("themes"));
                self.on(&self.folders, move |out| out.send(Event::Themes(themes::read(folder))));
            }
            Effect::ListPrompts => self.on(&self.folders, disk::list_prompts),
            Effect::Resume(job) => self.worker.resume(job),
            Effect::Prime { model, prompt } => self.worker.prime(model, *prompt),
            Effect::Cancel(job) => self.worker.cancel(job),
            Effect::LoadModel(model) => self.worker.load(model, false),
            Effect::LoadModelAnyway(model) => self.worker.load(model, true),
            Effect::Models(effect) => self.desk.run(effect),
            Effect::Settings(effect) => self.settings(effect),
            Effect::Onboarding(effect) => self.on(&self.disk, move |out| onboarding::run(out, &effect)),
            Effect::ProjectSearch(effect) => self.project_search(effect),
            Effect::UnloadModel(id) => self.worker.unload(id),
            Effect::WarmModel(model) => self.worker.warm(model),
            Effect::Changes(effect) => self.changes.run(effect),
            Effect::Remarks(RemarksEffect::Read(folder)) => self.on(&self.folders, move |out| {
                let read = remarks::read(&folder).map_err(|error| error.to_string());
                out.send(Event::Remarks(RemarksEvent::Read(read)));
            }),
            Effect::Health(effect) => self.health(effect),
            Effect::Activity(effect) => self.activity(effect),
            Effect::Terminal(effect) => self.terminal(effect),
            Effect::Recovery(effect) => self.recovery(effect),
            Effect::AskDevices => self.worker.devices(),
            Effect::CountConnections => self.count_connections(),
            // `update` has passed it on.
            Effect::Then(_) => {}
            Effect::AnswerCaller(id, answer) => self.callers.answer(id, answer),
            Effect::PickPath(wish) => self.dialogs.pick(wish, &self.outbox),
            Effect::ComeToFront => come_to_front(ctx),
            Effect::Remember(session) => self.remember(*session),
            Effect::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
        }
    }

    /// Is there a next time that remembers this one?
    pub fn remembers(&self) -> bool {
        self.places.session.is_some()
    }

    /// Other starts of the editor find this window from now on.
    pub fn listen(&self, door: Door) {
        self.callers.listen(door, &self.outbox);
    }

    /// Dialogs of the system are made from this one from now on, if there are any that answer.
    pub fn offer_dialogs(&self, of_window: rfd::AsyncFileDialog) {
        self.dialogs.offer(of_window);
        self.on(&self.folders, |out| out.send(Event::SystemDialogs(dialogs::are_there())));
    }

    /// The window came to the front.
    pub fn in_front(&self) {
        self.callers.in_front();
    }

    /// What the user decided.
    fn obeyed(&self) -> Arc<Settings> {
        Arc::clone(&self.obeyed.lock())
    }

    fn settings(&self, effect: SettingsEffect) {
        match effect {
            SettingsEffect::Read(path, serial) => {
                self.on(&self.own, move |out| settings::read(out, &path, serial));
            }
            SettingsEffect::ReadProject(folder) => {
                self.recheck(folder.clone(), move |out| settings::read_project(out, &folder));
            }
            SettingsEffect::Change(path, serial, changes) => {
                self.on(&self.own, move |out| settings::change(out, &path, serial, &changes));
            }
            SettingsEffect::Create(path, whose) => {
                self.on(&self.disk, move |out| settings::create(out, path, whose));
            }
            SettingsEffect::Obey(settings) => {
                self.worker.set_profile(settings.run_profile(), settings.completes());
                if self.obeyed.lock().prompts != settings.prompts {
                    self.worker.set_program(assist::worker::program(&settings.prompts));
                }
                self.desk.set_privacy(&settings.privacy);
                *self.obeyed.lock() = Arc::new(*settings);
            }
        }
    }

    /// Waits for saves and writes the session now, on this thread: for the end.
    pub fn remember_now(&mut self, session: &Session) {
        self.callers.end();
        self.terminals.end();
        self.saves.end();
        self.unsaved.end();
        let number = self.remembered.fetch_add(1, SeqCst);
        if let Some(shared) = &self.session {
            // Nothing can be shown any more, and a lost session costs nothing.
            let _lost = shared.lock().save(session, number);
        }
    }

    fn remember(&self, session: Session) {
        let number = self.remembered.fetch_add(1, SeqCst);
        if let Some(shared) = self.session.clone() {
            self.on(&self.own, move |out| {
                // A session that cannot be written is forgotten; it is not worth a message on every change.
                let revoked = shared.lock().save(&session, number).unwrap_or_default();
                if !revoked.is_empty() {
                    out.send(Event::Revoked(revoked));
                }
            });
        }
    }

    /// Runs programs, as far as that is still allowed.
    fn permitted(&self, queue: &Sender<QueueTask>, task: impl FnOnce(&Permitted) -> Event + Send + 'static) {
        let permitted = Permitted(self.session.clone());
        self.on(queue, move |out| out.send(task(&permitted)));
    }

    /// Works on the file of figures, which lies beside the session.
    fn with_statistics(&self, task: impl FnOnce(&Outbox, &std::path::Path) + Send + 'static) {
        if let Some(path) = self.places.session.as_ref().map(|path| path.with_file_name("statistics.jsonl")) {
            self.on(&self.own, move |out| task(out, &path));
        }
    }

    /// Looks at a file again, unless an earlier look has not ended yet.
    fn recheck(&self, path: PathBuf, task: impl FnOnce(&Outbox) + Send + 'static) {
        if let Some(looking) = self.underway.begin(path) {
            self.on(&self.disk, move |out| {
                task(out);
                drop(looking);
            });
        }
    }

    fn on(&self, queue: &Sender<QueueTask>, task: impl FnOnce(&Outbox) + Send + 'static) {
        if queue.try_send(Box::new(task)).is_err() {
            self.outbox.send(Event::Trouble("The disk cannot keep up. Try again in a moment.".into()));
        }
    }
}

/// Brings the window to the front. A system that lets no window do so by itself marks it instead.
fn come_to_front(ctx: &egui::Context) {
    ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
    ctx.send_viewport_cmd(ViewportCommand::Focus);
    ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(egui::UserAttentionType::Informational));
}
