//! What happens when workers die, memory runs out, models are slow or idle: on a whole state, without a window or a clock.

use super::advice::lighter;
use super::memory_fallback::route;
use crate::features::activity::update::wake_in;
use crate::workspace::ToastKind;
use editor_core::file::Opened;
use editor_core::{Selection, Span};
use ground::command::Command;
use ground::ids::JobId;
use ipc::protocol::{LoadedModel, RequestId, ResidentModel};
use ropey::Rope;
use settings::layers::Layers;

use super::*;
use crate::event::{Effect, Event, OverlayEvent, Typed, WorkerEvent};
use crate::features::activity::{ActivityEffect, ActivityEvent, HostConnections};
use crate::features::health::{HealthEffect, HealthEvent};
use crate::state::State;
use crate::workspace::health::ladder::MemoryFailures;
use crate::workspace::log::Severity;
use crate::workspace::{Model, NoticeKind, Page, ReviewStatus, WorkerState};
use ipc::death::Cause;
use ipc::protocol::{Doing, Failure, FailureKind, Usage, WorkerMessage};
use models::download::ledger::{Connection, LedgerError};
use std::sync::Arc;

/// Milliseconds until the idle model is unloaded.
fn left(state: &State, now: u64) -> Option<u64> {
    state.health.idle_left(state.settings.run_profile().idle_unload_s, now)
}

const GB: u64 = 1_000_000_000;

/// A window with a file and two models, and a proposal asked for.
struct Window {
    state: State,
    now: u64,
}

fn reference(id: &str) -> ModelRef {
    ModelRef { id: id.into(), path: format!("/{id}.gguf").into(), sha256: None, stamp: None }
}

impl Window {
    fn new() -> Window {
        let mut window = Window {
            state: State::new(crate::workspace::session::Session::default(), Layers::default()),
            now: 0,
        };
        let opened = Box::new(Opened::new_text(Rope::from_str("a = 1\n")));
        window.send(Event::Opened { path: "/a.py".into(), caret: None, front: true, result: Ok(opened) });
        let model = |id: &str, name: &str, size| Model {
            reference: reference(id),
            name: name.into(),
            size,
            for_code: true,
        };
        let models = vec![model("small", "Small", GB / 2), model("large", "Large", 2 * GB)];
        window.send(Event::ModelsListed(Ok(models), 8 * GB));
        let tab = window.state.tab().unwrap().id;
        window.send(Event::Select(tab, Selection::single(Span::new(0, 5))));
        window
    }

    fn send(&mut self, event: Event) -> Vec<Effect> {
        crate::update::update(&mut self.state, event, self.now)
    }

    fn improve(&mut self) -> Vec<Effect> {
        self.send(Event::Command(Command::Improve));
        self.send(Event::Overlay(OverlayEvent::Accept))
    }

    fn job(&self) -> JobId {
        self.state.job.unwrap().id
    }

    fn says(&mut self, event: WorkerMessage) -> Vec<Effect> {
        let job = self.state.job.map(|job| job.id);
        self.send(Event::Worker(WorkerEvent::Said { job, event }))
    }

    fn budget(&mut self, budget: u64) {
        self.says(WorkerMessage::Residency { models: Vec::new(), used: 0, budget, note: None });
    }

    fn no_memory(&mut self, id: &str) -> Vec<Effect> {
        let failure = Failure::new(FailureKind::OutOfMemory, "no room");
        let job = Some(self.job());
        self.send(Event::Worker(WorkerEvent::NotLoaded { job, ahead: false, model: reference(id), failure }))
    }

    fn dies(&mut self, cause: Cause, gave_up: bool) -> Vec<Effect> {
        let failed = self.state.job.map(|job| job.id).into_iter().collect();
        let reason = "It was killed.".to_owned();
        let doing = Doing::Prefill;
        self.send(Event::Worker(WorkerEvent::Stopped {
            reason,
            cause,
            doing,
            gave_up,
            failed,
            loading: None,
        }))
    }

