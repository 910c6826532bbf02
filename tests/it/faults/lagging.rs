//! Resource Graph lags behind by minutes, and by hours on a bad day: what was just protected is found all the same.

use holdfast_protection::operations::OperationStatus;
use serde_json::json;

use super::paired_region::followed;
use super::rules::rules_with;
use super::run::Run;
use super::worlds::{machine_and_share, recovering};

const A_DAY: f64 = 24.0 * 3600.0;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_protected_is_backed_up_although_the_graph_does_not_know_it_yet() {
    for case in machine_and_share() {
        let mut estate = recovering(case.estate);
        estate["graphLagSeconds"] = json!(A_DAY);
        let mut run = Run::of(estate).await;
        run.evaluator = rules_with("");
        run.tell(&case.resource);
        run.work_off().await;
        let ended = followed(&run, &case.resource, json!({ "action": "backup" })).await;
        let is_done = matches!(ended.status, OperationStatus::Succeeded { .. });
        assert!(is_done, "{}: {:?}", case.name, ended.status);
    }
}
