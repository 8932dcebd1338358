//! Which language a file is in, and what an editor must know about it: comments, brackets, indentation.

use std::path::Path;

use ropey::Rope;

use crate::buffer::{line_end, line_start};

/// A language the editor knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Language {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    C,
    Cpp,
    Go,
    Json,
    Toml,
    Markdown,
    Bash,
    Html,
    Css,
    CSharp,
    Dockerfile,
    Java,
    Kotlin,
    Lua,
    Makefile,
    Php,
    Ruby,
    Sql,
    Swift,
    Yaml,
    Zig,
    #[default]
    PlainText,
}

impl Language {
    /// All languages, in the order in which menus show them.
    pub const ALL: [Self; 27] = [
        Self::Bash,
        Self::C,
        Self::CSharp,
        Self::Cpp,
        Self::Css,
        Self::Dockerfile,
        Self::Go,
        Self::Html,
        Self::Java,
        Self::JavaScript,
        Self::Json,
        Self::Kotlin,
        Self::Lua,
        Self::Makefile,
        Self::Markdown,
        Self::Php,
        Self::PlainText,
        Self::Python,
        Self::Ruby,
        Self::Rust,
        Self::Sql,
        Self::Swift,
        Self::Toml,
        Self::Tsx,
        Self::TypeScript,
        Self::Yaml,
        Self::Zig,
    ];

    /// Judges by the file's name, then by a `#!` in its first line.
    #[must_use]
    pub fn detect(path: Option<&Path>, first_line: &str) -> Self {
        path.and_then(Self::of_file_name).or_else(|| Self::of_shebang(first_line)).unwrap_or_default()
    }