    fn notice(&self) -> Option<&crate::workspace::Notice> {
        self.state.notices.last()
    }
}

/// The way that a job is asked again.
fn reasked(effects: &[Effect]) -> Option<&RunConfig> {
    effects.iter().find_map(|effect| match effect {
        Effect::Health(HealthEffect::Reask(_, way)) => Some(way),
        _ => None,
    })
}

fn asked_model(effects: &[Effect]) -> Option<String> {
    effects.iter().find_map(|effect| match effect {
        Effect::Ask { model, .. } => Some(model.id.clone()),
        _ => None,
    })
}

#[test]
fn a_gpu_that_fails_gets_a_second_chance_and_then_the_processor_takes_its_place() {
    let mut window = Window::new();
    window.state.health.gpu_seen = true;
    window.improve();
    let fails = |window: &mut Window| {
        let failure = Failure::new(FailureKind::Device, "broken");
        window.says(WorkerMessage::Failed { id: Some(RequestId(1)), failure })
    };
    let effects = fails(&mut window);
    assert!(reasked(&effects).is_some_and(|way| way.gpu), "once more");
    assert!(window.notice().is_none());
    let effects = fails(&mut window);
    assert!(reasked(&effects).is_some_and(|way| !way.gpu));
    assert!(window.notice().is_some_and(|notice| notice.text.contains("CPU")));
    let effects = fails(&mut window);
    assert!(reasked(&effects).is_none(), "there is no third way");
    window.improve();
    assert!(window.state.health.asked.values().all(|asked| !asked.way.gpu), "it stays so");
}

#[test]
fn want_of_memory_goes_one_step_down_at_a_time_told_each_time_and_ends() {
    let mut window = Window::new();
    window.budget(GB);
    assert_eq!(asked_model(&window.improve()).as_deref(), Some("large"));
    let mut steps = Vec::new();
    let mut model = "large".to_owned();
    loop {
        let effects = window.no_memory(&model);
        assert!(steps.len() < 8, "without end");
        let Some(way) = reasked(&effects) else { break };
        steps.push((way.model.id.clone(), way.context, way.q8));
        model.clone_from(&way.model.id);
        let told = window.notice().map(|notice| notice.text.clone()).unwrap();
        assert!(told.contains("Large"), "{told}");
        assert_eq!(window.state.notices.len(), 1, "one notice, brought up to date");
    }
    let of = |id: &str, from: u32| {
        [(8192, false), (4096, false), (2048, false), (2048, true)]
            .into_iter()
            .filter(move |(context, q8)| *context < from || *q8)
            .map(|(context, q8)| (id.to_owned(), context, q8))
            .collect::<Vec<_>>()
    };
    assert_eq!(steps, [of("large", 8192), of("small", 9000)].concat());
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert!(
        matches!(&review.status, ReviewStatus::Failed(reason) if reason.to_lowercase().contains("no room"))
    );
}

#[test]
fn a_load_that_the_user_asks_for_takes_the_same_steps_as_a_question_and_is_remembered() {
    let mut window = Window::new();
    window.budget(GB);
    let mut effects = Vec::new();
    crate::workspace::configure::use_model(&mut window.state, "large", 0, &mut effects);
    route(&mut window.state, 0, &mut effects);
    let mut steps = Vec::new();
    let mut model = "large".to_owned();
    let fails = |window: &mut Window, model: &str| {
        let failure = Failure::new(FailureKind::OutOfMemory, "no room");
        let model = reference(model);
        window.send(Event::Worker(WorkerEvent::NotLoaded { job: None, ahead: false, model, failure }))
    };
    loop {
        let effects = fails(&mut window, &model);
        assert!(steps.len() < 8, "without end");
        let next = effects.iter().find_map(|effect| match effect {
            Effect::Health(HealthEffect::Load(model)) => Some(model.id.clone()),
            _ => None,
        });
        let Some(next) = next else { break };
        assert!(window.state.toasts.is_empty(), "a step is no failure: {:?}", window.state.toasts);
        assert!(window.notice().is_some_and(|notice| notice.text.contains("Large")));
        let way = window.state.health.runs.get(&next);
        steps.push((next.clone(), way.map(|way| (way.context, way.q8))));
        model = next;
    }
    let of = |id: &str| [(4096, false), (2048, false), (2048, true)].map(|way| (id.to_owned(), Some(way)));
    let large = of("large").to_vec();
    assert_eq!(steps, [large, vec![("small".to_owned(), None)], of("small").to_vec()].concat());
    assert_eq!(window.state.health.history.failures().len(), 8);
    assert!(window.state.toasts.iter().any(|toast| toast.text == "no room"), "in the end it is told");
    assert!(window.state.health.loads.is_empty());
}

