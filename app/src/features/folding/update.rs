//! Folding and unfolding in the text in front. No caret is ever in hidden lines: one that was moves to the line that stays, and one that
//! comes unfolds.

use editor_core::Span;
use editor_core::syntax::FoldRegion;

use super::FoldingEvent;
use crate::workspace::{Tab, Workspace, edit};

/// A caret that came into a fold unfolds it. Called after each event.
pub fn follow(workspace: &mut Workspace) {
    let Some(tab) = workspace.tab_mut().filter(|tab| !tab.folds.is_empty()) else { return };
    let Tab { folds, document, .. } = tab;
    folds.show_carets(document.buffer(), document.selection());
}

/// A click in the view.
pub fn on(workspace: &mut Workspace, event: FoldingEvent) {
    let tab_width = workspace.tab_width();
    let (id, line, folds) = match event {
        FoldingEvent::Toggle(id, line) => (id, line, true),
        FoldingEvent::Unfold(id, line) => (id, line, false),
    };
    let Some(tab) = workspace.find_tab(id) else { return };
    if !tab.folds.unfold(tab.document.buffer(), line) && folds {
        let region = tab.foldable(tab_width).at(line);
        fold_regions(tab, region);
    }
}

/// Folds the innermost region around each caret that is not folded yet.
pub fn fold(workspace: &mut Workspace) {
    at_carets(workspace, |tab, regions, _| {
        let open = |region: &&FoldRegion| tab.folds.at(tab.document.buffer(), region.header).is_none();
        regions.iter().rev().find(open).copied().into_iter().collect()
    });
}

/// Unfolds what begins at the line of a caret.
pub fn unfold(workspace: &mut Workspace) {
    let Some(tab) = workspace.tab_mut() else { return };
    let Tab { folds, document, .. } = tab;
    let buffer = document.buffer();
    for span in document.selection().spans() {
        folds.unfold(buffer, buffer.line_of(span.head));
    }
}

/// Unfolds what begins at the line of the caret, else folds around it.
pub fn toggle(workspace: &mut Workspace) {
    let Some(tab) = workspace.tab_mut() else { return };
    let buffer = tab.document.buffer();
    let line = buffer.line_of(tab.document.selection().primary().head);
    if !tab.folds.unfold(buffer, line) {
        fold(workspace);
    }
}

/// Folds the innermost region around each caret and all within it.
pub fn fold_recursively(workspace: &mut Workspace) {
    at_carets(workspace, |_, _, within| within.to_vec());
}

/// Unfolds the line of each caret and all that is folded within.
pub fn unfold_recursively(workspace: &mut Workspace) {
    let Some(tab) = workspace.tab_mut() else { return };
    let Tab { folds, document, .. } = tab;
    let buffer = document.buffer();
    for span in document.selection().spans() {
        let line = buffer.line_of(span.head);
        if let Some(region) = folds.at(buffer, line) {
            folds.show(buffer, &region.hidden());
        }
    }
}

/// Folds everything that can be.
pub fn fold_all(workspace: &mut Workspace) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab_mut() else { return };
    let all = tab.foldable(tab_width).all();
    fold_regions(tab, all);
    edit::reveal_caret(workspace, false);
}

/// Unfolds everything.
pub fn unfold_all(workspace: &mut Workspace) {
    if let Some(tab) = workspace.tab_mut() {
        tab.folds.clear();
    }
    edit::reveal_caret(workspace, false);
}

/// Folds everything at a depth, the outermost being 1, but for what the caret is in.
pub fn fold_level(workspace: &mut Workspace, level: usize) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab_mut() else { return };
    let line = tab.document.buffer().line_of(tab.document.selection().primary().head);
    let levels = tab.foldable(tab_width).levels();
    let regions: Vec<FoldRegion> = levels
        .into_iter()
        .filter(|(depth, region)| *depth == level && !region.holds(line))
        .map(|(_, region)| region)
        .collect();
    fold_regions(tab, regions);
    edit::reveal_caret(workspace, false);
}

/// Folds what `choose` takes of the regions around each caret, the outermost first, and of those within the innermost.
fn at_carets(
    workspace: &mut Workspace,
    choose: impl Fn(&Tab, &[FoldRegion], &[FoldRegion]) -> Vec<FoldRegion>,
) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab_mut() else { return };
    let (buffer, foldable) = (tab.document.buffer(), tab.foldable(tab_width));
    let mut chosen = Vec::new();
    for span in tab.document.selection().spans() {
        let line = buffer.line_of(span.head);
        let around = foldable.around(line);
        let within = around.last().map_or_else(Vec::new, |outer| foldable.within(*outer));
        chosen.extend(choose(tab, &around, &within));
    }
    fold_regions(tab, chosen);
    edit::reveal_caret(workspace, false);
}

/// Folds, and moves carets out of what is hidden then.
fn fold_regions(tab: &mut Tab, regions: impl IntoIterator<Item = FoldRegion>) {
    for region in regions {
        tab.folds.fold(tab.document.buffer(), region);
    }
    let map = tab.row_map();
    let buffer = tab.document.buffer();
    let moved = tab.document.selection().map(|span| {
        let line = buffer.line_of(span.head);
        let shown = map.shown_line(line);
        if shown == line { span } else { Span::caret(buffer.line_end(shown)) }
    });
    if moved != *tab.document.selection() {
        tab.document.select(&moved);
    }
}
