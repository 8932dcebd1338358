//! Symbols by file and by name.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use editor_core::Language;
use editor_core::disk::Metadata;
use editor_core::symbols::SymbolKind;

use super::{Declared, Definition, List, MAX_SYMBOLS};
use crate::quick::Corpus;

struct OfFile {
    path: PathBuf,
    version: Metadata,
    language: Language,
    declared: Vec<Declared>,
}

/// Symbols by file and by name.
#[derive(Default)]
pub(super) struct Table {
    files: Vec<Option<Arc<OfFile>>>,
    numbers: HashMap<PathBuf, u32>,
    /// The files that declare a name.
    by_name: HashMap<String, Vec<u32>>,
    symbols: usize,
    pub is_capped: bool,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.symbols
    }

    fn file(&self, path: &Path) -> Option<&Arc<OfFile>> {
        self.files.get(*self.numbers.get(path)? as usize)?.as_ref()
    }

    /// Is this state of the file known?
    pub(super) fn knows(&self, path: &Path, version: &Metadata) -> bool {
        self.file(path).is_some_and(|file| file.version == *version)
    }

    /// What a file declares from now on.
    pub(super) fn set(
        &mut self,
        path: PathBuf,
        version: Metadata,
        language: Language,
        declared: Vec<Declared>,
    ) {
        self.forget(&path);
        if self.symbols + declared.len() > MAX_SYMBOLS {
            self.is_capped = true;
            return;
        }
        let next = self.files.len() as u32;
        let number = *self.numbers.entry(path.clone()).or_insert(next);
        if number == next {
            self.files.push(None);
        }
        for one in &declared {
            let files = self.by_name.entry(one.name.clone()).or_default();
            if files.last() != Some(&number) {
                files.push(number);
            }
        }
        self.symbols += declared.len();
        self.files[number as usize] = Some(Arc::new(OfFile { path, version, language, declared }));
    }

    /// The file is gone. Its number stays its own, in case it comes back.
    pub(super) fn forget(&mut self, path: &Path) {
        let Some(number) = self.numbers.get(path).copied() else { return };
        let Some(file) = self.files[number as usize].take() else { return };
        self.symbols -= file.declared.len();
        for one in &file.declared {
            if let Some(files) = self.by_name.get_mut(&one.name) {
                files.retain(|other| *other != number);
                if files.is_empty() {
                    self.by_name.remove(&one.name);
                }
            }
        }
    }

    /// Forgets all other files.
    pub(super) fn keep(&mut self, seen: &HashSet<PathBuf>) {
        let known = self.files.iter().flatten().map(|file| &file.path);
        let gone: Vec<PathBuf> = known.filter(|path| !seen.contains(*path)).cloned().collect();
        gone.iter().for_each(|path| self.forget(path));
        self.is_capped = false;
    }

    pub(super) fn definitions(&self, name: &str, from: Option<(&Path, Language)>) -> Vec<Definition> {
        let files = self.by_name.get(name).into_iter().flatten();
        let files = files.filter_map(|number| self.files[*number as usize].as_ref());
        let mut found: Vec<Definition> = files
            .flat_map(|file| {
                let of_name = file.declared.iter().filter(|declared| declared.name == name);
                of_name.map(|declared| Definition {
                    path: file.path.clone(),
                    language: file.language,
                    declared: declared.clone(),
                })
            })
            .collect();
        found.sort_by_cached_key(|one| {
            let (path, language) = from.unzip();
            let is_part =
                matches!(one.declared.kind, SymbolKind::Field | SymbolKind::Variant | SymbolKind::Variable);
            (
                language.is_some_and(|language| !are_kin(language, one.language)),
                path.is_some_and(|path| path != one.path),
                is_part,
                one.path.clone(),
                one.declared.position,
            )
        });
        found
    }

    pub(super) fn list(&self) -> List {
        let mut list = List::default();
        let mut files: Vec<&Arc<OfFile>> = self.files.iter().flatten().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut corpus = Corpus::default();
        for (number, file) in files.into_iter().enumerate() {
            list.files.push((file.path.clone(), file.language));
            for one in &file.declared {
                match &one.container {
                    Some(container) => corpus.push(&format!("{} {container}", one.name), false),
                    None => corpus.push(&one.name, false),
                };
                list.all.push((number as u32, one.clone()));
            }
        }
        list.corpus = corpus;
        list
    }
}

/// Do two languages call what the other declares?
fn are_kin(a: Language, b: Language) -> bool {
    let family = |language| match language {
        Language::C | Language::Cpp => Language::C,
        Language::JavaScript | Language::TypeScript | Language::Tsx => Language::JavaScript,
        language => language,
    };
    family(a) == family(b)
}
