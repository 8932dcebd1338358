//! Who may know whom among the rooms of `app/src`: features stand on the workspace and do not know each other, what composes them
//! stands above, and nothing looks up.

use super::circles::{Module, graph};
use super::{Findings, Tree};

/// Where the rooms lie.
const HOUSE: &str = "app/src/";
/// The folder of features, of which none knows another.
const FEATURES: &str = "features";

/// A room and the rooms that it may know, beside files of `app/src` itself that belong to no room.
const ROOMS: &[(&str, &[&str])] = &[
    ("workspace", &["event"]),
    ("ui", &["workspace", "event"]),
    ("features", &["workspace", "ui", "event"]),
    ("event", &["workspace", "features"]),
    ("state", &["workspace", "features"]),
    ("update", &["workspace", "features", "event", "state"]),
    ("views", &["workspace", "ui", "features", "event", "state"]),
    ("effects", &["workspace", "features", "event"]),
    ("headless", &["workspace", "features", "effects", "event"]),
    ("keyboard", &["workspace", "features", "event", "state", "views"]),
    ("frames", &["workspace", "state"]),
    (
        "app",
        &[
            "workspace",
            "ui",
            "features",
            "event",
            "state",
            "update",
            "views",
            "effects",
            "keyboard",
            "frames",
        ],
    ),
];

/// Every import that leads where its room must not look.
pub fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::new();
    for (module, known) in graph(tree, HOUSE) {
        let Some((room, allowed)) = rules(&module) else { continue };
        for other in known {
            let there = other.first().map(String::as_str).unwrap_or_default();
            let is_room = ROOMS.iter().any(|(name, _)| *name == there);
            let forbidden = is_room && there != room && !allowed.contains(&there);
            if forbidden || is_neighbour(&module, &other) {
                findings.push(format!("{HOUSE}: {} imports {}", module.join("::"), other.join("::")));
            }
        }
    }
    findings
}

fn rules(module: &Module) -> Option<(&'static str, &'static [&'static str])> {
    let name = module.first()?;
    ROOMS.iter().find(|(room, _)| room == name).copied()
}

/// Are they of two features?
fn is_neighbour(module: &Module, other: &Module) -> bool {
    let feature =
        |of: &Module| (of.first().is_some_and(|room| room == FEATURES)).then(|| of.get(1).cloned()).flatten();
    matches!((feature(module), feature(other)), (Some(one), Some(another)) if one != another)
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        let rooms = [
            ("app/src/state.rs", ""),
            ("app/src/update/mod.rs", ""),
            ("app/src/views/mod.rs", ""),
            ("app/src/workspace/mod.rs", ""),
            ("app/src/features/mod.rs", ""),
            ("app/src/features/explain/mod.rs", ""),
            ("app/src/words.rs", ""),
        ];
        let files: Vec<(&str, &str)> =
            rooms.into_iter().filter(|(room, _)| *room != path).chain([(path, text)]).collect();
        check(&tree(&files)).len()
    }

    #[test]
    fn features_do_not_know_each_other_nor_what_composes_them() {
        let path = "app/src/features/find/update.rs";
        assert_eq!(
            found(path, "use crate::workspace::Workspace;\nuse crate::words;\nuse super::FindBar;"),
            0
        );
        for text in [
            "use crate::features::explain::Explain;",
            "use crate::state::State;",
            "fn f() { crate::update::f() }",
        ] {
            assert_eq!(found(path, text), 1, "{text}");
        }
        assert_eq!(found("app/src/features/explain/view.rs", "use crate::features::explain::Explain;"), 0);
    }

    #[test]
    fn nothing_looks_up() {
        assert_eq!(found("app/src/workspace/edit.rs", "use crate::features::explain::Explain;"), 1);
        assert_eq!(found("app/src/state.rs", "use crate::update::update;"), 1);
        assert_eq!(found("app/src/views/mod.rs", "use crate::update::update;"), 1);
        assert_eq!(
            found(
                "app/src/update/mod.rs",
                "use crate::features::explain::Explain;\nuse crate::state::State;"
            ),
            0
        );
    }
}
