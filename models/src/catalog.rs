//! The curated list of models: what each is for, where its one exact file is, and under which licence it comes.
//!
//! `assets/catalog.json` is built into the program; a user's file of the same form can add entries or replace some.
//! Nothing here is ever fetched. An entry is only complete with revision, size and SHA-256: the pin is the authority.

use crate::hash::Digest;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The form of the catalogue file that this program reads.
pub const VERSION: u32 = 1;
/// The name that a user's catalogue is kept under: hidden, so that it is no leftover of the store.
const USER_FILE: &str = ".catalog.json";
/// A user's catalogue beyond this many bytes is not a catalogue.
const MAX_FILE: u64 = 4 << 20;

/// All known models, builtin entries first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// For editors; the file `catalog.schema.json`.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    /// [`VERSION`] of the form.
    version: u32,
    /// When the list was last changed, `YYYY-MM-DD`.
    pub updated: String,
    /// The models, in the order to show them.
    #[serde(rename = "models")]
    entries: Vec<CatalogEntry>,
}

/// One exact file of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogEntry {
    /// Unique, lower case: `qwen2.5-coder-7b-instruct-q4_k_m`.
    pub id: String,
    /// For people: `Qwen2.5-Coder 7B Instruct`.
    pub name: String,
    /// `Qwen2.5-Coder`.
    pub family: String,
    /// Weights.
    pub parameters: u64,
    /// `Q4_K_M`.
    pub quantisation: String,
    /// What it is good for.
    pub roles: Vec<ModelRole>,
    /// The profile that it is the default of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<StandardProfile>,
    /// Owner and name on the model hub.
    pub repository: String,
    /// The commit there: never a branch.
    pub revision: String,
    /// File name there.
    pub file: String,
    /// Exact bytes.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// SPDX id or `LicenseRef-...`; [`licence`] has the text.
    pub licence: String,
    /// A line that must be shown wherever the model is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// Trained context in tokens.
    pub context: u32,
    /// The numbers that decide about memory. A user's entry may leave it out; then memory is a rougher guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// KV cache in bytes per token with 16-bit keys and values.
    pub kv_bytes_per_token: u64,
    /// What it takes with a context of 4,096 tokens, in bytes, as [`crate::fit`] predicts.
    pub min_memory: u64,
    /// Whether it completes between a prefix and a suffix.
    pub fill_in_middle: bool,
    /// Counts up when the pin changes.
    pub version: u32,
    /// One sentence of why one would want it.
    pub about: String,
}

/// A model's published hyperparameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Transformer blocks.
    pub blocks: u32,
    /// Query heads.
    pub heads: u32,
    /// Key-value heads.
    pub heads_kv: u32,
    /// Numbers in a head.
    pub head_size: u32,
    /// Width of the residual stream.
    pub width: u32,
    /// Width of a feed-forward layer.
    pub feed_forward: u32,
    /// Tokens, padding included.
    pub vocabulary: u32,
    /// The token table is the output matrix too.
    pub tied: bool,
    /// The file has an output matrix of its own, be it a copy of a tied table.
    pub output_in_file: bool,
    /// The public configuration that these were read from.
    pub source: String,
}

/// What a model is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelRole {
    /// Improve a selection.
    Code,
    /// Explain and answer.
    General,
    /// Complete at the caret.
    Completion,
}

/// A profile in the settings that names this model as its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StandardProfile {
    /// Ships first, runs anywhere.
    Starter,
    /// 7B.
    Fast,
    /// 8B.
    Balanced,
    /// 14B, opt-in.
    Heavy,
}

/// A licence with its full text, which is part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    /// As [`CatalogEntry::licence`].
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// Every word of it.
    pub text: &'static str,
    /// The notice that must accompany copies.
    pub notice: Option<&'static str>,
    /// What a person should know before reading it all.
    pub summary: &'static str,
}

/// Why a catalogue file was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// The file could not be read.
    #[error("the catalogue {path} could not be read: {cause}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not JSON of this form.
    #[error("the catalogue is not in the form this program reads: {0}; compare it with catalog.schema.json")]
    Form(serde_json::Error),
    /// It could not be kept.
    #[error("the catalogue could not be written to {path}: {cause}")]
    Write {
        /// Where to.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Another version of the form.
    #[error(
        "the catalogue has version {0}, this program reads version {VERSION}; update the program or the file"
    )]
    Version(u32),
    /// An entry says something that cannot be.
    #[error("catalogue entry «{id}»: {what}")]
    Entry {
        /// Which entry.
        id: String,
        /// What is wrong and what would be right.
        what: String,
    },
    /// The file's digest is not the one the user pinned.
    #[error(
        "the catalogue {path} has SHA-256 {found}, not {pinned}; get it again from whoever gave you the digest"
    )]
    Pin {
        /// Which file.
        path: PathBuf,
        /// What it has.
        found: Digest,
        /// What it should have.
        pinned: Digest,
    },
}

