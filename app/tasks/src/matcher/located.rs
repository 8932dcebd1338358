//! The place that a line begins with.

/// A place at the start of a line, and what stands behind it.
#[derive(Debug, PartialEq, Eq)]
pub struct Located<'a> {
    pub path: &'a str,
    pub line: usize,
    /// 0: none was told.
    pub column: usize,
    pub rest: &'a str,
}

/// `a.c:3:5: words`, `a.c:3: words`, `a.ts(3,5): words`.
pub fn located(line: &str) -> Option<Located<'_>> {
    with_colons(line).or_else(|| in_brackets(line))
}

fn with_colons(text: &str) -> Option<Located<'_>> {
    // A drive's letter is no path.
    let (at, number, rest) =
        text.match_indices(':').skip(usize::from(text.get(1..3) == Some(":\\"))).find_map(|(at, _)| {
            let (number, rest) = digits(&text[at + 1..])?;
            Some((at, number, rest))
        })?;
    let path = is_path(&text[..at])?;
    let column = rest.strip_prefix(':').and_then(digits);
    let (column, rest) = column.unwrap_or((0, rest));
    Some(Located { path, line: number, column, rest })
}

fn in_brackets(text: &str) -> Option<Located<'_>> {
    let (path, inside) = text.split_once('(')?;
    let path = is_path(path)?;
    let (line, rest) = digits(inside)?;
    let (column, rest) = rest.strip_prefix(',').and_then(digits).unwrap_or((0, rest));
    Some(Located { path, line, column, rest: rest.strip_prefix(')')? })
}

fn digits(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().ok().filter(|number| *number > 0)?;
    Some((number, &text[end..]))
}

/// A path as compilers write it: with an ending, or a folder; no sentence.
fn is_path(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let has_shape = text.contains(['.', '/']) && !text.ends_with(['.', '/']) && !text.contains("://");
    let is_short = text.len() <= 1024 && text.split_whitespace().count() <= 4 && !text.contains(": ");
    (has_shape && is_short).then_some(text)
}

/// `  File "a.py", line 3`.
pub fn quoted_file(line: &str) -> Option<(&str, usize)> {
    let (path, rest) = line.trim_start().strip_prefix("File \"")?.split_once('"')?;
    let (number, _) = digits(rest.strip_prefix(", line ")?)?;
    Some((path, number))
}