#[test]
fn a_load_goes_on_in_the_next_worker_and_steps_down_when_memory_killed_this_one() {
    let mut window = Window::new();
    let loading = |window: &mut Window, cause, gave_up| {
        window.send(Event::Worker(WorkerEvent::Stopped {
            reason: "It was killed.".into(),
            cause,
            doing: Doing::Loading,
            gave_up,
            failed: Vec::new(),
            loading: Some(reference("large")),
        }))
    };
    let again = |effects: &[Effect]| {
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Health(HealthEffect::Load(model)) if model.id == "large"))
    };
    let mut effects = Vec::new();
    crate::workspace::configure::use_model(&mut window.state, "large", 0, &mut effects);
    route(&mut window.state, 0, &mut effects);
    assert!(again(&loading(&mut window, Cause::Crashed, false)));
    assert!(window.notice().is_none());
    assert!(again(&loading(&mut window, Cause::OutOfMemory { certain: true }, false)));
    assert_eq!(window.state.health.runs.get("large").map(|way| way.context), Some(4096));
    assert!(!again(&loading(&mut window, Cause::Crashed, true)), "the breaker ends it");
    let model = LoadedModel { id: "large".into(), ..LoadedModel::default() };
    crate::workspace::configure::use_model(&mut window.state, "large", 0, &mut effects);
    route(&mut window.state, 0, &mut effects);
    window.says(WorkerMessage::Loaded { id: RequestId(1), model });
    assert!(window.state.health.loads.is_empty());
    assert!(!again(&loading(&mut window, Cause::Crashed, false)), "it was loaded, and is restored as such");
}

#[test]
fn what_failed_is_not_asked_for_again_before_there_is_more_memory() {
    let mut window = Window::new();
    window.budget(GB);
    window.improve();
    for _ in 0..4 {
        window.no_memory("large");
    }
    window.says(WorkerMessage::Done {
        id: RequestId(1),
        stop: ipc::protocol::StopReason::EndOfAnswer,
        usage: Usage::default(),
    });
    window.send(Event::Command(Command::StopReview));
    assert_eq!(asked_model(&window.improve()).as_deref(), Some("small"));
    window.send(Event::Command(Command::StopReview));
    window.budget(4 * GB);
    let effects = window.improve();
    assert_eq!(asked_model(&effects).as_deref(), Some("large"));
    let usual =
        |effect: &Effect| matches!(effect, Effect::Health(HealthEffect::Run(id, None)) if id == "large");
    assert!(effects.iter().any(usual), "{effects:?}");
    assert!(window.notice().is_none());
}

