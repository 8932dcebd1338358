//! The ways to ask: as a plain chat, by the product with more and more of its ingredients, and completions.

use anyhow::Result;

use crate::asker::Outcome;

/// A way to ask for an edit, each with one more ingredient than the one before; or for a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// llama-server: file and selection in one user message, greedy, the first fenced block taken.
    Plain,
    /// The same message through our own worker.
    Chat,
    /// The product's prompt and cleaning, asked once.
    Prompt,
    /// An answer that changes nothing is asked for in another way.
    Again,
    /// So is one that breaks the parse.
    Grammar,
    /// Further answers with some chance in them, and the language's checker judges.
    Checked,
    /// The examples of the documentation judge, too.
    Examples,
    /// Where none does, two answers that do the same: the product.
    Agreed,
    /// A completion at the caret.
    Fill,
    /// The same by llama-server's /infill.
    Infill,
}

impl Way {
    /// The rows of the table of ingredients.
    pub const INGREDIENTS: [Way; 8] = [
        Way::Plain,
        Way::Chat,
        Way::Prompt,
        Way::Again,
        Way::Grammar,
        Way::Checked,
        Way::Examples,
        Way::Agreed,
    ];

    /// Its name in tables and arguments.
    pub fn name(self) -> &'static str {
        match self {
            Way::Plain => "plain",
            Way::Chat => "chat",
            Way::Prompt => "prompt",
            Way::Again => "again",
            Way::Grammar => "grammar",
            Way::Checked => "checked",
            Way::Examples => "examples",
            Way::Agreed => "agreed",
            Way::Fill => "fill",
            Way::Infill => "infill",
        }
    }

    /// What it is, or what it adds to the row before, for a table.
    pub fn words(self) -> &'static str {
        match self {
            Way::Plain => "plain request, llama-server",
            Way::Chat => "the same request, our worker",
            Way::Prompt => "+ our prompt, asked once",
            Way::Again => "+ unchanged answers again",
            Way::Grammar => "+ grammar, told and again",
            Way::Checked => "+ alternatives and checker",
            Way::Examples => "+ examples of documentation",
            Way::Agreed => "+ two answers that agree",
            Way::Fill => "completion, our worker",
            Way::Infill => "completion, llama-server",
        }
    }

    /// The way of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn named(name: &str) -> Result<Way> {
        let found = Way::INGREDIENTS.into_iter().find(|way| way.name() == name);
        found.ok_or_else(|| lexopt::Error::Custom(format!("there is no way «{name}»").into()).into())
    }

    /// Is it the product that changes a file here?
    pub fn is_ours(self) -> bool {
        !matches!(self, Way::Plain | Way::Chat | Way::Infill)
    }

    /// Does the product's own command ask? With these switches.
    pub fn switches(self) -> Option<&'static [&'static str]> {
        match self {
            Way::Plain | Way::Chat | Way::Fill | Way::Infill => None,
            Way::Prompt => Some(&["--once"]),
            Way::Again => Some(&["--alternatives", "0", "--no-grammar"]),
            Way::Grammar => Some(&["--alternatives", "0"]),
            Way::Checked => Some(&["--check"]),
            Way::Examples => Some(&["--check", "--examples", "--no-agreement"]),
            Way::Agreed => Some(&["--check", "--examples"]),
        }
    }

    /// Has it one ingredient more?
    pub fn adds_one_to(self, other: Way) -> bool {
        Way::INGREDIENTS.windows(2).any(|rows| rows == [other, self])
    }

    /// Has its ingredient nothing to do with what the row before gave? Then that stands: asked once more, the same greedy
    /// question has the same answer.
    pub fn adds_nothing_to(self, before: &Outcome) -> bool {
        match self {
            Way::Again => before.verdict == "changed" && before.report["stop"] != "length",
            Way::Grammar => before.report["breaks_syntax"] == false,
            _ => false,
        }
    }
}
