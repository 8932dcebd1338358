//! What the commands of a text do to it, as its keys reach them.

use editor_core::column::ColumnBlock;
use editor_core::editorconfig::FileConventions;
use editor_core::movement::Motion;
use editor_core::rows::WrapWidth;
use editor_core::transform::LetterCase;
use editor_core::{Document, Indent, Language, LineEnding, Selection, Span};
use settings::WrapChoice;

use super::TextEvent;
use super::commands::{self, TextCommand};
use super::update::{Select, change_selection, go, typed};
use crate::event::Typed;
use crate::workspace::{Tab, Workspace, open};

fn with_text(text: &str, language: Language) -> Workspace {
    let mut workspace = Workspace::default();
    let mut document = Document::untitled("Untitled 1", text);
    document.set_language(language);
    open::add(&mut workspace, document, true, &mut Vec::new());
    workspace
}

fn select(workspace: &mut Workspace, anchor: usize, head: usize) {
    workspace.tab_mut().unwrap().document.select(&Selection::single(Span::new(anchor, head)));
}

fn tab(workspace: &Workspace) -> &Tab {
    workspace.tab().unwrap()
}

fn text(workspace: &Workspace) -> String {
    tab(workspace).document.rope().to_string()
}

fn key(workspace: &mut Workspace, key: Typed) {
    typed(workspace, key, 0, &mut Vec::new());
}

#[test]
fn prose_is_wrapped_and_code_is_not_until_somebody_says_so() {
    let mut prose = with_text("a", Language::Markdown);
    let choice = |workspace: &Workspace| tab(workspace).wrap_choice(&workspace.settings.editor);
    assert_eq!(choice(&prose), WrapChoice::Window);
    commands::toggle_wrap(&mut prose);
    assert_eq!(choice(&prose), WrapChoice::Off);
    let mut code = with_text("a", Language::Rust);
    assert_eq!(choice(&code), WrapChoice::Off);
    commands::toggle_wrap(&mut code);
    assert_eq!(choice(&code), WrapChoice::Window);
    code.settings.editor.wrap = WrapChoice::Column;
    assert_eq!(choice(&code), WrapChoice::Column);
    commands::toggle_wrap(&mut code);
    assert_eq!(choice(&code), WrapChoice::Off);
}

#[test]
fn carets_go_by_the_rows_that_the_view_shows() {
    let mut workspace = with_text("one two three four\nfive", Language::Markdown);
    let id = tab(&workspace).id;
    commands::on(&mut workspace, TextEvent::RowWidth(id, Some(WrapWidth::new(10, 4))));
    select(&mut workspace, 2, 2);
    go(&mut workspace, Motion::Down, false);
    assert_eq!(tab(&workspace).document.selection().primary().head, 10);
    commands::on(&mut workspace, TextEvent::RowWidth(id, None));
    go(&mut workspace, Motion::Down, false);
    assert_eq!(tab(&workspace).document.selection().primary().head, 21, "the column is still aimed at");
}

#[test]
fn a_selection_shrinks_to_what_it_was_grown_from() {
    let mut workspace = with_text("one two\nthree", Language::PlainText);
    select(&mut workspace, 5, 5);
    let range = |workspace: &Workspace| tab(workspace).document.selection().primary().range();
    for expected in [4..7, 0..8, 0..13] {
        change_selection(&mut workspace, Select::Syntax);
        assert_eq!(range(&workspace), expected);
    }
    for expected in [0..8, 4..7, 5..5, 5..5] {
        change_selection(&mut workspace, Select::Shrink);
        assert_eq!(range(&workspace), expected);
    }
    change_selection(&mut workspace, Select::Syntax);
    select(&mut workspace, 0, 1);
    change_selection(&mut workspace, Select::Shrink);
    assert_eq!(range(&workspace), 0..1, "it is another selection");
}

