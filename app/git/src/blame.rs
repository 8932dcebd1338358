//! Who wrote a line, and the commits that changed a file.

use std::collections::HashMap;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;

use crate::content::bytes_of;
use crate::{Against, GitError, KeptFile, Repository, lines};

/// The commit that a line comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlamedLine {
    /// Its whole name.
    pub commit: ObjectId,
    /// Who wrote it.
    pub author: String,
    /// When, in seconds since 1970.
    pub time: i64,
    /// The first line of its message.
    pub subject: String,
}

/// Who wrote each line of a file as it was committed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileBlame {
    /// The file as it was committed.
    committed: Vec<u8>,
    /// The commit of each of its lines, an index into `commits`.
    lines: Vec<usize>,
    /// The commits.
    pub commits: Vec<BlamedLine>,
}

impl FileBlame {
    /// The commit of each line of a text that was made of the file; `None`: the line is not committed yet.
    pub fn lines_of(&self, now: &[u8]) -> Vec<Option<usize>> {
        let count = lines::split(now).len();
        let mut found = Vec::with_capacity(count);
        let mut at = 0;
        for change in lines::changes(&self.committed, now) {
            found.extend((at..change.old.start).map(|line| self.lines.get(line).copied()));
            found.extend(change.new.map(|_| None));
            at = change.old.end;
        }
        found.extend((at..self.lines.len()).map(|line| self.lines.get(line).copied()));
        found.resize(count, None);
        found
    }
}

/// A line of a text in the last commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommittedLine {
    /// It is this line there.
    At(usize),
    /// It is not committed yet.
    New,
    /// The file is not in the commit, or the text has no such line.
    Nowhere,
}

impl Repository {
    /// Who wrote line `line`, counted from 0, of a file as it was committed last. Goes back through the history until it is found.
    ///
    /// # Errors
    /// There is no such line in the last commit, or the history cannot be read.
    pub fn blame_line(&self, path: &Path, line: usize) -> Result<BlamedLine, GitError> {
        let number = u32::try_from(line + 1).map_err(GitError::of("Counting lines"))?;
        let ranges = gix::blame::BlameRanges::from_one_based_inclusive_range(number..=number);
        let ranges = ranges.map_err(GitError::of("Counting lines"))?;
        let found = self.blamed(path, ranges)?;
        let (_, commit) = found.first().ok_or_else(|| GitError::Untracked(path.to_owned()))?;
        self.blamed_line(*commit)
    }

    /// Where a line of a text is in its file as it was committed last. Lines count from 0.
    ///
    /// # Errors
    /// The commit cannot be read, or the file is kept by way of a program.
    pub fn committed_line(
        &self,
        path: &Path,
        content: &[u8],
        line: usize,
    ) -> Result<CommittedLine, GitError> {
        let KeptFile::Blob(committed, _) = self.kept(path, Against::Head)? else {
            return Ok(CommittedLine::Nowhere);
        };
        let now = self.as_kept(path, content)?;
        if line >= lines::split(&now).len() {
            return Ok(CommittedLine::Nowhere);
        }
        let mut there = line;
        for change in lines::changes(&committed, &now) {
            if change.new.contains(&line) {
                return Ok(CommittedLine::New);
            }
            if change.new.end <= line {
                there = line - change.new.end + change.old.end;
            }
        }
        Ok(CommittedLine::At(there))
    }

    /// The commit of each line of a file as it was committed last.
    ///
    /// # Errors
    /// The file is not there, or the history cannot be read.
    pub fn blame(&self, path: &Path) -> Result<Vec<ObjectId>, GitError> {
        let found = self.blamed(path, gix::blame::BlameRanges::default())?;
        Ok(found.into_iter().flat_map(|(lines, commit)| std::iter::repeat_n(commit, lines)).collect())
    }

