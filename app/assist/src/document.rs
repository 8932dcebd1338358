//! Documentation of one function: where it stands, how it begins in the function's language, and what becomes of the model's
//! words. Only the lines of the documentation and the signature can change, and the signature comes back as it was.

use std::ops::Range;

use editor_core::Language;
use editor_core::syntax::SyntaxTree;
use ipc::protocol::Approach;
use ropey::Rope;

/// Documentation that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documentation {
    form: Form,
    indent: String,
    /// The lines that a review is about, without the documentation they had.
    bare: String,
    /// The line that a comment above the code ends before.
    first_line: String,
    /// What comes before the first word, when a name has to.
    opening: String,
    /// The function, for what may be said of it.
    code: String,
}

/// Where documentation stands, and between what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A string below the signature.
    Inside,
    /// A comment of lines that each begin so.
    Lines(&'static str),
    /// `/** … */`.
    Block,
}

/// A function to document.
#[derive(Clone, Debug)]
pub struct Target {
    /// All of the function, with the comments above it, as whole lines in chars.
    pub function: Range<usize>,
    /// The lines that a review is about: documentation and signature.
    pub header: Range<usize>,
    /// How its documentation is written.
    pub documentation: Documentation,
}

impl Form {
    fn of(language: Language) -> Option<Form> {
        match language {
            Language::Python => Some(Form::Inside),
            Language::Rust => Some(Form::Lines("///")),
            Language::Go => Some(Form::Lines("//")),
            Language::Bash => Some(Form::Lines("#")),
            Language::JavaScript | Language::TypeScript | Language::Tsx | Language::C | Language::Cpp => {
                Some(Form::Block)
            }
            _ => None,
        }
    }
}

impl Target {
    /// The innermost function around a position.
    pub fn find(tree: &SyntaxTree, rope: &Rope, language: Language, position: usize) -> Option<Target> {
        let form = Form::of(language)?;
        let range = tree.enclosing_function(rope, position)?;
        let function = tree.functions(rope, &range).into_iter().find(|found| found.range == range)?;
        let line_start = |position: usize| rope.line_to_char(rope.char_to_line(position));
        let text = |range: Range<usize>| rope.slice(range).to_string();
        let start = line_start(range.start);
        let end = line_end(rope, range.end);
        if form == Form::Inside {
            let head = text(start..function.body);
            let without = head.trim_end();
            let doc = function.documentation.as_str();
            let bare = without.strip_suffix(doc).unwrap_or(without).trim_end().to_owned();
            let first_statement = start + bare.chars().count();
            let next = rope.slice(first_statement..end).chars().take_while(|c| c.is_whitespace()).count();
            // `def f(): return 1`: there is no line for a string.
            if !rope.slice(first_statement..first_statement + next).chars().any(|c| c == '\n') {
                return None;
            }
            let indent = indent_at(rope, first_statement + next);
            let header = start..start + without.chars().count();
            let documentation = Documentation {
                form,
                indent,
                first_line: bare.clone(),
                bare,
                opening: String::new(),
                code: text(range),
            };
            return Some(Target { function: start..end, header, documentation });
        }
        let docs: Vec<&str> = function.documentation.lines().map(str::trim).collect();
        let signature = rope.char_to_line(range.start);
        let belongs = |line: &usize| {
            let text = rope.line(*line).to_string();
            let text = text.trim();
            !text.is_empty() && (docs.contains(&text) || text.starts_with("#["))
        };
        let first = (0..signature).rev().take_while(belongs).last().unwrap_or(signature);
        let header = rope.line_to_char(first)..line_end(rope, range.start);
        let lines = (first..=signature).map(|line| rope.line(line).to_string());
        let kept: Vec<String> =
            lines.filter(|line| line.trim().starts_with("#[") || !docs.contains(&line.trim())).collect();
        let bare = kept.concat().trim_end().to_owned();
        let first_line = rope.line(signature).to_string().trim_end().to_owned();
        let opening = if language == Language::Go { format!("{} ", function.name) } else { String::new() };
        let documentation = Documentation {
            form,
            indent: indent_at(rope, range.start),
            bare,
            first_line,
            opening,
            code: text(range),
        };
        Some(Target { function: header.start..end, header, documentation })
    }
}

fn line_end(rope: &Rope, position: usize) -> usize {
    let line = rope.char_to_line(position);
    let text = rope.line(line).to_string();
    rope.line_to_char(line) + text.trim_end_matches(['\n', '\r']).chars().count()
}

