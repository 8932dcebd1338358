//! Notices, the activity panel and failing views, found by the names that a screen reader tells.

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use ground::command::Command;
use ipc::death::Cause;
use ipc::protocol::{Doing, ModelRef, ResidentModel, WorkerMessage};

use super::failed::FAILS;
use super::tests::{happen, press, text, type_text, wait, window, window_with, with_file};
use crate::app::App;
use crate::event::{Event, WorkerEvent};
use crate::features::activity::{ActivityEvent, HostConnections};
use crate::workspace::{Lighter, Model, NoticeKind, WindowPart, WorkerState};

fn sees(harness: &Harness<'_, App>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

fn notify(harness: &mut Harness<'_, App>, kind: NoticeKind, words: &str) {
    harness.state_mut().state().notify(kind, words.into());
    harness.run_steps(3);
}

fn models(harness: &mut Harness<'_, App>) {
    let model = |id: &str, size| Model {
        reference: ModelRef { id: id.into(), path: format!("/{id}").into(), sha256: None, stamp: None },
        name: id.into(),
        size,
        for_code: true,
    };
    happen(harness, Event::ModelsListed(Ok(vec![model("small", 1), model("large", 2)]), 9));
}

#[test]
fn the_breaker_says_why_and_offers_ways_out() {
    let (_folder, mut harness) = with_file("a = 1\n");
    models(&mut harness);
    let stopped = WorkerEvent::Stopped {
        reason: "It crashed.".into(),
        cause: Cause::Crashed,
        doing: Doing::Decode,
        gave_up: true,
        failed: Vec::new(),
        loading: None,
    };
    happen(&mut harness, Event::Worker(stopped));
    assert!(sees(&harness, "It crashed."));
    assert_eq!(harness.state_mut().state().worker.state, WorkerState::GaveUp);
    harness.get_by_label("Smaller model");
    harness.get_by_label("Show log").click();
    harness.run_steps(3);
    harness.get_by_label("Copy report");
    assert!(sees(&harness, "error: It crashed."));
    assert!(harness.query_by_label("Show log").is_none(), "it would close the log that is shown");
    harness.get_by_label("Try again").click();
    harness.run_steps(3);
    assert!(harness.state_mut().state().notices.is_empty());
}

#[test]
fn a_slow_models_suggestion_is_taken_or_never_made_again() {
    let (_folder, mut harness) = with_file("a = 1\n");
    models(&mut harness);
    notify(
        &mut harness,
        NoticeKind::Slow(Some(Lighter::Model("small".into()))),
        "large writes 1.0 tokens/s where 3 are wanted.",
    );
    harness.get_by_label("Don't ask again").click();
    harness.run_steps(3);
    assert!(!harness.state_mut().state().settings.models.suggest_lighter);
    notify(
        &mut harness,
        NoticeKind::Slow(Some(Lighter::Model("small".into()))),
        "large writes 1.0 tokens/s where 3 are wanted.",
    );
    harness.get_by_label("Use it").click();
    harness.run_steps(3);
    assert_eq!(harness.state_mut().state().settings.models.code, "small");
    assert!(harness.state_mut().state().notices.is_empty());
}

#[test]
fn the_activity_panel_shows_memory_and_connections_and_escape_closes_it() {
    let (_folder, mut harness) = with_file("a = 1\n");
    harness.set_size(egui::vec2(1000.0, 1400.0));
    let models = vec![ResidentModel {
        id: "qwen".into(),
        bytes_predicted: 700_000_000,
        bytes_measured: 680_000_000,
        idle_s: 0,
    }];
    let event = WorkerMessage::Residency { models, used: 700_000_000, budget: 8_000_000_000, note: None };
    happen(&mut harness, Event::Worker(WorkerEvent::Said { job: None, event }));
    happen(&mut harness, Event::Command(Command::Activity));
    // Other tests of this process download: the count is set by hand.
    harness.state_mut().state().activity.counted = ground::pace::Paced::at(u64::MAX / 2);
    happen(&mut harness, Event::Activity(ActivityEvent::Connections(Vec::new())));
    harness.get_by_label_contains("qwen: 700 MB predicted, 680 MB measured");
    harness.get_by_label_contains("No connection was made");
    harness.state_mut().state().settings.privacy.air_gapped = true;
    harness.run_steps(3);
    harness.get_by_label_contains("Air-gapped: no connection can be made");
    harness.set_size(egui::vec2(480.0, 1400.0));
    harness.run_steps(3);
    harness.get_by_label("qwen");
    harness.get_by_label("700 MB predicted, 680 MB measured");
    harness.set_size(egui::vec2(1000.0, 1400.0));
    harness.run_steps(3);
    harness.get_by_label_contains("The worker has not crashed");
    let counted = HostConnections { host: "huggingface.co".into(), times: 3, bytes: 7_000_000 };
    happen(&mut harness, Event::Activity(ActivityEvent::Connections(vec![counted])));
    assert!(sees(&harness, "info: Connected 3 times to huggingface.co"));
    harness.get_by_label("Show errors of the log").click();
    harness.run_steps(3);
    assert!(!sees(&harness, "info: Connected") && sees(&harness, "Nothing of this kind has happened"));
    harness.get_by_label("huggingface.co: 3, to download models, 7.0 MB received");
    harness.get_by_label("Open the ledger");
    let model = ModelRef { id: "qwen".into(), path: "/qwen".into(), sha256: None, stamp: None };
    let way = crate::workspace::health::ladder::RunConfig::of(&model, &Default::default());
    let load = crate::workspace::health::PendingJob { wanted: way.clone(), way, tried: Vec::new(), since: 0 };
    harness.state_mut().state().health.loads.push(load);
    harness.run_steps(3);
    harness.get_by_label("Load qwen");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.state_mut().state().page_in_front().is_none());
    type_text(&mut harness, "x");
    assert_eq!(text(&mut harness), "xa = 1\n", "the text has the keyboard again");
}

