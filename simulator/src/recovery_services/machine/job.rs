//! What the jobs of virtual machines tell of themselves (recorded).

use jiff::Timestamp;
use serde_json::json;

use crate::recovery_services::job::Job;

/// The job of a backup.
pub(in crate::recovery_services) fn of_backup(job: Job, asked: bool, expires: Timestamp) -> Job {
    let mut job = match asked {
        true => job.saying("Recovery Point Expiry Time in UTC", &american(expires)),
        false => job,
    };
    job.internal = Some(json!({ "IsInstantRpJob": "True" }));
    job.bag_at_end.insert("Backup Size".to_owned(), json!("11438 MB"));
    job
}

/// An instant as property bags write it: `7/21/2021 12:00:00 AM`.
pub(in crate::recovery_services) fn american(at: Timestamp) -> String {
    at.strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string()
}

#[test]
fn instants_in_bags_are_american() {
    assert_eq!(american("2021-07-21T00:00:00Z".parse().unwrap()), "7/21/2021 12:00:00 AM");
    assert_eq!(american("2021-06-21T14:17:29Z".parse().unwrap()), "6/21/2021 2:17:29 PM");
}
