//! (state, event) → effects. No I/O and no clock: time comes in as milliseconds, everything else goes out as an
//! [`Effect`] and comes back as an [`Event`].
//!
//! The one place that knows all features: each event and each command has an arm here, and what one feature wants of another passes
//! through.

mod failing;
mod overlays;
#[cfg(test)]
mod tests;
mod worker;

use std::path::Path;

use ::models::import::ImportMode;
use ::settings::ThemeChoice;
use ::settings::layers::SettingsFile;
use editor_core::movement::Motion;
use editor_core::transform::LetterCase;
use git::branches::Exchange;
use git::conflict::ConflictSide;
use ground::command::{Command, Context};
use ground::ids::TabId;

use crate::event::{Effect, Event};
use crate::features::changes::{ChangesEvent, marks};
use crate::features::complete::update::Amount;
use crate::features::everywhere::{EverywhereEvent, FilePlaces};
use crate::features::files::{close, disk, encodings, save};
use crate::features::health::{advice, memory_fallback, update as health};
use crate::features::models::{ManagerEvent, switcher};
use crate::features::onboarding::OnboardingEvent;
use crate::features::palette::{paths, update as palette};
use crate::features::places::{TabDeed, update as places};
use crate::features::recovery::RecoveryEvent;
use crate::features::review::{allow, compare, decide, flow, instruction, list, reopen, stop};
use crate::features::terminal::{SelectionPurpose, TerminalEffect};
use crate::features::text::commands::{self as text_commands, TextCommand};
use crate::features::text::update::{self as text, LineEdit, Select};
use crate::features::tree::TreeEvent;
use crate::features::{
    activity, changes, complete, everywhere, explain, find, folding, looks, models, next_place, onboarding,
    outline, priming, problems, project_search, quick, recent, recovery, remarks, settings, statistics,
    terminal, tree, vim, watch, writing,
};
use crate::state::State;
use crate::workspace::tree::FileTree;
use crate::workspace::{
    Focus, Page, PathPurpose, Side, SystemDialogs, ToastKind, Workspace, callers, configure, edit, open,
    outcomes, references,
};

/// One step of zoom.
const ZOOM_STEP: f32 = 0.1;

/// What is done when the window opens.
pub fn begin() -> Vec<Effect> {
    let mut effects = vec![Effect::ListThemes];
    health::begin(&mut effects);
    effects
}

/// Changes the state and says what has to be done outside. `now` is any clock that counts milliseconds.
pub fn update(state: &mut State, event: Event, now: u64) -> Vec<Effect> {
    let mut effects = Vec::new();
    let asks_for_text = asks_for_text(state, &event);
    happen(state, event, now, &mut effects);
    close::disarm(state);
    let mut wanted = Vec::new();
    folding::update::follow(&mut state.workspace);
    vim::update::follow(&mut state.vim, &mut state.workspace);
    callers::follow(&mut state.workspace, &mut effects);
    places::follow(&mut state.places, &state.workspace);
    onboarding::update::follow(&mut state.onboarding, &mut state.workspace, asks_for_text, now, &mut wanted);
    // What a text declares is looked for as long as something shows it.
    let shows_symbols = state.workspace.session.outline || state.workspace.settings.editor.breadcrumbs;
    quick::update::follow(&mut state.quick, &state.workspace, shows_symbols, &mut wanted);
    outline::update::follow(&mut state.outline, &state.workspace);
    next_place::update::watch(&mut state.next_place, &state.workspace);
    pass_on(state, wanted, now, &mut effects);
    memory_fallback::route(state, now, &mut effects);
    activity::update::keep_log(state, &mut effects);
    statistics::update::follow(&state.workspace, &mut effects);
    effects
}

/// One event, and what features want of others because of it.
fn happen(state: &mut State, event: Event, now: u64, out: &mut Vec<Effect>) {
    let mut wanted = Vec::new();
    take(state, event, now, &mut wanted);
    pass_on(state, wanted, now, out);
}

/// What features want of others happens at once, in its place among the other effects.
fn pass_on(state: &mut State, effects: Vec<Effect>, now: u64, out: &mut Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::Then(event) => happen(state, *event, now, out),
            effect => out.push(effect),
        }
    }
}

