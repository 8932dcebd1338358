//! A path to open or to save to, and the files of the folder.

pub mod paths;
pub mod update;
