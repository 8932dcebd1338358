//! Names of files that would finish the one being typed behind an `@`.

use assist::reference;

/// Names that would finish the one being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The names, the best first.
    pub names: Vec<String>,
    /// The one that Tab takes.
    pub current: usize,
}

impl Offer {
    /// Goes to another name; false without one.
    pub fn step(&mut self, by: isize) -> bool {
        if !self.names.is_empty() {
            self.current = (self.current as isize + by).rem_euclid(self.names.len() as isize) as usize;
        }
        !self.names.is_empty()
    }

    /// A text with this name, else the current one, behind its last `@`. `None` without an offer.
    pub fn finish(&self, text: &str, index: Option<usize>) -> Option<String> {
        self.names.get(index.unwrap_or(self.current)).map(|name| reference::finished(text, name))
    }
}
