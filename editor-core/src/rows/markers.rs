//! Stretches between `#region` and `#endregion`, in the comments of any language.

use ropey::Rope;

use crate::syntax::FoldRegion;

/// Characters of a line that are looked at.
const MAX_HEAD: usize = 200;

/// What begins comments, and what VS Code knows as a marker without one.
const LEADERS: [&str; 7] = ["//", "<!--", "/*", "--", "#", ";", "%"];

/// Does a line begin a region, or end one?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Begins,
    Ends,
}

/// The marker that a line is.
pub fn marker(rope: &Rope, line: usize) -> Option<Marker> {
    let head: String = rope.line(line).chars().take(MAX_HEAD).collect();
    let head = head.trim_start();
    let rest = LEADERS.iter().find_map(|leader| head.strip_prefix(leader))?.trim_start();
    let rest = rest.strip_prefix("pragma").map_or(rest, str::trim_start);
    let rest = rest.strip_prefix('#').unwrap_or(rest);
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    match word.to_ascii_lowercase().as_str() {
        "region" => Some(Marker::Begins),
        "endregion" => Some(Marker::Ends),
        _ => None,
    }
}

/// The regions that are whole within these lines.
pub fn regions(rope: &Rope, lines: std::ops::Range<usize>) -> Vec<FoldRegion> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for line in lines.start..lines.end.min(rope.len_lines()) {
        match marker(rope, line) {
            Some(Marker::Begins) => open.push(line),
            Some(Marker::Ends) => found.extend(open.pop().map(|header| FoldRegion { header, last: line })),
            None => {}
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_marked_in_comments_of_any_language() {
        let check = |line: &str, expected| assert_eq!(marker(&Rope::from_str(line), 0), expected, "{line}");
        for begins in [
            "#region",
            "  // region Setup",
            "//#region x",
            "# region",
            "<!-- #region -->",
            "/* region */",
            "#pragma region A",
            "-- #REGION",
        ] {
            check(begins, Some(Marker::Begins));
        }
        check("    # endregion Setup", Some(Marker::Ends));
        check("// regional", None);
        check("region", None);
    }

    #[test]
    fn regions_lie_within_each_other() {
        let rope = Rope::from_str("#region a\n1\n#region b\n2\n#endregion\n#endregion\n#region open\n");
        let region = |header, last| FoldRegion { header, last };
        assert_eq!(regions(&rope, 0..9), [region(0, 5), region(2, 4)]);
    }
}
