//! What lies over the window: a key or a click in it goes to the feature whose it is.

use std::path::PathBuf;

use ::models::import::ImportMode;

use crate::event::{Effect, Event, OverlayEvent};
use crate::features::changes::{ChangesEvent, GitDeed};
use crate::features::everywhere::EverywhereEvent;
use crate::features::models::ManagerEvent;
use crate::features::palette::paths;
use crate::features::places::PlacesEvent;
use crate::features::problems::ProblemsEvent;
use crate::features::review::{compare, instruction, list};
use crate::features::terminal::TerminalEvent;
use crate::features::{explain, files, looks, quick, statistics, terminal, tree, writing};
use crate::state::State;
use crate::workspace::picker::{Choice, PickerKind};
use crate::workspace::{
    Focus, Overlay, PathPrompt, PathPurpose, PathWish, PickedPaths, Question, Reply, SystemDialogs,
    TabContent, configure, open, references,
};

/// Something happened in what lies over the window.
pub fn on(state: &mut State, event: OverlayEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        OverlayEvent::Text(text) => typed(state, text, out),
        OverlayEvent::Step(by) => step(state, by),
        OverlayEvent::Complete if matches!(state.overlay, Overlay::Instruction(_)) => {
            references::take(state, None, out);
        }
        OverlayEvent::Complete => paths::complete(state, out),
        OverlayEvent::Decide(accepts) => list::decide(state, accepts, now, out),
        OverlayEvent::Mention(index) => {
            references::take(state, Some(index), out);
        }
        OverlayEvent::Pick(index) if matches!(state.overlay, Overlay::Instruction(_)) => {
            instruction::choose(state, index, out);
        }
        OverlayEvent::Pick(index) if matches!(state.overlay, Overlay::Quick(_)) => {
            quick::update::pick(state, index, out);
        }
        OverlayEvent::Pick(index) => {
            match &mut state.overlay {
                Overlay::Picker(picker) => picker.current = index,
                Overlay::Path(prompt) => prompt.current = Some(index),
                _ => {}
            }
            accept(state, now, out);
        }
        OverlayEvent::Accept => accept(state, now, out),
        OverlayEvent::Close => close(state, now, out),
        OverlayEvent::Reply(reply) => {
            if let Overlay::Question(question) = std::mem::take(&mut state.overlay) {
                state.focus = Some(Focus::Editor);
                replied(state, question, reply, now, out);
            }
        }
    }
}

/// A question was answered.
fn replied(state: &mut State, question: Question, reply: Reply, now: u64, out: &mut Vec<Effect>) {
    match question {
        Question::Tree(question) => tree::work::replied(state, question, reply, now, out),
        Question::Terminal(question) => {
            let State { workspace, terminals, .. } = state;
            terminal::update::replied(terminals, workspace, &question, reply, now, out);
        }
        Question::Statistics => statistics::update::replied(state, reply == Reply::Yes, now, out),
        question => files::replies::replied(state, question, reply, now, out),
    }
}

fn close(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    match std::mem::take(&mut state.overlay) {
        // It goes back to the terminal.
        Overlay::Question(question @ Question::Terminal(_)) => {
            return replied(state, question, Reply::Cancel, now, out);
        }
        Overlay::Question(question) => replied(state, question, Reply::Cancel, now, out),
        // A save that was to close or to quit is given up.
        Overlay::Path(_) => {
            state.quitting = false;
            state.closing.clear();
        }
        Overlay::Instruction(instruction) => instruction::give_up(state, instruction),
        Overlay::Picker(picker) if picker.kind == PickerKind::Names => {
            writing::update::list_closed(state, out);
        }
        Overlay::Quick(list) => quick::update::closed(state, &list, out),
        _ => {}
    }
    state.focus = Some(Focus::Previous);
}

fn typed(state: &mut State, text: String, out: &mut Vec<Effect>) {
    let home = state.home.clone();
    match &mut state.overlay {
        Overlay::Quick(_) => quick::update::typed(&mut state.quick, &mut state.workspace, text, out),
        Overlay::Picker(picker) => picker.set_query(text),
        Overlay::Proposal(_, typed) | Overlay::ErrorMessage(typed) => *typed = text,
        Overlay::Instruction(instruction) => {
            instruction.text = text;
            instruction.fetched = None;
            references::typed(state, out);
        }
        Overlay::Path(prompt) => {
            prompt.text = text;
            prompt.current = None;
            paths::list_typed_folder(prompt, home.as_deref(), out);
        }
        Overlay::None | Overlay::Question(_) | Overlay::Models(_) => {}
    }
}

fn step(state: &mut State, by: isize) {
    if references::step(state, by) {
        return;
    }
    if matches!(state.overlay, Overlay::Instruction(_)) {
        return instruction::fetch_instruction(state, by);
    }
    match &mut state.overlay {
        Overlay::Quick(_) => quick::update::step(state, by),
        Overlay::Picker(picker) => picker.step(by),
        Overlay::Path(prompt) => {
            let len = prompt.shown().len() as isize;
            if len > 0 {
                let from = prompt.current.map_or(if by > 0 { -1 } else { len }, |at| at as isize);
                prompt.current = Some((from + by).rem_euclid(len) as usize);
            }
        }
        _ => {}
    }
}

