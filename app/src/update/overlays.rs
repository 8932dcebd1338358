//! What lies over the window: lists, go to line, the instruction, paths and questions.

use std::path::{Path, PathBuf};

use ::models::fit::Verdict;
use ::models::import::ImportMode;

use super::{editing, encodings, files, review_flow, run};
use crate::event::{Effect, OverlayEvent};
use crate::manager::ManagerEvent;
use crate::picker::{self, Choice, Item, Kind, Picker};
use crate::state::{Focus, Overlay, PathPrompt, PathPurpose, Reply, State};
use crate::tree::Entry;

/// Shows the command palette.
pub fn palette(state: &mut State) {
    let items = picker::commands(&state.contexts(true));
    state.overlay = Overlay::Picker(Picker::new(Kind::Commands, items));
}

/// Shows what was open lately.
pub fn recent(state: &mut State) {
    let items = state.recent();
    state.overlay = Overlay::Picker(Picker::new(Kind::Recent, items));
}

/// Shows the files of the folder.
pub fn quick_open(state: &mut State, out: &mut Vec<Effect>) {
    let items = file_items(state);
    let mut picker = Picker::new(Kind::Files, items);
    if let Some(tree) = &state.tree {
        picker.loading = state.files.is_none();
        out.push(Effect::Scan(tree.root.clone()));
    }
    state.overlay = Overlay::Picker(picker);
}

/// The files of a folder were found.
pub fn scanned(state: &mut State, root: &Path, files: Vec<PathBuf>) {
    if state.tree.as_ref().is_none_or(|tree| tree.root != root) {
        return;
    }
    state.files = Some(files);
    let items = file_items(state);
    if let Overlay::Picker(picker) = &mut state.overlay
        && picker.kind == Kind::Files
    {
        picker.loading = false;
        picker.set_items(items);
    }
}

fn file_items(state: &State) -> Vec<Item> {
    let Some(tree) = &state.tree else { return Vec::new() };
    let item = |path: &PathBuf| {
        let inside = path.strip_prefix(&tree.root).unwrap_or(path);
        let name = inside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let detail = inside.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        Item { text: name, detail, right: String::new(), choice: Choice::File(path.clone()) }
    };
    state.files.iter().flatten().map(item).collect()
}

/// Shows the installed models.
pub fn models(state: &mut State, out: &mut Vec<Effect>) {
    let items = model_items(state);
    let in_use = state.model().map(|model| Choice::Model(model.reference.id.clone()));
    let other =
        |item: &Item| matches!(item.choice, Choice::Model(_)) && Some(&item.choice) != in_use.as_ref();
    // Enter goes to another model at once.
    let current = items.iter().position(other).unwrap_or(0);
    let mut picker = Picker::new(Kind::Models, items);
    picker.current = current;
    state.overlay = Overlay::Picker(picker);
    super::models::list(state, out);
}

/// The rows of the model switcher: the loaded one is marked, and can be unloaded.
pub fn model_items(state: &State) -> Vec<Item> {
    let selected = state.model().map(|model| model.reference.id.clone());
    let models = state.models.installed.iter().flatten().map(|model| {
        let id = &model.reference.id;
        let mark = match (state.worker.holds(id), Some(id) == selected.as_ref()) {
            (true, true) => "in use, loaded",
            (true, false) => "loaded",
            (false, true) => "in use",
            _ => "",
        };
        let (fits, cost) = fit(state, id).unzip();
        let words = [mark.to_owned(), fits.unwrap_or_default()];
        Item {
            text: model.name.clone(),
            detail: words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(", "),
            right: cost.unwrap_or_else(|| ground::words::bytes(model.size)),
            choice: Choice::Model(id.clone()),
        }
    });
    let unload = state.worker.model.as_ref().map(|_| Item {
        text: "Unload model".into(),
        detail: "frees its memory".into(),
        right: String::new(),
        choice: Choice::Command(ground::command::Command::UnloadModel),
    });
    let manager = Item {
        text: "Model manager".into(),
        detail: "install, import, verify, remove".into(),
        right: ground::command::Command::ModelManager.key_text(),
        choice: Choice::Command(ground::command::Command::ModelManager),
    };
    models.chain(unload).chain([manager]).collect()
}

/// Whether an installed model fits this machine, and the memory that it takes, as far as its header was read.
fn fit(state: &State, id: &str) -> Option<(String, String)> {
    let shelf = state.manager.shelf()?;
    let owned = shelf.installed.iter().find(|owned| owned.model.record.id == id)?;
    let facts = owned.facts.as_ref().ok()?;
    let words = match facts.fit.verdict {
        Verdict::Fits => "fits",
        Verdict::Tight { .. } => "is tight",
        Verdict::DoesNotFit { .. } => "does not fit",
    };
    Some((words.to_owned(), format!("{} of memory", ground::words::bytes(facts.fit.need.total()))))
}

