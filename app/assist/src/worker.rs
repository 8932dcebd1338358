//! Where the worker's program is, and which model it should load.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use ipc::client::WorkerProgram;
use ipc::handshake::{STATES_LIMIT_VARIABLE, STATES_VARIABLE};
use ipc::protocol::{Failure, FailureKind, FileStamp, ModelRef};
use models::OnProgress;
use models::stamp::ModelStamp;
use models::store::{Installed, Store, StoreError};
use settings::{Prompts, Settings};

/// Environment variable with the path of the worker's program, for tests and unusual installations.
pub const WORKER_VARIABLE: &str = "LOCALCODER_WORKER";
/// How often an answer continues in another worker: what kills one worker may kill the next.
pub const MAX_RESUMES: u8 = 2;
/// File name of the worker's program.
const WORKER_NAME: &str = "localcoder-worker";

/// Why there is no worker's program. Its text is a sentence for people.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoWorkerProgram {
    /// It does not lie beside our own.
    #[error("The model worker is missing: {} is not there. Reinstall LocalCoder.", .0.display())]
    Missing(PathBuf),
    /// The system does not say where our own lies.
    #[error("Cannot find my own program: {0}.")]
    Lost(Arc<io::Error>),
}

/// The worker's program: it lies beside our own. `prompts`: whether it keeps computed prompts, and how much of them.
///
/// # Errors
/// It is not there.
pub fn program(prompts: &Prompts) -> Result<WorkerProgram, NoWorkerProgram> {
    let mut program = WorkerProgram::at(path()?);
    if let Some(folder) = ground::places::state_folder().filter(|_| prompts.keep_states) {
        let limit = u64::from(prompts.states_limit_mib) << 20;
        program.env.push((STATES_VARIABLE.into(), folder.join("prompts").into()));
        program.env.push((STATES_LIMIT_VARIABLE.into(), limit.to_string().into()));
    }
    Ok(program)
}

fn path() -> Result<PathBuf, NoWorkerProgram> {
    if let Some(path) = std::env::var_os(WORKER_VARIABLE) {
        return Ok(PathBuf::from(path));
    }
    let own = std::env::current_exe().map_err(|error| NoWorkerProgram::Lost(Arc::new(error)))?;
    let path = own.with_file_name(format!("{WORKER_NAME}{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() {
        return Ok(path);
    }
    Err(NoWorkerProgram::Missing(path))
}

/// The store of installed models.
///
/// # Errors
/// A sentence for people.
pub fn store() -> Result<Store, String> {
    Store::default_root().and_then(Store::open).map_err(|e| format!("{e}."))
}

/// The model asked for by id or path, else the first that the settings want and that is installed, else the largest one.
///
/// # Errors
/// A sentence for people that says how to get one.
pub fn choose(store: &Store, wanted: Option<&str>, settings: &Settings) -> Result<ModelRef, String> {
    if let Some(wanted) = wanted {
        return store.find(wanted).map_err(|e| format!("{e}."))?.first_file();
    }
    let installed = store.installed().map_err(|e| format!("{e}."))?;
    let present = || installed.iter().filter(|model| model.present());
    let wanted = settings.wanted_models().find_map(|id| present().find(|model| model.record.id == id));
    let best = wanted.or_else(|| present().max_by_key(|model| model.record.size));
    best.ok_or("No model is installed. Import one with `localcoder models import FILE`.".to_owned())?
        .first_file()
}

/// The model as the worker may load it: what its file is now was compared with what it was when every byte was last checked, and
/// checked again where that differs. The digest that it carries from here on is that of its bytes, and the worker loads what
/// has this stamp and nothing else.
///
/// # Errors
/// It is not what was installed, somebody writes to it, it cannot be read; or `on` said stop
/// ([`FailureKind::NoModel`]).
pub fn checked(store: &Store, model: &ModelRef, on: OnProgress<'_>) -> Result<ModelRef, Failure> {
    let checked = store.open_checked(&model.path, on).map_err(|error| refused(model, &error))?;
    let ModelStamp { device, inode, size, modified, changed } = checked.stamp;
    Ok(ModelRef {
        sha256: checked.sha256.map(|digest| digest.to_string()),
        stamp: Some(FileStamp { device, inode, size, modified, changed }),
        ..model.clone()
    })
}

fn refused(model: &ModelRef, error: &StoreError) -> Failure {
    let id = &model.id;
    let (kind, text) = match error {
        StoreError::Stopped => (FailureKind::NoModel, format!("The check of the model {id} was stopped.")),
        StoreError::Damaged { quarantine, .. } => (
            FailureKind::ModelInvalid,
            format!(
                "The model {id} was not loaded: its file is not the one that was installed. It was moved to {}. Install or \
                 import the model again.",
                quarantine.display()
            ),
        ),
        StoreError::Io { action: "open", cause, .. } => (
            FailureKind::ModelFile,
            format!(
                "The model {id} cannot be opened: {cause}. Download or import it again; it was expected at {}.",
                model.path.display()
            ),
        ),
        other => (FailureKind::ModelFile, format!("The model {id} was not loaded: {other}.")),
    };
    Failure::new(kind, text)
}

/// How a store's model is named to the worker.
pub trait ToModelRef {
    /// The reference that loads it.
    ///
    /// # Errors
    /// A sentence for people when its file is gone.
    fn first_file(&self) -> Result<ModelRef, String>;
}

impl ToModelRef for Installed {
    fn first_file(&self) -> Result<ModelRef, String> {
        let path = self
            .files
            .first()
            .ok_or_else(|| format!("The model {} has no file; import it again.", self.record.id))?;
        let path = std::path::absolute(path).map_err(|e| format!("{}: {e}.", path.display()))?;
        Ok(ModelRef {
            id: self.record.id.clone(),
            path,
            sha256: self.record.sha256.first().map(ToString::to_string),
            stamp: None,
        })
    }
}
