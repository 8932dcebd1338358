//! What was typed, and the error for what cannot be meant: it ends with exit code 2, as in every program here.

use std::ffi::OsString;
use std::fmt;

use anyhow::Result;
use lexopt::{Arg, Parser};

/// A mistake in what was typed.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

impl From<lexopt::Error> for UsageError {
    fn from(error: lexopt::Error) -> Self {
        Self(format!("{error}; `cargo xtask help` tells what is possible"))
    }
}

/// A failure whose reasons were printed already: the exit code still tells, no more words do.
#[derive(Debug)]
pub struct AlreadySaid;

impl fmt::Display for AlreadySaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed, as printed above")
    }
}

impl std::error::Error for AlreadySaid {}

/// Flags without a value and the remaining words, for commands that need no more than that.
#[derive(Debug, Default, PartialEq)]
pub struct Words {
    /// Which of the allowed flags were given.
    pub flags: Vec<&'static str>,
    /// Everything that is no flag, in order.
    pub values: Vec<OsString>,
}

impl Words {
    /// Reads the rest of the line; any flag outside `allowed` is a [`UsageError`] error.
    pub fn read(parser: &mut Parser, allowed: &[&'static str]) -> Result<Self, UsageError> {
        let mut words = Self::default();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Value(value) => words.values.push(value),
                Arg::Long(name) => match allowed.iter().find(|flag| **flag == name) {
                    Some(flag) => words.flags.push(flag),
                    None => return Err(Arg::Long(name).unexpected().into()),
                },
                other @ Arg::Short(_) => return Err(other.unexpected().into()),
            }
        }
        Ok(words)
    }

    /// Was this flag given?
    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// For commands that take no words.
    pub fn no_values(self) -> Result<Self, UsageError> {
        match self.values.first() {
            None => Ok(self),
            Some(value) => Err(Arg::Value(value.clone()).unexpected().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str], allowed: &[&'static str]) -> Result<Words, UsageError> {
        Words::read(&mut Parser::from_args(line), allowed)
    }

    #[test]
    fn flags_and_words_may_mix() {
        let words = read(&["a", "--quick", "b"], &["quick"]).unwrap();
        assert!(words.has("quick"));
        assert_eq!(words.values, ["a", "b"]);
    }

    #[test]
    fn an_unknown_flag_is_a_usage_error() {
        assert!(read(&["--fast"], &["quick"]).unwrap_err().0.contains("--fast"));
        assert!(read(&["-q"], &["quick"]).is_err());
        assert!(read(&["word"], &[]).unwrap().no_values().is_err());
    }
}
