//! Where a row of quick open leads.

use ropey::Rope;

use crate::event::Effect;
use crate::workspace::{QuickAt, QuickPlace, Tab, Workspace, edit, open};

/// A name that has moved since it was found is looked for this many chars around.
const NEAR: usize = 20_000;

/// Goes to a text, and to a place in it.
pub fn go(workspace: &mut Workspace, place: QuickPlace, at: Option<QuickAt>, out: &mut Vec<Effect>) {
    let is_of = |tab: &Tab| match &place {
        QuickPlace::File(path) => tab.document.path() == Some(path.as_path()),
        QuickPlace::Tab(id) => tab.id == *id,
    };
    let tab = workspace.tabs.iter().find(|tab| is_of(tab)).map(|tab| tab.id);
    match (tab, place) {
        (Some(id), _) => {
            if workspace.tab().is_none_or(|tab| tab.id != id) {
                open::activate(workspace, id, out);
            }
            let Some((at, tab)) = at.zip(workspace.tab()) else { return };
            let position = tab.document.buffer().position(at.line, at.column);
            let name = at.name.unwrap_or_default();
            let position = nearest(tab.document.rope(), position, &name).unwrap_or(position);
            edit::go_to(workspace, position);
        }
        (None, QuickPlace::File(path)) => {
            let caret = at.map(|at| (at.line, at.column));
            workspace.panes.await_to_stay(&path);
            out.push(Effect::Open { path, caret, front: true });
        }
        (None, QuickPlace::Tab(_)) => {}
    }
}

/// Where a name stands alone, as close as can be to a position, and not far from it.
fn nearest(rope: &Rope, position: usize, name: &str) -> Option<usize> {
    let len = name.chars().count();
    if len == 0 {
        return None;
    }
    let is_there = |at: usize| at + len <= rope.len_chars() && rope.slice(at..at + len) == name;
    if is_there(position) {
        return Some(position);
    }
    let alone = |at: usize| {
        let end = at + len;
        let is_word = |at: usize| rope.get_char(at).is_some_and(|c| c.is_alphanumeric() || c == '_');
        (at == 0 || !is_word(at - 1)) && !is_word(end)
    };
    let from = position.saturating_sub(NEAR);
    let to = (position + NEAR).min(rope.len_chars());
    let text = rope.slice(from..to).to_string();
    let mut at = from;
    let mut bytes = 0;
    let places = text.match_indices(name).map(|(byte, _)| {
        at += text[bytes..byte].chars().count();
        bytes = byte;
        at
    });
    places.filter(|at| alone(*at)).min_by_key(|at| at.abs_diff(position))
}