#[test]
fn a_rectangle_grows_by_keys_over_lines_that_are_too_short() {
    let mut workspace = with_text("abcd\nx\nefgh", Language::PlainText);
    select(&mut workspace, 2, 2);
    for (lines, columns) in [(1, 0), (1, 0), (0, 1)] {
        change_selection(&mut workspace, Select::Column(lines, columns));
    }
    let ranges = |workspace: &Workspace| -> Vec<_> {
        tab(workspace).document.selection().spans().iter().map(Span::range).collect()
    };
    assert_eq!(ranges(&workspace), [2..3, 9..10]);
    key(&mut workspace, Typed::Text("_".into()));
    assert_eq!(text(&workspace), "ab_d\nx\nef_h");
    let id = tab(&workspace).id;
    commands::on(&mut workspace, TextEvent::SelectBlock(id, ColumnBlock { anchor: (0, 0), head: (2, 1) }));
    assert_eq!(ranges(&workspace), [0..1, 5..6, 7..8]);
}

#[test]
fn an_element_is_closed_when_its_tag_is_typed() {
    let mut workspace = with_text("<div", Language::Html);
    select(&mut workspace, 4, 4);
    key(&mut workspace, Typed::Text(">".into()));
    assert_eq!(
        (text(&workspace).as_str(), tab(&workspace).document.selection().primary().head),
        ("<div></div>", 5)
    );
    let mut off = with_text("<div", Language::Html);
    off.settings.editor.close_tags = false;
    select(&mut off, 4, 4);
    key(&mut off, Typed::Text(">".into()));
    assert_eq!(text(&off), "<div>");
}

#[test]
fn what_is_pasted_is_indented_unless_that_is_switched_off() {
    let pasted = |indents: bool| {
        let mut workspace = with_text("f() {\n    \n}", Language::Rust);
        workspace.settings.editor.indent_on_paste = indents;
        select(&mut workspace, 10, 10);
        key(&mut workspace, Typed::Paste("if a {\n            b\n        }".into()));
        text(&workspace)
    };
    assert_eq!(pasted(true), "f() {\n    if a {\n        b\n    }\n}");
    assert_eq!(pasted(false), "f() {\n    if a {\n            b\n        }\n}");
}

#[test]
fn what_editorconfig_says_counts_unless_that_is_switched_off() {
    let opened = |obeyed: bool| {
        let mut workspace = Workspace::default();
        workspace.settings.files.editorconfig = obeyed;
        let path = std::path::Path::new("/nowhere/a.c");
        let file = editor_core::file::Opened::new_text(ropey::Rope::new());
        open::add(&mut workspace, Document::opened(path, file), true, &mut Vec::new());
        let conventions = FileConventions {
            indent: Some(Indent::Tabs),
            tab_width: Some(8),
            line_ending: Some(LineEnding::Crlf),
            ..FileConventions::default()
        };
        commands::on(&mut workspace, TextEvent::Conventions(path.to_owned(), conventions));
        key(&mut workspace, Typed::Text("a".into()));
        key(&mut workspace, Typed::Newline);
        key(&mut workspace, Typed::Tab);
        (text(&workspace), workspace.tab_width())
    };
    assert_eq!(opened(true), ("a\r\n\t".to_owned(), 8));
    assert_eq!(opened(false), ("a\n    ".to_owned(), 4));
}

#[test]
fn commands_change_the_text_as_one_step() {
    let mut workspace = with_text("b\na", Language::PlainText);
    commands::run(&mut workspace, TextCommand::Sort(false), 0, &mut Vec::new());
    assert_eq!(text(&workspace), "a\nb");
    select(&mut workspace, 0, 1);
    commands::run(&mut workspace, TextCommand::Case(LetterCase::Upper), 0, &mut Vec::new());
    assert_eq!(text(&workspace), "A\nb");
    super::update::undo(&mut workspace, &mut Vec::new());
    super::update::undo(&mut workspace, &mut Vec::new());
    assert_eq!(text(&workspace), "b\na");
}
