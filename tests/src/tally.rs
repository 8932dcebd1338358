//! Counts and figures of a long run that need not be done at once: kept in a file, gone on with by the next run, reported at the end
//! as a line of a table and as JSON.
//!
//! `LOCALCODER_FIGURES=FILE` keeps them, `LOCALCODER_SOAK_MINUTES=N` ends a run after so long, at whatever count it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::figures::write_whole;

/// Figures are written after this many rounds, …
const SAVE_EACH: u32 = 10;

/// What one test has counted and measured, in this run and in earlier ones.
#[derive(Debug)]
pub struct Tally {
    name: &'static str,
    file: Option<PathBuf>,
    begun: Instant,
    most: Option<Duration>,
    unsaved: u32,
    counts: BTreeMap<String, u64>,
    samples: BTreeMap<String, Vec<f64>>,
}

impl Tally {
    /// The tally with this name: what an earlier run left, or an empty one.
    pub fn open(name: &'static str) -> Tally {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let file = set("LOCALCODER_FIGURES").map(PathBuf::from);
        let minutes =
            set("LOCALCODER_SOAK_MINUTES").and_then(|minutes| minutes.to_str()?.parse::<u64>().ok());
        Tally::at(name, file, minutes.map(|minutes| Duration::from_secs(minutes * 60)))
    }

    fn at(name: &'static str, file: Option<PathBuf>, most: Option<Duration>) -> Tally {
        let mut tally = Tally {
            name,
            file,
            begun: Instant::now(),
            most,
            unsaved: 0,
            counts: BTreeMap::new(),
            samples: BTreeMap::new(),
        };
        if let Some(before) = tally.all().get(name) {
            let of = |key: &str| before.get(key).and_then(Value::as_object).into_iter().flatten();
            tally.counts = of("counts").filter_map(|(key, n)| Some((key.clone(), n.as_u64()?))).collect();
            let numbers = |list: &Value| Some(list.as_array()?.iter().filter_map(Value::as_f64).collect());
            tally.samples =
                of("samples").filter_map(|(key, list)| Some((key.clone(), numbers(list)?))).collect();
        }
        tally
    }

    /// Everything in the file.
    fn all(&self) -> Map<String, Value> {
        let text = self.file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// How often something was counted.
    pub fn count(&self, key: &str) -> u32 {
        self.counts.get(key).map_or(0, |n| u32::try_from(*n).unwrap_or(u32::MAX))
    }

    /// Counts something once more; now and then that is written down.
    pub fn add(&mut self, key: &str) {
        *self.counts.entry(key.to_owned()).or_default() += 1;
        self.unsaved += 1;
        if self.unsaved >= SAVE_EACH {
            self.save();
        }
    }

    /// Takes a figure.
    pub fn sample(&mut self, key: &str, value: f64) {
        self.samples.entry(key.to_owned()).or_default().push(value);
    }

    /// Takes a duration, in milliseconds.
    pub fn time(&mut self, key: &str, time: Duration) {
        self.sample(key, time.as_secs_f64() * 1e3);
    }

    /// The value under which this many percent of the figures are; 0 without any.
    pub fn percentile(&self, key: &str, part: usize) -> f64 {
        let mut values = self.samples.get(key).cloned().unwrap_or_default();
        values.sort_by(f64::total_cmp);
        values.get(values.len() * part / 100).or(values.last()).copied().unwrap_or_default()
    }

    /// How many of the figures are over a value, and how many there are.
    pub fn over(&self, key: &str, most: f64) -> (usize, usize) {
        let values = self.samples.get(key).map_or(&[][..], Vec::as_slice);
        (values.iter().filter(|value| **value > most).count(), values.len())
    }

    /// This run has taken its time.
    pub fn is_over(&self) -> bool {
        self.most.is_some_and(|most| self.begun.elapsed() >= most)
    }

    /// Time that is left to this run; `None`: as much as it takes.
    pub fn left(&self) -> Option<Duration> {
        self.most.map(|most| most.saturating_sub(self.begun.elapsed()))
    }

    /// Writes everything down.
    ///
    /// # Panics
    /// When the file cannot be written: then the run is for nothing.
    pub fn save(&mut self) {
        self.unsaved = 0;
        let Some(file) = &self.file else { return };
        let mut all = self.all();
        all.insert(self.name.to_owned(), json!({ "counts": self.counts, "samples": self.samples }));
        let text = serde_json::to_string(&all).unwrap_or_default();
        let written = write_whole(file, &text);
        assert!(written.is_ok(), "{} cannot be written: {written:?}", file.display());
    }

    /// Counts and figures in a few words.
    fn summary(&self) -> (Value, String) {
        // With a dot before it a count only says where to go on.
        let told = || self.counts.iter().filter(|(key, _)| !key.starts_with('.'));
        let counts: Map<String, Value> = told().map(|(key, n)| (key.clone(), json!(n))).collect();
        let mut words: Vec<String> = told().map(|(key, n)| format!("{n} {key}")).collect();
        let mut figures = Map::new();
        for (key, values) in &self.samples {
            let [median, p95, most] = [50, 95, 100].map(|part| self.percentile(key, part));
            words.push(format!("{key}: {median:.0} median, {p95:.0} p95, {most:.0} most"));
            figures.insert(
                key.clone(),
                json!({ "n": values.len(), "median": median, "p95": p95, "most": most }),
            );
        }
        let value = json!({ "test": self.name, "counts": counts, "figures": figures });
        (value, format!("| {} | {} |", self.name, words.join("; ")))
    }

    /// Writes everything down and tells it: a row of a table, and JSON.
    pub fn report(&mut self) {
        self.save();
        let (value, row) = self.summary();
        println!("{row}\n{value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_goes_on_where_the_first_one_stopped_and_leaves_others_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("figures.json"));
        let mut other = Tally::at("other", file.clone(), None);
        other.add("kills");
        other.save();
        let mut first = Tally::at("mine", file.clone(), Some(Duration::ZERO));
        assert!(first.is_over() && first.left() == Some(Duration::ZERO));
        for n in 0..100 {
            first.add("kills");
            first.add(".here");
            first.sample("ms", f64::from(n));
        }
        first.save();
        let mut second = Tally::at("mine", file.clone(), None);
        assert_eq!((second.count("kills"), second.count("stops"), second.is_over()), (100, 0, false));
        second.sample("ms", 1000.0);
        assert_eq!([50, 95, 100].map(|part| second.percentile("ms", part)), [50.0, 95.0, 1000.0]);
        assert_eq!([second.over("ms", 97.0), second.over("none", 0.0)], [(3, 101), (0, 0)]);
        let (value, row) = second.summary();
        assert_eq!(value["figures"]["ms"]["n"], 101);
        assert_eq!(row, "| mine | 100 kills; ms: 50 median, 95 p95, 1000 most |");
        assert_eq!(Tally::at("other", file, None).count("kills"), 1);
    }
}
