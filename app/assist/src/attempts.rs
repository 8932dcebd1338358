//! Asking again. A small model often gives code back as it is, or changes the wrong thing. So an answer is judged, and when
//! it is not good enough the model is asked in another way, a few times at most; the first proposal that passes ends it.
//!
//! Pure: what to ask next follows from the proposals so far. Window and headless commands run the same plan.

use ipc::protocol::{Approach, CodeContext, Sampling};

use super::answer::AnswerVerdict;
use super::behaviour::{BehaviourDifference, ChangedResults};
use super::check::{EditTarget, Proposal, RunResults};
use super::examples::ExampleResult;
use super::proof::Proof;
use super::proof::promise::PromiseState;
use super::wish::{Wish, wants_fix};

/// Two answers agree when they are this much alike. The rest is for what differs by itself, as the order of a set does.
const AGREED: f64 = 0.9;
/// Turns for what the checker says, in one request.
const MAX_REPAIRS: u32 = 2;

/// How much may be done for one request: each ingredient that makes a good answer likelier, as a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptPolicy {
    /// Ask again in another way when an answer changes nothing or is known to be wrong.
    pub again: bool,
    /// The grammar speaks against an answer that breaks the parse.
    pub grammar: bool,
    /// The language's checker is asked. The user has to allow it for the project.
    pub check: bool,
    /// Further answers with some chance in them, as long as none passes.
    pub alternatives: u32,
    /// Run the examples of the documentation. The user has to allow it for the project.
    pub examples: bool,
    /// A fix that no example speaks of is taken once two answers do the same; they are run where examples may be.
    pub agreement: bool,
}

impl AttemptPolicy {
    /// One question, one answer.
    pub const ONCE: AttemptPolicy = AttemptPolicy { again: false, alternatives: 0, ..AttemptPolicy::USUAL };
    /// What is done without being asked for.
    pub const USUAL: AttemptPolicy = AttemptPolicy {
        again: true,
        grammar: true,
        check: false,
        alternatives: 3,
        examples: false,
        agreement: true,
    };
}

/// One question of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// What to ask.
    pub code: CodeContext,
    /// How to choose tokens.
    pub sampling: Sampling,
}

/// A way to ask.
#[derive(Clone, Copy, Debug, PartialEq)]
enum AskStrategy {
    Change,
    Anew,
    Wrong,
}

/// A request with all its proposals.
#[derive(Clone, Debug)]
pub struct Attempts {
    code: CodeContext,
    sampling: Sampling,
    policy: AttemptPolicy,
    plan: Vec<(AskStrategy, f32)>,
    head: Option<String>,
    finding: Option<String>,
    /// What was wrong with the form of an answer, until the model was told once.
    slip: Option<String>,
    slipped: bool,
    /// What became of the examples before; `None` until it is known.
    baseline: Option<Vec<ExampleResult>>,
    wants_fix: bool,
    /// The wish is about what callers see.
    means_signature: bool,
    /// Results that differ from those of the code as it is are a mistake.
    keeps: bool,
    /// The answer given last, and what running or checking it showed against it, until the model was told.
    refuted: Option<(String, String)>,
    /// How often the model was sent back to an answer for what the checker said.
    repairs: u32,
    proposals: Vec<Proposal>,
    asked: usize,
}

impl Attempts {
    /// The plan for a request.
    pub fn new(
        code: CodeContext,
        sampling: Sampling,
        target: &EditTarget,
        policy: AttemptPolicy,
    ) -> Attempts {
        let wants_fix = wants_fix(&code.instruction);
        let keeps = Wish::of(&code).keeps;
        let means_signature = means_signature(&code.instruction);
        let first = matches!(code.approach, Approach::Change);
        let head = target.head().filter(|_| first && wants_fix);
        let mut plan = vec![(AskStrategy::Change, sampling.temperature)];
        if policy.again {
            let way = if head.is_some() { AskStrategy::Anew } else { AskStrategy::Wrong };
            // What is not asked in another way must not be asked the same way without any chance in it.
            plan.push((way, if first { 0.0 } else { 0.4 }));
        }
        let further = [
            (AskStrategy::Anew, 0.6),
            (AskStrategy::Wrong, 0.5),
            (AskStrategy::Anew, 0.8),
            (AskStrategy::Change, 0.8),
        ];
        let others = further.into_iter().filter(|(way, _)| *way != AskStrategy::Anew || head.is_some());
        plan.extend(others.take(policy.alternatives as usize));
        Attempts {
            code,
            sampling,
            policy,
            plan,
            head,
            finding: None,
            slip: None,
            slipped: false,
            baseline: None,
            wants_fix,
            means_signature,
            keeps,
            refuted: None,
            repairs: 0,
            proposals: Vec::new(),
            asked: 0,
        }
    }

