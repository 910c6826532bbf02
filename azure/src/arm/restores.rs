//! Restores: reading what is restored from, validating, starting, and the jobs of the paired region.

mod source;
mod write;

use std::convert::Infallible;

use azure_core::http::Url;
use holdfast_protection::job::Job;
use holdfast_protection::operation::Started;
use holdfast_protection::points::{RecoveryPoint, TimeRange};
use holdfast_protection::ports::AzureRestore;
use holdfast_protection::restore::{
    Criterion, RestoreInto, RestoreOrder, RestoreRegion, RestoreRequest, RestoreSource, RestoreVault,
};
use holdfast_protection::tier::DataStore;
use holdfast_protection::{AzureError, Location, ResourceId};
use serde_json::{Value, json};

use super::absence::or_absent;
use super::api_version::{DATA_PROTECTION, DATA_PROTECTION_ITEMS};
use super::transport::ArmClient;
use super::wire::read;
use super::{containers, jobs, operation, points};

#[async_trait::async_trait]
impl AzureRestore for ArmClient {
    async fn source(&self, instance: &ResourceId) -> Result<Option<RestoreSource>, AzureError> {
        source::get(self, instance).await
    }

    async fn restore_vault(&self, vault: &ResourceId) -> Result<Option<RestoreVault>, AzureError> {
        source::vault(self, vault).await
    }

    async fn points(&self, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError> {
        points::list(self, instance).await
    }

    async fn point(&self, instance: &ResourceId, id: &str) -> Result<Option<RecoveryPoint>, AzureError> {
        points::get(self, instance, id).await
    }

    async fn restorable_ranges(
        &self,
        instance: &ResourceId,
        store: DataStore,
        within: Option<TimeRange>,
    ) -> Result<Vec<TimeRange>, AzureError> {
        points::ranges(self, instance, store, within).await
    }

    async fn secondary_points(
        &self,
        instance: &ResourceId,
        secondary: &Location,
        source: &Location,
    ) -> Result<Vec<RecoveryPoint>, AzureError> {
        points::secondary(self, instance, secondary, source).await
    }

    async fn validate_restore(&self, order: &RestoreOrder) -> Result<Started, AzureError> {
        let action = format!("validate the restore of instance `{}`", order.instance.name());
        send(
            self,
            &action,
            order,
            "validateRestore",
            "validateCrossRegionRestore",
            |request| json!({ "restoreRequestObject": request }),
        )
        .await
    }

    async fn restore(&self, order: &RestoreOrder) -> Result<Started, AzureError> {
        let action = format!("restore instance `{}` to `{}`", order.instance.name(), order.target());
        send(self, &action, order, "restore", "crossRegionRestore", |request| request).await
    }

    async fn secondary_jobs(
        &self,
        vault: &ResourceId,
        secondary: &Location,
        source: &Location,
    ) -> Result<Vec<Job>, AzureError> {
        let action = format!("list the jobs of vault `{}` in {secondary}", vault.name());
        let url = in_region(self, &action, vault, secondary, "fetchCrossRegionRestoreJobs")?;
        let body = json!({ "sourceRegion": source, "sourceBackupVaultId": vault });
        self.list_posted(&action, url, &body, |wire: jobs::JobWire| Ok::<_, Infallible>(wire.into())).await
    }

    async fn secondary_job(
        &self,
        vault: &ResourceId,
        secondary: &Location,
        source: &Location,
        job: &str,
    ) -> Result<Option<Job>, AzureError> {
        let action = format!("read job `{job}` of vault `{}` in {secondary}", vault.name());
        let url = in_region(self, &action, vault, secondary, "fetchCrossRegionRestoreJob")?;
        let body = json!({ "sourceRegion": source, "sourceBackupVaultId": vault, "jobId": job });
        let answer = or_absent(self.post(&action, url, &body).await)?;
        answer.map(|answer| Ok(read::<jobs::JobWire>(&action, &answer)?.into())).transpose()
    }

    async fn container_names(&self, account: &ResourceId) -> Result<Option<Vec<String>>, AzureError> {
        or_absent(containers::list(self, account).await)
    }
}

/// Sends an order to the region that is to carry it out.
async fn send(
    arm: &ArmClient,
    action: &str,
    order: &RestoreOrder,
    primary: &str,
    secondary: &str,
    primary_body: impl Fn(Value) -> Value,
) -> Result<Started, AzureError> {
    let (request, version) = (write::request(&order.request), api_version(&order.request));
    let (url, body) = match &order.region {
        RestoreRegion::Primary => {
            (arm.url_of(&order.instance, &format!("/{primary}"), version), primary_body(request))
        }
        RestoreRegion::Secondary { location, source } => (
            in_region(arm, action, &order.instance, location, secondary)?,
            json!({
                "restoreRequestObject": request,
                "crossRegionRestoreDetails": {
                    "sourceRegion": source,
                    "sourceBackupInstanceId": order.instance,
                },
            }),
        ),
    };
    operation::started(action, &arm.post(action, url, &body).await?)
}

fn api_version(request: &RestoreRequest) -> &'static str {
    let RestoreInto::Items { target, criteria } = &request.into else { return DATA_PROTECTION };
    let renames = |one: &Criterion| matches!(one, Criterion::Container(items) if items.rename_to.is_some());
    let is_data_lake = target.datasource_type.to_ascii_lowercase().ends_with("/adlsblobservices");
    if is_data_lake || criteria.iter().any(renames) { DATA_PROTECTION_ITEMS } else { DATA_PROTECTION }
}

/// The URL of a call to the paired region; it lies in the resource group of the vault.
pub(super) fn in_region(
    arm: &ArmClient,
    action: &str,
    within: &ResourceId,
    region: &Location,
    call: &str,
) -> Result<Url, AzureError> {
    let group = within.resource_group_id().ok_or_else(|| AzureError::Unsendable {
        action: action.to_owned(),
        detail: format!("`{within}` lies in no resource group"),
    })?;
    let path = format!("{group}/providers/Microsoft.DataProtection/locations/{region}/{call}");
    Ok(arm.url(&path, &format!("api-version={DATA_PROTECTION}")))
}
