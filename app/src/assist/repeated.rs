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
