//! A protected item as Azure shows it, in every spelling.

use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, ProtectionState, SoftDeletion};
use holdfast_protection::policy::{FilesPolicy, VmPolicy};
use holdfast_protection::workload::DiskChoice;
use holdfast_protection::workload::Stated;
use holdfast_protection::workload::in_machine::Database;
use holdfast_protection::{Refusal, ResourceId, Retry};
use serde::Deserialize;
use serde_json::Value;

use crate::arm::refusal::sorted;
use crate::arm::wire::or_default;

#[derive(Deserialize)]
pub(super) struct ItemWire {
    pub(super) id: ResourceId,
    pub(super) properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PropertiesWire {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) protected_item_type: String,
    #[serde(default, deserialize_with = "or_default")]
    friendly_name: String,
    /// The instance or system that a database runs in.
    #[serde(default, deserialize_with = "or_default")]
    parent_name: String,
    /// The machine, or the account of a share.
    pub(super) source_resource_id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) policy_id: String,
    #[serde(default, deserialize_with = "or_default")]
    protection_state: String,
    #[serde(default, deserialize_with = "or_default")]
    is_scheduled_for_deferred_delete: bool,
    #[serde(default, rename = "deferredDeleteTimeInUTC", deserialize_with = "or_default")]
    deferred_delete_time: String,
    #[serde(default, deserialize_with = "or_default")]
    extended_properties: ExtendedWire,
    #[serde(default, deserialize_with = "or_default")]
    last_backup_error_detail: DetailWire,
    #[serde(default, deserialize_with = "or_default")]
    health_details: Vec<DetailWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExtendedWire {
    disk_exclusion_properties: Option<DisksWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DisksWire {
    #[serde(default, deserialize_with = "or_default")]
    disk_lun_list: Vec<u32>,
    #[serde(default, deserialize_with = "or_default")]
    is_inclusion_list: bool,
}

/// Codes are numbers here and words there.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DetailWire {
    code: Value,
    #[serde(deserialize_with = "or_default")]
    title: String,
    #[serde(deserialize_with = "or_default")]
    message: String,
    #[serde(deserialize_with = "or_default")]
    recommendations: Vec<String>,
}

impl ItemWire {
    /// As the domain knows it; what of it is not understood.
    pub(super) fn instance(self) -> Result<BackupInstance, String> {
        let vault = Family::vault_of(&self.id).ok_or("its id does not lie in a vault")?;
        let properties = self.properties;
        let state = properties.state();
        let error = (state == ProtectionState::Error).then(|| properties.error()).flatten();
        let (datasource, datasource_type) = properties.datasource(self.id.name())?;
        let deletion = properties
            .is_scheduled_for_deferred_delete
            .then(|| SoftDeletion { at: properties.deferred_delete_time.parse().ok(), purged: None });
        let disks = properties.extended_properties.disk_exclusion_properties;
        Ok(BackupInstance {
            id: self.id,
            vault,
            datasource,
            datasource_type: datasource_type.to_owned(),
            location: String::new().into(),
            policy: properties.policy_id.parse().ok(),
            snapshot_group: None,
            stated: Stated {
                disks: disks.map(|disks| DiskChoice::new(disks.disk_lun_list, disks.is_inclusion_list)),
                ..Stated::default()
            },
            state,
            error,
            deletion,
        })
    }
}

impl PropertiesWire {
    fn state(&self) -> ProtectionState {
        if self.is_scheduled_for_deferred_delete {
            return ProtectionState::SoftDeleted;
        }
        match self.protection_state.as_str() {
            // Without a word, Azure has not begun.
            "" => ProtectionState::Configuring,
            word => ProtectionState::from(word.to_owned()),
        }
    }

    fn datasource(&self, item: &str) -> Result<(ResourceId, &'static str), String> {
        match self.protected_item_type.to_ascii_lowercase().as_str() {
            "microsoft.compute/virtualmachines" => {
                Ok((self.source_resource_id.clone(), VmPolicy::DATASOURCE_TYPE))
            }
            "azurefileshareprotecteditem" => {
                let service = self.source_resource_id.child("fileServices", "default");
                let share = service.and_then(|service| service.child("shares", &self.friendly_name));
                Ok((share.map_err(|error| error.to_string())?, FilesPolicy::DATASOURCE_TYPE))
            }
            "azurevmworkloadsqldatabase" | "azurevmworkloadsaphanadatabase" => self.database(item),
            other => Err(format!("it is a protected item of the kind `{other}`")),
        }
    }

    /// Names of items are in lower case; people know the others.
    fn database(&self, item: &str) -> Result<(ResourceId, &'static str), String> {
        let mut database = Database::of_item(&self.source_resource_id, item)
            .ok_or_else(|| format!("`{item}` is not the name of a database of a machine"))?;
        for (known, shown) in
            [(&mut database.name, &self.friendly_name), (&mut database.holder, &self.parent_name)]
        {
            if known.eq_ignore_ascii_case(shown) {
                known.clone_from(shown);
            }
        }
        let id = database.id().map_err(|error| error.to_string())?;
        Ok((id, database.kind.datasource_type()))
    }

    fn error(&self) -> Option<Refusal> {
        std::iter::once(&self.last_backup_error_detail)
            .chain(&self.health_details)
            .find_map(DetailWire::refusal)
    }
}

impl DetailWire {
    /// What it complains of; `Success` and a green health are not reported as a fault.
    fn refusal(&self) -> Option<Refusal> {
        let code = match (&self.title, &self.code) {
            (title, _) if !title.is_empty() => title.clone(),
            (_, Value::String(code)) => code.clone(),
            (_, Value::Number(code)) => code.to_string(),
            _ => return None,
        };
        let is_fine =
            ["Success", "IaasVmHealthGreenDefault"].iter().any(|fine| code.eq_ignore_ascii_case(fine));
        (!is_fine && !code.is_empty())
            .then(|| sorted(200, code, self.message.clone(), self.recommendations.clone(), Retry::Never))
    }
}
