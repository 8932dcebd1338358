//! The lines of a selection and of an answer, with and without what ends them.

/// The answer with the final line break of the original: there or not there as it was. An answer without any text
/// stays so, and an insertion at a caret is taken as it is.
pub(super) fn fitted(original: &str, answer: &str) -> String {
    let answer = answer.replace("\r\n", "\n");
    match (original.ends_with('\n'), answer.strip_suffix('\n')) {
        (true, None) if !answer.is_empty() => answer + "\n",
        (false, Some(stripped)) if !original.is_empty() => stripped.to_owned(),
        _ => answer,
    }
}

/// Lines without their endings.
pub(super) fn contents(text: &str) -> Vec<&str> {
    let without_ending = |line: &'_ str| line.len() - ending_len(line);
    text.split_inclusive('\n').map(|line| &line[..without_ending(line)]).collect()
}

fn ending_len(line: &str) -> usize {
    match line.strip_suffix('\n') {
        Some(rest) if rest.ends_with('\r') => 2,
        Some(_) => 1,
        None => 0,
    }
}

/// The lines of a fitted answer. Where the original's last line has no break, an answer may end in an empty line.
pub(super) fn new_lines<'a>(original: &str, answer: &'a str) -> Vec<&'a str> {
    match answer {
        "" => Vec::new(),
        _ if original.is_empty() || original.ends_with('\n') => contents(answer),
        _ => answer.split('\n').collect(),
    }
}

/// Byte offsets of the lines' starts and of the end.
pub(super) fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some(*at)
    });
    [0].into_iter().chain(ends).collect()
}
