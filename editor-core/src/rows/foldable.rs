//! What could be folded: by syntax where there is a tree, else by indentation, and between region markers everywhere.

use std::ops::Range;

use ropey::Rope;

use super::comments;
use super::markers::{self, Marker};
use crate::buffer::{line_end, line_start};
use crate::syntax::{FoldRegion, SyntaxTree};

/// So many lines are looked through for the end of one region.
const REACH: usize = 20_000;

/// Characters of a line that are looked at for its indentation.
const MAX_INDENT: usize = 400;

/// A text, asked what could be folded in it.
#[derive(Clone, Copy, Debug)]
pub struct Foldable<'a> {
    rope: &'a Rope,
    tree: Option<&'a SyntaxTree>,
    tab_width: usize,
}

impl<'a> Foldable<'a> {
    /// Asks a text. Without a tree, lines are folded by their indentation; `tab_width` is in columns.
    #[must_use]
    pub fn new(rope: &'a Rope, tree: Option<&'a SyntaxTree>, tab_width: usize) -> Self {
        Self { rope, tree, tab_width: tab_width.max(1) }
    }

    /// Which of these lines a region begins with. Costs what the lines hold, not what the text holds.
    #[must_use]
    pub fn headers(&self, lines: Range<usize>) -> Vec<usize> {
        let lines = lines.start..lines.end.min(self.rope.len_lines());
        let mut headers: Vec<usize> = match self.tree {
            Some(tree) => self.by_syntax(tree, lines.clone()).iter().map(|region| region.header).collect(),
            None => lines.clone().filter(|line| self.is_indented_behind(*line)).collect(),
        };
        headers
            .extend(lines.clone().filter(|line| markers::marker(self.rope, *line) == Some(Marker::Begins)));
        headers.retain(|header| lines.contains(header));
        headers.sort_unstable();
        headers.dedup();
        headers
    }

    /// The region that begins with a line.
    #[must_use]
    pub fn at(&self, line: usize) -> Option<FoldRegion> {
        if line >= self.rope.len_lines() {
            return None;
        }
        if markers::marker(self.rope, line) == Some(Marker::Begins) {
            let within = markers::regions(self.rope, line..line.saturating_add(REACH));
            return within.into_iter().find(|region| region.header == line);
        }
        match self.tree {
            Some(tree) => {
                self.by_syntax(tree, line..line + 1).into_iter().find(|region| region.header == line)
            }
            None => self.indented_behind(line),
        }
    }

    /// The regions that a line is in, the outermost first.
    #[must_use]
    pub fn around(&self, line: usize) -> Vec<FoldRegion> {
        let near = line.saturating_sub(REACH)..line.saturating_add(REACH);
        let mut regions = match self.tree {
            Some(tree) => self.by_syntax(tree, line..line + 1),
            None => self.indented_around(line),
        };
        regions.extend(markers::regions(self.rope, near));
        regions.retain(|region| region.holds(line));
        merged(regions)
    }

    /// All regions, sorted.
    #[must_use]
    pub fn all(&self) -> Vec<FoldRegion> {
        let mut regions = match self.tree {
            Some(tree) => self.by_syntax(tree, 0..self.rope.len_lines()),
            None => self.indented_in(0..self.rope.len_lines()),
        };
        regions.extend(markers::regions(self.rope, 0..self.rope.len_lines()));
        merged(regions)
    }

    /// A region and all within it.
    #[must_use]
    pub fn within(&self, outer: FoldRegion) -> Vec<FoldRegion> {
        let lines = outer.header..outer.last + 1;
        let mut regions = match self.tree {
            Some(tree) => self.by_syntax(tree, lines.clone()),
            None => self.indented_in(lines.clone()),
        };
        regions.extend(markers::regions(self.rope, lines));
        regions.retain(|inner| outer.header <= inner.header && inner.last <= outer.last);
        merged(regions)
    }

    /// All regions with their depth, the outermost being 1.
    #[must_use]
    pub fn levels(&self) -> Vec<(usize, FoldRegion)> {
        let mut open: Vec<usize> = Vec::new();
        let level = |region: FoldRegion| {
            while open.last().is_some_and(|last| *last < region.header) {
                open.pop();
            }
            // One that only begins within another one does not lie in it.
            while open.last().is_some_and(|last| *last < region.last) {
                open.pop();
            }
            open.push(region.last);
            (open.len(), region)
        };
        self.all().into_iter().map(level).collect()
    }

