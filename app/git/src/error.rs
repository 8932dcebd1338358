//! Why something about a repository could not be done, typed until it becomes a sentence.

use std::path::PathBuf;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The folder is in no repository.
    #[error("{} is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// The repository has no files beside it.
    #[error("{} is a bare repository: it has no files to compare", .0.display())]
    Bare(PathBuf),
    /// The file is not below the repository's folder.
    #[error("{} is outside of the repository", .0.display())]
    Outside(PathBuf),
    /// Another program holds the index, or one that died left its lock.
    #[error(
        "another program is changing the index: {} exists. If none is running, delete that file and try again",
        .0.display()
    )]
    Locked(PathBuf),
    /// What was to be changed has changed meanwhile.
    #[error("{} was changed in the index meanwhile. Look at the changes again", .0.display())]
    Moved(PathBuf),
    /// The file is kept by way of a program that is not run.
    #[error(
        "{} is stored through the filter “{filter}”, a program that LocalCoder does not run. Use git itself for it",
        .path.display()
    )]
    Filtered {
        /// The file.
        path: PathBuf,
        /// The filter that its attributes name.
        filter: String,
    },
    /// The index holds only a part of the files.
    #[error("the index is sparse. Run `git sparse-checkout disable`, or stage with `git add`")]
    Sparse,
    /// It is neither a file nor a link.
    #[error("{} is neither a file nor a link", .0.display())]
    NoFile(PathBuf),
    /// It is too long to be compared.
    #[error("{} is too long to be compared line by line", .0.display())]
    TooLong(PathBuf),
    /// The index has no such file.
    #[error("{} is not in the repository", .0.display())]
    Untracked(PathBuf),
    /// Its two sides are not joined yet.
    #[error("{} has conflicts. Resolve them, then stage the file", .0.display())]
    Conflicted(PathBuf),
    /// Something else is under way, that git itself has to finish.
    #[error("{0} is under way. Finish it with git: its state would be lost")]
    InProgress(&'static str),
    /// There is nothing to commit.
    #[error("nothing is staged. Stage changes first")]
    NothingStaged,
    /// There is no commit to amend.
    #[error("there is no commit to amend yet")]
    NoCommit,
    /// A message without words.
    #[error("the message is empty. Write what the commit does")]
    NoMessage,
    /// Who commits is not known.
    #[error(
        "git does not know who you are. Run `git config --global user.name \"…\"` and `git config --global user.email \"…\"`"
    )]
    NoIdentity,
    /// The clone has only the end of the history.
    #[error("this clone is shallow: the history that says who wrote the line is not here")]
    Shallow,
    /// The text has a character that its encoding has not.
    #[error("the text cannot be staged: {0}")]
    NotWritable(String),
    /// None of the lines differs from what is staged.
    #[error("nothing in these lines of {} differs from what is staged", .0.display())]
    NothingDiffers(PathBuf),
    /// A file could not be read or written.
    #[error("{}: {error}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The repository could not be read or written.
    #[error("{what} failed: {why}")]
    Broken {
        /// What was tried.
        what: &'static str,
        /// What the library says.
        why: String,
    },
    /// What would be overwritten is not kept anywhere else.
    #[error("{}", in_the_way(what, changed, untracked))]
    InTheWay {
        /// What was to be done: `switching to main`.
        what: String,
        /// Files with changes that are not committed.
        changed: Vec<PathBuf>,
        /// Files that git does not know, ignored ones among them.
        untracked: Vec<PathBuf>,
    },
    /// A file was changed while files were being changed.
    #[error("{} was changed by another program in this moment. Try again", .0.display())]
    ChangedMeanwhile(PathBuf),
    /// Something failed in the midst of it and could not be taken back.
    #[error(
        "{error}. These files could not be put back: {}. What they had is in the repository",
        names(paths)
    )]
    NotTakenBack {
        /// What failed.
        error: Box<GitError>,
        /// Files that are as they were to become.
        paths: Vec<PathBuf>,
    },
    /// A tree names a file that would lead elsewhere.
    #[error("the commit has a file {:?}, a name that could lead out of the repository. Nothing was changed", .0)]
    BadName(PathBuf),
    /// There is no such branch.
    #[error("there is no branch {0}. Look at the list again")]
    NoBranch(String),
    /// There is one already.
    #[error("there is a branch {0} already. Choose another name")]
    BranchExists(String),
    /// No branch can be called so.
    #[error("“{0}” cannot be the name of a branch. Use letters, digits, - and /")]
    BadBranchName(String),
    /// The branch is that of another folder.
    #[error("the branch {branch} is in use in {}. Switch there, or choose another", .folder.display())]
    InOtherWorktree {
        /// Which.
        branch: String,
        /// The other folder.
        folder: PathBuf,
    },
    /// There is no commit.
    #[error("there is no commit yet. Make one first")]
    NoCommitYet,
    /// Nothing differs from the last commit.
    #[error("nothing differs from the last commit: there is nothing to stash")]
    NothingToStash,
    /// The stash is not there, or no longer.
    #[error("this stash is no longer there. Look at the list again")]
    NoStash,
    /// The stash was made, and what is on disk is as it was.
    #[error("the changes are in the stash, but they could not be taken out of the files: {0}")]
    StashKept(Box<GitError>),
    /// A stash and the files differ in a way that lines do not express.
    #[error(
        "these files were changed in another way since: {}. Nothing was changed. Apply the stash with git to resolve it",
        names(.0)
    )]
    CannotMerge(Vec<PathBuf>),
    /// `HEAD` is on no branch.
    #[error("this is no branch but a commit. Switch to a branch first")]
    NoBranchHere,
    /// There is nowhere to push to.
    #[error("the repository has no remote. Add one in a terminal: git remote add origin URL")]
    NoRemote,
    /// Nobody wants the answer any more.
    #[error("stopped")]
    Stopped,
}

