//! Ours beside llama-server and llama-bench, in one run, taking turns.
//!
//! Both sides run the same model file with greedy sampling. A task is asked of llama-server as a plain chat request: file and
//! selection in one message; of ours as the editor asks, the selection sent ahead a second before the key.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use ipc::{
    blocking::{BlockingReply, Conversation},
    client::{MEMORY_IN_LARGE_PAGES, WorkerProgram},
    handshake::STATES_VARIABLE,
    protocol::{CodeContext, Control, FillContext, Prompt, RunProfile, Sampling},
};
use serde_json::Value;
use tests::{
    TestModel,
    figures::median,
    sample_edit,
    server::{Answer, FOLDER_VARIABLE, ONE_SLOT, Server},
    worker,
};

use crate::{
    edits,
    table::{Goal, Table},
};

/// What can be compared.
pub const COMPARISONS: [&str; 6] = ["rates", "tasks", "file", "cold", "typing", "busy"];
/// As llama-server is started.
const CONTEXT: u32 = 8192;
/// So that the threads of the side that has just answered have gone to sleep.
const PAUSE: Duration = Duration::from_millis(400);
/// How long a selection rests before its key is pressed.
const REST: Duration = Duration::from_secs(1);

/// Where `cargo xtask peers` built them; `None`: it has not.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from)
}

/// Both sides.
pub struct Peers {
    folder: PathBuf,
    model: TestModel,
}

impl Peers {
    /// The peers that `cargo xtask peers` built.
    pub fn find(model: TestModel) -> Result<Peers> {
        Ok(Peers { folder: folder().context("run `cargo xtask peers` first")?, model })
    }

    fn server(&self, more: &[&str]) -> Result<Server> {
        let options = [&ONE_SLOT, more].concat();
        Server::start(&self.folder.join("llama-server"), &self.model.path(), &options)
    }

    /// The named comparisons, in the order of [`COMPARISONS`]; all when none is named.
    pub fn measure(
        &self,
        table: &mut Table,
        names: &[String],
        tasks: Option<&Path>,
        limit: usize,
        rounds: usize,
    ) -> Result<()> {
        for name in COMPARISONS.into_iter().filter(|name| names.is_empty() || names.iter().any(|n| n == name))
        {
            match (name, tasks) {
                ("rates", _) => self.rates(table, rounds)?,
                ("tasks", Some(tasks)) => self.tasks(table, tasks, limit)?,
                ("tasks", None) => eprintln!("bench: edit tasks skipped: --tasks FILE names none"),
                ("file", _) => self.same_file(table, rounds)?,
                ("cold", _) => self.cold(table, rounds)?,
                ("typing", _) => self.typing(table)?,
                _ => self.busy(table)?,
            }
        }
        Ok(())
    }

    /// Prefill and decode against llama-bench.
    fn rates(&self, table: &mut Table, rounds: usize) -> Result<()> {
        let ours = self.ours(worker(), false)?;
        let (mut ratios, mut shown) = ([vec![], vec![]], [vec![], vec![], vec![], vec![]]);
        for round in 0..rounds {
            let (prefill, decode) = llama_bench(&self.folder, &self.model.path(), 64)?;
            thread::sleep(PAUSE);
            let text = crate::engine::fresh_text(round);
            let reply = ask(&ours, Prompt::Raw(text), 65)?;
            let (our_prefill, our_decode) = (reply.usage.prefill_rate(), reply.usage.decode_rate());
            for (list, value) in shown.iter_mut().zip([prefill, our_prefill, decode, our_decode]) {
                list.push(value);
            }
            ratios[0].push(our_prefill / prefill);
            ratios[1].push(our_decode / decode);
            thread::sleep(PAUSE);
        }
        table.add("prefill, llama-bench", median(&shown[0]), "tokens/s");
        table.add("prefill, ours", median(&shown[1]), "tokens/s");
        table.add_with_goal("prefill: ours / llama-bench", median(&ratios[0]), "", Goal::Least(0.98));
        table.add("decode, llama-bench", median(&shown[2]), "tokens/s");
        table.add("decode without drafts, ours", median(&shown[3]), "tokens/s");
        table.add_with_goal("decode: ours / llama-bench", median(&ratios[1]), "", Goal::Least(0.98));
        Ok(())
    }

