//! Code points of the icons in use, from the Lucide icon font in `assets/icons`.
//!
//! The font moves its code points between releases: the font file and this table change together.

macro_rules! icons {
    ($($name:ident = $code:literal),* $(,)?) => {
        $(#[doc = concat!("Lucide `", stringify!($name), "`.")] pub const $name: char = $code;)*
        #[cfg(test)]
        const ALL: &[char] = &[$($name),*];
    };
}

icons! {
    ACTIVITY = '\u{e038}',
    ARCHIVE = '\u{e041}',
    ARROW_DOWN = '\u{e042}',
    ARROW_UP = '\u{e04a}',
    BINARY = '\u{e1f2}',
    BOOKMARK = '\u{e060}',
    BOOK_OPEN = '\u{e05f}',
    BOX = '\u{e061}',
    BRACES = '\u{e36a}',
    CASE_SENSITIVE = '\u{e3d9}',
    CASE_UPPER = '\u{e3da}',
    CHART_COLUMN = '\u{e2a3}',
    CHECK = '\u{e06c}',
    CHEVRONS_DOWN_UP = '\u{e228}',
    CHEVRONS_UP_DOWN = '\u{e211}',
    CHEVRON_DOWN = '\u{e06d}',
    CHEVRON_LEFT = '\u{e06e}',
    CHEVRON_RIGHT = '\u{e06f}',
    CHEVRON_UP = '\u{e070}',
    CIRCLE_ALERT = '\u{e077}',
    CODE = '\u{e093}',
    COLUMNS = '\u{e098}',
    CONTAINER = '\u{e4d5}',
    CORNER_UP_RIGHT = '\u{e0a8}',
    DATABASE = '\u{e0ad}',
    FILE = '\u{e0c0}',
    FILE_CODE = '\u{e0c3}',
    FILE_DIFF = '\u{e317}',
    FILE_JSON = '\u{e36b}',
    FILE_MUSIC = '\u{e55e}',
    FILE_PLUS = '\u{e0c9}',
    FILE_TEXT = '\u{e0cc}',
    FOLDER = '\u{e0d7}',
    FOLDER_OPEN = '\u{e247}',
    FOLDER_PLUS = '\u{e0d9}',
    FUNCTION_SQUARE = '\u{e22d}',
    GEM = '\u{e242}',
    GIT_BRANCH = '\u{e0e2}',
    GLOBE = '\u{e0e8}',
    HAMMER = '\u{e0ec}',
    HASH = '\u{e0ef}',
    HISTORY = '\u{e1f5}',
    IMAGE = '\u{e0f6}',
    INFO = '\u{e0f9}',
    KEY = '\u{e0fd}',
    LIST = '\u{e106}',
    LIST_FILTER = '\u{e460}',
    LIST_TREE = '\u{e408}',
    LOCK = '\u{e10b}',
    MORE = '\u{e0b6}',
    PACKAGE = '\u{e129}',
    PALETTE = '\u{e1dd}',
    PANEL_LEFT = '\u{e12a}',
    PAUSE = '\u{e12e}',
    PIN = '\u{e259}',
    PLAY = '\u{e13c}',
    PLUS = '\u{e13d}',
    REFRESH = '\u{e145}',
    REGEX = '\u{e1fc}',
    REPLACE = '\u{e3db}',
    SETTINGS = '\u{e154}',
    SHIELD_CHECK = '\u{e1ff}',
    SPARKLES = '\u{e412}',
    TABLE = '\u{e17d}',
    TERMINAL = '\u{e181}',
    TRASH = '\u{e18e}',
    TYPE = '\u{e198}',
    VARIABLE = '\u{e473}',
    VIDEO = '\u{e1a5}',
    WARNING = '\u{e193}',
    WHOLE_WORD = '\u{e3df}',
    X = '\u{e1b2}',
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_icon_of_the_table() {
        let ctx = egui::Context::default();
        crate::ui::theme::install(&ctx);
        ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
        for icon in ALL {
            assert!(
                ctx.fonts_mut(|fonts| fonts.has_glyph(&crate::ui::theme::icon(16.0), *icon)),
                "U+{:04X}",
                *icon as u32
            );
        }
    }
}