/// The catalogue inside the program.
///
/// # Errors
/// Never in a released program: a test reads it.
pub fn builtin() -> Result<Catalog, CatalogError> {
    Catalog::parse(include_str!("../../assets/catalog.json"))
}

impl Catalog {
    /// Reads and checks a catalogue.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(json: &str) -> Result<Self, CatalogError> {
        let catalog: Self = serde_json::from_str(json).map_err(CatalogError::Form)?;
        if catalog.version != VERSION {
            return Err(CatalogError::Version(catalog.version));
        }
        let mut seen = HashSet::new();
        for entry in &catalog.entries {
            entry.check(&mut seen)?;
        }
        Ok(catalog)
    }

    /// The builtin catalogue with what was [adopted](Catalog::adopt) into this folder.
    ///
    /// # Errors
    /// The adopted file is no catalogue any more.
    pub fn of_folder(self, folder: &Path) -> Result<Self, CatalogError> {
        let path = folder.join(USER_FILE);
        if path.exists() { self.with_user_file(&path) } else { Ok(self) }
    }

    /// Keeps a user's catalogue, or a published update of it with its digest, in this folder for [`Catalog::of_folder`], in
    /// the place of the one that was there. Answers this catalogue with its entries.
    ///
    /// # Errors
    /// The file is no catalogue, or another one than the digest's; then nothing is kept. Or it cannot be written.
    pub fn adopt(self, folder: &Path, path: &Path, pin: Option<Digest>) -> Result<Self, CatalogError> {
        // Read once: what is kept is what was checked, whatever the file is by then.
        let json = read_pinned(path, pin)?;
        let merged = self.merged(Self::parse(&json)?);
        let kept = folder.join(USER_FILE);
        write_whole(&kept, json.as_bytes()).map_err(|cause| CatalogError::Write { path: kept, cause })?;
        Ok(merged)
    }

    /// This catalogue with the entries of a user's file: an id that is already there is replaced.
    ///
    /// # Errors
    /// The file cannot be read or is not a catalogue; `self` is lost only then, so clone what must stay.
    pub fn with_user_file(self, path: &Path) -> Result<Self, CatalogError> {
        Ok(self.merged(Self::parse(&read_pinned(path, None)?)?))
    }

    /// [`Catalog::with_user_file`] for an update that someone published with its digest.
    ///
    /// # Errors
    /// Also [`CatalogError::Pin`] when the file is not that one.
    pub fn with_pinned_file(self, path: &Path, sha256: Digest) -> Result<Self, CatalogError> {
        Ok(self.merged(Self::parse(&read_pinned(path, Some(sha256))?)?))
    }

    fn merged(mut self, other: Self) -> Self {
        for entry in other.entries {
            match self.entries.iter_mut().find(|known| known.id == entry.id) {
                Some(known) => *known = entry,
                None => self.entries.push(entry),
            }
        }
        self
    }

    /// All entries, in the order to show them.
    pub fn entries(&self) -> &[CatalogEntry] {
        &self.entries
    }

    /// The entry with this id.
    pub fn get(&self, id: &str) -> Option<&CatalogEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The entry whose file has this SHA-256.
    pub fn by_sha256(&self, sha256: Digest) -> Option<&CatalogEntry> {
        self.entries.iter().find(|entry| entry.sha256 == sha256)
    }

    /// The default of a profile.
    pub fn of_profile(&self, profile: StandardProfile) -> Option<&CatalogEntry> {
        self.entries.iter().find(|entry| entry.profile == Some(profile))
    }

    /// Entries for a role, smallest first: the order in which to fall back, from the end.
    pub fn for_role(&self, role: ModelRole) -> Vec<&CatalogEntry> {
        let mut entries: Vec<_> = self.entries.iter().filter(|entry| entry.roles.contains(&role)).collect();
        entries.sort_by_key(|entry| entry.size);
        entries
    }
}

