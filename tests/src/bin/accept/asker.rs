//! One task asked in one way, and what became of the file.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use ::tests::{
    editor,
    screen::Home,
    server::{Answer, FOLDER_VARIABLE, ONE_SLOT, Server},
    tasks::{field, lines, parts},
    worker,
};
use anyhow::{Context, Result, anyhow, bail};
use ipc::{
    blocking::{BlockingReply, Conversation},
    protocol::{ChatMessage, ChatRole, Control, FillContext, ModelRef, Prompt, RunProfile, Sampling},
};
use serde_json::{Value, json};

use crate::{judge::passes, ways::Way};

/// Most tokens of a plain answer, on both sides: a small model may repeat itself for ever.
const MAX: u32 = 2048;

/// A worker of our own with the model loaded, as llama-server would be.
fn loaded(model: &str, threads: Option<&str>) -> Result<Conversation> {
    let path = PathBuf::from(model);
    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let threads = threads.map(str::parse).transpose()?;
    let conversation = Conversation::new(worker());
    conversation
        .load(
            &ModelRef { id, path, sha256: None, stamp: None },
            &RunProfile { threads, ..RunProfile::default() },
            |_| {},
        )
        .map_err(|failure| anyhow!(failure.text))?;
    Ok(conversation)
}

/// llama-server with the model loaded. `more`: its options; without any it runs as it does by default.
fn server(model: &str, threads: Option<&str>, more: &[&str]) -> Result<Server> {
    let folder = std::env::var_os(FOLDER_VARIABLE).context("run `cargo xtask peers` first")?;
    let threads = threads.map(|threads| ["-t", threads]);
    let options: Vec<&str> = more.iter().copied().chain(threads.into_iter().flatten()).collect();
    Server::start(&PathBuf::from(folder).join("llama-server"), Path::new(model), &options)
}

/// The verdict where there was no answer to judge.
pub const FAILED: &str = "failed";

/// What became of one task.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Of the task.
    pub id: String,
    /// Its tests pass.
    pub accepted: bool,
    /// They pass with the answer, or with another one that the product had and did not choose.
    pub among: bool,
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
    /// The outcome of the row before, which stands.
    pub stands: bool,
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
    /// How.
    pub way: Way,
    /// Of its own, so that no way profits from what another one has computed.
    home: Home,
    model: &'a str,
    threads: Option<&'a str>,
    conversation: Option<Conversation>,
    server: Option<Server>,
}

