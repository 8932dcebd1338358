//! `improve` and `explain`: one selection, one answer.

use std::{ffi::OsString, ops::Range, path::Path, sync::atomic::AtomicBool, time::Instant};

use assist::{
    answer::AnswerVerdict,
    asked::{CommandText, EditRequest},
    attempts::Attempts,
    check::EditTarget,
    checkers::Checkers,
    code_context, commit, git, naming,
    permission::Permission,
    task::Task,
};
use editor_core::{
    Buffer, Language, LineEnding,
    disk::RealDisk,
    file::{self, Expect, Opened},
    review::Review,
    syntax::SyntaxTree,
};
use ipc::{
    blocking::BlockingReply,
    protocol::{CodeContext, Prompt, StopReason},
};
use settings::Settings;

use super::{
    CommandFailure, CommandResult,
    args::HeadlessCommand,
    args::{self, Args, OutputFormat},
    output::{self, Improved},
    session::HeadlessSession,
};

/// Runs the command.
///
/// # Errors
/// Wrong arguments, an unreadable file, a failure of the worker, or Ctrl-C.
pub fn run(kind: HeadlessCommand, args: Vec<OsString>) -> CommandResult {
    let settings = super::user_settings();
    let args = args::parse(kind, args, &settings)?;
    match kind {
        HeadlessCommand::Commit => return commit_message(&args, &settings),
        HeadlessCommand::Name => return name(&args, &settings),
        HeadlessCommand::Improve
        | HeadlessCommand::Explain
        | HeadlessCommand::Generate
        | HeadlessCommand::Document => {}
    }
    let opened = file::open(&RealDisk, &args.file).map_err(|e| CommandFailure::Failed(format!("{e}.")))?;
    let buffer = Buffer::from_rope(opened.rope.clone());
    let range = selection(&buffer, args.lines)?;
    if kind == HeadlessCommand::Improve && buffer.slice(range.clone()).trim().is_empty() {
        return Err(CommandFailure::Nothing(
            "There is nothing to improve: the lines are blank. Name lines with code.".into(),
        ));
    }
    let language = Language::detect(Some(&args.file), &buffer.line(0).to_string());
    if let Some(task) = task(kind) {
        let caret =
            range.start + buffer.slice(range.clone()).chars().take_while(|c| c.is_whitespace()).count();
        let EditRequest { range, code, target, .. } =
            asked(&args, &buffer, language, caret.min(range.end), task)?;
        let mut session = HeadlessSession::open(&args, &settings)?;
        return improve(&mut Job { args, opened, buffer, range, code, target }, &mut session);
    }
    let code =
        code_context(buffer.rope(), range.clone(), &file_name(&args.file), language, &args.instruction);
    let mut session = HeadlessSession::open(&args, &settings)?;
    match kind {
        HeadlessCommand::Explain => {
            let reply = session.ask(
                &Prompt::Explain(code),
                &args.sampling,
                &args.ctrl,
                args.format != OutputFormat::Json,
            )?;
            match args.format {
                OutputFormat::Json => output::json(&output::explained(&args, &session, &reply)),
                // The text was written while it arrived.
                OutputFormat::Text | OutputFormat::Diff => println!(),
            }
            Ok(())
        }
        _ => {
            let target = EditTarget::new(buffer.rope().clone(), range.clone(), language, None);
            let known = target.misfit().unwrap_or_default();
            let code = CodeContext { reference: target.reference.clone(), known, ..code };
            improve(&mut Job { args, opened, buffer, range, code, target }, &mut session)
        }
    }
}

/// What a command asks that is about a line.
fn task(kind: HeadlessCommand) -> Option<Task> {
    match kind {
        HeadlessCommand::Generate => Some(Task::Generate),
        HeadlessCommand::Document => Some(Task::Document),
        _ => None,
    }
}