/// The rows of an open switcher are brought up to date.
pub fn models_listed(state: &mut State) {
    let items = model_items(state);
    if let Overlay::Picker(picker) = &mut state.overlay
        && picker.kind == Kind::Models
    {
        picker.set_items(items);
    }
}

/// Shows the profiles.
pub fn profiles(state: &mut State, out: &mut Vec<Effect>) {
    let settings = &state.settings;
    let mut names: Vec<&String> = settings.profiles.keys().collect();
    names.sort_by_key(|name| settings::table::profile_order(name));
    let item = |name: &String| {
        let profile = &settings.profiles[name];
        let installed = state.models.find(&profile.model).map(|model| model.name.clone());
        let here = if *name == settings.profile { "in use, " } else { "" };
        let missing = || {
            if profile.model.is_empty() {
                "any model".into()
            } else {
                format!("{}, not installed", profile.model)
            }
        };
        Item {
            text: name.clone(),
            detail: format!("{here}{}", installed.unwrap_or_else(missing)),
            right: format!("{} tokens", profile.context_tokens),
            choice: Choice::Profile(name.clone()),
        }
    };
    let items = names.into_iter().map(item).collect();
    state.overlay = Overlay::Picker(Picker::new(Kind::Profiles, items));
    out.push(Effect::ListModels);
}

/// Asks for a path.
pub fn ask_path(state: &mut State, wish: PathPurpose, out: &mut Vec<Effect>) {
    let open = state.tab().and_then(|tab| tab.document.path());
    let beside = open.and_then(Path::parent).map(Path::to_owned);
    let folder = state.tree.as_ref().map(|tree| tree.root.clone());
    let start = beside.or(folder).or(state.home.clone()).unwrap_or_else(|| "/".into());
    let mut text = with_slash(&start);
    if let PathPurpose::Save(id) = wish
        && let Some(tab) = state.find_tab(id)
    {
        text.push_str(&tab.document.title());
    }
    out.push(Effect::ListPath(start.clone()));
    state.overlay =
        Overlay::Path(PathPrompt { wish, text, folder: start, entries: Ok(Vec::new()), current: None });
}

/// A path that ends in a slash.
fn with_slash(path: &Path) -> String {
    let text = path.display().to_string();
    if text.ends_with('/') { text } else { text + "/" }
}

/// A folder was listed for the path prompt.
pub fn path_listed(state: &mut State, folder: &Path, entries: Result<Vec<Entry>, String>) {
    if let Overlay::Path(prompt) = &mut state.overlay
        && prompt.folder == folder
    {
        prompt.entries = entries;
    }
}

/// Something happened in what lies over the window.
pub fn on(state: &mut State, event: OverlayEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        OverlayEvent::Text(text) => typed(state, text, out),
        OverlayEvent::Step(by) => step(state, by),
        OverlayEvent::Complete if matches!(state.overlay, Overlay::Instruction(_)) => {
            super::mentioned::take(state, None, out);
        }
        OverlayEvent::Complete => complete(state, out),
        OverlayEvent::Decide(accepts) => super::reviews::decide(state, accepts, now, out),
        OverlayEvent::Mention(index) => {
            super::mentioned::take(state, Some(index), out);
        }
        OverlayEvent::Pick(index) if matches!(state.overlay, Overlay::Instruction(_)) => {
            review_flow::choose(state, index, out);
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
                files::replied(state, question, reply, now, out);
            }
        }
    }
}

fn close(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    match std::mem::take(&mut state.overlay) {
        Overlay::Question(question) => files::replied(state, question, Reply::Cancel, now, out),
        // A save that was to close or to quit is given up.
        Overlay::Path(_) => {
            state.quitting = false;
            state.closing.clear();
        }
        Overlay::Picker(picker) if picker.kind == Kind::Names => super::writing::list_closed(state, out),
        _ => {}
    }
    state.focus = Some(Focus::Editor);
}

fn typed(state: &mut State, text: String, out: &mut Vec<Effect>) {
    let home = state.home.clone();
    match &mut state.overlay {
        Overlay::Picker(picker) => picker.set_query(text),
        Overlay::Proposal(_, typed) | Overlay::ErrorMessage(typed) => *typed = text,
        Overlay::Line(line) => {
            *line = text;
            preview_line(state);
        }
        Overlay::Instruction(instruction) => {
            instruction.text = text;
            instruction.fetched = None;
            super::mentioned::typed(state, out);
        }
        Overlay::Path(prompt) => {
            prompt.text = text;
            prompt.current = None;
            list_typed_folder(prompt, home.as_deref(), out);
        }
        Overlay::None | Overlay::Question(_) | Overlay::Models(_) | Overlay::Statistics(_) => {}
    }
}

