//! What stands between a file's content in the repository and on disk: line ends and encodings, as attributes say. Programs are none
//! of it.

use std::io::Read as _;

use gix::ObjectId;
use gix::bstr::BStr;
use gix::filter::plumbing::driver::apply::Delay;
use gix::filter::plumbing::pipeline::convert::to_worktree;
use gix::index::entry::Mode;
use gix::worktree::stack::state::attributes::Source;

use crate::GitError;
use crate::content::path_of;
use crate::tree::Entry;

const WHAT: &str = "Reading the attributes";

/// The attributes of one state of the repository.
pub(super) struct Rules<'r> {
    repository: &'r gix::Repository,
    pipeline: gix::filter::Pipeline<'r>,
    attributes: gix::AttributeStack<'r>,
}

impl<'r> Rules<'r> {
    pub(super) fn new(
        repository: &'r gix::Repository,
        index: &gix::index::State,
        source: Source,
    ) -> Result<Rules<'r>, GitError> {
        let attributes = repository.attributes_only(index, source).map_err(GitError::of(WHAT))?;
        let stack = repository.attributes_only(index, source).map_err(GitError::of(WHAT))?.detach();
        let pipeline = gix::filter::Pipeline::new(repository, stack).map_err(GitError::of(WHAT))?;
        Ok(Rules { repository, pipeline, attributes })
    }

    /// Refuses a file that is kept by way of a program.
    fn refuse_filter(&mut self, path: &BStr) -> Result<(), GitError> {
        let path = path_of(path);
        let mut found = self.attributes.selected_attribute_matches(["filter"]);
        let platform = self.attributes.at_path(&path, None).map_err(GitError::of(WHAT))?;
        platform.matching_attributes(&mut found);
        let filter = found.iter_selected().find_map(|matched| match matched.assignment.state {
            gix::attrs::StateRef::Value(value) => Some(value.as_bstr().to_string()),
            _ => None,
        });
        filter.map_or(Ok(()), |filter| Err(GitError::Filtered { path, filter }))
    }

    /// What git would keep of a file with this content.
    pub(super) fn for_git(
        &mut self,
        path: &BStr,
        content: &[u8],
        index: &gix::index::State,
    ) -> Result<Vec<u8>, GitError> {
        self.refuse_filter(path)?;
        let path = path_of(path);
        let mut kept = Vec::with_capacity(content.len());
        self.pipeline
            .convert_to_git(content, &path, index)
            .map_err(GitError::of(WHAT))?
            .read_to_end(&mut kept)
            .map_err(GitError::io(&path))?;
        Ok(kept)
    }

    /// Can a file be written at all?
    pub(super) fn can_write(&mut self, path: &BStr, mode: Mode, id: ObjectId) -> Result<(), GitError> {
        if mode != Mode::SYMLINK {
            self.refuse_filter(path)?;
        }
        self.repository.find_header(id).map(drop).map_err(GitError::of("Reading the repository"))
    }

    /// The content of a file on disk.
    pub(super) fn content(&mut self, path: &BStr, (mode, id): Entry) -> Result<Vec<u8>, GitError> {
        let mut blob = self.repository.find_blob(id).map_err(GitError::of("Reading the repository"))?;
        if mode == Mode::SYMLINK {
            return Ok(std::mem::take(&mut blob.data));
        }
        self.refuse_filter(path)?;
        let options = to_worktree::Options {
            can_delay: Delay::Forbid,
            unknown_encoding: to_worktree::UnknownEncoding::Fail,
        };
        let mut content = Vec::with_capacity(blob.data.len());
        self.pipeline
            .convert_to_worktree(&blob.data, path, options)
            .map_err(GitError::of("Converting a file"))?
            .read_to_end(&mut content)
            .map_err(GitError::io(&path_of(path)))?;
        Ok(content)
    }
}
