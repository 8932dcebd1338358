//! A function and its proposal are run on the same inputs, by the programs that are installed here, in the sandbox as it is. This program
//! is its own sandbox (`confined`), as the editor is, so it has no harness.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::process::ExitCode;

use assist::{
    behaviour::{Behaviour, BehaviourDifference},
    check::EditTarget,
    interpreter,
    permission::Permission,
    wish::Wish,
};
use editor_core::Language;
use ropey::Rope;

mod own_sandbox;

use own_sandbox::ground;

const TESTS: [(&str, fn()); 11] = [
    ("python_that_does_the_same_is_said_to", python_that_does_the_same_is_said_to),
    (
        "the_simplest_input_that_differs_is_found_in_python",
        the_simplest_input_that_differs_is_found_in_python,
    ),
    ("of_python_that_is_not_pure_nothing_is_said", of_python_that_is_not_pure_nothing_is_said),
    ("javascript_that_does_the_same_is_said_to", javascript_that_does_the_same_is_said_to),
    (
        "the_simplest_input_that_differs_is_found_in_javascript",
        the_simplest_input_that_differs_is_found_in_javascript,
    ),
    ("typescript_is_compared_without_its_types", typescript_is_compared_without_its_types),
    ("rust_is_compared", rust_is_compared),
    ("go_is_compared", go_is_compared),
    ("what_is_compared_with_itself_never_differs", what_is_compared_with_itself_never_differs),
    ("speed_is_measured_where_it_was_asked_for", speed_is_measured_where_it_was_asked_for),
    ("proposals_that_do_the_same_have_one_name", proposals_that_do_the_same_have_one_name),
];

fn main() -> ExitCode {
    own_sandbox::main("comparisons of proposals", &TESTS)
}

/// What a comparison of two texts says, each a file with the one function that is selected at its end.
fn compared(language: Language, old: &str, new: &str, wish: Wish) -> Option<Behaviour> {
    let rope = Rope::from_str(old);
    let start = selection(old);
    let mut target = EditTarget::new(rope.clone(), start..rope.len_chars(), language, None);
    target.runs_in = Permission::Everywhere;
    assert!(target.can_compare(), "{old}");
    let replacement: String = new.chars().skip(selection(new)).collect();
    target.compared(&replacement, None, wish)
}

/// The selection begins behind the last empty line, else with the file.
fn selection(text: &str) -> usize {
    text.rfind("\n\n").map_or(0, |at| text[..at + 2].chars().count())
}

#[track_caller]
fn same(language: Language, old: &str, new: &str) {
    let found = compared(language, old, new, Wish::default());
    assert!(matches!(found, Some(Behaviour::Same { .. })), "{old}\n{new}\n{found:?}");
}

/// Call, old value and new value of the simplest difference.
#[track_caller]
fn differs(language: Language, old: &str, new: &str, expected: [&str; 3]) {
    let found = compared(language, old, new, Wish::default());
    let Some(Behaviour::Differs(BehaviourDifference { call, old: was, new: is, .. })) = found else {
        panic!("{old}\n{new}\n{found:?}")
    };
    assert_eq!([call.as_str(), was.as_str(), is.as_str()], expected);
}

#[track_caller]
fn nothing(language: Language, text: &str) {
    assert_eq!(compared(language, text, text, Wish::default()), None, "{text}");
}

fn has_python() -> bool {
    let found = interpreter::python().is_some();
    if !found {
        ground::skip("comparisons of Python", "python3 is not installed");
    }
    found
}

fn has_node() -> bool {
    let found = interpreter::node().is_some();
    if !found {
        ground::skip("comparisons of JavaScript", "node is not installed");
    }
    found
}

fn has_rust() -> bool {
    let found = interpreter::rust().is_some();
    if !found {
        ground::skip("comparisons of Rust", "no toolchain is installed");
    }
    found
}

const MEAN: &str = "def mean(xs):\n    return sum(xs) / len(xs)\n";

