//! The model panel's work: listing, importing, checking, removing, and the one way to the network.
//!
//! Short things and long things have a thread each, and downloads a process of their own, so that a list never waits for a check of
//! nine gigabytes. That process is asked for nothing before the first consent.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::Sender;
use ground::words::sentence;
use models::catalog::{self, Catalog, CatalogEntry};
use models::download::{Consent, DownloadPlan, NetworkSettings, QueueEvent, Ticket};
use models::import::{self, ImportMode};
use models::next_edit::NextEditFamily;
use models::store::{Installed, Leftover, Store, VerifyMode};
use parking_lot::Mutex;
use settings::Privacy;

use super::downloads::{DownloadWish, Downloads};
use super::{Outbox, QueueTask};
use crate::event::Event;
use crate::features::models::{ManagerEffect, ManagerEvent, ModelTaskError};
use crate::features::recovery::crash::guarded;
use crate::machine::{CONTEXT, Machine};
use crate::phrases;
use crate::workspace::{Card, Facts, ModelInventory, Owned, WorkId, WorkProgress};

/// Progress is reported this often at most.
const TELL: Duration = Duration::from_millis(100);

/// Where models are and come from.
#[derive(Clone, Debug)]
pub struct ModelPlaces {
    /// The folder of installed models, or why there is none.
    pub root: Result<PathBuf, ModelTaskError>,
    /// The builtin catalogue, or why there is none.
    pub catalogue: Result<Catalog, ModelTaskError>,
    /// What the user set for the network.
    pub network: NetworkSettings,
    /// Folders of other tools.
    pub tools: import::ImportFolders,
}

impl ModelPlaces {
    /// The places of this machine.
    pub fn here(privacy: &Privacy) -> ModelPlaces {
        ModelPlaces {
            root: Store::default_root().map_err(ModelTaskError::from),
            catalogue: catalog::builtin().map_err(ModelTaskError::from),
            network: crate::network::settings(privacy, &NetworkSettings::default()),
            tools: import::ImportFolders::usual(|name| std::env::var_os(name).map(PathBuf::from)),
        }
    }

    /// The catalogue with what the user added to it.
    fn catalogue(&self) -> Result<Catalog, ModelTaskError> {
        let root = self.root.clone()?;
        Ok(self.catalogue.clone()?.of_folder(&root)?)
    }

    fn store(&self) -> Result<Store, ModelTaskError> {
        Ok(Store::open(self.root.clone()?)?)
    }
}

