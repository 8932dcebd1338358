//! The tree of a stretch as plain data, for those who compare texts by what they mean: whoever stands above needs no parser.

use std::ops::Range;

use ropey::Rope;

use super::SyntaxTree;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatNode {
    /// What the grammar calls it; of a node without a name the text itself.
    pub kind: &'static str,
    /// What it is to the node around it: `body`, `name`.
    pub field: Option<&'static str>,
    /// Has it a name in the grammar? Brackets, operators and keywords have none.
    pub is_named: bool,
    /// The grammar could not make sense of it.
    pub is_error: bool,
    /// Nodes around it.
    pub depth: usize,
    /// Where it lies in the text, in bytes.
    pub bytes: Range<usize>,
    /// The index behind the last node inside of it.
    pub end: usize,
}

impl SyntaxTree {
    /// The nodes that touch a char range, each before those inside of it. Nodes without text are left out. Costs time and memory for
    /// each of them.
    #[must_use]
    pub fn flat(&self, rope: &Rope, range: &Range<usize>) -> Vec<FlatNode> {
        let end = range.end.min(rope.len_chars());
        let window = rope.char_to_byte(range.start.min(end))..rope.char_to_byte(end);
        let mut nodes: Vec<FlatNode> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let Some(grammar) = super::grammar_of(self.language) else { return Vec::new() };
        let mut cursor = self.root().walk();
        loop {
            let node = cursor.node();
            let bytes = node.byte_range();
            let touches = bytes.start < window.end && window.start < bytes.end;
            if touches && !bytes.is_empty() {
                open.push(nodes.len());
                nodes.push(FlatNode {
                    kind: grammar.node_kind_for_id(node.kind_id()).unwrap_or_default(),
                    field: cursor.field_id().and_then(|id| grammar.field_name_for_id(id.get())),
                    is_named: node.is_named(),
                    is_error: node.is_error() || node.is_missing(),
                    depth: open.len() - 1,
                    bytes,
                    end: 0,
                });
                if cursor.goto_first_child() {
                    continue;
                }
                close(&mut nodes, &mut open);
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return nodes;
                }
                close(&mut nodes, &mut open);
            }
        }
    }
}

/// The innermost open node ends here.
fn close(nodes: &mut [FlatNode], open: &mut Vec<usize>) {
    let end = nodes.len();
    if let Some(node) = open.pop().and_then(|index| nodes.get_mut(index)) {
        node.end = end;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{Language, Revision};

    #[test]
    fn the_nodes_of_a_stretch_come_in_order_with_what_is_inside() {
        let rope = Rope::from_str("ü = 1\ny = f(2)\nz = 3\n");
        let tree =
            SyntaxTree::parse(Language::Python, &rope, Revision(0), None, &AtomicBool::new(false)).unwrap();
        let nodes = tree.flat(&rope, &(6..14));
        let said: Vec<_> = nodes
            .iter()
            .map(|node| (node.kind, node.depth, rope.byte_slice(node.bytes.clone()).to_string()))
            .filter(|(_, _, text)| !text.contains('\n'))
            .collect();
        let text = str::to_owned;
        assert_eq!(
            said,
            [
                ("expression_statement", 1, text("y = f(2)")),
                ("assignment", 2, text("y = f(2)")),
                ("identifier", 3, text("y")),
                ("=", 3, text("=")),
                ("call", 3, text("f(2)")),
                ("identifier", 4, text("f")),
                ("argument_list", 4, text("(2)")),
                ("(", 5, text("(")),
                ("integer", 5, text("2")),
                (")", 5, text(")")),
            ]
        );
        let call = nodes.iter().position(|node| node.kind == "call").unwrap();
        assert_eq!((nodes[call].field, nodes[call].end), (Some("right"), nodes.len()));
        assert_eq!(nodes[0].end, nodes.len());
    }
}
