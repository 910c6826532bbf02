//! A restore request, read once: from which point, and to where.

use jiff::Timestamp;
use serde_json::Value;

use crate::data_protection::instance::Instance;
use crate::data_protection::point::rehydration;
use crate::data_protection::user_error::UserError;
use crate::wire::json as body_json;
use crate::wire::path::key;

/// Most ranges of a point-in-time restore of blobs.
const MOST_RANGES: usize = 10;

/// What is restored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    Point(String),
    Time(Timestamp),
    Rehydrated { point: String, priority: String },
}

/// A part of a datasource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// Blobs from one name (inclusive) to another (exclusive).
    Range(String, String),
    /// A container, perhaps only blobs with one of some prefixes, perhaps under another name.
    Container { name: String, prefixes: Vec<String>, renamed: Option<String> },
    /// Kubernetes resources, as the criteria describe them.
    Cluster(Value),
}

/// Where something is restored to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// A resource: the one that is made, or the one that receives the items; no items are everything.
    Resource { id: String, items: Vec<Item>, credentials: Value },
    /// Files in a blob container.
    Files { url: String, prefix: String, container: Option<String> },
}

impl Target {
    /// The resource that the caller must be allowed to read; a resource that is yet to be made is none.
    pub(crate) fn resource(&self) -> Option<&str> {
        match self {
            Self::Resource { id, items, .. } if !items.is_empty() => Some(id),
            Self::Resource { .. } | Self::Files { .. } => None,
        }
    }

    /// What the job shows as `recoveryDestination`.
    pub(crate) fn destination(&self) -> &str {
        match self {
            Self::Resource { id, .. } => id,
            Self::Files { url, .. } => url,
        }
    }
}

/// A restore request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) source: Source,
    pub(crate) store: String,
    pub(crate) target: Target,
    pub(crate) location: String,
    /// Whether it is carried out in the other region of the vault's pair.
    pub(crate) cross_region: bool,
}

fn invalid(detail: impl Into<String>) -> UserError {
    UserError::invalid_input(detail)
}

impl Request {
    /// Reads `wanted`, a request for `instance`; the error names what does not fit.
    pub(super) fn read(wanted: &Value, instance: &Instance, cross_region: bool) -> Result<Self, UserError> {
        let store = body_json::text(wanted, &["sourceDataStoreType"]).unwrap_or_default().to_owned();
        if !["OperationalStore", "VaultStore", "ArchiveStore", "SnapshotStore"].contains(&store.as_str()) {
            return Err(invalid(format!("sourceDataStoreType '{store}' is unknown")));
        }
        let info = body_json::member(wanted, "restoreTargetInfo")
            .ok_or_else(|| invalid("restoreTargetInfo is required"))?;
        if body_json::text(info, &["recoveryOption"]) != Some("FailIfExists") {
            return Err(invalid("restoreTargetInfo.recoveryOption must be 'FailIfExists'"));
        }
        let location = body_json::text(info, &["restoreLocation"]).unwrap_or_default().to_owned();
        let (source, target) = (source(wanted)?, target(info)?);
        let request = Self { source, store, target, location, cross_region };
        request.fits(instance)?;
        Ok(request)
    }

    /// The recovery point that is restored, unless it is an instant.
    pub(crate) fn point(&self) -> Option<&str> {
        match &self.source {
            Source::Point(point) | Source::Rehydrated { point, .. } => Some(point),
            Source::Time(_) => None,
        }
    }

