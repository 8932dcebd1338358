//! What was found as rows to draw and to walk through: files in the order of their paths, each with its lines, open or collapsed.
//!
//! A list of a hundred thousand hits is drawn sixty times a second while more arrive: where a row begins is known without looking
//! at those before it, and what arrives is put in its place with all that came at once.

use std::ops::Range;
use std::sync::Arc;

use crate::hits::{FileHits, Hit, HitLine, HitPlace};

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchRow {
    /// The head of a file, by its index.
    File(usize),
    /// A line of a file, by the indices of both.
    Line(usize, usize),
}

/// Where one is among the hits: a file and a hit in it, by index.
pub type At = (usize, usize);

/// A file with what was found in it.
#[derive(Clone, Debug)]
struct Listed {
    found: Arc<FileHits>,
    is_collapsed: bool,
}

impl Listed {
    fn rows(&self) -> usize {
        1 + if self.is_collapsed { 0 } else { self.found.lines.len() }
    }
}

/// All that a search found so far.
#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    files: Vec<Listed>,
    /// The row with which each file begins, and behind the last the number of rows.
    starts: Vec<usize>,
    hits: usize,
    /// So come files that are new.
    collapses: bool,
}

impl SearchPage {
    /// Takes what was found in a file, in place of what was found in it before.
    pub fn add(&mut self, found: FileHits) {
        self.add_all(vec![found]);
    }

    /// The same of many files. Costs little more than that of one.
    pub fn add_all(&mut self, mut all: Vec<FileHits>) {
        all.sort_by(|a, b| a.place.cmp(&b.place));
        let places: Vec<_> = all.iter().map(|found| self.index(&found.place)).collect();
        let (count, mut taken) = (self.files.len(), 0);
        let mut before = std::mem::take(&mut self.files).into_iter();
        let mut files: Vec<Listed> = Vec::with_capacity(count + all.len());
        for (found, place) in all.into_iter().zip(places) {
            let at = place.unwrap_or_else(|at| at);
            files.extend(before.by_ref().take(at.saturating_sub(taken)));
            taken = taken.max(at);
            let mut is_collapsed = self.collapses;
            if let Some(twice) = files.pop_if(|last| last.found.place == found.place) {
                self.hits -= twice.found.hits.len();
                is_collapsed = twice.is_collapsed;
            } else if place.is_ok()
                && let Some(former) = before.next()
            {
                taken += 1;
                self.hits -= former.found.hits.len();
                is_collapsed = former.is_collapsed;
            }
            self.hits += found.hits.len();
            files.push(Listed { found: Arc::new(found), is_collapsed });
        }
        files.extend(before);
        self.files = files;
        self.count();
    }

    /// Nothing is found in a file any more, or it was dismissed.
    pub fn remove(&mut self, place: &HitPlace) {
        if let Ok(at) = self.index(place) {
            self.hits -= self.files.remove(at).found.hits.len();
            self.count();
        }
    }

    /// Keeps the files of which `wanted` says so.
    pub fn retain(&mut self, wanted: impl Fn(&HitPlace) -> bool) {
        self.files.retain(|file| wanted(&file.found.place));
        self.hits = self.files.iter().map(|file| file.found.hits.len()).sum();
        self.count();
    }

    /// Leaves hits out of a file, those at these places of its text, and the file with its last one.
    pub fn dismiss(&mut self, place: &HitPlace, gone: &[Range<usize>]) {
        let Ok(at) = self.index(place) else { return };
        match self.files[at].found.without(|hit| gone.contains(&hit.range)) {
            Some(left) => self.add(left),
            None => self.remove(place),
        }
    }

    fn count(&mut self) {
        self.starts.clear();
        self.starts.push(0);
        let mut end = 0;
        self.starts.extend(self.files.iter().map(|file| {
            end += file.rows();
            end
        }));
    }

    /// Where a text stands among the files, or would.
    fn index(&self, place: &HitPlace) -> Result<usize, usize> {
        self.files.binary_search_by(|file| file.found.place.cmp(place))
    }

    /// The index of the file at a place, if something was found in it.
    #[must_use]
    pub fn position(&self, place: &HitPlace) -> Option<usize> {
        self.index(place).ok()
    }

