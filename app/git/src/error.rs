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
        "{} is stored through the filter “{filter}”, a program that LocalCoder does not run. Stage it with `git add`",
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
