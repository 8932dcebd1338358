//! Lists of the system calls that a process may make, with conditions on their arguments, as seccomp filters.
//!
//! Whatever is not on the list fails with «not permitted», also what a later kernel brings, and the numbers of another ABI that
//! share this one's architecture (x32). A call in the ways of another architecture (`int 0x80`) ends the process.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule,
};

/// One argument that has to be of a kind: its position from 0, the bits that are looked at, and their value.
#[derive(Clone, Copy, Debug)]
pub struct Masked(pub u8, pub u64, pub u64);

/// The argument at this position has this value. Looks at the lower 32 bits, as the kernel does with `int` and `unsigned int`.
pub const fn is(argument: u8, value: u64) -> Masked {
    Masked(argument, u32::MAX as u64, value)
}

/// None of these bits are set in the argument.
pub const fn without(argument: u8, bits: u64) -> Masked {
    Masked(argument, bits, 0)
}

/// What may be called.
#[derive(Debug, Default)]
pub struct AllowList {
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    unknown: Vec<i64>,
}

impl AllowList {
    /// These calls, whatever their arguments.
    pub fn all(&mut self, calls: &[i64]) {
        self.rules.extend(calls.iter().map(|call| (*call, Vec::new())));
    }

    /// This call, where all conditions of one of the cases hold.
    ///
    /// # Errors
    /// A case has no condition, or one that no filter can express.
    pub fn only(&mut self, call: i64, cases: &[&[Masked]]) -> Result<(), Error> {
        let condition = |Masked(argument, mask, value): &Masked| {
            Ok(SeccompCondition::new(*argument, Len::Dword, Op::MaskedEq(*mask), *value)?)
        };
        let rule = |case: &&[Masked]| {
            Ok(SeccompRule::new(case.iter().map(condition).collect::<Result<_, Error>>()?)?)
        };
        let rules = cases.iter().map(rule).collect::<Result<_, Error>>()?;
        self.rules.insert(call, rules);
        Ok(())
    }

    /// These calls fail as if the kernel did not know them: their arguments cannot be looked into, and the C library then takes the
    /// older ones.
    pub fn unknown(&mut self, calls: &[i64]) {
        self.unknown.extend(calls);
    }

    /// Gives up the rest, for this thread and all that it becomes and starts.
    ///
    /// # Errors
    /// The kernel has no filters, or refuses these.
    pub fn apply(self) -> Result<(), Error> {
        let [unknown, allowed] = self.filters()?;
        seccompiler::apply_filter(&unknown)?;
        seccompiler::apply_filter(&allowed)
    }

    /// Two filters, for one filter has one answer. Of two answers the stricter one counts, so the list lets pass what the other
    /// one does not know.
    fn filters(mut self) -> Result<[BpfProgram; 2], Error> {
        let all = |calls: &[i64]| calls.iter().map(|call| (*call, Vec::new())).collect::<BTreeMap<_, _>>();
        let arch = std::env::consts::ARCH.try_into()?;
        let errno = |number: i32| SeccompAction::Errno(number.unsigned_abs());
        let unknown =
            SeccompFilter::new(all(&self.unknown), SeccompAction::Allow, errno(libc::ENOSYS), arch)?;
        self.rules.extend(all(&self.unknown));
        let allowed = SeccompFilter::new(self.rules, errno(libc::EPERM), SeccompAction::Allow, arch)?;
        Ok([unknown.try_into()?, allowed.try_into()?])
    }
}
