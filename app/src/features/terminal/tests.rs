//! The panel without programs: what is asked of the outside for what happens in it.

use std::path::Path;

use ground::command::Command;
use tasks::ProjectTask;
use terminal::mouse::{MouseDeed, MouseReport};
use terminal::{
    HeldKeys, LinkTarget, TerminalEnd, TerminalFound, TerminalKey, TerminalLink, TerminalModes, TerminalNews,
    TerminalPalette, TerminalScreen, TerminalSize,
};

use super::update::{self, on, replied, tick};
use super::*;
use crate::event::{Effect, Event};
use crate::workspace::picker::Choice;
use crate::workspace::tree::FileTree;
use crate::workspace::{Focus, Overlay, Page, Question, Reply, TerminalQuestion, Workspace};

#[derive(Default)]
struct Desk {
    terminals: Terminals,
    workspace: Workspace,
}

impl Desk {
    /// A panel with a shell that runs in /p.
    fn with_shell() -> Desk {
        let mut desk = Desk::default();
        desk.workspace.tree = Some(FileTree::new("/p".into()));
        desk.run(Command::NewTerminal);
        desk.on(TerminalEvent::Measured(measure(80)));
        desk
    }

    fn run(&mut self, command: Command) -> Vec<Effect> {
        let mut all = Vec::new();
        let (terminals, workspace, out) = (&mut self.terminals, &mut self.workspace, &mut all);
        match command {
            Command::ToggleTerminal => update::toggle(terminals, workspace, 0, out),
            Command::NewTerminal => update::new_shell(terminals, workspace, 0, out),
            Command::MoveTerminals => tabs::change_place(terminals, workspace, 0, out),
            Command::NextTerminal => tabs::step(terminals, 1, out),
            Command::PreviousTerminal => tabs::step(terminals, -1, out),
            Command::TerminalFind => update::find(terminals, workspace),
            Command::ExplainOutput => update::tell_selection(terminals, SelectionPurpose::Explain, out),
            Command::RunTask => running::list(workspace, 0, out),
            Command::RerunTask => running::rerun(terminals, workspace, 0, out),
            Command::StopTask => running::stop(terminals, workspace, 0, out),
            Command::AllowTasks => running::allow(workspace, 0, out),
            other => panic!("{other:?} is no command of these tests"),
        }
        all
    }

    fn on(&mut self, event: TerminalEvent) -> Vec<Effect> {
        let mut out = Vec::new();
        on(&mut self.terminals, &mut self.workspace, event, 0, &mut out);
        out
    }

    fn reply(&mut self, reply: Reply) -> Vec<Effect> {
        let mut out = Vec::new();
        let Overlay::Question(Question::Terminal(question)) = std::mem::take(&mut self.workspace.overlay)
        else {
            panic!("nothing is asked")
        };
        replied(&mut self.terminals, &mut self.workspace, &question, reply, 0, &mut out);
        out
    }

    fn modes(&mut self, modes: TerminalModes) {
        let id = self.terminals.tabs[self.terminals.front].id;
        let screen =
            TerminalScreen { modes, rows: vec![Default::default(); 24], ..TerminalScreen::default() };
        self.on(TerminalEvent::Screen(id, Box::new(screen)));
    }

    fn end(&mut self, id: TerminalId, end: TerminalEnd) -> Vec<Effect> {
        self.on(TerminalEvent::News(id, TerminalNews { end: Some(end), ..TerminalNews::default() }))
    }
}

fn measure(columns: u16) -> TerminalMeasure {
    let size = TerminalSize { columns, rows: 24, cell: (8, 16) };
    TerminalMeasure { size, palette: TerminalPalette::default() }
}

fn task(name: &str) -> ProjectTask {
    ProjectTask {
        name: name.into(),
        source: "Makefile".into(),
        program: "make".into(),
        args: vec![name.into()],
        folder: "/p".into(),
    }
}