fn python_that_does_the_same_is_said_to() {
    if !has_python() {
        return;
    }
    let loops =
        "def mean(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total / len(xs)\n";
    same(Language::Python, MEAN, loops);
    // A value that is no number is one; what is drawn of an iterator counts; exceptions are values.
    same(
        Language::Python,
        "def f(x: float) -> float:\n    return x * float('nan')\n",
        "def f(x: float) -> float:\n    return float('nan')\n",
    );
    same(
        Language::Python,
        "def f(n: int):\n    for i in range(n):\n        yield i * i\n",
        "def f(n: int):\n    return (i * i for i in range(n))\n",
    );
    same(
        Language::Python,
        "def f(d: dict[str, int], k: str) -> int:\n    return d[k]\n",
        "def f(d: dict[str, int], k: str) -> int:\n    if k in d:\n        return d[k]\n    raise KeyError(k)\n",
    );
    // Classes of the file are made for each version anew.
    let point = "from dataclasses import dataclass\n\n@dataclass\nclass P:\n    x: int\n    y: int\n\n";
    same(
        Language::Python,
        &format!("{point}def f(p: P) -> P:\n    return P(p.y, p.x)\n"),
        &format!("{point}def f(p: P) -> P:\n    assert isinstance(p, P)\n    return P(x=p.y, y=p.x)\n"),
    );
}

fn the_simplest_input_that_differs_is_found_in_python() {
    if !has_python() {
        return;
    }
    let guarded = "def mean(xs):\n    if not xs:\n        return 0\n    return sum(xs) / len(xs)\n";
    differs(Language::Python, MEAN, guarded, ["mean([])", "raises ZeroDivisionError", "0"]);
    let grade =
        |sign: &str| format!("def grade(score: int) -> str:\n    return 'A' if score {sign} 90 else 'B'\n");
    differs(Language::Python, &grade(">="), &grade(">"), ["grade(90)", "'A'", "'B'"]);
    differs(
        Language::Python,
        "def f(xs: list[int]) -> list[int]:\n    return sorted(xs)\n",
        "def f(xs: list[int]) -> list[int]:\n    xs.sort()\n    return xs\n",
        ["f([1, 0])", "leaves its arguments as [1, 0]", "leaves its arguments as [0, 1]"],
    );
    differs(
        Language::Python,
        "def f(n: int) -> int:\n    while n > 0:\n        n -= 1\n    return n\n",
        "def f(n: int) -> int:\n    while n != 0:\n        n -= 1\n    return n\n",
        ["f(-1)", "-1", "does not end"],
    );
    let hello = |word: &str| format!("def f(name: str) -> None:\n    print('{word}', name)\n");
    differs(Language::Python, &hello("hi"), &hello("ho"), ["f('')", "prints 'hi \\n'", "prints 'ho \\n'"]);
}

fn of_python_that_is_not_pure_nothing_is_said() {
    if !has_python() {
        return;
    }
    let python = Language::Python;
    nothing(python, "import random\n\ndef f(x: int) -> float:\n    return random.random()\n");
    nothing(python, "def f(path: str) -> str:\n    return open(path).read()\n");
    nothing(python, "import time\n\ndef f(x: int) -> float:\n    return time.time()\n");
    nothing(python, "seen = 0\n\ndef f(x: int) -> int:\n    global seen\n    seen += x\n    return seen\n");
    nothing(python, "async def f(x: int) -> int:\n    return x\n");
    // It asks nobody, and still differs from itself.
    nothing(python, "def f(x: int) -> int:\n    return hash(object()) + x\n");
    nothing(python, "import not_installed\n\ndef f(x: int) -> int:\n    return x\n");
}

