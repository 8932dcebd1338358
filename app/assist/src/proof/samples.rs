//! A text in each language with a function, a local name, a comment and a string, for tests.

use editor_core::Language;

/// A text, with `rate` as a local name where the language has some.
pub const SAMPLES: [(Language, &str); 26] = [
    (
        Language::Rust,
        "/// Adds.\nfn add(rate: u32, other: u32) -> u32 {\n    // sum\n    let half: u32 = rate / 2;\n    if half > 1 {\n        log(\"a  b\", [half, 2]);\n    }\n    half + other\n}\n",
    ),
    (
        Language::Python,
        "def add(rate, other):\n    \"\"\"Adds.\"\"\"\n    # sum\n    half = rate / 2\n    if half > 1:\n        log(\"a  b\", [half, 2])\n    return half + other\n",
    ),
    (
        Language::JavaScript,
        "/** Adds. */\nfunction add(rate, other) {\n  // sum\n  const half = rate / 2;\n  if (half > 1) {\n    log(\"a  b\", [half, 2]);\n  }\n  return half + other;\n}\n",
    ),
    (
        Language::TypeScript,
        "/** Adds. */\nfunction add(rate: number, other: number): number {\n  // sum\n  const half: number = rate / 2;\n  if (half > 1) {\n    log(\"a  b\", [half, 2]);\n  }\n  return half + other;\n}\n",
    ),
    (
        Language::Tsx,
        "/** Adds. */\nfunction add(rate: number, other: number): number {\n  // sum\n  const half: number = rate / 2;\n  if (half > 1) {\n    log(<b a=\"1\">{half}</b>, [half, 2]);\n  }\n  return half + other;\n}\n",
    ),
    (
        Language::C,
        "/* Adds. */\nint add(int rate, int other) {\n    // sum\n    int half = rate / 2;\n    if (half > 1) {\n        note(\"a  b\", half);\n    }\n    return half + other;\n}\n",
    ),
    (
        Language::Cpp,
        "/* Adds. */\nint add(int rate, int other) {\n    // sum\n    int half = rate / 2;\n    if (half > 1) {\n        note(\"a  b\", half);\n    }\n    return half + other;\n}\n",
    ),
    (
        Language::Go,
        "package a\n\n// Adds.\nfunc add(rate int, other int) int {\n\t// sum\n\thalf := rate / 2\n\tif half > 1 {\n\t\tnote(\"a  b\", []int{half, 2})\n\t}\n\treturn half + other\n}\n",
    ),
    (Language::Json, "{\n  \"a\": [1, 2],\n  \"b\": { \"c\": \"d  e\" }\n}\n"),
    (Language::Toml, "# note\n[a]\nb = [1, 2]\nc = \"d  e\"\n"),
    (Language::Markdown, "# Title\n\nSome text.\n\n- one\n- two\n"),
    (
        Language::Bash,
        "# Adds.\nadd() {\n  # sum\n  local half=$1\n  if [ \"$half\" -gt 1 ]; then\n    note \"a  b\" \"$half\"\n  fi\n  echo \"$half\"\n}\n",
    ),
    (
        Language::Html,
        "<!-- note -->\n<ul class=\"a\">\n  <li>one  two</li>\n  <li><b>x</b> <i>y</i></li>\n</ul>\n",
    ),
    (Language::Css, "/* note */\n.a .b {\n  color: red;\n  margin: 1px -2px;\n}\n"),
    (
        Language::CSharp,
        "class A {\n    /// Adds.\n    int Add(int rate, int other) {\n        // sum\n        int half = rate / 2;\n        if (half > 1) {\n            Log(\"a  b\", half);\n        }\n        return half + other;\n    }\n}\n",
    ),
    (
        Language::Dockerfile,
        "# note\nFROM debian:12\nRUN apt update && \\\n    apt install -y curl\nCOPY a b\n",
    ),
    (
        Language::Java,
        "class A {\n    /** Adds. */\n    int add(int rate, int other) {\n        // sum\n        int half = rate / 2;\n        if (half > 1) {\n            log(\"a  b\", half);\n        }\n        return half + other;\n    }\n}\n",
    ),
    (
        Language::Kotlin,
        "/** Adds. */\nfun add(rate: Int, other: Int): Int {\n    // sum\n    val half: Int = rate / 2\n    if (half > 1) {\n        log(\"a  b\", half)\n    }\n    return half + other\n}\n",
    ),
    (
        Language::Lua,
        "-- Adds.\nfunction add(rate, other)\n  -- sum\n  local half = rate / 2\n  if half > 1 then\n    log(\"a  b\", half)\n  end\n  return half + other\nend\n",
    ),
    (Language::Makefile, "# note\nCC = gcc\nall: main.o\n\t$(CC) -o all main.o\n"),
    (
        Language::Php,
        "<?php\n/** Adds. */\nfunction add(int $rate, $other): int {\n    // sum\n    $half = $rate / 2;\n    if ($half > 1) {\n        note(\"a  b\", [$half, 2]);\n    }\n    return $half + $other;\n}\n",
    ),
    (
        Language::Ruby,
        "# Adds.\ndef add(rate, other)\n  # sum\n  half = rate / 2\n  if half > 1\n    log(\"a  b\", [half, 2])\n  end\n  half + other\nend\n",
    ),
    (Language::Sql, "-- note\nSELECT a, b\nFROM t\nWHERE a > 1 AND b = 'c  d';\n"),
    (
        Language::Swift,
        "/// Adds.\nfunc add(_ rate: Int, _ other: Int) -> Int {\n    // sum\n    let half: Int = rate / 2\n    if half > 1 {\n        log(\"a  b\", [half, 2])\n    }\n    return half + other\n}\n",
    ),
    (Language::Yaml, "# note\na:\n  - b\n  - c: \"d  e\"\ntext: |\n  one\n    two\n"),
    (
        Language::Zig,
        "/// Adds.\nfn add(rate: u32, other: u32) u32 {\n    // sum\n    const half: u32 = rate / 2;\n    if (half > 1) {\n        note(\"a  b\", half);\n    }\n    return half + other;\n}\n",
    ),
];
