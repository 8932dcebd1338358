//! What the operating system tells about this machine: cores, other programs' load, our memory.
//!
//! Linux reads /proc. Elsewhere the load is unknown, and [`crate::threads`] goes by its own steps.

mod memory;

use std::time::{Duration, Instant};

pub use memory::{gpu, memory, resident_bytes};

/// Shortest time over which load is measured: the kernel counts in steps of 10 ms.
const WINDOW: Duration = Duration::from_millis(120);

/// Cores worth computing on: performance cores where the processor has two kinds. Read on Linux; counted by the standard
/// library elsewhere.
pub fn computing_cores() -> u32 {
    let all = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
    performance_cores().unwrap_or(all).clamp(1, all)
}

#[cfg(target_os = "linux")]
fn performance_cores() -> Option<u32> {
    // The kernel gives each core's relative speed on machines with two kinds (arch/arm64, drivers/base/arch_topology.c).
    let capacity = |core: u32| -> Option<u32> {
        let path = format!("/sys/devices/system/cpu/cpu{core}/cpu_capacity");
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    };
    let capacities: Vec<u32> = (0..).map_while(capacity).collect();
    let fastest = *capacities.iter().max()?;
    let fast = capacities.iter().filter(|c| **c * 4 >= fastest * 3).count();
    u32::try_from(fast).ok()
}

#[cfg(not(target_os = "linux"))]
fn performance_cores() -> Option<u32> {
    None
}

/// Measures how many cores other programs keep busy.
pub struct LoadMeter {
    last: Option<(Instant, Ticks)>,
    busy: Option<f32>,
}

/// Clock ticks since boot.
#[derive(Clone, Copy)]
struct Ticks {
    all_busy: u64,
    all: u64,
    ours: u64,
}

impl LoadMeter {
    /// Starts measuring.
    pub fn new() -> Self {
        LoadMeter { last: ticks().map(|t| (Instant::now(), t)), busy: None }
    }

    /// Measures from now on.
    pub fn restart(&mut self) {
        *self = LoadMeter::new();
    }

    /// Cores kept busy by other programs over the last moment; `None` where the system does not tell.
    pub fn others(&mut self) -> Option<f32> {
        let (since, before) = self.last?;
        if since.elapsed() >= WINDOW {
            let now = ticks()?;
            self.busy = busy_cores(before, now);
            self.last = Some((Instant::now(), now));
        }
        self.busy
    }
}

impl Default for LoadMeter {
    fn default() -> Self {
        LoadMeter::new()
    }
}

fn busy_cores(before: Ticks, now: Ticks) -> Option<f32> {
    let all = now.all.checked_sub(before.all).filter(|all| *all > 0)?;
    let busy =
        now.all_busy.saturating_sub(before.all_busy).saturating_sub(now.ours.saturating_sub(before.ours));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Some(busy as f32 / all as f32 * cores as f32)
}

/// Reads /proc/stat (first line: user nice system idle iowait irq softirq steal …) and /proc/self/stat (fields 14, 15:
/// user and system time of all threads), see proc(5).
#[cfg(target_os = "linux")]
fn ticks() -> Option<Ticks> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> = stat
        .lines()
        .next()?
        .split_ascii_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|f| f.parse().ok())
        .collect();
    let all: u64 = fields.iter().sum();
    let idle: u64 = fields.get(3..5)?.iter().sum();
    let own = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the program's name in parentheses, may contain spaces.
    let after_name = own.rsplit_once(')')?.1;
    let times: Vec<u64> =
        after_name.split_ascii_whitespace().skip(11).take(2).filter_map(|f| f.parse().ok()).collect();
    Some(Ticks { all_busy: all - idle, all, ours: times.iter().sum() })
}

#[cfg(not(target_os = "linux"))]
fn ticks() -> Option<Ticks> {
    None
}

#[cfg(unix)]
fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

#[cfg(not(unix))]
fn page_size() -> u64 {
    4096
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_of_others_is_what_is_busy_less_our_own() {
        let before = Ticks { all_busy: 100, all: 1000, ours: 50 };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as f32;
        let now = Ticks { all_busy: 150, all: 1100, ours: 75 };
        assert_eq!(busy_cores(before, now), Some(0.25 * cores));
        assert_eq!(busy_cores(before, before), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn our_own_work_is_not_taken_for_others() {
        let mut meter = LoadMeter::new();
        let (_, before) = meter.last.unwrap();
        let start = Instant::now();
        let mut sum = 0u64;
        // However busy the machine is, a tenth of a second of our own comes in this time.
        while ticks().unwrap().ours - before.ours < 10 {
            assert!(start.elapsed() < Duration::from_secs(20), "our own ticks are not counted");
            for _ in 0..1_000_000 {
                sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(1));
            }
        }
        std::thread::sleep(WINDOW);
        assert!(meter.others().is_some());
        assert!(resident_bytes() > 0);
    }
}
