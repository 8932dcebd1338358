//! A display as a person before it has it: keys go in, and what the screen shows is watched, whichever program draws it.
//!
//! Keys are sent over a connection that stays open (XTEST), for a program that is started for each key takes longer than what is
//! measured. The screen is read from the file that Xvfb keeps it in, so that watching asks nothing of the server that draws.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// From one look to the next.
const LOOK: Duration = Duration::from_micros(1_500);
/// Rows from one that is looked at to the next: every letter has some of them.
const ROW_STEP: usize = 3;
/// A letter differs at least so far from left to right, in pixels; a caret that blinks does not.
const LETTER: usize = 5;
/// Pixels, of the rows that are looked at, that a caret and a clock may change without that the screen counts as moving.
const STILL: usize = 60;
/// A screen that did not move for so long has settled.
const SETTLED: Duration = Duration::from_millis(700);
/// Longer than anybody waits for what a key shows.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a display, and its screen.
pub struct Display {
    connection: RustConnection,
    root: Window,
    /// The code of each key's symbol, at its first place.
    codes: Vec<(u32, u8)>,
    pixels: Pixels,
}

impl Display {
    /// Connects to the display of this name, whose screen is kept in `framebuffer` (Xvfb's `-fbdir`).
    ///
    /// # Errors
    /// When either cannot be had.
    pub fn connect(name: &str, framebuffer: &Path) -> Result<Display> {
        let (connection, screen) = x11rb::connect(Some(name)).context("the display does not answer")?;
        let setup = connection.setup();
        let root = setup.roots.get(screen).context("a display without a screen")?.root;
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let known = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        let symbols = known.keysyms.chunks(usize::from(known.keysyms_per_keycode));
        let codes =
            symbols.zip(first..).filter_map(|(symbols, code)| Some((*symbols.first()?, code))).collect();
        Ok(Display { connection, root, codes, pixels: Pixels::open(framebuffer)? })
    }

    /// Gives the keyboard to the window that lies in front, and this size to the one that is largest: there is no window manager.
    ///
    /// # Errors
    /// When no window is shown.
    pub fn focus(&self, fill: Option<(u32, u32)>) -> Result<()> {
        let mut shown = Vec::new();
        for window in self.connection.query_tree(self.root)?.reply()?.children {
            let (attributes, place) = (
                self.connection.get_window_attributes(window)?.reply(),
                self.connection.get_geometry(window)?.reply(),
            );
            let (Ok(attributes), Ok(place)) = (attributes, place) else { continue };
            if attributes.map_state == MapState::VIEWABLE && place.width > 50 && place.height > 50 {
                shown.push((window, u32::from(place.width) * u32::from(place.height)));
            }
        }
        // Windows are told from the hindmost to the foremost.
        let (front, _) = *shown.last().context("there is no window")?;
        if let (Some((width, height)), Some((largest, _))) =
            (fill, shown.iter().max_by_key(|(_, size)| *size))
        {
            let place = ConfigureWindowAux::new().x(0).y(0).width(width).height(height);
            self.connection.configure_window(*largest, &place)?;
        }
        self.connection.set_input_focus(InputFocus::PARENT, front, x11rb::CURRENT_TIME)?;
        Ok(self.connection.sync()?)
    }

    /// Presses a chord: `x`, `ctrl+shift+p`, `Escape`. The moment is the one before its last key goes down.
    ///
    /// # Errors
    /// When there is no such key, or the display is gone.
    pub fn press(&self, chord: &str) -> Result<Instant> {
        let keys = chord.split('+').map(|key| self.code(key)).collect::<Result<Vec<u8>>>()?;
        let send = |kind: u8, code: u8| -> Result<()> {
            self.connection.xtest_fake_input(kind, code, 0, self.root, 0, 0, 0)?;
            Ok(())
        };
        let (last, held) = keys.split_last().context("no key")?;
        for code in held {
            send(KEY_PRESS_EVENT, *code)?;
        }
        self.connection.flush()?;
        let now = Instant::now();
        send(KEY_PRESS_EVENT, *last)?;
        for code in keys.iter().rev() {
            send(KEY_RELEASE_EVENT, *code)?;
        }
        self.connection.flush()?;
        Ok(now)
    }

