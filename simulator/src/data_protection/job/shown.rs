//! The bodies of a job: a single read, a list, the other region and the graph each show another one.

use serde_json::{Value, json};

use super::notation::{clock_duration, iso_duration};
use super::{Job, JobStatus};
use crate::data_protection::user_error::generic_not_found;
use crate::data_protection::{State, page, vault};
use crate::wire::path::name_of;
use crate::wire::{Answer, Call, Reply, json as body_json};
use crate::world::World;

/// Type of a job as answers spell it.
const TYPE: &str = "Microsoft.DataProtection/backupVaults/backupJobs";

impl Job {
    fn seconds(&self) -> f64 {
        self.ended.map_or(0.0, |ended| ended.duration_since(self.started).as_secs_f64())
    }

    /// The body that a single read shows.
    pub(crate) fn body(&self) -> Value {
        let mut properties = self.properties.clone();
        body_json::set(&mut properties, &["duration"], json!(iso_duration(self.seconds())));
        self.wrapped(properties)
    }

    /// The body in a list: no details, another notation of the duration.
    pub(crate) fn listed(&self) -> Value {
        let mut properties = self.properties.clone();
        body_json::set(&mut properties, &["duration"], json!(clock_duration(self.seconds())));
        body_json::set(&mut properties, &["extendedInfo"], Value::Null);
        self.wrapped(properties)
    }

    /// The body that the secondary region shows of a job: without what it has nothing to say of, and, in a list, without
    /// details.
    pub(crate) fn replicated(&self, listed: bool) -> Value {
        let mut body = self.body();
        if listed {
            body_json::set(&mut body, &["properties", "extendedInfo"], Value::Null);
            body_json::set(&mut body, &["properties", "duration"], json!(clock_duration(self.seconds())));
        }
        body_json::set(&mut body, &["type"], json!("Microsoft.DataProtection/BackupVaults/backupJobs"));
        body_json::without_nulls(&body)
    }

    /// The body in Resource Graph: details, but the notations of a list.
    pub(crate) fn graphed(&self) -> Value {
        let mut properties = self.properties.clone();
        body_json::set(&mut properties, &["duration"], json!(clock_duration(self.seconds())));
        if self.status == JobStatus::Completed && self.restore.is_none() {
            let never = json!("0001-01-01T00:00:00.0000000Z");
            body_json::set(
                &mut properties,
                &["extendedInfo", "targetRecoverPoint", "recoveryPointTime"],
                never,
            );
        }
        self.wrapped(properties)
    }

    fn wrapped(&self, properties: Value) -> Value {
        json!({ "properties": properties, "id": self.id, "name": name_of(&self.id), "type": TYPE })
    }
}

/// `GET {vault}/backupJobs[/{job}]`.
pub(crate) fn read(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Some(vault) = State::of(world).vaults.get(&vault) else { return Err(generic_not_found()) };
    match call.path.segment(3) {
        Some(name) => {
            let job = vault.jobs.get(&name.to_ascii_lowercase()).filter(|job| !job.is_cross_region());
            let job = job.ok_or_else(generic_not_found)?;
            Ok(Reply::ok(job.body()))
        }
        None => {
            // Restores in the secondary region are told of there.
            let page = page::asked(call)?;
            let jobs = vault.jobs.newest(page.begin()).filter(|(_, job)| !job.is_cross_region());
            let mut reply = page.of(jobs, Job::listed);
            // Alone among the lists of a vault, this one was recorded with an empty link to a next page.
            if let Some(body) = reply.body.as_mut().filter(|body| body.get("nextLink").is_none()) {
                body_json::set(body, &["nextLink"], Value::Null);
            }
            Ok(reply)
        }
    }
}