    fn of_file_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let by_name = match name {
            "Cargo.lock" | "Pipfile" | "poetry.lock" | "uv.lock" => Some(Self::Toml),
            ".bashrc" | ".bash_profile" | ".profile" | ".zshrc" | "PKGBUILD" => Some(Self::Bash),
            "SConstruct" | "SConscript" => Some(Self::Python),
            ".prettierrc" | ".babelrc" | ".eslintrc" => Some(Self::Json),
            "Makefile" | "makefile" | "GNUmakefile" | "Kbuild" => Some(Self::Makefile),
            "Rakefile" | "Gemfile" | "Podfile" | "Vagrantfile" | "Brewfile" => Some(Self::Ruby),
            ".clang-format" | ".clang-tidy" | "CITATION.cff" => Some(Self::Yaml),
            // `Dockerfile.test` is one, too.
            _ if matches!(name.split('.').next(), Some("Dockerfile" | "Containerfile")) => {
                Some(Self::Dockerfile)
            }
            _ => None,
        };
        by_name.or_else(|| Self::of_extension(&path.extension()?.to_str()?.to_ascii_lowercase()))
    }

    fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "rs" => Self::Rust,
            "py" | "pyi" | "pyw" => Self::Python,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            "c" | "h" => Self::C,
            "cc" | "cpp" | "cxx" | "c++" | "hh" | "hpp" | "hxx" | "ipp" | "inl" => Self::Cpp,
            "go" => Self::Go,
            "json" | "jsonc" | "json5" | "webmanifest" | "ipynb" => Self::Json,
            "toml" => Self::Toml,
            "md" | "markdown" | "mdx" => Self::Markdown,
            "sh" | "bash" | "zsh" | "ksh" => Self::Bash,
            "html" | "htm" | "xhtml" | "svg" | "xml" => Self::Html,
            "css" => Self::Css,
            "cs" | "csx" => Self::CSharp,
            "dockerfile" | "containerfile" => Self::Dockerfile,
            "java" => Self::Java,
            "kt" | "kts" => Self::Kotlin,
            "lua" | "rockspec" => Self::Lua,
            "mk" | "mak" => Self::Makefile,
            "php" | "phtml" | "phpt" => Self::Php,
            "rb" | "rake" | "gemspec" | "ru" => Self::Ruby,
            "sql" | "ddl" | "psql" => Self::Sql,
            "swift" => Self::Swift,
            "yaml" | "yml" => Self::Yaml,
            "zig" | "zon" => Self::Zig,
            "txt" | "log" | "csv" => Self::PlainText,
            _ => return None,
        })
    }

    fn of_shebang(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("#!")?.split_whitespace();
        let mut program = words.next()?.rsplit('/').next()?;
        if program == "env" {
            program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        }
        match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
            "python" | "pypy" => Some(Self::Python),
            "sh" | "bash" | "zsh" | "dash" | "ksh" => Some(Self::Bash),
            "node" | "nodejs" | "bun" => Some(Self::JavaScript),
            "deno" | "ts-node" | "tsx" => Some(Self::TypeScript),
            "lua" | "luajit" => Some(Self::Lua),
            "make" | "gmake" => Some(Self::Makefile),
            "php" => Some(Self::Php),
            "ruby" => Some(Self::Ruby),
            "swift" => Some(Self::Swift),
            _ => None,
        }
    }

    /// The language a person means by a word, as behind the fence of a Markdown code block: `rs`, `python`, `C++`.
    #[must_use]
    pub fn by_word(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let named = |language: &&Self| language.name().eq_ignore_ascii_case(&word);
        match word.as_str() {
            "c#" | "csharp" => Some(Self::CSharp),
            "docker" => Some(Self::Dockerfile),
            "golang" => Some(Self::Go),
            "make" => Some(Self::Makefile),
            "postgresql" | "mysql" | "sqlite" => Some(Self::Sql),
            "shell" => Some(Self::Bash),
            _ => Self::ALL.iter().find(named).copied().or_else(|| Self::of_extension(&word)),
        }
    }

    /// The name people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Tsx => "TSX",
            Self::C => "C",
            Self::Cpp => "C++",
            Self::Go => "Go",
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Markdown => "Markdown",
            Self::Bash => "Bash",
            Self::Html => "HTML",
            Self::Css => "CSS",
            Self::CSharp => "C#",
            Self::Dockerfile => "Dockerfile",
            Self::Java => "Java",
            Self::Kotlin => "Kotlin",
            Self::Lua => "Lua",
            Self::Makefile => "Makefile",
            Self::Php => "PHP",
            Self::Ruby => "Ruby",
            Self::Sql => "SQL",
            Self::Swift => "Swift",
            Self::Yaml => "YAML",
            Self::Zig => "Zig",
            Self::PlainText => "Plain text",
        }
    }

    /// What starts a comment that ends with the line. JSON's is that of its dialect with comments.
    #[must_use]
    pub fn line_comment(self) -> Option<&'static str> {
        match self {
            Self::Rust | Self::JavaScript | Self::TypeScript | Self::Tsx => Some("//"),
            Self::C | Self::Cpp | Self::Go | Self::Json => Some("//"),
            Self::CSharp | Self::Java | Self::Kotlin | Self::Php | Self::Swift | Self::Zig => Some("//"),
            Self::Python | Self::Toml | Self::Bash => Some("#"),
            Self::Dockerfile | Self::Makefile | Self::Ruby | Self::Yaml => Some("#"),
            Self::Lua | Self::Sql => Some("--"),
            Self::Markdown | Self::Html | Self::Css | Self::PlainText => None,
        }
    }

    /// What encloses a comment.
    #[must_use]
    pub fn block_comment(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Rust | Self::JavaScript | Self::TypeScript | Self::Tsx => Some(("/*", "*/")),
            Self::C | Self::Cpp | Self::Go | Self::Css => Some(("/*", "*/")),
            Self::CSharp | Self::Java | Self::Kotlin | Self::Php | Self::Sql | Self::Swift => {
                Some(("/*", "*/"))
            }
            Self::Lua => Some(("--[[", "]]")),
            Self::Html | Self::Markdown => Some(("<!--", "-->")),
            Self::Python | Self::Toml | Self::Bash | Self::Json | Self::PlainText => None,
            Self::Dockerfile | Self::Makefile | Self::Ruby | Self::Yaml | Self::Zig => None,
        }
    }

    /// How the language's own formatter indents.
    #[must_use]
    pub fn indent(self) -> Indent {
        match self {
            Self::Go | Self::Makefile => Indent::Tabs,
            Self::JavaScript | Self::TypeScript | Self::Tsx | Self::Json => Indent::Spaces(2),
            Self::Html | Self::Css | Self::Toml | Self::Markdown => Indent::Spaces(2),
            Self::Lua | Self::Ruby | Self::Yaml => Indent::Spaces(2),
            Self::Rust | Self::Python | Self::C | Self::Cpp | Self::Bash | Self::PlainText => {
                Indent::Spaces(4)
            }
            Self::CSharp | Self::Dockerfile | Self::Java | Self::Kotlin => Indent::Spaces(4),
            Self::Php | Self::Sql | Self::Swift | Self::Zig => Indent::Spaces(4),
        }
    }

    /// Quotes that come in pairs. Not Rust's `'`, which also begins a lifetime, nor prose's apostrophe.
    #[must_use]
    pub fn quotes(self) -> &'static [char] {
        match self {
            Self::JavaScript | Self::TypeScript | Self::Tsx | Self::Bash | Self::Go => &['"', '\'', '`'],
            Self::Python | Self::C | Self::Cpp | Self::Toml | Self::Html | Self::Css => &['"', '\''],
            Self::CSharp | Self::Dockerfile | Self::Java | Self::Kotlin => &['"', '\''],
            Self::Lua | Self::Makefile | Self::Php | Self::Sql | Self::Yaml | Self::Zig => &['"', '\''],
            Self::Ruby => &['"', '\'', '`'],
            Self::Rust | Self::Json | Self::Swift => &['"'],
            Self::Markdown => &['`'],
            Self::PlainText => &[],
        }
    }

    /// Does the next line stand deeper after a line that ends in this character?
    #[must_use]
    pub fn opens_block(self, last: char) -> bool {
        match self {
            Self::PlainText | Self::Markdown => false,
            Self::Python | Self::Yaml | Self::Makefile => matches!(last, '{' | '(' | '[' | ':'),
            Self::Dockerfile => last == '\\',
            _ => matches!(last, '{' | '(' | '['),
        }
    }
}

