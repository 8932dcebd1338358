//! Is it true? What `localcoder doctor --prove-offline` tries from each process, and what it reads of them in /proc.

use std::path::Path;
use std::process::ExitCode;

use ipc::offline::{TRIED, attempts, line};

/// The word that makes this program try and say what came of it, where it was started: in git, in the place of a proposal.
pub const WORD: &str = "--attempts";

/// What came of one attempt, in one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Who tried.
    pub from: String,
    /// What was tried.
    pub what: String,
    /// How it was denied; `None`: it was not.
    pub denied: Option<String>,
}

/// Tries, and prints a line for each attempt.
pub fn main() -> ExitCode {
    attempts().iter().for_each(|tried| println!("{}", line(tried)));
    ExitCode::SUCCESS
}

/// Reads what a process printed; what it did not try was not denied.
pub fn read(from: &str, printed: &str) -> Vec<Attempt> {
    let each = |what: &&str| {
        let said =
            printed.lines().find_map(|line| line.trim().strip_prefix(what)?.strip_prefix(": denied: "));
        Attempt { from: from.to_owned(), what: (*what).to_owned(), denied: said.map(str::to_owned) }
    };
    TRIED.iter().map(each).collect()
}

/// A process as /proc shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// What the kernel calls it.
    pub name: String,
    /// How many filters hold it; 0: none.
    pub filters: u32,
    /// Whether it can gain no rights.
    pub no_new_privileges: bool,
    /// Its sockets that are none of AF_UNIX, by the table of /proc/net that knows them; `None`: they cannot be looked at from here.
    pub sockets: Option<Vec<String>>,
}

impl Process {
    /// It cannot connect, and is not connected.
    pub fn is_closed(&self) -> bool {
        self.filters > 0 && self.no_new_privileges && self.sockets.as_ref().is_none_or(Vec::is_empty)
    }
}

/// Reads one process; `None`: it is gone.
pub fn process(pid: u32) -> Option<Process> {
    let folder = Path::new("/proc").join(pid.to_string());
    let status = std::fs::read_to_string(folder.join("status")).ok()?;
    let field = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    let is_filtered = field("Seccomp") == Some("2");
    // Kernels before 5.9 do not count them.
    let filters =
        field("Seccomp_filters").and_then(|count| count.parse().ok()).unwrap_or(u32::from(is_filtered));
    Some(Process {
        pid,
        name: field("Name").unwrap_or_default().to_owned(),
        filters: if is_filtered { filters } else { 0 },
        no_new_privileges: field("NoNewPrivs") == Some("1"),
        sockets: sockets(&folder),
    })
}

/// All that descend from a process, by /proc.
pub fn descendants(pid: u32) -> Vec<Process> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> = lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    children.into_iter().flat_map(|child| process(child).into_iter().chain(descendants(child))).collect()
}

/// The open sockets that /proc/net/unix does not know, each with the table that does.
fn sockets(folder: &Path) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join("fd")).ok()?.flatten() {
        let link = std::fs::read_link(entry.path()).unwrap_or_default();
        let text = link.to_string_lossy();
        let Some(inode) = text.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')) else {
            continue;
        };
        let knows = |table: &&str| {
            let text = std::fs::read_to_string(folder.join("net").join(table)).unwrap_or_default();
            text.lines().any(|line| line.split_whitespace().any(|word| word == inode))
        };
        if !knows(&"unix") {
            let table = TABLES.iter().find(|table| knows(table)).unwrap_or(&"an unknown table");
            found.push(format!("{table} {inode}"));
        }
    }
    Some(found)
}

/// Tables of /proc/net (proc_net(5)) that list sockets by inode.
const TABLES: [&str; 12] = [
    "tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6", "netlink", "packet",
];

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::net::{AddressFamily, SocketType};

    use super::*;

    #[test]
    fn what_is_told_is_read_and_what_was_not_tried_was_not_denied() {
        let printed: String = attempts().iter().map(|tried| line(tried) + "\n").collect();
        // Nothing denies it in a test.
        assert_eq!(
            read("here", &printed)[0],
            Attempt { from: "here".into(), what: "INET".into(), denied: None }
        );
        let denied = read("there", "INET: denied: no\nINET6: OPEN\n");
        assert_eq!(denied[0].denied.as_deref(), Some("no"));
        assert!(denied[1..].iter().all(|attempt| attempt.denied.is_none()));
    }

    #[test]
    fn a_process_without_a_filter_and_with_a_socket_is_seen_as_that() {
        let own = std::process::id();
        // One that a table lists, and one that is in none before it is bound.
        let bound = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let unbound = rustix::net::socket(AddressFamily::NETLINK, SocketType::RAW, None).unwrap();
        let pair = std::os::unix::net::UnixStream::pair().unwrap();
        let found = process(own).unwrap();
        drop((bound, unbound, pair));
        assert!(!found.is_closed());
        let sockets = found.sockets.unwrap();
        for table in ["udp ", "an unknown table "] {
            assert!(sockets.iter().any(|socket| socket.starts_with(table)), "{table}: {sockets:?}");
        }
        assert_eq!(process(u32::MAX), None);
    }
}
