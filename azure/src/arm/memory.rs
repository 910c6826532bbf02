//! What was read a moment ago, shared by the looks of a process.
//!
//! Safe because it only ever begins a plan: Azure refuses what no longer holds, and anyone who doubts what
//! came of it drops what was read before it began ([`Memory::forget`]) and plans again. What we write is
//! seen at once. Instances are never remembered: whether something is protected is always asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdfast_protection::family::Family;
use holdfast_protection::policy::Policy;
use holdfast_protection::roles::{RoleAssignment, RoleGrant};
use holdfast_protection::snapshot_group::SnapshotGroup;
use holdfast_protection::vault::Vault;
use holdfast_protection::workload::in_machine::Host;
use holdfast_protection::{AzureError, ResourceId};
use tokio::sync::OnceCell;

use super::recovery_services::Listed;

/// How long a value is good for: a burst shares it, and a person's change is soon seen.
const GOOD_FOR: Duration = Duration::from_secs(60);

/// Values that plans begin with. Keys are lower-case and begin with the subscription's id.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) vaults: Kept<Vec<Vault>>,
    pub(super) policies: Kept<Vec<Policy>>,
    pub(super) roles: Kept<Vec<RoleAssignment>>,
    pub(super) snapshot_groups: Kept<Option<SnapshotGroup>>,
    /// Machines that vaults know, and what the vaults list in machines.
    pub(super) hosts: Kept<Option<Host>>,
    pub(super) in_machines: Kept<Vec<Listed>>,
    /// How many backup instances each vault has.
    pub(super) instance_counts: Kept<BTreeMap<String, u32>>,
}

impl Memory {
    /// Key of what belongs to a whole subscription.
    pub(super) fn of_subscription(subscription: &str) -> String {
        format!("/subscriptions/{}/", subscription.to_ascii_lowercase())
    }

    /// Key of the vaults of one family in a subscription.
    pub(super) fn of_vaults(family: Family, subscription: &str) -> String {
        format!("{}{}", Self::of_subscription(subscription), family.vault_type().to_ascii_lowercase())
    }

    /// Key of the roles of a principal in a subscription.
    pub(super) fn of_principal(subscription: &str, principal: &str) -> String {
        format!("{}{}", Self::of_subscription(subscription), principal.to_ascii_lowercase())
    }

    /// Drops what was read of a subscription before `moment`; whether there was any.
    pub(super) fn forget(&self, subscription: &str, moment: Duration) -> bool {
        let key = Self::of_subscription(subscription);
        let dropped = [
            self.vaults.forget(&key, moment),
            self.policies.forget(&key, moment),
            self.roles.forget(&key, moment),
            self.snapshot_groups.forget(&key, moment),
            self.instance_counts.forget(&key, moment),
            self.hosts.forget(&key, moment),
            self.in_machines.forget(&key, moment),
        ];
        dropped.contains(&true)
    }

    /// Something was written: what was read of it no longer holds.
    pub(super) fn written(&self, path: &str) {
        let path = path.to_ascii_lowercase();
        if !path.contains("/providers/") && path.contains("/resourcegroups/") {
            self.snapshot_groups.forget(&path, Duration::MAX);
            return;
        }
        let of_machines = path.contains("/protectioncontainers/") && !path.contains("/protecteditems/");
        if of_machines || path.contains("/backupprotectionintent/") {
            let vault = path.split("/backupfabrics/").next().unwrap_or_default();
            self.hosts.forget(vault, Duration::MAX);
            self.in_machines.forget(vault, Duration::MAX);
            return;
        }
        // What does not name a thing is a call about it, such as a validation.
        let Ok(id) = path.parse::<ResourceId>() else { return };
        let Some(family) = Family::of(&id) else { return };
        let key = Self::of_subscription(id.subscription());
        if id.resource_type().eq_ignore_ascii_case(family.vault_type()) {
            self.vaults.forget(&key, Duration::MAX);
        } else if Family::is_policy(&id) {
            self.policies.forget(&key, Duration::MAX);
        }
    }

