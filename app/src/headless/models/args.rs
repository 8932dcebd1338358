//! Arguments of `models`.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use models::hash::Digest;
use models::import::ImportMode;
use models::store::VerifyMode;

use crate::headless::CommandFailure;
use crate::machine::CONTEXT;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelsAction {
    /// The installed models and the catalogue.
    List,
    /// All that is known of a model.
    Show(String),
    /// Download a catalogue entry, once its licence is accepted.
    Install {
        /// The entry.
        id: String,
        /// The user's word.
        accepted: bool,
    },
    /// Take in a file.
    Import {
        /// The file, or the first part.
        path: PathBuf,
        /// How.
        mode: ImportMode,
        /// Nothing is to be done when the file was taken in before.
        if_missing: bool,
    },
    /// Take in a catalogue of your own, or a published update.
    Adopt {
        /// The JSON file.
        path: PathBuf,
        /// What it must hash to.
        sha256: Option<Digest>,
    },
    /// Compare files with the manifest.
    Verify {
        /// One model, or all.
        id: Option<String>,
        /// How thoroughly.
        mode: VerifyMode,
    },
    /// Hold a version for a profile or role.
    Pin {
        /// The model.
        id: String,
        /// The profile or role.
        by: String,
    },
    /// No longer hold it.
    Unpin {
        /// The model.
        id: String,
        /// The profile or role.
        by: String,
    },
    /// Delete a model.
    Remove {
        /// The model.
        id: String,
        /// Also when it is pinned.
        even_pinned: bool,
    },
    /// What fits this machine.
    Fit {
        /// One model, or the whole catalogue.
        id: Option<String>,
        /// Tokens of context.
        context: u32,
    },
    /// Models of other tools.
    Found,
    /// Delete leftovers.
    Clean,
}

impl ModelsAction {
    /// The word that chose it.
    pub fn name(&self) -> &'static str {
        match self {
            ModelsAction::List => "list",
            ModelsAction::Show(_) => "show",
            ModelsAction::Install { .. } => "install",
            ModelsAction::Import { .. } => "import",
            ModelsAction::Adopt { .. } => "catalogue",
            ModelsAction::Verify { .. } => "verify",
            ModelsAction::Pin { .. } => "pin",
            ModelsAction::Unpin { .. } => "unpin",
            ModelsAction::Remove { .. } => "remove",
            ModelsAction::Fit { .. } => "fit",
            ModelsAction::Found => "found",
            ModelsAction::Clean => "clean",
        }
    }
}

/// The options that some action takes.
#[derive(Default)]
struct Options {
    value: Option<OsString>,
    json: bool,
    accepted: bool,
    mode: Option<ImportMode>,
    if_missing: bool,
    sha256: Option<Digest>,
    sampled: bool,
    by: Option<String>,
    even_pinned: bool,
    context: Option<u32>,
}

/// Reads the arguments; true: JSON.
///
/// # Errors
/// [`CommandFailure::Usage`] that names the argument.
pub fn parse(args: Vec<OsString>) -> Result<(ModelsAction, bool), CommandFailure> {
    let mut args = args.into_iter();
    let word = args.next().and_then(|word| word.into_string().ok()).unwrap_or_default();
    let mut parser = Parser::from_args(args);
    let mut options = Options::default();
    while let Some(arg) = parser.next()? {
        match (arg, word.as_str()) {
            (Arg::Long("format"), _) => options.json = json(&parser.value()?.string()?)?,
            (Arg::Long("accept-licence" | "accept-license"), "install") => options.accepted = true,
            (Arg::Long("copy"), "import") => set_mode(&mut options, ImportMode::Copy)?,
            (Arg::Long("link"), "import") => set_mode(&mut options, ImportMode::HardLink)?,
            (Arg::Long("symlink"), "import") => set_mode(&mut options, ImportMode::Symlink)?,
            (Arg::Long("if-missing"), "import") => options.if_missing = true,
            (Arg::Long("sha256"), "catalogue" | "catalog") => options.sha256 = Some(parser.value()?.parse()?),
            (Arg::Long("sampled"), "verify") => options.sampled = true,
            (Arg::Long("for"), "pin" | "unpin") => options.by = Some(parser.value()?.string()?),
            (Arg::Long("even-pinned"), "remove") => options.even_pinned = true,
            (Arg::Long("context"), "fit") => options.context = Some(context(parser.value()?.parse()?)?),
            (Arg::Value(value), _) if options.value.is_none() => options.value = Some(value),
            (other, _) => return Err(other.unexpected().into()),
        }
    }
    let json = options.json;
    Ok((action(&word, options)?, json))
}

