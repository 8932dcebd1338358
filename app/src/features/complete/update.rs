//! What the model would write at the caret, shown while the user types and taken with a key.
//!
//! A completion is asked for when typing has rested a moment, and given up with the next key unless that key is what it said.

use assist::statistics::Outcome;
use assist::task::Task;
use editor_core::token::TokenKind;
use editor_core::{EditKind, Selection, Transaction};
use ground::ids::{JobId, TabId};
use ground::pace::Resting;
use ipc::protocol::{Excerpt, FillContext, ModelRef, Prompt, Sampling, StopReason};
use models::catalog::ModelRole;
use models::next_edit::NextEditFamily;

use super::{Completion, CompletionPlace, Ghost, ghost, is_markdown, is_shown, place};
use crate::event::{Effect, Typed};
use crate::workspace::{Model, Overlay, Tab, ToastKind, Workspace, configure, edit, outcomes};

/// With more visible characters right of the caret nobody wants a completion (llama.vscode's figure).
const MAX_BEHIND: usize = 8;

/// Different completions of one place at most.
const MAX_CHOICES: usize = 4;

/// How much of the ghost text to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// All of it.
    All,
    /// Up to the end of the next word.
    Word,
    /// Up to the end of its first line.
    Line,
}

/// Something was typed, or the caret moved: what was shown goes on, or goes. `rests`: a completion is wanted here.
pub fn typed(
    completion: &mut Completion,
    workspace: &mut Workspace,
    typed: &Typed,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let here = workspace.tab().and_then(place);
    let text = match typed {
        Typed::Text(text) => Some(text.as_str()),
        _ => None,
    };
    if let (Some(here), Some(text)) = (here, text)
        && goes_on(completion, here, text)
    {
        return;
    }
    let wants = matches!(typed, Typed::Text(_) | Typed::Newline | Typed::Tab);
    forget(completion, workspace, out);
    completion.wanted.follow(here.filter(|_| wants), now);
}

/// Was `text` what the ghost text began with? Then the rest of it stays.
fn goes_on(completion: &mut Completion, here: CompletionPlace, text: &str) -> bool {
    let Some(ghost) = &mut completion.ghost else { return false };
    let before = here.position.checked_sub(text.chars().count());
    if ghost.place.tab != here.tab || before != Some(ghost.place.position) {
        return false;
    }
    let Some(rest) = ghost.choices.get(ghost.shown).and_then(|shown| shown.strip_prefix(text)) else {
        return false;
    };
    let rest = rest.to_owned();
    if rest.is_empty() {
        return false;
    }
    if let Some((_, asked)) = &mut completion.asked
        && *asked == ghost.place
    {
        *asked = here;
    }
    *ghost = Ghost { place: here, choices: vec![rest], shown: 0, taken: ghost.taken };
    true
}

/// Forgets what is shown, and stops what was asked for.
pub fn forget(completion: &mut Completion, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Completion { asked, ghost, wanted, .. } = completion;
    let unwanted = ghost.take().is_some_and(|ghost| !ghost.taken && ghost.is_visible());
    *wanted = Resting::default();
    if let Some((job, _)) = asked.take() {
        out.push(Effect::Cancel(job));
    }
    if unwanted {
        outcomes::note(Task::Complete, model_id(workspace), Outcome::Rejected, out);
    }
}

fn model_id(workspace: &Workspace) -> String {
    workspace.model_for(ModelRole::Completion).map(|model| model.reference.id.clone()).unwrap_or_default()
}

/// Asks for the completion of a place that has rested. Called with every frame.
pub fn tick(completion: &mut Completion, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let here = workspace.tab().and_then(place);
    let shown_elsewhere = completion.ghost.as_ref().is_some_and(|ghost| Some(ghost.place) != here);
    if shown_elsewhere || (completion.ghost.is_some() && is_covered(workspace)) {
        forget(completion, workspace, out);
    }
    let rest = u64::from(workspace.settings.completion.debounce_ms);
    let Some(wanted) = completion.wanted.take(now, rest).copied() else { return };
    if Some(wanted) != here || !may_complete(completion, workspace) {
        return;
    }
    match workspace.model_for(ModelRole::Completion).map(|model| model.reference.clone()) {
        Some(model) if is_resident(workspace, &model.id) => {
            completion.fetched = None;
            ask(completion, workspace, wanted, Sampling::default(), out);
        }
        Some(model) => fetch(completion, workspace, model, out),
        None => {}
    }
}

