//! The file that remembers what memory ran out for: versioned, with a checksum, small. What cannot be read is as good as
//! nothing: then a failure is met once more.

use std::io;
use std::path::Path;

use super::ladder::MemoryFailures;

/// The first word of the file, with its version.
const MAGIC: &str = "localcoder-memory-1";
/// No larger file is read, in bytes.
const MAX: u64 = 1 << 20;

/// FNV-1a, 64 bits: against torn writes and stray edits, not against forgers.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

/// Reads the file; nothing when there is none or it makes no sense.
pub fn load(path: &Path) -> MemoryFailures {
    read(path).unwrap_or_default()
}

fn read(path: &Path) -> Option<MemoryFailures> {
    let text = editor_core::regular::read_text(path, MAX).ok()?;
    let (head, body) = text.split_once('\n')?;
    let sum = head.strip_prefix(MAGIC)?.trim();
    let whole = u64::from_str_radix(sum, 16).ok()? == checksum(body.as_bytes());
    whole.then(|| serde_json::from_str(body).ok())?
}

/// Writes the file as a whole, so that a crash leaves the old one.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn save(path: &Path, history: &MemoryFailures) -> io::Result<()> {
    let body = serde_json::to_string_pretty(history)?;
    let text = format!("{MAGIC} {:016x}\n{body}", checksum(body.as_bytes()));
    crate::atomic_write::write(path, text, true).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::health::ladder::RunConfig;
    use ipc::protocol::ModelRef;

    #[test]
    fn what_is_saved_is_loaded_and_a_changed_byte_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/memory");
        assert_eq!(load(&path), MemoryFailures::default());
        let mut history = MemoryFailures::default();
        let model = ModelRef { id: "m".into(), path: "/m".into(), sha256: None, stamp: None };
        history.note(&RunConfig { model, context: 8192, q8: false, gpu: true }, Some(123));
        save(&path, &history).unwrap();
        assert_eq!(load(&path), history);
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            // Only white space between head and body can change without harm.
            let loaded = load(&path);
            assert!(loaded == MemoryFailures::default() || loaded == history, "byte {at}");
        }
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(load(&path), MemoryFailures::default());
    }
}
