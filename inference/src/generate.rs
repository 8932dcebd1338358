//! One answer: reuse what the KV cache has, prefill the rest, decode until the end.
//!
//! Generic over [`Decoder`], so that its rules are tested with a scripted model beside the real one.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use ipc::{
    jobs::{Stop, StopFlag},
    protocol::{Control, Failure, FailureKind, PromptReport, Sampling, StopReason, Usage},
};

use crate::{
    cache::Cache,
    costs::StepCosts,
    decoder::Decoder,
    llama::{DecodeError, Token},
    machine::LoadMeter,
    prompt::{Rendered, Slot},
    speculate::{AcceptanceStats, Drafter, RecentAnswers, whole_groups},
    states::ModelStates,
    text::{StopText, TextStream},
    threads::ThreadGovernor,
};

/// A step that takes this many times as long as expected has a thread without a core.
const STUCK: f64 = 4.0;
/// No step is called stuck before this.
const MIN_PATIENCE: Duration = Duration::from_millis(40);

/// A request as the generator sees it.
pub struct GenerateTask<'a> {
    /// The prompt.
    pub prompt: &'a Rendered,
    /// How to choose tokens.
    pub sampling: &'a Sampling,
    /// When to stop.
    pub ctrl: &'a Control,
    /// Draft from the prompt.
    pub speculate: bool,
    /// Raised when the answer is not wanted any more, or something else is wanted sooner.
    pub stop: &'a StopFlag,
    /// When the request arrived.
    pub received: Instant,
}

/// What happens while an answer is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Prefill begins.
    Ready(PromptReport),
    /// Prompt tokens computed so far, of all.
    Prefill(u32, u32),
    /// More text, and tokens generated so far.
    Delta(String, u32),
}

/// A decoder with what it remembers between requests.
pub struct Generator<D> {
    cache: Cache<D>,
    context: usize,
    micro_batch: usize,
    costs: StepCosts,
    habits: AcceptanceStats,
    /// Of edits.
    earlier: RecentAnswers,
    governor: ThreadGovernor,
    load: LoadMeter,
    started: Instant,
}

/// Ends an answer early, without being a failure.
enum Halt {
    Stop(StopReason),
    Fail(Failure),
}

impl<D: Decoder> Generator<D> {
    /// A generator for an empty context of `context` tokens that computes at most `micro_batch` at once. Prompts that were
    /// computed before are taken from `states`.
    pub fn new(
        decoder: D,
        context: usize,
        micro_batch: usize,
        governor: ThreadGovernor,
        states: Option<ModelStates>,
    ) -> Self {
        Generator {
            cache: Cache::new(decoder, context, states),
            context,
            micro_batch,
            costs: StepCosts::default(),
            habits: AcceptanceStats::default(),
            earlier: RecentAnswers::default(),
            governor,
            load: LoadMeter::new(),
            started: Instant::now(),
        }
    }

    /// Threads in use now.
    pub fn threads(&self) -> u32 {
        self.governor.threads()
    }

    /// The decoder.
    pub fn decoder(&self) -> &D {
        self.cache.decoder()
    }

    /// Computes a token, so that the weights are in memory, and forgets it. What it costs, with the memory's pages being made, says
    /// nothing about the steps to come.
    ///
    /// # Errors
    /// A device failure.
    pub fn warm(&mut self, token: Token) -> Result<(), Failure> {
        self.compute(&[token], 1, None).map_err(failure)?;
        self.cache.keep(0);
        Ok(())
    }

    /// Stores what was computed, because the model leaves memory.
    pub fn persist(&mut self) {
        self.cache.persist();
    }

