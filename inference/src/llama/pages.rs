//! Giving back the memory of a mapped model file after its weights were repacked.
//!
//! Repacking copies most tensors into a layout of their own; the pages of the file they came from stay resident although
//! nothing reads them again. Dropping them is always safe: a page that is needed after all is read from the file anew.

#[cfg(target_os = "linux")]
pub(super) fn give_back(inode: u64) {
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return };
    for (start, end) in maps.lines().filter_map(|line| mapping_of(line, inode)) {
        // SAFETY: the range is a mapping of the model file, made read-only by llama.cpp; MADV_DONTNEED on such a mapping
        // changes no content, it only forgets pages.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DONTNEED) };
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn give_back(_: u64) {}

/// Gives freed memory back to the system: glibc keeps what was freed in small pieces (vocabulary, graphs) for later.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back_freed() {
    // SAFETY: no obligations (malloc_trim(3), thread-safe).
    unsafe { libc::malloc_trim(0) };
}

/// Gives freed memory back to the system, where the allocator has to be asked for it.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back_freed() {}

/// Address range of a line of `/proc/self/maps` when it maps `inode` read-only.
/// Format (proc(5)): `start-end perms offset device inode path`.
#[cfg(target_os = "linux")]
fn mapping_of(line: &str, inode: u64) -> Option<(usize, usize)> {
    let mut fields = line.split_ascii_whitespace();
    let (range, permissions) = (fields.next()?, fields.next()?);
    let found: u64 = fields.nth(2)?.parse().ok()?;
    let (start, end) = range.split_once('-')?;
    (found == inode && permissions.starts_with("r--"))
        .then_some((usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::mapping_of;

    #[test]
    fn only_read_only_mappings_of_the_file_are_given_back() {
        let line = "7f00a000-7f00c000 r--s 00000000 fe:00 1234   /models/a.gguf";
        assert_eq!(mapping_of(line, 1234), Some((0x7f00_a000, 0x7f00_c000)));
        assert_eq!(mapping_of(line, 99), None);
        assert_eq!(mapping_of(&line.replace("r--s", "rw-p"), 1234), None);
        assert_eq!(mapping_of("nonsense", 1234), None);
    }
}
