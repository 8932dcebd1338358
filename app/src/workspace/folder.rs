//! The folder in the sidebar, as it is on disk by now.

use super::Workspace;
use crate::event::Effect;

/// Lists the shown folders again.
pub fn refresh(workspace: &Workspace, out: &mut Vec<Effect>) {
    if let Some(tree) = &workspace.tree {
        out.extend(tree.shown_folders().into_iter().map(Effect::List));
    }
}
