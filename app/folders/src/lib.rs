//! Work on files and folders, and what happens in them, without a window.
//!
//! [`name`] says what no file can be called; [`work`] creates, moves, copies and deletes, so that nothing is ever overwritten and
//! each step can be taken back; [`bin`] is the system's trash; [`watch`] tells what others do in folders.

pub mod bin;
pub mod name;
pub mod watch;
pub mod work;
