//! What keeps the AI going, outside of the state: the worker's breaker, what is remembered about memory, the log, and texts that
//! are kept because they are not saved.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use super::{Effects, Outbox, unsaved};
use crate::event::Event;
use crate::features::activity::{ActivityEffect, ActivityEvent, HostConnections, logfile};
use crate::features::health::{HealthEffect, HealthEvent};
use crate::features::recovery::{RecoveryEffect, RecoveryEvent};
use crate::workspace::health::store;

impl Effects {
    /// Does one thing for the AI to go on.
    pub(super) fn health(&self, effect: HealthEffect) {
        match effect {
            HealthEffect::Run(model, way) => self.worker.run(model, way),
            HealthEffect::Reask(job, way) => self.worker.reask(job, way),
            HealthEffect::Load(model) => self.worker.load(model, false),
            HealthEffect::Pardon(all) => self.worker.pardon(all),
            HealthEffect::Restore => self.worker.restore(),
            HealthEffect::Remember(history) => {
                if let Some(path) = self.places.memory() {
                    // What cannot be remembered is learnt again.
                    self.on(&self.own, move |_| drop(store::save(&path, &history)));
                }
            }
            HealthEffect::Begin => {
                let places = (self.places.memory(), self.places.unsaved(), self.places.crashes());
                let (Some(memory), Some(unsaved), Some(crashes)) = places else { return };
                self.on(&self.disk, move |out| {
                    out.send(Event::Health(HealthEvent::Remembered(store::load(&memory))));
                    let left = unsaved::left(&unsaved, &crashes);
                    out.send(Event::Recovery(RecoveryEvent::LeftBehind(left)));
                });
            }
        }
    }

    /// Writes or opens the log.
    pub(super) fn activity(&self, effect: ActivityEffect) {
        let Some(path) = self.places.log() else { return };
        match effect {
            // A log that cannot be written is worth no message; the page has it.
            ActivityEffect::WriteLog(lines) => {
                self.on(&self.own, move |_| drop(logfile::append(&path, &lines, SystemTime::now())));
            }
            ActivityEffect::OpenLog => self.on(&self.own, move |out| out.send(Event::Open(path))),
            ActivityEffect::ReadLedger => self.on(&self.own, |out| {
                let text = crate::airgap::ledger_text().map_err(Arc::new);
                out.send(Event::Activity(ActivityEvent::LedgerRead(text)));
            }),
        }
    }

    /// Counts the connections so far.
    pub(super) fn count_connections(&self) {
        self.on(&self.own, |out| {
            let hosts = HostConnections::count(&crate::airgap::connections());
            out.send(Event::Activity(ActivityEvent::Connections(hosts)));
        });
    }

    /// Keeps a text, or takes back what is kept.
    pub(super) fn recovery(&self, effect: RecoveryEffect) {
        match effect {
            RecoveryEffect::Keep(tab, owner, rope) => self.unsaved.keep(tab, owner, rope),
            RecoveryEffect::Forget(tab) => self.unsaved.drop(tab),
            RecoveryEffect::PutAside => {
                let out = self.outbox.clone();
                self.unsaved.put_aside(move |done| out.send(Event::Recovery(RecoveryEvent::IsAside(done))));
            }
            RecoveryEffect::ReadLeft(left) => self.on(&self.disk, move |out| {
                let (texts, unread) = unsaved::read(&left);
                out.send(Event::Recovery(RecoveryEvent::Recovered(texts, unread)));
            }),
            RecoveryEffect::TakeOver(left) => self.unsaved.take_over(left),
            RecoveryEffect::RemoveLeft(left) => self.on(&self.disk, move |_| unsaved::remove(&left)),
        }
    }
}

/// Tells whether unsaved texts can be kept.
pub(super) fn teller(out: &Outbox) -> impl Fn(Option<Arc<io::Error>>) + Send + 'static {
    let out = out.clone();
    move |trouble| out.send(Event::Recovery(RecoveryEvent::Unkept(trouble)))
}