fn asked(
    args: &Args,
    buffer: &Buffer,
    language: Language,
    caret: usize,
    task: Task,
) -> Result<EditRequest, CommandFailure> {
    let never = AtomicBool::new(false);
    let tree = SyntaxTree::parse(language, buffer.rope(), buffer.revision(), None, &never);
    let tree = tree.ok_or_else(|| {
        CommandFailure::Failed(format!("The syntax of {} is not known.", args.file.display()))
    })?;
    let file_name = file_name(&args.file);
    let place = CommandText { rope: buffer.rope(), tree: &tree, language, file_name: &file_name, caret };
    let line = args.lines.0;
    place.asked(task).ok_or_else(|| {
        CommandFailure::Failed(match task {
            Task::Generate => format!("Line {line} is not a comment that says what to write."),
            _ => format!(
                "There is no function around line {line} that can be documented in {}.",
                language.name()
            ),
        })
    })
}

fn commit_message(args: &Args, settings: &Settings) -> CommandResult {
    let staged = git::staged(&args.file).map_err(|error| CommandFailure::Failed(format!("{error}.")))?;
    eprintln!("localcoder: {}.", staged.note());
    let mut session = HeadlessSession::open(args, settings)?;
    let reply = session.ask(&commit::prompt(&staged), &args.sampling, &args.ctrl, false)?;
    let message = commit::message(&reply.text, &staged.form());
    if message.is_empty() {
        return Err(CommandFailure::Failed(
            "The model gave no message. Try again with --temperature 0.6.".into(),
        ));
    }
    match args.format {
        OutputFormat::Json => {
            output::json(&output::message(args, &session, &reply, &staged, &message));
        }
        OutputFormat::Text | OutputFormat::Diff => print!("{message}"),
    }
    Ok(())
}

fn name(args: &Args, settings: &Settings) -> CommandResult {
    let opened = file::open(&RealDisk, &args.file).map_err(|e| CommandFailure::Failed(format!("{e}.")))?;
    let language = Language::detect(Some(&args.file), &opened.rope.line(0).to_string());
    let mut session = HeadlessSession::open(args, settings)?;
    let reply = session.ask(&naming::prompt(&opened.rope, language), &args.sampling, &args.ctrl, false)?;
    let names = naming::names(&reply.text, naming::extension(language));
    if names.is_empty() {
        return Err(CommandFailure::Failed(
            "The model suggested no name. Try again with --temperature 0.6.".into(),
        ));
    }
    match args.format {
        OutputFormat::Json => output::json(&output::names(args, &session, &reply, &names)),
        OutputFormat::Text | OutputFormat::Diff => names.iter().for_each(|name| println!("{name}")),
    }
    Ok(())
}