fn javascript_that_does_the_same_is_said_to() {
    if !has_node() {
        return;
    }
    let script = Language::JavaScript;
    same(
        script,
        "function mean(xs) { return xs.reduce((a, b) => a + b, 0) / xs.length; }\n",
        "function mean(xs) { let t = 0; for (const x of xs) t += x; return t / xs.length; }\n",
    );
    same(
        script,
        "export function f(s) { return s.split('').reverse().join(''); }\n",
        "export function f(s) { let r = ''; for (let i = s.length - 1; i >= 0; i--) r += s[i]; return r; }\n",
    );
    same(
        script,
        "function* f(n) { for (let i = 0; i < n; i++) yield i; }\n",
        "function* f(n) { let i = 0; while (i < n) yield i++; }\n",
    );
    nothing(script, "function f(x) { return x + Math.random(); }\n");
    nothing(script, "const fs = require('fs');\n\nfunction f(x) { return process.cwd() + x; }\n");
}

fn the_simplest_input_that_differs_is_found_in_javascript() {
    if !has_node() {
        return;
    }
    let script = Language::JavaScript;
    let grade = |sign: &str| {
        format!(
            "/** @param {{number}} score */\nfunction grade(score) {{ return score {sign} 90 ? 'A' : 'B'; }}\n"
        )
    };
    differs(script, &grade(">="), &grade(">"), ["grade(90)", "'A'", "'B'"]);
    differs(
        script,
        "function mean(xs) { return xs.reduce((a, b) => a + b, 0) / xs.length; }\n",
        "function mean(xs) { return xs.length ? xs.reduce((a, b) => a + b, 0) / xs.length : 0; }\n",
        ["mean([])", "NaN", "0"],
    );
    let root = |guard: &str| format!("function root(x) {{ {guard}return Math.sqrt(x); }}\n");
    let found = compared(script, &root("if (x < 0) throw new RangeError(); "), &root(""), Wish::default());
    let Some(Behaviour::Differs(difference)) = found else { panic!("{found:?}") };
    assert_eq!((difference.old.as_str(), difference.new.as_str()), ("throws RangeError", "NaN"));
    let sort = |copy: &str| format!("function f(xs) {{ return {copy}.sort((a, b) => a - b); }}\n");
    let found = compared(script, &sort("[...xs]"), &sort("xs"), Wish::default());
    assert!(found.is_some_and(|found| found.words().contains("leaves its arguments")));
}

fn typescript_is_compared_without_its_types() {
    if !has_node() {
        return;
    }
    let types = "interface P { x: number; y: number }\n\n";
    let sum =
        |body: &str| format!("{types}export function sum(xs: number[], by?: number): number {{ {body} }}\n");
    let loops = sum("let t = 0; for (const x of xs) t += x; return t * (by as number ?? 1);");
    same(
        Language::TypeScript,
        &loops,
        &sum("return xs.reduce((a: number, b: number) => a + b, 0) * (by ?? 1);"),
    );
    differs(
        Language::TypeScript,
        &loops,
        &sum("return xs.reduce((a, b) => a + b, 1) * (by ?? 1);"),
        ["sum([])", "0", "1"],
    );
}

fn rust_is_compared() {
    if !has_rust() {
        return;
    }
    let rust = Language::Rust;
    let uses = "use crate::other::Thing;\nuse std::cmp::max;\n\n";
    let largest = |body: &str| format!("{uses}fn largest(xs: &[i32]) -> i32 {{ {body} }}\n");
    let loops = largest("let mut m = 0; for x in xs { m = max(m, *x); } m");
    same(rust, &loops, &largest("xs.iter().copied().fold(0, max)"));
    let found = compared(rust, &loops, &largest("*xs.iter().max().unwrap()"), Wish::default());
    let Some(Behaviour::Differs(difference)) = found else { panic!("{found:?}") };
    assert_eq!(
        [difference.call.as_str(), difference.old.as_str(), difference.new.as_str()],
        ["largest(&[])", "0", "panics"]
    );
    nothing(rust, "fn f(x: u32) -> u32 { println!(\"{x}\"); x }\n");
}

