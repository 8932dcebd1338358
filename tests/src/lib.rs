//! What end-to-end tests and benchmarks share: where the built programs and the real models are.
//!
//! `cargo xtask test` builds the programs, fetches the models and says where both are. Run by hand, the programs are looked for beside
//! the test's own (`cargo build --workspace --bins --tests` puts them there) and the models in the user's cache.

#[cfg(target_os = "linux")]
pub mod bus;
pub mod display;
pub mod figures;
pub mod first_answer;
pub mod ground;
#[cfg(target_os = "linux")]
pub mod hung;
pub mod load;
#[cfg(target_os = "linux")]
pub mod reader;
pub mod screen;
pub mod script;
pub mod server;
pub mod soak;
pub mod synthetic;
pub mod tally;
pub mod tasks;

use std::path::PathBuf;

pub use ground::cache;
use ipc::{
    client::WorkerProgram,
    protocol::{CodeContext, ModelRef, Prompt},
};

/// The models that tests know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestModel {
    /// SmolLM2-135M-Instruct: loads in a moment, answers nonsense.
    Starter,
    /// Qwen2.5-Coder-0.5B-Instruct.
    Half,
    /// Qwen2.5-Coder-1.5B-Instruct.
    OneAndHalf,
}

impl TestModel {
    fn file_name(self) -> &'static str {
        match self {
            TestModel::Starter => "SmolLM2-135M-Instruct.Q4_1.gguf",
            TestModel::Half => "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            TestModel::OneAndHalf => "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        }
    }

    /// The model's file, verified when it was fetched.
    ///
    /// # Panics
    /// When it is not there: what goes end to end must not pass without a model.
    pub fn path(self) -> PathBuf {
        ground::found(&ground::models().join(self.file_name()), true)
            .expect("a required model is there or has panicked")
    }

    /// The model as the worker is told of it.
    pub fn reference(self) -> ModelRef {
        let id = self.file_name().trim_end_matches(".gguf").to_lowercase();
        ModelRef { id, path: self.path(), sha256: None, stamp: None }
    }
}

/// A program built with this workspace, in the profile of the test itself unless the environment says otherwise.
///
/// # Panics
/// When it is not there.
pub fn program(name: &str, variable: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return PathBuf::from(path);
    }
    let own = std::env::current_exe().unwrap_or_default();
    let found = own.ancestors().skip(1).take(3).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built: run `cargo xtask test`"))
}

/// The worker.
pub fn worker() -> WorkerProgram {
    WorkerProgram::at(program("localcoder-worker", "LOCALCODER_WORKER"))
}

/// The editor.
pub fn editor() -> PathBuf {
    program("localcoder", "LOCALCODER_BIN")
}

/// Whether a process with this id is there, be it a zombie.
pub fn process_exists(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Process ids of a process's children, but for the one that only waits to be asked for a download.
#[cfg(target_os = "linux")]
pub fn children(pid: u32) -> Vec<u32> {
    let mut children = all_children(pid);
    children.retain(|child| !downloads(*child));
    children
}

/// Whether a process is the one that may connect.
#[cfg(target_os = "linux")]
pub fn downloads(pid: u32) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|line| String::from_utf8_lossy(&line).contains("--downloads-process"))
}

/// Process ids of all of a process's children.
#[cfg(target_os = "linux")]
pub fn all_children(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
        .collect()
}

/// Process ids of a process's children.
#[cfg(not(target_os = "linux"))]
pub fn children(pid: u32) -> Vec<u32> {
    let listed = std::process::Command::new("pgrep").args(["-P", &pid.to_string()]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    listed.unwrap_or_default().lines().filter_map(|line| line.trim().parse().ok()).collect()
}

/// Bytes of a line of /proc/PID/status, such as `VmRSS:` or `VmHWM:` (proc(5)); `None` when the process is gone.
pub fn process_memory(pid: u32, key: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Resident bytes of a process (Linux); 0 when it is gone or elsewhere.
pub fn resident_bytes(pid: u32) -> u64 {
    process_memory(pid, "VmRSS:").unwrap_or(0)
}

/// Numbers that look random and are the same in each run (xorshift64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Another sequence for each seed.
    pub fn new(seed: u64) -> Random {
        Random(0x9E37_79B9_7F4A_7C15 ^ (seed << 32 | seed))
    }

    /// The next number, below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

/// An edit of a small Python function, as the editor would ask for it.
pub fn sample_edit() -> Prompt {
    Prompt::Edit(CodeContext {
        file_name: "mean.py".into(),
        language: "Python".into(),
        before: "from typing import List\n\n\n".into(),
        selection: SAMPLE.into(),
        after: String::new(),
        instruction: "Fix the bug so that the function does what its documentation says.".into(),
        ..CodeContext::default()
    })
}

const SAMPLE: &str = r#"def mean_absolute_deviation(numbers: List[float]) -> float:
    """ For a given list of input numbers, calculate Mean Absolute Deviation
    around the mean of this dataset.
    Mean Absolute Deviation is the average absolute difference between each
    element and a centerpoint (mean in this case):
    MAD = average | x - x_mean |
    >>> mean_absolute_deviation([1.0, 2.0, 3.0, 4.0])
    1.0
    """
    mean = sum(numbers) / len(numbers)
    return sum(abs(x - mean) for x in numbers) / mean
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_model_skips_its_test_at_a_desk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gguf");
        assert!(ground::found(&path, false).is_err_and(|why| why.contains("models fetch")));
        std::fs::write(&path, "GGUF").unwrap();
        assert_eq!(ground::found(&path, true), Ok(path));
    }

    #[test]
    #[should_panic(expected = "cargo xtask models fetch all")]
    fn a_missing_model_fails_its_test_where_models_are_required() {
        let folder = tempfile::tempdir().unwrap();
        let _never_there = ground::found(&folder.path().join("a.gguf"), true);
    }
}