#[test]
fn what_an_earlier_start_remembered_is_weighed_against_the_memory_there_is_now() {
    let remembered = |budget| {
        let mut window = Window::new();
        window.budget(budget);
        window.improve();
        let effects = window.no_memory("large");
        let remembered = effects.iter().find_map(|effect| match effect {
            Effect::Health(HealthEffect::Remember(history)) => Some(history.clone()),
            _ => None,
        });
        remembered.unwrap()
    };
    let asks = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::AskDevices));
    let warmed = |effects: &[Effect]| {
        effects.iter().any(|effect| matches!(effect, Effect::WarmModel(model) if model.id == "large"))
    };
    let starts = || {
        let mut window = Window::new();
        window.state.settings.profiles.get_mut("balanced").unwrap().prewarm = true;
        let effects = window.send(Event::Health(HealthEvent::Remembered(remembered(GB))));
        assert!(asks(&effects), "{effects:?}");
        window
    };
    let residency = |budget| WorkerMessage::Residency { models: Vec::new(), used: 0, budget, note: None };

    let mut window = starts();
    let installed = window.state.models.installed.take().unwrap();
    let effects = window.send(Event::ModelsListed(Ok(installed), 8 * GB));
    assert!(!warmed(&effects), "not before it is known how much memory there is");
    let effects = window.says(residency(4 * GB));
    assert!(warmed(&effects), "{effects:?}");
    assert!(window.state.health.history.failures().is_empty());
    let told = |effect: &Effect| matches!(effect, Effect::Health(HealthEffect::Remember(_)));
    assert!(effects.iter().any(told), "the file forgets as well");
    assert!(window.state.health.runs.is_empty(), "as the user wants it");
    window.improve();
    assert!(reasked(&window.no_memory("large")).is_some_and(|way| way.context == 4096), "a step, as ever");
    assert_eq!(window.state.health.history.failures().len(), 1, "and remembered again");

    let mut window = starts();
    let effects = window.says(residency(GB));
    assert!(warmed(&effects), "{effects:?}");
    assert_eq!(window.state.health.runs.get("large").map(|way| way.context), Some(4096));
    assert!(asks(&window.send(Event::WindowFocused)), "another program may have been closed");

    let mut window = Window::new();
    assert!(!asks(&window.send(Event::Health(HealthEvent::Remembered(MemoryFailures::default())))));
    assert!(!asks(&window.send(Event::WindowFocused)), "where nothing was short no worker is started");
}

#[test]
fn one_unexplained_kill_is_an_accident_and_the_second_steps_down() {
    let mut window = Window::new();
    window.improve();
    let suspected = Cause::OutOfMemory { certain: false };
    let effects = window.dies(suspected, false);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Resume(_))) && reasked(&effects).is_none());
    let effects = window.dies(suspected, false);
    assert_eq!(reasked(&effects).map(|way| way.context), Some(4096), "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Health(HealthEffect::Pardon(true)))));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Resume(_))));
}

#[test]
fn the_breaker_says_why_and_each_of_its_buttons_does_something() {
    let mut window = Window::new();
    window.improve();
    let effects = window.dies(Cause::Crashed, true);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Resume(_))), "{effects:?}");
    assert_eq!(window.state.worker.state, WorkerState::GaveUp);
    let notice = window.notice().unwrap();
    assert!(notice.kind == NoticeKind::GaveUp && notice.text.contains("It was killed."), "{notice:?}");
    let effects = window.send(Event::Health(HealthEvent::Retry));
    assert!(matches!(effects[0], Effect::Health(HealthEffect::Pardon(false))));
    assert_eq!(asked_model(&effects).as_deref(), Some("large"), "the failed proposal is asked for again");
    assert!(window.notice().is_none());
    window.dies(Cause::Crashed, true);
    let effects = window.send(Event::Health(HealthEvent::Smaller));
    assert_eq!(asked_model(&effects).as_deref(), Some("small"), "{effects:?}");
    assert_eq!(window.state.settings.models.code, "small");
    assert_eq!(window.state.health.restarts.len(), 2);
}

#[test]
fn memory_is_named_as_a_cause_only_where_there_was_not_plenty_of_it() {
    let dies = |budget| {
        let mut window = Window::new();
        window.budget(budget);
        window.improve();
        let failed = vec![window.job()];
        window.send(Event::Worker(WorkerEvent::Stopped {
            reason: "It was killed.".into(),
            cause: Cause::OutOfMemory { certain: false },
            doing: Doing::Prefill,
            gave_up: false,
            failed,
            loading: None,
        }));
        window.state.health.restarts.back().unwrap().1.clone()
    };
    assert_eq!(dies(3 * GB), "It was killed. Perhaps memory ran out.");
    assert_eq!(dies(20 * GB), "It was killed.");
}

