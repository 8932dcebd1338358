//! What happens to a text when its file is not what the window thinks: changed, deleted, replaced, open elsewhere, or being
//! written. On real files, in one window and in two.

use std::fs;
use std::process::Command as Program;

use editor_core::file::Fate;

use super::desk::Desk;
use super::*;

/// A folder with these files, whose content is their name.
struct Files(tempfile::TempDir);

impl Files {
    fn new(names: &[&str]) -> Files {
        let files = Files(tempfile::tempdir().unwrap());
        names.iter().for_each(|name| files.write(name, &format!("{name}\n")));
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A window on one of them, with something typed into it.
    fn typed_into(&self, name: &str) -> Desk {
        let mut desk = Desk::on(&[&self.path(name)]);
        desk.types("mine ");
        desk
    }
}

#[test]
fn overwriting_is_about_what_was_seen_and_a_third_change_is_asked_about_again() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    files.write("a", "second\n");
    desk.command(Command::Save);
    assert_eq!(desk.asks_about(), Some(files.path("a").as_path()));
    files.write("a", "the third\n");
    desk.replies(Reply::Yes);
    assert_eq!(files.text("a"), "the third\n", "nobody has seen it");
    assert_eq!(desk.asks_about(), Some(files.path("a").as_path()));
    assert!(desk.is_unsaved());
    desk.replies(Reply::Yes);
    assert_eq!(files.text("a"), "mine a\n");
    assert!(!desk.is_unsaved() && desk.asks_about().is_none());
}

#[test]
fn a_comparison_takes_pieces_from_the_disk_and_ends_as_a_change_of_that_file() {
    let files = Files::new(&[]);
    files.write("a", "1\n2\n3\n4\n5\n");
    let mut desk = Desk::on(&[&files.path("a")]);
    desk.types("mine ");
    files.write("a", "1\n2\n3\n4\nfive\n");
    desk.command(Command::Save);
    desk.replies(Reply::Compare);
    let review = desk.tab().review.as_ref().unwrap();
    assert_eq!(review.counts(), (2, 2));
    assert_eq!(files.text("a"), "1\n2\n3\n4\nfive\n", "nothing is written");
    desk.command(Command::RejectHunk);
    assert!(desk.tab().review.is_some(), "one is left");
    desk.command(Command::AcceptHunk);
    assert!(desk.tab().review.is_none());
    assert_eq!(desk.text(), "mine 1\n2\n3\n4\nfive\n");
    assert!(desk.is_unsaved());
    assert_eq!(desk.tab().fate, Fate::Same);
    assert!(desk.state.toasts.iter().all(|toast| toast.reopens.is_none()), "the file may be another one");
    desk.command(Command::Save);
    assert_eq!(files.text("a"), "mine 1\n2\n3\n4\nfive\n", "over what was compared nothing is asked");
    desk.command(Command::Undo);
    assert_eq!(desk.text(), "mine 1\n2\n3\n4\n5\n");
}

#[test]
fn a_comparison_that_is_left_decides_nothing_and_one_of_an_older_file_neither() {
    let files = Files::new(&["a"]);
    let compares = |desk: &mut Desk| {
        files.write("a", "theirs\n");
        desk.looks();
        assert_eq!(desk.tab().fate, Fate::Changed);
        let id = desk.tab().id;
        desk.does(Event::Conflict(id, Reply::Compare));
    };
    let mut desk = files.typed_into("a");
    compares(&mut desk);
    desk.command(Command::StopReview);
    assert_eq!((desk.tab().fate, desk.text().as_str()), (Fate::Changed, "mine a\n"));
    desk.command(Command::Save);
    assert!(desk.asks_about().is_some());
    desk.replies(Reply::Compare);
    desk.command(Command::RejectAll);
    files.write("a", "a third\n");
    desk.command(Command::Save);
    assert_eq!(files.text("a"), "a third\n");
    assert!(desk.asks_about().is_some(), "what was compared is not what is there");
    desk.replies(Reply::Compare);
    desk.command(Command::RejectAll);
    desk.command(Command::Save);
    assert_eq!(files.text("a"), "mine a\n", "all that was seen was rejected");
}

