//! The demo's estate, and ARM as its owner uses it.

use anyhow::{Context, Result, bail};
use holdfast_protection::{ResourceId, Workload};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::processes::Processes;

/// The demo's subscription.
pub(super) const SUBSCRIPTION: &str = "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";

/// A disk that is older than the event subscription: only the sweep can find it.
const OLDER: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-shop/providers/Microsoft.Compute/disks/shop-archive";

/// A machine that is older, too, and is backed up under a policy that keeps its backups for a week: the sweep moves it to
/// the one that the rules decide.
const WRONG_POLICY: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-erp/providers/Microsoft.Compute/virtualMachines/erp-legacy";
const WRONG: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-backup-northeurope/providers/Microsoft.RecoveryServices/vaults/rsv-northeurope";

/// A machine that takes the last place in the first vault of its region: a new one goes to the second.
const LAST_THAT_FITS: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-analytics/providers/Microsoft.Compute/virtualMachines/reports-2019";
const FULL: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-backup-eastus/providers/Microsoft.RecoveryServices/vaults/rsv-eastus-1";

/// A machine with SQL Server, which is older as well, and a database in it: each is protected by itself.
const SQL_MACHINE: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-erp/providers/Microsoft.Compute/virtualMachines/erp-sql";
const DATABASE: &str = "sqlInstances/MSSQLSERVER/databases/erp";

/// What exists before the demo begins, for the simulator; where a night is to come, backups run by schedule.
pub(super) fn base_estate(night: bool) -> Result<String> {
    let mut estate: Value =
        serde_json::from_str(include_str!("../../demo/estate.json")).context("read the demo's estate")?;
    if let Some(members) = estate.as_object_mut().filter(|_| night) {
        members.insert("scheduledBackups".to_owned(), json!(true));
        // Azure itself notices a missing role later than a backup does.
        members.insert("recheckSeconds".to_owned(), json!(10_000_000));
    }
    Ok(estate.to_string())
}