impl<'a> Asker<'a> {
    /// Gets ready to ask.
    ///
    /// # Errors
    /// The model cannot be loaded.
    pub fn new(way: Way, model: &'a str, threads: Option<&'a str>) -> Result<Asker<'a>> {
        let conversation = match way {
            Way::Chat | Way::Fill => Some(loaded(model, threads)?),
            _ => None,
        };
        let server = match way {
            Way::Plain => Some(server(model, threads, &[])?),
            Way::Infill => Some(server(model, threads, &ONE_SLOT)?),
            _ => None,
        };
        Ok(Asker { way, home: Home::new()?, model, threads, conversation, server })
    }

    /// Asks for a task's edit or completion, and judges it; where the request fails, that is the outcome. `before`: what
    /// became of it in the row before.
    ///
    /// # Errors
    /// The task makes no sense, or cannot be judged.
    pub fn attempt(&self, task: &Value, before: Option<&Outcome>) -> Result<Outcome> {
        if let Some(before) = before.filter(|before| self.way.adds_nothing_to(before)) {
            return Ok(Outcome { stands: true, ..before.clone() });
        }
        let folder = tempfile::tempdir()?;
        let parts = around(task)?;
        let asked = match self.way.switches() {
            Some(switches) => self.improved(task, folder.path(), switches),
            None if self.way == Way::Fill => self.filled(task),
            None if self.way == Way::Infill => self.infilled(task),
            None => self.plain(task),
        };
        let (edited, report) = asked.unwrap_or_else(|error| {
            eprintln!("{}: {error:#}", self.way.name());
            (parts.concat(), json!({ "verdict": FAILED }))
        });
        let changed = edited != parts.concat();
        let accepted = changed && passes(task, &edited, folder.path())?;
        Ok(Outcome {
            id: field(task, "id")?.to_owned(),
            accepted,
            among: accepted || self.another_passes(task, &parts, &report)?,
            verdict: report["verdict"].as_str().unwrap_or("none").to_owned(),
            outside_changed: outside_changed(&parts, &edited),
            marked: marks(&edited) > marks(&parts.concat()),
            shifted: changed && shifted(&parts, &edited),
            stands: false,
            report,
        })
    }

    /// Would an answer that was not chosen be accepted?
    fn another_passes(
        &self,
        task: &Value,
        [before, selection, after]: &[String; 3],
        report: &Value,
    ) -> Result<bool> {
        let chosen = report["text"].as_str().unwrap_or_default();
        let texts =
            report["proposals"].as_array().into_iter().flatten().filter_map(|each| each["text"].as_str());
        let others: BTreeSet<&str> = texts.filter(|text| ![chosen, selection, ""].contains(text)).collect();
        for text in others {
            let folder = tempfile::tempdir()?;
            if passes(task, &format!("{before}{text}{after}"), folder.path())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The product's own command.
    ///
    /// # Errors
    /// It fails without a report.
    pub fn improved(&self, task: &Value, folder: &Path, switches: &[&str]) -> Result<(String, Value)> {
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
            .args(switches);
        if let Some(threads) = self.threads {
            improve.args(["--threads", threads]);
        }
        let report = report(&improve.output()?).with_context(|| task["id"].to_string())?;
        Ok((fs::read_to_string(&file)?, report))
    }

    /// What any chat client does.
    fn plain(&self, task: &Value) -> Result<(String, Value)> {
        let (before, selection, after) = parts(task)?;
        let language = match field(task, "language")? {
            "python" => "python",
            "rust" => "rust",
            _ => "javascript",
        };
        let text = format!(
            "Here is the file {}:\n```{language}\n{}```\n\nThis part of it is selected:\n```{language}\n{selection}```\n\n\
             {} Answer with the replacement for the selected part in one fenced code block.",
            field(task, "file_name")?,
            field(task, "text")?,
            field(task, "instruction")?,
        );
        let (text, report) = match &self.server {
            Some(server) => server.chat(&text, MAX).map(|answer| (answer.text.clone(), served(&answer)))?,
            None => {
                let message = ChatMessage { role: ChatRole::User, text };
                let ctrl = Control { max_tokens: Some(MAX), ..Control::default() };
                let reply = self.ask(Prompt::Chat(vec![message]), ctrl)?;
                (reply.text.clone(), cost(&reply))
            }
        };
        let block = first_block(&text).unwrap_or_default();
        let verdict = match block.trim() {
            "" => "empty",
            block if block == selection.trim() => "unchanged",
            _ => "changed",
        };
        let edited = if verdict == "empty" {
            field(task, "text")?.to_owned()
        } else {
            format!("{before}{block}{after}")
        };
        Ok((edited, with_verdict(report, verdict)))
    }

    /// One line cut out of a file, completed at the caret: as long as the model likes.
    fn filled(&self, task: &Value) -> Result<(String, Value)> {
        let (prefix, suffix) = (field(task, "prefix")?, field(task, "suffix")?);
        let prompt = Prompt::Fill(FillContext {
            file_name: field(task, "file_name")?.to_owned(),
            before: prefix.to_owned(),
            after: suffix.to_owned(),
            others: Vec::new(),
        });
        let reply = self.ask(prompt, Control { max_tokens: Some(128), ..Control::default() })?;
        Ok((with_line(prefix, &reply.text, suffix), with_verdict(cost(&reply), "filled")))
    }

    /// As llama-server completes it.
    fn infilled(&self, task: &Value) -> Result<(String, Value)> {
        let Some(server) = &self.server else { bail!("no server was started") };
        let (prefix, suffix) = (field(task, "prefix")?, field(task, "suffix")?);
        let answer = server.infill(prefix, suffix, 128)?;
        Ok((with_line(prefix, &answer.text, suffix), with_verdict(served(&answer), "filled")))
    }

    fn ask(&self, prompt: Prompt, ctrl: Control) -> Result<BlockingReply> {
        let Some(conversation) = &self.conversation else { bail!("no worker was started") };
        conversation
            .ask(prompt, Sampling::default(), ctrl, |_, _| {})
            .map_err(|failure| anyhow!(failure.text))
    }
}

/// A file in which a line was missing, with the first line of a completion: the rest of it is no part of the task.
fn with_line(before: &str, completion: &str, after: &str) -> String {
    format!("{before}{}\n{after}", completion.lines().next().unwrap_or_default())
}

/// What an answer of our worker cost.
fn cost(reply: &BlockingReply) -> Value {
    json!({
        "attempts": 1,
        "text": reply.text,
        "prompt_tokens": reply.usage.prompt_tokens,
        "generated_tokens": reply.usage.generated_tokens,
        "decode_ms": reply.usage.decode_ms,
        "total_ms": reply.total.as_secs_f64() * 1000.0,
    })
}

/// What an answer of llama-server cost.
fn served(answer: &Answer) -> Value {
    json!({
        "attempts": 1,
        "text": answer.text,
        "generated_tokens": answer.tokens,
        "decode_ms": answer.decode_ms,
        "total_ms": answer.total.as_secs_f64() * 1000.0,
    })
}

fn with_verdict(mut report: Value, verdict: &str) -> Value {
    report["verdict"] = verdict.into();
    report
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

/// What must stay, what may change, and what must stay: around the selection, or around the caret.
fn around(task: &Value) -> Result<[String; 3]> {
    if task.get("prefix").is_some() {
        return Ok([field(task, "prefix")?.to_owned(), String::new(), field(task, "suffix")?.to_owned()]);
    }
    let (before, selection, after) = parts(task)?;
    Ok([before, selection, after])
}

fn outside_changed([before, _, after]: &[String; 3], edited: &str) -> bool {
    let rest = edited.strip_prefix(before.as_str());
    !rest.is_some_and(|rest| rest.ends_with(after.as_str()))
}

/// Fences and tags of models.
fn marks(text: &str) -> usize {
    ["```", "~~~", "<think>", "</think>", "<|"].iter().map(|mark| text.matches(mark).count()).sum()
}

/// Is the first line of the replacement indented otherwise than the selection's? At a caret there is none.
fn shifted([before, selection, _]: &[String; 3], edited: &str) -> bool {
    let indent = |text: &str| {
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
        line[..line.len() - line.trim_start().len()].to_owned()
    };
    !selection.trim().is_empty()
        && indent(selection) != indent(edited.get(before.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_happen_to_a_file_is_seen() {
        let task = json!({ "text": "a\n  b\nc\n", "select_lines": [2, 2] });
        let parts = around(&task).unwrap();
        let check = |edited: &str, outside, shift| {
            assert_eq!(
                (outside_changed(&parts, edited), shifted(&parts, edited)),
                (outside, shift),
                "{edited}"
            );
        };
        check("a\n  x\ny\nc\n", false, false);
        check("a\nx\nc\n", false, true);
        check("a\n\tx\nc\n", false, true);
        check("a\n  x\n", true, false);
        check("b\n  x\nc\n", true, false);
        assert_eq!(marks("```python\nx\n```\n<think>"), 3);
    }

    #[test]
    fn of_a_completion_the_first_line_counts() {
        for completion in ["  b", "  b\n", "  b\nc\n"] {
            assert_eq!(with_line("a\n", completion, "d\n"), "a\n  b\nd\n");
        }
    }

    #[test]
    fn the_first_block_of_a_chat_answer_is_taken() {
        let said = "Sure:\n```python\nx = 1\n```\nand\n```\ny\n```";
        assert_eq!(first_block(said).as_deref(), Some("x = 1\n"));
        assert_eq!(first_block("no code"), None);
    }
}