fn selection(buffer: &Buffer, (first, last): (usize, usize)) -> Result<Range<usize>, CommandFailure> {
    let lines = buffer.len_lines();
    if last > lines {
        return Err(CommandFailure::Usage(format!(
            "--lines {first}:{last} is beyond the file's {lines} lines"
        )));
    }
    Ok(buffer.line_range(first - 1).start..buffer.line_range(last - 1).end)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What an improvement works on.
struct Job {
    args: Args,
    opened: Opened,
    buffer: Buffer,
    range: Range<usize>,
    code: CodeContext,
    target: EditTarget,
}

/// Asks until a proposal passes or the plan is through.
fn attempt(job: &Job, session: &mut HeadlessSession) -> Result<Improved, CommandFailure> {
    let start = Instant::now();
    let policy = job.args.policy;
    let mut attempts = Attempts::new(job.code.clone(), job.args.sampling.clone(), &job.target, policy);
    let runs = policy.examples && job.target.can_run();
    let mut cost: Option<BlockingReply> = None;
    while let Some(ask) = attempts.next_ask() {
        let mut answer = job.target.answer(&ask.code);
        let reply = session.ask(&Prompt::Edit(ask.code), &ask.sampling, &job.args.ctrl, false)?;
        answer.push(&reply.text);
        let incomplete = matches!(reply.stop, StopReason::Length | StopReason::Deadline);
        let proposal = job.target.judge(&answer, incomplete, runs);
        if runs && attempts.wants_baseline(&proposal) {
            let held = job.target.baseline();
            let finding = job.target.finding(&held);
            attempts.set_baseline(held, finding);
        }
        attempts.learn(proposal);
        cost = Some(match cost {
            None => reply,
            Some(before) => output::together(&before, &reply),
        });
    }
    let nothing = || CommandFailure::Failed("The model was not asked anything.".into());
    let (best, cost) = attempts.best().zip(cost).ok_or_else(nothing)?;
    Ok(Improved { attempts, best, cost, total_ms: start.elapsed().as_secs_f64() * 1000.0 })
}

fn improve(job: &mut Job, session: &mut HeadlessSession) -> CommandResult {
    let language = Language::detect(Some(&job.args.file), &job.buffer.line(0).to_string());
    job.target.file = std::path::absolute(&job.args.file).ok();
    // Both were asked for by this command.
    let checker = job.args.policy.check.then(|| Checkers::default().of(language).cloned()).flatten();
    job.target.checker = checker.map(|checker| checker.asked_in(Permission::Everywhere));
    job.target.runs_in = Permission::Everywhere;
    let job: &Job = job;
    let Job { args, opened, buffer, range, .. } = job;
    let improved = attempt(job, session)?;
    let proposal = improved.proposal();
    let mut review = Review::new(1, buffer, range.clone(), LineEnding::dominant(buffer.rope()));
    review.set_answer(
        if proposal.incomplete { review.original().to_owned() } else { proposal.text.clone() }.as_str(),
    );
    review.finish();
    let broken = proposal.breaks.as_ref();
    if args.apply && !review.hunks().is_empty() && (broken.is_none() || args.anyway) {
        apply(args, opened, buffer, &review)?;
    }
    match args.format {
        OutputFormat::Text => {
            let text = accepted(buffer, &review);
            // What is found around a line ends before its line break.
            let end = if args.kind == HeadlessCommand::Improve || text.ends_with('\n') { "" } else { "\n" };
            print!("{text}{end}");
        }
        OutputFormat::Diff => print!("{}", review.unified_diff(&args.diff_name())),
        OutputFormat::Json => {
            output::json(&output::improved(args, session, &review, &improved));
        }
    }
    if proposal.incomplete {
        return Err(CommandFailure::Failed(
            "The answer is incomplete and was not used: raise --max-tokens or select less.".into(),
        ));
    }
    match proposal.verdict {
        verdict @ (AnswerVerdict::Empty | AnswerVerdict::Elided | AnswerVerdict::Refused) => {
            Err(CommandFailure::Failed(verdict.message().unwrap_or_default().to_owned()))
        }
        verdict => {
            let broken = broken.map(|at| format!("The change breaks the syntax of the file: `{}`.", at.text));
            if let Some(said) = broken.as_ref().filter(|_| !(args.apply && args.anyway)) {
                let rest =
                    if args.apply { " Nothing was changed; --anyway writes it all the same." } else { "" };
                return Err(CommandFailure::Failed(format!("{said}{rest}")));
            }
            let checked = proposal.checked.as_ref().and_then(|checked| checked.as_ref().err());
            let checked = checked.map(|said| format!("The change does not pass the check: {said}"));
            let note = verdict.message().map(str::to_owned).or(broken).or(checked);
            if let (Some(note), true) = (note, args.format != OutputFormat::Json) {
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

fn apply(args: &Args, opened: &Opened, buffer: &Buffer, review: &Review) -> CommandResult {
    let failed = |text: String| CommandFailure::Failed(format!("{text}. Nothing was changed."));
    let mut after = buffer.clone();
    after.apply(&review.accept_all()).map_err(|e| failed(e.to_string()))?;
    let text = opened.writable(after.rope().clone());
    let text = text.map_err(|reason| failed(format!("{} is not written: {reason}", args.file.display())))?;
    let expect = opened.stamp.clone().map_or(Expect::Absent, Expect::Unchanged);
    file::save(&RealDisk, &args.file, &text, &expect).map_err(|e| failed(e.to_string()))?;
    Ok(())
}
