//! The figures of what became of proposals: shown, exported, deleted.

use assist::statistics::Statistics;

use super::{StatisticsEvent, StatisticsPage};
use crate::event::Effect;
use crate::workspace::{Overlay, Page, Question, ToastKind, Workspace, open};

/// Shows the figures.
pub fn open(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.show_page(Page::Statistics);
    out.push(Effect::ReadStatistics);
}

/// What happens in the page of the figures.
pub fn on(
    page: &mut StatisticsPage,
    workspace: &mut Workspace,
    event: StatisticsEvent,
    out: &mut Vec<Effect>,
) {
    match event {
        StatisticsEvent::Read(read) => page.figures = Some(read),
        StatisticsEvent::Export => {
            if let Some(Ok(shown)) = &page.figures {
                open::new_with(workspace, &exported(shown), out);
            }
        }
        StatisticsEvent::Reset => workspace.overlay = Overlay::Question(Question::Statistics),
    }
}

/// What was counted since is counted in the page, too. Called with all effects of an event.
pub fn follow(workspace: &Workspace, effects: &mut Vec<Effect>) {
    let counted = effects.iter().any(|effect| matches!(effect, Effect::NoteOutcome(_)));
    if counted && workspace.shows(Page::Statistics) {
        effects.push(Effect::ReadStatistics);
    }
}

/// The question whether to delete the figures was answered.
pub fn replied(workspace: &mut Workspace, deletes: bool, now: u64, out: &mut Vec<Effect>) {
    if deletes {
        out.push(Effect::ResetStatistics);
        workspace.toast(ToastKind::Info, "The statistics were deleted.".into(), now);
    }
}

fn exported(shown: &Statistics) -> String {
    format!("# What became of the model's proposals\n\n{}", shown.markdown())
}