fn go_is_compared() {
    if interpreter::go().is_none() {
        return ground::skip("comparisons of Go", "go is not installed");
    }
    let go = Language::Go;
    let largest = |body: &str| {
        format!(
            "package a\n\nimport (\n\t\"sort\"\n\t\"strings\"\n)\n\nvar _ = strings.ToUpper\nvar _ = sort.Ints\n\n\
             func largest(xs []int) int {{\n{body}\n}}\n"
        )
    };
    let loops = largest("m := 0\nfor _, x := range xs {\nif x > m {\nm = x\n}\n}\nreturn m");
    same(go, &loops, &largest("m := 0\nfor i := range xs {\nif xs[i] > m {\nm = xs[i]\n}\n}\nreturn m"));
    let found = compared(go, &loops, &largest("sort.Ints(xs)\nreturn xs[len(xs)-1]"), Wish::default());
    let Some(Behaviour::Differs(difference)) = found else { panic!("{found:?}") };
    assert_eq!([difference.old.as_str(), difference.new.as_str()], ["0", "panics"], "{difference:?}");
    // With its module it cannot be built, alone it can.
    let parts = |body: &str| {
        format!(
            "package a\n\nimport (\n\t\"strings\"\n\t\"example.org/other\"\n)\n\nvar _ = other.Thing\n\n\
             func parts(text string) ([]string, error) {{\n\treturn {body}, nil\n}}\n"
        )
    };
    same(go, &parts("strings.Fields(text)"), &parts("strings.Fields(strings.TrimSpace(text))"));
    nothing(go, "package a\n\nimport \"fmt\"\n\nfunc f(x int) int {\n\tfmt.Println(x)\n\treturn x\n}\n");
}

/// Functions of many kinds, each with all that makes inputs of its own.
const OWN: [(Language, &str); 15] = [
    (Language::Python, "def f(x):\n    return x * 2\n"),
    (Language::Python, "def f(a, b=3, *rest, key='x'):\n    return (a, b, rest, key)\n"),
    (
        Language::Python,
        "def f(items: list[str], seen: set[int] | None = None) -> dict[str, int]:\n    return {i: len(i) for i in items}\n",
    ),
    (Language::Python, "def f(text: str) -> set[str]:\n    return set(text.split())\n"),
    (Language::Python, "def f(x: int, to: list = []) -> list:\n    to.append(x)\n    return to\n"),
    (
        Language::Python,
        "from typing import Literal\n\ndef f(way: Literal['up', 'down'], by: float | None) -> str:\n    return way * int(by or 1)\n",
    ),
    (Language::Python, "def f(n: int) -> int:\n    return f(n - 1) if n > 0 else 1 // n\n"),
    (
        Language::Python,
        "class Odd(Exception):\n    pass\n\ndef f(n: int) -> int:\n    if n % 2:\n        raise Odd(n)\n    return n\n",
    ),
    (Language::Python, "def f(x: int):\n    return lambda y: x + y\n"),
    (Language::JavaScript, "const f = (a, b = 2) => a + b;\n"),
    (Language::JavaScript, "function f(user) { return `${user.name} ${user.age}`; }\n"),
    (Language::JavaScript, "function f(x) { return { x, twice: [x, x], map: new Map([[x, 1]]) }; }\n"),
    (Language::JavaScript, "function f(...xs) { return xs.length ? Math.max(...xs) : NaN; }\n"),
    (
        Language::Rust,
        "fn f(a: &mut Vec<u8>, b: Option<(char, &str)>) -> String { a.push(1); format!(\"{a:?}{b:?}\") }\n",
    ),
    (
        Language::Go,
        "package a\n\nfunc f(a map[string]int, b []rune, c ...float64) (int, error) {\n\ta[\"x\"] = len(b)\n\treturn len(c), nil\n}\n",
    ),
];

