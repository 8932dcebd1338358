//! The examples in a function's documentation: `>>> f(1)` with its answer beneath, `f(1) => 2`, `f(1) returns 2`,
//! `Input: 1`, `Output: 2`, `For x = 1 the output should be 2`. They say what the author meant, so they judge a
//! proposal better than any grammar does.

use serde::Deserialize;

/// A call and what it should give, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// An expression that calls the function: `mean([1, 2])`.
    pub call: String,
    /// The arguments handed to a function that does nothing: when this fails, the example itself is no code.
    pub probe: Option<String>,
    /// What should come out: the first of these that is an expression counts. Prose may follow a value, so shorter readings
    /// come after longer ones.
    pub expected: Vec<String>,
}

/// What became of an example.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ExampleResult {
    /// It could be run, and its value be compared.
    pub ran: bool,
    /// It gave what the documentation says.
    pub passed: bool,
    /// What it gave, in the language's own words.
    pub got: String,
}

/// Most examples of one documentation.
const MAX: usize = 12;
/// What may stand between a call and its value.
const BETWEEN: [&str; 23] = [
    "==>",
    "-->",
    "~>",
    "===",
    "==",
    "=>",
    "->",
    "\u{279e}",
    "→",
    "⇒",
    "should return",
    "should be",
    "must return",
    "will return",
    "returns",
    "return",
    "gives",
    "yields",
    "equals",
    "evaluates to",
    "//",
    "#",
    "=",
];

/// Words that a case begins with, given by its arguments' names.
const CASE: [&str; 5] = ["for", "when", "given", "if", "with"];
/// What stands between such a case and its value.
const OUTCOME: [&str; 8] = [
    "output should be",
    "result should be",
    "output is",
    "result is",
    "should return",
    "must return",
    "will return",
    "returns",
];

/// The examples of a function called `name`. `probe`: the language's function that takes anything and does nothing.
pub fn examples(documentation: &str, name: &str, probe: &str) -> Vec<Example> {
    if name.is_empty() {
        return Vec::new();
    }
    let lines: Vec<&str> = documentation.lines().map(bare).collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let rest = &lines[index + 1..];
        let example = line
            .strip_prefix(">>>")
            .and_then(|call| session(call.trim(), rest, name))
            .or_else(|| inline(line.trim_start_matches(">>>").trim(), name))
            .or_else(|| input_and_output(line, rest, name))
            .or_else(|| named_case(line, name));
        found.extend(example);
    }
    found.truncate(MAX);
    for example in &mut found {
        let arguments = example.call.strip_prefix(name).filter(|rest| closing(rest) == Some(rest.len()));
        example.probe = arguments.map(|arguments| format!("{probe}{arguments}"));
    }
    found
}

/// A line of documentation without the signs of a comment, a string or a list.
fn bare(line: &str) -> &str {
    let mut line = line.trim();
    for sign in ["/**", "/*", "///", "//!", "//", "\"\"\"", "'''", "#"] {
        line = line.strip_prefix(sign).unwrap_or(line);
    }
    for sign in ["*/", "\"\"\"", "'''"] {
        line = line.strip_suffix(sign).unwrap_or(line);
    }
    let line = line.trim();
    ["* ", "- ", "• "].iter().find_map(|bullet| line.strip_prefix(bullet)).unwrap_or(line).trim()
}

/// `>>> call`, and its value on the lines beneath.
fn session(call: &str, rest: &[&str], name: &str) -> Option<Example> {
    if !mentions(call, name) {
        return None;
    }
    let value: Vec<&str> =
        rest.iter().copied().take_while(|line| !line.is_empty() && !line.starts_with(">>>")).collect();
    let first = value.first()?;
    let whole = value.join("\n");
    let expected = if value.len() > 1 { vec![whole, (*first).to_owned()] } else { readings(first) };
    Some(Example { call: call.trim_end_matches(';').to_owned(), probe: None, expected })
}

/// `call => value` on one line, perhaps behind a word and a colon.
fn inline(line: &str, name: &str) -> Option<Example> {
    let start = call_start(line, name)?;
    let before = line[..start].trim_end();
    if !(before.is_empty() || before.ends_with(':') || before == "assert") {
        return None;
    }
    let end = start + name.len() + closing(&line[start + name.len()..])?;
    let rest = line[end..].trim_start();
    let between = BETWEEN.iter().find(|sign| rest.starts_with(**sign))?;
    let mut value = rest[between.len()..].trim();
    // `f(1) // => 2`
    while let Some(sign) = ["=>", "->", "=", ":"].iter().find(|sign| value.starts_with(**sign)) {
        value = value[sign.len()..].trim_start();
    }
    let expected = readings(value);
    (!expected.is_empty()).then(|| Example { call: line[start..end].to_owned(), probe: None, expected })
}

/// `Input: 3` and `Output: 4`, on two lines or on one.
fn input_and_output(line: &str, rest: &[&str], name: &str) -> Option<Example> {
    let input = after_word(line, "input")?;
    let (input, output) = match input.to_lowercase().find("output:") {
        Some(at) => (&input[..at], &input[at + "output:".len()..]),
        None => {
            (input, rest.iter().find(|line| !line.is_empty()).and_then(|line| after_word(line, "output"))?)
        }
    };
    let input = input.trim().trim_end_matches([',', ';']);
    let expected = readings(output.trim());
    (!input.is_empty() && !expected.is_empty()).then(|| Example {
        call: format!("{name}({input})"),
        probe: None,
        expected,
    })
}

