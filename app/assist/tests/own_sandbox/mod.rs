//! The harness of test programs that are their own sandbox, as the editor is: started with `confined`, such a program becomes what is
//! confined, and only otherwise runs its tests.

use std::process::ExitCode;

use assist::sandbox;

#[path = "../../../../tests/src/ground.rs"]
pub mod ground;

/// The `main` of such a program: runs the tests whose names contain the first word of the command line, one after the other. `what` names
/// them where this system has no sandbox.
pub fn main(what: &str, tests: &[(&str, fn())]) -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let first = words.next().and_then(|word| word.into_string().ok()).unwrap_or_default();
    match first.as_str() {
        sandbox::CONFINED => match sandbox::become_confined(words.collect()) {
            Ok(code) => return ExitCode::from(code),
            Err(why) => {
                eprintln!("localcoder: {why}");
                return ExitCode::FAILURE;
            }
        },
        // The doctor asks it for its version.
        "--version" => return ExitCode::SUCCESS,
        _ => {}
    }
    let off = sandbox::means().off;
    if !off.is_empty() {
        ground::lacking(what, off.join(" "));
        return ExitCode::SUCCESS;
    }
    let filter = if first.starts_with('-') { "" } else { first.as_str() };
    let mut passed = 0;
    for (name, test) in tests.iter().filter(|(name, _)| name.contains(filter)) {
        test();
        println!("test {name} ... ok");
        passed += 1;
    }
    println!("test result: ok. {passed} passed; 0 failed");
    ExitCode::SUCCESS
}