    /// Computes a prompt, and no answer.
    ///
    /// # Errors
    /// A failure for the user.
    pub fn prime(&mut self, task: &GenerateTask<'_>) -> Result<(StopReason, Usage), Failure> {
        let prompt = &task.prompt.tokens;
        let mut usage = Usage { prompt_tokens: count(prompt.len()), ..Usage::default() };
        let begun = Instant::now();
        let common = self.cache.open(task.prompt.slot, prompt);
        usage.cached_tokens = count(common);
        self.begin_measuring();
        let primed = if common < prompt.len() {
            self.compute_prompt(task, common, &mut usage, &mut |_| {}).map(|_| ())
        } else {
            Ok(())
        };
        self.cache.store();
        usage.prefill_ms = ms(begun.elapsed());
        match primed {
            Ok(()) => Ok((StopReason::EndOfAnswer, usage)),
            Err(halt) => self.halted(halt, usage, task),
        }
    }

    /// Answers a task; `out` gets what happens.
    ///
    /// # Errors
    /// A failure for the user. The KV cache stays usable unless the device failed.
    pub fn run(
        &mut self,
        task: &GenerateTask<'_>,
        out: &mut dyn FnMut(Output),
    ) -> Result<(StopReason, Usage), Failure> {
        let mut usage = Usage { prompt_tokens: count(task.prompt.tokens.len()), ..Usage::default() };
        let begun = Instant::now();
        self.begin_measuring();
        let first = match self.prefill(task, &mut usage, out) {
            Ok(index) => index,
            Err(halt) => return self.halted(halt, usage, task),
        };
        self.cache.decoder_mut().begin(task.sampling);
        let Some(next) = self.cache.decoder_mut().sample(first) else { return Err(no_logits()) };
        usage.prefill_ms = ms(begun.elapsed());
        self.cache.store();
        usage.ttft_ms = ms(task.received.elapsed());
        let decoding = Instant::now();
        let stop = self.decode(task, next, &mut usage, out)?;
        usage.decode_ms = ms(decoding.elapsed());
        usage.threads = self.threads();
        Ok((stop, usage))
    }

    /// What others did while nothing was asked says nothing about now.
    fn begin_measuring(&mut self) {
        self.load.restart();
        self.governor.restart(self.started.elapsed());
    }

    fn halted(
        &self,
        halt: Halt,
        mut usage: Usage,
        task: &GenerateTask<'_>,
    ) -> Result<(StopReason, Usage), Failure> {
        usage.threads = self.threads();
        usage.prefill_ms = ms(task.received.elapsed());
        match halt {
            Halt::Stop(reason) => Ok((reason, usage)),
            Halt::Fail(failure) => Err(failure),
        }
    }

    /// Brings the prompt into the KV cache. Answers the index to sample the first token from.
    fn prefill(
        &mut self,
        task: &GenerateTask<'_>,
        usage: &mut Usage,
        out: &mut dyn FnMut(Output),
    ) -> Result<usize, Halt> {
        let prompt = &task.prompt.tokens;
        let Some(last) = prompt.len().checked_sub(1) else {
            return Err(Halt::Fail(Failure::new(FailureKind::Internal, "The prompt is empty.")));
        };
        // The last token is always computed: its logits choose the first token of the answer.
        let common = self.cache.open(task.prompt.slot, prompt).min(last);
        out(Output::Ready(PromptReport { cached: count(common), ..task.prompt.report }));
        self.compute_prompt(task, common, usage, out)
    }

    /// Computes the prompt, of which `common` tokens are in the cache, with the logits of its last one. Answers the index of the
    /// last token in its batch.
    fn compute_prompt(
        &mut self,
        task: &GenerateTask<'_>,
        common: usize,
        usage: &mut Usage,
        out: &mut dyn FnMut(Output),
    ) -> Result<usize, Halt> {
        let prompt = &task.prompt.tokens;
        // A run must not contain the token whose logits are wanted.
        let lifted = self.cache.stash_runs(&prompt[..prompt.len() - 1], common);
        usage.cached_tokens = count(common + lifted.tokens());
        for side in 0..lifted.runs().len() {
            let gap = self.cache.tokens().len()..lifted.runs()[side].to;
            let computed = self.compute_range(task, prompt, gap, 0, out);
            self.cache.restore_run(&lifted, side, prompt);
            if let Err(halt) = computed {
                (side + 1..lifted.runs().len())
                    .for_each(|side| self.cache.restore_run(&lifted, side, prompt));
                return Err(halt);
            }
        }
        let rest = self.cache.tokens().len()..prompt.len();
        self.compute_range(task, prompt, rest, 1, out)
    }

