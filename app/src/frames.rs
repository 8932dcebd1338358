//! Frame times for benchmarks: `LOCALCODER_FRAME_LOG=FILE` writes one JSON line a frame.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::state::State;
use crate::workspace::WorkerState;

/// Writes what each frame cost.
pub struct FrameLog {
    file: BufWriter<File>,
    frames: u64,
}

impl FrameLog {
    /// The log that the environment asks for; none when it asks for none or the file cannot be written.
    pub fn from_environment() -> Option<FrameLog> {
        let path = std::env::var_os("LOCALCODER_FRAME_LOG")?;
        let file = BufWriter::new(File::create(path).ok()?);
        Some(FrameLog { file, frames: 0 })
    }

    /// Notes one frame: when it was drawn, in milliseconds since 1970, the time that events and its drawing took, what it showed of a
    /// question to the model, and how much of a search through the project.
    pub fn frame(&mut self, (events, drawing): (Duration, Duration), state: &State) {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let line = format!(
            "{{\"frame\":{},\"at_ms\":{:.3},\"events_ms\":{:.3},\"ui_ms\":{:.3},\"question\":\"{}\",\"hits\":{},\"searches\":{}}}",
            self.frames,
            at.as_secs_f64() * 1000.0,
            events.as_secs_f64() * 1000.0,
            drawing.as_secs_f64() * 1000.0,
            question(state),
            state.project_search.results.page.hits(),
            state.project_search.results.is_running()
        );
        self.frames += 1;
        // A full disk ends the log, not the editor.
        let _lost = writeln!(self.file, "{line}").and_then(|()| self.file.flush());
    }
}

/// `none`, `asked`, or `answering` from the first word on.
fn question(state: &State) -> &'static str {
    match (state.job, state.worker.state) {
        (None, _) => "none",
        (Some(_), WorkerState::Generating(_)) => "answering",
        (Some(_), _) => "asked",
    }
}