    /// The files with hits, in order.
    #[must_use]
    pub fn files(&self) -> impl ExactSizeIterator<Item = &Arc<FileHits>> {
        self.files.iter().map(|file| &file.found)
    }

    /// One of them, by its index.
    #[must_use]
    pub fn file(&self, index: usize) -> Option<&Arc<FileHits>> {
        self.files.get(index).map(|file| &file.found)
    }

    /// What was found in the text at a place.
    #[must_use]
    pub fn of(&self, place: &HitPlace) -> Option<&Arc<FileHits>> {
        self.file(self.position(place)?)
    }

    /// How many hits there are.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.hits
    }

    /// Shows the lines of a file, or its head alone.
    pub fn toggle(&mut self, place: &HitPlace) {
        if let Ok(at) = self.index(place) {
            self.files[at].is_collapsed ^= true;
            self.count();
        }
    }

    /// Shows the lines of all files, or the heads alone; of those still to come, too.
    pub fn set_collapsed(&mut self, collapsed: bool) {
        self.collapses = collapsed;
        self.files.iter_mut().for_each(|file| file.is_collapsed = collapsed);
        self.count();
    }

    /// Is only its head shown?
    #[must_use]
    pub fn is_collapsed(&self, place: &HitPlace) -> bool {
        self.index(place).is_ok_and(|at| self.files[at].is_collapsed)
    }

    /// Are the lines of no file shown?
    #[must_use]
    pub fn is_all_collapsed(&self) -> bool {
        self.files.iter().all(|file| file.is_collapsed)
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// What stands in a row.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<SearchRow> {
        let file = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        self.files.get(file)?;
        Some(match row - self.starts[file] {
            0 => SearchRow::File(file),
            line => SearchRow::Line(file, line - 1),
        })
    }

    /// The row of a line, counted from 0, of a file; that of its head when the line is not shown.
    #[must_use]
    pub fn row_of(&self, place: &HitPlace, line: Option<usize>) -> Option<usize> {
        let at = self.position(place)?;
        let (file, start) = (&self.files[at], self.starts[at]);
        let shown = line.filter(|_| !file.is_collapsed).and_then(|line| file.found.row_of_line(line));
        Some(shown.map_or(start, |index| start + 1 + index))
    }

    /// The hit that a row leads to: the first of its line, or of its file.
    #[must_use]
    pub fn at_row(&self, row: SearchRow) -> Option<At> {
        let (file, line) = match row {
            SearchRow::File(file) => (file, None),
            SearchRow::Line(file, line) => (file, Some(self.file(file)?.lines.get(line)?.number)),
        };
        let hits = &self.file(file)?.hits;
        let hit = line.map_or(0, |line| hits.partition_point(|hit| hit.line < line));
        // A line that is context, or the rest of a match over several, leads to the hit before it.
        hits.len().checked_sub(1).map(|last| (file, hit.min(last)))
    }

    /// The next hit, from the first again behind the last; the first when there was none.
    #[must_use]
    pub fn next(&self, at: Option<At>) -> Option<At> {
        let Some((file, hit)) = at else { return self.first() };
        if self.file(file).is_some_and(|found| hit + 1 < found.hits.len()) {
            return Some((file, hit + 1));
        }
        let behind = (file + 1..self.files.len()).find(|file| !self.files[*file].found.hits.is_empty());
        behind.map(|file| (file, 0)).or_else(|| self.first())
    }

    /// The hit before, from the last again before the first; the last when there was none.
    #[must_use]
    pub fn previous(&self, at: Option<At>) -> Option<At> {
        let last = |file: usize| self.files[file].found.hits.len().checked_sub(1).map(|hit| (file, hit));
        let (file, hit) = at.unwrap_or((0, 0));
        if hit > 0 {
            return Some((file, hit - 1));
        }
        let before = (0..file.min(self.files.len())).rev().find_map(last);
        before.or_else(|| (0..self.files.len()).rev().find_map(last))
    }

    fn first(&self) -> Option<At> {
        let file = self.files.iter().position(|file| !file.found.hits.is_empty())?;
        Some((file, 0))
    }

    /// Where a hit is.
    #[must_use]
    pub fn hit(&self, (file, hit): At) -> Option<(&HitPlace, &Hit)> {
        let file = self.file(file)?;
        Some((&file.place, file.hits.get(hit)?))
    }

    /// Moves the hits of a text along with an edit of it, until it is searched again: each range goes where `map` says, and one
    /// that was touched goes for `None`.
    pub fn follow(&mut self, place: &HitPlace, map: impl Fn(&Range<usize>) -> Option<Range<usize>>) {
        let Ok(at) = self.index(place) else { return };
        let hits = &mut Arc::make_mut(&mut self.files[at].found).hits;
        let before = hits.len();
        hits.retain_mut(|hit| match map(&hit.range) {
            Some(range) => {
                hit.range = range;
                true
            }
            None => false,
        });
        self.hits -= before - hits.len();
    }
}