    /// The regions of the syntax that touch these lines, and runs of comments.
    fn by_syntax(&self, tree: &SyntaxTree, lines: Range<usize>) -> Vec<FoldRegion> {
        let mut regions = tree.fold_regions(self.rope, lines.clone());
        regions.extend(comments::runs(tree.language(), self.rope, &lines));
        merged(regions)
    }

    /// Columns of blanks that a line begins with; `None` for a blank line.
    fn depth(&self, line: usize) -> Option<usize> {
        let mut column = 0;
        let text = self.rope.slice(line_start(self.rope, line)..line_end(self.rope, line));
        for c in text.chars().take(MAX_INDENT) {
            match c {
                ' ' => column += 1,
                '\t' => column += self.tab_width - column % self.tab_width,
                _ => return Some(column),
            }
        }
        None
    }

    fn is_indented_behind(&self, line: usize) -> bool {
        let Some(depth) = self.depth(line) else { return false };
        let end = self.rope.len_lines().min(line.saturating_add(REACH));
        (line + 1..end).find_map(|next| self.depth(next)).is_some_and(|next| next > depth)
    }

    fn indented_behind(&self, line: usize) -> Option<FoldRegion> {
        let depth = self.depth(line)?;
        let mut last = line;
        for next in line + 1..self.rope.len_lines().min(line.saturating_add(REACH)) {
            match self.depth(next) {
                Some(found) if found <= depth => break,
                Some(_) => last = next,
                None => {}
            }
        }
        (last > line).then_some(FoldRegion { header: line, last })
    }

    fn indented_around(&self, line: usize) -> Vec<FoldRegion> {
        let mut found: Vec<FoldRegion> = self.indented_behind(line).into_iter().collect();
        let mut depth = self.depth(line).unwrap_or(usize::MAX);
        for above in (line.saturating_sub(REACH)..line).rev() {
            if let Some(here) = self.depth(above).filter(|here| *here < depth) {
                depth = here;
                found.extend(self.indented_behind(above));
            }
            if depth == 0 {
                break;
            }
        }
        found
    }

    fn indented_in(&self, lines: Range<usize>) -> Vec<FoldRegion> {
        // Lines that may have deeper ones behind them: line, depth.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let (mut found, mut last_text) = (Vec::new(), lines.start);
        for line in lines.start..lines.end.min(self.rope.len_lines()) {
            let Some(depth) = self.depth(line) else { continue };
            while let Some((header, _)) = open.pop_if(|(_, above)| *above >= depth) {
                found.push(FoldRegion { header, last: last_text });
            }
            open.push((line, depth));
            last_text = line;
        }
        found.extend(open.into_iter().map(|(header, _)| FoldRegion { header, last: last_text }));
        found.retain(|region| region.last > region.header);
        found
    }
}