    /// We granted a role: the lists that lack it are completed, not read again.
    pub(super) fn granted(&self, grant: &RoleGrant) {
        let assignment = RoleAssignment {
            role_guid: grant.role.guid().to_owned(),
            scope: grant.scope.to_string(),
            principal: grant.principal.clone(),
        };
        self.roles.change(&Self::of_principal(grant.scope.subscription(), &grant.principal), |roles| {
            if !roles.contains(&assignment) {
                roles.push(assignment);
            }
        });
    }
}

/// Values of one kind, by key.
#[derive(Debug)]
pub(super) struct Kept<T> {
    values: Mutex<HashMap<String, Value<T>>>,
}

#[derive(Debug, Clone)]
struct Value<T> {
    asked: Duration,
    cell: Arc<OnceCell<T>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { values: Mutex::default() }
    }
}

impl<T: Clone> Kept<T> {
    /// The value, read at most once by all who want it at the same time.
    pub(super) async fn or_read(
        &self,
        key: String,
        now: Duration,
        read: impl Future<Output = Result<T, AzureError>>,
    ) -> Result<T, AzureError> {
        let cell = self.cell(key, now);
        cell.get_or_try_init(|| read).await.cloned()
    }

    fn cell(&self, key: String, now: Duration) -> Arc<OnceCell<T>> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.retain(|_, value| now.saturating_sub(value.asked) < GOOD_FOR);
        let fresh = || Value { asked: now, cell: Arc::default() };
        Arc::clone(&values.entry(key).or_insert_with(fresh).cell)
    }

    /// Drops what was asked for before `moment` under keys that begin with `prefix`.
    fn forget(&self, prefix: &str, moment: Duration) -> bool {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let before = values.len();
        values.retain(|key, value| !key.starts_with(prefix) || value.asked >= moment);
        values.len() < before
    }

    /// Changes a value that is there; one that is being read is dropped, for it may lack the change.
    fn change(&self, key: &str, change: impl FnOnce(&mut T)) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(value) = values.remove(key) else { return };
        // Copied only while somebody is reading it: a burst of grants would copy a growing list each time.
        let known = match Arc::try_unwrap(value.cell) {
            Ok(cell) => cell.into_inner(),
            Err(shared) => shared.get().cloned(),
        };
        if let Some(mut known) = known {
            change(&mut known);
            let cell = Arc::new(OnceCell::new_with(Some(known)));
            values.insert(key.to_owned(), Value { asked: value.asked, cell });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use holdfast_protection::roles::Role;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn ask(kept: &Kept<u32>, now: Duration, reads: &AtomicU32) -> u32 {
        let read = async {
            tokio::task::yield_now().await;
            Ok(reads.fetch_add(1, Ordering::SeqCst))
        };
        kept.or_read("/subscriptions/s/".to_owned(), now, read).await.unwrap()
    }

    #[tokio::test]
    async fn those_who_ask_at_the_same_time_share_one_call() {
        let (kept, reads) = (Kept::default(), AtomicU32::new(0));
        let asked: Vec<_> = (0..20).map(|_| ask(&kept, SECOND, &reads)).collect();
        assert_eq!(futures::future::join_all(asked).await, [0; 20]);
        assert_eq!(ask(&kept, SECOND * 60, &reads).await, 0);
        assert_eq!(ask(&kept, SECOND * 61, &reads).await, 1, "a minute is over");
    }

    #[tokio::test]
    async fn a_failed_read_is_not_remembered() {
        let kept = Kept::<u32>::default();
        let failed = async { Err(AzureError::Throttled { action: "x".into(), retry_after: SECOND }) };
        kept.or_read("k".into(), SECOND, failed).await.unwrap_err();
        assert_eq!(kept.or_read("k".into(), SECOND, async { Ok(7) }).await, Ok(7));
    }

    /// Counts how often it was copied.
    struct Copied(Arc<AtomicU32>);

    impl Clone for Copied {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, Ordering::SeqCst);
            Self(self.0.clone())
        }
    }

    #[tokio::test]
    async fn a_change_copies_nothing_that_nobody_is_reading() {
        let (kept, copies) = (Kept::default(), Arc::new(AtomicU32::new(0)));
        let value = Copied(copies.clone());
        drop(kept.or_read("k".to_owned(), SECOND, async { Ok(value) }).await);
        let before = copies.load(Ordering::SeqCst);
        for _ in 0..100 {
            kept.change("k", |_| ());
        }
        assert_eq!(copies.load(Ordering::SeqCst), before);
        kept.or_read("k".to_owned(), SECOND, async { panic!("it was forgotten") }).await.unwrap();
    }

    #[tokio::test]
    async fn who_doubts_reads_again_what_was_read_before() {
        let (kept, reads) = (Kept::default(), AtomicU32::new(0));
        ask(&kept, SECOND, &reads).await;
        assert!(kept.forget("/subscriptions/s/", SECOND * 2));
        ask(&kept, SECOND * 2, &reads).await;
        assert!(!kept.forget("/subscriptions/s/", SECOND * 2), "it is as new as the doubt");
    }

    #[tokio::test]
    async fn what_we_write_is_seen_at_once_in_every_family() {
        let group = "/subscriptions/s/resourceGroups/g/providers";
        let machine = "backupFabrics/Azure/protectionContainers/c;x/protectedItems/i;x";
        for (family, instance) in
            [(Family::BackupVault, "backupInstances/i"), (Family::RecoveryServices, machine)]
        {
            let memory = Memory::default();
            let key = Memory::of_vaults(family, "S");
            let subscription = Memory::of_subscription("S");
            let vaults = || memory.vaults.or_read(key.clone(), SECOND, async { Ok(Vec::new()) });
            let vault = format!("{group}/{}/v", family.vault_type());
            vaults().await.unwrap();
            for elsewhere in [format!("{vault}/{instance}"), format!("{vault}/validateForBackup")] {
                memory.written(&elsewhere);
                assert!(memory.vaults.forget(&subscription, Duration::MAX), "{elsewhere} is not a vault");
                vaults().await.unwrap();
            }
            memory.written(&vault);
            assert!(!memory.vaults.forget(&subscription, Duration::MAX), "{vault} was dropped");

            let policies = memory.policies.or_read(vault.to_lowercase(), SECOND, async { Ok(Vec::new()) });
            policies.await.unwrap();
            memory.written(&format!("{vault}/backupPolicies/p"));
            assert!(!memory.policies.forget(&subscription, Duration::MAX), "{family:?} has another policy");
        }
    }

    #[tokio::test]
    async fn the_vaults_of_two_families_are_kept_apart() {
        let memory = Memory::default();
        for family in Family::ALL {
            let reads = AtomicU32::new(0);
            let read = async {
                reads.fetch_add(1, Ordering::SeqCst);
                Ok(Vec::new())
            };
            memory.vaults.or_read(Memory::of_vaults(family, "s"), SECOND, read).await.unwrap();
            assert_eq!(reads.load(Ordering::SeqCst), 1, "{family:?}");
        }
    }

    #[tokio::test]
    async fn a_role_that_we_grant_is_seen_at_once() {
        let memory = Memory::default();
        let key = Memory::of_principal("s", "P");
        let roles = || memory.roles.or_read(key.clone(), SECOND, async { Ok(Vec::new()) });
        roles().await.unwrap();
        let scope = "/subscriptions/s/resourceGroups/g".parse().unwrap();
        memory.granted(&RoleGrant { role: Role::Reader, scope, principal: "p".into() });
        assert_eq!(roles().await.unwrap().len(), 1);
    }
}