/// The database.
pub(super) fn database() -> Result<ResourceId> {
    Ok(format!("{SQL_MACHINE}/{DATABASE}").parse()?)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewResource {
    id: ResourceId,
    api_version: String,
    body: Value,
}

/// ARM, called as a person with curl would.
pub(super) struct Azure {
    client: reqwest::Client,
    arm: String,
    functions: String,
}

impl Azure {
    pub(super) fn new(processes: &Processes) -> Result<Self> {
        Ok(Self {
            client: reqwest::Client::builder().build()?,
            arm: processes.azure_http.clone(),
            functions: processes.functions.clone(),
        })
    }

    /// Lets Event Grid tell the function app of every change in the subscription.
    pub(super) async fn subscribe(&self, deliveries: u32) -> Result<()> {
        if deliveries > 1 {
            let wanted = json!({ "copies": deliveries, "shuffle": true });
            self.send(reqwest::Method::POST, "/_simulator/events", Some(&wanted)).await?;
        }
        let endpoint = format!("{}/runtime/webhooks/eventgrid?functionName=ResourceChanged", self.functions);
        let body = json!({ "properties": {
            "destination": { "endpointType": "WebHook", "properties": { "endpointUrl": endpoint } },
            "filter": { "includedEventTypes": ["Microsoft.Resources.ResourceWriteSuccess", "Microsoft.Resources.ResourceDeleteSuccess"] },
            "eventDeliverySchema": "EventGridSchema"
        }});
        let path = format!(
            "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.EventGrid/eventSubscriptions/holdfast?api-version=2022-06-15"
        );
        self.send(reqwest::Method::PUT, &path, Some(&body)).await.map(drop)
    }

    /// Creates the datasources; gives the ids of everything that is watched.
    pub(super) async fn create_all(&self) -> Result<Vec<ResourceId>> {
        let resources: Vec<NewResource> = serde_json::from_str(include_str!("../../demo/resources.json"))
            .context("read the demo's resources")?;
        self.protect_as_found(WRONG_POLICY, WRONG, "holdfast-vm-p1d-0200-7d-snap2").await?;
        self.protect_as_found(LAST_THAT_FITS, FULL, "DefaultPolicy").await?;
        let mut ids = vec![OLDER.parse()?, WRONG_POLICY.parse()?, SQL_MACHINE.parse()?, database()?];
        for NewResource { id, api_version, body } in resources {
            self.send(reqwest::Method::PUT, &format!("{id}?api-version={api_version}"), Some(&body)).await?;
            ids.push(id);
        }
        Ok(ids)
    }

    /// Has an older machine protected as somebody once decided.
    async fn protect_as_found(&self, machine: &str, vault: &str, policy: &str) -> Result<()> {
        let id: ResourceId = machine.parse()?;
        let names = format!("iaasvmcontainerv2;{};{}", id.resource_group().unwrap_or_default(), id.name());
        let path = format!(
            "{vault}/backupFabrics/Azure/protectionContainers/iaasvmcontainer;{names}/protectedItems/vm;{names}?api-version=2024-04-01"
        );
        let body = json!({ "properties": {
            "protectedItemType": "Microsoft.Compute/virtualMachines",
            "sourceResourceId": machine,
            "policyId": format!("{vault}/backupPolicies/{policy}"),
        } });
        self.send(reqwest::Method::PUT, &path, Some(&body)).await.map(drop)
    }

    /// What Azure says of the protection of this resource: the states of its instances in Backup vaults, or whether a
    /// Recovery Services vault protects it.
    pub(super) async fn protection_states(&self, id: &ResourceId) -> Result<Vec<String>> {
        if id.resource_type().eq_ignore_ascii_case("Microsoft.Compute/virtualMachines") {
            return self.backup_status(id, json!({ "resourceType": "VM", "resourceId": id })).await;
        }
        if let Some(machine) = Workload::holder_of(id) {
            let asked =
                json!({ "resourceType": "SQLDataBase", "resourceId": machine, "poLogicalName": id.name() });
            return self.backup_status(&machine, asked).await;
        }
        let account = id.parent().and_then(|service| service.parent());
        if let Some(account) = account.filter(|_| id.resource_type().ends_with("/fileServices/shares")) {
            let asked = json!({ "resourceType": "AzureFileShare", "resourceId": account, "poLogicalName": id.name() });
            return self.backup_status(&account, asked).await;
        }
        let path = format!("{id}/providers/Microsoft.DataProtection/backupInstances?api-version=2024-04-01");
        let list = self.send(reqwest::Method::GET, &path, None).await?;
        let instances = list.get("value").and_then(Value::as_array).cloned().unwrap_or_default();
        let state = |instance: &Value| {
            instance.pointer("/properties/currentProtectionState").and_then(Value::as_str).map(str::to_owned)
        };
        Ok(instances.iter().filter_map(state).collect())
    }

    /// What the region of this resource says.
    async fn backup_status(&self, of: &ResourceId, body: Value) -> Result<Vec<String>> {
        let version =
            if of.resource_type().starts_with("Microsoft.Storage") { "2023-01-01" } else { "2024-03-01" };
        let shown = self.send(reqwest::Method::GET, &format!("{of}?api-version={version}"), None).await?;
        let region = shown.get("location").and_then(Value::as_str).unwrap_or_default();
        let path = format!(
            "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/{region}/backupStatus?api-version=2024-04-01"
        );
        let status = self.send(reqwest::Method::POST, &path, Some(&body)).await?;
        let word = status.get("protectionStatus").and_then(Value::as_str);
        Ok(word.filter(|word| *word != "NotProtected").map(str::to_owned).into_iter().collect())
    }

    /// Why a resource that makes no work is of no interest, in the handler's words.
    pub(super) async fn why_ignored(&self, id: &ResourceId) -> Result<Option<String>> {
        let url = format!("{}/api/decide?resource={id}", self.functions);
        let Ok(answer) = self.client.get(url).send().await else { return Ok(None) };
        let answer: Value = answer.json().await.unwrap_or_default();
        Ok(why_ignored(&answer))
    }

    /// The next backup of an instance fails.
    pub(super) async fn fail_next_backup(&self, instance: &str, code: &str) -> Result<()> {
        let body = json!({ "instance": instance, "code": code });
        self.send(reqwest::Method::POST, "/_simulator/backups/fail", Some(&body)).await.map(drop)
    }

    /// Takes a role away that was given on a resource group, as somebody may who tidies up.
    pub(super) async fn take_role_away(&self, role: &str, group: &str) -> Result<()> {
        let state = self.send(reqwest::Method::GET, "/_simulator/state", None).await?;
        let assigned = state.get("roleAssignments").and_then(Value::as_array).cloned().unwrap_or_default();
        let text =
            |one: &Value, name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_meant = |one: &&Value| {
            text(one, "roleDefinitionGuid") == role
                && text(one, "scope").to_lowercase().ends_with(&group.to_lowercase())
        };
        let found = assigned.iter().find(is_meant).context("the role was never given")?;
        let path = format!("{}?api-version=2022-04-01", text(found, "id"));
        self.send(reqwest::Method::DELETE, &path, None).await.map(drop)
    }

    /// Time passes until a while after the backups that are due at two; gives when that was, and what the clock shows then.
    pub(super) async fn until_after_the_backups(&self) -> Result<(Timestamp, Timestamp)> {
        let shown = self.send(reqwest::Method::GET, "/_simulator/clock", None).await?;
        let now = shown.get("now").and_then(Value::as_str).unwrap_or_default();
        let now: Timestamp = now.parse().context("read Azure's clock")?;
        let two = next_at_two(now).context("the calendar ends")?;
        let after = two.checked_add(SignedDuration::from_mins(40)).context("the calendar ends")?;
        // Spans are given in seconds of Azure's, of which each is shorter here.
        let speed = shown.get("speed").and_then(Value::as_f64).unwrap_or(1.0);
        let body = json!({ "advanceSeconds": after.duration_since(now).as_secs_f64() * speed });
        self.send(reqwest::Method::POST, "/_simulator/clock", Some(&body)).await?;
        Ok((two, after))
    }

    /// Deploys a template to a subscription, as somebody who may.
    pub(super) async fn deploy(&self, subscription: &str, name: &str, body: &Value) -> Result<()> {
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Resources/deployments/{name}?api-version=2022-09-01"
        );
        self.send(reqwest::Method::PUT, &path, Some(body)).await.map(drop)
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}{path}", self.arm);
        let mut request = self.client.request(method.clone(), &url).bearer_auth("demo");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("{method} {url}"))?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{method} {url} answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