impl FileHits {
    /// The same without some hits; `None`: nothing is left.
    #[must_use]
    pub fn without(&self, is_gone: impl Fn(&Hit) -> bool) -> Option<Self> {
        let mut left = self.clone();
        left.hits.retain(|hit| !is_gone(hit));
        left.trim();
        (!left.hits.is_empty()).then_some(left)
    }

    /// A line that is shown, counted from 0 in its text.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<&HitLine> {
        self.lines.get(self.row_of_line(number)?)
    }

    /// Where a line stands among those that are shown.
    fn row_of_line(&self, line: usize) -> Option<usize> {
        let at = self.lines.partition_point(|shown| shown.number < line);
        self.lines.get(at).filter(|shown| shown.number == line).map(|_| at)
    }

    /// Takes the marks of hits that are gone off the lines, and the lines that were shown for them alone.
    fn trim(&mut self) {
        let is_near = |line: usize, hits: &[Hit]| {
            let at = hits.partition_point(|hit| hit.line < line);
            // A match over several lines begins on one before.
            hits.get(at).is_some_and(|hit| hit.line - line <= MAX_CONTEXT)
                || at.checked_sub(1).is_some_and(|at| line - hits[at].line <= MAX_CONTEXT)
        };
        let hits = &self.hits;
        for line in &mut self.lines {
            let start = line.start + line.cut_before;
            let touches = |from: usize, to: usize| {
                hits.iter().any(|hit| hit.range.start < start + to && start + from < hit.range.end)
            };
            line.marks.retain(|mark| touches(mark.start, mark.end));
            let begins = hits.binary_search_by_key(&line.number, |hit| hit.line).is_ok();
            line.is_match = begins || !line.marks.is_empty();
        }
        self.lines.retain(|line| line.is_match || is_near(line.number, hits));
    }
}

