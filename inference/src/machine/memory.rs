//! What the operating system tells about memory: Linux's /proc and control groups of both versions.
//!
//! Elsewhere only the total is known, from llama.cpp's CPU device. macOS has no `MemAvailable`, no control groups and no PSI;
//! its own figures (host_statistics64, task_info, DISPATCH_SOURCE_TYPE_MEMORYPRESSURE) need calls outside `llama/`, which
//! nobody has run yet: there the budget comes from the GPU's working set and the total alone, and nothing is measured.

use std::path::{Path, PathBuf};

use ipc::protocol::Device;

use super::page_size;
use crate::residency::budget::{Gpu, MemoryReading};

/// Memory of this machine now. `devices` tell the total where the system does not.
pub fn memory(devices: &[Device]) -> MemoryReading {
    let cpu_total =
        devices.iter().find(|device| !device.gpu).map(|device| device.memory_total).filter(|t| *t > 0);
    let meminfo = read("/proc/meminfo");
    let line = |key| meminfo.as_deref().and_then(|text| kilobytes(text, key));
    MemoryReading {
        total: line("MemTotal:").or(cpu_total),
        available: line("MemAvailable:"),
        group_available: group_available().into_iter().chain(address_space_left()).min(),
        own_anonymous: statm().map_or(0, |(resident, shared)| resident.saturating_sub(shared)),
        stalled: read("/proc/pressure/memory").as_deref().and_then(stalled),
    }
}

/// The GPU that a model would be loaded on, when there is one.
pub fn gpu(devices: &[Device]) -> Option<Gpu> {
    let device = devices.iter().find(|device| device.gpu)?;
    Some(Gpu { total: device.memory_total, unified: device.unified })
}

/// Resident memory of this process in bytes; 0 where the system does not tell.
pub fn resident_bytes() -> u64 {
    statm().map_or(0, |(resident, _)| resident)
}

/// Bytes that are resident, and of them those that are mapped files or shared (proc(5): fields 2 and 3 of statm, in pages).
fn statm() -> Option<(u64, u64)> {
    let text = read("/proc/self/statm")?;
    let mut pages = text.split_ascii_whitespace().skip(1).map(|field| field.parse::<u64>().ok());
    Some((pages.next()?? * page_size(), pages.next()?? * page_size()))
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// A line of /proc/meminfo in bytes: `MemAvailable:   22234567 kB`.
fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Percent of the last ten seconds in which some task waited for memory (Documentation/accounting/psi.rst).
fn stalled(text: &str) -> Option<f32> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    some.split_ascii_whitespace().find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
}

/// What is left below the limit of this process's addresses (RLIMIT_AS), when it has one.
fn address_space_left() -> Option<u64> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current?;
    let taken = read("/proc/self/statm")?.split_ascii_whitespace().next()?.parse::<u64>().ok()?;
    Some(limit.saturating_sub(taken * page_size()))
}

/// What is left below the tightest limit of our control group and those above it.
fn group_available() -> Option<u64> {
    let own = read("/proc/self/cgroup")?;
    groups(&own).iter().filter_map(Group::available).min()
}

/// A control group with its files.
struct Group {
    folder: PathBuf,
    limit: &'static str,
    usage: &'static str,
    /// Prefix of the counters in memory.stat that include groups below.
    stat: &'static str,
}

/// Our groups, from our own to the root. Lines of /proc/self/cgroup: `0::/path` (version 2), `4:memory:/path` (version 1).
/// In a container the path may be seen from outside and not exist here; the root then is our own group.
fn groups(own: &str) -> Vec<Group> {
    own.lines()
        .filter_map(hierarchy)
        .flat_map(|(root, path, version2)| folders(root, path, version2))
        .collect()
}

fn hierarchy(line: &str) -> Option<(&'static str, &str, bool)> {
    let mut fields = line.splitn(3, ':');
    let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    match controllers {
        "" => Some(("/sys/fs/cgroup", path, true)),
        list if list.split(',').any(|name| name == "memory") => Some(("/sys/fs/cgroup/memory", path, false)),
        _ => None,
    }
}

fn folders(root: &'static str, path: &str, version2: bool) -> Vec<Group> {
    let (limit, usage, stat) = if version2 {
        ("memory.max", "memory.current", "")
    } else {
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
    };
    let group = |folder: &Path| Group { folder: folder.to_owned(), limit, usage, stat };
    let own = Path::new(root).join(path.trim_start_matches('/'));
    own.ancestors().take_while(|folder| folder.starts_with(root)).map(group).collect()
}

impl Group {
    /// Limit less usage, with the cached files that the kernel would drop. `None` without a limit: version 2 says `max`,
    /// version 1 a number beyond any memory.
    fn available(&self) -> Option<u64> {
        let number = |name: &str| read(self.folder.join(name))?.trim().parse::<u64>().ok();
        let limit = number(self.limit).filter(|limit| *limit < 1 << 60)?;
        let stat = read(self.folder.join("memory.stat")).unwrap_or_default();
        let cached = cached_files(&stat, self.stat);
        Some(limit.saturating_sub(number(self.usage)?.saturating_sub(cached)))
    }
}

fn cached_files(stat: &str, prefix: &str) -> u64 {
    let counter = |name: &str| {
        stat.lines()
            .find_map(|line| line.strip_prefix(prefix)?.strip_prefix(name)?.trim().parse::<u64>().ok())
    };
    counter("active_file ").unwrap_or(0) + counter("inactive_file ").unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_kernel_are_read_in_bytes_and_percent() {
        let meminfo = "MemTotal:       24683740 kB\nMemFree:  1 kB\nMemAvailable:   22237184 kB\n";
        assert_eq!(kilobytes(meminfo, "MemAvailable:"), Some(22_237_184 * 1024));
        assert_eq!(kilobytes(meminfo, "SwapFree:"), None);
        let psi = "some avg10=7.25 avg60=0.10 avg300=0.00 total=12\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=3\n";
        assert_eq!(stalled(psi), Some(7.25));
        assert_eq!(stalled(""), None);
    }

    #[test]
    fn control_groups_of_both_versions_are_found_up_to_their_root() {
        let found = |own: &str| -> Vec<String> {
            groups(own).iter().map(|group| group.folder.join(group.limit).display().to_string()).collect()
        };
        let v2 =
            ["/sys/fs/cgroup/a/b/memory.max", "/sys/fs/cgroup/a/memory.max", "/sys/fs/cgroup/memory.max"];
        assert_eq!(found("0::/a/b\n"), v2);
        let v1 =
            ["/sys/fs/cgroup/memory/c/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
        assert_eq!(found("5:devices:/x\n4:memory:/c\n"), v1);
    }

    #[test]
    fn a_groups_limit_less_its_usage_counts_cached_files_as_available() {
        let folder = std::env::temp_dir().join(format!("localcoder-group-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write("memory.max", "1000\n");
        write("memory.current", "700\n");
        write("memory.stat", "anon 400\nfile 300\nactive_file 100\ninactive_file 50\n");
        let group = Group { folder: folder.clone(), limit: "memory.max", usage: "memory.current", stat: "" };
        assert_eq!(group.available(), Some(450));
        write("memory.max", "max\n");
        assert_eq!(group.available(), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells_its_memory() {
        let now = memory(&[]);
        assert!(now.available.unwrap() <= now.total.unwrap());
        assert!(now.own_anonymous > 0 && resident_bytes() > now.own_anonymous);
    }
}
