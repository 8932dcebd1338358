//! What a proposal takes away without a word: definitions that the lines had and that it has not. A model that is asked about one
//! function may give back that function alone.

use std::sync::atomic::AtomicBool;

use editor_core::symbols::SymbolKind;
use editor_core::syntax::SyntaxTree;
use editor_core::{Language, Revision};
use ropey::Rope;

/// The names that `before` declares and `after` does not, in their order. None where as many others came: then they have new names.
#[must_use]
pub fn definitions(language: Language, before: &str, after: &str) -> Vec<String> {
    let (old, new) = (declared(language, before), declared(language, after));
    let lost: Vec<String> = old.iter().filter(|name| !new.contains(name)).cloned().collect();
    let come = new.iter().filter(|name| !old.contains(name)).count();
    if lost.len() > come { lost } else { Vec::new() }
}

/// The functions and types that a text declares.
fn declared(language: Language, text: &str) -> Vec<String> {
    let rope = Rope::from_str(text);
    let never = AtomicBool::new(false);
    let Some(tree) = SyntaxTree::parse(language, &rope, Revision(0), None, &never) else { return Vec::new() };
    let symbols = tree.symbols(&rope).into_iter();
    symbols.filter(|symbol| is_definition(symbol.kind)).map(|symbol| symbol.name).collect()
}

/// What a program would miss. A value in a text of data is no definition.
fn is_definition(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Class
            | SymbolKind::Struct
            | SymbolKind::Enum
            | SymbolKind::Interface
            | SymbolKind::Type
            | SymbolKind::Function
            | SymbolKind::Method
            | SymbolKind::Macro
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str, lost: &[&str]) {
        assert_eq!(definitions(Language::Python, before, after), lost, "{before:?} -> {after:?}");
    }

    #[test]
    fn what_is_gone_is_told_and_what_has_a_new_name_is_not() {
        let two = "def area(x):\n    return x\n\n\ndef volume(x):\n    return x\n";
        check(two, "def area(x):\n    return x * x\n", &["volume"]);
        check(two, two, &[]);
        check(two, "def area(x):\n    return x\n\n\ndef size(x):\n    return x\n", &[]);
        check(two, "print(1)\n", &["area", "volume"]);
        check("x = 1\ny = 2\n", "x = 1\n", &[]);
    }
}
