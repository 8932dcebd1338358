//! What keeps the AI going, outside of the state: the worker's breaker, what is remembered about memory, what is counted.

use std::time::SystemTime;

use super::{Effects, Outbox, unsaved};
use crate::event::Event;
use crate::supervise::{SuperviseEffect, SuperviseEvent, logfile, store};

impl Effects {
    /// Does one thing.
    pub(super) fn supervise(&self, effect: SuperviseEffect) {
        match effect {
            SuperviseEffect::Run(model, way) => self.worker.run(model, way),
            SuperviseEffect::Reask(job, way) => self.worker.reask(job, way),
            SuperviseEffect::AskDevices => self.worker.devices(),
            SuperviseEffect::Load(model) => self.worker.load(model, false),
            SuperviseEffect::Pardon(all) => self.worker.pardon(all),
            SuperviseEffect::Restore => self.worker.restore(),
            SuperviseEffect::Remember(history) => {
                if let Some(path) = self.places.memory() {
                    // What cannot be remembered is learnt again.
                    self.on(&self.own, move |_| drop(store::save(&path, &history)));
                }
            }
            SuperviseEffect::WriteLog(lines) => {
                if let Some(path) = self.places.log() {
                    // A log that cannot be written is worth no message; the panel has it.
                    self.on(&self.own, move |_| drop(logfile::append(&path, &lines, SystemTime::now())));
                }
            }
            SuperviseEffect::OpenLog => {
                if let Some(path) = self.places.log() {
                    self.on(&self.own, move |out| out.send(Event::Open(path)));
                }
            }
            SuperviseEffect::Begin => {
                let places = (self.places.memory(), self.places.unsaved(), self.places.crashes());
                let (Some(memory), Some(unsaved), Some(crashes)) = places else { return };
                self.on(&self.disk, move |out| {
                    tell(out, SuperviseEvent::Remembered(store::load(&memory)));
                    tell(out, SuperviseEvent::LeftBehind(unsaved::left(&unsaved, &crashes)));
                });
            }
            SuperviseEffect::Keep(tab, owner, rope) => self.unsaved.keep(tab, owner, rope),
            SuperviseEffect::Forget(tab) => self.unsaved.drop(tab),
            SuperviseEffect::ReadLeft(left) => self.on(&self.disk, move |out| {
                let (texts, unread) = unsaved::read(&left);
                tell(out, SuperviseEvent::Recovered(texts, unread));
            }),
            SuperviseEffect::TakeOver(left) => self.unsaved.take_over(left),
            SuperviseEffect::RemoveLeft(left) => self.on(&self.disk, move |_| unsaved::remove(&left)),
            SuperviseEffect::CountConnections => {
                self.on(&self.own, |out| {
                    tell(out, SuperviseEvent::Connections(crate::airgap::connections()));
                });
            }
        }
    }
}

/// Tells whether unsaved texts can be kept.
pub(super) fn teller(out: &Outbox) -> impl Fn(Option<String>) + Send + 'static {
    let out = out.clone();
    move |trouble| tell(&out, SuperviseEvent::Unkept(trouble))
}

fn tell(out: &Outbox, event: SuperviseEvent) {
    out.send(Event::Supervise(event));
}
