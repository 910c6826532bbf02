//! What each kind of datasource allows (support matrices of the Azure Backup documentation; datasource manifests of Azure
//! PowerShell).

use serde_json::Value;

use crate::wire::json as body_json;

/// What a kind of datasource allows.
pub(super) struct Bounds {
    pub(super) datasource_type: &'static str,
    /// Where backups go first.
    pub(super) store: &'static str,
    /// How often; empty means that no schedule exists.
    pub(super) periods: &'static [&'static str],
    /// Whether a policy may have no backup rule.
    pub(super) continuous: bool,
    /// The longest retention in the operational store, in days.
    pub(super) operational_days: i64,
    /// The most scheduled recovery points in the operational store at a time.
    pub(super) points: f64,
}

const DISK_PERIODS: &[&str] = &["PT1H", "PT2H", "PT4H", "PT6H", "PT8H", "PT12H", "P1D"];

const VAULT_PERIODS: &[&str] = &["P1D", "P1W"];

const LONG_PERIODS: &[&str] = &["P1D", "P1W", "P1M"];

/// Ten years, leap days included.
pub(super) const VAULT_DAYS: i64 = 3_660;

const NO_LIMIT: f64 = f64::INFINITY;

const BOUNDS: [Bounds; 9] = [
    bounds("Microsoft.Compute/disks", "OperationalStore", DISK_PERIODS, false, 480, 480.0),
    bounds(
        "Microsoft.Storage/storageAccounts/blobServices",
        "VaultStore",
        VAULT_PERIODS,
        true,
        360,
        NO_LIMIT,
    ),
    bounds(
        "Microsoft.Storage/storageAccounts/adlsBlobServices",
        "VaultStore",
        VAULT_PERIODS,
        false,
        0,
        NO_LIMIT,
    ),
    bounds("Microsoft.DBforPostgreSQL/flexibleServers", "VaultStore", LONG_PERIODS, false, 0, NO_LIMIT),
    bounds("Microsoft.DBforPostgreSQL/servers/databases", "VaultStore", &["P1W"], false, 0, NO_LIMIT),
    bounds("Microsoft.DBforMySQL/flexibleServers", "VaultStore", &["P1W", "P1M"], false, 0, NO_LIMIT),
    bounds(
        "Microsoft.ContainerService/managedClusters",
        "OperationalStore",
        DISK_PERIODS,
        false,
        360,
        NO_LIMIT,
    ),
    bounds(
        "Microsoft.ElasticSan/elasticSans/volumeGroups",
        "OperationalStore",
        DISK_PERIODS,
        false,
        450,
        450.0,
    ),
    bounds("Microsoft.DocumentDB/databaseAccounts", "VaultStore", &["P1W"], false, 0, NO_LIMIT),
];

const fn bounds(
    datasource_type: &'static str,
    store: &'static str,
    periods: &'static [&'static str],
    continuous: bool,
    operational_days: i64,
    points: f64,
) -> Bounds {
    Bounds { datasource_type, store, periods, continuous, operational_days, points }
}

/// The kinds of datasource that there are.
pub(crate) fn datasource_types() -> impl Iterator<Item = &'static str> {
    BOUNDS.iter().map(|bounds| bounds.datasource_type)
}

pub(super) fn bounds_of(properties: &Value) -> Result<&'static Bounds, String> {
    let types = body_json::list(properties, &["datasourceTypes"]);
    let [only] = types else {
        return Err(format!("datasourceTypes must name exactly one type, but names {}", types.len()));
    };
    let wanted = only.as_str().unwrap_or_default();
    BOUNDS
        .iter()
        .find(|bounds| bounds.datasource_type.eq_ignore_ascii_case(wanted))
        .ok_or_else(|| format!("datasourceTypes names the unknown type '{wanted}'"))
}
