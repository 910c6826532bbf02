//! Files out of a recovery point of a machine. What opens a session is a secret: it is read, handed on, and kept nowhere.

use holdfast_protection::file_session::{FileSession, SessionScript};
use holdfast_protection::operation::{OperationUrl, Started};
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::json;

use super::unsendable;
use super::version::BACKUP;
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PointWire {
    #[serde(deserialize_with = "or_default")]
    properties: SessionWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SessionWire {
    #[serde(deserialize_with = "or_default")]
    is_instant_ilr_session_active: bool,
}

/// The end of the operation that opened a session, in versions before 2026-08-01.
#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusWire {
    #[serde(deserialize_with = "or_default")]
    properties: PropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PropertiesWire {
    #[serde(deserialize_with = "or_default")]
    recovery_target: TargetWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TargetWire {
    #[serde(deserialize_with = "or_default")]
    client_scripts: Vec<ScriptWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScriptWire {
    #[serde(deserialize_with = "or_default")]
    os_type: String,
    script_content: Option<String>,
    #[serde(deserialize_with = "or_default")]
    script_extension: String,
    #[serde(deserialize_with = "or_default")]
    script_name_suffix: String,
    url: Option<String>,
}

/// Opens a session, or opens it again where one is open.
pub(super) async fn open(arm: &ArmClient, session: &FileSession) -> Result<Started, AzureError> {
    let action = format!("open the files of `{}`", session.machine.name());
    let point = point(session, &action)?;
    let shown = or_absent(arm.get(&action, arm.url_of(&point, "", BACKUP)).await)?;
    let shown: PointWire = shown.map(|answer| read(&action, &answer)).transpose()?.unwrap_or_default();
    let body = json!({ "properties": {
        "objectType": "IaasVMILRRegistrationRequest",
        "recoveryPointId": session.point,
        "virtualMachineId": session.machine,
        "initiatorName": "Holdfast",
        "renewExistingRegistration": shown.properties.is_instant_ilr_session_active,
    }});
    let url = arm.url_of(&point, "/provisionInstantItemRecovery", BACKUP);
    operation::started(&action, &arm.post(&action, url, &body).await?)
}

/// The scripts of an open session; none once Azure has forgotten the operation that opened it.
pub(super) async fn scripts(
    arm: &ArmClient,
    session: &FileSession,
    opened: &OperationUrl,
) -> Result<Vec<SessionScript>, AzureError> {
    let action = format!("read the scripts of the session for `{}`", session.machine.name());
    let url = opened.0.parse().map_err(|_| unsendable(&action, "its operation has no usable URL"))?;
    let Some(answer) = or_absent(arm.get(&action, url).await)? else { return Ok(Vec::new()) };
    let status: StatusWire = read(&action, &answer)?;
    Ok(status.properties.recovery_target.client_scripts.into_iter().map(SessionScript::from).collect())
}

/// Ends a session.
pub(super) async fn close(arm: &ArmClient, session: &FileSession) -> Result<Started, AzureError> {
    let action = format!("close the files of `{}`", session.machine.name());
    let point = point(session, &action)?;
    let url = arm.url_of(&point, "/revokeInstantItemRecovery", BACKUP);
    operation::started(&action, &arm.post(&action, url, &json!({})).await?)
}

fn point(session: &FileSession, action: &str) -> Result<ResourceId, AzureError> {
    let point = session.instance.child("recoveryPoints", &session.point);
    point.map_err(|error| unsendable(action, &error.to_string()))
}

impl From<ScriptWire> for SessionScript {
    fn from(wire: ScriptWire) -> Self {
        let (name, password) = parted(&wire.script_name_suffix);
        Self {
            system: wire.os_type,
            file_name: format!("{name}{}", wire.script_extension),
            content: wire.script_content.filter(|content| !content.is_empty()),
            url: wire.url.filter(|url| !url.is_empty()),
            password,
        }
    }
}

/// How long the password is, and where after the last `_` of the suffix it begins (azure-cli).
const PASSWORD: (usize, usize) = (33, 15);

/// The name of a script without the password that is hidden in it, and that password.
fn parted(suffix: &str) -> (String, String) {
    let (at, length) = PASSWORD;
    let from = suffix.rfind('_').map_or(0, |last| last + at);
    let Some(password) = suffix.get(from..from + length) else { return (suffix.to_owned(), String::new()) };
    let rest = suffix.get(from + length..).unwrap_or_default();
    (format!("{}{rest}", suffix.get(..from).unwrap_or_default()), password.to_owned())
}

#[test]
fn the_password_is_taken_out_of_the_name() {
    let suffix = format!("erp_we_{}{}", "f".repeat(32), "abcdefghijklmno");
    let (name, password) = parted(&suffix);
    assert_eq!(
        (name.as_str(), password.as_str()),
        (format!("erp_we_{}", "f".repeat(32)).as_str(), "abcdefghijklmno")
    );
    assert_eq!(parted("short"), ("short".to_owned(), String::new()));
}
