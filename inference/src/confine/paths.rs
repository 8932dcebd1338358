//! Which files a confined worker may read and write: Landlock, in the best version that the running kernel has.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, RestrictionStatus,
    Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};

use super::Keeps;

/// The newest version whose rights we know; older kernels hold to fewer of them.
const KNOWN: ABI = ABI::V9;

/// What a worker computes by: its own figures, those of the machine, and those of its control groups.
const READ: [&str; 7] = [
    "/proc/self",
    "/proc/stat",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/proc/pressure/memory",
    "/sys/devices/system",
    "/sys/fs/cgroup",
];
/// What a GPU's driver is made of and set up with: libraries, lists of drivers, what is known of buses and devices.
const READ_BY_DRIVERS: [&str; 14] = [
    "/usr",
    "/lib",
    "/lib64",
    "/opt",
    "/nix/store",
    "/run/opengl-driver",
    "/etc/ld.so.cache",
    "/etc/vulkan",
    "/etc/drirc",
    "/etc/nvidia",
    "/sys",
    "/proc/driver",
    "/proc/devices",
    "/proc/modules",
];
/// Devices that a GPU's driver talks to.
const DEVICES: [&str; 9] = [
    "/dev/dri",
    "/dev/kfd",
    "/dev/dxg",
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    "/dev/nvidia-modeset",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
];
/// NVIDIA numbers its cards.
const MAX_CARDS: usize = 16;

/// What Landlock holds the worker to.
pub(super) struct LandlockReport {
    /// Files are held to.
    pub(super) enforced: bool,
    /// What is on, in words.
    pub(super) told: Option<String>,
    /// What this kernel cannot give, in words.
    pub(super) lacks: Vec<String>,
}

/// Holds this thread and those it starts to what it `keeps`.
pub(super) fn hold(keeps: &Keeps<'_>) -> Result<LandlockReport, RulesetError> {
    let rules = rules(keeps);
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    for (place, access) in &rules {
        ruleset = ruleset.add_rule(PathBeneath::new(place, *access))?;
    }
    let status = ruleset.restrict_self()?;
    // A rule is of an inode, and those of /proc are made anew when memory is short and nobody has them open.
    std::mem::forget(rules);
    Ok(tell(&status, keeps.states))
}

fn rules(keeps: &Keeps<'_>) -> Vec<(PathFd, BitFlags<AccessFs>)> {
    let below = AccessFs::ReadFile | AccessFs::ReadDir;
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    let own = below | AccessFs::WriteFile | AccessFs::MakeReg | AccessFs::RemoveFile;
    let mut wanted: Vec<(String, BitFlags<AccessFs>)> = Vec::new();
    let mut want =
        |paths: &[&str], access| wanted.extend(paths.iter().map(|path| ((*path).to_owned(), access)));
    want(&READ, below);
    if keeps.gpu {
        want(&READ_BY_DRIVERS, below);
        want(&DEVICES, device | AccessFs::ReadDir);
        wanted.extend((0..MAX_CARDS).map(|card| (format!("/dev/nvidia{card}"), device)));
    }
    // What is not there allows nothing.
    let opened = |(path, access): (String, _)| Some((PathFd::new(&path).ok()?, of_kind(&path, access)));
    let mut rules: Vec<_> = wanted.into_iter().filter_map(opened).collect();
    rules.extend(keeps.states.and_then(|folder| Some((PathFd::new(folder).ok()?, own))));
    rules
}

/// A file has no entries to read.
fn of_kind(path: &str, access: BitFlags<AccessFs>) -> BitFlags<AccessFs> {
    if Path::new(path).is_dir() { access } else { access & AccessFs::from_file(KNOWN) }
}

fn tell(status: &RestrictionStatus, states: Option<&Path>) -> LandlockReport {
    let enforced = status.ruleset != RulesetStatus::NotEnforced;
    let version = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi as i32,
        LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => 0,
    };
    let written = states.map_or("nothing".to_owned(), |folder| format!("{} alone", folder.display()));
    let told = enforced.then(|| {
        format!(
            "reads what it computes with and the models it is given, writes {written} (Landlock {version})"
        )
    });
    let missing = [
        (
            ABI::V1,
            "this kernel has no Landlock, or it is turned off: all files of the user can be read, none written",
        ),
        (
            ABI::V6,
            "Landlock of this kernel knows no signals and abstract sockets: seccomp alone refuses them",
        ),
    ];
    let lacks =
        missing.iter().filter(|(since, _)| version < *since as i32).map(|(_, text)| (*text).to_owned());
    LandlockReport { enforced, told, lacks: lacks.collect() }
}
