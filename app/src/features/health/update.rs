//! What the user does about the AI, and what the worker says beside its answers.

use ground::command::Command;
use ground::ids::JobId;
use ipc::protocol::WorkerMessage;
use ipc::supervise::WorkerPhase;

use super::advice::{answered, lighter, settle_slow};
use super::memory_fallback::{policy, take_load, weigh};
use super::{HealthEffect, HealthEvent};
use crate::event::{Effect, Event};
use crate::workspace::log::{LogEntry, Severity};
use crate::workspace::{NoticeKind, ReviewStatus, ToastKind, WorkerState, Workspace, configure};

/// The window opens.
pub fn begin(out: &mut Vec<Effect>) {
    out.push(Effect::Health(HealthEffect::Begin));
}

/// Something happened to a notice or in the activity panel.
pub fn on(workspace: &mut Workspace, event: HealthEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        HealthEvent::Retry => retry(workspace, out),
        HealthEvent::Smaller => {
            if let Some(id) = lighter(workspace).map(|model| model.reference.id.clone()) {
                use_instead(workspace, &id, now, out);
            }
        }
        HealthEvent::OnCpu => {
            workspace.health.cpu_only = true;
            retry(workspace, out);
        }
        HealthEvent::NeverSuggest => {
            settle_slow(workspace);
            configure::set(workspace, "models.suggest_lighter", &false, now, out);
            let text = "Lighter models will no longer be suggested. You can turn this back on in the settings, under Models.";
            workspace.toast(ToastKind::Info, text.into(), now);
        }
        HealthEvent::Remembered(history) => {
            workspace.record(
                now,
                Severity::Info,
                concat!("LocalCoder ", env!("CARGO_PKG_VERSION"), " was opened."),
            );
            workspace.health.history = history;
            workspace.health.weighing = weigh(workspace, out);
        }
    }
}

/// What the worker says beside its answers.
pub fn said(workspace: &mut Workspace, job: Option<JobId>, event: &WorkerMessage, now: u64) {
    match event {
        WorkerMessage::Delta { .. } => {
            if let WorkerState::Generating(rate) = workspace.worker.state {
                workspace.health.sample(now, rate);
            }
        }
        WorkerMessage::Done { usage, .. } => {
            if let Some(asked) = job.and_then(|job| workspace.health.asked.remove(&job)) {
                answered(workspace, &asked, usage, now);
            }
        }
        WorkerMessage::Loaded { model, .. } => {
            let words = format!(
                "Loaded {} in {:.1} s, {} tokens of context.",
                workspace.models.name_of(&model.id),
                model.load_ms / 1000.0,
                crate::phrases::grouped(u64::from(model.context_tokens))
            );
            // A load of what is in memory is answered with the figures of the first one, which are no news.
            let died = workspace.health.restarts.back().map(|(at, _)| *at);
            let known = |entry: &LogEntry| entry.text == words && died.is_none_or(|died| died < entry.at);
            if !workspace.log.latest().any(known) {
                workspace.record(now, Severity::Info, words);
            }
            workspace.health.gpu_seen |= model.gpu_layers > 0;
            workspace.health.went_idle = None;
            if job.is_none() {
                take_load(workspace, &model.id);
            }
        }
        WorkerMessage::Residency { note, models, budget, .. } => {
            workspace.health.available = Some(*budget);
            let Some(note) = note else { return };
            workspace.record(now, Severity::Info, note);
            if models.is_empty() && note.contains("without a request") {
                workspace.health.went_idle = workspace.model().map(|model| model.reference.id.clone());
            }
        }
        WorkerMessage::Devices { devices, .. } => {
            workspace.health.gpu_seen |= devices.iter().any(|device| device.gpu);
        }
        WorkerMessage::Failed { failure, .. } => workspace.record(now, Severity::Error, &failure.text),
        WorkerMessage::Pong { .. }
        | WorkerMessage::LoadProgress { .. }
        | WorkerMessage::Unloaded { .. }
        | WorkerMessage::PromptReady { .. }
        | WorkerMessage::PrefillProgress { .. } => {}
    }
    let idle = matches!(workspace.worker.state, WorkerState::Idle) && workspace.worker.model.is_some();
    workspace.health.idle_since = if idle { workspace.health.idle_since.or(Some(now)) } else { None };
    if matches!(event, WorkerMessage::Done { .. } | WorkerMessage::Loaded { .. }) && idle {
        workspace.health.idle_since = Some(now);
    }
}

fn use_instead(workspace: &mut Workspace, id: &str, now: u64, out: &mut Vec<Effect>) {
    workspace.settle(&NoticeKind::GaveUp);
    out.push(Effect::Health(HealthEffect::Pardon(true)));
    configure::use_model(workspace, id, now, out);
    ask_again(workspace, out);
}

/// One more try: the failed proposal in front is asked for again, else the model is loaded.
fn retry(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.settle(&NoticeKind::GaveUp);
    out.push(Effect::Health(HealthEffect::Pardon(false)));
    if !ask_again(workspace, out)
        && let Some(model) = workspace.model()
    {
        out.push(Effect::WarmModel(model.reference.clone()));
    }
}

fn ask_again(workspace: &mut Workspace, out: &mut Vec<Effect>) -> bool {
    let failed = |status: &ReviewStatus| matches!(status, ReviewStatus::Failed(_));
    let again =
        workspace.tab().and_then(|tab| tab.review.as_ref()).is_some_and(|review| failed(&review.status));
    if again {
        out.push(Effect::then(Event::Command(Command::TryAgain)));
    }
    again
}

/// The supervisor's view of the worker, where it is news.
pub fn phase(workspace: &mut Workspace, phase: WorkerPhase, now: u64) {
    match phase {
        WorkerPhase::BackingOff { .. } => {
            workspace.worker.state = WorkerState::BackingOff;
            workspace.record(now, Severity::Warning, "The model worker will restart in a moment.");
        }
        WorkerPhase::Restarting => workspace.worker.state = WorkerState::Starting,
        WorkerPhase::Unresponsive => {
            workspace.worker.state = WorkerState::Unresponsive;
            workspace.record(now, Severity::Error, "The model worker does not respond and is being stopped.");
        }
        WorkerPhase::Off
        | WorkerPhase::Starting
        | WorkerPhase::Ready
        | WorkerPhase::Busy
        | WorkerPhase::GaveUp => {}
    }
}

/// The window got the keyboard: what went for being idle comes again, and memory is looked at where it was short.
pub fn focused(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    weigh(workspace, out);
    if !policy(workspace).warm_on_focus {
        return;
    }
    let Some(id) = workspace.health.went_idle.take() else { return };
    let model = workspace.models.find(&id);
    out.extend(model.map(|model| Effect::WarmModel(model.reference.clone())));
}
