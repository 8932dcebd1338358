//! What can be folded though it is no one node: imports that follow each other.

use std::ops::Range;

use tree_sitter::Node;

use super::fold_region::FoldRegion;

/// So many of the first parts of a text are looked through for imports.
const MAX_PARTS: usize = 2_000;
/// Imports may have one empty line between them.
const GAP: usize = 2;

/// What grammars call an import.
const IMPORTS: &[&str] = &[
    "extern_crate_declaration",
    "future_import_statement",
    "import_declaration",
    "import_from_statement",
    "import_header",
    "import_statement",
    "namespace_use_declaration",
    "preproc_include",
    "use_declaration",
    "using_directive",
];

/// Imports, two at least, that touch these lines.
pub(super) fn imports(root: Node<'_>, lines: &Range<usize>) -> Vec<FoldRegion> {
    let mut cursor = root.walk();
    if !cursor.goto_first_child() {
        return Vec::new();
    }
    // First and last line, and how many.
    let mut run: Option<(usize, usize, usize)> = None;
    let mut found = Vec::new();
    let mut end = |run: Option<(usize, usize, usize)>| {
        if let Some((header, last, 2..)) = run
            && last > header
            && last >= lines.start
            && header < lines.end
        {
            found.push(FoldRegion { header, last });
        }
    };
    for _ in 0..MAX_PARTS {
        let node = cursor.node();
        let (first, last) = (node.start_position().row, last_line(node));
        if IMPORTS.contains(&node.kind()) {
            run = match run {
                Some((header, before, count)) if first <= before + GAP => Some((header, last, count + 1)),
                other => {
                    end(other);
                    Some((first, last, 1))
                }
            };
        } else if node.is_named() {
            end(run.take());
        }
        if first >= lines.end && run.is_none() || !cursor.goto_next_sibling() {
            break;
        }
    }
    end(run);
    found
}

/// The last line that a node has something in.
fn last_line(node: Node<'_>) -> usize {
    let end = node.end_position();
    if end.column == 0 { end.row.saturating_sub(1).max(node.start_position().row) } else { end.row }
}
