//! Makes another process make system calls: it is stopped, its registers are set to a call, and it goes one step.
//!
//! So attempts are made by the worker itself, in all that holds it, and by safe code: what the kernel answers is what a broken library
//! in there would be answered.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::{fs::File, os::unix::fs::FileExt, process::Command};

use nix::{
    sys::{
        ptrace::{self, Options},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

/// The instruction `syscall`.
const SYSCALL: [u8; 2] = [0x0F, 0x05];
/// What is written for a call lies so far below the stack: beyond the 128 bytes that belong to who runs (System V ABI).
const SCRATCH: u64 = 64 << 10;

/// A process that is stopped and makes our calls.
pub struct Traced {
    pid: Pid,
    memory: File,
    before: libc::user_regs_struct,
    call: u64,
    /// Where the next text goes.
    free: u64,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub enum Arg {
    Number(u64),
    /// A pointer to this, ended by NUL.
    Text(String),
    /// A pointer to these bytes.
    Bytes(Vec<u8>),
    /// What an earlier call of the same attempt answered.
    Answer(usize),
    /// A pointer to such answers, as 64-bit numbers with others among them.
    Words(Vec<Arg>),
}

impl Traced {
    /// Stops a process that waits in a system call.
    ///
    /// # Errors
    /// It may not be traced.
    pub fn stop(pid: u32) -> nix::Result<Traced> {
        let pid = Pid::from_raw(pid.cast_signed());
        let children =
            Options::PTRACE_O_TRACEFORK | Options::PTRACE_O_TRACEVFORK | Options::PTRACE_O_TRACECLONE;
        ptrace::seize(pid, children | Options::PTRACE_O_EXITKILL)?;
        ptrace::interrupt(pid)?;
        wait(pid)?;
        let before = ptrace::getregs(pid)?;
        let memory = File::options().read(true).write(true).open(format!("/proc/{pid}/mem")).unwrap();
        let call = before.rip - SYSCALL.len() as u64;
        let mut code = [0; 2];
        memory.read_exact_at(&mut code, call).unwrap();
        assert_eq!(code, SYSCALL, "it waits in a system call");
        Ok(Traced { pid, memory, before, call, free: before.rsp - SCRATCH })
    }

    /// Makes calls, each with a number and arguments. Their answers, negative ones being errors.
    pub fn make(&mut self, calls: &[(i64, Vec<Arg>)]) -> Vec<i64> {
        self.free = self.before.rsp - SCRATCH;
        let mut answers = Vec::new();
        for (number, args) in calls {
            let mut values = [0; 6];
            for (value, arg) in values.iter_mut().zip(args) {
                *value = self.value(arg, &answers);
            }
            answers.push(self.call(*number, values));
        }
        answers
    }

    fn value(&mut self, arg: &Arg, answers: &[i64]) -> u64 {
        match arg {
            Arg::Number(number) => *number,
            Arg::Answer(at) => answers[*at].cast_unsigned(),
            Arg::Text(text) => self.put(&[text.as_bytes(), b"\0"].concat()),
            Arg::Bytes(bytes) => self.put(bytes),
            Arg::Words(words) => {
                let words: Vec<u8> =
                    words.iter().flat_map(|word| self.value(word, answers).to_le_bytes()).collect();
                self.put(&words)
            }
        }
    }

    fn put(&mut self, bytes: &[u8]) -> u64 {
        self.free = (self.free - bytes.len() as u64) & !63;
        self.memory.write_all_at(bytes, self.free).unwrap();
        self.free
    }

    fn call(&mut self, number: i64, [rdi, rsi, rdx, r10, r8, r9]: [u64; 6]) -> i64 {
        let rax = number.cast_unsigned();
        // It must not be taken for the call that was interrupted.
        let orig_rax = u64::MAX;
        let registers = libc::user_regs_struct {
            rax,
            orig_rax,
            rdi,
            rsi,
            rdx,
            r10,
            r8,
            r9,
            rip: self.call,
            ..self.before
        };
        ptrace::setregs(self.pid, registers).unwrap();
        loop {
            ptrace::step(self.pid, None).unwrap();
            if let WaitStatus::PtraceEvent(_, _, _) = wait(self.pid).unwrap() {
                // It has made a process: that one is ended before it does anything, and the call comes to its end.
                let child = Pid::from_raw(ptrace::getevent(self.pid).unwrap() as i32);
                let _ended = Command::new("kill").args(["-9", &child.to_string()]).status();
                continue;
            }
            let now = ptrace::getregs(self.pid).unwrap();
            if now.rip != self.call {
                return now.rax.cast_signed();
            }
        }
    }

    /// Lets it go on where it was.
    pub fn release(self) {
        ptrace::setregs(self.pid, self.before).unwrap();
        ptrace::detach(self.pid, None).unwrap();
    }
}

fn wait(pid: Pid) -> nix::Result<WaitStatus> {
    waitpid(pid, Some(WaitPidFlag::__WALL))
}