/// Gives an event to the feature whose it is.
fn take(state: &mut State, event: Event, now: u64, out: &mut Vec<Effect>) {
    let State {
        workspace,
        activity,
        changes,
        completion,
        everywhere,
        explain,
        find,
        naming,
        next_place: change_places,
        onboarding,
        outline,
        places: text_places,
        priming: _,
        problems: task_problems,
        project_search: search,
        quick,
        recovery,
        remarks,
        settings_panel,
        statistics: statistics_page,
        terminals,
        tree_desk,
        vim: vim_keys,
        watch,
    } = state;
    changes::update::notice(changes, workspace, &event, out);
    match event {
        Event::Frame => frame(state, now, out),
        Event::Command(command) => run(state, command, now, out),
        Event::Habit(habit) => palette::habit(workspace, habit, now),
        Event::Typed(typed) => {
            let key = typed.clone();
            vim::update::typed(vim_keys, &key);
            text::typed(workspace, typed, now, out);
            complete::update::typed(completion, workspace, &key, now, out);
        }
        Event::Select(tab, selection) => text::select(workspace, tab, &selection),
        Event::SelectionSettled(tab) => text::offer_selection(workspace, tab, out),
        Event::DropText(tab, at, copies) => text::drop_text(workspace, tab, at, copies, now, out),
        Event::RevealPath(path) => out.push(Effect::RevealPath(path)),
        Event::GoTo(tab, position) => {
            open::activate(workspace, tab, out);
            edit::go_to(workspace, position);
            workspace.focus = Some(Focus::Editor);
        }
        Event::CopyText(text) => out.push(Effect::Copy(text)),
        Event::Text(event) => text_commands::on(workspace, event),
        Event::Folding(event) => folding::update::on(workspace, event),
        Event::Vim(event) => vim::update::on(vim_keys, workspace, event, now, out),
        Event::SaveAt(tab, path) => save::save_at(workspace, tab, path, now, out),
        Event::Activate(tab) => open::activate(workspace, tab, out),
        Event::Close(tab) => close::close(workspace, tab, out),
        Event::KeepFile(path) => places::keep_file(workspace, &path),
        Event::PutAside => recovery::update::on(recovery, workspace, RecoveryEvent::PutAside, now, out),
        Event::Places(event) => places::on(text_places, workspace, event, now, out),
        Event::Tree(event) => tree::update::on(tree_desk, workspace, event, now, out),
        Event::Worked(worked) => tree::work::worked(tree_desk, workspace, *worked, now, out),
        Event::Watch(news) => {
            project_search::refresh::something_changed(search, now);
            watch::update::on(watch, workspace, news, now, out);
        }
        Event::Overlay(event) => overlays::on(state, event, now, out),
        Event::Find(event) => find::update::on(find, workspace, event, now, out),
        Event::Terminal(event) => terminal::update::on(terminals, workspace, event, now, out),
        Event::ExplainOutput(text) => explain::update::explain_output(explain, workspace, &text, now, out),
        Event::TaskBegan(name) => problems::update::task_began(task_problems, workspace, name),
        Event::Problems(event) => problems::update::on(task_problems, workspace, event, now, out),
        Event::AcceptHunk(hunk) => decide::accept(workspace, Some(hunk), now, out),
        Event::RejectHunk(hunk) => decide::reject(workspace, Some(hunk), now, out),
        Event::Explain(event) => explain::update::on(explain, workspace, event, now, out),
        Event::Statistics(event) => statistics::update::on(statistics_page, workspace, event, out),
        Event::Writing(event) => writing::update::on(workspace, event, now, out),
        Event::Staged(folder, result) => writing::update::staged(workspace, folder, result, now, out),
        Event::Conflict(tab, reply) => disk::conflict(workspace, tab, reply, now, out),
        Event::DismissToast(id) => workspace.toasts.retain(|toast| toast.id != id),
        Event::DismissNotice(kind) => workspace.settle(&kind),
        Event::ReopenReview(tab) => reopen::reopen_in(workspace, tab, out),
        Event::SidebarWidth(width) => workspace.session.sidebar_width = width,
        Event::WindowSize(width, height) => workspace.session.window = Some((width, height)),
        Event::WindowPlace(place, maximized) => {
            workspace.session.place = place.or(workspace.session.place);
            workspace.session.maximized = maximized;
        }
        Event::Open(path) => open::open(workspace, path, out),
        Event::OpenFolder(path) => open::open_folder(workspace, path, out),
        Event::AddFolder(path) => tree::commands::add_folder(workspace, path, now, out),
        Event::SystemDialogs(found) => {
            workspace.dialogs = if found { SystemDialogs::Ready } else { SystemDialogs::Missing };
        }
        Event::PathPicked(wish, picked) => overlays::picked(state, wish, picked, now, out),
        Event::Asked(id, asked) => callers::asked(workspace, id, asked, out),
        Event::WindowFocused => {
            disk::check_all(workspace, out);
            health::focused(workspace, out);
            project_search::refresh::focused(search, workspace, now, out);
            configure::reread(workspace, out);
            out.push(Effect::ListThemes);
            // Other windows may have taken back what was permitted.
            workspace.remember(out);
        }
        Event::CloseRequested => close::quit(workspace, now, out),
        Event::Opened { path, caret, front, result } => {
            open::opened(workspace, (path.clone(), caret, front), result, now, out);
            callers::arrived(workspace, &path);
            everywhere::update::opened(everywhere, workspace, &path, now, out);
            compare::opened(workspace, &path, out);
        }
        Event::Reloaded(tab, revision, result) => {
            disk::reloaded(workspace, (tab, revision), result, now, out);
        }
        Event::Saved { tab, path, revision, result } => {
            project_search::refresh::written(search, [path.clone()], now);
            save::saved(workspace, (tab, path, revision), result, now, out);
        }
        Event::Checked(tab, fate) => disk::checked(workspace, tab, fate, out),
        Event::CompareWithFile(tab) => compare::ask(workspace, tab, out),
        Event::Compared(tab, result) => compare::compared(workspace, tab, result, now, out),
        Event::Edited(tab, steps) => {
            explain::update::follow(explain, tab, &steps);
            vim::update::edited(vim_keys, tab, &steps);
            remarks::update::follow(remarks, workspace, tab, &steps);
            places::edited(text_places, workspace, tab, &steps);
            next_place::update::edited(change_places, workspace, tab, &steps, now);
            project_search::refresh::edited(search, workspace, tab, &steps, now);
        }
        Event::PlacesFound(found) => next_place::update::found(change_places, workspace, *found, out),
        Event::Relocated(from, to) => places::relocated(text_places, workspace, &from, &to),
        Event::InFront => {
            places::attach(text_places, workspace);
            remarks::update::attach(remarks, workspace);
            find::update::restart(find, workspace);
            project_search::update::in_front(search, workspace, out);
            quick::update::in_front(quick, workspace, out);
        }
        Event::LeavePage => places::leave_page(workspace, out),
        Event::PageRestored(page) => page_restored(state, page, out),
        Event::Listed(folder, listing) => tree::update::listed(workspace, &folder, listing, out),
        Event::ProjectSearch(event) => project_search::update::on(search, workspace, event, now, out),
        Event::ReviewChanges(tab, review, words) => compare::review(workspace, tab, *review, words, out),
        Event::Quick(event) => quick::update::on(quick, workspace, event, now, out),
        Event::Outline(event) => outline::update::on(outline, workspace, event, out),
        Event::PathListed(folder, entries) => paths::path_listed(workspace, &folder, entries),
        Event::Scanned(folder, files) => {
            palette::scanned(workspace, &folder, files);
            references::typed(workspace, out);
            explain::update::offer(explain, workspace, out);
        }
        Event::Indexed(roots, index) => {
            if workspace.tree.as_ref().is_some_and(|tree| tree.roots().eq(roots.iter())) {
                workspace.index = index;
            }
        }
        Event::FileIndexed(path, index) => workspace.index.replace(&path, index),
        Event::ReferenceRead(path, text) => references::read(workspace, path, text),
        Event::Parsed(document, tree) => {
            text::parsed(workspace, TabId(document), tree, out);
            next_place::update::parsed(change_places, workspace, TabId(document));
        }
        Event::ModelsListed(result, budget) => worker::models_listed(state, result, budget, now, out),
        Event::Models(event) => {
            let seen = workspace.shows(Page::Models) || onboarding.covers();
            models::update::on(workspace, event, seen, now, out);
        }
        Event::Onboarding(event) => onboarding::update::on(onboarding, workspace, event, now, out),
        Event::Settings(event) => settings::update::on(settings_panel, workspace, event, now, out),
        Event::Worker(event) => worker::on(state, event, now, out),
        Event::JobStopped(job) => {
            explain::update::stopped(explain, job);
            writing::update::stopped(naming, workspace, job);
            remarks::update::stopped(remarks, job);
            everywhere::update::stopped(everywhere, workspace, job, now, out);
        }
        Event::Health(event) => health::on(workspace, event, now, out),
        Event::Activity(event) => activity::update::on(activity, workspace, event, now, out),
        Event::Everywhere(event) => everywhere::update::on(everywhere, workspace, event, now, out),
        Event::Remarks(event) => remarks::update::on(remarks, workspace, event, now, out),
        Event::UseMessage(text) => changes::page::use_message(changes, workspace, text),
        Event::Changes(event) => {
            if matches!(event, ChangesEvent::Looked(..)) {
                project_search::refresh::other_files_differ(search, now);
            }
            changes::update::on(changes, workspace, event, now, out);
        }
        Event::Recovery(event) => recovery::update::on(recovery, workspace, event, now, out),
        Event::CheckFile(tab) => {
            problems::update::mark(task_problems, workspace, tab);
            problems::update::ask(workspace, tab, out);
        }
        Event::CheckersAllowed => problems::update::allowed(workspace, out),
        Event::StartReview(tab, request) => flow::start(workspace, tab, *request, out),
        Event::ProposeReview(tab, request, answer) => flow::propose(workspace, tab, *request, &answer, out),
        Event::Write(task, sampling) => writing::update::write(workspace, task, sampling, now, out),
        Event::AskInstallModel(id) => out.push(Effect::then(Event::Models(ManagerEvent::AskInstall(id)))),
        Event::AskImportModel => out.push(Effect::then(Event::Models(ManagerEvent::AskImport))),
        Event::ImportModel(path) => {
            out.push(Effect::then(Event::Models(ManagerEvent::Import(path, ImportMode::default()))));
        }
        Event::ListEverything => models::update::list(workspace, out),
        Event::Accepted(tab) => onboarding::update::accepted(onboarding, tab),
        Event::KeepUnsaved => recovery::texts::keep(recovery, workspace, out),
        Event::Judged { job, proposal, baseline } => {
            flow::judged(workspace, job, *proposal, baseline, now, out);
        }
        Event::RanBefore(job, held) => flow::ran_before(workspace, job, held),
        Event::RanShown(job, proposal, ran) => flow::ran_shown(workspace, job, proposal, *ran),
        Event::Diagnosed(tab, revision, said) => {
            problems::update::found(task_problems, workspace, tab, revision, said);
        }
        Event::Themes(read) => looks::read(workspace, read, now),
        Event::Prompts(prompts) => workspace.prompts = prompts,
        Event::Revoked(revoked) => workspace.session.revoke(&revoked),
        Event::ViewFailed(view, place) => failing::view_failed(state, view, place, now),
        Event::ShowView(view) => drop(workspace.failed_views.remove(&view)),
        Event::CloseView(view) => failing::close_view(state, view),
        Event::Trouble(text) => workspace.toast(ToastKind::Error, text, now),
    }
}

