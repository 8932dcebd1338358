//! What stands before the name of a page, in its tab and in lists.

use super::icons;
use crate::workspace::Page;

/// The sign of a page, from the icon font.
pub fn of(page: Page) -> char {
    match page {
        Page::Models => icons::BOX,
        Page::Settings => icons::SETTINGS,
        Page::Activity => icons::ACTIVITY,
        Page::Statistics => icons::CHART_COLUMN,
        Page::Changes => icons::FILE_DIFF,
        Page::FileHistory => icons::HISTORY,
        Page::Terminal => icons::TERMINAL,
    }
}
