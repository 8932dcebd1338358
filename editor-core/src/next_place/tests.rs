//! Edits as people make them, and where the same is due then.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::pattern::Matching;
use super::scan::scan;
use super::*;
use crate::{Document, EditKind, Language, Selection, Transaction, syntax::SyntaxTree};

/// A text that is edited as in the window: parsed after each edit.
struct Desk {
    document: Document,
    trail: EditTrail,
    parses: bool,
}

impl Desk {
    fn new(language: Language, text: &str, parses: bool) -> Self {
        let mut document = Document::untitled("Untitled 1", text);
        document.set_language(language);
        let mut desk = Self { trail: EditTrail::new(document.rope()), document, parses };
        desk.parse();
        desk
    }

    fn tree(&self) -> Option<SyntaxTree> {
        let (rope, revision) = (self.document.rope(), self.document.revision());
        let never = AtomicBool::new(false);
        let parse = || SyntaxTree::parse(self.document.language(), rope, revision, None, &never);
        self.parses.then(parse).flatten()
    }

    fn parse(&mut self) {
        if let Some(tree) = self.tree() {
            self.trail.parsed(&tree);
        }
    }

    /// Replaces the first place of a text, a character at a time.
    fn edit(&mut self, old: &str, new: &str) {
        let text = self.document.rope().to_string();
        let at =
            text[..text.find(old).unwrap_or_else(|| panic!("{old:?} is not in {text:?}"))].chars().count();
        let length = old.chars().count();
        self.replace(at..at + length, "");
        for (index, c) in new.chars().enumerate() {
            self.replace(at + index..at + index, &c.to_string());
        }
        self.parse();
    }

    fn replace(&mut self, range: std::ops::Range<usize>, text: &str) {
        let transaction = Transaction::replace(self.document.buffer(), range, text);
        self.document.apply(transaction.clone(), EditKind::Type, 0).unwrap();
        self.trail.follow(&[transaction], self.document.rope());
    }

    fn places(&self) -> (Vec<ChangePattern>, Vec<ChangePlace>) {
        let Some(edit) = self.trail.settled() else { return Default::default() };
        let (text, tree) = (self.document.rope().to_string(), self.tree());
        let spared = [edit.place()];
        let searched = SearchedText {
            text: &text,
            rope: self.document.rope(),
            language: self.document.language(),
            tree: tree.as_ref(),
            from: edit.place().end,
            spared: &spared,
            is_edited: true,
        };
        let patterns = patterns(&edit, self.trail.examples(), &searched);
        let places = places(&patterns, &searched);
        (patterns, places)
    }

    /// Changes all places where it is due.
    fn change_all(&mut self) -> usize {
        let (_, places) = self.places();
        let changes = places.iter().map(ChangePlace::change).collect();
        let transaction = Transaction::new(self.document.buffer(), changes).unwrap();
        self.document.apply(transaction, EditKind::Alone, 0).unwrap();
        places.len()
    }

    fn text(&self) -> String {
        self.document.rope().to_string()
    }
}

/// The text after some edits, and after the last of them was made wherever it is due.
fn check(language: Language, text: &str, edits: &[(&str, &str)], expected: &str) {
    let mut desk = Desk::new(language, text, true);
    edits.iter().for_each(|(old, new)| desk.edit(old, new));
    let patterns = desk.places().0;
    desk.change_all();
    assert_eq!(desk.text(), expected, "{edits:?} {patterns:#?}");
}

/// Nothing is due after these edits.
fn nothing(language: Language, text: &str, edits: &[(&str, &str)]) {
    let mut desk = Desk::new(language, text, true);
    edits.iter().for_each(|(old, new)| desk.edit(old, new));
    let (patterns, places) = desk.places();
    assert_eq!(places, [], "{edits:?} {patterns:#?}");
}

use Language::{C, Go, JavaScript, Markdown, Python, Rust};

#[test]
fn another_function_is_called_everywhere_whatever_it_is_called_with() {
    check(
        Python,
        "assertEquals(a, 1)\nassertEquals(f(b), c[2])\nx.assertEquals(d)\n# assertEquals(e)\n'assertEquals(f)'\n",
        &[("assertEquals(a", "assertEqual(a")],
        "assertEqual(a, 1)\nassertEqual(f(b), c[2])\nx.assertEquals(d)\n# assertEquals(e)\n'assertEquals(f)'\n",
    );
    check(
        Python,
        "print('a')\nif b:\n    print('c', d)\nmy_print(e)\n",
        &[("print('a')", "log.info('a')")],
        "log.info('a')\nif b:\n    log.info('c', d)\nmy_print(e)\n",
    );
}

