//! Where an assignment holds: ids whose resources it selects from.

use std::collections::BTreeMap;
use std::fmt;

/// A scope of Azure Policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A subscription, a resource group or a resource: ids below it begin with its own.
    Id(String),
    /// A management group, by name.
    ManagementGroup(String),
}

/// Which subscriptions are in which management group, by its name in lower case.
pub(crate) type Members = BTreeMap<String, Vec<String>>;

impl Scope {
    /// The scope with this id; `None` if it is the id of none.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let segments: Vec<&str> = id.trim_matches('/').split('/').collect();
        let is = |found: &str, expected: &str| found.eq_ignore_ascii_case(expected);
        match segments.as_slice() {
            [providers, management, groups, name]
                if is(providers, "providers")
                    && is(management, "Microsoft.Management")
                    && is(groups, "managementGroups") =>
            {
                Some(Self::ManagementGroup((*name).to_owned()))
            }
            [subscriptions, subscription, ..]
                if is(subscriptions, "subscriptions") && !subscription.is_empty() =>
            {
                Some(Self::Id(format!("/{}", segments.join("/"))))
            }
            _ => None,
        }
    }

    /// The scope of an assignment, from the assignment's own id; `None` if it is the id of none.
    pub fn of_assignment(id: &str) -> Option<Self> {
        let at = id.to_ascii_lowercase().rfind("/providers/microsoft.authorization/policyassignments/")?;
        Self::parse(id.get(..at)?)
    }

    /// The ids that stand for it.
    ///
    /// # Errors
    ///
    /// Names the management group whose members are not known.
    pub(crate) fn ids(&self, members: &Members) -> Result<Vec<String>, String> {
        match self {
            Self::Id(id) => Ok(vec![id.clone()]),
            Self::ManagementGroup(name) => match members.get(&name.to_ascii_lowercase()) {
                Some(subscriptions) => Ok(subscriptions.iter().map(|own| subscription(own)).collect()),
                None => Err(name.clone()),
            },
        }
    }
}

impl fmt::Display for Scope {
    /// Its id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::ManagementGroup(name) => {
                write!(f, "/providers/Microsoft.Management/managementGroups/{name}")
            }
        }
    }
}

fn subscription(id_or_guid: &str) -> String {
    let trimmed = id_or_guid.trim_matches('/');
    if trimmed.contains('/') { format!("/{trimmed}") } else { format!("/subscriptions/{trimmed}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_what_stands_before_the_assignment() {
        let end = "/providers/Microsoft.Authorization/policyAssignments/x";
        let of = |scope: &str| Scope::of_assignment(&format!("{scope}{end}"));
        assert_eq!(of("/subscriptions/s"), Some(Scope::Id("/subscriptions/s".into())));
        assert_eq!(
            of("/subscriptions/s/resourceGroups/rg"),
            Some(Scope::Id("/subscriptions/s/resourceGroups/rg".into()))
        );
        let group = "/providers/Microsoft.Management/managementGroups/mg";
        assert_eq!(of(group), Some(Scope::ManagementGroup("mg".into())));
        for scope in ["/subscriptions/s/resourceGroups/rg", group] {
            assert_eq!(of(scope).map(|found| found.to_string()).as_deref(), Some(scope));
        }
        assert_eq!(of(""), None);
        assert_eq!(Scope::of_assignment("/subscriptions/s"), None);
    }

    #[test]
    fn a_management_group_stands_for_its_subscriptions() {
        let members =
            Members::from([("mg".to_owned(), vec!["a".to_owned(), "/subscriptions/b/".to_owned()])]);
        let ids = Scope::ManagementGroup("MG".into()).ids(&members);
        assert_eq!(ids, Ok(vec!["/subscriptions/a".to_owned(), "/subscriptions/b".to_owned()]));
        assert_eq!(Scope::ManagementGroup("other".into()).ids(&members), Err("other".to_owned()));
    }
}