    /// Who wrote each line of a file as it was committed last; `None`: git does not know the file.
    ///
    /// # Errors
    /// The history cannot be read, or the file is too long.
    pub fn file_blame(&self, path: &Path) -> Result<Option<FileBlame>, GitError> {
        let KeptFile::Blob(committed, _) = self.kept(path, Against::Head)? else { return Ok(None) };
        let ids = if committed.is_empty() { Vec::new() } else { self.blame(path)? };
        let mut places: HashMap<ObjectId, usize> = HashMap::new();
        let mut commits = Vec::new();
        let mut lines = Vec::with_capacity(ids.len());
        for id in ids {
            let known = places.get(&id).copied();
            lines.push(match known {
                Some(place) => place,
                None => {
                    commits.push(self.blamed_line(id)?);
                    places.insert(id, commits.len() - 1);
                    commits.len() - 1
                }
            });
        }
        Ok(Some(FileBlame { committed, lines, commits }))
    }

    fn blamed(
        &self,
        path: &Path,
        ranges: gix::blame::BlameRanges,
    ) -> Result<Vec<(usize, ObjectId)>, GitError> {
        const WHAT: &str = "Reading the history";
        let repository = self.local();
        let head = repository.head_id().map_err(|_| GitError::NoCommit)?;
        let options = gix::repository::blame_file::Options {
            diff_algorithm: Some(gix::diff::blob::Algorithm::Myers),
            ranges,
            since: None,
            rewrites: Some(gix::diff::Rewrites::default()),
        };
        let name = bytes_of(path)?;
        let outcome = repository.blame_file(name.as_ref(), head, options).map_err(|error| {
            // The library does not end at the commits where the history was cut off.
            if repository.is_shallow().unwrap_or_default() {
                GitError::Shallow
            } else {
                GitError::of(WHAT)(error)
            }
        })?;
        Ok(outcome.entries.iter().map(|entry| (entry.len.get() as usize, entry.commit_id)).collect())
    }

    fn blamed_line(&self, id: ObjectId) -> Result<BlamedLine, GitError> {
        const WHAT: &str = "Reading the history";
        let repository = self.local();
        let commit = repository.find_commit(id).map_err(GitError::of(WHAT))?;
        let author = commit.author().map_err(GitError::of(WHAT))?;
        let message = commit.message_raw().map_err(GitError::of(WHAT))?;
        Ok(BlamedLine {
            commit: id,
            author: author.name.to_str_lossy().into_owned(),
            time: author.seconds(),
            subject: message.lines().next().unwrap_or_default().to_str_lossy().into_owned(),
        })
    }
}

/// How long ago something was, in words, given in seconds.
pub fn age(seconds: u64) -> String {
    const UNITS: &[(u64, &str)] = &[
        (31_557_600, "year"),
        (2_629_800, "month"),
        (604_800, "week"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
    ];
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length);
    match unit.map(|(length, name)| (seconds / length, name)) {
        None => "just now".to_owned(),
        Some((1, name)) => format!("1 {name} ago"),
        Some((count, name)) => format!("{count} {name}s ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_commits_while_a_text_is_edited() {
        let blame = FileBlame { committed: b"a\nb\nc\n".to_vec(), lines: vec![0, 1, 0], commits: Vec::new() };
        assert_eq!(blame.lines_of(b"a\nb\nc\n"), [Some(0), Some(1), Some(0)]);
        assert_eq!(blame.lines_of(b"new\na\nB\nc\nend"), [None, Some(0), None, Some(0), None]);
        assert_eq!(blame.lines_of(b"c\n"), [Some(0)]);
        assert_eq!(blame.lines_of(b""), []);
    }

    #[test]
    fn ages_are_told_in_their_largest_unit() {
        let told = [5, 60, 7_300, 86_400 * 3, 86_400 * 8, 86_400 * 70, 86_400 * 800].map(age);
        assert_eq!(
            told,
            [
                "just now",
                "1 minute ago",
                "2 hours ago",
                "3 days ago",
                "1 week ago",
                "2 months ago",
                "2 years ago"
            ]
        );
    }
}
