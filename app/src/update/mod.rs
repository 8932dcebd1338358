//! (state, event) → effects. No I/O and no clock: time comes in as milliseconds, everything else goes out as an
//! [`Effect`] and comes back as an [`Event`].

mod comparing;
mod complete;
mod editing;
mod encodings;
mod explain;
mod files;
mod find;
mod measure;
mod mentioned;
mod models;
mod onboarding;
mod overlays;
mod priming;
mod problems;
mod recovery;
mod reopen;
mod review_flow;
mod reviews;
mod settings;
mod supervise;
#[cfg(test)]
mod tests;
mod worker;
mod writing;

pub use self::editing::tokens;
pub use self::explain::neighbour as explanation_beside;
pub use self::onboarding::{CoachWords, coach};
pub use self::priming::{Meter, meter};
pub use self::review_flow::no_model;
pub use self::supervise::{idle_left, lighter};
use ::settings::ThemeChoice;
use ::settings::layers::SettingsFile;
use ground::command::Command;
use ground::ids::TabId;

use self::editing::{LineEdit, Select};
use crate::event::{Effect, Event};
use crate::onboarding::OnboardingEvent;
use crate::session::{OpenFile, Session};
use crate::state::{Focus, State, Toast, ToastKind};

/// One step of zoom.
const ZOOM_STEP: f32 = 0.1;

/// What is done when the window opens.
pub fn begin() -> Vec<Effect> {
    let mut effects = Vec::new();
    supervise::begin(&mut effects);
    effects
}

/// Changes the state and says what has to be done outside. `now` is any clock that counts milliseconds.
pub fn update(state: &mut State, event: Event, now: u64) -> Vec<Effect> {
    let mut effects = Vec::new();
    let out = &mut effects;
    let asks_for_text = models::asks_for_text(state, &event);
    match event {
        Event::Frame => frame(state, now, out),
        Event::Command(command) => run(state, command, now, out),
        Event::Typed(typed) => {
            let key = typed.clone();
            editing::typed(state, typed, now, out);
            complete::typed(state, &key, now, out);
        }
        Event::Select(tab, selection) => editing::select(state, tab, &selection),
        Event::Activate(tab) => files::activate(state, tab, out),
        Event::Close(tab) => files::close(state, tab, out),
        Event::Tree(event) => files::tree(state, event, out),
        Event::Overlay(event) => overlays::on(state, event, now, out),
        Event::Find(event) => find::on(state, event, now, out),
        Event::AcceptHunk(hunk) => review_flow::accept(state, Some(hunk), now, out),
        Event::RejectHunk(hunk) => review_flow::reject(state, Some(hunk), now, out),
        Event::Explain(event) => explain::on(state, event, now, out),
        Event::Statistics(event) => measure::on(state, event, out),
        Event::Writing(event) => writing::on(state, event, now, out),
        Event::Staged(folder, result) => writing::staged(state, folder, result, now, out),
        Event::Conflict(tab, reply) => files::conflict(state, tab, reply, now, out),
        Event::DismissToast(id) => state.toasts.retain(|toast| toast.id != id),
        Event::ReopenReview(tab) => reopen::reopen_in(state, tab, out),
        Event::SidebarWidth(width) => state.session.sidebar_width = width,
        Event::WindowSize(width, height) => state.session.window = Some((width, height)),
        Event::Open(path) => files::open(state, path, out),
        Event::OpenFolder(path) => files::open_folder(state, path, out),
        Event::WindowFocused => {
            files::check_all(state, out);
            supervise::focused(state, out);
            settings::reread(state, out);
            // Other windows may have taken back what was permitted.
            remember(state, out);
        }
        Event::CloseRequested => files::quit(state, now, out),
        Event::Opened { path, caret, front, result } => {
            files::opened(state, (path, caret, front), result, now, out);
        }
        Event::Reloaded(tab, revision, result) => files::reloaded(state, (tab, revision), result, now, out),
        Event::Saved { tab, path, revision, result } => {
            files::saved(state, (tab, path, revision), result, now, out);
        }
        Event::Checked(tab, fate) => files::checked(state, tab, fate, out),
        Event::Compared(tab, result) => comparing::compared(state, tab, result, now, out),
        Event::Listed(folder, listing) => files::listed(state, folder, listing),
        Event::PathListed(folder, entries) => overlays::path_listed(state, &folder, entries),
        Event::Scanned(folder, files) => {
            overlays::scanned(state, &folder, files);
            mentioned::scanned(state, out);
        }
        Event::Indexed(root, index) => {
            if state.tree.as_ref().is_some_and(|tree| tree.root == root) {
                state.index = index;
            }
        }
        Event::FileIndexed(path, index) => state.index.replace(&path, index),
        Event::ReferenceRead(path, text) => mentioned::read(state, path, text),
        Event::Parsed(document, tree) => editing::parsed(state, TabId(document), tree, out),
        Event::ModelsListed(result, budget) => worker::models_listed(state, result, budget, now, out),
        Event::Models(event) => models::on(state, event, now, out),
        Event::Onboarding(event) => onboarding::on(state, event, now, out),
        Event::Settings(event) => settings::on(state, event, now, out),
        Event::Worker(event) => worker::on(state, event, now, out),
        Event::Supervise(event) => supervise::on(state, event, now, out),
        Event::Judged { job, proposal, baseline } => {
            review_flow::judged(state, job, *proposal, baseline, now, out);
        }
        Event::RanBefore(job, held) => review_flow::ran_before(state, job, held),
        Event::RanShown(job, proposal, held) => review_flow::ran_shown(state, job, proposal, held),
        Event::Diagnosed(tab, revision, said) => problems::found(state, tab, revision, said),
        Event::Prompts(prompts) => state.prompts = prompts,
        Event::Revoked(revoked) => state.session.revoke(&revoked),
        Event::Trouble(text) => toast(state, ToastKind::Error, text, now),
    }
    files::disarm(state);
    state.leave_page(asks_for_text);
    onboarding::follow(state, asks_for_text, now, out);
    supervise::route(state, now, &mut effects);
    supervise::keep_log(state, &mut effects);
    effects
}

