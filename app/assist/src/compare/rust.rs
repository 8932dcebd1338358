//! Comparisons in Rust: both versions as modules of one small program, compiled by itself, with the inputs written into it. What needs
//! its project to be compiled is not compared.

use std::{ffi::OsStr, fmt::Write as _, path::Path, time::Duration};

use super::dice::Dice;
use super::results::{BETWEEN, CompiledCall, MARK, judged};
use super::{INPUTS, Versions};
use crate::behaviour::Behaviour;
use crate::interpreter;
use crate::sandbox::{self, Build};

mod inputs;

use self::inputs::{Argument, RustType};

/// How long compiling and running may take, each.
const LIMIT: Duration = Duration::from_secs(10);
/// What is not decided by the arguments alone, or is printed, which is not compared.
const OUTSIDE: [&str; 14] = [
    "unsafe",
    "std::fs",
    "fs::",
    "std::net",
    "std::env",
    "env::",
    "std::process",
    "Instant",
    "SystemTime",
    "rand",
    "print!",
    "println!",
    "thread",
    "static mut",
];

/// Compares a function and its replacement, both as they stand in `selection`.
pub(super) fn compare(versions: &Versions<'_>, selection: (&str, &str), folder: &Path) -> Option<Behaviour> {
    let (old, new) = selection;
    if OUTSIDE.iter().any(|word| old.contains(word) || new.contains(word)) {
        return None;
    }
    let types = parameters(&versions.signature)?;
    let calls = calls(versions.name, &types);
    let programs = interpreter::rust()?.join("bin");
    // With all of its file, or where that needs more than itself, alone with what it takes from the standard library.
    let alone = |selection: &str| format!("{}\n{selection}", standard_imports(&versions.old));
    let bodies = [(versions.old.clone(), versions.new.clone()), (alone(old), alone(new))];
    let run = |(old, new): &(String, String)| built(&programs, &program(old, new, &calls), folder);
    let out = bodies.iter().find_map(run)?;
    judged(&out, &calls)
}

/// The types of the parameters of a signature; `None` where no values of one are known.
fn parameters(signature: &str) -> Option<Vec<RustType>> {
    let start = signature.find('(')?;
    // Type parameters could be anything.
    if signature[..start].contains('<') || signature.contains("async fn") {
        return None;
    }
    let (mut depth, mut end) = (0, None);
    for (at, c) in signature[start..].char_indices() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if !signature[..start + at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            end = Some(start + at);
            break;
        }
    }
    inputs::split(&signature[start + 1..end?])
        .into_iter()
        .map(|parameter| RustType::read(parameter.split_once(':')?.1))
        .collect()
}

fn calls(name: &str, types: &[RustType]) -> Vec<CompiledCall> {
    let mut dice = Dice::new();
    let mut found: Vec<CompiledCall> = Vec::new();
    for step in 0..INPUTS * 2 {
        let arguments: Vec<Argument> = types.iter().map(|kind| kind.argument(step, &mut dice)).collect();
        let shown: Vec<&str> = arguments.iter().map(|argument| argument.shown.as_str()).collect();
        let shown = format!("{name}({})", shown.join(", "));
        if found.len() == INPUTS {
            break;
        }
        if found.iter().any(|call| call.shown == shown) {
            continue;
        }
        let (mut before, mut left) = (String::new(), String::new());
        let mut given = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            if argument.is_changed {
                let _ = write!(before, "let mut a{at} = {}; ", argument.value);
                let _ = write!(left, "&a{at}, ");
                given.push(format!("&mut a{at}"));
            } else {
                given.push(argument.value.clone());
            }
        }
        let run = format!("{{ {before}let r = {name}({}); show(&(r, {left}())) }}", given.join(", "));
        found.push(CompiledCall { shown, run });
    }
    found
}

/// Imports of the standard library at the top of a file.
fn standard_imports(file: &str) -> String {
    let starts = ["use std::", "use core::", "use alloc::"];
    let statements = file.split_inclusive(';').map(str::trim);
    statements
        .filter(|line| starts.iter().any(|start| line.starts_with(start)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Both versions with all calls in one program.
fn program(old: &str, new: &str, calls: &[CompiledCall]) -> String {
    let mut arms = String::new();
    for (at, call) in calls.iter().enumerate() {
        let _ = writeln!(arms, "{at} => {},", call.run);
    }
    let module = |name: &str, text: &str| {
        format!(
            "mod {name} {{\n{text}\npub fn called_for_comparison(at: usize) -> String {{\n\
             fn show<T: std::fmt::Debug>(value: &T) -> String {{ format!(\"{{value:?}}\") }}\n\
             match at {{\n{arms}_ => String::new() }}\n}}\n}}\n"
        )
    };
    format!(
        "#![allow(warnings)]\n{}{}fn main() {{\n\
         std::panic::set_hook(Box::new(|_| {{}}));\n\
         let call = |side: fn(usize) -> String, at: usize| {{\n\
         let given = std::panic::catch_unwind(|| side(at)).unwrap_or_else(|_| \"panics\".into());\n\
         given.replace('\\n', \" \")\n}};\n\
         for at in 0..{} {{\n\
         let sides: [fn(usize) -> String; 3] = [old::called_for_comparison, old::called_for_comparison, new::called_for_comparison];\n\
         let [one, again, new] = sides.map(|side| call(side, at));\n\
         println!(\"{MARK}{{one}}{BETWEEN}{{again}}{BETWEEN}{{new}}\");\n}}\n}}\n",
        module("old", old),
        module("new", new),
        calls.len(),
    )
}

/// Compiles and runs a program; what it prints.
fn built(programs: &Path, text: &str, folder: &Path) -> Option<String> {
    let (source, made) = (folder.join("compared.rs"), folder.join("compared"));
    std::fs::write(&source, text).ok()?;
    let words = ["--edition", "2021", "-C", "debuginfo=0", "-C", "overflow-checks=on", "-o"].map(OsStr::new);
    let args: Vec<&OsStr> = words.into_iter().chain([made.as_os_str(), source.as_os_str()]).collect();
    let readable = [];
    let build = Build {
        folder,
        within: folder,
        readable: &readable,
        variables: &[("TMPDIR", folder.as_os_str())],
        limit: LIMIT,
    };
    let compiled = sandbox::build(programs.join("rustc").as_os_str(), &args, &build).ok()?;
    if !compiled.success {
        return None;
    }
    let ran = sandbox::build(made.as_os_str(), &[], &build).ok()?;
    (ran.success && !ran.late).then_some(ran.out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_far_as_values_of_them_are_known() {
        let count = |signature: &str| parameters(signature).map(|types| types.len());
        assert_eq!(count("pub fn f(a: &[i32], (b, c): (u8, &str)) -> Vec<(u8, i32)> {"), Some(2));
        assert_eq!(count("fn f() {"), Some(0));
        assert_eq!(count("fn f(mut a: Vec<String>,) {"), Some(1));
        for unknown in
            ["fn f<T>(a: T) {", "fn f(&self, a: u8) {", "fn f(a: impl Fn(u8) -> u8) {", "fn f(a: Thing) {"]
        {
            assert_eq!(count(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn of_the_imports_only_those_of_the_standard_library_are_taken() {
        let file = "use std::fmt;\nuse crate::other;\nuse std::{\n    cmp,\n};\nfn f() { g(); }\n";
        assert_eq!(standard_imports(file), "use std::fmt;\nuse std::{\n    cmp,\n};");
    }
}
