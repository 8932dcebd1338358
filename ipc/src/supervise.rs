//! When a worker is started, asked for a sign of life, ended, and no longer started: a state machine without a clock or a
//! process. Time and what happened come in, what is to be done comes out; [`crate::client`] does it.
//!
//! Three things may go wrong with a worker that still is a process. It was stopped or its wire is dead: then a ping is not
//! answered. Its wire lives but the computation hangs: then pings show the same steps again and again. Or it dies as often
//! as it is started: then the breaker opens, and only a wish of the user closes it again.
//!
//! Time in which the watcher itself did not run (a machine that slept or was overloaded) counts against no worker.

use std::collections::VecDeque;
use std::time::Duration;

use crate::protocol::{Doing, Pulse};

/// How patient to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupervisePolicy {
    /// Between two pings while a request runs.
    pub ping_busy: Duration,
    /// Between two pings while nothing runs.
    pub ping_idle: Duration,
    /// How long a ping may stay without an answer. With [`SupervisePolicy::ping_busy`] a stopped worker is found within five seconds.
    pub silence: Duration,
    /// How long prefill and decode may go without a step. On a CPU each node of the graph is one, on a GPU each call.
    pub stalled_computing: Duration,
    /// How long a load may go without a step: a tensor from a slow disk, a context that is made; and storing a prompt.
    pub stalled_loading: Duration,
    /// This many deaths within [`SupervisePolicy::window`] open the breaker.
    pub deaths: usize,
    /// Older deaths are forgotten.
    pub window: Duration,
    /// Between the second death in the window and the next start; doubled with each further one. The first death costs nothing.
    pub backoff: Duration,
    /// No wait is longer.
    pub max_backoff: Duration,
}

impl Default for SupervisePolicy {
    fn default() -> SupervisePolicy {
        SupervisePolicy {
            ping_busy: Duration::from_secs(1),
            ping_idle: Duration::from_secs(5),
            silence: Duration::from_millis(3500),
            stalled_computing: Duration::from_secs(30),
            stalled_loading: Duration::from_secs(120),
            deaths: 3,
            window: Duration::from_secs(60),
            backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(8),
        }
    }
}

/// The watcher looks at least this often; what lies further apart was time in which it did not run.
pub const LOOK: Duration = Duration::from_millis(250);
/// A look that comes so late says that the watcher did not run.
const ASLEEP: Duration = Duration::from_secs(1);

/// A process may be stopped so long, as when a person stops it by mistake.
const HALTED: Duration = Duration::from_secs(2);
/// How long a worker may take from its start to its greeting.
pub const GREETING: Duration = Duration::from_secs(20);

/// How long something lasts, as looks tell. Between two looks no more than a second counts: when they lie further apart the
/// watcher did not run, and perhaps nobody did.
#[derive(Clone, Copy, Debug, Default)]
struct Lasting(Duration);

impl Lasting {
    fn add(&mut self, gap: Duration) -> Duration {
        self.0 += gap.min(ASLEEP);
        self.0
    }
}

/// The wait for the greeting of a worker that was started.
#[derive(Clone, Copy, Debug, Default)]
pub struct GreetingWait {
    waited: Lasting,
    halted: Lasting,
}

/// Why a greeting is not waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoGreeting {
    /// It took longer than [`GREETING`].
    Silent,
    /// The process was stopped.
    Halted,
}

impl GreetingWait {
    /// Looks, `gap` after the look before. `stopped`: the system says that the process is.
    pub fn tick(&mut self, gap: Duration, stopped: bool) -> Option<NoGreeting> {
        let waited = self.waited.add(gap);
        if !stopped {
            self.halted = Lasting::default();
        } else if self.halted.add(gap) >= HALTED {
            return Some(NoGreeting::Halted);
        }
        (waited >= GREETING).then_some(NoGreeting::Silent)
    }
}

