//! Where the worker's program is, and which model it should load.

use std::path::PathBuf;

use ipc::{client::WorkerProgram, handshake::STATES_VARIABLE, protocol::ModelRef};
use models::store::{Installed, Store};

/// Environment variable with the path of the worker's program, for tests and unusual installations.
pub const WORKER_VARIABLE: &str = "LOCALCODER_WORKER";
/// File name of the worker's program.
const WORKER_NAME: &str = "localcoder-worker";

/// The worker's program: it lies beside our own.
///
/// # Errors
/// A sentence for people when it is not there.
pub fn program() -> Result<WorkerProgram, String> {
    let mut program = WorkerProgram::at(path()?);
    if let Some(folder) = crate::session::folder() {
        program.env.push((STATES_VARIABLE.into(), folder.join("prompts").into()));
    }
    Ok(program)
}

fn path() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os(WORKER_VARIABLE) {
        return Ok(PathBuf::from(path));
    }
    let own = std::env::current_exe().map_err(|e| format!("Cannot find my own program: {e}."))?;
    let path = own.with_file_name(format!("{WORKER_NAME}{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() {
        return Ok(path);
    }
    Err(format!("The model worker is missing: {} is not there. Reinstall LocalCoder.", path.display()))
}

/// The store of installed models.
///
/// # Errors
/// A sentence for people.
pub fn store() -> Result<Store, String> {
    Store::default_root().and_then(Store::open).map_err(|e| format!("{e}."))
}

/// The model asked for by id or path, or the best one that is installed.
///
/// # Errors
/// A sentence for people that says how to get one.
pub fn choose(store: &Store, wanted: Option<&str>) -> Result<ModelRef, String> {
    if let Some(wanted) = wanted {
        return store.find(wanted).map_err(|e| format!("{e}."))?.first_file();
    }
    let installed = store.installed().map_err(|e| format!("{e}."))?;
    let best = installed.into_iter().filter(Installed::present).max_by_key(|model| model.record.size);
    best.ok_or("No model is installed. Import one with `localcoder models import FILE`.".to_owned())?
        .first_file()
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
        })
    }
}
