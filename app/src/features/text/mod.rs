//! The text in front: typing, moving, selecting.

pub mod update;
