//! The line above a selection that says what to do with it, and what is asked then.

use std::ops::Range;

use assist::presets;
use assist::task::Task;
use editor_core::{Selection, Span};
use ground::ids::TabId;
use ipc::protocol::Sampling;

use super::flow::start;
use crate::event::{Effect, Event};
use crate::workspace::{
    Focus, Instruction, Offer, Overlay, ReviewRequest, SelectionQueue, Tab, TabReview, ToastKind, Workspace,
    ask, edit, references, whole_lines,
};

/// Opens the instruction line; a second time sends what stands in it. Over a review it asks for a further wish about the
/// proposal that is shown.
pub fn improve(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if let Overlay::Instruction(instruction) = std::mem::take(&mut workspace.overlay) {
        return send(workspace, instruction, out);
    }
    out.push(Effect::ListPrompts);
    let Some(tab) = workspace.tab() else { return };
    let may_refine = |review: &&TabReview| review.is_open() && review.is_untouched() && review.task.refines();
    let reviewed = tab.review.as_ref().filter(may_refine);
    let refines = reviewed.is_some();
    let mut several = if refines { None } else { several(tab) }.unwrap_or_default().into_iter();
    let first = reviewed.map(|review| review.review.range()).or_else(|| several.next());
    let before = Some(tab.document.selection().clone());
    let Some(range) = first.or_else(|| ask::target(workspace)) else {
        return workspace.toast(ToastKind::Info, ask::NOTHING_HERE.to_owned(), now);
    };
    if !refines && is_blank_selection(workspace, &range) {
        const WORDS: &str = "There is nothing to improve: what is selected is blank. Select some code.";
        return workspace.toast(ToastKind::Info, WORDS.into(), now);
    }
    let others: Vec<Range<usize>> = several.collect();
    let tab = tab.id;
    if !refines && others.is_empty() {
        let selection = Selection::single(Span::new(range.start, range.end));
        if let Some(tab) = workspace.find_tab(tab) {
            tab.document.select(&selection);
        }
        edit::reveal(workspace, range.start, false);
    }
    let instruction = Instruction {
        tab,
        range,
        others,
        before,
        text: String::new(),
        refines,
        offer: Offer::default(),
        fetched: None,
    };
    workspace.overlay = Overlay::Instruction(instruction);
}

/// Is something selected, and all of it blank? Code would be invented for it.
fn is_blank_selection(workspace: &Workspace, range: &Range<usize>) -> bool {
    workspace.tab().is_some_and(|tab| {
        let blank = tab.document.rope().slice(range.clone()).chars().all(char::is_whitespace);
        blank && !tab.document.selection().primary().is_empty()
    })
}

/// Nothing is asked after all: what was selected before is selected again, unless the text has changed in the meantime.
pub fn give_up(workspace: &mut Workspace, instruction: Instruction) {
    let Some(tab) = workspace.find_tab(instruction.tab) else { return };
    let marked = Selection::single(Span::new(instruction.range.start, instruction.range.end));
    if let Some(before) = instruction.before.filter(|_| *tab.document.selection() == marked) {
        tab.document.select(&before);
    }
}

/// Fetches the user's own prompts and earlier instructions into the instruction line, `by` further on.
pub fn fetch_instruction(workspace: &mut Workspace, by: isize) {
    let own = workspace.prompts.iter().map(|(_, text)| text.clone());
    let known: Vec<String> = own.chain(workspace.session.instructions.iter().cloned()).collect();
    let Overlay::Instruction(instruction) = &mut workspace.overlay else { return };
    if known.is_empty() {
        return;
    }
    let from = instruction.fetched.map_or(if by > 0 { -1 } else { known.len() as isize }, |at| at as isize);
    let at = (from + by).rem_euclid(known.len() as isize) as usize;
    instruction.fetched = Some(at);
    instruction.text.clone_from(&known[at]);
}

/// Sends one of the quick choices, counted from 0; behind them the user's own prompts.
pub fn choose(workspace: &mut Workspace, choice: usize, out: &mut Vec<Effect>) {
    let own = |index: usize| workspace.prompts.get(index).map(|(_, text)| text.clone());
    let quick = presets::PRESETS.get(choice).map(|preset| preset.instruction.to_owned());
    let Some(text) = quick.or_else(|| own(choice - presets::PRESETS.len())) else { return };
    if let Overlay::Instruction(mut instruction) = std::mem::take(&mut workspace.overlay) {
        instruction.text = text;
        workspace.focus = Some(Focus::Editor);
        send(workspace, instruction, out);
    }
}