    /// Must it be known what becomes of the examples before anything is changed, to judge this proposal or to ask further?
    pub fn wants_baseline(&self, proposal: &Proposal) -> bool {
        self.baseline.is_none() && !(self.wants_fix && self.passes(proposal))
    }

    /// Is that known?
    pub fn knows_baseline(&self) -> bool {
        self.baseline.is_some()
    }

    /// What becomes of the examples before anything is changed, and the finding that the model is told.
    pub fn set_baseline(&mut self, held: Vec<ExampleResult>, finding: Option<String>) {
        self.finding = finding;
        self.baseline = Some(held);
    }

    /// The next question; `None` when a proposal passes or the plan is through.
    pub fn next_ask(&mut self) -> Option<Ask> {
        // Where nothing has to be wrong with the code, giving it back twice is an answer.
        let settled = !self.wants_fix
            && self.proposals.len() > 1
            && self.proposals.iter().all(|proposal| proposal.verdict == AnswerVerdict::Unchanged);
        if settled || self.proposals.iter().any(|proposal| self.passes(proposal)) {
            return None;
        }
        self.ask()
    }

    /// The next question of the plan whether or not a proposal passes: the user wants another one.
    pub fn ask(&mut self) -> Option<Ask> {
        let (way, temperature) = *self.plan.get(self.asked)?;
        self.asked += 1;
        let slip = self.slip.take();
        let approach = match (way, &self.head) {
            _ if self.refuted.is_some() => self.with_refutation(),
            (AskStrategy::Change, _) if slip.is_none() => self.code.approach.clone(),
            (AskStrategy::Anew, Some(head)) if slip.is_none() => Approach::Rewrite(head.clone()),
            _ => match &self.code.approach {
                Approach::Change => {
                    let known = slip.into_iter().chain(self.finding.clone()).collect::<Vec<_>>().join(" ");
                    Approach::WithFindings(
                        Some(known).filter(|known| !known.is_empty()).unwrap_or_else(|| self.doubt()),
                    )
                }
                other => other.clone(),
            },
        };
        let seed = self.sampling.seed.wrapping_add(self.asked as u32 - 1);
        Some(Ask {
            code: CodeContext { approach, ..self.code.clone() },
            sampling: Sampling { temperature, seed, ..self.sampling.clone() },
        })
    }

    /// The conversation continues with the answer that was run, and what that showed.
    fn with_refutation(&mut self) -> Approach {
        let before = match &self.code.approach {
            Approach::FollowUp(turns) => turns.clone(),
            _ => Vec::new(),
        };
        Approach::FollowUp(before.into_iter().chain(self.refuted.take()).collect())
    }

    fn doubt(&self) -> String {
        if self.proposals.last().is_some_and(|last| last.verdict == AnswerVerdict::Empty) {
            "An earlier answer was empty.".into()
        } else if self.wants_fix {
            "The code above does not do what it should.".into()
        } else {
            "An answer that gave the code back as it is was not accepted.".into()
        }
    }

