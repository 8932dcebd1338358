//! A selection that has rested a moment is sent ahead, and an instruction while it is typed, so that the answer begins as soon
//! as the key is pressed.

use std::ops::Range;

use editor_core::Revision;
use ipc::protocol::Prompt;

use super::ai;
use crate::event::Effect;
use crate::state::{Overlay, State, TabId};

/// How long a selection must rest, in milliseconds: longer than between two steps of one that grows key by key.
const REST: u64 = 250;

/// What is selected, and whether the worker knows.
#[derive(Clone, Debug, Default)]
pub struct Priming {
    subject: Option<Subject>,
    since: u64,
    sent: bool,
}

/// What a prompt depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    tab: TabId,
    revision: Revision,
    range: Range<usize>,
    model: String,
    /// What was typed so far, of an instruction that will probably be it.
    typed: String,
}

/// Looks at what is selected. Called with every frame.
pub fn look(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let subject = subject(state);
    if subject != state.priming.subject {
        state.priming = Priming { subject, since: now, sent: false };
    }
    if wake_in(state, now) != Some(0) {
        return;
    }
    state.priming.sent = true;
    let Some(Subject { tab, range, typed, .. }) = state.priming.subject.clone() else { return };
    let Some(model) = state.model().map(|model| model.reference.clone()) else { return };
    let Some(tab) = state.find_tab(tab) else { return };
    let (context, _) = ai::question(tab, &range, &typed);
    out.push(Effect::Prime { model, prompt: Box::new(Prompt::Edit(context)) });
}

/// Milliseconds until there is something to send ahead; `None`: nothing to wait for.
pub fn wake_in(state: &State, now: u64) -> Option<u64> {
    let waits = state.priming.subject.is_some() && !state.priming.sent;
    waits.then(|| (state.priming.since + REST).saturating_sub(now))
}

/// What an edit would be about, when one is likely: an instruction is being typed, or text is selected and the model is in
/// memory anyway. Never beside a request that the user waits for.
fn subject(state: &State) -> Option<Subject> {
    let model = state.model()?.reference.id.clone();
    let in_memory = state.worker.resident.iter().any(|resident| resident.id == model);
    let (tab, range, typed) = match &state.overlay {
        Overlay::Instruction(instruction) if !instruction.refines => {
            (instruction.tab, instruction.range.clone(), instruction.text.clone())
        }
        Overlay::None if in_memory => {
            let tab = state.tab()?;
            let selected = !tab.document.selection().primary().is_empty() && tab.review.is_none();
            (tab.id, selected.then(|| ai::target(state))??, String::new())
        }
        _ => return None,
    };
    let document = &state.tabs.iter().find(|other| other.id == tab)?.document;
    let revision = document.buffer().revision();
    state.job.is_none().then_some(Subject { tab, revision, range, model, typed })
}
