//! Names for a file, suggested by the model from how the file begins.

use editor_core::Language;
use ipc::protocol::{ChatMessage, ChatRole, Prompt};
use ropey::Rope;

/// What the model is told first.
const RULES: &str = include_str!("../../../assets/prompts/name-system.md");
/// Most characters of the file that are shown to the model.
const SHOWN: usize = 2_000;
/// Most names that are offered.
const MAX: usize = 5;

/// The question.
pub fn prompt(text: &Rope, language: Language) -> Prompt {
    let begins = text.slice(..text.len_chars().min(SHOWN)).to_string();
    let fence = "`".repeat(begins.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
    let kind = match language {
        Language::PlainText => String::new(),
        known => format!(" It is written in {}.", known.name()),
    };
    let user =
        format!("A file begins like this:\n{fence}\n{begins}\n{fence}\n\nSuggest three names for it.{kind}");
    Prompt::Chat(vec![
        ChatMessage { role: ChatRole::System, text: RULES.trim_end().into() },
        ChatMessage { role: ChatRole::User, text: user },
    ])
}

/// The names in an answer, each once. `extension` is added where there is none.
pub fn names(answer: &str, extension: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let answer = answer.split("</think>").last().unwrap_or_default();
    for line in answer.lines() {
        let bare = line.trim().trim_start_matches(|c: char| "-*•`0123456789.) ".contains(c));
        let word = bare.split_whitespace().next().unwrap_or_default();
        let word = word.trim_matches(|c: char| "`*\"',:;()".contains(c)).trim_end_matches('.');
        let alone = bare.split_whitespace().count() == 1 || word.contains('.');
        if !alone || !is_name(word) {
            continue;
        }
        let name = if word.contains('.') { word.to_owned() } else { format!("{word}.{extension}") };
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found.truncate(MAX);
    found
}

/// A plain name: no folder, nothing that a shell or another system would stumble over.
fn is_name(word: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "._-".contains(c);
    (2..=60).contains(&word.len()) && word.chars().all(allowed) && word.chars().any(char::is_alphanumeric)
}

/// The usual extension of a language's files.
pub fn extension(language: Language) -> &'static str {
    match language {
        Language::Bash => "sh",
        Language::C => "c",
        Language::Cpp => "cpp",
        Language::Css => "css",
        Language::Go => "go",
        Language::Html => "html",
        Language::JavaScript => "js",
        Language::Json => "json",
        Language::Markdown => "md",
        Language::PlainText => "txt",
        Language::Python => "py",
        Language::Rust => "rs",
        Language::Toml => "toml",
        Language::Tsx => "tsx",
        Language::TypeScript => "ts",
        Language::CSharp => "cs",
        Language::Dockerfile => "dockerfile",
        Language::Java => "java",
        Language::Kotlin => "kt",
        Language::Lua => "lua",
        Language::Makefile => "mk",
        Language::Php => "php",
        Language::Ruby => "rb",
        Language::Sql => "sql",
        Language::Swift => "swift",
        Language::Yaml => "yaml",
        Language::Zig => "zig",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_whatever_a_model_answers() {
        let check = |answer: &str, expected: &[&str]| assert_eq!(names(answer, "py"), expected, "{answer}");
        check("mean.py\nstatistics.py\nmean.py", &["mean.py", "statistics.py"]);
        check(
            "1. `word_count.py`\n2. **counter.py**: counts\n3) text-tools",
            &["word_count.py", "counter.py", "text-tools.py"],
        );
        check("Here are three names:\n- ../etc/passwd\n- a b\n- parser.py.", &["parser.py"]);
        check("<think>x.py</think>y.py", &["y.py"]);
    }
}
