//! ARCHITECTURE.md is how a newcomer finds the way: each place that it names is there.

use super::{Findings, Tree};

/// The map of the house.
const MAP: &str = "ARCHITECTURE.md";

/// Every place in backquotes that no file has: `features/outline`, `ipc/src/launch.rs`.
pub fn names_what_exists(tree: &Tree) -> Findings {
    let Some((_, text)) = tree.texts().find(|(path, _)| *path == MAP) else { return Findings::new() };
    let files: Vec<String> = tree.files.iter().map(|file| format!("/{}", without_src(&file.path))).collect();
    let mut findings = Findings::new();
    for (at, line) in text.lines().enumerate() {
        let places = line.split('`').skip(1).step_by(2).filter(|word| is_place(word));
        let missing = places.filter(|place| !files.iter().any(|file| has(file, place)));
        findings.extend(missing.map(|place| format!("{MAP}:{}: there is no {place} any more", at + 1)));
    }
    findings
}

/// Is it a path, and no command, type or address?
fn is_place(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-./".contains(c);
    word.contains('/') && !word.starts_with(['/', '.', '-']) && word.chars().all(is_plain)
}

/// A place is named from any folder above it, and `src` may be left out: `assist/attempts` is `app/assist/src/attempts.rs`.
fn has(file: &str, place: &str) -> bool {
    let place = format!("/{}", without_src(place.trim_end_matches('/')));
    file.match_indices(&place).any(|(at, _)| {
        matches!(&file[at + place.len()..], "" | ".rs") || { file[at + place.len()..].starts_with('/') }
    })
}

fn without_src(path: &str) -> String {
    path.split('/').filter(|part| *part != "src").collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn a_place_that_is_gone_is_found() {
        let found = |map: &str| {
            let files =
                [(MAP, map), ("app/assist/src/attempts.rs", ""), ("app/src/features/outline/mod.rs", "")];
            names_what_exists(&tree(&files))
        };
        for there in ["assist/attempts", "features/outline", "app/src/features/outline/mod.rs", "app/"] {
            assert!(found(&format!("see `{there}`")).is_empty(), "{there}");
        }
        for gone in ["assist/attempt", "features/outlines", "outline/view.rs", "views/outline"] {
            let found = found(&format!("one\nsee `{gone}`"));
            assert_eq!(found, [format!("{MAP}:2: there is no {gone} any more")]);
        }
        assert!(found("`cargo test -p app/x` and `Effect::Ask` and `/tmp/x`, features/none").is_empty());
    }
}