/// Has a model of its own for completions loaded beside the one that answers, once that is in memory.
fn fetch(completion: &mut Completion, workspace: &mut Workspace, model: ModelRef, out: &mut Vec<Effect>) {
    let chosen = workspace.settings.completes() == Some(model.id.as_str());
    let in_use = workspace.model().is_some_and(|model| is_resident(workspace, &model.reference.id));
    if chosen && in_use && completion.fetched.as_ref() != Some(&model.id) {
        completion.fetched = Some(model.id.clone());
        out.push(Effect::WarmModel(model));
    }
}

fn is_resident(workspace: &Workspace, id: &str) -> bool {
    workspace.worker.resident.iter().any(|resident| resident.id == id)
}

/// Milliseconds until there is something to ask for; `None`: nothing to wait for.
pub fn wake_in(completion: &Completion, workspace: &Workspace, now: u64) -> Option<u64> {
    let rest = u64::from(workspace.settings.completion.debounce_ms);
    completion.wanted.wake_in(now, rest)
}

/// Something else has the user's eyes.
fn is_covered(workspace: &Workspace) -> bool {
    !matches!(workspace.overlay, Overlay::None) || workspace.tab().is_none_or(|tab| tab.review.is_some())
}

/// Is a completion wanted where the caret is?
fn may_complete(completion: &Completion, workspace: &Workspace) -> bool {
    let (Some(tab), Some(model)) = (workspace.tab(), workspace.model_for(ModelRole::Completion)) else {
        return false;
    };
    let id = &model.reference.id;
    let language = tab.document.language().name();
    workspace.settings.completion.enabled
        && !workspace.settings.completion.languages_off.iter().any(|off| off == language)
        && completion.unable.as_ref() != Some(id)
        && !is_for_next_edits(model)
        && workspace.job.is_none()
        && !is_covered(workspace)
        && tab.document.read_only().is_none()
        && is_code(tab, workspace.settings.completion.in_text)
}

/// Such a model was trained on prompts of its own, and is asked in another way.
fn is_for_next_edits(model: &Model) -> bool {
    [&model.name, &model.reference.id].into_iter().any(|name| NextEditFamily::of_name(name).is_some())
}

/// What stands right of the caret, in its line.
fn behind(tab: &Tab) -> String {
    let (buffer, head) = (tab.document.buffer(), tab.document.selection().primary().head);
    buffer.slice(head..buffer.line_end(buffer.line_of(head)))
}

/// Is the caret at the end of a line, all but a few characters, and outside of strings and comments?
fn is_code(tab: &Tab, also_in_text: bool) -> bool {
    if behind(tab).chars().filter(|c| !c.is_whitespace()).count() > MAX_BEHIND {
        return false;
    }
    let (rope, head) = (tab.document.rope(), tab.document.selection().primary().head);
    let tokens = tab.highlighter.tree().map(|tree| tree.highlights(rope, head.saturating_sub(1)..head));
    let is_text =
        |token: TokenKind| matches!(token, TokenKind::Comment | TokenKind::String | TokenKind::Escape);
    // Behind the quote that ends a string is code again.
    let closes = rope.get_char(head.wrapping_sub(1)).is_some_and(|c| "\"'`".contains(c));
    also_in_text || closes || !tokens.into_iter().flatten().any(|(_, token)| is_text(token))
}