    fn code(&self, key: &str) -> Result<u8> {
        // Symbols of keys as in X11/keysymdef.h; those of Latin letters and signs are their characters.
        let symbol = match key {
            "ctrl" => 0xffe3,
            "shift" => 0xffe1,
            "alt" => 0xffe9,
            "Escape" => 0xff1b,
            "Return" => 0xff0d,
            "Home" => 0xff50,
            "End" => 0xff57,
            "backslash" => 0x5c,
            _ => key.bytes().next().filter(|_| key.len() == 1).map_or(0, u32::from),
        };
        let found = self.codes.iter().find(|(known, _)| *known == symbol && symbol != 0);
        Ok(found.with_context(|| format!("there is no key {key}"))?.1)
    }

    /// Presses a chord and watches: milliseconds until something as wide as a letter differs.
    ///
    /// # Errors
    /// When nothing does.
    pub fn until_a_letter(&mut self, chord: &str) -> Result<f64> {
        let before = self.pixels.look()?;
        let pressed = self.press(chord)?;
        while pressed.elapsed() < PATIENCE {
            if before.differs(&self.pixels.look()?).columns >= LETTER {
                return Ok(milliseconds(pressed.elapsed()));
            }
            thread::sleep(LOOK);
        }
        bail!("{chord} shows nothing")
    }

    /// Presses a chord and watches: milliseconds until the screen moves for the last time, however soon that is.
    ///
    /// # Errors
    /// When it never rests, or nothing moves.
    pub fn until_settled(&mut self, chord: &str) -> Result<f64> {
        let before = self.pixels.look()?;
        let pressed = self.press(chord)?;
        let moved = self.rest_since(before, pressed)?;
        moved.map(|moved| milliseconds(moved - pressed)).with_context(|| format!("{chord} shows nothing"))
    }

    /// Waits until the screen rests.
    ///
    /// # Errors
    /// When it never does.
    pub fn rest(&mut self) -> Result<()> {
        let now = self.pixels.look()?;
        self.rest_since(now, Instant::now()).map(drop)
    }

    /// When the screen moved for the last time before it rests.
    fn rest_since(&mut self, mut last: Picture, start: Instant) -> Result<Option<Instant>> {
        let mut moved = None;
        while start.elapsed() < PATIENCE {
            let now = self.pixels.look()?;
            if last.differs(&now).pixels > STILL {
                (moved, last) = (Some(Instant::now()), now);
            }
            if moved.unwrap_or(start).elapsed() > SETTLED {
                return Ok(moved);
            }
            thread::sleep(LOOK);
        }
        bail!("the screen never rests")
    }

