//! Many outcomes in a few figures.

use serde_json::{Value, json};

use crate::ways::Outcome;

/// The figures of one way of asking.
pub fn summary(way: &str, outcomes: &[Outcome]) -> Value {
    let accepted = outcomes.iter().filter(|o| o.accepted).count();
    let verdicts = |name: &str| outcomes.iter().filter(|o| o.verdict == name).count();
    let sum = |name: &str| outcomes.iter().filter_map(|o| o.report[name].as_f64()).sum::<f64>();
    let mut times: Vec<f64> = outcomes.iter().filter_map(|o| o.report["total_ms"].as_f64()).collect();
    times.sort_by(f64::total_cmp);
    let (low, high) = wilson(accepted, outcomes.len());
    let ids = |wanted: fn(&Outcome) -> bool| -> Vec<&str> {
        outcomes.iter().filter(|o| wanted(o)).map(|o| o.id.as_str()).collect()
    };
    json!({
        "way": way,
        "tasks": outcomes.len(),
        "accepted": accepted,
        "acceptance": accepted as f64 / outcomes.len() as f64,
        "confidence_95": [low, high],
        "unchanged": verdicts("unchanged"),
        "empty": verdicts("empty"),
        "elided": verdicts("elided"),
        "attempts": sum("attempts"),
        "examples_wrong_yet_accepted": ids(|o| o.accepted && o.examples_failed()).len(),
        "examples_held_yet_rejected": ids(|o| !o.accepted && o.examples_held()),
        "outside_changed": outcomes.iter().filter(|o| o.outside_changed).count(),
        "fences_or_tags": outcomes.iter().filter(|o| o.marked).count(),
        "indentation_changed": outcomes.iter().filter(|o| o.shifted).count(),
        "prompt_tokens": sum("prompt_tokens"),
        "generated_tokens": sum("generated_tokens"),
        "decode_tokens_per_s": sum("generated_tokens") * 1000.0 / sum("decode_ms").max(1.0),
        "median_ms": times.get(times.len() / 2),
        "mean_ms": times.iter().sum::<f64>() / times.len().max(1) as f64,
        "rejected_ids": ids(|o| !o.accepted),
    })
}

/// One line of the table.
pub fn line_of(summary: &Value) -> String {
    let number = |name: &str| summary[name].as_f64().unwrap_or_default();
    let share = |value: &Value| value.as_f64().unwrap_or_default() * 100.0;
    format!(
        "{:<14} {:>3} of {:<3} accepted {:>5.1} % [{:.0}, {:.0}]  unchanged {:>2}  attempts {:>4.2}  median {:>5.1} s  mean {:>5.1} s",
        summary["way"].as_str().unwrap_or_default(),
        summary["accepted"],
        summary["tasks"],
        share(&summary["acceptance"]),
        share(&summary["confidence_95"][0]),
        share(&summary["confidence_95"][1]),
        summary["unchanged"],
        number("attempts") / number("tasks"),
        number("median_ms") / 1000.0,
        number("mean_ms") / 1000.0,
    )
}

/// Wilson score interval at 95 % (Wilson 1927): sound for shares near 0 and 1 and for few tasks.
fn wilson(hits: usize, of: usize) -> (f64, f64) {
    const Z: f64 = 1.96;
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (middle - half, middle + half)
}
