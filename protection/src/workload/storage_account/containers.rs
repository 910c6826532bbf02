//! Which containers of a storage account go into the vault.

use std::collections::BTreeSet;

use holdfast_evaluator::{Items, Protection};

use crate::impossible::Impossible;
use crate::workload::rules::{Kept, Restating};
use crate::workload::{BackupParameters, Case, Containers, Dependencies, Details, Restated, Stated};

/// Containers that one instance may hold, and one restore may bring back, by the blob and Data Lake Storage support matrices.
pub const MOST_CONTAINERS: usize = 100;

/// Those that the decision names, or every one.
pub(in crate::workload) fn containers(how: &Protection) -> Result<Containers, Impossible> {
    let mut named = match &how.blob_containers {
        None | Some(Items::All) => return Ok(Containers::All),
        Some(Items::Named(named)) => named.clone(),
        Some(Items::AllBut(_)) => {
            return Err(Impossible::new(
                "ContainersLeftOut",
                "the rules leave out blob containers by name, and an instance names those that it holds",
                "name the containers to back up in `blob-containers`, or leave it out to back up all of them",
            ));
        }
    };
    named.sort_unstable();
    named.dedup();
    check_containers(&named)?;
    Ok(Containers::Named(named))
}

/// Whether one instance may hold these containers.
fn check_containers(containers: &[String]) -> Result<(), Impossible> {
    match containers.len() {
        0 => Err(Impossible::new(
            "NoContainers",
            "backup into the vault needs a blob container, and the rules name none",
            "name containers in `blob-containers`, or leave it out to back up all of them",
        )),
        1..=MOST_CONTAINERS => Ok(()),
        many => Err(Impossible::new(
            "ContainerBound",
            format!(
                "{many} containers are more than the {MOST_CONTAINERS} that one backup instance may hold (blob backup support matrix)"
            ),
            format!("let the rules name at most {MOST_CONTAINERS} of them in `blob-containers`"),
        )),
    }
}

/// Whether an instance should list other containers now; those of every container have to be read first.
///
/// Azure takes up no container by itself that came after the instance, unless it chooses them all by itself.
pub(in crate::workload) fn restating(kept: &Kept<'_>, details: Details) -> Result<Restating, Impossible> {
    match details {
        Details::Containers(Containers::Named(named)) => {
            Ok(relisted(kept, &named)?.map_or(Restating::Nothing, Restating::Now))
        }
        Details::Containers(Containers::All) => Ok(Restating::AfterReading),
        _ => Ok(Restating::Nothing),
    }
}

/// The same once the account's containers are read.
pub(in crate::workload) fn restated(
    kept: &Kept<'_>,
    dependencies: &Dependencies,
) -> Result<Option<Restated>, Impossible> {
    match dependencies {
        Dependencies::Containers(every) => relisted(kept, every),
        _ => Ok(None),
    }
}

/// None at all cannot be asked for: Azure does not let containers be taken away altogether.
fn relisted(kept: &Kept<'_>, wanted: &[String]) -> Result<Option<Restated>, Impossible> {
    let listed: BTreeSet<&String> = kept.stated.containers.iter().collect();
    if listed.is_empty() {
        return Ok(Some(Restated { listed: Some(listed_first(wanted)?), ..Restated::default() }));
    }
    if wanted.is_empty() || listed == wanted.iter().collect() {
        return Ok(None);
    }
    check_containers(wanted)?;
    Ok(Some(Restated { containers: Some(wanted.to_vec()), ..Restated::default() }))
}

/// The containers that an instance has to list; none unless the policy copies them into the vault.
pub(in crate::workload) fn parameters(
    case: &Case<'_>,
    into_vault: bool,
) -> Result<Option<BackupParameters>, Impossible> {
    let Details::Containers(wanted) = case.details else { return Ok(None) };
    if !into_vault {
        return Ok(None);
    }
    let found = match (wanted, case.dependencies) {
        (Containers::Named(named), _) => named.as_slice(),
        (Containers::All, Dependencies::Containers(found)) => found.as_slice(),
        (Containers::All, _) => &[],
    };
    listed_first(found).map(|listed| Some(BackupParameters::Containers(listed)))
}

/// What an instance lists that has listed no containers before.
fn listed_first(wanted: &[String]) -> Result<Vec<String>, Impossible> {
    if wanted.is_empty() {
        return Err(Impossible::new(
            Impossible::NOTHING_TO_BACK_UP,
            "the account has no blob container, so there is nothing to back up into the vault",
            "the sweep looks again",
        ));
    }
    check_containers(wanted)?;
    Ok(wanted.to_vec())
}

/// What an instance that is written again lists, where its policy copies containers into the vault and it lists none.
pub(in crate::workload) fn listing(
    case: &Case<'_>,
    stated: &Stated,
    into_vault: bool,
) -> Result<Restated, Impossible> {
    if !stated.containers.is_empty() || stated.auto_protection.is_some() {
        return Ok(Restated::default());
    }
    Ok(match parameters(case, into_vault)? {
        Some(BackupParameters::Containers(listed)) => {
            Restated { listed: Some(listed), ..Restated::default() }
        }
        Some(BackupParameters::Cluster(_) | BackupParameters::Disks(_)) | None => Restated::default(),
    })
}

