//! One public type name, one meaning: whoever reads `Entry` or looks for it finds one thing, not seven.

use std::collections::BTreeMap;

use super::lexer::{code_only, is_word};
use super::{Findings, Tree};

/// What opens a type. A union would be `unsafe` to read and is none of ours.
const KINDS: [&str; 4] = ["struct", "enum", "trait", "type"];

/// Every public type of the product whose name another public type has, too.
pub fn types_have_their_own(tree: &Tree) -> Findings {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in tree.rust().filter(|(path, _)| is_product(path)) {
        for (line, name) in public_types(text) {
            places.entry(name).or_default().push(format!("{path}:{line}"));
        }
    }
    places.iter().filter_map(|(name, places)| shared(name, places)).collect()
}

fn shared(name: &str, places: &[String]) -> Option<String> {
    let (first, others) = places.split_first().filter(|(_, others)| !others.is_empty())?;
    let others = others.join(", ");
    Some(format!("{first}: `{name}` is also a type at {others}; say in the name which of them it is"))
}

/// Tests may call what they build as they like: nobody looks for it from elsewhere.
fn is_product(path: &str) -> bool {
    let is_test = |part: &str| part == "tests" || part == "benches" || part.ends_with("_tests");
    !path.trim_end_matches(".rs").split('/').any(is_test)
}

/// The types that a file offers to others, with their lines, the module of its tests left out.
fn public_types(text: &str) -> Vec<(usize, String)> {
    let code = code_only(text);
    let end = code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len());
    let lines = code[..end].lines().enumerate();
    lines.filter_map(|(at, line)| Some((at + 1, declared(line)?))).collect()
}

/// The name of the public type that a line declares.
fn declared(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(limited) => limited.split_once(')')?.1,
        None => rest,
    };
    let mut words = rest.strip_prefix(' ')?.split_whitespace().skip_while(|word| *word == "unsafe");
    let kind = words.next()?;
    let name: String = words.next()?.chars().take_while(|c| is_word(*c)).collect();
    (KINDS.contains(&kind) && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(other: (&str, &str), findings: usize) {
        let found =
            types_have_their_own(&tree(&[("app/src/a.rs", "//! A.\n\npub struct Entry {\n}\n"), other]));
        assert_eq!(found.len(), findings, "{other:?}: {found:?}");
        assert!(found.iter().all(|finding| finding.starts_with("app/src/a.rs:3: `Entry`")), "{found:?}");
    }

    #[test]
    fn a_name_that_two_types_share_is_found() {
        let declarations = [
            "pub struct Entry(u8);",
            "pub(crate) enum Entry<T> {}",
            "    pub(super) type Entry = u8;",
            "pub unsafe trait Entry {}",
            "pub(in crate::b) struct Entry;",
        ];
        for text in declarations {
            check(("models/src/b.rs", text), 1);
            check(("app/src/c.rs", text), 1);
        }
    }

    #[test]
    fn what_nobody_else_sees_may_share_it() {
        let texts = [
            "struct Entry;",
            "// pub struct Entry;",
            "pub struct EntryList;",
            "pub fn entry() -> Entry {}",
            "pub use models::Entry;",
            "#[cfg(test)]\nmod tests {\n    pub struct Entry;\n}",
        ];
        for text in texts {
            check(("models/src/b.rs", text), 0);
        }
        for path in ["models/tests/b.rs", "app/src/b/tests.rs", "app/src/b_tests/c.rs", "ipc/benches/b.rs"] {
            check((path, "pub struct Entry;"), 0);
        }
    }

    #[test]
    fn three_places_are_one_finding_with_all_of_them() {
        let found = types_have_their_own(&tree(&[
            ("a/a.rs", "pub struct X;"),
            ("a/b.rs", "pub struct X;"),
            ("a/c.rs", "\npub struct X;"),
        ]));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("a/b.rs:1, a/c.rs:2"), "{found:?}");
    }
}