fn accept(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if references::take(state, None, out) {
        return;
    }
    if matches!(state.overlay, Overlay::Quick(_)) {
        return quick::update::accept(state, out);
    }
    match std::mem::take(&mut state.overlay) {
        Overlay::Picker(picker) => {
            state.focus = Some(Focus::Editor);
            match picker.get(picker.current).map(|item| item.choice.clone()) {
                Some(Choice::Command(command)) => {
                    state.focus = Some(Focus::Previous);
                    out.push(Effect::then(Event::Command(command)));
                }
                Some(Choice::File(path)) => open::preview(state, path, out),
                Some(Choice::Tab(TabContent::Text(tab))) => out.push(Effect::then(Event::Activate(tab))),
                Some(Choice::Tab(TabContent::Page(page))) => state.show_page(page),
                Some(Choice::Bookmark(index)) => {
                    out.push(Effect::then(Event::Places(PlacesEvent::GoToBookmark(index))));
                }
                Some(Choice::Task(index)) => {
                    out.push(Effect::then(Event::Terminal(TerminalEvent::RunListed(index))));
                }
                Some(Choice::Problem(index)) => {
                    out.push(Effect::then(Event::Problems(ProblemsEvent::GoTo(index))));
                }
                Some(Choice::Folder(path)) => open::open_folder(state, path, out),
                Some(Choice::Review(tab)) => list::go(state, tab, out),
                Some(Choice::Name(tab, name)) => {
                    writing::update::list_closed(state, out);
                    writing::update::named(state, tab, &name, out);
                }
                Some(Choice::Profile(name)) => configure::use_profile(state, &name, now, out),
                Some(Choice::Reopen(tab, encoding)) => files::encodings::reopen(state, tab, encoding, out),
                Some(Choice::SaveIn(tab, format)) => files::encodings::save_in(state, tab, format, now, out),
                Some(Choice::Model(id)) => configure::use_model(state, &id, now, out),
                Some(Choice::Branch(to)) => {
                    out.push(Effect::then(Event::Changes(ChangesEvent::Do(GitDeed::Switch(to)))));
                }
                Some(Choice::ChangeResults(instruction)) => {
                    out.push(Effect::then(Event::Everywhere(EverywhereEvent::Begin(instruction))));
                }
                Some(Choice::Stash(deed, id)) => {
                    out.push(Effect::then(Event::Changes(ChangesEvent::Do(GitDeed::of_stash(deed, id)))));
                }
                Some(Choice::Theme(id)) => looks::choose(state, &id, now, out),
                None => state.overlay = Overlay::Picker(picker),
            }
        }
        Overlay::ErrorMessage(text) => {
            state.focus = Some(Focus::Editor);
            explain::update::explain_error(&mut state.explain, &mut state.workspace, &text, now, out);
        }
        Overlay::Proposal(hunk, text) => {
            state.focus = Some(Focus::Editor);
            list::edited(state, hunk, &text);
        }
        Overlay::Instruction(instruction) => {
            state.focus = Some(Focus::Editor);
            instruction::send(state, instruction, out);
        }
        Overlay::Path(prompt) => accept_path(state, prompt, now, out),
        other => state.overlay = other,
    }
}

fn accept_path(state: &mut State, mut prompt: PathPrompt, now: u64, out: &mut Vec<Effect>) {
    let chosen = prompt.current.and_then(|index| prompt.shown().get(index).copied().cloned());
    if let Some(entry) = chosen {
        if entry.folder {
            prompt.text = open::with_slash(&entry.path);
            prompt.current = None;
            paths::list_typed_folder(&mut prompt, state.home.as_deref(), out);
            state.overlay = Overlay::Path(prompt);
            return;
        }
        prompt.text = entry.path.display().to_string();
    }
    let path = prompt.path(state.home.as_deref());
    let wants_folder = matches!(prompt.wish, PathPurpose::OpenFolder | PathPurpose::AddFolder);
    if prompt.text.ends_with('/') && !wants_folder {
        return state.overlay = Overlay::Path(prompt);
    }
    take_path(state, prompt.wish, path, now, out);
}

/// A dialog of the system was answered.
pub fn picked(state: &mut State, asked: PathWish, picked: PickedPaths, now: u64, out: &mut Vec<Effect>) {
    state.dialogs = SystemDialogs::Ready;
    match picked {
        PickedPaths::Chosen(paths) => {
            paths.into_iter().for_each(|path| take_path(state, asked.wish, path, now, out));
        }
        PickedPaths::Nothing => {
            // A save that was to close or to quit is given up.
            state.quitting = false;
            state.closing.clear();
            state.focus = Some(Focus::Editor);
        }
        PickedPaths::NoDialog => {
            state.dialogs = SystemDialogs::Missing;
            open::type_path(state, asked, out);
        }
    }
}

/// A path was chosen, in whatever way.
fn take_path(state: &mut State, wish: PathPurpose, path: PathBuf, now: u64, out: &mut Vec<Effect>) {
    match wish {
        PathPurpose::OpenFolder => open::open_folder(state, paths::without_slash(&path), out),
        PathPurpose::AddFolder => tree::commands::add_folder(state, paths::without_slash(&path), now, out),
        PathPurpose::OpenFile => open::open(state, path, out),
        PathPurpose::ImportModel => {
            let event = ManagerEvent::Import(path, ImportMode::default());
            out.push(Effect::then(Event::Models(event)));
        }
        PathPurpose::Compare(tab) => compare::with_other(state, tab, path, out),
        PathPurpose::Save(tab) => files::save::save_at(state, tab, path, now, out),
    }
    state.focus = Some(Focus::Editor);
}