fn action(word: &str, options: Options) -> Result<ModelsAction, CommandFailure> {
    let missing = |what: &str| CommandFailure::Usage(format!("models {word}: {what} is missing"));
    let text = |value: OsString| {
        value.into_string().map_err(|_| CommandFailure::Usage(format!("models {word}: the id is not text")))
    };
    let given = options.value.clone();
    let id = || options.value.clone().ok_or_else(|| missing("ID")).and_then(text);
    let by = || options.by.clone().filter(|by| !by.is_empty()).ok_or_else(|| missing("--for NAME"));
    let nothing_but = |action| match &given {
        Some(value) => {
            Err(CommandFailure::Usage(format!("models {word}: «{}» is too much", value.to_string_lossy())))
        }
        None => Ok(action),
    };
    match word {
        "list" => nothing_but(ModelsAction::List),
        "found" => nothing_but(ModelsAction::Found),
        "clean" => nothing_but(ModelsAction::Clean),
        "show" => Ok(ModelsAction::Show(id()?)),
        "install" => Ok(ModelsAction::Install { id: id()?, accepted: options.accepted }),
        "import" => Ok(ModelsAction::Import {
            path: options.value.map(PathBuf::from).ok_or_else(|| missing("PATH"))?,
            mode: options.mode.unwrap_or_default(),
            if_missing: options.if_missing,
        }),
        "catalogue" | "catalog" => Ok(ModelsAction::Adopt {
            path: options.value.map(PathBuf::from).ok_or_else(|| missing("PATH"))?,
            sha256: options.sha256,
        }),
        "verify" => {
            let mode = if options.sampled { VerifyMode::Sampled } else { VerifyMode::Full };
            Ok(ModelsAction::Verify { id: options.value.map(text).transpose()?, mode })
        }
        "pin" => Ok(ModelsAction::Pin { id: id()?, by: by()? }),
        "unpin" => Ok(ModelsAction::Unpin { id: id()?, by: by()? }),
        "remove" => Ok(ModelsAction::Remove { id: id()?, even_pinned: options.even_pinned }),
        "fit" => Ok(ModelsAction::Fit {
            id: options.value.map(text).transpose()?,
            context: options.context.unwrap_or(CONTEXT),
        }),
        other => Err(CommandFailure::Usage(format!(
            "models wants list, show, install, import, catalogue, verify, pin, unpin, remove, fit, found or clean, not «{other}»"
        ))),
    }
}

fn json(text: &str) -> Result<bool, CommandFailure> {
    match text {
        "json" => Ok(true),
        "text" => Ok(false),
        other => Err(CommandFailure::Usage(format!("--format wants text or json, not «{other}»"))),
    }
}

fn set_mode(options: &mut Options, mode: ImportMode) -> Result<(), CommandFailure> {
    match options.mode.replace(mode) {
        None => Ok(()),
        Some(_) => Err(CommandFailure::Usage("--copy, --link and --symlink exclude each other".into())),
    }
}

fn context(tokens: u32) -> Result<u32, CommandFailure> {
    if (256..=1 << 20).contains(&tokens) {
        return Ok(tokens);
    }
    Err(CommandFailure::Usage(format!("--context wants 256 to {} tokens, not {tokens}", 1 << 20)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str) -> Result<(ModelsAction, bool), CommandFailure> {
        parse(line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn each_action_is_understood() {
        let import = |mode, if_missing| ModelsAction::Import { path: "m.gguf".into(), mode, if_missing };
        let cases = [
            ("list", ModelsAction::List),
            ("show a", ModelsAction::Show("a".into())),
            ("install a", ModelsAction::Install { id: "a".into(), accepted: false }),
            ("install --accept-licence a", ModelsAction::Install { id: "a".into(), accepted: true }),
            ("import m.gguf", import(ImportMode::Copy, false)),
            ("import m.gguf --link", import(ImportMode::HardLink, false)),
            ("import m.gguf --symlink --if-missing", import(ImportMode::Symlink, true)),
            ("verify", ModelsAction::Verify { id: None, mode: VerifyMode::Full }),
            ("verify a --sampled", ModelsAction::Verify { id: Some("a".into()), mode: VerifyMode::Sampled }),
            ("pin a --for code", ModelsAction::Pin { id: "a".into(), by: "code".into() }),
            ("unpin a --for code", ModelsAction::Unpin { id: "a".into(), by: "code".into() }),
            ("remove a --even-pinned", ModelsAction::Remove { id: "a".into(), even_pinned: true }),
            ("fit", ModelsAction::Fit { id: None, context: CONTEXT }),
            ("fit a --context 4096", ModelsAction::Fit { id: Some("a".into()), context: 4096 }),
            ("found", ModelsAction::Found),
            ("clean", ModelsAction::Clean),
        ];
        for (line, action) in cases {
            assert_eq!(action.name(), line.split(' ').next().unwrap());
            assert_eq!(check(line), Ok((action.clone(), false)), "«{line}»");
            assert_eq!(check(&format!("{line} --format json")), Ok((action, true)), "«{line}»");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let cases = [
            ("", "list, show"),
            ("frobnicate", "frobnicate"),
            ("show", "ID"),
            ("install --accept-licence", "ID"),
            ("import", "PATH"),
            ("import a --link --copy", "exclude"),
            ("import a b", "b"),
            ("list a", "a"),
            ("pin a", "--for"),
            ("pin a --for", "--for"),
            ("remove a --sampled", "--sampled"),
            ("verify --accept-licence", "--accept-licence"),
            ("fit --context 3", "--context"),
            ("fit --context many", "many"),
            ("list --format xml", "xml"),
        ];
        for (line, named) in cases {
            let Err(CommandFailure::Usage(text)) = check(line) else { panic!("«{line}» was taken") };
            assert!(text.contains(named), "«{line}»: {text}");
        }
    }
}