/// A page of the last time has its tab again: it needs what it is given when it is opened.
fn page_restored(state: &mut State, page: Page, out: &mut Vec<Effect>) {
    let State { workspace, changes, .. } = state;
    match page {
        Page::Models => models::update::list(workspace, out),
        Page::Settings => configure::reread(workspace, out),
        Page::Activity => out.push(Effect::CountConnections),
        Page::Statistics => out.push(Effect::ReadStatistics),
        Page::Changes => changes::page::restored(changes, workspace, out),
        Page::FileHistory | Page::Terminal => {}
    }
}

/// Does the event ask for the text that is in front already?
fn asks_for_text(state: &State, event: &Event) -> bool {
    let Some(tab) = state.tab() else { return false };
    let in_front = |path: &Path| tab.document.path() == Some(path);
    match event {
        Event::Activate(id) => *id == tab.id,
        Event::Open(path) | Event::Tree(TreeEvent::Click(path)) => in_front(path),
        _ => false,
    }
}

fn frame(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let State {
        workspace,
        activity,
        changes,
        completion,
        next_place: change_places,
        priming,
        project_search,
        quick,
        recovery,
        terminals,
        watch,
        ..
    } = state;
    terminal::update::tick(terminals, workspace, out);
    watch::update::tick(watch, workspace, out);
    workspace.toasts.retain(|toast| now.saturating_sub(toast.since) < toast.lifetime());
    find::update::step(workspace);
    quick::update::tick(quick, workspace, now, out);
    priming::update::tick(priming, workspace, now, out);
    complete::update::tick(completion, workspace, now, out);
    next_place::update::tick(change_places, workspace, now, out);
    activity::update::tick(activity, workspace, now, out);
    recovery::update::tick(recovery, workspace, now, out);
    project_search::update::tick(project_search, workspace, now, out);
    changes::update::tick(changes, workspace, now, out);
}

