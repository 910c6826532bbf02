//! The bodies of a job: a single read, a list and the graph (recorded, but for errors).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Job, JobStatus, Task};
use crate::clock::precise;
use crate::recovery_services::kind::Kind;
use crate::wire::json as body_json;

/// Type of a job as answers spell it.
const TYPE: &str = "Microsoft.RecoveryServices/vaults/backupJobs";

/// From this api-version on, actions and tiers are words instead of numbers.
pub(in crate::recovery_services) const WORDS_SINCE: &str = "2021-06-01";

/// A backup of a share says little of itself in its first moment (recorded).
const FIRST_MOMENT: f64 = 1.0;

impl Job {
    /// The body that a single read shows.
    pub(in crate::recovery_services) fn body(&self, now: Timestamp, speed: f64, api_version: &str) -> Value {
        let mut properties = self.properties(now, speed, api_version);
        body_json::set(&mut properties, &["extendedInfo"], self.details(self.seconds(now) * speed));
        self.wrapped(properties)
    }

    /// The body in a list: no details.
    pub(in crate::recovery_services) fn listed(
        &self,
        now: Timestamp,
        speed: f64,
        api_version: &str,
    ) -> Value {
        self.wrapped(self.properties(now, speed, api_version))
    }

    fn wrapped(&self, properties: Value) -> Value {
        json!({ "id": self.id, "name": self.name, "type": TYPE, "properties": properties })
    }

    fn properties(&self, now: Timestamp, speed: f64, api_version: &str) -> Value {
        let passed = self.seconds(now) * speed;
        let mut properties = match self.kind {
            Kind::Machine => json!({
                "containerName": self.item.split('/').rev().nth(2).and_then(|name| name.split_once(';')).map(|(_, tail)| tail),
                "virtualMachineVersion": "Compute",
            }),
            Kind::Share => json!({
                "storageAccountName": self.account,
                "storageAccountVersion": self.account_version(passed),
                "isUserTriggered": false,
            }),
            Kind::Database(_) => json!({
                "workloadType": self.kind.workload(),
                "isUserTriggered": self.asked,
            }),
        };
        let common = json!({
            "jobType": self.kind.job_type(),
            "duration": span(self.seconds(now)),
            "entityFriendlyName": self.entity,
            "backupManagementType": self.kind.management(),
            "operation": self.operation(),
            "status": self.status.word(),
            "startTime": precise(self.started),
            "activityId": self.activity,
        });
        body_json::merge(&mut properties, &common);
        if let Some(ended) = self.ended {
            body_json::set(&mut properties, &["endTime"], json!(precise(ended)));
        }
        if self.shows_actions(passed) {
            let action = if api_version >= WORDS_SINCE { json!("Cancellable") } else { json!(1) };
            body_json::set(&mut properties, &["actionsInfo"], json!([action]));
        }
        if let Some(trouble) = &self.trouble {
            let titled = self.kind != Kind::Share;
            body_json::set(&mut properties, &["errorDetails"], json!([trouble.in_job(titled)]));
        }
        properties
    }

    /// Whether it can be cancelled now: only while it goes on, and while it offers that itself.
    pub(super) fn may_be_cancelled(&self, now: Timestamp, speed: f64) -> bool {
        let offered = matches!(self.task, Task::Backup | Task::Restore);
        self.status == JobStatus::InProgress && offered && self.shows_actions(self.seconds(now) * speed)
    }

    /// Backups and restores show that they can be cancelled even when they are over; a backup of a share only at first.
    fn shows_actions(&self, passed: f64) -> bool {
        match (self.task, self.kind) {
            (Task::Restore | Task::CrossRegionRestore, _)
            | (Task::Backup, Kind::Machine | Kind::Database(_)) => true,
            (Task::Backup, Kind::Share) => passed < FIRST_MOMENT,
            (Task::Configure | Task::Disable | Task::Delete | Task::Undelete | Task::Move, _) => false,
        }
    }

    fn account_version(&self, passed: f64) -> &'static str {
        match self.task {
            Task::Restore | Task::CrossRegionRestore => "ClassicCompute",
            Task::Backup if passed >= FIRST_MOMENT || self.status == JobStatus::Completed => {
                "MicrosoftStorage"
            }
            Task::Backup | Task::Configure | Task::Disable | Task::Delete | Task::Undelete | Task::Move => {
                "Storage"
            }
        }
    }

    /// `extendedInfo`.
    fn details(&self, passed: f64) -> Value {
        let early = self.kind == Kind::Share
            && self.task == Task::Backup
            && passed < FIRST_MOMENT
            && self.ended.is_none();
        if early {
            return json!({ "tasksList": [], "propertyBag": { "File Share Name": self.entity } });
        }
        let bag: Map<String, Value> = self.bag.clone();
        let mut details = json!({ "tasksList": self.steps_shown(passed), "propertyBag": bag });
        if let Some(told) = &self.dynamic {
            body_json::set(&mut details, &["dynamicErrorMessage"], json!(told));
        }
        if let Some(internal) = &self.internal {
            body_json::set(&mut details, &["internalPropertyBag"], internal.clone());
        }
        if let Some(progress) = self.progress(passed) {
            body_json::set(&mut details, &["progressPercentage"], json!(progress));
            if progress > 1.0 {
                let left = self.steps.first().map_or(0.0, |step| (step.ends - passed).max(0.0));
                let left = if self.status == JobStatus::Completed { 0.0 } else { left.max(1.0) };
                body_json::set(&mut details, &["estimatedRemainingDuration"], json!(span(left.floor())));
            }
        }
        details
    }
}

/// A span as .NET writes it in XML: `PT1M33.1474619S`.
pub(in crate::recovery_services) fn span(seconds: f64) -> String {
    let ticks = (seconds * 1e7).round().max(0.0) as u64;
    let (whole, rest) = (ticks / 10_000_000, ticks % 10_000_000);
    let part = |amount: u64, unit: &str| if amount == 0 { String::new() } else { format!("{amount}{unit}") };
    let fraction = match rest {
        0 => String::new(),
        rest => format!(".{rest:07}").trim_end_matches('0').to_owned(),
    };
    let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let tail = if seconds == 0 && fraction.is_empty() && whole > 0 {
        String::new()
    } else {
        format!("{seconds}{fraction}S")
    };
    let time = format!("{}{}{tail}", part(hours, "H"), part(minutes, "M"));
    let time = if time.is_empty() { time } else { format!("T{time}") };
    format!("P{}{time}", part(days, "D"))
}

#[test]
fn spans_are_written_as_recorded() {
    assert_eq!(span(93.147_461_9), "PT1M33.1474619S");
    assert_eq!(span(2471.98), "PT41M11.98S");
    assert_eq!(span(0.0), "PT0S");
    assert_eq!(span(120.0), "PT2M");
    assert_eq!(span(90_061.0), "P1DT1H1M1S");
}
