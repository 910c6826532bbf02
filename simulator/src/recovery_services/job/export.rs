//! Exporting the list of jobs as a file, whose address is a secret (official).

use serde_json::json;

use super::list;
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::{State, vault};
use crate::wire::{Answer, Call};
use crate::world::World;

const SECONDS: f64 = 20.0;

/// `POST {vault}/backupJobsExport`, which is filtered as the list is.
pub(in crate::recovery_services) fn export(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let id = State::of(world).vaults.get(&vault).map(|vault| vault.id.clone()).unwrap_or_default();
    let jobs = list::asked_for(world, call, &vault)?;
    let container = format!("exportedjobs-{}", world.random.guid().simple());
    world.storage.put_blob(&container, "jobs.json", json!(jobs).to_string().into_bytes(), "application/json");
    let told = json!({ "operation": {
        "objectType": "ExportJobsOperationResultInfo",
        "blobUrl": format!("{}/blob/azurebackup/{container}/jobs.json", call.base),
        "blobSasKey": format!("?sv=2014-02-14&sr=b&sig={}&sp=r", world.random.guid().simple()),
    } });
    let operation = Operation::begun(world, Subject::Export, &id, SECONDS).with(Outcome::Body(told));
    Ok(operation::announced(world, call, operation))
}
