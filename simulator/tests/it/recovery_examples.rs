//! Azure's official examples of Recovery Services as the judge, as far as the simulator answers the operations: each is sent to a
//! vault that fits it, and must be answered with a status that the example shows, and with every member that it shows then.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::azure::Azure;
use crate::reference;

/// The specifications, and the examples of each below it.
const SPECIFICATIONS: [&str; 2] = [
    "recoveryservices/resource-manager/Microsoft.RecoveryServices/stable/2024-04-01/vaults.json",
    "recoveryservicesbackup/resource-manager/Microsoft.RecoveryServices/stable/2024-04-01/bms.json",
];

/// What follows the vault in the operations that are answered.
const ANSWERED: [&str; 5] = [
    "",
    "/backupstorageconfig/vaultstorageconfig",
    "/backupconfig/vaultconfig",
    "/backupPolicies",
    "/backupPolicies/{policyName}",
];

/// Examples with the reason why they are not sent.
const SKIPPED: [(&str, &str); 2] = [
    ("Dpm/", "policies of DPM are not taken"),
    ("ResourceGuard", "resource guards of these vaults are not simulated yet"),
];

/// Members that some answers show and others do not, with the reason why we do not.
const ODD: [(&str, &str); 2] = [
    ("/tags", "the example has tags that its own request does not have"),
    ("/sku/tier", "PUT alone shows a tier, where reads and recorded answers show the sku as it was sent"),
];

struct Example {
    file: String,
    method: String,
    path: String,
    content: Value,
}

fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

fn is_answered(path: &str) -> bool {
    match path.split_once("/vaults") {
        Some((_, "")) => true,
        Some((_, below)) => below.strip_prefix("/{vaultName}").is_some_and(|below| ANSWERED.contains(&below)),
        None => false,
    }
}

fn examples(specification: &Path) -> Result<Vec<Example>> {
    let document = read(specification)?;
    let folder = specification.parent().context("a file lies in a folder")?;
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        if !is_answered(path) {
            continue;
        }
        for (method, operation) in methods.as_object().into_iter().flatten() {
            for (_, example) in operation["x-ms-examples"].as_object().into_iter().flatten() {
                let reference = example["$ref"].as_str().unwrap_or_default();
                let file = reference.trim_start_matches("./examples/").to_owned();
                let content = read(&folder.join(reference))?;
                found.push(Example { file, method: method.to_uppercase(), path: path.clone(), content });
            }
        }
    }
    Ok(found)
}

impl Example {
    fn parameter(&self, name: &str) -> &str {
        self.content["parameters"][name].as_str().unwrap_or_default()
    }

    fn group(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}",
            self.parameter("subscriptionId"),
            self.parameter("resourceGroupName")
        )
    }

    fn url(&self) -> String {
        let parameters = self.content["parameters"].as_object().into_iter().flatten();
        let path = parameters.fold(self.path.clone(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
        });
        format!("{path}?api-version={}", self.parameter("api-version"))
    }

    /// Makes the vault, and the policy that is read or deleted.
    async fn prepared(&self) -> Result<Azure> {
        let group = self.group();
        let groups = json!({ "resourceGroups": [{ "id": group, "location": "westus" }] });
        let named = !self.parameter("resourceGroupName").is_empty();
        let azure = Azure::frozen(if named { groups } else { json!({}) }).await?;
        let makes_it = self.method == "PUT" && self.path.ends_with("/{vaultName}");
        if self.parameter("vaultName").is_empty() || makes_it {
            return Ok(azure);
        }
        let vault =
            format!("{group}/providers/Microsoft.RecoveryServices/vaults/{}", self.parameter("vaultName"));
        let mut body = json!({
            "location": "westus", "sku": { "name": "Standard" }, "properties": {}, "identity": { "type": "SystemAssigned" },
        });
        let key =
            self.content.pointer("/parameters/vault/properties/encryption/kekIdentity/userAssignedIdentity");
        if let Some(identity) = key.and_then(Value::as_str) {
            let mut assigned = json!({});
            assigned[identity] = json!({});
            body["identity"] =
                json!({ "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": assigned });
        }
        azure.put(&format!("{vault}?api-version=2024-04-01"), body).await?.expect(201)?;
        if self.path.ends_with("{policyName}") && self.method != "PUT" {
            let default = azure.get(&format!("{vault}/backupPolicies/DefaultPolicy")).await?.body;
            let policy = format!("{vault}/backupPolicies/{}", self.parameter("policyName"));
            azure.put(&policy, json!({ "properties": default["properties"] })).await?.expect(200)?;
        }
        Ok(azure)
    }

    /// What of the answer is not as the example shows it.
    async fn wrong(&self) -> Result<Vec<String>> {
        let azure = self.prepared().await?;
        let parameters = &self.content["parameters"];
        let body = parameters.get("vault").or_else(|| parameters.get("parameters")).cloned();
        let answer = azure.call(self.method.parse()?, &self.url(), body).await?;
        let Some(shown) = self.content["responses"].get(answer.status.to_string()) else {
            return Ok(vec![format!("answered {} {}", answer.status, answer.body)]);
        };
        let mut missing = Vec::new();
        if self.method == "PUT" {
            members(&shown["body"], &answer.body, "", &mut missing);
        }
        Ok(missing)
    }
}

/// The members that `shown` has, but for what it has as null, and `ours` has not.
fn members(shown: &Value, ours: &Value, pointer: &str, missing: &mut Vec<String>) {
    for (name, value) in shown.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        let odd = ODD.iter().any(|(odd, _)| *odd == format!("{pointer}/{name}"));
        match ours.get(name) {
            Some(own) => members(value, own, &format!("{pointer}/{name}"), missing),
            None if odd => {}
            None => missing.push(format!("{pointer}/{name} is missing")),
        }
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the judge reports what it sent")]
async fn official_examples_are_answered_as_they_show() -> Result<()> {
    let Some(folder) = reference::folder("specs/specification")? else { return Ok(()) };
    let (mut sent, mut wrong) = (0, Vec::new());
    for specification in SPECIFICATIONS {
        for example in examples(&folder.join(specification))? {
            if SKIPPED.iter().any(|(part, _)| example.file.contains(part)) {
                continue;
            }
            sent += 1;
            let found = example.wrong().await.with_context(|| example.file.clone())?;
            wrong
                .extend(found.into_iter().map(|what| format!("{} {}: {what}", example.method, example.file)));
        }
    }
    println!("sent {sent} official examples of Recovery Services");
    ensure!(wrong.is_empty(), "{} differences from the examples:\n{}", wrong.len(), wrong.join("\n"));
    ensure!(sent > 20, "only {sent} examples were sent");
    Ok(())
}
