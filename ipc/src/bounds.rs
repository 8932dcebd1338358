//! What an event may say: caps on every list, text and number that a worker sends.
//!
//! A frame's length caps what a message costs to read; this caps what it costs afterwards. A number that is none would pass through
//! sums, sorting and drawing, and a list of ten thousand models would be drawn. An honest worker calls [`fit`] before
//! it sends, so that nothing it says is too much; what is too much all the same, or cannot be, comes from a worker that is not
//! ours any more.

use crate::protocol::{
    Approach, CodeContext, Control, Device, Failure, LoadedModel, Prompt, PromptReport, Request,
    ResidentModel, Usage, WorkerMessage,
};

/// Most bytes of a text for people: a failure, a note.
pub const MAX_WORDS: usize = 16 << 10;
/// Most bytes of a name or an id.
pub const MAX_NAME: usize = 1 << 10;
/// Most devices in a list.
pub const MAX_DEVICES: usize = 64;
/// Most models in a list.
pub const MAX_MODELS: usize = 64;
/// Most bytes of text in one delta.
pub const MAX_DELTA: usize = 512 << 10;
/// No time in milliseconds is longer: thirty years.
const MAX_MS: f64 = 1e12;
/// No number of tokens or layers is higher; a few of them can be added.
const MAX_COUNT: u32 = 1 << 28;
/// No number of bytes or seconds is higher: a pebibyte.
const MAX_SIZE: u64 = 1 << 50;

/// Judges an event that was decoded.
///
/// # Errors
/// What about it cannot be, in words.
pub fn check(event: &WorkerMessage) -> Result<(), String> {
    let mut fitting = event.clone();
    fit(&mut fitting);
    if fitting == *event { Ok(()) } else { Err(format!("{} says what cannot be", name(event))) }
}

fn name(event: &WorkerMessage) -> &'static str {
    match event {
        WorkerMessage::Pong { .. } => "an answer to a ping",
        WorkerMessage::Devices { .. } => "a list of devices",
        WorkerMessage::LoadProgress { .. } => "the progress of a load",
        WorkerMessage::Loaded { .. } => "the description of a model",
        WorkerMessage::Unloaded { .. } => "the end of an unload",
        WorkerMessage::PromptReady { .. } => "the report of a prompt",
        WorkerMessage::PrefillProgress { .. } => "the progress of a prompt",
        WorkerMessage::Delta { .. } => "a piece of an answer",
        WorkerMessage::Done { .. } => "the end of an answer",
        WorkerMessage::Residency { .. } => "a list of models",
        WorkerMessage::Failed { .. } => "a failure",
    }
}

/// Makes an event one that [`check`] accepts: texts and lists are cut, and a number that is none becomes zero.
pub fn fit(event: &mut WorkerMessage) {
    match event {
        // Steps are only compared.
        WorkerMessage::Pong { .. } | WorkerMessage::Unloaded { .. } => {}
        WorkerMessage::Delta { text, tokens, .. } => {
            cut(text, MAX_DELTA);
            count(tokens);
        }
        WorkerMessage::PrefillProgress { done, total, .. } => [done, total].into_iter().for_each(count),
        WorkerMessage::LoadProgress { fraction, .. } => *fraction = within(f64::from(*fraction), 1.0) as f32,
        WorkerMessage::PromptReady { prompt, .. } => fit_prompt(prompt),
        WorkerMessage::Done { usage, .. } => fit_usage(usage),
        WorkerMessage::Failed { failure: Failure { text, .. }, .. } => cut(text, MAX_WORDS),
        WorkerMessage::Loaded { model, .. } => fit_model(model),
        WorkerMessage::Devices { devices, confinement, .. } => {
            cut(&mut confinement.on, MAX_WORDS);
            cut(&mut confinement.off, MAX_WORDS);
            devices.truncate(MAX_DEVICES);
            devices.iter_mut().for_each(fit_device);
        }
        // A budget may be without end.
        WorkerMessage::Residency { models, used, budget: _, note } => {
            models.truncate(MAX_MODELS);
            models.iter_mut().for_each(fit_resident);
            size(used);
            note.iter_mut().for_each(|note| cut(note, MAX_WORDS));
        }
    }
}

fn fit_prompt(prompt: &mut PromptReport) {
    let PromptReport { tokens, cached, trimmed_before, trimmed_after, trimmed_reference, room } = prompt;
    [tokens, cached, room].into_iter().for_each(count);
    [trimmed_before, trimmed_after, trimmed_reference].into_iter().for_each(size);
}

fn fit_usage(usage: &mut Usage) {
    let Usage { prompt_tokens, cached_tokens, generated_tokens, drafted_tokens, accepted_tokens, .. } = usage;
    [prompt_tokens, cached_tokens, generated_tokens, drafted_tokens, accepted_tokens]
        .into_iter()
        .for_each(count);
    let Usage { ttft_ms, prefill_ms, decode_ms, threads, .. } = usage;
    [ttft_ms, prefill_ms, decode_ms].into_iter().for_each(|ms| *ms = within(*ms, MAX_MS));
    count(threads);
}

fn fit_model(model: &mut LoadedModel) {
    let LoadedModel { id, sha256, description, context_tokens, layers, gpu_layers, threads, .. } = model;
    [id, description].into_iter().chain(sha256).for_each(|text| cut(text, MAX_NAME));
    [context_tokens, layers, gpu_layers, threads].into_iter().for_each(count);
    let LoadedModel { weights_bytes, resident_bytes, load_ms, .. } = model;
    [weights_bytes, resident_bytes].into_iter().for_each(size);
    *load_ms = within(*load_ms, MAX_MS);
}

