//! The worker's loop: the most important request first, each answered; between them the engine looks after memory.
//!
//! A request that is overtaken by a more important one is put back with what it has answered so far and continues from there,
//! as a request does after the death of its worker.

use std::{collections::HashMap, ops::ControlFlow, time::Instant};

use ipc::{
    jobs::{Jobs, Next, QueuedRequest, Stop, StopFlag},
    protocol::{
        Control, Doing, Failure, FailureKind, Prompt, Request, RequestId, Sampling, StopReason, Usage,
        WorkerMessage,
    },
    server::{EventQueue, Server},
};

use crate::{
    engine::{Engine, Generate},
    generate::Output,
    vitals,
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
    let mut overtaken = HashMap::new();
    tell(&server.events, engine);
    loop {
        vitals::begin(Doing::Idle);
        match server.jobs.next(engine.care_after()) {
            Next::Job(job) => {
                let mut desk =
                    RequestServer { jobs: &server.jobs, events: &server.events, overtaken: &mut overtaken };
                if let ControlFlow::Break(end) = desk.serve(*job, engine) {
                    return end;
                }
            }
            Next::Nothing => {
                vitals::begin(Doing::Tending);
                engine.care();
            }
            Next::Closed => return End::Asked,
        }
        tell(&server.events, engine);
    }
}

/// Serves one request.
struct RequestServer<'a> {
    jobs: &'a Jobs,
    events: &'a EventQueue,
    /// What overtaken requests have cost by now; their text is in the requests themselves.
    overtaken: &'a mut HashMap<RequestId, Usage>,
}

impl RequestServer<'_> {
    fn serve(&mut self, job: QueuedRequest, engine: &mut dyn Engine) -> ControlFlow<End> {
        let QueuedRequest { request, stop } = job;
        let events = self.events;
        match request {
            Request::ListDevices { id } => {
                let (devices, confinement) = (engine.devices(), engine.confinement());
                events.push(WorkerMessage::Devices { id, devices, confinement });
            }
            Request::UnloadModel { id, model } => {
                vitals::begin(Doing::Tending);
                engine.unload(model.as_deref());
                tell(events, engine);
                events.push(WorkerMessage::Unloaded { id });
            }
            Request::LoadModel { id, model, profile } => {
                let cancelled = || stop.raised() == Some(Stop::Cancelled);
                if cancelled() {
                    return finish(id, events, Ok(ended_by_cancel(id)));
                }
                vitals::begin(Doing::Loading);
                let mut progress = |fraction| {
                    vitals::step();
                    events.push(WorkerMessage::LoadProgress { id, fraction });
                    !cancelled()
                };
                let loaded = engine.load(id, &model, &profile, &mut progress);
                tell(events, engine);
                let answer = match loaded {
                    // The engine gave up because it was told to: no failure to show to anybody.
                    Err(failure) if failure.kind == FailureKind::NoModel && cancelled() => {
                        Ok(ended_by_cancel(id))
                    }
                    loaded => loaded.map(|model| WorkerMessage::Loaded { id, model }),
                };
                return finish(id, events, answer);
            }
            Request::Generate { id, model, prompt, params, ctrl } => {
                let received = Instant::now();
                let request = Generate { model, prompt, sampling: params, ctrl, stop, received };
                return self.generate(id, request, engine);
            }
            Request::Prime { id, model, prompt } => {
                vitals::begin(Doing::Prefill);
                let request = priming(model, prompt, stop);
                let primed = engine.prime(&request, &mut |output| events.push(event(id, output, 0)));
                return finish(
                    id,
                    events,
                    primed.map(|(stop, usage)| WorkerMessage::Done { id, stop, usage }),
                );
            }
            Request::Shutdown => return ControlFlow::Break(End::Asked),
            // Answered by the reader, see `ipc::server`.
            Request::Ping { .. } | Request::Cancel { .. } => {}
        }
        ControlFlow::Continue(())
    }

    fn generate(
        &mut self,
        id: RequestId,
        mut request: Generate,
        engine: &mut dyn Engine,
    ) -> ControlFlow<End> {
        let before = self.overtaken.remove(&id);
        if request.stop.raised() == Some(Stop::Cancelled) {
            let usage = before.unwrap_or_default();
            self.events.push(WorkerMessage::Done { id, stop: StopReason::Cancelled, usage });
            return ControlFlow::Continue(());
        }
        let in_all = |usage: Usage| before.map_or(usage, |before| before.and(&usage));
        let tokens_before = before.map_or(0, |before| before.generated_tokens);
        let mut text = String::new();
        vitals::begin(Doing::Prefill);
        let answer = engine.generate(&request, &mut |output| {
            if let Output::Delta(more, _) = &output {
                vitals::begin(Doing::Decode);
                text += more;
            }
            // An answer that goes on has told of its prompt already.
            if before.is_none() || matches!(output, Output::Delta(..)) {
                self.events.push(event(id, output, tokens_before));
            }
        });
        match answer {
            Ok((StopReason::Overtaken, usage)) => {
                request.ctrl.accepted += &text;
                let left = request.ctrl.max_tokens.map(|most| most.saturating_sub(usage.generated_tokens));
                request.ctrl.max_tokens = left;
                self.overtaken.insert(id, in_all(usage));
                self.jobs.put_back(again(id, request));
                ControlFlow::Continue(())
            }
            Ok((stop, usage)) => {
                finish(id, self.events, Ok(WorkerMessage::Done { id, stop, usage: in_all(usage) }))
            }
            Err(failure) => finish(id, self.events, Err(failure)),
        }
    }
}

