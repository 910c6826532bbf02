//! Regions that Azure pairs.

/// Pairs of regions (learn.microsoft.com, cross-region replication).
const PAIRS: [(&str, &str); 17] = [
    ("australiaeast", "australiasoutheast"),
    ("brazilsouth", "southcentralus"),
    ("canadacentral", "canadaeast"),
    ("centralindia", "southindia"),
    ("centralus", "eastus2"),
    ("centraluseuap", "eastus2euap"),
    ("eastasia", "southeastasia"),
    ("eastus", "westus"),
    ("francecentral", "francesouth"),
    ("germanywestcentral", "germanynorth"),
    ("japaneast", "japanwest"),
    ("northcentralus", "southcentralus"),
    ("northeurope", "westeurope"),
    ("norwayeast", "norwaywest"),
    ("switzerlandnorth", "switzerlandwest"),
    ("uksouth", "ukwest"),
    ("westus2", "westcentralus"),
];

/// The region that `location` is paired with.
pub(crate) fn paired(location: &str) -> Option<&'static str> {
    PAIRS.iter().find_map(|(one, other)| match location {
        _ if location == *one => Some(*other),
        _ if location == *other => Some(*one),
        _ => None,
    })
}
