//! Restore requests of databases in machines, with the fields that recorded calls and Azure's own tools have.

use holdfast_protection::restore::{
    DataFileKind, DatabaseFiles, MappedFile, RestoreFrom, RestoreInto, RestoreRequest, TargetDatabase,
};
use holdfast_protection::workload::in_machine::{Database, DatabaseKind};
use serde_json::{Value, json};

use super::write::{Body, put, put_rehydration};
use crate::arm::recovery_services::backups::instant;

/// The restore request; none for what is not a database of a machine.
pub(super) fn request(request: &RestoreRequest) -> Option<Value> {
    let source = Database::of(&request.source)?;
    let mut body = begun(request, &source);
    match &request.into {
        RestoreInto::Database(target) => as_database(&mut body, target)?,
        RestoreInto::DatabaseFiles(files) => as_files(&mut body, files),
        _ => return None,
    }
    Some(body.into())
}

fn begun(request: &RestoreRequest, source: &Database) -> Body {
    let word = match source.kind {
        DatabaseKind::Sql => "SQL",
        DatabaseKind::Hana => "SAPHana",
    };
    let mut body = Body::new();
    let (in_time, rehydrated) = match &request.from {
        RestoreFrom::Moment { at } => {
            put(&mut body, "pointInTime", json!(instant(*at)));
            ("PointInTime", "")
        }
        RestoreFrom::Archived { rehydrate, .. } => {
            put_rehydration(&mut body, rehydrate);
            ("", "WithRehydrate")
        }
        RestoreFrom::Point { .. } => ("", ""),
    };
    put(&mut body, "objectType", json!(format!("AzureWorkload{word}{in_time}Restore{rehydrated}Request")));
    put(&mut body, "sourceResourceId", json!(source.machine));
    if source.kind == DatabaseKind::Sql {
        // Azure's own tools send both, for the original place too.
        put(&mut body, "shouldUseAlternateTargetLocation", json!(true));
        put(&mut body, "isNonRecoverable", json!(false));
    }
    body
}

fn as_database(body: &mut Body, target: &TargetDatabase) -> Option<()> {
    let overwrite = overwrite(target.overwrite);
    if target.no_recovery {
        put(body, "isNonRecoverable", json!(true));
    }
    if target.original {
        put(body, "recoveryType", json!("OriginalLocation"));
        put(body, "targetInfo", json!({ "overwriteOption": overwrite, "containerId": target.container }));
    } else {
        let database = Database::of(&target.id)?;
        put(body, "recoveryType", json!("AlternateLocation"));
        put(body, "targetVirtualMachineId", json!(database.machine));
        let name = format!("{}/{}", target.instance, database.name);
        let info =
            json!({ "overwriteOption": overwrite, "containerId": target.container, "databaseName": name });
        put(body, "targetInfo", info);
    }
    if !target.files.is_empty() {
        put(body, "alternateDirectoryPaths", target.files.iter().map(path).collect());
    }
    Some(())
}

fn as_files(body: &mut Body, files: &DatabaseFiles) {
    put(body, "recoveryType", json!("AlternateLocation"));
    put(body, "recoveryMode", json!("FileRecovery"));
    put(body, "targetVirtualMachineId", json!(files.machine));
    put(
        body,
        "targetInfo",
        json!({
            "overwriteOption": overwrite(files.overwrite),
            "containerId": files.container,
            "targetDirectoryForFileRestore": files.folder,
        }),
    );
}

fn overwrite(is_wished: bool) -> &'static str {
    if is_wished { "Overwrite" } else { "FailOnConflict" }
}

fn path(file: &MappedFile) -> Value {
    let kind = match file.file.kind {
        DataFileKind::Data => "Data",
        DataFileKind::Log => "Log",
    };
    json!({
        "mappingType": kind,
        "sourceLogicalName": file.file.logical_name,
        "sourcePath": file.file.path,
        "targetPath": file.target,
    })
}