fn what_is_compared_with_itself_never_differs() {
    let there = |language: &Language| match language {
        Language::Python => interpreter::python().is_some(),
        Language::Rust => interpreter::rust().is_some(),
        Language::Go => interpreter::go().is_some(),
        _ => interpreter::node().is_some(),
    };
    let mut said = 0;
    for (language, text) in OWN.iter().filter(|(language, _)| there(language)) {
        let found = compared(*language, text, text, Wish::default());
        assert!(found.as_ref().is_none_or(|found| found.difference().is_none()), "{text}\n{found:?}");
        said += usize::from(found.is_some());
    }
    let all = OWN.iter().filter(|(language, _)| there(language)).count();
    assert!(said * 3 >= all * 2, "of {all} functions only {said} were compared");
}

fn speed_is_measured_where_it_was_asked_for() {
    let faster = Wish { faster: true, keeps: true, ..Wish::default() };
    let measured = |language, old: &str, new: &str| {
        let Some(Behaviour::Same { speed, .. }) = compared(language, old, new, faster) else { return None };
        speed
    };
    if has_python() {
        let slow = "def f(xs: list[int]) -> bool:\n    for i in range(len(xs)):\n        if xs[i] in xs[:i]:\n            \
                    return True\n    return False\n";
        let quick = "def f(xs: list[int]) -> bool:\n    return len(set(xs)) != len(xs)\n";
        let speed = measured(Language::Python, slow, quick).unwrap();
        assert_eq!(speed.is_faster(), Some(true), "{speed:?}");
        assert_eq!(measured(Language::Python, quick, slow).unwrap().is_faster(), Some(false));
        assert!(matches!(
            compared(Language::Python, slow, quick, Wish::default()),
            Some(Behaviour::Same { speed: None, .. })
        ));
    }
    if has_node() {
        let slow = "function f(xs) { return xs.filter((x, i) => xs.indexOf(x) === i); }\n";
        let quick = "function f(xs) { return [...new Set(xs)]; }\n";
        assert_eq!(measured(Language::JavaScript, slow, quick).unwrap().is_faster(), Some(true));
    }
}

/// Two ways to mend something that do the same, and one that does not.
fn proposals_that_do_the_same_have_one_name() {
    let python = [
        "def f(words: list[str]) -> set[str]:\n    return set()\n",
        "def f(words: list[str]) -> set[str]:\n    return {word.lower() for word in words}\n",
        "def f(words: list[str]) -> set[str]:\n    return set(map(str.lower, words))\n",
        "def f(words: list[str]) -> set[str]:\n    return set(words)\n",
    ];
    let javascript = [
        "/** @param {number[]} xs */\nfunction f(xs) {\n  return 0;\n}\n",
        "/** @param {number[]} xs */\nfunction f(xs) {\n  return xs.reduce((a, b) => a + b, 0);\n}\n",
        "/** @param {number[]} xs */\nfunction f(xs) {\n  let sum = 0;\n  for (const x of xs) sum += x;\n  return sum;\n}\n",
        "/** @param {number[]} xs */\nfunction f(xs) {\n  return xs.length;\n}\n",
    ];
    let rust = [
        "fn f(xs: &[i32]) -> i32 {\n    0\n}\n",
        "fn f(xs: &[i32]) -> i32 {\n    xs.iter().copied().max().unwrap_or(0)\n}\n",
        "fn f(xs: &[i32]) -> i32 {\n    *xs.iter().max().unwrap_or(&0)\n}\n",
        "fn f(xs: &[i32]) -> i32 {\n    xs.len() as i32\n}\n",
    ];
    let cases = [
        (has_python(), Language::Python, python),
        (has_node(), Language::JavaScript, javascript),
        (has_rust(), Language::Rust, rust),
    ];
    for (_, language, [old, one, other, third]) in cases.into_iter().filter(|(is_there, ..)| *is_there) {
        let name = |new: &str| {
            let found = compared(language, old, new, Wish::default());
            let difference = found.as_ref().and_then(Behaviour::difference);
            difference
                .and_then(|difference| difference.results.clone())
                .unwrap_or_else(|| panic!("{new}\n{found:?}"))
        };
        assert_eq!(name(one), name(other), "{language:?}");
        assert_eq!(name(one), name(one), "{language:?}: twice");
        assert_ne!(name(one), name(third), "{language:?}");
    }
}