    /// Watches until text stands in the middle of the screen: milliseconds since `start`.
    ///
    /// # Errors
    /// When nothing comes.
    pub fn until_text(&mut self, start: Instant) -> Result<f64> {
        while start.elapsed() < PATIENCE {
            if self.pixels.look()?.has_text() {
                return Ok(milliseconds(start.elapsed()));
            }
            thread::sleep(LOOK);
        }
        bail!("no text is shown")
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The file in which Xvfb keeps the screen: a header of 32-bit words, most significant byte first, colours, and the pixels
/// (X11/XWDFile.h).
struct Pixels {
    file: File,
    start: u64,
    stride: usize,
    height: usize,
}

/// Places of words in the header.
const HEADER_SIZE: usize = 0;
const PIXMAP_HEIGHT: usize = 5;
const BITS_PER_PIXEL: usize = 11;
const BYTES_PER_LINE: usize = 12;
const COLOURS: usize = 19;
/// Bytes of a colour in the file.
const COLOUR: u64 = 12;
const BYTES_PER_PIXEL: usize = 4;

impl Pixels {
    fn open(path: &Path) -> Result<Pixels> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let mut header = [0; 4 * 25];
        file.read_exact_at(&mut header, 0)?;
        let word = |at: usize| -> Result<u32> {
            let bytes = header.get(4 * at..4 * at + 4).context("a short header")?;
            Ok(u32::from_be_bytes(bytes.try_into()?))
        };
        ensure!(word(BITS_PER_PIXEL)? as usize == 8 * BYTES_PER_PIXEL, "a screen of another depth");
        let start = u64::from(word(HEADER_SIZE)?) + COLOUR * u64::from(word(COLOURS)?);
        Ok(Pixels {
            file,
            start,
            stride: word(BYTES_PER_LINE)? as usize,
            height: word(PIXMAP_HEIGHT)? as usize,
        })
    }

    fn look(&self) -> Result<Picture> {
        let rows = self.height / ROW_STEP;
        let mut bytes = vec![0; rows * self.stride];
        for (row, into) in bytes.chunks_exact_mut(self.stride).enumerate() {
            let at = self.start + (row * ROW_STEP * self.stride) as u64;
            self.file.read_exact_at(into, at)?;
        }
        Ok(Picture { bytes, stride: self.stride })
    }
}

/// Every third row of a screen.
struct Picture {
    bytes: Vec<u8>,
    stride: usize,
}

/// What differs between two pictures: how many pixels, and over how many columns.
#[derive(Debug, Default, PartialEq)]
struct Difference {
    pixels: usize,
    columns: usize,
}

impl Picture {
    fn differs(&self, other: &Picture) -> Difference {
        let (mut pixels, mut left, mut right) = (0, usize::MAX, 0);
        let rows = self.bytes.chunks_exact(self.stride).zip(other.bytes.chunks_exact(self.stride));
        for (one, two) in rows.filter(|(one, two)| one != two) {
            let both = one.chunks_exact(BYTES_PER_PIXEL).zip(two.chunks_exact(BYTES_PER_PIXEL));
            for (column, _) in both.enumerate().filter(|(_, (one, two))| one != two) {
                pixels += 1;
                (left, right) = (left.min(column), right.max(column + 1));
            }
        }
        Difference { pixels, columns: right.saturating_sub(left) }
    }

    /// Do letters stand in the middle of it? A window that is not drawn yet has one colour, or a few in large areas.
    fn has_text(&self) -> bool {
        let rows = self.bytes.len() / self.stride;
        let middle = self.bytes.chunks_exact(self.stride).take(rows * 2 / 3).skip(rows / 12);
        let changes = |row: &[u8]| {
            let row = &row[self.stride / 3..self.stride * 2 / 3];
            row.chunks_exact(BYTES_PER_PIXEL)
                .zip(row.chunks_exact(BYTES_PER_PIXEL).skip(1))
                .filter(|(one, two)| one != two)
                .count()
        };
        // A row through a line of text crosses many edges.
        middle.filter(|row| changes(row) > 20).count() > 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, marked: impl Fn(usize, usize) -> bool) -> Picture {
        let mut bytes = vec![0; 36 * width * BYTES_PER_PIXEL];
        for (at, pixel) in bytes.chunks_exact_mut(BYTES_PER_PIXEL).enumerate() {
            pixel.fill(if marked(at % width, at / width) { 255 } else { 0 });
        }
        Picture { bytes, stride: width * BYTES_PER_PIXEL }
    }

    #[test]
    fn a_letter_is_wider_than_a_caret() {
        let (empty, caret) = (picture(300, |_, _| false), picture(300, |x, y| x / 2 == 20 && y > 30));
        assert_eq!(empty.differs(&empty), Difference::default());
        assert!(empty.differs(&caret).columns < LETTER);
        let letter = picture(300, |x, y| (40..47).contains(&x) && y > 30);
        assert!(empty.differs(&letter).columns >= LETTER);
    }

    #[test]
    fn text_is_told_from_areas() {
        assert!(!picture(300, |_, _| false).has_text());
        assert!(!picture(300, |x, _| x > 100 && x < 150).has_text());
        assert!(picture(300, |x, y| x % 3 == 0 && y % 2 == 0).has_text());
    }
}