/// One step of indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indent {
    /// A tab character.
    Tabs,
    /// This many spaces, at least 1.
    Spaces(u8),
}

impl Indent {
    /// The characters of one step.
    #[must_use]
    pub fn unit(self) -> String {
        match self {
            Self::Tabs => "\t".to_owned(),
            Self::Spaces(width) => " ".repeat(usize::from(width)),
        }
    }

    /// Columns of one step, when a tab is `tab_width` wide.
    #[must_use]
    pub fn width(self, tab_width: usize) -> usize {
        match self {
            Self::Tabs => tab_width,
            Self::Spaces(width) => usize::from(width),
        }
    }

    /// The characters that reach to a column, when a tab is `tab_width` wide: tabs as far as they go, then spaces.
    #[must_use]
    pub fn reaching(self, column: usize, tab_width: usize) -> String {
        match self {
            Self::Spaces(_) => " ".repeat(column),
            Self::Tabs => {
                let width = tab_width.max(1);
                "\t".repeat(column / width) + &" ".repeat(column % width)
            }
        }
    }

    /// What the text's first 2,000 lines use: tabs, or the commonest step between one line's depth and the next.
    /// `None` when no line is indented.
    #[must_use]
    pub fn detect(rope: &Rope) -> Option<Self> {
        let (mut tabs, mut steps, mut previous) = (0usize, [0usize; 9], 0usize);
        for line in 0..rope.len_lines().min(2000) {
            let text = rope.slice(line_start(rope, line)..line_end(rope, line));
            let spaces = text.chars().take(200).take_while(|&c| c == ' ').count();
            match text.get_char(spaces) {
                None => continue,
                Some('\t') if spaces == 0 => tabs += 1,
                // The ` *` of a block comment stands one column off.
                Some('*') => continue,
                Some(_) => count_step(&mut steps, spaces.abs_diff(previous)),
            }
            previous = spaces;
        }
        let (width, count) = steps.iter().copied().enumerate().rev().max_by_key(|&(_, count)| count)?;
        if tabs > count {
            return Some(Self::Tabs);
        }
        (count > 0).then_some(Self::Spaces(width as u8))
    }
}

fn count_step(steps: &mut [usize; 9], step: usize) {
    if step >= 2
        && let Some(count) = steps.get_mut(step)
    {
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, first_line: &str, expected: Language) {
        assert_eq!(Language::detect(Some(Path::new(name)), first_line), expected, "{name}");
    }

    #[test]
    fn languages_are_told_by_name_and_first_line() {
        check("src/main.rs", "", Language::Rust);
        check("a.test.TSX", "", Language::Tsx);
        check("Cargo.lock", "", Language::Toml);
        check("x.h", "", Language::C);
        check("build", "#!/usr/bin/env -S FOO=1 python3.12", Language::Python);
        check("build", "#!/bin/sh -e", Language::Bash);
        check("build", "echo", Language::PlainText);
        check("notes.txt", "#!/bin/sh", Language::PlainText);
        check("Dockerfile.test", "", Language::Dockerfile);
        check("sub/Containerfile", "", Language::Dockerfile);
        check("GNUmakefile", "", Language::Makefile);
        check("Gemfile", "", Language::Ruby);
        check("build.gradle.kts", "", Language::Kotlin);
        check(".github/workflows/ci.yml", "", Language::Yaml);
        check("build", "#!/usr/bin/make -f", Language::Makefile);
        check("build", "#!/usr/bin/env luajit", Language::Lua);
        assert_eq!(Language::detect(None, "#!/usr/bin/node"), Language::JavaScript);
        assert_eq!(Language::by_word("C++"), Some(Language::Cpp));
        assert_eq!(Language::by_word("py"), Some(Language::Python));
        assert_eq!(Language::by_word("c#"), Some(Language::CSharp));
        assert_eq!(Language::by_word("yml"), Some(Language::Yaml));
        for language in Language::ALL.into_iter().filter(|language| *language != Language::PlainText) {
            assert_eq!(Language::by_word(language.name()), Some(language));
        }
        assert_eq!(Language::by_word("nonsense"), None);
    }

    #[test]
    fn indentation_is_told_from_the_text() {
        let detect = |text: &str| Indent::detect(&Rope::from_str(text));
        assert_eq!(detect("a\n  b\n    c\n  d\n"), Some(Indent::Spaces(2)));
        assert_eq!(detect("a\n    b\n        c\n    d\n"), Some(Indent::Spaces(4)));
        assert_eq!(detect("a\n\tb\n\t\tc\n"), Some(Indent::Tabs));
        assert_eq!(detect("/*\n * a\n */\n    b\n"), Some(Indent::Spaces(4)));
        assert_eq!(detect("a\nb\n"), None);
    }
}
