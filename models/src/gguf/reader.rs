//! One pass over a file through one buffer, with the offset always at hand for a refusal.

use super::{BrokenRule, Invalid};
use std::io::{Read, Seek, SeekFrom};

/// Large enough that a header is a few reads, small enough not to matter.
const CHUNK: usize = 256 << 10;

pub(super) struct GgufReader<'a, R> {
    inner: &'a mut R,
    buffer: Vec<u8>,
    /// First byte of `buffer` that was not handed out.
    start: usize,
    /// Where `buffer[start]` stands in the file.
    offset: u64,
    len: u64,
}

impl<'a, R: Read + Seek> GgufReader<'a, R> {
    pub(super) fn new(inner: &'a mut R, len: u64) -> Result<Self, Invalid> {
        inner.seek(SeekFrom::Start(0)).map_err(|cause| unreadable(0, &cause))?;
        let buffered = CHUNK.min(usize::try_from(len).unwrap_or(CHUNK));
        Ok(Self { inner, buffer: Vec::with_capacity(buffered), start: 0, offset: 0, len })
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes between here and the end of the file.
    pub(super) fn left(&self) -> u64 {
        self.len - self.offset
    }

    pub(super) fn u32(&mut self, field: &str) -> Result<u32, Invalid> {
        self.array(field).map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self, field: &str) -> Result<u64, Invalid> {
        self.array(field).map(u64::from_le_bytes)
    }

    pub(super) fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N], Invalid> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, field)?);
        Ok(array)
    }

    /// The next `n` bytes. The caller has bounded `n`: that much is buffered.
    #[inline]
    pub(super) fn take(&mut self, n: usize, field: &str) -> Result<&[u8], Invalid> {
        if self.buffer.len() - self.start < n {
            self.fill(n, field)?;
        }
        let from = self.start;
        self.start += n;
        self.offset += n as u64;
        Ok(&self.buffer[from..from + n])
    }

    /// Goes on `n` bytes further without looking at them.
    pub(super) fn skip(&mut self, n: u64, field: &str) -> Result<(), Invalid> {
        if n > self.left() {
            return Err(self.truncated(n, field));
        }
        let buffered = (self.buffer.len() - self.start) as u64;
        self.offset += n;
        if n <= buffered {
            self.start += n as usize;
            return Ok(());
        }
        self.buffer.clear();
        self.start = 0;
        self.inner.seek(SeekFrom::Start(self.offset)).map_err(|cause| unreadable(self.offset, &cause))?;
        Ok(())
    }

    #[cold]
    fn fill(&mut self, n: usize, field: &str) -> Result<(), Invalid> {
        if n as u64 > self.left() {
            return Err(self.truncated(n as u64, field));
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let have = self.buffer.len();
        let read_to = self.offset + have as u64;
        let want = (CHUNK.max(n) - have) as u64;
        let want = want.min(self.len - read_to);
        self.inner
            .by_ref()
            .take(want)
            .read_to_end(&mut self.buffer)
            .map_err(|cause| unreadable(read_to, &cause))?;
        if self.buffer.len() < n {
            return Err(self.truncated(n as u64, field));
        }
        Ok(())
    }

    pub(super) fn truncated(&self, n: u64, field: &str) -> Invalid {
        let found = format!("{n} bytes long");
        let limit = format!("the file has {} bytes left there", self.left());
        Invalid::new(BrokenRule::Truncated, self.offset, field, found, limit)
    }
}

fn unreadable(offset: u64, cause: &std::io::Error) -> Invalid {
    Invalid::new(
        BrokenRule::Unreadable,
        offset,
        "the file",
        cause,
        "check the disk and the file's permissions",
    )
}