impl CatalogEntry {
    /// Worth suggesting to somebody who wants this done. The starter never is: it shows that everything works, not more.
    pub fn is_worth_suggesting_for(&self, role: ModelRole) -> bool {
        self.roles.contains(&role) && self.profile != Some(StandardProfile::Starter)
    }

    /// The licence with its text.
    pub fn licence(&self) -> Option<&'static Licence> {
        licence(&self.licence)
    }

    fn check(&self, seen: &mut HashSet<String>) -> Result<(), CatalogError> {
        let wrong = |what: &str| Err(CatalogError::Entry { id: self.id.clone(), what: what.to_owned() });
        match () {
            () if !is_plain(&self.id) => {
                wrong("an id is lower-case letters, digits, «.», «-» and «_», at most 100")
            }
            () if !seen.insert(self.id.clone()) => wrong("the id is there twice"),
            () if self.revision.len() != 40 || !self.revision.bytes().all(|b| b.is_ascii_hexdigit()) => {
                wrong("a revision is the 40 hex digits of a commit, never a branch")
            }
            () if !is_repository(&self.repository) => wrong("a repository is «owner/name»"),
            () if !is_file_name(&self.file) => wrong("a file is a plain name that ends in «.gguf»"),
            () if self.size < 1 << 10 => wrong("the size is missing"),
            () if self.roles.is_empty() => wrong("it needs at least one role"),
            () if self.licence().is_none() => wrong("the text of its licence is not part of this program"),
            () => Ok(()),
        }
    }
}

/// Ids become folder names, so they are kept to what every file system takes.
pub(crate) fn is_plain(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b);
    (1..=100).contains(&id.len()) && id.bytes().all(plain) && !id.starts_with('.')
}

fn is_repository(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
    };
    text.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name))
}

fn is_file_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_+".contains(&b);
    text.len() <= 200 && text.ends_with(".gguf") && !text.starts_with('.') && text.bytes().all(plain)
}

fn read_capped(path: &Path) -> Result<String, CatalogError> {
    let refuse = |cause| CatalogError::Read { path: path.to_owned(), cause };
    let json = crate::regular::read(path, MAX_FILE).map_err(refuse)?;
    String::from_utf8(json).map_err(|_| refuse(std::io::Error::from(std::io::ErrorKind::InvalidData)))
}

/// Reads a file, which is the one with this digest if one is given.
fn read_pinned(path: &Path, pin: Option<Digest>) -> Result<String, CatalogError> {
    use sha2::Digest as _;
    let json = read_capped(path)?;
    let Some(pinned) = pin else { return Ok(json) };
    let found = Digest(sha2::Sha256::digest(json.as_bytes()).into());
    if found == pinned { Ok(json) } else { Err(CatalogError::Pin { path: path.to_owned(), found, pinned }) }
}

/// Writes a file as a whole, over one that is there.
fn write_whole(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::hash::{BuildHasher as _, RandomState};
    let beside = path.with_extension(format!("{:016x}", RandomState::new().hash_one(path)));
    let written = crate::regular::write_anew(&beside, content)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _never_there = std::fs::remove_file(&beside);
    }
    written
}

/// The licence with this id, with its text.
pub fn licence(id: &str) -> Option<&'static Licence> {
    LICENCES.iter().find(|licence| licence.id == id)
}

/// All licences whose text is part of the program.
pub fn licences() -> &'static [Licence] {
    &LICENCES
}

