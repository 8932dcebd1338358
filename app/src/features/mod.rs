//! What the window can do, a folder each, with its state, its events, what it does and how it looks.
//!
//! A feature knows the crates below the window and the [`crate::workspace`], never another feature nor the whole state. What it wants
//! of another it says as an event, by [`crate::event::Effect::then`]; [`crate::update`] passes it on.

pub mod activity;
pub mod changes;
pub mod complete;
pub mod everywhere;
pub mod explain;
pub mod files;
pub mod find;
pub mod folding;
pub mod health;
pub mod looks;
pub mod models;
pub mod next_place;
pub mod onboarding;
pub mod outline;
pub mod palette;
pub mod places;
pub mod priming;
pub mod problems;
pub mod project_search;
pub mod quick;
pub mod recent;
pub mod recovery;
pub mod remarks;
pub mod review;
pub mod settings;
pub mod statistics;
pub mod terminal;
pub mod text;
pub mod tree;
pub mod vim;
pub mod watch;
pub mod writing;
