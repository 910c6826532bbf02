//! The id of a backup policy, which names its vault.

/// A backup policy of a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyId {
    pub(crate) id: String,
    pub(crate) kind: VaultKind,
}

/// The provider that a vault belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VaultKind {
    RecoveryServices,
    DataProtection,
}

impl PolicyId {
    /// Azure Policy takes subscription, resource group, vault and policy from segments 2, 4, 8 and
    /// 10 and looks at no other; this asks for a whole id.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let segments: Vec<&str> = id.trim_end_matches('/').split('/').collect();
        let ["", subscriptions, s, groups, group, providers, provider, vaults, vault, policies, policy] =
            segments.as_slice()
        else {
            return None;
        };
        let is = |found: &str, expected: &str| found.eq_ignore_ascii_case(expected);
        let kind = if is(provider, "Microsoft.RecoveryServices") && is(vaults, "vaults") {
            VaultKind::RecoveryServices
        } else if is(provider, "Microsoft.DataProtection")
            && (is(vaults, "backupVaults") || is(vaults, "vaults"))
        {
            VaultKind::DataProtection
        } else {
            return None;
        };
        let is_whole = is(subscriptions, "subscriptions")
            && is(groups, "resourceGroups")
            && is(providers, "providers")
            && is(policies, "backupPolicies")
            && [s, group, vault, policy].iter().all(|name| is_name(name));
        let vaults = match kind {
            VaultKind::RecoveryServices => "Microsoft.RecoveryServices/vaults",
            VaultKind::DataProtection => "Microsoft.DataProtection/backupVaults",
        };
        let id = format!(
            "/subscriptions/{s}/resourceGroups/{group}/providers/{vaults}/{vault}/backupPolicies/{policy}"
        );
        is_whole.then_some(Self { id, kind })
    }
}

/// Whether a text can be the name of something in Azure, and holds no placeholder.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['{', '}', '/', ' '])
}

impl VaultKind {
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::RecoveryServices => {
                "/subscriptions/.../resourceGroups/.../providers/Microsoft.RecoveryServices/vaults/.../backupPolicies/..."
            }
            Self::DataProtection => {
                "/subscriptions/.../resourceGroups/.../providers/Microsoft.DataProtection/backupVaults/.../backupPolicies/..."
            }
        }
    }
}