/// What the supervisor thinks of the worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkerPhase {
    /// There is none, and none is wanted.
    #[default]
    Off,
    /// It is started.
    Starting,
    /// It waits for requests.
    Ready,
    /// It works on a request.
    Busy,
    /// It does not answer or does not get on, and was ended for it.
    Unresponsive,
    /// The next one is started at this time.
    BackingOff {
        /// On the supervisor's clock.
        until: Duration,
    },
    /// Another one is started in the place of one that died.
    Restarting,
    /// It died too often; only [`Input::Retry`] helps.
    GaveUp,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A request waits for a worker.
    Wanted,
    /// The worker has greeted us.
    Greeted,
    /// A request went to it.
    Sent,
    /// No request is open any more.
    Answered,
    /// A ping was answered.
    Pong(Pulse),
    /// A request was answered well: whatever killed workers before does so no longer.
    Succeeded,
    /// The process is gone. `asked`: it was meant to.
    Died {
        /// By us, for a reason other than that it hung.
        asked: bool,
    },
    /// The user wants another try.
    Retry,
    /// What killed workers was changed: another model, a smaller context.
    Forgive,
    /// Time went by.
    Look,
    /// Time went by, and the system says that the process is stopped (SIGSTOP).
    Halted,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start a worker.
    Start,
    /// Send a ping.
    Ping,
    /// End the worker.
    Kill(Hang),
}

/// How a worker hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hang {
    /// It does not answer pings.
    Silent,
    /// It answers, and does not get on with this.
    Stuck(Doing),
}

/// The machine. All times count from one moment that the owner chose.
#[derive(Clone, Debug)]
pub struct Supervisor {
    policy: SupervisePolicy,
    phase: WorkerPhase,
    /// Lately, the oldest first.
    deaths: VecDeque<Duration>,
    /// The user insisted: the next start does not wait.
    insisted: bool,
    /// A request is open.
    working: bool,
    /// When the ping was sent that has no answer yet.
    asked: Option<Duration>,
    /// When the next ping is due.
    next_ping: Duration,
    pulse: Pulse,
    /// When the pulse last changed, or work began.
    moved: Duration,
    looked: Duration,
    /// How long the process is stopped, as the system says.
    halted: Option<Lasting>,
}

impl Supervisor {
    /// Without a worker.
    pub fn new(policy: SupervisePolicy) -> Supervisor {
        Supervisor {
            policy,
            phase: WorkerPhase::Off,
            deaths: VecDeque::new(),
            insisted: false,
            working: false,
            asked: None,
            next_ping: Duration::ZERO,
            pulse: Pulse::default(),
            moved: Duration::ZERO,
            looked: Duration::ZERO,
            halted: None,
        }
    }

    /// What it thinks now.
    pub fn phase(&self) -> WorkerPhase {
        self.phase
    }

    /// Deaths that still count.
    pub fn deaths(&self) -> usize {
        self.deaths.len()
    }

    /// Takes what happened at `now`.
    pub fn on(&mut self, input: Input, now: Duration) -> Option<Action> {
        match input {
            Input::Wanted => self.wanted(now),
            Input::Greeted => self.greeted(now),
            Input::Sent => {
                if !self.working {
                    (self.working, self.moved) = (true, now);
                    self.next_ping = self.next_ping.min(now + self.policy.ping_busy);
                }
                self.settle();
                None
            }
            Input::Answered => {
                self.working = false;
                self.settle();
                None
            }
            Input::Pong(pulse) => {
                self.pong(pulse, now);
                None
            }
            Input::Succeeded => {
                self.deaths.clear();
                None
            }
            Input::Died { asked } => {
                self.died(asked, now);
                None
            }
            Input::Retry => self.retry(now),
            Input::Forgive => {
                self.deaths.clear();
                self.retry(now)
            }
            Input::Look => {
                self.halted = None;
                self.tick(now)
            }
            Input::Halted => self.halted(now),
        }
    }

