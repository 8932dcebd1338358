//! Drafting an edit from the text it edits.
//!
//! An improved selection is mostly the selection, so the selection's own tokens are the draft: they are followed from the
//! start, and after each divergence the place is found again by the last few generated tokens, first in what follows the
//! current place, then anywhere. The model verifies a whole draft in one call and only what it would have chosen itself is
//! kept, so the answer is the same as without drafts. How long a draft is worth its cost depends on how often drafts were
//! right lately and on what a batch costs on this machine; both are measured.
//!
//! Another answer to the same question is mostly the one before it, so the last answers are sources too.

use std::collections::VecDeque;

use crate::{
    costs::StepCosts,
    llama::{self, Token},
};

/// Longest draft.
pub const MAX_DRAFT: usize = 31;
/// Most generated tokens compared to find the place again.
const MAX_MATCH: usize = 4;
/// Tokens that were right in a row before a place counts as found, and as well found.
const FOUND: usize = 4;
const WELL_FOUND: usize = 16;
/// Tokens that ggml multiplies repacked weights with at once; each token over a multiple of it costs as much as a step of its own
/// (`forward_mul_mat` in llama.cpp's ggml-cpu/repack.cpp). Our own kernels know no such groups.
const GROUP: usize = 4;
/// Draft lengths that are weighed against each other: mostly whole groups, less the token before the draft.
const LENGTHS: [usize; 8] = [0, 1, 3, 7, 11, 15, 23, MAX_DRAFT];
/// How far after a divergence a single token is looked for.
const NEAR: usize = 24;
/// How fast old verdicts are forgotten, per verdict: what is learned of one answer serves the next.
const FORGET: f64 = 0.99;

/// Most answers that are remembered: as many as a request asks for before it is answered well.
const MAX_EARLIER: usize = 4;
/// Longer answers are not remembered: they are looked through at each divergence.
const MAX_EARLIER_TOKENS: usize = 2048;

/// The last answers, oldest first.
#[derive(Default)]
pub struct RecentAnswers(VecDeque<Vec<Token>>);

impl RecentAnswers {
    /// What an answer may repeat: `likely`, then the earlier answers.
    pub fn after(&self, likely: &[Token]) -> Vec<Token> {
        likely.iter().chain(self.0.iter().flatten()).copied().collect()
    }

    /// Remembers an answer, unless it is the beginning of `likely`, too long, or known.
    pub fn remember(&mut self, answer: Vec<Token>, likely: &[Token]) {
        let known = likely.starts_with(&answer) || self.0.contains(&answer);
        if known || answer.len() > MAX_EARLIER_TOKENS {
            return;
        }
        if self.0.len() == MAX_EARLIER {
            self.0.pop_front();
        }
        self.0.push_back(answer);
    }
}

/// Follows a source text and proposes what comes next.
pub struct Drafter<'a> {
    source: &'a [Token],
    /// Next token of the source, when the answer follows it.
    place: Option<usize>,
    /// Generated tokens since the last divergence; `None`: the place is a guess.
    following: Option<usize>,
    /// Where the source was left, to search from there first.
    left_at: usize,
}

/// How often drafts were right lately, by how well their place was found. Lives as long as the model: people ask alike.
pub struct AcceptanceStats([Confidence; 4]);

impl Default for AcceptanceStats {
    /// Begins with what edits of small functions showed (`bench edits`).
    fn default() -> Self {
        let confidence = |(rate, verdicts)| Confidence::new(rate, verdicts);
        AcceptanceStats([(0.4, 12.0), (0.7, 12.0), (0.9, 12.0), (0.98, 24.0)].map(confidence))
    }
}

impl<'a> Drafter<'a> {
    /// Drafts from `source` for an answer of which `answered` is there already. With `follows`, an answer is expected to
    /// begin as the source does.
    pub fn new(source: &'a [Token], follows: bool, answered: &[Token]) -> Self {
        let mut drafter = Drafter {
            source,
            place: follows.then_some(0),
            // Most edits leave the first line as it is: the beginning counts as a place well found.
            following: follows.then_some(WELL_FOUND),
            left_at: 0,
        };
        if !answered.is_empty() {
            drafter.left_at = answered.len().min(source.len());
            drafter.search(answered);
        }
        drafter
    }

