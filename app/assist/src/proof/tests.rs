//! What is proved, in each language that is shipped.

use std::sync::atomic::AtomicBool;

use editor_core::syntax::SyntaxTree;
use editor_core::{Language, Revision};
use proptest::prelude::*;
use ropey::Rope;

use super::layout::{CODE, is_kept, is_same, keep};
use super::samples::SAMPLES;
use super::*;

fn stretch(language: Language, text: &str) -> Option<Stretch> {
    let rope = Rope::from_str(text);
    let tree = SyntaxTree::parse(language, &rope, Revision(0), None, &AtomicBool::new(false)).unwrap();
    Stretch::new(&tree, &rope, &(0..rope.len_chars()))
}

fn read(language: Language, text: &str) -> Stretch {
    stretch(language, text).unwrap_or_else(|| panic!("{language:?} cannot be read:\n{text}"))
}

fn proof(language: Language, old: &str, new: &str) -> Option<String> {
    Proof::of(&read(language, old), &read(language, new)).map(|proof| proof.word().to_owned())
}

/// All samples but those of which nothing is said.
fn samples() -> impl Iterator<Item = (Language, &'static str)> {
    SAMPLES.into_iter().filter(|(language, _)| grammar::is_free_of_layout(*language))
}

#[test]
fn every_language_has_a_sample_that_can_be_read() {
    for language in Language::ALL.into_iter().filter(|language| *language != Language::PlainText) {
        let sample = SAMPLES.iter().find(|(of, _)| *of == language);
        let (_, text) = sample.unwrap_or_else(|| panic!("{language:?} has no sample"));
        assert_eq!(stretch(language, text).is_some(), language != Language::Markdown, "{language:?}");
    }
}

#[test]
fn tokens_and_gaps_are_the_whole_text() {
    for (language, text) in samples() {
        let read = read(language, text);
        let mut at = 0;
        for token in
            read.of(&[TokenRole::Code, TokenRole::Comment, TokenRole::Documentation, TokenRole::Annotation])
        {
            let gap = &text[at..token.bytes.start];
            assert!(gap.chars().all(|c| c.is_whitespace() || c == '\\'), "{language:?}: {gap:?} is lost");
            at = token.bytes.end;
        }
        assert!(text[at..].trim().is_empty(), "{language:?}");
    }
}

/// The lines of a text, each of these with another comment or none, and the code with another literal.
#[test]
fn comments_formatting_and_code_are_told_apart_in_every_language() {
    for (language, text) in samples() {
        let check = |new: &str, expected: Option<&str>| {
            assert_eq!(proof(language, text, new).as_deref(), expected, "{language:?}\n{new}");
        };
        let words = ["Adds.", "sum", "note"];
        let word = words.iter().find(|word| text.contains(*word));
        if let Some(word) = word.filter(|_| language != Language::Json) {
            check(&text.replacen(word, "other words", 1), Some("comments"));
        }
        let spread = text.replacen("\n", "\n\n", 1);
        if language != Language::Makefile && language != Language::Html {
            check(&spread, Some("formatting"));
        }
        // Blanks in a string are no layout.
        if text.contains("  ") && text.contains("a  b") {
            let other = proof(language, text, &text.replace("a  b", "a b"));
            assert_ne!(other.as_deref(), Some("formatting"), "{language:?}");
            assert_ne!(other.as_deref(), Some("comments"), "{language:?}");
        }
    }
}

/// The languages with functions: what a change of the body and of the signature is.
#[test]
fn bodies_and_signatures_are_told_apart_in_every_language_with_functions() {
    for (language, text) in
        samples().filter(|(_, text)| text.contains("half / 2") || text.contains("rate / 2"))
    {
        let new = text.replace("rate / 2", "rate / 3");
        assert_eq!(proof(language, text, &new).as_deref(), Some("bodies"), "{language:?}");
        let words = Proof::of(&read(language, text), &read(language, &new)).unwrap().words();
        assert!(words.to_lowercase().contains("only add changed, same signature"), "{language:?}: {words}");
        let head = text.lines().find(|line| line.contains("rate")).unwrap();
        let (other, also) = (head.replacen("other", "another", 1), "half + other");
        let signature = text
            .replacen(head, &other, 1)
            .replace(also, "half + another + 1")
            .replace("$half + $other", "$half + $another + 1");
        assert_eq!(
            proof(language, text, &signature).as_deref(),
            Some("signature"),
            "{language:?}\n{signature}"
        );
    }
}

