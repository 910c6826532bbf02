//! The steps of a job, `tasksList`: which of them has begun and ended follows from the clock.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Job, JobStatus};
use crate::recovery_services::kind::Kind;
use crate::wire::json as body_json;

/// A step: its name, and when it begins and ends, in seconds after the job began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::recovery_services) struct Step {
    pub(in crate::recovery_services) name: &'static str,
    pub(in crate::recovery_services) begins: f64,
    pub(in crate::recovery_services) ends: f64,
}

impl Job {
    /// Seconds since the job began, until it ended.
    pub(super) fn seconds(&self, now: Timestamp) -> f64 {
        self.ended.unwrap_or(now).duration_since(self.started).as_secs_f64().max(0.0)
    }

    /// `tasksList`.
    pub(super) fn steps_shown(&self, passed: f64) -> Vec<Value> {
        self.steps.iter().map(|step| self.step_shown(step, passed)).collect()
    }

    fn step_shown(&self, step: &Step, passed: f64) -> Value {
        let word = match self.status {
            JobStatus::Completed => "Completed",
            _ if passed < step.begins => "NotStarted",
            _ if passed >= step.ends => "Completed",
            JobStatus::Failed => "Failed",
            JobStatus::Cancelled => "Cancelled",
            JobStatus::InProgress | JobStatus::Cancelling => "InProgress",
        };
        let mut shown = json!({ "taskId": step.name, "status": word });
        if self.kind == Kind::Machine {
            body_json::set(&mut shown, &["duration"], json!("PT0S"));
        }
        if let Some(told) = self.transferred(passed) {
            body_json::set(&mut shown, &["taskExecutionDetails"], json!(told));
        }
        shown
    }

    /// How much a restore has transferred, once it says so.
    fn transferred(&self, passed: f64) -> Option<String> {
        let done = self.phase(passed)?.gigabytes?;
        Some(format!("{done} GBs / {} GBs Transferred", self.phases.last()?.gigabytes?))
    }

    fn phase(&self, passed: f64) -> Option<&Phase> {
        match self.status {
            JobStatus::Completed => self.phases.last(),
            _ => self.phases.iter().rev().find(|phase| phase.begins <= passed),
        }
    }

    /// `progressPercentage` of a restore.
    pub(super) fn progress(&self, passed: f64) -> Option<f64> {
        let phase = self.phase(passed)?;
        Some(if self.status == JobStatus::Completed { 100.0 } else { phase.percentage })
    }
}

/// How far a restore is from some seconds after its beginning on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::recovery_services) struct Phase {
    pub(in crate::recovery_services) begins: f64,
    pub(in crate::recovery_services) percentage: f64,
    pub(in crate::recovery_services) gigabytes: Option<&'static str>,
}
