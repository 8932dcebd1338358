//! A worker whose model says what a script says: for what a real model cannot be made to answer at will, such as an answer that
//! breaks the syntax twice. The wire, the worker's loop and the editor are the real ones.
//!
//! `LOCALCODER_SCRIPT` names a JSON object, or a list that is its `answers`; each question for an edit, an explanation or a chat takes
//! the next one, and what was asked goes into the same file with `.asked` at its end, one JSON string a line. Its `completions` say what
//! follows a text that stands before the caret; a line for each that was given goes into the file with `.completed` at its end.
//!
//! An answer `forge:` with hexadecimal digits behind it is sent as bytes between the frames of the wire, as a hostile worker would.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
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
    protocol::{
        Device, Failure, FailureKind, LoadedModel, ModelRef, Prompt, PromptReport, RequestId, ResidentModel,
        RunProfile, StopReason, Usage, WorkerMessage,
    },
    server::Server,
};
use serde_json::Value;

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
    let gone = || std::process::exit(0);
    let ((incoming, outgoing), editor) = handshake::connect_to_editor().map_err(|text| anyhow!(text))?;
    editor.watch(gone).map_err(|text| anyhow!(text))?;
    let script =
        PathBuf::from(std::env::var_os("LOCALCODER_SCRIPT").context("LOCALCODER_SCRIPT names no file")?);
    let mut engine = Scripted::read(&script)?;
    let server = Server::start(incoming, outgoing, vitals::pulse, gone)?;
    Ok(worker::run(&server, &mut engine))
}

/// What an answer begins with that is none.
const FORGE: &str = "forge:";

fn forge(digits: &str) -> Result<()> {
    let pairs: Vec<u8> = digits.bytes().collect();
    let byte = |pair: &[u8]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    let bytes = pairs.chunks(2).map(byte).collect::<Result<Vec<u8>>>()?;
    let mut stream = handshake::inherited().map_err(|text| anyhow!(text))?;
    Ok(stream.write_all(&bytes)?)
}

struct Scripted {
    answers: VecDeque<String>,
    completions: BTreeMap<String, String>,
    script: PathBuf,
    /// What was loaded last, until it is told.
    loaded: Option<String>,
}

impl Scripted {
    fn read(script: &Path) -> Result<Scripted> {
        let mut whole: Value = serde_json::from_slice(&fs::read(script)?)?;
        if whole.is_array() {
            whole = serde_json::json!({ "answers": whole, "completions": {} });
        }
        Ok(Scripted {
            answers: serde_json::from_value(whole["answers"].take())?,
            completions: serde_json::from_value(whole["completions"].take())?,
            script: script.to_owned(),
            loaded: None,
        })
    }

    fn note(&self, extension: &str, what: String) {
        let path = self.script.with_extension(extension);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        if let Err(error) = file.and_then(|mut file| writeln!(file, "{}", Value::from(what))) {
            eprintln!("{}: {error}", path.display());
        }
    }

    fn completion(&self, before: &str) -> Option<&String> {
        self.completions.iter().find(|(end, _)| before.ends_with(end.as_str())).map(|(_, text)| text)
    }
}

impl Engine for Scripted {
    fn devices(&self) -> Vec<Device> {
        Vec::new()
    }

    fn load(
        &mut self,
        _: RequestId,
        model: &ModelRef,
        profile: &RunProfile,
        _: &mut dyn FnMut(f32) -> bool,
    ) -> Result<LoadedModel, Failure> {
        self.loaded = Some(model.id.clone());
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
        if let Prompt::Fill(fill) = &request.prompt {
            if let Some(text) = self.completion(&fill.before) {
                usage.generated_tokens += 1;
                out(Output::Delta(text.clone(), usage.generated_tokens));
                self.note("completed", text.clone());
            }
            return Ok((StopReason::EndOfAnswer, usage));
        }
        self.note("asked", format!("{:?}", request.prompt));
        let answer = self.answers.pop_front().unwrap_or_default();
        if let Some(digits) = answer.strip_prefix(FORGE) {
            forge(digits).map_err(|error| Failure::new(FailureKind::Internal, format!("{error:#}")))?;
            return Ok((StopReason::EndOfAnswer, usage));
        }
        for line in answer.split_inclusive('\n') {
            usage.generated_tokens += 1;
            out(Output::Delta(line.to_owned(), usage.generated_tokens));
        }
        Ok((StopReason::EndOfAnswer, usage))
    }

    fn prime(&mut self, _: &Generate, out: &mut dyn FnMut(Output)) -> Result<(StopReason, Usage), Failure> {
        out(Output::Ready(PromptReport { tokens: 100, room: 8092, ..PromptReport::default() }));
        Ok((StopReason::EndOfAnswer, Usage::default()))
    }

    fn residency(&mut self) -> Option<WorkerMessage> {
        let id = self.loaded.take()?;
        let bytes = 373 << 20;
        let models = vec![ResidentModel { id, bytes_predicted: bytes, bytes_measured: bytes, idle_s: 0 }];
        Some(WorkerMessage::Residency { models, used: bytes, budget: 8 << 30, note: None })
    }
}
