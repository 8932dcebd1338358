//! What a repository knows of the open folder: which files differ from what was committed and by which lines, what is staged, who wrote
//! a line; and what the user asks to change of it: stage, unstage, commit, switch, stash. Without a window.
//!
//! No program is started: repositories are read and written in this process, with what a repository's own configuration says about
//! programs and other places left out ([`Repository::open`]). Nothing is written but what the user asked for: the index, a commit, a
//! branch, a stash, and the files that these change.

pub mod blame;
pub mod branches;
pub mod commit;
pub mod conflict;
mod content;
pub mod diff;
mod error;
mod files;
pub mod history;
pub mod lines;
mod merge;
mod open;
mod stage;
pub mod stash;
pub mod status;
mod switch;
mod tree;
mod user;

pub use content::{Against, KeptFile, MAX_BYTES};
pub use diff::{DiffPart, FileDiff};
pub use error::GitError;
pub use open::Repository;
pub use switch::Switched;
pub use user::UserConfig;

/// The name of an object.
pub use gix::ObjectId;