    /// Tokens to verify next, at most `most`; empty when drafting does not pay now.
    pub fn draft(
        &self,
        habits: &AcceptanceStats,
        costs: &StepCosts,
        threads: u32,
        most: usize,
    ) -> &'a [Token] {
        let Some(place) = self.place else { return &[] };
        let rest = &self.source[place..];
        let most = most.min(rest.len()).min(MAX_DRAFT);
        &rest[..self.best_length(habits, costs, threads, most)]
    }

    /// The length with the most expected tokens per millisecond. With acceptance `p` for each token, a draft of `n` yields
    /// 1 + p + … + p^n tokens (Leviathan et al. 2023, equation 1).
    fn best_length(&self, habits: &AcceptanceStats, costs: &StepCosts, threads: u32, most: usize) -> usize {
        let p = habits.0[self.well_found()].rate();
        let gain = |n: usize| (1.0 - p.powi(n as i32 + 1)) / (1.0 - p);
        let speed = |n: usize| gain(n) / costs.weigh(threads, whole_groups(n + 1));
        let lengths = LENGTHS.iter().copied().filter(|n| *n <= most).chain([most]);
        lengths.max_by(|a, b| speed(*a).total_cmp(&speed(*b))).unwrap_or(0)
    }

    /// Index into [`AcceptanceStats`].
    fn well_found(&self) -> usize {
        self.following
            .map_or(0, |tokens| 1 + usize::from(tokens >= FOUND) + usize::from(tokens >= WELL_FOUND))
    }

    /// `verified` of the drafted tokens were right; `answer` is all that was generated, the verified ones and the one
    /// after them included.
    pub fn learn(&mut self, habits: &mut AcceptanceStats, verified: usize, answer: &[Token]) {
        let Some(last) = answer.last() else { return };
        let Some(next) = self.place.map(|place| place + verified) else {
            self.search(answer);
            return;
        };
        // Drafted or not, the token at the place was right or wrong.
        let goes_on = self.source.get(next) == Some(last);
        let wrong = !goes_on && next < self.source.len();
        habits.0[self.well_found()].learn(verified + usize::from(goes_on), wrong);
        if goes_on {
            self.following = Some(self.following.unwrap_or(0) + verified + 1);
            self.place = Some(next + 1);
        } else {
            if self.following.is_some() || verified > 0 {
                self.left_at = next;
            }
            self.search(answer);
        }
    }

    /// Looks for the place again: by some tokens, else by the last one close by, else where it is if that token replaces one.
    fn search(&mut self, answer: &[Token]) {
        let found = self.find(answer);
        self.following = found.map(|_| 0);
        let near = || {
            let near = self.source.iter().skip(self.left_at).take(NEAR);
            near.zip(self.left_at..).find(|(token, _)| Some(*token) == answer.last()).map(|(_, at)| at + 1)
        };
        self.place =
            found.or_else(near).or(Some(self.left_at + 1)).filter(|place| *place < self.source.len());
    }

    /// The place after the longest match of the answer's end, nearest after where the source was left.
    fn find(&self, answer: &[Token]) -> Option<usize> {
        (2..=MAX_MATCH.min(answer.len()))
            .rev()
            .find_map(|length| self.find_end(&answer[answer.len() - length..]))
    }

    fn find_end(&self, end: &[Token]) -> Option<usize> {
        let matches = |at: &usize| self.source[*at..].starts_with(end);
        let last_start = (self.source.len() + 1).checked_sub(end.len())?;
        let from = self.left_at.saturating_sub(end.len()).min(last_start);
        let found = (from..last_start).find(matches).or_else(|| (0..from).rev().find(matches))?;
        Some(found + end.len())
    }
}

/// A number of tokens, rounded up to whole groups where that costs nothing; one token alone is a step of its own kind.
pub fn whole_groups(tokens: usize) -> usize {
    if tokens <= 1 || llama::own_kernels() { tokens } else { tokens.next_multiple_of(GROUP) }
}

