//! Memory and rate of models that are too large to be at hand: synthetic files of the shape of Qwen2.5-Coder 7B and 14B.
//!
//! Beside llama-bench where it is built. The files (4.7 and 9 GB) are made in the cache and removed afterwards. Their answers are noise;
//! drafts would be too.

use anyhow::{Context as _, Result};
use ipc::{
    blocking::Conversation,
    protocol::{Control, ModelRef, Prompt, RunProfile, Sampling, WorkerMessage},
};
use tests::{TestModel, cache, process_exists, synthetic, worker};

use super::{
    peers,
    table::{Goal, Table},
};

/// Tokens decoded: a 14B takes half a second for each here.
const ANSWER: u32 = 24;

/// Measures every shape at 8,192 tokens of context.
pub fn measure(table: &mut Table) -> Result<()> {
    for shape in synthetic::SHAPES {
        let path = cache().join(format!("synthetic-{}.gguf", shape.name));
        eprintln!("bench: writing {}", path.display());
        let measured = synthetic::write(&TestModel::OneAndHalf.path(), shape, &path)
            .and_then(|()| measure_one(table, shape.name, &path));
        std::fs::remove_file(&path)?;
        measured?;
    }
    Ok(())
}

fn measure_one(table: &mut Table, name: &str, path: &std::path::Path) -> Result<()> {
    let size = std::fs::metadata(path)?.len();
    table.add(format!("{name}: file"), size as f64 / 1e9, "GB");
    let conversation = Conversation::new(worker());
    let model =
        ModelRef { id: format!("synthetic-{name}"), path: path.to_owned(), sha256: None, stamp: None };
    let profile = RunProfile { speculate: false, ..RunProfile::default() };
    conversation.load(&model, &profile, |_| {})?;
    let ctrl = Control { max_tokens: Some(ANSWER), ..Control::default() };
    let prompt = Prompt::Raw(super::engine::fresh_text(0));
    let reply = conversation.ask(prompt, Sampling::default(), ctrl, |_, _| {})?;
    // What a request took is told after its answer, and before the next request is answered.
    conversation.devices()?;
    let Some(WorkerMessage::Residency { models, .. }) = conversation.residency() else {
        anyhow::bail!("the worker told nothing of its memory")
    };
    let predicted = models.first().context("no model is in memory")?.bytes_predicted + models::fit::PROCESS;
    let pid = conversation.client().worker_pid().filter(|pid| process_exists(*pid)).context("no worker")?;
    let peak = tests::process_memory(pid, "VmHWM:").context("the system does not tell")?;
    table.add(format!("{name}: memory predicted"), predicted as f64 / 1e9, "GB");
    table.add(format!("{name}: memory at most"), peak as f64 / 1e9, "GB");
    let over = predicted as f64 / peak as f64;
    table.add_with_goal(format!("{name}: predicted / measured"), over, "", Goal::Most(1.05));
    // Both models at once would not fit.
    drop(conversation);
    let ours = (reply.usage.prefill_rate(), reply.usage.decode_rate());
    table.add(format!("{name}: prefill"), ours.0, "tokens/s");
    table.add(format!("{name}: decode"), ours.1, "tokens/s");
    table.add(format!("{name}: weights read"), ours.1 * size as f64 / 1e9, "GB/s");
    let Some(peers) = peers::folder() else { return Ok(()) };
    let theirs = peers::llama_bench(&peers, path, ANSWER)?;
    for (what, ours, theirs) in [("prefill", ours.0, theirs.0), ("decode", ours.1, theirs.1)] {
        table.add(format!("{name}: {what}, llama-bench"), theirs, "tokens/s");
        let ratio = format!("{name}: {what}, ours / llama-bench");
        table.add_with_goal(ratio, ours / theirs, "", Goal::Least(0.98));
    }
    Ok(())
}
