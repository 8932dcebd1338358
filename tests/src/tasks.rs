//! The evaluation's tasks: a JSON object a line, with a file, the lines that are selected, and an instruction.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Every `every`th task of a file after the first `offset`, at most `limit`.
///
/// # Errors
/// The file cannot be read, a line is no JSON, or there is no task.
pub fn read(file: &Path, offset: usize, every: usize, limit: usize) -> Result<Vec<Value>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let lines = text.lines().skip(offset).step_by(every).take(limit);
    let tasks: Vec<Value> = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(!tasks.is_empty(), "{} has no tasks here", file.display());
    Ok(tasks)
}

/// A text of a task.
///
/// # Errors
/// The task has none of this name.
pub fn field<'a>(task: &'a Value, name: &str) -> Result<&'a str> {
    task[name].as_str().with_context(|| format!("a task has no {name}"))
}

/// The first and the last selected line, from 1.
///
/// # Errors
/// The task does not say.
pub fn lines(task: &Value) -> Result<(usize, usize)> {
    let line = |n: usize| task["select_lines"][n].as_u64().context("a task has no select_lines");
    Ok((line(0)? as usize, line(1)? as usize))
}

/// What stands before the selection, the selection, and what stands after it.
///
/// # Errors
/// The task lacks its text or its lines.
pub fn parts(task: &Value) -> Result<(String, String, String)> {
    let (first, last) = lines(task)?;
    let text: Vec<&str> = field(task, "text")?.split_inclusive('\n').collect();
    let end = last.min(text.len());
    Ok((text[..first - 1].concat(), text[first - 1..end].concat(), text[end..].concat()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selection_is_cut_out_of_its_file() {
        let task = json!({ "text": "a\nb\nc\nd\n", "select_lines": [2, 3] });
        let (before, selection, after) = parts(&task).unwrap();
        assert_eq!((before.as_str(), selection.as_str(), after.as_str()), ("a\n", "b\nc\n", "d\n"));
        assert!(field(&task, "instruction").unwrap_err().to_string().contains("instruction"));
    }
}