    /// Takes the answer to the question asked last.
    pub fn learn(&mut self, proposal: Proposal) {
        let known = match &proposal {
            Proposal { checked: Some(Err(said)), .. } => {
                Some(format!("An earlier answer did not pass a check: {said}."))
            }
            _ => None,
        };
        // Of an answer that is the code as it was, its behaviour is the code's: known, but nothing to go back to.
        let unchanged = proposal.verdict == AnswerVerdict::Unchanged;
        let (observed, remark) = match &proposal.behaviour {
            Some(found) if unchanged => (found.observed(), None),
            Some(found) if self.keeps => (None, found.difference().map(BehaviourDifference::finding)),
            Some(found) if self.wants_fix => (None, found.nothing_mended()),
            _ => (None, None),
        };
        self.finding = self.finding.take().or(observed).or(known);
        let remark = self.repair(&proposal).or(remark);
        self.refuted = remark.map(|remark| (proposal.text.clone(), remark));
        let slip = match &proposal {
            Proposal { breaks: Some(broken), .. } if self.policy.grammar => {
                Some(format!("An earlier answer had a syntax error in the line `{}`.", broken.text))
            }
            Proposal { verdict: AnswerVerdict::Elided, .. } => Some(
                "An earlier answer left code out. Every line must be written, also those that stay.".into(),
            ),
            _ if self.changes_signature(&proposal) => {
                Some("The head of the function must stay as it is, for others call it.".into())
            }
            Proposal { promise: Some(PromiseState::Repaired(said) | PromiseState::Broken(said)), .. } => {
                Some(format!("{said} All else must be written exactly as it is."))
            }
            _ => None,
        };
        // Once: a model that does it again is asked in the other ways.
        if !self.slipped && slip.is_some() {
            (self.slip, self.slipped) = (slip, true);
        }
        self.proposals.push(proposal);
    }

    /// What the model is told about an answer that the checker does not take: it is often one word away from a good one. Not for ever:
    /// what it does not mend in a few turns is asked for in the other ways.
    fn repair(&mut self, proposal: &Proposal) -> Option<String> {
        let said = proposal.checked.as_ref()?.as_ref().err().filter(|_| self.repairs < MAX_REPAIRS)?;
        self.repairs += 1;
        let said = said.trim_end_matches('.');
        Some(format!("This does not pass a check: {said}. Correct that, and leave the rest as it is."))
    }

    /// What was asked first.
    pub fn code(&self) -> &CodeContext {
        &self.code
    }

    /// Questions asked so far, and how many there can be.
    pub fn count(&self) -> (usize, usize) {
        (self.asked, self.plan.len())
    }

    /// A proposal was run after it was shown.
    pub fn hold(&mut self, proposal: usize, ran: RunResults) {
        if let Some(proposal) = self.proposals.get_mut(proposal) {
            (proposal.held, proposal.behaviour) = (ran.held, ran.behaviour);
        }
    }

    /// All proposals, in the order they came.
    pub fn proposals(&self) -> &[Proposal] {
        &self.proposals
    }

    /// Nothing known speaks against it.
    pub fn passes(&self, proposal: &Proposal) -> bool {
        let judged = self.judged(proposal);
        // One that had to be repaired is good enough once the model was told and did no better.
        let was_told = self.proposals.len() > 1 || !self.policy.again;
        let kept = was_told || !matches!(proposal.promise, Some(PromiseState::Repaired(_)));
        is_usable(proposal)
            && !self.is_wrong(proposal)
            && !self.is_different(proposal)
            && !self.mends_nothing(proposal)
            && !self.changes_signature(proposal)
            && kept
            && judged.iter().all(|held| held.passed)
            && (!judged.is_empty() || self.is_agreed(proposal))
    }

    /// Did another answer do the same, where that is to be known?
    fn is_agreed(&self, proposal: &Proposal) -> bool {
        let asked_for = self.policy.agreement && self.wants_fix && !self.keeps;
        let Some(results) = results_of(proposal).filter(|_| asked_for) else { return true };
        let others = self.proposals.iter().filter(|other| !std::ptr::eq(*other, proposal));
        others
            .filter(|other| is_usable(other))
            .filter_map(results_of)
            .any(|other| results.likeness(other) >= AGREED)
    }

    /// How much of what it changes the answers change alike, itself among them: their likeness added up, in thousandths.
    fn agreeing(&self, proposal: &Proposal) -> u64 {
        let Some(results) = results_of(proposal) else { return 0 };
        let others = self.proposals.iter().filter(|other| is_usable(other)).filter_map(results_of);
        others.map(|other| (1000.0 * results.likeness(other)).round() as u64).sum()
    }

    /// What is asked for the checks speaks against it.
    fn is_wrong(&self, proposal: &Proposal) -> bool {
        proposal.is_wrong() && (self.policy.grammar || proposal.breaks.is_none())
    }

