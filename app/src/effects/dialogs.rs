//! The system's dialogs for files and folders, each on a thread of its own, for a person may look through folders as long as they like.
//!
//! On Linux they come from the desktop portal, another program that is reached over the session's bus. Where there is no bus or no
//! portal nothing is asked of it, so that nobody waits for an answer that never comes. A dialog that ends before anybody could have
//! seen it was none.

use std::future::Future;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rfd::{AsyncFileDialog, FileHandle};

use super::Outbox;
use crate::event::Event;
use crate::workspace::{PathPurpose, PathWish, PickedPaths};

/// Nobody closes a dialog sooner.
const SEEN: Duration = Duration::from_millis(300);

/// What dialogs of this window are made from.
#[derive(Default)]
pub struct Dialogs(Mutex<Option<AsyncFileDialog>>);

/// Paths, once somebody has chosen them.
type Picking = Pin<Box<dyn Future<Output = Option<Vec<PathBuf>>> + Send>>;

impl Dialogs {
    /// Dialogs are made from this one, which knows the window.
    pub fn offer(&self, of_window: AsyncFileDialog) {
        *self.0.lock() = Some(of_window);
    }

    /// Shows a dialog. Called on the thread of the window, where some systems want it.
    pub fn pick(&self, wish: PathWish, outbox: &Outbox) {
        let Some(dialog) = self.0.lock().clone() else {
            return outbox.send(Event::PathPicked(wish, PickedPaths::NoDialog));
        };
        let (picking, outbox) = (begin(dialog, &wish), outbox.clone());
        let (back, then) = (wish.clone(), outbox.clone());
        let shown = thread::Builder::new().name("file dialog".to_owned()).spawn(move || {
            let began = Instant::now();
            let picked = match wait(picking).filter(|paths| !paths.is_empty()) {
                Some(paths) => PickedPaths::Chosen(paths),
                None if began.elapsed() < SEEN => PickedPaths::NoDialog,
                None => PickedPaths::Nothing,
            };
            outbox.send(Event::PathPicked(wish, picked));
        });
        if shown.is_err() {
            then.send(Event::PathPicked(back, PickedPaths::NoDialog));
        }
    }
}

fn begin(dialog: AsyncFileDialog, wish: &PathWish) -> Picking {
    let dialog = dialog.set_title(wish.wish.title()).set_directory(&wish.folder);
    let one = |file: Option<FileHandle>| file.map(|file| vec![file.path().to_owned()]);
    match wish.wish {
        PathPurpose::OpenFile => {
            let files = dialog.pick_files();
            Box::pin(async move {
                files.await.map(|files| files.iter().map(|file| file.path().to_owned()).collect())
            })
        }
        PathPurpose::OpenFolder | PathPurpose::AddFolder => {
            let folder = dialog.pick_folder();
            Box::pin(async move { one(folder.await) })
        }
        PathPurpose::ImportModel => {
            let file = dialog.add_filter("Models (GGUF)", &["gguf"]).pick_file();
            Box::pin(async move { one(file.await) })
        }
        PathPurpose::Compare(_) => {
            let file = dialog.pick_file();
            Box::pin(async move { one(file.await) })
        }
        PathPurpose::Save(_) => {
            let file = dialog.set_file_name(wish.name.clone().unwrap_or_default()).save_file();
            Box::pin(async move { one(file.await) })
        }
    }
}

/// Wakes a thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for what comes, on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut context, mut future) = (Context::from_waker(&waker), pin!(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// Has this system dialogs that answer?
#[cfg(not(target_os = "linux"))]
pub fn are_there() -> bool {
    true
}

#[cfg(target_os = "linux")]
pub use self::portal::are_there;

#[cfg(target_os = "linux")]
mod portal {
    use std::ffi::OsString;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The file that has the portal started when it is asked.
    const SERVICE: &str = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    /// The files that say what the portals of desktops can do.
    const PORTALS: &str = "xdg-desktop-portal/portals";
    /// What one of them must be able to do.
    const CHOOSER: &str = "org.freedesktop.impl.portal.FileChooser";
    /// Such a file is a few lines.
    const MAX_BYTES: u64 = 64 << 10;