#[test]
fn a_file_that_cannot_be_compared_says_why_and_one_that_is_the_same_settles_it() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    let id = desk.tab().id;
    fs::write(files.path("a"), b"\0\xff\xfe").unwrap();
    desk.does(Event::Conflict(id, Reply::Compare));
    assert!(desk.says("cannot be compared") && desk.tab().review.is_none());
    files.write("a", "mine a\n");
    desk.looks();
    assert_eq!(desk.tab().fate, Fate::Changed);
    desk.does(Event::Conflict(id, Reply::Compare));
    assert!(!desk.is_unsaved() && desk.tab().fate == Fate::Same);
    desk.types("more ");
    files.write("a", "mine a\r\n");
    desk.command(Command::Undo);
    desk.does(Event::Conflict(id, Reply::Compare));
    assert!(desk.says("only in its line endings"), "{:?}", desk.state.toasts);
}

#[test]
fn what_is_typed_while_the_file_is_read_for_a_comparison_is_compared_too() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    files.write("a", "theirs\n");
    let id = desk.tab().id;
    desk.send(Event::Conflict(id, Reply::Compare));
    desk.types("more ");
    desk.command(Command::AcceptAll);
    assert_eq!(desk.text(), "theirs\n");
    desk.command(Command::Undo);
    assert_eq!(desk.text(), "mine more a\n");
}

#[test]
fn quitting_asks_once_about_each_text_and_closes_after_the_last_save() {
    let files = Files::new(&["a", "b", "c"]);
    let paths = ["a", "b", "c"].map(|name| files.path(name));
    let mut desk = Desk::on(&[&paths[0], &paths[1], &paths[2]]);
    for tab in 0..3 {
        let id = desk.state.tabs[tab].id;
        desk.does(Event::Activate(id));
        desk.types("mine ");
    }
    for _ in 0..2 {
        desk.command(Command::NewFile);
        desk.types("new\n");
    }
    files.write("b", "theirs\n");
    desk.command(Command::Quit);
    assert!(matches!(desk.state.overlay, Overlay::Question(Question::Quit(5))));
    desk.replies(Reply::Yes);
    let (mut asked, mut new) = (Vec::new(), 0);
    while !desk.closed {
        let about = desk.asks_about().map(|path| path.display().to_string());
        match about.or_else(|| desk.asks_for_path_of()) {
            Some(title) if title.starts_with("Untitled") => {
                asked.push(title);
                new += 1;
                desk.names(&files.path(&format!("new {new}")));
                desk.settle();
            }
            Some(path) => {
                asked.push(path);
                desk.replies(Reply::Yes);
            }
            None => panic!("neither asked nor closed after {asked:?}"),
        }
        assert!(!desk.closed || desk.state.tabs.iter().all(|tab| !tab.is_unsaved()));
    }
    let b = paths[1].display().to_string();
    asked.sort_unstable_by_key(|name| name.starts_with("Untitled"));
    assert_eq!(asked, [b.as_str(), "Untitled 1", "Untitled 2"], "each once");
    for name in ["a", "b", "c"] {
        assert_eq!(files.text(name), format!("mine {name}\n"));
    }
    assert_eq!([files.text("new 1"), files.text("new 2")], ["new\n", "new\n"]);
}

#[test]
fn giving_up_one_name_gives_up_quitting_and_loses_no_text() {
    let mut desk = Desk::default();
    for _ in 0..2 {
        desk.command(Command::NewFile);
        desk.types("new\n");
    }
    desk.command(Command::Quit);
    desk.replies(Reply::Yes);
    assert_eq!(desk.asks_for_path_of().as_deref(), Some("Untitled 1"));
    desk.does(Event::Overlay(OverlayEvent::Close));
    assert!(!desk.closed && !desk.state.quitting);
    assert!(desk.state.tabs.iter().all(|tab| tab.document.rope() == "new\n" && tab.is_unsaved()));
}

#[test]
fn a_question_that_comes_while_a_name_is_typed_does_not_take_its_place() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    files.write("a", "theirs\n");
    desk.send(Event::Command(Command::Save));
    desk.send(Event::Command(Command::SaveAs));
    desk.send(Event::Overlay(OverlayEvent::Text("/half a na".into())));
    desk.settle();
    assert!(matches!(&desk.state.overlay, Overlay::Path(prompt) if prompt.text == "/half a na"));
    assert_eq!(desk.tab().fate, Fate::Changed, "it stands in the bar");
}

