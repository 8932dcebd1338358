//! Where no place is found exactly, a model for next edits is asked how the lines around the caret are edited next. What it says becomes a
//! place like others: nothing is changed before the keys are pressed for it.
//!
//! Asked is only a model that is chosen for completion, is of such a family and is in memory.

use std::ops::Range;

use assist::next_edit::proposed;
use editor_core::next_place::{ChangePlace, EditTrail, SettledEdit};
use editor_core::{Buffer, Revision};
use ground::ids::{JobId, TabId};
use ipc::protocol::{ModelRef, NextEditContext, NextEditForm, Prompt, RecentChange, Sampling, StopReason};
use models::next_edit::NextEditFamily;

use super::{NextPlace, PlaceOffer, PlacesInText};
use crate::event::Effect;
use crate::workspace::{Overlay, Tab, Workspace};

/// Lines above and below the caret that may be edited next: as the models were trained.
const BESIDE: usize = 10;

/// What was asked, and the answer so far.
#[derive(Debug)]
pub(super) struct Prediction {
    job: JobId,
    tab: TabId,
    revision: Revision,
    form: NextEditForm,
    region: Range<usize>,
    /// What the edit before put into the text.
    edit: Range<usize>,
    answer: String,
}

/// The model to ask, and the form that it knows.
fn model(workspace: &Workspace) -> Option<(ModelRef, NextEditForm)> {
    let model = workspace.models.find(&workspace.settings.models.completion)?;
    let family =
        NextEditFamily::of_name(&model.name).or_else(|| NextEditFamily::of_name(&model.reference.id))?;
    let form = match family {
        NextEditFamily::Sweep => NextEditForm::Sweep,
        NextEditFamily::Zeta2 => NextEditForm::Zeta2,
        NextEditFamily::Zeta21 => NextEditForm::Zeta21,
    };
    let is_resident = workspace.worker.resident.iter().any(|resident| resident.id == model.reference.id);
    is_resident.then(|| (model.reference.clone(), form))
}

/// Asks about the lines around the caret of a tab.
pub(super) fn ask(next_place: &mut NextPlace, workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    stop(next_place, out);
    let is_free = workspace.job.is_none() && matches!(workspace.overlay, Overlay::None);
    let Some((model, form)) = model(workspace).filter(|_| is_free) else { return };
    let job = workspace.counters.job();
    let trail = next_place.trails.get(&id);
    let Some((tab, trail)) = workspace.tab().filter(|tab| tab.id == id).zip(trail) else { return };
    let Some(settled) = trail.settled() else { return };
    let region = region(tab);
    let prompt = Prompt::NextEdit(context(tab, trail, &settled, form));
    out.push(Effect::Ask { job, model, prompt: Box::new(prompt), params: Sampling::default() });
    next_place.asked = Some(Prediction {
        job,
        tab: id,
        revision: tab.document.revision(),
        form,
        region,
        edit: settled.place(),
        answer: String::new(),
    });
}

/// Gives up what was asked.
pub(super) fn stop(next_place: &mut NextPlace, out: &mut Vec<Effect>) {
    out.extend(next_place.asked.take().map(|asked| Effect::Cancel(asked.job)));
}

/// Gives up what was asked about a text that has changed since.
pub(super) fn stop_outdated(next_place: &mut NextPlace, workspace: &Workspace, out: &mut Vec<Effect>) {
    let Some(asked) = &next_place.asked else { return };
    let is_current = |tab: &Tab| tab.id == asked.tab && tab.document.revision() == asked.revision;
    if !workspace.tab().is_some_and(is_current) {
        stop(next_place, out);
    }
}

/// The lines around the caret, in chars.
fn region(tab: &Tab) -> Range<usize> {
    let (buffer, line) = (tab.document.buffer(), tab.caret().0);
    buffer.line_start(line.saturating_sub(BESIDE))..buffer.line_start(line + BESIDE + 1)
}

fn context(tab: &Tab, trail: &EditTrail, settled: &SettledEdit, form: NextEditForm) -> NextEditContext {
    let (buffer, rope, region) = (tab.document.buffer(), tab.document.rope(), region(tab));
    let file_name = tab.document.title();
    let (text, place) = (buffer.slice(region.clone()), settled.place());
    let is_inside = region.start <= place.start && place.end <= region.end;
    let earlier = match is_inside {
        true => {
            let (before, behind) =
                (buffer.slice(region.start..place.start), buffer.slice(place.end..region.end));
            format!("{before}{}{behind}", settled.taken())
        }
        false => text.clone(),
    };
    let head = tab.document.selection().primary().head.clamp(region.start, region.end);
    let change = |edit: &SettledEdit| {
        let (before, after) = edit.lines_changed();
        RecentChange { file_name: file_name.clone(), before: before.to_owned(), after: after.to_owned() }
    };
    let mut changes: Vec<RecentChange> = trail.examples().map(change).collect();
    changes.reverse();
    changes.push(change(settled));
    NextEditContext {
        form,
        caret: buffer.slice(region.start..head).len(),
        before: assist::around(rope, region.start).0,
        after: assist::around(rope, region.end).1,
        region: text,
        earlier,
        changes,
        others: Vec::new(),
        file_name,
    }
}

/// Is this job a question about the next edit?
pub fn owns(next_place: &NextPlace, job: JobId) -> bool {
    next_place.asked.as_ref().is_some_and(|asked| asked.job == job)
}

/// More of the answer.
pub fn delta(next_place: &mut NextPlace, text: &str) {
    if let Some(asked) = &mut next_place.asked {
        asked.answer.push_str(text);
    }
}

/// The answer is complete: what it would change becomes a place.
pub fn done(next_place: &mut NextPlace, workspace: &Workspace, stop: StopReason) {
    let Some(asked) = next_place.asked.take() else { return };
    let is_current = |tab: &&Tab| tab.id == asked.tab && tab.document.revision() == asked.revision;
    let Some(tab) = workspace.tab().filter(is_current) else { return };
    let buffer = tab.document.buffer();
    let region = buffer.slice(asked.region.clone());
    let Some(answer) = proposed(asked.form, &region, &asked.answer, stop) else { return };
    let places = vec![differing(buffer, &asked.region, &region, &answer)];
    let texts = vec![PlacesInText { tab: asked.tab, revision: asked.revision, places }];
    next_place.offer = Some(PlaceOffer { edited: asked.tab, edit: asked.edit, texts });
}

/// There is no answer. False when nothing was asked by this job.
pub fn failed(next_place: &mut NextPlace, job: JobId) -> bool {
    let is_own = owns(next_place, job);
    next_place.asked.take_if(|asked| asked.job == job);
    is_own
}

/// The lines that the answer changes, without those that it leaves at both ends.
fn differing(buffer: &Buffer, range: &Range<usize>, region: &str, answer: &str) -> ChangePlace {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (region.split_inclusive('\n').collect(), answer.split_inclusive('\n').collect());
    let shorter = old.len().min(new.len());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let back = old.iter().rev().zip(new.iter().rev()).take(shorter - start);
    let end = back.take_while(|(a, b)| a == b).count();
    let chars = |lines: &[&str]| lines.iter().map(|line| line.chars().count()).sum::<usize>();
    let place = range.start + chars(&old[..start])..range.end - chars(&old[old.len() - end..]);
    ChangePlace {
        before: buffer.slice(place.clone()),
        range: place,
        after: new[start..new.len() - end].concat(),
    }
}