/// What is sent to programs.
fn sent(effects: &[Effect]) -> String {
    let bytes = effects.iter().filter_map(|effect| match effect {
        Effect::Terminal(TerminalEffect::Input(_, bytes)) => Some(bytes.clone()),
        _ => None,
    });
    String::from_utf8(bytes.flatten().collect()).unwrap()
}

/// What is started.
fn started(effects: &[Effect]) -> Vec<(u64, TerminalContent)> {
    let start = |effect: &Effect| match effect {
        Effect::Terminal(TerminalEffect::Start { id, content, .. }) => Some((id.0, content.clone())),
        _ => None,
    };
    effects.iter().filter_map(start).collect()
}

#[test]
fn a_shell_begins_in_the_project_once_it_is_known_how_large_it_is() {
    let mut desk = Desk::default();
    desk.workspace.tree = Some(FileTree::new("/p".into()));
    assert!(started(&desk.run(Command::ToggleTerminal)).is_empty());
    assert!(desk.terminals.open);
    assert_eq!(desk.workspace.focus, Some(Focus::Terminal));
    let shell = TerminalContent::Shell(Some("/p".into()));
    assert_eq!(started(&desk.on(TerminalEvent::Measured(measure(80)))), [(1, shell.clone())]);
    assert!(started(&desk.on(TerminalEvent::Measured(measure(90)))).is_empty(), "it has begun");
    assert!(desk.run(Command::ToggleTerminal).is_empty(), "what runs goes on");
    assert!(!desk.terminals.open);
    assert!(started(&desk.run(Command::ToggleTerminal)).is_empty(), "it is the same");
    assert_eq!(started(&desk.run(Command::NewTerminal)), [(2, shell)]);
}

#[test]
fn a_frame_looks_at_what_is_shown_and_only_while_there_is_something() {
    let looks = |desk: &Desk| {
        let mut out = Vec::new();
        tick(&desk.terminals, &desk.workspace, &mut out);
        out.iter().map(|effect| format!("{effect:?}")).collect::<Vec<_>>()
    };
    assert!(looks(&Desk::default()).is_empty());
    let mut desk = Desk::with_shell();
    assert_eq!(looks(&desk), ["Terminal(Look(Some(TerminalId(1))))"]);
    desk.run(Command::ToggleTerminal);
    assert_eq!(looks(&desk), ["Terminal(Look(None))"]);
}

#[test]
fn keys_are_sent_as_the_program_wants_them() {
    let mut desk = Desk::with_shell();
    let up = || TerminalEvent::Key(TerminalKey::Up, HeldKeys::default());
    assert_eq!(sent(&desk.on(TerminalEvent::Text("ls".into()))), "ls");
    assert_eq!(sent(&desk.on(up())), "\x1b[A");
    desk.modes(TerminalModes { app_cursor: true, ..TerminalModes::default() });
    assert_eq!(sent(&desk.on(up())), "\x1bOA");
    assert_eq!(sent(&desk.on(TerminalEvent::Focus(true))), "");
    desk.modes(TerminalModes { focus: true, ..TerminalModes::default() });
    assert_eq!(sent(&desk.on(TerminalEvent::Focus(false))), "\x1b[O");
}

#[test]
fn shift_and_page_keys_look_through_the_history_but_not_in_a_program_that_has_the_screen() {
    let mut desk = Desk::with_shell();
    desk.modes(TerminalModes::default());
    let page = || TerminalEvent::Key(TerminalKey::PageUp, HeldKeys { shift: true, ..HeldKeys::default() });
    assert!(matches!(desk.on(page())[..], [Effect::Terminal(TerminalEffect::Scroll(_, 23))]));
    desk.modes(TerminalModes { alternate: true, ..TerminalModes::default() });
    assert_eq!(sent(&desk.on(page())), "\x1b[5;2~");
}

