//! What inputs for compiled languages are made of: the same ones at each run, the simplest first.

/// Numbers with a point, as every language writes them.
pub(super) const FLOATS: [&str; 9] = ["0.0", "1.0", "-1.0", "0.5", "2.5", "-0.5", "100.0", "3.25", "1e6"];

/// A whole number that any type of whole numbers can have.
pub(super) fn whole(signed: bool, step: usize, dice: &mut Dice) -> String {
    let number = match dice.below(10) {
        0..7 => *dice.early(&[0i64, 1, 2, -1, 3, 5, 7, 10, -2, 4, 12, 100, -7, 99, 64, 127], step),
        _ => dice.below(if step < 60 { 40 } else { 120 }) as i64 - 20,
    };
    if signed { number.to_string() } else { number.unsigned_abs().to_string() }
}

/// A text without quotes.
pub(super) fn text(step: usize, dice: &mut Dice) -> String {
    const WORDS: [&str; 18] = [
        "",
        "a",
        "ab",
        "b",
        " ",
        "A",
        "aa",
        "aba",
        "1",
        "hello",
        "Hello World",
        "a b",
        "a,b",
        " x ",
        "é",
        "A1b2",
        "racecar",
        "x\ny",
    ];
    let word = *dice.early(&WORDS, step);
    let turned = || word.chars().rev().collect::<String>();
    match dice.below(8) {
        0 => word.to_uppercase(),
        1 => format!("{word}{}", turned()),
        2 => format!("{word}{word}"),
        3 => format!("{}{}", word.to_uppercase(), turned()),
        4 => format!("{word}{}", dice.early(&[" ", "1", "-", "Z", ","], 9)),
        _ => word.to_owned(),
    }
}

/// The same numbers at each run (splitmix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new() -> Dice {
        Dice(7)
    }

    /// A number below this one.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count.max(1) as u64) as usize
    }

    /// One of these, of the first few at first.
    pub(super) fn early<'a, T>(&mut self, known: &'a [T], step: usize) -> &'a T {
        &known[self.below(known.len().min(3 + step / 3))]
    }
}