#[test]
fn names_are_followed_in_every_language_with_local_names() {
    let mut count = 0;
    for (language, text) in samples().filter(|(language, _)| grammar::knows_names(*language)) {
        count += 1;
        let check = |new: &str, expected: Option<&str>| {
            assert_eq!(proof(language, text, new).as_deref(), expected, "{language:?}\n{new}");
        };
        let half = text.replace("half", "middle");
        check(&half, Some("names"));
        // A parameter is renamed where callers do not name it.
        check(&text.replace("rate", "speed"), Some("names"));
        // Not all of them: then the code is another one.
        let partly = text.replacen("half", "middle", 1);
        assert_ne!(proof(language, text, &partly).as_deref(), Some("names"), "{language:?}");
        // Caught by a name that is there.
        let caught = text.replace("half", "rate");
        assert_ne!(proof(language, text, &caught).as_deref(), Some("names"), "{language:?}");
        // Seen outside.
        let exported = text.replace("add", "sum_of").replace("Add", "SumOf");
        if !exported.contains("SumOfs.") {
            assert_ne!(proof(language, text, &exported).as_deref(), Some("names"), "{language:?}");
        }
        let called = text.replace("log", "write").replace("Log", "Write").replace("note(", "write(");
        assert_ne!(proof(language, text, &called).as_deref(), Some("names"), "{language:?}");
    }
    assert_eq!(count, 16);
}

#[test]
fn optional_types_are_told_from_code() {
    let check = |language, old: &str, new: &str, expected: Option<&str>| {
        assert_eq!(proof(language, old, new).as_deref(), expected, "{language:?}\n{new}");
        assert_eq!(proof(language, new, old).as_deref(), expected, "{language:?}, taken away\n{new}");
    };
    let python = "def f(a, b=1, *c):\n    x = a\n    return x\n";
    check(
        Language::Python,
        python,
        "def f(a: int, b: \"int\" = 1, *c: int) -> dict[str, int]:\n    x: int = a\n    return x\n",
        Some("annotations"),
    );
    check(
        Language::Python,
        python,
        "def f(a: int, b: int = 2, *c):\n    x = a\n    return x\n",
        Some("signature"),
    );
    let script = "function f(a, b) {\n  const x = a;\n  return x;\n}\n";
    let typed =
        "function f(a: number, b: Map<string, number>): number {\n  const x: number = a;\n  return x;\n}\n";
    check(Language::TypeScript, script, typed, Some("annotations"));
    check(Language::Tsx, script, typed, Some("annotations"));
    check(
        Language::Rust,
        "fn f() {\n    let x = 1;\n    g(x);\n}\n",
        "fn f() {\n    let x: u8 = 1;\n    g(x);\n}\n",
        Some("annotations"),
    );
    check(
        Language::Kotlin,
        "fun f() {\n    val x = 1\n    g(x)\n}\n",
        "fun f(): Unit {\n    val x: Int = 1\n    g(x)\n}\n",
        Some("annotations"),
    );
    check(
        Language::Swift,
        "func f() {\n    let x = 1\n    g(x)\n}\n",
        "func f() {\n    let x: Int = 1\n    g(x)\n}\n",
        Some("annotations"),
    );
    check(
        Language::Php,
        "<?php\nfunction f($a) {\n    return $a;\n}\n",
        "<?php\nfunction f(int $a): int {\n    return $a;\n}\n",
        Some("annotations"),
    );
    check(
        Language::Zig,
        "fn f() void {\n    const x = 1;\n    g(x);\n}\n",
        "fn f() void {\n    const x: u8 = 1;\n    g(x);\n}\n",
        Some("annotations"),
    );
    check(
        Language::Go,
        "package a\n\nfunc f() {\n\tvar x = 1\n\tg(x)\n}\n",
        "package a\n\nfunc f() {\n\tvar x int = 1\n\tg(x)\n}\n",
        Some("annotations"),
    );
}

#[test]
fn what_means_something_is_no_layout() {
    let differs = |language, old: &str, new: &str| {
        let same = is_same(&read(language, old), &read(language, new), false);
        assert!(!same, "{language:?}\n{old}\n{new}");
    };
    differs(Language::Python, "if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n");
    differs(Language::Python, "x = (1,)\n", "x = (1)\n");
    differs(Language::Python, "x = a[1,]\n", "x = a[1]\n");
    differs(Language::Python, "x = '''a\n  b'''\n", "x = '''a\n b'''\n");
    differs(Language::JavaScript, "f(() => { return a; });\n", "f(() => { return\na; });\n");
    differs(Language::JavaScript, "x = [,];\n", "x = [];\n");
    differs(Language::JavaScript, "x = `a ${b} c`;\n", "x = `a ${b}  c`;\n");
    differs(Language::Css, ".a .b {}\n", ".a.b {}\n");
    differs(Language::Html, "<b>a</b> <i>b</i>\n", "<b>a</b><i>b</i>\n");
    differs(Language::Yaml, "a:\n  b: 1\n", "a:\nb: 1\n");
    differs(Language::Rust, "fn f() -> u8 { m!(a,) }\n", "fn f() -> u8 { m!(a) }\n");
    differs(Language::Bash, "a b\n", "a\nb\n");
    let same = |language, old: &str, new: &str| {
        assert!(is_same(&read(language, old), &read(language, new), false), "{language:?}\n{old}\n{new}");
    };
    same(Language::Rust, "fn f() { g(a, b); }\n", "fn f() {\n    g(\n        a,\n        b,\n    );\n}\n");
    same(
        Language::Rust,
        "fn f() { match a { b => {} c => d } }\n",
        "fn f() {\n    match a {\n        b => {},\n        c => d,\n    }\n}\n",
    );
    same(Language::JavaScript, "f(a)\ng(b)\n", "f(a);\n\n\ng(b);\n");
    same(Language::Python, "f(a, b)\n", "f(\n    a,\n    b,\n)\n");
    same(Language::Html, "<ul>\n<li>a\nb</li>\n</ul>\n", "<ul>\n  <li>a b</li>\n</ul>\n");
}

