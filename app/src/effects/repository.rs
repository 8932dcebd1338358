//! What is done with a repository as a whole and read of its history, in the words that are shown of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use git::blame::{BlamedLine, age};
use git::history::{FileCommit, MAX_COMMITS};
use git::stash::StashApplied;
use git::{GitError, Repository, UserConfig};

use crate::features::changes::column::{AuthorChunk, AuthorWords, AuthorsAsked, TabAuthors};
use crate::features::changes::{ChangesEvent, GitDeed};

/// Opens the repository around a folder, as its user works with it.
pub fn open(folder: &Path) -> Result<Repository, GitError> {
    Repository::open(folder, &UserConfig::here(None))
}

/// Does it; what is said of it.
pub fn done(repository: &Repository, deed: GitDeed) -> Result<String, GitError> {
    match deed {
        GitDeed::Switch(to) => {
            let switched = repository.switch(&to)?;
            let word = if switched.is_new { "Created and switched to" } else { "Switched to" };
            Ok(format!("{word} {}.", switched.branch))
        }
        GitDeed::Stash(asked) => repository.stash(&asked).map(|words| format!("Stashed: {words}")),
        GitDeed::ApplyStash(id) => {
            repository.apply_stash(id).map(|done| applied(&done, "Applied the stash."))
        }
        GitDeed::PopStash(id) => {
            repository.pop_stash(id).map(|done| applied(&done, "Applied the stash and removed it."))
        }
        GitDeed::DropStash(id) => {
            repository.drop_stash(id)?;
            Ok(format!("Dropped the stash. Until git cleans up, `git stash apply {id:.10}` brings it back."))
        }
    }
}

fn applied(done: &StashApplied, words: &str) -> String {
    if done.conflicts.is_empty() {
        return words.to_owned();
    }
    let names: Vec<String> = done.conflicts.iter().map(|path| path.display().to_string()).collect();
    format!("Applied the stash and kept it. Resolve the conflicts in {}, then drop it.", names.join(", "))
}

/// Lists the branches.
pub fn branches(repository: Result<Repository, GitError>) -> ChangesEvent {
    let found = repository.and_then(|repository| repository.branches());
    let with_ages = found.map(|branches| {
        branches.into_iter().map(|branch| (branch.clone(), ago(branch.time))).collect::<Vec<_>>()
    });
    ChangesEvent::Branches(with_ages)
}

/// Lists the stashes.
pub fn stashes(repository: Result<Repository, GitError>) -> ChangesEvent {
    let found = repository.and_then(|repository| repository.stashes());
    let with_ages = found
        .map(|stashes| stashes.into_iter().map(|stash| (stash.clone(), ago(stash.time))).collect::<Vec<_>>());
    ChangesEvent::Stashes(with_ages)
}

/// The commits that changed a file; true: there are more.
pub fn history(repository: &Repository, path: &Path) -> Result<(Vec<(FileCommit, String)>, bool), GitError> {
    let path = repository.relative(path)?;
    let found = repository.history(&path, MAX_COMMITS, &AtomicBool::new(false))?;
    let commits = found.commits.into_iter().map(|commit| (commit.clone(), ago(commit.time))).collect();
    Ok((commits, found.is_cut))
}

/// Who wrote each line of a text. What cannot be told is left empty, with the reason.
pub fn authors(asked: AuthorsAsked) -> TabAuthors {
    let of = asked.of;
    read_authors(asked).unwrap_or_else(|error| TabAuthors {
        of,
        blame: None,
        chunks: Vec::new(),
        words: Vec::new(),
        trouble: Some(error.to_string()),
    })
}

fn read_authors(asked: AuthorsAsked) -> Result<TabAuthors, GitError> {
    let nobody =
        TabAuthors { of: asked.of, blame: None, chunks: Vec::new(), words: Vec::new(), trouble: None };
    let Ok(written) = asked.text.bytes() else { return Ok(nobody) };
    let repository = open(asked.path.parent().unwrap_or(&asked.path))?;
    let path = repository.relative(&asked.path)?;
    let blame = match asked.known {
        Some(known) => known,
        None => match repository.file_blame(&path)? {
            Some(blame) => Arc::new(blame),
            None => return Ok(nobody),
        },
    };
    let lines = blame.lines_of(&repository.as_kept(&path, &written)?);
    let text = asked.text.rope();
    let place =
        |line: usize| if line >= text.len_lines() { text.len_chars() } else { text.line_to_char(line) };
    let mut chunks: Vec<AuthorChunk> = Vec::new();
    for (line, commit) in lines.into_iter().enumerate() {
        let at = place(line)..place(line + 1);
        match chunks.last_mut().filter(|last| last.commit == commit) {
            Some(last) => last.at.end = at.end,
            None => chunks.push(AuthorChunk { at, commit }),
        }
    }
    let words = blame.commits.iter().map(words).collect();
    Ok(TabAuthors { of: asked.of, blame: Some(blame), chunks, words, trouble: None })
}

fn words(commit: &BlamedLine) -> AuthorWords {
    let age = ago(commit.time);
    let id = commit.commit.to_string();
    AuthorWords {
        short: format!("{}, {age}", commit.author),
        long: format!("{}\n{}, {age}\n{id:.10}", commit.subject, commit.author),
        colour: u8::from_str_radix(id.get(..2).unwrap_or_default(), 16).unwrap_or_default(),
    }
}

/// How long ago a time was, in words.
fn ago(time: i64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    age(now.saturating_sub(u64::try_from(time).unwrap_or_default()))
}