#[test]
fn a_file_that_is_deleted_leaves_its_text_unsaved_and_saving_makes_it_anew() {
    let files = Files::new(&["a"]);
    let mut desk = Desk::on(&[&files.path("a")]);
    fs::remove_file(files.path("a")).unwrap();
    desk.looks();
    assert_eq!((desk.tab().fate, desk.text().as_str()), (Fate::Gone, "a\n"));
    assert!(desk.is_unsaved());
    desk.command(Command::CloseTab);
    assert!(matches!(desk.state.overlay, Overlay::Question(Question::Close(_))));
    desk.replies(Reply::Cancel);
    desk.command(Command::Save);
    assert_eq!(files.text("a"), "a\n", "the bar has said it: nothing more is asked");
    assert!(!desk.is_unsaved() && desk.tab().fate == Fate::Same);
}

#[test]
fn a_file_that_is_deleted_unseen_is_asked_about_in_plain_words() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    fs::remove_file(files.path("a")).unwrap();
    desk.command(Command::Save);
    let Overlay::Question(Question::Overwrite { reason, .. }) = &desk.state.overlay else { panic!() };
    assert!(reason.contains("was deleted by another program"), "{reason}");
    files.write("a", "back again\n");
    desk.replies(Reply::Yes);
    assert_eq!(files.text("a"), "back again\n", "what came back is not what was asked about");
    assert!(desk.asks_about().is_some());
    fs::remove_file(files.path("a")).unwrap();
    desk.replies(Reply::Yes);
    desk.replies(Reply::Yes);
    assert_eq!(files.text("a"), "mine a\n");
}

#[test]
fn a_file_that_comes_back_as_it_was_is_no_longer_missed() {
    let files = Files::new(&["a"]);
    let mut desk = Desk::on(&[&files.path("a")]);
    fs::rename(files.path("a"), files.path("b")).unwrap();
    desk.looks();
    fs::rename(files.path("b"), files.path("a")).unwrap();
    desk.looks();
    assert_eq!(desk.tab().fate, Fate::Same);
}

#[test]
fn what_is_no_file_any_more_keeps_its_text_and_is_never_waited_for() {
    for what in ["a folder", "a pipe", "a device"] {
        let files = Files::new(&["a"]);
        let mut desk = Desk::on(&[&files.path("a")]);
        let path = files.path("a");
        fs::remove_file(&path).unwrap();
        match what {
            "a folder" => fs::create_dir(path).unwrap(),
            "a pipe" => assert!(Program::new("mkfifo").arg(path).status().unwrap().success()),
            _ => std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
        }
        desk.looks();
        assert_eq!((desk.tab().fate, desk.text().as_str()), (Fate::NoFile, "a\n"), "{what}");
        assert!(desk.is_unsaved(), "{what}");
        desk.command(Command::Revert);
        assert_eq!(desk.text(), "a\n", "{what}");
        desk.command(Command::Save);
        assert!(desk.says("not an ordinary file") && desk.is_unsaved(), "{what}: {:?}", desk.state.toasts);
        desk.saves_as(&files.path("b"));
        assert_eq!(files.text("b"), "a\n", "{what}");
        assert_eq!((desk.tab().fate, desk.is_unsaved()), (Fate::Same, false), "{what}");
        assert_eq!(files.names(), ["a", "b"], "{what}");
    }
}

#[test]
fn save_as_overtakes_a_save_that_hangs_and_is_not_undone_by_its_end() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    desk.send(Event::Command(Command::Save));
    desk.send(Event::Command(Command::SaveAs));
    desk.names(&files.path("b"));
    desk.work_at_saves();
    desk.work_at_saves();
    // Each is done on a thread of its own: the first one is heard of last.
    let (first, second) = (desk.next_event().unwrap(), desk.next_event().unwrap());
    desk.send(second);
    assert_eq!(desk.tab().document.path(), Some(files.path("b").as_path()));
    desk.send(first);
    assert_eq!(desk.tab().document.path(), Some(files.path("b").as_path()), "the name chosen last stays");
    assert!(!desk.is_unsaved());
    desk.types("more ");
    desk.command(Command::Save);
    assert_eq!([files.text("a"), files.text("b")], ["mine a\n", "mine more a\n"]);
}

