//! The thread that parses: the newest text of each document, one after the other.

use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use ropey::Rope;

use super::SyntaxTree;
use crate::{buffer::Revision, language::Language};

/// A text to parse.
#[derive(Clone, Debug)]
pub struct ParseRequest {
    /// Which document: comes back with the tree. A newer request for it replaces or cancels the older.
    pub document: u64,
    /// The text.
    pub rope: Rope,
    /// Its revision.
    pub revision: Revision,
    /// Its language.
    pub language: Language,
    /// The tree before, mapped through the edits since.
    pub old: Option<SyntaxTree>,
}

impl ParseRequest {
    fn key(&self) -> Key {
        (self.document, self.revision, self.language)
    }
}

type Key = (u64, Revision, Language);

#[derive(Debug, Default)]
struct State {
    /// One request a document at most.
    waiting: Vec<ParseRequest>,
    running: Option<Key>,
    cancel: Arc<AtomicBool>,
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    /// The state is whole between any two statements, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a request. `None` when the owner is gone.
    fn take(&self) -> Option<(ParseRequest, Arc<AtomicBool>)> {
        let mut state = self.state();
        state.running = None;
        while state.waiting.is_empty() && !state.is_closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_closed {
            return None;
        }
        let request = state.waiting.remove(0);
        state.running = Some(request.key());
        state.cancel = Arc::default();
        Some((request, state.cancel.clone()))
    }
}

/// The thread that parses. Dropping it cancels the running parse and ends the thread.
#[derive(Debug)]
pub struct SyntaxThread {
    shared: Arc<Shared>,
}

impl SyntaxThread {
    /// Starts the thread. `publish` is called on it with the document and its tree, and should wake the window.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spawn(mut publish: impl FnMut(u64, SyntaxTree) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let end = shared.clone();
        thread::Builder::new().name("syntax".to_owned()).spawn(move || {
            while let Some((request, cancel)) = end.take() {
                let ParseRequest { document, rope, revision, language, old } = request;
                if let Some(tree) = SyntaxTree::parse(language, &rope, revision, old.as_ref(), &cancel) {
                    publish(document, tree);
                }
            }
        })?;
        Ok(Self { shared })
    }

    /// Parses this, instead of an older revision of the same document. What is already under way is not begun anew.
    pub fn request(&self, request: ParseRequest) {
        let mut state = self.shared.state();
        let key = request.key();
        if state.running == Some(key) || state.waiting.iter().any(|waiting| waiting.key() == key) {
            return;
        }
        if state.running.is_some_and(|running| running.0 == request.document) {
            state.cancel.store(true, Ordering::Relaxed);
        }
        state.waiting.retain(|waiting| waiting.document != request.document);
        state.waiting.push(request);
        self.shared.changed.notify_one();
    }
}

impl Drop for SyntaxThread {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.is_closed = true;
        state.cancel.store(true, Ordering::Relaxed);
        self.shared.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    fn request(document: u64, revision: u64, text: &str) -> ParseRequest {
        let (rope, language) = (Rope::from_str(text), Language::Rust);
        ParseRequest { document, rope, revision: Revision(revision), language, old: None }
    }

    #[test]
    fn the_newest_text_of_each_document_is_parsed() {
        let (send, receive) = mpsc::channel();
        let publish = move |document, tree: SyntaxTree| {
            send.send((document, tree.revision())).ok();
        };
        let thread = SyntaxThread::spawn(publish).unwrap();
        let long = "fn a() { b(); }\n".repeat(50_000);
        for revision in 1..=5 {
            thread.request(request(1, revision, &long));
            thread.request(request(2, revision, "fn a() {}"));
        }
        let mut newest = [Revision(0); 2];
        while newest != [Revision(5); 2] {
            let (document, revision) = receive.recv_timeout(Duration::from_secs(60)).unwrap();
            assert!(newest[document as usize - 1] < revision);
            newest[document as usize - 1] = revision;
        }
        drop(thread);
        assert!(receive.recv_timeout(Duration::from_secs(60)).is_err(), "the thread has ended");
    }
}
