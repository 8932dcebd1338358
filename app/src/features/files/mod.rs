//! Saving, closing and quitting, and files that another program changed.

pub mod close;
pub mod disk;
pub mod encodings;
pub mod replies;
pub mod save;
pub mod view;