    fn compute_range(
        &mut self,
        task: &GenerateTask<'_>,
        prompt: &[Token],
        range: std::ops::Range<usize>,
        outputs: usize,
        out: &mut dyn FnMut(Output),
    ) -> Result<usize, Halt> {
        let end = range.end;
        let mut done = range.start;
        let mut index = 0;
        for chunk in prompt[range.clone()].chunks(even_chunk(range.len(), self.micro_batch)) {
            self.check(task)?;
            self.adapt_threads();
            done += chunk.len();
            index = chunk.len() - 1;
            if done < end || outputs == 0 {
                self.compute(chunk, 0, None).map_err(|error| halt(error, task))?;
            } else {
                let mut chunk = chunk.to_vec();
                self.fill_group(&mut chunk);
                let outputs = outputs + chunk.len() - (index + 1);
                self.compute(&chunk, outputs, None).map_err(|error| halt(error, task))?;
                self.cache.keep(done);
            }
            out(Output::Prefill(count(done), count(prompt.len())));
        }
        Ok(index)
    }

    /// Decodes from the chosen token `next` on, until something ends the answer.
    fn decode(
        &mut self,
        task: &GenerateTask<'_>,
        mut next: Token,
        usage: &mut Usage,
        out: &mut dyn FnMut(Output),
    ) -> Result<StopReason, Failure> {
        let prompt = &task.prompt.tokens;
        let most = task.ctrl.max_tokens.unwrap_or(task.prompt.most) as usize;
        let asked = task.ctrl.stop.iter().cloned().map(StopText::from);
        let stops: Vec<StopText> = task.prompt.stops.iter().cloned().chain(asked).collect();
        let mut text = TextStream::new(&stops);
        let mut answer: Vec<Token> = prompt[prompt.len() - task.prompt.answered..].to_vec();
        let limit = answer.len() + most.min(self.context - prompt.len());
        let edits = task.prompt.slot == Slot::Edit;
        let source = match task.speculate {
            true if edits => Cow::Owned(self.earlier.after(&task.prompt.likely)),
            true => Cow::Borrowed(&task.prompt.likely[..]),
            false => Cow::default(),
        };
        let mut drafter = Drafter::new(&source, task.prompt.follows, &answer);
        let reason = loop {
            let verified_end = self.accept(&[next], &mut answer, &mut text, usage, out);
            if let Some(reason) = verified_end.or_else(|| at_limit(answer.len(), limit)) {
                break reason;
            }
            if let Err(Halt::Stop(reason)) = self.check(task) {
                break reason;
            }
            self.adapt_threads();
            let base = self.cache.tokens().len();
            let room = (limit - answer.len() - 1).min(self.context - base - 1);
            let draft =
                drafter.draft(&self.habits, &self.costs, self.threads(), room.min(self.micro_batch - 1));
            let mut batch: Vec<Token> = std::iter::once(next).chain(draft.iter().copied()).collect();
            self.fill_group(&mut batch);
            match self.step(&batch, batch.len()) {
                Ok(()) => {}
                Err(DecodeError::Cancelled) => break stopped(task),
                Err(DecodeError::Full) => break StopReason::Length,
                Err(error) => return Err(failure(error)),
            }
            let (verified, chosen) = self.verify(draft).ok_or_else(no_logits)?;
            self.cache.keep(base + 1 + verified);
            usage.drafted_tokens += count(draft.len());
            usage.accepted_tokens += count(verified);
            let ended = self.accept(&draft[..verified], &mut answer, &mut text, usage, out);
            if let Some(reason) = ended {
                break reason;
            }
            answer.push(chosen);
            drafter.learn(&mut self.habits, verified, &answer);
            answer.pop();
            next = chosen;
        };
        if reason != StopReason::StopText {
            let rest = text.finish();
            if !rest.is_empty() {
                out(Output::Delta(rest, usage.generated_tokens));
            }
        }
        if edits {
            self.earlier.remember(answer, &task.prompt.likely);
        }
        Ok(reason)
    }

