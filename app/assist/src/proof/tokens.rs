//! A stretch of a file as what its grammar reads of it: tokens, each with its place in the tree, and blanks between them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use editor_core::Language;
use editor_core::syntax::{FlatNode, SyntaxTree};
use ropey::Rope;

use super::grammar;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenRole {
    /// It is run.
    Code,
    /// A comment.
    Comment,
    /// Documentation that stands in the code, as Python's does.
    Documentation,
    /// A type that could be left out.
    Annotation,
}

/// A token of a stretch.
#[derive(Clone, Debug)]
pub struct CodeToken {
    /// What it is for.
    pub role: TokenRole,
    /// Its text as it is compared.
    pub text: String,
    /// Where it is in the stretch, in bytes. Of a token outside of it, nothing.
    pub bytes: Range<usize>,
    /// Nodes around it that indent what is in them.
    pub depth: usize,
    /// Its node, or the one that it is a part of.
    pub node: usize,
    /// Behind a sign that makes it the name of a member.
    pub is_member: bool,
    /// Only there to show where the stretch ends.
    pub is_outside: bool,
}

/// A stretch of a file with its tokens.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// The stretch itself.
    pub text: String,
    /// Its tokens, and one beyond each end.
    pub tokens: Vec<CodeToken>,
    /// The nodes that it is in and that are in it.
    pub nodes: Vec<FlatNode>,
    /// The language.
    pub language: Language,
    roles: Vec<TokenRole>,
    parents: Vec<Option<usize>>,
    file: Rope,
    /// Where the stretch is in the file, in bytes.
    bytes: Range<usize>,
}

/// A token that counts, with what opens and closes before it.
pub type Mark = (String, u64);

impl Stretch {
    /// Reads a char range of a file. `None` where nothing can be said: there is no grammar, blanks mean too much, something in it
    /// does not fit the grammar, or it begins or ends within a token.
    pub fn new(tree: &SyntaxTree, rope: &Rope, range: &Range<usize>) -> Option<Stretch> {
        let language = tree.language();
        if !grammar::is_free_of_layout(language) || tree.has_error(rope, range.clone()) {
            return None;
        }
        let blanks = rope.chars_at(range.start).reversed().take_while(|c| c.is_whitespace()).count();
        let behind = rope.slice(range.end..).chars().take_while(|c| c.is_whitespace()).count();
        let seen = (range.start - blanks).saturating_sub(1)..(range.end + behind + 1).min(rope.len_chars());
        let nodes = tree.flat(rope, &seen);
        let in_bytes = |chars: &Range<usize>| rope.char_to_byte(chars.start)..rope.char_to_byte(chars.end);
        let (bytes, seen) = (in_bytes(range), in_bytes(&seen));
        let source = Source { rope, text: rope.byte_slice(seen.clone()).to_string(), seen };
        let parents = parents(&nodes);
        let roles = roles(language, &nodes, &parents, &source);
        let mut reader = Reader {
            language,
            source: &source,
            nodes: &nodes,
            parents: &parents,
            roles: &roles,
            tokens: Vec::new(),
            bytes: bytes.clone(),
            is_torn: false,
        };
        if !nodes.is_empty() {
            reader.node(0, false, false);
        }
        let (tokens, is_torn) = (reader.tokens, reader.is_torn);
        let text = rope.slice(range.clone()).to_string();
        let file = rope.clone();
        (!is_torn).then_some(Stretch { text, tokens, nodes, language, roles, parents, file, bytes })
    }

