//! Narrows a long list while somebody types: threads that go through it piece by piece, and the best so far at any moment.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nucleo_matcher::pattern::Pattern;
use nucleo_matcher::{Config, Matcher};
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::corpus::{Corpus, PIECE, Piece};
use super::{haystack, pattern, sorted};

/// This many rows are found at most, the best: more than anybody scrolls through.
pub const MAX_FOUND: usize = 200;
/// This many are looked at more closely before those are chosen.
const MAX_KEPT: usize = 2 * MAX_FOUND;
/// More threads than this hold up the window rather than help.
const MAX_THREADS: usize = 4;
/// What a word of the pattern in the file's own name is worth. A letter that matches is worth 16.
const IN_NAME: u32 = 24;

/// One of a list that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickMatch {
    /// Its number in the list.
    pub number: u32,
    /// Its chars that match, to be marked.
    pub marks: Vec<usize>,
}

/// How well one matches: the greater the better.
type Rank = (Reverse<bool>, u32, Reverse<u32>, Reverse<u32>);

/// What is looked for. Whoever works on it holds it, so that a newer one does not disturb.
struct Task {
    pattern: Pattern,
    pieces: Vec<Arc<Piece>>,
    /// What matched the shorter pattern before this one, by piece: nothing else can match.
    candidates: Vec<Option<Arc<Vec<u16>>>>,
    bonus: Arc<HashMap<u32, u32>>,
}

/// What is found so far.
#[derive(Default)]
struct State {
    task: Option<Arc<Task>>,
    generation: u64,
    /// The next piece to take, and how many are done.
    next: usize,
    done: usize,
    best: Vec<(Rank, u32)>,
    matched: usize,
    /// What matches, of the pieces that are done.
    by_piece: Vec<Option<Arc<Vec<u16>>>>,
    is_closed: bool,
    /// Only tests stop the threads.
    is_paused: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to do.
    wanted: Condvar,
    /// Everything is done.
    finished: Condvar,
}

/// Narrows one list. Dropping it ends its threads without waiting for them.
pub struct Finder {
    shared: Arc<Shared>,
    typed: String,
    corpus: Corpus,
    bonus: Arc<HashMap<u32, u32>>,
    config: Config,
}

impl std::fmt::Debug for Finder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Finder")
            .field("typed", &self.typed)
            .field("texts", &self.corpus.len())
            .finish_non_exhaustive()
    }
}

impl Finder {
    /// Starts its threads. `paths`: what begins behind a slash counts more. `wake` is called on them when all is found.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn new(paths: bool, wake: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        let config = if paths { Config::DEFAULT.match_paths() } else { Config::DEFAULT };
        let (shared, wake) = (Arc::<Shared>::default(), Arc::new(wake));
        // The window's own thread is to find a free core.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.saturating_sub(1).clamp(1, MAX_THREADS);
        for _ in 0..threads {
            let (shared, config, wake) = (Arc::clone(&shared), config.clone(), Arc::clone(&wake));
            thread::Builder::new()
                .name("quick open".to_owned())
                .spawn(move || work(&shared, config, &*wake))?;
        }
        let (typed, corpus) = (String::new(), Corpus::default());
        Ok(Self { shared, typed, corpus, bonus: Arc::default(), config })
    }

    /// Narrows this list from now on, by what is typed already. When it only grew, what was found stays until more is.
    pub fn set_corpus(&mut self, corpus: Corpus) {
        self.corpus = corpus;
        self.start(false);
    }

    /// What some texts are worth besides, by number: those that were open lately. A letter that matches is worth 16.
    pub fn set_bonus(&mut self, bonus: HashMap<u32, u32>) {
        self.bonus = Arc::new(bonus);
        self.start(false);
    }

    /// Narrows by this from now on. Words may stand in any order.
    pub fn set_typed(&mut self, typed: &str) {
        if typed == self.typed {
            return;
        }
        // A longer word matches less; a new one, or one that takes back what came before it, need not.
        let narrows = !self.typed.is_empty()
            && typed.starts_with(&self.typed)
            && !typed.contains(['!', '^', '$', '\'', '\\'])
            && !typed[self.typed.len()..].contains(char::is_uppercase);
        typed.clone_into(&mut self.typed);
        self.start(narrows);
    }

    fn start(&mut self, narrows: bool) {
        let mut state = self.shared.state.lock();
        let pieces = self.corpus.pieces.clone();
        let candidates = match state.task.take().filter(|task| narrows && task.pieces.len() == pieces.len()) {
            Some(task) => {
                let known = state.by_piece.iter().zip(&task.candidates);
                known.map(|(found, before)| found.clone().or_else(|| before.clone())).collect()
            }
            None => vec![None; pieces.len()],
        };
        let task = Task { pattern: pattern(&self.typed), candidates, bonus: Arc::clone(&self.bonus), pieces };
        let mut matcher = Matcher::new(self.config.clone());
        // What was found before may still match, and is shown until better is found.
        let before: Vec<u32> = state.best.iter().map(|(_, number)| *number).collect();
        let again = before.into_iter().filter_map(|number| {
            let text = self.corpus.text(number)?;
            let rank = rank(&task, &mut matcher, &mut Vec::new(), number, text, self.corpus.is_last(number))?;
            Some((rank, number))
        });
        let first: Vec<(Rank, u32)> = again.collect();
        *state = State {
            generation: state.generation + 1,
            by_piece: vec![None; task.pieces.len()],
            task: Some(Arc::new(task)),
            best: first,
            is_paused: state.is_paused,
            ..State::default()
        };
        self.shared.wanted.notify_all();
    }

    /// The list.
    #[must_use]
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// Its threads take nothing up any more.
    #[cfg(test)]
    pub(super) fn pause(&self) {
        self.shared.state.lock().is_paused = true;
    }

    /// Is all found?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.shared.state.lock().is_finished()
    }

    /// Waits until all is found, or that long. True when it is.
    pub fn wait(&self, most: Duration) -> bool {
        let mut state = self.shared.state.lock();
        self.shared.finished.wait_while_for(&mut state, |state| !state.is_finished(), most);
        state.is_finished()
    }

    /// How many match, so far.
    #[must_use]
    pub fn matched(&self) -> usize {
        self.shared.state.lock().matched
    }

    /// The best so far, at most [`MAX_FOUND`], the very best first. Costs less than a millisecond.
    #[must_use]
    pub fn found(&self) -> Vec<QuickMatch> {
        let best = self.shared.state.lock().best.clone();
        let (pattern, mut matcher) = (pattern(&self.typed), Matcher::new(self.config.clone()));
        let mut chars = Vec::new();
        let mut ranked: Vec<(Rank, u32)> = best
            .into_iter()
            .map(|((last, score, length, index), number)| {
                let text = self.corpus.text(number).unwrap_or_default();
                let name = text.rsplit('/').next().unwrap_or_default();
                let is_of_name =
                    |atom: &nucleo_matcher::pattern::Atom, chars: &mut Vec<char>, matcher: &mut Matcher| {
                        atom.score(haystack(name, chars), matcher).is_some()
                    };
                let in_name =
                    pattern.atoms.iter().filter(|atom| is_of_name(atom, &mut chars, &mut matcher)).count();
                ((last, score + IN_NAME * in_name as u32, length, index), number)
            })
            .collect();
        keep_best(&mut ranked, MAX_FOUND);
        ranked.sort_unstable_by_key(|(rank, _)| Reverse(*rank));
        let mut found = |number: u32| {
            let mut marks = Vec::new();
            let text = self.corpus.text(number).unwrap_or_default();
            pattern.indices(haystack(text, &mut chars), &mut matcher, &mut marks);
            QuickMatch { number, marks: sorted(marks) }
        };
        ranked.into_iter().map(|(_, number)| found(number)).collect()
    }
}

