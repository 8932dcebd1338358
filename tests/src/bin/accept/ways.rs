//! The ways to ask: as a plain chat, by the product with more and more of its ingredients, and completions.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, Result, anyhow, bail};
use ipc::{
    blocking::{Conversation, Reply},
    protocol::{ChatMessage, Control, FillContext, ModelRef, Profile, Prompt, Role, Sampling},
};
use serde_json::{Value, json};
use tests::{
    editor,
    screen::Home,
    server::{FOLDER_VARIABLE, Server},
    tasks::{field, lines, parts},
    worker,
};

use crate::judge::passes;

/// A way to ask for an edit, each with one more ingredient than the one before; or for a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// File and selection in one user message, greedy, the first fenced block taken.
    Plain,
    /// The product's prompt and cleaning, asked once.
    Prompt,
    /// An answer that changes nothing or breaks the parse is asked for in another way.
    Again,
    /// Further answers with some chance in them.
    Alternatives,
    /// The examples of the documentation judge the answers.
    Examples,
    /// A completion at the caret.
    Fill,
    /// The same by llama-server's /infill.
    Infill,
}

impl Way {
    /// The rows of the table.
    pub const TABLE: [Way; 5] = [Way::Plain, Way::Prompt, Way::Again, Way::Alternatives, Way::Examples];

    /// Its name in tables and arguments.
    pub fn name(self) -> &'static str {
        match self {
            Way::Plain => "plain",
            Way::Prompt => "prompt",
            Way::Again => "again",
            Way::Alternatives => "alternatives",
            Way::Examples => "examples",
            Way::Fill => "fill",
            Way::Infill => "infill",
        }
    }

    /// The way of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn named(name: &str) -> Result<Way> {
        let found = Way::TABLE.into_iter().find(|way| way.name() == name);
        found.ok_or_else(|| lexopt::Error::Custom(format!("there is no way «{name}»").into()).into())
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Way::Prompt => &["--once"],
            Way::Again => &["--alternatives", "0"],
            Way::Examples => &["--examples"],
            Way::Plain | Way::Alternatives | Way::Fill | Way::Infill => &[],
        }
    }

    /// Gets ready to ask.
    ///
    /// # Errors
    /// The model cannot be loaded.
    pub fn asker<'a>(self, home: &'a Home, model: &'a str, threads: Option<&'a str>) -> Result<Asker<'a>> {
        let direct = matches!(self, Way::Plain | Way::Fill);
        let conversation = if direct { Some(loaded(model, threads)?) } else { None };
        let server = if self == Way::Infill { Some(server(model)?) } else { None };
        Ok(Asker { way: self, home, model, threads, conversation, server })
    }
}

/// A worker of our own with the model loaded, as llama-server would be.
fn loaded(model: &str, threads: Option<&str>) -> Result<Conversation> {
    let path = PathBuf::from(model);
    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let threads = threads.map(str::parse).transpose()?;
    let conversation = Conversation::new(worker());
    conversation
        .load(&ModelRef { id, path, sha256: None }, &Profile { threads, ..Profile::default() }, |_| {})
        .map_err(|failure| anyhow!(failure.text))?;
    Ok(conversation)
}

/// llama-server with the model loaded.
fn server(model: &str) -> Result<Server> {
    let folder = std::env::var_os(FOLDER_VARIABLE).context("run `cargo xtask peers` first")?;
    Server::start(&PathBuf::from(folder).join("llama-server"), Path::new(model), &[])
}

/// What became of one task.
pub struct Outcome {
    /// Of the task.
    pub id: String,
    /// Its tests pass.
    pub accepted: bool,
    /// What the product said of the answer.
    pub verdict: String,
    /// The product's own JSON.
    pub report: Value,
    /// A byte outside of the selection is not what it was.
    pub outside_changed: bool,
    /// A fence or a tag that was not there before is in the file.
    pub marked: bool,
    /// The first line of the selection is indented otherwise.
    pub shifted: bool,
}

impl Outcome {
    /// There were examples, and all of them held.
    pub fn examples_held(&self) -> bool {
        let count = |name: &str| self.report[name].as_u64().unwrap_or_default();
        count("examples") > 0 && count("examples") == count("examples_held")
    }

    /// Some example did not hold.
    pub fn examples_failed(&self) -> bool {
        self.report["examples_held"].as_u64() < self.report["examples"].as_u64()
    }
}

/// Asks in one way.
pub struct Asker<'a> {
    way: Way,
    home: &'a Home,
    model: &'a str,
    threads: Option<&'a str>,
    conversation: Option<Conversation>,
    server: Option<Server>,
}

