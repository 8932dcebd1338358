//! What our own failures cost: texts that are not saved are kept outside, what an earlier start left is offered, and a view
//! that failed is closed.

use editor_core::disk::Metadata;
use editor_core::file::{Fate, Format, Opened, Stamp};
use editor_core::journal::Owner;
use editor_core::{Document, EditKind, Transaction};
use ground::ids::TabId;
use ground::words::sentence;
use ropey::Rope;

use super::supervise::log;
use super::{editing, files, toast};
use crate::event::Effect;
use crate::state::{Overlay, Page, State, Tab, ToastKind};
use crate::supervise::crash::{Found, Left, Recovered};
use crate::supervise::log::Level;
use crate::supervise::{NoticeKind, SuperviseEffect, View};

/// How often changed texts are handed on, in milliseconds.
const KEEP_EACH: u64 = 100;

/// Hands on what was changed and is not saved. Called with every frame.
pub fn look(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if now < state.supervise.looked + KEEP_EACH {
        return;
    }
    state.supervise.looked = now;
    let State { tabs, supervise, .. } = state;
    let unsaved = |tab: &&Tab| is_unsaved(tab);
    supervise.kept.retain(|id, _| {
        let stays = tabs.iter().filter(unsaved).any(|tab| tab.id == *id);
        if !stays {
            out.push(Effect::Supervise(SuperviseEffect::Forget(*id)));
        }
        stays
    });
    keep(state, out);
}

/// Hands on each unsaved text that is not kept as it is, or as whose it is: after "Save as" it is another file's.
pub fn keep(state: &mut State, out: &mut Vec<Effect>) {
    let State { tabs, supervise, .. } = state;
    for tab in tabs.iter().filter(|tab| is_unsaved(tab)) {
        let (revision, owner) = (tab.document.revision(), owner(&tab.document));
        let now = (revision, owner.clone());
        if supervise.kept.insert(tab.id, now.clone()) != Some(now) {
            out.push(Effect::Supervise(SuperviseEffect::Keep(tab.id, owner, tab.document.rope().clone())));
        }
    }
}

fn owner(document: &Document) -> Owner {
    Owner {
        path: document.path().map(Into::into),
        title: document.title(),
        file_hash: document.stamp().map(|stamp| stamp.hash),
    }
}

fn is_unsaved(tab: &Tab) -> bool {
    tab.document.is_modified() && tab.document.read_only().is_none()
}

/// Milliseconds until something has to be handed on; `None`: nothing.
pub fn wake_in(state: &State, now: u64) -> Option<u64> {
    let kept = |tab: &Tab| {
        let now = (tab.document.revision(), owner(&tab.document));
        state.supervise.kept.get(&tab.id) == Some(&now)
    };
    let waits = state.tabs.iter().any(|tab| is_unsaved(tab) && !kept(tab));
    waits.then(|| (state.supervise.looked + KEEP_EACH).saturating_sub(now))
}

/// An earlier start left something behind.
pub fn left_behind(state: &mut State, left: Left) {
    let names: Vec<&str> = left.texts.iter().map(|(title, _)| title.as_str()).collect();
    let kept = match (&names[..], &left.report) {
        ([], None) => String::new(),
        ([], Some(_)) if left.unread.is_empty() => {
            "LocalCoder closed unexpectedly. No unsaved changes were lost.".to_owned()
        }
        ([], Some(_)) => "LocalCoder closed unexpectedly.".to_owned(),
        ([one], _) => {
            format!(
                "LocalCoder closed unexpectedly. Unsaved changes to {one} were kept and can be recovered."
            )
        }
        (many, _) => format!(
            "LocalCoder closed unexpectedly. Unsaved changes to {} files were kept and can be recovered: {}.",
            many.len(),
            many.join(", ")
        ),
    };
    let text = [kept, unreadable(&left.unread)].join(" ").trim().to_owned();
    if !text.is_empty() {
        state.supervise.notify(NoticeKind::Recovery, text);
    }
    state.supervise.left = left;
}

