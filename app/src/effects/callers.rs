//! Other starts of the editor that hand files to this window: heard at its door, answered once the window has dealt with them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use ground::ids::CallerId;
use parking_lot::Mutex;

use super::Outbox;
use crate::door::{Caller, CallerAnswer, Door, DoorSign};
use crate::event::Event;

/// Most callers that are waited with at a time; more go their own way.
const MAX_CALLERS: usize = 64;

/// Who is being dealt with, and whether its files were taken.
type Waiting = Arc<Mutex<HashMap<CallerId, (Caller, bool)>>>;

/// The door of this window, and who stands before it.
#[derive(Default)]
pub struct Callers {
    sign: Mutex<Option<DoorSign>>,
    waiting: Waiting,
}

impl Callers {
    /// Listens from now on. Without a thread for it this window is not found.
    pub fn listen(&self, door: Door, outbox: &Outbox) {
        let (waiting, outbox, last) = (Arc::clone(&self.waiting), outbox.clone(), AtomicU64::new(0));
        let take = move |mut caller: Caller| {
            let id = CallerId(last.fetch_add(1, Relaxed));
            let asked = caller.asked.clone();
            let mut waiting = waiting.lock();
            if waiting.len() >= MAX_CALLERS {
                return caller.answer(CallerAnswer::Refused);
            }
            waiting.insert(id, (caller, false));
            drop(waiting);
            outbox.send(Event::Asked(id, asked));
        };
        *self.sign.lock() = door.serve(take).ok();
    }

    /// Tells a caller. One that waits for no more is let go.
    pub fn answer(&self, id: CallerId, answer: CallerAnswer) {
        let mut waiting = self.waiting.lock();
        let Some((caller, is_taken)) = waiting.get_mut(&id) else { return };
        caller.answer(answer);
        *is_taken = true;
        if answer != CallerAnswer::Taken || !caller.asked.waits {
            waiting.remove(&id);
        }
    }

    /// The window came to the front.
    pub fn in_front(&self) {
        if let Some(sign) = &*self.sign.lock() {
            sign.touch();
        }
    }

    /// The window closes: nobody finds it any more, who waits for files waits no more, and who was not dealt with goes its own way.
    pub fn end(&self) {
        self.sign.lock().take();
        for (_, (mut caller, is_taken)) in self.waiting.lock().drain() {
            caller.answer(if is_taken { CallerAnswer::Closed } else { CallerAnswer::Refused });
        }
    }
}
