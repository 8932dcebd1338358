//! The wire between editor and worker.
//!
//! [`protocol`] is what is said. `client` is the editor's end, `server` the worker's, `transport` the small trait both
//! speak through.

pub mod protocol;
