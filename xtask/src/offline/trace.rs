//! Reads what strace saw of sockets. Kept apart from the command, so that tests of other crates judge by the same rules.

use std::collections::HashMap;

/// What a trace is asked for: every call that makes a socket, leads one somewhere, or opens a way around both.
pub const CALLS: &str = "trace=socket,socketpair,connect,io_uring_setup";

/// Sockets that were seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Of this machine alone.
    pub unix: u64,
    /// All others that were got or led somewhere, as the trace has them.
    pub others: Vec<String>,
    /// Those that were tried and denied.
    pub denied: u64,
}

impl Seen {
    /// Adds what one line of a trace says.
    pub fn read(&mut self, line: &str) {
        // With -f each line begins with a process.
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let is_asked = ["socket(", "socketpair(", "connect(", "io_uring_setup("]
            .iter()
            .any(|name| call.starts_with(name));
        if !is_asked {
            return;
        }
        let is_unix = ["AF_UNIX", "AF_LOCAL"].iter().any(|family| call.contains(family));
        // A connection that continues behind our back is one. So is a call whose end was not seen.
        let is_denied = call.contains(" = -1 ") && !call.contains("EINPROGRESS");
        match (is_unix, is_denied) {
            (true, _) => self.unix += 1,
            (false, true) => self.denied += 1,
            (false, false) => self.others.push(call.trim_end().to_owned()),
        }
    }

    /// All lines of a trace. A call that others came between is told in two parts.
    pub fn of(trace: &str) -> Seen {
        let mut seen = Seen::default();
        let mut begun: HashMap<&str, &str> = HashMap::new();
        for line in trace.lines() {
            let process = line.split(' ').next().unwrap_or_default();
            if let Some(first) = line.strip_suffix("<unfinished ...>") {
                begun.insert(process, first);
            } else if let Some((_, rest)) = line.split_once(" resumed>")
                && let Some(first) = begun.remove(process)
            {
                seen.read(&format!("{first}{rest}"));
            } else {
                seen.read(line);
            }
        }
        begun.values().for_each(|first| seen.read(first));
        seen
    }
}
