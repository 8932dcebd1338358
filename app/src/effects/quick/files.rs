//! The files of the open folders, narrowed as somebody types.

use std::path::PathBuf;

use search::quick::files::FileGathering;
use search::quick::{Finder, QuickMatch};
use search::walk::SearchScope;

use super::visits::{QuickVisits, now_ms};
use super::{Bell, Outbox, PATIENCE, no_thread};
use crate::event::Event;
use crate::features::quick::{QuickCount, QuickEvent, QuickFile};

/// What was asked for last.
struct Asked {
    serial: u64,
    open: Vec<PathBuf>,
}

/// The folders whose files are listed.
struct Folder {
    paths: Vec<PathBuf>,
    /// What is listed.
    gathering: FileGathering,
    /// The same, as it is by now, until all of it is there.
    next: Option<FileGathering>,
    /// This many files of the gathering are being narrowed.
    taken: usize,
}

/// The files of the open folders.
pub struct QuickFiles {
    bell: Bell,
    folder: Option<Folder>,
    finder: Option<Finder>,
    asked: Option<Asked>,
}

impl QuickFiles {
    pub fn new(bell: Bell) -> QuickFiles {
        QuickFiles { bell, folder: None, finder: None, asked: None }
    }

    /// The list is closed. What was gathered stays for the next time.
    pub fn stop(&mut self) {
        self.finder = None;
        self.asked = None;
        if let Some(folder) = &mut self.folder {
            folder.taken = 0;
        }
    }

    /// Narrows the files of folders from now on.
    pub fn ask(
        &mut self,
        (serial, typed): (u64, String),
        paths: Vec<PathBuf>,
        scope: SearchScope,
        open: Vec<PathBuf>,
        is_fresh: bool,
    ) {
        if let Err(error) = self.prepare(&typed, paths, scope, is_fresh) {
            self.finder = None;
            self.bell.ring(move |_, out| no_thread(out, &error));
        }
        self.asked = Some(Asked { serial, open });
    }

    fn prepare(
        &mut self,
        typed: &str,
        paths: Vec<PathBuf>,
        scope: SearchScope,
        is_fresh: bool,
    ) -> std::io::Result<()> {
        let gather = |bell: Bell| {
            FileGathering::start(scope, true, move || {
                bell.ring(|desk, out| desk.files.answer(&mut desk.visits, out));
            })
        };
        match &mut self.folder {
            Some(folder) if folder.paths == paths => {
                // Looked through again while what is known is shown, but never twice at once.
                if is_fresh && folder.next.is_none() && folder.gathering.is_finished() {
                    folder.next = Some(gather(self.bell.clone())?);
                }
            }
            _ => {
                let gathering = gather(self.bell.clone())?;
                self.folder = Some(Folder { paths, gathering, next: None, taken: 0 });
            }
        }
        if self.finder.is_none() {
            let bell = self.bell.clone();
            let wake = move || bell.ring(|desk, out| desk.files.answer(&mut desk.visits, out));
            self.finder = Some(Finder::new(true, wake)?);
            self.folder.iter_mut().for_each(|folder| folder.taken = 0);
        }
        if let Some(finder) = &mut self.finder {
            finder.set_typed(typed);
        }
        Ok(())
    }

    /// Says what is found so far.
    pub fn answer(&mut self, visits: &mut QuickVisits, out: &Outbox) {
        let (Some(asked), Some(folder), Some(finder)) = (&self.asked, &mut self.folder, &mut self.finder)
        else {
            return;
        };
        if let Some(next) = folder.next.take_if(|next| next.is_finished()) {
            folder.gathering = next;
            folder.taken = 0;
        }
        let all = folder.gathering.len();
        if all != folder.taken {
            folder.taken = all;
            finder.set_corpus(folder.gathering.corpus());
            finder.set_bonus(folder.gathering.bonus(&asked.open, visits.known(), now_ms()));
        }
        finder.wait(PATIENCE);
        let row = |found: QuickMatch| {
            let corpus = finder.corpus();
            Some(QuickFile {
                path: folder.gathering.path(found.number)?,
                shown: corpus.text(found.number)?.to_owned(),
                marks: found.marks,
                is_set_aside: corpus.is_last(found.number),
            })
        };
        let rows = finder.found().into_iter().filter_map(row).collect();
        let count = QuickCount {
            matched: finder.matched(),
            all,
            is_loading: !finder.is_finished() || !folder.gathering.is_finished(),
            is_capped: folder.gathering.is_capped(),
        };
        out.send(Event::Quick(QuickEvent::Files(asked.serial, rows, count)));
    }
}