#[test]
fn an_argument_is_added_taken_away_and_changed_where_the_others_are_what_they_may() {
    let text = "a = fetch(url)\nb = fetch(base + path)\nc = fetch(url, 3)\ndef fetch(url):\n    pass\n";
    let added = "a = fetch(url, timeout=5)\nb = fetch(base + path, timeout=5)\nc = fetch(url, 3)\ndef fetch(url):\n    pass\n";
    check(Python, text, &[("fetch(url)", "fetch(url, timeout=5)")], added);
    check(
        JavaScript,
        "draw(a, b, true);\ndraw(c.d(), [1, 2], true);\ndraw(e, f, false);\n",
        &[("draw(a, b, true)", "draw(a, b)")],
        "draw(a, b);\ndraw(c.d(), [1, 2]);\ndraw(e, f, false);\n",
    );
    check(
        JavaScript,
        "load(a, 1);\nload(\n  b,\n  1\n);\nload(c, 2);\n",
        &[("load(a, 1)", "load(a, 9)")],
        "load(a, 9);\nload(\n  b,\n  1\n);\nload(c, 2);\n",
    );
}

#[test]
fn what_is_done_with_a_call_is_done_with_all_of_them_once() {
    let text = "fn f() {\n    let a = load(p);\n    let b = load(q.r());\n    let c = load(s)?;\n}\n";
    check(
        Rust,
        text,
        &[("load(p)", "load(p)?")],
        "fn f() {\n    let a = load(p)?;\n    let b = load(q.r())?;\n    let c = load(s)?;\n}\n",
    );
    check(
        JavaScript,
        "async function f() {\n  const a = read(b);\n  const c = read(d[1]);\n}\n",
        &[("= read(b)", "= await read(b)")],
        "async function f() {\n  const a = await read(b);\n  const c = await read(d[1]);\n}\n",
    );
}

#[test]
fn a_name_that_comes_back_elsewhere_is_any_name() {
    check(
        JavaScript,
        "if (name == undefined) {}\nif (a.b[0] == undefined) {}\nif (c === undefined) {}\n",
        &[("name == undefined", "isMissing(name)")],
        "if (isMissing(name)) {}\nif (isMissing(a.b[0])) {}\nif (c === undefined) {}\n",
    );
}

#[test]
fn a_declared_name_is_followed_in_its_function_and_nowhere_else() {
    check(
        Python,
        "def f(xs):\n    n = len(xs)\n    return n + g.n + h(n=n)\n\ndef g(n):\n    return n\n",
        &[("n = len", "count = len")],
        "def f(xs):\n    count = len(xs)\n    return count + g.n + h(n=count)\n\ndef g(n):\n    return n\n",
    );
    check(
        Rust,
        "fn f(total: u8) -> A {\n    let s = \"total\"; // total\n    A { total: total, x: b.total }\n}\nfn g(total: u8) -> u8 { total }\n",
        &[("total: u8) -> A", "sum: u8) -> A")],
        "fn f(sum: u8) -> A {\n    let s = \"total\"; // total\n    A { total: sum, x: b.total }\n}\nfn g(total: u8) -> u8 { total }\n",
    );
    check(
        Go,
        "package a\n\nfunc oldName(a int) int { return a }\n\nvar b = oldName(1) + c.oldName(2)\n",
        &[("oldName", "newName")],
        "package a\n\nfunc newName(a int) int { return a }\n\nvar b = newName(1) + c.newName(2)\n",
    );
    nothing(Python, "def f(a, b):\n    a = b\n    return a\n", &[("a = b", "b = b")]);
    nothing(C, "int f(int size) { int n = size; return n; }\n", &[("return n", "return size")]);
}

#[test]
fn two_edits_that_are_alike_say_what_may_differ() {
    check(
        Rust,
        "fn f(name: String, n: u8) {}\nfn g(path: String) {}\nfn h(title: String) {}\nstruct A { s: Vec<String> }\n",
        &[("name: String", "name: &str"), ("path: String", "path: &str")],
        "fn f(name: &str, n: u8) {}\nfn g(path: &str) {}\nfn h(title: &str) {}\nstruct A { s: Vec<String> }\n",
    );
    check(
        JavaScript,
        "return wrap(a + 1);\nx.on(\"one\", f);\nx.on(\"two\", g);\nx.on(\"three\", h);\n",
        &[("x.on(\"one\", f)", "listen(x, \"one\", f)"), ("x.on(\"two\", g)", "listen(x, \"two\", g)")],
        "return wrap(a + 1);\nlisten(x, \"one\", f);\nlisten(x, \"two\", g);\nlisten(x, \"three\", h);\n",
    );
}

