//! Many outcomes in a few figures.

use std::path::Path;

use ::tests::figures::median;
use serde_json::{Value, json};

use crate::{
    asker::{FAILED, Outcome},
    ways::Way,
};

/// What became of the tasks in one way of asking.
pub struct Row {
    /// The way.
    pub way: Way,
    /// In the order of the tasks.
    pub outcomes: Vec<Outcome>,
}

/// All rows, what each adds to the one before, and what must not have happened in any.
pub fn report(rows: &[Row], tasks: &Path, model: &str, of: usize) -> Value {
    let file = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut ways: Vec<Value> = rows.iter().map(summary).collect();
    for index in 1..ways.len() {
        let added =
            |name: &str| ways[index][name].as_f64().zip(ways[index - 1][name].as_f64()).map(|(a, b)| a - b);
        let (acceptance, mean) = (added("acceptance"), added("mean_ms"));
        ways[index]["added_acceptance"] = json!(acceptance);
        ways[index]["added_mean_ms"] = json!(mean);
    }
    let ours = || rows.iter().filter(|row| row.way.is_ours()).flat_map(|row| &row.outcomes);
    let count = |bad: fn(&Outcome) -> bool| ours().filter(|outcome| bad(outcome)).count();
    json!({
        "tasks": file(tasks),
        "model": file(Path::new(model)),
        "judged": rows.first().map(|row| row.outcomes.len()),
        "of": of,
        "ways": ways,
        "guards": {
            "answers": ours().count(),
            "outside_changed": count(|o| o.outside_changed),
            "fences_or_tags": count(|o| o.marked),
            "indentation_changed": count(|o| o.shifted),
        },
    })
}

/// The figures of one way of asking.
fn summary(Row { way, outcomes }: &Row) -> Value {
    let accepted = outcomes.iter().filter(|o| o.accepted).count();
    let verdicts = |name: &str| outcomes.iter().filter(|o| o.verdict == name).count();
    let sum = |name: &str| outcomes.iter().filter_map(|o| o.report[name].as_f64()).sum::<f64>();
    let times: Vec<f64> = outcomes.iter().filter_map(|o| o.report["total_ms"].as_f64()).collect();
    let (low, high) = wilson(accepted, outcomes.len());
    let ids = |wanted: fn(&Outcome) -> bool| -> Vec<&str> {
        outcomes.iter().filter(|o| wanted(o)).map(|o| o.id.as_str()).collect()
    };
    json!({
        "way": way.name(),
        "words": way.words(),
        "tasks": outcomes.len(),
        "accepted": accepted,
        "acceptance": accepted as f64 / outcomes.len().max(1) as f64,
        "confidence_95": [low, high],
        "accepted_with_the_best_of_all": outcomes.iter().filter(|o| o.among).count(),
        "not_chosen_ids": ids(|o| o.among && !o.accepted),
        "unchanged": verdicts("unchanged"),
        "empty": verdicts("empty"),
        "elided": verdicts("elided"),
        "failed": verdicts(FAILED),
        "as_the_row_before": outcomes.iter().filter(|o| o.stands).count(),
        "attempts": sum("attempts"),
        "breaks_syntax": outcomes.iter().filter(|o| o.report["breaks_syntax"] == true).count(),
        "examples_wrong_yet_accepted": ids(|o| o.accepted && o.examples_failed()),
        "examples_held_yet_rejected": ids(|o| !o.accepted && o.examples_held()),
        "outside_changed": outcomes.iter().filter(|o| o.outside_changed).count(),
        "fences_or_tags": outcomes.iter().filter(|o| o.marked).count(),
        "indentation_changed": outcomes.iter().filter(|o| o.shifted).count(),
        "prompt_tokens": sum("prompt_tokens"),
        "generated_tokens": sum("generated_tokens"),
        "decode_tokens_per_s": sum("generated_tokens") * 1000.0 / sum("decode_ms").max(1.0),
        "median_ms": median(&times),
        "mean_ms": times.iter().sum::<f64>() / times.len().max(1) as f64,
        "rejected_ids": ids(|o| !o.accepted),
    })
}

