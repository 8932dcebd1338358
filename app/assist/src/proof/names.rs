//! Is a change nothing but a renaming of local names? Each wherever it stands, none caught by another name, none seen outside.

use std::collections::BTreeMap;

use editor_core::Language;

use super::grammar;
use super::tokens::{CodeToken, Stretch, TokenRole};

/// What is compared: names in comments and documentation may follow.
const ROLES: [TokenRole; 2] = [TokenRole::Code, TokenRole::Annotation];

/// The local names that a change renames, old and new; `None` when it does anything else.
pub fn renamed(old: &Stretch, new: &Stretch) -> Option<Vec<(String, String)>> {
    let language = old.language;
    if !grammar::knows_names(language) || without_names(old) != without_names(new) {
        return None;
    }
    let (before, after): (Vec<_>, Vec<_>) = (old.of(&ROLES).collect(), new.of(&ROLES).collect());
    if before.len() != after.len() {
        return None;
    }
    let mut map: BTreeMap<&str, &str> = BTreeMap::new();
    let mut back: BTreeMap<&str, &str> = BTreeMap::new();
    for (was, is) in before.iter().zip(&after) {
        if is_variable(old, was) {
            let same = *map.entry(&was.text).or_insert(&is.text) == is.text
                && *back.entry(&is.text).or_insert(&was.text) == was.text;
            if !same {
                return None;
            }
        } else if was.text != is.text && !is_placeholder(language, &was.text, &is.text) {
            return None;
        }
    }
    let changed: Vec<(String, String)> = map
        .iter()
        .filter(|(old, new)| old != new)
        .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()))
        .collect();
    let looked_up = before.iter().any(|token| grammar::LOOKS_NAMES_UP.contains(&token.text.as_str()));
    let holds = |(was, is): &(String, String)| {
        can_rename(old, was) && !stands_around(old, is) && is_followed(language, &before, &after, was, is)
    };
    (!changed.is_empty() && !looked_up && changed.iter().all(holds)).then_some(changed)
}

/// What code and types say, each local name left out, and strings that may hold some.
fn without_names(stretch: &Stretch) -> Vec<(&str, u64)> {
    let hides = |token: &CodeToken| stretch.language == Language::Rust && token.text.starts_with('"');
    let is_left_out = |token: &CodeToken| hides(token) || is_variable(stretch, token);
    let shaped = stretch.shaped(&ROLES).into_iter();
    shaped.map(|(token, shape)| (if is_left_out(token) { "" } else { token.text.as_str() }, shape)).collect()
}

/// Is it a name that a renaming may touch?
pub fn is_variable(stretch: &Stretch, token: &CodeToken) -> bool {
    let node = &stretch.nodes[token.node];
    let parent = stretch.parent(token.node);
    if node.end != token.node + 1 || !grammar::is_name(stretch.language, node, parent) {
        return false;
    }
    !grammar::is_pinned(node, parent) && !token.is_member
}

/// Is it a name of this stretch that nothing outside of it can see?
pub fn can_rename(stretch: &Stretch, name: &str) -> bool {
    let there: Vec<&CodeToken> = stretch.of(&ROLES).filter(|token| token.text == name).collect();
    let is_bound =
        there.iter().any(|token| is_variable(stretch, token) && binds_in_function(stretch, token.node));
    let is_pinned_too = there.iter().any(|token| {
        let node = &stretch.nodes[token.node];
        let parent = stretch.parent(token.node).map_or("", |parent| parent.kind);
        grammar::is_shorthand(node.kind)
            || matches!(
                parent,
                "shorthand_field_initializer"
                    | "global_statement"
                    | "nonlocal_statement"
                    | "keyword_parameter"
            )
    });
    let is_seen = there.iter().any(|token| is_argument_name(stretch, token.node));
    is_bound && !is_pinned_too && !is_seen && !stands_around(stretch, name)
}

/// Is it a parameter that callers have to name, or do so in this file?
fn is_argument_name(stretch: &Stretch, node: usize) -> bool {
    if !grammar::names_arguments(stretch.language) {
        return false;
    }
    let path = stretch.path(node);
    let is_parameter =
        path.iter().rev().take(3).any(|outer| stretch.nodes[*outer].kind.contains("parameter"));
    if !is_parameter {
        return false;
    }
    if let Some(parameter) = stretch.parent_index(node).filter(|_| stretch.language == Language::Swift) {
        let inside = parameter + 1..stretch.nodes[parameter].end;
        return !inside.into_iter().any(|inner| stretch.nodes[inner].field == Some("external_name"));
    }
    let place = stretch.place(node);
    let name = &stretch.text[place];
    let named = |text: &String| {
        text.match_indices(name).any(|(at, _)| {
            let rest = text[at + name.len()..].trim_start();
            let before = text[..at].trim_end();
            let is_named = (rest.starts_with('=') && !rest.starts_with("==")) || rest.starts_with(':');
            is_named && (before.ends_with('(') || before.ends_with(','))
        })
    };
    stretch.outside().iter().any(named)
}

/// Does this place bind its name, within a function?
fn binds_in_function(stretch: &Stretch, node: usize) -> bool {
    let path = stretch.path(node);
    let mut inner = node;
    let bound = path.iter().rev().find_map(|outer| {
        let found = grammar::binds(stretch.language, &stretch.nodes[*outer], stretch.nodes[inner].field);
        inner = *outer;
        found
    });
    let scope = path.iter().rev().map(|outer| stretch.nodes[*outer].kind);
    let scope = scope
        .into_iter()
        .find(|kind| grammar::is_function(kind) || kind.contains("class") || kind.contains("struct"));
    bound == Some(true) && scope.is_some_and(grammar::is_function)
}

/// Does the function that the stretch is a part of say this name outside of it?
fn stands_around(stretch: &Stretch, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    stretch.rest_of_function().iter().any(|text| {
        text.match_indices(name)
            .any(|(at, _)| !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word))
    })
}

/// Rust writes names into strings that macros read.
fn is_placeholder(language: Language, was: &str, is: &str) -> bool {
    language == Language::Rust && was.starts_with('"') && is.starts_with('"')
}

/// Do strings that name it follow, and no others change?
fn is_followed(language: Language, before: &[&CodeToken], after: &[&CodeToken], was: &str, is: &str) -> bool {
    if language != Language::Rust {
        return true;
    }
    let placeholders = |text: &str, name: &str| {
        let ends = |rest: &str| rest.starts_with('}') || rest.starts_with(':');
        text.match_indices('{').filter(|(at, _)| text[at + 1..].strip_prefix(name).is_some_and(ends)).count()
    };
    before.iter().zip(after).filter(|(old, _)| old.text.starts_with('"')).all(|(old, new)| {
        let count = placeholders(&old.text, was);
        if count == 0 {
            true
        } else {
            old.text != new.text && placeholders(&new.text, is) == count && placeholders(&new.text, was) == 0
        }
    })
}
