//! `models`: what the model panel does, without a window.

mod args;
mod report;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use assist::worker;
use models::catalog::{self, Catalog, CatalogEntry, Licence};
use models::download::{Consent, DownloadErrorKind, DownloadPlan, NetworkSettings, QueueEvent};
use models::fit::Recommendation;
use models::hash::Digest;
use models::import::{self, ImportMode};
use models::store::{Installed, ModelSource, Store, StoreError, VerifyMode};
use serde_json::{Value, json};

use self::args::ModelsAction;
use super::{CommandFailure, CommandResult, output};
use crate::effects::downloads::{DownloadWish, Downloads};
use crate::features::models::ModelTaskError;
use crate::machine::{CONTEXT, Machine};
use crate::phrases;
use crate::speed::Speed;
use crate::workspace::session::Session;

/// What a command answers: lines for people, and fields for programs.
struct Answer {
    lines: Vec<String>,
    fields: Value,
}

type Answered = Result<Answer, CommandFailure>;

/// Runs `models SUBCOMMAND …`.
///
/// # Errors
/// Wrong arguments, or what the store says.
pub fn run(args: Vec<OsString>) -> CommandResult {
    let (action, as_json) = args::parse(args)?;
    let name = format!("models {}", action.name());
    match (answer(action), as_json) {
        (Ok(answer), false) => {
            answer.lines.iter().for_each(|line| println!("{line}"));
            Ok(())
        }
        (Ok(answer), true) => {
            output::json(&with(json!({ "command": name, "ok": true }), answer.fields));
            Ok(())
        }
        (Err(failure), true) => {
            output::json(&json!({ "command": name, "ok": false, "error": failure.text() }));
            Err(failure)
        }
        (Err(failure), false) => Err(failure),
    }
}

fn with(mut object: Value, fields: Value) -> Value {
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
        object.extend(fields);
    }
    object
}

fn answer(action: ModelsAction) -> Answered {
    let store = worker::store().map_err(CommandFailure::Failed)?;
    let builtin = catalog::builtin().map_err(failed)?;
    let catalog = match action {
        // A broken one must not stand in the way of a right one.
        ModelsAction::Adopt { .. } => builtin,
        _ => builtin.of_folder(store.root()).map_err(failed)?,
    };
    match action {
        ModelsAction::Adopt { path, sha256 } => adopt(&store, catalog, &path, sha256),
        ModelsAction::List => list(&store, &catalog),
        ModelsAction::Show(id) => show(&store, &catalog, &id),
        ModelsAction::Install { id, accepted } => {
            install(&store, &catalog, &id, accepted, &crate::network::here())
        }
        ModelsAction::Import { path, mode, if_missing } => take_in(&store, &catalog, &path, mode, if_missing),
        ModelsAction::Verify { id, mode } => verify(&store, id.as_deref(), mode),
        ModelsAction::Pin { id, by } => {
            let pinned = store.pin(&id, &by).map_err(failed)?;
            Ok(said(format!("{} is pinned for {by}.", pinned.record.version_name()), &pinned))
        }
        ModelsAction::Unpin { id, by } => {
            let free = store.unpin(&id, &by).map_err(failed)?;
            Ok(said(format!("{} is no longer pinned for {by}.", free.record.version_name()), &free))
        }
        ModelsAction::Remove { id, even_pinned } => {
            let model = store.find(&id).map_err(failed)?;
            let freed = store.remove(&id, even_pinned).map_err(failed)?;
            let line = format!("{} was removed; {} are free again.", model.record.id, phrases::bytes(freed));
            Ok(Answer { lines: vec![line], fields: json!({ "id": model.record.id, "freed_bytes": freed }) })
        }
        ModelsAction::Fit { id, context } => fit(&store, &catalog, id.as_deref(), context),
        ModelsAction::Found => Ok(found()),
        ModelsAction::Clean => clean(&store),
    }
}

fn failed(error: impl std::fmt::Display) -> CommandFailure {
    CommandFailure::Failed(ground::words::sentence(&error.to_string()))
}

