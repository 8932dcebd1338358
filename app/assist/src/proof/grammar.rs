//! What the grammars call what a proof must know: comments, strings, optional types, functions, and the names that they bind.
//!
//! One table for all languages: where two grammars use one word, they mean the same by it. What is only so in one language says so.

use editor_core::Language;
use editor_core::syntax::FlatNode;

/// Do blanks mean so much in this language that nothing is said of its layout?
pub fn is_free_of_layout(language: Language) -> bool {
    !matches!(language, Language::Markdown | Language::PlainText)
}

/// Is it a comment?
pub fn is_comment(node: &FlatNode) -> bool {
    node.is_named && (node.kind.contains("comment") || node.kind == "marginalia")
}

/// Is every blank in it a part of it?
pub fn is_verbatim(kind: &str) -> bool {
    const PARTS: [&str; 6] = ["string", "heredoc", "regex", "scalar", "char_literal", "character_literal"];
    const KINDS: [&str; 7] = [
        "raw_text",
        "shell_command",
        "recipe_line",
        "rune_literal",
        "jsx_text",
        "preproc_arg",
        "subshell_literal",
    ];
    PARTS.iter().any(|part| kind.contains(part)) || KINDS.contains(&kind)
}

/// Is it code within a string?
pub fn is_interpolation(kind: &str) -> bool {
    ["interpol", "substitution", "expansion", "embedded"].iter().any(|part| kind.contains(part))
        || kind == "variable_name"
}

/// The kind as it counts for the shape of a tree: an optional type makes another node of some parameters.
pub fn shape_kind(kind: &'static str) -> Option<&'static str> {
    match kind {
        "typed_parameter" | "expression_statement" => None,
        "typed_default_parameter" => Some("default_parameter"),
        other => Some(other),
    }
}

/// Do lines within it stand further in? What is only an expression more or less does not move its line.
pub fn indents(kind: &str) -> bool {
    const PARTS: [&str; 31] = [
        "block",
        "body",
        "statements",
        "compound",
        "arguments",
        "argument_list",
        "parameter",
        "object",
        "array",
        "dictionary",
        "element",
        "_clause",
        "then",
        "do_",
        "else",
        "if_",
        "for_",
        "while_",
        "case",
        "switch",
        "match",
        "try_",
        "with_",
        "class",
        "function",
        "method",
        "struct",
        "enum",
        "impl",
        "mapping",
        "sequence",
    ];
    const KINDS: [&str; 9] =
        ["if", "do", "while", "for", "case", "begin", "unless", "literal_value", "rule_set"];
    PARTS.iter().any(|part| kind.contains(part)) || KINDS.contains(&kind)
}

/// What a sign before the closing bracket means in these is more than the same list.
pub const COUNTS_COMMAS: [&str; 3] = ["token_tree", "subscript", "index_expression"];

/// Optional types: the node around them, and what they are in it: a field or a kind.
pub fn annotations(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Python => &[
            ("typed_parameter", "type"),
            ("typed_default_parameter", "type"),
            ("assignment", "type"),
            ("function_definition", "return_type"),
        ],
        Language::TypeScript | Language::Tsx => &[("", "type_annotation"), ("", "type_predicate_annotation")],
        Language::Swift => &[("property_declaration", "type_annotation")],
        Language::Rust => &[("let_declaration", "type")],
        Language::Php => &[
            ("simple_parameter", "type"),
            ("function_definition", "return_type"),
            ("method_declaration", "return_type"),
            ("property_declaration", "type"),
        ],
        Language::Zig => &[("variable_declaration", "type")],
        Language::Go => &[("var_spec", "type")],
        Language::Kotlin => &[("variable_declaration", ":"), ("function_declaration", ":")],
        _ => &[],
    }
}

/// The signs that belong to an optional type beside them.
pub const TYPE_SIGNS: [&str; 2] = [":", "->"];

/// Functions, with and without a name.
pub fn is_function(kind: &str) -> bool {
    const KINDS: [&str; 28] = [
        "function_item",
        "function_definition",
        "function_declaration",
        "generator_function_declaration",
        "generator_function",
        "method_definition",
        "method_declaration",
        "constructor_declaration",
        "compact_constructor_declaration",
        "arrow_function",
        "function_expression",
        "func_literal",
        "closure_expression",
        "lambda",
        "lambda_expression",
        "lambda_literal",
        "local_function_statement",
        "local_function_declaration",
        "method",
        "singleton_method",
        "anonymous_function",
        "anonymous_function_creation_expression",
        "anonymous_method_expression",
        "anonymous_initializer",
        "init_declaration",
        "secondary_constructor",
        "create_function",
        "operator_declaration",
    ];
    KINDS.contains(&kind)
}

/// Is it the part of a function that its callers do not see?
pub fn is_body(node: &FlatNode) -> bool {
    node.field == Some("body")
        || matches!(node.kind, "function_body" | "body_statement" | "create_function_body")
}

/// Leaves that name a variable.
pub fn is_name(language: Language, node: &FlatNode, parent: Option<&FlatNode>) -> bool {
    match language {
        Language::Php => node.kind == "name" && parent.is_some_and(|parent| parent.kind == "variable_name"),
        _ => matches!(node.kind, "identifier" | "simple_identifier") || is_shorthand(node.kind),
    }
}

