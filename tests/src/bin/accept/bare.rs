//! Tasks without the examples of their documentation: real code rarely has any.

use std::ops::Range;

use ::tests::tasks::{field, lines};
use anyhow::Result;
use serde_json::{Value, json};

/// What stands between a call and its value.
const BETWEEN: [&str; 11] =
    ["=>", "==", "->", "➞", "→", "returns", "return", "should be", "output should", "= ", "// "];
/// What a line with nothing else says above examples.
const HEADINGS: [&str; 7] =
    ["example", "examples", "for example", "for examples", "example 1", "example 2", "example 3"];

/// The task, its text and its lines without them.
///
/// # Errors
/// The task makes no sense.
pub fn without_examples(task: &Value) -> Result<Value> {
    let text: Vec<&str> = field(task, "text")?.split_inclusive('\n').collect();
    let (first, last) = lines(task)?;
    let name = task["entry_point"].as_str().unwrap_or_default();
    let documented = documentation(&text);
    let mut gone = vec![false; text.len()];
    let mut in_session = false;
    for at in documented {
        let line = text[at].trim().trim_start_matches(['*', '#', '/']).trim();
        let is_end =
            line.is_empty() || line.contains("\"\"\"") || line.contains("*/") || line.contains("'''");
        in_session = !is_end && (line.starts_with(">>>") || in_session);
        gone[at] = !is_end && (in_session || is_example(line, name));
    }
    let count = |lines: Range<usize>| gone[lines].iter().filter(|gone| **gone).count();
    let (before, inside) = (count(0..first - 1), count(first - 1..last.min(text.len())));
    let kept: String = text.iter().zip(&gone).filter(|(_, gone)| !**gone).map(|(line, _)| *line).collect();
    let mut task = task.clone();
    task["text"] = json!(kept);
    task["select_lines"] = json!([first - before, last - before - inside]);
    Ok(task)
}

/// The lines in documentation: in a string of three quotes, or in a comment.
fn documentation(text: &[&str]) -> Vec<usize> {
    let mut open: Option<&str> = None;
    let mut found = Vec::new();
    for (at, line) in text.iter().enumerate() {
        let mut rest = *line;
        let mut is_inside = open.is_some() || rest.trim_start().starts_with("//");
        loop {
            let next = match open {
                Some(end) => rest.find(end).map(|place| (place + end.len(), None)),
                None => [("\"\"\"", "\"\"\""), ("'''", "'''"), ("/*", "*/")]
                    .iter()
                    .filter_map(|(begin, end)| Some((rest.find(begin)? + begin.len(), Some(*end))))
                    .min_by_key(|(place, _)| *place),
            };
            let Some((place, other)) = next else { break };
            is_inside = true;
            open = other;
            rest = &rest[place..];
        }
        if is_inside {
            found.push(at);
        }
    }
    found
}

fn is_example(line: &str, name: &str) -> bool {
    let lower = line.to_lowercase();
    let calls = !name.is_empty() && line.contains(&format!("{name}("));
    let is_case = ["for ", "when ", "given ", "if "].iter().any(|word| lower.starts_with(word))
        && lower.contains('=')
        && ["output", "result", "return"].iter().any(|word| lower.contains(word));
    let is_field = ["input:", "output:", "explanation:"].iter().any(|word| lower.starts_with(word));
    HEADINGS.contains(&lower.trim_end_matches([':', '.']))
        || is_field
        || is_case
        || (calls && BETWEEN.iter().any(|sign| lower.contains(sign)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_go_and_all_else_stays() {
        let text = r#"import os

def f(a):
    """ Twice.
    >>> f(2)
    4

    Examples:
    f(3) => 6
    For a = 1 the output should be 2.
    Kept.
    """
    return f(a) == 2
"#;
        let task = json!({ "text": text, "select_lines": [3, 13], "entry_point": "f" });
        let bare = without_examples(&task).unwrap();
        assert_eq!(
            bare["text"],
            "import os\n\ndef f(a):\n    \"\"\" Twice.\n\n    Kept.\n    \"\"\"\n    return f(a) == 2\n"
        );
        assert_eq!(bare["select_lines"], json!([3, 8]));
        let above = json!({ "text": "/* Adds.\n  >>> f(1)\n  2\n  */\nconst f = 1;\n", "select_lines": [5, 5], "entry_point": "f" });
        let bare = without_examples(&above).unwrap();
        assert_eq!(
            (bare["text"].as_str(), &bare["select_lines"]),
            (Some("/* Adds.\n  */\nconst f = 1;\n"), &json!([3, 3]))
        );
    }
}
