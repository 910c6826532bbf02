//! The built-in definitions that protect data, as Microsoft publishes them.

use std::fmt;

use crate::parameter::{Parameter, list, required, required_list, text, truth};

/// A built-in definition of Azure Policy that protects data.
#[derive(Debug, PartialEq, Eq)]
pub struct Builtin {
    /// Last segment of its id.
    pub id: &'static str,
    /// The version whose conditions are reproduced.
    pub version: &'static str,
    /// Display name, without the mark of a preview.
    pub title: &'static str,
    /// What it protects.
    pub(crate) target: Target,
    pub(crate) tag: TagUse,
    pub(crate) vault: VaultUse,
    /// All but `effect`.
    pub(crate) parameters: &'static [Parameter],
}

/// What a definition protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    VirtualMachine,
    Disk,
    Blobs,
    FileShare,
    Cluster,
}

/// How a definition uses its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagUse {
    /// Takes what has it; without a tag name or values, nothing.
    IncludeElseNothing { name: &'static str, values: &'static str },
    /// Takes what has it; without a tag name or values, everything.
    IncludeElseEverything { name: &'static str, values: &'static str },
    /// Leaves out what has it; without a tag name or values, nothing.
    Exclude { name: &'static str, values: &'static str },
}

/// Into which vault a definition protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VaultUse {
    /// That of the policy that `backupPolicyId` names, for resources in `vaultLocation`.
    Existing,
    /// One beside the virtual machine, wherever that is.
    NewByName,
    /// The one that `vaultName` names, for resources in `vaultLocation`.
    NewNamed,
    /// None: only the extension in the cluster is installed, for clusters in `location`.
    None,
}

impl Builtin {
    /// All that can be imported.
    pub fn all() -> &'static [Self] {
        &BUILTINS
    }

    /// The definition with this id, or with this last segment of it.
    pub fn find(definition: &str) -> Option<&'static Self> {
        let last = definition.rsplit('/').next()?;
        Self::all().iter().find(|builtin| builtin.id.eq_ignore_ascii_case(last))
    }

    /// The resource type that it selects from.
    pub fn resource_type(&self) -> &'static str {
        match self.target {
            Target::VirtualMachine => "Microsoft.Compute/virtualMachines",
            Target::Disk => "Microsoft.Compute/disks",
            Target::Blobs => "Microsoft.Storage/storageAccounts",
            Target::FileShare => "Microsoft.Storage/storageAccounts/fileServices/shares",
            Target::Cluster => "Microsoft.ContainerService/managedClusters",
        }
    }

    /// Whether it has this parameter; names are compared without case.
    pub fn takes(&self, parameter: &str) -> bool {
        self.parameter(parameter).is_some() || parameter.eq_ignore_ascii_case("effect")
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn parameter_names(&self) -> String {
        let names: Vec<&str> =
            self.parameters.iter().map(|parameter| parameter.name).chain(["effect"]).collect();
        names.join(", ")
    }

    /// Name of the parameter that holds the location, if the location matters.
    pub(crate) fn location(&self) -> Option<&'static str> {
        match self.vault {
            VaultUse::Existing | VaultUse::NewNamed => Some("vaultLocation"),
            VaultUse::None => Some("location"),
            VaultUse::NewByName => None,
        }
    }
}

impl fmt::Display for Builtin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.title)
    }
}

const INCLUDE: &str = "inclusionTagName";
const EXCLUDE: &str = "exclusionTagName";
const LOCATION: Parameter = required("vaultLocation");
const POLICY: Parameter = required("backupPolicyId");
const SNAPSHOTS: Parameter = required("snapshotResourceGroupName");
const REGISTER: &str = "registerStorageAccount";
const POLICY_NAME: Parameter = text("policyName", "DefaultBackupPolicy");

const fn nothing(values: &'static str) -> TagUse {
    TagUse::IncludeElseNothing { name: INCLUDE, values }
}

const fn everything(values: &'static str) -> TagUse {
    TagUse::IncludeElseEverything { name: INCLUDE, values }
}

const fn exclude(values: &'static str) -> TagUse {
    TagUse::Exclude { name: EXCLUDE, values }
}