    fn wanted(&mut self, now: Duration) -> Option<Action> {
        if self.phase != WorkerPhase::Off {
            return None;
        }
        self.forget_old(now);
        let until = self.deaths.back().map_or(now, |last| *last + self.delay());
        if until <= now || std::mem::take(&mut self.insisted) { self.start() } else { self.back_off(until) }
    }

    fn start(&mut self) -> Option<Action> {
        self.insisted = false;
        self.phase = if self.deaths.is_empty() { WorkerPhase::Starting } else { WorkerPhase::Restarting };
        Some(Action::Start)
    }

    fn back_off(&mut self, until: Duration) -> Option<Action> {
        self.phase = WorkerPhase::BackingOff { until };
        None
    }

    /// From the last death to the next start.
    fn delay(&self) -> Duration {
        match u32::try_from(self.deaths.len()).unwrap_or(u32::MAX) {
            0 | 1 => Duration::ZERO,
            more => {
                let doubled =
                    2u32.checked_pow(more - 2).and_then(|times| self.policy.backoff.checked_mul(times));
                doubled.map_or(self.policy.max_backoff, |delay| delay.min(self.policy.max_backoff))
            }
        }
    }

    fn greeted(&mut self, now: Duration) -> Option<Action> {
        (self.asked, self.next_ping, self.pulse, self.moved) = (None, now, Pulse::default(), now);
        self.halted = None;
        self.looked = now;
        self.phase = if self.working { WorkerPhase::Busy } else { WorkerPhase::Ready };
        None
    }

    fn settle(&mut self) {
        if matches!(self.phase, WorkerPhase::Ready | WorkerPhase::Busy) {
            self.phase = if self.working { WorkerPhase::Busy } else { WorkerPhase::Ready };
        }
    }

    fn pong(&mut self, pulse: Pulse, now: Duration) {
        self.asked = None;
        let busy = self.working || pulse.doing != Doing::Idle;
        self.next_ping = now + if busy { self.policy.ping_busy } else { self.policy.ping_idle };
        if pulse != self.pulse {
            (self.pulse, self.moved) = (pulse, now);
        }
    }

    fn died(&mut self, asked: bool, now: Duration) {
        self.working = false;
        self.phase = WorkerPhase::Off;
        if asked {
            return;
        }
        self.deaths.push_back(now);
        self.forget_old(now);
        if self.deaths.len() >= self.policy.deaths {
            self.phase = WorkerPhase::GaveUp;
        }
    }

    /// One more try. The deaths before it still count, so that one more opens the breaker again.
    fn retry(&mut self, now: Duration) -> Option<Action> {
        match self.phase {
            WorkerPhase::GaveUp => {
                while self.deaths.len() >= self.policy.deaths {
                    self.deaths.pop_front();
                }
                (self.phase, self.insisted) = (WorkerPhase::Off, true);
                None
            }
            WorkerPhase::BackingOff { .. } => self.back_off(now),
            _ => None,
        }
    }

    fn forget_old(&mut self, now: Duration) {
        while self.deaths.front().is_some_and(|at| now.saturating_sub(*at) > self.policy.window) {
            self.deaths.pop_front();
        }
    }

    fn tick(&mut self, now: Duration) -> Option<Action> {
        let gap = now.saturating_sub(self.looked);
        self.looked = now;
        match self.phase {
            WorkerPhase::BackingOff { until } if until <= now => self.start(),
            WorkerPhase::Ready | WorkerPhase::Busy => {
                if gap >= ASLEEP {
                    self.asked = self.asked.map(|at| (at + gap).min(now));
                    self.moved = (self.moved + gap).min(now);
                }
                self.examine(now)
            }
            _ => None,
        }
    }

    /// What the system says needs no ping: also while the watcher itself hardly runs.
    fn halted(&mut self, now: Duration) -> Option<Action> {
        let gap = now.saturating_sub(self.looked);
        let lasts = self.halted.as_mut().map(|halted| halted.add(gap));
        self.halted.get_or_insert_default();
        let lives = matches!(self.phase, WorkerPhase::Ready | WorkerPhase::Busy);
        if lives && lasts.is_some_and(|lasts| lasts >= HALTED) {
            self.kill(Hang::Silent)
        } else {
            self.tick(now)
        }
    }

