//! Built-in definitions that only look: they protect nothing, so no binding stands for one. What each would find is said instead.

/// A built-in definition of Azure Policy that audits backup.
#[derive(Debug, PartialEq, Eq)]
pub struct Audit {
    /// Last segment of its id.
    pub id: &'static str,
    /// Display name, without the mark of a preview.
    pub title: &'static str,
    /// What it finds, and what of Holdfast shows the same.
    pub finds: &'static str,
}

impl Audit {
    /// All that are known.
    pub fn all() -> &'static [Self] {
        &AUDITS
    }

    /// The definition with this id, or with this last segment of it.
    pub fn find(definition: &str) -> Option<&'static Self> {
        let last = definition.rsplit('/').next()?;
        Self::all().iter().find(|audit| audit.id.eq_ignore_ascii_case(last))
    }
}

const AUDITS: [Audit; 11] = [
    Audit {
        id: "013e242c-8828-4970-87b3-ab247555486d",
        title: "Azure Backup should be enabled for Virtual Machines",
        finds: "virtual machines that no vault backs up; `holdfast protection --state unprotected` lists the same, and \
                `holdfast decide` says whether the rules mean it",
    },
    Audit {
        id: "0b0434ec-2bad-4229-965f-bb7ae5a71257",
        title: "Azure Backup should be enabled for AKS clusters",
        finds: "clusters without a backup instance; `holdfast protection --state unprotected` lists the same",
    },
    Audit {
        id: "fda9cd0b-094c-4cd5-ac2a-5e06e5277c45",
        title: "Azure Backup Extension should be installed in AKS clusters",
        finds: "clusters without the backup extension; Holdfast names each that the rules protect, with the command that \
                installs it",
    },
    Audit {
        id: "d6f6f560-14b7-49a4-9fc8-d2c3a9807868",
        title: "Immutability must be enabled for Recovery Services vaults",
        finds: "vaults that are not immutable; `holdfast vaults` shows it of each vault",
    },
    Audit {
        id: "2514263b-bc0d-4b06-ac3e-f262c0979018",
        title: "Immutability must be enabled for backup vaults",
        finds: "vaults that are not immutable; `holdfast vaults` shows it of each vault",
    },
    Audit {
        id: "31b8092a-36b8-434b-9af7-5ec844364148",
        title: "Soft delete must be enabled for Recovery Services Vaults",
        finds: "vaults without soft delete; `holdfast vaults` shows it of each vault",
    },
    Audit {
        id: "9798d31d-6028-4dee-8643-46102185c016",
        title: "Soft delete should be enabled for Backup Vaults",
        finds: "vaults without soft delete; `holdfast vaults` shows it of each vault",
    },
    Audit {
        id: "c7031eab-0fc0-4cd9-acd0-4497bd66d91a",
        title: "Multi-User Authorization (MUA) must be enabled for Recovery Services Vaults",
        finds: "vaults without a resource guard; `holdfast vaults` shows it of each vault",
    },
    Audit {
        id: "c58e083e-7982-4e24-afdc-be14d312389e",
        title: "Multi-User Authorization (MUA) must be enabled for Backup Vaults",
        finds: "vaults without a resource guard; `holdfast vaults` shows it of each vault",
    },
    Audit {
        id: "2e94d99a-8a36-4563-bc77-810d8893b671",
        title: "Azure Recovery Services vaults should use customer-managed keys for encrypting backup data",
        finds: "vaults that are encrypted with Microsoft's keys; `holdfast vaults` shows which have a key of yours",
    },
    Audit {
        id: "9ebbbba3-4d65-4da9-bb67-b22cfaaff090",
        title: "Azure Recovery Services vaults should disable public network access",
        finds: "vaults that are reached from public networks; `holdfast vaults` shows which are not",
    },
];

#[test]
fn an_audit_is_found_by_its_id_and_is_no_definition_that_protects() {
    let id = "/providers/Microsoft.Authorization/policyDefinitions/013E242C-8828-4970-87b3-ab247555486d";
    assert!(Audit::find(id).unwrap().finds.contains("virtual machines"));
    assert_eq!(Audit::find("09ce66bc-1220-4153-8104-e3f51c936913"), None);
    for (at, one) in Audit::all().iter().enumerate() {
        assert!(crate::Builtin::find(one.id).is_none(), "{}", one.title);
        assert_eq!(Audit::all().iter().rposition(|other| other.id == one.id), Some(at), "{}", one.title);
    }
}