/// How often a drafted token was right, lately.
struct Confidence {
    right: f64,
    wrong: f64,
}

impl Confidence {
    /// Begins with a guess that counts as this many verdicts.
    fn new(guess: f64, verdicts: f64) -> Self {
        Confidence { right: verdicts * guess, wrong: verdicts * (1.0 - guess) }
    }

    fn rate(&self) -> f64 {
        (self.right / (self.right + self.wrong)).clamp(0.02, 0.995)
    }

    fn learn(&mut self, right: usize, wrong: bool) {
        let verdicts = right + usize::from(wrong);
        let keep = FORGET.powi(verdicts as i32);
        self.right = self.right * keep + right as f64;
        self.wrong = self.wrong * keep + f64::from(u8::from(wrong));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn costs(one: u64, many: u64) -> StepCosts {
        let mut costs = StepCosts::default();
        costs.learn(1, 1, Duration::from_millis(one));
        costs.learn(1, 16, Duration::from_millis(many));
        costs
    }

    /// Runs a drafter against a fixed answer; answers the number of calls to the model.
    fn calls(source: &[Token], answer: &[Token], costs: &StepCosts) -> usize {
        let mut drafter = Drafter::new(source, true, &[]);
        let mut habits = AcceptanceStats::default();
        let mut done = 0;
        let mut calls = 0;
        while done < answer.len() {
            let draft = drafter.draft(&habits, costs, 1, answer.len() - done - 1).to_vec();
            let verified = draft.iter().zip(&answer[done..]).take_while(|(a, b)| a == b).count();
            done += verified + 1;
            calls += 1;
            drafter.learn(&mut habits, verified, &answer[..done]);
        }
        calls
    }

    #[test]
    fn an_unchanged_selection_needs_a_fraction_of_the_calls() {
        let source: Vec<Token> = (0..200).collect();
        assert!(calls(&source, &source, &costs(70, 180)) <= 200 / 10);
    }

    #[test]
    fn it_finds_its_place_again_after_changed_inserted_and_removed_tokens() {
        let source: Vec<Token> = (0..200).collect();
        let mut answer = source.clone();
        answer[50] = 9000;
        answer.splice(100..100, [9001, 9002, 9003]);
        answer.drain(150..160);
        let needed = calls(&source, &answer, &costs(70, 180));
        assert!(needed < 50, "{needed} calls for {} tokens", answer.len());
    }

    #[test]
    fn an_answer_that_is_resumed_is_followed_from_where_it_stopped() {
        let source: Vec<Token> = (0..200).collect();
        let drafter = Drafter::new(&source, true, &source[..120]);
        let costs = costs(70, 180);
        let draft = drafter.draft(&AcceptanceStats::default(), &costs, 1, 31);
        assert!(!draft.is_empty() && source[120..].starts_with(draft), "{draft:?}");
    }

    #[test]
    fn a_wholly_different_answer_stops_drafting() {
        let source: Vec<Token> = (0..200).collect();
        let answer: Vec<Token> = (0..200).map(|n| 5000 + n * 7).collect();
        let mut drafter = Drafter::new(&source, true, &[]);
        let mut habits = AcceptanceStats::default();
        let mut drafted = 0;
        for done in 1..=answer.len() {
            let draft = drafter.draft(&habits, &costs(70, 180), 1, 31).len();
            drafted += draft;
            drafter.learn(&mut habits, 0, &answer[..done]);
        }
        assert!(drafted < 64, "{drafted} tokens drafted for nothing");
    }

    #[test]
    fn drafts_are_short_where_a_batch_costs_as_much_as_its_tokens() {
        let source: Vec<Token> = (0..100).collect();
        let length = |many| {
            let drafter = Drafter::new(&source, true, &[]);
            drafter.draft(&AcceptanceStats::default(), &costs(70, many), 1, 31).len()
        };
        let (cheap, dear) = (length(100), length(1400));
        assert!(cheap > 7 && dear == 0, "{cheap} {dear}");
    }
}
