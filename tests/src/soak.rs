//! Many requests in one life: answers, cancels, loads, unloads, other profiles and kills in random order, with memory and
//! descriptors of both ends looked at on the way.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use ipc::blocking::Conversation;
use ipc::protocol::{Control, FailureKind, Prompt, Request, RunProfile, Sampling, WorkerMessage};

use crate::{Random, TestModel, resident_bytes, sample_edit, worker};

/// This many looks at memory, if it can be, …
const LOOKS: u32 = 40;
/// … with this many requests between two of them.
const LOOK_EACH: RangeInclusive<u32> = 5..=25;
/// One of this many looks is the first that counts: before it caches and arenas fill.
const WARM_UP: usize = 3;

/// How long, and how hard.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The first request of this run: another one did those before it.
    pub from: u32,
    /// The last request, from 1.
    pub requests: u32,
    /// Most time.
    pub time: Duration,
    /// The second half has kills in it.
    pub kills: bool,
}

/// What one end looked like at one moment.
#[derive(Clone, Copy, Debug)]
struct Look {
    request: u32,
    resident: u64,
    descriptors: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Requests that were answered to their end.
    pub answered: u32,
    /// Requests that were cancelled.
    pub cancelled: u32,
    /// Models that were loaded.
    pub loads: u32,
    /// Workers that were killed.
    pub kills: u32,
    /// Where another run can go on.
    pub reached: u32,
    own: Vec<Look>,
    worker: Vec<Look>,
}

/// Runs it. `say` gets a line now and then.
///
/// # Errors
/// A request failed that should not have, or nobody answered.
pub fn run(plan: Plan, mut say: impl FnMut(&str)) -> Result<Outcome> {
    let begun = Instant::now();
    let conversation = Conversation::new(worker());
    let mut random = Random::new(5 + u64::from(plan.from));
    let mut outcome = Outcome { reached: plan.from, ..Outcome::default() };
    let look_each = (plan.requests / LOOKS).clamp(*LOOK_EACH.start(), *LOOK_EACH.end());
    for request in plan.from..plan.requests {
        if begun.elapsed() >= plan.time {
            break;
        }
        let killing = plan.kills && request >= plan.requests / 2;
        one(&conversation, &mut random, killing, &mut outcome)?;
        outcome.reached = request + 1;
        if request % look_each == look_each - 1 {
            look(&conversation, request, killing, &mut outcome)?;
        }
        if request % 500 == 499 {
            say(&format!("{} requests after {:.0} s: {outcome}", request + 1, begun.elapsed().as_secs_f64()));
        }
    }
    Ok(outcome)
}

fn profile(random: &mut Random) -> RunProfile {
    let context_tokens = if random.below(12) == 0 { 1024 } else { 2048 };
    RunProfile { context_tokens, ..RunProfile::default() }
}

/// One request with what belongs to it.
fn one(conversation: &Conversation, random: &mut Random, killing: bool, outcome: &mut Outcome) -> Result<()> {
    let model = TestModel::Starter.reference();
    let loaded = conversation.load(&model, &profile(random), |_| {})?;
    outcome.loads += u32::from(loaded.load_ms > 0.0);
    if killing && random.below(10) == 0 {
        return kill(conversation, random, outcome);
    }
    let cancels = random.below(5) == 0;
    let prompt = match random.below(3) {
        0 => sample_edit(),
        1 => Prompt::Raw("Once upon a time ".repeat(1 + random.below(40) as usize)),
        _ => Prompt::Raw(format!("{} green bottles", random.below(1_000))),
    };
    let limit = Control { max_tokens: Some(1 + random.below(16) as u32), ..Control::default() };
    let reply = conversation.ask(prompt, Sampling::default(), limit, |client, event| {
        if let (true, WorkerMessage::PromptReady { id, .. } | WorkerMessage::Delta { id, .. }) =
            (cancels, event)
        {
            client.cancel(*id);
        }
    })?;
    if reply.stop == ipc::protocol::StopReason::Cancelled {
        outcome.cancelled += 1;
    } else {
        ensure!(reply.usage.generated_tokens > 0, "an answer without a token: {reply:?}");
        outcome.answered += 1;
    }
    if random.below(15) == 0 {
        conversation.unload()?;
    }
    Ok(())
}

