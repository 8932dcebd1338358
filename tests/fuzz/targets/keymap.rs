//! Keys as a person writes them: no text fails, and what is understood is written as something that means the same.

use ground::chord::Chord;
use settings::Layers;

/// Whether they are keys.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let read = Chord::read(text);
    if let Some(chord) = &read {
        assert_eq!(Chord::read(&chord.written()).as_ref(), Some(chord), "{text:?}");
        assert!(!chord.shown().is_empty());
    }
    // The same in a file, beside keys that are another command's. That takes a hundred times as long, so not each time.
    if text.len() % 16 != 0 {
        return read.is_some();
    }
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    let file = format!("[keys]\npalette = [\"{quoted}\", \"Ctrl+P\"]\n\"quick-open\" = [\"{quoted}\"]\n");
    let mut layers = Layers::of(&file);
    let _settings = layers.resolve();
    let _told = layers.sentences();
    read.is_some()
}
