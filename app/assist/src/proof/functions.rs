//! Which functions of a stretch a change touches, and whether their callers see it.

use std::ops::Range;

use super::grammar;
use super::tokens::{CodeToken, Stretch, TokenRole};

/// Functions whose bodies changed, with nothing else around them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedFunctions {
    /// Their names, as far as they have some.
    pub names: Vec<String>,
    /// How many there are.
    pub count: usize,
    /// The first one with another signature, and how often it is named elsewhere in the file.
    pub signature: Option<(String, usize)>,
}

impl ChangedFunctions {
    /// In a few words.
    pub fn words(&self) -> String {
        if let Some((name, uses)) = &self.signature {
            let uses = match uses {
                0 => "no caller in this file".to_owned(),
                1 => "1 use in this file".to_owned(),
                uses => format!("{uses} uses in this file"),
            };
            return format!("Signature of {name} changed: {uses}");
        }
        match (self.count, self.names.first()) {
            (1, Some(name)) => format!("Only {name} changed, same signature"),
            (1, None) => "Only the inside of one function changed".into(),
            (count, _) => format!("Only {count} functions changed, same signatures"),
        }
    }

    /// Why that is certain.
    pub fn reason(&self) -> String {
        if self.signature.is_some() {
            return "What stands before its body is another one, so look at what calls it, in other files, too.".into();
        }
        let names = if self.names.is_empty() { "it".to_owned() } else { self.names.join(", ") };
        format!("All code outside of {names} is the same token by token, and so is what callers see.")
    }
}

/// The outermost functions of a stretch: their nodes.
fn outermost(stretch: &Stretch) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut index = 0;
    while index < stretch.nodes.len() {
        let node = &stretch.nodes[index];
        let has_body = (index + 1..node.end).any(|inner| {
            stretch.parent_index(inner) == Some(index) && grammar::is_body(&stretch.nodes[inner])
        });
        if grammar::is_function(node.kind) && has_body {
            found.push(index);
            index = node.end;
        } else {
            index += 1;
        }
    }
    found
}

/// A function's tokens, in two parts.
struct Parts<'a> {
    head: Vec<&'a str>,
    body: Vec<(&'a str, u64)>,
    name: Option<String>,
}

/// The functions that changed; `None` when anything else did, or none.
pub fn changed(old: &Stretch, new: &Stretch, roles: &[TokenRole]) -> Option<ChangedFunctions> {
    let (before, after) = (outermost(old), outermost(new));
    if before.len() != after.len()
        || before.is_empty()
        || around(old, &before, roles) != around(new, &after, roles)
    {
        return None;
    }
    let mut found = ChangedFunctions::default();
    let (own, its) = (old.shaped(roles), new.shaped(roles));
    for (was, is) in before.iter().zip(&after) {
        let (was, is) = (parts(old, *was, &own), parts(new, *is, &its));
        if was.head == is.head && was.body == is.body {
            continue;
        }
        found.count += 1;
        if was.head != is.head && found.signature.is_none() {
            let name = was.name.clone().unwrap_or_else(|| "a function".into());
            found.signature = Some((name.clone(), uses(old, &name)));
        }
        found.names.extend(was.name);
    }
    (found.count > 0).then_some(found)
}

/// What stands outside of the functions, each of which leaves a sign.
fn around<'a>(stretch: &'a Stretch, functions: &[usize], roles: &[TokenRole]) -> Vec<&'a str> {
    let mut texts: Vec<&str> = Vec::new();
    let mut last = None;
    for token in stretch.of(roles) {
        let before = functions.partition_point(|function| *function <= token.node).checked_sub(1);
        let within = before.filter(|function| token.node < stretch.nodes[functions[*function]].end);
        match within {
            None => texts.push(&token.text),
            Some(_) if within != last => texts.push("\u{0}"),
            Some(_) => {}
        }
        last = within;
    }
    texts
}

fn parts<'a>(stretch: &'a Stretch, function: usize, shaped: &[(&'a CodeToken, u64)]) -> Parts<'a> {
    let end = stretch.nodes[function].end;
    let body = (function + 1..end).find(|inner| {
        stretch.parent_index(*inner) == Some(function) && grammar::is_body(&stretch.nodes[*inner])
    });
    let body: Range<usize> = body.map_or(end..end, |body| body..stretch.nodes[body].end);
    let own = shaped.iter().filter(|(token, _)| (function..end).contains(&token.node) && !token.is_outside);
    let (body_tokens, head): (Vec<_>, Vec<_>) = own.partition(|(token, _)| body.contains(&token.node));
    Parts {
        head: head.iter().map(|(token, _)| token.text.as_str()).collect(),
        body: body_tokens.iter().map(|(token, shape)| (token.text.as_str(), *shape)).collect(),
        name: name(stretch, function, body.start),
    }
}

/// What a function is called: by its own name, else by what it is given to.
fn name(stretch: &Stretch, function: usize, body: usize) -> Option<String> {
    let is_named = |node: usize| stretch.nodes[node].field == Some("name");
    let text = |node: usize| {
        let place = stretch.place(node);
        Some(stretch.text[place].trim().to_owned()).filter(|name| !name.is_empty() && !name.contains('\n'))
    };
    let own =
        (function + 1..body).find(|inner| stretch.parent_index(*inner) == Some(function) && is_named(*inner));
    let leaf = |node: &usize| {
        stretch.nodes[*node].kind.ends_with("identifier") && stretch.nodes[*node].end == node + 1
    };
    let declared = || {
        let is_declared = |node: &usize| stretch.nodes[*node].field == Some("declarator");
        (function + 1..body).filter(is_declared).flat_map(|node| node..stretch.nodes[node].end).find(leaf)
    };
    let given = || {
        let around = stretch.parent_index(function)?;
        (around + 1..function).find(|inner| stretch.parent_index(*inner) == Some(around) && leaf(inner))
    };
    own.or_else(declared).or_else(given).and_then(text)
}

/// How often a name stands in the file outside of the stretch.
fn uses(stretch: &Stretch, name: &str) -> usize {
    let outside = stretch.outside();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let alone = |text: &str, at: usize| {
        !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word)
    };
    outside.iter().map(|text| text.match_indices(name).filter(|(at, _)| alone(text, *at)).count()).sum()
}
