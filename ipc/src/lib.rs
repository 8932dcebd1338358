//! The wire between editor and worker.
//!
//! [`protocol`] is what is said, [`client`] the editor's end ([`blocking`] for those who may wait), [`server`] the worker's
//! with its queue [`jobs`]. [`supervise`] decides when a worker is started and ended, [`death`] says why one died.
//! [`handshake`] is how both find each other, [`greeting`] a worker's first words, [`transport`] the small trait they speak through.
//! What the editor reads of a worker comes as a [`frame`] over a [`socket`], says only what [`bounds`] allow, and no more than a
//! request makes possible (`allowance`). [`files`] is how models get to the worker.

mod allowance;
pub mod blocking;
pub mod bounds;
pub mod client;
pub mod death;
pub mod files;
pub mod frame;
pub mod greeting;
pub mod handshake;
pub mod jobs;
mod last_words;
mod launch;
pub mod offline;
pub mod protocol;
pub mod server;
pub mod socket;
pub mod supervise;
pub mod transport;
