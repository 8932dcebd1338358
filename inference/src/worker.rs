//! The worker's loop: one request after another, each answered; between them the engine looks after memory.

use std::{ops::ControlFlow, sync::atomic::Ordering, time::Instant};

use crossbeam_channel::RecvTimeoutError;
use ipc::{
    protocol::{Event, Failure, FailureKind, Request, RequestId, StopReason, Usage},
    server::{EventQueue, Job, Server},
};

use crate::{
    engine::{Engine, Generate},
    generate::Output,
};

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The editor is gone, or asked for it.
    Asked,
    /// The device failed and this process cannot compute any more.
    DeviceFailed,
}

/// Serves requests until the editor is gone.
pub fn run(server: &Server, engine: &mut dyn Engine) -> End {
    loop {
        let next = match engine.care_after() {
            Some(time) => server.jobs.recv_timeout(time),
            None => server.jobs.recv().map_err(RecvTimeoutError::from),
        };
        match next {
            Ok(job) => {
                if let ControlFlow::Break(end) = serve(job, &server.events, engine) {
                    return end;
                }
            }
            Err(RecvTimeoutError::Timeout) => engine.care(),
            Err(RecvTimeoutError::Disconnected) => return End::Asked,
        }
        tell(&server.events, engine);
    }
}

fn serve(job: Job, events: &EventQueue, engine: &mut dyn Engine) -> ControlFlow<End> {
    let received = Instant::now();
    let Job { request, cancel } = job;
    match request {
        Request::ListDevices { id } => events.push(Event::Devices { id, devices: engine.devices() }),
        Request::UnloadModel { id } => {
            engine.unload();
            tell(events, engine);
            events.push(Event::Unloaded { id });
        }
        Request::LoadModel { id, model, profile } => {
            let mut progress = |fraction| {
                events.push(Event::LoadProgress { id, fraction });
                !cancel.load(Ordering::Relaxed)
            };
            let loaded = engine.load(&model, &profile, &mut progress);
            tell(events, engine);
            return finish(id, events, loaded.map(|model| Event::Loaded { id, model }));
        }
        Request::Generate { id, model, prompt, params, ctrl } => {
            if cancel.load(Ordering::Relaxed) {
                events.push(Event::Done { id, stop: StopReason::Cancelled, usage: Usage::default() });
                return ControlFlow::Continue(());
            }
            let request = Generate { model, prompt, sampling: params, ctrl, cancel, received };
            let answer = engine.generate(&request, &mut |output| events.push(event(id, output)));
            return finish(id, events, answer.map(|(stop, usage)| Event::Done { id, stop, usage }));
        }
        Request::Shutdown => return ControlFlow::Break(End::Asked),
        // Answered by the reader, see `ipc::server`.
        Request::Ping { .. } | Request::Cancel { .. } => {}
    }
    ControlFlow::Continue(())
}

/// Tells what changed in memory, before what is answered because of it.
fn tell(events: &EventQueue, engine: &mut dyn Engine) {
    if let Some(event) = engine.residency() {
        events.push(event);
    }
}

fn finish(id: RequestId, events: &EventQueue, result: Result<Event, Failure>) -> ControlFlow<End> {
    match result {
        Ok(event) => events.push(event),
        Err(failure) => {
            let fatal = failure.kind == FailureKind::Device;
            events.push(Event::Failed { id: Some(id), failure });
            if fatal {
                return ControlFlow::Break(End::DeviceFailed);
            }
        }
    }
    ControlFlow::Continue(())
}

