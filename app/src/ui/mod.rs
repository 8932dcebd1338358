//! What all views draw with: colours and sizes, icons, controls, Markdown. Knows no feature.

pub mod bar;
pub mod clicks;
pub mod code;
pub mod dialog;
pub mod file_icons;
pub mod icons;
pub mod markdown;
pub mod menu;
pub mod offered;
pub mod overflow_menu;
pub mod page_icons;
pub mod parts;
pub mod symbols;
pub mod theme;
pub mod widgets;