fn indent_at(rope: &Rope, position: usize) -> String {
    rope.line(rope.char_to_line(position)).chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
}

impl Documentation {
    /// How the model is asked.
    pub fn approach(&self) -> Approach {
        let Documentation { form, indent, first_line, opening, bare, .. } = self;
        let (begin, end) = match form {
            Form::Inside => (format!("{bare}\n{indent}\"\"\""), "\"\"\"".to_owned()),
            Form::Lines(sign) => (format!("{indent}{sign} {opening}"), format!("\n{first_line}")),
            Form::Block => (format!("{indent}/**\n{indent} * "), "*/".to_owned()),
        };
        Approach::Document { begin, end }
    }

    /// The lines of the review with the documentation so far; without any, the lines as they are without it.
    pub fn compose(&self, raw: &str) -> String {
        let lines = true_lines(&self.lines(raw), &self.code);
        let Documentation { form, indent, bare, opening, .. } = self;
        let [first, rest @ ..] = &lines[..] else { return bare.clone() };
        let line = |sign: &str, text: &str| format!("{indent}{sign} {text}").trim_end().to_owned();
        let first = format!("{opening}{first}");
        let made: Vec<String> = match form {
            Form::Inside => return format!("{bare}\n{}", self.string(&first, rest)),
            Form::Lines(sign) => {
                std::iter::once(line(sign, &first)).chain(rest.iter().map(|text| line(sign, text))).collect()
            }
            Form::Block if rest.is_empty() => vec![format!("{indent}/** {first} */")],
            Form::Block => {
                let body = std::iter::once(first.as_str()).chain(rest.iter().map(String::as_str));
                let body = body.map(|text| line(" *", text));
                [format!("{indent}/**")].into_iter().chain(body).chain([format!("{indent} */")]).collect()
            }
        };
        format!("{}\n{bare}", made.join("\n"))
    }

    /// A Python string literal over one line or several.
    fn string(&self, first: &str, rest: &[String]) -> String {
        let indent = &self.indent;
        let raw = first.contains('\\') || rest.iter().any(|line| line.contains('\\'));
        let open = if raw { "r\"\"\"" } else { "\"\"\"" };
        if rest.is_empty() {
            let gap = if first.ends_with('"') { " " } else { "" };
            return format!("{indent}{open}{first}{gap}\"\"\"");
        }
        let rest: String = rest
            .iter()
            .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("\n{indent}{line}") })
            .collect();
        format!("{indent}{open}{first}{rest}\n{indent}\"\"\"")
    }

    /// The words in lines: without signs of comments, quotes, fences, and the code that some models go on with.
    fn lines(&self, raw: &str) -> Vec<String> {
        let said = raw.split("</think>").last().unwrap_or(raw);
        let raw = said.split_once("<think>").map_or(said, |(before, _)| before);
        let ends: &[&str] = match self.form {
            Form::Inside => &["\"\"\"", "'''"],
            Form::Block => &["*/"],
            Form::Lines(_) => &[],
        };
        let end = ends.iter().filter_map(|end| raw.find(end)).min().unwrap_or(raw.len());
        let raw = &raw[..end];
        // The end may be arriving letter by letter.
        let raw =
            if ends.is_empty() { raw } else { raw.trim_end().trim_end_matches(['"', '\'', '*']).trim_end() };
        let mut lines: Vec<String> = Vec::new();
        for (index, line) in raw.lines().enumerate() {
            let text = line.trim_end();
            let after = |sign: &str| {
                let words = text.trim_start().strip_prefix(sign)?;
                Some(words.strip_prefix(' ').unwrap_or(words).to_owned())
            };
            let words = match self.form {
                _ if index == 0 => text.trim_start().to_owned(),
                Form::Inside => text.to_owned(),
                Form::Block => after("*").unwrap_or_else(|| text.trim_start().to_owned()),
                Form::Lines(sign) => match after(sign) {
                    Some(words) => words,
                    None => break,
                },
            };
            if !matches!(self.form, Form::Lines(_)) && words.trim_start().starts_with("```") {
                break;
            }
            lines.push(words);
        }
        dedented(&lines)
    }
}