    /// Adds tokens up to a whole group, where there is room: they cost nothing and are forgotten after the step.
    fn fill_group(&self, batch: &mut Vec<Token>) {
        let whole = whole_groups(batch.len());
        let last = batch[batch.len() - 1];
        if whole <= self.micro_batch && self.cache.tokens().len() + whole < self.context {
            batch.resize(whole, last);
        }
    }

    /// How many tokens of the draft the model would have chosen itself, and the token it chooses after them. Each token is
    /// sampled from the model's own distribution, so this is exact at any temperature.
    fn verify(&mut self, draft: &[Token]) -> Option<(usize, Token)> {
        let mut verified = 0;
        loop {
            let chosen = self.cache.decoder_mut().sample(verified)?;
            if draft.get(verified) != Some(&chosen) {
                return Some((verified, chosen));
            }
            verified += 1;
        }
    }

    /// Adds chosen tokens to the answer and sends their text. Answers why the answer is over, if it is.
    fn accept(
        &self,
        tokens: &[Token],
        answer: &mut Vec<Token>,
        text: &mut TextStream<'_>,
        usage: &mut Usage,
        out: &mut dyn FnMut(Output),
    ) -> Option<StopReason> {
        let mut shown = String::new();
        let mut reason = None;
        for &token in tokens {
            if self.decoder().is_end(token) {
                reason = Some(StopReason::EndOfAnswer);
                break;
            }
            answer.push(token);
            usage.generated_tokens += 1;
            let pushed = text.push(|bytes| self.decoder().append_piece(token, bytes));
            shown += &pushed.text;
            if pushed.stopped {
                reason = Some(StopReason::StopText);
                break;
            }
        }
        if !shown.is_empty() {
            out(Output::Delta(shown, usage.generated_tokens));
        }
        reason
    }

    /// One measured decode step. A step that is stuck because a thread has no core is repeated with fewer threads.
    fn step(&mut self, tokens: &[Token], outputs: usize) -> Result<(), DecodeError> {
        loop {
            let threads = self.threads();
            let expected = self.costs.expect(threads, tokens.len()).filter(|_| self.governor.can_shrink());
            let patience = expected.map(|ms| Duration::from_secs_f64(ms * STUCK / 1000.0).max(MIN_PATIENCE));
            let start = Instant::now();
            match self.compute(tokens, outputs, patience) {
                Err(DecodeError::OutOfPatience) => self.governor.stuck(self.started.elapsed()),
                other => {
                    if other.is_ok() {
                        self.costs.learn(threads, tokens.len(), start.elapsed());
                    }
                    return other;
                }
            }
        }
    }

    fn compute(
        &mut self,
        tokens: &[Token],
        outputs: usize,
        patience: Option<Duration>,
    ) -> Result<(), DecodeError> {
        self.cache.decoder_mut().set_threads(self.governor.threads());
        self.cache.extend(tokens, outputs, patience)
    }

    fn adapt_threads(&mut self) {
        let others = self.load.others();
        self.governor.observe(self.started.elapsed(), others);
    }

    fn check(&self, task: &GenerateTask<'_>) -> Result<(), Halt> {
        if task.stop.raised().is_some() {
            return Err(Halt::Stop(stopped(task)));
        }
        let late = task.ctrl.deadline_ms.is_some_and(|limit| ms(task.received.elapsed()) >= limit as f64);
        if late { Err(Halt::Stop(StopReason::Deadline)) } else { Ok(()) }
    }
}