fn fit_device(device: &mut Device) {
    let Device { name, description, memory_free, memory_total, gpu: _, unified: _ } = device;
    [name, description].into_iter().for_each(|text| cut(text, MAX_NAME));
    [memory_free, memory_total].into_iter().for_each(size);
}

fn fit_resident(model: &mut ResidentModel) {
    let ResidentModel { id, bytes_predicted, bytes_measured, idle_s } = model;
    cut(id, MAX_NAME);
    [bytes_predicted, bytes_measured, idle_s].into_iter().for_each(size);
}

fn count(number: &mut u32) {
    *number = (*number).min(MAX_COUNT);
}

fn size(number: &mut u64) {
    *number = (*number).min(MAX_SIZE);
}

fn cut(text: &mut String, most: usize) {
    text.truncate(text.floor_char_boundary(most));
}

fn within(value: f64, most: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, most) }
}

/// About how many bytes a request takes in memory and on the wire: its texts.
pub fn weight(request: &Request) -> usize {
    /// What is not text.
    const REST: usize = 256;
    REST + match request {
        Request::Generate { prompt, ctrl: Control { stop, accepted, .. }, .. } => {
            prompt_bytes(prompt) + accepted.len() + bytes(stop)
        }
        Request::Prime { prompt, .. } => prompt_bytes(prompt),
        Request::LoadModel { model, profile, .. } => {
            model.id.len() + model.path.as_os_str().len() + profile.name.len()
        }
        _ => 0,
    }
}

fn prompt_bytes(prompt: &Prompt) -> usize {
    match prompt {
        Prompt::Raw(text) => text.len(),
        Prompt::Chat(messages) => messages.iter().map(|message| message.text.len() + 16).sum(),
        Prompt::Fill(fill) => {
            let others = fill.others.iter().map(|other| other.file_name.len() + other.text.len() + 16);
            fill.file_name.len() + fill.before.len() + fill.after.len() + others.sum::<usize>()
        }
        Prompt::NextEdit(edit) => {
            let others = edit.others.iter().map(|other| other.file_name.len() + other.text.len() + 16);
            let changes = edit.changes.iter();
            let changes =
                changes.map(|change| change.file_name.len() + change.before.len() + change.after.len() + 24);
            let own = bytes([&edit.file_name, &edit.before, &edit.region, &edit.earlier, &edit.after]);
            own + others.sum::<usize>() + changes.sum::<usize>()
        }
        Prompt::Edit(context) | Prompt::Explain(context) => {
            let CodeContext {
                file_name,
                language,
                before,
                selection,
                after,
                instruction,
                reference,
                known,
                approach,
            } = context;
            let approach = match approach {
                Approach::Change => 0,
                Approach::WithFindings(text) | Approach::Rewrite(text) => text.len(),
                Approach::FollowUp(turns) => turns.iter().map(|(a, b)| a.len() + b.len() + 16).sum(),
                Approach::Document { begin, end } => begin.len() + end.len(),
            };
            approach + bytes([file_name, language, before, selection, after, instruction, reference, known])
        }
    }
}

fn bytes<'a>(texts: impl IntoIterator<Item = &'a String>) -> usize {
    texts.into_iter().map(|text| text.len() + 8).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{FailureKind, RequestId, StopReason};

    const ID: RequestId = RequestId(1);

    /// What is too much is refused, and becomes what is not by being cut.
    fn check_refused(mut event: WorkerMessage) {
        assert!(check(&event).is_err(), "{event:?}");
        fit(&mut event);
        assert_eq!(check(&event), Ok(()), "{event:?}");
    }

    #[test]
    fn what_cannot_be_is_refused_and_never_said_by_a_worker_of_ours() {
        for fraction in [f32::NAN, f32::INFINITY, -0.1, 1.5] {
            check_refused(WorkerMessage::LoadProgress { id: ID, fraction });
        }
        for ms in [f64::NAN, f64::NEG_INFINITY, -1.0, 1e300] {
            let usage = Usage { decode_ms: ms, ..Usage::default() };
            check_refused(WorkerMessage::Done { id: ID, stop: StopReason::Length, usage });
            let model = LoadedModel { load_ms: ms, ..LoadedModel::default() };
            check_refused(WorkerMessage::Loaded { id: ID, model });
        }
        let usage = Usage { generated_tokens: u32::MAX, ..Usage::default() };
        check_refused(WorkerMessage::Done { id: ID, stop: StopReason::Length, usage });
        let prompt = PromptReport { trimmed_before: u64::MAX, ..PromptReport::default() };
        check_refused(WorkerMessage::PromptReady { id: ID, prompt });
        check_refused(WorkerMessage::Delta { id: ID, text: "é".repeat(MAX_DELTA), tokens: 1 });
        let failure = Failure::new(FailureKind::Internal, "é".repeat(MAX_WORDS));
        check_refused(WorkerMessage::Failed { id: None, failure });
        let model = ResidentModel { id: "m".into(), bytes_predicted: 1, bytes_measured: 1, idle_s: 1 };
        let many = vec![model; MAX_MODELS + 1];
        check_refused(WorkerMessage::Residency { models: many, used: 1, budget: u64::MAX, note: None });
    }

    #[test]
    fn what_is_honest_passes() {
        let usage = Usage { generated_tokens: 100_000, decode_ms: 1e7, ..Usage::default() };
        let budget = u64::MAX;
        for event in [
            WorkerMessage::Done { id: ID, stop: StopReason::EndOfAnswer, usage },
            WorkerMessage::LoadProgress { id: ID, fraction: 1.0 },
            WorkerMessage::Delta { id: ID, text: "é".repeat(MAX_DELTA / 2), tokens: 9 },
            WorkerMessage::Residency { models: Vec::new(), used: 1 << 40, budget, note: Some("n".into()) },
        ] {
            assert_eq!(check(&event), Ok(()));
        }
    }
}
