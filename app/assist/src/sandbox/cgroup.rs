//! A control group of the program's own, where the system delegates them to users (cgroups(7), version 2): one limit for the memory of
//! all of a build together, and one for its processes that binds root, too. Where there is none, each process has limits of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::within::MAX_TASKS;

/// Bytes of memory of a program with all that it starts.
const MAX_MEMORY: u64 = 6 << 30;
/// How their names begin.
const NAME: &str = "localcoder-";
/// What has to be delegated.
const CONTROLLERS: [&str; 2] = ["memory", "pids"];
/// How long processes that were killed may take to leave it.
const LEAVING: Duration = Duration::from_secs(1);

/// A group; gone when this is dropped and nobody is in it any more.
#[derive(Debug)]
pub struct Cgroup {
    path: PathBuf,
}

impl Cgroup {
    /// Makes one for a process that this one supervises.
    pub fn new() -> Option<Cgroup> {
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        Cgroup::beneath(Path::new("/sys/fs/cgroup"), &groups, std::process::id())
    }

    /// `groups`: those of this process, as the system lists them.
    fn beneath(root: &Path, groups: &str, number: u32) -> Option<Cgroup> {
        let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
        let all = root.join(own);
        // Beside those that it is in: a group with processes delegates nothing.
        all.ancestors().skip(1).take_while(|group| group.starts_with(root)).find_map(|group| {
            let delegated = fs::read_to_string(group.join("cgroup.subtree_control")).ok()?;
            let is_delegated = |name: &&str| delegated.split_whitespace().any(|word| word == *name);
            CONTROLLERS.iter().all(is_delegated).then(|| Cgroup::within(group, number))?
        })
    }

    fn within(group: &Path, number: u32) -> Option<Cgroup> {
        sweep(group);
        let path = group.join(format!("{NAME}{number}"));
        fs::create_dir(&path).ok()?;
        let made = Cgroup { path };
        let set = |file: &str, limit: u64| fs::write(made.path.join(file), limit.to_string()).is_ok();
        // Without swap there is no file for it.
        let _no_swap = set("memory.swap.max", 0);
        (set("memory.max", MAX_MEMORY) && set("pids.max", MAX_TASKS)).then_some(made)
    }

    /// Where a process says that it is in it now.
    pub fn door(&self) -> PathBuf {
        self.path.join("cgroup.procs")
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let start = Instant::now();
        while fs::remove_dir(&self.path).is_err() && self.path.is_dir() && start.elapsed() < LEAVING {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Removes what supervisors left that were killed: only a group that nobody is in goes.
fn sweep(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        let number = entry.file_name().to_str().and_then(|name| name.strip_prefix(NAME)?.parse::<u32>().ok());
        if number.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            let _in_use = fs::remove_dir(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &str = "1:name=x:/\n0::/user.slice/app.slice/app-editor.scope\n";

    fn tree(delegated: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("user.slice/app.slice/app-editor.scope")).unwrap();
        fs::write(root.path().join("user.slice/app.slice/cgroup.subtree_control"), delegated).unwrap();
        root
    }

    #[test]
    fn a_group_is_made_beside_the_own_one_with_its_limits() {
        let root = tree("cpu memory pids\n");
        let group = Cgroup::beneath(root.path(), GROUPS, 7).unwrap();
        let path = root.path().join("user.slice/app.slice/localcoder-7");
        let limit = |file: &str| fs::read_to_string(path.join(file)).unwrap();
        assert_eq!((limit("memory.max"), limit("pids.max")), (MAX_MEMORY.to_string(), MAX_TASKS.to_string()));
        assert_eq!(group.door(), path.join("cgroup.procs"));
    }

    #[test]
    fn where_nothing_is_delegated_there_is_none() {
        assert!(Cgroup::beneath(tree("cpu pids\n").path(), GROUPS, 7).is_none());
        assert!(Cgroup::beneath(tree("memory pids").path(), "0::/\n", 7).is_none(), "not above the root");
        assert!(Cgroup::beneath(tree("memory pids").path(), "4:memory:/a\n", 7).is_none(), "the older kind");
    }

    #[test]
    fn what_dead_supervisors_left_goes() {
        let root = tree("memory pids\n");
        let left = root.path().join(format!("user.slice/app.slice/{NAME}{}", u32::MAX));
        let alive = root.path().join(format!("user.slice/app.slice/{NAME}{}", std::process::id()));
        fs::create_dir(&left).unwrap();
        fs::create_dir(&alive).unwrap();
        let _group = Cgroup::beneath(root.path(), GROUPS, 7).unwrap();
        assert!(!left.exists() && alive.exists());
    }
}
