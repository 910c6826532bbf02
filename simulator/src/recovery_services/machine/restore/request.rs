//! The body of a restore of a virtual machine (official). What is wrong with one, Azure does not say (field).

use serde_json::Value;

use crate::recovery_services::item::Item;
use crate::recovery_services::point::{Point, Tier, TierStatus};
use crate::wire::json as body_json;
use crate::wire::path::key;

/// What the point becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Disks,
    NewMachine { machine: String, network: String, subnet: String },
    Original,
}

impl Place {
    /// `recoveryType`.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Disks => "RestoreDisks",
            Self::NewMachine { .. } => "AlternateLocation",
            Self::Original => "OriginalLocation",
        }
    }
}

/// A restore.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Request {
    pub(super) to: Place,
    pub(super) region: String,
    /// The account that data goes through.
    pub(super) account: Option<String>,
    /// The group that managed disks go to.
    pub(super) group: Option<String>,
    /// The numbers of the data disks that are restored; all where nothing is said.
    pub(super) disks: Option<Vec<i64>>,
    /// The identity of the vault that reaches the account: its own, or the user-assigned one with this id.
    pub(super) identity: Option<Option<String>>,
    /// For how many days an archived point is brought back.
    pub(super) rehydration: Option<u64>,
}

impl Request {
    pub(super) fn read(properties: &Value, item: &Item, point: &Point) -> Option<Self> {
        let text = |path: &[&str]| {
            body_json::text(properties, path).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let rehydrates = match text(&["objectType"])?.as_str() {
            "IaasVMRestoreRequest" => false,
            "IaasVMRestoreWithRehydrationRequest" => true,
            _ => return None,
        };
        let same_point = text(&["recoveryPointId"])? == point.name;
        let same_source = key(&text(&["sourceResourceId"])?) == key(&item.source);
        let archived =
            point.status(Tier::Archived) == Some(TierStatus::Valid) && point.status(Tier::Hardened).is_none();
        if !same_point || !same_source || archived != rehydrates {
            return None;
        }
        let to = match text(&["recoveryType"])?.as_str() {
            "RestoreDisks" => Place::Disks,
            "OriginalLocation" => Place::Original,
            "AlternateLocation" => Place::NewMachine {
                machine: text(&["targetVirtualMachineId"])?,
                network: text(&["virtualNetworkId"])?,
                subnet: text(&["subnetId"])?,
            },
            _ => return None,
        };
        let identity = identity(properties)?;
        let account = text(&["storageAccountId"]);
        let by_identity = text(&["identityBasedRestoreDetails", "targetStorageAccountId"]);
        let account = match (&identity, account, by_identity) {
            (Some(_), None, Some(account)) | (None, Some(account), None) => Some(account),
            _ => return None,
        };
        let group = text(&["targetResourceGroupId"]);
        // The vault's identity restores managed disks only (documentation).
        let grouped = group.is_some() || (to == Place::Disks && identity.is_none()) || to == Place::Original;
        let rehydration = if rehydrates { Some(rehydration(properties)?) } else { None };
        let disks = disks(properties)?;
        grouped.then_some(Self {
            to,
            region: text(&["region"])?,
            account,
            group,
            disks,
            identity,
            rehydration,
        })
    }
}

/// `identityInfo`: the outer `None` is nonsense, the inner one says nothing.
fn identity(properties: &Value) -> Option<Option<Option<String>>> {
    let Some(info) = body_json::member(properties, "identityInfo") else { return Some(None) };
    let own = body_json::member(info, "isSystemAssignedIdentity").and_then(Value::as_bool) == Some(true);
    let assigned = body_json::text(info, &["managedIdentityResourceId"]).filter(|id| !id.is_empty());
    match (own, assigned) {
        (true, None) => Some(Some(None)),
        (false, Some(id)) => Some(Some(Some(id.to_owned()))),
        (true, Some(_)) | (false, None) => None,
    }
}

fn disks(properties: &Value) -> Option<Option<Vec<i64>>> {
    let Some(list) = body_json::member(properties, "restoreDiskLunList") else { return Some(None) };
    let numbers: Option<Vec<i64>> = list.as_array()?.iter().map(Value::as_i64).collect();
    numbers.map(Some)
}

/// Days (official: `P15D`, with the priority `Standard` or `High`).
fn rehydration(properties: &Value) -> Option<u64> {
    let info = body_json::member(properties, "recoveryPointRehydrationInfo")?;
    let days = body_json::text(info, &["rehydrationRetentionDuration"])?;
    let days: u64 = days.strip_prefix('P')?.strip_suffix('D')?.parse().ok()?;
    let priority = body_json::text(info, &["rehydrationPriority"])?;
    matches!(priority, "Standard" | "High").then_some(days)
}