/// `For x = 1, y = [2] the output should be 3`: its arguments in the order in which they are named.
fn named_case(line: &str, name: &str) -> Option<Example> {
    let (word, mut rest) = line.split_once(' ')?;
    if !CASE.iter().any(|case| word.eq_ignore_ascii_case(case)) {
        return None;
    }
    let mut arguments = Vec::new();
    while let Some((argument, behind)) = named_argument(rest) {
        arguments.push(argument);
        rest = behind;
    }
    let at = OUTCOME.iter().find_map(|words| Some(rest.rfind(words)? + words.len()))?;
    let expected = readings(rest[at..].trim_start_matches(':'));
    let call = format!("{name}({})", arguments.join(", "));
    (!arguments.is_empty() && !expected.is_empty()).then_some(Example { call, probe: None, expected })
}

/// `x = [1, 2]` at the beginning of a text, perhaps behind a comma or an `and`: its value, and what comes behind it.
fn named_argument(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([' ', ',']);
    let text = text.strip_prefix("and ").unwrap_or(text);
    let (name, rest) = text.split_once('=')?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let rest = rest.trim_start();
    if name.trim().is_empty() || !name.trim().chars().all(is_name) || rest.starts_with(['=', '>']) {
        return None;
    }
    let end = match rest.chars().next()? {
        '[' | '(' | '{' => closing(rest)?,
        quote @ ('"' | '\'') => 1 + rest[1..].find(quote)? + 1,
        _ => rest.find([' ', ',']).unwrap_or(rest.len()),
    };
    Some((&rest[..end], &rest[end..]))
}

fn after_word<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let start = line.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word))?;
    line[start.len()..].trim_start().strip_prefix(':').map(str::trim)
}

/// What may be meant by a text that begins with a value: all of it, without its last full stop, up to a comment, a
/// bracket or a comma with a space.
fn readings(text: &str) -> Vec<String> {
    let text = text.trim();
    let mut found = vec![text.to_owned()];
    found.push(text.trim_end_matches(['.', ';', ',']).to_owned());
    for end in [" #", " //", " (", " because", " since", ". ", ", "] {
        found.extend(text.find(end).map(|at| text[..at].trim_end().to_owned()));
    }
    found.retain(|reading| !reading.is_empty());
    found.dedup();
    found
}

fn mentions(text: &str, name: &str) -> bool {
    call_start(text, name).is_some()
}

/// Where `name(` stands as a word of its own.
fn call_start(text: &str, name: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).map(|(at, _)| at).find(|at| {
        let alone = !text[..*at].ends_with(|c: char| is_word(c) || c == '.');
        alone && text[at + name.len()..].starts_with('(')
    })
}

/// Bytes of `text` up to and with the bracket that closes its first one. Brackets in strings do not count.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + c.len_utf8());
                }
            }
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(documentation: &str, expected: &[(&str, &str)]) {
        let found = examples(documentation, "f", "P");
        let found: Vec<(&str, &str)> =
            found.iter().map(|example| (example.call.as_str(), example.expected[0].as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sessions_are_found_in_strings_and_comments() {
        check(
            "\"\"\" Adds.\n    >>> f(1, 2)\n    3\n    >>> f('(', 1)\n    '(1'\n    \"\"\"",
            &[("f(1, 2)", "3"), ("f('(', 1)", "'(1'")],
        );
        check("/* Adds.\n  >>> f([1])\n  [\n  2]\n  */", &[("f([1])", "[\n2]")]);
        check("/// >>> g(1)\n/// 2", &[]);
    }

    #[test]
    fn values_on_the_line_of_the_call_are_found() {
        let text = "For example:\n * f(1) => 2\n f([]) \u{279e} []\n assert f(3) == 4\n f(5) returns 6.\n see f(7)\n if(1) => 2";
        check(text, &[("f(1)", "2"), ("f([])", "[]"), ("f(3)", "4"), ("f(5)", "6.")]);
        check("f(1); // => 2", &[]);
        check("f(1) // => 2", &[("f(1)", "2")]);
        check("f(\"a\") ==> \"u\"\nf(2) --> 3", &[("f(\"a\")", "\"u\""), ("f(2)", "3")]);
        let found = examples("f(1) \u{279e} False # because", "f", "P");
        assert!(found[0].expected.contains(&"False".to_owned()), "{found:?}");
        assert_eq!(found[0].probe.as_deref(), Some("P(1)"));
    }

    #[test]
    fn inputs_and_outputs_are_found() {
        check(
            "Input: [4,2,3]\n  Output: [2, 1]\n\nInput: 1, 2 Output: 3",
            &[("f([4,2,3])", "[2, 1]"), ("f(1, 2)", "3")],
        );
        check("Input: the list\n", &[]);
    }

    #[test]
    fn cases_that_name_their_arguments_are_found() {
        check("For lst = [1,2,3]  the output should be 6\n", &[("f([1,2,3])", "6")]);
        check(
            "For N = 150, the sum of digits will be 6 the output should be \"110\".",
            &[("f(150)", "\"110\".")],
        );
        check("when a = \"x y\" and b = (1, 2), returns [3]", &[("f(\"x y\", (1, 2))", "[3]")]);
        check(
            "For the case n = 1 the output should be 2\nif x == 1 the result is 2\nFor all x it returns 1",
            &[],
        );
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(closing("(')', \"\\\")\") => 1"), Some(12));
        assert_eq!(closing("(1"), None);
    }
}
