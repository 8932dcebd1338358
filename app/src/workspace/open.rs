//! Opening: files, folders, new texts, and what comes to the front.

use std::path::{Path, PathBuf};

use assist::index::FunctionIndex;
use editor_core::file::{OpenError, Opened};
use editor_core::{Document, Indent, Selection};
use ground::ids::TabId;
use ground::words::sentence;
use settings::IndentChoice;

use super::tree::FileTree;
use super::{
    Focus, Overlay, PathPrompt, PathPurpose, PathWish, SystemDialogs, Tab, ToastKind, Workspace, configure,
    edit,
};
use crate::event::{Effect, Event};

/// Opens a new text that has something in it.
pub fn new_with(workspace: &mut Workspace, text: &str, out: &mut Vec<Effect>) {
    let title = format!("Untitled {}", workspace.counters.untitled());
    new_titled(workspace, &title, text, out);
}

/// Opens a new text that has something in it, under a name that says what.
pub fn new_titled(workspace: &mut Workspace, title: &str, text: &str, out: &mut Vec<Effect>) {
    add(workspace, Document::untitled(title, text), true, out);
}

/// Opens a tab on a document.
pub fn add(workspace: &mut Workspace, mut document: Document, front: bool, out: &mut Vec<Effect>) -> TabId {
    if let Some(indent) =
        Indent::detect(document.rope()).map_or_else(|| wanted_indent(workspace, &document), |_| None)
    {
        document.set_indent(indent);
    }
    let id = workspace.counters.tab();
    let tab = Tab::new(id, document);
    edit::parse(&tab, out);
    let behind = workspace.tabs.len();
    let at = if front { behind.min(workspace.active + 1) } else { behind };
    workspace.tabs.insert(at, tab);
    workspace.place(id, front);
    if front {
        workspace.focus = Some(Focus::Editor);
        in_front_changed(workspace, out);
    }
    id
}

/// One step of indentation in a file that does not show it; `None`: as usual in its language.
fn wanted_indent(workspace: &Workspace, document: &Document) -> Option<Indent> {
    let editor = &workspace.settings.editor;
    let usual = document.language().indent();
    let width = match (editor.indent_width, usual) {
        (0, Indent::Spaces(width)) => width,
        (0, Indent::Tabs) => 4,
        (width, _) => u8::try_from(width).unwrap_or(u8::MAX),
    };
    match (editor.indent, usual) {
        (IndentChoice::Language, Indent::Tabs) => None,
        (IndentChoice::Tabs, _) => Some(Indent::Tabs),
        (IndentChoice::Language | IndentChoice::Spaces, _) => Some(Indent::Spaces(width)),
    }
}

/// The find bar, the file tree and the list of recent files follow the tab in front.
pub fn in_front_changed(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    out.push(Effect::then(Event::InFront));
    let path = workspace.tab().and_then(|tab| tab.document.path()).map(Path::to_owned);
    let Some(path) = path else { return };
    workspace.session.note_file(&path);
    if let Some(tree) = workspace.tree.as_mut().filter(|_| workspace.settings.files.follow) {
        out.extend(tree.reveal(&path).map(Effect::List));
    }
}

/// Opens a file in the pane that has the keyboard, or brings its tab to the front there.
pub fn open(workspace: &mut Workspace, path: PathBuf, out: &mut Vec<Effect>) {
    if let Some(id) = workspace.tab_on(&path).map(|tab| tab.id) {
        workspace.panes.keep(id);
        return bring_to_front(workspace, id, out);
    }
    workspace.panes.await_to_stay(&path);
    out.push(Effect::Open { path, caret: None, front: true });
}

/// Opens a file, or brings its tab to the front, and goes to a line and column from 0.
pub fn open_at(
    workspace: &mut Workspace,
    path: PathBuf,
    caret: Option<(usize, usize)>,
    out: &mut Vec<Effect>,
) {
    let known = workspace.tab_on(&path).map(|tab| tab.id);
    let Some(id) = known else {
        workspace.panes.await_to_stay(&path);
        return out.push(Effect::Open { path, caret, front: true });
    };
    activate(workspace, id, out);
    if let Some((line, column)) = caret
        && let Some(tab) = workspace.tab()
    {
        let position = tab.document.buffer().position(line, column);
        edit::go_to(workspace, position);
    }
}

/// Opens a file to look at: its tab gives way to the next one that is opened so, until it is edited or kept.
pub fn preview(workspace: &mut Workspace, path: PathBuf, out: &mut Vec<Effect>) {
    if !workspace.settings.window.preview_tabs {
        return open(workspace, path, out);
    }
    if let Some(id) = workspace.tab_on(&path).map(|tab| tab.id) {
        return bring_to_front(workspace, id, out);
    }
    workspace.panes.await_preview(&path);
    out.push(Effect::Open { path, caret: None, front: true });
}

fn bring_to_front(workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    workspace.show(id);
    workspace.focus = Some(Focus::Editor);
    in_front_changed(workspace, out);
}

/// Shows a folder in the sidebar.
pub fn open_folder(workspace: &mut Workspace, path: PathBuf, out: &mut Vec<Effect>) {
    workspace.session.note_folder(&path);
    workspace.tree = Some(FileTree::new(path.clone()));
    workspace.files = None;
    workspace.index = FunctionIndex::default();
    workspace.sidebar = true;
    out.push(Effect::List(path.clone()));
    out.push(Effect::Index(vec![path]));
    configure::project(workspace, out);
    workspace.remember(out);
}

