//! The first run as data: four calm steps, where one stands, and what fits this machine.

#[cfg(test)]
mod offers_tests;
#[cfg(test)]
mod tests;
pub mod update;
pub mod view;

use std::path::PathBuf;

use ground::ids::TabId;
use models::fit::FitVerdict;
use settings::{BALANCED, Settings};

use crate::workspace::{Card, FirstRunStep, ModelInventory};

/// The sample that the first improvement is made on, by file name.
pub const SAMPLE: [(&str, &str); 4] = [
    ("README.md", include_str!("../../../../assets/sample/README.md")),
    ("watering.py", include_str!("../../../../assets/sample/watering.py")),
    ("seeds.rs", include_str!("../../../../assets/sample/seeds.rs")),
    ("prices.js", include_str!("../../../../assets/sample/prices.js")),
];
/// The file of the sample that is opened.
pub const SAMPLE_FILE: &str = "watering.py";
/// How the function of it that is selected begins.
pub const SAMPLE_FUNCTION: &str = "def average";
/// What is suggested to ask for.
pub const SAMPLE_WISH: &str = "Use sum()";
/// Tokens a second that memory must allow before the heavy profile is worth its weight.
const QUICK: f64 = 15.0;
/// Small models for machines that no profile fits, and for the impatient.
const SMALL: [&str; 2] = ["qwen2.5-coder-1.5b-instruct-q4_k_m", "qwen2.5-coder-0.5b-instruct-q4_k_m"];

/// The first run.
#[derive(Clone, Debug, Default)]
pub struct Onboarding {
    /// The step that is shown; `None`: none is.
    pub step: Option<FirstRunStep>,
    /// The tab that was in front when it was opened; another one in front closes it.
    pub over: Option<TabId>,
    /// Files of the last time that are opened by themselves while it is shown: they do not close it.
    pub restored: Vec<PathBuf>,
    /// Counts steps shown: each gives its first control the keyboard once.
    pub focus: u64,
    /// The starter model that lies beside the program.
    pub starter: Option<PathBuf>,
    /// The tab with the sample, while the first improvement is made on it.
    pub sample: Option<TabId>,
    /// The profile that fits was chosen, once, for a user who had chosen none.
    pub judged: bool,
    /// The answer was accepted.
    pub accepted: bool,
}

impl Onboarding {
    /// Does it stand where the text would be?
    pub fn covers(&self) -> bool {
        self.step.is_some_and(|step| step != FirstRunStep::Try)
    }
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum OnboardingEvent {
    /// The window has opened, with files or a folder of the user's or not.
    Start(bool),
    /// Show it again.
    Open,
    /// To the next step.
    Next,
    /// To the step before.
    Back,
    /// Enough of it.
    Skip,
    /// Use the profile with this name.
    Profile(String),
    /// Import the starter model.
    Starter,
    /// Use the installed model with this id.
    Installed(String),
    /// The starter model lies here.
    StarterFound(PathBuf),
    /// The sample lies in this folder.
    Sample(PathBuf),
}

/// What is wanted outside.
#[derive(Debug)]
pub enum OnboardingEffect {
    /// Look for the starter model; answered by [`OnboardingEvent::StarterFound`] when there is one.
    FindStarter,
    /// Put the sample where it can be changed; answered by [`OnboardingEvent::Sample`].
    Sample,
}

/// The catalogue's card of a profile's model.
pub fn card_of<'a>(shelf: &'a ModelInventory, settings: &Settings, profile: &str) -> Option<&'a Card> {
    let id = &settings.profiles.get(profile)?.model;
    shelf.catalogue.iter().find(|card| card.entry.id == *id)
}

/// The heaviest builtin profile that fits well: heavy only on a GPU that is quick, none that does not fit.
pub fn recommended(shelf: &ModelInventory, settings: &Settings) -> &'static str {
    let fits = |profile: &&str| {
        card_of(shelf, settings, profile).is_some_and(|card| {
            let floor =
                settings.profiles.get(*profile).map_or(0.0, |profile| f64::from(profile.slow_tokens_per_s));
            let least = if *profile == "heavy" { QUICK } else { floor };
            // A processor computes slower than its memory would allow.
            let allowed = *profile != "heavy" || shelf.machine.memory.gpu_working_set.is_some();
            allowed && card.fit.verdict == FitVerdict::Fits && card.speed.tokens_per_second() >= least
        })
    };
    ["heavy", BALANCED, "fast"].into_iter().find(fits).unwrap_or("fast")
}

/// What is offered for download: the profile's model, if it fits at all, and small ones.
pub fn offers<'a>(shelf: &'a ModelInventory, settings: &Settings) -> Vec<&'a Card> {
    let profile = card_of(shelf, settings, &settings.profile);
    let profile = profile.filter(|card| !matches!(card.fit.verdict, FitVerdict::DoesNotFit { .. }));
    let small = SMALL.iter().filter_map(|id| shelf.catalogue.iter().find(|card| card.entry.id == *id));
    let mut offers: Vec<&Card> = profile.into_iter().chain(small).collect();
    offers.dedup_by(|a, b| a.entry.id == b.entry.id);
    offers
}