    fn ours(&self, program: WorkerProgram, speculate: bool) -> Result<Conversation> {
        let conversation = Conversation::new(program);
        let profile = RunProfile { context_tokens: CONTEXT, speculate, ..RunProfile::default() };
        conversation.load(&self.model.reference(), &profile, |_| {})?;
        Ok(conversation)
    }

    /// Edit tasks: decode rate and wall time.
    fn tasks(&self, table: &mut Table, tasks: &Path, limit: usize) -> Result<()> {
        let prompts = edits::read(tasks, limit)?;
        let plain = self.server(&[])?;
        let drafting = self.server(&["--spec-type", "ngram-simple"])?;
        let ours = self.ours(worker(), true)?;
        let (mut ours_all, mut plain_all, mut drafting_all) = (vec![], vec![], vec![]);
        for prompt in &prompts {
            let Prompt::Edit(code) = prompt else { continue };
            let text = as_chat(code);
            plain_all.push(plain.chat(&text, 1024)?);
            thread::sleep(PAUSE);
            drafting_all.push(drafting.chat(&text, 1024)?);
            thread::sleep(PAUSE);
            // The editor sends ahead what has rested, and stops that when the key comes.
            primed(&ours, prompt)?;
            ours_all.push(ask(&ours, prompt.clone(), 1024)?);
            thread::sleep(PAUSE);
        }
        table.add("edit tasks", prompts.len() as f64, "");
        let (rate, plain_rate, drafting_rate) =
            (edits::rate(&ours_all), rate(&plain_all), rate(&drafting_all));
        table.add("edit tasks, decode, llama-server", plain_rate, "tokens/s");
        table.add("edit tasks, decode, llama-server with ngram-simple", drafting_rate, "tokens/s");
        table.add("edit tasks, decode, ours", rate, "tokens/s");
        table.add_with_goal(
            "edit tasks, decode: ours / llama-server",
            rate / plain_rate,
            "",
            Goal::Least(3.5),
        );
        let best = rate / drafting_rate;
        table.add_with_goal("edit tasks, decode: ours / its best drafts", best, "", Goal::Least(1.3));
        let (wall, plain_wall, drafting_wall) =
            (edits::wall(&ours_all), wall(&plain_all), wall(&drafting_all));
        table.add("edit tasks, key to last token, llama-server", plain_wall, "s");
        table.add("edit tasks, key to last token, with ngram-simple", drafting_wall, "s");
        table.add("edit tasks, key to last token, ours, rested 1 s", wall, "s");
        table.add_with_goal("edit tasks, time: llama-server / ours", plain_wall / wall, "", Goal::Least(4.0));
        let best = drafting_wall / wall;
        table.add_with_goal("edit tasks, time: its best drafts / ours", best, "", Goal::Least(2.0));
        self.memory(table, &ours, &plain)
    }

    /// Resident memory of both after the same work with the same context.
    fn memory(&self, table: &mut Table, ours: &Conversation, server: &Server) -> Result<()> {
        let own = resident(ours.client().worker_pid().context("no worker")?)?;
        let peer = resident(server.pid())?;
        table.add("resident, llama-server", peer / 1e9, "GB");
        table.add("resident, ours", own / 1e9, "GB");
        table.add_with_goal("resident: ours / llama-server", own / peer, "", Goal::Most(0.7));
        Ok(())
    }

