//! What a `PUT` of an item asks for.

use serde_json::Value;

use super::Protection;
use crate::recovery_services::refusal::{invalid_configuration, invalid_input};
use crate::wire::{ArmError, json as body_json};

/// What is to become of an item.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::recovery_services) enum Wish {
    /// Protect it, go on protecting it, or protect it otherwise.
    Protect {
        policy: String,
        /// `diskExclusionProperties`; the inner `None` takes back what was chosen before.
        disks: Option<Option<Value>>,
    },
    /// Make no more backups, and keep those that there are.
    End(Protection),
    /// Bring it back from soft deletion.
    Undelete,
}

/// The body of a `PUT`.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) item_type: String,
    /// What is protected; of a database its container says that.
    pub(super) source: Option<String>,
    pub(super) wish: Wish,
}

impl Request {
    pub(super) fn read(body: &Value) -> Result<Self, ArmError> {
        let properties = body_json::member(body, "properties").ok_or_else(invalid_configuration)?;
        let text = |name: &str| body_json::text(properties, &[name]).filter(|text| !text.is_empty());
        let item_type = text("protectedItemType").ok_or_else(invalid_configuration)?.to_owned();
        let source = text("sourceResourceId").map(str::to_owned);
        let undelete = body_json::member(properties, "isRehydrate").and_then(Value::as_bool) == Some(true);
        let wish = match (undelete, text("protectionState"), text("policyId")) {
            (true, ..) => Wish::Undelete,
            (false, Some("ProtectionStopped"), _) => Wish::End(Protection::Stopped),
            (false, Some("BackupsSuspended"), _) => Wish::End(Protection::Suspended),
            // What the service showed may be sent back along with a policy.
            (false, _, Some(policy)) => {
                Wish::Protect { policy: policy.to_owned(), disks: disks(properties)? }
            }
            (false, _, None) => return Err(invalid_input()),
        };
        Ok(Self { item_type, source, wish })
    }
}

/// Which disks are backed up. Leaving the object out keeps the choice made before, a null inside it takes it back (azure-cli).
fn disks(properties: &Value) -> Result<Option<Option<Value>>, ArmError> {
    let Some(extended) = body_json::member(properties, "extendedProperties") else { return Ok(None) };
    let Some(map) = extended.as_object() else { return Err(invalid_input()) };
    let named = map.iter().find(|(name, _)| name.eq_ignore_ascii_case("diskExclusionProperties"));
    let Some((_, choice)) = named else { return Ok(None) };
    if choice.is_null() {
        return Ok(Some(None));
    }
    let numbers = body_json::member(choice, "diskLunList").and_then(Value::as_array);
    let sound = numbers.is_some_and(|numbers| numbers.iter().all(Value::is_u64))
        && body_json::member(choice, "isInclusionList").is_some_and(Value::is_boolean);
    if sound { Ok(Some(Some(choice.clone()))) } else { Err(invalid_input()) }
}

#[test]
fn a_wish_is_read_from_what_a_body_says() {
    use serde_json::json;
    let wish = |extra: Value| {
        let mut properties =
            json!({ "protectedItemType": "Microsoft.Compute/virtualMachines", "sourceResourceId": "/vm" });
        body_json::merge(&mut properties, &extra);
        Request::read(&json!({ "properties": properties }))
            .map(|request| request.wish)
            .map_err(|error| error.code)
    };
    let policy = |disks| Ok(Wish::Protect { policy: "/p".to_owned(), disks });
    assert_eq!(wish(json!({ "policyId": "/p" })), policy(None));
    assert_eq!(
        wish(json!({ "policyId": "", "protectionState": "ProtectionStopped" })),
        Ok(Wish::End(Protection::Stopped))
    );
    assert_eq!(
        wish(json!({ "isRehydrate": true, "protectionState": "ProtectionStopped" })),
        Ok(Wish::Undelete)
    );
    assert_eq!(wish(json!({})), Err("BMSUserErrorInvalidInput".to_owned()));
    let only = json!({ "diskLunList": [], "isInclusionList": true });
    assert_eq!(
        wish(json!({ "policyId": "/p", "extendedProperties": { "diskExclusionProperties": only } })),
        policy(Some(Some(json!({ "diskLunList": [], "isInclusionList": true }))))
    );
    assert_eq!(
        Request::read(&json!({})).map_err(|error| error.code).err().as_deref(),
        Some("BMSUserErrorInvalidConfigureProtectionRequest")
    );
}