    /// Each workload is restored in its own ways.
    fn fits(&self, instance: &Instance) -> Result<(), UserError> {
        let kind = instance.datasource_type().to_ascii_lowercase();
        let in_time = matches!(self.source, Source::Time(_));
        let continuous =
            kind == "microsoft.storage/storageaccounts/blobservices" && self.store == "OperationalStore";
        if in_time != continuous {
            return Err(invalid(format!("{kind} in {} is not restored by this kind of request", self.store)));
        }
        let files = matches!(self.target, Target::Files { .. });
        let as_files = matches!(
            kind.as_str(),
            "microsoft.dbforpostgresql/flexibleservers" | "microsoft.dbformysql/flexibleservers"
        );
        let both = kind == "microsoft.dbforpostgresql/servers/databases";
        if files != as_files && !both {
            let how = if as_files { "only as files" } else { "not as files" };
            return Err(invalid(format!("{kind} is restored {how}")));
        }
        let Target::Resource { id, items, .. } = &self.target else { return Ok(()) };
        items_fit(&kind, continuous, items)?;
        let original = key(id) == instance.datasource();
        if continuous && !original {
            return Err(invalid("a point in time is restored in the account itself"));
        }
        if original && !continuous && kind.starts_with("microsoft.storage/") {
            return Err(UserError::new(
                "UserErrorOriginalLocationRestoreNotSupported",
                "Restoring to the original storage account is not supported.",
                "Choose another storage account as the target.",
            ));
        }
        Ok(())
    }
}

fn items_fit(kind: &str, continuous: bool, items: &[Item]) -> Result<(), UserError> {
    let cluster = kind == "microsoft.containerservice/managedclusters";
    let storage = kind.starts_with("microsoft.storage/");
    for item in items {
        let fits = match item {
            Item::Range(..) => continuous,
            Item::Container { .. } => storage && !continuous,
            Item::Cluster(_) => cluster,
        };
        if !fits {
            return Err(invalid(format!("the restore criteria do not fit {kind}")));
        }
    }
    if cluster && items.len() != 1 {
        return Err(invalid("a cluster is restored by exactly one KubernetesClusterRestoreCriteria"));
    }
    let ranges: Vec<(&str, &str)> = items
        .iter()
        .filter_map(|item| match item {
            Item::Range(from, to) => Some((from.as_str(), to.as_str())),
            Item::Container { .. } | Item::Cluster(_) => None,
        })
        .collect();
    ranges_fit(ranges)
}

fn ranges_fit(ranges: Vec<(&str, &str)>) -> Result<(), UserError> {
    let action = "Use up to ten ranges that do not overlap, each from a smaller name to a greater one.";
    if ranges.len() > MOST_RANGES {
        let message = format!("A restore takes at most {MOST_RANGES} ranges, not {}.", ranges.len());
        return Err(UserError::new("UserErrorTooManyRestoreCriteriaGivenForBlobRestore", message, action));
    }
    // A name is a container and a blob in it, so that the whole of `c` lies between `c` and `c-0`.
    let split = |name: &'_ str| -> (String, String) {
        let (container, blob) = name.split_once('/').unwrap_or((name, ""));
        (container.to_owned(), blob.to_owned())
    };
    let mut ranges: Vec<_> = ranges.into_iter().map(|(from, to)| (split(from), split(to))).collect();
    ranges.sort_unstable();
    let odd = ranges
        .iter()
        .any(|(from, to)| from >= to || from.0.starts_with('$') || !(3..=63).contains(&from.0.len()));
    let overlap = ranges.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if start < end));
    if odd || overlap {
        let message = "The ranges of the restore are not valid.";
        return Err(UserError::new("UserErrorInvalidRestorePrefixRange", message, action));
    }
    Ok(())
}

fn source(wanted: &Value) -> Result<Source, UserError> {
    let point = || {
        let point = body_json::text(wanted, &["recoveryPointId"]).filter(|point| !point.is_empty());
        point.map(str::to_owned).ok_or_else(|| invalid("recoveryPointId is required"))
    };
    match body_json::text(wanted, &["objectType"]).unwrap_or_default() {
        "AzureBackupRecoveryPointBasedRestoreRequest" => Ok(Source::Point(point()?)),
        "AzureBackupRecoveryTimeBasedRestoreRequest" => {
            let time = body_json::text(wanted, &["recoveryPointTime"]).unwrap_or_default();
            let read = time.parse().map_err(|_| invalid(format!("recoveryPointTime '{time}' is no instant")));
            Ok(Source::Time(read?))
        }
        "AzureBackupRestoreWithRehydrationRequest" => {
            rehydration::acceptable(wanted)?;
            let priority = body_json::text(wanted, &["rehydrationPriority"]).unwrap_or("Standard").to_owned();
            Ok(Source::Rehydrated { point: point()?, priority })
        }
        other => Err(invalid(format!("objectType '{other}' is no restore request"))),
    }
}