    /// First token of a first and a second request on one file, and after a selection was sent ahead.
    fn same_file(&self, table: &mut Table, rounds: usize) -> Result<()> {
        let server = self.server(&[])?;
        let ours = self.ours(worker(), true)?;
        let (mut second, mut peer_second, mut steps) = (vec![], vec![], vec![]);
        let (mut nothing_said, mut other_instruction, mut typed) = (vec![], vec![], vec![]);
        for round in 0..rounds {
            let [one, other] = ["Fix the mistake.", "Add type hints."].map(|text| instructed(round, text));
            server.chat(&as_chat(&one), 4)?;
            peer_second.push(seconds(server.chat(&as_chat(&other), 4)?.first_token));
            thread::sleep(PAUSE);
            ask(&ours, Prompt::Edit(one), 4)?;
            second.push(seconds(first(&ask(&ours, Prompt::Edit(other), 4)?)));
            // Sent ahead without an instruction, then asked so and with one; sent ahead with the one that comes.
            let after_priming = |n: usize, ahead: &str, asked: &str| -> Result<f64> {
                ours.prime(Prompt::Edit(instructed(round + n, ahead)))?;
                Ok(seconds(first(&ask(&ours, Prompt::Edit(instructed(round + n, asked)), 12)?)))
            };
            nothing_said.push(after_priming(1000, "", "")?);
            other_instruction.push(after_priming(2000, "", "Fix the mistake.")?);
            typed.push(after_priming(3000, "Fix the mistake.", "Fix the mistake.")?);
            let plain = ask(&ours, Prompt::Raw(crate::engine::fresh_text(round)), 12)?;
            steps.push(1.0 / plain.usage.decode_rate());
            thread::sleep(PAUSE);
        }
        compare(
            table,
            [
                "second request on a file, first token, llama-server",
                "second request on a file, first token, ours",
                "second request: llama-server / ours",
            ],
            &peer_second,
            &second,
            2.0,
        );
        let step = median(&steps);
        for (name, times) in [
            ("first token after a primed selection, improve", nothing_said),
            ("first token after a primed selection, an instruction", other_instruction),
            ("first token after a primed selection and instruction", typed),
        ] {
            table.add(name, median(&times), "s");
            table.add_with_goal("the same, in decode steps", median(&times) / step, "", Goal::Most(2.0));
        }
        Ok(())
    }

