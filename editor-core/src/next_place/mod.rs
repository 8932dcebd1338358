//! Where the change that was just made is due as well: exact and at once, without a model.
//!
//! [`EditTrail`] follows what is edited, [`patterns`] makes of the last edit what is looked for, [`places`] finds where it stands. A
//! pattern is made of tokens: what an edit took and what had to be there for it, with holes for arguments that it left as they are and
//! for what two edits that were alike differ in. Whatever is unsure is no place: nobody wants to be asked about changes that make no sense.

mod build;
mod find;
mod generalise;
mod pattern;
mod rename;
mod scan;
#[cfg(test)]
mod tests;
mod trail;
mod window;

pub use find::{ChangePlace, MAX_SEARCHED, SearchedText, places};
pub use pattern::ChangePattern;
pub use trail::{EditTrail, SettledEdit};

use rename::TextNow;

/// Patterns of one edit at most.
const MAX_PATTERNS: usize = 4;

/// What an edit changed, as patterns, the surest first; `searched` is the text after it. Examples are the edits before it.
#[must_use]
pub fn patterns<'a>(
    edit: &SettledEdit,
    examples: impl Iterator<Item = &'a SettledEdit>,
    searched: &SearchedText<'_>,
) -> Vec<ChangePattern> {
    let (language, tree) = (searched.language, searched.tree);
    let mut found: Vec<ChangePattern> = Vec::new();
    let mut add = |pattern: Option<ChangePattern>| {
        if let Some(pattern) = pattern.filter(|pattern| !found.contains(pattern)) {
            found.push(pattern);
        }
    };
    for line in edit.lines() {
        let renaming = tree.and_then(|tree| {
            let ground = build::ground(&line, language, Some(tree))?;
            rename::pattern(
                &line,
                language,
                ground,
                TextNow { text: searched.text, rope: searched.rope, tree },
            )
        });
        add(renaming.or_else(|| build::pattern(&line, language, tree)));
    }
    for example in examples {
        add(generalise::pattern(edit, example, language, tree));
    }
    found.truncate(MAX_PATTERNS);
    found
}