/// Shows a message about something that happened elsewhere.
fn toast(state: &mut State, kind: ToastKind, text: String, now: u64) {
    state.toasts.retain(|toast| toast.text != text);
    let id = state.counters.toast();
    state.toasts.push(Toast { id, kind, text, since: now, reopens: None });
}

fn frame(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    state.toasts.retain(|toast| now.saturating_sub(toast.since) < toast.lifetime());
    find::step(state);
    priming::look(state, now, out);
    complete::look(state, now, out);
    supervise::look(state, now, out);
    recovery::look(state, now, out);
}

/// Milliseconds until something has rested long enough to be sent; `None`: nothing to wait for.
pub fn wake_in(state: &State, now: u64) -> Option<u64> {
    let waits = [
        priming::wake_in(state, now),
        complete::wake_in(state, now),
        supervise::wake_in(state, now),
        recovery::wake_in(state, now),
    ];
    waits.into_iter().flatten().min()
}

fn run(state: &mut State, command: Command, now: u64, out: &mut Vec<Effect>) {
    match command {
        Command::Improve => review_flow::improve(state, out),
        Command::ExplainError => explain::ask_error(state, now, out),
        Command::Explain => explain::explain(state, now, out),
        Command::EditProposal => reviews::edit(state),
        Command::SideBySide => {
            state.session.side_by_side = !state.session.side_by_side;
            remember(state, out);
        }
        Command::Reviews => reviews::list(state),
        Command::Statistics => measure::open(state, out),
        Command::Undo => {
            editing::undo(state, out);
            measure::undone(state, now, out);
        }
        Command::Generate => writing::generate(state, state.settings.sampling(), now, out),
        Command::Document => writing::document(state, state.settings.sampling(), now, out),
        Command::CommitMessage => writing::commit_message(state, now, out),
        Command::NameFile => writing::name(state, now, out),
        Command::SwitchModel => overlays::models(state, out),
        Command::ModelManager => models::open(state, out),
        Command::UnloadModel => out.push(Effect::UnloadModel(None)),
        Command::Activity => supervise::toggle_panel(state, out),
        Command::UseLighter => supervise::use_lighter(state, now, out),
        Command::AcceptHunk => review_flow::accept(state, None, now, out),
        Command::RejectHunk => review_flow::reject(state, None, now, out),
        Command::AcceptAll => review_flow::accept_all(state, now, out),
        Command::RejectAll => review_flow::dismiss(state, now, out),
        Command::StopReview => review_flow::stop(state, now, out),
        Command::ReopenReview => reopen::reopen(state, out),
        Command::NextHunk => review_flow::step(state, true),
        Command::PreviousHunk => review_flow::step(state, false),
        Command::TryAgain => review_flow::try_again(state, now, out),
        Command::NextAlternative => review_flow::alternative(state, true, out),
        Command::PreviousAlternative => review_flow::alternative(state, false, out),
        Command::TakeGhost => complete::take(state, complete::Amount::All, now, out),
        Command::TakeGhostWord => complete::take(state, complete::Amount::Word, now, out),
        Command::TakeGhostLine => complete::take(state, complete::Amount::Line, now, out),
        Command::NextGhost => complete::next(state, out),
        Command::DropGhost => complete::forget(state, out),
        Command::ToggleCompletion => complete::toggle(state, now, out),
        Command::ToggleCompletionLanguage => complete::toggle_language(state, now, out),
        Command::ToggleCompletionText => complete::toggle_text(state, now, out),
        Command::RunCheckers => review_flow::allow_checkers(state, now, out),
        Command::RunExamples => review_flow::allow_examples(state, now, out),
        Command::NewFile => files::new(state, out),
        Command::OpenFile => overlays::ask_path(state, crate::state::PathPurpose::OpenFile, out),
        Command::OpenFolder => overlays::ask_path(state, crate::state::PathPurpose::OpenFolder, out),
        Command::OpenRecent => overlays::recent(state),
        Command::QuickOpen => overlays::quick_open(state, out),
        Command::Save => files::save(state, now, out),
        Command::SaveAs => files::save_as(state, out),
        Command::SaveAll => files::save_all(state, now, out),
        Command::Revert => files::revert(state, out),
        Command::ChangeEncoding => encodings::choose(state, now),
        Command::ReopenWithEncoding => encodings::ask_reopen(state, now),
        Command::SaveWithEncoding => encodings::ask_save(state, now),
        Command::RecoverTexts => recovery::recover_by_name(state, now, out),
        Command::CloseTab => {
            if let Some(id) = state.tab().map(|tab| tab.id) {
                files::close(state, id, out);
            }
        }
        Command::ReopenTab => files::reopen(state, out),
        Command::NextTab => files::step(state, 1, out),
        Command::PreviousTab => files::step(state, -1, out),
        Command::Find => find::open(state, false),
        Command::Replace => find::open(state, true),
        Command::FindNext => find::go(state, true),
        Command::FindPrevious => find::go(state, false),
        Command::NextProblem => problems::next(state),
        Command::GotoLine => state.overlay = crate::state::Overlay::Line(String::new()),
        Command::Palette => overlays::palette(state),
        Command::ToggleSidebar => {
            state.sidebar = !state.sidebar;
            remember(state, out);
        }
        Command::FocusSidebar => {
            state.sidebar = true;
            state.focus = Some(Focus::Tree);
        }
        Command::RefreshTree => files::refresh(state, out),
        Command::ZoomIn => zoom(state, state.settings.window.zoom + ZOOM_STEP, now, out),
        Command::ZoomOut => zoom(state, state.settings.window.zoom - ZOOM_STEP, now, out),
        Command::ZoomReset => zoom(state, 1.0, now, out),
        Command::ThemeDark => settings::set(state, "window.theme", &ThemeChoice::Dark, now, out),
        Command::ThemeLight => settings::set(state, "window.theme", &ThemeChoice::Light, now, out),
        Command::ThemeSystem => settings::set(state, "window.theme", &ThemeChoice::System, now, out),
        Command::OpenSettings => settings::open(state, out),
        Command::OpenSettingsFile => settings::open_file(state, SettingsFile::User, now, out),
        Command::OpenProjectSettings => settings::open_file(state, SettingsFile::Project, now, out),
        Command::SwitchProfile => overlays::profiles(state, out),
        Command::Welcome => onboarding::on(state, OnboardingEvent::Open, now, out),
        Command::Quit => files::quit(state, now, out),
        Command::Redo => editing::redo(state, out),
        Command::Cut => editing::cut(state, now, out),
        Command::Copy => editing::copy(state, out),
        Command::Paste => editing::ask_paste(state, out),
        Command::SelectAll => editing::change_selection(state, Select::All),
        Command::SelectLine => editing::change_selection(state, Select::Line),
        Command::SelectNext => editing::change_selection(state, Select::NextOccurrence),
        Command::SelectOccurrences => editing::change_selection(state, Select::AllOccurrences),
        Command::ExpandSelection => editing::change_selection(state, Select::Syntax),
        Command::CaretAbove => editing::change_selection(state, Select::CaretAbove),
        Command::CaretBelow => editing::change_selection(state, Select::CaretBelow),
        Command::MoveLineUp => editing::edit_lines(state, LineEdit::MoveUp, now, out),
        Command::MoveLineDown => editing::edit_lines(state, LineEdit::MoveDown, now, out),
        Command::DuplicateLine => editing::edit_lines(state, LineEdit::Duplicate, now, out),
        Command::DeleteLine => editing::edit_lines(state, LineEdit::Delete, now, out),
        Command::JoinLines => editing::edit_lines(state, LineEdit::Join, now, out),
        Command::ToggleComment => editing::edit_lines(state, LineEdit::ToggleComment, now, out),
        Command::Indent => editing::edit_lines(state, LineEdit::Indent, now, out),
        Command::Outdent => editing::edit_lines(state, LineEdit::Outdent, now, out),
    }
}

fn zoom(state: &mut State, zoom: f32, now: u64, out: &mut Vec<Effect>) {
    let zoom = ((zoom * 10.0).round() / 10.0).clamp(0.5, 3.0);
    settings::set(state, "window.zoom", &zoom, now, out);
}

/// Has the session written.
fn remember(state: &mut State, out: &mut Vec<Effect>) {
    out.push(Effect::Remember(Box::new(session(state))));
}

/// The session as it is now.
pub fn session(state: &State) -> Session {
    let open = |tab: &crate::state::Tab| {
        Some(OpenFile { path: tab.document.path()?.to_owned(), caret: tab.caret() })
    };
    let in_front = state.tab().and_then(|tab| tab.document.path());
    let files: Vec<OpenFile> = state.tabs.iter().filter_map(open).collect();
    Session {
        folder: state.tree.as_ref().map(|tree| tree.root.clone()),
        active: files.iter().position(|file| Some(file.path.as_path()) == in_front).unwrap_or(0),
        files,
        sidebar: state.sidebar,
        ..state.session.clone()
    }
}
