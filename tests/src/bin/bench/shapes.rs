//! Memory and rate of models that are too large to be at hand: synthetic files of the shape of Qwen2.5-Coder 7B and 14B.
//!
//! The files (4.7 and 9 GB) are made in the cache and removed afterwards. Their answers are noise; drafts would be too.

use anyhow::{Context as _, Result};
use ipc::{
    blocking::Conversation,
    protocol::{Control, Event, ModelRef, Profile, Prompt, Sampling},
};
use tests::{TestModel, cache, process_exists, synthetic, worker};

use super::table::{Goal, Table};

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
    let model = ModelRef { id: format!("synthetic-{name}"), path: path.to_owned(), sha256: None };
    let profile = Profile { speculate: false, ..Profile::default() };
    conversation.load(&model, &profile, |_| {})?;
    let ctrl = || Control { max_tokens: Some(24), ..Control::default() };
    let prompt = || Prompt::Raw("a word of it ".repeat(80));
    let reply = conversation.ask(prompt(), Sampling::default(), ctrl(), |_, _| {})?;
    // What a request took is told after its answer, and before the next request is answered.
    conversation.devices()?;
    let Some(Event::Residency { models, .. }) = conversation.residency() else {
        anyhow::bail!("the worker told nothing of its memory")
    };
    let predicted = models.first().context("no model is in memory")?.bytes_predicted + models::fit::PROCESS;
    let pid = conversation.client().worker_pid().filter(|pid| process_exists(*pid)).context("no worker")?;
    let peak = tests::process_memory(pid, "VmHWM:").context("the system does not tell")?;
    table.add(format!("{name}: memory predicted"), predicted as f64 / 1e9, "GB");
    table.add(format!("{name}: memory at most"), peak as f64 / 1e9, "GB");
    let over = predicted as f64 / peak as f64;
    table.add_with_goal(format!("{name}: predicted / measured"), over, "", Goal::Most(1.05));
    table.add(format!("{name}: prefill"), reply.usage.prefill_rate(), "tokens/s");
    table.add(format!("{name}: decode"), reply.usage.decode_rate(), "tokens/s");
    let read = reply.usage.decode_rate() * size as f64;
    table.add(format!("{name}: weights read"), read / 1e9, "GB/s");
    Ok(())
}
