//! The JSON that commands write: one object on the last line, fields only ever added.

use assist::{
    answer::AnswerVerdict, attempts::Attempts, behaviour::Behaviour, check::Proposal, commit::StagedChanges,
    proof::promise::PromiseState,
};
use editor_core::review::Review;
use ipc::{
    blocking::BlockingReply,
    protocol::{StopReason, Usage},
};
use serde_json::{Map, Value, json};

use super::{args::Args, session::HeadlessSession};

/// All attempts at an improvement, and what they cost together.
pub struct Improved {
    /// The attempts.
    pub attempts: Attempts,
    /// The proposal that is shown.
    pub best: usize,
    /// All replies as one: sums, and the first token of the first.
    pub cost: BlockingReply,
    /// From the first question to the last judgement, in milliseconds.
    pub total_ms: f64,
}

impl Improved {
    /// The proposal that is shown.
    pub fn proposal(&self) -> &Proposal {
        &self.attempts.proposals()[self.best]
    }
}

/// Writes the object as the last line.
pub fn json(object: &Value) {
    println!("{object}");
}

/// What `improve` reports: costs are those of all attempts together.
pub fn improved(args: &Args, session: &HeadlessSession, review: &Review, improved: &Improved) -> Value {
    let mut object = common(args, session, &improved.cost);
    let proposal = improved.proposal();
    let held = proposal.held.iter().filter(|held| held.ran);
    object.insert("total_ms".into(), json!(improved.total_ms));
    object.insert("text".into(), json!(proposal.text));
    object.insert("diff".into(), json!(review.unified_diff(&args.diff_name())));
    object.insert("verdict".into(), json!(verdict(proposal.verdict)));
    object.insert("hunks".into(), json!(review.hunks().len()));
    let may_apply = proposal.breaks.is_none() || args.anyway;
    object.insert("applied".into(), json!(args.apply && may_apply && !review.hunks().is_empty()));
    let proof = proposal.proof.as_ref();
    let proof =
        proof.map(|proof| json!({ "only": proof.word(), "words": proof.words(), "reason": proof.reason() }));
    object.insert("proof".into(), json!(proof));
    object.insert("promise".into(), json!(proposal.promise.as_ref().map(PromiseState::word)));
    object.insert("behaviour".into(), json!(proposal.behaviour.as_ref().map(behaviour)));
    object.insert("breaks_syntax".into(), json!(proposal.breaks.is_some()));
    object.insert("checked".into(), json!(proposal.checked.as_ref().map(|checked| checked.is_ok())));
    object.insert("attempts".into(), json!(improved.attempts.proposals().len()));
    object.insert("attempt".into(), json!(improved.best + 1));
    let proposals = improved.attempts.proposals().iter().map(one_of_all).collect::<Vec<_>>();
    object.insert("proposals".into(), json!(proposals));
    object.insert("examples".into(), json!(held.clone().count()));
    object.insert("examples_held".into(), json!(held.filter(|held| held.passed).count()));
    Value::Object(object)
}

/// An attempt, shown or not. `changes`: for each input the number of the result that it gives now, 0 where that is what it was, so that
/// answers can be compared with each other.
fn one_of_all(proposal: &Proposal) -> Value {
    let difference = proposal.behaviour.as_ref().and_then(Behaviour::difference);
    let changes = difference.and_then(|difference| difference.results.as_ref()).map(|changed| &changed.0);
    json!({
        "changes": changes,
        "text": proposal.text,
        "verdict": verdict(proposal.verdict),
        "behaviour": proposal.behaviour.as_ref().map(behaviour),
        "checked": proposal.checked.as_ref().map(|checked| checked.is_ok()),
    })
}

/// Whether both versions did the same, on how many inputs, and the simplest one on which they did not.
fn behaviour(found: &Behaviour) -> Value {
    match found {
        Behaviour::Same { inputs, speed, .. } => json!({
            "same": true, "inputs": inputs, "words": found.words(),
            "old_ms": speed.map(|speed| speed.old_ms), "new_ms": speed.map(|speed| speed.new_ms),
        }),
        Behaviour::Differs(difference) => json!({
            "same": false, "inputs": difference.inputs, "words": found.words(), "call": difference.call,
            "old": difference.old, "new": difference.new,
        }),
    }
}

