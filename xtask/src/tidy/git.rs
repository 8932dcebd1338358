//! `git` has one door: app/assist/src/git.rs. A repository may name programs and places to fetch from, and only there is git run so that
//! it heeds neither.

use super::lexer::code_only;
use super::{Findings, Tree};

/// The door, and its tests beside it.
const DOOR: &str = "app/assist/src/git";
/// What is not part of the product: there git works on repositories of our own.
const NOT_THE_PRODUCT: &[&str] = &["tests/", "xtask/", "models/tests/", "app/git/tests/"];

/// No other file of the product runs git.
pub fn one_door(tree: &Tree) -> Findings {
    let product = tree.rust().filter(|(path, _)| {
        !path.starts_with(DOOR) && !NOT_THE_PRODUCT.iter().any(|other| path.starts_with(other))
    });
    let mut findings = Findings::new();
    for (path, text) in product {
        let code = code_only(text);
        let lines = code.lines().zip(text.lines()).enumerate();
        findings.extend(lines.filter(|(_, (code, line))| runs_git(code, line)).map(|(at, _)| {
            format!(
                "{path}:{}: git is run in {DOOR}.rs only, where it starts nothing and fetches nothing",
                at + 1
            )
        }));
    }
    findings
}

fn runs_git(code: &str, line: &str) -> bool {
    code.contains("Command::new(") && ["\"git\"", "/git\""].iter().any(|name| line.contains(name))
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn a_second_door_is_found() {
        let found = |path: &str, text: &str| one_door(&tree(&[(path, text)])).len();
        for text in ["let g = Command::new(\"git\");", "Command::new(\"/usr/bin/git\").arg(a)"] {
            assert_eq!(found("app/src/effects/a.rs", text), 1, "{text}");
            assert_eq!(found("app/assist/src/index.rs", text), 1, "{text}");
            for path in [
                "app/assist/src/git.rs",
                "app/assist/src/git/tests.rs",
                "xtask/src/tidy/mod.rs",
                "tests/tests/a.rs",
            ] {
                assert_eq!(found(path, text), 0, "{path}");
            }
        }
        for text in ["// Command::new(\"git\")", "Command::new(\"gitk\")", "let a = \"git\";"] {
            assert_eq!(found("app/src/a.rs", text), 0, "{text}");
        }
    }
}
