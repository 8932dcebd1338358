//! A small text of each language, and its outline.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::buffer::Revision;

fn symbols(language: Language, text: &str) -> Vec<Symbol> {
    let rope = Rope::from_str(text);
    let tree =
        SyntaxTree::parse(language, &rope, Revision::default(), None, &AtomicBool::new(false)).unwrap();
    tree.symbols(&rope)
}

/// An outline with a line for each symbol: as deep as it lies, what it is and its name.
fn drawn(language: Language, text: &str) -> String {
    let line =
        |symbol: &Symbol| format!("{}{} {}", "  ".repeat(symbol.depth), symbol.kind.word(), symbol.name);
    symbols(language, text).iter().map(line).collect::<Vec<_>>().join("\n")
}

fn check(language: Language, text: &str, expected: &str) {
    assert_eq!(drawn(language, text), expected.trim_matches('\n'), "{language:?}");
}

#[test]
fn rust() {
    let text = "mod a {\n    pub struct P<T> { x: T }\n    impl<T> P<T> {\n        const N: u8 = 1;\n\
         \x20       fn new() -> Self { fn inner() {} todo() }\n    }\n}\nenum E { One, Two(u8) }\n\
         trait T { fn f(&self); fn g() {} }\nmacro_rules! m { () => {} }\nstatic S: u8 = 0;\n\
         type A = u8;\nfn main() { a::new(); }\n";
    check(
        Language::Rust,
        text,
        "
module a
  struct P
    field x
  implementation P<T>
    constant N
    method new
      function inner
enum E
  variant One
  variant Two
interface T
  method f
  method g
macro m
constant S
type A
function main",
    );
    let found = symbols(Language::Rust, "// é\nfn größe() {}\n");
    assert_eq!((found[0].range.clone(), found[0].name_range.clone()), (5..18, 8..13));
}

#[test]
fn python() {
    check(
        Language::Python,
        "LIMIT = 3\nname = 'x'\nclass A(B):\n    size: int = 1\n    @property\n    def f(self):\n\
         \x20       def g(): pass\n    async def h(self): pass\n@cache\ndef top(): pass\n",
        "
constant LIMIT
variable name
class A
  field size
  method f
    function g
  method h
function top",
    );
}

#[test]
fn javascript_and_typescript() {
    check(
        Language::JavaScript,
        "class A { #x = 1; constructor() {} async f() {} }\nfunction g() { function inner() {} }\n\
         export const h = () => 1, k = 2;\nlet o = { run: () => 1 };\nmodule.exports.z = function () {};\n",
        "
class A
  field #x
  method constructor
  method f
function g
  function inner
function h
constant k
constant o
  method run
function z",
    );
    let text = "interface I { a: string; m(): void }\nenum E { One, Two = 2 }\ntype T = I | null;\n\
         namespace N { export function f() {} }\nabstract class C { private x = 1; abstract g(): void; h() {} }\n\
         export const k = (a: number) => a;\ndeclare function d(): void;\n";
    let expected = "
interface I
  field a
  method m
enum E
  variant One
  variant Two
type T
module N
  function f
class C
  field x
  method g
  method h
function k
function d";
    check(Language::TypeScript, text, expected);
    check(Language::Tsx, text, expected);
}

#[test]
fn c_and_its_children() {
    let text = "#define MAX 1\n#define SQ(x) (x)\nstruct P { int x; char *y; };\nenum E { ONE };\n\
         typedef struct P Point;\nint count = 0;\nint f(int a);\nchar *g(void) { struct P p; return 0; }\n";
    check(
        Language::C,
        text,
        "
macro MAX
macro SQ
struct P
  field x
  field y
enum E
  variant ONE
type Point
variable count
function f
function g",
    );
    check(
        Language::Cpp,
        "namespace n {\nclass A : B {\npublic:\n  A();\n  int f() const { return x; }\n\
         \x20 virtual void g();\nprivate:\n  int x;\n};\n}\nvoid n::A::g() {}\ntemplate <class T> T max(T a) { return a; }\n\
         using Id = int;\n",
        "
module n
  class A
    function A
    method f
    method g
    field x
method n::A::g
function max
type Id",
    );
    check(
        Language::Go,
        "package a\nconst N = 1\nvar (\n\tx int\n)\ntype S struct { A int }\ntype I interface { F() }\n\
         type Id int\nfunc (s *S) M() {}\nfunc main() {}\n",
        "
constant N
variable x
struct S
  field A
interface I
  method F
type Id
method M
function main",
    );
}

#[test]
fn scripts_and_data() {
    check(
        Language::Bash,
        "X=1\nexport Y=2\nf() { Z=3; }\nfunction g { :; }\n",
        "variable X\nvariable Y\nfunction f\nfunction g",
    );
    check(Language::Json, "{\"a\": {\"b\": [{\"c\": 1}]}, \"\": 2}", "key a\n  key b\n    key c");
    check(
        Language::Toml,
        "top = 1\n[a.b]\nc = 2\n[[d]]\n\"e f\" = 3\n",
        "key top\nkey a.b\n  key c\nkey d\n  key \"e f\"",
    );
    check(
        Language::Markdown,
        "intro\n\n# One *x*\n\n## Two\n\ntext\n\n```rust\nfn f() {}\n```\n\nThree\n=====\n",
        "heading One *x*\n  heading Two\nheading Three",
    );
    check(
        Language::Css,
        ":root { --ink: #000; }\n.a > b, c { color: red }\n@keyframes turn { from {} }\n\
         @media print { .d {} }\n",
        "selector :root\n  variable --ink\nselector .a > b, c\nselector turn\nselector .d",
    );
    check(
        Language::Html,
        "<div id=\"a\"><p id=b></p></div><script>function f() {}</script><style>.x {}</style>",
        "element a\n  element b\nfunction f\nselector .x",
    );
    check(Language::Html, "", "");
}

#[test]
fn the_symbols_around_a_position_are_known_and_few_enough() {
    let text = "impl A {\n    fn f() { 1 }\n    fn g() {}\n}\nfn h() {}\n";
    let found = symbols(Language::Rust, text);
    let names = |position: usize| -> Vec<&str> {
        around(&found, position).into_iter().map(|index| found[index].name.as_str()).collect()
    };
    assert_eq!(names(text.find('1').unwrap()), ["A", "f"]);
    assert_eq!(names(text.find("fn g").unwrap()), ["A", "g"]);
    assert!(names(text.len()).is_empty());
    assert_eq!(found[1].parent, Some(0));
    let many = "fn f() {}\n".repeat(MAX_SYMBOLS + 10);
    assert_eq!(symbols(Language::Rust, &many).len(), MAX_SYMBOLS);
    let deep = "mod a {".repeat(3000);
    assert!(symbols(Language::Rust, &deep).len() <= 3000, "a broken text declares what it can");
}
