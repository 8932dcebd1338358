//! What compilers, interpreters and linters print, as lines of the file that they speak of.

/// Most characters of what a checker says.
const MAX_SAID: usize = 200;

/// The line of a message that says most: the one that names an error, else the first.
pub fn first_words(errors: &str) -> Option<String> {
    let lines = || errors.lines().map(str::trim).filter(|line| !line.is_empty());
    // The sandbox's own words and the system's are no judgement.
    if lines().any(|line| line.starts_with("localcoder:") || line.contains("not permitted")) {
        return None;
    }
    let named = lines().find(|line| line.split(':').next().is_some_and(|word| word.ends_with("Error")));
    let line = named.or_else(|| lines().next())?;
    let line = line
        .rsplit_once("code.")
        .map_or(line, |(_, rest)| rest.split_once(' ').map_or(line, |(_, said)| said));
    Some(line.chars().take(MAX_SAID).collect())
}

/// What a message says of lines of a file, counted from 1.
pub fn of_lines(message: &str, file_name: &str) -> Vec<(usize, String)> {
    let Some(words) = first_words(message) else { return Vec::new() };
    let mut found = named(message, file_name);
    let last = found.last().map(|(line, _)| *line);
    found.retain(|(_, said)| !said.is_empty());
    found.dedup();
    // Interpreters name the line in one line and the mistake in another.
    if found.is_empty() { last.map(|line| (line, words)).into_iter().collect() } else { found }
}

/// The last line of a file, from 1, that a message names: `a.py", line 12`, `a.rs:12:5`, `a.go(12)`.
pub fn named_line(message: &str, file_name: &str) -> Option<usize> {
    named(message, file_name).last().map(|(line, _)| *line)
}

/// Every line of a file that a message names, with what stands behind it: `a.go:12:5: expected ';'`.
fn named(message: &str, file_name: &str) -> Vec<(usize, String)> {
    let place = |(at, _): (usize, &str)| {
        let rest = message[at + file_name.len()..].trim_start_matches(['"', '\'', '`', ',', ':', '(', ' ']);
        let rest = rest.strip_prefix("line").unwrap_or(rest).trim_start();
        let (digits, behind) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let line = digits.parse::<usize>().ok().filter(|line| *line > 0)?;
        let behind = behind.lines().next().unwrap_or_default().strip_prefix(':').unwrap_or_default();
        // A column comes before the words.
        let said = behind.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':').trim();
        Some((line, said.to_owned()))
    };
    message.match_indices(file_name).filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_line_of_a_message_is_found() {
        let check =
            |errors: &str, said: Option<&str>| assert_eq!(first_words(errors).as_deref(), said, "{errors}");
        check(
            "  File \"code.py\", line 1\n    x\nSyntaxError: 'return' outside function\n",
            Some("SyntaxError: 'return' outside function"),
        );
        check("/t/code.go:1:5: expected 'package'\n", Some("expected 'package'"));
        check(
            "/t/code.sh: line 3: syntax error: unexpected end of file",
            Some("line 3: syntax error: unexpected end of file"),
        );
        check("localcoder: the program cannot be confined\n", None);
        check("", None);
    }

    #[test]
    fn lines_are_found_in_the_messages_of_compilers_and_interpreters() {
        let check =
            |message: &str, line: Option<usize>| assert_eq!(named_line(message, "a.py"), line, "{message}");
        check("  File \"/x/a.py\", line 3, in f\n  File \"/x/a.py\", line 12, in g\nValueError", Some(12));
        check("error at src/a.py:7:5", Some(7));
        check("a.py(9): warning", Some(9));
        check("in b.py line 4", None);
        check("a.py is empty", None);
    }

    #[test]
    fn what_checkers_say_of_lines_is_found() {
        let check = |message: &str, file: &str, expected: &[(usize, &str)]| {
            let found = of_lines(message, file);
            let found: Vec<(usize, &str)> = found.iter().map(|(line, said)| (*line, said.as_str())).collect();
            assert_eq!(found, expected, "{message}");
        };
        let python = "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n  File \"code.py\", line 3\n\
                      \u{20}   return x\nSyntaxError: 'return' outside function\n";
        check(python, "code.py", &[(3, "SyntaxError: 'return' outside function")]);
        let node = "/t/code.js:2\nlet a;\n    ^\n\nSyntaxError: Identifier 'a' has already been declared\n    at x:1";
        check(node, "code.js", &[(2, "SyntaxError: Identifier 'a' has already been declared")]);
        let go = "/t/code.go:1:5: expected 'package'\n/t/code.go:3:1: expected ';'\n";
        check(go, "code.go", &[(1, "expected 'package'"), (3, "expected ';'")]);
        check("/t/code.sh: line 3: syntax error", "code.sh", &[(3, "syntax error")]);
        check(
            "code.py:1:8: F401 `os` imported but unused\n",
            "code.py",
            &[(1, "F401 `os` imported but unused")],
        );
        check("localcoder: the program cannot be confined", "code.py", &[]);
    }
}
