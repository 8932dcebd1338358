//! `localcoder-worker`: the process that runs the model. Started by the editor; connect, confine, then serve.

use std::process::ExitCode;

use inference::{
    confine,
    engine::{BUDGET_VARIABLE, Budgets, GPU_BUDGET_VARIABLE, LlamaEngine},
    llama::{self, Backend},
    states::StateStore,
    vitals,
    worker::{self, End},
};
use ipc::{
    handshake::{self, PARENT_VARIABLE, STATES_LIMIT_VARIABLE, STATES_VARIABLE},
    offline,
    server::Server,
};

/// Bytes of computed prompts on disk: about twenty files of 2,000 tokens with a 1.5B model, five with a 7B one.
const MAX_STATES: u64 = 1 << 30;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--version") {
        println!("localcoder-worker {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    if std::env::args().nth(1).as_deref() == Some("--prove-offline") {
        return prove_offline();
    }
    match serve() {
        Ok(End::Asked) => ExitCode::SUCCESS,
        Ok(End::DeviceFailed) => ExitCode::from(3),
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(2)
        }
    }
}

fn serve() -> Result<End, String> {
    let parent = std::env::var(PARENT_VARIABLE).ok().and_then(|pid| pid.parse().ok());
    let (incoming, outgoing) = handshake::connect_to_editor()?;
    confine::confine(parent)?;
    // A decoding model must not outlive the editor: the process ends as soon as the wire does.
    let server = Server::start(incoming, outgoing, vitals::pulse, || std::process::exit(0))
        .map_err(|e| format!("No threads: {e}."))?;
    let fixed = Budgets { machine: fixed_budget(BUDGET_VARIABLE)?, gpu: fixed_budget(GPU_BUDGET_VARIABLE)? };
    llama::kernels_asked()?;
    let mut engine = LlamaEngine::new(Backend::init(), fixed, states());
    Ok(worker::run(&server, &mut engine))
}

/// Gives up what a worker gives up, then tries to get sockets and says what came of it, for `localcoder doctor --prove-offline`.
fn prove_offline() -> ExitCode {
    if let Err(text) = confine::confine(None) {
        eprintln!("{text}");
        return ExitCode::from(2);
    }
    offline::attempts().iter().for_each(|tried| println!("{}", offline::line(tried)));
    ExitCode::SUCCESS
}

/// A budget that the environment asks for, in bytes.
fn fixed_budget(variable: &str) -> Result<Option<u64>, String> {
    let Ok(text) = std::env::var(variable) else { return Ok(None) };
    let wrong = |_| format!("{variable} is {text:?}, which is no number of bytes. Correct or remove it.");
    text.parse().map(Some).map_err(wrong)
}

/// Where computed prompts are kept, if the editor gave a folder. Without it everything works, only later.
fn states() -> Option<StateStore> {
    let folder = std::env::var_os(STATES_VARIABLE)?;
    let limit = std::env::var(STATES_LIMIT_VARIABLE).ok().and_then(|bytes| bytes.parse().ok());
    StateStore::open(folder.as_ref(), limit.unwrap_or(MAX_STATES))
        .inspect_err(|e| eprintln!("No prompts are stored: {e}."))
        .ok()
}