#[test]
fn several_lines_are_asked_about_unless_the_program_can_tell_them_from_typing() {
    let mut desk = Desk::with_shell();
    let paste = |text: &str| TerminalEvent::Paste(text.into());
    assert_eq!(sent(&desk.on(paste("one\n"))), "one\r", "one line is pasted");
    assert_eq!(sent(&desk.on(paste("one\ntwo\n"))), "");
    assert_eq!(desk.workspace.overlay_question(), Some(TerminalQuestion::Paste(2)));
    assert_eq!(sent(&desk.reply(Reply::Cancel)), "");
    desk.on(paste("one\ntwo"));
    assert_eq!(sent(&desk.reply(Reply::Yes)), "one\rtwo");
    assert_eq!(desk.workspace.focus, Some(Focus::Terminal));
    desk.modes(TerminalModes { bracketed_paste: true, ..TerminalModes::default() });
    assert_eq!(sent(&desk.on(paste("one\ntwo"))), "\x1b[200~one\rtwo\x1b[201~");
}

trait Asked {
    fn overlay_question(&self) -> Option<TerminalQuestion>;
}

impl Asked for Workspace {
    fn overlay_question(&self) -> Option<TerminalQuestion> {
        match &self.overlay {
            Overlay::Question(Question::Terminal(question)) => Some(question.clone()),
            _ => None,
        }
    }
}

#[test]
fn the_wheel_scrolls_sends_arrows_or_is_told_to_the_program() {
    let report = MouseReport { deed: MouseDeed::Wheel(true), row: 0, column: 0, held: HeldKeys::default() };
    let wheel = |rows| TerminalEvent::Wheel(rows, report);
    let mut desk = Desk::with_shell();
    assert!(matches!(desk.on(wheel(3))[..], [Effect::Terminal(TerminalEffect::Scroll(_, 3))]));
    desk.modes(TerminalModes { alternate: true, alternate_scroll: true, ..TerminalModes::default() });
    assert_eq!(sent(&desk.on(wheel(-2))), "\x1b[B\x1b[B");
    desk.modes(TerminalModes { mouse: true, mouse_sgr: true, ..TerminalModes::default() });
    assert_eq!(sent(&desk.on(wheel(1))), "\x1b[<64;1;1M");
    assert!(sent(&desk.on(wheel(100_000))).len() < 400, "a burst is told in part");
}

#[test]
fn a_shell_that_was_left_closes_and_one_that_failed_waits_for_enter() {
    let mut desk = Desk::with_shell();
    desk.end(TerminalId(1), TerminalEnd::Exited(1));
    assert_eq!(desk.terminals.tabs[0].state, TerminalState::Ended(TerminalEnd::Exited(1)));
    assert_eq!(sent(&desk.on(TerminalEvent::Text("x".into()))), "", "nobody is there");
    assert!(desk.on(TerminalEvent::Key(TerminalKey::Up, HeldKeys::default())).is_empty());
    let again = desk.on(TerminalEvent::Key(TerminalKey::Enter, HeldKeys::default()));
    assert_eq!(started(&again), [(1, TerminalContent::Shell(Some("/p".into())))]);
    assert_eq!(desk.terminals.tabs[0].state, TerminalState::Running);
    let closed = desk.end(TerminalId(1), TerminalEnd::Exited(0));
    assert!(matches!(closed[..], [Effect::Terminal(TerminalEffect::Close(TerminalId(1)))]));
    assert!(desk.terminals.tabs.is_empty() && !desk.terminals.open);
    assert_eq!(desk.workspace.focus, Some(Focus::Editor));
}

#[test]
fn tabs_are_shown_in_turn_and_closed_one_by_one() {
    let mut desk = Desk::with_shell();
    desk.run(Command::NewTerminal);
    desk.run(Command::NewTerminal);
    assert_eq!(desk.terminals.front, 2);
    desk.run(Command::NextTerminal);
    assert_eq!(desk.terminals.front, 0);
    desk.run(Command::PreviousTerminal);
    assert_eq!(desk.terminals.front, 2);
    desk.on(TerminalEvent::News(TerminalId(1), TerminalNews { bell: true, ..TerminalNews::default() }));
    assert!(desk.terminals.tabs[0].rang, "quietly");
    desk.on(TerminalEvent::Show(0));
    assert!(!desk.terminals.tabs[0].rang);
    desk.on(TerminalEvent::Close(TerminalId(2)));
    assert_eq!(desk.terminals.shown().map(|tab| tab.id.0), Some(1), "the same is shown");
    desk.on(TerminalEvent::Close(TerminalId(1)));
    assert_eq!(desk.terminals.shown().map(|tab| tab.id.0), Some(3));
    assert!(desk.terminals.open);
}

