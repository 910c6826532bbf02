//! Names of containers and items: words joined by `;`, of which the first is spelled by the service, whatever a caller writes,
//! while the others stay as they came (recorded).

use super::kind::{Form, Kind};
use crate::wire::path::{group_of, name_of};

/// What a container stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Machine,
    Account,
    /// A virtual machine with database servers in it.
    Server,
    /// An availability group of SQL Server.
    Group,
}

const HOLDERS: [Holder; 4] = [Holder::Machine, Holder::Account, Holder::Server, Holder::Group];

/// The first word of an item's name, as answers spell it.
const ITEMS: [(Holder, Kind, &str); 6] = [
    (Holder::Machine, Kind::Machine, "VM"),
    (Holder::Account, Kind::Share, "AzureFileShare"),
    (Holder::Server, Kind::Database(Form::Sql), "SQLDataBase"),
    (Holder::Server, Kind::Database(Form::Hana), "SAPHanaDatabase"),
    (Holder::Server, Kind::Database(Form::HanaInstance), "SAPHanaDBInstance"),
    (Holder::Group, Kind::Database(Form::Sql), "SQLDataBase"),
];

impl Holder {
    /// The one whose `backupManagementType` is `word`; of databases, the virtual machine.
    pub(super) fn managed_by(word: &str) -> Option<Self> {
        HOLDERS.into_iter().find(|one| one.management().eq_ignore_ascii_case(word))
    }

    /// `backupManagementType`.
    pub(super) fn management(self) -> &'static str {
        match self {
            Self::Machine => Kind::Machine.management(),
            Self::Account => Kind::Share.management(),
            Self::Server | Self::Group => Kind::Database(Form::Sql).management(),
        }
    }

    /// The first word of its name.
    fn word(self) -> &'static str {
        match self {
            Self::Machine => "IaasVMContainer",
            Self::Account => "StorageContainer",
            Self::Server => "VMAppContainer",
            Self::Group => "SQLAGWorkLoadContainer",
        }
    }

    /// The second words that its name may have, before a group and a name.
    fn versions(self) -> &'static [&'static str] {
        match self {
            Self::Machine => &["iaasvmcontainerv2", "iaasvmcontainer"],
            Self::Account => &["storage", "classicstorage"],
            Self::Server => &["compute", "classiccompute"],
            Self::Group => &[],
        }
    }
}

/// A container's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContainerName {
    pub(super) holder: Holder,
    /// What follows the first word, such as `iaasvmcontainerv2;rg;vm`.
    pub(super) tail: String,
}

impl ContainerName {
    /// Reads `IaasVMContainer;iaasvmcontainerv2;{group};{machine}`, `StorageContainer;Storage;{group};{account}`,
    /// `VMAppContainer;Compute;{group};{machine}` or `SQLAGWorkLoadContainer;{guid}`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (first, tail) = name.split_once(';')?;
        let holder = HOLDERS.into_iter().find(|one| one.word().eq_ignore_ascii_case(first))?;
        let parts: Vec<&str> = tail.split(';').collect();
        let fits = match (holder, parts.as_slice()) {
            (Holder::Group, [guid]) => !guid.is_empty(),
            (_, [version, group, name]) => {
                holder.versions().iter().any(|known| known.eq_ignore_ascii_case(version))
                    && !group.is_empty()
                    && !name.is_empty()
            }
            _ => false,
        };
        fits.then(|| Self { holder, tail: tail.to_owned() })
    }

    /// The name as answers spell it.
    pub(super) fn spelled(&self) -> String {
        format!("{};{}", self.holder.word(), self.tail)
    }

    /// The same in lower case, by which containers are found.
    pub(super) fn key(&self) -> String {
        self.spelled().to_ascii_lowercase()
    }

    /// Whether the container is that of the resource `id`, by the names of its group and its own.
    pub(super) fn is_of(&self, id: &str) -> bool {
        let mut parts = self.tail.split(';').skip(1);
        let same =
            |part: Option<&str>, other: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(other));
        same(parts.next(), group_of(id).unwrap_or_default()) && same(parts.next(), name_of(id))
    }
}

/// What an item of this name protects, and the name as answers spell it: `VM;iaasvmcontainerv2;{group};{machine}`,
/// `AzureFileShare;{system name}`, `SQLDataBase;{instance};{database}`.
pub(super) fn item(holder: Holder, name: &str) -> Option<(Kind, String)> {
    let (first, tail) = name.split_once(';')?;
    let (_, kind, word) =
        ITEMS.into_iter().find(|(known, _, word)| *known == holder && word.eq_ignore_ascii_case(first))?;
    let named = !tail.is_empty() && (!matches!(kind, Kind::Database(_)) || tail.split(';').count() == 2);
    named.then(|| (kind, format!("{word};{tail}")))
}

#[test]
fn the_service_spells_the_first_word_and_keeps_the_others() {
    let machine = ContainerName::parse("iaasvmcontainer;iaasvmcontainerv2;RG;Vm1").unwrap();
    assert_eq!(machine.spelled(), "IaasVMContainer;iaasvmcontainerv2;RG;Vm1");
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1";
    assert!(machine.is_of(id) && !machine.is_of(&id.replace("vm1", "vm2")));
    assert_eq!(ContainerName::parse("StorageContainer;Storage;rg"), None);
    assert_eq!(ContainerName::parse("VMAppContainer;Storage;rg;vm"), None);
    assert_eq!(
        item(Holder::Machine, "vm;iaasvmcontainerv2;RG;Vm1"),
        Some((Kind::Machine, "VM;iaasvmcontainerv2;RG;Vm1".to_owned()))
    );
    assert_eq!(
        item(Holder::Account, "azurefileshare;abc"),
        Some((Kind::Share, "AzureFileShare;abc".to_owned()))
    );
    assert_eq!(item(Holder::Account, "vm;abc"), None);
}

#[test]
fn databases_are_named_by_instance_and_name_below_a_machine_or_a_group() {
    let server = ContainerName::parse("vmappcontainer;compute;RG;Sql1").unwrap();
    assert_eq!(server.spelled(), "VMAppContainer;compute;RG;Sql1");
    assert_eq!(
        item(server.holder, "sqldatabase;mssqlserver;msdb"),
        Some((Kind::Database(Form::Sql), "SQLDataBase;mssqlserver;msdb".to_owned()))
    );
    assert_eq!(item(server.holder, "sqldatabase;msdb"), None);
    let group = ContainerName::parse("sqlagworkloadcontainer;0b6f").unwrap();
    assert_eq!(group.holder, Holder::Group);
    assert_eq!(item(group.holder, "saphanadatabase;hxe;hxe"), None);
}