    /// Must the results stay as they are?
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// Does it change results that must stay?
    fn is_different(&self, proposal: &Proposal) -> bool {
        self.keeps && proposal.behaviour.as_ref().is_some_and(|found| found.difference().is_some())
    }

    /// Should it mend something, and changes no result?
    fn mends_nothing(&self, proposal: &Proposal) -> bool {
        let behaviour = proposal.behaviour.as_ref();
        self.wants_fix && !self.keeps && behaviour.is_some_and(|found| found.nothing_mended().is_some())
    }

    /// Does a fix change what callers see, which nobody asked for?
    fn changes_signature(&self, proposal: &Proposal) -> bool {
        let changed =
            matches!(&proposal.proof, Some(Proof::Functions(changed)) if changed.signature.is_some());
        changed && self.wants_fix && !self.means_signature
    }

    /// All examples that count hold, and there are some.
    pub fn examples_hold(&self, proposal: &Proposal) -> bool {
        let judged = self.judged(proposal);
        !judged.is_empty() && judged.iter().all(|held| held.passed)
    }

    /// The examples that count: for a fix all that run and are not doubted, else those that held before.
    fn judged<'a>(&self, proposal: &'a Proposal) -> Vec<&'a ExampleResult> {
        let before = self.baseline.as_deref().unwrap_or_default();
        let counts = |index: usize, held: &ExampleResult| {
            let wanted = self.wants_fix && !self.is_doubted(index);
            held.ran && (wanted || before.get(index).is_some_and(|before| before.passed))
        };
        proposal
            .held
            .iter()
            .enumerate()
            .filter(|(index, held)| counts(*index, held))
            .map(|(_, h)| h)
            .collect()
    }

    /// Is this example likely to be wrong itself? It did not hold before, and answers that differ agree on another value while
    /// they meet all other examples. Then it must not cost further attempts.
    fn is_doubted(&self, index: usize) -> bool {
        let failed_before =
            self.baseline.as_ref().and_then(|before| before.get(index)).is_some_and(|before| !before.passed);
        let meets_others = |proposal: &&Proposal| {
            let others =
                || proposal.held.iter().enumerate().filter(|(other, held)| *other != index && held.ran);
            is_usable(proposal) && others().next().is_some() && others().all(|(_, held)| held.passed)
        };
        let missed =
            |proposal: &&Proposal| proposal.held.get(index).is_some_and(|held| held.ran && !held.passed);
        let mut told = self.proposals.iter().filter(meets_others).filter(missed);
        let Some(first) = told.next().filter(|_| failed_before) else { return false };
        told.any(|other| other.text != first.text && other.held[index].got == first.held[index].got)
    }

    /// The proposal to show: the one that most speaks for, of equal ones the first.
    pub fn best(&self) -> Option<usize> {
        let worth = |proposal: &Proposal| {
            let held = self.judged(proposal).iter().filter(|held| held.passed).count();
            let kept = !matches!(proposal.promise, Some(PromiseState::Repaired(_)));
            (
                is_usable(proposal),
                !self.is_wrong(proposal),
                !self.is_different(proposal),
                held,
                !self.mends_nothing(proposal),
                !self.changes_signature(proposal),
                self.agreeing(proposal),
                kept,
                proposal.verdict == AnswerVerdict::Changed,
            )
        };
        (0..self.proposals.len()).rev().max_by_key(|index| worth(&self.proposals[*index]))
    }

    /// The proposals that can be chosen between: usable, each text once, in the order they came.
    pub fn choices(&self) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for (index, proposal) in self.proposals.iter().enumerate() {
            let known = found.iter().any(|other| self.proposals[*other].text == proposal.text);
            if is_usable(proposal) && !known {
                found.push(index);
            }
        }
        found
    }
}

/// Is a wish about what stands in the head of a function?
fn means_signature(instruction: &str) -> bool {
    const WORDS: [&str; 6] = ["signature", "parameter", "argument", "type", "return", "generic"];
    let said = instruction.to_lowercase();
    WORDS.iter().any(|word| said.contains(word))
}