/// Milliseconds until something has rested long enough to be sent; `None`: nothing to wait for.
pub fn wake_in(state: &State, now: u64) -> Option<u64> {
    let waits = [
        priming::update::wake_in(&state.priming, now),
        quick::update::wake_in(&state.quick, state, now),
        complete::update::wake_in(&state.completion, state, now),
        next_place::update::wake_in(&state.next_place, now),
        activity::update::wake_in(state, now),
        recovery::update::wake_in(&state.recovery, state, now),
        project_search::update::wake_in(&state.project_search, now),
        changes::update::wake_in(&state.changes, state, now),
    ];
    waits.into_iter().flatten().min()
}

fn run(state: &mut State, command: Command, now: u64, out: &mut Vec<Effect>) {
    let State {
        workspace,
        activity,
        changes,
        completion,
        everywhere,
        explain,
        find,
        naming,
        next_place: change_places,
        onboarding,
        places: text_places,
        project_search: search,
        recovery,
        remarks,
        settings_panel,
        terminals,
        tree_desk,
        ..
    } = state;
    match command {
        Command::Improve => instruction::improve(workspace, now, out),
        Command::ExplainError => explain::update::ask_error(explain, workspace, now, out),
        Command::Explain => explain::update::explain(explain, workspace, now, out),
        Command::EditProposal => list::edit(workspace),
        Command::SideBySide => {
            workspace.session.side_by_side = !workspace.session.side_by_side;
            workspace.remember(out);
        }
        Command::Reviews => list::list(workspace),
        Command::Statistics => statistics::update::open(workspace, out),
        Command::Undo => {
            text::undo(workspace, out);
            outcomes::undone(workspace, now, out);
        }
        Command::Generate => writing::update::generate(workspace, workspace.settings.sampling(), now, out),
        Command::Document => writing::update::document(workspace, workspace.settings.sampling(), now, out),
        Command::CommitMessage => writing::update::commit_message(workspace, now, out),
        Command::ChangeResults => {
            let (places, left_out) = project_search::replace::places(search);
            let places = places.into_iter().map(|(path, lines)| FilePlaces { path, lines }).collect();
            let event = EverywhereEvent::Offer(places, left_out);
            everywhere::update::on(everywhere, workspace, event, now, out);
        }
        Command::ReviewChanges => remarks::update::begin(remarks, workspace, now, out),
        Command::NextRemark => remarks::update::next(remarks, workspace, now, out),
        Command::NameFile => writing::update::name(naming, workspace, now, out),
        Command::SwitchModel => switcher::models(workspace, out),
        Command::ModelManager => models::update::open(workspace, out),
        Command::UnloadModel => out.push(Effect::UnloadModel(None)),
        Command::Activity => activity::update::toggle(activity, workspace, out),
        Command::UseLighter => advice::use_lighter(workspace, now, out),
        Command::AcceptHunk => decide::accept(workspace, None, now, out),
        Command::RejectHunk => decide::reject(workspace, None, now, out),
        Command::AcceptAll => decide::accept_all(workspace, now, out),
        Command::RejectAll => stop::dismiss(workspace, now, out),
        Command::StopReview => stop::stop(workspace, now, out),
        Command::ReopenReview => reopen::reopen(workspace, out),
        Command::NextHunk => decide::step(workspace, true),
        Command::PreviousHunk => decide::step(workspace, false),
        Command::TryAgain => instruction::try_again(workspace, out),
        Command::NextAlternative => flow::alternative(workspace, true, out),
        Command::PreviousAlternative => flow::alternative(workspace, false, out),
        Command::TakeGhost => complete::update::take(completion, workspace, Amount::All, now, out),
        Command::TakeGhostWord => complete::update::take(completion, workspace, Amount::Word, now, out),
        Command::TakeGhostLine => complete::update::take(completion, workspace, Amount::Line, now, out),
        Command::NextGhost => complete::update::next(completion, workspace, out),
        Command::DropGhost => complete::update::forget(completion, workspace, out),
        Command::NextPlace => next_place::update::go(change_places, workspace, out),
        Command::ApplyPlace => next_place::update::apply(change_places, workspace, now, out),
        Command::ReviewPlaces => next_place::update::review(change_places, workspace, out),
        Command::DropPlaces => next_place::update::dismiss(change_places),
        Command::ToggleNextPlace => next_place::update::toggle(change_places, workspace, now, out),
        Command::ToggleCompletion => complete::update::toggle(completion, workspace, now, out),
        Command::ToggleCompletionLanguage => {
            complete::update::toggle_language(completion, workspace, now, out);
        }
        Command::ToggleCompletionText => complete::update::toggle_text(completion, workspace, now, out),
        Command::RunCheckers => allow::allow_checkers(workspace, now, out),
        Command::RunExamples => allow::allow_examples(workspace, now, out),
        Command::NewFile => open::new_with(workspace, "", out),
        Command::OpenFile => open::ask_path(workspace, PathPurpose::OpenFile, out),
        Command::OpenPath => open::ask_typed(workspace, out),
        Command::OpenFolder => open::ask_path(workspace, PathPurpose::OpenFolder, out),
        Command::OpenRecent => recent::open(workspace),
        Command::Save => save::save(workspace, now, out),
        Command::SaveAs => save::save_as(workspace, out),
        Command::SaveAll => save::save_all(workspace, now, out),
        Command::Revert => disk::revert(workspace, out),
        Command::ChangeEncoding => encodings::choose(workspace, now),
        Command::ReopenWithEncoding => encodings::ask_reopen(workspace, now),
        Command::SaveWithEncoding => encodings::ask_save(workspace, now),
        Command::RecoverTexts => recovery::update::recover_by_name(recovery, workspace, now, out),
        Command::CloseTab => places::close_front(workspace, out),
        Command::ReopenTab => close::reopen(workspace, out),
        Command::NextTab => places::step_tab(workspace, 1, out),
        Command::PreviousTab => places::step_tab(workspace, -1, out),
        Command::SwitchTab => places::switch(text_places, workspace, true),
        Command::SwitchTabBack => places::switch(text_places, workspace, false),
        Command::ListTabs => places::list_tabs(workspace),
        Command::KeepTab => places::keep_front(workspace),
        Command::PinTab => places::with_front(workspace, TabDeed::Pin, now, out),
        Command::CloseOtherTabs => places::with_front(workspace, TabDeed::CloseOthers, now, out),
        Command::CloseTabsRight => places::with_front(workspace, TabDeed::CloseRight, now, out),
        Command::CloseSavedTabs => places::with_front(workspace, TabDeed::CloseSaved, now, out),
        Command::CloseAllTabs => places::close_all(workspace, now, out),
        Command::CopyPath => places::with_front(workspace, TabDeed::CopyPath, now, out),
        Command::MoveTabLeft => places::shift_tab(workspace, -1, out),
        Command::MoveTabRight => places::shift_tab(workspace, 1, out),
        Command::Tab1 => places::number(workspace, Some(0), out),
        Command::Tab2 => places::number(workspace, Some(1), out),
        Command::Tab3 => places::number(workspace, Some(2), out),
        Command::Tab4 => places::number(workspace, Some(3), out),
        Command::Tab5 => places::number(workspace, Some(4), out),
        Command::Tab6 => places::number(workspace, Some(5), out),
        Command::Tab7 => places::number(workspace, Some(6), out),
        Command::Tab8 => places::number(workspace, Some(7), out),
        Command::Tab9 => places::number(workspace, Some(8), out),
        Command::LastTab => places::number(workspace, None, out),
        Command::ZenMode => places::toggle_zen(workspace, now),
        Command::FullScreen => workspace.full_screen = !workspace.full_screen,
        Command::GoBack => places::travel(text_places, workspace, true, now, out),
        Command::GoForward => places::travel(text_places, workspace, false, now, out),
        Command::LastEdit => places::last_edit(text_places, workspace, now, out),
        Command::ToggleBookmark => places::toggle_bookmark(text_places, workspace, out),
        Command::NextBookmark => places::step_bookmark(text_places, workspace, true, now, out),
        Command::PreviousBookmark => places::step_bookmark(text_places, workspace, false, now, out),
        Command::Bookmarks => places::list_bookmarks(text_places, workspace),
        Command::ClearBookmarks => places::clear_bookmarks(text_places, workspace, out),
        Command::SplitRight => places::split(workspace, Side::Right, out),
        Command::SplitDown => places::split(workspace, Side::Below, out),
        Command::NextPane => places::step_pane(workspace, 1, out),
        Command::PreviousPane => places::step_pane(workspace, -1, out),
        Command::PaneLeft => places::focus_side(workspace, Side::Left, out),
        Command::PaneRight => places::focus_side(workspace, Side::Right, out),
        Command::PaneAbove => places::focus_side(workspace, Side::Above, out),
        Command::PaneBelow => places::focus_side(workspace, Side::Below, out),
        Command::MoveTabToNextPane => places::move_to_pane(workspace, 1, out),
        Command::MoveTabToPreviousPane => places::move_to_pane(workspace, -1, out),
        Command::ClosePane => places::close_pane(workspace, out),
        Command::EvenPanes => workspace.panes.layout_mut().even_out(),
        Command::Find => find::update::open(find, workspace, false),
        Command::Replace => find::update::open(find, workspace, true),
        Command::FindNext => find::update::go(find, workspace, true),
        Command::FindPrevious => find::update::go(find, workspace, false),
        Command::ProjectSearch => {
            project_search::update::open_by_command(search, workspace, false, now, out);
        }
        Command::ProjectReplace => {
            project_search::update::open_by_command(search, workspace, true, now, out);
        }
        Command::SearchInFolder => project_search::update::in_current_folder(workspace, out),
        Command::NextResult => project_search::update::step(search, workspace, true, out),
        Command::PreviousResult => project_search::update::step(search, workspace, false, out),
        Command::SearchAgain => project_search::update::refresh(search, workspace, now, out),
        Command::ReplaceResults => project_search::update::replace_all(search, workspace, now, out),
        Command::UndoReplacement => project_search::update::undo_replace(search, workspace, now, out),
        Command::NextProblem => problems::update::next(workspace),
        Command::QuickOpen => list_by(state, "", out),
        Command::Palette => list_by(state, ">", out),
        Command::GotoSymbol => list_by(state, "@", out),
        Command::GotoProjectSymbol => list_by(state, "#", out),
        Command::GotoLine => list_by(state, ":", out),
        Command::GoToDefinition => quick::names::define(workspace, out),
        Command::FindMentions => quick::names::mentions(&mut state.quick, workspace, now, out),
        Command::ToggleOutline => outline::update::toggle(&mut state.outline, workspace, out),
        Command::ToggleSidebar => {
            workspace.sidebar = !workspace.sidebar;
            workspace.remember(out);
        }
        Command::FocusSidebar => {
            workspace.sidebar = true;
            workspace.focus = Some(Focus::Tree);
        }
        Command::RefreshTree => crate::workspace::folder::refresh(workspace, out),
        Command::Changes => changes::page::toggle(changes, workspace, out),
        Command::CommitStaged => changes::page::commit(changes, workspace, now, out),
        Command::NextChange => marks::step(changes, workspace, true, now),
        Command::PreviousChange => marks::step(changes, workspace, false, now),
        Command::PeekChange => marks::peek_at_caret(changes, workspace, now),
        Command::RevertHunk => marks::revert(changes, workspace, now, out),
        Command::StageHunk => marks::stage_shown(changes, workspace, now, out),
        Command::StageSelection => marks::stage_selection(workspace, out),
        Command::CompareWithFile => compare::ask_other(workspace, out),
        Command::CompareWithOther => changes::update::compare_with_other(changes, workspace, now),
        Command::TakeOurs => marks::resolve_at_caret(changes, workspace, ConflictSide::Ours, now, out),
        Command::TakeTheirs => marks::resolve_at_caret(changes, workspace, ConflictSide::Theirs, now, out),
        Command::TakeBoth => marks::resolve_at_caret(changes, workspace, ConflictSide::Both, now, out),
        Command::ToggleBlame => changes::update::toggle_blame(changes),
        Command::ToggleTerminal => terminal::update::toggle(terminals, workspace, now, out),
        Command::NewTerminal => terminal::update::new_shell(terminals, workspace, now, out),
        Command::CloseTerminal => terminal::update::close_shown(terminals, workspace, out),
        Command::NextTerminal => terminal::tabs::step(terminals, 1, out),
        Command::PreviousTerminal => terminal::tabs::step(terminals, -1, out),
        Command::MaximizeTerminal => terminal::update::maximize(terminals, workspace, now, out),
        Command::MoveTerminals => terminal::tabs::change_place(terminals, workspace, now, out),
        Command::TerminalCopy => terminal::update::tell_selection(terminals, SelectionPurpose::Copy, out),
        Command::TerminalPaste => terminal::update::ask_paste(workspace, out),
        Command::TerminalSelectAll => {
            terminal::tabs::with_shown(terminals, out, TerminalEffect::SelectAll);
        }
        Command::TerminalFind => terminal::update::find(terminals, workspace),
        Command::TerminalClear => terminal::tabs::with_shown(terminals, out, TerminalEffect::Clear),
        Command::ExplainOutput => {
            terminal::update::tell_selection(terminals, SelectionPurpose::Explain, out);
        }
        Command::RunTask => terminal::running::list(workspace, now, out),
        Command::RerunTask => terminal::running::rerun(terminals, workspace, now, out),
        Command::StopTask => terminal::running::stop(terminals, workspace, now, out),
        Command::AllowTasks => terminal::running::allow(workspace, now, out),
        Command::ListProblems => problems::update::list(&state.problems, workspace, now),
        Command::ToggleAuthors => changes::authors::toggle(changes, workspace, now),
        Command::SwitchBranch => changes::deeds::list_branches(changes, workspace, now, out),
        Command::CreateBranch => changes::deeds::create_branch(changes, workspace, now),
        Command::Stash => changes::deeds::stash(changes, workspace, false, now, out),
        Command::StashAll => changes::deeds::stash(changes, workspace, true, now, out),
        Command::ApplyStash | Command::PopStash | Command::DropStash => {
            changes::deeds::list_stashes(changes, workspace, command, now, out);
        }
        Command::Push => changes::deeds::exchange(changes, workspace, Exchange::Push, now, out),
        Command::Pull => changes::deeds::exchange(changes, workspace, Exchange::Pull, now, out),
        Command::FileHistory => changes::history::open(changes, workspace, now, out),
        Command::AddFolder => open::ask_path(workspace, PathPurpose::AddFolder, out),
        Command::RemoveFolder => tree::commands::remove_folder(workspace, out),
        Command::CopyRelativePath => tree::commands::copy_path_of_front(workspace, now, out),
        Command::RevealFile => tree::commands::reveal_front(workspace, out),
        Command::ShowInTree => tree::commands::show_in_tree(workspace, out),
        Command::TreeNewFile => tree::naming::begin_new(workspace, false, out),
        Command::TreeNewFolder => tree::naming::begin_new(workspace, true, out),
        Command::TreeRename => tree::naming::begin_rename(workspace),
        Command::TreeDuplicate => tree::commands::duplicate(workspace, now, out),
        Command::TreeCut => tree::clipboard::take(tree_desk, workspace, true, out),
        Command::TreeCopy => tree::clipboard::take(tree_desk, workspace, false, out),
        Command::TreePaste => out.push(Effect::RequestPaste),
        Command::TreeTrash => tree::commands::delete(workspace, false, now, out),
        Command::TreeDelete => tree::commands::delete(workspace, true, now, out),
        Command::TreeUndo => tree::work::undo(tree_desk, workspace, now, out),
        Command::TreeRedo => tree::work::redo(tree_desk, workspace, now, out),
        Command::TreeCopyPath => tree::commands::copy_path(workspace, false, now, out),
        Command::TreeCopyRelativePath => tree::commands::copy_path(workspace, true, now, out),
        Command::TreeReveal => tree::commands::reveal(workspace, out),
        Command::TreeSelectAll => tree::commands::in_tree(workspace, FileTree::choose_every),
        Command::TreeCollapse => tree::commands::in_tree(workspace, FileTree::collapse),
        Command::TreeMenu => tree::commands::in_tree(workspace, FileTree::wish_menu),
        Command::ZoomIn => zoom(workspace, workspace.settings.window.zoom + ZOOM_STEP, now, out),
        Command::ZoomOut => zoom(workspace, workspace.settings.window.zoom - ZOOM_STEP, now, out),
        Command::ZoomReset => zoom(workspace, 1.0, now, out),
        Command::ChooseTheme => looks::open(workspace, out),
        Command::ThemeDark => configure::set(workspace, "window.theme", &ThemeChoice::Dark, now, out),
        Command::ThemeLight => configure::set(workspace, "window.theme", &ThemeChoice::Light, now, out),
        Command::ThemeSystem => configure::set(workspace, "window.theme", &ThemeChoice::System, now, out),
        Command::OpenSettings => settings::update::open(settings_panel, workspace, out),
        Command::OpenSettingsFile => settings::update::open_file(workspace, SettingsFile::User, now, out),
        Command::OpenProjectSettings => {
            settings::update::open_file(workspace, SettingsFile::Project, now, out);
        }
        Command::SwitchProfile => switcher::profiles(workspace, out),
        Command::ShowKeys => palette::show_keys(workspace, out),
        Command::Welcome => onboarding::update::on(onboarding, workspace, OnboardingEvent::Open, now, out),
        Command::Quit => close::quit(workspace, now, out),
        Command::Redo => {
            let before = workspace.tab().map(|tab| tab.document.rope().clone());
            text::redo(workspace, out);
            before.iter().for_each(|before| outcomes::redone(workspace, before, now, out));
        }
        Command::Cut => text::cut(workspace, now, out),
        Command::Copy => text::copy(workspace, out),
        Command::TextMenu => workspace.text_menu += 1,
        Command::CopyLineNumber => text::copy_place(workspace, false, out),
        Command::CopyLinePlace => text::copy_place(workspace, true, out),
        Command::Paste => text::ask_paste(workspace, out),
        Command::SelectAll => text::change_selection(workspace, Select::All),
        Command::SelectLine => text::change_selection(workspace, Select::Line),
        Command::SelectNext => text::change_selection(workspace, Select::NextOccurrence),
        Command::SelectOccurrences => text::change_selection(workspace, Select::AllOccurrences),
        Command::ExpandSelection => text::change_selection(workspace, Select::Syntax),
        Command::ShrinkSelection => text::change_selection(workspace, Select::Shrink),
        Command::ColumnUp => text::change_selection(workspace, Select::Column(-1, 0)),
        Command::ColumnDown => text::change_selection(workspace, Select::Column(1, 0)),
        Command::ColumnLeft => text::change_selection(workspace, Select::Column(0, -1)),
        Command::ColumnRight => text::change_selection(workspace, Select::Column(0, 1)),
        Command::MatchingBracket => text::go(workspace, Motion::MatchingBracket, false),
        Command::SubwordLeft => text::go(workspace, Motion::SubwordLeft, false),
        Command::SubwordRight => text::go(workspace, Motion::SubwordRight, false),
        Command::SelectSubwordLeft => text::go(workspace, Motion::SubwordLeft, true),
        Command::SelectSubwordRight => text::go(workspace, Motion::SubwordRight, true),
        Command::DeleteToLineStart => text_commands::run(workspace, TextCommand::DeleteToLineStart, now, out),
        Command::DeleteToLineEnd => text_commands::run(workspace, TextCommand::DeleteToLineEnd, now, out),
        Command::DeleteSubwordLeft => text_commands::run(workspace, TextCommand::DeleteSubwordLeft, now, out),
        Command::DeleteSubwordRight => {
            text_commands::run(workspace, TextCommand::DeleteSubwordRight, now, out);
        }
        Command::SortAscending => text_commands::run(workspace, TextCommand::Sort(false), now, out),
        Command::SortDescending => text_commands::run(workspace, TextCommand::Sort(true), now, out),
        Command::Reindent => text_commands::run(workspace, TextCommand::Reindent, now, out),
        Command::TrimBlanks => text_commands::run(workspace, TextCommand::Trim, now, out),
        Command::Transpose => text_commands::run(workspace, TextCommand::Transpose, now, out),
        Command::UpperCase => text_commands::run(workspace, TextCommand::Case(LetterCase::Upper), now, out),
        Command::LowerCase => text_commands::run(workspace, TextCommand::Case(LetterCase::Lower), now, out),
        Command::TitleCase => text_commands::run(workspace, TextCommand::Case(LetterCase::Title), now, out),
        Command::SnakeCase => text_commands::run(workspace, TextCommand::Case(LetterCase::Snake), now, out),
        Command::CamelCase => text_commands::run(workspace, TextCommand::Case(LetterCase::Camel), now, out),
        Command::PascalCase => text_commands::run(workspace, TextCommand::Case(LetterCase::Pascal), now, out),
        Command::KebabCase => text_commands::run(workspace, TextCommand::Case(LetterCase::Kebab), now, out),
        Command::ToggleWrap => text_commands::toggle_wrap(workspace),
        Command::ToggleVim => vim::update::toggle(workspace, now, out),
        Command::Fold => folding::update::fold(workspace),
        Command::Unfold => folding::update::unfold(workspace),
        Command::ToggleFold => folding::update::toggle(workspace),
        Command::FoldRecursively => folding::update::fold_recursively(workspace),
        Command::UnfoldRecursively => folding::update::unfold_recursively(workspace),
        Command::FoldAll => folding::update::fold_all(workspace),
        Command::UnfoldAll => folding::update::unfold_all(workspace),
        Command::FoldLevel1 => folding::update::fold_level(workspace, 1),
        Command::FoldLevel2 => folding::update::fold_level(workspace, 2),
        Command::FoldLevel3 => folding::update::fold_level(workspace, 3),
        Command::FoldLevel4 => folding::update::fold_level(workspace, 4),
        Command::FoldLevel5 => folding::update::fold_level(workspace, 5),
        Command::FoldLevel6 => folding::update::fold_level(workspace, 6),
        Command::FoldLevel7 => folding::update::fold_level(workspace, 7),
        Command::CaretAbove => text::change_selection(workspace, Select::CaretAbove),
        Command::CaretBelow => text::change_selection(workspace, Select::CaretBelow),
        Command::MoveLineUp => text::edit_lines(workspace, LineEdit::MoveUp, now, out),
        Command::MoveLineDown => text::edit_lines(workspace, LineEdit::MoveDown, now, out),
        Command::DuplicateLine => text::edit_lines(workspace, LineEdit::Duplicate, now, out),
        Command::DeleteLine => text::edit_lines(workspace, LineEdit::Delete, now, out),
        Command::JoinLines => text::edit_lines(workspace, LineEdit::Join, now, out),
        Command::ToggleComment => text::edit_lines(workspace, LineEdit::ToggleComment, now, out),
        Command::Indent => text::edit_lines(workspace, LineEdit::Indent, now, out),
        Command::Outdent => text::edit_lines(workspace, LineEdit::Outdent, now, out),
    }
}

/// Opens the list of quick open with what its field begins with.
fn list_by(state: &mut State, prefix: &str, out: &mut Vec<Effect>) {
    let mut contexts = state.contexts(true);
    contexts.extend(state.tree.as_ref().map(|_| Context::Tree));
    let is_seen = terminal::tabs::is_seen(&state.terminals, state);
    contexts.extend(state.terminals.shown().map(|_| Context::Terminal).filter(|_| is_seen));
    quick::update::start(&mut state.quick, &mut state.workspace, contexts, prefix, out);
}

fn zoom(workspace: &mut Workspace, zoom: f32, now: u64, out: &mut Vec<Effect>) {
    let zoom = ((zoom * 10.0).round() / 10.0).clamp(0.5, 3.0);
    configure::set(workspace, "window.zoom", &zoom, now, out);
}