fn priming(model: Option<String>, prompt: Prompt, stop: StopFlag) -> Generate {
    let (sampling, ctrl) = (Sampling::default(), Control::default());
    Generate { model, prompt, sampling, ctrl, stop, received: Instant::now() }
}

/// The end of a request that was cancelled before it cost or gave anything.
fn ended_by_cancel(id: RequestId) -> WorkerMessage {
    WorkerMessage::Done { id, stop: StopReason::Cancelled, usage: Usage::default() }
}

fn again(id: RequestId, request: Generate) -> QueuedRequest {
    let Generate { model, prompt, sampling: params, ctrl, stop, .. } = request;
    QueuedRequest { request: Request::Generate { id, model, prompt, params, ctrl }, stop }
}

/// Tells what changed in memory, before what is answered because of it.
fn tell(events: &EventQueue, engine: &mut dyn Engine) {
    if let Some(event) = engine.residency() {
        events.push(event);
    }
}

fn finish(id: RequestId, events: &EventQueue, result: Result<WorkerMessage, Failure>) -> ControlFlow<End> {
    match result {
        Ok(event) => events.push(event),
        Err(failure) => {
            let fatal = failure.kind == FailureKind::Device;
            events.push(WorkerMessage::Failed { id: Some(id), failure });
            if fatal {
                return ControlFlow::Break(End::DeviceFailed);
            }
        }
    }
    ControlFlow::Continue(())
}

