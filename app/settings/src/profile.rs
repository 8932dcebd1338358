//! Profiles: which model runs and how. The one place where settings become what the worker is told.

use std::collections::BTreeMap;

use ipc::protocol::{self, KvType, Sampling};

use super::value::choices;
use super::{BALANCED, DeviceChoice, Settings};

/// How a model is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Id of its model; empty: the most capable one that is installed.
    pub model: String,
    /// Context window in tokens.
    pub context_tokens: u32,
    /// Type of the key and value cache.
    pub kv: Kv,
    /// 0 always takes the likeliest token.
    pub temperature: f32,
    /// Likeliest tokens to choose from; 0: all.
    pub top_k: u32,
    /// Probability that the chosen tokens reach together; 1: all.
    pub top_p: f32,
    /// Least probability beside the likeliest; 0: none.
    pub min_p: f32,
    /// Divides the logits of recent tokens; 1: off.
    pub repeat_penalty: f32,
    /// Most tokens in one step of reading a prompt.
    pub micro_batch: u32,
    /// Speed or caution.
    pub mode: Mode,
    /// Minutes without a request until the model is unloaded; 0: never.
    pub idle_minutes: u32,
    /// Load the model when the window opens.
    pub prewarm: bool,
    /// Tokens a second under which a lighter profile is suggested; 0: never.
    pub slow_tokens_per_s: f32,
    /// Milliseconds to the first token over which a lighter profile is suggested; 0: never.
    pub slow_first_token_ms: u32,
}

choices! {
    /// Type of the key and value cache.
    Kv {
        /// 16-bit floats.
        F16 = "f16",
        /// 8-bit blocks: half the memory.
        Q8 = "q8",
    }
}

choices! {
    /// Speed or caution.
    Mode {
        /// As fast as it goes.
        Performance = "performance",
        /// Small steps and no risk.
        Stability = "stability",
    }
}

impl Default for Profile {
    /// As an own profile begins: balanced, with whatever model is installed.
    fn default() -> Self {
        let (run, sampling) = (protocol::RunProfile::default(), Sampling::default());
        Profile {
            model: String::new(),
            context_tokens: run.context_tokens,
            kv: Kv::F16,
            temperature: sampling.temperature,
            top_k: sampling.top_k,
            top_p: sampling.top_p,
            min_p: sampling.min_p,
            repeat_penalty: sampling.repeat_penalty,
            micro_batch: run.micro_batch,
            mode: Mode::Performance,
            idle_minutes: run.idle_unload_s.map_or(0, |seconds| seconds / 60),
            prewarm: false,
            slow_tokens_per_s: 4.0,
            slow_first_token_ms: 6_000,
        }
    }
}

/// The builtin profiles, from the lightest.
pub const BUILTIN: [&str; 3] = ["fast", BALANCED, "heavy"];

/// The builtin profiles with the catalogue's models.
pub fn builtin() -> BTreeMap<String, Profile> {
    let fast = Profile {
        model: "qwen2.5-coder-7b-instruct-q4_k_m".into(),
        slow_tokens_per_s: 5.0,
        slow_first_token_ms: 4_000,
        ..Profile::default()
    };
    let balanced = Profile { model: "meta-llama-3-8b-instruct-q4_k_m".into(), ..Profile::default() };
    let heavy = Profile {
        model: "qwen2.5-coder-14b-instruct-q4_k_m".into(),
        slow_tokens_per_s: 2.0,
        slow_first_token_ms: 12_000,
        ..Profile::default()
    };
    BUILTIN.map(str::to_owned).into_iter().zip([fast, balanced, heavy]).collect()
}

impl Settings {
    /// The profile in use; the balanced one when the name means nothing.
    pub fn current_profile(&self) -> &Profile {
        static FALLBACK: std::sync::LazyLock<Profile> = std::sync::LazyLock::new(Profile::default);
        let named = self.profiles.get(&self.profile);
        named.or_else(|| self.profiles.get(BALANCED)).unwrap_or(&FALLBACK)
    }

    /// Id of the model that was chosen to complete and does nothing else.
    pub fn completes(&self) -> Option<&str> {
        let id = self.models.completion.as_str();
        (!id.is_empty() && id != self.models.code && id != self.models.general).then_some(id)
    }

    /// How the worker is to run a model.
    pub fn run_profile(&self) -> protocol::RunProfile {
        let profile = self.current_profile();
        protocol::RunProfile {
            name: self.profile.clone(),
            context_tokens: profile.context_tokens,
            kv: match profile.kv {
                Kv::F16 => KvType::F16,
                Kv::Q8 => KvType::Q8,
            },
            micro_batch: profile.micro_batch,
            mode: match profile.mode {
                Mode::Performance => protocol::WorkerMode::Performance,
                Mode::Stability => protocol::WorkerMode::Stability,
            },
            gpu: self.backend.device != DeviceChoice::Cpu,
            idle_unload_s: (profile.idle_minutes > 0).then_some(profile.idle_minutes * 60),
            ..protocol::RunProfile::default()
        }
    }

    /// How tokens are chosen for edits and explanations.
    pub fn sampling(&self) -> Sampling {
        let Profile { temperature, top_k, top_p, min_p, repeat_penalty, .. } = *self.current_profile();
        Sampling { temperature, top_k, top_p, min_p, repeat_penalty, ..Sampling::default() }
    }

    /// The models wanted for code, the most wanted first: the one chosen, then the profile's.
    pub fn wanted_models(&self) -> impl Iterator<Item = &str> {
        [self.models.code.as_str(), &self.current_profile().model].into_iter().filter(|id| !id.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_set_is_what_the_worker_does_by_itself() {
        let settings = Settings::default();
        assert_eq!(settings.run_profile(), protocol::RunProfile::default());
        assert_eq!(settings.sampling(), Sampling::default());
    }

    #[test]
    fn the_builtin_profiles_name_models_of_the_catalogue() {
        let catalog = models::catalog::builtin().unwrap();
        for (name, profile) in builtin() {
            assert!(catalog.get(&profile.model).is_some(), "{name}: {}", profile.model);
        }
    }

    #[test]
    fn a_profile_reaches_the_worker() {
        let mut settings = Settings { profile: "heavy".into(), ..Settings::default() };
        settings.backend.device = DeviceChoice::Cpu;
        let heavy = settings.profiles.get_mut("heavy").unwrap();
        (heavy.kv, heavy.mode, heavy.idle_minutes, heavy.temperature) = (Kv::Q8, Mode::Stability, 0, 0.3);
        let run = settings.run_profile();
        assert_eq!((run.kv, run.mode), (KvType::Q8, protocol::WorkerMode::Stability));
        assert_eq!((run.gpu, run.idle_unload_s, run.name.as_str()), (false, None, "heavy"));
        assert_eq!(settings.sampling().temperature, 0.3);
    }

    #[test]
    fn a_profile_that_is_not_there_is_the_balanced_one() {
        let settings = Settings { profile: "gone".into(), ..Settings::default() };
        assert_eq!(settings.current_profile(), &builtin()[BALANCED]);
    }
}