    /// The tokens inside of it with one of these roles.
    pub fn of<'a>(&'a self, roles: &[TokenRole]) -> impl Iterator<Item = &'a CodeToken> + use<'a> {
        let roles = roles.to_vec();
        self.tokens.iter().filter(move |token| !token.is_outside && roles.contains(&token.role))
    }

    /// The texts of the tokens with one of these roles.
    pub fn texts(&self, roles: &[TokenRole]) -> Vec<&str> {
        self.of(roles).map(|token| token.text.as_str()).collect()
    }

    /// What tokens with these roles say, and the shape of their tree: equal for two texts that differ in nothing else.
    pub fn marks(&self, roles: &[TokenRole]) -> Vec<Mark> {
        self.shaped(roles).into_iter().map(|(token, shape)| (token.text.clone(), shape)).collect()
    }

    /// The tokens inside of it with these roles, without signs that mean nothing where they stand.
    pub fn counted(&self, roles: &[TokenRole]) -> Vec<&CodeToken> {
        let shaped = self.shaped(roles).into_iter().map(|(token, _)| token);
        shaped.filter(|token| !token.is_outside).collect()
    }

    /// The tokens with these roles, without signs that mean nothing where they stand, each with what opens and closes before it.
    pub fn shaped(&self, roles: &[TokenRole]) -> Vec<(&CodeToken, u64)> {
        let shown: Vec<&CodeToken> = self.tokens.iter().filter(|token| roles.contains(&token.role)).collect();
        let counts = |node: &&usize| {
            roles.contains(&self.roles[**node]) && grammar::shape_kind(self.nodes[**node].kind).is_some()
        };
        let mut marks = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut shape = DefaultHasher::new();
        for (index, token) in shown.iter().enumerate() {
            let previous = index.checked_sub(1).map(|before| shown[before]);
            if self.is_optional(token, previous, shown.get(index + 1).copied()) {
                continue;
            }
            let path = self.path(token.node);
            let common = open.iter().zip(&path).take_while(|(a, b)| a == b).count();
            open[common..].iter().filter(counts).count().hash(&mut shape);
            for node in path[common..].iter().filter(counts) {
                grammar::shape_kind(self.nodes[*node].kind).hash(&mut shape);
            }
            open = path;
            marks.push((*token, shape.finish()));
            shape = DefaultHasher::new();
        }
        marks
    }

    /// A sign that means nothing where it stands: a comma before a closing bracket, the semicolon that JavaScript adds itself.
    fn is_optional(&self, token: &CodeToken, before: Option<&CodeToken>, next: Option<&CodeToken>) -> bool {
        let parent = self.parents[token.node].map_or("", |parent| self.nodes[parent].kind);
        let closes = next.is_some_and(|next| matches!(next.text.as_str(), ")" | "]" | "}"));
        let follows_one = before.is_some_and(|before| !matches!(before.text.as_str(), "," | "(" | "[" | "{"));
        let scripts = matches!(self.language, Language::JavaScript | Language::TypeScript | Language::Tsx);
        match token.text.as_str() {
            "," if parent == "match_arm" => true,
            "," => closes && follows_one && !grammar::COUNTS_COMMAS.contains(&parent),
            ";" => scripts && !parent.starts_with("for") && parent != "empty_statement",
            _ => false,
        }
    }

    /// The nodes around a node, from the outermost on.
    pub fn path(&self, node: usize) -> Vec<usize> {
        let mut path: Vec<usize> =
            std::iter::successors(self.parents[node], |node| self.parents[*node]).collect();
        path.reverse();
        path
    }

    /// The node around a node.
    pub fn parent(&self, node: usize) -> Option<&FlatNode> {
        self.parents[node].map(|parent| &self.nodes[parent])
    }

    /// The index of the node around a node.
    pub fn parent_index(&self, node: usize) -> Option<usize> {
        self.parents[node]
    }

    /// The text before a token, from the end of another one or from the beginning of the stretch.
    pub fn gap(&self, before: Option<&CodeToken>, token: Option<&CodeToken>) -> &str {
        let start = before.map_or(0, |before| before.bytes.end);
        let end = token.map_or(self.text.len(), |token| token.bytes.start);
        self.text.get(start..end.max(start)).unwrap_or_default()
    }

    /// The text of a token as it stands there.
    pub fn raw(&self, token: &CodeToken) -> &str {
        &self.text[token.bytes.clone()]
    }

    /// The text of the file before the stretch and behind it.
    pub fn outside(&self) -> [String; 2] {
        [
            self.file.byte_slice(..self.bytes.start).to_string(),
            self.file.byte_slice(self.bytes.end..).to_string(),
        ]
    }

    /// The text of the outermost function around the stretch that is not in it, on both sides.
    pub fn rest_of_function(&self) -> [String; 2] {
        let is_around = |node: &&FlatNode| {
            let reaches_out = node.bytes.start < self.bytes.start || self.bytes.end < node.bytes.end;
            let holds =
                node.bytes.start <= self.bytes.start && self.bytes.end.min(node.bytes.end) > self.bytes.start;
            grammar::is_function(node.kind) && reaches_out && holds
        };
        let Some(function) = self.nodes.iter().find(is_around) else { return Default::default() };
        let slice = |bytes: Range<usize>| match bytes.start < bytes.end {
            true => self.file.byte_slice(bytes).to_string(),
            false => String::new(),
        };
        [slice(function.bytes.start..self.bytes.start), slice(self.bytes.end..function.bytes.end)]
    }

    /// Where a node lies in the stretch, in bytes, as far as it does.
    pub fn place(&self, node: usize) -> Range<usize> {
        let clamp = |byte: usize| byte.saturating_sub(self.bytes.start).min(self.text.len());
        clamp(self.nodes[node].bytes.start)..clamp(self.nodes[node].bytes.end)
    }
}