/// Kills the worker under a running request; the request must fail, and only it.
fn kill(conversation: &Conversation, random: &mut Random, outcome: &mut Outcome) -> Result<()> {
    let client = conversation.client();
    let Some(pid) = client.worker_pid() else { bail!("there is no worker to kill") };
    let delay = Duration::from_millis(random.below(150));
    let killer = std::thread::spawn(move || {
        std::thread::sleep(delay);
        std::process::Command::new("kill").args(["-9", &pid.to_string()]).status()
    });
    let (prompt, params) = (sample_edit(), Sampling::default());
    let limit = Control { max_tokens: Some(2_000), ..Control::default() };
    match conversation.ask(prompt, params, limit, |_, _| {}) {
        Ok(_) => outcome.answered += 1,
        Err(failure) if matches!(failure.kind, FailureKind::WorkerDied | FailureKind::OutOfMemory) => {}
        Err(failure) => return Err(failure.into()),
    }
    killer.join().map_err(|_| anyhow::anyhow!("the killer fell"))??;
    outcome.kills += 1;
    client.forgive();
    // The end of the worker may come behind the end of the request.
    let end = Instant::now() + Duration::from_secs(60);
    while client.worker_pid() == Some(pid) {
        ensure!(Instant::now() < end, "{pid} is not gone");
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// Looks at both ends with no model in memory. A worker's life is compared with itself alone, so not where kills are.
fn look(conversation: &Conversation, request: u32, killing: bool, outcome: &mut Outcome) -> Result<()> {
    let client = conversation.client();
    client.send(Request::UnloadModel { id: client.next_id(), model: None })?;
    // Answered behind the unload.
    conversation.devices()?;
    let of = |pid: u32| Look { request, resident: resident_bytes(pid), descriptors: descriptors(pid) };
    outcome.own.push(of(std::process::id()));
    if let (false, Some(pid)) = (killing, client.worker_pid()) {
        outcome.worker.push(of(pid));
    }
    Ok(())
}

/// Open descriptors of a process (Linux); 0 where that is not told.
fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

impl Outcome {
    /// Bytes that memory of the client and of the worker grows by with each request.
    pub fn slopes(&self) -> (f64, f64) {
        (slope(&self.own), slope(&self.worker))
    }
}

/// Looks that count.
fn settled(looks: &[Look]) -> &[Look] {
    &looks[looks.len() / WARM_UP..]
}

/// Bytes that memory grows by with each request: the median of the slopes between any two looks (Theil and Sen), which a few odd ones do
/// not move.
fn slope(looks: &[Look]) -> f64 {
    let looks = settled(looks);
    let pairs = looks.iter().enumerate().flat_map(|(at, a)| looks[at + 1..].iter().map(move |b| (a, b)));
    let slopes = pairs.map(|(a, b)| {
        (b.resident as f64 - a.resident as f64) / (f64::from(b.request) - f64::from(a.request))
    });
    median(slopes.collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Bytes that memory has grown by from the first look that counts to the last, and that it may have grown by without a leak.
fn growth(looks: &[Look]) -> (f64, f64) {
    /// An arena of the allocator grows by 132 kB at a time (mallopt(3), M_TOP_PAD), and a few threads have one.
    const GRAIN: f64 = 4.0 * 132e3;
    /// Looks lie this many times as far from their line as half of them do.
    const ODD: f64 = 6.0;
    let slope = slope(looks);
    let looks = settled(looks);
    let (Some(first), Some(last)) = (looks.first(), looks.last()) else { return (0.0, GRAIN) };
    let after = |look: &Look| f64::from(look.request - first.request);
    let levels: Vec<f64> = looks.iter().map(|look| look.resident as f64 - slope * after(look)).collect();
    let level = median(levels.clone());
    let noise = median(levels.iter().map(|at| (at - level).abs()).collect());
    (slope * after(last), GRAIN + ODD * noise)
}

fn opened(looks: &[Look]) -> i64 {
    let looks = settled(looks);
    let count = |look: Option<&Look>| look.map_or(0, |look| look.descriptors as i64);
    count(looks.last()) - count(looks.first())
}

impl Outcome {
    /// What is wrong: memory that grows beyond its own noise, descriptors that stay.
    pub fn leaks(&self) -> Vec<String> {
        const MAX_DESCRIPTORS: i64 = 3;
        let mut leaks = Vec::new();
        for (name, looks) in [("the client", &self.own), ("the worker", &self.worker)] {
            let ((grown, allowed), more) = (growth(looks), opened(looks));
            if grown > allowed {
                leaks.push(format!("{name} grows by {:.1} kB with each request", slope(looks) / 1e3));
            }
            if more > MAX_DESCRIPTORS {
                leaks.push(format!("{name} has {more} descriptors more at the end"));
            }
        }
        leaks
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { answered, cancelled, loads, kills, own, worker, .. } = self;
        let last = |looks: &[Look]| {
            looks.last().map_or((0, 0), |look| (look.resident / 1_000_000, look.descriptors))
        };
        let ((client_mb, client_fd), (worker_mb, worker_fd)) = (last(own), last(worker));
        write!(
            f,
            "{answered} answered, {cancelled} cancelled, {loads} loads, {kills} kills; client {client_mb} MB ({:+.0} bytes a \
             request), {client_fd} descriptors; empty worker {worker_mb} MB ({:+.0} bytes a request), {worker_fd} descriptors",
            slope(own),
            slope(worker)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This many looks, one each this many requests, with noise and one odd look.
    fn looks(count: u32, each: u32, grows: u64, opens: usize) -> Vec<Look> {
        let odd = |n: u32| if n == count - 2 { 3_000_000 } else { u64::from(n % 3) * 40_000 };
        let look = |n: u32| Look {
            request: n * each,
            resident: 50_000_000 + u64::from(n) * grows * u64::from(each) + odd(n),
            descriptors: 20 + n as usize * opens,
        };
        (0..count).map(look).collect()
    }

    fn leaks(own: Vec<Look>, worker: Vec<Look>) -> Vec<String> {
        Outcome { own, worker, ..Outcome::default() }.leaks()
    }

    #[test]
    fn a_leak_is_seen_through_the_noise_and_noise_is_no_leak() {
        let still = || looks(200, 25, 0, 0);
        assert!(leaks(still(), still()).is_empty());
        assert_eq!(leaks(still(), looks(200, 25, 400, 0)), ["the worker grows by 0.4 kB with each request"]);
        assert_eq!(leaks(looks(200, 25, 0, 1), still()), ["the client has 133 descriptors more at the end"]);
    }

    #[test]
    fn a_short_run_sees_a_leak_that_is_larger() {
        let still = || looks(15, 5, 0, 0);
        assert!(leaks(still(), still()).is_empty());
        assert_eq!(
            leaks(looks(15, 5, 30_000, 0), still()),
            ["the client grows by 30.0 kB with each request"]
        );
        assert!(leaks(Vec::new(), Vec::new()).is_empty());
    }
}
