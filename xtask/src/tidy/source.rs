//! Checks on our Rust text.

use super::lexer::{code_only, is_word};
use super::{Findings, Tree};

/// The only folder with `unsafe` in it.
const UNSAFE_HOME: &str = "inference/src/llama/";

/// rustfmt breaks code at 110; this is for comments and texts, which it leaves alone.
const MAX_LINE: usize = 140;

/// The first line of a file says why it exists.
pub fn opens_with_why(tree: &Tree) -> Findings {
    let silent = tree.rust().filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| format!("{path}:1: open with `//! ` and why this file exists")).collect()
}

/// `unsafe` only where llama.cpp is bound.
pub fn unsafe_in_one_place(tree: &Tree) -> Findings {
    let elsewhere = tree.rust().filter(|(path, _)| !path.starts_with(UNSAFE_HOME));
    in_code(elsewhere, |line| has_word(line, "unsafe"), &format!("unsafe code lives in {UNSAFE_HOME} only"))
}

/// A `SAFETY:` line stands at or right above each unsafe block and implementation.
pub fn says_why_safe(tree: &Tree) -> Findings {
    let mut findings = Findings::new();
    for (path, text) in tree.rust() {
        let code = code_only(text);
        let code: Vec<&str> = code.lines().collect();
        let lines: Vec<&str> = text.lines().collect();
        for at in (0..code.len()).filter(|&at| opens_unsafe(code[at]) && !explained(&lines, at)) {
            findings.push(format!("{path}:{}: say in a `SAFETY:` line who meets the obligation", at + 1));
        }
    }
    findings
}

fn opens_unsafe(line: &str) -> bool {
    word_starts(line, "unsafe").any(|at| {
        let next = line[at + "unsafe".len()..].trim_start();
        next.is_empty() || next.starts_with('{') || next.starts_with("impl")
    })
}

/// On the line itself, or above it over comments and the beginning of the same statement.
fn explained(lines: &[&str], at: usize) -> bool {
    let mut code_lines = 0;
    for (back, line) in lines[..=at].iter().rev().enumerate() {
        if line.contains("SAFETY:") {
            return true;
        }
        let line = line.trim();
        if back == 0 || line.starts_with("//") {
            continue;
        }
        code_lines += 1;
        if code_lines > 3 || line.is_empty() || line.ends_with([';', '}']) {
            return false;
        }
    }
    false
}

/// No macro that means "later".
pub fn no_leftovers(tree: &Tree) -> Findings {
    const LATER: [&str; 3] = ["todo", "dbg", "unimplemented"];
    let is_left = |line: &str| {
        LATER.iter().any(|name| word_starts(line, name).any(|at| line[at + name.len()..].starts_with('!')))
    };
    in_code(tree.rust(), is_left, "finish it, or file an issue and remove it")
}

/// Icons come from the icon family; the text of tests may be anything.
pub fn no_emoji(tree: &Tree) -> Findings {
    let app = tree.rust().filter(|(path, _)| path.starts_with("app/"));
    let mut findings = Findings::new();
    for (path, text) in app {
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (at, line) in product.lines().enumerate().filter(|(_, line)| line.chars().any(is_emoji)) {
            let found: String = line.chars().filter(|&c| is_emoji(c)).collect();
            findings
                .push(format!("{path}:{}: {found} is no icon of ours; take one from assets/icons", at + 1));
        }
    }
    findings
}

/// Pictographs, dingbats and the selector that asks for a coloured form.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}')
}

/// A forged length must not be able to ask for all memory: each bincode configuration carries a limit.
pub fn decoding_is_limited(tree: &Tree) -> Findings {
    let mut findings = Findings::new();
    for (path, text) in tree.rust() {
        let code = code_only(text);
        let makers = ["config::standard()", "config::legacy()"];
        for (at, maker) in makers.iter().flat_map(|maker| code.match_indices(maker)) {
            let chain = code[at + maker.len()..].split([';', ',', '}']).next().unwrap_or_default();
            if !chain.contains(".with_limit") {
                let line = code[..at].matches('\n').count() + 1;
                findings.push(format!(
                    "{path}:{line}: give this configuration a limit: `.with_limit::<BYTES>()`"
                ));
            }
        }
    }
    findings
}

/// ipc-channel's receiver trusts whoever sends. Only the worker may have one: its end of the handshake and of the requests.
pub fn only_the_worker_receives(tree: &Tree) -> Findings {
    const HOMES: [&str; 4] =
        ["ipc/src/handshake.rs", "ipc/src/transport.rs", "ipc/tests/hostile.rs", "ipc/benches/wire.rs"];
    const RECEIVERS: [&str; 6] = [
        "IpcReceiver",
        "IpcBytesReceiver",
        "IpcReceiverSet",
        "IpcOneShotServer",
        "OpaqueIpcReceiver",
        "ROUTER",
    ];
    in_code(
        tree.rust().filter(|(path, _)| !HOMES.contains(path)),
        |line| RECEIVERS.iter().any(|receiver| has_word(line, receiver)),
        "receive through `ipc::frame`: what a worker sends must not reach ipc-channel's receiver",
    )
}

/// One word for each end of a range: constants are called `MAX_…` and `MIN_…`.
pub fn limits_have_one_name(tree: &Tree) -> Findings {
    const OTHERS: [&str; 6] = ["MOST", "LEAST", "LONGEST", "SHORTEST", "LARGEST", "SMALLEST"];
    let is_other = |line: &str| {
        let name = line.split("const ").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or_default();
        OTHERS.iter().any(|other| name.split('_').next() == Some(*other))
    };
    in_code(tree.rust(), is_other, "call it `MAX_…` or `MIN_…`")
}