/// Does work whose end somebody waits for: it is reported even when our own code fails.
fn caught<T>(work: impl FnOnce() -> Result<T, ModelTaskError>) -> Result<T, ModelTaskError> {
    guarded(work).unwrap_or_else(|place| Err(ModelTaskError::Fault(place)))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn send(out: &Outbox, event: ManagerEvent) {
    out.send(Event::Models(event));
}

/// Does the panel's work.
pub struct ModelTasks {
    places: Mutex<Arc<ModelPlaces>>,
    out: Outbox,
    short: Sender<QueueTask>,
    long: Sender<QueueTask>,
    /// Raised to stop an import or a check.
    stops: Mutex<HashMap<WorkId, Arc<AtomicBool>>>,
    downloads: Mutex<Option<Downloads>>,
    tickets: Arc<Mutex<HashMap<Ticket, WorkId>>>,
}

impl ModelTasks {
    /// Starts the two threads.
    pub fn start(places: ModelPlaces, out: &Outbox) -> ModelTasks {
        ModelTasks {
            places: Mutex::new(Arc::new(places)),
            out: out.clone(),
            short: super::queue("models", out),
            long: super::queue("model files", out),
            stops: Mutex::default(),
            downloads: Mutex::default(),
            tickets: Arc::default(),
        }
    }

    fn places(&self) -> Arc<ModelPlaces> {
        Arc::clone(&self.places.lock())
    }

    /// From now on connections are made like this. Downloads under way end when they were to be made in another way; what
    /// arrived is kept.
    pub fn set_privacy(&self, privacy: &Privacy) {
        let mut places = self.places.lock();
        let network = crate::network::settings(privacy, &places.network);
        if network == places.network {
            return;
        }
        *places = Arc::new(ModelPlaces { network, ..ModelPlaces::clone(&places) });
        drop(places);
        let air_gapped = self.places().network.air_gapped;
        if air_gapped {
            crate::airgap::close();
        }
        let mut downloads = self.downloads.lock();
        match &*downloads {
            Some(open) if open.goes_on() && !air_gapped => open.cancel_all(),
            _ => {
                if let Some(open) = downloads.take() {
                    // It ends with the last of its downloads, which may take a moment: not this one's.
                    let reaper = std::thread::Builder::new().name("old downloads".to_owned());
                    let _no_thread_means_here = reaper.spawn(move || drop(open));
                }
            }
        }
    }

    /// Does one thing.
    pub fn run(&self, effect: ManagerEffect) {
        match effect {
            ManagerEffect::List(reclaimable, rates) => {
                let machine = move || Machine::here(reclaimable, rates);
                self.short(move |places| {
                    ManagerEvent::Listed(caught(|| shelf(places, machine()).map(Box::new)))
                });
            }
            ManagerEffect::Download(id, entry, ago) => {
                if let Err(error) = self.download(id, &entry, ago) {
                    send(&self.out, ManagerEvent::Ended(id, Err(error)));
                }
            }
            ManagerEffect::Import(id, path, mode) => {
                self.long(id, move |places, on| import_file(places, &path, mode, on));
            }
            ManagerEffect::Verify(id, version) => {
                self.long(id, move |places, on| verify(places, &version, on));
            }
            ManagerEffect::Pause(id) => self.control(id, DownloadWish::Pause),
            ManagerEffect::Resume(id) => self.control(id, DownloadWish::Resume),
            ManagerEffect::Cancel(id) => {
                self.control(id, DownloadWish::Cancel);
                if let Some(stop) = self.stops.lock().get(&id) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            ManagerEffect::Remove(version) => self.change(move |store| {
                let name = store.find(&version)?.record.name;
                let freed = store.remove(&version, true)?;
                Ok(format!("{name} was removed; {} are free again.", phrases::bytes(freed)))
            }),
            ManagerEffect::Pin(version, role) => self.change(move |store| {
                store.pin(&version, phrases::role(role))?;
                Ok(String::new())
            }),
            ManagerEffect::Clean(leftovers) => self.change(move |store| clean(store, &leftovers)),
            ManagerEffect::Reveal(folder) => self.short(move |_| ManagerEvent::Changed(reveal(&folder))),
        }
    }

    fn short(&self, task: impl FnOnce(&ModelPlaces) -> ManagerEvent + Send + 'static) {
        let places = self.places();
        // A full queue means thousands of clicks: one more changes nothing.
        let _full = self.short.try_send(Box::new(move |out| send(out, task(&places))));
    }

    fn change(&self, task: impl FnOnce(&Store) -> Result<String, ModelTaskError> + Send + 'static) {
        let changed = move |places: &ModelPlaces| caught(|| places.store().and_then(|store| task(&store)));
        self.short(move |places| ManagerEvent::Changed(changed(places)));
    }

    /// Work with progress that can be stopped.
    fn long(
        &self,
        id: WorkId,
        task: impl FnOnce(&ModelPlaces, models::OnProgress<'_>) -> Result<String, ModelTaskError> + Send + 'static,
    ) {
        let stop = Arc::new(AtomicBool::new(false));
        let mut stops = self.stops.lock();
        stops.retain(|_, stop| Arc::strong_count(stop) > 1);
        stops.insert(id, Arc::clone(&stop));
        let places = self.places();
        let _full = self.long.try_send(Box::new(move |out| {
            let mut last: Option<Instant> = None;
            let mut on = |progress: models::Progress| {
                if last.is_none_or(|last| last.elapsed() >= TELL) {
                    last = Some(Instant::now());
                    send(out, ManagerEvent::Step(id, step(progress)));
                }
                if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let result = caught(|| task(&places, &mut on));
            send(out, ManagerEvent::Ended(id, result));
        }));
    }

    fn control(&self, id: WorkId, wish: DownloadWish) {
        let ticket = self.tickets.lock().iter().find(|(_, work)| **work == id).map(|(ticket, _)| *ticket);
        if let (Some(ticket), Some(downloads)) = (ticket, &*self.downloads.lock()) {
            downloads.control(ticket, wish);
        }
    }

    /// Downloads an entry whose licence the user accepted so long ago: with a second try that is not now.
    fn download(&self, id: WorkId, entry: &CatalogEntry, ago: Duration) -> Result<(), ModelTaskError> {
        let licence = entry.licence().ok_or(ModelTaskError::NoLicence)?;
        let accepted = Consent::accepted(licence, now().saturating_sub(ago.as_secs()));
        let plan = DownloadPlan::new(entry, accepted)?;
        let mut downloads = self.downloads.lock();
        if downloads.is_none() {
            *downloads = Some(self.start_downloads()?);
        }
        if let Some(downloads) = &*downloads {
            // Held until the ticket is known: the first event of a download waits for it.
            let mut tickets = self.tickets.lock();
            let ticket = downloads.add(&plan, &self.places().network);
            tickets.insert(ticket.map_err(|error| ModelTaskError::NoProcess(Arc::new(error)))?, id);
        }
        Ok(())
    }

    fn start_downloads(&self) -> Result<Downloads, ModelTaskError> {
        let places = self.places();
        let (out, tickets) = (self.out.clone(), Arc::clone(&self.tickets));
        Downloads::start(places.store()?, &places.network, move |event| {
            if let Some(event) = translate(event, &mut tickets.lock()) {
                send(&out, event);
            }
        })
        .map_err(ModelTaskError::from)
    }
}

fn translate(event: QueueEvent, tickets: &mut HashMap<Ticket, WorkId>) -> Option<ManagerEvent> {
    Some(match event {
        QueueEvent::Progress(ticket, progress) => {
            let part = progress.done as f32 / progress.total.max(1) as f32;
            ManagerEvent::Step(
                *tickets.get(&ticket)?,
                WorkProgress { words: phrases::progress(&progress), part },
            )
        }
        QueueEvent::Installed(ticket, model) => {
            let text = format!("{} is installed and verified.", model.record.name);
            ManagerEvent::Ended(tickets.remove(&ticket)?, Ok(text))
        }
        QueueEvent::Failed(ticket, error) => ManagerEvent::Ended(tickets.remove(&ticket)?, Err(error.into())),
    })
}

fn step(progress: models::Progress) -> WorkProgress {
    let part = progress.done as f32 / progress.total.max(1) as f32;
    WorkProgress { words: format!("{:.0} %", part * 100.0), part }
}

/// Lists everything that the panel shows.
fn shelf(places: &ModelPlaces, machine: Machine) -> Result<ModelInventory, ModelTaskError> {
    let store = places.store()?;
    let installed = store.installed()?;
    let catalogue = places.catalogue()?;
    let has = |entry: &CatalogEntry| {
        installed.iter().any(|model| model.record.sha256 == [entry.sha256] && model.present())
    };
    let cards = catalogue.entries().iter().map(|entry| Card {
        entry: entry.clone(),
        fit: machine.fit_entry(entry, CONTEXT),
        speed: machine.speed_entry(entry),
        installed: has(entry),
    });
    Ok(ModelInventory {
        root: store.root().to_owned(),
        air_gapped: places.network.air_gapped || !crate::airgap::may_download(),
        now: now(),
        usage: store.disk_usage()?,
        catalogue: cards.collect(),
        found: import::scan(&places.tools),
        leftovers: store.leftovers()?,
        installed: installed.into_iter().map(|model| owned(model, &machine)).collect(),
        machine,
    })
}

fn owned(model: Installed, machine: &Machine) -> Owned {
    let facts = model.header().map_err(|error| sentence(&error.to_string())).map(|header| {
        let fit = machine.fit_header(&header, CONTEXT);
        Facts {
            next_edit: NextEditFamily::of_header(&header, &model.record.name),
            speed: machine.speed_header(&model.record.id, &header),
            quantisation: header.quantisation,
            parameters: header.parameters,
            fit,
        }
    });
    Owned { present: model.present(), condition: model.condition(), model, facts }
}

fn import_file(
    places: &ModelPlaces,
    path: &Path,
    mode: ImportMode,
    on: models::OnProgress<'_>,
) -> Result<String, ModelTaskError> {
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
        return adopt(places, path);
    }
    let model = import::import_file(&places.store()?, &places.catalogue()?, path, mode, on)?;
    let known = if model.record.verified { "it is the catalogue's file" } else { "no catalogue knows it" };
    let header = model.header().ok();
    let family = header.and_then(|header| NextEditFamily::of_header(&header, &model.record.name));
    let kind =
        family.map(|family| format!(" It is a model for next edits, {}.", family.name())).unwrap_or_default();
    Ok(format!("{} was imported; {known}.{kind}", model.record.name))
}

/// A user's catalogue takes the place of the one that was added before.
fn adopt(places: &ModelPlaces, path: &Path) -> Result<String, ModelTaskError> {
    let builtin = places.catalogue.clone()?;
    let (store, before) = (places.store()?, builtin.entries().len());
    let merged = builtin.adopt(store.root(), path, None)?;
    Ok(format!("The catalogue was added, with {} models.", merged.entries().len() - before))
}

fn verify(places: &ModelPlaces, version: &str, on: models::OnProgress<'_>) -> Result<String, ModelTaskError> {
    let store = places.store()?;
    store.verify(version, VerifyMode::Full, on)?;
    let name = store.find(version)?.record.name;
    Ok(format!("{name} is as it was installed, byte for byte."))
}

fn clean(store: &Store, leftovers: &[Leftover]) -> Result<String, ModelTaskError> {
    let freed = store.clean(leftovers)?;
    Ok(format!("{} are free again.", phrases::bytes(freed)))
}

/// Shows a folder in the system's file manager. Its program may stay open as long as it likes.
pub fn reveal(folder: &Path) -> Result<String, ModelTaskError> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    command.arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let refused =
        |error| ModelTaskError::NotShown { folder: folder.to_owned(), program, cause: Arc::new(error) };
    let mut child = command.spawn().map_err(refused)?;
    let reaper = std::thread::Builder::new().name("file manager".to_owned());
    reaper.spawn(move || drop(child.wait())).map(|_| String::new()).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::recovery::crash::report_panics;

    #[test]
    fn work_in_which_our_own_code_fails_ends_and_the_next_goes_on() {
        report_panics(None);
        let (out, events) = Outbox::new(|| ());
        let desk = ModelTasks::start(ModelPlaces::here(&Privacy::default()), &out);
        desk.long(WorkId(1), |_, _| panic!("a fault"));
        desk.long(WorkId(2), |_, _| Ok("done".into()));
        let next = || events.recv_timeout(Duration::from_secs(60)).unwrap();
        let Event::Models(ManagerEvent::Ended(WorkId(1), Err(why))) = next() else { panic!("not ended") };
        let why = why.sentence();
        assert!(why.contains("models.rs:"), "{why}");
        assert!(matches!(next(), Event::Models(ManagerEvent::Ended(WorkId(2), Ok(_)))));
        let root = tempfile::tempdir().unwrap();
        *desk.places.lock() =
            Arc::new(ModelPlaces { root: Ok(root.path().into()), ..(*desk.places()).clone() });
        desk.change(|_| panic!("a fault"));
        assert!(matches!(next(), Event::Models(ManagerEvent::Changed(Err(_)))));
    }
}
