//! What is under way in the panel: a result whose file is being read, texts to search again, what would be replaced, and what is.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::Range;
use std::path::PathBuf;

use editor_core::{Change, Revision};
use ground::ids::TabId;
use ground::words::grouped;
use search::replace::WrittenFile;
use search::template::Replacement;
use search::{HitPlace, Matcher};

use super::{Places, SearchTurn};

/// A result whose file is on its way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AwaitedResult {
    pub(super) path: PathBuf,
    pub(super) range: Range<usize>,
    /// The keyboard stays in the list.
    pub(super) stays: bool,
    /// What would be replaced in it is to be reviewed.
    pub(super) reviews: bool,
}

/// Texts that changed since they were searched.
#[derive(Debug, Default)]
pub(super) struct ChangedTexts {
    pub(super) places: Places,
    /// Since when anything may have changed.
    pub(super) anything: Option<u64>,
    /// When the last one changed.
    pub(super) at: u64,
}

impl ChangedTexts {
    pub(super) fn note(&mut self, place: HitPlace, now: u64) {
        self.places.insert(place);
        self.at = now;
    }
}

/// What would come in the place of what was found.
#[derive(Debug, Default)]
pub struct Previews {
    /// The replacement, once it is understood; `None`: nothing is to be replaced.
    pub replacement: Option<Replacement>,
    pub(super) serial: u64,
    pub(super) known: HashMap<HitPlace, Result<Vec<Change>, String>>,
    pub(super) asked: BTreeSet<HitPlace>,
}

impl Previews {
    /// What is known of a text.
    pub fn of(&self, place: &HitPlace) -> Option<&Result<Vec<Change>, String>> {
        self.known.get(place)
    }

    /// Is something to be asked about a text?
    pub fn lacks(&self, place: &HitPlace) -> bool {
        self.replacement.is_some() && !self.known.contains_key(place) && !self.asked.contains(place)
    }

    /// Nothing is known of any text.
    pub(super) fn forget(&mut self) {
        self.serial += 1;
        self.known.clear();
        self.asked.clear();
    }

    /// Nothing is known of a text any more.
    pub(super) fn forget_one(&mut self, place: &HitPlace) {
        self.known.remove(place);
        self.asked.remove(place);
    }
}

/// What one replacement did.
#[derive(Debug, Default)]
pub(super) struct ReplaceDone {
    pub(super) files: Vec<WrittenFile>,
    pub(super) tabs: Vec<(TabId, Revision)>,
    pub(super) matches: usize,
}

impl ReplaceDone {
    pub(super) fn is_nothing(&self) -> bool {
        self.files.is_empty() && self.tabs.is_empty()
    }
}

/// What is being replaced, and what was.
#[derive(Debug, Default)]
pub struct Replacing {
    pub(super) serial: u64,
    /// Open texts whose turn comes.
    pub(super) queue: VecDeque<(HitPlace, Vec<Range<usize>>)>,
    /// With what.
    pub(super) with: Option<(Matcher, Replacement)>,
    /// Files are being written outside.
    pub(super) writes: bool,
    /// This many are to be.
    pub(super) wanted: usize,
    /// What the replacement under way has done.
    pub(super) done: ReplaceDone,
    /// What was not changed, and why.
    pub(super) failed: Vec<String>,
    /// What can be taken back.
    pub(super) undo: Vec<ReplaceDone>,
    /// Texts that are not searched again yet after they were changed.
    pub(super) busy: Places,
    /// What became of the last one, in words.
    pub(super) told: Option<String>,
    pub(super) turn: Option<SearchTurn>,
}

impl Replacing {
    /// Is something being replaced?
    pub fn is_running(&self) -> bool {
        self.writes || !self.queue.is_empty()
    }

    /// Are there open texts whose turn comes in the next frame?
    pub(super) fn has_turns(&self) -> bool {
        !self.queue.is_empty()
    }

    /// What is under way, or became of the last one: in words, and whether something failed.
    pub fn words(&self) -> Option<(String, bool)> {
        if self.is_running() {
            let done = self.done.files.len() + self.done.tabs.len() + self.failed.len();
            let (done, all) = (grouped(done as u64), grouped(self.wanted as u64));
            return Some((format!("Replacing: {done} of {all} files…"), false));
        }
        Some((self.told.clone()?, !self.failed.is_empty()))
    }

    /// Why files were not changed, each in a sentence.
    pub fn failures(&self) -> &[String] {
        &self.failed
    }

    /// Is there something to take back?
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty() && !self.is_running()
    }

    /// These were searched again.
    pub(super) fn settled(&mut self, places: &[HitPlace]) {
        self.busy.retain(|place| !places.contains(place));
    }
}