fn verdict(verdict: AnswerVerdict) -> &'static str {
    match verdict {
        AnswerVerdict::Changed => "changed",
        AnswerVerdict::Unchanged => "unchanged",
        AnswerVerdict::Empty => "empty",
        AnswerVerdict::Elided => "elided",
        AnswerVerdict::Refused => "refused",
    }
}

/// Two replies as one: what they cost is added up, the rest is the later one's.
pub fn together(before: &BlockingReply, later: &BlockingReply) -> BlockingReply {
    let (a, b) = (before.usage, later.usage);
    BlockingReply {
        usage: Usage {
            prompt_tokens: a.prompt_tokens + b.prompt_tokens,
            cached_tokens: a.cached_tokens + b.cached_tokens,
            generated_tokens: a.generated_tokens + b.generated_tokens,
            drafted_tokens: a.drafted_tokens + b.drafted_tokens,
            accepted_tokens: a.accepted_tokens + b.accepted_tokens,
            ttft_ms: a.ttft_ms,
            prefill_ms: a.prefill_ms + b.prefill_ms,
            decode_ms: a.decode_ms + b.decode_ms,
            threads: b.threads,
        },
        total: before.total + later.total,
        first_delta: before.first_delta.or(later.first_delta),
        ..later.clone()
    }
}

/// What `explain` reports.
pub fn explained(args: &Args, session: &HeadlessSession, reply: &BlockingReply) -> Value {
    let mut object = common(args, session, reply);
    object.insert("text".into(), json!(reply.text));
    Value::Object(object)
}

/// What `commit-message` reports.
pub fn message(
    args: &Args,
    session: &HeadlessSession,
    reply: &BlockingReply,
    staged: &StagedChanges,
    message: &str,
) -> Value {
    let mut object = common(args, session, reply);
    let cut: Vec<Value> =
        staged.cut.iter().map(|(file, lines)| json!({ "file": file, "lines_left_out": lines })).collect();
    object.insert("text".into(), json!(message));
    object.insert("files".into(), json!(staged.files));
    object.insert("files_not_named".into(), json!(staged.unnamed));
    object.insert("cut".into(), json!(cut));
    Value::Object(object)
}

/// What `name` reports.
pub fn names(args: &Args, session: &HeadlessSession, reply: &BlockingReply, names: &[String]) -> Value {
    let mut object = common(args, session, reply);
    object.insert("names".into(), json!(names));
    Value::Object(object)
}

fn common(args: &Args, session: &HeadlessSession, reply: &BlockingReply) -> Map<String, Value> {
    let model = session.model();
    let usage = &reply.usage;
    let value = json!({
        "command": args.kind.word(),
        "file": args.file.to_string_lossy(),
        "lines": [args.lines.0, args.lines.1],
        "model": {
            "id": model.id,
            "sha256": model.sha256,
            "description": model.description,
            "context_tokens": model.context_tokens,
            "load_ms": model.load_ms,
            "resident_bytes": model.resident_bytes,
        },
        // What was made smaller for want of memory.
        "steps": session.told(),
        "stop": stop(reply.stop),
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "generated_tokens": usage.generated_tokens,
        "drafted_tokens": usage.drafted_tokens,
        "accepted_tokens": usage.accepted_tokens,
        "trimmed_before_bytes": reply.prompt.trimmed_before,
        "trimmed_after_bytes": reply.prompt.trimmed_after,
        "trimmed_reference_bytes": reply.prompt.trimmed_reference,
        "ttft_ms": usage.ttft_ms,
        "prefill_ms": usage.prefill_ms,
        "decode_ms": usage.decode_ms,
        "prefill_tokens_per_s": usage.prefill_rate(),
        "tokens_per_s": usage.decode_rate(),
        "total_ms": reply.total.as_secs_f64() * 1000.0,
        "threads": usage.threads,
    });
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn stop(reason: StopReason) -> &'static str {
    match reason {
        StopReason::EndOfAnswer => "end",
        StopReason::StopText => "stop",
        StopReason::Length => "length",
        StopReason::Cancelled => "cancelled",
        StopReason::Deadline => "deadline",
        StopReason::Overtaken => "overtaken",
    }
}
