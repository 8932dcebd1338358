//! The mouse as programs that ask for it are told of it.

use crate::keys::HeldKeys;
use crate::screen::TerminalModes;

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseDeed {
    /// A button was pressed: 0 left, 1 middle, 2 right.
    Press(u8),
    /// It was released.
    Release(u8),
    /// It moved, with this button held if with any.
    Move(Option<u8>),
    /// The wheel was turned by one step: up or down.
    Wheel(bool),
}

/// Something that the mouse did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MouseReport {
    /// What.
    pub deed: MouseDeed,
    /// The row on the screen, from 0.
    pub row: usize,
    /// The column, from 0.
    pub column: usize,
    /// What was held.
    pub held: HeldKeys,
}

/// The bytes that tell it; none when the program does not want to know.
#[must_use]
pub fn encode(report: MouseReport, modes: &TerminalModes) -> Vec<u8> {
    let (button, released) = match report.deed {
        MouseDeed::Press(button) if modes.mouse => (button, false),
        MouseDeed::Release(button) if modes.mouse => (button, true),
        MouseDeed::Move(Some(button)) if modes.mouse_drag || modes.mouse_motion => (button + 32, false),
        MouseDeed::Move(None) if modes.mouse_motion => (3 + 32, false),
        MouseDeed::Wheel(up) if modes.mouse => (if up { 64 } else { 65 }, false),
        _ => return Vec::new(),
    };
    let HeldKeys { shift, alt, ctrl } = report.held;
    let code = button + 4 * u8::from(shift) + 8 * u8::from(alt) + 16 * u8::from(ctrl);
    let (column, row) = (report.column + 1, report.row + 1);
    if modes.mouse_sgr {
        let end = if released { 'm' } else { 'M' };
        return format!("\x1b[<{code};{column};{row}{end}").into_bytes();
    }
    // The old way has one byte for each, and tells no button when one is released.
    let code = if released { 3 + (code & !3) } else { code };
    let byte = |number: usize| u8::try_from(number + 32).ok();
    match (byte(column), byte(row)) {
        (Some(column), Some(row)) => vec![0x1b, b'[', b'M', 32 + code, column, row],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(deed: MouseDeed, modes: &TerminalModes) -> String {
        let report = MouseReport { deed, row: 2, column: 9, held: HeldKeys::default() };
        String::from_utf8(encode(report, modes)).unwrap()
    }

    #[test]
    fn programs_are_told_what_they_asked_for() {
        let none = TerminalModes::default();
        let click = TerminalModes { mouse: true, ..none };
        let sgr = TerminalModes { mouse_sgr: true, mouse_drag: true, ..click };
        assert_eq!(told(MouseDeed::Press(0), &none), "");
        assert_eq!(told(MouseDeed::Press(0), &click), "\x1b[M *#");
        assert_eq!(told(MouseDeed::Release(2), &click), "\x1b[M#*#");
        assert_eq!(told(MouseDeed::Press(2), &sgr), "\x1b[<2;10;3M");
        assert_eq!(told(MouseDeed::Release(2), &sgr), "\x1b[<2;10;3m");
        assert_eq!(told(MouseDeed::Move(Some(0)), &sgr), "\x1b[<32;10;3M");
        assert_eq!(told(MouseDeed::Move(None), &sgr), "", "only with a button held");
        assert_eq!(told(MouseDeed::Wheel(true), &sgr), "\x1b[<64;10;3M");
        assert_eq!(told(MouseDeed::Move(Some(0)), &click), "");
    }

    #[test]
    fn the_old_way_tells_nothing_beyond_its_reach() {
        let click = TerminalModes { mouse: true, ..TerminalModes::default() };
        let far = MouseReport { deed: MouseDeed::Press(0), row: 1, column: 300, held: HeldKeys::default() };
        assert!(encode(far, &click).is_empty());
        assert!(!encode(far, &TerminalModes { mouse_sgr: true, ..click }).is_empty());
    }

    #[test]
    fn what_is_held_is_told() {
        let sgr = TerminalModes { mouse: true, mouse_sgr: true, ..TerminalModes::default() };
        let held = HeldKeys { alt: true, ctrl: true, shift: false };
        let report = MouseReport { deed: MouseDeed::Press(0), row: 0, column: 0, held };
        assert_eq!(encode(report, &sgr), b"\x1b[<24;1;1M");
    }
}
