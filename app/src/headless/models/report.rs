//! What is known of models, as JSON and as lines for people.

use models::catalog::{Catalog, CatalogEntry};
use models::fit::{self, FitVerdict, Recommendation};
use models::gguf::Header;
use models::hash::Digest;
use models::import::{FoundModel, ImportMode};
use models::store::{Condition, Installed, ModelSource};
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::phrases;
use crate::speed::Speed;

/// An installed model.
pub fn installed(model: &Installed) -> Value {
    let record = &model.record;
    // Nobody knows whether a file that has changed still has the digests that it came with.
    let checked = matches!(model.condition(), Condition::Verified(_) | Condition::Sampled(_));
    let known = |digests: &[Digest]| if checked { json!(digests) } else { Value::Null };
    json!({
        "id": record.id,
        "version": record.version_name(),
        "name": record.name,
        "present": model.present(),
        "files": model.files,
        "size": record.size,
        "sha256": known(&record.sha256),
        "blake3": known(&record.blake3),
        "state": state(model.condition()),
        "source": source(&record.source),
        "licence": record.licence,
        "licence_accepted_at": record.licence_accepted_at,
        "verified": record.verified,
        "installed_at": record.installed_at,
        "checked_at": record.checked_at,
        "sampled_at": record.sampled_at,
        "pinned_by": record.pinned_by,
    })
}

/// One word for what is known of a model's bytes now.
pub fn state(condition: Condition) -> &'static str {
    match condition {
        Condition::Verified(_) => "verified",
        Condition::Sampled(_) => "sampled",
        Condition::Changed => "changed",
        Condition::Missing => "missing",
        Condition::Unknown => "unknown",
    }
}

fn source(source: &ModelSource) -> Value {
    match source {
        ModelSource::Hub { repository, revision } => {
            json!({ "kind": "hub", "repository": repository, "revision": revision })
        }
        ModelSource::Import { from, how } => json!({ "kind": "import", "from": from, "how": mode(*how) }),
        ModelSource::Path => json!({ "kind": "path" }),
    }
}

fn mode(mode: ImportMode) -> &'static str {
    match mode {
        ImportMode::Copy => "copy",
        ImportMode::Clone => "clone",
        ImportMode::HardLink => "hard-link",
        ImportMode::Symlink => "symlink",
    }
}

/// An entry of the catalogue.
pub fn entry(entry: &CatalogEntry) -> Value {
    json!({
        "id": entry.id,
        "name": entry.name,
        "parameters": entry.parameters,
        "quantisation": entry.quantisation,
        "roles": entry.roles.iter().map(|role| phrases::role(*role)).collect::<Vec<_>>(),
        "repository": entry.repository,
        "revision": entry.revision,
        "file": entry.file,
        "size": entry.size,
        "sha256": entry.sha256,
        "licence": entry.licence,
        "attribution": entry.attribution,
        "context": entry.context,
        "about": entry.about,
    })
}

/// A header.
pub fn header(header: &Header) -> Value {
    json!({
        "architecture": header.architecture,
        "name": header.name,
        "quantisation": header.quantisation,
        "parameters": header.parameters,
        "context": header.context_length,
        "layers": header.block_count,
        "vocabulary": header.vocabulary,
        "fill_in_middle": header.fill_in_middle,
        "chat_template": header.chat_template.is_some(),
        "licence": header.licence.id,
    })
}

/// How a model fits.
pub fn fitting(id: &str, fit: &Recommendation, speed: Speed) -> Value {
    let (why, missing) = match &fit.verdict {
        FitVerdict::Fits => (None, 0),
        FitVerdict::Tight { why } => (Some(why), 0),
        FitVerdict::DoesNotFit { why, missing } => (Some(why), *missing),
    };
    json!({
        "id": id,
        "verdict": phrases::verdict(&fit.verdict),
        "why": why,
        "missing_bytes": missing,
        "context": fit.load.context,
        "needed_bytes": fit.need.total(),
        "weights_bytes": fit.need.weights,
        "kv_bytes": fit.need.kv,
        "compute_bytes": fit.need.compute,
        "tokens_per_s": speed.tokens_per_second(),
        "tokens_per_s_from": match speed {
            Speed::Seen(_) => "its answers here",
            Speed::Expected(_) => "another model's answers here",
            Speed::AtMost(_) => "the machine's limit",
        },
    })
}

/// The machine that models were judged for.
pub fn machine(machine: &Machine) -> Value {
    json!({
        "total_bytes": machine.memory.total,
        "available_bytes": machine.memory.available,
        "budget_bytes": fit::budget(machine.memory),
        "bytes_per_s": machine.bandwidth,
    })
}

/// A model of another tool.
pub fn found(found: &FoundModel) -> Value {
    json!({ "tool": phrases::tool(found.tool), "name": found.name, "files": found.files, "size": found.size })
}

/// One line of `list` for an installed model. It begins with the id, for scripts that cut.
pub fn installed_line(model: &Installed, now: u64) -> String {
    let record = &model.record;
    let mut parts = vec![phrases::bytes(record.size)];
    parts.push(if record.verified { "the catalogue's file" } else { "not in the catalogue" }.to_owned());
    parts.push(phrases::condition(model.condition(), now));
    if !record.pinned_by.is_empty() {
        parts.push(format!("pinned by {}", record.pinned_by.join(", ")));
    }
    format!("{:<44} {}", record.id, parts.join(", "))
}

/// One line of `list` or `fit` for an entry of the catalogue.
pub fn entry_line(entry: &CatalogEntry, fit: &Recommendation, speed: Speed) -> String {
    format!(
        "{:<44} {:>8}  {:<24} {} {}.",
        entry.id,
        phrases::bytes(entry.size),
        phrases::roles(&entry.roles),
        phrases::fit(fit),
        phrases::sentence_speed(speed)
    )
}

/// The lines of `show`.
pub fn describe(id: &str, catalog: &Catalog, model: Option<&Installed>, now: u64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |name: &str, text: String| lines.push(format!("{name:<14} {text}"));
    say("id", id.to_owned());
    if let Some(entry) = catalog.get(id) {
        say("name", entry.name.clone());
        say("about", entry.about.clone());
        say("for", phrases::roles(&entry.roles));
        say("parameters", phrases::parameters(entry.parameters));
        say("quantisation", entry.quantisation.clone());
        say("context", format!("{} tokens", phrases::grouped(u64::from(entry.context))));
        say("size", format!("{} ({} bytes)", phrases::bytes(entry.size), phrases::grouped(entry.size)));
        say("licence", entry.licence().map_or(entry.licence.clone(), |licence| licence.name.to_owned()));
        entry.attribution.iter().for_each(|line| say("attribution", line.clone()));
        say("source", format!("{} at {}", entry.repository, entry.revision));
        say("sha256", entry.sha256.to_string());
    }
    match model {
        None => say("installed", "no".into()),
        Some(model) => {
            for file in &model.files {
                say("installed", file.display().to_string());
            }
            let verified = model.record.verified;
            say("from", if verified { "the catalogue, by its SHA-256" } else { "elsewhere" }.to_owned());
            say("state", phrases::condition(model.condition(), now));
            say("pinned by", model.record.pinned_by.join(", "));
        }
    }
    lines
}
