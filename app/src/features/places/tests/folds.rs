//! What is folded is there again at the next start, unless the file is another one by then.

use editor_core::syntax::FoldRegion;

use super::*;

/// The lines that are hidden in the text in front.
fn hidden(window: &Window) -> Vec<std::ops::Range<usize>> {
    let tab = window.state.tab().unwrap();
    tab.folds.hidden(tab.document.buffer())
}

#[test]
fn folds_are_there_again_at_the_next_start_while_the_file_is_as_long_as_it_was() {
    let mut window = Window::on(&["/a", "/b"]);
    let tab = window.state.tab_mut().unwrap();
    for (header, last) in [(2, 5), (10, 40)] {
        tab.folds.fold(tab.document.buffer(), FoldRegion { header, last });
    }
    let session = window.state.session_now();
    assert_eq!(hidden(&restarted(&session, false)), [3..6, 11..41]);
    let mut other = session.clone();
    let mut tabs: Vec<_> =
        other.panes.iter_mut().flat_map(SavedLayout::panes_mut).flat_map(|pane| &mut pane.tabs).collect();
    tabs.iter_mut().for_each(|tab| tab.lines += 1);
    assert!(hidden(&restarted(&other, false)).is_empty(), "it was another text");
    let mut forged = session;
    let tabs = forged.panes.iter_mut().flat_map(SavedLayout::panes_mut).flat_map(|pane| &mut pane.tabs);
    tabs.for_each(|tab| tab.folds = vec![(usize::MAX, 3), (99, usize::MAX), (98, usize::MAX)]);
    assert_eq!(hidden(&restarted(&forged, false)).len(), 1, "as much of it as the text has");
}
