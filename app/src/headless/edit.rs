//! `improve` and `explain`: one selection, one answer.

use std::{
    ffi::OsString,
    io::{IsTerminal, Write},
    ops::Range,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use editor_core::{
    Buffer, Language, LineEnding,
    disk::RealDisk,
    file::{self, Expect, Opened},
    review::Review,
};
use ipc::{
    blocking::{Conversation, Reply},
    client::Client,
    protocol::{CodeContext, Event, FailureKind, LoadedModel, Prompt, StopReason},
};

use super::{
    Failure, Outcome,
    args::{self, Args, Format},
    output,
};
use crate::assist::{
    answer::{Answer, Verdict},
    code_context, worker,
};

/// Which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rewrite the selection.
    Improve,
    /// Explain the selection.
    Explain,
}

/// Runs the command.
///
/// # Errors
/// Wrong arguments, an unreadable file, a failure of the worker, or Ctrl-C.
pub fn run(kind: Kind, args: Vec<OsString>) -> Outcome {
    let args = args::parse(kind, args)?;
    let opened = file::open(&RealDisk, &args.file).map_err(|e| Failure::Failed(format!("{e}.")))?;
    let buffer = Buffer::from_rope(opened.rope.clone());
    let range = selection(&buffer, args.lines)?;
    let code = context(&args, &buffer, range.clone());
    let prompt = match kind {
        Kind::Improve => Prompt::Edit(code.clone()),
        Kind::Explain => Prompt::Explain(code.clone()),
    };
    let (model, reply) = ask(kind, &args, prompt)?;
    match kind {
        Kind::Improve => improve(&Job { args, opened, buffer, range, code }, &model, &reply),
        Kind::Explain => {
            match args.format {
                Format::Json => output::json(&output::explained(&args, &model, &reply)),
                // The text was written while it arrived.
                Format::Text | Format::Diff => println!(),
            }
            Ok(())
        }
    }
}

fn selection(buffer: &Buffer, (first, last): (usize, usize)) -> Result<Range<usize>, Failure> {
    let lines = buffer.len_lines();
    if last > lines {
        return Err(Failure::Usage(format!("--lines {first}:{last} is beyond the file's {lines} lines")));
    }
    Ok(buffer.line_range(first - 1).start..buffer.line_range(last - 1).end)
}

fn context(args: &Args, buffer: &Buffer, range: Range<usize>) -> CodeContext {
    let first_line = buffer.line(0).to_string();
    let language = Language::detect(Some(&args.file), &first_line);
    code_context(buffer.rope(), range, &file_name(&args.file), language, &args.instruction)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Loads the model and asks it, with progress on standard error and Ctrl-C heard.
fn ask(kind: Kind, args: &Args, prompt: Prompt) -> Result<(LoadedModel, Reply), Failure> {
    let program = worker::program().map_err(Failure::Failed)?;
    let model = worker::store()
        .and_then(|store| worker::choose(&store, args.model.as_deref()))
        .map_err(Failure::Failed)?;
    let cancelled = heard_ctrl_c()?;
    let conversation = Conversation::new(program);
    let progress = Progress::new();
    let loaded = conversation
        .load(&model, &args.profile, |fraction| {
            progress.show(&format!("loading {} {:.0} %", model.id, fraction * 100.0));
        })
        .map_err(|failure| failed(failure, &cancelled))?;
    let show_text = kind == Kind::Explain && args.format != Format::Json;
    let on_event = |client: &Client, event: &Event| {
        if cancelled.load(Ordering::Relaxed)
            && let Some(id) = event.id()
        {
            client.cancel(id);
        }
        match event {
            Event::PrefillProgress { done, total, .. } => {
                progress.show(&format!("reading {done} of {total} tokens"));
            }
            Event::Delta { text, .. } if show_text => {
                progress.clear();
                print!("{text}");
                let _closed_pipe = std::io::stdout().flush();
            }
            Event::Delta { tokens, .. } => progress.show(&format!("writing, {tokens} tokens")),
            _ => {}
        }
    };
    let reply = conversation
        .ask(prompt, args.sampling.clone(), args.ctrl.clone(), on_event)
        .map_err(|failure| failed(failure, &cancelled));
    progress.clear();
    let reply = reply?;
    if reply.stop == StopReason::Cancelled {
        return Err(Failure::Cancelled);
    }
    Ok((loaded, reply))
}

fn failed(failure: ipc::protocol::Failure, cancelled: &AtomicBool) -> Failure {
    if cancelled.load(Ordering::Relaxed) && failure.kind == FailureKind::WorkerDied {
        return Failure::Cancelled;
    }
    Failure::Failed(failure.text)
}

/// A flag that Ctrl-C raises. Nothing here waits longer than the worker's next event; should none come, a thread ends the
/// program, and the worker dies with it.
fn heard_ctrl_c() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    ctrlc::set_handler(move || {
        raised.store(true, Ordering::Relaxed);
        std::thread::sleep(std::time::Duration::from_millis(150));
        eprintln!("\nlocalcoder: cancelled; nothing was changed.");
        std::process::exit(130);
    })
    .map_err(|e| Failure::Failed(format!("Cannot listen for Ctrl-C: {e}.")))?;
    Ok(flag)
}