fn ask(
    completion: &mut Completion,
    workspace: &mut Workspace,
    place: CompletionPlace,
    params: Sampling,
    out: &mut Vec<Effect>,
) {
    let Some(model) = workspace.model_for(ModelRole::Completion).map(|model| model.reference.clone()) else {
        return;
    };
    let job = workspace.counters.job();
    let Some(tab) = workspace.find_tab(place.tab) else { return };
    let (before, after) = assist::around(tab.document.rope(), place.position);
    let file_name = tab.document.title();
    let others = excerpts(workspace, place.tab);
    let prompt = Prompt::Fill(FillContext { file_name, before, after, others });
    completion.asked = Some((job, place));
    out.push(Effect::Ask { job, model, prompt: Box::new(prompt), params });
}

/// What was worked on in other open files of the same language, the neighbour last.
fn excerpts(workspace: &Workspace, here: TabId) -> Vec<Excerpt> {
    let Some(at) = workspace.tabs.iter().position(|tab| tab.id == here) else { return Vec::new() };
    let language = workspace.tabs[at].document.language();
    let mut others: Vec<(usize, &Tab)> =
        workspace.tabs.iter().enumerate().filter(|(n, _)| *n != at).collect();
    others.retain(|(_, tab)| tab.document.language() == language && tab.document.rope().len_chars() > 0);
    others.sort_by_key(|(n, _)| std::cmp::Reverse(n.abs_diff(at)));
    let near = others.len().saturating_sub(workspace.settings.prompts.excerpts as usize);
    let excerpt = |tab: &Tab| {
        let document = &tab.document;
        assist::excerpt(document.rope(), document.selection().primary().head, document.title())
    };
    others[near..].iter().map(|(_, tab)| excerpt(tab)).collect()
}

/// Is this job a completion? Then it is nobody else's.
pub fn owns(completion: &Completion, job: JobId) -> bool {
    completion.asked.is_some_and(|(asked, _)| asked == job)
}

/// More of a completion.
pub fn delta(completion: &mut Completion, text: &str) {
    let Completion { asked: Some((_, place)), ghost, .. } = completion else { return };
    let ghost =
        ghost.get_or_insert_with(|| Ghost { place: *place, choices: Vec::new(), shown: 0, taken: false });
    if ghost.place != *place {
        *ghost = Ghost { place: *place, choices: Vec::new(), shown: 0, taken: false };
    }
    match ghost.choices.get_mut(ghost.shown) {
        Some(shown) => shown.push_str(text),
        None => ghost.choices.push(text.to_owned()),
    }
}

/// A completion is complete: what it is worth stays.
pub fn done(completion: &mut Completion, workspace: &Workspace, stop: StopReason) {
    completion.asked = None;
    let behind = workspace.tab().map(behind).unwrap_or_default();
    let is_markdown = workspace.tab().is_some_and(is_markdown);
    let Some(ghost) = &mut completion.ghost else { return };
    if let Some(last) = ghost.choices.get_mut(ghost.shown) {
        last.truncate(assist::repeated::before_marks(last, is_markdown));
        if stop == StopReason::Length {
            // The last line was cut off.
            last.truncate(last.rfind('\n').unwrap_or(last.len()));
        }
        last.truncate(assist::repeated::new_part(last, &behind));
        last.truncate(last.trim_end().len());
    }
    let mut seen = Vec::new();
    ghost.choices.retain(|choice| {
        !choice.trim().is_empty() && !seen.contains(choice) && {
            seen.push(choice.clone());
            true
        }
    });
    ghost.shown = ghost.shown.min(ghost.choices.len().saturating_sub(1));
    if ghost.choices.is_empty() {
        completion.ghost = None;
    }
}

/// A completion failed. A model that cannot complete is not asked again.
pub fn failed(
    completion: &mut Completion,
    workspace: &mut Workspace,
    reason: &str,
    unsupported: bool,
    now: u64,
) {
    completion.asked = None;
    completion.ghost = None;
    if unsupported {
        completion.unable =
            workspace.model_for(ModelRole::Completion).map(|model| model.reference.id.clone());
        workspace.toast(ToastKind::Info, reason.to_owned(), now);
    }
}

