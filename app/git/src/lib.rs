//! What a repository knows of the open folder: which files differ from what was committed and by which lines, what is staged, who wrote
//! a line; and what the user asks to change of it: stage, unstage, commit. Without a window.
//!
//! No program is started: repositories are read and written in this process, with what a repository's own configuration says about
//! programs and other places left out ([`Repository::open`]). Nothing is written but the index and a commit that the user asked for.

pub mod blame;
pub mod commit;
pub mod conflict;
mod content;
pub mod diff;
mod error;
pub mod lines;
mod open;
mod stage;
pub mod status;
mod user;

pub use content::{Against, KeptFile, MAX_BYTES};
pub use diff::{FileDiff, Part};
pub use error::GitError;
pub use open::Repository;
pub use user::UserConfig;

/// The name of an object.
pub use gix::ObjectId;
