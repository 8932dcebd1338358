//! What git knows of a folder, asked of the user's own `git`: no library of ours reads repositories, and nothing is changed.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use assist::commit::{self, Staged};

/// How long git may take.
const LIMIT: Duration = Duration::from_secs(20);
/// A diff is read up to so many bytes; what is behind is counted nowhere, so it is far more than a prompt can hold.
const MAX_BYTES: u64 = 8 << 20;
/// So many earlier commits show the style.
const EARLIER: &str = "-6";

/// The staged changes of the repository around a folder, cut to what a prompt holds.
///
/// # Errors
/// A sentence for people: no git, no repository, nothing staged.
pub fn staged(folder: &Path) -> Result<Staged, String> {
    // Outside of a repository `git diff` compares files instead.
    git(folder, &["rev-parse", "--git-dir"])?;
    let diff = git(
        folder,
        &[
            "diff",
            "--cached",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--find-renames",
            "--unified=2",
        ],
    )?;
    if diff.trim().is_empty() {
        return Err("Nothing is staged. Stage changes with `git add`, then ask again.".into());
    }
    // A repository without commits has no style yet.
    let log = git(folder, &["log", EARLIER, "--no-merges", "--format=%s"]).unwrap_or_default();
    let style = log.lines().map(|line| line.chars().take(100).collect()).collect();
    Ok(Staged { style, ..commit::fit(&diff, commit::BUDGET) })
}

/// Runs git in a folder. Programs that the repository's configuration names are not started.
fn git(folder: &Path, args: &[&str]) -> Result<String, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args([
        "--no-pager",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.quotePath=false",
    ]);
    command.args(args).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("git cannot be run: {e}."))?;
    let (out, errors) = (child.stdout.take(), child.stderr.take());
    let (sender, read) = mpsc::channel();
    let reader = thread::Builder::new().name("git".into()).spawn(move || {
        let text = |pipe: Option<&mut dyn std::io::Read>| {
            let mut bytes = Vec::new();
            if let Some(pipe) = pipe {
                let _cut = pipe.take(MAX_BYTES).read_to_end(&mut bytes);
                // git waits until somebody takes the rest.
                let _rest = std::io::copy(pipe, &mut std::io::sink());
            }
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (mut out, mut errors) = (out, errors);
        let out = text(out.as_mut().map(|pipe| pipe as &mut dyn std::io::Read));
        let errors = text(errors.as_mut().map(|pipe| pipe as &mut dyn std::io::Read));
        // Nobody waits any more when the time was over.
        let _late = sender.send((out, errors));
    });
    reader.map_err(|e| format!("Cannot start a thread for git: {e}."))?;
    let answer = read.recv_timeout(LIMIT);
    if answer.is_err() {
        let _gone = child.kill();
    }
    let status = child.wait().map_err(|e| format!("git: {e}."))?;
    match answer {
        Err(_) => Err("git did not answer in time.".into()),
        Ok((out, _)) if status.success() => Ok(out),
        Ok((_, errors)) if errors.contains("not a git repository") => {
            Err(format!("{} is in no git repository.", folder.display()))
        }
        Ok((_, errors)) => Err(format!("git: {}", errors.lines().next().unwrap_or("it failed").trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(folder: &Path, args: &[&str]) {
        let own = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"];
        let status = Command::new("git").arg("-C").arg(folder).args(own).args(args).output().unwrap();
        assert!(status.status.success(), "{status:?}");
    }

    #[test]
    fn staged_changes_are_read_and_their_absence_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(staged(path).is_err_and(|said| said.contains("no git repository")));
        run(path, &["init", "-q"]);
        assert!(staged(path).is_err_and(|said| said.contains("Nothing is staged")));
        std::fs::write(path.join("a b.py"), "x = 1\n").unwrap();
        run(path, &["add", "."]);
        let first = staged(path).unwrap();
        assert_eq!((first.text.as_str(), first.style.len()), ("New a b.py (+1 -0)\n@@\n+x = 1\n\n", 0));
        run(path, &["commit", "-qm", "files: begin"]);
        std::fs::write(path.join("a b.py"), "x = 2\n").unwrap();
        run(path, &["add", "."]);
        assert_eq!(staged(path).unwrap().style, ["files: begin"]);
        std::fs::write(path.join("large.txt"), "a line\n".repeat(2 * MAX_BYTES as usize / 7)).unwrap();
        run(path, &["add", "."]);
        assert!(staged(path).unwrap().text.contains("large.txt"), "more than is read is cut");
    }
}