impl GitError {
    /// Makes an error of ours of one of the library, saying what was tried.
    pub(crate) fn of<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> GitError {
        move |error| GitError::Broken { what, why: error.to_string().lines().next().unwrap_or("").to_owned() }
    }

    /// The same for a file.
    pub(crate) fn io(path: &std::path::Path) -> impl Fn(std::io::Error) -> GitError + '_ {
        move |error| GitError::Io { path: path.to_owned(), error }
    }
}

/// Most names that are told of.
const MAX_NAMED: usize = 6;

/// The first of them, and how many more there are.
fn names(paths: &[PathBuf]) -> String {
    let mut told: Vec<String> = paths.iter().take(MAX_NAMED).map(|path| path.display().to_string()).collect();
    if paths.len() > MAX_NAMED {
        told.push(format!("and {} more", paths.len() - MAX_NAMED));
    }
    told.join(", ")
}

fn in_the_way(what: &str, changed: &[PathBuf], untracked: &[PathBuf]) -> String {
    let mut words = String::new();
    if !changed.is_empty() {
        words += &format!(
            "your changes would be overwritten by {what}: {}. Commit or stash them first",
            names(changed)
        );
    }
    if !untracked.is_empty() {
        let begin = if words.is_empty() { "files" } else { ". Files" };
        words += &format!(
            "{begin} that are not in git would be overwritten by {what}: {}. Move them away first",
            names(untracked)
        );
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_is_named() {
        let paths: Vec<PathBuf> = (0..8).map(|number| PathBuf::from(format!("f{number}"))).collect();
        let error = GitError::InTheWay {
            what: "switching to main".into(),
            changed: paths,
            untracked: vec!["new".into()],
        };
        assert_eq!(
            error.to_string(),
            "your changes would be overwritten by switching to main: f0, f1, f2, f3, f4, f5, and 2 more. \
             Commit or stash them first. Files that are not in git would be overwritten by switching to main: new. \
             Move them away first"
        );
    }
}
