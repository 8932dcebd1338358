//! The memory of an engine's models: what they may take, what goes to make room for another, and what is given up when the machine
//! runs short. [`crate::residency`] decides, this does it.

use std::time::Duration;

use ipc::protocol::{Failure, FailureKind, KvType, ModelRef, RunProfile};

use super::running::{Room, RunPlan};
use super::{Held, LlamaEngine};
use crate::{
    llama, machine,
    residency::{
        self, Decision, Pool, Resident, ResidentKey,
        budget::{self, MemoryReading},
        pressure::{self, PressureStep},
        size,
    },
};

impl LlamaEngine {
    pub(super) fn memory(&self) -> MemoryReading {
        machine::memory(&self.devices)
    }

    /// Bytes of the machine's memory that models may take now; `gpu`: where a model would run on a GPU.
    pub(super) fn budget(&self, machine: &MemoryReading, gpu: bool) -> u64 {
        let unified = machine::gpu(&self.devices).filter(|device| gpu && device.unified);
        let computed = || unified.map_or_else(|| budget::on_cpu(machine), |gpu| budget::on_gpu(gpu, machine));
        self.fixed.machine.unwrap_or_else(|| computed().saturating_sub(self.lost))
    }

    /// Bytes of a GPU's own memory that models may take.
    pub(super) fn gpu_budget(&self, machine: &MemoryReading) -> u64 {
        let own = machine::gpu(&self.devices).filter(|device| !device.unified);
        let computed = || own.map_or(0, |gpu| budget::on_gpu(gpu, machine));
        self.fixed.gpu.unwrap_or_else(computed)
    }

    /// What the GPU offers, all idle models unloaded.
    pub(super) fn room(&self) -> Room {
        match machine::gpu(&self.devices) {
            None => Room::NoGpu,
            Some(gpu) if gpu.unified => Room::Unified,
            Some(_) => {
                let busy = self.held.iter().filter(|held| held.account.busy);
                let taken: u64 = busy.map(|held| held.account.on_gpu).sum();
                Room::Own(self.gpu_budget(&self.memory()).saturating_sub(taken))
            }
        }
    }

    /// Makes room for `needed` bytes, or says why there is none. `replaced` goes in any case, once it is clear that the new
    /// one may come.
    pub(super) fn make_room(
        &mut self,
        model: &ModelRef,
        needed: u64,
        plan: &RunPlan,
        replaced: Option<ResidentKey>,
        profile: &RunProfile,
    ) -> Result<(), Failure> {
        let memory = self.memory();
        let anyway = profile.load_anyway;
        let mut others = self.accounts();
        others.retain(|account| Some(account.key) != replaced);
        let mut evicted = Vec::new();
        for (pool, needed, budget) in [
            (Pool::Gpu, plan.on_gpu(), self.gpu_budget(&memory)),
            (Pool::Machine, needed.saturating_sub(plan.on_gpu()), self.budget(&memory, plan.gpu())),
        ] {
            let mut parts: Vec<Resident> = others.iter().map(|account| account.part_in(pool)).collect();
            if profile.background {
                residency::stand_back(&mut parts);
            }
            let keys = match residency::decide(needed, &parts, budget) {
                Decision::Fits => Vec::new(),
                Decision::EvictFirst(keys) => keys,
                Decision::Refuse(_) if anyway => others.iter().map(|account| account.key).collect(),
                Decision::Refuse(refusal) => {
                    let text = format!("The model {} is not loaded: {refusal}", model.id);
                    return Err(Failure::new(FailureKind::OutOfMemory, text));
                }
            };
            others.retain(|account| !keys.contains(&account.key));
            evicted.extend(keys.into_iter().map(|key| (key, needed, budget)));
        }
        if let Some(key) = replaced {
            self.drop_model(key);
        }
        for (key, needed, budget) in evicted {
            let Some((id, freed)) = self.drop_model(key) else { continue };
            let (freed, needed, budget) = (size(freed), size(needed), size(budget));
            self.notes.push(format!(
                "Unloaded {id} ({freed} freed) to make room for {}, which needs {needed} of the {budget} that models may take.",
                model.id
            ));
        }
        Ok(())
    }

