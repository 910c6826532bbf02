//! What a task is doing, said when it begins, and how long each part took. All of it goes to standard error:
//! standard output belongs to what the task runs.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// The parts of one task, in order.
pub(crate) struct Steps {
    count: usize,
    taken: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// A task of so many parts.
    pub(crate) fn of(count: usize) -> Self {
        Self { count, taken: Vec::new() }
    }

    /// Does the next part.
    pub(crate) fn step<T>(&mut self, name: &'static str, part: impl FnOnce() -> Result<T>) -> Result<T> {
        say(&format!("\n==> [{}/{}] {name}", self.taken.len() + 1, self.count));
        let begun = Instant::now();
        let result = part().with_context(|| format!("this part failed: {name}"))?;
        let took = begun.elapsed();
        say(&format!("    {:.1} s", took.as_secs_f64()));
        self.taken.push((name, took));
        Ok(result)
    }

    /// Says how long each part took.
    pub(crate) fn close(&self) {
        let total: Duration = self.taken.iter().map(|(_, took)| *took).sum();
        say("");
        for (name, took) in &self.taken {
            say(&format!("{:>8.1} s  {name}", took.as_secs_f64()));
        }
        say(&format!("{:>8.1} s  in all", total.as_secs_f64()));
    }
}

/// One line for anyone who watches. Nobody may be watching: a closed standard error is not a failure of the task.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