    fn examine(&mut self, now: Duration) -> Option<Action> {
        if self.asked.is_some_and(|at| now.saturating_sub(at) >= self.policy.silence) {
            return self.kill(Hang::Silent);
        }
        let doing = self.pulse.doing;
        let busy = self.working || doing != Doing::Idle;
        if busy && now.saturating_sub(self.moved) >= self.patience(doing) {
            return self.kill(Hang::Stuck(doing));
        }
        if self.asked.is_none() && self.next_ping <= now {
            self.asked = Some(now);
            return Some(Action::Ping);
        }
        None
    }

    fn kill(&mut self, hang: Hang) -> Option<Action> {
        self.phase = WorkerPhase::Unresponsive;
        Some(Action::Kill(hang))
    }

    fn patience(&self, doing: Doing) -> Duration {
        match doing {
            Doing::Idle | Doing::Prefill | Doing::Decode => self.policy.stalled_computing,
            Doing::Loading | Doing::Tending => self.policy.stalled_loading,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    /// The next of numbers that look random (xorshift64).
    fn next(random: &mut u64) {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
    }

    fn started() -> Supervisor {
        let mut machine = Supervisor::new(SupervisePolicy::default());
        assert_eq!(machine.on(Input::Wanted, MS(0)), Some(Action::Start));
        machine.on(Input::Greeted, MS(100));
        machine
    }

    /// Looks every quarter of a second from `from` to `to`; a living worker answers pings with what `pulse` says.
    fn run(
        machine: &mut Supervisor,
        from: u64,
        to: u64,
        mut pulse: impl FnMut(u64) -> Option<Pulse>,
    ) -> Option<(u64, Hang)> {
        for at in (from..to).step_by(250) {
            match machine.on(Input::Look, MS(at)) {
                Some(Action::Ping) => {
                    if let Some(pulse) = pulse(at) {
                        machine.on(Input::Pong(pulse), MS(at + 1));
                    }
                }
                Some(Action::Kill(hang)) => return Some((at, hang)),
                Some(Action::Start) => panic!("a second worker"),
                None => {}
            }
        }
        None
    }

    #[test]
    fn a_stopped_worker_is_found_within_five_seconds_at_work_and_soon_when_idle() {
        for stopped in [1_000, 1_900, 2_400, 7_777] {
            let mut machine = started();
            machine.on(Input::Sent, MS(200));
            let pulse = |at| (at < stopped).then_some(Pulse { steps: at, doing: Doing::Decode });
            let (at, hang) = run(&mut machine, 250, 60_000, pulse).unwrap();
            assert!(hang == Hang::Silent && at - stopped <= 5_000, "stopped at {stopped}, found at {at}");
            assert_eq!(machine.phase(), WorkerPhase::Unresponsive);
        }
        let mut machine = started();
        let idle = |at| (at < 10_000).then_some(Pulse::default());
        let (at, hang) = run(&mut machine, 250, 60_000, idle).unwrap();
        assert!(hang == Hang::Silent && at < 20_000, "{at}");
    }

    #[test]
    fn what_the_system_calls_stopped_is_ended_also_where_the_watcher_hardly_runs() {
        let mut machine = started();
        machine.on(Input::Sent, MS(200));
        assert_eq!(machine.on(Input::Halted, MS(1_000)), Some(Action::Ping));
        assert_eq!(machine.on(Input::Look, MS(1_900)), None, "it goes on");
        assert_eq!(machine.on(Input::Halted, MS(2_000)), None);
        assert_eq!(machine.on(Input::Halted, MS(3_900)), None, "a gap excuses silence");
        assert_eq!(machine.on(Input::Halted, MS(4_000)), None, "and counts as a second");
        assert_eq!(machine.on(Input::Halted, MS(4_900)), Some(Action::Kill(Hang::Silent)));
        assert_eq!(machine.on(Input::Halted, MS(5_900)), None, "once");
    }

    #[test]
    fn a_loop_that_hangs_is_told_from_a_long_step_and_from_a_slow_load() {
        let work = |doing, every: u64| {
            let mut machine = started();
            machine.on(Input::Sent, MS(200));
            run(&mut machine, 250, 300_000, |at| Some(Pulse { steps: at / every, doing }))
        };
        assert_eq!(work(Doing::Prefill, 20_000), None, "a long step is not a hang");
        assert_eq!(work(Doing::Loading, 100_000), None, "nor is a large tensor from a slow disk");
        let (at, hang) = work(Doing::Decode, u64::MAX).unwrap();
        assert!(hang == Hang::Stuck(Doing::Decode) && (29_000..35_000).contains(&at), "{at}");
        let (at, hang) = work(Doing::Loading, u64::MAX).unwrap();
        assert!(hang == Hang::Stuck(Doing::Loading) && at > 119_000, "{at}");
        let (_, hang) = work(Doing::Idle, u64::MAX).unwrap();
        assert_eq!(hang, Hang::Stuck(Doing::Idle), "a request that nobody takes up");
    }

    #[test]
    fn an_idle_worker_may_be_idle_for_ever() {
        let mut machine = started();
        assert_eq!(run(&mut machine, 250, 3_600_000, |_| Some(Pulse::default())), None);
        assert_eq!(machine.phase(), WorkerPhase::Ready);
    }

    #[test]
    fn time_in_which_the_watcher_slept_counts_against_nobody() {
        let mut machine = started();
        machine.on(Input::Sent, MS(200));
        assert_eq!(machine.on(Input::Look, MS(1_000)), Some(Action::Ping));
        assert_eq!(machine.on(Input::Look, MS(3_600_000)), None, "the machine was asleep, not the worker");
        machine.on(Input::Pong(Pulse { steps: 1, doing: Doing::Decode }), MS(3_600_010));
        assert_eq!(machine.phase(), WorkerPhase::Busy);
    }

    #[test]
    fn a_jump_of_the_clock_is_no_hang_and_a_hang_behind_it_is_found_as_ever() {
        let living = |from: u64| move |at| (at < from).then_some(Pulse { steps: at, doing: Doing::Decode });
        for jump in [1_000, 5_000, 60_000, 3_600_000] {
            for before in (500..8_000u64).step_by(250) {
                let mut machine = started();
                machine.on(Input::Sent, MS(200));
                // The last ping before the jump has no answer yet.
                let last = before.saturating_sub(1_000);
                assert_eq!(run(&mut machine, 250, before, living(last)), None);
                let after = before + jump;
                // The order in which stopped processes go on is nobody's fault.
                assert_ne!(machine.on(Input::Halted, MS(after)), Some(Action::Kill(Hang::Silent)));
                machine.on(Input::Pong(Pulse { steps: 1, doing: Doing::Decode }), MS(after + 10));
                let stopped = after + 60_000;
                let (at, hang) = run(&mut machine, after + 250, stopped + 60_000, living(stopped)).unwrap();
                assert!(
                    hang == Hang::Silent && (stopped..stopped + 5_000).contains(&at),
                    "{jump} {before} {at}"
                );
            }
        }
    }

    #[test]
    fn a_jump_of_the_clock_leaves_no_worker_unstarted() {
        for jump in [1_000, 3_600_000] {
            let mut machine = started();
            for at in [1_000, 2_000] {
                machine.on(Input::Died { asked: false }, MS(at));
                let action = machine.on(Input::Wanted, MS(at));
                assert_eq!(action.is_some(), at == 1_000);
            }
            assert!(matches!(machine.phase(), WorkerPhase::BackingOff { .. }));
            assert_eq!(machine.on(Input::Look, MS(2_100 + jump)), Some(Action::Start));
            let mut greeting = GreetingWait::default();
            let gaps = [MS(20), MS(jump), MS(20), MS(jump), MS(20)];
            let halted = [false, true, true, false, true];
            for (gap, stopped) in gaps.into_iter().zip(halted) {
                assert_eq!(greeting.tick(gap, stopped), None, "{jump}");
            }
        }
    }

    #[test]
    fn a_worker_that_does_not_greet_is_given_up_and_a_stopped_one_sooner() {
        let until = |stopped: bool| {
            let mut greeting = GreetingWait::default();
            (1u64..).find_map(|n| Some((n * 20, greeting.tick(MS(20), stopped)?))).unwrap()
        };
        assert_eq!(until(false), (20_000, NoGreeting::Silent));
        assert_eq!(until(true), (2_000, NoGreeting::Halted));
    }

    /// What a user meets whose worker is killed from outside, again and again, at any moment.
    #[test]
    fn a_worker_that_is_killed_over_and_over_comes_back_in_time_or_is_given_up_until_the_user_asks() {
        let policy = SupervisePolicy::default();
        let mut random = 0x2545_F491_4F6C_DD1Du64;
        let mut machine = Supervisor::new(policy);
        let (mut now, mut at_once, mut waited, mut wished) = (0u64, 0, 0, 0);
        for kill in 0..3_000 {
            next(&mut random);
            if machine.phase() == WorkerPhase::GaveUp {
                assert_eq!(machine.on(Input::Retry, MS(now)), None);
                wished += 1;
            }
            let asked = now;
            let mut action = machine.on(Input::Wanted, MS(now));
            if action.is_some() {
                at_once += 1;
            } else {
                waited += 1;
            }
            while action.is_none() {
                now += 50;
                assert!(MS(now - asked) <= policy.backoff, "kill {kill}: {:?}", machine.phase());
                action = machine.on(Input::Look, MS(now));
            }
            assert_eq!(action, Some(Action::Start), "kill {kill}");
            // It dies while it starts, loads or answers; sometimes an answer was finished before.
            if !random.is_multiple_of(3) {
                machine.on(Input::Greeted, MS(now));
                machine.on(Input::Sent, MS(now));
            }
            if random.is_multiple_of(11) {
                machine.on(Input::Succeeded, MS(now));
            }
            now += (random >> 8) % 2_500;
            machine.on(Input::Died { asked: false }, MS(now));
            assert!(matches!(machine.phase(), WorkerPhase::Off | WorkerPhase::GaveUp), "kill {kill}");
            // The next question comes at once or when the user has had a cup of tea.
            now += if random.is_multiple_of(17) { 90_000 } else { (random >> 32) % 700 };
        }
        assert!(at_once > 100 && waited > 100 && wished > 100, "{at_once} {waited} {wished}");
    }

    #[test]
    fn the_breaker_opens_after_three_deaths_and_a_wish_gives_one_more_try() {
        let mut machine = started();
        let died = Input::Died { asked: false };
        machine.on(died, MS(1_000));
        assert_eq!(
            machine.on(Input::Wanted, MS(1_000)),
            Some(Action::Start),
            "the first death costs no time"
        );
        assert_eq!(machine.phase(), WorkerPhase::Restarting);
        machine.on(died, MS(2_000));
        assert_eq!(machine.on(Input::Wanted, MS(2_000)), None);
        assert_eq!(machine.phase(), WorkerPhase::BackingOff { until: MS(2_500) });
        assert_eq!(machine.on(Input::Look, MS(2_499)), None);
        assert_eq!(machine.on(Input::Look, MS(2_500)), Some(Action::Start));
        machine.on(died, MS(3_000));
        assert_eq!(machine.phase(), WorkerPhase::GaveUp);
        assert_eq!(machine.on(Input::Wanted, MS(200_000)), None, "time alone closes no breaker");
        machine.on(Input::Retry, MS(4_000));
        assert_eq!(machine.on(Input::Wanted, MS(4_000)), Some(Action::Start));
        machine.on(died, MS(5_000));
        assert_eq!(machine.phase(), WorkerPhase::GaveUp, "and no more than one");
        machine.on(Input::Forgive, MS(6_000));
        machine.on(Input::Wanted, MS(6_000));
        machine.on(died, MS(7_000));
        assert_eq!(
            machine.on(Input::Wanted, MS(7_000)),
            Some(Action::Start),
            "another cause counts from the start"
        );
    }

    #[test]
    fn success_and_time_reset_the_count_and_being_asked_to_go_is_no_death() {
        for reset in [Input::Succeeded, Input::Look] {
            let mut machine = started();
            let mut at = 0;
            for _ in 0..20 {
                at += if reset == Input::Look { 61_000 } else { 1_000 };
                machine.on(reset, MS(at));
                machine.on(Input::Died { asked: false }, MS(at));
                assert_eq!(machine.on(Input::Wanted, MS(at)), Some(Action::Start), "{reset:?}");
            }
        }
        let mut machine = started();
        for at in 1..20 {
            machine.on(Input::Died { asked: true }, MS(at));
            assert_eq!(machine.on(Input::Wanted, MS(at)), Some(Action::Start));
        }
    }

    #[test]
    fn waits_grow_up_to_a_bound() {
        let mut machine = Supervisor::new(SupervisePolicy {
            deaths: usize::MAX,
            window: MS(u64::MAX / 4),
            ..SupervisePolicy::default()
        });
        let mut last = Duration::ZERO;
        for n in 0..40 {
            let delay = machine.delay();
            assert!(delay >= last && delay <= SupervisePolicy::default().max_backoff, "{n}: {delay:?}");
            (last, _) = (delay, machine.on(Input::Died { asked: false }, MS(n)));
        }
        assert_eq!(last, SupervisePolicy::default().max_backoff);
    }

    /// A small world around the machine: what is started lives until it dies.
    #[test]
    fn random_sequences_never_start_two_workers_and_never_restart_without_end() {
        let mut random = 0x9E37_79B9_7F4A_7C15u64;
        for round in 0..2_000 {
            let mut machine = Supervisor::new(SupervisePolicy::default());
            let (mut alive, mut now, mut unasked) = (false, 0u64, 0usize);
            for step in 0..300 {
                next(&mut random);
                now += random % 700;
                let input = match (random >> 20) % 16 {
                    0..=3 => Input::Look,
                    4..=6 => Input::Wanted,
                    7 if alive => Input::Greeted,
                    8 if alive => Input::Sent,
                    9 if alive => Input::Answered,
                    10 if alive => Input::Pong(Pulse { steps: random % 3, doing: Doing::Decode }),
                    11 | 12 if alive => Input::Died { asked: random & 1 == 0 },
                    13 if random.is_multiple_of(29) => Input::Retry,
                    14 if random.is_multiple_of(31) => Input::Succeeded,
                    15 if random.is_multiple_of(37) => Input::Forgive,
                    _ => continue,
                };
                match input {
                    Input::Died { asked } => {
                        alive = false;
                        unasked += usize::from(!asked);
                    }
                    Input::Retry => unasked = unasked.min(SupervisePolicy::default().deaths - 1),
                    Input::Succeeded | Input::Forgive => unasked = 0,
                    _ => {}
                }
                match machine.on(input, MS(now)) {
                    Some(Action::Start) => {
                        assert!(!alive, "round {round}, step {step}: a second worker");
                        alive = true;
                    }
                    Some(Action::Ping | Action::Kill(_)) => assert!(alive, "round {round}, step {step}"),
                    None => {}
                }
                let still_counts = machine.deaths() >= SupervisePolicy::default().deaths;
                assert!(
                    !still_counts || machine.phase() == WorkerPhase::GaveUp,
                    "round {round}, step {step}"
                );
                assert!(machine.deaths() <= unasked, "round {round}, step {step}");
                assert!(
                    !alive
                        || !matches!(
                            machine.phase(),
                            WorkerPhase::Off | WorkerPhase::GaveUp | WorkerPhase::BackingOff { .. }
                        )
                );
            }
        }
    }
}
