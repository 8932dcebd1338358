//! A journal that was cut, damaged or forged gives back a text or a reason, and never takes the editor with it at its start.

use std::path::PathBuf;
use std::sync::OnceLock;

use editor_core::disk::RealDisk;
use editor_core::journal;

/// Whether a text comes back. Bytes that begin as a journal does are one; of others each stretch behind a length of two bytes
/// becomes a record with the right checksum, which chance would never find.
pub fn run(bytes: &[u8]) -> bool {
    const MAGIC: &[u8] = b"LCjrnl";
    let forged = if bytes.starts_with(MAGIC) { bytes.to_vec() } else { with_checksums(bytes) };
    let path = place();
    std::fs::write(path, forged).expect("a file for the journal");
    let mut longest = 0;
    let recovered = journal::recover_past(&RealDisk, path, |text| longest = longest.max(text.len_chars()));
    match recovered {
        Ok(recovered) => {
            assert!(recovered.rope.len_chars() <= longest);
            true
        }
        Err(why) => {
            assert!(!why.to_string().is_empty());
            false
        }
    }
}

fn with_checksums(mut bytes: &[u8]) -> Vec<u8> {
    let mut journal = b"LCjrnl2\n".to_vec();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (content, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
        journal.extend((content.len() as u32).to_le_bytes());
        journal.extend(&blake3::hash(content).as_bytes()[..16]);
        journal.extend(content);
        bytes = rest;
    }
    journal
}

/// One file for each process.
fn place() -> &'static PathBuf {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| std::env::temp_dir().join(format!("localcoder-fuzz-{}.journal", std::process::id())))
}