/// What a proposal changes on the inputs that all were run on.
fn results_of(proposal: &Proposal) -> Option<&ChangedResults> {
    proposal.behaviour.as_ref()?.difference()?.results.as_ref()
}

fn is_usable(proposal: &Proposal) -> bool {
    proposal.verdict == AnswerVerdict::Changed && !proposal.incomplete
}

#[cfg(test)]
mod tests {
    use editor_core::Language;
    use ropey::Rope;

    use super::*;
    use crate::behaviour::{Behaviour, GivenResult, NOTHING_MENDED, SAME_RESULTS};
    use crate::check::BrokenLine;

    const CODE: &str = "def f(x):\n    \"\"\"Twice.\n    >>> f(2)\n    4\n    \"\"\"\n    return x\n";

    fn attempts(instruction: &str, policy: AttemptPolicy) -> Attempts {
        let target = EditTarget::new(Rope::from_str(CODE), 0..CODE.chars().count(), Language::Python, None);
        let code =
            CodeContext { selection: CODE.into(), instruction: instruction.into(), ..CodeContext::default() };
        Attempts::new(code, Sampling::default(), &target, policy)
    }

    fn proposal(text: &str, verdict: AnswerVerdict, held: &[bool]) -> Proposal {
        let held = held
            .iter()
            .map(|passed| ExampleResult { ran: true, passed: *passed, got: String::new() })
            .collect();
        Proposal {
            text: text.into(),
            verdict,
            incomplete: false,
            breaks: None,
            torn: vec![],
            held,
            checked: None,
            proof: None,
            promise: None,
            behaviour: None,
        }
    }

    fn ways(attempts: &mut Attempts, answers: &[Proposal]) -> String {
        let mut ways = String::new();
        for answer in answers {
            let Some(ask) = attempts.next_ask() else { break };
            ways += match ask.code.approach {
                Approach::Change => "c",
                Approach::WithFindings(_) => "w",
                Approach::Rewrite(_) => "a",
                Approach::FollowUp(_) => "f",
                Approach::Document { .. } => "d",
            };
            attempts.learn(answer.clone());
        }
        ways
    }

    #[test]
    fn what_passes_ends_it_and_what_does_not_is_asked_for_otherwise() {
        let same = || proposal(CODE, AnswerVerdict::Unchanged, &[]);
        let good = || proposal("good", AnswerVerdict::Changed, &[true]);
        let bad = |text: &str| proposal(text, AnswerVerdict::Changed, &[false]);
        let usual = AttemptPolicy { examples: true, ..AttemptPolicy::USUAL };
        let check = |instruction, policy, answers: &[Proposal], expected: &str, best| {
            let mut attempts = attempts(instruction, policy);
            assert_eq!((ways(&mut attempts, answers).as_str(), attempts.best()), (expected, best));
        };
        check("Fix it", usual, &[good(), good()], "c", Some(0));
        check("Fix it", usual, &[same(), good(), good()], "ca", Some(1));
        check("Fix it", usual, &[bad("1"), bad("2"), good(), good()], "caa", Some(2));
        check("Fix it", usual, &[bad("1"), same(), same(), same(), same(), same()], "caawa", Some(0));
        check("Fix it", AttemptPolicy::ONCE, &[same(), good()], "c", Some(0));
        check("Add types", usual, &[same(), same(), good()], "cw", Some(0));
        check("Add types", usual, &[bad("1"), good()], "c", Some(0));
    }

    #[test]
    fn without_a_wish_to_fix_only_examples_that_held_before_count() {
        let wrong = proposal("x", AnswerVerdict::Changed, &[false]);
        let mut plain = attempts("Add types", AttemptPolicy::USUAL);
        assert!(plain.passes(&wrong), "nobody knows whether it held before");
        plain.set_baseline(vec![ExampleResult { ran: true, passed: true, got: String::new() }], None);
        assert!(!plain.passes(&wrong));
        assert!(!attempts("Fix it", AttemptPolicy::USUAL).passes(&wrong));
        let right = proposal("x", AnswerVerdict::Changed, &[true]);
        let wants =
            |instruction, proposal| attempts(instruction, AttemptPolicy::USUAL).wants_baseline(proposal);
        assert_eq!(
            [wants("Fix it", &right), wants("Fix it", &wrong), wants("Add types", &right)],
            [false, true, true]
        );
        assert!(!plain.wants_baseline(&wrong), "it is known");
    }

