//! The wire between editor and worker.
//!
//! [`protocol`] is what is said, [`client`] the editor's end ([`blocking`] for those who may wait), [`server`] the worker's
//! with its queue [`jobs`]. [`supervise`] decides when a worker is started and ended, [`death`] says why one died.
//! [`handshake`] is how both find each other, [`transport`] the small trait they speak through,
//! [`files`] how models get to the worker.

pub mod blocking;
pub mod client;
pub mod death;
pub mod files;
pub mod handshake;
pub mod jobs;
mod launch;
pub mod protocol;
pub mod server;
pub mod supervise;
pub mod transport;
