//! The sample project must run as it says in its files: a newcomer's first minute depends on it.

use std::process::Command;

use crate::{ground, places, shell};

/// Runs a command in the sample's folder; `None`, said loudly, where the language is not installed.
fn output(program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(ground::program("the sample", program)?);
    command.args(args).current_dir(places::root().join("assets/sample"));
    Some(shell::read(&mut command).unwrap())
}

#[test]
fn the_python_sample_runs() {
    if let Some(text) = output("python3", &["-B", "watering.py"]) {
        assert!(text.contains("thirsty: beans"), "{text}");
    }
}

#[test]
fn the_javascript_sample_runs() {
    if let Some(text) = output("node", &["prices.js"]) {
        assert!(text.contains("herbs sold 5"), "{text}");
    }
}

#[test]
fn the_rust_sample_runs() {
    let scratch = tempfile::tempdir().unwrap();
    let program = scratch.path().join("seeds");
    output("rustc", &["--edition", "2024", "-o", program.to_str().unwrap(), "seeds.rs"]).unwrap();
    let text = shell::read(&mut Command::new(program)).unwrap();
    assert!(text.contains("224 seeds in all"), "{text}");
}
