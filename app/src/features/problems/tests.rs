//! What a task said of files: listed, marked in open texts, gone to, and forgotten when it runs again.

use std::path::Path;

use assist::problems::Problem;
use editor_core::Document;
use editor_core::file::Opened;
use tasks::{TaskProblem, TaskSeverity};

use super::update::{found, list, mark, on, task_began};
use super::{ProblemsEvent, TaskProblems};
use crate::event::Effect;
use crate::workspace::picker::Choice;
use crate::workspace::{Overlay, Workspace, open};

fn problem(path: &str, line: usize, message: &str) -> Box<TaskProblem> {
    let message = message.to_owned();
    Box::new(TaskProblem { path: path.into(), line, column: 2, severity: TaskSeverity::Error, message })
}

/// A workspace with a file of three lines, and a task that began.
fn begun() -> (TaskProblems, Workspace) {
    let mut workspace = Workspace::default();
    let opened = Opened::new_text("fn a() {}\nfn b() {}\n\n".into());
    let document = Document::opened(Path::new("/p/src/a.rs"), opened);
    open::add(&mut workspace, document, true, &mut Vec::new());
    let mut of_task = TaskProblems::default();
    task_began(&mut of_task, &mut workspace, "cargo test".into());
    (of_task, workspace)
}

fn happen(of_task: &mut TaskProblems, workspace: &mut Workspace, event: ProblemsEvent) -> Vec<Effect> {
    let mut out = Vec::new();
    on(of_task, workspace, event, 0, &mut out);
    out
}

fn marked(workspace: &Workspace) -> Vec<&str> {
    workspace.tab().unwrap().problems.iter().map(|problem| problem.said.as_str()).collect()
}

#[test]
fn what_is_said_of_an_open_file_is_marked_in_it_until_the_task_runs_again() {
    let (mut of_task, mut workspace) = begun();
    let said = ProblemsEvent::Found(problem("/p/./src/a.rs", 2, "no b"));
    happen(&mut of_task, &mut workspace, said.clone());
    happen(&mut of_task, &mut workspace, said);
    happen(&mut of_task, &mut workspace, ProblemsEvent::Found(problem("/p/src/b.rs", 1, "other")));
    assert_eq!(of_task.found.len(), 2, "once is enough");
    assert_eq!(marked(&workspace), ["no b"]);
    let tab = workspace.tab().unwrap();
    assert_eq!(tab.problems[0].range, 10..19);
    let (id, revision) = (tab.id, tab.document.revision());
    workspace.settings.checks.enabled = true;
    let checked = Problem { range: 0..9, said: "no a".into(), by: "rustc".into() };
    found(&of_task, &mut workspace, id, revision, vec![checked]);
    assert_eq!(marked(&workspace), ["no b", "no a"], "a checker takes nothing of it away");
    mark(&of_task, &mut workspace, id);
    assert_eq!(marked(&workspace), ["no a", "no b"], "nor is it there twice");
    task_began(&mut of_task, &mut workspace, "cargo test".into());
    assert_eq!(marked(&workspace), ["no a"]);
    assert!(of_task.found.is_empty());
}

#[test]
fn the_list_leads_to_the_place() {
    let (mut of_task, mut workspace) = begun();
    list(&of_task, &mut workspace, 0);
    assert!(matches!(workspace.overlay, Overlay::None));
    assert_eq!(workspace.toasts[0].text, "cargo test said nothing of any file.");
    happen(&mut of_task, &mut workspace, ProblemsEvent::Found(problem("/p/src/a.rs", 2, "no b")));
    happen(&mut of_task, &mut workspace, ProblemsEvent::Found(problem("/p/./src/new.rs", 7, "no c")));
    list(&of_task, &mut workspace, 0);
    let Overlay::Picker(picker) = &workspace.overlay else { panic!("no list") };
    let rows: Vec<(&str, &Choice)> = picker.shown().map(|item| (item.text.as_str(), &item.choice)).collect();
    assert_eq!(rows, [("no b", &Choice::Problem(0)), ("no c", &Choice::Problem(1))]);
    happen(&mut of_task, &mut workspace, ProblemsEvent::GoTo(0));
    assert_eq!(workspace.tab().unwrap().caret(), (1, 1));
    let opened = happen(&mut of_task, &mut workspace, ProblemsEvent::GoTo(1));
    let [Effect::Open { path, caret: Some((6, 1)), .. }] = &opened[..] else { panic!("{opened:?}") };
    assert_eq!(path.to_str(), Some("/p/src/new.rs"));
    happen(&mut of_task, &mut workspace, ProblemsEvent::GoTo(9));
    assert_eq!(workspace.toasts.len(), 2);
}

#[test]
fn a_task_that_says_without_end_is_not_kept_without_end() {
    let (mut of_task, mut workspace) = begun();
    for line in 1..3000 {
        happen(&mut of_task, &mut workspace, ProblemsEvent::Found(problem("/p/src/b.rs", line, "no")));
    }
    assert_eq!(of_task.found.len(), 1000);
}