    /// Frees one model and measures what came back: its id and the bytes freed. What did not come back is taken off the
    /// budget.
    pub(super) fn drop_model(&mut self, key: ResidentKey) -> Option<(String, u64)> {
        let before = machine::resident_bytes();
        let mut held = self.held.remove(self.position(key)?);
        let id = held.account.id;
        held.run.persist();
        drop(held.run);
        self.freed();
        Some((id, before.saturating_sub(machine::resident_bytes())))
    }

    /// Accounts for what was just freed.
    pub(super) fn freed(&mut self) {
        llama::give_back_freed();
        let expected = self.held.iter().map(|held| held.account.measured).sum::<u64>() + self.empty_bytes;
        self.lost = machine::resident_bytes().saturating_sub(expected);
        self.changed = true;
    }

    pub(super) fn unload_idle(&mut self) {
        for key in residency::idle_too_long(&self.accounts(), self.started.elapsed()) {
            let time = self.position(key).and_then(|at| self.held[at].account.idle_after).unwrap_or_default();
            let Some((id, freed)) = self.drop_model(key) else { continue };
            self.notes.push(format!(
                "Unloaded {id} ({} freed) after {} without a request.",
                size(freed),
                spell(time)
            ));
        }
    }

    pub(super) fn relieve(&mut self) {
        loop {
            let machine = self.memory();
            let gpu = self.held.iter().any(|held| held.run.options().gpu);
            let insisted = self.held.iter().any(|held| held.run.profile.load_anyway);
            let budget = if insisted { u64::MAX } else { self.budget(&machine, gpu) };
            let slack = if self.fixed.machine.is_some() {
                0
            } else {
                budget::reserve(machine.total.unwrap_or(0)) / 2
            };
            let accounts: Vec<Resident> =
                self.accounts().iter().map(|account| account.part_in(Pool::Machine)).collect();
            let used = residency::used(&accounts);
            let Some(why) = self.watch.pressure(self.started.elapsed(), &machine, used, budget, slack) else {
                return;
            };
            let Some(step) = pressure::relieve(&accounts) else { return };
            let Some(id) =
                accounts.into_iter().find(|account| account.key == step.key()).map(|account| account.id)
            else {
                return;
            };
            self.apply(&step);
            self.notes.push(format!("{}: {why}.", step.tell(&id)));
        }
    }

    fn apply(&mut self, step: &PressureStep) {
        match step {
            PressureStep::Drop { key, .. } | PressureStep::Unload { key, .. } => {
                self.drop_model(*key);
            }
            PressureStep::QuantiseKv { key, frees } => {
                self.reshape(*key, *frees, |_, context| (KvType::Q8, context));
            }
            PressureStep::ShrinkContext { key, to, frees, .. } => {
                self.reshape(*key, *frees, |kv, _| (kv, *to));
            }
        }
    }

    /// Makes a model's KV cache smaller; the prompt that it held is computed again when it is needed.
    fn reshape(&mut self, key: ResidentKey, frees: u64, shape: impl FnOnce(KvType, u32) -> (KvType, u32)) {
        let Some(at) = self.position(key) else { return };
        let Held { mut account, mut calibrated_as, run } = self.held.remove(at);
        let before = machine::resident_bytes();
        (account.kv, account.context) = shape(account.kv, account.context);
        account.need.kv = account.need.kv.saturating_sub(frees);
        (calibrated_as.q8, calibrated_as.context) = (account.kv == KvType::Q8, account.context);
        match run.reshaped(account.kv, account.context) {
            Ok(run) => {
                let freed = before.saturating_sub(machine::resident_bytes()).max(frees);
                account.measured = account.measured.saturating_sub(freed);
                self.held.insert(at, Held { account, calibrated_as, run });
            }
            Err(error) => self
                .notes
                .push(format!("Unloaded {}: its smaller context was refused ({error}).", account.id)),
        }
        self.freed();
    }
}

fn spell(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} minutes", seconds / 60),
    }
}
