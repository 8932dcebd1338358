//! A path to open or to save to, the files of the folder, and keys that mean nothing here.

pub mod paths;
pub mod update;
