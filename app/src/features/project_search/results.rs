//! What was found, how far the search is, and which row is the current one.

use std::collections::{BTreeMap, HashSet};

use search::hits::FileHits;
use search::page::{At, SearchPage, SearchRow};
use search::run::{SearchProgress, Summary};
use search::{Hit, HitPlace, Matcher};

use super::{Places, SearchForm, SearchTurn};

/// The current row, by what stands in it: files come before it while a search runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The file.
    pub place: HitPlace,
    /// The line, from 0; `None`: its head.
    pub line: Option<usize>,
    /// The hit in the file, by index.
    pub hit: Option<usize>,
}

/// How far the search is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SearchStatus {
    /// Nothing was asked.
    #[default]
    Idle,
    /// It runs since this time.
    Running(u64),
    /// It is over.
    Done(Box<Summary>),
}

/// What was found.
#[derive(Debug, Default)]
pub struct SearchResults {
    /// Files and lines.
    pub page: SearchPage,
    /// How far the search is.
    pub status: SearchStatus,
    /// How much it has searched.
    pub progress: SearchProgress,
    /// The current row.
    pub cursor: Option<Cursor>,
    /// What was looked for, once it was understood.
    pub matcher: Option<Matcher>,
    /// Counts searches.
    pub(super) serial: u64,
    /// Counts what was asked: the same may be searched several times.
    pub(super) generation: u64,
    /// What was asked.
    pub asked: Option<SearchForm>,
    /// What is listed belongs to an earlier question.
    pub(super) is_old: bool,
    /// The same is searched once more: where something was found this time.
    pub(super) met: Option<Places>,
    /// How long the last search took, in milliseconds.
    pub(super) took: u64,
    /// Open texts that were searched as they were.
    pub(super) open_texts: Places,
    /// Files that were dismissed.
    dismissed: Places,
    /// Hits that were, by their column and line.
    dismissed_hits: BTreeMap<HitPlace, HashSet<(usize, String)>>,
    pub(super) turn: Option<SearchTurn>,
}

impl SearchResults {
    /// Does a search run?
    pub fn is_running(&self) -> bool {
        matches!(self.status, SearchStatus::Running(_))
    }

    /// The current row, by number.
    pub fn row(&self) -> Option<usize> {
        let cursor = self.cursor.as_ref()?;
        // A hit may be on another line by now.
        let hit = cursor.hit.and_then(|hit| self.page.of(&cursor.place)?.hits.get(hit));
        self.page.row_of(&cursor.place, hit.map(|hit| hit.line).or(cursor.line))
    }

    /// Makes a row the current one.
    pub fn go_to_row(&mut self, row: usize) {
        let Some(found) = self.page.row(row) else { return };
        let (file, line) = match found {
            SearchRow::File(file) => (file, None),
            SearchRow::Line(file, line) => (file, Some(line)),
        };
        let Some(hits) = self.page.file(file) else { return };
        let place = hits.place.clone();
        let line = line.and_then(|line| hits.lines.get(line)).map(|line| line.number);
        let begins = |hit: &usize| hits.hits.get(*hit).map(|hit| hit.line) == line;
        let hit = self.page.at_row(found).map(|(_, hit)| hit).filter(begins);
        self.cursor = Some(Cursor { place, line, hit });
    }

    /// Makes a hit the current one.
    pub fn go_to_hit(&mut self, at: At) {
        let Some((place, hit)) = self.page.hit(at) else { return };
        let (place, line) = (place.clone(), hit.line);
        if self.page.is_collapsed(&place) {
            self.page.toggle(&place);
        }
        self.cursor = Some(Cursor { place, line: Some(line), hit: Some(at.1) });
    }

    /// The hit that the current row leads to.
    pub fn at(&self) -> Option<At> {
        let cursor = self.cursor.as_ref()?;
        let file = self.page.position(&cursor.place)?;
        let hits = &self.page.file(file)?.hits;
        let hit = match (cursor.hit, cursor.line) {
            (Some(hit), _) => hit,
            (None, Some(line)) => hits.partition_point(|hit| hit.line < line),
            (None, None) => 0,
        };
        hits.len().checked_sub(1).map(|last| (file, hit.min(last)))
    }

    /// The hits of a row: a file, or those that begin on a line of it.
    pub fn hits_of(&self, place: &HitPlace, line: Option<usize>) -> Vec<Hit> {
        let Some(file) = self.page.of(place) else { return Vec::new() };
        let is_there = |hit: &&Hit| line.is_none_or(|line| hit.line == line);
        file.hits.iter().filter(is_there).cloned().collect()
    }

    /// Leaves a file, or hits in it, out of this list and of all that is searched for the same.
    pub fn dismiss(&mut self, place: &HitPlace, line: Option<usize>) {
        let Some(file) = self.page.of(place).cloned() else { return };
        let row = self.row();
        match line {
            None => {
                self.dismissed.insert(place.clone());
                self.page.remove(place);
            }
            Some(line) => {
                let hits = self.hits_of(place, Some(line));
                let known = self.dismissed_hits.entry(place.clone()).or_default();
                known.extend(hits.iter().filter_map(|hit| name(&file, hit)));
                let ranges: Vec<_> = hits.into_iter().map(|hit| hit.range).collect();
                self.page.dismiss(place, &ranges);
            }
        }
        if let Some(row) = row {
            self.go_to_row(row.min(self.page.rows().saturating_sub(1)));
        }
    }

    /// Takes what was found, without what was dismissed. A file of which nothing else is left goes from the list.
    pub(super) fn add(&mut self, mut files: Vec<FileHits>) {
        if !self.dismissed.is_empty() || !self.dismissed_hits.is_empty() {
            let places: Vec<HitPlace> = files.iter().map(|file| file.place.clone()).collect();
            files = files.into_iter().filter_map(|file| self.without_dismissed(file)).collect();
            let kept: Places = files.iter().map(|file| file.place.clone()).collect();
            places.iter().filter(|place| !kept.contains(*place)).for_each(|place| self.page.remove(place));
        }
        self.page.add_all(files);
    }

    fn without_dismissed(&self, file: FileHits) -> Option<FileHits> {
        if self.dismissed.contains(&file.place) {
            return None;
        }
        let Some(known) = self.dismissed_hits.get(&file.place) else { return Some(file) };
        file.without(|hit| name(&file, hit).is_some_and(|name| known.contains(&name)))
    }

    /// What was dismissed belonged to another question.
    pub(super) fn forget_dismissed(&mut self) {
        self.dismissed.clear();
        self.dismissed_hits.clear();
    }
}

/// By what a hit is known when its file is searched again.
fn name(file: &FileHits, hit: &Hit) -> Option<(usize, String)> {
    Some((hit.column, file.line(hit.line)?.text.clone()))
}
