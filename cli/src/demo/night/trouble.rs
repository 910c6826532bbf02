//! What befalls a backup at night, and how far Holdfast is with it.

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::demo::estate::{Azure, SUBSCRIPTION};
use crate::demo::operator::Api;

/// A backup that is going to fail.
#[derive(Debug)]
pub(super) struct Trouble {
    /// Below the subscription.
    resource: &'static str,
    code: &'static str,
    /// The role that somebody takes away in the evening, by its id, and the resource group where it was given.
    without: Option<(&'static str, &'static str)>,
}

/// One for each cause: it passes, a permission is missing, a limit is reached, its owner has to act.
pub(super) const TROUBLES: [Trouble; 4] = [
    Trouble {
        resource: "rg-erp/providers/Microsoft.Compute/virtualMachines/erp-legacy",
        code: "CloudInternalError",
        without: None,
    },
    Trouble {
        resource: "rg-erp/providers/Microsoft.Compute/disks/data-01",
        code: "UserErrorMissingRequiredPermissions",
        // Disk Backup Reader: Azure itself fails the backup without it.
        without: Some(("3e5e47e6-65f7-47ef-90b5-e5dd4d455f24", "/resourceGroups/rg-erp")),
    },
    Trouble {
        resource: "rg-erp/providers/Microsoft.Compute/virtualMachines/erp-app",
        code: "ExtensionFailedSnapshotLimitReachedError",
        without: None,
    },
    Trouble {
        resource: "rg-shop/providers/Microsoft.Compute/virtualMachines/shop-web",
        code: "UserErrorFsFreezeFailed",
        without: None,
    },
];

impl Trouble {
    /// Sees to it that the next backup fails so; gives the id of the resource.
    pub(super) async fn befall(&self, azure: &Azure, api: &Api<'_>) -> Result<String> {
        let resource = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{}", self.resource);
        let shown = api.get(&format!("/api/protection/one?resource={resource}")).await?;
        let instance = shown.pointer("/instances/0/id").and_then(Value::as_str);
        let instance = instance.with_context(|| format!("{resource} has no backup instance: {shown}"))?;
        match self.without {
            Some((role, group)) => azure.take_role_away(role, group).await?,
            None => azure.fail_next_backup(instance, self.code).await?,
        }
        Ok(resource)
    }
}

/// How far Holdfast is with one of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seen {
    pub(super) resource: String,
    code: String,
    /// `transient`, `missing-permission`, `quota`, `user`.
    kind: String,
    /// What Holdfast did, in the words of its ledger.
    done: Vec<String>,
    /// What has to be done.
    action: String,
    /// The operation that takes the backup again.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// How that ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<String>,
    #[serde(skip)]
    read: Vec<String>,
}

impl Seen {
    pub(super) fn of(trouble: &Trouble, resource: String) -> Self {
        Self {
            resource,
            code: trouble.code.to_owned(),
            kind: String::new(),
            done: Vec::new(),
            action: String::new(),
            operation: None,
            ended: None,
            read: Vec::new(),
        }
    }

    /// Reads a document of the ledger about it; gives what is new.
    pub(super) fn take_in(&mut self, path: &str, document: &Value) -> Option<String> {
        let text = |name: &str| document.pointer(name).and_then(Value::as_str).unwrap_or_default();
        let is_other = !text("/resource").eq_ignore_ascii_case(&self.resource);
        if is_other || self.read.iter().any(|read| read == path) {
            return None;
        }
        self.read.push(path.to_owned());
        let done = text("/what/done");
        self.done.push(done.to_owned());
        if self.kind.is_empty() {
            text("/code").clone_into(&mut self.code);
            text("/kind").clone_into(&mut self.kind);
            text("/action").clone_into(&mut self.action);
        }
        self.operation = document.pointer("/what/operation").and_then(Value::as_str).map(str::to_owned);
        let word = match done {
            "retried" => "retried",
            "permissions-sought" => "granted",
            _ => "for you",
        };
        let more = match done {
            "retried" if self.done.len() > 1 => "the permission counts; the backup is taken again".to_owned(),
            "retried" => "it passes by itself; the backup is taken again".to_owned(),
            "permissions-sought" => "a permission is missing; Holdfast gives it".to_owned(),
            _ => format!("{}: {}", text("/kind"), text("/action")),
        };
        Some(format!("  {word:<10} {} failed with {}: {more}", self.name(), self.code))
    }

    /// Looks how the backup ends that is taken again; gives what is new.
    pub(super) async fn look(&mut self, api: &Api<'_>) -> Result<Option<String>> {
        let Some(operation) = self.operation.as_ref().filter(|_| self.ended.is_none()) else {
            return Ok(None);
        };
        let shown = api.get(&format!("/api/operations/{operation}")).await?;
        let status = shown.get("status").and_then(Value::as_str).unwrap_or_default();
        if !matches!(status, "Succeeded" | "Failed") {
            return Ok(None);
        }
        self.ended = Some(status.to_owned());
        Ok(Some(format!("  {:<10} {} was backed up again: {status}", "ended", self.name())))
    }

    /// Whether nothing more comes: a backup was taken again and ended, or a person has to act.
    pub(super) fn is_over(&self) -> bool {
        match self.done.last().map(String::as_str) {
            Some("retried") => self.ended.is_some(),
            Some("reported" | "not-possible") => true,
            _ => false,
        }
    }

    /// Whether a backup was taken again and is good.
    pub(super) fn is_mended(&self) -> bool {
        self.ended.as_deref() == Some("Succeeded")
    }

    /// Whether a permission had to be given first.
    pub(super) fn was_granted(&self) -> bool {
        self.done.iter().any(|done| done == "permissions-sought")
    }

    pub(super) fn name(&self) -> &str {
        self.resource.rsplit('/').next().unwrap_or(&self.resource)
    }

    /// What a person has to do about it.
    pub(super) fn action(&self) -> &str {
        &self.action
    }
}