/// Most lines that are shown before and behind a hit.
pub const MAX_CONTEXT: usize = 5;

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]

    use editor_core::Revision;

    use super::*;
    use crate::hits::Version;

    /// A file with hits on these lines, and context on those.
    fn file(name: &str, hits: &[usize], context: &[usize]) -> FileHits {
        let mut numbers: Vec<usize> = hits.iter().chain(context).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        let line = |number: usize| HitLine {
            number,
            start: number * 10,
            text: String::new(),
            cut_before: 0,
            is_cut_behind: false,
            marks: Vec::new(),
            is_match: hits.contains(&number),
        };
        let hit = |line: &usize| Hit { range: line * 10..line * 10 + 1, line: *line, column: 0 };
        FileHits {
            place: at(name),
            version: Version::Open(Revision(0)),
            hits: hits.iter().map(hit).collect(),
            lines: numbers.into_iter().map(line).collect(),
            is_capped: false,
            read_only: None,
        }
    }

    fn at(name: &str) -> HitPlace {
        HitPlace::File(name.into())
    }

    fn all_rows(page: &SearchPage) -> Vec<SearchRow> {
        assert_eq!(page.row(page.rows()), None);
        (0..page.rows()).filter_map(|row| page.row(row)).collect()
    }

    #[test]
    fn files_come_in_order_and_can_be_collapsed() {
        let mut page = SearchPage::default();
        assert_eq!((page.rows(), page.row(0)), (0, None));
        page.add(file("b", &[1, 8], &[0, 2]));
        page.add(file("a", &[3, 9], &[]));
        let (a, b) = (SearchRow::File(0), SearchRow::File(1));
        let lines =
            [SearchRow::Line(1, 0), SearchRow::Line(1, 1), SearchRow::Line(1, 2), SearchRow::Line(1, 3)];
        let all = [&[a, SearchRow::Line(0, 0), SearchRow::Line(0, 1), b][..], &lines].concat();
        assert_eq!((all_rows(&page), page.hits()), (all.clone(), 4));
        assert_eq!((page.row_of(&at("b"), Some(2)), page.row_of(&at("b"), Some(3))), (Some(6), Some(3)));
        page.toggle(&at("b"));
        assert_eq!(all_rows(&page), all[..4]);
        assert_eq!(page.row_of(&at("b"), Some(2)), Some(3), "its head stands for it");
        page.add(file("b", &[5], &[]));
        assert_eq!((page.hits(), page.rows()), (3, 4), "it stays collapsed");
        page.set_collapsed(false);
        assert_eq!(page.rows(), 5);
        page.remove(&at("a"));
        assert_eq!((page.hits(), page.rows()), (1, 2));
        page.set_collapsed(true);
        page.add(file("c", &[5], &[]));
        assert_eq!((page.rows(), page.is_all_collapsed()), (2, true), "what comes is collapsed, too");
    }

    #[test]
    fn many_files_at_once_are_as_one_after_the_other() {
        let names: Vec<String> = (0..40).map(|number| format!("{}", number * 7 % 40)).collect();
        let found = |step: usize| {
            let of = |(index, name): (usize, &String)| {
                file(name, &(0..(index + step) % 4).collect::<Vec<_>>(), &[])
            };
            names.iter().enumerate().filter(move |(index, _)| index % step == 0).map(of).collect::<Vec<_>>()
        };
        let (mut whole, mut single) = (SearchPage::default(), SearchPage::default());
        for step in [3, 1, 2, 5] {
            let twice = [found(step), found(step)].concat();
            twice.iter().for_each(|one| single.add(one.clone()));
            whole.add_all(twice);
            let of = |page: &SearchPage| page.files().map(|file| (**file).clone()).collect::<Vec<_>>();
            assert_eq!(of(&whole), of(&single));
            assert_eq!((whole.hits(), whole.rows()), (single.hits(), single.rows()));
            assert_eq!(whole.hits(), of(&whole).iter().map(|file| file.hits.len()).sum::<usize>());
        }
        whole.retain(|place| *place == at("7"));
        assert_eq!(whole.files().len(), 1);
    }

    #[test]
    fn what_is_dismissed_goes_with_the_lines_that_were_shown_for_it_alone() {
        let mut page = SearchPage::default();
        page.add(file("a", &[3, 30], &[2, 4, 29]));
        page.dismiss(&at("a"), &[300..301]);
        let numbers = |page: &SearchPage| {
            page.files().flat_map(|f| f.lines.iter().map(|l| l.number)).collect::<Vec<_>>()
        };
        assert_eq!((page.hits(), numbers(&page)), (1, vec![2, 3, 4]));
        page.dismiss(&at("a"), &[30..31]);
        assert_eq!((page.hits(), page.rows()), (0, 0));
    }

    #[test]
    fn one_walks_from_hit_to_hit_and_around() {
        let mut page = SearchPage::default();
        assert_eq!((page.next(None), page.previous(None)), (None, None));
        page.add(file("a", &[3, 3, 9], &[]));
        page.add(file("b", &[1], &[2]));
        let walk = [(0, 0), (0, 1), (0, 2), (1, 0)];
        for (index, at) in walk.iter().enumerate() {
            assert_eq!(page.next(Some(*at)), Some(walk[(index + 1) % 4]));
            assert_eq!(page.previous(Some(walk[(index + 1) % 4])), Some(*at));
        }
        assert_eq!((page.next(None), page.previous(None)), (Some((0, 0)), Some((1, 0))));
        assert_eq!(page.at_row(SearchRow::Line(0, 1)), Some((0, 2)));
        assert_eq!(page.at_row(SearchRow::Line(1, 1)), Some((1, 0)), "context leads to its hit");
        assert_eq!(page.at_row(SearchRow::File(1)), Some((1, 0)));
        assert_eq!(page.hit((0, 2)).unwrap().1.range, 90..91);
        page.follow(&at("a"), |range| (range.start != 30).then_some(range.start + 5..range.end + 5));
        assert_eq!((page.hits(), page.hit((0, 0)).unwrap().1.range.clone()), (2, 95..96));
    }
}
