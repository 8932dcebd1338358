//! Rates through the whole path (client, wire, worker, llama.cpp), first tokens, and what the wire itself costs.

use std::{thread, time::Duration};

use anyhow::Result;
use ipc::{
    blocking::Conversation,
    client::Signal,
    protocol::{CodeContext, Control, Prompt, Request, RunProfile, Sampling, WorkerMessage},
};
use tests::{
    TestModel,
    figures::{median, quantile},
    sample_edit, worker,
};

use crate::{
    bare::Bare,
    table::{Goal, Table},
};

const PROMPT_WORDS: usize = 400;
const DECODED: u32 = 64;
/// Sizes of steps whose cost says what drafts can be worth.
const STEPS: [usize; 8] = [1, 2, 3, 4, 8, 16, 24, 32];
const CONTEXT: u32 = 2048;

fn profile(speculate: bool) -> RunProfile {
    RunProfile { context_tokens: CONTEXT, gpu: false, speculate, ..RunProfile::default() }
}

fn limit(tokens: u32) -> Control {
    Control { max_tokens: Some(tokens), ..Control::default() }
}

/// A text that no cache knows: it differs from its first word on.
pub fn fresh_text(round: usize) -> String {
    let words = ["list", "value", "return", "index", "total", "of", "the", "for", "each", "sum"];
    (0..PROMPT_WORDS).map(|n| format!("{} ", words[(n * (round + 3) + round) % words.len()])).collect()
}

/// Prefill and decode rate through the path against the bare loop, and the cost of the wire.
pub fn rates(table: &mut Table, model: TestModel, rounds: usize) -> Result<()> {
    let reference = model.reference();
    let conversation = Conversation::new(worker());
    let loaded = conversation.load(&reference, &profile(false), |_| {})?;
    let micro_batch = RunProfile::default().micro_batch;
    let mut bare = Bare::load(&reference.path, CONTEXT, micro_batch, loaded.threads)?;
    let (mut path_prefill, mut path_decode, mut bare_prefill, mut bare_decode) =
        (vec![], vec![], vec![], vec![]);
    let mut wire = Vec::new();
    for round in 0..rounds {
        let text = fresh_text(round);
        let tokens = bare.tokens(&text);
        let rates = bare.run(&tokens, DECODED as usize)?;
        bare_prefill.push(rates.prefill);
        bare_decode.push(rates.decode);
        // The idle threads of the other side must have gone to sleep.
        thread::sleep(Duration::from_millis(300));
        let reply = conversation.ask(Prompt::Raw(text), Sampling::default(), limit(DECODED), |_, _| {})?;
        path_prefill.push(reply.usage.prefill_rate());
        path_decode.push(reply.usage.decode_rate());
        let worker_ms = reply.usage.ttft_ms + reply.usage.decode_ms;
        wire.push(
            (reply.total.as_secs_f64() * 1000.0 - worker_ms) / f64::from(reply.usage.generated_tokens.max(1)),
        );
        thread::sleep(Duration::from_millis(300));
    }
    table.add("prefill, llama.cpp's own loop", median(&bare_prefill), "tokens/s");
    table.add("prefill through the path", median(&path_prefill), "tokens/s");
    let ratio = median(&path_prefill) / median(&bare_prefill);
    table.add_with_goal("prefill: path / own loop", ratio, "", Goal::Least(0.97));
    table.add("decode, llama.cpp's own loop", median(&bare_decode), "tokens/s");
    table.add("decode through the path, no drafts", median(&path_decode), "tokens/s");
    let ratio = median(&path_decode) / median(&bare_decode);
    table.add_with_goal("decode: path / own loop", ratio, "", Goal::Least(0.97));
    table.add("wire and client, for each token", median(&wire), "ms");
    for size in STEPS {
        let tokens = bare.tokens(&fresh_text(0));
        let [ggml, own] = bare.step(&tokens, size)?;
        table.add(format!("a step of {size} tokens, ggml's kernels"), ggml, "ms");
        table.add(format!("a step of {size} tokens, our kernels"), own, "ms");
    }
    pings(table, &conversation)?;
    cancels(table, &conversation, rounds)
}

