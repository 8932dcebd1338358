//! Colours as programs name them: sixteen that the theme decides, the cube of 256, and any other by its three parts.

use alacritty_terminal::term::color::Colors;
use alacritty_terminal::vte::ansi::{Color, NamedColor, Rgb};

/// A colour of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminalColour {
    /// Ordinary text, as the theme has it.
    Text,
    /// The ground of the terminal, as the theme has it.
    Ground,
    /// One of the sixteen that the theme decides: 0 to 15.
    Ansi(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// What the theme decides, for programs that ask: red, green and blue of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalPalette {
    /// Ordinary text.
    pub text: [u8; 3],
    /// The ground.
    pub ground: [u8; 3],
    /// The sixteen.
    pub ansi: [[u8; 3]; 16],
}

impl Default for TerminalPalette {
    fn default() -> Self {
        TerminalPalette { text: [0xd0; 3], ground: [0x1b; 3], ansi: [[0x80; 3]; 16] }
    }
}

impl TerminalPalette {
    /// The colour with this number of Alacritty's table.
    pub(crate) fn numbered(&self, index: usize) -> Rgb {
        let rgb = |[r, g, b]: [u8; 3]| Rgb { r, g, b };
        match index {
            0..=15 => rgb(self.ansi[index]),
            16..=255 => rgb(cube(index as u8)),
            257 => rgb(self.ground),
            _ => rgb(self.text),
        }
    }
}

/// A colour of a cell, where the program may have changed the table.
pub(crate) fn of(colour: Color, changed: &Colors) -> TerminalColour {
    let own = |index: usize| changed[index].map(|rgb| TerminalColour::Rgb(rgb.r, rgb.g, rgb.b));
    match colour {
        Color::Spec(rgb) => TerminalColour::Rgb(rgb.r, rgb.g, rgb.b),
        Color::Indexed(index) => own(index.into()).unwrap_or_else(|| indexed(index)),
        Color::Named(name) => own(name as usize).unwrap_or_else(|| named(name)),
    }
}

fn indexed(index: u8) -> TerminalColour {
    if index < 16 {
        return TerminalColour::Ansi(index);
    }
    let [r, g, b] = cube(index);
    TerminalColour::Rgb(r, g, b)
}

fn named(name: NamedColor) -> TerminalColour {
    match name as usize {
        index @ 0..=15 => TerminalColour::Ansi(index as u8),
        // The dim ones; that they are dim is told beside them.
        index @ 259..=266 => TerminalColour::Ansi((index - 259) as u8),
        257 => TerminalColour::Ground,
        _ => TerminalColour::Text,
    }
}

/// The colours 16 to 255 of xterm: a cube of six steps, then greys.
fn cube(index: u8) -> [u8; 3] {
    if index >= 232 {
        return [8 + 10 * (index - 232); 3];
    }
    let index = index - 16;
    let step = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    [step(index / 36), step(index / 6 % 6), step(index % 6)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cube_is_that_of_xterm() {
        let check = |index, expected| assert_eq!(cube(index), expected, "{index}");
        check(16, [0, 0, 0]);
        check(21, [0, 0, 255]);
        check(196, [255, 0, 0]);
        check(208, [255, 135, 0]);
        check(231, [255, 255, 255]);
        check(232, [8, 8, 8]);
        check(255, [238, 238, 238]);
    }

    #[test]
    fn named_numbered_and_exact_colours_are_told_apart() {
        let mut changed = Colors::default();
        assert_eq!(of(Color::Named(NamedColor::Red), &changed), TerminalColour::Ansi(1));
        assert_eq!(of(Color::Named(NamedColor::BrightWhite), &changed), TerminalColour::Ansi(15));
        assert_eq!(of(Color::Named(NamedColor::DimGreen), &changed), TerminalColour::Ansi(2));
        assert_eq!(of(Color::Named(NamedColor::Foreground), &changed), TerminalColour::Text);
        assert_eq!(of(Color::Named(NamedColor::Background), &changed), TerminalColour::Ground);
        assert_eq!(of(Color::Indexed(9), &changed), TerminalColour::Ansi(9));
        assert_eq!(of(Color::Indexed(244), &changed), TerminalColour::Rgb(128, 128, 128));
        assert_eq!(of(Color::Spec(Rgb { r: 1, g: 2, b: 3 }), &changed), TerminalColour::Rgb(1, 2, 3));
        changed[1] = Some(Rgb { r: 9, g: 9, b: 9 });
        assert_eq!(of(Color::Named(NamedColor::Red), &changed), TerminalColour::Rgb(9, 9, 9));
    }
}