/// Tokens in each call, so that the last one is not a small rest: that costs nearly as much as a whole one.
fn even_chunk(tokens: usize, most: usize) -> usize {
    /// Rows that the kernels for repacked weights take at once with AVX-512.
    const ROWS: usize = 16;
    let calls = tokens.div_ceil(most).max(1);
    tokens.div_ceil(calls).max(1).next_multiple_of(ROWS).min(most)
}

fn at_limit(generated: usize, limit: usize) -> Option<StopReason> {
    (generated >= limit).then_some(StopReason::Length)
}

fn halt(error: DecodeError, task: &GenerateTask<'_>) -> Halt {
    match error {
        DecodeError::Cancelled => Halt::Stop(stopped(task)),
        other => Halt::Fail(failure(other)),
    }
}

fn stopped(task: &GenerateTask<'_>) -> StopReason {
    match task.stop.raised() {
        Some(Stop::Overtaken) => StopReason::Overtaken,
        Some(Stop::Cancelled) | None => StopReason::Cancelled,
    }
}

fn failure(error: DecodeError) -> Failure {
    match error {
        DecodeError::Device(code) => Failure::new(
            FailureKind::Device,
            format!(
                "The model stopped with an error of the device (code {code}); the worker is started anew."
            ),
        ),
        DecodeError::OutOfMemory => Failure::new(
            FailureKind::OutOfMemory,
            "Memory ran out while the model computed. Choose a smaller model or a smaller context.",
        ),
        other => Failure::new(FailureKind::Internal, format!("The model could not go on: {other}.")),
    }
}