/// How soon a ping is answered, idle and while the model decodes.
fn pings(table: &mut Table, conversation: &Conversation) -> Result<()> {
    let measure = |count: usize| -> Result<Vec<f64>> {
        (0..count).map(|_| Ok(conversation.ping()?.as_secs_f64() * 1000.0)).collect()
    };
    let idle = measure(200)?;
    let client = conversation.client();
    let id = client.next_id();
    let prompt = Prompt::Raw("Once upon a time".into());
    client.send(Request::Generate {
        id,
        model: None,
        prompt,
        params: Sampling::default(),
        ctrl: limit(1500),
    })?;
    thread::sleep(Duration::from_millis(500));
    let busy: Vec<f64> = (0..100)
        .map(|_| {
            thread::sleep(Duration::from_millis(20));
            Ok(conversation.ping()?.as_secs_f64() * 1000.0)
        })
        .collect::<Result<_>>()?;
    client.cancel(id);
    table.add("ping, idle, median", median(&idle), "ms");
    table.add_with_goal("ping while decoding, 99 of 100", quantile(&busy, 0.99), "ms", Goal::Most(2.0));
    Ok(())
}

/// From cancel to the end of the request, in prefill and decode.
fn cancels(table: &mut Table, conversation: &Conversation, rounds: usize) -> Result<()> {
    let mut silences = Vec::new();
    for round in 0..rounds * 2 {
        let mut at = None;
        conversation.ask(
            Prompt::Raw(fresh_text(round + 100)),
            Sampling::default(),
            limit(200),
            |client, event| {
                let now = if round % 2 == 0 {
                    matches!(event, WorkerMessage::PrefillProgress { .. })
                } else {
                    matches!(event, WorkerMessage::Delta { .. })
                };
                if now && at.is_none() {
                    at = Some(std::time::Instant::now());
                    client.cancel(event.id().unwrap_or(ipc::protocol::RequestId(0)));
                }
            },
        )?;
        silences.extend(at.map(|at| at.elapsed().as_secs_f64() * 1000.0));
    }
    table.add("cancel to the request's end, worst", quantile(&silences, 1.0), "ms");
    Ok(())
}

/// Time to first token: cold (no worker), first request on a file, second on the same file.
pub fn first_tokens(table: &mut Table, model: TestModel, rounds: usize) -> Result<()> {
    let (mut cold, mut spawn, mut load, mut second) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        let conversation = Conversation::new(worker());
        let start = std::time::Instant::now();
        conversation.ping()?;
        spawn.push(start.elapsed().as_secs_f64() * 1000.0);
        let loaded = conversation.load(&model.reference(), &profile(true), |_| {})?;
        load.push(loaded.load_ms);
        let reply = conversation.ask(sample_edit(), Sampling::default(), limit(4), |_, _| {})?;
        let first = start.elapsed() - reply.total + reply.first_delta.unwrap_or(reply.total);
        cold.push(first.as_secs_f64() * 1000.0);
        let reply = conversation.ask(other_instruction(), Sampling::default(), limit(4), |_, _| {})?;
        second.push(reply.first_delta.unwrap_or(reply.total).as_secs_f64() * 1000.0);
        end(&conversation);
    }
    table.add("worker started and answering", median(&spawn), "ms");
    table.add("model loaded and warm, page cache warm", median(&load), "ms");
    table.add("cold: no worker to first token of an edit", median(&cold), "ms");
    table.add("second request on the same selection, first token", median(&second), "ms");
    Ok(())
}

fn other_instruction() -> Prompt {
    match sample_edit() {
        Prompt::Edit(code) => {
            Prompt::Edit(CodeContext { instruction: "Add type hints and a comment.".into(), ..code })
        }
        other => other,
    }
}

fn end(conversation: &Conversation) {
    conversation.client().stop();
    while let Ok(signal) = conversation.signals().try_recv() {
        if matches!(signal, Signal::Stopped(_)) {
            break;
        }
    }
}