#[test]
fn an_answer_without_a_word_has_no_speed() {
    let mut window = Window::new();
    let stop = ipc::protocol::StopReason::Cancelled;
    window.says(WorkerMessage::Done { id: RequestId(1), stop, usage: Usage::default() });
    assert!(window.state.worker.usage.is_none(), "no 0.0 tokens/s");
    let usage = Usage { generated_tokens: 1, ..Usage::default() };
    window.says(WorkerMessage::Done { id: RequestId(1), stop, usage });
    assert!(window.state.worker.usage.is_some());
}

/// What goes to the log on disk.
fn written(effects: &[Effect]) -> Vec<(Severity, bool, String)> {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Activity(ActivityEffect::WriteLog(lines)) => Some(lines),
        _ => None,
    });
    lines.flatten().map(|line| (line.level, line.ended, line.text.clone())).collect()
}

#[test]
fn the_log_has_what_the_settings_want_without_texts_and_paths_and_goes_to_disk() {
    let mut window = Window::new();
    let wants = |window: &mut Window, level: &str| {
        let key = settings::table::SettingKey::find("logs.level").unwrap();
        let value = settings::value::SettingValue::Text(level.to_owned());
        window.send(Event::Settings(settings::SettingsEvent::Change(key, Some(value))));
    };
    let failure = || Failure::new(FailureKind::ModelFile, "Cannot open /large.gguf, says `a = 1`.");
    let fails = |window: &mut Window| {
        let event = WorkerMessage::Failed { id: Some(RequestId(1)), failure: failure() };
        window.says(event)
    };
    assert_eq!(written(&window.improve()), [], "steps are not wanted by default");
    let told = written(&fails(&mut window));
    assert!(
        matches!(&told[..], [(Severity::Error, false, text)] if text.contains("[path]") && !text.contains("gguf")),
        "{told:?}"
    );
    window.send(Event::Command(Command::StopReview));

    wants(&mut window, "debug");
    let told = written(&window.improve());
    assert!(
        matches!(&told[..], [(Severity::Debug, false, text)] if text == "Improve is asked of Large."),
        "{told:?}"
    );
    let usage = Usage { generated_tokens: 11, decode_ms: 1_000.0, ttft_ms: 300.0, ..Usage::default() };
    let stop = ipc::protocol::StopReason::EndOfAnswer;
    let told = written(&window.says(WorkerMessage::Done { id: RequestId(1), stop, usage }));
    assert!(told.iter().any(|(_, _, text)| text.contains("11 tokens")), "{told:?}");
    window.send(Event::Command(Command::StopReview));

    wants(&mut window, "off");
    window.improve();
    assert_eq!(written(&window.dies(Cause::Crashed, true)), []);
    assert_eq!(window.state.health.restarts.len(), 1, "the panel counts them all the same");
    wants(&mut window, "error");
    window.send(Event::Health(HealthEvent::Retry));
    let told = written(&window.dies(Cause::Crashed, true));
    assert_eq!(told, [(Severity::Error, true, "It was killed.".to_owned())]);
}

#[test]
fn a_new_connection_goes_into_the_log_once() {
    let mut window = Window::new();
    let counted = |window: &mut Window, times| {
        let hosts = vec![HostConnections { host: "huggingface.co".into(), times, bytes: 0 }];
        written(&window.send(Event::Activity(ActivityEvent::Connections(hosts))))
    };
    let told = counted(&mut window, 2);
    assert!(
        matches!(&told[..], [(Severity::Info, _, text)] if text.contains("2 times to huggingface.co")),
        "{told:?}"
    );
    assert_eq!(counted(&mut window, 2), []);
    assert!(counted(&mut window, 3)[0].2.contains("once"));
}