/// A file was read.
pub fn opened(
    workspace: &mut Workspace,
    (path, caret, front): (PathBuf, Option<(usize, usize)>, bool),
    result: Result<Box<Opened>, OpenError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match result {
        // It came by another way meanwhile.
        Ok(_) if workspace.tab_on(&path).is_some() => {
            if let Some(id) = workspace.tab_on(&path).map(|tab| tab.id).filter(|_| front) {
                bring_to_front(workspace, id, out);
            }
        }
        Ok(opened) => {
            let mut document = Document::opened(&path, *opened);
            if let Some((line, column)) = caret {
                document.select(&Selection::caret(document.buffer().position(line, column)));
            }
            let as_it_was = workspace.panes.awaits(&path);
            let before = workspace.panes.preview(workspace.panes.focused());
            // A page of the last time stays in front of texts that come behind it.
            let is_first = workspace.tabs.is_empty() && workspace.page_in_front().is_none();
            let id = add(workspace, document, front || is_first, out);
            if as_it_was {
                workspace.put_folds_back(id);
            }
            make_way(workspace, before, id, out);
            if let Some(id) = workspace.tab_on(&path).map(|tab| tab.id) {
                out.push(Effect::then(Event::CheckFile(id)));
            }
            if front && !as_it_was {
                edit::reveal_caret(workspace, true);
            }
            workspace.remember(out);
        }
        Err(reason) => {
            workspace.await_no_more(&path);
            workspace.toast(ToastKind::Error, sentence(&reason.to_string()), now);
        }
    }
}

/// A text that was only looked at goes when another one comes to be looked at, unless something is going on in it.
fn make_way(workspace: &mut Workspace, before: Option<TabId>, new: TabId, out: &mut Vec<Effect>) {
    let pane = workspace.panes.focused();
    let comes_to_be_looked_at =
        workspace.panes.get(pane).and_then(|pane| pane.get(new)).is_some_and(|tab| tab.preview);
    let Some(old) = before.filter(|old| comes_to_be_looked_at && *old != new) else { return };
    let is_idle = |tab: &Tab| {
        !tab.is_unsaved() && tab.saving.is_none() && tab.review.is_none() && tab.writing.is_none()
    };
    if !workspace.tabs.iter().any(|tab| tab.id == old && is_idle(tab)) {
        return workspace.panes.keep(old);
    }
    if !workspace.close_view(old, pane) {
        out.push(Effect::then(Event::Close(old)));
    }
}

/// Brings a tab to the front.
pub fn activate(workspace: &mut Workspace, tab: TabId, out: &mut Vec<Effect>) {
    if workspace.tabs.iter().any(|other| other.id == tab) {
        workspace.go_to_tab(tab);
        workspace.focus = Some(Focus::Editor);
        in_front_changed(workspace, out);
        workspace.remember(out);
    }
}

/// Asks for a path: in the system's dialog where there is one and it is wanted, else it is typed.
pub fn ask_path(workspace: &mut Workspace, wish: PathPurpose, out: &mut Vec<Effect>) {
    ask_path_named(workspace, wish, None, out);
}

/// The same for a file that is to be called so.
pub fn ask_path_named(
    workspace: &mut Workspace,
    wish: PathPurpose,
    name: Option<&str>,
    out: &mut Vec<Effect>,
) {
    let asked = path_wish(workspace, wish, name);
    if workspace.settings.window.system_dialogs && workspace.dialogs == SystemDialogs::Ready {
        workspace.dialogs = SystemDialogs::Open(wish);
        out.push(Effect::PickPath(asked));
    } else {
        type_path(workspace, asked, out);
    }
}

/// Asks for a file to open whose path is typed, whatever dialogs there are.
pub fn ask_typed(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let asked = path_wish(workspace, PathPurpose::OpenFile, None);
    type_path(workspace, asked, out);
}

/// Where to begin: beside the file in front, else in the folder.
fn path_wish(workspace: &mut Workspace, wish: PathPurpose, name: Option<&str>) -> PathWish {
    let open = workspace.tab().and_then(|tab| tab.document.path());
    let beside = open.and_then(Path::parent).map(Path::to_owned);
    let folder = workspace.tree.as_ref().map(|tree| tree.root.clone());
    let folder = beside.or(folder).or(workspace.home.clone()).unwrap_or_else(|| "/".into());
    let title = match wish {
        PathPurpose::Save(id) => workspace.find_tab(id).map(|tab| tab.document.title()),
        _ => None,
    };
    PathWish { wish, folder, name: name.map(str::to_owned).or(title) }
}

/// Has a path typed, with the entries of its folder beneath.
pub fn type_path(workspace: &mut Workspace, asked: PathWish, out: &mut Vec<Effect>) {
    let PathWish { wish, folder, name } = asked;
    let text = with_slash(&folder) + name.as_deref().unwrap_or_default();
    out.push(Effect::ListPath(folder.clone()));
    workspace.overlay =
        Overlay::Path(PathPrompt { wish, text, folder, entries: Ok(Vec::new()), current: None });
}

/// A path that ends in a slash.
pub fn with_slash(path: &Path) -> String {
    let text = path.display().to_string();
    if text.ends_with('/') { text } else { text + "/" }
}
