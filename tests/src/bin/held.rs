//! A process that gives up what a worker with a GPU gives up, and waits: for the test of what it cannot do any more. It loads no driver,
//! which takes one.

use std::{io::Read, path::PathBuf, process::ExitCode};

use inference::confine::{Keeps, confine};
use ipc::handshake::STATES_VARIABLE;

fn main() -> ExitCode {
    let states = std::env::var_os(STATES_VARIABLE).map(PathBuf::from);
    let keeps = Keeps { states: states.as_deref(), most_bytes: 1 << 20, gpu: true };
    match confine(&keeps) {
        Ok(confined) => {
            println!("{}", confined.told.on);
            // Until nobody wants it any more.
            let _ended = std::io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}