#[test]
fn what_failed_waits_for_nothing_and_a_repeated_load_is_no_news() {
    let mut window = Window::new();
    window.improve();
    assert_eq!(window.state.health.asked.len(), 1);
    window.dies(Cause::Crashed, true);
    assert!(window.state.health.asked.is_empty(), "it is not listed as a request any more");
    window.send(Event::Health(HealthEvent::Retry));
    let failure = Failure::new(FailureKind::ModelFile, "broken");
    window.says(WorkerMessage::Failed { id: Some(RequestId(1)), failure });
    assert!(window.state.health.asked.is_empty());

    let model = LoadedModel { id: "large".into(), context_tokens: 8192, ..LoadedModel::default() };
    let loads = |window: &Window| {
        let told = window.state.log.latest().filter(|entry| entry.text.starts_with("Loaded Large"));
        told.map(|entry| entry.times).sum::<u32>()
    };
    window.now = 10_000;
    for _ in 0..3 {
        window.says(WorkerMessage::Loaded { id: RequestId(1), model: model.clone() });
    }
    assert_eq!(loads(&window), 1, "it was in memory already");
    window.now = 20_000;
    window.dies(Cause::Crashed, false);
    window.says(WorkerMessage::Loaded { id: RequestId(1), model });
    assert_eq!(loads(&window), 2, "another worker loaded it");
}

#[test]
fn a_completion_that_goes_with_its_worker_says_what_is_next_and_beside_the_breaker_nothing() {
    let completes = |gave_up| {
        let mut window = Window::new();
        let resident = ResidentModel { id: "large".into(), bytes_predicted: 1, bytes_measured: 1, idle_s: 0 };
        window.says(WorkerMessage::Residency { models: vec![resident], used: 1, budget: GB, note: None });
        let tab = window.state.tab().unwrap().id;
        window.send(Event::Select(tab, Selection::single(Span::new(5, 5))));
        window.send(Event::Typed(Typed::Text("2".into())));
        window.now += 10_000;
        window.send(Event::Frame);
        let failed: Vec<JobId> = window.state.health.asked.keys().copied().collect();
        assert_eq!(failed.len(), 1);
        window.send(Event::Worker(WorkerEvent::Stopped {
            reason: "It was killed.".into(),
            cause: Cause::Killed,
            doing: Doing::Decode,
            gave_up,
            failed,
            loading: None,
        }));
        assert!(window.state.health.asked.is_empty());
        window.state.toasts.iter().map(|toast| (toast.kind, toast.text.clone())).collect::<Vec<_>>()
    };
    let told = completes(false);
    assert!(
        matches!(&told[..], [(ToastKind::Info, text)] if text.contains("Your text is untouched")),
        "{told:?}"
    );
    assert_eq!(completes(true), [], "the bar says it all");
}

#[test]
fn where_memory_suffices_for_nothing_the_breaker_is_told_as_well() {
    let mut window = Window::new();
    window.improve();
    let mut steps = 0;
    while reasked(&window.dies(Cause::OutOfMemory { certain: true }, true)).is_some() {
        assert_eq!(window.state.worker.state, WorkerState::Restarting);
        assert!(window.state.notices.iter().all(|notice| notice.kind != NoticeKind::GaveUp));
        steps += 1;
        assert!(steps < 9, "without end");
    }
    assert_eq!(window.state.worker.state, WorkerState::GaveUp);
    let notice = window.notice().unwrap();
    assert!(notice.kind == NoticeKind::GaveUp && notice.text.contains("It was killed."), "{notice:?}");
}

#[test]
fn a_worker_is_said_to_restart_only_when_another_one_is_started() {
    let mut window = Window::new();
    let completes = |window: &mut Window| {
        window.send(Event::Worker(WorkerEvent::Stopped {
            reason: "It crashed.".into(),
            cause: Cause::Crashed,
            doing: Doing::Loading,
            gave_up: false,
            failed: vec![JobId(99)],
            loading: Some(reference("large")),
        }))
    };
    completes(&mut window);
    assert_eq!(window.state.worker.state, WorkerState::Off, "nobody asks again");
    let model = LoadedModel { id: "large".into(), ..LoadedModel::default() };
    window.says(WorkerMessage::Loaded { id: RequestId(1), model });
    completes(&mut window);
    assert_eq!(window.state.worker.state, WorkerState::Restarting, "what was in memory comes back");
}

