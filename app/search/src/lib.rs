//! Search and replace through a project, quick open and symbols: all of it without a window.
//!
//! Start at [`run`]: a [`run::SearchRequest`] is searched on threads of its own, and what is found arrives file by file over a
//! bounded channel, and [`page`] is what it is drawn from. [`replace`] makes changes of what was found, [`quick`] narrows lists of
//! any length while somebody types, [`index`] knows the symbols of a project. A feature of the window holds the receiving ends and
//! draws.
//!
//! Positions are char offsets in the text as the editor opens it, so that a hit can be selected as it is.

pub mod globs;
pub mod hits;
pub mod ignored;
pub mod index;
mod keep_case;
pub mod page;
pub mod query;
pub mod quick;
pub mod replace;
pub mod run;
mod sink;
pub mod source;
pub mod template;
pub mod walk;

pub use globs::Globs;
pub use hits::{FileHits, Hit, HitLine, HitPlace, Version};
pub use query::{BadQuery, Case, Matcher, SearchQuery};
pub use run::{RunningSearch, SearchEvent, SearchRequest};
