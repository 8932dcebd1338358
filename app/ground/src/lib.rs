//! What every room of the editor stands on: commands and their keys, numbers that name things, words for sizes and times, what
//! waits a moment, the places of our own files and the one way to write them. Knows no other crate of the workspace, and no window.

pub mod asked;
pub mod chord;
pub mod command;
pub mod habits;
pub mod ids;
pub mod lock;
pub mod pace;
pub mod places;
pub mod words;