/// What is said of journals that cannot be read, for these reasons.
fn unreadable(why: &[String]) -> String {
    /// More are counted.
    const MAX_TOLD: usize = 3;
    if why.is_empty() {
        return String::new();
    }
    let told = why[..why.len().min(MAX_TOLD)].join("; ");
    let more = match why.len().saturating_sub(MAX_TOLD) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("Some unsaved changes cannot be read here and stay where they are: {told}{more}.")
}

/// Unsaved texts cannot be kept, or can again.
pub fn unkept(state: &mut State, reason: Option<String>, now: u64) {
    let Some(reason) = reason else {
        log(state, now, Level::Info, "Unsaved changes are being kept again.");
        return state.supervise.settle(&NoticeKind::Unkept);
    };
    let text = format!(
        "Unsaved changes cannot be kept for recovery: {reason}. LocalCoder keeps trying; until then, save often."
    );
    log(state, now, Level::Error, &text);
    state.supervise.notify(NoticeKind::Unkept, text);
}

/// The kept texts are wanted.
pub fn recover(state: &mut State, out: &mut Vec<Effect>) {
    state.supervise.settle(&NoticeKind::Recovery);
    let mut left = taken(state);
    // That it was seen is said with the texts.
    state.supervise.left.report = left.report.take();
    out.push(Effect::Supervise(SuperviseEffect::ReadLeft(left)));
}

/// What can be read of what was left; the rest goes on being there.
fn taken(state: &mut State) -> Left {
    let unread = std::mem::take(&mut state.supervise.left.unread);
    let rest = Left { unread, ..Left::default() };
    std::mem::replace(&mut state.supervise.left, rest)
}

/// The kept texts are wanted, if there are any: by the command's name, where the notice was closed or no mouse is at hand.
pub fn recover_by_name(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if state.supervise.left.texts.is_empty() {
        let words =
            format!("There are no unsaved changes to recover. {}", unreadable(&state.supervise.left.unread));
        return toast(state, ToastKind::Info, words.trim().to_owned(), now);
    }
    recover(state, out);
}

/// The kept texts are not wanted.
pub fn discard(state: &mut State, out: &mut Vec<Effect>) {
    state.supervise.settle(&NoticeKind::Recovery);
    out.push(Effect::Supervise(SuperviseEffect::RemoveLeft(taken(state))));
}

/// The report is wanted: it opens like any file.
pub fn show_report(state: &State, out: &mut Vec<Effect>) {
    if let Some(path) = state.supervise.left.report.clone() {
        out.push(Effect::Open { path, caret: None, front: true });
    }
}

/// The kept texts were read: each is an unsaved change of its file, which one undo takes back. Their journals go when the texts
/// have others; why some cannot be read is told, and those stay.
pub fn recovered(
    state: &mut State,
    texts: Vec<Recovered>,
    unread: Vec<String>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    state.page = None;
    let mut taken = Left { report: state.supervise.left.report.take(), ..Left::default() };
    let mut names = Vec::new();
    for Recovered { journal, owner, text, file } in texts {
        let title = owner.title.clone();
        if is_there(state, &owner, &text) {
            taken.texts.push((title, journal));
            continue;
        }
        let id = into_its_file(state, &owner, &text, file, now, out)
            .unwrap_or_else(|| into_a_new_tab(state, &owner, &text, now, out));
        if state.find_tab(id).is_some_and(|tab| is_unsaved(tab)) {
            names.push(title.clone());
        }
        taken.texts.push((title, journal));
    }
    keep(state, out);
    out.push(Effect::Supervise(SuperviseEffect::TakeOver(taken)));
    if !unread.is_empty() {
        left_behind(state, Left { unread, ..Left::default() });
    }
    let words = match &names[..] {
        [] => "Nothing was lost: what was kept is in the files.".to_owned(),
        [one] => format!("Unsaved changes to {one} were recovered. Undo shows what is on disk."),
        many => {
            format!("Unsaved changes to {} files were recovered. Undo shows what is on disk.", many.len())
        }
    };
    toast(state, ToastKind::Info, words, now);
}

/// Has its file's tab this text already? An editor that fell while it took over what was left has left the same text twice.
fn is_there(state: &State, owner: &Owner, text: &Rope) -> bool {
    let tab = owner.path.as_deref().and_then(|path| state.tab_on(path));
    tab.is_some_and(|tab| is_unsaved(tab) && tab.document.rope() == text)
}