/// Sorted, one for each header: the longest.
fn merged(mut regions: Vec<FoldRegion>) -> Vec<FoldRegion> {
    regions.sort_by_key(|region| (region.header, std::cmp::Reverse(region.last)));
    regions.dedup_by_key(|region| region.header);
    regions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, Revision};
    use std::sync::atomic::AtomicBool;

    fn region(header: usize, last: usize) -> FoldRegion {
        FoldRegion { header, last }
    }

    fn check(language: Language, text: &str, expected: &[(usize, usize)]) {
        let rope = Rope::from_str(text);
        let tree = SyntaxTree::parse(language, &rope, Revision(0), None, &AtomicBool::new(false));
        let found = Foldable::new(&rope, tree.as_ref(), 4);
        let expected: Vec<FoldRegion> = expected.iter().map(|&(header, last)| region(header, last)).collect();
        let all = found.all();
        assert_eq!(all, expected, "{language:?}");
        for line in 0..rope.len_lines() {
            let own = all.iter().copied().find(|region| region.header == line);
            assert_eq!(found.at(line), own, "{language:?} at {line}");
            let around: Vec<FoldRegion> = all.iter().copied().filter(|region| region.holds(line)).collect();
            assert_eq!(found.around(line), around, "{language:?} around {line}");
        }
        let headers: Vec<usize> = all.iter().map(|region| region.header).collect();
        assert_eq!(found.headers(0..rope.len_lines()), headers, "{language:?}");
    }

    #[test]
    fn blocks_of_braces_keep_their_last_line() {
        check(
            Language::Rust,
            "fn a(\n    b: u32,\n) {\n    if b {\n        c();\n    } else {\n        d();\n    }\n}\n",
            &[(0, 1), (2, 7), (3, 4), (5, 6)],
        );
        check(Language::JavaScript, "const a = {\n  b: [\n    1,\n  ],\n};\n", &[(0, 3), (1, 2)]);
        check(Language::Json, "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", &[(0, 3), (1, 2)]);
        check(Language::Go, "package a\n\nfunc f() {\n\tg()\n}\n", &[(2, 3)]);
    }

    #[test]
    fn blocks_without_braces_go_to_their_last_line() {
        check(
            Language::Python,
            "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        pass\n\n\nx = [\n    1,\n]\n",
            &[(0, 5), (1, 2), (4, 5), (8, 9)],
        );
        check(Language::Python, "if a:\n    b\nelif c:\n    d\nelse:\n    e\n", &[(0, 1), (2, 3), (4, 5)]);
    }

    #[test]
    fn elements_chapters_and_fences_are_folded() {
        check(Language::Html, "<div>\n  <p>\n    a\n  </p>\n</div>\n", &[(0, 3), (1, 2)]);
        check(Language::Markdown, "# A\n\ntext\n\n## B\n\nmore\n", &[(0, 6), (4, 6)]);
    }

    #[test]
    fn indentation_serves_where_there_is_no_tree() {
        check(Language::PlainText, "a\n  b\n\n    c\n  d\n\ne\n  f\n", &[(0, 4), (1, 3), (6, 7)]);
    }

    #[test]
    fn runs_of_line_comments_are_folded_and_one_alone_is_not() {
        check(
            Language::Rust,
            "// a\n// b\n//! c\nfn f() {\n    // alone\n    g();\n    // x\n    // y\n}\n",
            &[(0, 2), (3, 7), (6, 7)],
        );
        check(Language::Python, "# a\n# b\n\n# alone\nx = 1\n", &[(0, 1)]);
        check(Language::Sql, "-- a\n-- b\nselect 1;\n", &[(0, 1)]);
    }

    #[test]
    fn imports_that_follow_each_other_are_folded_empty_lines_among_them() {
        check(Language::Rust, "use a;\nuse b;\n\nuse c;\n\n\nuse d;\n", &[(0, 3)]);
        check(Language::Python, "import a\nfrom b import c\n\nx = 1\nimport d\n", &[(0, 1)]);
        check(Language::JavaScript, "import a from 'a';\nimport b from 'b';\nf();\n", &[(0, 1)]);
        check(Language::C, "#include <a.h>\n#include <b.h>\nint x;\n", &[(0, 1)]);
        check(Language::Java, "package p;\n\nimport a.B;\nimport a.C;\n\nclass D {}\n", &[(2, 3)]);
        check(Language::Rust, "use a::{\n    b,\n};\nuse c;\n", &[(0, 3)]);
    }

    #[test]
    fn regions_are_folded_in_any_language() {
        check(Language::Rust, "// region A\nfn f() {\n    g();\n}\n// endregion\n", &[(0, 4), (1, 2)]);
        check(Language::PlainText, "#region A\nb\n#endregion\n", &[(0, 2)]);
    }

    #[test]
    fn levels_count_from_the_outside() {
        let rope = Rope::from_str("a\n  b\n    c\n  d\n    e\nf\n  g\n");
        let levels = Foldable::new(&rope, None, 4).levels();
        assert_eq!(levels, [(1, region(0, 4)), (2, region(1, 2)), (2, region(3, 4)), (1, region(5, 6))]);
    }

    #[test]
    fn a_huge_text_is_asked_about_what_is_seen_alone() {
        let rope = Rope::from_str(&format!("a\n{}", "  b\n".repeat(1_000_000)));
        let found = Foldable::new(&rope, None, 4);
        let start = std::time::Instant::now();
        assert_eq!(found.headers(0..50), [0]);
        assert_eq!(found.at(0), Some(region(0, REACH - 1)));
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
