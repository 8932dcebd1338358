//! The queries that find what a text declares.

use crate::language::Language;

/// Those of a language, in order. Empty when it declares nothing.
pub(super) fn of(language: Language) -> Vec<&'static str> {
    match language {
        Language::Rust => vec![include_str!("../../../assets/tags/rust.scm")],
        Language::Python => vec![include_str!("../../../assets/tags/python.scm")],
        Language::JavaScript => vec![JAVASCRIPT, include_str!("../../../assets/tags/javascript-fields.scm")],
        Language::TypeScript | Language::Tsx => {
            vec![JAVASCRIPT, include_str!("../../../assets/tags/typescript.scm")]
        }
        Language::C => vec![C],
        Language::Cpp => vec![C, include_str!("../../../assets/tags/cpp.scm")],
        Language::Go => vec![include_str!("../../../assets/tags/go.scm")],
        Language::Json => vec![include_str!("../../../assets/tags/json.scm")],
        Language::Toml => vec![include_str!("../../../assets/tags/toml.scm")],
        Language::Markdown => vec![include_str!("../../../assets/tags/markdown.scm")],
        Language::Bash => vec![include_str!("../../../assets/tags/bash.scm")],
        Language::Html => vec![include_str!("../../../assets/tags/html.scm")],
        Language::Css => vec![include_str!("../../../assets/tags/css.scm")],
        Language::CSharp => vec![include_str!("../../../assets/tags/c-sharp.scm")],
        Language::Dockerfile => vec![include_str!("../../../assets/tags/dockerfile.scm")],
        Language::Java => vec![include_str!("../../../assets/tags/java.scm")],
        Language::Kotlin => vec![include_str!("../../../assets/tags/kotlin.scm")],
        Language::Lua => vec![include_str!("../../../assets/tags/lua.scm")],
        Language::Makefile => vec![include_str!("../../../assets/tags/make.scm")],
        Language::Php => vec![include_str!("../../../assets/tags/php.scm")],
        Language::Ruby => vec![include_str!("../../../assets/tags/ruby.scm")],
        Language::Sql => vec![include_str!("../../../assets/tags/sql.scm")],
        Language::Swift => vec![include_str!("../../../assets/tags/swift.scm")],
        Language::Yaml => vec![include_str!("../../../assets/tags/yaml.scm")],
        Language::Zig => vec![include_str!("../../../assets/tags/zig.scm")],
        Language::PlainText => Vec::new(),
    }
}

const JAVASCRIPT: &str = include_str!("../../../assets/tags/javascript.scm");
const C: &str = include_str!("../../../assets/tags/c.scm");
