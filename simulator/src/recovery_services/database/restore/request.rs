//! The body of a restore of a database (official; what azure-cli sends). What is wrong with it, Azure does not say (field).

use jiff::Timestamp;
use serde_json::Value;

use crate::recovery_services::item::Item;
use crate::recovery_services::kind::{Form, Kind};
use crate::recovery_services::refusal::{bad_request, invalid_input};
use crate::wire::path::{key, name_of};
use crate::wire::{ArmError, json as body_json};

/// Where a restore goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum To {
    /// Over the database that was backed up.
    Original { overwrite: bool },
    /// A database of some name in a registered server or group.
    Database { container: String, parent: String, name: String, overwrite: bool },
    /// A folder of a registered server.
    Files { container: String, folder: String },
}

/// A restore.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) to: To,
    /// The instant that is restored, of log backups.
    pub(super) moment: Option<Timestamp>,
    /// Whether the point must be taken out of the archive first.
    pub(super) rehydrates: bool,
    /// Whether the database stays as a restore without recovery leaves it.
    pub(super) unrecovered: bool,
    /// Logical names and paths of the files that go elsewhere.
    pub(super) files: Vec<(String, String)>,
    /// The key of the vault in which the container lies.
    pub(super) vault: Option<String>,
    machine: Option<String>,
}

impl Request {
    pub(super) fn read(properties: &Value, item: &Item) -> Result<Self, ArmError> {
        let text = |path: &[&str]| body_json::text(properties, path).filter(|text| !text.is_empty());
        let (moment, rehydrates) = kind(properties, item).ok_or_else(invalid_input)?;
        let source = text(&["sourceResourceId"]);
        if source.is_some_and(|source| key(source) != key(&item.source_resource)) {
            return Err(invalid_input());
        }
        if rehydrates != body_json::member(properties, "recoveryPointRehydrationInfo").is_some() {
            return Err(invalid_input());
        }
        let flag = |name: &str| body_json::member(properties, name).and_then(Value::as_bool) == Some(true);
        Ok(Self {
            to: to(properties)?,
            moment,
            rehydrates,
            unrecovered: flag("isNonRecoverable"),
            files: files(properties).ok_or_else(invalid_input)?,
            vault: text(&["targetInfo", "containerId"])
                .and_then(|id| Some(key(id).split_once("/backupfabrics/")?.0.to_owned())),
            machine: text(&["targetVirtualMachineId"]).map(str::to_owned),
        })
    }

    /// The virtual machine that the request names beside the container.
    pub(super) fn machine(&self) -> Option<&str> {
        self.machine.as_deref()
    }

    /// `RestoreDestination` of the job.
    pub(super) fn destination(&self) -> String {
        match &self.to {
            To::Original { .. } => String::new(),
            To::Database { parent, name, .. } => format!("{parent}/{name}"),
            To::Files { folder, .. } => folder.clone(),
        }
    }
}

/// The instant, and whether it rehydrates, of an `objectType` that fits the item.
fn kind(properties: &Value, item: &Item) -> Option<(Option<Timestamp>, bool)> {
    let Kind::Database(form) = item.kind else { return None };
    let word = match form {
        Form::Sql => "SQL",
        Form::Hana | Form::HanaInstance => "SAPHana",
    };
    let kind = body_json::text(properties, &["objectType"])?;
    let rest = kind.strip_prefix("AzureWorkload")?.strip_prefix(word)?;
    let (at, rest) = match rest.strip_prefix("PointInTime") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rehydrates = match rest {
        "RestoreRequest" => false,
        "RestoreWithRehydrateRequest" => true,
        _ => return None,
    };
    let moment = body_json::text(properties, &["pointInTime"]).map(str::parse::<Timestamp>);
    match (at, moment) {
        (true, Some(Ok(moment))) => Some((Some(moment), rehydrates)),
        (false, _) => Some((None, rehydrates)),
        (true, _) => None,
    }
}

fn to(properties: &Value) -> Result<To, ArmError> {
    let text = |path: &[&str]| body_json::text(properties, path).filter(|text| !text.is_empty());
    let overwrite = match text(&["targetInfo", "overwriteOption"]) {
        Some("Overwrite") => Some(true),
        Some("FailOnConflict") => Some(false),
        None | Some("Invalid") => None,
        Some(_) => return Err(invalid_input()),
    };
    let container = text(&["targetInfo", "containerId"]).map(|id| name_of(id).to_ascii_lowercase());
    match (text(&["recoveryType"]), text(&["recoveryMode"])) {
        (Some("OriginalLocation"), None) => Ok(To::Original { overwrite: overwrite.unwrap_or(true) }),
        (Some("AlternateLocation" | "OriginalLocation"), Some("FileRecovery")) => {
            let folder = text(&["targetInfo", "targetDirectoryForFileRestore"]);
            let (container, folder) = container.zip(folder).ok_or_else(invalid_input)?;
            Ok(To::Files { container, folder: folder.to_owned() })
        }
        (Some("AlternateLocation"), None) => {
            let (container, overwrite) = container.zip(overwrite).ok_or_else(invalid_input)?;
            let name = text(&["targetInfo", "databaseName"]).ok_or_else(invalid_input)?;
            let (parent, name) = name
                .split_once(['/', '\\'])
                .filter(|(parent, name)| !parent.is_empty() && is_name(name))
                .ok_or_else(not_a_name)?;
            Ok(To::Database { container, parent: parent.to_owned(), name: name.to_owned(), overwrite })
        }
        _ => Err(invalid_input()),
    }
}

/// Names that the service takes (documentation).
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.contains([';', '/', ']']) && !name.ends_with('!')
}

/// The target must be named `INSTANCE/database` (documentation: the code).
fn not_a_name() -> ArmError {
    let message = "The name of the target database is not in the format <instance>/<database>.";
    bad_request("UserErrorDBNameNotInCorrectFormat", message)
}

/// `alternateDirectoryPaths`: the logical name and the target of each file.
fn files(properties: &Value) -> Option<Vec<(String, String)>> {
    let file = |mapping: &Value| {
        let text = |name: &str| body_json::text(mapping, &[name]).filter(|text| !text.is_empty());
        matches!(text("mappingType")?, "Data" | "Log").then_some(())?;
        text("sourcePath")?;
        Some((text("sourceLogicalName").unwrap_or_default().to_owned(), text("targetPath")?.to_owned()))
    };
    body_json::list(properties, &["alternateDirectoryPaths"]).iter().map(file).collect()
}