    #[test]
    fn what_a_checker_says_is_told_and_what_it_likes_is_preferred() {
        let mut attempts = attempts("Add types", AttemptPolicy::USUAL);
        let bad = Proposal {
            checked: Some(Err("SyntaxError: no".into())),
            ..proposal("a", AnswerVerdict::Changed, &[])
        };
        attempts.next_ask();
        assert!(!attempts.passes(&bad));
        attempts.learn(bad);
        let Some(Ask { code, .. }) = attempts.next_ask() else { panic!() };
        let Approach::FollowUp(turns) = code.approach else { panic!("{:?}", code.approach) };
        assert!(
            matches!(&turns[..], [(answer, told)] if answer == "a" && told.contains("SyntaxError: no.")),
            "{turns:?}"
        );
        attempts.learn(Proposal { checked: Some(Ok(())), ..proposal("b", AnswerVerdict::Changed, &[]) });
        assert_eq!((attempts.next_ask(), attempts.best()), (None, Some(1)));
    }

    #[test]
    fn an_answer_that_does_not_pass_a_check_is_sent_back_twice_at_most() {
        let bad = |text| Proposal {
            checked: Some(Err("no such name".into())),
            ..proposal(text, AnswerVerdict::Changed, &[])
        };
        let mut attempts = attempts("Fix it", AttemptPolicy::USUAL);
        assert_eq!(ways(&mut attempts, &["a", "b", "c", "d", "e"].map(bad)), "cffwa");
    }

    #[test]
    fn what_the_code_gives_is_told_when_it_came_back_as_it_was() {
        let given = vec![GivenResult { call: "f(2)".into(), result: "2".into() }];
        let unchanged = Proposal {
            behaviour: Some(Behaviour::Same { inputs: 200, speed: None, given }),
            ..proposal(CODE, AnswerVerdict::Unchanged, &[])
        };
        let mut attempts = attempts("Fix it", AttemptPolicy::USUAL);
        let mut found = None;
        while let Some(ask) = attempts.next_ask() {
            assert!(!matches!(ask.code.approach, Approach::FollowUp(_)), "it has no answer to go back to");
            if let Approach::WithFindings(told) = ask.code.approach {
                found.get_or_insert(told);
            }
            attempts.learn(unchanged.clone());
        }
        assert_eq!(found.as_deref(), Some("As it is, `f(2)` gives `2`."));
    }

    #[test]
    fn a_fix_that_changes_no_result_is_asked_for_again_and_told_so() {
        let ran = |text, behaviour| Proposal {
            behaviour: Some(behaviour),
            ..proposal(text, AnswerVerdict::Changed, &[])
        };
        let same = ran("same", Behaviour::Same { inputs: 200, speed: None, given: vec![] });
        let difference = BehaviourDifference {
            call: "f(1)".into(),
            old: "1".into(),
            new: "2".into(),
            inputs: 200,
            results: None,
        };
        let mended = ran("mended", Behaviour::Differs(difference));
        let few = ran("few", Behaviour::Same { inputs: 2, speed: None, given: vec![] });
        for (instruction, answers, ways_asked, best) in [
            ("Fix it", [same.clone(), mended.clone()], "cf", Some(1)),
            ("Fix it", [mended.clone(), same.clone()], "c", Some(0)),
            ("Fix it", [few, mended.clone()], "c", Some(0)),
            ("Make it shorter, and keep what it does", [same.clone(), mended], "c", Some(0)),
        ] {
            let mut attempts = attempts(instruction, AttemptPolicy::USUAL);
            assert_eq!((ways(&mut attempts, &answers).as_str(), attempts.best()), (ways_asked, best));
        }
        let mut fix = attempts("Fix it", AttemptPolicy::USUAL);
        fix.next_ask();
        fix.learn(same.clone());
        let Some(Approach::FollowUp(turns)) = fix.next_ask().map(|ask| ask.code.approach) else {
            panic!("the model is not told")
        };
        assert!(
            matches!(&turns[..], [(answer, told)] if answer == "same" && told.starts_with(NOTHING_MENDED))
        );
        // When nothing better comes it is shown all the same.
        fix.learn(same);
        assert_eq!(fix.best(), Some(0));
    }