/// The next two o'clock in the morning, UTC.
fn next_at_two(now: Timestamp) -> Option<Timestamp> {
    let now = now.to_zoned(TimeZone::UTC);
    let today = now.date().at(2, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?;
    let next = if today > now { today } else { today.tomorrow().ok()? };
    Some(next.timestamp())
}

/// Why the resource of this answer makes no work: nothing protects its type, or no rule was asked about it.
fn why_ignored(answer: &Value) -> Option<String> {
    if let Some(reason) = answer.pointer("/outcome/reason").and_then(Value::as_str) {
        return Some(reason.to_owned());
    }
    let opinions = answer.pointer("/decision/record/opinions")?.as_array()?;
    let summary = answer.pointer("/decision/record/summary").and_then(Value::as_str).unwrap_or_default();
    opinions.is_empty().then(|| summary.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_comes_whatever_the_time_of_day() {
        for (now, two) in [
            ("2026-01-14T01:59:59Z", "2026-01-14T02:00:00Z"),
            ("2026-01-14T02:00:00Z", "2026-01-15T02:00:00Z"),
            ("2026-12-31T16:00:00Z", "2027-01-01T02:00:00Z"),
        ] {
            assert_eq!(next_at_two(now.parse().unwrap()), Some(two.parse().unwrap()), "{now}");
        }
    }

    #[test]
    fn a_resource_that_no_rule_speaks_of_is_ignored_with_a_reason() {
        let nobody =
            json!({ "decision": { "record": { "opinions": [], "summary": "no rule speaks of it" } } });
        assert_eq!(why_ignored(&nobody).as_deref(), Some("no rule speaks of it"));
        let other = json!({ "outcome": { "reason": "no workload protects it" } });
        assert_eq!(why_ignored(&other).as_deref(), Some("no workload protects it"));
        let asked =
            json!({ "decision": { "record": { "opinions": [{ "rule": "select" }], "summary": "x" } } });
        assert_eq!(why_ignored(&asked), None);
        assert_eq!(why_ignored(&json!({ "error": { "code": "NotSetUp" } })), None);
    }
}