fn said(line: String, model: &Installed) -> Answer {
    Answer { lines: vec![line], fields: json!({ "model": report::installed(model) }) }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn list(store: &Store, catalog: &Catalog) -> Answered {
    let installed = store.installed().map_err(failed)?;
    let usage = store.disk_usage().map_err(failed)?;
    let machine = machine();
    let here = |entry: &CatalogEntry| installed.iter().any(|model| model.record.id == entry.id);
    let mut lines = vec![format!("Installed in {}:", store.root().display())];
    lines.extend(installed.iter().map(|model| format!("  {}", report::installed_line(model, now()))));
    if installed.is_empty() {
        lines.push("  none: `localcoder models install ID` or `localcoder models import PATH`".into());
    }
    lines.push("Catalogue:".into());
    let mut entries = Vec::new();
    for entry in catalog.entries() {
        let (fit, speed) = judged(&machine, entry, CONTEXT);
        entries.push(with(
            report::entry(entry),
            json!({
                "installed": here(entry), "fit": report::fitting(&entry.id, &fit, speed),
            }),
        ));
        if !here(entry) {
            lines.push(format!("  {}", report::entry_line(entry, &fit, speed)));
        }
    }
    let disk = json!({
        "installed_bytes": usage.installed, "partial_bytes": usage.partial,
        "quarantined_bytes": usage.quarantined, "orphaned_bytes": usage.orphaned, "free_bytes": usage.free,
    });
    let installed: Vec<Value> = installed.iter().map(report::installed).collect();
    Ok(Answer {
        lines,
        fields: json!({ "root": store.root(), "installed": installed, "catalogue": entries, "disk": disk }),
    })
}

/// This machine, with what the window's answers reached.
fn machine() -> Machine {
    let session = ground::places::state_folder().map(|folder| Session::load(&folder.join("session.json")));
    Machine::here(0, session.unwrap_or_default().rates)
}

/// One word for what is known of a model's bytes.
pub(super) fn state(model: &Installed) -> &'static str {
    report::state(model.condition())
}

/// What installed models are predicted to take with this context, how well that fits and how fast they answer here.
pub(super) fn predicted(installed: &[Installed], context: u32) -> Vec<Value> {
    let machine = machine();
    let one = |model: &Installed| {
        let id = &model.record.id;
        let Some(header) = model.present().then(|| model.header().ok()).flatten() else {
            return json!({ "id": id, "present": false });
        };
        let fit = machine.fit_header(&header, context);
        report::fitting(id, &fit, machine.speed_header(id, &header))
    };
    installed.iter().map(one).collect()
}

fn judged(machine: &Machine, entry: &CatalogEntry, context: u32) -> (Recommendation, Speed) {
    (machine.fit_entry(entry, context), machine.speed_entry(entry))
}

fn show(store: &Store, catalog: &Catalog, id: &str) -> Answered {
    let model = match (store.find(id), catalog.get(id)) {
        (Ok(model), _) => Some(model),
        (Err(_), Some(_)) => None,
        (Err(missing), None) => return Err(failed(missing)),
    };
    let id = model.as_ref().map_or(id, |model| model.record.id.as_str());
    let header = model.as_ref().filter(|model| model.present()).map(Installed::header).transpose();
    let header = header.map_err(failed)?;
    let entry = catalog.get(id);
    Ok(Answer {
        lines: report::describe(id, catalog, model.as_ref(), now()),
        fields: json!({
            "id": id,
            "entry": entry.map(report::entry),
            "model": model.as_ref().map(report::installed),
            "header": header.as_ref().map(report::header),
        }),
    })
}

fn install(
    store: &Store,
    catalog: &Catalog,
    id: &str,
    accepted: bool,
    settings: &NetworkSettings,
) -> Answered {
    let entry = catalog.get(id).ok_or_else(|| unknown(id, catalog))?;
    let licence =
        entry.licence().ok_or_else(|| failed("the text of its licence is not part of this program"))?;
    if !accepted {
        return Err(not_accepted(entry, licence));
    }
    let plan = DownloadPlan::new(entry, Consent::accepted(licence, now())).map_err(failed)?;
    let (sender, events) = crossbeam_channel::unbounded();
    let told = sender.clone();
    let downloads = Downloads::start(store.clone(), settings, move |event| {
        // Nobody waits any more after the end.
        let _late = told.send(Some(event));
    });
    let downloads = downloads.map_err(failed)?;
    on_ctrl_c(move || drop(sender.send(None)))?;
    let gone = |error| ModelTaskError::NoProcess(Arc::new(error)).sentence();
    let ticket = downloads.add(&plan, settings).map_err(|error| CommandFailure::Failed(gone(error)))?;
    let watched = std::io::stderr().is_terminal();
    let mut done = 0;
    let installed = loop {
        match events.recv() {
            Ok(Some(QueueEvent::Progress(_, progress))) => {
                done = progress.done;
                if watched {
                    eprint!("\r\u{1b}[K{}", phrases::progress(&progress));
                }
            }
            Ok(Some(QueueEvent::Installed(_, installed))) => break Ok(*installed),
            Ok(Some(QueueEvent::Failed(_, error))) => break Err(error),
            Ok(None) => downloads.control(ticket, DownloadWish::Cancel),
            Err(gone) => return Err(failed(gone)),
        }
    };
    if watched {
        eprint!("\r\u{1b}[K");
    }
    let installed = installed.map_err(|error| match error.kind {
        DownloadErrorKind::Cancelled => CommandFailure::Paused(format!(
            "paused at {} of {}; `localcoder models install {id} --accept-licence` resumes from there.",
            phrases::bytes(done),
            phrases::bytes(entry.size)
        )),
        _ => failed(error),
    })?;
    Ok(said(format!("{} is installed and verified.", installed.record.id), &installed))
}

