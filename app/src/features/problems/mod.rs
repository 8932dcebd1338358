//! What checkers say is wrong in the open files, and what the last task said of any.

#[cfg(test)]
mod tests;
pub mod update;

use tasks::TaskProblem;

/// What the last task said of files.
#[derive(Debug, Default)]
pub struct TaskProblems {
    /// The name of the task.
    pub task: String,
    /// What it said, in its order.
    pub found: Vec<TaskProblem>,
}

/// What happens to problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemsEvent {
    /// A task said this of a file.
    Found(Box<TaskProblem>),
    /// A row of the list was chosen.
    GoTo(usize),
}
