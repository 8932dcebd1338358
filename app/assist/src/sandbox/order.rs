//! What a program that is confined may have, as words of a command line: the editor writes them, `localcoder confined` reads them,
//! first as the supervisor of the program, then, with [`INSIDE`], as the process that becomes it.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux needs a supervisor"))]

use std::{ffi::OsString, path::PathBuf, time::Duration};

use super::CONFINED;

const RUN: &str = "--run";
const BUILD: &str = "--build";
const READ: &str = "--read";
const LIMIT: &str = "--milliseconds";
const OWNER: &str = "--owner";
const PLAIN: &str = "--plain";
const INSIDE: &str = "--inside";
const CGROUP: &str = "--cgroup";
/// Asks whether somebody without privileges may have namespaces here.
pub const PROBE: &str = "--probe";

/// What the program has to do, which says what it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SandboxMode {
    /// Compute: it writes nowhere and starts nothing.
    #[default]
    Run,
    /// Build: it writes in its folder and starts programs, which may do no more.
    Build,
}

/// One program and its rights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxOrder {
    pub mode: SandboxMode,
    /// Its own folder.
    pub folder: Option<PathBuf>,
    /// What it may read besides that folder, its interpreter and its libraries.
    pub readable: Vec<PathBuf>,
    /// How long it may take; for ever without it.
    pub limit: Option<Duration>,
    /// The process with which it ends; without it the one that started the supervisor.
    pub owner: Option<u32>,
    /// Without namespaces, as on a system that gives none.
    pub plain: bool,
    /// This process is the one that becomes the program, started by this supervisor.
    pub inside: Option<u32>,
    /// The file by which that process enters its control group.
    pub cgroup: Option<PathBuf>,
    pub program: OsString,
    pub args: Vec<OsString>,
}

impl SandboxOrder {
    /// The words behind the program's own name.
    pub fn words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec![CONFINED.into()];
        let mut put = |name: &str, value: OsString| words.extend([name.into(), value]);
        if let Some(folder) = &self.folder {
            put(if self.mode == SandboxMode::Build { BUILD } else { RUN }, folder.into());
        }
        self.readable.iter().for_each(|path| put(READ, path.into()));
        self.cgroup.iter().for_each(|path| put(CGROUP, path.into()));
        let numbers = [
            (LIMIT, self.limit.map(|limit| limit.as_millis().to_string())),
            (OWNER, self.owner.map(|pid| pid.to_string())),
            (INSIDE, self.inside.map(|pid| pid.to_string())),
        ];
        for (name, number) in numbers {
            number.into_iter().for_each(|number| put(name, number.into()));
        }
        words.extend(self.plain.then(|| PLAIN.into()));
        words.push(self.program.clone());
        words.extend(self.args.iter().cloned());
        words
    }

    /// Reads the words behind [`CONFINED`].
    ///
    /// # Errors
    /// A sentence for people: a word without its value, or no program.
    pub fn read(words: Vec<OsString>) -> Result<SandboxOrder, String> {
        let mut words = words.into_iter();
        let mut order = SandboxOrder::default();
        loop {
            let word = words.next().ok_or("confined wants a program")?;
            let name = word.to_str().filter(|word| word.starts_with("--")).unwrap_or_default().to_owned();
            if name.is_empty() {
                return Ok(SandboxOrder { program: word, args: words.collect(), ..order });
            }
            if name == PLAIN {
                order.plain = true;
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{name} wants a value"))?;
            order.take(&name, value)?;
        }
    }

    fn take(&mut self, name: &str, value: OsString) -> Result<(), String> {
        let number = |value: OsString| {
            let number = value.to_str().and_then(|digits| digits.parse::<u32>().ok());
            number.ok_or_else(|| format!("{name} wants a number"))
        };
        match name {
            RUN | BUILD => {
                self.mode = if name == BUILD { SandboxMode::Build } else { SandboxMode::Run };
                self.folder = Some(value.into());
            }
            READ => self.readable.push(value.into()),
            CGROUP => self.cgroup = Some(value.into()),
            LIMIT => self.limit = Some(Duration::from_millis(number(value)?.into())),
            OWNER => self.owner = Some(number(value)?),
            INSIDE => self.inside = Some(number(value)?),
            _ => return Err(format!("confined does not know {name}")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let full = SandboxOrder {
            mode: SandboxMode::Build,
            folder: Some("/a b".into()),
            readable: vec!["/r".into(), "/--s".into()],
            limit: Some(Duration::from_millis(1500)),
            owner: Some(7),
            plain: true,
            inside: Some(9),
            cgroup: Some("/g".into()),
            program: "python3".into(),
            args: vec!["--run".into(), "x".into()],
        };
        let run = SandboxOrder { mode: SandboxMode::Run, folder: Some("/f".into()), ..full.clone() };
        let bare = SandboxOrder { program: "p".into(), ..SandboxOrder::default() };
        for order in [full, run, bare] {
            assert_eq!(SandboxOrder::read(order.words()[1..].to_vec()), Ok(order));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let read = |line: &str| {
            SandboxOrder::read(line.split_whitespace().map(OsString::from).collect()).unwrap_err()
        };
        assert_eq!(read(""), "confined wants a program");
        assert_eq!(read("--run"), "--run wants a value");
        assert_eq!(read("--owner x p"), "--owner wants a number");
        assert_eq!(read("--elsewhere /x p"), "confined does not know --elsewhere");
    }
}
