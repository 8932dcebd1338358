//! `localcoder-worker`: the process that runs the model. Started by the editor; connect, confine, then serve.

use std::{path::PathBuf, process::ExitCode};

use inference::{
    confine::{self, Keeps},
    engine::{BUDGET_VARIABLE, Budgets, GPU_BUDGET_VARIABLE, Given, LlamaEngine},
    llama::{self, LlamaBackend},
    states::{self, StateStore},
    vitals,
    worker::{self, End},
};
use ipc::{
    files::ModelFiles,
    handshake::{self, PARENT_VARIABLE, STATES_LIMIT_VARIABLE, STATES_VARIABLE},
    offline,
    server::Server,
};

/// Bytes of computed prompts on disk: about twenty files of 2,000 tokens with a 1.5B model, five with a 7B one.
const MAX_STATES: u64 = 1 << 30;

fn main() -> ExitCode {
    confine::close_inherited();
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
    confine::end_with(std::env::var(PARENT_VARIABLE).ok().and_then(|pid| pid.parse().ok()))?;
    let ((incoming, outgoing), editor) = handshake::connect_to_editor()?;
    let files = ModelFiles::inherited();
    let folder = std::env::var_os(STATES_VARIABLE).map(PathBuf::from);
    let folder = folder.filter(|folder| states::make_private(folder).inspect_err(not_stored).is_ok());
    let most_bytes = states_limit();
    let gpu = cfg!(feature = "vulkan");
    let confined = confine::confine(&Keeps { states: folder.as_deref(), max_bytes: most_bytes, gpu })?;
    let folder = folder.filter(|_| confined.may_write);
    // A decoding model must not outlive the editor: the process ends as soon as the wire does.
    editor.watch(|| std::process::exit(0))?;
    let server = Server::start(incoming, outgoing, vitals::pulse, || std::process::exit(0))
        .map_err(|e| format!("No threads: {e}."))?;
    let fixed = Budgets { machine: fixed_budget(BUDGET_VARIABLE)?, gpu: fixed_budget(GPU_BUDGET_VARIABLE)? };
    llama::kernels_asked()?;
    let states = folder.and_then(|folder| StateStore::open(&folder, most_bytes).inspect_err(not_stored).ok());
    let given = Given { files, confinement: confined.told, states };
    let mut engine = LlamaEngine::new(LlamaBackend::init(), fixed, given);
    Ok(worker::run(&server, &mut engine))
}

/// Gives up what a worker gives up, then tries to get sockets and says what came of it, for `localcoder doctor --prove-offline`.
fn prove_offline() -> ExitCode {
    let keeps = Keeps { states: None, max_bytes: 0, gpu: cfg!(feature = "vulkan") };
    if let Err(text) = confine::confine(&keeps) {
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

/// Bytes that the folder of computed prompts may take.
fn states_limit() -> u64 {
    let limit = std::env::var(STATES_LIMIT_VARIABLE).ok().and_then(|bytes| bytes.parse().ok());
    limit.unwrap_or(MAX_STATES)
}

/// Without computed prompts everything works, only later.
fn not_stored(error: &std::io::Error) {
    eprintln!("No prompts are stored: {error}.");
}
