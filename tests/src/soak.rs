//! Many requests in one life: answers, cancels, loads, unloads, other profiles and kills in random order, with memory and
//! descriptors of both ends looked at on the way.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use ipc::blocking::Conversation;
use ipc::protocol::{Control, Event, FailureKind, Profile, Prompt, Request, Sampling};

use crate::{Random, TestModel, resident_bytes, sample_edit, worker};

/// Between two looks at memory, in requests.
const LOOK_EACH: u32 = 25;
/// The first looks are left out: caches and arenas fill.
const WARM_UP: usize = 4;

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
    for request in plan.from..plan.requests {
        if begun.elapsed() >= plan.time {
            break;
        }
        let killing = plan.kills && request >= plan.requests / 2;
        one(&conversation, &mut random, killing, &mut outcome)?;
        outcome.reached = request + 1;
        if request % LOOK_EACH == LOOK_EACH - 1 {
            look(&conversation, request, killing, &mut outcome)?;
        }
        if request % 500 == 499 {
            say(&format!("{} requests after {:.0} s: {outcome}", request + 1, begun.elapsed().as_secs_f64()));
        }
    }
    Ok(outcome)
}

fn profile(random: &mut Random) -> Profile {
    let context_tokens = if random.below(12) == 0 { 1024 } else { 2048 };
    Profile { context_tokens, ..Profile::default() }
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
        if let (true, Event::PromptReady { id, .. } | Event::Delta { id, .. }) = (cancels, event) {
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

/// Bytes that memory grows by with each request: the slope of the line nearest to all looks.
fn slope(looks: &[Look]) -> f64 {
    let looks = looks.get(WARM_UP..).unwrap_or_default();
    let n = looks.len() as f64;
    if n < 2.0 {
        return 0.0;
    }
    let (x, y) =
        looks.iter().fold((0.0, 0.0), |(x, y), look| (x + f64::from(look.request), y + look.resident as f64));
    let (x, y) = (x / n, y / n);
    let both = |look: &Look| (f64::from(look.request) - x, look.resident as f64 - y);
    let (up, over) = looks.iter().map(both).fold((0.0, 0.0), |(up, over), (x, y)| (up + x * y, over + x * x));
    if over > 0.0 { up / over } else { 0.0 }
}

fn growth(looks: &[Look]) -> i64 {
    let looks = looks.get(WARM_UP..).unwrap_or_default();
    let count = |look: Option<&Look>| look.map_or(0, |look| look.descriptors as i64);
    count(looks.last()) - count(looks.first())
}

impl Outcome {
    /// What is wrong: memory that grows, descriptors that stay.
    pub fn leaks(&self) -> Vec<String> {
        // A thousand requests may leave so many bytes behind: the noise of an allocator.
        const MOST_PER_REQUEST: f64 = 4_000.0;
        const MOST_DESCRIPTORS: i64 = 3;
        let mut leaks = Vec::new();
        for (name, looks) in [("the client", &self.own), ("the worker", &self.worker)] {
            let (bytes, more) = (slope(looks), growth(looks));
            if bytes > MOST_PER_REQUEST {
                leaks.push(format!("{name} grows by {:.0} kB with each request", bytes / 1e3));
            }
            if more > MOST_DESCRIPTORS {
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

    fn looks(grows: u64, opens: usize) -> Vec<Look> {
        let look = |n: u32| Look {
            request: n * LOOK_EACH,
            resident: 50_000_000 + u64::from(n) * grows * u64::from(LOOK_EACH) + u64::from(n % 3) * 40_000,
            descriptors: 20 + n as usize * opens,
        };
        (0..100).map(look).collect()
    }

    #[test]
    fn a_leak_is_seen_through_the_noise_and_noise_is_no_leak() {
        let of = |own, worker| Outcome { own, worker, ..Outcome::default() }.leaks();
        assert!(of(looks(0, 0), looks(0, 0)).is_empty());
        assert_eq!(of(looks(0, 0), looks(20_000, 0)), ["the worker grows by 20 kB with each request"]);
        assert_eq!(of(looks(0, 1), looks(0, 0)), ["the client has 95 descriptors more at the end"]);
    }
}
