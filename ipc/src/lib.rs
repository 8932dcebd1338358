//! The wire between editor and worker.
//!
//! [`protocol`] is what is said, [`client`] the editor's end ([`blocking`] for those who may wait), [`server`] the worker's
//! with its queue [`jobs`]. [`supervise`] decides when a worker is started and ended, [`death`] says why one died.
//! [`handshake`] is how both find each other, [`transport`] the small trait they speak through.

pub mod blocking;
pub mod client;
pub mod death;
pub mod handshake;
pub mod jobs;
mod launch;
pub mod offline;
pub mod protocol;
pub mod server;
pub mod supervise;
pub mod transport;
