//! Names of a project: the list of its symbols, where one is declared, and where it is mentioned.

use std::path::PathBuf;
use std::sync::Arc;

use search::index::{self, Declared, Definition, List, SymbolIndex};
use search::quick::{Finder, QuickMatch};
use search::run::{RunningSearch, SearchEvent, SearchRequest};
use search::walk::SearchScope;
use search::{FileHits, HitPlace};

use super::{Bell, Outbox, PATIENCE, no_thread, scope};
use crate::event::Event;
use crate::features::quick::{QuickCount, QuickDeclared, QuickEvent, QuickMention, QuickOrigin, QuickTexts};
use crate::workspace::QuickPlace;

/// This many hits of a name are looked for at most.
const MAX_HITS: usize = 20_000;
/// This many files with hits are handed over at once.
const MAX_FILES_AT_ONCE: usize = 64;

/// A definition that is not found yet, though the folder is still being read.
struct Wanted {
    serial: u64,
    name: String,
    origin: QuickOrigin,
}

/// The folders whose symbols are known.
struct Project {
    folders: Vec<PathBuf>,
    scope: SearchScope,
    index: SymbolIndex,
}

/// Names of a project.
pub struct QuickNames {
    bell: Bell,
    project: Option<Project>,
    finder: Option<Finder>,
    list: Arc<List>,
    /// The question for the list that is open.
    asked: Option<u64>,
    wanted: Option<Wanted>,
    mentions: Option<(u64, RunningSearch)>,
}

impl Project {
    /// Reads what has changed since.
    fn refresh(&self) {
        self.index.refresh(self.scope.clone());
    }
}

impl QuickNames {
    pub fn new(bell: Bell) -> QuickNames {
        let list = Arc::default();
        QuickNames { bell, project: None, finder: None, list, asked: None, wanted: None, mentions: None }
    }

    /// Reads the symbols of folders: all, or those that have changed since.
    pub fn index(&mut self, folders: Vec<PathBuf>, scope: SearchScope, out: &Outbox) {
        if self.project.as_ref().is_none_or(|known| known.folders != folders) {
            let bell = self.bell.clone();
            // The thread of the old one ends here.
            self.project = match SymbolIndex::start(move || bell.ring(|desk, out| desk.names.heard(out))) {
                Ok(index) => Some(Project { folders, scope: scope.clone(), index }),
                Err(error) => return no_thread(out, &error),
            };
        }
        if let Some(project) = &mut self.project {
            project.scope = scope;
            project.refresh();
        }
    }

    /// Reads those of one file again.
    pub fn index_file(&mut self, path: PathBuf) {
        let has = |project: &&Project| project.folders.iter().any(|folder| path.starts_with(folder));
        if let Some(project) = self.project.as_ref().filter(has) {
            project.index.refresh_file(path);
        }
    }

    /// The list is closed.
    pub fn stop(&mut self) {
        (self.finder, self.asked, self.mentions) = (None, None, None);
        self.list = Arc::default();
    }

    /// More is known.
    fn heard(&mut self, out: &Outbox) {
        self.answer(out);
        if let Some(Wanted { serial, name, origin }) = self.wanted.take() {
            self.look(Wanted { serial, name, origin }, true, out);
        }
    }

    /// Narrows the symbols of the project from now on.
    pub fn ask(&mut self, (serial, typed): (u64, String), out: &Outbox) {
        self.asked = Some(serial);
        if self.finder.is_none() {
            // What other programs changed since is read, too.
            self.project.iter().for_each(Project::refresh);
            let bell = self.bell.clone();
            match Finder::new(false, move || bell.ring(|desk, out| desk.names.answer(out))) {
                Ok(finder) => self.finder = Some(finder),
                Err(error) => return no_thread(out, &error),
            }
        }
        if let Some(finder) = &mut self.finder {
            finder.set_typed(&typed);
        }
        self.answer(out);
    }

    fn answer(&mut self, out: &Outbox) {
        let (Some(serial), Some(finder)) = (self.asked, &mut self.finder) else { return };
        let index = self.project.as_ref().map(|project| &project.index);
        if let Some(list) = index.map(SymbolIndex::list).filter(|list| !Arc::ptr_eq(list, &self.list)) {
            finder.set_corpus(list.corpus.clone());
            self.list = list;
        }
        finder.wait(PATIENCE);
        let row = |found: QuickMatch| {
            let definition = self.list.definition(found.number)?;
            // Behind the name stands what it is declared in, which matches, too.
            let name = definition.declared.name.chars().count();
            let marks = found.marks.into_iter().filter(|mark| *mark < name).collect();
            Some(QuickDeclared { marks, ..declared(definition) })
        };
        let rows = finder.found().into_iter().filter_map(row).collect();
        let count = QuickCount {
            matched: finder.matched(),
            all: self.list.corpus.len(),
            is_loading: !finder.is_finished() || index.is_some_and(|index| !index.is_finished()),
            is_capped: index.is_some_and(SymbolIndex::is_capped),
        };
        out.send(Event::Quick(QuickEvent::Project(serial, rows, count)));
    }

