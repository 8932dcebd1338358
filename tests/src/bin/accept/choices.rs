//! Quick choices on functions that are right: what the product mended, and what passes its tests, is asked for more, and must pass
//! them still.

use ::tests::tasks::{field, lines};
use anyhow::{Context, Result};
use assist::presets::PRESETS;
use serde_json::{Value, json};

use crate::{asker::Asker, judge::passes, ways::Way};

/// What became of one choice over all tasks.
#[derive(Default)]
struct ChoiceRow {
    asked: usize,
    changed: usize,
    kept: usize,
    repaired: usize,
    refused: usize,
    green: usize,
    seconds: f64,
}

/// Asks for each choice about each function that the product can mend, and prints what became of them.
///
/// # Errors
/// A choice that there is not, or a task that cannot be judged.
pub fn run(
    tasks: &[Value],
    choices: &[String],
    (model, threads): (&str, Option<&str>),
    has_ended: &dyn Fn() -> bool,
) -> Result<()> {
    let asker = Asker::new(Way::Agreed, model, threads)?;
    let mut rows: Vec<ChoiceRow> = choices.iter().map(|_| ChoiceRow::default()).collect();
    for task in tasks {
        let Some(right) = mended(&asker, task)? else { continue };
        for (choice, row) in choices.iter().zip(&mut rows) {
            let preset = PRESETS.iter().find(|preset| preset.name == choice);
            let preset = preset.with_context(|| format!("there is no quick choice «{choice}»"))?;
            let mut asked = right.clone();
            asked["instruction"] = json!(preset.instruction);
            row.add(&asker, &asked)?;
            eprintln!("{choice:<20} {} {}", field(task, "id")?, row.words());
        }
        if has_ended() {
            break;
        }
    }
    for (choice, row) in choices.iter().zip(&rows) {
        println!("{choice:<20} {}", row.words());
    }
    Ok(())
}

/// The task with the function as it should be; `None` when the product does not get it right.
fn mended(asker: &Asker<'_>, task: &Value) -> Result<Option<Value>> {
    let folder = tempfile::tempdir()?;
    let Ok((edited, _)) = asker.improved(task, folder.path(), &["--check", "--examples"]) else {
        return Ok(None);
    };
    if edited == field(task, "text")? || !passes(task, &edited, folder.path())? {
        return Ok(None);
    }
    let (first, last) = lines(task)?;
    let more = edited.lines().count() as i64 - field(task, "text")?.lines().count() as i64;
    let mut right = task.clone();
    right["text"] = json!(edited);
    right["select_lines"] = json!([first, last as i64 + more]);
    Ok(Some(right))
}

impl ChoiceRow {
    fn add(&mut self, asker: &Asker<'_>, task: &Value) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (edited, report) = asker.improved(task, folder.path(), &["--check"])?;
        self.asked += 1;
        self.seconds += report["total_ms"].as_f64().unwrap_or_default() / 1000.0;
        self.changed += usize::from(edited != field(task, "text")?);
        self.kept += usize::from(report["promise"] == "kept");
        self.repaired += usize::from(report["promise"] == "repaired");
        self.refused += usize::from(report["verdict"] == "refused");
        self.green += usize::from(passes(task, &edited, folder.path())?);
        Ok(())
    }

    fn words(&self) -> String {
        format!(
            "{} asked, {} changed, tests green {}, kept {}, repaired {}, refused {}, {:.1} s each",
            self.asked,
            self.changed,
            self.green,
            self.kept,
            self.repaired,
            self.refused,
            self.seconds / self.asked.max(1) as f64
        )
    }
}