#[test]
fn titles_are_shown_and_taken_back() {
    let mut desk = Desk::with_shell();
    let title = |title: &str| TerminalNews { title: Some(title.into()), ..TerminalNews::default() };
    assert_eq!(desk.terminals.tabs[0].name(), "Shell");
    desk.on(TerminalEvent::News(TerminalId(1), title("vim a.rs")));
    assert_eq!(desk.terminals.tabs[0].name(), "vim a.rs");
    desk.on(TerminalEvent::News(TerminalId(1), title("")));
    assert_eq!(desk.terminals.tabs[0].name(), "Shell");
}

#[test]
fn addresses_are_copied_and_files_are_looked_for() {
    let mut desk = Desk::with_shell();
    let link = |target| TerminalEvent::Follow(TerminalLink { range: 0..1, target });
    let copied = desk.on(link(LinkTarget::Address("https://x.test/".into())));
    assert!(matches!(&copied[..], [Effect::Copy(text)] if text == "https://x.test/"));
    let looked = desk.on(link(LinkTarget::File("a.rs".into(), Some(3), None)));
    let Effect::Terminal(TerminalEffect::Locate { path, place, folder, .. }) = &looked[0] else { panic!() };
    assert_eq!((path.as_str(), *place, folder.as_deref()), ("a.rs", (Some(3), None), Some(Path::new("/p"))));
    let opened = desk.on(TerminalEvent::Place("/p/a.rs".into(), Some((2, 0))));
    assert!(
        opened.iter().any(|effect| matches!(effect, Effect::Open { caret: Some((2, 0)), front: true, .. }))
    );
}

#[test]
fn the_selection_is_copied_or_explained() {
    let mut desk = Desk::with_shell();
    let asked = desk.run(Command::ExplainOutput);
    assert!(matches!(
        asked[..],
        [Effect::Terminal(TerminalEffect::TellSelection(TerminalId(1), SelectionPurpose::Explain))]
    ));
    let told = desk.on(TerminalEvent::Selected(SelectionPurpose::Explain, Some("error: no".into())));
    let [Effect::Then(event)] = &told[..] else { panic!("{told:?}") };
    assert!(matches!(&**event, Event::ExplainOutput(text) if text == "error: no"));
    assert!(desk.on(TerminalEvent::Selected(SelectionPurpose::Explain, None)).is_empty());
    assert_eq!(desk.workspace.toasts.len(), 1);
    let copied = desk.on(TerminalEvent::Selected(SelectionPurpose::Copy, Some("x".into())));
    assert!(matches!(&copied[..], [Effect::Copy(text)] if text == "x"));
}

