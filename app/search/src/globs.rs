//! Which files are searched, by their names: patterns to include and to leave out.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::query::BadQuery;

/// Patterns as in `.gitignore`, for paths below a root: a file has to match one to include, when there is any, and none to
/// leave out. A pattern that matches a folder counts for all that is in it.
#[derive(Clone, Debug)]
pub struct Globs {
    include: Gitignore,
    exclude: Gitignore,
}

impl Default for Globs {
    fn default() -> Self {
        Self { include: Gitignore::empty(), exclude: Gitignore::empty() }
    }
}

impl Globs {
    /// Understands two fields of patterns with commas between them: `*.rs, src/ui`. One that begins with `!` in the first
    /// field leaves out, too.
    ///
    /// # Errors
    /// One of them is no pattern; the place is in its own field.
    pub fn new(include: &str, exclude: &str) -> Result<Self, BadQuery> {
        let (mut wanted, mut unwanted) = (GitignoreBuilder::new(""), GitignoreBuilder::new(""));
        for (at, pattern) in patterns(include) {
            match pattern.strip_prefix('!') {
                Some(pattern) => add(&mut unwanted, at + 1, pattern)?,
                None => add(&mut wanted, at, pattern)?,
            }
        }
        for (at, pattern) in patterns(exclude) {
            add(&mut unwanted, at, pattern)?;
        }
        Ok(Self { include: built(&wanted)?, exclude: built(&unwanted)? })
    }

    /// Is a folder below a root, or a file, left out whatever is included?
    #[must_use]
    pub fn leave_out(&self, below_root: &Path, is_folder: bool) -> bool {
        !self.exclude.is_empty()
            && self.exclude.matched_path_or_any_parents(below_root, is_folder).is_ignore()
    }

    /// Is a file below a root to be searched?
    #[must_use]
    pub fn want(&self, below_root: &Path) -> bool {
        let is_included = self.include.is_empty()
            || self.include.matched_path_or_any_parents(below_root, false).is_ignore();
        is_included && !self.leave_out(below_root, false)
    }
}

fn built(builder: &GitignoreBuilder) -> Result<Gitignore, BadQuery> {
    builder.build().map_err(|error| BadQuery::new(format!("The patterns are not understood: {error}."), None))
}

/// Each pattern with where it begins, in chars.
fn patterns(field: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut depth = 0_i32;
    // A comma within braces separates alternatives.
    let parts = field.split(move |c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth <= 0
    });
    let mut at = 0;
    parts.filter_map(move |part| {
        let start = at + part.chars().take_while(|c| c.is_whitespace()).count();
        at += part.chars().count() + 1;
        let pattern = part.trim();
        (!pattern.is_empty()).then_some((start, pattern))
    })
}

fn add(builder: &mut GitignoreBuilder, at: usize, pattern: &str) -> Result<(), BadQuery> {
    let escaped = match pattern.strip_prefix("./") {
        Some(below) => format!("/{below}"),
        // To git these two say something else.
        None if pattern.starts_with(['#', '!']) => format!("\\{pattern}"),
        None => pattern.to_owned(),
    };
    let place = at..at + pattern.chars().count();
    match builder.add_line(None, &escaped) {
        Ok(_) => Ok(()),
        Err(error) => {
            let why = match &error {
                ignore::Error::Glob { err, .. } => err.clone(),
                error => error.to_string(),
            };
            Err(BadQuery::new(format!("The pattern {pattern} is not understood: {why}."), Some(place)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(include: &str, exclude: &str) -> Vec<&'static str> {
        let globs = Globs::new(include, exclude).unwrap();
        let all = ["a.rs", "src/b.rs", "src/ui/c.ts", "src/#d", "docs/e.md"];
        all.into_iter().filter(|path| globs.want(Path::new(path))).collect()
    }

    #[test]
    fn files_are_included_and_left_out_by_pattern() {
        assert_eq!(wanted("", ""), ["a.rs", "src/b.rs", "src/ui/c.ts", "src/#d", "docs/e.md"]);
        assert_eq!(wanted("*.rs", ""), ["a.rs", "src/b.rs"]);
        assert_eq!(wanted("*.{rs,md} , src/ui", ""), ["a.rs", "src/b.rs", "src/ui/c.ts", "docs/e.md"]);
        assert_eq!(wanted("src", "ui/"), ["src/b.rs", "src/#d"]);
        assert_eq!(wanted("./src, !*.rs", "src/ui/**"), ["src/#d"]);
        assert_eq!(wanted("./ui", ""), [""; 0], "it is meant where the search begins");
        assert_eq!(wanted("#d", ""), ["src/#d"]);
        assert_eq!(wanted("/*.rs", ""), ["a.rs"]);
    }

    #[test]
    fn what_is_no_pattern_is_told_at_its_place() {
        let bad = Globs::new("*.rs, é{a,b", "").unwrap_err();
        assert_eq!(bad.at, Some(6..11), "{bad}");
        assert!(bad.message.starts_with("The pattern é{a,b is not understood: unclosed"), "{bad}");
    }
}