/// What an improvement works on.
struct Job {
    args: Args,
    opened: Opened,
    buffer: Buffer,
    range: Range<usize>,
    code: CodeContext,
}

fn improve(job: &Job, model: &LoadedModel, reply: &Reply) -> Outcome {
    let Job { args, opened, buffer, range, code } = job;
    let mut answer = Answer::new(code);
    answer.push(&reply.text);
    let incomplete = matches!(reply.stop, StopReason::Length | StopReason::Deadline);
    let mut review = Review::new(1, buffer, range.clone(), LineEnding::dominant(buffer.rope()));
    review.set_answer(&if incomplete { review.original().to_owned() } else { answer.finish() });
    review.finish();
    if args.apply && !review.hunks().is_empty() {
        apply(args, opened, buffer, &review)?;
    }
    match args.format {
        Format::Text => print!("{}", accepted(buffer, &review)),
        Format::Diff => print!("{}", review.unified_diff(&args.diff_name())),
        Format::Json => output::json(&output::improved(args, model, reply, &review, &answer)),
    }
    if incomplete {
        return Err(Failure::Failed(
            "The answer is incomplete and was not used: raise --max-tokens or select less.".into(),
        ));
    }
    match answer.verdict() {
        verdict @ (Verdict::Empty | Verdict::Elided) => {
            Err(Failure::Failed(verdict.message().unwrap_or_default().to_owned()))
        }
        verdict => {
            if let (Some(note), true) = (verdict.message(), args.format != Format::Json) {
                eprintln!("localcoder: {note}");
            }
            Ok(())
        }
    }
}

/// The selection with all hunks accepted.
pub(super) fn accepted(buffer: &Buffer, review: &Review) -> String {
    let mut after = buffer.clone();
    let transaction = review.accept_all();
    let end = transaction.map(review.range().end, editor_core::Bias::After);
    match after.apply(&transaction) {
        Ok(_) => after.slice(review.range().start..end),
        Err(_) => review.original().to_owned(),
    }
}

fn apply(args: &Args, opened: &Opened, buffer: &Buffer, review: &Review) -> Outcome {
    let failed = |text: String| Failure::Failed(format!("{text}. Nothing was changed."));
    if opened.read_only.is_some() {
        return Err(failed(format!("{} is not text that can be written back", args.file.display())));
    }
    let mut after = buffer.clone();
    after.apply(&review.accept_all()).map_err(|e| failed(e.to_string()))?;
    let expect = opened.stamp.clone().map_or(Expect::Whatever, Expect::Unchanged);
    file::save(&RealDisk, &args.file, after.rope(), opened.format, &expect)
        .map_err(|e| failed(e.to_string()))?;
    Ok(())
}

/// One line on standard error that is written over and over, when a person is watching.
struct Progress {
    watched: bool,
}

impl Progress {
    fn new() -> Progress {
        Progress { watched: std::io::stderr().is_terminal() }
    }

    fn show(&self, text: &str) {
        if self.watched {
            eprint!("\r\u{1b}[K{text}");
        }
    }

    fn clear(&self) {
        if self.watched {
            eprint!("\r\u{1b}[K");
        }
    }
}
