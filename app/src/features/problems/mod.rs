//! What checkers say is wrong in the open files.

pub mod update;