/// How a recovered text comes to its file.
struct Base {
    /// What undo goes back to.
    opened: Box<Opened>,
    /// What the file must be for a save not to ask; `None`: as it was read.
    stamp: Option<Option<Stamp>>,
    /// The person has to choose between the text and the file.
    conflict: bool,
}

impl Base {
    /// `None`: there is no file to come to.
    fn of(owner: &Owner, text: &Rope, file: Found) -> Option<Base> {
        let hash = owner.file_hash;
        let begun_from =
            |format| Some(hash.map(|hash| Stamp { metadata: Metadata::default(), hash, format }));
        let empty = || Box::new(Opened::new_text(Rope::new()));
        Some(match file {
            Found::Nothing => return None,
            Found::AsBefore(opened) => Base { opened, stamp: None, conflict: false },
            Found::Changed(opened) => {
                Base { conflict: opened.rope != *text, stamp: begun_from(opened.format), opened }
            }
            Found::Gone => Base { opened: empty(), stamp: Some(None), conflict: false },
            Found::Unreadable(_) => {
                Base { opened: empty(), stamp: begun_from(Format::UTF8), conflict: false }
            }
        })
    }
}

/// Makes the text an unsaved change of its file, in the file's tab. `None`: the file cannot be edited now, or another text was
/// recovered for it.
fn into_its_file(
    state: &mut State,
    owner: &Owner,
    text: &Rope,
    file: Found,
    now: u64,
    out: &mut Vec<Effect>,
) -> Option<TabId> {
    let path = owner.path.clone()?;
    let trouble = match &file {
        Found::Gone if owner.file_hash.is_some() => {
            Some(format!("{} no longer exists. Saving creates it again.", path.display()))
        }
        Found::Unreadable(why) => Some(sentence(why)),
        _ => None,
    };
    let Base { opened, stamp, conflict } = Base::of(owner, text, file)?;
    if opened.read_only.is_some() || state.tab_on(&path).is_some_and(is_unsaved) {
        return None;
    }
    files::opened(state, (path.clone(), None, true), Ok(opened), now, out);
    let id = state.tab_on(&path)?.id;
    files::activate(state, id, out);
    if !set_text(state, id, text, now, out) {
        return None;
    }
    let tab = state.find_tab(id)?;
    if let Some(stamp) = stamp {
        tab.document.set_stamp(stamp);
    }
    if tab.document.stamp().is_none() {
        // Also when it is empty there is nothing on disk.
        tab.document.mark_unsaved();
    }
    tab.fate = if conflict { Fate::Changed } else { Fate::Same };
    if let Some(words) = trouble {
        toast(state, ToastKind::Info, words, now);
    }
    Some(id)
}

fn into_a_new_tab(state: &mut State, owner: &Owner, text: &Rope, now: u64, out: &mut Vec<Effect>) -> TabId {
    let title = match &owner.path {
        Some(_) => format!("{} (recovered)", owner.title),
        None => format!("Untitled {}", state.counters.untitled()),
    };
    let id = files::add(state, Document::untitled(&title, ""), true, out);
    set_text(state, id, text, now, out);
    id
}

/// Does the tab have the text now?
fn set_text(state: &mut State, id: TabId, text: &Rope, now: u64, out: &mut Vec<Effect>) -> bool {
    let Some(tab) = state.find_tab(id) else { return false };
    let change = Transaction::difference(tab.document.buffer(), text);
    editing::apply_transaction(state, id, change, EditKind::Alone, now, out);
    state.find_tab(id).is_some_and(|tab| tab.document.rope() == text)
}

/// A view failed: it is closed, or says so in its place.
pub fn view_failed(state: &mut State, view: View, place: String, now: u64) {
    let text = format!("{} failed ({place}) and was closed. Your text is untouched.", view.name());
    log(state, now, Level::Error, &text);
    match view {
        View::Overlay | View::Toasts | View::Notices => {
            close_view(state, view);
            toast(state, ToastKind::Error, text, now);
        }
        _ => {
            state.supervise.failed_views.insert(view, place);
        }
    }
}