    #[test]
    fn a_fix_that_changes_what_callers_see_is_asked_for_again_unless_that_was_meant() {
        let text = Rope::from_str(CODE);
        let target = EditTarget::new(text.clone(), 0..text.len_chars(), Language::Python, None);
        let judged = |answer: &str| {
            let context = CodeContext {
                selection: CODE.into(),
                instruction: "Fix it".into(),
                ..CodeContext::default()
            };
            let mut cleaned = target.answer(&context);
            cleaned.push(answer);
            target.judge(&cleaned, false, false)
        };
        let other = judged(&CODE.replace("def f(x)", "def f(x, y)").replace("return x", "return x * y"));
        let same = judged(&CODE.replace("return x", "return x * 2"));
        for (instruction, ways_asked, best) in
            [("Fix it", "cw", Some(1)), ("Fix the missing parameter", "c", Some(0))]
        {
            let mut attempts = attempts(instruction, AttemptPolicy::USUAL);
            let answers = [other.clone(), same.clone()];
            assert_eq!((ways(&mut attempts, &answers).as_str(), attempts.best()), (ways_asked, best));
        }
    }

    #[test]
    fn of_fixes_that_nothing_judges_the_one_is_taken_that_two_answers_agree_on() {
        let ran = |text, results: Vec<u32>| {
            let (call, old, new) = ("f(1)".into(), "1".into(), "2".into());
            let results = Some(ChangedResults(results));
            let found = BehaviourDifference { call, old, new, inputs: 200, results };
            Proposal {
                behaviour: Some(Behaviour::Differs(found)),
                ..proposal(text, AnswerVerdict::Changed, &[])
            }
        };
        let all = |name| vec![name; 20];
        let order = [&[7][..], &[2; 19]].concat();
        let answers = [ran("a", all(1)), ran("b", all(2)), ran("c", order), ran("d", all(1))];
        for (agreement, asked, best) in [(true, 3, Some(1)), (false, 1, Some(0))] {
            let mut attempts = attempts("Fix it", AttemptPolicy { agreement, ..AttemptPolicy::USUAL });
            assert_eq!(ways(&mut attempts, &answers).len(), asked);
            assert_eq!(attempts.best(), best);
        }
        // Examples that hold say more.
        let held = Proposal { held: proposal("", AnswerVerdict::Changed, &[true]).held, ..ran("e", all(5)) };
        let mut judged = attempts("Fix it", AttemptPolicy::USUAL);
        assert_eq!(ways(&mut judged, &[held, ran("f", all(6))]).len(), 1);
        // None agree: the one is taken that has most in common with the others.
        let half = [vec![3; 10], vec![4; 10]].concat();
        let answers = [ran("a", all(1)), ran("b", all(3)), ran("c", half)];
        let mut attempts = attempts("Fix it", AttemptPolicy { alternatives: 1, ..AttemptPolicy::USUAL });
        assert_eq!((ways(&mut attempts, &answers).len(), attempts.best()), (3, Some(1)));
    }

    #[test]
    fn an_example_that_different_answers_contradict_alike_costs_no_further_attempts() {
        let held = |passed: bool, got: &str| ExampleResult { ran: true, passed, got: got.into() };
        let usual = AttemptPolicy { examples: true, ..AttemptPolicy::USUAL };
        let check = |got: [&str; 2], expected: &str| {
            let mut fix = attempts("Fix it", usual);
            fix.set_baseline(vec![held(false, "0"), held(false, "0")], None);
            let answers =
                [("a", got[0]), ("b", got[1]), ("c", "9"), ("d", "10"), ("e", "11")].map(|(text, got)| {
                    Proposal {
                        held: vec![held(true, "1"), held(false, got)],
                        ..proposal(text, AnswerVerdict::Changed, &[])
                    }
                });
            assert_eq!(ways(&mut fix, &answers), expected);
        };
        check(["5", "5"], "ca");
        check(["5", "6"], "caawa");
    }

