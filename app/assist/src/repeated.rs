//! What a completion says again of what stands right of the caret: `foo(|)` completed with `a, b)`.

/// How many bytes of `completion` to keep when `behind` stands right of the caret, up to the end of its line.
///
/// A completion that ends with it repeats it, unless it needs it for brackets that it opened itself.
pub fn new_part(completion: &str, behind: &str) -> usize {
    let behind = behind.trim();
    let Some(new) = completion.trim_end().strip_suffix(behind).filter(|_| !behind.is_empty()) else {
        return completion.len();
    };
    let own = behind.contains(closing) && left_open(new) >= left_open(behind).abs();
    if own { completion.len() } else { new.len() }
}

/// How many bytes of a completion come before a fence or the mark of a template, which are no code; a fence may still be arriving.
pub fn before_marks(completion: &str, is_markdown: bool) -> usize {
    let mut at = 0;
    for line in completion.split_inclusive('\n') {
        let words = line.trim();
        let arrives =
            at + line.len() == completion.len() && !words.is_empty() && words.bytes().all(|b| b == b'`');
        if let Some(mark) = template_mark(line) {
            return at + mark;
        }
        if !is_markdown && (words.starts_with("```") || arrives) {
            return at;
        }
        at += line.len();
    }
    at
}

/// Where `<|fim_pad|>` or its like stands. In some languages `<|` is an operator.
fn template_mark(line: &str) -> Option<usize> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let mut starts = line.match_indices("<|").map(|(at, _)| at);
    starts.find(|at| line[at + 2..].split_once("|>").is_some_and(|(name, _)| is_name(name)))
}

fn closing(c: char) -> bool {
    matches!(c, ')' | ']' | '}')
}

/// Brackets opened less brackets closed.
fn left_open(text: &str) -> i64 {
    text.chars()
        .map(|c| match c {
            '(' | '[' | '{' => 1,
            c if closing(c) => -1,
            _ => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_and_a_mark_end_a_completion() {
        let kept = |completion: &'static str| &completion[..before_marks(completion, false)];
        assert_eq!(kept("x = 1\n```\nSo."), "x = 1\n");
        assert_eq!(kept("x = 1\n  ``"), "x = 1\n");
        assert_eq!(kept("x = 1<|fim_pad|>"), "x = 1");
        for code in ["x = `a`\ny", "f <| g x", "a <| b |> c"] {
            assert_eq!(kept(code), code);
        }
        assert_eq!(before_marks("```sh\nls\n```\n", true), 13);
    }

    #[test]
    fn what_stands_behind_is_not_said_twice_and_own_brackets_are_closed() {
        let kept = |completion: &'static str, behind| &completion[..new_part(completion, behind)];
        assert_eq!(kept("a, b)", ")"), "a, b");
        assert_eq!(kept("f(a)", ")"), "f(a)");
        assert_eq!(kept("f(a))", ")"), "f(a)");
        assert_eq!(kept("a, [b]);\n", ");"), "a, [b]");
        assert_eq!(kept("x = 1;", ";"), "x = 1");
        assert_eq!(kept("x = 1", ""), "x = 1");
        assert_eq!(kept("x = 1\n", " "), "x = 1\n");
        assert_eq!(kept("name", "):"), "name");
        assert_eq!(kept("key\"]", "\"]"), "key");
    }
}