/// While it lives, this view fails after it has drawn.
struct Fails;

impl Fails {
    fn always(view: WindowPart) -> Fails {
        FAILS.set(Some(view));
        Fails
    }
}

impl Drop for Fails {
    fn drop(&mut self) {
        FAILS.set(None);
    }
}

#[test]
fn a_view_that_fails_closes_and_the_window_goes_on() {
    crate::features::recovery::crash::report_panics(None);
    let (_folder, mut harness) = with_file("a = 1\n");
    let fails = Fails::always(WindowPart::Text);
    harness.run_steps(3);
    harness.get_by_label_contains("The text view failed (failed.rs:");
    type_text(&mut harness, "x");
    assert_eq!(text(&mut harness), "xa = 1\n", "what is typed is not lost");
    drop(fails);
    harness.get_by_label("Show again").click();
    harness.run_steps(4);
    harness.get_by_label("Text of a.py");
    type_text(&mut harness, "y");
    assert_eq!(text(&mut harness), "xya = 1\n");

    happen(&mut harness, Event::Command(Command::Activity));
    let fails = Fails::always(WindowPart::Activity);
    harness.run_steps(3);
    harness.get_by_label_contains("The activity panel failed");
    harness.get_by_label("Close").click();
    harness.run_steps(3);
    assert!(harness.state_mut().state().page_in_front().is_none());
    drop(fails);

    let fails = Fails::always(WindowPart::Overlay);
    happen(&mut harness, Event::Command(Command::Palette));
    harness.run_steps(3);
    drop(fails);
    harness.run_steps(3);
    assert!(sees(&harness, "A dialog failed"));

    notify(&mut harness, NoticeKind::Stepped, "Memory is short.");
    let fails = Fails::always(WindowPart::Notices);
    harness.run_steps(3);
    drop(fails);
    harness.run_steps(3);
    assert!(sees(&harness, "The bar of notices failed"));

    happen(&mut harness, Event::Command(Command::Welcome));
    let fails = Fails::always(WindowPart::Welcome);
    harness.run_steps(3);
    drop(fails);
    assert!(sees(&harness, "The welcome failed"));
    harness.get_by_label("Close").click();
    harness.run_steps(3);

    for view in [WindowPart::Status, WindowPart::Sidebar, WindowPart::Toasts] {
        let fails = Fails::always(view);
        harness.run_steps(4);
        drop(fails);
        happen(&mut harness, Event::ShowView(view));
        harness.get_by_label("Text of a.py");
    }
}