/// Asks for the improvement.
pub fn send(workspace: &mut Workspace, instruction: Instruction, out: &mut Vec<Effect>) {
    line_up(workspace, &instruction);
    let Instruction { tab, range, text, refines, .. } = instruction;
    let words = text.trim().to_owned();
    workspace.session.note_instruction(&words);
    let sampling = workspace.settings.sampling();
    begin_in(workspace, tab, Wish { range, words, refines, sampling }, out);
}

/// Asks for the improvement of a range of a tab, in the words of the one before it.
pub fn improve_range(
    workspace: &mut Workspace,
    id: TabId,
    range: Range<usize>,
    words: &str,
    out: &mut Vec<Effect>,
) {
    let (words, sampling) = (words.trim().to_owned(), workspace.settings.sampling());
    begin_in(workspace, id, Wish { range, words, refines: false, sampling }, out);
}

/// Asks the same again, with some chance in it.
pub fn try_again(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let seed = workspace.counters.job().0 as u32;
    let usual = workspace.settings.sampling();
    let Some(tab) = workspace.tab_mut() else { return };
    let Some(review) = tab.review.as_ref().filter(|review| review.task.asks()) else { return };
    let sampling = Sampling { temperature: usual.temperature.max(0.5), seed, ..usual };
    let task = review.task;
    if matches!(task, Task::Generate | Task::Document) {
        // The last line is the comment's own, and the signature of what is documented.
        tab.document.select(&Selection::caret(review.review.range().end));
        return out.push(Effect::then(Event::Write(task, sampling)));
    }
    let (id, words) = (tab.id, review.instruction.clone());
    let wish = Wish { range: review.review.range(), words, refines: false, sampling };
    begin_in(workspace, id, wish, out);
}

/// What the user wants done with a range of a text.
struct Wish {
    range: Range<usize>,
    /// Shown above the review.
    words: String,
    /// About the proposal that is shown.
    refines: bool,
    sampling: Sampling,
}

fn begin_in(workspace: &mut Workspace, id: TabId, wish: Wish, out: &mut Vec<Effect>) {
    let Wish { range, words, refines, sampling } = wish;
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    let (code, target) = ask::asked(workspace, tab, &range, &words, refines);
    let notes = references::added(workspace, &words).notes;
    start(
        workspace,
        id,
        ReviewRequest { task: Task::Improve, range, words, code, target, sampling, notes },
        out,
    );
}

/// The lines of all selections, when there are several: each line once, in order. A mere caret means the function around it.
pub fn several(tab: &Tab) -> Option<Vec<Range<usize>>> {
    let lines = |span: &Span| match span.is_empty() {
        true => ask::lines_around(tab, span.head),
        false => whole_lines(&tab.document, &Selection::single(*span)),
    };
    let mut all: Vec<Range<usize>> = tab.document.selection().spans().iter().filter_map(lines).collect();
    all.sort_by_key(|range| range.start);
    let mut found: Vec<Range<usize>> = Vec::new();
    for range in all {
        match found.last_mut() {
            // Two selections in one line, or in lines that touch, are one piece of code.
            Some(last) if range.start <= last.end + 1 => last.end = last.end.max(range.end),
            _ => found.push(range),
        }
    }
    (found.len() > 1).then_some(found)
}

/// The selections behind the first one wait for their turn.
pub fn line_up(workspace: &mut Workspace, instruction: &Instruction) {
    let Some(tab) = workspace.find_tab(instruction.tab) else { return };
    let all = instruction.others.len() + 1;
    let waiting = instruction.others.iter().cloned().collect();
    tab.queue = SelectionQueue { waiting, words: instruction.text.clone(), all };
}

/// The review of a tab has ended: the next selection that waits gets its turn.
pub fn next(workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    if tab.review.is_some() {
        return;
    }
    let Some(range) = tab.queue.waiting.pop_front() else {
        tab.queue = SelectionQueue::default();
        return;
    };
    let words = tab.queue.words.clone();
    let range = whole_lines(&tab.document, &Selection::single(Span::new(range.start, range.end)));
    match range {
        Some(range) => improve_range(workspace, id, range, &words, out),
        None => next(workspace, id, out),
    }
}
