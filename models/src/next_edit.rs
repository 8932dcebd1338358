//! Models that say where and how a text is edited next, known by their names: each family was trained on a form of prompt of its own,
//! and is of no use with another.

use crate::gguf::Header;

/// A family of open next-edit models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NextEditFamily {
    /// Sweep Next-Edit, 0.5B to 7B, on Qwen2.5-Coder.
    Sweep,
    /// Zeta 2, on Seed-Coder 8B.
    Zeta2,
    /// Zeta 2.1, on the same, with marks of its own around what may change.
    Zeta21,
}

/// Keys of a file's metadata that may hold its name.
const NAMES: [&str; 4] =
    ["general.name", "general.basename", "general.finetune", "general.source.huggingface.repository"];

impl NextEditFamily {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sweep => "Sweep Next-Edit",
            Self::Zeta2 => "Zeta 2",
            Self::Zeta21 => "Zeta 2.1",
        }
    }

    /// The family that a name is of: of a model, or of its file.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let parts: Vec<String> = name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|part| !part.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let has = |wanted: &[&str]| parts.windows(wanted.len()).any(|parts| parts == wanted);
        if has(&["sweep", "next", "edit"]) || has(&["sweep", "nextedit"]) {
            return Some(Self::Sweep);
        }
        if has(&["zeta", "2", "1"]) || has(&["zeta2", "1"]) {
            return Some(Self::Zeta21);
        }
        (has(&["zeta", "2"]) || has(&["zeta2"])).then_some(Self::Zeta2)
    }

    /// The family of a file, by what its header calls it, else by the name that it goes under here.
    #[must_use]
    pub fn of_header(header: &Header, name: &str) -> Option<Self> {
        let own = NAMES.iter().filter_map(|key| header.metadata.text(key));
        own.chain([name]).find_map(Self::of_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_edit_models_are_known_by_their_names_and_others_are_not() {
        use NextEditFamily::{Sweep, Zeta2, Zeta21};
        for (name, family) in [
            ("sweep-next-edit-1.5b.q8_0.v2.gguf", Some(Sweep)),
            ("Sweep Next Edit 0.5B", Some(Sweep)),
            ("sweepai/sweep-next-edit-v2-7B", Some(Sweep)),
            ("zed-industries/zeta-2", Some(Zeta2)),
            ("Zeta2-Q4_K_M", Some(Zeta2)),
            ("zeta-2.1-q4_k_m", Some(Zeta21)),
            ("zeta", None),
            ("qwen2.5-coder-1.5b-instruct-q4_k_m", None),
            ("sweeper-2b", None),
            ("seed-coder-8b-base", None),
            ("zeta-20b", None),
        ] {
            assert_eq!(NextEditFamily::of_name(name), family, "{name}");
        }
    }
}
