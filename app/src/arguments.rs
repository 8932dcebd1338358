//! What the window is asked to open on the command line: files at places, folders, text of a pipe; and whether somebody waits for it.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use ground::asked::{AskedFile, AskedFiles};

/// Most bytes that are read of a pipe.
const MAX_PIPED: u64 = 256 << 20;

/// What is wanted of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Absolute paths of files and folders; of files also line and column, from 0, where they were given.
    pub paths: Vec<(PathBuf, Option<(usize, usize)>)>,
    /// A text from a pipe.
    pub piped: Option<String>,
    /// The second file beside the first one, which is opened.
    pub diff: Option<(PathBuf, PathBuf)>,
    /// Another program waits until the files are closed; a window that opens for them closes with the last one.
    pub waits: bool,
    /// In a window of its own, whatever runs.
    pub new_window: bool,
}

impl Wanted {
    /// What a window that runs can do instead of one of its own: open files. `None`: it takes one.
    pub fn asked(&self) -> Option<AskedFiles> {
        let are_files = !self.paths.is_empty() && self.paths.iter().all(|(path, _)| !path.is_dir());
        if !are_files || self.new_window || self.piped.is_some() || self.diff.is_some() {
            return None;
        }
        let place = |(line, column): (usize, usize)| Some((line.try_into().ok()?, column.try_into().ok()?));
        let file = |(path, at): &(PathBuf, Option<(usize, usize)>)| AskedFile {
            path: path.clone(),
            place: at.and_then(place),
        };
        Some(AskedFiles { files: self.paths.iter().map(file).collect(), waits: self.waits })
    }
}

impl From<Vec<PathBuf>> for Wanted {
    fn from(paths: Vec<PathBuf>) -> Wanted {
        Wanted { paths: paths.into_iter().map(|path| (path, None)).collect(), ..Wanted::default() }
    }
}

/// Reads arguments.
///
/// # Errors
/// A sentence: an option that nobody knows, a name that cannot be made absolute, `-` without a pipe.
pub fn read(args: Vec<OsString>) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        match arg {
            lexopt::Arg::Value(value) if value == "-" => wanted.piped = Some(piped()?),
            lexopt::Arg::Value(value) => wanted.paths.push(place(Path::new(&value))?),
            lexopt::Arg::Long("wait") | lexopt::Arg::Short('w') => wanted.waits = true,
            lexopt::Arg::Long("new-window") | lexopt::Arg::Short('n') => wanted.new_window = true,
            lexopt::Arg::Long("diff") | lexopt::Arg::Short('d') => {
                wanted.diff = Some(two_files(&mut parser)?);
            }
            // Others want this word before a place.
            lexopt::Arg::Long("goto") | lexopt::Arg::Short('g') => {}
            other => {
                return Err(format!("{}. `localcoder help` lists what it understands.", other.unexpected()));
            }
        }
    }
    if wanted.waits && !wanted.paths.iter().any(|(path, _)| !path.is_dir()) {
        return Err("--wait needs a file to wait for: `localcoder --wait FILE`.".to_owned());
    }
    Ok(wanted)
}

/// The two files behind `--diff`.
fn two_files(parser: &mut lexopt::Parser) -> Result<(PathBuf, PathBuf), String> {
    let mut next = || {
        let path =
            parser.value().map_err(|_| "--diff needs two files: `localcoder --diff OLD NEW`.".to_owned())?;
        let (path, _) = place(Path::new(&path))?;
        if path.is_file() {
            Ok(path)
        } else {
            Err(format!("--diff compares files, and {} is none.", path.display()))
        }
    };
    Ok((next()?, next()?))
}

fn piped() -> Result<String, String> {
    let input = io::stdin();
    if input.is_terminal() {
        return Err("`-` reads a pipe, and there is none: try `git diff | localcoder -`.".to_owned());
    }
    let mut bytes = Vec::new();
    input
        .lock()
        .take(MAX_PIPED)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("the pipe cannot be read: {error}."))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A path, and the place behind it: `FILE:LINE` or `FILE:LINE:COLUMN`, counted from 1. A file that really has such a name comes first.
