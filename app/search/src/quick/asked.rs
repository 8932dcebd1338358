//! What is meant by what is typed into quick open.

/// What is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuickQuery {
    /// A file whose path has these parts, and a place in it, counted from 0.
    File {
        /// Parts of its path, in any order.
        pattern: String,
        /// The line to go to.
        line: Option<usize>,
        /// The column to go to, in chars.
        column: Option<usize>,
    },
    /// `>`: a command.
    Command(String),
    /// `@`: a symbol of the file in front.
    SymbolOfFile(String),
    /// `#`: a symbol of the project.
    SymbolOfProject(String),
    /// `:`: a line of the file in front and a column, counted from 0; no line while none is typed.
    Line(Option<usize>, Option<usize>),
}

/// What is meant by what is typed.
#[must_use]
pub fn asked(typed: &str) -> QuickQuery {
    let typed = typed.trim_start();
    let rest = |prefix| typed.strip_prefix(prefix).map(|rest: &str| rest.trim().to_owned());
    if let Some(rest) = rest('>') {
        return QuickQuery::Command(rest);
    }
    if let Some(rest) = rest('@') {
        return QuickQuery::SymbolOfFile(rest);
    }
    if let Some(rest) = rest('#') {
        return QuickQuery::SymbolOfProject(rest);
    }
    if typed.starts_with(':') {
        let (_, line, column) = place(typed);
        return QuickQuery::Line(line, column);
    }
    let (pattern, line, column) = place(typed);
    let pattern = pattern.trim();
    QuickQuery::File { pattern: pattern.strip_prefix("./").unwrap_or(pattern).to_owned(), line, column }
}

/// A path and a place in it: `a.rs:12:5`, as compilers write it, whatever they say behind it.
fn place(typed: &str) -> (&str, Option<usize>, Option<usize>) {
    for (at, _) in typed.match_indices(':') {
        let (number, behind) = number(&typed[at + 1..]);
        let is_end = |behind: &str| behind.is_empty() || behind.starts_with([':', ' ']);
        if number.is_some() && is_end(behind) {
            let column = behind.strip_prefix(':').and_then(|behind| self::number(behind).0);
            return (&typed[..at], number, column);
        }
    }
    // While the number is being typed the file stays found.
    (typed.strip_suffix(':').unwrap_or(typed), None, None)
}

/// A number that people count from 1, and what comes behind it.
fn number(text: &str) -> (Option<usize>, &str) {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = text[..digits].parse::<usize>().ok();
    (number.map(|number| number.saturating_sub(1)), &text[digits..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_says_what_is_meant() {
        let file =
            |pattern: &str, line, column| QuickQuery::File { pattern: pattern.to_owned(), line, column };
        assert_eq!(asked("src/main rs"), file("src/main rs", None, None));
        assert_eq!(asked(" ./src/a.rs:12"), file("src/a.rs", Some(11), None));
        assert_eq!(asked("a.rs:12:5"), file("a.rs", Some(11), Some(4)));
        assert_eq!(asked("a.rs:12:5: error[E0308]: mismatched types"), file("a.rs", Some(11), Some(4)));
        assert_eq!(asked("a.rs:"), file("a.rs", None, None));
        assert_eq!(asked("a.rs:12:"), file("a.rs", Some(11), None));
        assert_eq!(asked("a:b:0"), file("a:b", Some(0), None));
        assert_eq!(asked("12:30-notes"), file("12:30-notes", None, None));
        assert_eq!(asked("> save all "), QuickQuery::Command("save all".to_owned()));
        assert_eq!(asked("@parse"), QuickQuery::SymbolOfFile("parse".to_owned()));
        assert_eq!(asked("#Parser new"), QuickQuery::SymbolOfProject("Parser new".to_owned()));
        assert_eq!(asked(":"), QuickQuery::Line(None, None));
        assert_eq!(asked(":40:2"), QuickQuery::Line(Some(39), Some(1)));
        assert_eq!(asked(""), file("", None, None));
        assert_eq!(asked(":99999999999999999999999"), QuickQuery::Line(None, None));
    }
}
