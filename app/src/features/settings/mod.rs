//! The settings view, its files and profiles.

#[cfg(test)]
mod tests;
pub mod update;
pub mod view;