static BUILTINS: [Builtin; 14] = [
    Builtin {
        id: "09ce66bc-1220-4153-8104-e3f51c936913",
        version: "9.3.0",
        title: "Configure backup on virtual machines without a given tag to an existing recovery services vault in the same location",
        target: Target::VirtualMachine,
        tag: exclude("exclusionTagValue"),
        vault: VaultUse::Existing,
        parameters: &[LOCATION, POLICY, text(EXCLUDE, ""), list("exclusionTagValue")],
    },
    Builtin {
        id: "345fa903-145c-4fe1-8bcd-93ec2adccde8",
        version: "9.3.0",
        title: "Configure backup on virtual machines with a given tag to an existing recovery services vault in the same location",
        target: Target::VirtualMachine,
        tag: nothing("inclusionTagValue"),
        vault: VaultUse::Existing,
        parameters: &[LOCATION, POLICY, text(INCLUDE, ""), required_list("inclusionTagValue")],
    },
    Builtin {
        id: "98d0b9f8-fd90-49c9-88e2-d3baf3b0dd86",
        version: "9.3.0",
        title: "Configure backup on virtual machines without a given tag to a new recovery services vault with a default policy",
        target: Target::VirtualMachine,
        tag: exclude("exclusionTagValue"),
        vault: VaultUse::NewByName,
        parameters: &[text(EXCLUDE, ""), list("exclusionTagValue")],
    },
    Builtin {
        id: "83644c87-93dd-49fe-bf9f-6aff8fd0834e",
        version: "9.3.0",
        title: "Configure backup on virtual machines with a given tag to a new recovery services vault with a default policy",
        target: Target::VirtualMachine,
        tag: everything("inclusionTagValue"),
        vault: VaultUse::NewByName,
        parameters: &[text(INCLUDE, ""), list("inclusionTagValue")],
    },
    Builtin {
        id: "7b5a3b1d-d2e1-4c0b-9f3b-ad0b9a2283f4",
        version: "1.0.0-preview",
        title: "Configure backup for Azure Disks (Managed Disks) with a given tag to an existing backup vault in the same region",
        target: Target::Disk,
        tag: nothing("inclusionTagValues"),
        vault: VaultUse::Existing,
        parameters: &[LOCATION, POLICY, SNAPSHOTS, required(INCLUDE), required_list("inclusionTagValues")],
    },
    Builtin {
        id: "6e68865f-f3cd-48ec-9bba-54795672eaa4",
        version: "1.0.0-preview",
        title: "Configure backup for Azure Disks (Managed Disks) without a given tag to an existing backup vault in the same region",
        target: Target::Disk,
        tag: exclude("exclusionTagValues"),
        vault: VaultUse::Existing,
        parameters: &[LOCATION, POLICY, SNAPSHOTS, required(EXCLUDE), required_list("exclusionTagValues")],
    },
    Builtin {
        id: "615b01c4-d565-4f6f-8c6e-d130268e3a1a",
        version: "2.0.0-preview",
        title: "Configure backup for blobs on storage accounts with a given tag to an existing backup vault in the same region",
        target: Target::Blobs,
        tag: nothing("inclusionTagValues"),
        vault: VaultUse::Existing,
        parameters: &[LOCATION, POLICY, required(INCLUDE), required_list("inclusionTagValues")],
    },
    Builtin {
        id: "958dbd4e-0e20-4385-a082-d3f20c2a6ad8",
        version: "2.0.0-preview",
        title: "Configure blob backup for all storage accounts that do not contain a given tag to a backup vault in the same region",
        target: Target::Blobs,
        tag: exclude("exclusionTagValues"),
        vault: VaultUse::Existing,
        parameters: &[LOCATION, POLICY, required(EXCLUDE), required_list("exclusionTagValues")],
    },
    Builtin {
        id: "d8659d5a-a3bd-444d-98ea-570bceb568cf",
        version: "2.0.0-preview",
        title: "Configure backup for Azure Files Shares with a given tag to an existing recovery services vault in the same location",
        target: Target::FileShare,
        tag: everything("inclusionTagValues"),
        vault: VaultUse::Existing,
        parameters: &[
            truth(REGISTER, false),
            LOCATION,
            POLICY,
            text(INCLUDE, ""),
            list("inclusionTagValues"),
        ],
    },
    Builtin {
        id: "e159e079-0ddd-4905-97c9-79a8fca6d880",
        version: "2.0.0-preview",
        title: "Configure backup for Azure Files Shares without a given tag to an existing recovery services vault in the same location",
        target: Target::FileShare,
        tag: exclude("exclusionTagValue"),
        vault: VaultUse::Existing,
        parameters: &[truth(REGISTER, false), LOCATION, POLICY, text(EXCLUDE, ""), list("exclusionTagValue")],
    },
    Builtin {
        id: "f32ca068-2ada-4705-b5b5-84ce89422846",
        version: "1.0.0-preview",
        title: "Configure backup for Azure Files Shares with a given tag to a new recovery services vault with a new policy",
        target: Target::FileShare,
        tag: everything("inclusionTagValues"),
        vault: VaultUse::NewNamed,
        parameters: &[
            required("vaultName"),
            LOCATION,
            POLICY_NAME,
            text(INCLUDE, ""),
            list("inclusionTagValues"),
            truth(REGISTER, true),
        ],
    },
    Builtin {
        id: "9e47cad9-bcdb-42dd-8c9b-a81e15ca2842",
        version: "1.0.0-preview",
        title: "Configure backup for Azure Files Shares without a given tag to a new recovery services vault with a new policy",
        target: Target::FileShare,
        tag: exclude("exclusionTagValue"),
        vault: VaultUse::NewNamed,
        parameters: &[
            required("vaultName"),
            LOCATION,
            POLICY_NAME,
            text(EXCLUDE, ""),
            list("exclusionTagValue"),
            truth(REGISTER, true),
        ],
    },
    Builtin {
        id: "bdff5235-9f40-4a32-893f-38a03d5d607c",
        version: "1.0.0-preview",
        title: "Install Azure Backup Extension in AKS clusters (Managed Cluster) with a given tag",
        target: Target::Cluster,
        tag: nothing("inclusionTagValues"),
        vault: VaultUse::None,
        parameters: &[
            required("location"),
            required("storageAccountId"),
            required(INCLUDE),
            required_list("inclusionTagValues"),
        ],
    },
    Builtin {
        id: "9a021087-bba6-42fd-b535-bba75297566b",
        version: "1.0.0-preview",
        title: "Install Azure Backup Extension in AKS clusters (Managed Cluster) without a given tag",
        target: Target::Cluster,
        tag: exclude("exclusionTagValues"),
        vault: VaultUse::None,
        parameters: &[
            required("location"),
            required("storageAccountId"),
            required(EXCLUDE),
            required_list("exclusionTagValues"),
        ],
    },
];
