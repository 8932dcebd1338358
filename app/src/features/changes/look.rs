//! When the repository is looked at again.

use super::{Changes, ChangesEffect};
use crate::event::Effect;
use crate::workspace::Workspace;

/// The repository may have changed: it is looked at again, and what was compared with it, too.
pub fn moved(changes: &mut Changes, workspace: &Workspace, out: &mut Vec<Effect>) {
    changes.generation += 1;
    let Some(tree) = &workspace.tree else { return };
    if changes.is_looking {
        changes.look_again = true;
        return;
    }
    changes.is_looking = true;
    out.push(Effect::Changes(ChangesEffect::Look(tree.root.clone())));
}