fn event(id: RequestId, output: Output) -> Event {
    match output {
        Output::Ready(prompt) => Event::PromptReady { id, prompt },
        Output::Prefill(done, total) => Event::PrefillProgress { id, done, total },
        Output::Delta(text, tokens) => Event::Delta { id, text, tokens },
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use ipc::protocol::{Control, Device, LoadedModel, ModelRef, Profile, Prompt, PromptReport, Sampling};

    use super::*;

    /// Answers each prompt with its own text, word by word, until it is cancelled.
    #[derive(Default)]
    struct Echo {
        loaded: bool,
        /// Unloads as soon as it is looked after.
        restless: bool,
        changed: bool,
    }

    impl Engine for Echo {
        fn devices(&self) -> Vec<Device> {
            Vec::new()
        }

        fn load(
            &mut self,
            model: &ModelRef,
            profile: &Profile,
            progress: &mut dyn FnMut(f32) -> bool,
        ) -> Result<LoadedModel, Failure> {
            progress(0.5);
            self.loaded = true;
            self.restless = profile.idle_unload_s == Some(0);
            Ok(LoadedModel {
                id: model.id.clone(),
                sha256: None,
                description: "echo".into(),
                context_tokens: profile.context_tokens,
                weights_bytes: 0,
                threads: 1,
                load_ms: 0.0,
                resident_bytes: 0,
            })
        }

        fn unload(&mut self) {
            self.loaded = false;
        }

        fn care_after(&self) -> Option<Duration> {
            (self.loaded && self.restless).then_some(Duration::from_millis(1))
        }

        fn care(&mut self) {
            (self.loaded, self.changed) = (false, true);
        }

        fn residency(&mut self) -> Option<Event> {
            let note = Some("idle".to_owned());
            std::mem::take(&mut self.changed).then_some(Event::Residency {
                models: Vec::new(),
                used: 0,
                budget: 0,
                note,
            })
        }

        fn generate(
            &mut self,
            request: &Generate,
            out: &mut dyn FnMut(Output),
        ) -> Result<(StopReason, Usage), Failure> {
            if !self.loaded {
                return Err(Failure::new(FailureKind::NoModel, "none"));
            }
            let Prompt::Raw(text) = &request.prompt else {
                return Err(Failure::new(FailureKind::Device, "broken"));
            };
            out(Output::Ready(PromptReport::default()));
            for (n, word) in text.split_inclusive(' ').enumerate() {
                out(Output::Delta(word.to_owned(), n as u32 + 1));
            }
            while text.contains("forever") {
                if request.cancel.load(Ordering::Relaxed) {
                    return Ok((StopReason::Cancelled, Usage::default()));
                }
                thread::yield_now();
            }
            Ok((StopReason::EndOfAnswer, Usage::default()))
        }
    }

    /// A worker on a thread, with both ends of its wire.
    fn worker()
    -> (crossbeam_channel::Sender<Request>, crossbeam_channel::Receiver<Event>, thread::JoinHandle<End>) {
        let (requests, incoming) = crossbeam_channel::unbounded();
        let (outgoing, events) = crossbeam_channel::unbounded();
        let server = Server::start(incoming, outgoing, || {}).unwrap();
        (requests, events, thread::spawn(move || run(&server, &mut Echo::default())))
    }

    fn generate(id: u64, prompt: Prompt) -> Request {
        Request::Generate {
            id: RequestId(id),
            model: None,
            prompt,
            params: Sampling::default(),
            ctrl: Control::default(),
        }
    }

    fn load(id: u64) -> Request {
        let model = ModelRef { id: "m".into(), path: "/m".into(), sha256: None };
        Request::LoadModel { id: RequestId(id), model, profile: Profile::default() }
    }

    fn answer(events: &crossbeam_channel::Receiver<Event>, id: u64) -> (String, Event) {
        let mut text = String::new();
        loop {
            let event = events.recv().unwrap();
            if event.id() != Some(RequestId(id)) {
                continue;
            }
            if let Event::Delta { text: more, .. } = &event {
                text += more;
            } else if event.is_final() {
                return (text, event);
            }
        }
    }

    #[test]
    fn requests_are_answered_in_order_and_a_missing_model_is_a_failure_of_one_request() {
        let (requests, events, worker) = worker();
        requests.send(generate(1, Prompt::Raw("too early".into()))).unwrap();
        requests.send(load(2)).unwrap();
        requests.send(generate(3, Prompt::Raw("one two three".into()))).unwrap();
        let (_, failed) = answer(&events, 1);
        assert!(matches!(failed, Event::Failed { failure, .. } if failure.kind == FailureKind::NoModel));
        assert!(matches!(answer(&events, 2).1, Event::Loaded { .. }));
        let (text, done) = answer(&events, 3);
        assert_eq!(text, "one two three");
        assert!(matches!(done, Event::Done { stop: StopReason::EndOfAnswer, .. }));
        drop(requests);
        assert_eq!(worker.join().unwrap(), End::Asked);
    }

    #[test]
    fn an_engine_is_looked_after_between_requests_and_what_it_did_is_told() {
        let (requests, events, _worker) = worker();
        let Request::LoadModel { id, model, profile } = load(1) else { unreachable!() };
        let profile = Profile { idle_unload_s: Some(0), ..profile };
        requests.send(Request::LoadModel { id, model, profile }).unwrap();
        assert!(matches!(answer(&events, 1).1, Event::Loaded { .. }));
        assert!(matches!(events.recv().unwrap(), Event::Residency { note: Some(_), .. }));
        requests.send(generate(2, Prompt::Raw("gone".into()))).unwrap();
        assert!(matches!(answer(&events, 2).1, Event::Failed { .. }));
    }

    #[test]
    fn cancel_reaches_the_running_request_and_those_that_wait() {
        let (requests, events, _worker) = worker();
        requests.send(load(1)).unwrap();
        requests.send(generate(2, Prompt::Raw("run forever".into()))).unwrap();
        requests.send(generate(3, Prompt::Raw("wait".into()))).unwrap();
        answer(&events, 1);
        requests.send(Request::Cancel { id: RequestId(3) }).unwrap();
        requests.send(Request::Cancel { id: RequestId(2) }).unwrap();
        for id in [2, 3] {
            assert!(
                matches!(answer(&events, id).1, Event::Done { stop: StopReason::Cancelled, .. }),
                "request {id}"
            );
        }
    }

    #[test]
    fn a_device_failure_is_told_and_ends_the_worker() {
        let (requests, events, worker) = worker();
        requests.send(load(1)).unwrap();
        requests.send(generate(2, Prompt::Chat(Vec::new()))).unwrap();
        let (_, failed) = answer(&events, 2);
        assert!(matches!(failed, Event::Failed { failure, .. } if failure.kind == FailureKind::Device));
        assert_eq!(worker.join().unwrap(), End::DeviceFailed);
    }
}