    /// Has this system dialogs that answer?
    pub fn are_there() -> bool {
        look(&|name| std::env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn look(variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
        let run_time = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        let has_bus = variable("DBUS_SESSION_BUS_ADDRESS").is_some()
            || run_time.is_some_and(|folder| folder.join("bus").exists());
        let own = variable("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/share")));
        let shared = variable("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
        let folders: Vec<PathBuf> = own.into_iter().chain(std::env::split_paths(&shared)).collect();
        has_bus
            && folders.iter().any(|folder| folder.join(SERVICE).exists())
            && folders.iter().any(|folder| has_chooser(&folder.join(PORTALS)))
    }

    fn has_chooser(folder: &Path) -> bool {
        let says = |path: &Path| {
            editor_core::regular::read(path, MAX_BYTES)
                .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(CHOOSER))
        };
        fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(|entry| says(&entry.path())))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_dialog_is_asked_for_only_where_a_bus_and_a_portal_that_chooses_files_are() {
            let folder = tempfile::tempdir().unwrap();
            let (run_time, data) = (folder.path().join("run"), folder.path().join("data"));
            let found = |bus: Option<&str>| {
                look(&|name| match name {
                    "XDG_RUNTIME_DIR" => Some(run_time.clone().into()),
                    "XDG_DATA_HOME" => Some(data.clone().into()),
                    "XDG_DATA_DIRS" => Some(folder.path().join("none").into()),
                    "DBUS_SESSION_BUS_ADDRESS" => bus.map(Into::into),
                    _ => None,
                })
            };
            fs::create_dir_all(data.join("dbus-1/services")).unwrap();
            fs::create_dir_all(data.join(PORTALS)).unwrap();
            fs::create_dir(&run_time).unwrap();
            fs::write(data.join(SERVICE), "").unwrap();
            fs::write(
                data.join(PORTALS).join("some.portal"),
                "Interfaces=org.freedesktop.impl.portal.Print\n",
            )
            .unwrap();
            assert!(!found(Some("unix:path=/x")), "none of the portals chooses files");
            fs::write(data.join(PORTALS).join("gtk.portal"), format!("Interfaces=a;{CHOOSER};b\n")).unwrap();
            assert!(found(Some("unix:path=/x")));
            assert!(!found(None), "there is no bus");
            fs::write(run_time.join("bus"), "").unwrap();
            assert!(found(None));
            fs::remove_file(data.join(SERVICE)).unwrap();
            assert!(!found(None), "nothing would start the portal");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_another_thread_is_waited_for() {
        let shared: Arc<Mutex<(Option<u8>, Option<Waker>)>> = Arc::default();
        let theirs = Arc::clone(&shared);
        let future = std::future::poll_fn(move |context| {
            let mut shared = shared.lock();
            shared.1 = Some(context.waker().clone());
            shared.0.take().map_or(Poll::Pending, Poll::Ready)
        });
        let sends = thread::spawn(move || {
            loop {
                let mut shared = theirs.lock();
                if let Some(waker) = shared.1.take() {
                    shared.0 = Some(7);
                    return waker.wake();
                }
                drop(shared);
                thread::yield_now();
            }
        });
        assert_eq!(wait(future), 7);
        sends.join().unwrap();
    }

    #[test]
    fn without_a_window_to_belong_to_there_is_no_dialog() {
        let (outbox, inbox) = Outbox::new(|| ());
        let wish = PathWish { wish: PathPurpose::OpenFile, folder: "/".into(), name: None };
        Dialogs::default().pick(wish.clone(), &outbox);
        let event = inbox.try_recv().unwrap();
        assert!(matches!(event, Event::PathPicked(back, PickedPaths::NoDialog) if back == wish));
    }
}
