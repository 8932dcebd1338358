//! What another start of the editor asks of a window: no bytes fail, and what is read is what its writer would have written.

use ground::asked::AskedFiles;

/// Whether they are a message.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(asked) = AskedFiles::read(bytes) else { return false };
    assert!(asked.files.iter().all(|file| file.path.is_absolute()));
    // A place of which one half alone is said is none, and is written as none.
    let written = asked.written().expect("what was read can be written");
    assert_eq!(AskedFiles::read(&written).as_ref(), Ok(&asked));
    true
}
