//! How many bytes models may take on a device.

const GIB: u64 = 1 << 30;
/// Kept free of a machine's memory: one eighth, for earlyoom(1) begins to kill at one tenth by default, …
const RESERVE_SHARE: u64 = 8;
/// … and at most what is left to the system on a Mac (see [`on_gpu`]).
const MAX_RESERVE: u64 = 4 * GIB;

/// What the machine has, in bytes; `None` where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MemoryReading {
    /// All memory.
    pub total: Option<u64>,
    /// What could be had now without swapping, files that are cached included (`MemAvailable`).
    pub available: Option<u64>,
    /// What is left below the limit of our control group, cached files included, or below that of this process's addresses,
    /// when there is a limit.
    pub group_available: Option<u64>,
    /// Anonymous memory of this process: what would be available too if all models were unloaded. Mapped weights are cached
    /// files, so `available` counts them already.
    pub own_anonymous: u64,
    /// Share of the last ten seconds in which some task waited for memory, 0 to 100 (PSI).
    pub stalled: Option<f32>,
}

/// Memory of a GPU, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gpu {
    /// On Metal the recommended working set.
    pub total: u64,
    /// It is the machine's own memory.
    pub unified: bool,
}

/// What the system and other programs keep when models run on the CPU.
pub fn reserve(total: u64) -> u64 {
    (total / RESERVE_SHARE).min(MAX_RESERVE)
}

/// Bytes for models on the CPU: what is available to us, our own models' memory included, less the reserve. A control
/// group's limit is shared with nobody, so of that only the same share is kept for the rest of the group.
pub fn on_cpu(machine: &MemoryReading) -> u64 {
    let Some(total) = machine.total else { return 0 };
    let free = machine.available.unwrap_or(total).saturating_add(machine.own_anonymous).min(total);
    let of_machine = free.saturating_sub(reserve(total));
    let of_group = machine.group_available.map(|left| {
        let free = left.saturating_add(machine.own_anonymous);
        free.saturating_sub(reserve(free))
    });
    of_group.map_or(of_machine, |group| group.min(of_machine))
}

/// Bytes for models on a GPU: min(working set - 1 GiB, RAM - 4 GiB) where it shares the machine's memory; else its own
/// memory less 1 GiB. The figures are what LM Studio and Ollama leave on a Mac (facts on peers, autumn 2026).
pub fn on_gpu(gpu: Gpu, machine: &MemoryReading) -> u64 {
    let of_device = gpu.total.saturating_sub(GIB);
    match machine.total {
        Some(total) if gpu.unified => of_device.min(total.saturating_sub(4 * GIB)),
        _ => of_device,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linux(total: u64, available: u64) -> MemoryReading {
        MemoryReading {
            total: Some(total * GIB),
            available: Some(available * GIB),
            ..MemoryReading::default()
        }
    }

    #[test]
    fn what_others_take_is_not_ours_and_what_our_models_take_is() {
        assert_eq!(on_cpu(&linux(16, 10)), 8 * GIB);
        assert_eq!(on_cpu(&MemoryReading { own_anonymous: 3 * GIB, ..linux(16, 10) }), 11 * GIB);
        assert_eq!(on_cpu(&linux(128, 100)), 96 * GIB, "the reserve has a bound");
        assert_eq!(on_cpu(&linux(16, 1)), 0);
        assert_eq!(on_cpu(&MemoryReading::default()), 0, "what is not known is not spent");
    }

    #[test]
    fn a_control_group_bounds_the_budget() {
        let group = |left: u64| MemoryReading { group_available: Some(left * GIB), ..linux(16, 10) };
        assert_eq!(on_cpu(&group(4)), 4 * GIB - GIB / 2);
        assert_eq!(on_cpu(&group(100)), 8 * GIB);
    }

    #[test]
    fn a_mac_keeps_a_gibibyte_of_the_working_set_and_four_of_its_memory() {
        // An 18 GB M3 Pro logs a working set of 12 GiB.
        let set = Gpu { total: 12 * GIB, unified: true };
        assert_eq!(on_gpu(set, &linux(18, 0)), 11 * GIB);
        assert_eq!(on_gpu(set, &linux(8, 0)), 4 * GIB);
        assert_eq!(on_gpu(Gpu { unified: false, ..set }, &linux(8, 0)), 11 * GIB);
    }
}
