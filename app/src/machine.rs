//! What this machine has for models, and how each of them would run on it: the same numbers in the window and without one.

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use models::catalog::CatalogEntry;
use models::fit::{self, FitVerdict, LoadPlan, MIN_CONTEXT, MachineMemory, Recommendation};
use models::gguf::Header;
use models::repack::Layout;

use crate::speed::{Rates, Speed};

/// The context that a model is offered with when nobody asks for another.
pub const CONTEXT: u32 = 8_192;
/// Bytes that each thread copies to measure the memory: beyond any cache.
const COPIED: usize = 32 << 20;
/// The best of this many copies counts; the first one only touches the pages.
const COPIES: usize = 4;

/// So many times the memory is measured.
const MEASUREMENTS: usize = 4;

/// Memory and its speed.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// In bytes.
    pub memory: MachineMemory,
    /// Bytes of weights that can be gone through in a second.
    pub bandwidth: u64,
    /// What answers reached.
    pub rates: Rates,
}

impl Machine {
    /// This machine, now. `reclaimable`: bytes of the models that are loaded; `rates`: of earlier answers. Each of the first calls
    /// takes a tenth of a second.
    pub fn here(reclaimable: u64, rates: Rates) -> Machine {
        processor();
        let (available, total) = memory().unwrap_or_default();
        // macOS gives its GPU two thirds of a small machine's memory and three quarters of a large one's.
        let working_set = if total > 36 * fit::GIB { total / 4 * 3 } else { total / 3 * 2 };
        let gpu_working_set = cfg!(target_os = "macos").then_some(working_set);
        let memory = MachineMemory { total, available, gpu_working_set, reclaimable };
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        let computed = if gpu_working_set.is_some() { u64::MAX } else { cores * per_core() };
        Machine { memory, bandwidth: best_bandwidth().min(computed), rates }
    }

    /// How fast a catalogue's model would be.
    pub fn speed_entry(&self, entry: &CatalogEntry) -> Speed {
        self.rates.of(&entry.id, entry.size as f64, self.bandwidth)
    }

    /// The same for a file whose header was read, with little in its context.
    pub fn speed_header(&self, id: &str, header: &Header) -> Speed {
        self.rates.of(id, fit::bytes_per_token(header, 0), self.bandwidth)
    }

    /// How a catalogue's model would be loaded: with the context wanted, or the largest half of it that fits.
    pub fn fit_entry(&self, entry: &CatalogEntry, context: u32) -> Recommendation {
        let judged = |context| {
            let load = self.load(context);
            let need = fit::predict_entry(entry, load);
            Recommendation { load, need, verdict: fit::judge(need, self.memory) }
        };
        let mut best = judged(context.min(entry.context));
        while matches!(best.verdict, FitVerdict::DoesNotFit { .. }) && best.load.context / 2 >= MIN_CONTEXT {
            best = judged(best.load.context / 2);
        }
        best
    }

    /// The same for a file whose header was read.
    pub fn fit_header(&self, header: &Header, context: u32) -> Recommendation {
        fit::recommended(header, self.memory, self.load(context))
    }

    /// As the worker loads: on a GPU weights stay as they are, on a CPU they are copied into its own layout.
    fn load(&self, context: u32) -> LoadPlan {
        let layout = if self.memory.gpu_working_set.is_some() { Layout::Mapped } else { Layout::here() };
        LoadPlan { context, layout, ..LoadPlan::default() }
    }
}

/// The best bandwidth that was measured since the start. It is measured again a few times, for whatever else the machine did at the
/// first may have slowed it down.
fn best_bandwidth() -> u64 {
    static BEST: AtomicU64 = AtomicU64::new(0);
    static MEASURED: AtomicUsize = AtomicUsize::new(0);
    if MEASURED.fetch_add(1, Ordering::Relaxed) < MEASUREMENTS {
        let now = bandwidth();
        return BEST.fetch_max(now, Ordering::Relaxed).max(now);
    }
    BEST.load(Ordering::Relaxed)
}

/// Bytes of weights that one core of a processor computes with in a second, at most (docs/bench.md, two cores of a server of 2024): with
/// our kernels 10.6 tokens/s of a 4.7 GB file, with ggml's 28 tokens/s of a 1.1 GB file. Memory may be slower.
fn per_core() -> u64 {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx512vnni") {
        return 25_000_000_000;
    }
    16_000_000_000
}