/// The lines without what small models make up: examples, results that are none, errors that the code does not name.
fn true_lines(lines: &[String], code: &str) -> Vec<String> {
    const RAISING: [&str; 6] = ["raise", "throw", "panic!", "Err(", "?;", "errors.New"];
    let fails = RAISING.iter().any(|word| code.contains(word));
    let mut kept: Vec<String> = Vec::new();
    let mut section = Section::Plain;
    for (index, line) in lines.iter().enumerate() {
        let title =
            line.trim().trim_start_matches(['#', '*', ' ']).trim_end_matches([':', '*']).to_lowercase();
        section = match title.as_str() {
            "example" | "examples" | "usage" | "example usage" => Section::MadeUp,
            "raises" | "errors" | "throws" | "exceptions" if !fails => Section::MadeUp,
            "raises" | "errors" | "throws" | "exceptions" => Section::Errors,
            "returns" | "return" | "result" if says_nothing(&lines[index + 1..]) => Section::MadeUp,
            "args" | "arguments" | "parameters" | "params" | "returns" | "return" | "result" | "note"
            | "notes" => Section::Plain,
            _ if title.starts_with("@throws") && !fails => continue,
            _ if title.starts_with("@example") => Section::MadeUp,
            _ if title.starts_with('@') => Section::Plain,
            _ => section,
        };
        let named = line.trim().trim_start_matches(['-', '*', ' ', '`']);
        let name = named.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
        let unknown = section == Section::Errors && name.ends_with("Error") && !code.contains(name);
        if section != Section::MadeUp && !unknown {
            kept.push(line.clone());
        }
    }
    // A title that is left with nothing below it goes, too.
    let is_title = |line: &String| line.trim_start().starts_with("# ") || line.trim_end().ends_with(':');
    while kept.len() > 1 && kept.last().is_some_and(|line| line.trim().is_empty() || is_title(line)) {
        kept.pop();
    }
    kept
}

/// Where a line of documentation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Plain,
    /// What the code can raise.
    Errors,
    /// What the code does not show.
    MadeUp,
}

/// Does a section about the result say that there is none?
fn says_nothing(below: &[String]) -> bool {
    let first = below
        .iter()
        .map(|line| line.trim().trim_start_matches(['-', '*', ' ']))
        .find(|line| !line.is_empty());
    first.is_none_or(|line| line.to_lowercase().trim_start_matches('`').starts_with("none"))
}

