//! Names of containers and items: words joined by `;`, of which the first is spelled by the service, whatever a caller writes,
//! while the others stay as they came (recorded).

use super::kind::Kind;
use crate::wire::path::{group_of, name_of};

/// The first word of a container's name and of an item's, as answers spell them.
const WORDS: [(Kind, &str, &str); 2] =
    [(Kind::Machine, "IaasVMContainer", "VM"), (Kind::Share, "StorageContainer", "AzureFileShare")];

/// A container's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContainerName {
    pub(super) kind: Kind,
    /// What follows the first word, such as `iaasvmcontainerv2;rg;vm`.
    pub(super) tail: String,
}

impl ContainerName {
    /// Reads `IaasVMContainer;iaasvmcontainerv2;{group};{machine}` or `StorageContainer;Storage;{group};{account}`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (first, tail) = name.split_once(';')?;
        let (kind, ..) = WORDS.into_iter().find(|(_, word, _)| word.eq_ignore_ascii_case(first))?;
        let version = tail.split(';').next()?;
        let known = match kind {
            Kind::Machine => ["iaasvmcontainerv2", "iaasvmcontainer"],
            Kind::Share => ["storage", "classicstorage"],
        };
        let fits = tail.split(';').count() == 3 && tail.split(';').all(|part| !part.is_empty());
        (fits && known.iter().any(|known| known.eq_ignore_ascii_case(version)))
            .then(|| Self { kind, tail: tail.to_owned() })
    }

    /// The name as answers spell it.
    pub(super) fn spelled(&self) -> String {
        let first = WORDS.iter().find(|(kind, ..)| *kind == self.kind).map_or("", |(_, word, _)| word);
        format!("{first};{}", self.tail)
    }

    /// Whether the container is that of the resource `id`, by the names of its group and its own.
    pub(super) fn is_of(&self, id: &str) -> bool {
        let mut parts = self.tail.split(';').skip(1);
        let same =
            |part: Option<&str>, other: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(other));
        same(parts.next(), group_of(id).unwrap_or_default()) && same(parts.next(), name_of(id))
    }
}

/// The name of an item of this kind as answers spell it: `VM;iaasvmcontainerv2;{group};{machine}`, `AzureFileShare;{system name}`.
pub(super) fn item(kind: Kind, name: &str) -> Option<String> {
    let (first, tail) = name.split_once(';')?;
    let (.., word) = WORDS.into_iter().find(|(known, ..)| *known == kind)?;
    (word.eq_ignore_ascii_case(first) && !tail.is_empty()).then(|| format!("{word};{tail}"))
}

#[test]
fn the_service_spells_the_first_word_and_keeps_the_others() {
    let machine = ContainerName::parse("iaasvmcontainer;iaasvmcontainerv2;RG;Vm1").unwrap();
    assert_eq!(machine.spelled(), "IaasVMContainer;iaasvmcontainerv2;RG;Vm1");
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1";
    assert!(machine.is_of(id) && !machine.is_of(&id.replace("vm1", "vm2")));
    assert_eq!(ContainerName::parse("StorageContainer;Storage;rg"), None);
    assert_eq!(ContainerName::parse("VMAppContainer;Compute;rg;vm"), None);
    assert_eq!(
        item(Kind::Machine, "vm;iaasvmcontainerv2;RG;Vm1").as_deref(),
        Some("VM;iaasvmcontainerv2;RG;Vm1")
    );
    assert_eq!(item(Kind::Share, "azurefileshare;abc").as_deref(), Some("AzureFileShare;abc"));
    assert_eq!(item(Kind::Share, "vm;abc"), None);
}