    /// From the start of the process to the first token of a prompt that was asked before.
    fn cold(&self, table: &mut Table, rounds: usize) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let program = || {
            let mut program = worker();
            program.env.push((STATES_VARIABLE.into(), folder.path().into()));
            program
        };
        let Prompt::Edit(code) = sample_edit() else { return Ok(()) };
        let asked_before = self.ours(program(), true)?;
        ask(&asked_before, sample_edit(), 4)?;
        // The prompt is written to disk while nothing else is to be done.
        thread::sleep(REST);
        drop(asked_before);
        let (mut own, mut peer, mut loading, mut stored) = (vec![], vec![], vec![], vec![]);
        for _ in 0..rounds {
            back_memory()?;
            let start = Instant::now();
            let server = self.server(&[])?;
            let ready = start.elapsed();
            peer.push(seconds(ready + server.chat(&as_chat(&code), 4)?.first_token));
            drop(server);
            back_memory()?;
            let start = Instant::now();
            let ours = self.ours(program(), true)?;
            let ready = start.elapsed();
            let reply = ask(&ours, sample_edit(), 4)?;
            own.push(seconds(ready + first(&reply)));
            loading.push(seconds(ready));
            stored.push(f64::from(reply.usage.cached_tokens) / f64::from(reply.usage.prompt_tokens));
            drop(ours);
            thread::sleep(PAUSE);
        }
        compare(
            table,
            [
                "cold, process start to first token, llama-server",
                "cold, the same, ours, prompt on disk",
                "cold: llama-server / ours",
            ],
            &peer,
            &own,
            3.0,
        );
        table.add("of ours, until the model is loaded", median(&loading), "s");
        table.add("share of the prompt that came from disk", median(&stored), "");
        Ok(())
    }

    /// Completion of sixteen tokens after each pause in typing.
    fn typing(&self, table: &mut Table) -> Result<()> {
        let server = self.server(&["--cache-reuse", "32"])?;
        let ours = self.ours(worker(), true)?;
        let (mut own, mut peer) = (vec![], vec![]);
        let (before, after, typed) = typed_code();
        for (turn, end) in (0..=typed.len()).step_by(3).enumerate() {
            let before = format!("{before}{}", &typed[..end]);
            let answer = server.infill(&before, &after, 16)?;
            thread::sleep(PAUSE);
            let caret = FillContext {
                file_name: "stats.py".into(),
                before,
                after: after.clone(),
                others: Vec::new(),
            };
            let reply = ask(&ours, Prompt::Fill(caret), 16)?;
            // The first one computes the whole prompt on both sides.
            if turn > 0 {
                peer.push(seconds(answer.total));
                own.push(seconds(reply.total));
            }
            thread::sleep(PAUSE);
        }
        compare(
            table,
            [
                "completion while typing, 16 tokens, llama-server with cache reuse",
                "completion while typing, 16 tokens, ours",
                "completion: llama-server / ours",
            ],
            &peer,
            &own,
            1.3,
        );
        Ok(())
    }

    /// Decode rate while another program keeps one core busy: of free text, and of an edit.
    fn busy(&self, table: &mut Table) -> Result<()> {
        let server = self.server(&[])?;
        let ours = self.ours(worker(), true)?;
        let text = "Once upon a time there was";
        let Prompt::Edit(code) = sample_edit() else { return Ok(()) };
        ask(&ours, Prompt::Raw(text.into()), 4)?;
        let peer = with_busy_core(|| server.complete(text, 12))?;
        thread::sleep(PAUSE);
        let own = with_busy_core(|| ask(&ours, Prompt::Raw(text.into()), 48))?;
        thread::sleep(PAUSE);
        let peer_edit = with_busy_core(|| server.chat(&as_chat(&code), 256))?;
        thread::sleep(PAUSE);
        let own_edit = with_busy_core(|| ask(&ours, sample_edit(), 256))?;
        for (what, peer, own) in [
            ("free text", rate(&[peer]), own.usage.decode_rate()),
            ("an edit", rate(&[peer_edit]), own_edit.usage.decode_rate()),
        ] {
            table.add(format!("decode of {what} beside a busy core, llama-server"), peer, "tokens/s");
            table.add(format!("decode of {what} beside a busy core, ours"), own, "tokens/s");
            let name = format!("decode of {what} beside a busy core: ours / llama-server");
            table.add_with_goal(name, own / peer, "", Goal::Least(8.0));
        }
        Ok(())
    }
}

/// Adds the medians of both sides, in seconds, and how many times as long the peer takes. Names: peer, ours, ratio.
fn compare(table: &mut Table, names: [&str; 3], peer: &[f64], own: &[f64], least: f64) {
    let (peer, own) = (median(peer), median(own));
    table.add(names[0], peer, "s");
    table.add(names[1], own, "s");
    table.add_with_goal(names[2], peer / own, "", Goal::Least(least));
}

/// Sends a prompt ahead and lets it rest, as the editor does; the key comes after [`REST`] whatever is done by then.
fn primed(ours: &Conversation, prompt: &Prompt) -> Result<()> {
    let start = Instant::now();
    let client = ours.client();
    let id = client.next_id();
    client.send(ipc::protocol::Request::Prime { id, model: None, prompt: prompt.clone() })?;
    thread::sleep(REST.saturating_sub(start.elapsed()));
    Ok(())
}

fn ask(conversation: &Conversation, prompt: Prompt, most: u32) -> Result<BlockingReply> {
    let ctrl = Control { max_tokens: Some(most), ..Control::default() };
    Ok(conversation.ask(prompt, Sampling::default(), ctrl, |_, _| {})?)
}

