//! Lists and lines to choose from: commands, files, recent ones, a path, a line.

pub mod paths;
pub mod update;
