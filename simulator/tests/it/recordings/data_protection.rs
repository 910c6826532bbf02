//! Recorded traffic of Microsoft.DataProtection.

mod beside;
mod estate;
mod instances;
mod policies;
mod replica;

use anyhow::Result;
use serde_json::{Value, json};

use super::read::{path, text};
use super::replay::Provider;
use super::{Recorded, judge};
use crate::azure::Azure;
use instances::present_before;
use replica::{DAY, replicate};

struct DataProtection;

impl Provider for DataProtection {
    const FOLDER: &str = "dataprotection";

    fn estate(calls: &[Recorded]) -> Value {
        estate::estate(calls)
    }

    async fn bring_about(azure: &Azure, calls: &[Recorded]) -> Result<()> {
        bring_about(azure, calls).await
    }

    fn operation_in(url: &str) -> Option<String> {
        let after = ["operationStatus/", "operationResults/"].iter().find_map(|noun| url.split_once(noun))?.1;
        Some(after.split(['?', '/']).next()?.to_owned())
    }

    fn names_itself(kind: &str) -> bool {
        let kind = kind.to_lowercase();
        kind.ends_with("/backupjobs") || kind.ends_with("/recoverypoints")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_requests_are_answered_as_azure_answered_them() -> Result<()> {
    judge::<DataProtection>(include_str!("data_protection/differences.json"), 280).await
}

fn asks_for_points(calls: &[Recorded]) -> bool {
    calls
        .iter()
        .any(|call| ["/recoveryPoints", "/backupJobs", "/fetch"].iter().any(|noun| call.url.contains(noun)))
}

/// Protects what was already protected when the recording began, and backs it up where it asks for jobs or recovery points.
async fn bring_about(azure: &Azure, calls: &[Recorded]) -> Result<()> {
    let asks_for_points = asks_for_points(calls);
    // What is replicated comes last, for the clock may stand still afterwards.
    let (last, first): (Vec<_>, Vec<_>) =
        present_before(calls).into_iter().partition(|(id, _)| id.contains("-crr-"));
    for (id, described) in first.into_iter().chain(last) {
        let started = azure.put(&id, json!({ "properties": described })).await?.expect(201)?;
        azure.follow(&started).await?;
        azure.until(&id, "/properties/currentProtectionState", "ProtectionConfigured").await?;
        let on_disk =
            text(&described, &["dataSourceInfo", "datasourceType"]) == Some("Microsoft.Compute/disks");
        if id.contains("-crr-") {
            replicate(azure, calls, &id, &described).await?;
        }
        let made_here = calls.iter().any(|call| call.method == "PUT" && path(&call.url) == id);
        if asks_for_points && on_disk && !made_here {
            azure.running.advance(DAY);
        }
    }
    Ok(())
}
