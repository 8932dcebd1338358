//! Proposals are checked by the programs that are installed here, in the sandbox as it is: what confines them must not keep them from their
//! work. This program is its own sandbox (`confined`), as the editor is, so it has no harness.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{fs, path::Path, process::ExitCode};

use assist::{
    check::EditTarget, checkers::Checkers, examples::ExampleResult, interpreter, permission::Permission,
    sandbox::Scratch,
};
use editor_core::Language;
use ropey::Rope;

mod own_sandbox;

use own_sandbox::ground;

const TESTS: [(&str, fn()); 5] = [
    ("examples_of_python_hold_or_do_not", examples_of_python_hold_or_do_not),
    ("examples_of_javascript_hold_or_do_not", examples_of_javascript_hold_or_do_not),
    ("documentation_of_rust_is_tested", documentation_of_rust_is_tested),
    ("checkers_tell_right_from_wrong", checkers_tell_right_from_wrong),
    ("nothing_is_run_on_a_file_elsewhere", nothing_is_run_on_a_file_elsewhere),
];

fn main() -> ExitCode {
    own_sandbox::main("checks of proposals", &TESTS)
}

/// What becomes of the examples of a text with this in place of all of it.
fn held(
    file: &Path,
    language: Language,
    text: &str,
    replacement: &str,
    allowed: Permission,
) -> Vec<ExampleResult> {
    fs::write(file, text).unwrap();
    let rope = Rope::from_str(text);
    let mut target = EditTarget::new(rope.clone(), 0..rope.len_chars(), language, None);
    assert!(!target.examples.is_empty(), "{text}");
    (target.file, target.runs_in) = (Some(file.to_owned()), allowed);
    target.run(replacement)
}

/// One example each: it holds of the first text, and not of the second.
fn hold_or_do_not(name: &str, language: Language, right: &str, wrong: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    let within = Permission::Within(folder.path().to_owned());
    for (replacement, holds) in [(right, true), (wrong, false)] {
        let held = held(&file, language, wrong, replacement, within.clone());
        assert_eq!(
            held.iter().map(|held| (held.ran, held.passed)).collect::<Vec<_>>(),
            [(true, holds)],
            "{held:?}"
        );
    }
}

fn examples_of_python_hold_or_do_not() {
    if interpreter::python().is_none() {
        return ground::skip("examples of Python", "python3 is not installed");
    }
    let twice = |factor| {
        format!(
            "def twice(x):\n    \"\"\"Twice x.\n\n    >>> twice(2)\n    4\n    \"\"\"\n    return x * {factor}\n"
        )
    };
    hold_or_do_not("twice.py", Language::Python, &twice(2), &twice(3));
    // Standard modules are found, and event loops wake themselves.
    let later = |factor| {
        let body = format!(
            "    async def later():\n        return x * {factor}\n    return json.loads(json.dumps(asyncio.run(later())))\n"
        );
        format!(
            "def twice(x):\n    \"\"\"Twice x.\n\n    >>> twice(2)\n    4\n    \"\"\"\n    import asyncio, json\n{body}"
        )
    };
    hold_or_do_not("later.py", Language::Python, &later(2), &later(3));
}

fn examples_of_javascript_hold_or_do_not() {
    if interpreter::node().is_none() {
        return ground::skip("examples of JavaScript", "node is not installed");
    }
    let twice = |factor| {
        format!("/**\n * Twice x.\n * twice(2) => 4\n */\nfunction twice(x) {{\n  return x * {factor};\n}}\n")
    };
    hold_or_do_not("twice.js", Language::JavaScript, &twice(2), &twice(3));
}

fn project(folder: &Path) -> std::path::PathBuf {
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    folder.join("src/lib.rs")
}