#[test]
fn comments_and_prose_are_changed_where_a_word_is_misspelt() {
    check(
        Python,
        "# We recieve it.\nrecieve = 1  # what we recieve\n",
        &[("We recieve", "We receive")],
        "# We receive it.\nrecieve = 1  # what we receive\n",
    );
    check(
        Markdown,
        "Call `old_name` first.\n\nThen call old_name again, not my_old_name.\n",
        &[("old_name", "new_name")],
        "Call `new_name` first.\n\nThen call new_name again, not my_old_name.\n",
    );
    nothing(Markdown, "This is one.\nThis is two.\n", &[("This", "That")]);
}

#[test]
fn a_string_is_changed_where_it_is_the_same_string() {
    check(
        Python,
        "a = open(p, encoding='latin-1')\nb = 'latin-1'\nc = 'latin-15'\n# 'latin-1'\n",
        &[("'latin-1'", "'utf-8'")],
        "a = open(p, encoding='utf-8')\nb = 'utf-8'\nc = 'latin-15'\n# 'latin-1'\n",
    );
}

#[test]
fn several_lines_that_were_changed_at_once_are_several_changes() {
    let text = "a = old_call(1)\nb = other_call(x)\nc = old_call(2)\nd = other_call(y)\n";
    let mut desk = Desk::new(Python, text, true);
    desk.replace(0..text.find("c =").unwrap() - 1, "a = new_call(1)\nb = another_call(x)");
    desk.parse();
    desk.change_all();
    assert_eq!(desk.text(), "a = new_call(1)\nb = another_call(x)\nc = new_call(2)\nd = another_call(y)\n");
}

#[test]
fn without_a_tree_it_is_told_by_the_line() {
    let mut desk = Desk::new(Python, "foo_bar(1)\nfoo_bar(2)  # foo_bar(3)\n", false);
    desk.edit("foo_bar", "bar_foo");
    desk.change_all();
    assert_eq!(desk.text(), "bar_foo(1)\nbar_foo(2)  # foo_bar(3)\n");
}

/// A text, and what is replaced in it, one after another.
type Sequence<'a> = (Language, &'a str, &'a [(&'a str, &'a str)]);

/// What people do all day without wanting it anywhere else. Each is judged by itself; the count is what is promised.
#[test]
fn ordinary_writing_offers_next_to_nothing() {
    let python = "import os\n\n\ndef load(path):\n    with open(path) as file:\n        return file.read()\n\n\ndef main():\n    \
                  text = load('a')\n    for line in text.splitlines():\n        if line:\n            print(line)\n    return text\n";
    let rust = "use std::fs;\n\nfn load(path: &str) -> String {\n    fs::read_to_string(path).unwrap()\n}\n\nfn main() {\n    let \
                text = load(\"a\");\n    for line in text.lines() {\n        println!(\"{line}\");\n    }\n}\n";
    let script = "import fs from 'fs';\n\nexport function load(path) {\n  return fs.readFileSync(path, 'utf8');\n}\n\nconst text = \
                  load('a');\nfor (const line of text.split('\\n')) {\n  console.log(line);\n}\n";
    let sequences: &[Sequence<'_>] = &[
        (Python, python, &[("import os\n", "import os\nimport sys\n")]),
        (
            Python,
            python,
            &[
                ("def main():\n", "def main():\n    count = 0\n"),
                ("print(line)\n", "print(line)\n            count += 1\n"),
            ],
        ),
        (Python, python, &[("return text\n", "return text.strip()\n")]),
        (Python, python, &[("if line:", "if line and line != '#':")]),
        (Python, python, &[("return file.read()", "return file.read().strip()")]),
        (Python, python, &[("import os\n", "")]),
        (Python, python, &[("        if line:\n            print(line)\n", "        print(line)\n")]),
        (Python, python, &[("load('a')", "load('b.txt')")]),
        (Python, python, &[("print(line)", "print(line, end='')")]),
        (Python, python, &[("def load(path):", "def load(path, encoding='utf-8'):")]),
        (Python, python, &[("open(path)", "open(path, encoding=encoding)")]),
        (Python, python, &[("def load(path):\n", "def load(path):\n    \"\"\"Reads a file.\"\"\"\n")]),
        (
            Python,
            python,
            &[("    return text\n", "    return text\n\n\ndef other():\n    return load('b')\n")],
        ),
        (
            Python,
            python,
            &[("for line in text.splitlines():", "for number, line in enumerate(text.splitlines()):")],
        ),
        (Rust, rust, &[("use std::fs;", "use std::{fs, io};")]),
        (Rust, rust, &[("-> String", "-> io::Result<String>"), (".unwrap()", "")]),
        (Rust, rust, &[("let text", "let mut text")]),
        (Rust, rust, &[("fn load", "pub fn load")]),
        (Rust, rust, &[("println!(\"{line}\");", "println!(\"> {line}\");")]),
        (
            Rust,
            rust,
            &[
                ("fn main() {\n", "fn main() {\n    let mut count = 0;\n"),
                ("        println", "        count += 1;\n        println"),
            ],
        ),
        (Rust, rust, &[("text.lines()", "text.lines().enumerate()")]),
        (Rust, rust, &[("load(\"a\")", "load(\"a\").unwrap()")]),
        (JavaScript, script, &[("const text", "let text")]),
        (JavaScript, script, &[("console.log(line)", "console.log(line.trim())")]),
        (JavaScript, script, &[("function load(path)", "async function load(path)")]),
        (JavaScript, script, &[("'utf8'", "'latin1'")]),
        (JavaScript, script, &[("load('a')", "load('a') || ''")]),
        (JavaScript, script, &[("  console.log(line);\n", "  if (line) {\n    console.log(line);\n  }\n")]),
        (JavaScript, script, &[("(path) {\n", "(path) {\n  if (!path) return '';\n")]),
        (Markdown, "# Notes\n\nThe editor is fast. The editor is small.\n", &[("is fast", "is very fast")]),
        (Markdown, "# Notes\n\nThe editor is fast. The editor is small.\n", &[("fast", "quick")]),
        (
            C,
            "int min(int a, int b) { return a < b ? a : b; }\nint max(int a, int b) { return a > b ? a : b; }\n",
            &[("a < b ?", "a <= b ?")],
        ),
        (C, "int f(int a) { int i = 0; i = i + a; return i; }\n", &[("i + a", "i - a")]),
    ];
    let mut offered = Vec::new();
    for (language, text, edits) in sequences {
        let mut desk = Desk::new(*language, text, true);
        for (old, new) in *edits {
            desk.edit(old, new);
            let places = desk.places().1;
            if !places.is_empty() {
                offered.push((*old, *new, places));
            }
        }
    }
    assert!(offered.is_empty(), "{} of {}: {offered:#?}", offered.len(), sequences.len());
}