#[test]
fn a_second_press_outlives_the_failure_of_the_first_save() {
    let files = Files::new(&[]);
    fs::write(files.path("a"), b"caf\xe9\n").unwrap();
    let mut desk = Desk::on(&[&files.path("a")]);
    desk.types("漢");
    desk.send(Event::Command(Command::Save));
    desk.send(Event::Command(Command::Undo));
    desk.send(Event::Typed(Typed::Text("x".into())));
    desk.send(Event::Command(Command::Save));
    desk.settle();
    assert_eq!(fs::read(files.path("a")).unwrap(), b"xcaf\xe9\n");
    assert!(!desk.is_unsaved() && desk.state.toasts.is_empty(), "{:?}", desk.state.toasts);
    desk.types("漢");
    for _ in 0..3 {
        desk.send(Event::Command(Command::Save));
    }
    desk.settle();
    assert!(desk.is_unsaved());
    let asks = matches!(desk.state.overlay, Overlay::Question(Question::SaveAsUtf8 { .. }));
    assert!(asks && desk.state.toasts.is_empty(), "asked once: {:?}", desk.state.toasts);
}

#[test]
fn a_tab_closed_while_it_is_saved_waits_for_that_and_stays_when_it_fails() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    desk.send(Event::Command(Command::Save));
    desk.send(Event::Command(Command::CloseTab));
    assert!(matches!(desk.state.overlay, Overlay::None), "its text is on the way");
    assert_eq!(desk.state.tabs.len(), 1);
    desk.settle();
    assert!(desk.state.tabs.is_empty());
    assert_eq!(files.text("a"), "mine a\n");
    let mut desk = files.typed_into("a");
    files.write("a", "theirs\n");
    desk.send(Event::Command(Command::Save));
    desk.send(Event::Command(Command::CloseTab));
    desk.settle();
    assert!(desk.asks_about().is_some() && desk.is_unsaved());
    desk.replies(Reply::Cancel);
    desk.command(Command::Save);
    desk.replies(Reply::Yes);
    assert_eq!(desk.state.tabs.len(), 1, "closing was given up with the answer");
}

#[test]
fn what_is_typed_after_the_save_was_begun_is_asked_about_before_its_tab_closes() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    desk.send(Event::Command(Command::Save));
    desk.send(Event::Typed(Typed::Text("more ".into())));
    desk.send(Event::Command(Command::CloseTab));
    assert!(matches!(desk.state.overlay, Overlay::Question(Question::Close(_))));
    desk.settle();
    assert_eq!(desk.text(), "mine more a\n");
    desk.replies(Reply::Yes);
    assert_eq!(files.text("a"), "mine more a\n");
    assert!(desk.state.tabs.is_empty());
}

#[test]
fn a_save_that_hangs_is_waited_for_once() {
    let files = Files::new(&["a"]);
    for (closes, asks) in
        [(Command::CloseTab, Question::Close as fn(_) -> _), (Command::Quit, |_| Question::Quit(1))]
    {
        let mut desk = files.typed_into("a");
        let id = desk.tab().id;
        desk.send(Event::Command(Command::Save));
        desk.send(Event::Command(closes));
        assert!(matches!(desk.state.overlay, Overlay::None) && !desk.closed);
        desk.send(Event::Command(closes));
        assert!(matches!(&desk.state.overlay, Overlay::Question(asked) if *asked == asks(id)));
        desk.send(Event::Overlay(OverlayEvent::Reply(Reply::Discard)));
        assert!(desk.closed || desk.state.tabs.is_empty());
        desk.settle();
    }
}

#[test]
fn the_failure_of_a_save_is_told_though_its_tab_is_closed() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    files.write("a", "theirs\n");
    desk.send(Event::Command(Command::Save));
    desk.send(Event::Command(Command::CloseTab));
    desk.send(Event::Command(Command::CloseTab));
    desk.send(Event::Overlay(OverlayEvent::Reply(Reply::Discard)));
    assert!(desk.state.tabs.is_empty());
    desk.settle();
    assert!(desk.says("was changed by another program"));
}

