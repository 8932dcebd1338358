//! Small files of our own that are whole and ours, or as good as missing: magic, checksum, then bincode with a limit.

use std::{fs, io, path::Path};

use serde::{Serialize, de::DeserializeOwned};

const CHECKSUM: usize = 32;
/// No such file is larger, in bytes, and decoding allocates no more.
const MAX: usize = 64 << 20;
const FORMAT: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<MAX>,
> = bincode::config::standard().with_limit::<MAX>();

/// What was written under this magic; `None` when it is missing, damaged or of another version.
pub fn read<T: DeserializeOwned>(path: &Path, magic: &[u8; 8]) -> Option<T> {
    let bytes = fs::read(path).ok()?;
    let (hash, content) = bytes.strip_prefix(magic)?.split_at_checked(CHECKSUM)?;
    if blake3::hash(content).as_bytes() != hash {
        return None;
    }
    let (value, read) = bincode::serde::decode_from_slice(content, FORMAT).ok()?;
    (read == content.len()).then_some(value)
}

/// Writes a value, readable by its owner alone, whole or not at all.
///
/// # Errors
/// As the system says.
pub fn write<T: Serialize>(path: &Path, magic: &[u8; 8], value: &T) -> io::Result<()> {
    let content = bincode::serde::encode_to_vec(value, FORMAT).map_err(io::Error::other)?;
    let hash = blake3::hash(&content);
    write_private(path, &[magic, hash.as_bytes().as_slice(), &content].concat())
}

/// Writes bytes, readable by their owner alone, whole or not at all.
///
/// # Errors
/// As the system says.
pub fn write_private(path: &Path, data: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let new = path.with_extension(format!("new-{}", std::process::id()));
    // Of a process with this number that died while it wrote. A confined worker empties no file.
    let _none = fs::remove_file(&new);
    let mut file = options.open(&new)?;
    let written = io::Write::write_all(&mut file, data).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _already_gone = fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &[u8; 8] = b"LCtest1\n";

    #[test]
    fn what_is_written_is_read_and_anything_else_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let value = vec![(1u32, "one".to_owned()), (2, "two".to_owned())];
        write(&path, OURS, &value).unwrap();
        assert_eq!(read(&path, OURS), Some(value));
        assert_eq!(read::<Vec<(u32, String)>>(&path, b"LCtest2\n"), None, "another version");
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, bytes).unwrap();
            assert_eq!(read::<Vec<(u32, String)>>(&path, OURS), None, "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(read::<Vec<(u32, String)>>(&path, OURS), None, "cut at {at}");
        }
    }
}