#[test]
fn what_was_typed_before_a_fall_is_offered_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (session, file) = (folder.path().join("state/session.json"), folder.path().join("a.py"));
    std::fs::write(&file, "a = 1\n").unwrap();
    let mut harness = window_with(&[&file], Some(session.clone()));
    wait(&mut harness, |state| !state.tabs.is_empty());
    type_text(&mut harness, "# typed\n");
    let journals =
        || std::fs::read_dir(folder.path().join("state/unsaved")).into_iter().flatten().flatten().count();
    wait(&mut harness, |state| !state.recovery.kept.is_empty() && journals() == 1);
    // Nobody says goodbye: the window is gone as after a crash.
    drop(harness);
    let unlocked =
        |lock: std::path::PathBuf| std::fs::File::open(lock).is_ok_and(|lock| lock.try_lock().is_ok());
    let folder_of = || std::fs::read_dir(folder.path().join("state/unsaved")).unwrap().flatten().next();
    while !folder_of().is_some_and(|found| unlocked(found.path().join("lock"))) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let mut harness = window_with(&[&file], Some(session));
    wait(&mut harness, |state| !state.tabs.is_empty());
    wait(&mut harness, |state| !state.notices.is_empty());
    assert!(sees(&harness, "Unsaved changes to a.py were kept"));
    harness.get_by_label("Recover").click();
    harness.run_steps(3);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.document.is_modified()));
    assert_eq!(text(&mut harness), "# typed\na = 1\n");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a = 1\n", "the file is as it was");
    drop(harness);
    let mut fresh = window(&[]);
    assert!(fresh.state_mut().state().notices.is_empty());
}

/// One key, pressed and let go.
fn key(modifiers: Modifiers, key: Key) -> [egui::Event; 2] {
    let event = |pressed| egui::Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
    [event(true), event(false)]
}

#[test]
fn however_many_keys_a_slow_frame_takes_at_once_none_is_lost() {
    let (_folder, mut harness) = with_file("a = 1\nb = 2\n\n");
    models(&mut harness);
    let mut random = 0x9E37_79B9_7F4A_7C15u64;
    let mut below = |most: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % most
    };
    let mut expected = text(&mut harness);
    for round in 0..40 {
        let line = format!("# {round}");
        expected += &format!("{line}\n");
        let mut events = Vec::new();
        events.extend(key(Modifiers::COMMAND, Key::End));
        events.extend(line.chars().map(|letter| egui::Event::Text(letter.to_string())));
        events.extend(key(Modifiers::NONE, Key::Enter));
        events.extend(key(Modifiers::COMMAND, Key::Home));
        events.extend(key(Modifiers::SHIFT, Key::ArrowDown));
        events.extend(key(Modifiers::COMMAND, Key::I));
        events.extend(key(Modifiers::NONE, Key::Enter));
        for _ in 0..1 + below(4) {
            events.extend(key(Modifiers::NONE, Key::Escape));
        }
        let most = 1 + below(12);
        let mut events = events.into_iter().peekable();
        while events.peek().is_some() {
            let now: Vec<egui::Event> = events.by_ref().take(1 + below(most) as usize).collect();
            harness.input_mut().events.extend(now);
            harness.step();
            (0..below(3)).for_each(|_| harness.step());
            if below(6) == 0 {
                let failed = harness.state_mut().state().job.map(|job| job.id).into_iter().collect();
                let stopped = WorkerEvent::Stopped {
                    reason: "It was killed.".into(),
                    cause: Cause::Killed,
                    doing: Doing::Decode,
                    gave_up: below(2) == 0,
                    failed,
                    loading: None,
                };
                let ctx = harness.ctx.clone();
                harness.state_mut().happen(&ctx, Event::Worker(stopped));
            }
        }
        assert_eq!(text(&mut harness), expected, "round {round}, {most} at once");
    }
}

#[test]
fn what_is_typed_while_nobody_has_the_keyboard_is_for_the_text_from_the_first_key() {
    let (_folder, mut harness) = with_file("a = 1\n");
    let mut expected = text(&mut harness);
    // After Escape, and where the last field has closed in the frame before.
    for stale in [None, Some(super::overlay::field_id())] {
        expected.push('x');
        harness.run_steps(2);
        harness.ctx.memory_mut(|memory| match stale {
            Some(field) => memory.request_focus(field),
            None => memory.surrender_focus(super::editor::id()),
        });
        let events = &mut harness.input_mut().events;
        events.extend(key(Modifiers::COMMAND, Key::End));
        events.push(egui::Event::Text("x".into()));
        harness.step();
        assert_eq!(text(&mut harness), expected, "{stale:?}");
    }
}
