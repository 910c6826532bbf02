//! Databases in virtual machines: to a point, to a moment of the log, where they were or elsewhere, and as files.

use holdfast_protection::points::TimeRange;
use holdfast_protection::restore::{
    DataDirectory, DataFile, DataFileKind, DatabasesGround, RestoreFrom, RestoreGround, RestoreInto,
};
use holdfast_protection::tier::DataStore;
use serde_json::{Value, json};

use crate::ground::{ground, id, plan, refused as code};

const MACHINE: &str = "rg-app/providers/Microsoft.Compute/virtualMachines/db-1";

fn container(machine: &str) -> holdfast_protection::ResourceId {
    let vault = id("rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv");
    format!("{vault}/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;rg-app;{machine}")
        .parse()
        .unwrap()
}

fn range(start: &str, end: &str) -> TimeRange {
    TimeRange { start: start.parse().unwrap(), end: end.parse().unwrap() }
}

/// `sales` of `db-1`: two full backups, and a log with a gap.
fn sales(place: &str) -> RestoreGround {
    let mut ground =
        ground("SQLDataBase", &format!("{MACHINE}/sqlInstances/MSSQLSERVER/databases/sales"), place);
    for point in &mut ground.points {
        for copy in &mut point.copies {
            copy.store = DataStore::VaultStore;
        }
    }
    ground.vault.principal = None;
    ground.ranges = vec![
        range("2026-03-01T00:00:00Z", "2026-03-04T12:00:00Z"),
        range("2026-03-05T00:00:00Z", "2026-03-09T23:00:00Z"),
    ];
    ground.place.taken = vec!["MSSQLSERVER/sales".to_owned(), "MSSQLSERVER/master".to_owned()];
    let file = |kind, logical: &str, path: &str| DataFile {
        kind,
        logical_name: logical.to_owned(),
        path: path.to_owned(),
    };
    let directory =
        |kind, path: &str| DataDirectory { holder: "MSSQLSERVER".to_owned(), kind, path: path.to_owned() };
    ground.databases = Some(DatabasesGround {
        container: container("db-1"),
        directories: vec![
            directory(DataFileKind::Data, r"F:\Data\"),
            directory(DataFileKind::Log, r"G:\Log"),
        ],
        files: vec![
            file(DataFileKind::Data, "sales", r"F:\Data\sales.mdf"),
            file(DataFileKind::Log, "sales_log", r"G:\Log\sales_log.ldf"),
        ],
    });
    ground
}

fn to(more: &Value, point: &str) -> Value {
    let mut to = json!({ "kind": "sql-database" });
    to.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "to": to, "point": point })
}

fn from(point: &str) -> RestoreFrom {
    plan(&sales(MACHINE), to(&json!({ "overwrite": true }), point)).unwrap().order.request.from
}

#[test]
fn a_database_goes_back_to_any_moment_that_its_log_covers() {
    let moment = |text: &str| RestoreFrom::Moment { at: text.parse().unwrap() };
    assert_eq!(from("2026-03-03T10:11:12Z"), moment("2026-03-03T10:11:12Z"));
    assert_eq!(from("latest"), moment("2026-03-09T23:00:00Z"));
    assert_eq!(from("old"), RestoreFrom::Point { id: "old".to_owned() });
}

#[test]
fn a_moment_in_a_gap_is_refused_with_the_nearest_on_both_sides() {
    let refused =
        plan(&sales(MACHINE), to(&json!({ "overwrite": true }), "2026-03-04T18:00:00Z")).unwrap_err();
    assert_eq!(refused.code, "UserErrorInvalidRecoveryPointInTime");
    for nearest in ["2026-03-04T12:00:00Z", "2026-03-05T00:00:00Z"] {
        assert!(refused.way_out.contains(nearest), "{refused:?}");
    }
    let early = plan(&sales(MACHINE), to(&json!({ "overwrite": true }), "2026-02-01T00:00:00Z")).unwrap_err();
    assert!(early.way_out.contains("2026-03-01T00:00:00Z"), "{early:?}");
}

#[test]
fn without_a_log_only_points_can_be_restored() {
    let mut ground = sales(MACHINE);
    ground.ranges.clear();
    let desired = |point: &str| to(&json!({ "overwrite": true }), point);
    let at_point = plan(&ground, desired("2026-03-01T00:00:00Z")).unwrap();
    assert_eq!(at_point.order.request.from, RestoreFrom::Point { id: "old".to_owned() });
    let refused = plan(&ground, desired("2026-03-02T00:00:00Z")).unwrap_err();
    assert!(refused.way_out.contains("its log is not backed up"), "{refused:?}");
    assert!(refused.way_out.contains("2026-03-09T00:00:00Z"), "{refused:?}");
}

