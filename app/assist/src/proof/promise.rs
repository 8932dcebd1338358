//! What a quick choice promises to leave as it is: the one table, and the one place where it is checked.

use editor_core::Language;

use super::tokens::{Stretch, TokenRole};
use super::{grammar, names, repair};
use crate::presets::PRESETS;

/// What alone may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Comments and documentation.
    Comments,
    /// Optional types; in a language without any, documentation that tells them.
    Types,
    /// Local names.
    Names,
}

/// The quick choices that promise something.
const TABLE: [(&str, Promise); 4] = [
    ("Document", Promise::Comments),
    ("Translate comments", Promise::Comments),
    ("Types", Promise::Types),
    ("Rename", Promise::Names),
];

/// What became of a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromiseState {
    /// Nothing else changed.
    Kept,
    /// The answer changed more; this is what was left out of it, for the model.
    Repaired(String),
    /// The answer changed more, and nothing of it can be used.
    Broken(String),
}

impl PromiseState {
    /// A word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            PromiseState::Kept => "kept",
            PromiseState::Repaired(_) => "repaired",
            PromiseState::Broken(_) => "broken",
        }
    }
}

impl Promise {
    /// The promise of an instruction: that of the quick choice whose words it is.
    pub fn of(instruction: &str) -> Option<Promise> {
        let preset = PRESETS.iter().find(|preset| preset.instruction == instruction)?;
        TABLE.iter().find(|(name, _)| *name == preset.name).map(|(_, promise)| *promise)
    }

    /// What may change, and what may not.
    pub(super) fn roles(self, language: Language) -> (Vec<TokenRole>, Vec<TokenRole>) {
        use TokenRole::{Annotation, Code, Comment, Documentation};
        let typed = !grammar::annotations(language).is_empty();
        match self {
            Promise::Types if typed => (vec![Annotation], vec![Code, Comment, Documentation]),
            Promise::Comments | Promise::Types => (vec![Comment, Documentation], vec![Code, Annotation]),
            Promise::Names => (vec![Comment, Documentation], vec![Code, Annotation]),
        }
    }

    /// Does a change keep it?
    pub fn is_kept(self, old: &Stretch, new: &Stretch) -> bool {
        let (_, fixed) = self.roles(old.language);
        match self {
            Promise::Names => names::renamed(old, new).is_some(),
            Promise::Types => {
                old.marks(&fixed) == new.marks(&fixed) && repair::unknown_types(old, new).is_empty()
            }
            Promise::Comments => old.marks(&fixed) == new.marks(&fixed),
        }
    }

    /// What may change, in words.
    pub fn words(self) -> &'static str {
        match self {
            Promise::Comments => "comments and documentation",
            Promise::Types => "type annotations",
            Promise::Names => "the names of local variables and parameters",
        }
    }

    /// Holds an answer to it. `read`: a text in the place of the selection; what is repaired is a text that keeps the promise.
    pub fn hold(
        self,
        old: &Stretch,
        new: &Stretch,
        read: &dyn Fn(&str) -> Option<Stretch>,
    ) -> (PromiseState, Option<String>) {
        if self.is_kept(old, new) {
            return (PromiseState::Kept, None);
        }
        let finding = self.finding(old, new);
        let keeps =
            |text: &str| text != old.text && read(text).is_some_and(|stretch| self.is_kept(old, &stretch));
        let (free, fixed) = self.roles(old.language);
        let repaired = match self {
            Promise::Names => repair::renamed(old, new, &keeps),
            Promise::Comments | Promise::Types => repair::repaired((&free, &fixed), old, new, &keeps),
        };
        match repaired {
            Some(text) => (PromiseState::Repaired(finding), Some(text)),
            None => (PromiseState::Broken(finding), None),
        }
    }

    /// What an answer changed that it must not, in a sentence for the model.
    fn finding(self, old: &Stretch, new: &Stretch) -> String {
        let (_, fixed) = self.roles(old.language);
        let (before, after) = (old.texts(&fixed), new.texts(&fixed));
        let hunks = editor_core::diff::lines(&before, &after);
        let may = format!("Only {} may change.", self.words());
        let Some(hunk) = hunks.first() else {
            return format!("{may} An earlier answer used types that are not imported here.");
        };
        let said = |texts: &[&str]| texts.iter().take(8).copied().collect::<Vec<_>>().join(" ");
        let (gone, come) = (said(&before[hunk.old.clone()]), said(&after[hunk.new.clone()]));
        match (gone.is_empty(), come.is_empty()) {
            (true, _) => format!("{may} An earlier answer added `{come}`."),
            (_, true) => format!("{may} An earlier answer left `{gone}` out."),
            _ => format!("{may} An earlier answer wrote `{come}` instead of `{gone}`."),
        }
    }
}