fn documentation_of_rust_is_tested() {
    if interpreter::rust().is_none() {
        return ground::skip("documentation of Rust", "no toolchain is installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = project(folder.path());
    let twice = |factor| {
        format!(
            "/// Twice.\n/// ```\n/// assert_eq!(sample::twice(2), 4);\n/// ```\npub fn twice(x: u32) -> u32 {{\n    x * {factor}\n}}\n"
        )
    };
    let within = Permission::Within(folder.path().to_owned());
    for (replacement, holds) in [(twice(2), true), (twice(3), false)] {
        let held = held(&file, Language::Rust, &twice(3), &replacement, within.clone());
        assert_eq!(
            held.iter().map(|held| (held.ran, held.passed)).collect::<Vec<_>>(),
            [(true, holds)],
            "{held:?}"
        );
    }
}

fn checkers_tell_right_from_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let library = project(folder.path());
    let other = folder.path().join("any");
    fs::write(&other, "").unwrap();
    fs::write(&library, "").unwrap();
    let lone = tempfile::tempdir().unwrap();
    let alone = lone.path().join("any");
    fs::write(&alone, "").unwrap();
    fs::write(lone.path().join("own.h"), "int own(int);\n").unwrap();
    let cases = [
        (Language::Rust, "rustc", &alone, "fn f() -> u8 {\n    1\n}\n", "fn f() -> u8 {\n    g()\n}\n"),
        // Crates that are not there are not needed by what is checked.
        (
            Language::Rust,
            "rustc",
            &alone,
            "use rand::Rng;\nuse std::fmt;\nuse regex::{\n    Regex,\n};\nuse md5;\n\nfn f() -> u8 {\n    1\n}\n",
            "use rand::Rng;\nuse std::fmt;\nuse regex::{\n    Regex,\n};\nuse md5;\n\nfn f() -> u8 {\n    \"\"\n}\n",
        ),
        (
            Language::C,
            "cc",
            &alone,
            "#include <stdio.h>\n#include \"own.h\"\nint f(void) { return own(getchar()); }\n",
            "int f(void) { return \"x\" * 2; }\n",
        ),
        (
            Language::Cpp,
            "c++",
            &alone,
            "#include <vector>\nint f() { return std::vector<int>{1}.size(); }\n",
            "int f() { return missing; }\n",
        ),
        (
            Language::Java,
            "javac",
            &alone,
            "public class Sum {\n    int f() { return 1; }\n}\n",
            "public class Sum {\n    int f() { return \"x\"; }\n}\n",
        ),
        (Language::Go, "gofmt", &alone, "package a\n\nfunc f() {}\n", "package a\n\nfunc f( {}\n"),
        (Language::Python, "python3", &other, "def f():\n    return 1\n", "return 1\n"),
        (Language::JavaScript, "node", &other, "let a = 1;\n", "let a = 1;\nlet a = 2;\n"),
        (Language::Bash, "bash", &other, "if true; then ls; fi\n", "if true; then ls\n"),
        (
            Language::Rust,
            "rustc",
            &library,
            "pub fn f() -> u8 {\n    1\n}\n",
            "pub fn f() -> u8 {\n    \"x\"\n}\n",
        ),
    ];
    for (language, program, file, right, wrong) in cases {
        if ground::program("checkers of languages", program).is_none() {
            continue;
        }
        let checkers = Checkers::default();
        let checker = checkers
            .of(language)
            .unwrap()
            .clone()
            .asked_in(Permission::Within(file.parent().unwrap().to_owned()));
        let check = |text: &str| checker.check(text, Some(file), &Scratch::new().unwrap());
        assert_eq!(check(right), Some(Ok(())), "{program}");
        assert!(matches!(check(wrong), Some(Err(said)) if !said.is_empty()), "{program}");
    }
}

fn nothing_is_run_on_a_file_elsewhere() {
    let (mine, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let twice =
        "def twice(x):\n    \"\"\"Twice x.\n\n    >>> twice(2)\n    4\n    \"\"\"\n    return x * 2\n";
    for allowed in [Permission::Nowhere, Permission::Within(mine.path().to_owned())] {
        let file = elsewhere.path().join("twice.py");
        assert_eq!(held(&file, Language::Python, twice, twice, allowed.clone()), []);
        let checker = Checkers::default().of(Language::Python).unwrap().clone().asked_in(allowed);
        assert_eq!(checker.check("return 1\n", Some(&file), &Scratch::new().unwrap()), None);
    }
}
