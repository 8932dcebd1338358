//! What was committed or staged of a file, and what git would keep of a text.

use std::io::Read as _;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::BString;
use gix::index::entry::{Mode, Stage};

use crate::{GitError, Repository};

/// Longest text that is compared, in bytes.
pub const MAX_BYTES: u64 = 16 << 20;

/// What a text is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Against {
    /// The last commit.
    Head,
    /// What is staged.
    #[default]
    Index,
}

/// What the repository has of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptFile {
    /// Its content, and its name among objects.
    Blob(Vec<u8>, ObjectId),
    /// The file is not in there.
    Nothing,
    /// Its two sides are not joined yet.
    Conflict,
    /// A link or another repository: there are no lines.
    NoText,
}

impl Repository {
    /// What was committed or staged of a file, whose path is relative.
    ///
    /// # Errors
    /// The repository cannot be read, or the file is longer than [`MAX_BYTES`].
    pub fn kept(&self, path: &Path, against: Against) -> Result<KeptFile, GitError> {
        let repository = self.local();
        let name = bytes_of(path)?;
        match against {
            Against::Head => match head_entry(&repository, path)? {
                None => Ok(KeptFile::Nothing),
                Some((mode, id)) if mode.is_blob() => read(&repository, path, id),
                Some(_) => Ok(KeptFile::NoText),
            },
            Against::Index => {
                let index = repository.index_or_empty().map_err(GitError::of("Reading the index"))?;
                match index.entry_by_path_and_stage(name.as_ref(), Stage::Unconflicted) {
                    // `git add --intent-to-add`: only its name is known.
                    Some(entry) if entry.flags.contains(gix::index::entry::Flags::INTENT_TO_ADD) => {
                        Ok(KeptFile::Nothing)
                    }
                    Some(entry) if is_file(entry.mode) => read(&repository, path, entry.id),
                    Some(_) => Ok(KeptFile::NoText),
                    None if index.entry_range(name.as_ref()).is_some() => Ok(KeptFile::Conflict),
                    None => Ok(KeptFile::Nothing),
                }
            }
        }
    }

    /// What git would keep of a file with this content: with its line ends as the repository wants them.
    ///
    /// # Errors
    /// The file is kept by way of a program ([`GitError::Filtered`]), or attributes cannot be read.
    pub fn as_kept(&self, path: &Path, content: &[u8]) -> Result<Vec<u8>, GitError> {
        let repository = self.local();
        as_kept(&repository, path, content)
    }
}

pub(crate) fn as_kept(
    repository: &gix::Repository,
    path: &Path,
    content: &[u8],
) -> Result<Vec<u8>, GitError> {
    const WHAT: &str = "Reading the attributes";
    if let Some(filter) = filter_of(repository, path)? {
        return Err(GitError::Filtered { path: path.to_owned(), filter });
    }
    let (mut pipeline, index) = repository.filter_pipeline(None).map_err(GitError::of(WHAT))?;
    let mut kept = Vec::with_capacity(content.len());
    pipeline
        .convert_to_git(content, path, &index)
        .map_err(GitError::of(WHAT))?
        .read_to_end(&mut kept)
        .map_err(GitError::io(path))?;
    Ok(kept)
}

/// The filter that attributes name for a file, as `git-lfs` does.
fn filter_of(repository: &gix::Repository, path: &Path) -> Result<Option<String>, GitError> {
    const WHAT: &str = "Reading the attributes";
    let index = repository.index_or_empty().map_err(GitError::of(WHAT))?;
    let source = gix::worktree::stack::state::attributes::Source::WorktreeThenIdMapping;
    let mut stack = repository.attributes_only(&index, source).map_err(GitError::of(WHAT))?;
    let mut found = stack.selected_attribute_matches(["filter"]);
    let platform = stack.at_path(path, None).map_err(GitError::of(WHAT))?;
    platform.matching_attributes(&mut found);
    let value = found.iter_selected().find_map(|matched| match matched.assignment.state {
        gix::attrs::StateRef::Value(value) => Some(value.as_bstr().to_string()),
        _ => None,
    });
    Ok(value)
}

/// The entry of the last commit for a path; `None` also where there is no commit.
pub(crate) fn head_entry(
    repository: &gix::Repository,
    path: &Path,
) -> Result<Option<(gix::object::tree::EntryMode, ObjectId)>, GitError> {
    const WHAT: &str = "Reading the last commit";
    let tree = repository.head_tree_id_or_empty().map_err(GitError::of(WHAT))?;
    let tree = repository.find_tree(tree).map_err(GitError::of(WHAT))?;
    let entry = tree.lookup_entry_by_path(path).map_err(GitError::of(WHAT))?;
    Ok(entry.map(|entry| (entry.mode(), entry.object_id())))
}

/// The content of a blob.
pub(crate) fn read(repository: &gix::Repository, path: &Path, id: ObjectId) -> Result<KeptFile, GitError> {
    const WHAT: &str = "Reading the repository";
    let header = repository.find_header(id).map_err(GitError::of(WHAT))?;
    if header.size() > MAX_BYTES {
        return Err(GitError::TooLong(path.to_owned()));
    }
    let mut blob = repository.find_blob(id).map_err(GitError::of(WHAT))?;
    Ok(KeptFile::Blob(std::mem::take(&mut blob.data), id))
}

pub(crate) fn is_file(mode: Mode) -> bool {
    mode == Mode::FILE || mode == Mode::FILE_EXECUTABLE
}

/// A path as git has it.
pub(crate) fn bytes_of(path: &Path) -> Result<BString, GitError> {
    let bytes = gix::path::into_bstr(path).map_err(GitError::of("Reading the file's name"))?;
    Ok(gix::path::to_unix_separators_on_windows(bytes).into_owned())
}

/// A path of git's, as the system has it.
pub(crate) fn path_of(bytes: &gix::bstr::BStr) -> std::path::PathBuf {
    gix::path::from_bstr(bytes).map(std::borrow::Cow::into_owned).unwrap_or_else(|_| bytes.to_string().into())
}

/// The blob with this content, which need not be kept.
pub(crate) fn blob_id(repository: &gix::Repository, content: &[u8]) -> Result<ObjectId, GitError> {
    gix::objs::compute_hash(repository.object_hash(), gix::objs::Kind::Blob, content)
        .map_err(GitError::of("Computing the name of a file's content"))
}
