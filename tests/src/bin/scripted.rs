//! A worker whose model says what a script says: for what a real model cannot be made to answer at will, such as an answer that
//! breaks the syntax twice. The wire, the worker's loop and the editor are the real ones.
//!
//! `LOCALCODER_SCRIPT` names a JSON list of answers; each question for an edit, an explanation or a chat takes the next one, and what
//! was asked goes into the same file with `.asked` at its end, one JSON string a line.

use std::{
    collections::VecDeque,
    fs::{self, OpenOptions},
    io::Write as _,
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, Result, anyhow};
use inference::{
    engine::{Engine, Generate},
    generate::Output,
    vitals,
    worker::{self, End},
};
use ipc::{
    handshake,
    protocol::{Device, Failure, LoadedModel, ModelRef, Profile, Prompt, PromptReport, StopReason, Usage},
    server::Server,
};

fn main() -> ExitCode {
    match serve() {
        Ok(End::Asked) => ExitCode::SUCCESS,
        Ok(End::DeviceFailed) => ExitCode::from(3),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn serve() -> Result<End> {
    let (incoming, outgoing) = handshake::connect_to_editor().map_err(|text| anyhow!(text))?;
    let script =
        PathBuf::from(std::env::var_os("LOCALCODER_SCRIPT").context("LOCALCODER_SCRIPT names no file")?);
    let answers = serde_json::from_slice(&fs::read(&script)?)?;
    let server = Server::start(incoming, outgoing, vitals::pulse, || std::process::exit(0))?;
    Ok(worker::run(&server, &mut Scripted { answers, asked: script.with_extension("asked") }))
}

struct Scripted {
    answers: VecDeque<String>,
    asked: PathBuf,
}

impl Scripted {
    fn note(&self, prompt: &Prompt) -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.asked)?;
        writeln!(file, "{}", serde_json::Value::from(format!("{prompt:?}")))
    }
}

impl Engine for Scripted {
    fn devices(&self) -> Vec<Device> {
        Vec::new()
    }

    fn load(
        &mut self,
        model: &ModelRef,
        profile: &Profile,
        _: &mut dyn FnMut(f32) -> bool,
    ) -> Result<LoadedModel, Failure> {
        Ok(LoadedModel {
            id: model.id.clone(),
            description: "a script".into(),
            context_tokens: profile.context_tokens,
            ..LoadedModel::default()
        })
    }

    fn unload(&mut self, _: Option<&str>) {}

    fn generate(
        &mut self,
        request: &Generate,
        out: &mut dyn FnMut(Output),
    ) -> Result<(StopReason, Usage), Failure> {
        out(Output::Ready(PromptReport { tokens: 100, room: 8092, ..PromptReport::default() }));
        let mut usage = Usage::default();
        if matches!(request.prompt, Prompt::Fill(_)) {
            return Ok((StopReason::EndOfAnswer, usage));
        }
        if let Err(error) = self.note(&request.prompt) {
            eprintln!("{}: {error}", self.asked.display());
        }
        for line in self.answers.pop_front().unwrap_or_default().split_inclusive('\n') {
            usage.generated_tokens += 1;
            out(Output::Delta(line.to_owned(), usage.generated_tokens));
        }
        Ok((StopReason::EndOfAnswer, usage))
    }

    fn prime(&mut self, _: &Generate, out: &mut dyn FnMut(Output)) -> Result<(StopReason, Usage), Failure> {
        out(Output::Ready(PromptReport { tokens: 100, room: 8092, ..PromptReport::default() }));
        Ok((StopReason::EndOfAnswer, Usage::default()))
    }
}
