//! A test that leaves early passes, and nobody knows that it checked nothing. So each early return of a test goes through
//! tests/src/ground.rs, which says it in the one way that `cargo xtask test` counts.

use super::lexer::{code_only, is_word};
use super::{Findings, Tree};

/// What must stand in the condition of an early return, or before it in its block.
const GROUND: &str = "ground";
/// A program that is its own child: the return is the end of what is no test in the parent.
const ROLE: &str = "env::var";

/// Each early return of each test.
pub fn are_said(tree: &Tree) -> Findings {
    let mut findings = Findings::new();
    for (path, text) in tree.rust().filter(|(_, text)| text.contains("#[test]")) {
        let code = code_only(text);
        for body in bodies(&code) {
            let silent = early_returns(&code[body.clone()]).filter(|at| !is_said(&code[body.clone()], *at));
            findings.extend(silent.map(|at| {
                let line = code[..body.start + at].matches('\n').count() + 1;
                format!("{path}:{line}: say by tests/src/ground.rs why this test does not run here, or let it fail")
            }));
        }
    }
    findings
}

/// What stands between the braces of each test.
fn bodies(code: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    code.match_indices("#[test]").filter_map(|(attribute, _)| {
        let open = attribute + code[attribute..].find('{')?;
        Some(open + 1..closing(code, open)?)
    })
}

/// The brace that closes the one at `open`.
fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_u32;
    code[open..].char_indices().find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(open + at)
    })
}

/// Returns that end the test as passed; what a closure returns is a value.
fn early_returns(body: &str) -> impl Iterator<Item = usize> + '_ {
    body.match_indices("return").map(|(at, _)| at).filter(|at| {
        let rest = &body[at + "return".len()..];
        let is_alone = !body[..*at].ends_with(is_word) && !rest.starts_with(is_word);
        is_alone && ["", "Ok(())"].iter().any(|value| ends_with_value(rest, value))
    })
}

fn ends_with_value(rest: &str, value: &str) -> bool {
    rest.trim_start().strip_prefix(value).is_some_and(|rest| rest.trim_start().starts_with([';', '}']))
}

/// Looks at the block that the return stands in, and at the statement which that block belongs to.
fn is_said(body: &str, at: usize) -> bool {
    let mut depth = 0_i32;
    let open = body[..at].char_indices().rev().find_map(|(at, c)| {
        match c {
            '}' => depth += 1,
            '{' => depth -= 1,
            _ => {}
        }
        (depth < 0).then_some(at)
    });
    let Some(open) = open else { return false };
    let statement = body[..open].rfind([';', '{', '}']).map_or(0, |end| end + 1);
    let words = &body[statement..at];
    words.contains(GROUND) || words.contains(ROLE)
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(body: &str, lines: &[usize]) {
        let text = format!("//! Why.\n#[test]\nfn a() {{\n{body}\n}}\n");
        let found = are_said(&tree(&[("app/src/a.rs", &text)]));
        let expected: Vec<String> = lines.iter().map(|line| format!("app/src/a.rs:{line}:")).collect();
        assert_eq!(found.len(), lines.len(), "{body}: {found:?}");
        assert!(found.iter().zip(&expected).all(|(found, line)| found.starts_with(line)), "{found:?}");
    }

    #[test]
    fn a_test_that_leaves_in_silence_is_found() {
        check("let Some(path) = model() else { return };\nassert!(path.is_file());", &[4]);
        check("if !installed() {\n    return;\n}", &[5]);
        check("if !installed() {\n    return Ok(());\n}", &[5]);
        check("if !installed() {\n    eprintln!(\"SKIPPED: a: not here\");\n    return;\n}", &[6]);
        check("let Some(path) = ground::model(\"a\") else { return };\nif path.is_dir() { return; }", &[5]);
    }

    #[test]
    fn what_is_said_and_what_is_no_end_of_a_test_stay() {
        check("let Some(path) = ground::model(\"a\") else { return };", &[]);
        check("if !can() {\n    ground::skip(\"a\", \"no\");\n    return;\n}", &[]);
        check("let Ok(role) = std::env::var(ROLE) else { return };", &[]);
        check("let f = |x| { if x > 1 { return 2; } 3 };\nlet returns = \"return;\";", &[]);
        assert!(are_said(&tree(&[("app/src/a.rs", "//! Why.\nfn a() {\n    return;\n}\n")])).is_empty());
    }
}
