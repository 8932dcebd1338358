//! What was found as rows to draw and to walk through: files in the order of their paths, each with its lines, open or collapsed.

use std::collections::HashSet;
use std::ops::Range;

use crate::hits::{FileHits, Hit, HitLine, HitPlace};

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchRow {
    /// The head of a file, by its index.
    File(usize),
    /// A line of a file, by the indices of both.
    Line(usize, usize),
    /// Lines of this file are left out here.
    Gap(usize),
}

/// Where one is among the hits: a file and a hit in it, by index.
pub type At = (usize, usize);

/// All that a search found so far.
#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    files: Vec<FileHits>,
    collapsed: HashSet<HitPlace>,
    hits: usize,
}

impl SearchPage {
    /// Takes what was found in a file, in place of what was found in it before.
    pub fn add(&mut self, found: FileHits) {
        self.hits += found.hits.len();
        match self.index(&found.place) {
            Ok(at) => self.hits -= std::mem::replace(&mut self.files[at], found).hits.len(),
            Err(at) => self.files.insert(at, found),
        }
    }

    /// Nothing is found in a file any more, or it was dismissed.
    pub fn remove(&mut self, place: &HitPlace) {
        if let Ok(at) = self.index(place) {
            self.hits -= self.files.remove(at).hits.len();
        }
    }

    fn index(&self, place: &HitPlace) -> Result<usize, usize> {
        self.files.binary_search_by(|file| file.place.cmp(place))
    }

    /// The files with hits, in order.
    #[must_use]
    pub fn files(&self) -> &[FileHits] {
        &self.files
    }

    /// How many hits there are.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.hits
    }

    /// Shows the lines of a file, or its head alone.
    pub fn toggle(&mut self, place: &HitPlace) {
        if !self.collapsed.remove(place) {
            self.collapsed.insert(place.clone());
        }
    }

    /// Shows the lines of all files, or the heads alone.
    pub fn set_collapsed(&mut self, collapsed: bool) {
        let places = self.files.iter().map(|file| file.place.clone()).filter(|_| collapsed);
        self.collapsed = places.collect();
    }

    /// Is only its head shown?
    #[must_use]
    pub fn is_collapsed(&self, place: &HitPlace) -> bool {
        self.collapsed.contains(place)
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> Vec<SearchRow> {
        let mut rows = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            rows.push(SearchRow::File(index));
            let lines = if self.is_collapsed(&file.place) { &[][..] } else { &file.lines };
            for (at, line) in lines.iter().enumerate() {
                let before = at.checked_sub(1).map(|before| lines[before].number + 1);
                if before.is_some_and(|expected| expected != line.number) && is_context(lines) {
                    rows.push(SearchRow::Gap(index));
                }
                rows.push(SearchRow::Line(index, at));
            }
        }
        rows
    }

    /// The hit that a row leads to: the first of its line, or of its file.
    #[must_use]
    pub fn at_row(&self, row: SearchRow) -> Option<At> {
        let (file, line) = match row {
            SearchRow::File(file) | SearchRow::Gap(file) => (file, None),
            SearchRow::Line(file, line) => (file, Some(self.files.get(file)?.lines.get(line)?.number)),
        };
        let hits = &self.files.get(file)?.hits;
        let hit = line.map_or(0, |line| hits.partition_point(|hit| hit.line < line));
        // A line that is context, or the rest of a match over several, leads to the hit before it.
        hits.len().checked_sub(1).map(|last| (file, hit.min(last)))
    }

    /// The next hit, from the first again behind the last; the first when there was none.
    #[must_use]
    pub fn next(&self, at: Option<At>) -> Option<At> {
        let Some((file, hit)) = at else { return self.first() };
        if self.files.get(file).is_some_and(|found| hit + 1 < found.hits.len()) {
            return Some((file, hit + 1));
        }
        let behind = (file + 1..self.files.len()).find(|file| !self.files[*file].hits.is_empty());
        behind.map(|file| (file, 0)).or_else(|| self.first())
    }

    /// The hit before, from the last again before the first; the last when there was none.
    #[must_use]
    pub fn previous(&self, at: Option<At>) -> Option<At> {
        let last = |file: usize| self.files[file].hits.len().checked_sub(1).map(|hit| (file, hit));
        let (file, hit) = at.unwrap_or((0, 0));
        if hit > 0 {
            return Some((file, hit - 1));
        }
        let before = (0..file.min(self.files.len())).rev().find_map(last);
        before.or_else(|| (0..self.files.len()).rev().find_map(last))
    }

    fn first(&self) -> Option<At> {
        let file = self.files.iter().position(|file| !file.hits.is_empty())?;
        Some((file, 0))
    }

    /// Where a hit is.
    #[must_use]
    pub fn hit(&self, (file, hit): At) -> Option<(&HitPlace, &Hit)> {
        let file = self.files.get(file)?;
        Some((&file.place, file.hits.get(hit)?))
    }

    /// Moves the hits of a text along with an edit of it, until it is searched again: each range goes where `map` says, and one
    /// that was touched goes for `None`.
    pub fn follow(&mut self, place: &HitPlace, map: impl Fn(&Range<usize>) -> Option<Range<usize>>) {
        let Ok(at) = self.index(place) else { return };
        let hits = &mut self.files[at].hits;
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

/// Is anything shown but lines with matches? Without context gaps say nothing.
fn is_context(lines: &[HitLine]) -> bool {
    lines.iter().any(|line| !line.is_match)
}

#[cfg(test)]
mod tests {
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
            place: HitPlace::File(name.into()),
            version: Version::Open(Revision(0)),
            hits: hits.iter().map(hit).collect(),
            lines: numbers.into_iter().map(line).collect(),
            is_capped: false,
            read_only: None,
        }
    }

    #[test]
    fn files_come_in_order_and_can_be_collapsed() {
        let mut page = SearchPage::default();
        page.add(file("b", &[1, 8], &[0, 2]));
        page.add(file("a", &[3, 9], &[]));
        let (a, b) = (SearchRow::File(0), SearchRow::File(1));
        let all = [
            a,
            SearchRow::Line(0, 0),
            SearchRow::Line(0, 1),
            b,
            SearchRow::Line(1, 0),
            SearchRow::Line(1, 1),
            SearchRow::Line(1, 2),
        ];
        assert_eq!(page.rows(), [&all[..], &[SearchRow::Gap(1), SearchRow::Line(1, 3)]].concat());
        assert_eq!(page.hits(), 4);
        page.toggle(&HitPlace::File("b".into()));
        assert_eq!(page.rows(), all[..4]);
        page.add(file("b", &[5], &[]));
        assert_eq!((page.hits(), page.rows().len()), (3, 4), "it stays collapsed");
        page.set_collapsed(false);
        assert_eq!(page.rows().len(), 5);
        page.remove(&HitPlace::File("a".into()));
        assert_eq!((page.hits(), page.rows().len()), (1, 2));
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
        page.follow(&HitPlace::File("a".into()), |range| {
            (range.start != 30).then_some(range.start + 5..range.end + 5)
        });
        assert_eq!((page.hits(), page.hit((0, 0)).unwrap().1.range.clone()), (2, 95..96));
    }
}
