//! What real tools print.

use proptest::prelude::*;

use super::*;

/// The problems in what was printed, a line each: `path:line:column severity message`.
fn check(printed: &str, expected: &[&str]) {
    let mut matcher = ProblemMatcher::new(Path::new("/p"));
    let found: Vec<String> = printed
        .lines()
        .filter_map(|line| matcher.read(line))
        .map(|found| {
            let TaskProblem { path, line, column, severity, message } = found;
            format!("{}:{line}:{column} {severity:?} {message}", path.display())
        })
        .collect();
    assert_eq!(found, expected, "{printed}");
}

#[test]
fn rustc_and_cargo() {
    check(
        "   Compiling x v0.1.0 (/p)\n\
         error[E0308]: mismatched types\n \
          --> src/main.rs:3:18\n  \
           |\n\
         3 |     let a: i32 = \"\";\n  \
           |            ---   ^^ expected `i32`\n\n\
         warning: unused variable: `b`\n  \
          --> src/lib.rs:10:9\n\n\
         error: could not compile `x` (bin \"x\") due to 1 previous error\n",
        &["/p/src/main.rs:3:18 Error mismatched types", "/p/src/lib.rs:10:9 Warning unused variable: `b`"],
    );
    check(
        "thread 'tests::adds' (12) panicked at src/lib.rs:7:9:\nassertion `left == right` failed\n  left: 1\n",
        &["/p/src/lib.rs:7:9 Error panicked: assertion `left == right` failed"],
    );
}

#[test]
fn gcc_and_clang() {
    check(
        "In file included from a.c:1:\n\
         src/a.c: In function 'main':\n\
         src/a.c:4:5: error: expected ';' before 'return'\n\
         src/a.c:9: warning: unused variable 'x' [-Wunused-variable]\n\
         /abs/b.cpp:2:10: fatal error: nope.h: No such file or directory\n\
         src/a.c:4:5: note: declared here\n",
        &[
            "/p/src/a.c:4:5 Error expected ';' before 'return'",
            "/p/src/a.c:9:1 Warning unused variable 'x' [-Wunused-variable]",
            "/abs/b.cpp:2:10 Error nope.h: No such file or directory",
        ],
    );
}

#[test]
fn tsc_and_eslint() {
    check(
        "src/a.ts(4,7): error TS2322: Type 'string' is not assignable to type 'number'.\n\
         src/b.tsx:10:3 - error TS2304: Cannot find name 'x'.\n",
        &[
            "/p/src/a.ts:4:7 Error TS2322: Type 'string' is not assignable to type 'number'.",
            "/p/src/b.tsx:10:3 Error TS2304: Cannot find name 'x'.",
        ],
    );
    check(
        "\n/p/src/a.js\n  4:7   error    'x' is not defined  no-undef\n  9:1   warning  Unexpected console  no-console\n\n\
         /p/src/b.js\n  1:1  error  Parsing error\n\n3 problems (2 errors, 1 warning)\n",
        &[
            "/p/src/a.js:4:7 Error 'x' is not defined no-undef",
            "/p/src/a.js:9:1 Warning Unexpected console no-console",
            "/p/src/b.js:1:1 Error Parsing error",
        ],
    );
}

#[test]
fn python_tells_the_innermost_place_of_ones_own() {
    check(
        "Traceback (most recent call last):\n  File \"/p/main.py\", line 10, in <module>\n    f()\n  \
         File \"/p/lib.py\", line 3, in f\n    json.loads('')\n  \
         File \"/usr/lib/python3.13/json/__init__.py\", line 346, in loads\n    return x\n\
         json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)\n",
        &["/p/lib.py:3:1 Error json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"],
    );
    check(
        "  File \"a.py\", line 2\n    x =\n       ^\nSyntaxError: invalid syntax\n",
        &["/p/a.py:2:1 Error SyntaxError: invalid syntax"],
    );
}

#[test]
fn go() {
    check(
        "# example.com/x\n./main.go:5:2: undefined: x\nvet: ./b.go:3:1: expected declaration\n    c_test.go:12: got 1, want 2\n",
        &["/p/./main.go:5:2 Error undefined: x", "/p/./b.go:3:1 Error expected declaration"],
    );
}

#[test]
fn what_is_no_problem_is_none() {
    check(
        "12:34:56 started\nhttp://x.test:8080/a: error: no\nDone in 1.2s\nserver at 127.0.0.1:3000\nrunning 3 tests\nerror: \nwarning\n\
         2026-01-01 10:00:00 error: disk\n",
        &[],
    );
}

proptest! {
    #[test]
    fn no_lines_make_it_fail(
        lines in prop::collection::vec(
            "(error|warning|thread ' panicked at |  File \"|--> |[a-zж./:0-9 (),\"\\[\\]]){0,20}",
            0..12
        )
    ) {
        let mut matcher = ProblemMatcher::new(Path::new("/p"));
        for line in &lines {
            if let Some(found) = matcher.read(line) {
                prop_assert!(found.line > 0 && found.column > 0 && !found.message.is_empty());
            }
        }
    }
}
