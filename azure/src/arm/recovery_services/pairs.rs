//! The paired region of a vault. No answer about a Recovery Services vault names it, so Azure's own tools keep a table too.

use holdfast_protection::Location;

/// Regions that are each other's pair (documentation: Azure region pairs).
const MUTUAL: [(&str, &str); 24] = [
    ("australiacentral", "australiacentral2"),
    ("australiaeast", "australiasoutheast"),
    ("canadacentral", "canadaeast"),
    ("centralindia", "southindia"),
    ("centralus", "eastus2"),
    ("centraluseuap", "eastus2euap"),
    ("chinaeast", "chinanorth"),
    ("chinaeast2", "chinanorth2"),
    ("chinaeast3", "chinanorth3"),
    ("eastasia", "southeastasia"),
    ("eastus", "westus"),
    ("francecentral", "francesouth"),
    ("germanywestcentral", "germanynorth"),
    ("japaneast", "japanwest"),
    ("koreacentral", "koreasouth"),
    ("northcentralus", "southcentralus"),
    ("northeurope", "westeurope"),
    ("norwayeast", "norwaywest"),
    ("southafricanorth", "southafricawest"),
    ("swedencentral", "swedensouth"),
    ("switzerlandnorth", "switzerlandwest"),
    ("uaenorth", "uaecentral"),
    ("uksouth", "ukwest"),
    ("westus2", "westcentralus"),
];

/// Regions whose pair has another one itself.
const ONE_WAY: [(&str, &str); 4] = [
    ("brazilsouth", "southcentralus"),
    ("usgovarizona", "usgovtexas"),
    ("usgovvirginia", "usgovtexas"),
    ("westus3", "eastus"),
];

/// The region that a region is paired with; none if it has none, or is younger than this table.
pub(super) fn paired(location: &Location) -> Option<Location> {
    let own = location.as_str();
    let mutual = MUTUAL.iter().find_map(|(one, other)| match own {
        _ if own == *one => Some(*other),
        _ if own == *other => Some(*one),
        _ => None,
    });
    let one_way = || ONE_WAY.iter().find(|(one, _)| own == *one).map(|(_, other)| *other);
    mutual.or_else(one_way).map(Location::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_its_pair_whatever_its_spelling() {
        let pair = |name: &str| paired(&Location::from(name)).map(|one| one.to_string());
        assert_eq!(pair("West Europe").as_deref(), Some("northeurope"));
        assert_eq!(pair("northeurope").as_deref(), Some("westeurope"));
        assert_eq!(pair("brazilsouth").as_deref(), Some("southcentralus"));
        assert_eq!(pair("southcentralus").as_deref(), Some("northcentralus"));
        assert_eq!(pair("polandcentral"), None);
    }

    #[test]
    fn no_region_is_listed_twice() {
        let mut all: Vec<&str> = MUTUAL.iter().flat_map(|(one, other)| [*one, *other]).collect();
        all.extend(ONE_WAY.iter().map(|(one, _)| *one));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
