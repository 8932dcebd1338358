//! A sample of each language that came later: its grammar reads it, colours it and finds what it declares.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::buffer::Revision;
use crate::token::TokenKind;

/// Checks the outline, that nothing in the text is an error, and the colours of some of its words.
fn check(language: Language, text: &str, outline: &str, colours: &[(&str, TokenKind)]) {
    let rope = Rope::from_str(text);
    let tree =
        SyntaxTree::parse(language, &rope, Revision::default(), None, &AtomicBool::new(false)).unwrap();
    assert_eq!(tree.first_error(&rope, 0..rope.len_chars()), None, "{language:?}");
    let line =
        |symbol: &Symbol| format!("{}{} {}", "  ".repeat(symbol.depth), symbol.kind.word(), symbol.name);
    let drawn = tree.symbols(&rope).iter().map(line).collect::<Vec<_>>().join("\n");
    assert_eq!(drawn, outline.trim_matches('\n'), "{language:?}");
    let highlights = tree.highlights(&rope, 0..rope.len_chars());
    for (word, token) in colours {
        let start = text[..text.find(word).unwrap()].chars().count();
        let found = highlights.iter().find(|(range, _)| range.contains(&start));
        assert_eq!(found.map(|(_, token)| *token), Some(*token), "{word} of {language:?}");
    }
}

#[test]
fn java() {
    check(
        Language::Java,
        r#"package a;
// note
interface Shape { double area(); }
enum Kind { ROUND, FLAT }
record Point(int x) {}
class Circle implements Shape {
    private int radius = 1;
    Circle() {}
    public double area() { return run("text"); }
}
"#,
        "
interface Shape
  method area
enum Kind
  variant ROUND
  variant FLAT
class Point
class Circle
  field radius
  method Circle
  method area",
        &[
            ("// note", TokenKind::Comment),
            ("class", TokenKind::Keyword),
            ("\"text\"", TokenKind::String),
            ("Circle", TokenKind::Type),
        ],
    );
}

#[test]
fn c_sharp() {
    check(
        Language::CSharp,
        r#"namespace A {
    // note
    public interface IShape { double Area(); }
    enum Kind { Round }
    struct P { public int X; }
    class Circle : IShape {
        public int Size { get; set; }
        public Circle() {}
        public double Area() { var s = "text"; return 1; }
    }
}
"#,
        "
module A
  interface IShape
    method Area
  enum Kind
    variant Round
  struct P
    field X
  class Circle
    field Size
    method Circle
    method Area",
        &[
            ("// note", TokenKind::Comment),
            ("namespace", TokenKind::Keyword),
            ("\"text\"", TokenKind::String),
        ],
    );
}

#[test]
fn ruby() {
    check(
        Language::Ruby,
        "# note\nmodule A\n  LIMIT = 3\n  class B < C\n    def f(x)\n      'text'\n    end\n    def self.g; end\n  end\nend\ndef h; end\n",
        "
module A
  constant LIMIT
  class B
    method f
    method g
function h",
        &[("# note", TokenKind::Comment), ("module", TokenKind::Keyword), ("'text'", TokenKind::String)],
    );
}

#[test]
fn php() {
    check(
        Language::Php,
        r#"<h1>x</h1>
<?php
namespace A;
// note
interface I { function m(); }
enum E { case One; }
class B implements I {
    const N = 1;
    private $size = "text";
    public function m() { return $this->size; }
}
function f() {}
"#,
        "
module A
interface I
  method m
enum E
  variant One
class B
  constant N
  field $size
  method m
function f",
        &[("// note", TokenKind::Comment), ("class", TokenKind::Keyword), ("\"text\"", TokenKind::String)],
    );
}

#[test]
fn lua() {
    check(
        Language::Lua,
        "-- note\nlocal M = {}\nlocal function f() return 'text' end\nfunction M.g() end\n\
         function M:h() end\nM.k = function() end\nreturn M\n",
        "
variable M
function f
function M.g
method M:h
function M.k",
        &[("-- note", TokenKind::Comment), ("local", TokenKind::Keyword), ("'text'", TokenKind::String)],
    );
}

