//! Giving back the memory of the parts of a mapped model file whose weights were repacked.
//!
//! Repacking copies tensors into a layout of their own; the pages of the file they came from stay resident although nothing
//! reads them again. Dropping them is always safe: a page that is needed after all is read from the file anew.

#[cfg(target_os = "linux")]
use std::ops::Range;

/// Gives back the pages of `parts`, byte ranges of the file with this inode, wherever it is mapped.
///
/// With `for_good` they are kept apart from their neighbours first: Linux maps cached files by huge pages where it can, so that
/// reading a small tensor between two repacked ones would bring two megabytes of them back. Not so during a load, which reads
/// them once more and is quicker with huge pages.
#[cfg(target_os = "linux")]
pub(super) fn give_back(inode: u64, parts: &[Range<u64>], for_good: bool) {
    if parts.is_empty() {
        return;
    }
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return };
    let page = rustix::param::page_size() as u64;
    let mappings: Vec<Mapping> = maps.lines().filter_map(|line| Mapping::of(line, inode)).collect();
    for addresses in
        parts.iter().flat_map(|part| mappings.iter().filter_map(|mapping| mapping.pages(part, page)))
    {
        let (start, length) =
            (addresses.start as *mut libc::c_void, (addresses.end - addresses.start) as usize);
        // SAFETY: the range lies in a mapping of the model file, made read-only by llama.cpp; neither advice changes
        // content on such a mapping, MADV_DONTNEED only forgets pages.
        unsafe {
            if for_good {
                libc::madvise(start, length, libc::MADV_NOHUGEPAGE);
            }
            libc::madvise(start, length, libc::MADV_DONTNEED);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn give_back(_: u64, _: &[std::ops::Range<u64>], _: bool) {}

/// Gives freed memory back to the system: glibc keeps what was freed in small pieces (vocabulary, graphs) for later.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back_freed() {
    // SAFETY: no obligations (malloc_trim(3), thread-safe).
    unsafe { libc::malloc_trim(0) };
}

/// Gives freed memory back to the system, where the allocator has to be asked for it.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back_freed() {}

/// A read-only mapping of a part of a file.
#[cfg(target_os = "linux")]
#[derive(Debug, PartialEq, Eq)]
struct Mapping {
    addresses: Range<u64>,
    /// Of its first byte, in the file.
    offset: u64,
}

#[cfg(target_os = "linux")]
impl Mapping {
    /// A line of `/proc/self/maps` when it maps `inode` read-only.
    /// Format (proc(5)): `start-end perms offset device inode path`.
    fn of(line: &str, inode: u64) -> Option<Mapping> {
        let mut fields = line.split_ascii_whitespace();
        let (range, permissions, offset) = (fields.next()?, fields.next()?, fields.next()?);
        let found: u64 = fields.nth(1)?.parse().ok()?;
        let (start, end) = range.split_once('-')?;
        let hex = |text| u64::from_str_radix(text, 16).ok();
        let mapping = Mapping { addresses: hex(start)?..hex(end)?, offset: hex(offset)? };
        (found == inode && permissions.starts_with("r--")).then_some(mapping)
    }

    /// The addresses of the whole pages that hold nothing but `part` of the file.
    fn pages(&self, part: &Range<u64>, page: u64) -> Option<Range<u64>> {
        let length = self.addresses.end - self.addresses.start;
        let start = part.start.max(self.offset) - self.offset;
        let end = part.end.min(self.offset + length).checked_sub(self.offset)?;
        let (start, end) = (start.next_multiple_of(page), end / page * page);
        (start < end).then(|| self.addresses.start + start..self.addresses.start + end)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Mapping;

    #[test]
    fn only_read_only_mappings_of_the_file_are_given_back() {
        let line = "7f00a000-7f00c000 r--s 00001000 fe:00 1234   /models/a.gguf";
        assert_eq!(
            Mapping::of(line, 1234),
            Some(Mapping { addresses: 0x7f00_a000..0x7f00_c000, offset: 4096 })
        );
        assert_eq!(Mapping::of(line, 99), None);
        assert_eq!(Mapping::of(&line.replace("r--s", "rw-p"), 1234), None);
        assert_eq!(Mapping::of("nonsense", 1234), None);
    }

    #[test]
    fn only_whole_pages_inside_a_part_are_given_back() {
        let mapping = Mapping { addresses: 0x10_0000..0x10_8000, offset: 0x4000 };
        let pages = |part| mapping.pages(&part, 0x1000);
        assert_eq!(pages(0x5001..0x7fff), Some(0x10_2000..0x10_3000));
        assert_eq!(pages(0..u64::MAX), Some(0x10_0000..0x10_8000));
        assert_eq!(pages(0x5001..0x6fff), None, "no whole page");
        assert_eq!(pages(0..0x4000), None, "before the mapping");
        assert_eq!(pages(0xc000..0xf000), None, "behind it");
    }
}
