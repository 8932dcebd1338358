//! The files of the first run: a starter model beside the program, and the sample where it can be changed.

use std::path::{Path, PathBuf};

use super::Outbox;
use crate::event::Event;
use crate::features::onboarding::{OnboardingEffect, OnboardingEvent, SAMPLE};

/// Environment variable with the path of the starter model, for unusual installations.
const STARTER_VARIABLE: &str = "LOCALCODER_STARTER";
/// Name of the starter model in a package.
const STARTER_NAME: &str = "starter.gguf";

/// Does what is wanted.
pub fn run(out: &Outbox, effect: &OnboardingEffect) {
    let event = match effect {
        OnboardingEffect::FindStarter => match starter() {
            Some(path) => OnboardingEvent::StarterFound(path),
            None => return,
        },
        OnboardingEffect::Sample => {
            let folder = ground::places::state_folder().unwrap_or_else(std::env::temp_dir).join("sample");
            match write(&folder) {
                Ok(()) => OnboardingEvent::Sample(folder),
                Err(error) => {
                    return out
                        .send(Event::Trouble(format!("{} cannot be written: {error}.", folder.display())));
                }
            }
        }
    };
    out.send(Event::Onboarding(event));
}

/// The starter model, if one lies beside the program or among its resources.
fn starter() -> Option<PathBuf> {
    let set = std::env::var_os(STARTER_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let own = std::env::current_exe().ok();
    let beside = own.as_ref().map(|own| own.with_file_name(STARTER_NAME));
    let resources =
        own.as_ref().and_then(|own| Some(own.parent()?.parent()?.join("Resources").join(STARTER_NAME)));
    let places = match set {
        Some(path) => vec![std::path::absolute(&path).unwrap_or(path)],
        None => beside.into_iter().chain(resources).collect(),
    };
    places.into_iter().find(|path| path.is_file())
}

/// Writes the sample. What somebody changed in it stays.
fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in SAMPLE {
        let path = folder.join(name);
        if !path.exists() {
            std::fs::write(path, text)?;
        }
    }
    Ok(())
}