fn undone(language: Language, old: &str, new: &str) -> String {
    let (old, new) = (read(language, old), read(language, new));
    let text = keep(&old, &new, false);
    assert!(is_kept(&new, &read(language, &text)), "{text}");
    text
}

#[test]
fn only_what_changes_is_changed() {
    let old =
        "fn f(a: u8, b: u8) -> u8 {\n  // the sum\n  let c = a + b;\n\n  g(c, [a, b]);\n  // done\n  c\n}\n";
    let new = "fn f(a: u8, b: u8) -> u8 {\n    let c = a + b;\n    g(\n        c,\n        [a, b],\n    );\n    c + 1\n}\n";
    assert_eq!(undone(Language::Rust, old, new), old.replace("  c\n}", "  c + 1\n}"));
    // What is new is indented as the rest is; what goes deeper keeps the answer's layout.
    let new = "fn f(a: u8, b: u8) -> u8 {\n    let c = a + b;\n    h();\n    g(c, [a, b]);\n    c\n}\n";
    assert_eq!(undone(Language::Rust, old, new), old.replace("\n\n  g", "\n  h();\n\n  g"));
    let deeper = "fn f() {\n    if x {\n        g();\n    }\n}\n";
    assert_eq!(undone(Language::Rust, "fn f() {\n    g();\n}\n", deeper), deeper);
    let python = "def f(a):\n  # one\n  b = g(a,\n        1)\n  return b\n";
    let answer = "def f(a):\n    b = g(a, 1)\n    return b + 1\n";
    assert_eq!(undone(Language::Python, python, answer), python.replace("return b", "return b + 1"));
    let comment = "def f(a):\n    # two\n    b = g(a, 1)\n    return b\n";
    assert!(undone(Language::Python, python, comment).contains("# two"), "a new comment is the answer's");
}

/// Blanks and line breaks put where the grammar does not mind.
fn relaid(language: Language, text: &str, choices: &[u8]) -> String {
    let read = read(language, text);
    let tokens: Vec<&CodeToken> = read
        .of(&[TokenRole::Code, TokenRole::Comment, TokenRole::Documentation, TokenRole::Annotation])
        .collect();
    let (mut out, mut at) = (String::new(), 0);
    for (token, choice) in tokens.iter().zip(choices.iter().cycle()) {
        let gap = &text[at..token.bytes.start];
        out += &match choice % 5 {
            0 if !gap.is_empty() => format!("{gap}{}", if gap.contains('\n') { "" } else { " " }),
            1 if gap.contains('\n') => gap.replacen('\n', "\n\n", 1),
            2 if gap.contains('\n') => gap.replace("    ", "  "),
            3 => format!("{gap} ").replace("\n ", "\n  "),
            4 if !gap.contains('\n') && !gap.is_empty() => "\n      ".to_owned(),
            _ => gap.to_owned(),
        };
        out += &text[token.bytes.clone()];
        at = token.bytes.end;
    }
    out + &text[at..]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// In every language: what differs in layout alone is the same, and undoing layout never changes a token of the answer, whatever else
    /// it changes.
    #[test]
    fn undoing_layout_never_changes_tokens(
        sample in 0..SAMPLES.len(), choices in prop::collection::vec(any::<u8>(), 1..40),
        word in prop::sample::select(vec![("half", "middle"), ("2", "3"), ("1", "(1 + 1)"), ("other", "other.x"), ("sum", "all")]),
    ) {
        let (language, text) = SAMPLES[sample];
        prop_assume!(grammar::is_free_of_layout(language));
        let old = read(language, text);
        let laid = relaid(language, text, &choices);
        if let Some(new) = stretch(language, &laid).filter(|new| new.marks(&CODE) == old.marks(&CODE)) {
            prop_assert!(is_same(&old, &new, false));
            let kept = keep(&old, &new, false);
            prop_assert_eq!(&kept, text, "{:?}: {}", language, laid);
        }
        let changed = laid.replacen(word.0, word.1, 1);
        if let Some(new) = stretch(language, &changed) {
            let kept = keep(&old, &new, false);
            // What cannot be read or is not the answer is not used: then the answer stands as it is.
            if let Some(read) = stretch(language, &kept).filter(|read| is_kept(&new, read)) {
                prop_assert_eq!(read.texts(&CODE), new.texts(&CODE));
            }
        }
    }
}