/// The report for people.
pub fn lines_of(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!(
        "{}, {}: {} of {} tasks",
        text(&report["model"]),
        text(&report["tasks"]),
        report["judged"],
        report["of"]
    )];
    lines.push(format!(
        "{:<30} {:>8} {:>7} {:>12} {:>7} {:>7} {:>9} {:>8} {:>8} {:>8} {:>7}",
        "",
        "accepted",
        "%",
        "95 %",
        "+ points",
        "best of",
        "unchanged",
        "attempts",
        "median s",
        "mean s",
        "+ s"
    ));
    lines.extend(report["ways"].as_array().into_iter().flatten().map(line_of));
    let guards = &report["guards"];
    lines.push(format!(
        "in {} answers of ours: outside of the selection changed {}, fences or tags {}, indentation changed {}",
        guards["answers"], guards["outside_changed"], guards["fences_or_tags"], guards["indentation_changed"],
    ));
    lines
}

fn line_of(summary: &Value) -> String {
    let number = |name: &str| summary[name].as_f64().unwrap_or_default();
    let share = |value: &Value| value.as_f64().unwrap_or_default() * 100.0;
    let added = |name: &str, unit: f64| match summary[name].as_f64() {
        Some(value) => format!("{:+.1}", value * unit),
        None => String::new(),
    };
    format!(
        "{:<30} {:>8} {:>7.1} {:>12} {:>8} {:>7} {:>9} {:>8.2} {:>8.2} {:>8.2} {:>7}",
        summary["words"].as_str().unwrap_or_default(),
        format!("{}/{}", summary["accepted"], summary["tasks"]),
        share(&summary["acceptance"]),
        format!("{:.0} to {:.0}", share(&summary["confidence_95"][0]), share(&summary["confidence_95"][1])),
        added("added_acceptance", 100.0),
        summary["accepted_with_the_best_of_all"].to_string(),
        summary["unchanged"].to_string(),
        number("attempts") / number("tasks").max(1.0),
        number("median_ms") / 1000.0,
        number("mean_ms") / 1000.0,
        added("added_mean_ms", 0.001),
    )
}

/// Wilson score interval at 95 % (Wilson 1927): sound for shares near 0 and 1 and for few tasks.
fn wilson(hits: usize, of: usize) -> (f64, f64) {
    const Z: f64 = 1.96;
    let (n, p) = (of.max(1) as f64, hits as f64 / of.max(1) as f64);
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (middle - half, middle + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(accepted: bool, total_ms: f64) -> Outcome {
        Outcome {
            id: "a".into(),
            accepted,
            among: accepted,
            verdict: "changed".into(),
            report: json!({ "total_ms": total_ms, "attempts": 1, "breaks_syntax": false }),
            outside_changed: false,
            marked: false,
            shifted: false,
            stands: false,
        }
    }

    #[test]
    fn each_row_is_compared_with_the_one_before_and_guards_count_ours() {
        let rows = [
            Row { way: Way::Plain, outcomes: vec![outcome(true, 4000.0), outcome(false, 2000.0)] },
            Row { way: Way::Prompt, outcomes: vec![outcome(true, 2000.0), outcome(true, 1000.0)] },
        ];
        let report = report(&rows, Path::new("x/tasks.jsonl"), "m.gguf", 7);
        assert_eq!((&report["judged"], &report["of"]), (&json!(2), &json!(7)));
        assert_eq!(report["ways"][0]["median_ms"], 3000.0);
        assert_eq!(report["ways"][1]["added_acceptance"], 0.5);
        assert_eq!(report["ways"][1]["added_mean_ms"], -1500.0);
        assert_eq!(report["guards"]["answers"], 2);
        assert!(lines_of(&report)[2].contains("1/2"), "{:?}", lines_of(&report));
    }

    #[test]
    fn what_an_ingredient_cannot_change_is_not_asked_again() {
        let sure = outcome(true, 1.0);
        assert!(Way::Again.adds_nothing_to(&sure) && Way::Grammar.adds_nothing_to(&sure));
        assert!(!Way::Checked.adds_nothing_to(&sure) && !Way::Examples.adds_nothing_to(&sure));
        let same = Outcome { verdict: "unchanged".into(), ..sure };
        assert!(!Way::Again.adds_nothing_to(&same));
    }

    #[test]
    fn a_few_tasks_say_little() {
        let (low, high) = wilson(3, 4);
        assert!(low < 0.35 && high > 0.94);
    }
}