#[test]
fn zig() {
    check(
        Language::Zig,
        r#"// note
const std = @import("std");
const Point = struct {
    x: i32,
    pub fn init() Point {
        return .{ .x = 1 };
    }
};
const Kind = enum { one };
pub fn main() void {}
"#,
        "
constant std
struct Point
  field x
  method init
enum Kind
  variant one
function main",
        &[("// note", TokenKind::Comment), ("const", TokenKind::Keyword), ("\"std\"", TokenKind::String)],
    );
}

#[test]
fn kotlin() {
    check(
        Language::Kotlin,
        r#"// note
package a

interface Shape {
    fun area(): Double
}
enum class Kind { ROUND, FLAT }
class Circle(val radius: Int) : Shape {
    private val size = 1
    override fun area(): Double = 2.0
    companion object { fun make() = 1 }
}
object Single
typealias Id = Int
val top = "text"
fun main() { println(top) }
"#,
        "
interface Shape
  method area
enum Kind
  variant ROUND
  variant FLAT
class Circle
  field radius
  field size
  method area
  method make
class Single
type Id
variable top
function main",
        &[
            ("// note", TokenKind::Comment),
            ("class", TokenKind::Keyword),
            ("\"text\"", TokenKind::String),
            ("2.0", TokenKind::Number),
            ("println", TokenKind::Function),
            ("Circle", TokenKind::Type),
        ],
    );
}

#[test]
fn swift() {
    check(
        Language::Swift,
        r#"import A
// note
protocol Shape { func area() -> Double }
enum Kind { case round, flat }
struct P { var x: Int }
class Circle: Shape {
    let radius = 1
    init() {}
    func area() -> Double { return 2.0 }
}
extension Circle { func more() {} }
typealias Id = Int
let top = "text"
func main() {}
"#,
        "
interface Shape
  method area
enum Kind
  variant round
  variant flat
struct P
  field x
class Circle
  field radius
  method init
  method area
implementation Circle
  method more
type Id
variable top
function main",
        &[("// note", TokenKind::Comment), ("protocol", TokenKind::Keyword), ("text", TokenKind::String)],
    );
}

#[test]
fn sql() {
    check(
        Language::Sql,
        "-- note\nCREATE TABLE users (id INT PRIMARY KEY, name TEXT);\n\
         CREATE VIEW all_users AS SELECT * FROM users;\nSELECT 'text' FROM users WHERE id = 1;\n",
        "
table users
  field id
  field name
table all_users",
        &[("-- note", TokenKind::Comment), ("CREATE", TokenKind::Keyword), ("'text'", TokenKind::String)],
    );
}

#[test]
fn dockerfile() {
    check(
        Language::Dockerfile,
        "# note\nARG VERSION=1\nFROM rust:1 AS build\nENV HOME=\"/root\"\nRUN make\nFROM debian\nCOPY --from=build /a /b\n",
        "
variable VERSION
stage build
variable HOME
stage debian",
        &[("# note", TokenKind::Comment), ("FROM", TokenKind::Keyword), ("\"/root\"", TokenKind::String)],
    );
}

#[test]
fn make() {
    check(
        Language::Makefile,
        "# note\nCC := cc\ndefine block\ntext\nendef\nall: a.o b.o\n\t$(CC) -o $@ $^\n\nclean test:\n\trm -f a.o\n",
        "
variable CC
macro block
target all
target clean
target test",
        &[("# note", TokenKind::Comment), ("define", TokenKind::Keyword)],
    );
}

#[test]
fn yaml() {
    check(
        Language::Yaml,
        "# note\nname: \"text\"\njobs:\n  build:\n    steps: [{run: make}]\n  \"quoted key\": 2\n",
        "
key name
key jobs
  key build
    key steps
      key run
  key \"quoted key\"",
        &[
            ("# note", TokenKind::Comment),
            ("name", TokenKind::Property),
            ("\"text\"", TokenKind::String),
            ("2", TokenKind::Number),
        ],
    );
}
