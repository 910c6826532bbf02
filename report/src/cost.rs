//! What protection costs, as a range with its assumptions: Azure's bill depends on how much changes, which nobody knows
//! before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// From, to; US dollars a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CostRange)]
pub struct Range {
    /// At least.
    pub from: u64,
    /// At most.
    pub to: u64,
}

/// What is protected, and what it may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Protected instances by workload.
    pub instances: BTreeMap<String, u64>,
    /// Gigabytes that the protected resources state, where they state a size.
    pub stated_gigabytes: u64,
    /// Protected instances whose size is not stated.
    pub without_size: u64,
    /// Azure's fee for protected instances.
    pub fee: Range,
    /// Storage of the backups.
    pub storage: Range,
    /// What the ranges rest on.
    pub assumptions: Vec<String>,
}

/// Instances of one workload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Counted {
    instances: u64,
    sized: u64,
    gigabytes: u64,
}

impl Counted {
    pub(crate) fn add(&mut self, gigabytes: Option<u64>) {
        self.instances += 1;
        self.sized += u64::from(gigabytes.is_some());
        self.gigabytes += gigabytes.unwrap_or_default();
    }
}

/// Dollars a month for one protected instance: the smallest tier of a machine, and one of 500 GB and more in dear regions.
/// Disks and blobs have no fee.
const FEE: [u64; 2] = [5, 30];
const WITHOUT_FEE: [&str; 3] = ["azure-disks", "azure-blobs", "data-lake"];
/// Thousandths of a dollar a month for one gigabyte: locally redundant, and geo-redundant in dear regions.
const GIGABYTE: [u64; 2] = [22, 70];
/// Hundredths of what is stated that lies in the vault: half used and well compressed, and full with two percent of change a day
/// over thirty days.
const KEPT: [u64; 2] = [30, 160];

/// What so many instances may cost.
pub(crate) fn cost(counted: &BTreeMap<String, Counted>) -> Cost {
    let all = |of: fn(&Counted) -> u64| counted.values().map(of).sum::<u64>();
    let with_fee = counted.iter().filter(|(workload, _)| !WITHOUT_FEE.contains(&workload.as_str()));
    let with_fee: u64 = with_fee.map(|(_, counted)| counted.instances).sum();
    let gigabytes = all(|one| one.gigabytes);
    let storage = |kept: u64, price: u64| gigabytes.saturating_mul(kept).saturating_mul(price) / 100_000;
    let [(low, cheap), (high, dear)] = [(KEPT[0], GIGABYTE[0]), (KEPT[1], GIGABYTE[1])];
    Cost {
        instances: counted.iter().map(|(workload, one)| (workload.clone(), one.instances)).collect(),
        stated_gigabytes: gigabytes,
        without_size: all(|one| one.instances - one.sized),
        fee: Range { from: with_fee * FEE[0], to: with_fee * FEE[1] },
        storage: Range { from: storage(low, cheap), to: storage(high, dear) },
        assumptions: vec![
            format!(
                "an instance costs {} to {} dollars a month; disks, blobs and data lakes have no such fee",
                FEE[0], FEE[1]
            ),
            format!(
                "a gigabyte costs {:.3} to {:.3} dollars a month, by redundancy and region",
                GIGABYTE[0] as f64 / 1000.0,
                GIGABYTE[1] as f64 / 1000.0
            ),
            format!(
                "backups take {} to {} percent of the size that a resource states: half used and compressed, up to full with 2 \
                 percent of change a day kept for 30 days",
                KEPT[0], KEPT[1]
            ),
            "resources that state no size are in the fee and not in the storage; reservations and agreements are left out"
                .to_owned(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_cost_storage_and_no_fee() {
        let mut disks = Counted::default();
        (0..10).for_each(|_| disks.add(Some(100)));
        let mut servers = Counted::default();
        servers.add(None);
        let counted =
            BTreeMap::from([("azure-disks".to_owned(), disks), ("postgresql-flexible".to_owned(), servers)]);
        let cost = cost(&counted);
        assert_eq!(cost.fee, Range { from: 5, to: 30 });
        assert_eq!(cost.storage, Range { from: 6, to: 112 });
        assert_eq!((cost.stated_gigabytes, cost.without_size), (1000, 1));
    }
}
