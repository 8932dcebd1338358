//! Figures with their units, for people and for programs.

use std::fmt;

use serde_json::{Value, json};

/// All figures of a run.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    goal: Option<Goal>,
}

/// What a figure should be.
#[derive(Clone, Copy)]
pub enum Goal {
    /// At least.
    Least(f64),
    /// At most.
    Most(f64),
}

impl Goal {
    fn met(self, value: f64) -> bool {
        match self {
            Goal::Least(least) => value >= least,
            Goal::Most(most) => value <= most,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Goal::Least(value) => write!(f, ">= {value}"),
            Goal::Most(value) => write!(f, "<= {value}"),
        }
    }
}

impl Table {
    /// Adds a figure.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.rows.push(Row { name: name.into(), value, unit, goal: None });
    }

    /// Adds a figure that has a goal.
    pub fn add_with_goal(&mut self, name: impl Into<String>, value: f64, unit: &'static str, goal: Goal) {
        self.rows.push(Row { name: name.into(), value, unit, goal: Some(goal) });
    }

    /// The figures as JSON.
    pub fn json(&self) -> Value {
        let row = |row: &Row| {
            json!({ "name": row.name, "value": row.value, "unit": row.unit,
                    "goal": row.goal.map(|goal| goal.to_string()), "met": row.goal.map(|goal| goal.met(row.value)) })
        };
        json!({ "figures": self.rows.iter().map(row).collect::<Vec<_>>() })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| figure | value | goal |\n| --- | ---: | --- |")?;
        for row in &self.rows {
            let goal = row.goal.map_or(String::new(), |goal| {
                format!("{goal} {}", if goal.met(row.value) { "(met)" } else { "(NOT met)" })
            });
            writeln!(f, "| {} | {:.*} {} | {goal} |", row.name, digits(row.value), row.value, row.unit)?;
        }
        Ok(())
    }
}

/// Three significant digits, whole numbers from 100 on.
fn digits(value: f64) -> usize {
    match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    }
}
