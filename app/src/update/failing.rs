//! A view whose drawing fails is closed, or says so in its place.

use crate::state::State;
use crate::workspace::log::Level;
use crate::workspace::{Overlay, Page, ToastKind, View};

/// A view failed: it is closed, or says so in its place.
pub fn view_failed(state: &mut State, view: View, place: String, now: u64) {
    let text = format!("{} failed ({place}) and was closed. Your text is untouched.", view.name());
    state.record(now, Level::Error, &text);
    match view {
        View::Overlay | View::Toasts | View::Notices => {
            close_view(state, view);
            state.toast(ToastKind::Error, text, now);
        }
        _ => {
            state.failed_views.insert(view, place);
        }
    }
}

/// A view that failed is done without.
pub fn close_view(state: &mut State, view: View) {
    state.failed_views.remove(&view);
    match view {
        View::Sidebar => state.sidebar = false,
        View::Explanation => state.explain.shown = None,
        View::Outline => state.session.outline = false,
        View::Models => state.hide_page(Page::Models),
        View::Settings => state.hide_page(Page::Settings),
        View::Activity => state.hide_page(Page::Activity),
        View::Overlay => state.overlay = Overlay::None,
        View::Toasts => state.toasts.clear(),
        View::Notices => state.notices.clear(),
        // It is not done: the next start goes on with it.
        View::Welcome => state.onboarding.step = None,
        View::Status | View::Text => {}
    }
}