#[test]
fn save_as_onto_a_file_asks_and_overwrites_only_what_was_seen() {
    let files = Files::new(&["a", "b"]);
    let mut desk = files.typed_into("a");
    desk.saves_as(&files.path("b"));
    assert_eq!(desk.asks_about(), Some(files.path("b").as_path()));
    files.write("b", "changed meanwhile\n");
    desk.replies(Reply::Yes);
    assert_eq!(files.text("b"), "changed meanwhile\n");
    assert!(desk.asks_about().is_some(), "it is asked again");
    desk.replies(Reply::Yes);
    assert_eq!([files.text("a"), files.text("b")], ["a\n", "mine a\n"]);
    assert_eq!(desk.tab().document.path(), Some(files.path("b").as_path()));
}

#[test]
fn save_as_that_fails_leaves_the_tab_as_it_was() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    desk.saves_as(&files.path("no folder/b"));
    assert!(desk.says("cannot be saved"), "{:?}", desk.state.toasts);
    assert!(desk.is_unsaved());
    assert_eq!(desk.tab().document.path(), Some(files.path("a").as_path()));
    desk.command(Command::Save);
    assert_eq!(files.text("a"), "mine a\n");
    assert_eq!(files.names(), ["a"]);
}

#[test]
fn save_as_onto_a_file_of_another_tab_is_refused_under_each_of_its_names() {
    let files = Files::new(&["a", "b"]);
    fs::hard_link(files.path("b"), files.path("hard")).unwrap();
    std::os::unix::fs::symlink(files.path("b"), files.path("soft")).unwrap();
    let mut desk = Desk::on(&[&files.path("b"), &files.path("a")]);
    desk.types("mine ");
    for name in ["b", "./b", "hard", "soft"] {
        desk.state.toasts.clear();
        desk.saves_as(&files.0.path().join(name));
        assert!(desk.says("open in another tab"), "{name}: {:?}", desk.state.toasts);
        assert!(desk.asks_about().is_none() && desk.is_unsaved(), "{name}");
        assert_eq!(files.text("b"), "b\n", "{name}");
    }
    // Another program saves the other tab's file by its name: it is another file behind that, and still the tab's.
    files.write("new", "theirs\n");
    fs::rename(files.path("new"), files.path("b")).unwrap();
    desk.state.toasts.clear();
    desk.saves_as(&files.path("soft"));
    assert!(desk.says("open in another tab"));
}

#[test]
fn revert_takes_the_file_and_undo_brings_the_text_back_unless_it_could_not() {
    let files = Files::new(&["a"]);
    let mut desk = files.typed_into("a");
    files.write("a", "theirs\n");
    desk.looks();
    assert_eq!(desk.tab().fate, Fate::Changed);
    desk.command(Command::Revert);
    assert_eq!((desk.text().as_str(), desk.is_unsaved()), ("theirs\n", false));
    desk.command(Command::Undo);
    assert_eq!((desk.text().as_str(), desk.is_unsaved()), ("mine a\n", true));
    fs::write(files.path("a"), b"\0\xff\xfe").unwrap();
    desk.command(Command::Revert);
    assert_eq!(desk.text(), "mine a\n", "no undo leads back over what cannot be written");
    assert!(desk.says("was not reloaded") && desk.is_unsaved());
}

#[test]
fn two_windows_on_one_file_know_of_each_others_saves() {
    let files = Files::new(&["a"]);
    let path = files.path("a");
    let [mut one, mut clean, mut dirty] = [0, 1, 2].map(|_| Desk::on(&[&path]));
    dirty.types("dirty ");
    one.types("one ");
    one.command(Command::Save);
    clean.looks();
    assert_eq!((clean.text().as_str(), clean.is_unsaved()), ("one a\n", false));
    dirty.looks();
    assert_eq!((dirty.text().as_str(), dirty.tab().fate), ("dirty a\n", Fate::Changed));
    dirty.command(Command::Save);
    assert_eq!(files.text("a"), "one a\n");
    dirty.replies(Reply::Yes);
    assert_eq!(files.text("a"), "dirty a\n");
    one.types("more ");
    one.command(Command::Save);
    assert!(one.asks_about().is_some(), "the other one wrote since");
    assert_eq!(files.text("a"), "dirty a\n");
}
