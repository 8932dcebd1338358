//! The worker that runs models: a process of its own, so that nothing a model or llama.cpp does can hurt the editor.
//!
//! `worker` is the loop, `engine` what it does with a model, `generate` makes one answer, `llama` is the C API behind safe
//! owners. The rest serves `generate`: `prompt` renders, `cache` keeps the books of what was computed
//! (`reuse` moves it, `states` stores it), `speculate` drafts, `costs` and `threads` adapt to the machine.

pub mod cache;
pub mod checksummed_file;
pub mod confine;
pub mod costs;
pub mod decoder;
pub mod engine;
pub mod generate;
pub mod llama;
pub mod machine;
pub mod prompt;
pub mod residency;
pub mod reuse;
pub mod speculate;
pub mod states;
pub mod text;
pub mod threads;
pub mod vitals;
pub mod worker;