#[test]
fn three_slow_answers_suggest_the_lighter_model_once_and_one_key_takes_it() {
    let mut window = Window::new();
    let slow = Usage { generated_tokens: 101, decode_ms: 100_000.0, ttft_ms: 10.0, ..Usage::default() };
    let answer = |window: &mut Window| {
        window.improve();
        let stop = ipc::protocol::StopReason::EndOfAnswer;
        window.says(WorkerMessage::Done { id: RequestId(1), stop, usage: slow });
        window.send(Event::Command(Command::StopReview));
    };
    answer(&mut window);
    answer(&mut window);
    assert!(window.notice().is_none());
    answer(&mut window);
    let notice = window.notice().unwrap();
    assert!(
        notice.text.contains("1.0 tokens/s where 4 are wanted") && notice.text.contains("Small"),
        "{notice:?}"
    );
    window.send(Event::Command(Command::UseLighter));
    assert_eq!(window.state.settings.models.code, "small");
    assert!(window.notice().is_none());

    let mut profiles = Window::new();
    profiles.state.settings.profiles.get_mut("fast").unwrap().model = "small".into();
    (0..3).for_each(|_| answer(&mut profiles));
    let notice = profiles.notice().unwrap();
    assert!(notice.text.contains("The profile fast, with Small, is lighter"), "{notice:?}");
    profiles.send(Event::Command(Command::UseLighter));
    assert_eq!((profiles.state.settings.profile.as_str(), profiles.notice()), ("fast", None));

    let mut quiet = Window::new();
    quiet.send(Event::Health(HealthEvent::NeverSuggest));
    assert!(!quiet.state.settings.models.suggest_lighter);
    for _ in 0..5 {
        answer(&mut quiet);
    }
    assert!(quiet.notice().is_none());
    let key = settings::table::SettingKey::find("models.suggest_lighter");
    quiet.send(Event::Settings(settings::SettingsEvent::Change(key.unwrap(), None)));
    quiet.state.health.slow = Default::default();
    (0..3).for_each(|_| answer(&mut quiet));
    assert!(quiet.notice().is_some(), "who wants them again gets them again");
}

#[test]
fn a_slow_model_is_told_what_helps_where_the_only_smaller_one_is_not_for_code() {
    let mut window = Window::new();
    window.state.models.installed.as_mut().unwrap()[0].for_code = false;
    let late = Usage { generated_tokens: 101, decode_ms: 100.0, ttft_ms: 42_000.0, ..Usage::default() };
    for _ in 0..3 {
        window.improve();
        let stop = ipc::protocol::StopReason::EndOfAnswer;
        window.says(WorkerMessage::Done { id: RequestId(1), stop, usage: late });
        window.send(Event::Command(Command::StopReview));
    }
    let notice = window.notice().unwrap().clone();
    assert_eq!(notice.kind, NoticeKind::Slow(None));
    assert!(
        notice.text.contains("42 s where 6 s") && notice.text.contains("smaller selection"),
        "{notice:?}"
    );
    assert!(!notice.text.contains("Small"), "{notice:?}");
    window.send(Event::Command(Command::UseLighter));
    assert_eq!(window.state.model().unwrap().reference.id, "large", "the key takes nothing unfit either");
    assert!(window.notice().is_none());
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("No lighter model for code")));
    assert!(lighter(&window.state).is_none(), "nor does the breaker offer it");
}

