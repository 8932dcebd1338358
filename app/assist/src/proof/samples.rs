//! A text in each language with a function, a local name, a comment and a string, for tests.

use editor_core::Language;

/// A text, with `rate` as a local name where the language has some.
pub const SAMPLES: [(Language, &str); 26] = [
    (
        Language::Rust,
        r##"/// Adds.
fn add(rate: u32, other: u32) -> u32 {
    // sum
    let half: u32 = rate / 2;
    if half > 1 {
        log("a  b", [half, 2]);
    }
    half + other
}
"##,
    ),
    (
        Language::Python,
        r##"def add(rate, other):
    """Adds."""
    # sum
    half = rate / 2
    if half > 1:
        log("a  b", [half, 2])
    return half + other
"##,
    ),
    (
        Language::JavaScript,
        r##"/** Adds. */
function add(rate, other) {
  // sum
  const half = rate / 2;
  if (half > 1) {
    log("a  b", [half, 2]);
  }
  return half + other;
}
"##,
    ),
    (
        Language::TypeScript,
        r##"/** Adds. */
function add(rate: number, other: number): number {
  // sum
  const half: number = rate / 2;
  if (half > 1) {
    log("a  b", [half, 2]);
  }
  return half + other;
}
"##,
    ),
    (
        Language::Tsx,
        r##"/** Adds. */
function add(rate: number, other: number): number {
  // sum
  const half: number = rate / 2;
  if (half > 1) {
    log(<b a="1">{half}</b>, [half, 2]);
  }
  return half + other;
}
"##,
    ),
    (
        Language::C,
        r##"/* Adds. */
int add(int rate, int other) {
    // sum
    int half = rate / 2;
    if (half > 1) {
        note("a  b", half);
    }
    return half + other;
}
"##,
    ),
    (
        Language::Cpp,
        r##"/* Adds. */
int add(int rate, int other) {
    // sum
    int half = rate / 2;
    if (half > 1) {
        note("a  b", half);
    }
    return half + other;
}
"##,
    ),
    (
        Language::Go,
        r##"package a

// Adds.
func add(rate int, other int) int {
	// sum
	half := rate / 2
	if half > 1 {
		note("a  b", []int{half, 2})
	}
	return half + other
}
"##,
    ),
    (
        Language::Json,
        r##"{
  "a": [1, 2],
  "b": { "c": "d  e" }
}
"##,
    ),
    (
        Language::Toml,
        r##"# note
[a]
b = [1, 2]
c = "d  e"
"##,
    ),
    (
        Language::Markdown,
        r##"# Title

Some text.

- one
- two
"##,
    ),
    (
        Language::Bash,
        r##"# Adds.
add() {
  # sum
  local half=$1
  if [ "$half" -gt 1 ]; then
    note "a  b" "$half"
  fi
  echo "$half"
}
"##,
    ),
    (
        Language::Html,
        r##"<!-- note -->
<ul class="a">
  <li>one  two</li>
  <li><b>x</b> <i>y</i></li>
</ul>
"##,
    ),
    (
        Language::Css,
        r##"/* note */
.a .b {
  color: red;
  margin: 1px -2px;
}
"##,
    ),
    (
        Language::CSharp,
        r##"class A {
    /// Adds.
    int Add(int rate, int other) {
        // sum
        int half = rate / 2;
        if (half > 1) {
            Log("a  b", half);
        }
        return half + other;
    }
}
"##,
    ),
    (
        Language::Dockerfile,
        "# note\nFROM debian:12\nRUN apt update && \\\n    apt install -y curl\nCOPY a b\n",
    ),
    (
        Language::Java,
        r##"class A {
    /** Adds. */
    int add(int rate, int other) {
        // sum
        int half = rate / 2;
        if (half > 1) {
            log("a  b", half);
        }
        return half + other;
    }
}
"##,
    ),
    (
        Language::Kotlin,
        r##"/** Adds. */
fun add(rate: Int, other: Int): Int {
    // sum
    val half: Int = rate / 2
    if (half > 1) {
        log("a  b", half)
    }
    return half + other
}
"##,
    ),
    (
        Language::Lua,
        r##"-- Adds.
function add(rate, other)
  -- sum
  local half = rate / 2
  if half > 1 then
    log("a  b", half)
  end
  return half + other
end
"##,
    ),
    (
        Language::Makefile,
        r##"# note
CC = gcc
all: main.o
	$(CC) -o all main.o
"##,
    ),
    (
        Language::Php,
        r##"<?php
/** Adds. */
function add(int $rate, $other): int {
    // sum
    $half = $rate / 2;
    if ($half > 1) {
        note("a  b", [$half, 2]);
    }
    return $half + $other;
}
"##,
    ),
    (
        Language::Ruby,
        r##"# Adds.
def add(rate, other)
  # sum
  half = rate / 2
  if half > 1
    log("a  b", [half, 2])
  end
  half + other
end
"##,
    ),
    (
        Language::Sql,
        r##"-- note
SELECT a, b
FROM t
WHERE a > 1 AND b = 'c  d';
"##,
    ),
    (
        Language::Swift,
        r##"/// Adds.
func add(_ rate: Int, _ other: Int) -> Int {
    // sum
    let half: Int = rate / 2
    if half > 1 {
        log("a  b", [half, 2])
    }
    return half + other
}
"##,
    ),
    (
        Language::Yaml,
        r##"# note
a:
  - b
  - c: "d  e"
text: |
  one
    two
"##,
    ),
    (
        Language::Zig,
        r##"/// Adds.
fn add(rate: u32, other: u32) u32 {
    // sum
    const half: u32 = rate / 2;
    if (half > 1) {
        note("a  b", half);
    }
    return half + other;
}
"##,
    ),
];
