//! The figures of what became of proposals: shown, exported, deleted.

use assist::statistics::Statistics;

use super::StatisticsEvent;
use crate::event::Effect;
use crate::workspace::{Overlay, Question, ToastKind, Workspace, open};

/// Shows the figures.
pub fn open(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.overlay = Overlay::Statistics(None);
    out.push(Effect::ReadStatistics);
}

/// What happens in the panel of the figures.
pub fn on(workspace: &mut Workspace, event: StatisticsEvent, out: &mut Vec<Effect>) {
    match event {
        StatisticsEvent::Read(read) => {
            if let Overlay::Statistics(shown) = &mut workspace.overlay {
                *shown = Some(read);
            }
        }
        StatisticsEvent::Export => {
            if let Overlay::Statistics(Some(Ok(shown))) = std::mem::take(&mut workspace.overlay) {
                open::new_with(workspace, &exported(&shown), out);
            }
        }
        StatisticsEvent::Reset => workspace.overlay = Overlay::Question(Question::Statistics),
    }
}

/// The question whether to delete the figures was answered: they are shown again either way.
pub fn replied(workspace: &mut Workspace, deletes: bool, now: u64, out: &mut Vec<Effect>) {
    if !deletes {
        return open(workspace, out);
    }
    workspace.overlay = Overlay::Statistics(None);
    out.push(Effect::ResetStatistics);
    workspace.toast(ToastKind::Info, "The statistics were deleted.".into(), now);
}

fn exported(shown: &Statistics) -> String {
    format!("# What became of the model's proposals\n\n{}", shown.markdown())
}