fn event(id: RequestId, output: Output, tokens_before: u32) -> WorkerMessage {
    match output {
        Output::Ready(prompt) => WorkerMessage::PromptReady { id, prompt },
        Output::Prefill(done, total) => WorkerMessage::PrefillProgress { id, done, total },
        Output::Delta(text, tokens) => WorkerMessage::Delta { id, text, tokens: tokens_before + tokens },
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use ipc::protocol::{Control, Device, LoadedModel, ModelRef, Prompt, PromptReport, RunProfile, Sampling};

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
            _: RequestId,
            model: &ModelRef,
            profile: &RunProfile,
            progress: &mut dyn FnMut(f32) -> bool,
        ) -> Result<LoadedModel, Failure> {
            // A model that loads until nobody wants it, or until the test gives up.
            let patience = Instant::now() + Duration::from_secs(20);
            while progress(0.5) && model.id == "endless" && Instant::now() < patience {
                thread::yield_now();
            }
            if !progress(0.6) {
                return Err(Failure::new(FailureKind::NoModel, "cancelled"));
            }
            self.loaded = true;
            self.restless = profile.idle_unload_s == Some(0);
            Ok(LoadedModel {
                id: model.id.clone(),
                description: "echo".into(),
                context_tokens: profile.context_tokens,
                ..LoadedModel::default()
            })
        }

        fn unload(&mut self, _: Option<&str>) {
            self.loaded = false;
        }

        fn care_after(&self) -> Option<Duration> {
            (self.loaded && self.restless).then_some(Duration::from_millis(1))
        }

        fn care(&mut self) {
            (self.loaded, self.changed) = (false, true);
        }

        fn residency(&mut self) -> Option<WorkerMessage> {
            let note = Some("idle".to_owned());
            std::mem::take(&mut self.changed).then_some(WorkerMessage::Residency {
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
            let text = match &request.prompt {
                Prompt::Raw(text) => text,
                Prompt::Fill(caret) => &caret.before,
                _ => return Err(Failure::new(FailureKind::Device, "broken")),
            };
            out(Output::Ready(PromptReport::default()));
            let rest = text.strip_prefix(&request.ctrl.accepted).unwrap_or(text);
            let mut usage = Usage::default();
            for word in rest.split_inclusive(' ') {
                usage.generated_tokens += 1;
                out(Output::Delta(word.to_owned(), usage.generated_tokens));
                let pause = if word.contains("pause") { Duration::from_millis(200) } else { Duration::ZERO };
                let until = Instant::now() + pause;
                while text.contains("forever") || Instant::now() < until {
                    match request.stop.raised() {
                        Some(Stop::Cancelled) => return Ok((StopReason::Cancelled, usage)),
                        Some(Stop::Overtaken) => return Ok((StopReason::Overtaken, usage)),
                        None => thread::yield_now(),
                    }
                }
            }
            Ok((StopReason::EndOfAnswer, usage))
        }

        fn prime(
            &mut self,
            request: &Generate,
            out: &mut dyn FnMut(Output),
        ) -> Result<(StopReason, Usage), Failure> {
            out(Output::Ready(PromptReport { tokens: 7, ..PromptReport::default() }));
            while request.stop.raised().is_none() {
                thread::yield_now();
            }
            Ok((StopReason::Overtaken, Usage::default()))
        }
    }

    /// A worker on a thread, with both ends of its wire.
    fn worker() -> (
        crossbeam_channel::Sender<Request>,
        crossbeam_channel::Receiver<WorkerMessage>,
        thread::JoinHandle<End>,
    ) {
        let (requests, incoming) = crossbeam_channel::unbounded();
        let (outgoing, events) = crossbeam_channel::unbounded();
        let server = Server::start(incoming, outgoing, vitals::pulse, || {}).unwrap();
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
        let model = ModelRef { id: "m".into(), path: "/m".into(), sha256: None, stamp: None };
        Request::LoadModel { id: RequestId(id), model, profile: RunProfile::default() }
    }

    fn answer(events: &crossbeam_channel::Receiver<WorkerMessage>, id: u64) -> (String, WorkerMessage) {
        let mut text = String::new();
        loop {
            let event = events.recv().unwrap();
            if event.id() != Some(RequestId(id)) {
                continue;
            }
            if let WorkerMessage::Delta { text: more, .. } = &event {
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
        assert!(
            matches!(failed, WorkerMessage::Failed { failure, .. } if failure.kind == FailureKind::NoModel)
        );
        assert!(matches!(answer(&events, 2).1, WorkerMessage::Loaded { .. }));
        let (text, done) = answer(&events, 3);
        assert_eq!(text, "one two three");
        assert!(matches!(done, WorkerMessage::Done { stop: StopReason::EndOfAnswer, .. }));
        drop(requests);
        assert_eq!(worker.join().unwrap(), End::Asked);
    }

    #[test]
    fn an_engine_is_looked_after_between_requests_and_what_it_did_is_told() {
        let (requests, events, _worker) = worker();
        let Request::LoadModel { id, model, profile } = load(1) else { unreachable!() };
        let profile = RunProfile { idle_unload_s: Some(0), ..profile };
        requests.send(Request::LoadModel { id, model, profile }).unwrap();
        assert!(matches!(answer(&events, 1).1, WorkerMessage::Loaded { .. }));
        assert!(matches!(events.recv().unwrap(), WorkerMessage::Residency { note: Some(_), .. }));
        requests.send(generate(2, Prompt::Raw("gone".into()))).unwrap();
        assert!(matches!(answer(&events, 2).1, WorkerMessage::Failed { .. }));
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
                matches!(answer(&events, id).1, WorkerMessage::Done { stop: StopReason::Cancelled, .. }),
                "request {id}"
            );
        }
    }

    #[test]
    fn a_cancelled_load_ends_as_cancelled_whether_it_runs_or_waits() {
        let (requests, events, _worker) = worker();
        let Request::LoadModel { id, mut model, profile } = load(1) else { unreachable!() };
        model.id = "endless".into();
        requests.send(Request::LoadModel { id, model, profile }).unwrap();
        requests.send(load(2)).unwrap();
        // The first one loads by now, the second one waits behind it.
        assert!(matches!(events.recv().unwrap(), WorkerMessage::LoadProgress { id: RequestId(1), .. }));
        requests.send(Request::Cancel { id: RequestId(2) }).unwrap();
        requests.send(Request::Cancel { id: RequestId(1) }).unwrap();
        for id in [1, 2] {
            let (_, end) = answer(&events, id);
            assert!(
                matches!(end, WorkerMessage::Done { stop: StopReason::Cancelled, .. }),
                "load {id}: {end:?}"
            );
        }
        requests.send(load(3)).unwrap();
        assert!(
            matches!(answer(&events, 3).1, WorkerMessage::Loaded { .. }),
            "the next load is not cancelled"
        );
    }

    #[test]
    fn an_overtaken_completion_goes_on_where_it_was_and_tells_of_its_prompt_once() {
        let (requests, events, _worker) = worker();
        requests.send(load(1)).unwrap();
        let before = "one pause two three".to_owned();
        let fill = Prompt::Fill(ipc::protocol::FillContext { before, ..Default::default() });
        requests.send(generate(2, fill)).unwrap();
        let mut all = Vec::new();
        let mut asked = false;
        while !all.iter().any(|event: &WorkerMessage| event.id() == Some(RequestId(2)) && event.is_final()) {
            let event = events.recv().unwrap();
            if !asked && matches!(&event, WorkerMessage::Delta { text, .. } if text.contains("pause")) {
                requests.send(generate(3, Prompt::Raw("edit".into()))).unwrap();
                asked = true;
            }
            all.push(event);
        }
        let of = |id: u64| all.iter().filter(move |event| event.id() == Some(RequestId(id)));
        let text: String = of(2)
            .filter_map(|event| match event {
                WorkerMessage::Delta { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(text, "one pause two three");
        assert_eq!(of(2).filter(|event| matches!(event, WorkerMessage::PromptReady { .. })).count(), 1);
        let at = |id: u64| all.iter().position(|e| e.id() == Some(RequestId(id)) && e.is_final()).unwrap();
        assert!(at(3) < at(2), "the edit did not overtake");
        assert!(
            matches!(of(2).next_back(), Some(WorkerMessage::Done { usage, .. }) if usage.generated_tokens == 4)
        );
    }

    #[test]
    fn priming_gives_way_to_everything() {
        let (requests, events, _worker) = worker();
        requests.send(load(1)).unwrap();
        let prompt = Prompt::Raw(String::new());
        requests.send(Request::Prime { id: RequestId(2), model: None, prompt }).unwrap();
        answer(&events, 1);
        let told = events.recv().unwrap();
        assert!(matches!(told, WorkerMessage::PromptReady { prompt, .. } if prompt.tokens == 7), "{told:?}");
        requests.send(generate(3, Prompt::Raw("edit".into()))).unwrap();
        assert!(matches!(answer(&events, 2).1, WorkerMessage::Done { stop: StopReason::Overtaken, .. }));
        assert_eq!(answer(&events, 3).0, "edit");
    }

    #[test]
    fn a_device_failure_is_told_and_ends_the_worker() {
        let (requests, events, worker) = worker();
        requests.send(load(1)).unwrap();
        requests.send(generate(2, Prompt::Chat(Vec::new()))).unwrap();
        let (_, failed) = answer(&events, 2);
        assert!(
            matches!(failed, WorkerMessage::Failed { failure, .. } if failure.kind == FailureKind::Device)
        );
        assert_eq!(worker.join().unwrap(), End::DeviceFailed);
    }
}
