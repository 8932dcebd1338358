//! Files that an instruction names with `@`: found while it is typed, read once, and put into the prompt.

use std::path::PathBuf;

use assist::reference::{self, Added, ReferenceError};

use super::picker::{Choice, Item, Picker, PickerKind};
use super::{Offer, Overlay, Workspace};
use crate::event::Effect;

/// Most names that are offered at once.
const MAX: usize = 6;

/// All names that can be meant: open files first, then those of the folder.
fn known(workspace: &Workspace) -> Vec<(String, PathBuf)> {
    let root = workspace.tree.as_ref().map(|tree| tree.root.as_path());
    let name = |path: &PathBuf| {
        let inside = root.and_then(|root| path.strip_prefix(root).ok());
        let alone = || path.file_name().map(PathBuf::from).unwrap_or_default();
        inside.map_or_else(alone, PathBuf::from).display().to_string()
    };
    let open = workspace.tabs.iter().filter_map(|tab| tab.document.path().map(PathBuf::from));
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for path in open.chain(workspace.files.iter().flatten().cloned()) {
        // Names with blanks cannot be written in an instruction.
        let name = name(&path);
        if !name.contains(char::is_whitespace) && found.iter().take(64).all(|(_, other)| *other != path) {
            found.push((name, path));
        }
    }
    found
}

fn path_of(workspace: &Workspace, name: &str) -> Option<PathBuf> {
    let open = workspace.tabs.iter().filter_map(|tab| tab.document.path().map(PathBuf::from));
    let root = workspace.tree.as_ref().map(|tree| tree.root.clone());
    let inside = root.map(|root| root.join(name));
    let listed = inside.filter(|path| workspace.files.iter().flatten().any(|file| file == path));
    listed.or_else(|| open.clone().find(|path| path.file_name().is_some_and(|file| file == name)))
}

/// The instruction was changed: what its names need is fetched, and the one being typed gets an offer.
pub fn typed(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Overlay::Instruction(instruction) = &workspace.overlay else { return };
    let text = instruction.text.clone();
    let offer = follow(workspace, &text, out);
    if let Overlay::Instruction(instruction) = &mut workspace.overlay {
        instruction.offer = offer;
    }
}

/// Has the files read that a text names and that are not known yet; where nobody listed the folder, that comes first.
fn fetch(workspace: &Workspace, text: &str, out: &mut Vec<Effect>) {
    if text.contains('@')
        && let Some(tree) = workspace.tree.as_ref().filter(|_| workspace.files.is_none())
    {
        out.push(Effect::Scan(tree.root.clone()));
    }
    for name in reference::mentions(text) {
        let Some(path) = path_of(workspace, name) else { continue };
        let is_open = workspace.tab_on(&path).is_some();
        if !is_open && !workspace.references.contains_key(&path) {
            out.push(Effect::ReadReference(path));
        }
    }
}

/// Has read what a text names; answers what would finish the name that it ends with.
pub fn follow(workspace: &Workspace, text: &str, out: &mut Vec<Effect>) -> Offer {
    fetch(workspace, text, out);
    reference::unfinished(text).map(|query| offer(workspace, query)).unwrap_or_default()
}

fn offer(workspace: &Workspace, query: &str) -> Offer {
    if path_of(workspace, query).is_some() {
        return Offer::default();
    }
    let item = |(name, path): (String, PathBuf)| Item {
        text: name,
        detail: String::new(),
        right: String::new(),
        choice: Choice::File(path),
    };
    let mut picker = Picker::new(PickerKind::Files, known(workspace).into_iter().map(item).collect());
    picker.set_query(query.to_owned());
    Offer { names: picker.shown().take(MAX).map(|item| item.text.clone()).collect(), current: 0 }
}

/// Takes the chosen name into the instruction; false without an offer.
pub fn take(workspace: &mut Workspace, index: Option<usize>, out: &mut Vec<Effect>) -> bool {
    let Overlay::Instruction(instruction) = &mut workspace.overlay else { return false };
    let Some(text) = instruction.offer.finish(&instruction.text, index) else { return false };
    instruction.text = text;
    typed(workspace, out);
    true
}

/// Goes to another name of the offer; false without one.
pub fn step(workspace: &mut Workspace, by: isize) -> bool {
    let Overlay::Instruction(instruction) = &mut workspace.overlay else { return false };
    instruction.offer.step(by)
}

/// A file was read.
pub fn read(workspace: &mut Workspace, path: PathBuf, text: Result<String, ReferenceError>) {
    workspace.references.insert(path, text);
}

/// What an instruction adds to its prompt. Open files as they are now, others as they were when they were named.
pub fn added(workspace: &Workspace, instruction: &str) -> Added {
    let file = |name| {
        let Some(path) = path_of(workspace, name) else {
            return (name, Err(ReferenceError::NotInFolder));
        };
        let open = workspace.tab_on(&path);
        let text = match open {
            Some(tab) => Ok(tab.document.rope().to_string()),
            None => workspace.references.get(&path).cloned().unwrap_or(Err(ReferenceError::BeingRead)),
        };
        (name, text)
    };
    let names = reference::mentions(instruction);
    // The name that is still being typed is not missed yet.
    let unfinished = reference::unfinished(instruction);
    let meant =
        names.into_iter().filter(|name| Some(*name) != unfinished || path_of(workspace, name).is_some());
    Added::new(meant.map(file))
}