impl Asker<'_> {
    /// Asks for a task's edit or completion, and judges it.
    ///
    /// # Errors
    /// The task makes no sense, or the product fails.
    pub fn attempt(&self, task: &Value) -> Result<Outcome> {
        let folder = tempfile::tempdir()?;
        let (edited, report) = match self.way {
            Way::Fill => self.filled(task)?,
            Way::Infill => self.infilled(task)?,
            Way::Plain => self.plain(task)?,
            _ => self.improved(task, folder.path())?,
        };
        let fill = matches!(self.way, Way::Fill | Way::Infill);
        let before = if fill { edited.clone() } else { field(task, "text")?.to_owned() };
        let changed = fill || edited != before;
        Ok(Outcome {
            id: field(task, "id")?.to_owned(),
            accepted: changed && passes(task, &edited, folder.path())?,
            verdict: report["verdict"].as_str().unwrap_or("none").to_owned(),
            outside_changed: !fill && outside_changed(task, &edited)?,
            marked: marks(&edited) > marks(&before),
            shifted: !fill && shifted(task, &edited)?,
            report,
        })
    }

    /// The product's own command.
    fn improved(&self, task: &Value, folder: &Path) -> Result<(String, Value)> {
        let file = folder.join(field(task, "file_name")?);
        fs::write(&file, field(task, "text")?)?;
        let (first, last) = lines(task)?;
        let mut improve = Command::new(editor());
        self.home.move_in(&mut improve);
        improve
            .arg("improve")
            .arg(&file)
            .args(["--lines", &format!("{first}:{last}"), "--instruction", field(task, "instruction")?])
            .args(["--model", self.model, "--apply", "--format", "json"])
            .args(self.way.flags());
        if let Some(threads) = self.threads {
            improve.args(["--threads", threads]);
        }
        let report = report(&improve.output()?).with_context(|| task["id"].to_string())?;
        Ok((fs::read_to_string(&file)?, report))
    }

    /// What any chat client does.
    fn plain(&self, task: &Value) -> Result<(String, Value)> {
        let (before, selection, after) = parts(task)?;
        let language = if field(task, "language")? == "python" { "python" } else { "javascript" };
        let text = format!(
            "Here is the file {}:\n```{language}\n{}```\n\nThis part of it is selected:\n```{language}\n{selection}```\n\n\
             {} Answer with the replacement for the selected part in one fenced code block.",
            field(task, "file_name")?,
            field(task, "text")?,
            field(task, "instruction")?,
        );
        let reply =
            self.ask(Prompt::Chat(vec![ChatMessage { role: Role::User, text }]), Control::default())?;
        let block = first_block(&reply.text).unwrap_or_default();
        let edited = if block.trim().is_empty() {
            field(task, "text")?.to_owned()
        } else {
            format!("{before}{block}{after}")
        };
        let verdict = if block.trim() == selection.trim() { "unchanged" } else { "changed" };
        Ok((edited, cost(&reply, verdict)))
    }

    /// One line cut out of a file, completed at the caret: as long as the model likes, of which the first line counts.
    fn filled(&self, task: &Value) -> Result<(String, Value)> {
        let (prefix, suffix) = (field(task, "prefix")?, field(task, "suffix")?);
        let prompt = Prompt::Fill(FillContext {
            file_name: field(task, "file_name")?.to_owned(),
            before: prefix.to_owned(),
            after: suffix.to_owned(),
            others: Vec::new(),
        });
        let reply = self.ask(prompt, Control { max_tokens: Some(128), ..Control::default() })?;
        Ok((format!("{prefix}{}{suffix}", reply.text), cost(&reply, "filled")))
    }

    /// As llama-server completes it: of what it gives the first line counts, too.
    fn infilled(&self, task: &Value) -> Result<(String, Value)> {
        let Some(server) = &self.server else { bail!("no server was started") };
        let (prefix, suffix) = (field(task, "prefix")?, field(task, "suffix")?);
        let answer = server.infill(prefix, suffix, 128)?;
        let line = answer.text.split_inclusive('\n').next().unwrap_or_default();
        let report = json!({
            "verdict": "filled", "attempts": 1, "text": answer.text, "generated_tokens": answer.tokens,
            "decode_ms": answer.decode_ms, "total_ms": answer.total.as_secs_f64() * 1000.0,
        });
        Ok((format!("{prefix}{line}{suffix}"), report))
    }

    fn ask(&self, prompt: Prompt, ctrl: Control) -> Result<Reply> {
        let Some(conversation) = &self.conversation else { bail!("no worker was started") };
        conversation
            .ask(prompt, Sampling::default(), ctrl, |_, _| {})
            .map_err(|failure| anyhow!(failure.text))
    }
}

fn cost(reply: &Reply, verdict: &str) -> Value {
    json!({
        "verdict": verdict,
        "attempts": 1,
        "text": reply.text,
        "prompt_tokens": reply.usage.prompt_tokens,
        "generated_tokens": reply.usage.generated_tokens,
        "decode_ms": reply.usage.decode_ms,
        "total_ms": reply.total.as_secs_f64() * 1000.0,
    })
}

/// The command's JSON. A refused answer (empty, elided) exits with 1 and still reports.
fn report(output: &Output) -> Result<Value> {
    let last = String::from_utf8_lossy(&output.stdout).lines().last().map(str::to_owned).unwrap_or_default();
    serde_json::from_str(&last).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn first_block(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("```")?;
    let (_, code) = rest.split_once('\n')?;
    Some(code.split("```").next()?.to_owned())
}

fn outside_changed(task: &Value, edited: &str) -> Result<bool> {
    let (before, _, after) = parts(task)?;
    Ok(!(edited.starts_with(&before) && edited.ends_with(&after)))
}

/// Fences and tags of models.
fn marks(text: &str) -> usize {
    ["```", "<think>", "</think>", "<|"].iter().map(|mark| text.matches(mark).count()).sum()
}

/// Is the first line of the replacement indented otherwise than the selection's?
fn shifted(task: &Value, edited: &str) -> Result<bool> {
    let (before, selection, _) = parts(task)?;
    let indent = |text: &str| {
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
        line.len() - line.trim_start().len()
    };
    Ok(indent(&selection) != indent(edited.get(before.len()..).unwrap_or_default()))
}