/// No line that nobody reads to its end.
pub fn lines_are_short(tree: &Tree) -> Findings {
    let mut findings = Findings::new();
    for (path, text) in tree.rust() {
        for (at, line) in text.lines().enumerate() {
            let length = line.chars().count();
            if length > MAX_LINE {
                findings.push(format!("{path}:{}: {length} characters; {MAX_LINE} at most", at + 1));
            }
        }
    }
    findings
}

fn in_code<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    is_wrong: impl Fn(&str) -> bool,
    advice: &str,
) -> Findings {
    let mut findings = Findings::new();
    for (path, text) in files {
        for (at, _) in code_only(text).lines().enumerate().filter(|(_, line)| is_wrong(line)) {
            findings.push(format!("{path}:{}: {advice}", at + 1));
        }
    }
    findings
}

fn has_word(line: &str, word: &str) -> bool {
    word_starts(line, word).next().is_some()
}

/// Where `word` stands alone, in bytes.
fn word_starts<'a>(line: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let alone =
        move |at: &usize| !line[..*at].ends_with(is_word) && !line[*at + word.len()..].starts_with(is_word);
    line.match_indices(word).map(|(at, _)| at).filter(alone)
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(of: fn(&Tree) -> Findings, path: &str, text: &str, findings: usize) {
        let found = of(&tree(&[(path, text)]));
        assert_eq!(found.len(), findings, "{text}: {found:?}");
        assert!(found.iter().all(|finding| finding.starts_with(path)), "{found:?}");
    }

    #[test]
    fn a_file_without_a_reason_is_found() {
        check(opens_with_why, "app/src/a.rs", "use std::fs;\n", 1);
        check(opens_with_why, "app/src/a.rs", "//! Why.\n", 0);
        check(opens_with_why, "assets/sample/a.rs", "fn main() {}\n", 0);
        check(opens_with_why, "app/src/a.txt", "", 0);
    }

    #[test]
    fn unsafe_elsewhere_is_found() {
        check(unsafe_in_one_place, "ipc/src/a.rs", "fn f() {\n    unsafe { g() }\n}", 1);
        check(unsafe_in_one_place, "ipc/src/a.rs", "// unsafe\nlet unsafe_code = \"unsafe\";", 0);
        check(unsafe_in_one_place, "inference/src/llama/model.rs", "unsafe { g() }", 0);
    }

    #[test]
    fn unsafe_without_a_reason_is_found() {
        let path = "inference/src/llama/model.rs";
        check(says_why_safe, path, "let a = 1;\nunsafe { g() };", 1);
        check(says_why_safe, path, "// SAFETY: by g's header.\nunsafe { g() };", 0);
        check(
            says_why_safe,
            path,
            "// SAFETY: by g's header,\n// as told there.\nlet a =\n    unsafe { g() };",
            0,
        );
        check(says_why_safe, path, "// SAFETY: of another one.\nunsafe { g() };\nunsafe { h() };", 1);
        check(says_why_safe, path, "unsafe impl Send for A {}", 1);
        check(says_why_safe, path, "unsafe fn f() {}", 0);
    }

    #[test]
    fn what_is_left_to_do_is_found() {
        check(no_leftovers, "app/src/a.rs", "fn f() { todo!() }", 1);
        check(no_leftovers, "app/src/a.rs", "fn f() { dbg!(1); }", 1);
        check(no_leftovers, "app/src/a.rs", "// todo!()\nfn todo() { mytodo!() }", 0);
    }

    #[test]
    fn emoji_are_found_but_not_in_tests() {
        check(no_emoji, "app/src/a.rs", "let icon = \"\u{1F4BE}\";", 1);
        check(no_emoji, "app/src/a.rs", "let arrow = \"→ …\";\n#[cfg(test)]\nlet text = \"\u{1F4BE}\";", 0);
        check(no_emoji, "editor-core/src/a.rs", "\"\u{1F4BE}\"", 0);
    }

    #[test]
    fn decoding_without_a_limit_is_found() {
        let path = "ipc/src/a.rs";
        check(
            decoding_is_limited,
            path,
            "let c = bincode::config::standard();\nlet d = x.with_limit::<9>();",
            1,
        );
        check(decoding_is_limited, path, "decode(&b, config::legacy(), x.with_limit::<1>())", 1);
        check(
            decoding_is_limited,
            path,
            "let c = bincode::config::standard()\n    .with_limit::<1024>();",
            0,
        );
    }

    #[test]
    fn an_editor_that_receives_over_ipc_channel_is_found() {
        let code = "use ipc_channel::ipc::{IpcOneShotServer, IpcSender};\nfn f(from: IpcReceiver<Event>) {}";
        check(only_the_worker_receives, "ipc/src/launch.rs", code, 2);
        check(only_the_worker_receives, "ipc/src/handshake.rs", code, 0);
        check(only_the_worker_receives, "app/src/a.rs", "// IpcReceiver\nlet to: IpcSender<Request>;", 0);
    }

    #[test]
    fn limits_by_other_names_are_found() {
        let path = "app/src/a.rs";
        check(limits_have_one_name, path, "pub const MOST_BYTES: u64 = 1;\n    const LEAST: u8 = 2;", 2);
        check(limits_have_one_name, path, "const MAX_BYTES: u64 = 1; // MOST\nconst ALMOST: u8 = 1;", 0);
    }

    #[test]
    fn long_lines_are_found() {
        check(lines_are_short, "app/src/a.rs", &format!("//{}", "x".repeat(139)), 1);
        check(lines_are_short, "app/src/a.rs", &format!("//{}", "ü".repeat(138)), 0);
    }
}
