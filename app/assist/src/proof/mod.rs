//! What is proved of a proposal before anybody reads it: on the trees of both texts, not by what the model says.
//!
//! [`Stretch`] reads a text, [`Proof::of`] is the strongest statement that holds, [`promise`] what a quick choice promises to leave alone
//! and how that is kept. `grammar` has all that is known of single languages.

mod functions;
mod grammar;
pub mod layout;
mod names;
pub mod promise;
mod repair;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod tokens;

pub use functions::ChangedFunctions;
pub use tokens::{CodeToken, Stretch, TokenRole};

use layout::CODE;

/// What is certain about a change: the strongest of these that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Blanks, line breaks, and signs that mean nothing.
    Layout,
    /// The code is the same, token for token.
    Comments,
    /// Local names, each wherever it stands: old and new. With comments or without.
    Names(Vec<(String, String)>, bool),
    /// Types that could be left out. With comments or without.
    Annotations(bool),
    /// The bodies of these functions.
    Functions(ChangedFunctions),
}

impl Proof {
    /// What is proved of a change from one text to another; `None` where nothing is.
    pub fn of(old: &Stretch, new: &Stretch) -> Option<Proof> {
        const COMMENTS: [TokenRole; 2] = [TokenRole::Comment, TokenRole::Documentation];
        const UNTYPED: [TokenRole; 1] = [TokenRole::Code];
        const TYPED: [TokenRole; 2] = [TokenRole::Code, TokenRole::Annotation];
        let comments = old.texts(&COMMENTS) != new.texts(&COMMENTS);
        if old.marks(&TYPED) == new.marks(&TYPED) {
            return Some(if comments { Proof::Comments } else { Proof::Layout });
        }
        if let Some(renamed) = names::renamed(old, new) {
            return Some(Proof::Names(renamed, comments));
        }
        if old.marks(&UNTYPED) == new.marks(&UNTYPED) {
            return Some(Proof::Annotations(comments));
        }
        functions::changed(old, new, &CODE).map(Proof::Functions)
    }

    /// A word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Proof::Layout => "formatting",
            Proof::Comments => "comments",
            Proof::Names(..) => "names",
            Proof::Annotations(_) => "annotations",
            Proof::Functions(changed) if changed.signature.is_some() => "signature",
            Proof::Functions(_) => "bodies",
        }
    }

    /// In a few words for people.
    pub fn words(&self) -> String {
        match self {
            Proof::Layout => "Only formatting changed".into(),
            Proof::Comments => "Only comments and documentation changed".into(),
            Proof::Names(_, comments) => format!("Only names{} changed", and_comments(*comments)),
            Proof::Annotations(comments) => format!("Only types{} changed", and_comments(*comments)),
            Proof::Functions(changed) => changed.words(),
        }
    }

    /// Why that is certain, in a sentence or two.
    pub fn reason(&self) -> String {
        match self {
            Proof::Layout => {
                "All code, comments and documentation are the same but for blanks and line breaks.".into()
            }
            Proof::Comments => {
                "Without comments and documentation, the code is the same token by token.".into()
            }
            Proof::Names(renamed, _) => {
                let list: Vec<String> = renamed.iter().map(|(old, new)| format!("{old} → {new}")).collect();
                format!(
                    "The code is the same but for local names, each renamed wherever it stands, to one that was free: {}.",
                    list.join(", ")
                )
            }
            Proof::Annotations(_) => {
                "Without its type annotations, the code is the same token by token.".into()
            }
            Proof::Functions(changed) => changed.reason(),
        }
    }

    /// Does it say that what calls this code may break?
    pub fn is_warning(&self) -> bool {
        matches!(self, Proof::Functions(changed) if changed.signature.is_some())
    }
}

fn and_comments(comments: bool) -> &'static str {
    if comments { " and comments" } else { "" }
}