/// Name of the processor, and threads that it runs at once. Asked once.
pub fn processor() -> (&'static str, usize) {
    static NAME: OnceLock<String> = OnceLock::new();
    let name = NAME.get_or_init(|| {
        let linux = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| processor_name(&text));
        let mac = || ask("sysctl", &["-n", "machdep.cpu.brand_string"]).map(|name| name.trim().to_owned());
        linux.or_else(mac).unwrap_or_else(|| std::env::consts::ARCH.to_owned())
    });
    (name, std::thread::available_parallelism().map_or(1, usize::from))
}

fn processor_name(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Available and total bytes of memory; `None` where the system does not tell.
pub fn memory() -> Option<(u64, u64)> {
    match std::fs::read_to_string("/proc/meminfo") {
        Ok(text) => Some((kib(&text, "MemAvailable:")? * 1024, kib(&text, "MemTotal:")? * 1024)),
        Err(_) => {
            let total = ask("sysctl", &["-n", "hw.memsize"])?.trim().parse().ok()?;
            Some((vm_stat(&ask("vm_stat", &[])?).unwrap_or(total), total))
        }
    }
}

fn kib(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key))?.split_ascii_whitespace().next()?.parse().ok()
}

fn ask(program: &str, args: &[&str]) -> Option<String> {
    String::from_utf8(Command::new(program).args(args).output().ok()?.stdout).ok()
}

/// Bytes that macOS can give without swapping: free, inactive, speculative and purgeable pages.
fn vm_stat(text: &str) -> Option<u64> {
    let size: u64 = text.split("page size of ").nth(1)?.split(' ').next()?.parse().ok()?;
    let pages = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.trim().trim_end_matches('.').parse::<u64>().ok()).unwrap_or(0)
    };
    let keys = ["Pages free:", "Pages inactive:", "Pages speculative:", "Pages purgeable:"];
    Some(keys.into_iter().map(pages).sum::<u64>() * size)
}

/// Bytes a second that all threads together read and write when they copy; decoding is bound by it.
fn bandwidth() -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let run = || {
        let (from, mut to) = (vec![1_u8; COPIED], vec![0_u8; COPIED]);
        let copies = (0..COPIES).map(|_| {
            let began = Instant::now();
            to.copy_from_slice(&from);
            std::hint::black_box(&mut to);
            began.elapsed().as_secs_f64()
        });
        2.0 * COPIED as f64 / copies.fold(f64::MAX, f64::min)
    };
    let all = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        started.into_iter().filter_map(|thread| thread.join().ok()).sum::<f64>()
    });
    all as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::catalog;

    fn machine(gib: u64) -> Machine {
        let total = gib * fit::GIB;
        let memory = MachineMemory { total, available: total, gpu_working_set: None, reclaimable: 0 };
        Machine { memory, bandwidth: 10 << 30, rates: Rates::default() }
    }

    #[test]
    fn the_context_shrinks_until_the_model_fits() {
        let catalog = catalog::builtin().unwrap();
        let heavy = catalog.get("qwen2.5-coder-14b-instruct-q4_k_m").unwrap();
        let roomy = machine(32).fit_entry(heavy, CONTEXT);
        assert_eq!((roomy.load.context, roomy.verdict), (CONTEXT, FitVerdict::Fits));
        let tight = machine(12).fit_entry(heavy, CONTEXT);
        assert!(tight.load.context < CONTEXT && !matches!(tight.verdict, FitVerdict::DoesNotFit { .. }));
        let hopeless = machine(4).fit_entry(heavy, CONTEXT);
        assert!(matches!(hopeless.verdict, FitVerdict::DoesNotFit { .. }));
    }

    #[test]
    fn what_the_systems_say_is_read() {
        assert_eq!(
            processor_name("processor : 0\nmodel name\t: A Chip @ 3 GHz\n").as_deref(),
            Some("A Chip @ 3 GHz")
        );
        assert_eq!(kib("MemTotal:  8 kB\nMemAvailable:    5 kB\n", "MemAvailable:"), Some(5));
        let text = "Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free:   2.\nPages active: 9.\n\
                    Pages inactive:  3.\n";
        assert_eq!(vm_stat(text), Some(5 * 16384));
        assert!(Machine::here(0, Rates::default()).bandwidth > 1 << 28);
    }
}