fn list_typed_folder(prompt: &mut PathPrompt, home: Option<&Path>, out: &mut Vec<Effect>) {
    let path = prompt.path(home);
    let folder =
        if prompt.text.ends_with('/') { path } else { path.parent().unwrap_or(Path::new("/")).to_owned() };
    if folder != prompt.folder {
        prompt.folder = folder.clone();
        prompt.entries = Ok(Vec::new());
        out.push(Effect::ListPath(folder));
    }
}

fn step(state: &mut State, by: isize) {
    if super::mentioned::step(state, by) {
        return;
    }
    if matches!(state.overlay, Overlay::Instruction(_)) {
        return review_flow::fetch_instruction(state, by);
    }
    match &mut state.overlay {
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

/// Takes the current or the first entry into the typed path.
fn complete(state: &mut State, out: &mut Vec<Effect>) {
    let home = state.home.clone();
    let Overlay::Path(prompt) = &mut state.overlay else { return };
    let Some(entry) = prompt.shown().get(prompt.current.unwrap_or(0)).copied().cloned() else { return };
    prompt.text = if entry.folder { with_slash(&entry.path) } else { entry.path.display().to_string() };
    prompt.current = None;
    list_typed_folder(prompt, home.as_deref(), out);
}

fn accept(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if super::mentioned::take(state, None, out) {
        return;
    }
    match std::mem::take(&mut state.overlay) {
        Overlay::Picker(picker) => {
            state.focus = Some(Focus::Editor);
            match picker.get(picker.current).map(|item| item.choice.clone()) {
                Some(Choice::Command(command)) => run(state, command, now, out),
                Some(Choice::File(path)) => files::open(state, path, out),
                Some(Choice::Folder(path)) => files::open_folder(state, path, out),
                Some(Choice::Review(tab)) => super::reviews::go(state, tab, out),
                Some(Choice::Name(tab, name)) => {
                    super::writing::list_closed(state, out);
                    super::writing::named(state, tab, &name, out);
                }
                Some(Choice::Profile(name)) => super::settings::use_profile(state, &name, now, out),
                Some(Choice::Reopen(tab, encoding)) => encodings::reopen(state, tab, encoding, out),
                Some(Choice::SaveIn(tab, format)) => encodings::save_in(state, tab, format, now, out),
                Some(Choice::Model(id)) => super::worker::use_model(state, &id, now, out),
                None => state.overlay = Overlay::Picker(picker),
            }
        }
        Overlay::ErrorMessage(text) => {
            state.focus = Some(Focus::Editor);
            super::explain::explain_error(state, &text, now, out);
        }
        Overlay::Proposal(hunk, text) => {
            state.focus = Some(Focus::Editor);
            super::reviews::edited(state, hunk, &text);
        }
        Overlay::Line(text) => {
            state.focus = Some(Focus::Editor);
            if let Some(position) = line_position(state, &text) {
                editing::go_to(state, position);
            }
        }
        Overlay::Instruction(instruction) => {
            state.focus = Some(Focus::Editor);
            review_flow::send(state, instruction, out);
        }
        Overlay::Path(prompt) => accept_path(state, prompt, now, out),
        other => state.overlay = other,
    }
}

fn accept_path(state: &mut State, mut prompt: PathPrompt, now: u64, out: &mut Vec<Effect>) {
    let chosen = prompt.current.and_then(|index| prompt.shown().get(index).copied().cloned());
    if let Some(entry) = chosen {
        if entry.folder {
            prompt.text = with_slash(&entry.path);
            prompt.current = None;
            list_typed_folder(&mut prompt, state.home.as_deref(), out);
            state.overlay = Overlay::Path(prompt);
            return;
        }
        prompt.text = entry.path.display().to_string();
    }
    let path = prompt.path(state.home.as_deref());
    let is_folder = prompt.text.ends_with('/');
    match prompt.wish {
        PathPurpose::OpenFolder => files::open_folder(state, without_slash(&path), out),
        _ if is_folder => return state.overlay = Overlay::Path(prompt),
        PathPurpose::OpenFile => files::open(state, path, out),
        PathPurpose::ImportModel => {
            let event = ManagerEvent::Import(path, ImportMode::default());
            super::models::on(state, event, now, out);
        }
        PathPurpose::Save(tab) => files::save_at(state, tab, path, now, out),
    }
    state.focus = Some(Focus::Editor);
}

/// The same path without a slash at its end.
fn without_slash(path: &Path) -> PathBuf {
    path.components().collect()
}

fn preview_line(state: &mut State) {
    let Overlay::Line(text) = &state.overlay else { return };
    let text = text.clone();
    if let Some(position) = line_position(state, &text) {
        editing::reveal(state, position, true);
    }
}

/// The position that `12` or `12:5` means, counted from 1.
pub fn line_position(state: &State, text: &str) -> Option<usize> {
    let (line, column) = text.trim().split_once(':').unwrap_or((text.trim(), "1"));
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().unwrap_or(1));
    let buffer = state.tab()?.document.buffer();
    Some(buffer.position(line.saturating_sub(1), column.saturating_sub(1)))
}