#[cfg(test)]
mod tests {
    use holdfast_evaluator::Resource;

    use super::*;
    use crate::workload::storage_account::AutoProtection;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn account() -> Resource {
        let kind = "Microsoft.Storage/storageAccounts";
        Resource {
            id: format!("/subscriptions/s/resourceGroups/g/providers/{kind}/a"),
            resource_type: kind.to_owned(),
            name: "a".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "g".to_owned(),
            subscription: "s".to_owned(),
            tags: std::collections::BTreeMap::new(),
            sku: None,
            kind: None,
            body: "{}".to_owned(),
        }
    }

    fn kept<'a>(
        resource: &'a Resource,
        how: &'a Protection,
        stated: &'a Stated,
        goes_into_vault: bool,
    ) -> Kept<'a> {
        Kept { resource, how, stated, goes_into_vault, is_ours: true }
    }

    /// What an instance that lists `b` and `a` is to list, if others.
    fn relisted_as(there: &[&str]) -> Result<Option<Vec<String>>, Impossible> {
        let (resource, how) = (account(), Protection::default());
        let stated = Stated { containers: names(&["b", "a"]), ..Stated::default() };
        let kept = kept(&resource, &how, &stated, false);
        let restated = restated(&kept, &Dependencies::Containers(names(there)))?;
        Ok(restated.and_then(|restated| restated.containers))
    }

    #[test]
    fn containers_that_came_later_are_copied_as_well() {
        assert_eq!(relisted_as(&["a", "b", "c"]), Ok(Some(names(&["a", "b", "c"]))));
        assert_eq!(relisted_as(&["a"]), Ok(Some(names(&["a"]))));
    }

    #[test]
    fn the_same_containers_none_and_too_many_change_nothing() {
        assert_eq!(relisted_as(&["a", "b"]), Ok(None));
        assert_eq!(relisted_as(&[]), Ok(None));
        let many: Vec<String> = (0..101).map(|n| format!("c{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(relisted_as(&many).unwrap_err().code, "ContainerBound");
    }

    #[test]
    fn what_is_read_first_depends_on_what_is_decided_and_on_who_chooses() {
        use crate::Workload::AzureBlobs;
        let (resource, every) =
            (account(), Protection { blob_containers: Some(Items::All), ..Protection::default() });
        let named = Protection { blob_containers: Some(Items::Named(names(&["c"]))), ..every.clone() };
        let ask = |how: &Protection, stated: Stated| {
            AzureBlobs.restating(&kept(&resource, how, &stated, false)).unwrap()
        };
        let listed = Stated { containers: names(&["a"]), ..Stated::default() };
        assert_eq!(ask(&every, listed.clone()), Restating::AfterReading);
        let now = Restated { containers: Some(names(&["c"])), ..Restated::default() };
        assert_eq!(ask(&named, listed.clone()), Restating::Now(now));
        assert_eq!(
            ask(&every, Stated::default()),
            Restating::Nothing,
            "it is backed up in the account alone"
        );
        let automatic = Some(AutoProtection { excluded_prefixes: Vec::new() });
        assert_eq!(ask(&named, Stated { auto_protection: automatic, ..listed }), Restating::Nothing);
    }

    #[test]
    fn what_goes_into_the_vault_later_lists_containers_as_what_is_protected_first() {
        use crate::Workload::AzureBlobs;
        let (resource, stated) = (account(), Stated::default());
        let every = Protection { tier: Some(holdfast_evaluator::Tier::Vault), ..Protection::default() };
        let named = Protection { blob_containers: Some(Items::Named(names(&["c"]))), ..every.clone() };
        let first = |listed: &[&str]| Restated { listed: Some(names(listed)), ..Restated::default() };
        let ask = |how| AzureBlobs.restating(&kept(&resource, how, &stated, true)).unwrap();
        assert_eq!(ask(&named), Restating::Now(first(&["c"])));
        assert_eq!(ask(&every), Restating::AfterReading);
        let read = |there: &[&str]| {
            let there = Dependencies::Containers(names(there));
            AzureBlobs.restated(&kept(&resource, &every, &stated, true), &there)
        };
        assert_eq!(read(&["a", "b"]), Ok(Some(first(&["a", "b"]))));
        assert_eq!(read(&[]).unwrap_err().code, Impossible::NOTHING_TO_BACK_UP);
        let automatic = Some(AutoProtection { excluded_prefixes: Vec::new() });
        let stated = Stated { auto_protection: automatic, ..Stated::default() };
        let left = AzureBlobs.restating(&kept(&resource, &named, &stated, true)).unwrap();
        assert_eq!(left, Restating::Nothing, "Azure chooses them");
    }
}