fn no_logits() -> Failure {
    Failure::new(FailureKind::Internal, "The model gave no probabilities for its next token.")
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::states::{ModelKey, StateStore};

    const END: Token = 0;

    /// A model that continues a fixed text, whatever it is asked, and checks that its KV cache is what it should be.
    #[derive(Default)]
    struct Scripted {
        /// Of the slot in use: each test uses one.
        kv: Vec<Token>,
        side: Vec<Vec<Token>>,
        prompt: usize,
        script: Vec<Token>,
        last_at: usize,
        calls: usize,
    }

    impl Decoder for Scripted {
        fn decode(
            &mut self,
            _: usize,
            tokens: &[Token],
            at: usize,
            _: usize,
            _: Option<Duration>,
        ) -> Result<(), DecodeError> {
            assert_eq!(at, self.kv.len(), "positions are contiguous");
            self.kv.extend_from_slice(tokens);
            self.last_at = at;
            self.calls += 1;
            Ok(())
        }

        fn begin(&mut self, _: &Sampling) {}

        fn sample(&mut self, index: usize) -> Option<Token> {
            let generated = (self.last_at + index + 1).checked_sub(self.prompt)?;
            // Once the text has left the script, what is chosen does not matter: it will be rejected.
            let follows =
                self.kv[self.prompt..self.last_at + index + 1].iter().zip(&self.script).all(|(a, b)| a == b);
            Some(if follows { self.script.get(generated).copied().unwrap_or(END) } else { 77 })
        }

        fn truncate(&mut self, _: usize, at: usize) -> bool {
            self.kv.truncate(at);
            true
        }

        fn can_move(&self) -> bool {
            true
        }

        fn stash(&mut self, _: usize, side: usize, from: usize, length: usize) {
            self.side.resize(side + 1, Vec::new());
            self.side[side] = self.kv[from..from + length].to_vec();
        }

        fn restore(&mut self, _: usize, side: usize, _: usize, length: usize, to: usize) {
            assert_eq!(to, self.kv.len(), "runs land at the end");
            let run = std::mem::take(&mut self.side[side]);
            assert_eq!(run.len(), length);
            self.kv.extend(run);
        }

        fn state(&self, _: usize) -> Option<Vec<u8>> {
            Some(self.kv.iter().flat_map(|token| token.to_le_bytes()).collect())
        }

        fn read_state(&mut self, _: usize, state: &[u8]) -> bool {
            let tokens = state.chunks(4).map(|bytes| Token::from_le_bytes(bytes.try_into().unwrap()));
            self.kv = tokens.collect();
            true
        }

        fn set_threads(&mut self, _: u32) {}

        fn append_piece(&self, token: Token, bytes: &mut Vec<u8>) {
            bytes.push(u8::try_from(token).unwrap());
        }

        fn is_end(&self, token: Token) -> bool {
            token == END
        }
    }

    fn tokens(text: &str) -> Vec<Token> {
        text.bytes().map(Token::from).collect()
    }

    fn prompt(text: &str, likely: &str) -> Rendered {
        Rendered {
            tokens: tokens(text),
            answered: 0,
            slot: Slot::Edit,
            likely: tokens(likely),
            follows: true,
            stops: Vec::new(),
            most: u32::MAX,
            report: PromptReport::default(),
        }
    }

    struct Answer {
        text: String,
        stop: StopReason,
        usage: Usage,
        calls: usize,
    }

    fn generator(prompt: &Rendered, script: &str) -> Generator<Scripted> {
        let decoder = Scripted { prompt: prompt.tokens.len(), script: tokens(script), ..Scripted::default() };
        let mut generator = Generator::new(decoder, 4096, 64, ThreadGovernor::new(1, Some(1)), None);
        generator.costs.learn(1, 1, Duration::from_millis(70));
        generator.costs.learn(1, 16, Duration::from_millis(180));
        generator
    }

    fn answer(
        generator: &mut Generator<Scripted>,
        prompt: &Rendered,
        ctrl: &Control,
        speculate: bool,
    ) -> Answer {
        let stop = StopFlag::default();
        let mut text = String::new();
        let task = GenerateTask {
            prompt,
            sampling: &Sampling::default(),
            ctrl,
            speculate,
            stop: &stop,
            received: Instant::now(),
        };
        let before = generator.decoder().calls;
        let mut out = |output| {
            if let Output::Delta(more, _) = output {
                text += &more;
            }
        };
        let (stop, usage) = generator.run(&task, &mut out).unwrap();
        assert_eq!(generator.decoder().kv, generator.cache.tokens(), "the books are those of the model");
        Answer { text, stop, usage, calls: generator.decoder().calls - before }
    }

    #[test]
    fn the_common_beginning_of_two_prompts_is_computed_once() {
        let first = prompt("rules file selection one", "");
        let mut generator = generator(&first, "answer");
        answer(&mut generator, &first, &Control::default(), false);
        let second = prompt("rules file selection two", "");
        generator.cache.decoder_mut().prompt = second.tokens.len();
        let again = answer(&mut generator, &second, &Control::default(), false);
        assert_eq!((again.text.as_str(), again.usage.cached_tokens), ("answer", 21));
        let same = answer(&mut generator, &second, &Control::default(), false);
        assert_eq!(
            same.usage.cached_tokens,
            same.usage.prompt_tokens - 1,
            "the last token is computed again"
        );
    }

    #[test]
    fn another_answer_is_drafted_from_the_one_before() {
        let answered: String =
            ('a'..='z').flat_map(|a| ('A'..='Z').map(move |b| format!("{a}{b}"))).collect();
        let asked = prompt("rules file selection fix it", "0123456789");
        let mut generator = generator(&asked, &answered);
        let first = answer(&mut generator, &asked, &Control::default(), true);
        let second = answer(&mut generator, &asked, &Control::default(), true);
        assert_eq!((first.text.as_str(), second.text.as_str()), (answered.as_str(), answered.as_str()));
        assert!(second.calls * 4 < first.calls, "{} calls, then {}", first.calls, second.calls);
    }

    #[test]
    fn after_priming_only_another_instruction_is_computed() {
        let likely = prompt("rules file selection improve it", "");
        let asked = prompt("rules file selection fix it", "");
        let mut generator = generator(&asked, "answer");
        let stop = StopFlag::default();
        let (ctrl, sampling) = (Control::default(), Sampling::default());
        let task = GenerateTask {
            prompt: &likely,
            sampling: &sampling,
            ctrl: &ctrl,
            speculate: false,
            stop: &stop,
            received: Instant::now(),
        };
        let (reason, usage) = generator.prime(&task).unwrap();
        assert_eq!((reason, usage.prompt_tokens, usage.generated_tokens), (StopReason::EndOfAnswer, 31, 0));
        let same = answer(&mut generator, &likely, &ctrl, false);
        assert_eq!(same.usage.cached_tokens, 30, "the last token is computed for what comes after it");
        let answer = answer(&mut generator, &asked, &ctrl, false);
        assert_eq!((answer.text.as_str(), answer.usage.cached_tokens), ("answer", 21));
        let task = GenerateTask { prompt: &asked, ..task };
        generator.prime(&task).unwrap();
        assert!(generator.cache.tokens().len() > asked.tokens.len(), "what is primed already is left alone");
        stop.raise(Stop::Overtaken);
        let other = prompt("something else", "");
        let (reason, _) = generator.prime(&GenerateTask { prompt: &other, ..task }).unwrap();
        assert_eq!(reason, StopReason::Overtaken);
    }

    #[test]
    fn an_interrupted_answer_goes_on_after_what_was_given() {
        let mut resumed = prompt("prompt", "one two three");
        let mut generator = generator(&resumed, "one two three");
        resumed.resume(&tokens("one tw"), 4096).unwrap();
        let answer = answer(&mut generator, &resumed, &Control::default(), true);
        assert_eq!(answer.text, "o three");
        assert_eq!(answer.usage.generated_tokens, 7);
    }

    #[test]
    fn a_completion_moves_what_stands_after_the_caret_instead_of_computing_it() {
        let after = "def after(caret):\n    return some_value + 42\n\n\nand = more + text(1, 2)\n";
        let caret = |before: &str| Rendered {
            slot: Slot::Completion,
            ..prompt(&format!("<P>{before}<S>{after}<M>"), "")
        };
        let first = caret("x = ");
        let mut generator = generator(&first, "1");
        answer(&mut generator, &first, &Control::default(), false);
        let second = caret("x = 1 + 2");
        generator.cache.decoder_mut().prompt = second.tokens.len();
        let moved = answer(&mut generator, &second, &Control::default(), false);
        assert_eq!(moved.text, "1");
        let moved = moved.usage.cached_tokens as usize;
        assert!(moved > "<P>x = ".len() + after.len() / 2, "{moved} of {}", second.tokens.len());
        let edit = Rendered { slot: Slot::Edit, ..caret("x = 2") };
        generator.cache.decoder_mut().kv.clear();
        generator.cache.decoder_mut().prompt = edit.tokens.len();
        assert_eq!(answer(&mut generator, &edit, &Control::default(), false).usage.cached_tokens, 0);
    }

    #[test]
    fn a_stored_prompt_is_not_computed_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = StateStore::open(folder.path(), 1 << 20).unwrap();
        let states = || Some(store.of_model(ModelKey::of(&["model"])));
        let asked = prompt(&"a long file that takes a while to compute ".repeat(8), "");
        let start = |states| {
            let decoder =
                Scripted { prompt: asked.tokens.len(), script: tokens("yes"), ..Scripted::default() };
            Generator::new(decoder, 4096, 64, ThreadGovernor::new(1, Some(1)), states)
        };
        answer(&mut start(states()), &asked, &Control::default(), false);
        states().unwrap().settle();
        let again = answer(&mut start(states()), &asked, &Control::default(), false);
        assert_eq!((again.text.as_str(), again.usage.cached_tokens), ("yes", again.usage.prompt_tokens - 1));
    }

    #[test]
    fn a_limit_ends_the_answer_and_says_so() {
        let prompt = prompt("p", "");
        let ctrl = Control { max_tokens: Some(4), ..Control::default() };
        let answer = answer(&mut generator(&prompt, "abcdefgh"), &prompt, &ctrl, true);
        assert_eq!((answer.text.as_str(), answer.stop), ("abcd", StopReason::Length));
        assert_eq!(answer.usage.generated_tokens, 4);
    }

    #[test]
    fn an_answer_does_not_have_its_prompt_stored_again() {
        let folder = tempfile::tempdir().unwrap();
        let states = StateStore::open(folder.path(), 1 << 20).unwrap().of_model(ModelKey::of(&["model"]));
        let stored = || std::fs::read_dir(folder.path()).unwrap().flatten().count();
        let asked = prompt(&"a long file that takes a while to compute ".repeat(8), "");
        let script = "an answer of more tokens than are worth storing. ".repeat(4);
        let decoder = Scripted { prompt: asked.tokens.len(), script: tokens(&script), ..Scripted::default() };
        let governor = ThreadGovernor::new(1, Some(1));
        let mut generator = Generator::new(decoder, 4096, 64, governor, Some(states));
        answer(&mut generator, &asked, &Control::default(), false);
        generator.cache.settle();
        assert_eq!(stored(), 2, "the prompt and the index");
        std::fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .for_each(|f| std::fs::remove_file(f.path()).unwrap());
        answer(&mut generator, &asked, &Control::default(), false);
        generator.cache.settle();
        assert_eq!(stored(), 0, "nothing of the prompt is new");
    }

    #[test]
    fn the_last_call_of_a_prompt_is_not_a_small_rest() {
        assert_eq!((even_chunk(401, 128), even_chunk(129, 128), even_chunk(100, 128)), (112, 80, 112));
        assert_eq!((even_chunk(0, 128), even_chunk(5, 8)), (16, 8));
    }

    #[test]
    fn a_raised_flag_or_a_passed_deadline_stops_before_any_work() {
        let prompt = prompt("p", "");
        let ctrl = Control { deadline_ms: Some(0), ..Control::default() };
        let answer = answer(&mut generator(&prompt, "abc"), &prompt, &ctrl, false);
        assert_eq!((answer.stop, answer.calls), (StopReason::Deadline, 0));
    }

    #[test]
    fn a_draft_from_the_selection_saves_calls() {
        let selection =
            "def f(x):\n    return x + 1 # and a long line of code that stays as it is\n".repeat(4);
        let changed = selection.replacen("x + 1", "x + 2", 1);
        let prompt = prompt("p", &selection);
        let plain = answer(&mut generator(&prompt, &changed), &prompt, &Control::default(), false);
        let drafted = answer(&mut generator(&prompt, &changed), &prompt, &Control::default(), true);
        assert_eq!(plain.text, changed);
        assert_eq!(drafted.text, changed);
        assert!(drafted.calls * 3 < plain.calls, "{} of {} calls", drafted.calls, plain.calls);
        assert!(drafted.usage.accepted_tokens > 200);
    }

    proptest! {
        #[test]
        fn drafts_never_change_the_answer(
            script in "[abc\n]{0,120}", likely in "[abc\n]{0,120}", max in 1u32..200, stop in "[abc]{2,4}",
        ) {
            let mut prompt = prompt("some prompt", &likely);
            prompt.stops = vec![stop.into()];
            let ctrl = Control { max_tokens: Some(max), ..Control::default() };
            let plain = answer(&mut generator(&prompt, &script), &prompt, &ctrl, false);
            let drafted = answer(&mut generator(&prompt, &script), &prompt, &ctrl, true);
            prop_assert_eq!(plain.text, drafted.text);
            prop_assert_eq!(plain.stop, drafted.stop);
            prop_assert_eq!(plain.usage.generated_tokens, drafted.usage.generated_tokens);
            prop_assert!(drafted.calls <= plain.calls);
        }
    }
}