fn unknown(id: &str, catalog: &Catalog) -> CommandFailure {
    let ids: Vec<&str> = catalog.entries().iter().map(|entry| entry.id.as_str()).collect();
    CommandFailure::Failed(format!("The catalogue has no «{id}». It has: {}.", ids.join(", ")))
}

/// The whole text, and how to say yes.
fn not_accepted(entry: &CatalogEntry, licence: &Licence) -> CommandFailure {
    eprintln!("{}\n", licence.text.trim_end());
    licence.notice.iter().for_each(|notice| eprintln!("{}\n", notice.trim_end()));
    CommandFailure::Failed(format!(
        "{} comes under the {} (above). Nothing was downloaded. If you accept it: `localcoder models install {} \
         --accept-licence`.",
        entry.name, licence.name, entry.id
    ))
}

fn on_ctrl_c(stop: impl Fn() + Send + 'static) -> Result<(), CommandFailure> {
    ctrlc::set_handler(stop).map_err(|error| failed(format!("cannot listen for Ctrl-C: {error}")))
}

/// A callback for long work that shows a percentage to people and stops on Ctrl-C.
fn watched(what: &str) -> Result<impl FnMut(models::Progress) -> ControlFlow<()>, CommandFailure> {
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stopped);
    on_ctrl_c(move || flag.store(true, Ordering::Relaxed))?;
    let (shown, what) = (std::io::stderr().is_terminal(), what.to_owned());
    Ok(move |progress: models::Progress| {
        if shown {
            let end = if progress.done >= progress.total { "\r\u{1b}[K" } else { "" };
            eprint!("\r\u{1b}[K{what} {} %{end}", 100 * progress.done / progress.total.max(1));
        }
        if stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

/// A user's catalogue takes the place of the one that was added before.
fn adopt(store: &Store, builtin: Catalog, path: &Path, sha256: Option<Digest>) -> Answered {
    let before = builtin.entries().len();
    let merged = builtin.adopt(store.root(), path, sha256).map_err(failed)?;
    let added = merged.entries().len() - before;
    Ok(Answer {
        lines: vec![format!("The catalogue was taken in; it adds {added} models.")],
        fields: json!({ "models": merged.entries().len(), "added": added }),
    })
}

fn take_in(store: &Store, catalog: &Catalog, path: &Path, mode: ImportMode, if_missing: bool) -> Answered {
    if if_missing && let Some(known) = known(store, path) {
        return Ok(said(known.record.id.clone(), &known));
    }
    let mut on = watched("importing")?;
    match import::import_file(store, catalog, path, mode, &mut on) {
        Ok(installed) => Ok(said(installed.record.id.clone(), &installed)),
        Err(import::ImportError::Store(StoreError::Stopped)) => Err(CommandFailure::Cancelled),
        Err(error) => Err(failed(error)),
    }
}

/// The model that was made of this file before, as far as can be known without reading it.
fn known(store: &Store, path: &Path) -> Option<Installed> {
    let path = std::path::absolute(path).ok()?;
    let size = std::fs::metadata(&path).ok()?.len();
    let from_here =
        |source: &ModelSource| matches!(source, ModelSource::Import { from, .. } if *from == path);
    let models = store.installed().ok()?;
    models
        .into_iter()
        .find(|model| from_here(&model.record.source) && model.record.size == size && model.present())
}

fn verify(store: &Store, id: Option<&str>, mode: VerifyMode) -> Answered {
    let wanted = match id {
        Some(id) => vec![store.find(id).map_err(failed)?],
        None => store.installed().map_err(failed)?,
    };
    let mut on = watched("checking")?;
    let (mut lines, mut results, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
    for model in &wanted {
        let version = model.record.version_name();
        match store.verify(if model.kept { &version } else { &model.record.id }, mode, &mut on) {
            Ok(verified) => {
                let (what, mode) = match verified.mode {
                    VerifyMode::Full => ("every byte was checked", "full"),
                    VerifyMode::Sampled => ("samples were checked, others than before", "sampled"),
                };
                lines.push(format!("{version} is as it was installed: {what}."));
                results.push(
                    json!({ "id": model.record.id, "ok": true, "mode": mode, "bytes": verified.bytes }),
                );
            }
            Err(StoreError::Stopped) => return Err(CommandFailure::Cancelled),
            Err(error) => damaged.push(ground::words::sentence(&error.to_string())),
        }
    }
    if !damaged.is_empty() {
        lines.iter().for_each(|line| eprintln!("{line}"));
        return Err(CommandFailure::Failed(damaged.join("\n")));
    }
    if lines.is_empty() {
        lines.push("No model is installed.".into());
    }
    Ok(Answer { lines, fields: json!({ "models": results }) })
}

fn fit(store: &Store, catalog: &Catalog, id: Option<&str>, context: u32) -> Answered {
    let machine = machine();
    let (mut lines, mut fits) = (Vec::new(), Vec::new());
    let entries: Vec<&CatalogEntry> = match id {
        Some(id) => catalog.get(id).into_iter().collect(),
        None => catalog.entries().iter().collect(),
    };
    let installed = id.and_then(|id| store.find(id).ok()).filter(Installed::present);
    if let Some(model) = &installed {
        let header = model.header().map_err(failed)?;
        let fit = machine.fit_header(&header, context);
        let speed = machine.speed_header(&model.record.id, &header);
        lines.push(format!("{}: {} {}", model.record.id, phrases::fit(&fit), phrases::speed(speed)));
        fits.push(report::fitting(&model.record.id, &fit, speed));
    } else if let (Some(id), []) = (id, entries.as_slice()) {
        return Err(store.find(id).err().map_or_else(|| unknown(id, catalog), failed));
    } else {
        for entry in entries {
            let (fit, speed) = judged(&machine, entry, context);
            lines.push(report::entry_line(entry, &fit, speed));
            fits.push(report::fitting(&entry.id, &fit, speed));
        }
    }
    Ok(Answer { lines, fields: json!({ "machine": report::machine(&machine), "models": fits }) })
}

fn found() -> Answer {
    let found = import::scan_other_tools();
    let mut lines = Vec::new();
    for model in &found {
        let file = model.files.first().map(|file| file.display().to_string()).unwrap_or_default();
        let (tool, size) = (phrases::tool(model.tool), phrases::bytes(model.size));
        lines.push(format!("{tool:<18} {size:>8}  {}\n    {file}", model.name));
    }
    match lines.is_empty() {
        true => lines.push("LM Studio, Ollama, Hugging Face and llama.cpp keep no models here.".into()),
        false => lines.push("`localcoder models import PATH --link` takes one in without a copy.".into()),
    }
    Answer { lines, fields: json!({ "found": found.iter().map(report::found).collect::<Vec<_>>() }) }
}

fn clean(store: &Store) -> Answered {
    let leftovers = store.leftovers().map_err(failed)?;
    let freed = store.clean(&leftovers).map_err(failed)?;
    let mut lines: Vec<String> =
        leftovers.iter().map(|leftover| format!("deleted {}", leftover.path.display())).collect();
    lines.push(format!("{} are free again.", phrases::bytes(freed)));
    let paths: Vec<_> = leftovers.iter().map(|leftover| &leftover.path).collect();
    Ok(Answer { lines, fields: json!({ "deleted": paths, "freed_bytes": freed }) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        (folder, store)
    }

    fn refusal(accepted: bool, settings: &NetworkSettings) -> String {
        let (_folder, store) = store();
        let catalog = catalog::builtin().unwrap();
        match install(&store, &catalog, "qwen2.5-coder-0.5b-instruct-q4_k_m", accepted, settings) {
            Err(CommandFailure::Failed(text)) => text,
            _ => panic!("it was installed"),
        }
    }

    #[test]
    fn nothing_is_installed_without_consent_or_in_the_air_gap() {
        assert!(refusal(false, &NetworkSettings::default()).contains("Nothing was downloaded"));
        let air_gapped = NetworkSettings { air_gapped: true, ..NetworkSettings::default() };
        assert!(refusal(true, &air_gapped).contains("air-gapped"));
        assert!(refusal(false, &air_gapped).contains("--accept-licence"), "the licence comes first");
    }

    #[test]
    fn an_empty_store_is_listed_with_the_catalogue() {
        let (_folder, store) = store();
        let answer = list(&store, &catalog::builtin().unwrap()).unwrap_or_else(|_| panic!("not listed"));
        assert!(answer.lines[1].contains("none"));
        let entries = answer.fields["catalogue"].as_array().unwrap();
        assert!(entries.iter().all(|entry| entry["installed"] == false && entry["fit"]["context"].is_u64()));
    }

    #[test]
    fn unknown_models_are_named_with_advice() {
        let (_folder, store) = store();
        let catalog = catalog::builtin().unwrap();
        for result in [show(&store, &catalog, "nothing"), fit(&store, &catalog, Some("nothing"), CONTEXT)] {
            let Err(CommandFailure::Failed(text)) = result else { panic!("found") };
            assert!(text.contains("«nothing»") && text.contains("install"), "{text}");
        }
    }
}