#[test]
fn a_task_runs_only_where_that_is_allowed() {
    let mut desk = Desk::with_shell();
    let listing = desk.run(Command::RunTask);
    assert!(
        matches!(&listing[..], [Effect::Terminal(TerminalEffect::ListTasks(folder, _))] if folder == Path::new("/p"))
    );
    desk.on(TerminalEvent::TasksListed(vec![task("build"), task("test")]));
    let Overlay::Picker(picker) = &desk.workspace.overlay else { panic!() };
    assert_eq!(picker.get(1).map(|item| item.choice.clone()), Some(Choice::Task(1)));
    assert!(started(&desk.on(TerminalEvent::RunListed(1))).is_empty());
    let question = TerminalQuestion::RunTask { command: "make test".into(), folder: "/p".into() };
    assert_eq!(desk.workspace.overlay_question(), Some(question));
    assert!(started(&desk.reply(Reply::Cancel)).is_empty());
    assert!(desk.workspace.session.runs_tasks.is_empty());
    desk.on(TerminalEvent::RunListed(1));
    let content = TerminalContent::Task(Box::new(task("test")));
    assert_eq!(started(&desk.reply(Reply::Yes)), [(2, content.clone())]);
    assert_eq!(desk.workspace.session.runs_tasks, [Path::new("/p")], "it is remembered");
    assert_eq!(started(&desk.run(Command::RerunTask)), [(3, content.clone())], "the other one runs yet");
    assert_eq!(sent(&desk.run(Command::StopTask)), "\x03");
    desk.end(TerminalId(2), TerminalEnd::Exited(0));
    assert_eq!(desk.terminals.tabs.len(), 3, "what it printed stays");
    let again = desk.run(Command::RerunTask);
    assert_eq!(started(&again), [(2, content)], "in the terminal that it had");
    assert!(
        again
            .iter()
            .any(|effect| matches!(effect, Effect::Then(event) if matches!(**event, Event::TaskBegan(_))))
    );
    desk.run(Command::AllowTasks);
    assert!(desk.workspace.session.runs_tasks.is_empty());
    assert!(started(&desk.run(Command::RerunTask)).is_empty());
    assert!(desk.workspace.overlay_question().is_some());
}

#[test]
fn without_a_folder_or_tasks_it_says_what_to_do() {
    let mut desk = Desk::default();
    assert!(desk.run(Command::RunTask).is_empty());
    desk.run(Command::AllowTasks);
    desk.run(Command::StopTask);
    desk.on(TerminalEvent::TasksListed(Vec::new()));
    assert_eq!(desk.workspace.toasts.len(), 4);
    assert!(desk.workspace.session.runs_tasks.is_empty());
}

#[test]
fn what_is_looked_for_ends_with_the_terminal_that_it_is_looked_for_in() {
    let mut desk = Desk::with_shell();
    desk.run(Command::NewTerminal);
    desk.run(Command::TerminalFind);
    assert_eq!(desk.workspace.focus, Some(Focus::TerminalFind));
    let found = desk.on(TerminalEvent::FindText("err".into()));
    assert!(
        matches!(&found[..], [Effect::Terminal(TerminalEffect::Find(TerminalId(2), text, _))] if text == "err")
    );
    desk.on(TerminalEvent::Found(TerminalFound::default()));
    assert!(desk.terminals.find.as_ref().is_some_and(TerminalFind::is_in_vain));
    let shown = desk.on(TerminalEvent::Show(0));
    assert!(
        matches!(&shown[..], [Effect::Terminal(TerminalEffect::Find(TerminalId(2), text, _))] if text.is_empty())
    );
    assert_eq!(desk.terminals.find, None);
}

#[test]
fn the_panel_becomes_a_tab_and_a_panel_again_and_its_programs_run_on() {
    let mut desk = Desk::with_shell();
    let looked_at = |desk: &Desk| {
        let mut out = Vec::new();
        tick(&desk.terminals, &desk.workspace, &mut out);
        matches!(out[..], [Effect::Terminal(TerminalEffect::Look(Some(_)))])
    };
    assert!(desk.terminals.open && looked_at(&desk));
    assert!(desk.run(Command::MoveTerminals).is_empty(), "nothing is ended or begun");
    assert!(!desk.terminals.open && desk.workspace.shows(Page::Terminal) && looked_at(&desk));
    assert_eq!(desk.workspace.focus, Some(Focus::Terminal));
    desk.run(Command::NewTerminal);
    assert_eq!(desk.terminals.tabs.len(), 2);
    assert!(!desk.terminals.open, "another one comes into the tab");
    desk.run(Command::MoveTerminals);
    assert!(desk.terminals.open && !desk.workspace.has_page(Page::Terminal) && looked_at(&desk));
    desk.run(Command::MoveTerminals);
    for id in desk.terminals.tabs.iter().map(|tab| tab.id).collect::<Vec<_>>() {
        desk.on(TerminalEvent::Close(id));
    }
    assert!(!desk.workspace.has_page(Page::Terminal), "the tab ends with the last of them");
}
