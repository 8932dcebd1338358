//! A selection that has rested a moment is sent ahead, and an instruction while it is typed, so that the answer begins as soon
//! as the key is pressed.

use assist::reference;
use ipc::protocol::{Failure, Prompt, PromptReport};

use super::{LikelyEdit, Priming, PromptMeter};
use crate::event::Effect;
use crate::phrases;
use crate::workspace::{Overlay, Workspace, ask, references};

/// How long a selection must rest, in milliseconds: longer than between two steps of one that grows key by key.
const REST: u64 = 250;

/// What the worker counted.
pub fn counted(priming: &mut Priming, report: Result<PromptReport, Failure>) {
    priming.counted = Some(report);
}

/// What is known of the prompt of the open instruction line.
pub fn meter(priming: &Priming, workspace: &Workspace) -> Option<PromptMeter> {
    let Overlay::Instruction(instruction) = &workspace.overlay else { return None };
    let tab = workspace.tabs.iter().find(|tab| tab.id == instruction.tab)?;
    let mut notes = references::added(workspace, &instruction.text).notes;
    notes.extend(assist::seen_words(tab.document.rope(), &instruction.range));
    let (words, part, full) = match &priming.counted {
        None if workspace.worker.resident.is_empty() => {
            ("Tokens are counted once the model is loaded".to_owned(), None, false)
        }
        None => ("Counting tokens…".to_owned(), None, false),
        Some(Err(failure)) => (failure.text.clone(), Some(1.0), true),
        Some(Ok(report)) => {
            let limit = report.tokens + report.room;
            let left_out = reference::left_out(report);
            let full = left_out.is_some();
            notes.extend(left_out);
            let words = format!(
                "{} of {} tokens",
                phrases::grouped(report.tokens.into()),
                phrases::grouped(limit.into())
            );
            (words, Some(report.tokens as f32 / limit.max(1) as f32), full)
        }
    };
    Some(PromptMeter { words, part, notes, full })
}

/// Looks at what is selected. Called with every frame.
pub fn tick(priming: &mut Priming, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let likely = likely_edit(workspace);
    let place = |likely: &LikelyEdit| (likely.tab, likely.range.clone(), likely.added.clone());
    let before = priming.likely.value().map(place);
    if priming.likely.follow(likely, now) && priming.likely.value().map(place) != before {
        // Otherwise the figure of a moment ago stays until the new one comes: it differs by a few words.
        priming.counted = None;
    }
    let Some(LikelyEdit { tab, range, typed, refines, .. }) = priming.likely.take(now, REST).cloned() else {
        return;
    };
    let Some(model) = workspace.model().map(|model| model.reference.clone()) else { return };
    let Some(tab) = workspace.tabs.iter().find(|other| other.id == tab) else { return };
    let (context, _) = ask::asked(workspace, tab, &range, &typed, refines);
    out.push(Effect::Prime { model, prompt: Box::new(Prompt::Edit(context)) });
}

/// Milliseconds until there is something to send ahead; `None`: nothing to wait for.
pub fn wake_in(priming: &Priming, now: u64) -> Option<u64> {
    priming.likely.wake_in(now, REST)
}

/// What an edit would be about, when one is likely: an instruction is being typed, or text is selected and the model is in
/// memory anyway. Never beside a request that the user waits for.
fn likely_edit(workspace: &Workspace) -> Option<LikelyEdit> {
    let model = workspace.model()?.reference.id.clone();
    let in_memory = workspace.worker.resident.iter().any(|resident| resident.id == model);
    let (tab, range, typed, refines) = match &workspace.overlay {
        Overlay::Instruction(instruction) => {
            (instruction.tab, instruction.range.clone(), instruction.text.clone(), instruction.refines)
        }
        Overlay::None if in_memory => {
            let tab = workspace.tab()?;
            let selected = !tab.document.selection().primary().is_empty() && tab.review.is_none();
            (tab.id, selected.then(|| ask::target(workspace))??, String::new(), false)
        }
        _ => return None,
    };
    let document = &workspace.tabs.iter().find(|other| other.id == tab)?.document;
    let revision = document.buffer().revision();
    let added = references::added(workspace, &typed);
    workspace.job.is_none().then_some(LikelyEdit { tab, revision, range, model, typed, refines, added })
}
