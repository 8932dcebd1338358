//! Real edit tasks with and without drafts: what speculation from the selection is worth.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use ipc::{
    blocking::{Conversation, Reply},
    protocol::{CodeContext, Control, Profile, Prompt, Sampling},
};
use serde_json::Value;
use tests::{TestModel, worker};

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
    let share = |f: fn(&Reply) -> u32| drafted.iter().map(|r| f64::from(f(r))).sum::<f64>();
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

fn run(model: TestModel, prompts: &[Prompt], speculate: bool) -> Result<Vec<Reply>> {
    let conversation = Conversation::new(worker());
    let profile = Profile { context_tokens: 4096, speculate, ..Profile::default() };
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
pub fn rate(replies: &[Reply]) -> f64 {
    let tokens: f64 = replies.iter().map(|r| f64::from(r.usage.generated_tokens.saturating_sub(1))).sum();
    let ms: f64 = replies.iter().map(|r| r.usage.decode_ms).sum();
    tokens * 1000.0 / ms
}

pub fn wall(replies: &[Reply]) -> f64 {
    replies.iter().map(|r| r.total.as_secs_f64()).sum()
}

pub fn read(tasks: &Path, limit: usize) -> Result<Vec<Prompt>> {
    let text = fs::read_to_string(tasks).with_context(|| tasks.display().to_string())?;
    text.lines().take(limit).map(|line| prompt(&serde_json::from_str(line)?)).collect()
}

fn prompt(task: &Value) -> Result<Prompt> {
    let field = |name: &str| task[name].as_str().with_context(|| format!("a task has no {name}"));
    let line = |n: usize| task["select_lines"][n].as_u64().context("a task has no select_lines");
    let (first, last) = (line(0)? as usize, line(1)? as usize);
    let lines: Vec<&str> = field("text")?.split_inclusive('\n').collect();
    let part = |from: usize, to: usize| lines.get(from..to.min(lines.len())).unwrap_or_default().concat();
    let language = if field("language")? == "python" { "Python" } else { "JavaScript" };
    Ok(Prompt::Edit(CodeContext {
        file_name: field("file_name")?.into(),
        language: language.into(),
        before: part(0, first - 1),
        selection: part(first - 1, last),
        after: part(last, lines.len()),
        instruction: field("instruction")?.into(),
        ..CodeContext::default()
    }))
}
