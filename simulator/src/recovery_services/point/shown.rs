//! The body of a recovery point (recorded; members of newer api-versions are official).

use serde_json::{Value, json};

use super::{Point, Tier, TierStatus};
use crate::clock::{precise, whole_seconds};
use crate::recovery_services::database;
use crate::recovery_services::item::Item;
use crate::recovery_services::job::WORDS_SINCE;
use crate::recovery_services::kind::Kind;
use crate::wire::json as body_json;

/// Type of a point as answers spell it.
pub(in crate::recovery_services) const TYPE: &str =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints";

/// From this api-version on a point shows until when it is kept.
const EXPIRY_SHOWN_SINCE: &str = "2022-01-01";

impl Point {
    pub(in crate::recovery_services) fn body(&self, item: &Item, api_version: &str) -> Value {
        let mut properties = match self.kind {
            Kind::Machine | Kind::Share => self.source.clone(),
            Kind::Database(_) => json!({}),
        };
        let own = match self.kind {
            Kind::Machine => json!({
                "objectType": "IaasVMRecoveryPoint",
                "recoveryPointTime": precise(self.time),
                "recoveryPointAdditionalInfo": "",
                "isInstantIlrSessionActive": self.session_open,
                "isManagedVirtualMachine": true,
                "originalStorageAccountOption": false,
                "recoveryPointTierDetails": self.tiers_shown(api_version),
                "recoveryPointMoveReadinessInfo": { "ArchivedRP": self.readiness() },
            }),
            Kind::Share => json!({
                "objectType": "AzureFileShareRecoveryPoint",
                "recoveryPointType": "FileSystemConsistent",
                "recoveryPointTime": whole_seconds(self.time),
                "recoveryPointSizeInGB": 0,
            }),
            Kind::Database(_) => json!({
                "recoveryPointTierDetails": self.tiers_shown(api_version),
                "recoveryPointMoveReadinessInfo": { "ArchivedRP": self.readiness() },
            }),
        };
        let mut own = own;
        if self.kind == Kind::Share && self.status(Tier::Hardened).is_some() {
            // Of a share that is only in snapshots, no tier was recorded.
            body_json::set(&mut own, &["recoveryPointTierDetails"], json!(self.tiers_shown(api_version)));
        }
        if !properties.is_object() {
            properties = json!({});
        }
        body_json::merge(&mut properties, &own);
        if let Kind::Database(_) = self.kind {
            body_json::merge(&mut properties, &database::point::own(self, item));
        }
        if api_version >= EXPIRY_SHOWN_SINCE {
            // What was asked for follows no rule of a policy.
            let rule = if self.asked { Value::Null } else { json!("Daily") };
            let kept =
                json!({ "expiryTime": precise(self.expires), "ruleName": rule, "isSoftDeleted": false });
            let kept = body_json::without_nulls(&kept);
            body_json::set(&mut properties, &["recoveryPointProperties"], kept);
        }
        if let Some(threat) = &self.threat {
            let told = json!({ "threatStatus": threat.status, "threatInfo": threat.found });
            body_json::merge(&mut properties, &told);
        }
        let id = format!("{}/recoveryPoints/{}", item.id, self.name);
        json!({ "id": id, "name": self.name, "type": TYPE, "properties": properties })
    }

    /// The same with what only a single read or a wish for it shows: where the files of a database lay.
    pub(in crate::recovery_services) fn extended(&self, item: &Item, api_version: &str) -> Value {
        let mut body = self.body(item, api_version);
        if let (Kind::Database(_), Some(info)) = (self.kind, database::point::extended(self)) {
            body_json::set(&mut body, &["properties", "extendedInfo"], info);
        }
        body
    }

    /// Numbers in older api-versions, words in newer ones.
    fn tiers_shown(&self, api_version: &str) -> Vec<Value> {
        let shown = |(tier, status): &(Tier, TierStatus)| {
            let (kind, status) = (tier.names(), status.names());
            match api_version >= WORDS_SINCE {
                true => json!({ "type": kind.0, "status": status.0 }),
                false => json!({ "type": kind.1, "status": status.1 }),
            }
        };
        self.tiers.iter().map(shown).collect()
    }

    /// Whether the point could be archived: the vault must keep it for half a year more (documentation), text recorded.
    fn readiness(&self) -> Value {
        if self.is_archivable() {
            return json!({ "isReadyForMove": true });
        }
        json!({
            "isReadyForMove": false,
            "additionalInfo": "Recovery point cannot be moved to Archive tier due to insufficient retention duration specified in policy.. Update policy on the protected item with appropriate retention setting and try again.",
        })
    }

    pub(in crate::recovery_services) fn is_archivable(&self) -> bool {
        const HALF_A_YEAR_HOURS: i64 = 180 * 24;
        self.status(Tier::Hardened) == Some(TierStatus::Valid)
            && self.status(Tier::Archived).is_none()
            && self.expires.duration_since(self.time).as_hours() >= HALF_A_YEAR_HOURS
    }
}
