//! Who wrote each line, in a column beside the text.

use editor_core::Transaction;
use ground::ids::TabId;
use ground::words::sentence;

use super::column::{AuthorsAsked, AuthorsOf, TabAuthors};
use super::{Changes, ChangesEffect};
use crate::event::Effect;
use crate::workspace::{Tab, ToastKind, Workspace};

/// A text that is typed is looked at this often, in milliseconds.
const EACH: u64 = 400;
/// Longest text of which it is asked, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// The column is shown or not.
pub fn toggle(changes: &mut Changes, workspace: &mut Workspace, now: u64) {
    changes.authors.is_on = !changes.authors.is_on;
    let is_file = workspace.tab().is_some_and(|tab| tab.document.path().is_some());
    if changes.authors.is_on && !is_file {
        workspace.toast(
            ToastKind::Info,
            "Authors are shown beside the lines of committed files.".into(),
            now,
        );
    }
}

/// The lines of a text keep their authors while it is edited.
pub fn follow(changes: &mut Changes, tab: TabId, steps: &[Transaction]) {
    let Some(known) = changes.authors.known.get_mut(&tab) else { return };
    for step in steps {
        for chunk in &mut known.chunks {
            chunk.at = step.map_range(chunk.at.clone());
        }
    }
}

/// Asks who wrote the lines of the text in front, if what is known of it is old.
pub fn tick(changes: &mut Changes, workspace: &Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some((tab, of)) = wanted(changes, workspace) else { return };
    if !changes.authors.pace.is_due(now, EACH) {
        return;
    }
    let (Some(path), Ok(text)) = (tab.document.path(), tab.document.writable()) else { return };
    let known = changes.authors.known.get(&tab.id);
    let known =
        known.filter(|known| known.of.generation == of.generation).and_then(|known| known.blame.clone());
    changes.authors.asking = Some(of);
    let asked = AuthorsAsked { of, path: path.to_owned(), text, known };
    out.push(Effect::Changes(ChangesEffect::ReadAuthors(Box::new(asked))));
}

/// Milliseconds until it is asked.
pub fn wake_in(changes: &Changes, workspace: &Workspace, now: u64) -> Option<u64> {
    wanted(changes, workspace).map(|_| changes.authors.pace.wake_in(now, EACH))
}

fn wanted<'a>(changes: &Changes, workspace: &'a Workspace) -> Option<(&'a Tab, AuthorsOf)> {
    let tab = workspace.tab()?;
    let document = &tab.document;
    let of = AuthorsOf { tab: tab.id, revision: document.revision(), generation: changes.generation };
    let is_known = changes.authors.known.get(&tab.id).is_some_and(|known| known.of == of);
    let can_be = changes.authors.is_on
        && document.path().is_some()
        && document.read_only().is_none()
        && document.rope().len_bytes() <= MAX_BYTES;
    (can_be && !is_known && changes.authors.asking.is_none()).then_some((tab, of))
}

/// It is known who wrote the lines of a text. It may have been edited since, and is asked about again then.
pub fn read(changes: &mut Changes, workspace: &mut Workspace, found: TabAuthors, now: u64) {
    changes.authors.asking = None;
    if let Some(reason) = &found.trouble {
        workspace.toast(ToastKind::Info, sentence(reason), now);
    }
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == found.of.tab) else { return };
    let is_old = tab.document.revision() != found.of.revision;
    match changes.authors.known.get_mut(&found.of.tab) {
        // What was known follows the text; what comes late does not fit it any more.
        Some(known) if is_old => {
            known.of.generation = found.of.generation;
            known.blame = found.blame;
        }
        None if is_old => {}
        _ => {
            changes.authors.known.insert(found.of.tab, found);
        }
    }
}

/// What is known of a text that is shown with its authors.
pub fn shown<'a>(changes: &'a Changes, tab: &Tab) -> Option<&'a TabAuthors> {
    let known = changes.authors.known.get(&tab.id)?;
    (changes.authors.is_on && tab.review.is_none() && !known.chunks.is_empty()).then_some(known)
}