/// The text that nodes point into.
struct Source<'a> {
    rope: &'a Rope,
    /// What was listed, in bytes of the file.
    seen: Range<usize>,
    text: String,
}

impl Source<'_> {
    /// What stands there. Nodes that reach far out of the stretch are read from the file.
    fn get(&self, bytes: Range<usize>) -> String {
        let inside = bytes.start.checked_sub(self.seen.start);
        let inside = inside.and_then(|start| self.text.get(start..bytes.end - self.seen.start));
        inside.map_or_else(
            || self.rope.get_byte_slice(bytes).map(|slice| slice.to_string()).unwrap_or_default(),
            str::to_owned,
        )
    }
}

fn parents(nodes: &[FlatNode]) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut parents = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        open.truncate(node.depth);
        parents.push(open.last().copied());
        open.push(index);
    }
    parents
}

/// The role of each node: that of the one around it, where it has one of its own.
fn roles(
    language: Language,
    nodes: &[FlatNode],
    parents: &[Option<usize>],
    source: &Source<'_>,
) -> Vec<TokenRole> {
    let table = grammar::annotations(language);
    let mut roles: Vec<TokenRole> = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let parent = parents[index];
        let around = parent.map_or(TokenRole::Code, |parent| roles[parent]);
        let within = parent.map_or("", |parent| nodes[parent].kind);
        let is_type = |(outer, what): &(&str, &str)| {
            (outer.is_empty() || *outer == within) && (node.field == Some(what) || node.kind == *what)
        };
        roles.push(match around {
            TokenRole::Code if grammar::is_comment(node) => TokenRole::Comment,
            TokenRole::Code if is_documentation(language, nodes, index, parent, source) => {
                TokenRole::Documentation
            }
            TokenRole::Code if table.iter().any(is_type) => TokenRole::Annotation,
            around => around,
        });
    }
    mark_signs(language, nodes, parents, &mut roles);
    roles
}

/// The sign before an optional type belongs to it; in Kotlin the type has nothing else to be known by.
fn mark_signs(language: Language, nodes: &[FlatNode], parents: &[Option<usize>], roles: &mut [TokenRole]) {
    for index in 0..nodes.len() {
        let node = &nodes[index];
        if node.is_named || !grammar::TYPE_SIGNS.contains(&node.kind) || node.end >= nodes.len() {
            continue;
        }
        let next = node.end;
        if parents[next] != parents[index] {
            continue;
        }
        if roles[index] == TokenRole::Annotation && language == Language::Kotlin {
            roles[next..nodes[next].end].fill(TokenRole::Annotation);
        } else if roles[next] == TokenRole::Annotation && roles[index] == TokenRole::Code {
            roles[index] = TokenRole::Annotation;
        }
    }
}

/// The string that is the first statement of a Python body.
fn is_documentation(
    language: Language,
    nodes: &[FlatNode],
    index: usize,
    parent: Option<usize>,
    source: &Source<'_>,
) -> bool {
    let node = &nodes[index];
    let Some(parent) = parent.filter(|_| language == Language::Python && node.kind == "expression_statement")
    else {
        return false;
    };
    let inside = nodes.get(index + 1).filter(|_| index + 1 < node.end);
    let is_first = || {
        (parent + 1..index)
            .all(|before| grammar::is_comment(&nodes[before]) || nodes[before].depth > node.depth)
    };
    // What stands above the stretch was not listed.
    let is_above_all = || {
        let above = source.get(nodes[parent].bytes.start..node.bytes.start);
        above.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#'))
    };
    let begins = matches!(nodes[parent].kind, "block" | "module") && is_first() && is_above_all();
    begins && inside.is_some_and(|inside| inside.kind == "string" && inside.bytes == node.bytes)
}