/// Takes ghost text into the file.
pub fn take(
    completion: &mut Completion,
    workspace: &mut Workspace,
    amount: Amount,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.tab() else { return };
    let Some((position, text)) = ghost(completion, tab) else { return };
    let (id, length) = (tab.id, length_of(text, amount));
    // What is not shown of it stays where it is: more of it may be on its way.
    let whole = completion.ghost.as_ref().and_then(|ghost| ghost.choices.get(ghost.shown));
    let (taken, rest) = (text[..length].to_owned(), whole.map_or("", |whole| &whole[length..]).to_owned());
    let transaction = Transaction::replace(tab.document.buffer(), position..position, &taken);
    let head = position + taken.chars().count();
    let (before, model) = (tab.document.rope().clone(), model_id(workspace));
    if completion.ghost.take().is_some_and(|ghost| !ghost.taken) {
        outcomes::watch(workspace, id, Task::Complete, &model, before, now);
        outcomes::note(Task::Complete, model, Outcome::Accepted, out);
    }
    let running = completion.asked.take();
    edit::apply_transaction(workspace, id, transaction, EditKind::Alone, now, out);
    if let Some(tab) = workspace.find_tab(id) {
        tab.document.select(&Selection::caret(head));
    }
    edit::reveal(workspace, head, false);
    let here = workspace.tab().and_then(place);
    if let (Some(here), false) = (here, rest.is_empty()) {
        completion.ghost = Some(Ghost { place: here, choices: vec![rest], shown: 0, taken: true });
        completion.asked = running.map(|(job, _)| (job, here));
    } else if let Some((job, _)) = running {
        out.push(Effect::Cancel(job));
    }
}

/// Bytes of `text` that an amount takes.
fn length_of(text: &str, amount: Amount) -> usize {
    match amount {
        Amount::All => text.len(),
        Amount::Line => match text.strip_prefix('\n') {
            Some(rest) => 1 + rest.find('\n').unwrap_or(rest.len()),
            None => text.find('\n').unwrap_or(text.len()),
        },
        Amount::Word => {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let blanks = text.len() - text.trim_start().len();
            let rest = &text[blanks..];
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            blanks + word.max(first)
        }
    }
}

/// Another completion of the same place: one that is known, or a new one with some chance in it.
pub fn next(completion: &mut Completion, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if !is_shown(completion, workspace) {
        return;
    }
    let running = completion.asked.is_some();
    let Some(ghost) = &mut completion.ghost else { return };
    let (count, place) = (ghost.choices.len(), ghost.place);
    if ghost.shown + 1 < count || count >= MAX_CHOICES || running {
        ghost.shown = (ghost.shown + 1) % count;
        return;
    }
    ghost.shown = count;
    let params = Sampling { temperature: 0.7, seed: count as u32, ..Sampling::default() };
    ask(completion, workspace, place, params, out);
}

/// Turns completions on or off.
pub fn toggle(completion: &mut Completion, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let on = !workspace.settings.completion.enabled;
    let word = if on { "on" } else { "off" };
    forget(completion, workspace, out);
    workspace.toast(ToastKind::Info, format!("Completion while typing is {word}."), now);
    configure::set(workspace, "completion.enabled", &on, now, out);
}

/// Turns completions on or off for the language in front.
pub fn toggle_language(
    completion: &mut Completion,
    workspace: &mut Workspace,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(language) = workspace.tab().map(|tab| tab.document.language().name().to_owned()) else { return };
    let mut off = workspace.settings.completion.languages_off.clone();
    let was_off = off.contains(&language);
    off.retain(|other| *other != language);
    if !was_off {
        off.push(language.clone());
    }
    let word = if was_off { "on" } else { "off" };
    forget(completion, workspace, out);
    workspace.toast(ToastKind::Info, format!("Completion while typing is {word} in {language}."), now);
    configure::set(workspace, "completion.languages_off", &off, now, out);
}

/// Turns completions in strings and comments on or off.
pub fn toggle_text(completion: &mut Completion, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let on = !workspace.settings.completion.in_text;
    let word = if on { "on" } else { "off" };
    forget(completion, workspace, out);
    workspace.toast(ToastKind::Info, format!("Completion in strings and comments is {word}."), now);
    configure::set(workspace, "completion.in_text", &on, now, out);
}
