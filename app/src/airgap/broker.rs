//! The one process that may connect. It waits on a socket of this machine; a request names one entry of the catalogue, the licence that
//! was accepted and the settings as the editor knows them, and it looks up all three itself. It ends with the editor, and at once
//! when the settings say that LocalCoder is air-gapped.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use models::catalog::{self, CatalogEntry};
use models::download::{DownloadError, DownloadOrder, NetworkSettings, remote};
use models::store::Store;

/// The word that makes this program that process.
pub const WORD: &str = "--downloads-process";
/// The ledger's file, in the folder for state.
const LEDGER: &str = "connections.jsonl";

/// Starts it; answers the way to it.
pub fn start() -> io::Result<(UnixStream, Child)> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut command = Command::new(std::env::current_exe()?);
    // A group of its own: Ctrl-C in a terminal is for the editor, which then cancels in good order.
    command.arg(WORD).process_group(0);
    command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
    // It ends when `ours` is closed, and with the editor at the latest.
    let child = command.spawn()?;
    Ok((ours, child))
}

/// The file of the ledger. `None` without a home: then nothing can be downloaded.
pub fn ledger() -> Option<PathBuf> {
    Some(ground::places::state_folder()?.join(LEDGER))
}

/// What that process does.
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("localcoder: downloads: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let root = Store::default_root()?;
    let ledger = ledger().ok_or("there is no home folder to keep the ledger in")?;
    let mut confined = false;
    remote::serve(stream, |asked| {
        if !confined {
            // Not before something is asked for: a folder that nobody needs is not made.
            confine(&root, &ledger)?;
            confined = true;
        }
        plan(&root, &ledger, asked)
    })?;
    Ok(())
}

/// Looks up what was asked for. The editor's word is not enough for any of it.
fn plan(
    root: &Path,
    ledger: &Path,
    asked: &DownloadOrder,
) -> Result<(Store, NetworkSettings, models::download::DownloadPlan), DownloadError> {
    let settings = crate::network::here();
    if settings.air_gapped {
        return Err(DownloadError::air_gapped());
    }
    let store = Store::open(root)?;
    let entry = entry(&store, &asked.id)?;
    let plan = asked.plan(&entry, &settings)?;
    Ok((store, NetworkSettings { ledger: Some(ledger.to_owned()), ..settings }, plan))
}

fn entry(store: &Store, id: &str) -> Result<CatalogEntry, DownloadError> {
    let catalog = catalog::builtin().and_then(|catalog| catalog.of_folder(store.root()));
    let refused = |text: String| DownloadError::refused(&text);
    let catalog = catalog.map_err(|error| refused(error.to_string()))?;
    catalog.get(id).cloned().ok_or_else(|| refused(format!("the catalogue has no «{id}»")))
}

/// From here on it writes in the folder of models and in that of the ledger, and starts nothing, where the kernel can see to that.
/// Nobody may look into it: who can read its memory or borrow its descriptors can connect.
#[cfg(target_os = "linux")]
fn confine(root: &Path, ledger: &Path) -> Result<(), DownloadError> {
    use landlock::{ABI, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _};
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};

    let refused = |what: &dyn std::fmt::Display| {
        DownloadError::refused(&format!("the process that downloads cannot be confined ({what})"))
    };
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| refused(&error))?;
    let store = Store::open(root)?;
    let state = ledger.parent().unwrap_or(ledger);
    std::fs::create_dir_all(state).map_err(|error| refused(&error))?;
    let writing = AccessFs::from_write(ABI::V3);
    let made = || -> Result<_, Box<dyn std::error::Error>> {
        let mut rules = Ruleset::default().handle_access(writing | AccessFs::Execute)?.create()?;
        for folder in [store.root(), state] {
            rules = rules.add_rule(PathBeneath::new(PathFd::new(folder)?, writing))?;
        }
        Ok(rules.restrict_self()?)
    };
    made().map(drop).map_err(|error| refused(&error))
}

#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps, reason = "as on Linux, where it may fail")]
fn confine(_: &Path, _: &Path) -> Result<(), DownloadError> {
    Ok(())
}