/// A view that failed is done without.
pub fn close_view(state: &mut State, view: View) {
    state.supervise.failed_views.remove(&view);
    match view {
        View::Sidebar => state.sidebar = false,
        View::Explanation => state.explanation = None,
        View::Models => state.hide_page(Page::Models),
        View::Settings => state.hide_page(Page::Settings),
        View::Activity => state.hide_page(Page::Activity),
        View::Overlay => state.overlay = Overlay::None,
        View::Toasts => state.toasts.clear(),
        View::Notices => state.supervise.notices.clear(),
        // It is not done: the next start goes on with it.
        View::Welcome => state.onboarding.step = None,
        View::Status | View::Text => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Typed};
    use crate::supervise::SuperviseEvent;
    use crate::update::update;
    use editor_core::file::Opened;
    use ground::command::Command;
    use ropey::Rope;

    fn opened(text: &str) -> Box<Opened> {
        Box::new(Opened::new_text(Rope::from_str(text)))
    }

    fn window(text: &str) -> State {
        let mut state = State::default();
        let event =
            Event::Opened { path: "/a.py".into(), caret: None, front: true, result: Ok(opened(text)) };
        update(&mut state, event, 0);
        state
    }

    fn kept(effects: &[Effect]) -> Vec<String> {
        let text = |effect: &Effect| match effect {
            Effect::Supervise(SuperviseEffect::Keep(_, _, rope)) => Some(rope.to_string()),
            Effect::Supervise(SuperviseEffect::Forget(_)) => Some("forgotten".into()),
            _ => None,
        };
        effects.iter().filter_map(text).collect()
    }

    #[test]
    fn what_is_typed_is_handed_on_within_a_tenth_of_a_second_and_forgotten_when_it_is_as_on_disk() {
        let mut state = window("a");
        assert!(kept(&update(&mut state, Event::Frame, 1_000)).is_empty());
        update(&mut state, Event::Typed(Typed::Text("b".into())), 1_010);
        assert_eq!(wake_in(&state, 1_010), Some(90));
        assert!(kept(&update(&mut state, Event::Frame, 1_050)).is_empty());
        assert_eq!(kept(&update(&mut state, Event::Frame, 1_100)), ["ba"]);
        assert_eq!(wake_in(&state, 1_100), None);
        assert!(kept(&update(&mut state, Event::Frame, 1_500)).is_empty(), "once");
        update(&mut state, Event::Command(Command::Undo), 2_000);
        assert_eq!(kept(&update(&mut state, Event::Frame, 2_000)), ["forgotten"]);
    }

    #[test]
    fn what_may_not_survive_a_power_cut_is_kept_and_counts_as_unsaved() {
        let mut state = window("a");
        update(&mut state, Event::Typed(Typed::Text("b".into())), 1_000);
        assert_eq!(kept(&update(&mut state, Event::Frame, 2_000)), ["ba"]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        std::fs::write(&path, "ba").unwrap();
        let stamp = editor_core::file::open(&editor_core::disk::RealDisk, &path).unwrap().stamp.unwrap();
        let (id, revision) = (state.tabs[0].id, state.tabs[0].document.revision());
        let error = editor_core::file::SaveError::NotDurable {
            path: path.clone(),
            stamp: Box::new(stamp.clone()),
            source: std::io::Error::other("no promise"),
        };
        state.tabs[0].saving = Some(crate::state::Saving { path: path.clone(), revision });
        files::saved(&mut state, (id, path, revision), Err(error), 2_100, &mut Vec::new());
        let document = &state.tabs[0].document;
        assert!(document.is_modified());
        assert_eq!(document.stamp(), Some(&stamp), "our own writing is no other program's");
        assert_eq!(
            kept(&update(&mut state, Event::Frame, 3_000)),
            ["ba"],
            "its journal stays, and names the file"
        );
    }

    #[test]
    fn a_disk_that_keeps_nothing_is_told_of_until_it_does() {
        let mut state = window("a");
        let mut says = |reason: Option<&str>| {
            let event = SuperviseEvent::Unkept(reason.map(str::to_owned));
            update(&mut state, Event::Supervise(event), 0);
            state.supervise.notices.iter().map(|notice| notice.text.clone()).collect::<Vec<_>>()
        };
        let told = says(Some("no space"));
        assert!(told.len() == 1 && told[0].contains("no space") && told[0].contains("save"), "{told:?}");
        assert_eq!(says(Some("no space at all")).len(), 1, "one notice, brought up to date");
        assert!(says(None).is_empty());
    }

    fn recovered(path: Option<&str>, hash: Option<[u8; 32]>, text: &str, file: Found) -> Recovered {
        let title = path.map_or("Untitled 1", |path| path.trim_start_matches('/')).to_owned();
        let owner = Owner { path: path.map(Into::into), title, file_hash: hash };
        Recovered { journal: format!("/j/{text}").into(), owner, text: Rope::from_str(text), file }
    }

    fn give(state: &mut State, texts: Vec<Recovered>, unread: &[&str]) -> Vec<Effect> {
        let unread = unread.iter().map(|&why| why.to_owned()).collect();
        update(state, Event::Supervise(SuperviseEvent::Recovered(texts, unread)), 0)
    }

    /// Titles and texts of the tabs, and whether they are unsaved.
    fn tabs(state: &State) -> Vec<(String, String, bool)> {
        let tab = |tab: &Tab| (tab.document.title(), tab.document.rope().to_string(), is_unsaved(tab));
        state.tabs.iter().map(tab).collect()
    }

    /// Which effects keep texts and remove what was left, in order.
    fn kept_and_taken(effects: &[Effect]) -> Vec<String> {
        let name = |effect: &Effect| match effect {
            Effect::Supervise(SuperviseEffect::Keep(_, _, rope)) => Some(format!("keep {rope}")),
            Effect::Supervise(SuperviseEffect::TakeOver(left)) => {
                Some(format!("remove {}", left.texts.len()))
            }
            _ => None,
        };
        effects.iter().filter_map(name).collect()
    }

    #[test]
    fn what_was_left_is_offered_and_comes_back_as_an_unsaved_change_that_can_be_undone() {
        let mut state = State::default();
        let left = Left {
            texts: vec![("a.py".into(), "/j/1".into()), ("Untitled 1".into(), "/j/2".into())],
            ..Left::default()
        };
        let event = Event::Supervise;
        update(&mut state, event(SuperviseEvent::LeftBehind(Left::default())), 0);
        assert!(state.supervise.notices.is_empty());
        update(&mut state, event(SuperviseEvent::LeftBehind(left.clone())), 0);
        let notice = &state.supervise.notices[0];
        assert!(notice.text.contains("a.py, Untitled 1"), "{notice:?}");
        let effects = update(&mut state, event(SuperviseEvent::Recover), 0);
        assert!(
            matches!(&effects[..], [Effect::Supervise(SuperviseEffect::ReadLeft(read))] if *read == left)
        );
        let texts = vec![
            recovered(Some("/a.py"), None, "typed\n", Found::AsBefore(opened("on disk\n"))),
            recovered(None, None, "a thought", Found::Nothing),
        ];
        let effects = give(&mut state, texts, &[]);
        assert_eq!(kept_and_taken(&effects), ["keep typed\n", "keep a thought", "remove 2"]);
        let expected = [("a.py", "typed\n", true), ("Untitled 1", "a thought", true)];
        let expected = expected.map(|(title, text, unsaved)| (title.to_owned(), text.to_owned(), unsaved));
        assert_eq!(tabs(&state), expected);
        let first = state.tabs[0].id;
        update(&mut state, Event::Activate(first), 0);
        update(&mut state, Event::Command(Command::Undo), 0);
        assert_eq!(state.tabs[0].document.rope().to_string(), "on disk\n");
    }

    #[test]
    fn a_text_whose_file_cannot_take_it_is_recovered_into_a_tab_of_its_own() {
        let mut state = State::default();
        let binary = Opened { read_only: Some(editor_core::file::ReadOnly::Binary), ..*opened("shown\n") };
        let texts = vec![
            recovered(Some("/a.py"), None, "first\n", Found::AsBefore(opened("on disk\n"))),
            recovered(Some("/a.py"), None, "second\n", Found::AsBefore(opened("on disk\n"))),
            recovered(Some("/b"), None, "third\n", Found::AsBefore(Box::new(binary))),
        ];
        give(&mut state, texts, &[]);
        let expected = [("a.py", "first\n"), ("a.py (recovered)", "second\n"), ("b (recovered)", "third\n")];
        let expected = expected.map(|(title, text)| (title.to_owned(), text.to_owned(), true));
        assert_eq!(tabs(&state), expected, "none is lost with its journal");
    }

    #[test]
    fn the_same_text_left_twice_is_recovered_once_and_both_journals_go() {
        let mut state = State::default();
        let left =
            || recovered(Some("/a.py"), Some([7; 32]), "typed\n", Found::AsBefore(opened("on disk\n")));
        let effects = give(&mut state, vec![left(), left()], &[]);
        assert_eq!(tabs(&state), [("a.py".to_owned(), "typed\n".to_owned(), true)]);
        assert_eq!(kept_and_taken(&effects), ["keep typed\n", "remove 2"]);
    }

    #[test]
    fn what_is_in_the_file_already_is_no_unsaved_change() {
        let mut state = State::default();
        let texts =
            vec![recovered(Some("/a.py"), Some([7; 32]), "saved\n", Found::Changed(opened("saved\n")))];
        give(&mut state, texts, &[]);
        assert_eq!(tabs(&state), [("a.py".to_owned(), "saved\n".to_owned(), false)]);
        assert_eq!(state.tabs[0].fate, Fate::Same);
        assert!(state.toasts.iter().any(|toast| toast.text.contains("Nothing was lost")));
    }

    #[test]
    fn journals_that_cannot_be_read_are_told_of_and_stay_whatever_is_chosen() {
        for wanted in [SuperviseEvent::Recover, SuperviseEvent::DiscardLeft] {
            let mut state = State::default();
            let unread = vec!["/j/9.journal was written by another version of LocalCoder".to_owned()];
            let left =
                Left { texts: vec![("a.py".into(), "/j/1.journal".into())], unread, ..Left::default() };
            update(&mut state, Event::Supervise(SuperviseEvent::LeftBehind(left)), 0);
            let told = state.supervise.notices[0].text.clone();
            assert!(
                told.contains("Unsaved changes to a.py were kept") && told.contains("/j/9.journal"),
                "{told}"
            );
            for effect in update(&mut state, Event::Supervise(wanted), 0) {
                if let Effect::Supervise(
                    SuperviseEffect::ReadLeft(left) | SuperviseEffect::RemoveLeft(left),
                ) = effect
                {
                    assert_eq!(left.texts, [("a.py".into(), "/j/1.journal".into())]);
                }
            }
            assert_eq!(state.supervise.left.unread.len(), 1);
            let effects = give(&mut state, Vec::new(), &["/j/1.journal cannot be read"]);
            assert_eq!(kept_and_taken(&effects), ["remove 0"], "what could not be read is not removed");
            assert!(state.supervise.notices[0].text.contains("/j/1.journal"));
        }
    }

    #[test]
    fn a_text_that_is_another_files_now_is_kept_as_that_files_at_once() {
        let mut state = window("a");
        update(&mut state, Event::Typed(Typed::Text("b".into())), 1_000);
        assert_eq!(kept(&update(&mut state, Event::Frame, 2_000)), ["ba"]);
        let (id, revision) = (state.tabs[0].id, state.tabs[0].document.revision());
        let stamp = Stamp { metadata: Metadata::default(), hash: [7; 32], format: Format::UTF8 };
        let error = editor_core::file::SaveError::NotDurable {
            path: "/b.py".into(),
            stamp: Box::new(stamp),
            source: std::io::Error::other("no promise"),
        };
        state.tabs[0].saving = Some(crate::state::Saving { path: "/b.py".into(), revision });
        files::saved(&mut state, (id, "/b.py".into(), revision), Err(error), 2_100, &mut Vec::new());
        assert!(wake_in(&state, 2_100).is_some());
        let effects = update(&mut state, Event::Frame, 3_000);
        let owners: Vec<&Owner> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Supervise(SuperviseEffect::Keep(_, owner, _)) => Some(owner),
                _ => None,
            })
            .collect();
        let expected = Owner { path: Some("/b.py".into()), title: "b.py".into(), file_hash: Some([7; 32]) };
        assert_eq!(owners, [&expected]);
    }
}
