//! Workers that die: why, what that means for memory, and what is done about the loads that went with them.

use ipc::death::Cause;
use ipc::protocol::{Doing, ModelRef};

use super::memory_fallback::{available, failed_way, installed, load_again, smaller, wanted};
use crate::event::Effect;
use crate::workspace::health::ladder::RunConfig;
use crate::workspace::log::Severity;
use crate::workspace::{NoticeKind, Workspace};

/// The loads that the user asked for went with their worker: the next one does them, in a smaller way when memory is why.
/// False when one of them is lost.
pub fn loads_died(
    workspace: &mut Workspace,
    death: &Death<'_>,
    memory: bool,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    let mut all = true;
    for load in std::mem::take(&mut workspace.health.loads) {
        let was_at_it = death.loading.as_ref().is_some_and(|model| model.id == load.way.model.id);
        let next = match (memory && was_at_it, death.gave_up) {
            (true, _) => smaller(workspace, load, now, out),
            (false, true) if !memory => None,
            (false, _) => Some(load),
        };
        all &= load_again(workspace, next, out);
    }
    all
}

/// A worker ended.
pub struct Death<'a> {
    /// A sentence.
    pub reason: &'a str,
    /// Why.
    pub cause: Cause,
    /// What it did.
    pub doing: Doing,
    /// No other one is started.
    pub gave_up: bool,
    /// What was being loaded.
    pub loading: Option<ModelRef>,
}

/// Notes the death of a worker. True when memory is why, and not by accident: then jobs go one step down.
pub fn died(workspace: &mut Workspace, death: &Death<'_>, now: u64, out: &mut Vec<Effect>) -> bool {
    let Death { reason, cause, .. } = death;
    // Of a worker that is gone nothing is counted down.
    (workspace.health.weighing, workspace.health.idle_since) = (false, None);
    if *cause == Cause::Asked {
        workspace.record(now, Severity::Info, *reason);
        return false;
    }
    workspace.health.died(now, reason);
    workspace.record_end(now, *reason);
    let way = died_with(workspace, death);
    let memory = match (cause, &way) {
        (Cause::OutOfMemory { certain: true }, _) => true,
        (Cause::OutOfMemory { certain: false }, Some(way)) => {
            !has_plenty(workspace, way) && workspace.health.history.suspect(way)
        }
        _ => false,
    };
    if let (Some(way), true) = (way, memory) {
        let available = available(workspace);
        match cause {
            Cause::OutOfMemory { certain: true } => failed_way(workspace, &way, out),
            _ => workspace.health.history.note_probable(&way, available),
        }
    }
    memory
}

/// The way of the model that a worker computed with, or loaded, when it died.
fn died_with(workspace: &Workspace, death: &Death<'_>) -> Option<RunConfig> {
    let at_work =
        workspace.job.and_then(|job| workspace.health.asked.get(&job.id)).map(|asked| asked.way.clone());
    let loaded = death.loading.as_ref().map(|model| {
        workspace.health.runs.get(&model.id).cloned().unwrap_or_else(|| wanted(workspace, model))
    });
    if death.doing == Doing::Loading { loaded.or(at_work) } else { at_work.or(loaded) }
}

/// Why a worker died, for people: that memory may have run out is not said where there was plenty of it.
pub fn reason(workspace: &Workspace, death: &Death<'_>) -> String {
    let way = died_with(workspace, death).or_else(|| Some(wanted(workspace, &workspace.model()?.reference)));
    let plenty = way.is_some_and(|way| has_plenty(workspace, &way));
    let supposed = if plenty { "" } else { death.cause.supposition() };
    format!("{}{supposed}", death.reason)
}

/// No worker is started before the user wants it.
pub fn gave_up(workspace: &mut Workspace, reason: &str) {
    let deaths = "The model worker crashed three times in a row and was not restarted.";
    workspace.notify(NoticeKind::GaveUp, format!("{deaths} The last time: {reason} Your text is untouched."));
}

/// There is so much memory that a model's load cannot be what ended its worker.
fn has_plenty(workspace: &Workspace, way: &RunConfig) -> bool {
    const TIMES: u64 = 3;
    const MORE: u64 = 1 << 30;
    let size =
        installed(workspace).into_iter().find(|(model, _)| model.id == way.model.id).map(|(_, size)| size);
    available(workspace)
        .zip(size)
        .is_some_and(|(available, size)| available > size.saturating_mul(TIMES) + MORE)
}
