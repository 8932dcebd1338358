//! What a confined program may do with files, said to Landlock; with the newest of its versions come signals and sockets.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use super::order::SandboxMode;
use super::reach::Reach;

/// The newest version that this was written for. An older kernel gives what it has; [`needed`] says what has to be there.
const NEWEST: ABI = ABI::V10;

/// The oldest version with which a program may be run. A build moves files between folders, which the first version knows only
/// how to forbid. What none of them sees to (emptying files, in the first two) is forbidden as a system call.
pub const fn needed(mode: SandboxMode) -> ABI {
    match mode {
        SandboxMode::Run => ABI::V1,
        SandboxMode::Build => ABI::V2,
    }
}

/// The newest version that this kernel has; 0 when it has none, or it is turned off.
pub fn version() -> u8 {
    let versions = [ABI::V1, ABI::V2, ABI::V3, ABI::V4, ABI::V5];
    let files = versions.into_iter().take_while(|abi| has(*abi)).count();
    let scoped = files == versions.len() && scopes();
    u8::try_from(files).unwrap_or_default() + u8::from(scoped)
}

/// Does the kernel know all rights of this version?
pub fn has(abi: ABI) -> bool {
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    ruleset.handle_access(AccessFs::from_all(abi)).and_then(Ruleset::create).is_ok()
}

/// Can it keep signals and abstract sockets within?
pub fn scopes() -> bool {
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    ruleset.scope(Scope::from_all(ABI::V6)).and_then(Ruleset::create).is_ok()
}

/// Whatever this process and those that it starts do to files, they do it there; signals and sockets stay within, where the kernel
/// sees to it.
///
/// # Errors
/// The kernel refuses, or enforces nothing.
pub fn keep_to(reach: &Reach, folder: Option<&Path>, mode: SandboxMode) -> Result<(), String> {
    let enforced = restrict(reach, folder, mode).map_err(|error| error.to_string())?;
    if enforced == RulesetStatus::NotEnforced {
        return Err("Landlock enforces nothing here".into());
    }
    Ok(())
}

fn restrict(reach: &Reach, folder: Option<&Path>, mode: SandboxMode) -> Result<RulesetStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let in_folder = if mode == SandboxMode::Build { building() } else { read };
    let null = if mode == SandboxMode::Build { read | AccessFs::WriteFile } else { read };
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(needed(mode)))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(&reach.read, read))?
        .add_rules(path_beneath_rules(&reach.executed, read | AccessFs::Execute))?
        .add_rules(path_beneath_rules(folder, in_folder))?
        .add_rules(path_beneath_rules(["/dev/null"], null))?
        .restrict_self()?;
    Ok(status.ruleset)
}

/// Files, folders and links; no devices, pipes or sockets.
fn building() -> BitFlags<AccessFs> {
    AccessFs::Execute
        | AccessFs::WriteFile
        | AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::RemoveDir
        | AccessFs::RemoveFile
        | AccessFs::MakeDir
        | AccessFs::MakeReg
        | AccessFs::MakeSym
        | AccessFs::Refer
        | AccessFs::Truncate
}