    /// Says where a name is declared: in the text that asks as it is now, elsewhere as files were read.
    pub fn define(&mut self, serial: u64, name: String, origin: QuickOrigin, out: &Outbox) {
        self.look(Wanted { serial, name, origin }, false, out);
    }

    /// `is_again`: what other programs changed was read meanwhile.
    fn look(&mut self, wanted: Wanted, is_again: bool, out: &Outbox) {
        let Wanted { serial, name, origin } = &wanted;
        let mut found = own(origin, name);
        let from = origin.path.as_deref().map(|path| (path, origin.language));
        let project = self.project.as_ref();
        let others = project.map(|project| project.index.definitions(name, from)).unwrap_or_default();
        let others = others.into_iter().filter(|other| origin.path.as_ref() != Some(&other.path));
        found.extend(others.map(declared));
        let is_loading = project.is_some_and(|project| !project.index.is_finished());
        if let Some(project) = project.filter(|_| found.is_empty() && !is_loading && !is_again) {
            project.refresh();
            self.wanted = Some(wanted);
            return;
        }
        let count = QuickCount { matched: found.len(), all: found.len(), is_loading, is_capped: false };
        let answer = QuickEvent::Defined(*serial, found, count);
        let waits = count.is_loading && count.all == 0;
        self.wanted = waits.then_some(wanted);
        out.send(Event::Quick(answer));
    }

    /// Looks where a name stands alone.
    pub fn mentions(&mut self, serial: u64, name: &str, texts: QuickTexts, exclude: &[String], out: &Outbox) {
        let QuickTexts { folders, open, untitled, besides } = texts;
        // Files outside of the folders are searched when they are open.
        let scope = if folders.is_empty() { SearchScope::files(besides) } else { scope(folders, exclude) };
        let Ok(request) = index::mentions(name, scope) else { return };
        let mut request = SearchRequest { open, untitled, ..request };
        request.limits.hits = MAX_HITS;
        let bell = self.bell.clone();
        match RunningSearch::start(request, move || bell.ring(|desk, out| desk.names.found(out))) {
            Ok(running) => self.mentions = Some((serial, running)),
            Err(error) => no_thread(out, &error),
        }
    }

    fn found(&mut self, out: &Outbox) {
        let Some((serial, running)) = &self.mentions else { return };
        let (serial, mut rows, mut end) = (*serial, Vec::new(), None);
        for event in running.take().take(MAX_FILES_AT_ONCE) {
            match event {
                SearchEvent::File(hits) => lines(&hits, &mut rows),
                SearchEvent::Done(summary) => end = Some(summary.is_capped),
            }
        }
        let count = QuickCount {
            matched: rows.len(),
            all: rows.len(),
            is_loading: end.is_none(),
            is_capped: end == Some(true),
        };
        if end.is_some() {
            self.mentions = None;
        }
        if !rows.is_empty() || !count.is_loading {
            out.send(Event::Quick(QuickEvent::Mentioned(serial, rows, count)));
        }
    }
}

fn declared(definition: Definition) -> QuickDeclared {
    let place = QuickPlace::File(definition.path);
    QuickDeclared { place, declared: definition.declared, marks: Vec::new() }
}

/// What the text that asks declares under a name itself.
fn own(origin: &QuickOrigin, name: &str) -> Vec<QuickDeclared> {
    let Some(tree) = &origin.tree else { return Vec::new() };
    let all = tree.symbols(&origin.rope);
    let named = all.iter().filter(|symbol| symbol.name == name && symbol.kind.is_of_project());
    let place = || origin.path.clone().map_or(QuickPlace::Tab(origin.tab), QuickPlace::File);
    named
        .map(|symbol| QuickDeclared {
            place: place(),
            declared: Declared::new(symbol, &all, &origin.rope),
            marks: Vec::new(),
        })
        .collect()
}

/// The lines of a file that have hits.
fn lines(hits: &FileHits, rows: &mut Vec<QuickMention>) {
    let place = || match &hits.place {
        HitPlace::File(path) => QuickPlace::File(path.clone()),
        HitPlace::Text(number) => QuickPlace::Tab(ground::ids::TabId(*number)),
    };
    for line in hits.lines.iter().filter(|line| line.is_match) {
        let text = line.text.trim_start();
        let cut = line.text.chars().count() - text.chars().count();
        let marks = line.marks.iter().flat_map(Clone::clone).filter_map(|mark| mark.checked_sub(cut));
        let first = hits.hits.iter().find(|hit| hit.line == line.number);
        rows.push(QuickMention {
            place: place(),
            line: line.number,
            column: first.map_or(0, |hit| hit.column),
            text: text.trim_end().to_owned(),
            marks: marks.collect(),
        });
    }
}