fn target(info: &Value) -> Result<Target, UserError> {
    let text = |names: &[&str]| body_json::text(info, names).unwrap_or_default().to_owned();
    let kind = text(&["objectType"]);
    if kind == "RestoreFilesTargetInfo" {
        let url = text(&["targetDetails", "url"]);
        if text(&["targetDetails", "restoreTargetLocationType"]) != "AzureBlobs" || url.is_empty() {
            return Err(invalid("restoreTargetInfo.targetDetails must name AzureBlobs and a url"));
        }
        let container = body_json::text(info, &["targetDetails", "targetResourceArmId"]).map(str::to_owned);
        return Ok(Target::Files { url, prefix: text(&["targetDetails", "filePrefix"]), container });
    }
    if kind != "RestoreTargetInfo" && kind != "ItemLevelRestoreTargetInfo" {
        return Err(invalid(format!("restoreTargetInfo.objectType '{kind}' is unknown")));
    }
    let id = text(&["datasourceInfo", "resourceID"]);
    if !id.to_ascii_lowercase().starts_with("/subscriptions/") {
        return Err(invalid("restoreTargetInfo.datasourceInfo.resourceID is required"));
    }
    let criteria = body_json::list(info, &["restoreCriteria"]);
    if kind == "ItemLevelRestoreTargetInfo" && criteria.is_empty() {
        return Err(invalid("restoreTargetInfo.restoreCriteria is empty"));
    }
    let items = criteria.iter().map(item).collect::<Result<_, _>>()?;
    let credentials = body_json::member(info, "datasourceAuthCredentials").cloned().unwrap_or_default();
    Ok(Target::Resource { id, items, credentials })
}

fn item(criterion: &Value) -> Result<Item, UserError> {
    let text = |name: &str| body_json::text(criterion, &[name]).map(str::to_owned);
    match text("objectType").unwrap_or_default().as_str() {
        "RangeBasedItemLevelRestoreCriteria" => Ok(Item::Range(
            text("minMatchingValue").unwrap_or_default(),
            text("maxMatchingValue").unwrap_or_default(),
        )),
        "ItemPathBasedRestoreCriteria" => {
            let name = text("itemPath").ok_or_else(|| invalid("restoreCriteria.itemPath is required"))?;
            let prefixes = body_json::list(criterion, &["subItemPathPrefix"]);
            let prefixes = prefixes.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            Ok(Item::Container { name, prefixes, renamed: text("renameTo").filter(|name| !name.is_empty()) })
        }
        "KubernetesClusterRestoreCriteria" | "KubernetesClusterVaultTierRestoreCriteria" => {
            let whole =
                body_json::member(criterion, "includeClusterScopeResources").is_some_and(Value::is_boolean);
            if !whole {
                return Err(invalid("restoreCriteria.includeClusterScopeResources is required"));
            }
            Ok(Item::Cluster(criterion.clone()))
        }
        other => Err(invalid(format!("restoreCriteria.objectType '{other}' is unknown"))),
    }
}

#[test]
fn ranges_must_be_in_order_and_apart() {
    assert!(ranges_fit(vec![("orders/a", "orders/b"), ("orders/b", "orders/c")]).is_ok());
    assert!(ranges_fit(vec![("orders/a", "orders/c"), ("orders/b", "orders/d")]).is_err());
    assert!(ranges_fit(vec![("orders", "orders-0"), ("orders/x", "orders/y")]).is_err());
    assert!(ranges_fit(vec![("orders/b", "orders/a")]).is_err());
    assert!(ranges_fit(vec![("$web/a", "$web/b")]).is_err());
    assert!(ranges_fit((0..11).map(|_| ("abc", "abd")).collect()).is_err());
}