#[test]
fn what_is_there_is_overwritten_only_when_asked() {
    let refused = plan(&sales(MACHINE), to(&json!({}), "latest")).unwrap_err();
    assert_eq!(refused.code, "UserErrorTargetPOExistsOverwriteNotSpecified");
    let agreed = plan(&sales(MACHINE), to(&json!({ "overwrite": true }), "latest")).unwrap();
    let RestoreInto::Database(target) = &agreed.order.request.into else { panic!("{agreed:?}") };
    assert!(target.original && target.overwrite && target.files.is_empty(), "{target:?}");
    assert_eq!(agreed.order.changes().len(), 1);
    assert!(agreed.grants.is_empty() && agreed.preparation.is_none());
}

/// Azure fails a restore onto a database only where there is one (documentation: the codes).
#[test]
fn a_database_that_was_dropped_comes_back_where_it_was_without_overwriting() {
    let mut ground = sales(MACHINE);
    ground.place.taken.retain(|name| name != "MSSQLSERVER/sales");
    let plan = plan(&ground, to(&json!({}), "latest")).unwrap();
    let RestoreInto::Database(target) = &plan.order.request.into else { panic!("{plan:?}") };
    assert!(target.original && !target.overwrite, "{target:?}");
    assert!(plan.order.changes().is_empty(), "{:?}", plan.order.changes());
}

#[test]
fn files_of_another_database_are_mapped_and_shown() {
    let plan = plan(&sales(MACHINE), to(&json!({ "name": "sales-check" }), "latest")).unwrap();
    let RestoreInto::Database(target) = &plan.order.request.into else { panic!("{plan:?}") };
    assert!(!target.original && plan.order.changes().is_empty());
    let [data, log] = target.files.as_slice() else { panic!("{target:?}") };
    assert!(data.target.starts_with(r"F:\Data\sales_") && data.target.ends_with(".mdf"), "{data:?}");
    assert!(log.target.starts_with(r"G:\Log\sales_log_") && log.target.ends_with(".ldf"), "{log:?}");
    assert!(plan.notes.iter().any(|note| note.contains(&data.target)), "{plan:?}");
    let again =
        crate::ground::plan(&sales(MACHINE), to(&json!({ "name": "sales-check" }), "latest")).unwrap();
    assert_eq!(again, plan, "planned twice, files go to the same places");
}

#[test]
fn files_go_where_a_person_says() {
    let files = json!([{ "logicalName": "SALES", "path": r"H:\x.mdf" }]);
    let named = plan(&sales(MACHINE), to(&json!({ "name": "check", "files": files }), "latest")).unwrap();
    let RestoreInto::Database(target) = &named.order.request.into else { panic!("{named:?}") };
    assert_eq!(target.files[0].target, r"H:\x.mdf");
    let odd = json!([{ "logicalName": "other", "path": r"H:\x.mdf" }]);
    let code = |desired: &Value| code(&sales(MACHINE), to(desired, "latest"));
    assert_eq!(code(&json!({ "name": "check", "files": odd })), "FileNotFound");
    assert_eq!(code(&json!({ "name": "check", "instance": "OTHER" })), "DirectoryNotKnown");
    assert_eq!(code(&json!({ "name": "a;b" })), "UserErrorDBNameNotInCorrectFormat");
}

#[test]
fn the_target_machine_has_to_be_registered_with_the_same_vault() {
    let other = "rg-app/providers/Microsoft.Compute/virtualMachines/db-2";
    let mut ground = sales(other);
    ground.databases = None;
    let desired = to(&json!({ "machine": id(other) }), "latest");
    assert_eq!(code(&ground, desired), "MachineNotRegistered");
}

#[test]
fn a_database_comes_back_as_files_too() {
    let desired = json!({ "to": { "kind": "database-files", "folder": r"H:\restored" }, "point": "2026-03-03T00:00:00Z" });
    let plan = plan(&sales(MACHINE), desired).unwrap();
    let RestoreInto::DatabaseFiles(files) = &plan.order.request.into else { panic!("{plan:?}") };
    assert_eq!((&files.container, files.folder.as_str()), (&container("db-1"), r"H:\restored"));
    let hana = json!({ "to": { "kind": "hana-database" } });
    assert_eq!(code(&sales(MACHINE), hana), "RestoreKindNotSupported");
}