fn place(given: &Path) -> Result<(PathBuf, Option<(usize, usize)>), String> {
    let full = |path: &Path| -> Result<PathBuf, String> {
        let full = std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?;
        // Two names of one file must not become two tabs.
        Ok(full.canonicalize().unwrap_or(full))
    };
    let numbered = given.to_str().filter(|_| !given.exists()).and_then(numbers);
    match numbered {
        Some((path, line, column)) => {
            Ok((full(Path::new(path))?, Some((line.saturating_sub(1), column.saturating_sub(1)))))
        }
        None => Ok((full(given)?, None)),
    }
}

/// `path:12` or `path:12:5`.
fn numbers(text: &str) -> Option<(&str, usize, usize)> {
    // Compilers end what they say in a colon.
    let text = text.strip_suffix(':').unwrap_or(text);
    let (rest, last) = text.rsplit_once(':').filter(|(rest, _)| !rest.is_empty())?;
    let last = last.parse().ok()?;
    let before = rest.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse::<usize>().ok()?)));
    match before.filter(|(path, _)| !path.is_empty()) {
        Some((path, line)) => Some((path, line, last)),
        None => Some((rest, last, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(args: &[&str]) -> Result<Wanted, String> {
        read(args.iter().map(Into::into).collect())
    }

    #[test]
    fn paths_are_absolute_and_options_are_refused() {
        let found = wanted(&["a.rs", "/b.rs"]).unwrap().paths;
        assert!(found.iter().all(|(path, place)| path.is_absolute() && place.is_none()));
        assert_eq!(found[1].0, PathBuf::from("/b.rs"));
        assert!(wanted(&["--frobnicate"]).unwrap_err().contains("frobnicate"));
    }

    #[test]
    fn a_place_is_told_from_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("a:7");
        std::fs::write(&odd, "").unwrap();
        let odd = odd.canonicalize().unwrap();
        assert_eq!(wanted(&[odd.to_str().unwrap()]).unwrap().paths, [(odd, None)], "a file has this name");
        for (given, place) in [
            ("/x.rs:12", Some((11, 0))),
            ("/x.rs:12:5", Some((11, 4))),
            ("/x.rs:12:5:", Some((11, 4))),
            ("/x.rs:0:0", Some((0, 0))),
        ] {
            assert_eq!(wanted(&["-g", given]).unwrap().paths, [(PathBuf::from("/x.rs"), place)], "{given}");
        }
        assert_eq!(wanted(&["/x.rs:y"]).unwrap().paths, [(PathBuf::from("/x.rs:y"), None)]);
    }

    #[test]
    fn two_files_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["a", "b"].map(|name| {
            let path = folder.path().canonicalize().unwrap().join(name);
            std::fs::write(&path, name).unwrap();
            path
        });
        let words = |path: &Path| path.to_str().unwrap().to_owned();
        let found = wanted(&["--diff", &words(&one), &words(&two)]).unwrap();
        assert_eq!((found.diff, found.paths.len()), (Some((one.clone(), two)), 0));
        assert!(wanted(&["--diff", &words(&one)]).unwrap_err().contains("needs two files"));
        assert!(wanted(&["-d", &words(&one), "/no/such"]).unwrap_err().contains("/no/such is none"));
    }

    #[test]
    fn files_alone_go_to_a_window_that_runs() {
        let asked = |args: &[&str]| wanted(args).unwrap().asked();
        let files = asked(&["/x.rs:12:5", "/y.rs"]).unwrap();
        assert_eq!((files.files.len(), files.waits), (2, false));
        assert_eq!(
            (files.files[0].path.as_path(), files.files[0].place),
            (Path::new("/x.rs"), Some((11, 4)))
        );
        assert!(asked(&["--wait", "/x.rs"]).unwrap().waits);
        for own in [vec![], vec!["/"], vec!["/x.rs", "/"], vec!["--new-window", "/x.rs"], vec!["-n", "/x.rs"]]
        {
            assert_eq!(asked(&own), None, "{own:?}");
        }
    }

    #[test]
    fn somebody_waits_for_a_file_alone() {
        assert!(wanted(&["--wait", "/x.rs"]).unwrap().waits);
        assert!(wanted(&["--wait"]).unwrap_err().contains("needs a file"));
        assert!(wanted(&["-w", "/"]).unwrap_err().contains("needs a file"));
    }
}
