//! Branches, stashes, pushes, histories and authors: what is asked of the repository, and what is said of it.

use std::collections::HashMap;

use git::branches::{BranchTarget, Exchange, GitBranch};
use git::history::FileCommit;
use git::stash::{StashEntry, StashRequest};
use git::status::{ChangedFile, FileState, RepositoryHead, Status};
use git::{GitError, ObjectId};

use super::*;
use crate::features::changes::column::{AuthorChunk, AuthorWords, TabAuthors};
use crate::features::changes::{ChangesEffect, ChangesEvent, GitDeed, Looked, authors};
use crate::workspace::Page;

/// A window on a folder in a repository, with a file of it in front.
fn on_repository() -> Window {
    let mut window = Window::on("/r/a.py", "one\ntwo\nthree\n");
    window.send(Event::OpenFolder("/r".into()));
    window.send(Event::Frame);
    window.send(Event::Changes(looked(Vec::new())));
    window
}

fn looked(files: Vec<ChangedFile>) -> ChangesEvent {
    let head = RepositoryHead::Branch("main".into());
    let status = Status { head, files, is_cut: false, under_way: None };
    let found = Looked { root: "/r".into(), status, counts: HashMap::new(), not_run: Vec::new() };
    ChangesEvent::Looked("/r".into(), Ok(Some(Box::new(found))))
}

fn branch(name: &str, is_remote: bool, is_current: bool) -> (GitBranch, String) {
    let branch = GitBranch { name: name.into(), is_remote, is_current, time: 0, subject: "s".into() };
    (branch, "1 day ago".into())
}

fn deed(effects: &[Effect]) -> Option<&GitDeed> {
    effects.iter().find_map(|effect| match effect {
        Effect::Changes(ChangesEffect::Do(root, deed)) if root == Path::new("/r") => Some(deed),
        _ => None,
    })
}

fn rows(window: &Window) -> Vec<String> {
    let Overlay::Picker(picker) = &window.state.overlay else { panic!("no list") };
    picker.shown().map(|row| row.text.clone()).collect()
}

fn last_toast(window: &Window) -> &str {
    window.state.toasts.last().map(|toast| toast.text.as_str()).unwrap_or_default()
}

#[test]
fn a_branch_is_chosen_from_the_list_or_made_of_what_is_typed() {
    let mut window = on_repository();
    let effects = window.command(Command::SwitchBranch);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Changes(ChangesEffect::ListBranches(_)))));
    let all =
        vec![branch("main", false, true), branch("topic", false, false), branch("origin/x", true, false)];
    window.send(Event::Changes(ChangesEvent::Branches(Ok(all))));
    assert_eq!(rows(&window), ["main", "topic", "origin/x"]);
    window.send(Event::Overlay(OverlayEvent::Text("origin".into())));
    assert_eq!(rows(&window), ["origin/x", "Create branch “origin”"]);
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    assert_eq!(deed(&effects), Some(&GitDeed::Switch(BranchTarget::Remote("origin/x".into()))));
    let effects = window.send(Event::Changes(ChangesEvent::Done(Ok("Switched to x.".into()))));
    assert_eq!(last_toast(&window), "Switched to x.");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Changes(ChangesEffect::Look(_)))));
    window.command(Command::CreateBranch);
    window.send(Event::Overlay(OverlayEvent::Text("new/one".into())));
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    assert_eq!(deed(&effects), Some(&GitDeed::Switch(BranchTarget::New("new/one".into()))));
    let effects = window.command(Command::Stash);
    assert_eq!(deed(&effects), None, "one thing at a time");
}

#[test]
fn what_a_switch_changed_on_disk_is_looked_at_and_what_failed_is_told() {
    let mut window = on_repository();
    window.state.workspace.tabs[0].document.renamed(Path::new("/r/a.py"));
    let effects = window.send(Event::Changes(ChangesEvent::Done(Err(GitError::NothingStaged))));
    assert_eq!(last_toast(&window), "Nothing is staged. Stage changes first.");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::List(_))), "folders are listed again");
}

#[test]
fn stashes_are_made_listed_and_brought_back() {
    let mut window = on_repository();
    let effects = window.command(Command::StashAll);
    let asked = StashRequest { message: String::new(), untracked: true };
    assert_eq!(deed(&effects), Some(&GitDeed::Stash(asked)));
    window.send(Event::Changes(ChangesEvent::Done(Ok("Stashed".into()))));
    let id = ObjectId::from_hex(b"c7111e34cdf3a8fddd393921ac8c2a0e6de3a20b").unwrap();
    let one =
        |place: usize| (StashEntry { id, message: format!("On main: {place}"), time: 0 }, String::new());
    for (command, expected) in [
        (Command::ApplyStash, GitDeed::ApplyStash(id)),
        (Command::PopStash, GitDeed::PopStash(id)),
        (Command::DropStash, GitDeed::DropStash(id)),
    ] {
        window.command(command);
        window.send(Event::Changes(ChangesEvent::Stashes(Ok(vec![one(0), one(1)]))));
        assert_eq!(rows(&window), ["On main: 0", "On main: 1"]);
        let effects = window.send(Event::Overlay(OverlayEvent::Accept));
        assert_eq!(deed(&effects), Some(&expected));
        window.send(Event::Changes(ChangesEvent::Done(Ok("Done.".into()))));
    }
}