fn first(reply: &BlockingReply) -> Duration {
    reply.first_delta.unwrap_or(reply.total)
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn rate(answers: &[Answer]) -> f64 {
    let tokens: f64 = answers.iter().map(|answer| answer.tokens - 1.0).sum();
    tokens * 1000.0 / answers.iter().map(|answer| answer.decode_ms).sum::<f64>()
}

fn wall(answers: &[Answer]) -> f64 {
    answers.iter().map(|answer| seconds(answer.total)).sum()
}

/// What a plain chat request says.
fn as_chat(code: &CodeContext) -> String {
    let language = code.language.to_lowercase();
    let CodeContext { file_name, before, selection, after, instruction, .. } = code;
    format!(
        "The file {file_name}:\n```{language}\n{before}{selection}{after}```\n\nThe selection:\n```{language}\n{selection}```\n\n\
         {instruction} Answer with the whole changed selection in one fenced block and nothing else."
    )
}

/// The sample edit in a file of its own.
fn instructed(round: usize, instruction: &str) -> CodeContext {
    let Prompt::Edit(code) = sample_edit() else { unreachable!("the sample is an edit") };
    let before = format!("# Module {round}: statistics\n{}", code.before);
    CodeContext { instruction: instruction.into(), before, ..code }
}

/// What llama-bench says of a model: tokens per second of a prompt of 400, and of `answer` tokens after as many.
pub fn llama_bench(folder: &Path, model: &Path, answer: u32) -> Result<(f64, f64)> {
    let rate = |what: &[&str]| {
        let output = Command::new(folder.join("llama-bench"))
            .arg("-m")
            .arg(model)
            .args(what)
            .args(["-r", "1", "-fa", "1", "-o", "json"])
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "llama-bench failed: {said}");
        let tests: Value = serde_json::from_slice(&output.stdout)?;
        tests[0]["avg_ts"].as_f64().context("llama-bench says no rate")
    };
    Ok((rate(&["-p", "400", "-n", "0"])?, rate(&["-p", "0", "-n", &answer.to_string(), "-d", "400"])?))
}

/// A file with a caret in it, and what is typed there.
fn typed_code() -> (String, String, &'static str) {
    let function = |n: usize| {
        format!(
            "def scaled_{n}(values: list[float], factor: float = {n}.0) -> list[float]:\n    \
             \"\"\"Values times a factor.\"\"\"\n    return [value * factor for value in values]\n\n\n"
        )
    };
    let before: String = (1..8).map(function).collect();
    let after: String = (20..25).map(function).collect();
    let typed = "def mean(values: list[float]) -> float:\n    return sum(values) / len(values)\n";
    (before, format!("\n\n{after}"), typed)
}

/// Argument with which this program does nothing but [`touch_memory`].
pub const TOUCH_MEMORY: &str = "--touch-memory";

/// Has more memory touched and given back than a start needs, in the large pages that the worker asks for. The host of a virtual machine
/// takes unused pages away and returns them only slowly (seen: 340 MB/s, so that loading took 4 s instead of 0.8); what is measured is
/// the programs, not that.
fn back_memory() -> Result<()> {
    let mut program = Command::new(std::env::current_exe()?);
    let status = program.arg(TOUCH_MEMORY).envs(MEMORY_IN_LARGE_PAGES).status()?;
    ensure!(status.success(), "touching memory failed: {status}");
    Ok(())
}

/// Touches each page of 6 GiB, twice what a start needs.
pub fn touch_memory() {
    const BYTES: usize = 6 << 30;
    const PAGE: usize = 4096;
    let mut memory = vec![0u8; BYTES];
    memory.iter_mut().step_by(PAGE).for_each(|byte| *byte = 1);
    std::hint::black_box(&memory);
}

/// Runs `work` while a thread computes without pause.
fn with_busy_core<T>(work: impl FnOnce() -> T) -> T {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    let spinner = thread::spawn(move || {
        while !flag.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    });
    thread::sleep(Duration::from_millis(200));
    let result = work();
    stop.store(true, Ordering::Relaxed);
    let _spinner_cannot_panic = spinner.join();
    result
}

/// Resident bytes of a process (Linux).
fn resident(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0)
}
