//! On what a missing role is granted: Azure takes 4,000 role assignments in a subscription.

use holdfast_evaluator::GrantScope;

use crate::ResourceId;
use crate::roles::RoleAssignment;
use crate::workload::RoleNeed;

/// Role assignments that a subscription takes, with everything below it (official; fixed).
const LIMIT: usize = 4_000;

/// So many of one identity, and grants go to resource groups: a quarter of the limit, since the listing shows neither
/// those of other vaults nor those of people.
const NEAR: usize = LIMIT / 4;

/// How widely roles are granted for one datasource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Width {
    wanted: GrantScope,
    is_full: bool,
}

impl Width {
    /// As the rule set says; `is_full` if Azure has just refused an assignment because of its limit.
    pub(super) fn new(wanted: GrantScope, is_full: bool) -> Self {
        Self { wanted, is_full }
    }

    /// On what a role is granted that is needed on `narrow`, and why, if that needs to be told.
    pub(super) fn scope(
        self,
        need: &RoleNeed,
        narrow: ResourceId,
        principal: &str,
        existing: &[RoleAssignment],
    ) -> (ResourceId, Option<String>) {
        let held = || existing.iter().filter(|one| is_of(one, principal, &narrow)).count();
        match self.wanted {
            GrantScope::Datasource => (narrow, None),
            GrantScope::ResourceGroup => (on_group(need, narrow), None),
            GrantScope::Subscription => (on_subscription(need, narrow), None),
            GrantScope::Automatic if self.is_full => {
                let why = "the subscription takes no more role assignments than it has";
                automatic(need, narrow, why)
            }
            GrantScope::Automatic => match held() {
                held if held >= NEAR => {
                    let why = format!(
                        "the vault's identity holds {held} of the {LIMIT} role assignments that a subscription takes"
                    );
                    automatic(need, narrow, &why)
                }
                _ => (narrow, None),
            },
        }
    }
}

fn is_of(assignment: &RoleAssignment, principal: &str, datasource: &ResourceId) -> bool {
    let subscription = datasource.subscription_id().to_ascii_lowercase();
    let scope = assignment.scope.to_ascii_lowercase();
    let below = scope.strip_prefix(&subscription);
    assignment.principal.eq_ignore_ascii_case(principal)
        && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn automatic(need: &RoleNeed, narrow: ResourceId, why: &str) -> (ResourceId, Option<String>) {
    let scope = on_group(need, narrow.clone());
    let note = (scope != narrow).then(|| {
        let (role, group) = (need.role.display_name(), scope.name());
        format!("`{role}` is granted on resource group `{group}`, not on `{}` alone: {why}", narrow.name())
    });
    (scope, note)
}

fn on_group(need: &RoleNeed, narrow: ResourceId) -> ResourceId {
    if need.may_be_on_group() { narrow.resource_group_id().unwrap_or(narrow) } else { narrow }
}

fn on_subscription(need: &RoleNeed, narrow: ResourceId) -> ResourceId {
    if need.may_be_on_subscription() { narrow.subscription_id().parse().unwrap_or(narrow) } else { narrow }
}
