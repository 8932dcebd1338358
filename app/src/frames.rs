//! Frame times for benchmarks: `LOCALCODER_FRAME_LOG=FILE` writes one JSON line a frame.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

/// Writes what each frame cost.
pub struct FrameLog {
    file: BufWriter<File>,
    started: Instant,
    frames: u64,
}

impl FrameLog {
    /// The log that the environment asks for; none when it asks for none or the file cannot be written.
    pub fn from_environment() -> Option<FrameLog> {
        let path = std::env::var_os("LOCALCODER_FRAME_LOG")?;
        let file = BufWriter::new(File::create(path).ok()?);
        Some(FrameLog { file, started: Instant::now(), frames: 0 })
    }

    /// Notes one frame: when it was drawn since the window was made, and the time its drawing took.
    pub fn frame(&mut self, spent: Duration) {
        let line = format!(
            "{{\"frame\":{},\"at_ms\":{:.3},\"ui_ms\":{:.3}}}",
            self.frames,
            self.started.elapsed().as_secs_f64() * 1000.0,
            spent.as_secs_f64() * 1000.0
        );
        self.frames += 1;
        // A full disk ends the log, not the editor.
        let _lost = writeln!(self.file, "{line}").and_then(|()| self.file.flush());
    }
}
