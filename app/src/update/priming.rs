//! A selection that has rested a moment is sent ahead, and an instruction while it is typed, so that the answer begins as soon
//! as the key is pressed.

use assist::reference;
use ipc::protocol::{Prompt, PromptReport};

use super::{mentioned, review_flow};
use crate::event::Effect;
use crate::state::priming::{Priming, Subject};
use crate::state::{Overlay, State};
use crate::words;

/// How long a selection must rest, in milliseconds: longer than between two steps of one that grows key by key.
const REST: u64 = 250;

/// What is said of a prompt before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// `1,204 of 8,192 tokens`.
    pub words: String,
    /// The part of the context that is taken, 0 to 1; `None` until it was counted.
    pub part: Option<f32>,
    /// What is not in it, in sentences without a full stop.
    pub notes: Vec<String>,
    /// It does not fit, or something was left out for want of room.
    pub full: bool,
}

/// What the worker counted.
pub fn counted(state: &mut State, report: Result<PromptReport, String>) {
    state.priming.counted = Some(report);
}

/// What is known of the prompt of the open instruction line.
pub fn meter(state: &State) -> Option<Meter> {
    let Overlay::Instruction(instruction) = &state.overlay else { return None };
    let tab = state.tabs.iter().find(|tab| tab.id == instruction.tab)?;
    let mut notes = mentioned::added(state, &instruction.text).notes;
    notes.extend(assist::seen_words(tab.document.rope(), &instruction.range));
    let (words, part, full) = match &state.priming.counted {
        None if state.worker.resident.is_empty() => {
            ("Tokens are counted once the model is loaded".to_owned(), None, false)
        }
        None => ("Counting tokens…".to_owned(), None, false),
        Some(Err(reason)) => (reason.clone(), Some(1.0), true),
        Some(Ok(report)) => {
            let limit = report.tokens + report.room;
            let left_out = reference::left_out(report);
            let full = left_out.is_some();
            notes.extend(left_out);
            let words = format!(
                "{} of {} tokens",
                words::grouped(report.tokens.into()),
                words::grouped(limit.into())
            );
            (words, Some(report.tokens as f32 / limit.max(1) as f32), full)
        }
    };
    Some(Meter { words, part, notes, full })
}

/// Looks at what is selected. Called with every frame.
pub fn look(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let subject = subject(state);
    if subject != state.priming.subject {
        // The figure of a moment ago stays until the new one comes: it differs by a few words.
        let same = |known: &Subject| {
            subject.as_ref().is_some_and(|new| {
                (new.tab, &new.range, &new.added) == (known.tab, &known.range, &known.added)
            })
        };
        let counted =
            state.priming.counted.take().filter(|_| state.priming.subject.as_ref().is_some_and(same));
        state.priming = Priming { subject, since: now, sent: false, counted };
    }
    if wake_in(state, now) != Some(0) {
        return;
    }
    state.priming.sent = true;
    let Some(Subject { tab, range, typed, refines, .. }) = state.priming.subject.clone() else { return };
    let Some(model) = state.model().map(|model| model.reference.clone()) else { return };
    let Some(tab) = state.tabs.iter().find(|other| other.id == tab) else { return };
    let (context, _) = review_flow::asked(state, tab, &range, &typed, refines);
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
    let (tab, range, typed, refines) = match &state.overlay {
        Overlay::Instruction(instruction) => {
            (instruction.tab, instruction.range.clone(), instruction.text.clone(), instruction.refines)
        }
        Overlay::None if in_memory => {
            let tab = state.tab()?;
            let selected = !tab.document.selection().primary().is_empty() && tab.review.is_none();
            (tab.id, selected.then(|| review_flow::target(state))??, String::new(), false)
        }
        _ => return None,
    };
    let document = &state.tabs.iter().find(|other| other.id == tab)?.document;
    let revision = document.buffer().revision();
    let added = mentioned::added(state, &typed);
    state.job.is_none().then_some(Subject { tab, revision, range, model, typed, refines, added })
}
