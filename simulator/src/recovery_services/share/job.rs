//! What the restore jobs of shares tell of themselves (recorded).

use serde_json::{Map, Value, json};

use super::restore::Request;
use crate::recovery_services::item::Item;
use crate::recovery_services::job::Job;
use crate::recovery_services::machine::job::american;
use crate::recovery_services::point::Point;
use crate::wire::path::name_of;

/// The job of a backup, which tells nothing of the account.
pub(in crate::recovery_services) fn of_backup(mut job: Job, asked: bool) -> Job {
    job.bag.remove("Storage Account Name");
    let asked = if asked { "True" } else { "False" };
    job.saying("Data Transferred (in MB)", "0").saying("Whether job is adhoc or scheduled.", asked)
}

/// The job of a restore of `item`.
pub(super) fn of_restore(mut job: Job, item: &Item, point: &Point, request: &Request) -> Job {
    let (account, share) = (name_of(&request.account), &request.share);
    let elsewhere = request.elsewhere;
    let mut bag = json!({
        "Source File Share Name": item.friendly_name,
        "Source Storage Account Name": name_of(&item.source_resource),
        "Job Type": if elsewhere { "Recover to an alternate file share" } else { "Recovering to the original file share" },
        "RestoreDestination": format!("{account}/{share}/{}", request.folder()),
        "Data Transferred (in MB)": "0",
        "Number Of Restored Files": "0",
        "Number Of Skipped Files": "0",
        "Number Of Failed Files": "0",
    });
    if elsewhere && let Some(bag) = bag.as_object_mut() {
        bag.insert("Target File Share Name".to_owned(), json!(share));
        bag.insert("Target Storage Account Name".to_owned(), json!(account));
    }
    job.bag = match bag {
        Value::Object(bag) => bag,
        _ => Map::new(),
    };
    job.bag_at_end.insert("RestoreRecoveryPointTime".to_owned(), json!(american(point.time)));
    job
}