#[test]
fn a_place_that_was_changed_or_is_spared_is_none_any_more() {
    let mut desk = Desk::new(Python, "one_call(1)\none_call(2)\none_call(3)\n", true);
    desk.edit("one_call", "two_call");
    assert_eq!(desk.change_all(), 2);
    let transaction = desk.document.take_applied().pop().unwrap().transaction;
    desk.trail.pass(&[transaction], &desk.document.rope().clone());
    assert_eq!(desk.places().1, []);
}

#[test]
fn taking_the_change_back_takes_the_offer_back() {
    let mut desk = Desk::new(Python, "one_call(1)\none_call(2)\n", true);
    desk.edit("one_call", "two_call");
    assert_eq!(desk.places().1.len(), 1);
    desk.edit("two_call", "one_call");
    assert_eq!(desk.places().1, []);
}

fn some_code() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "load(", "a", "bb", "name", ")", ", ", " = ", "\n", ".get(", "'s'", "1", "[", "]", " # note ",
        "return ", "ü",
    ]);
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// A place says what stands there, is where its pattern matches, and is changed alone; undo brings everything back.
    #[test]
    fn places_are_what_they_say(
        text in some_code(), line in some_code(), copies in 1usize..4,
        edits in prop::collection::vec((0usize..200, 0usize..9, some_code()), 1..4), parses in any::<bool>(),
    ) {
        let text = format!("{text}\n{}", format!("{line}\n").repeat(copies));
        let mut desk = Desk::new(Python, &text, parses);
        for (at, length, insert) in edits {
            let end = desk.document.rope().len_chars();
            let insert: String = insert.chars().take(12).collect();
            desk.replace(at.min(end)..(at + length).min(end), &insert);
            desk.parse();
        }
        let (patterns, places) = desk.places();
        let before = desk.text();
        for place in &places {
            let rope = desk.document.rope();
            prop_assert_eq!(rope.slice(place.range.clone()).to_string(), place.before.clone());
            prop_assert_ne!(&place.before, &place.after);
            let matches = patterns.iter().any(|pattern| {
                let tokens = scan(Python, &place.before, pattern.prose);
                let anchor = pattern.anchor().unwrap();
                (0..tokens.len()).any(|at| {
                    let found = pattern.matched(&tokens, anchor, at);
                    matches!(found, Matching::Found(found) if found.tokens == (0..tokens.len()))
                })
            });
            prop_assert!(matches, "{:?}", place);
            let chars: Vec<char> = before.chars().collect();
            let expected: String = chars[..place.range.start].iter().collect::<String>() + &place.after
                + &chars[place.range.end..].iter().collect::<String>();
            let transaction = Transaction::new(desk.document.buffer(), vec![place.change()]).unwrap();
            desk.document.select(&Selection::caret(0));
            desk.document.apply(transaction, EditKind::Alone, 0).unwrap();
            prop_assert_eq!(desk.text(), expected);
            prop_assert!(desk.document.undo());
            prop_assert_eq!(desk.text(), before.clone());
        }
        prop_assert!(places.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
    }
}