#[test]
fn an_idle_model_counts_down_goes_and_comes_again_with_the_keyboard() {
    let mut window = Window::new();
    let resident = ResidentModel { id: "large".into(), bytes_predicted: 1, bytes_measured: 1, idle_s: 0 };
    let model = LoadedModel { id: "large".into(), ..LoadedModel::default() };
    window.now = 1_000;
    window.says(WorkerMessage::Residency { models: vec![resident], used: 1, budget: GB, note: None });
    window.says(WorkerMessage::Loaded { id: RequestId(1), model });
    assert_eq!(left(&window.state, 61_000), Some(240_000));
    assert!(wake_in(&window.state, 61_000).is_some());
    let note = Some("Unloaded large (1 MB freed) after 5 minutes without a request.".to_owned());
    window.says(WorkerMessage::Residency { models: Vec::new(), used: 0, budget: GB, note });
    assert_eq!(left(&window.state, 400_000), None);
    window.says(WorkerMessage::Loaded {
        id: RequestId(1),
        model: LoadedModel { id: "large".into(), ..LoadedModel::default() },
    });
    assert!(left(&window.state, 400_000).is_some());
    window.send(Event::Worker(WorkerEvent::Stopped {
        reason: "It was killed.".into(),
        cause: Cause::Killed,
        doing: Doing::Idle,
        gave_up: false,
        failed: Vec::new(),
        loading: None,
    }));
    assert_eq!(left(&window.state, 400_000), None, "what died is not said to be unloaded later");
    window.state.health.went_idle = Some("large".into());
    let effects = window.send(Event::WindowFocused);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::WarmModel(model) if model.id == "large")));
    let again = window.send(Event::WindowFocused);
    assert!(!again.iter().any(|effect| matches!(effect, Effect::WarmModel(_))), "once");
}

#[test]
fn the_ledger_opens_as_a_text_of_its_own_which_can_be_saved() {
    let mut window = Window::new();
    window.send(Event::Command(Command::Activity));
    let effects = window.send(Event::Activity(ActivityEvent::OpenLedger));
    assert!(matches!(&effects[..], [Effect::Activity(ActivityEffect::ReadLedger)]), "{effects:?}");
    window.send(Event::Activity(ActivityEvent::LedgerRead(Ok("hub.test, once\n".into()))));
    let document = &window.state.tab().unwrap().document;
    assert_eq!(
        (document.title(), document.rope().to_string()),
        ("Connections".to_owned(), "hub.test, once\n".to_owned())
    );
    assert!(!window.state.shows(Page::Activity), "the text is in front");
    window.send(Event::Activity(ActivityEvent::LedgerRead(Err(Arc::new(LedgerError::NoHome)))));
    let toast = window.state.toasts.last().unwrap();
    assert_eq!(toast.text, "There is no home folder for the ledger of connections.");
}

#[test]
fn connections_are_counted_by_host_with_what_they_brought() {
    let made =
        |host: &str, bytes| Connection { at: 0, host: host.into(), via: None, why: String::new(), bytes };
    let counted =
        HostConnections::count(&[made("b:443", Some(5)), made("a:443", None), made("b:443", Some(7))]);
    let host = |host: &str, times, bytes| HostConnections { host: host.into(), times, bytes };
    assert_eq!(counted, [host("a:443", 1, 0), host("b:443", 2, 12)]);
}

#[test]
fn the_panel_opens_over_the_text_counts_connections_and_goes_when_the_text_is_wanted() {
    let mut window = Window::new();
    let effects = window.send(Event::Command(Command::Activity));
    assert!(matches!(&effects[..], [Effect::CountConnections]));
    window.now = 5_000;
    let mut effects = window.send(Event::Frame);
    effects.retain(|effect| !matches!(effect, Effect::Changes(_) | Effect::Watch(_)));
    assert!(matches!(&effects[..], [Effect::CountConnections]), "{effects:?}");
    let tab = window.state.workspace.tabs[0].id;
    window.send(Event::Activate(tab));
    assert!(!window.state.shows(Page::Activity));
    window.send(Event::Command(Command::Activity));
    window.send(Event::Command(Command::ModelManager));
    assert!(!window.state.shows(Page::Activity) && window.state.shows(Page::Models));
    window.send(Event::Command(Command::Activity));
    assert!(window.state.shows(Page::Activity) && !window.state.shows(Page::Models));
}