#[test]
fn a_push_is_never_made_and_its_command_is_copied() {
    let mut window = on_repository();
    let effects = window.command(Command::Push);
    let asks = |effect: &Effect| {
        matches!(effect, Effect::Changes(ChangesEffect::ExchangeCommand(_, Exchange::Push)))
    };
    assert!(effects.iter().any(asks));
    let words = "git push origin main".to_owned();
    let effects = window.send(Event::Changes(ChangesEvent::ExchangeCommand(Ok(words.clone()))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Copy(text) if *text == words)));
    assert_eq!(
        last_toast(&window),
        "LocalCoder never connects. The command is copied; run it in a terminal of your system: git push origin main"
    );
}

#[test]
fn without_a_repository_each_command_says_so() {
    let mut window = Window::on("/r/a.py", "");
    for command in
        [Command::SwitchBranch, Command::CreateBranch, Command::Stash, Command::Pull, Command::PopStash]
    {
        assert!(window.command(command).is_empty(), "{command:?}");
        assert_eq!(last_toast(&window), "The open folder is in no git repository.");
    }
}

#[test]
fn the_history_of_a_file_is_a_page_with_the_changes_of_the_chosen_commit() {
    let mut window = on_repository();
    let effects = window.command(Command::FileHistory);
    assert!(window.state.shows(Page::FileHistory));
    let asks = |effect: &Effect| matches!(effect, Effect::Changes(ChangesEffect::ReadHistory(path)) if path == Path::new("/r/a.py"));
    assert!(effects.iter().any(asks));
    let commit = |number: u8| FileCommit {
        id: ObjectId::from_bytes_or_panic(&[number; 20]),
        author: "A".into(),
        time: 0,
        subject: format!("commit {number}"),
        path: "a.py".into(),
        from: Some("a.py".into()),
    };
    let all = vec![(commit(2), "now".to_owned()), (commit(1), "then".to_owned())];
    let path = || PathBuf::from("/r/a.py");
    let effects = window.send(Event::Changes(ChangesEvent::HistoryRead(path(), Ok((all, false)))));
    let reads = |effects: &[Effect], wanted: u8| {
        effects.iter().any(|effect| {
            matches!(effect, Effect::Changes(ChangesEffect::ReadCommit(_, one)) if one.id == commit(wanted).id)
        })
    };
    assert!(reads(&effects, 2), "the latest is shown at once");
    let effects = window.send(Event::Changes(ChangesEvent::ChooseCommit(1)));
    assert!(reads(&effects, 1));
    window.send(Event::Changes(ChangesEvent::CommitRead(commit(2).id, Err(GitError::NoCommit))));
    assert!(window.state.changes.history.diff.is_none(), "that one is no longer chosen");
    window.send(Event::Changes(ChangesEvent::CommitRead(
        commit(1).id,
        Err(GitError::Conflicted("a.py".into())),
    )));
    assert!(
        matches!(&window.state.changes.history.diff, Some(Err(words)) if words.starts_with("A.py has conflicts"))
    );
    window.send(Event::LeavePage);
    assert!(!window.state.shows(Page::FileHistory));
}

#[test]
fn authors_stay_at_their_lines_while_a_text_is_typed() {
    let mut window = on_repository();
    window.command(Command::ToggleAuthors);
    let effects = super::super::update(&mut window.state, Event::Frame, 10_000);
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Changes(ChangesEffect::ReadAuthors(asked)) => Some(asked.of),
        _ => None,
    });
    let of = asked.expect("nobody asks who wrote the lines");
    let chunk = |at, commit| AuthorChunk { at, commit };
    let words = vec![AuthorWords { short: "A, 1 day ago".into(), long: "s".into(), colour: 3 }];
    let chunks = vec![chunk(0..4, Some(0)), chunk(4..14, None)];
    let found = TabAuthors { of, blame: None, chunks, words, trouble: None };
    window.send(Event::Changes(ChangesEvent::AuthorsRead(Box::new(found))));
    window.send(Event::Typed(Typed::Text("new ".into())));
    let state = &window.state;
    let known = authors::shown(&state.changes, state.tab().unwrap()).unwrap();
    assert_eq!(known.chunks[1].at, 8..18);
    window.command(Command::ToggleAuthors);
    assert!(authors::shown(&window.state.changes, window.state.tab().unwrap()).is_none());
}

#[test]
fn only_changed_files_are_searched_when_that_is_wanted() {
    use crate::features::project_search::{
        ProjectSearchEffect, ProjectSearchEvent, SearchField, SearchSwitch,
    };
    use search::walk::SearchRoots;
    let mut window = on_repository();
    let file = |path: &str, state| ChangedFile {
        path: path.into(),
        unstaged: Some(state),
        ..ChangedFile::default()
    };
    let files = vec![file("a.py", FileState::Modified), file("gone.py", FileState::Deleted)];
    window.send(Event::Changes(looked(files)));
    window.command(Command::ProjectSearch);
    window.send(Event::ProjectSearch(ProjectSearchEvent::Switch(SearchSwitch::OnlyChanged)));
    window.send(Event::ProjectSearch(ProjectSearchEvent::Typed(SearchField::Pattern, "one".into())));
    let effects = window.send(Event::ProjectSearch(ProjectSearchEvent::Enter));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::ProjectSearch(ProjectSearchEffect::Search(asked)) => Some(&asked.scope.places),
        _ => None,
    });
    let Some(SearchRoots::Again(folders, files)) = asked else { panic!("{asked:?}") };
    assert_eq!((folders.as_slice(), files.as_slice()), (&["/r".into()][..], &["/r/a.py".into()][..]));
}