const LICENCES: [Licence; 2] = [
    Licence {
        id: "Apache-2.0",
        name: "Apache License 2.0",
        text: include_str!("../../assets/licences/Apache-2.0.txt"),
        notice: None,
        summary: "Free to use, change and pass on, also for business; keep the licence and the notices.",
    },
    Licence {
        id: "LicenseRef-Llama-3",
        name: "Meta Llama 3 Community License",
        text: include_str!("../../assets/licences/Llama-3.txt"),
        notice: Some(include_str!("../../assets/licences/Llama-3-NOTICE.txt")),
        summary: "Free to use also for business up to 700 million monthly users; products show \
                  «Built with Meta Llama 3»; an acceptable-use policy applies; outputs may not train other models.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit;
    use std::fs;

    #[test]
    fn the_builtin_catalogue_is_complete() {
        let catalog = builtin().unwrap();
        for profile in [
            StandardProfile::Starter,
            StandardProfile::Fast,
            StandardProfile::Balanced,
            StandardProfile::Heavy,
        ] {
            assert!(catalog.of_profile(profile).is_some(), "{profile:?}");
        }
        let starter = catalog.of_profile(StandardProfile::Starter).unwrap();
        assert!(!starter.is_worth_suggesting_for(ModelRole::Code), "it answers, and that is all");
        assert!(catalog.of_profile(StandardProfile::Fast).unwrap().is_worth_suggesting_for(ModelRole::Code));
        let completion = catalog.for_role(ModelRole::Completion);
        assert!(completion.iter().all(|entry| entry.fill_in_middle) && completion.len() >= 3);
        let mut hashes: Vec<_> = catalog.entries().iter().map(|entry| entry.sha256).collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), catalog.entries().len());
    }

    /// Weights of a dense transformer with gated feed-forward layers, norms before attention and feed-forward, biases as in
    /// Qwen2 and norms of the heads as in Qwen3.
    fn parameters(entry: &CatalogEntry, shape: &Shape) -> u64 {
        let [heads, heads_kv, head] = [shape.heads, shape.heads_kv, shape.head_size].map(u64::from);
        let (width, table) = (u64::from(shape.width), u64::from(shape.vocabulary) * u64::from(shape.width));
        let more = match entry.family.as_str() {
            "Qwen2.5-Coder" => (heads + 2 * heads_kv) * head,
            "Qwen3" => 2 * head,
            _ => 0,
        };
        let attention = width * head * (2 * heads + 2 * heads_kv);
        let block = attention + 3 * width * u64::from(shape.feed_forward) + 2 * width + more;
        u64::from(shape.blocks) * block + width + if shape.tied { table } else { 2 * table }
    }

    /// So that no figure stands alone: the parameters follow from the shape, and so do the bytes.
    #[test]
    fn figures_of_the_builtin_catalogue_agree_with_each_other() {
        for entry in builtin().unwrap().entries() {
            let shape = entry.shape.as_ref().unwrap();
            assert_eq!(parameters(entry, shape), entry.parameters, "{}", entry.id);
            let values = u64::from(shape.blocks) * u64::from(shape.heads_kv) * u64::from(shape.head_size) * 2;
            assert_eq!(entry.kv_bytes_per_token, 2 * values, "{}", entry.id);
            let load = fit::LoadPlan { context: 4_096, ..fit::LoadPlan::default() };
            let need = fit::predict_entry(entry, load).total().next_multiple_of(64 << 20);
            assert_eq!(entry.min_memory, need, "{}", entry.id);
            let (bits, source) = (entry.size as f64 * 8.0 / entry.parameters as f64, &shape.source);
            assert!((4.5..8.0).contains(&bits), "{}: {bits}", entry.id);
            assert!(
                source.starts_with("https://huggingface.co/") && source.ends_with("/config.json"),
                "{source}"
            );
        }
    }

    #[test]
    fn licences_are_whole_texts_and_llama_says_what_it_must() {
        let apache = licence("Apache-2.0").unwrap();
        assert!(apache.text.contains("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION"));
        assert!(apache.text.contains("9. Accepting Warranty or Additional Liability"));
        let llama = licence("LicenseRef-Llama-3").unwrap();
        assert!(
            llama.text.contains("7. Governing Law and Jurisdiction")
                && llama.text.contains("Acceptable Use Policy")
        );
        assert!(
            llama.text.contains(llama.notice.unwrap().trim()),
            "the notice is the one that the licence words"
        );
        let built = "Built with Meta Llama 3";
        assert!(llama.text.contains(built));
        for entry in builtin().unwrap().entries().iter().filter(|entry| entry.licence == llama.id) {
            assert_eq!(entry.attribution.as_deref(), Some(built));
        }
    }

    fn user_file(json: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), json).unwrap();
        file
    }

    /// The builtin catalogue as JSON with one entry changed.
    fn changed(edit: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut json: serde_json::Value =
            serde_json::from_str(include_str!("../../assets/catalog.json")).unwrap();
        edit(&mut json);
        json.to_string()
    }

    #[test]
    fn a_users_file_adds_and_replaces() {
        let json = changed(|json| {
            let models = json["models"].as_array_mut().unwrap();
            models.truncate(2);
            models[0]["about"] = "mine".into();
            models[1]["id"] = "own".into();
        });
        let file = user_file(&json);
        let before = builtin().unwrap();
        let merged = before.clone().with_user_file(file.path()).unwrap();
        assert_eq!(merged.entries().len(), before.entries().len() + 1);
        assert_eq!(merged.entries()[0].about, "mine");
        assert!(merged.get("own").is_some());
        use sha2::Digest as _;
        let right = Digest(sha2::Sha256::digest(json.as_bytes()).into());
        assert_eq!(before.clone().with_pinned_file(file.path(), right).unwrap(), merged);
        let other = Digest([0; 32]);
        assert!(matches!(before.with_pinned_file(file.path(), other), Err(CatalogError::Pin { .. })));
    }

    #[test]
    fn an_adopted_catalogue_stays_and_a_wrong_one_leaves_it() {
        let folder = tempfile::tempdir().unwrap();
        let before = builtin().unwrap();
        assert_eq!(before.clone().of_folder(folder.path()).unwrap(), before);
        let json = changed(|json| {
            json["models"].as_array_mut().unwrap().truncate(1);
            json["models"][0]["id"] = "own".into();
        });
        let file = user_file(&json);
        let adopted = before.clone().adopt(folder.path(), file.path(), None).unwrap();
        assert!(adopted.get("own").is_some());
        assert_eq!(before.clone().of_folder(folder.path()).unwrap(), adopted);
        let pinned = before.clone().adopt(folder.path(), file.path(), Some(Digest([0; 32])));
        assert!(matches!(pinned, Err(CatalogError::Pin { .. })));
        let broken = user_file("{}");
        before.clone().adopt(folder.path(), broken.path(), None).unwrap_err();
        assert_eq!(before.of_folder(folder.path()).unwrap(), adopted);
    }

    #[test]
    fn what_is_kept_of_a_pinned_catalogue_is_what_was_checked_though_the_file_changes() {
        use sha2::Digest as _;
        let named = |id: &str| {
            changed(|json| {
                json["models"].as_array_mut().unwrap().truncate(1);
                json["models"][0]["id"] = id.into();
            })
        };
        let (folder, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (path, beside) = (folder.path().join("catalogue"), folder.path().join("beside"));
        let texts = [named("mine"), named("foreign")];
        let pin = Digest(sha2::Sha256::digest(texts[0].as_bytes()).into());
        fs::write(&path, &texts[0]).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        let mut found = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for text in texts.iter().rev().cycle() {
                    if done.load(std::sync::atomic::Ordering::Relaxed) {
                        break;
                    }
                    fs::write(&beside, text).unwrap();
                    fs::rename(&beside, &path).unwrap();
                }
            });
            let before = builtin().unwrap();
            while found.len() < 50 {
                if before.clone().adopt(kept.path(), &path, Some(pin)).is_ok() {
                    found.push(fs::read_to_string(kept.path().join(USER_FILE)).unwrap());
                }
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        assert!(found.iter().all(|kept| *kept == texts[0]), "another text than the checked one was kept");
        assert_eq!(fs::read_dir(kept.path()).unwrap().count(), 1, "nothing is left beside");
    }

    #[test]
    fn wrong_entries_are_named() {
        let wrong = |field: &str, value: serde_json::Value| {
            let json = changed(|json| json["models"][1][field] = value);
            Catalog::parse(&json).expect_err(field)
        };
        for (field, value) in [
            ("id", "../x"),
            ("id", "qwen2.5-coder-7b-instruct-q4_k_m"),
            ("revision", "main"),
            ("repository", "a/../b"),
            ("file", "../x.gguf"),
            ("licence", "LicenseRef-Unknown"),
        ] {
            assert!(matches!(wrong(field, value.into()), CatalogError::Entry { .. }), "{field} {value}");
        }
        assert!(matches!(wrong("sha256", "12".into()), CatalogError::Form(_)));
        assert!(matches!(wrong("surprise", 1.into()), CatalogError::Form(_)));
        assert!(matches!(
            Catalog::parse(&changed(|json| json["version"] = 2.into())),
            Err(CatalogError::Version(2))
        ));
        let missing = builtin().unwrap().with_user_file(Path::new("/nowhere.json"));
        assert!(missing.unwrap_err().to_string().contains("/nowhere.json"));
    }

    #[test]
    fn the_schema_names_the_fields_of_an_entry() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../assets/catalog.schema.json")).unwrap();
        let properties = schema["$defs"]["model"]["properties"].as_object().unwrap();
        let catalog = serde_json::to_value(builtin().unwrap()).unwrap();
        for entry in catalog["models"].as_array().unwrap() {
            let unknown: Vec<_> =
                entry.as_object().unwrap().keys().filter(|key| !properties.contains_key(*key)).collect();
            assert!(unknown.is_empty(), "{unknown:?}");
        }
    }
}
