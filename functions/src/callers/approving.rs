//! Whether anybody can be the second person whom an operation waits for, as keys have names here and roles are given.

use holdfast_evaluator::{DefaultRuling, OperationKind, ReviewDefaults};
use holdfast_protection::operations::{approver_roles, is_same_caller, nobody_can_approve};

use super::{Callers, Role};

impl Callers {
    /// Why nobody but `asker` can approve what takes one of these roles, and what to do; none if somebody else can.
    pub(crate) fn nobody_can_approve(&self, roles: &[String], asker: &str) -> Option<String> {
        if let Some(nobody) = nobody_can_approve(roles) {
            return Some(nobody.to_string());
        }
        let is_named = |role: &Role| roles.iter().any(|named| named.eq_ignore_ascii_case(role.as_str()));
        let named: Vec<Role> = Role::ALL.into_iter().filter(is_named).collect();
        if named.iter().any(|role| self.somebody_has(*role, asker)) {
            return None;
        }
        let words: Vec<&str> = named.iter().map(|role| role.as_str()).collect();
        let settings: Vec<&str> = named.iter().map(|role| role.setting()).collect();
        Some(format!(
            "nobody but who asks can have the role {} here, so nobody can approve it; give it to another person by app \
             setting {}, such as `key:<name>` of a key that HOLDFAST_KEYS names",
            words.join(" or "),
            settings.join(" or ")
        ))
    }

    /// The same of what the rule set has approved where no rule speaks, whoever asks.
    pub(crate) fn nobody_approves_by_default(&self, review: &ReviewDefaults) -> Option<String> {
        let is_approved = |kind: &OperationKind| review.of(*kind) == DefaultRuling::NeedsApproval;
        let nobody = OperationKind::ALL.into_iter().filter(is_approved).find_map(|kind| {
            let roles = approver_roles(kind, &review.approver_roles);
            // What no caller can have is told when the rule set is loaded.
            let can_be_had = nobody_can_approve(&roles).is_none();
            can_be_had.then(|| self.nobody_can_approve(&roles, "")).flatten()
        })?;
        Some(format!("what `[review]` of the rule set has approved waits in vain: {nobody}"))
    }

    /// Whether somebody else than `asker` may have a role, and is known by a name.
    fn somebody_has(&self, role: Role, asker: &str) -> bool {
        let mut others = self.keys.identities().filter(|one| !is_same_caller(&one.id, asker));
        let takes_principals = self.bearer.is_some() || self.by_app_service();
        others.any(|one| self.grants.roles_of(&one).contains(&role))
            || (takes_principals && self.grants.reach_principals(role, asker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callers::{Front, Grants, NamedKeys};

    const PERSON: &str = "9f1d4c52-2b0a-4a64-8f3c-1d5f0b6c7a88";

    fn callers(admins: &str) -> Callers {
        let mut grants = Grants::default();
        grants.give(Role::Admin, admins).unwrap();
        let keys = NamedKeys::read(&format!("alice={}, bob={}", "1".repeat(64), "2".repeat(64))).unwrap();
        Callers { front: Front::FunctionsHost, keys, app_service: false, bearer: None, grants }
    }

    fn roles(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_waits_for_a_role_that_nobody_else_has_waits_in_vain() {
        let admin = roles(&["Admin", "lead"]);
        for admins in ["", "key:alice", "key:carol", "role:Holdfast.Admin", PERSON] {
            let nobody = callers(admins).nobody_can_approve(&admin, "key:alice").unwrap();
            assert!(nobody.contains("the role admin here") && nobody.contains("HOLDFAST_ADMINS"), "{nobody}");
        }
        for admins in ["key:bob", "key:alice, key:bob", "function-key"] {
            assert_eq!(callers(admins).nobody_can_approve(&admin, "key:alice"), None, "{admins}");
        }
        let signing_in = |admins: &str| Callers { app_service: true, ..callers(admins) };
        assert_eq!(signing_in("role:Holdfast.Admin").nobody_can_approve(&admin, PERSON), None);
        assert_eq!(signing_in(PERSON).nobody_can_approve(&admin, "key:alice"), None);
        assert!(signing_in(PERSON).nobody_can_approve(&admin, PERSON).is_some());
    }

    #[test]
    fn what_waits_for_a_role_that_there_is_not_waits_in_vain() {
        let nobody = callers("key:bob").nobody_can_approve(&roles(&["lead"]), "key:alice").unwrap();
        assert!(nobody.starts_with("no caller can have the role `lead`"), "{nobody}");
    }

    #[test]
    fn a_rule_set_that_has_approved_what_nobody_can_approve_is_noticed() {
        let named = |words| ReviewDefaults { approver_roles: roles(words), ..ReviewDefaults::default() };
        let review = named(&["admin"]);
        assert_eq!(callers("key:alice").nobody_approves_by_default(&review), None);
        let nobody = callers("").nobody_approves_by_default(&review).unwrap();
        assert!(nobody.starts_with("what `[review]` ") && nobody.contains("HOLDFAST_ADMINS"), "{nobody}");
        let nothing = ReviewDefaults { default: Some(DefaultRuling::Allow), ..named(&["admin"]) };
        assert_eq!(callers("").nobody_approves_by_default(&nothing), None);
        assert_eq!(callers("").nobody_approves_by_default(&named(&["lead"])), None, "told at load");
    }
}
