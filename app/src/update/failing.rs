//! A view whose drawing fails is closed, or says so in its place.

use crate::state::State;
use crate::workspace::log::Severity;
use crate::workspace::{Overlay, Page, ToastKind, WindowPart};

/// A view failed: it is closed, or says so in its place.
pub fn view_failed(state: &mut State, view: WindowPart, place: String, now: u64) {
    let text = format!("{} failed ({place}) and was closed. Your text is untouched.", view.name());
    state.record(now, Severity::Error, &text);
    match view {
        WindowPart::Overlay | WindowPart::Toasts | WindowPart::Notices => {
            close_view(state, view);
            state.toast(ToastKind::Error, text, now);
        }
        _ => {
            state.failed_views.insert(view, place);
        }
    }
}

/// A view that failed is done without.
pub fn close_view(state: &mut State, view: WindowPart) {
    state.failed_views.remove(&view);
    match view {
        WindowPart::Sidebar => state.sidebar = false,
        WindowPart::Explanation => state.explain.shown = None,
        WindowPart::Outline => state.session.outline = false,
        WindowPart::Terminal => {
            state.terminals.open = false;
            state.close_page(Page::Terminal);
        }
        WindowPart::Search => state.project_search.open = false,
        WindowPart::Models => state.close_page(Page::Models),
        WindowPart::Settings => state.close_page(Page::Settings),
        WindowPart::Activity => state.close_page(Page::Activity),
        WindowPart::Statistics => state.close_page(Page::Statistics),
        WindowPart::Changes => state.close_page(Page::Changes),
        WindowPart::FileHistory => state.close_page(Page::FileHistory),
        WindowPart::Overlay => state.overlay = Overlay::None,
        WindowPart::Toasts => state.toasts.clear(),
        WindowPart::Notices => state.notices.clear(),
        // It is not done: the next start continues with it.
        WindowPart::Welcome => state.onboarding.step = None,
        WindowPart::Status | WindowPart::Text => {}
    }
}