/// The lines without blank ones around them and without the indentation that all but the first have in common.
fn dedented(lines: &[String]) -> Vec<String> {
    let is_blank = |line: &&String| line.trim().is_empty();
    let last = lines.iter().rposition(|line| !is_blank(&line)).map_or(0, |last| last + 1);
    let lines: Vec<&String> = lines.iter().take(last).skip_while(is_blank).collect();
    let depth = |line: &str| line.chars().take_while(|c| c.is_whitespace()).count();
    let deep = lines.iter().skip(1).filter(|line| !is_blank(line)).map(|line| depth(line));
    let common = deep.min().unwrap_or(0);
    let shifted = |(index, line): (usize, &&String)| {
        let cut = if index == 0 { depth(line) } else { common.min(depth(line)) };
        line.chars().skip(cut).collect::<String>().trim_end().to_owned()
    };
    lines.iter().enumerate().map(shifted).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use editor_core::Revision;
    use proptest::prelude::*;

    use super::*;

    /// The target around the `|`, with the text of its review's lines.
    fn target(language: Language, marked: &str) -> Option<(Target, String)> {
        let position = marked.chars().position(|c| c == '|').unwrap();
        let rope = Rope::from_str(&marked.replacen('|', "", 1));
        let tree = SyntaxTree::parse(language, &rope, Revision(0), None, &AtomicBool::new(false)).unwrap();
        let found = Target::find(&tree, &rope, language, position)?;
        let header = rope.slice(found.header.clone()).to_string();
        Some((found, header))
    }

    fn check(language: Language, marked: &str, header: &str, begin: &str, raw: &str, expected: &str) {
        let (target, found) = target(language, marked).unwrap();
        assert_eq!(found, header);
        let Approach::Document { begin: begins, .. } = target.documentation.approach() else { panic!() };
        assert_eq!(begins, begin);
        assert_eq!(target.documentation.compose(raw), expected);
    }

    #[test]
    fn python_documents_below_the_signature() {
        let code = "class A:\n    def f(self, x):\n        ret|urn x\n";
        let (bare, begin) = ("    def f(self, x):", "    def f(self, x):\n        \"\"\"");
        check(Language::Python, code, bare, begin, "Gives x.", &format!("{begin}Gives x.\"\"\""));
        let long =
            "\n        Gives x.\n\n        Args:\n            x: like \\d\n        \"\"\"\n        return x";
        let expected = "    def f(self, x):\n        r\"\"\"Gives x.\n\n        Args:\n            x: like \\d\n        \"\"\"";
        check(Language::Python, code, bare, begin, long, expected);
        let old = "def f(x):\n    \"\"\"Old.\"\"\"\n    ret|urn x\n";
        let begin = "def f(x):\n    \"\"\"";
        check(
            Language::Python,
            old,
            &old[..begin.len() + 7],
            begin,
            "New.",
            "def f(x):\n    \"\"\"New.\"\"\"",
        );
        assert!(target(Language::Python, "def f(x): ret|urn x\n").is_none());
    }

    #[test]
    fn what_a_small_model_makes_up_is_left_out() {
        let check = |code: &str, said: &str, kept: &str| {
            let lines: Vec<String> = said.lines().map(str::to_owned).collect();
            assert_eq!(true_lines(&lines, code).join("\n"), kept, "{said}");
        };
        check("x", "Adds.\n\nRaises:\n- ValueError: never.", "Adds.");
        let said = "Reads.\n\nRaises:\n    OSError: when.\n    ValueError: if.\n\nReturns:\n    None";
        check("raise ValueError(1)", said, "Reads.\n\nRaises:\n    ValueError: if.");
        check(
            "x",
            "Adds.\n\n# Examples\n```\nadd();\n```\n\n# Returns\nThe sum.",
            "Adds.\n\n# Returns\nThe sum.",
        );
        check(
            "x",
            "Adds.\n@param a one\n@throws {Error} no\n@returns two",
            "Adds.\n@param a one\n@returns two",
        );
        check("x", "Adds these:", "Adds these:");
    }

    #[test]
    fn others_document_above_it() {
        let rust = "impl A {\n    /// Old.\n    #[inline]\n    fn f(&self) -> u8 {\n        |1\n    }\n}\n";
        let header = "    /// Old.\n    #[inline]\n    fn f(&self) -> u8 {";
        let raw = "One.\n    /// Always.\n    fn f(&self) -> u8 {\n";
        let expected = "    /// One.\n    /// Always.\n    #[inline]\n    fn f(&self) -> u8 {";
        check(Language::Rust, rust, header, "    /// ", raw, expected);
        let js = "const f = (a) => {\n  return| a;\n};\n";
        let expected = "/**\n * Gives a.\n * @param a what\n */\nconst f = (a) => {";
        let raw = "Gives a.\n * @param a what\n *";
        check(Language::JavaScript, js, "const f = (a) => {", "/**\n * ", raw, expected);
        let go = "func Add(a int) int {\n\treturn |a\n}\n";
        let expected = "// Add adds a.\nfunc Add(a int) int {";
        check(Language::Go, go, "func Add(a int) int {", "// Add ", "adds a.", expected);
    }

    proptest! {
        /// Wherever the answer is cut, the function is there once, its code unchanged, and the rest is documentation.
        #[test]
        fn code_never_changes(pieces in prop::collection::vec(prop::sample::select(vec![
            "Adds.", "\n", "    ", "/// ", "* ", "```\n", "\"\"\"", "*/", "fn f() {", "return 1", "<think>", "</think>",
        ]), 0..12), cut in 0usize..60) {
            let raw: String = pieces.concat().chars().take(cut).collect();
            for (language, marked) in [
                (Language::Rust, "/// Old.\nfn f() {\n    |1\n}\n"),
                (Language::Python, "def f():\n    '''Old.'''\n    re|turn 1\n"),
                (Language::C, "int f(void) {\n    return |1;\n}\n"),
            ] {
                let (target, _) = target(language, marked).unwrap();
                let whole = marked.replacen('|', "", 1);
                let mut text = Rope::from_str(&whole);
                let composed = target.documentation.compose(&raw);
                text.remove(target.header.clone());
                text.insert(target.header.start, &composed);
                let never = AtomicBool::new(false);
                let tree = SyntaxTree::parse(language, &text, Revision(0), None, &never).unwrap();
                let all = 0..text.len_chars();
                prop_assert_eq!(tree.functions(&text, &all).len(), 1, "{}", text);
                prop_assert!(!tree.has_error(&text, all), "{}", text);
                prop_assert!(text.to_string().ends_with(&whole[whole.len() - 9..]), "{}", text);
                prop_assert!(!text.to_string().contains("<think>"), "{}", text);
            }
        }
    }
}