/// Takes the tokens out of nodes.
struct Reader<'a> {
    language: Language,
    source: &'a Source<'a>,
    nodes: &'a [FlatNode],
    parents: &'a [Option<usize>],
    roles: &'a [TokenRole],
    tokens: Vec<CodeToken>,
    bytes: Range<usize>,
    is_torn: bool,
}

impl Reader<'_> {
    /// A node with all inside of it. `verbatim`: blanks between its parts count; `lossless`: a blank there counts as one.
    fn node(&mut self, index: usize, verbatim: bool, lossless: bool) {
        let node = &self.nodes[index];
        let role = self.roles[index];
        let is_string = grammar::is_verbatim(node.kind) && !grammar::is_interpolation(node.kind);
        let has_code =
            || self.nodes[index + 1..node.end].iter().any(|inner| grammar::is_interpolation(inner.kind));
        let is_whole = role == TokenRole::Comment
            || role == TokenRole::Documentation
            || index + 1 == node.end
            || (is_string && !has_code());
        if is_whole {
            return self.token(index, node.bytes.clone(), verbatim || is_string);
        }
        let verbatim = is_string || (verbatim && !grammar::is_interpolation(node.kind));
        let lossless =
            lossless || (self.language == Language::Html && matches!(node.kind, "element" | "document"));
        let (seen, end) = (self.source.seen.clone(), node.end);
        let (mut at, last) = (node.bytes.start.max(seen.start), node.bytes.end.min(seen.end));
        let mut child = index + 1;
        while child < end {
            let inner = self.nodes[child].bytes.clone();
            if at < inner.start {
                self.between(index, at..inner.start, verbatim, lossless);
            }
            self.node(child, verbatim, lossless);
            at = at.max(inner.end);
            child = self.nodes[child].end;
        }
        if at < last {
            self.between(index, at..last, verbatim, lossless);
        }
    }

    /// Text of a node that is in none of those inside of it.
    fn between(&mut self, index: usize, bytes: Range<usize>, verbatim: bool, lossless: bool) {
        let text = self.source.get(bytes.clone());
        if verbatim {
            return self.token(index, bytes, true);
        }
        let said = text.trim();
        if said.is_empty() || said == "\\" {
            if lossless && !text.is_empty() && self.bytes.start <= bytes.start && bytes.end <= self.bytes.end
            {
                self.push(index, bytes, " ".into());
            }
            return;
        }
        let start = bytes.start + text.len() - text.trim_start().len();
        self.token(index, start..start + said.len(), false);
    }

    fn token(&mut self, index: usize, bytes: Range<usize>, verbatim: bool) {
        let text = self.source.get(bytes.clone());
        let said = if verbatim { text.as_str() } else { text.trim() };
        if said.trim().is_empty() && !verbatim {
            return;
        }
        if self.language == Language::Python && self.nodes[index].kind == "line_continuation" {
            return;
        }
        let start = if verbatim { bytes.start } else { bytes.start + text.len() - text.trim_start().len() };
        let bytes = start..start + said.len();
        let loose = matches!(self.roles[index], TokenRole::Comment | TokenRole::Documentation)
            || (self.language == Language::Html && self.nodes[index].kind == "text");
        let compared =
            if loose { said.split_whitespace().collect::<Vec<_>>().join(" ") } else { said.to_owned() };
        self.push(index, bytes, compared);
    }

    fn push(&mut self, index: usize, bytes: Range<usize>, text: String) {
        let is_outside = bytes.end <= self.bytes.start || self.bytes.end <= bytes.start;
        let is_inside = self.bytes.start <= bytes.start && bytes.end <= self.bytes.end;
        self.is_torn |= !is_outside && !is_inside;
        let place = |byte: usize| byte.saturating_sub(self.bytes.start);
        let around = std::iter::successors(self.parents[index], |node| self.parents[*node]);
        let depth = around.filter(|node| grammar::indents(self.nodes[*node].kind)).count();
        let is_member =
            self.tokens.last().is_some_and(|sign| grammar::MEMBER_SIGNS.contains(&sign.text.as_str()));
        self.tokens.push(CodeToken {
            is_member,
            role: self.roles[index],
            text,
            bytes: if is_outside { 0..0 } else { place(bytes.start)..place(bytes.end) },
            depth,
            node: index,
            is_outside,
        });
    }
}
