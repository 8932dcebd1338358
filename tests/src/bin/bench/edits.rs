//! Real edit tasks with and without drafts: what speculation from the selection is worth.

use std::path::Path;

use anyhow::Result;
use ipc::{
    blocking::{BlockingReply, Conversation},
    protocol::{CodeContext, Control, Prompt, RunProfile, Sampling},
};
use serde_json::Value;
use tests::{TestModel, tasks, worker};

use crate::table::{Goal, Table};

/// Runs the first `limit` tasks of a JSON-lines file both ways.
pub fn measure(table: &mut Table, model: TestModel, tasks: &Path, limit: usize) -> Result<()> {
    let prompts = read(tasks, limit)?;
    let drafted = run(model, &prompts, true)?;
    let plain = run(model, &prompts, false)?;
    let same = drafted.iter().zip(&plain).filter(|(a, b)| a.text == b.text).count();
    let (fast, slow) = (rate(&drafted), rate(&plain));
    table.add("edit tasks, decode without drafts", slow, "tokens/s");
    table.add("edit tasks, decode with drafts", fast, "tokens/s");
    table.add_with_goal("edit tasks: drafts / none", fast / slow, "", Goal::Least(3.5));
    let share = |f: fn(&BlockingReply) -> u32| drafted.iter().map(|r| f64::from(f(r))).sum::<f64>();
    let accepted = share(|r| r.usage.accepted_tokens) / share(|r| r.usage.drafted_tokens);
    table.add("edit tasks, drafted tokens accepted", accepted, "");
    let generated = share(|r| r.usage.generated_tokens);
    let steps = generated - share(|r| r.usage.accepted_tokens);
    table.add("edit tasks, tokens a step", generated / steps, "");
    table.add("edit tasks, drafted tokens a step", share(|r| r.usage.drafted_tokens) / steps, "");
    let ms: f64 = drafted.iter().map(|r| r.usage.decode_ms).sum();
    table.add("edit tasks, time of a step", ms / steps, "ms");
    table.add("edit tasks, wall time with drafts", wall(&drafted), "s");
    table.add("edit tasks, wall time without", wall(&plain), "s");
    table.add_with_goal(
        "edit tasks, same greedy answer",
        same as f64 / plain.len() as f64,
        "",
        Goal::Least(0.99),
    );
    Ok(())
}

fn run(model: TestModel, prompts: &[Prompt], speculate: bool) -> Result<Vec<BlockingReply>> {
    let conversation = Conversation::new(worker());
    let profile = RunProfile { context_tokens: 4096, speculate, ..RunProfile::default() };
    conversation.load(&model.reference(), &profile, |_| {})?;
    prompts
        .iter()
        .map(|prompt| {
            let ctrl = Control { max_tokens: Some(1024), ..Control::default() };
            Ok(conversation.ask(prompt.clone(), Sampling::default(), ctrl, |_, _| {})?)
        })
        .collect()
}

/// Tokens after each first one, per second of decoding.
pub fn rate(replies: &[BlockingReply]) -> f64 {
    let tokens: f64 = replies.iter().map(|r| f64::from(r.usage.generated_tokens.saturating_sub(1))).sum();
    let ms: f64 = replies.iter().map(|r| r.usage.decode_ms).sum();
    tokens * 1000.0 / ms
}

pub fn wall(replies: &[BlockingReply]) -> f64 {
    replies.iter().map(|r| r.total.as_secs_f64()).sum()
}

pub fn read(file: &Path, limit: usize) -> Result<Vec<Prompt>> {
    tasks::read(file, 0, 1, limit)?.iter().map(prompt).collect()
}

fn prompt(task: &Value) -> Result<Prompt> {
    let (before, selection, after) = tasks::parts(task)?;
    let language = if tasks::field(task, "language")? == "python" { "Python" } else { "JavaScript" };
    Ok(Prompt::Edit(CodeContext {
        file_name: tasks::field(task, "file_name")?.into(),
        language: language.into(),
        before,
        selection,
        after,
        instruction: tasks::field(task, "instruction")?.into(),
        ..CodeContext::default()
    }))
}
