//! When our own code fails: a panic while a view draws costs the view, any other one leaves a report. A report says where in
//! our source, never with what text: messages of panics may quote what was being edited, so they are not kept.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use editor_core::file::Opened;
use editor_core::journal::{JournalError, JournalOwner};
use ropey::Rope;

/// Reports that are kept; the oldest go.
const MAX_REPORTS: usize = 10;

thread_local! {
    /// Somebody will catch a panic of this thread.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic of this thread was.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What an earlier start of the editor left behind.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// Texts that were not saved: what the window called them, and the journal.
    pub texts: Vec<(String, PathBuf)>,
    /// The same of windows that were closed on purpose: they are there again without a question.
    pub aside: Vec<(String, PathBuf)>,
    /// Why other journals cannot be read, each with its path. They stay where they are.
    pub unread: Vec<Arc<JournalError>>,
    /// The report of the crash, when there is one.
    pub report: Option<PathBuf>,
}

/// An unsaved text of an earlier start.
#[derive(Clone, Debug)]
pub struct RecoveredText {
    /// The journal that it was kept in.
    pub journal: PathBuf,
    /// Whose it is, and what its edits began from.
    pub owner: JournalOwner,
    /// The text.
    pub text: Rope,
    /// What became of its file.
    pub file: FileSinceCrash,
}

/// What became of the file of an unsaved text.
#[derive(Clone, Debug)]
pub enum FileSinceCrash {
    /// It never had one.
    Nothing,
    /// It is what the edits began from, or holds what the text was at some time.
    AsBefore(Box<Opened>),
    /// Another program changed it, as far as is known.
    Changed(Box<Opened>),
    /// There is no such file.
    Gone,
    /// It cannot be read, and why.
    Unreadable(String),
}

/// Runs `work`; when it panics, answers with the place in our source.
///
/// # Errors
/// File and line of the panic.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.map_err(|_| PLACE.take())
}

/// From now on a panic that nobody catches leaves a report in `folder`.
pub fn report_panics(folder: Option<PathBuf>) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PLACE.replace(place(info));
        if GUARDED.get() {
            return;
        }
        usual(info);
        // Panics of other threads cost what they were doing, not the editor.
        if std::thread::current().name() == Some("main")
            && let Some(folder) = &folder
        {
            // Nothing can be done about a report that cannot be written.
            drop(write(folder, &report(&place(info))));
        }
    }));
}

/// File and line in our source, without the folder it was built in.
fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(String::new, |location| {
        let file = Path::new(location.file()).file_name().unwrap_or_default().to_string_lossy();
        format!("{file}:{}", location.line())
    })
}

fn report(place: &str) -> String {
    let trace = Backtrace::force_capture().to_string();
    // Lines that begin with `at` are places on the machine that built it.
    let calls: Vec<&str> = trace.lines().filter(|line| !line.trim_start().starts_with("at ")).collect();
    format!(
        "LocalCoder {} on {} {} ended with an error in its own code at {place}.\n\
         This report holds no text of any file.\n\n{}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        calls.join("\n")
    )
}

fn write(folder: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    std::fs::write(folder.join(format!("crash-{seconds}-{}.txt", std::process::id())), text)?;
    let mut reports = reports(folder);
    while reports.len() > MAX_REPORTS {
        std::fs::remove_file(reports.remove(0))?;
    }
    Ok(())
}

/// The reports in a folder, the oldest first.
pub fn reports(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_report = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("crash-") && name.ends_with(".txt")
    };
    let mut reports: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_report).collect();
    reports.sort();
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_with_its_place_and_nothing_else() {
        // Other tests run in this process: the hook stays theirs, and only what this thread does is looked at.
        report_panics(None);
        let secret = "what was being edited";
        let place = guarded(|| assert!(secret.is_empty(), "{secret}")).unwrap_err();
        assert!(place.starts_with("crash.rs:") && !place.contains("edited"), "{place}");
        assert_eq!(guarded(|| 7), Ok(7));
    }

    #[test]
    fn reports_hold_the_place_and_only_the_latest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..MAX_REPORTS + 3 {
            std::fs::write(folder.path().join(format!("crash-{n:03}-1.txt")), "old").unwrap();
        }
        std::fs::write(folder.path().join("other.txt"), "kept").unwrap();
        write(folder.path(), &report("a.rs:7")).unwrap();
        let kept = reports(folder.path());
        assert_eq!(kept.len(), MAX_REPORTS);
        let text = std::fs::read_to_string(kept.last().unwrap()).unwrap();
        assert!(text.contains("a.rs:7") && !text.contains(" at /"), "{text}");
        assert!(folder.path().join("other.txt").is_file());
    }
}
