//! What quick open looks for: the files of a folder, the symbols of a project, definitions and mentions. All of it off the window's
//! thread: one queue asks, and what finds has threads of its own, which end as soon as nobody waits for them.

mod files;
mod names;
mod visits;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crossbeam_channel::Sender;
use parking_lot::Mutex;
use search::walk::SearchScope;

use self::files::QuickFiles;
use self::names::QuickNames;
use self::visits::QuickVisits;
use super::Outbox;
use super::queue::{QueueTask, queue};
use crate::event::Event;
use crate::features::quick::{QuickEffect, QuickEvent};

/// So long an answer waits for the rest of it: what is found by then is shown in the same frame.
const PATIENCE: Duration = Duration::from_millis(8);

/// Looks for what quick open lists.
pub struct QuickDesk {
    tasks: Sender<QueueTask>,
    desk: Arc<Mutex<Desk>>,
}

struct Desk {
    files: QuickFiles,
    names: QuickNames,
    visits: QuickVisits,
}

/// Has the desk do something on its queue, from any thread, as long as it is there.
#[derive(Clone)]
struct Bell {
    tasks: Sender<QueueTask>,
    desk: Weak<Mutex<Desk>>,
}

impl Bell {
    fn ring(&self, task: impl FnOnce(&mut Desk, &Outbox) + Send + 'static) {
        let desk = self.desk.clone();
        let task = move |out: &Outbox| {
            if let Some(desk) = desk.upgrade() {
                task(&mut desk.lock(), out);
            }
        };
        // A queue that is full has enough to tell; when the window is gone nobody is interested.
        let _full_or_gone = self.tasks.try_send(Box::new(task));
    }
}

impl QuickDesk {
    /// A desk that remembers visits in this file, if in any.
    pub fn start(visits: Option<PathBuf>, outbox: &Outbox) -> QuickDesk {
        let tasks = queue("quick", outbox);
        let sender = tasks.clone();
        let desk = Arc::new_cyclic(|desk| {
            let bell = Bell { tasks: sender, desk: Weak::clone(desk) };
            let (files, names) = (QuickFiles::new(bell.clone()), QuickNames::new(bell));
            Mutex::new(Desk { files, names, visits: QuickVisits::new(visits) })
        });
        QuickDesk { tasks, desk }
    }

    fn bell(&self) -> Bell {
        Bell { tasks: self.tasks.clone(), desk: Arc::downgrade(&self.desk) }
    }

    /// Does what the list wants. `exclude`: what the user leaves out.
    pub fn run(&self, effect: QuickEffect, exclude: &[String]) {
        let exclude = exclude.to_vec();
        self.bell().ring(move |desk, out| desk.run(effect, &exclude, out));
    }

    /// The symbols of these folders are wanted from now on.
    pub fn index(&self, folders: Vec<PathBuf>, exclude: &[String]) {
        let scope = scope(folders.clone(), exclude);
        self.bell().ring(move |desk, out| desk.names.index(folders, scope, out));
    }

    /// A file was saved: its symbols are read again.
    pub fn index_file(&self, path: &Path) {
        let path = path.to_owned();
        self.bell().ring(move |desk, _| desk.names.index_file(path));
    }
}

impl Desk {
    fn run(&mut self, effect: QuickEffect, exclude: &[String], out: &Outbox) {
        match effect {
            QuickEffect::Files { serial, typed, folders, open, is_fresh } => {
                let scope = scope(folders.clone(), exclude);
                self.files.ask((serial, typed), folders, scope, open, is_fresh);
                self.files.answer(&mut self.visits, out);
            }
            QuickEffect::Project(serial, typed) => self.names.ask((serial, typed), out),
            QuickEffect::Define(serial, name, origin) => self.names.define(serial, name, *origin, out),
            QuickEffect::Mentions(serial, name, texts) => {
                self.names.mentions(serial, &name, *texts, exclude, out);
            }
            QuickEffect::Stop => {
                self.files.stop();
                self.names.stop();
            }
            QuickEffect::Symbols { tab, text, tree, rope } => {
                let all = tree.symbols(&rope);
                let tree = tree.revision();
                out.send(Event::Quick(QuickEvent::Symbols { tab, text, tree, all }));
            }
            QuickEffect::Visit(path) => self.visits.visit(&path),
        }
    }
}

/// The files of folders that are listed and looked through: hidden ones, too, but not what the user leaves out.
fn scope(folders: Vec<PathBuf>, exclude: &[String]) -> SearchScope {
    SearchScope { hidden: true, exclude: exclude.to_vec(), ..SearchScope::folders(folders) }
}

/// No thread was to be had.
fn no_thread(out: &Outbox, error: &std::io::Error) {
    out.send(Event::Trouble(format!("Cannot start a thread to search with: {error}. Try again.")));
}
