//! Does a proposal do what the code did? Both are run on the same inputs, confined as examples are, and what they give is compared:
//! values, exceptions by their type, what is printed, and what becomes of the arguments.
//!
//! Only of a function whose arguments alone decide what it does. The inputs are made by a program in the function's own language, of what
//! is known of its parameters: annotations, defaults, examples, calls and literals (`scripted`,
//! `assets/behaviour`; `rust` and `go`, by types). The code as it
//! is runs twice, so that what differs by itself is no change; where nothing can be said, nothing is.

mod dice;
mod go;
mod results;
mod rust;
mod scripted;
mod typescript;

use editor_core::Language;

use super::behaviour::Behaviour;
use super::check::EditTarget;
use super::interpreter;
use super::proof::Proof;
use super::wish::Wish;
use crate::sandbox::Scratch;

/// Inputs on which versions in a compiled language are compared.
const INPUTS: usize = 200;

/// What is to be compared.
struct Versions<'a> {
    /// The whole file as it is.
    old: String,
    /// The whole file with the proposal.
    new: String,
    name: &'a str,
    documentation: &'a str,
    /// Calls in the examples of its documentation.
    calls: Vec<&'a str>,
    /// The function's head as it is written, up to its body.
    signature: String,
    /// Both are to be measured, too.
    measure: bool,
}

impl EditTarget {
    /// Could the results before and after a change be compared? Looks at no program.
    pub fn can_compare(&self) -> bool {
        let speaks = matches!(
            self.language,
            Language::Python | Language::JavaScript | Language::TypeScript | Language::Rust | Language::Go
        );
        let is_code = self.documentation.is_none() && !self.generates;
        speaks && is_code && self.function.as_ref().is_some_and(|function| !function.name.is_empty())
    }

    /// Runs the code as it is and with this replacement on the same inputs. `None` when nothing can be said: it is not allowed for this
    /// file, there is no interpreter, the file needs more than itself, or more than its arguments decides what the function does.
    pub fn compared(&self, replacement: &str, proof: Option<&Proof>, wish: Wish) -> Option<Behaviour> {
        let is_same_code = matches!(proof, Some(Proof::Layout | Proof::Comments));
        let function = self.function.as_ref().filter(|_| self.can_compare() && !is_same_code)?;
        if !self.runs_in.covers(self.file.as_deref()) {
            return None;
        }
        let versions = Versions {
            old: self.text.to_string(),
            new: self.with(replacement).to_string(),
            name: &function.name,
            documentation: &function.documentation,
            calls: self.examples.iter().map(|example| example.call.as_str()).collect(),
            signature: self.text.slice(function.range.start..function.body).to_string(),
            measure: wish.faster,
        };
        let folder = Scratch::new().ok()?;
        match self.language {
            Language::Python => scripted::python(&versions, &interpreter::python()?, &folder),
            Language::JavaScript => scripted::javascript(&versions, &interpreter::node()?, &folder),
            Language::TypeScript => {
                let plain = |text: &str| typescript::without_types(text, self.language);
                let versions =
                    Versions { old: plain(&versions.old)?, new: plain(&versions.new)?, ..versions };
                scripted::javascript(&versions, &interpreter::node()?, &folder)
            }
            Language::Rust => {
                let old = self.text.slice(self.range.clone()).to_string();
                rust::compare(&versions, (&old, replacement), &folder)
            }
            Language::Go => {
                let old = self.text.slice(self.range.clone()).to_string();
                go::compare(&versions, (&old, replacement), &folder)
            }
            _ => None,
        }
    }
}