/// A name that is the name of a member at the same time.
pub fn is_shorthand(kind: &str) -> bool {
    matches!(
        kind,
        "shorthand_property_identifier"
            | "shorthand_property_identifier_pattern"
            | "shorthand_field_identifier"
    )
}

/// Signs before the name of a member.
pub const MEMBER_SIGNS: [&str; 7] = [".", "?.", "::", "->", "&.", "?->", "!."];

/// Fields in which a name is that of a member, an argument, a macro or a declaration.
pub fn is_pinned(node: &FlatNode, parent: Option<&FlatNode>) -> bool {
    const FIELDS: [&str; 8] =
        ["attribute", "property", "field", "method", "member", "suffix", "external_name", "macro"];
    const PARENTS: [&str; 7] = [
        "shorthand_field_initializer",
        "value_argument_label",
        "name_colon",
        "user_type",
        "dotted_name",
        "hash_key_symbol",
        "keyed_element",
    ];
    let Some(parent) = parent else { return false };
    node.field.is_some_and(|field| FIELDS.contains(&field))
        || PARENTS.contains(&parent.kind)
        || (node.field == Some("name") && matches!(parent.kind, "keyword_argument" | "field" | "argument"))
        || (node.field == Some("key") && parent.kind != "pair_pattern")
        || (node.field == Some("name") && (is_function(parent.kind) || parent.kind.contains("class")))
}

/// Does a name that is reached from this node by its field get bound there? `None`: look at the node around it.
pub fn binds(language: Language, node: &FlatNode, field: Option<&str>) -> Option<bool> {
    const NOT: [&str; 9] =
        ["value", "right", "type", "default_value", "default", "body", "function", "condition", "object"];
    const LISTS: [&str; 12] = [
        "parameters",
        "lambda_parameters",
        "formal_parameters",
        "parameter_list",
        "function_value_parameters",
        "method_parameters",
        "block_parameters",
        "closure_parameters",
        "as_pattern_target",
        "payload",
        "inferred_parameters",
        "implicit_parameter",
    ];
    const BY_FIELD: [(&str, &str); 27] = [
        ("let_declaration", "pattern"),
        ("variable_declarator", "name"),
        ("init_declarator", "declarator"),
        ("declaration", "declarator"),
        ("short_var_declaration", "left"),
        ("var_spec", "name"),
        ("range_clause", "left"),
        ("for_statement", "left"),
        ("for_statement", "item"),
        ("for_statement", "pattern"),
        ("for_expression", "pattern"),
        ("for_in_statement", "left"),
        ("for_in_clause", "left"),
        ("for_range_loop", "declarator"),
        ("enhanced_for_statement", "name"),
        ("foreach_statement", "left"),
        ("named_expression", "name"),
        ("pattern", "bound_identifier"),
        ("for_numeric_clause", "name"),
        ("arrow_function", "parameter"),
        ("catch_clause", "parameter"),
        ("let_condition", "pattern"),
        ("match_arm", "pattern"),
        ("parameter", "name"),
        ("parameter", "pattern"),
        ("formal_parameter", "name"),
        ("required_parameter", "pattern"),
    ];
    let assigned = matches!(
        (language, node.kind),
        (Language::Python | Language::Ruby, "assignment") | (Language::Php, "assignment_expression")
    );
    if field.is_some_and(|field| NOT.contains(&field)) {
        return Some(false);
    }
    let is_by_field = field.is_some_and(|field| BY_FIELD.contains(&(node.kind, field)));
    if LISTS.contains(&node.kind) || is_by_field || (assigned && field == Some("left")) {
        return Some(true);
    }
    // Kotlin and Zig have the name as a child without a field; Lua has a whole assignment in it.
    if node.kind == "variable_declaration"
        && matches!(language, Language::Kotlin | Language::Zig | Language::Lua)
    {
        return Some(true);
    }
    if language == Language::Lua && node.kind == "for_generic_clause" {
        return Some(true);
    }
    const THROUGH: [&str; 8] = [
        "pattern",
        "_list",
        "parameter",
        "declarator",
        "assignment_statement",
        "variable_name",
        "tuple",
        "splat",
    ];
    let goes_on = THROUGH.iter().any(|part| node.kind.contains(part));
    (!goes_on).then_some(false)
}

/// The languages whose local names are known well enough for a proof.
pub fn knows_names(language: Language) -> bool {
    matches!(
        language,
        Language::Rust
            | Language::Python
            | Language::JavaScript
            | Language::TypeScript
            | Language::Tsx
            | Language::C
            | Language::Cpp
            | Language::Go
            | Language::CSharp
            | Language::Java
            | Language::Kotlin
            | Language::Lua
            | Language::Php
            | Language::Ruby
            | Language::Swift
            | Language::Zig
    )
}

/// The languages in which callers may name the arguments, so that a parameter's name is seen outside.
pub fn names_arguments(language: Language) -> bool {
    matches!(
        language,
        Language::Python
            | Language::Kotlin
            | Language::CSharp
            | Language::Php
            | Language::Ruby
            | Language::Swift
    )
}

/// Calls that see local names by their text.
pub const LOOKS_NAMES_UP: [&str; 9] =
    ["eval", "exec", "locals", "vars", "globals", "compact", "extract", "binding", "get_defined_vars"];