impl Drop for Finder {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.is_closed = true;
        state.generation += 1;
        self.shared.wanted.notify_all();
    }
}

impl State {
    fn is_finished(&self) -> bool {
        self.task.as_ref().is_none_or(|task| self.done == task.pieces.len())
    }

    /// A piece that nobody has taken, and what to do with it.
    fn take(&mut self) -> Option<(Arc<Task>, usize, u64)> {
        let task = self.task.as_ref().filter(|task| self.next < task.pieces.len() && !self.is_paused)?;
        let index = self.next;
        self.next += 1;
        Some((Arc::clone(task), index, self.generation))
    }
}

fn work(shared: &Shared, config: Config, wake: &dyn Fn()) {
    let (mut matcher, mut chars) = (Matcher::new(config), Vec::new());
    let mut state = shared.state.lock();
    while !state.is_closed {
        let Some((task, index, generation)) = state.take() else {
            shared.wanted.wait(&mut state);
            continue;
        };
        let (matching, best) =
            MutexGuard::unlocked(&mut state, || search(&task, index, &mut matcher, &mut chars));
        if state.generation != generation {
            continue;
        }
        state.matched += matching.len();
        state.by_piece[index] = Some(Arc::new(matching));
        // What was found in it before is found again, if it matches.
        state.best.retain(|(_, number)| *number as usize / PIECE != index);
        state.best.extend(best);
        keep_best(&mut state.best, MAX_KEPT);
        state.done += 1;
        if state.is_finished() {
            shared.finished.notify_all();
            MutexGuard::unlocked(&mut state, wake);
        }
    }
}

/// What matches in a piece, and the best of that.
fn search(
    task: &Task,
    index: usize,
    matcher: &mut Matcher,
    chars: &mut Vec<char>,
) -> (Vec<u16>, Vec<(Rank, u32)>) {
    let piece = &task.pieces[index];
    let (mut matching, mut best) = (Vec::new(), Vec::new());
    let mut try_one = |at: u16| {
        let number = (index * PIECE) as u32 + u32::from(at);
        let (text, last) = (piece.text(usize::from(at)), piece.is_last(usize::from(at)));
        if let Some(rank) = rank(task, matcher, chars, number, text, last) {
            matching.push(at);
            best.push((rank, number));
        }
    };
    match task.candidates.get(index).cloned().flatten() {
        Some(candidates) => candidates.iter().copied().for_each(&mut try_one),
        None => (0..piece.len() as u16).for_each(&mut try_one),
    }
    keep_best(&mut best, MAX_KEPT);
    (matching, best)
}

fn rank(
    task: &Task,
    matcher: &mut Matcher,
    chars: &mut Vec<char>,
    number: u32,
    text: &str,
    last: bool,
) -> Option<Rank> {
    let score = task.pattern.score(haystack(text, chars), matcher)?;
    let bonus = task.bonus.get(&number).copied().unwrap_or_default();
    Some((Reverse(last), score + bonus, Reverse(text.len() as u32), Reverse(number)))
}

/// Keeps this many of the best, in no order, each once.
fn keep_best(found: &mut Vec<(Rank, u32)>, count: usize) {
    if found.len() > count {
        found.select_nth_unstable_by_key(count - 1, |(rank, _)| Reverse(*rank));
        found.truncate(count);
    }
}