    #[test]
    fn what_breaks_the_grammar_is_asked_for_again_where_the_grammar_counts() {
        let at = BrokenLine { line: 0, text: "def f(:".into() };
        let broken = Proposal { breaks: Some(at), ..proposal("a", AnswerVerdict::Changed, &[]) };
        let good = proposal("b", AnswerVerdict::Changed, &[]);
        let asked =
            |policy| ways(&mut attempts("Fix it", policy), &[broken.clone(), broken.clone(), good.clone()]);
        assert_eq!(asked(AttemptPolicy::USUAL), "cwa", "told once, then asked in the other ways");
        assert_eq!(asked(AttemptPolicy { grammar: false, ..AttemptPolicy::USUAL }), "c");
    }

    /// What the model is told after an answer.
    fn told_after(instruction: &str, answer: Proposal) -> String {
        let mut attempts = attempts(instruction, AttemptPolicy::USUAL);
        attempts.next_ask();
        attempts.learn(answer);
        match attempts.next_ask().map(|ask| ask.code.approach) {
            Some(Approach::WithFindings(told)) => told,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_model_is_told_what_was_wrong_with_its_answer() {
        let at = BrokenLine { line: 0, text: "def f(:".into() };
        let broken = Proposal { breaks: Some(at), ..proposal("a", AnswerVerdict::Changed, &[]) };
        for instruction in ["Fix it", "Add types"] {
            assert!(told_after(instruction, broken.clone()).contains("syntax error in the line `def f(:`"));
            let elided = proposal(CODE, AnswerVerdict::Elided, &[]);
            assert!(told_after(instruction, elided).contains("left code out"));
        }
        assert!(told_after("Add types", proposal(CODE, AnswerVerdict::Empty, &[])).contains("was empty"));
        assert!(told_after("Add types", proposal(CODE, AnswerVerdict::Unchanged, &[])).contains("as it is"));
    }

    #[test]
    fn results_that_differ_are_asked_for_again_where_they_must_stay() {
        let difference = BehaviourDifference {
            call: "f([])".into(),
            old: "0".into(),
            new: "raises ValueError".into(),
            inputs: 90,
            results: None,
        };
        let other = Proposal {
            behaviour: Some(Behaviour::Differs(difference)),
            ..proposal("other", AnswerVerdict::Changed, &[])
        };
        let same = Proposal {
            behaviour: Some(Behaviour::Same { inputs: 90, speed: None, given: vec![] }),
            ..proposal("same", AnswerVerdict::Changed, &[])
        };
        let answers = [other.clone(), same.clone(), same.clone()];
        for (instruction, ways_asked, best) in
            [("Make it simpler", "cf", Some(1)), ("Make it faster", "cf", Some(1)), ("Fix it", "c", Some(0))]
        {
            let mut attempts = attempts(instruction, AttemptPolicy::USUAL);
            assert_eq!((ways(&mut attempts, &answers).as_str(), attempts.best()), (ways_asked, best));
        }
        let mut simpler = attempts("Make it simpler", AttemptPolicy::USUAL);
        simpler.next_ask();
        simpler.learn(other.clone());
        assert!(!simpler.passes(&other) && simpler.passes(&same));
        let Some(Approach::FollowUp(turns)) = simpler.next_ask().map(|ask| ask.code.approach) else {
            panic!("the model is not told")
        };
        let [(answer, told)] = &turns[..] else { panic!("{turns:?}") };
        assert!(answer == "other" && told.starts_with(SAME_RESULTS) && told.contains("`f([])`"), "{told}");
        simpler.learn(proposal("third", AnswerVerdict::Unchanged, &[]));
        let next = simpler.next_ask().map(|ask| ask.code.approach);
        assert!(!matches!(next, Some(Approach::FollowUp(_))), "told once: {next:?}");
        assert_eq!(simpler.best(), Some(0), "nothing better came");
    }

    #[test]
    fn each_text_is_a_choice_once() {
        let mut attempts = attempts("Fix it", AttemptPolicy::USUAL);
        for text in ["a", "a", "b"] {
            attempts.learn(proposal(text, AnswerVerdict::Changed, &[]));
        }
        attempts.learn(proposal("c", AnswerVerdict::Unchanged, &[]));
        assert_eq!(attempts.choices(), [0, 2]);
    }
}
