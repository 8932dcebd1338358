//! The colours of terminals: the sixteen that programs name, in both themes, and what a run of cells is drawn with.

use egui::Color32;
use terminal::{CellStyle, MatchMark, TerminalColour, TerminalPalette};

use crate::ui::theme::{self, Theme};

/// Black, red, green, yellow, blue, magenta, cyan, white, and the same brighter: on the ground of the dark theme.
const DARK: [u32; 16] = [
    0x3a404b, 0xf08a90, 0x9ccf8f, 0xe5b567, 0x6ea8fe, 0xc79bf0, 0x6fd3c3, 0xd7dae0, 0x868e9b, 0xffa8ad,
    0xb4e3a8, 0xf5cb85, 0x94c0ff, 0xd9b8fa, 0x90e6d8, 0xffffff,
];
/// The same for the light theme.
const LIGHT: [u32; 16] = [
    0x23262d, 0xb3261e, 0x14633a, 0x8a5a00, 0x1d5bcc, 0x7c3aad, 0x0b6b62, 0x5d6572, 0x646c79, 0xa81c15,
    0x2d6a2f, 0x7a4f00, 0x2a63d0, 0x8a3fc0, 0x0a6f66, 0x3a404b,
];
/// How much of its colour faint text keeps.
const DIM: f32 = 0.66;

fn colours(theme: &Theme) -> &'static [u32; 16] {
    if theme.dark { &DARK } else { &LIGHT }
}

/// One of the sixteen.
pub fn ansi(theme: &Theme, index: u8) -> Color32 {
    let hex = colours(theme)[usize::from(index & 15)];
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

/// What programs are told when they ask.
pub fn palette(theme: &Theme) -> TerminalPalette {
    let parts = |colour: Color32| [colour.r(), colour.g(), colour.b()];
    TerminalPalette {
        text: parts(theme.text),
        ground: parts(theme.background),
        ansi: std::array::from_fn(|index| parts(ansi(theme, index as u8))),
    }
}

fn colour(theme: &Theme, colour: TerminalColour) -> Color32 {
    match colour {
        TerminalColour::Text => theme.text,
        TerminalColour::Ground => theme.background,
        TerminalColour::Ansi(index) => ansi(theme, index),
        TerminalColour::Rgb(r, g, b) => Color32::from_rgb(r, g, b),
    }
}

/// The colour of the text of a run.
pub fn ink(theme: &Theme, style: &CellStyle) -> Color32 {
    let ink = colour(theme, style.ink);
    if style.dim { theme::mix(colour(theme, style.ground), ink, DIM) } else { ink }
}

/// Its ground; `None`: that of the terminal.
pub fn ground(theme: &Theme, style: &CellStyle) -> Option<Color32> {
    if style.selected {
        return Some(theme.selection);
    }
    match style.found {
        MatchMark::Current => Some(theme::mix(theme.background, theme.warning, 0.5)),
        MatchMark::Other => Some(theme::mix(theme.background, theme.warning, 0.22)),
        MatchMark::None => (style.ground != TerminalColour::Ground).then(|| colour(theme, style.ground)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: Color32, b: Color32) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let light =
            |c: Color32| 0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b()) + 0.05;
        light(a).max(light(b)) / light(a).min(light(b))
    }

    #[test]
    fn all_colours_but_the_one_of_the_ground_can_be_read_on_it() {
        for file in settings::themes::builtin() {
            let theme = Theme::of_file(file, Theme::fallback(file.dark));
            for index in u8::from(theme.dark)..16 {
                let ratio = contrast(ansi(&theme, index), theme.background);
                assert!(ratio >= 3.0, "{index} has {ratio:.2}:1 in {}", file.id);
            }
        }
    }

    #[test]
    fn selected_and_found_cells_are_told_apart() {
        let theme = Theme::fallback(true).clone();
        let style = CellStyle::default();
        assert_eq!(ground(&theme, &style), None);
        let grounds = [
            CellStyle { selected: true, ..style },
            CellStyle { found: MatchMark::Other, ..style },
            CellStyle { found: MatchMark::Current, ..style },
        ];
        let grounds: std::collections::HashSet<_> =
            grounds.iter().map(|style| ground(&theme, style)).collect();
        assert_eq!(grounds.len(), 3);
        let faint = CellStyle { dim: true, ..style };
        assert_ne!(ink(&theme, &faint), ink(&theme, &style));
    }
}
