//! A machine as the vault knows it with which it is registered, and what runs in it.

use super::{DatabaseKind, MachineInquiry, MachineRegistration};
use crate::workload::Preparation;
use crate::{Refusal, ResourceId};

/// A machine that is registered with a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The machine.
    pub machine: ResourceId,
    /// The vault.
    pub vault: ResourceId,
    /// Its container there.
    pub container: ResourceId,
    /// The state of the databases of the kind that was asked for.
    pub hosting: Hosting,
}

/// The state of the databases of one kind in a registered machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosting {
    /// Azure works on the registration.
    Registering,
    /// The machine is registered for another kind of databases only.
    NotRegistered,
    /// Azure has not looked for databases yet.
    NotInquired,
    /// Azure's extension in the machine does not answer: it has to be registered again.
    Lost(Refusal),
    /// Azure looked for databases, and could not see them.
    Refused(Refusal),
    /// Azure has looked for databases.
    Known,
}

/// A database that a vault lists in a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosted {
    /// Its id.
    pub id: ResourceId,
    /// Why Azure could not back it up now, as its check before any backup says.
    pub refusal: Option<Refusal>,
    /// Whether it is protected, or was.
    pub has_item: bool,
}

impl Host {
    /// What has to be prepared before databases of this kind are known, if anything has.
    pub fn preparation(&self, databases: DatabaseKind) -> Option<Preparation> {
        let (container, vault) = (self.container.clone(), self.vault.clone());
        match &self.hosting {
            Hosting::NotRegistered | Hosting::Lost(_) => {
                let machine = self.machine.clone();
                let again = MachineRegistration { container, vault, machine, databases, again: true };
                Some(Preparation::RegisterMachine(again))
            }
            Hosting::NotInquired => {
                let inquired_databases = databases;
                Some(Preparation::InquireMachine(MachineInquiry { container, vault, inquired_databases }))
            }
            Hosting::Registering | Hosting::Refused(_) | Hosting::Known => None,
        }
    }

    /// The machine in words, with the kind of its databases.
    pub fn words(&self, kind: DatabaseKind) -> String {
        format!("virtual machine `{}` with its {}s", self.machine.name(), kind.holder_noun())
    }
}
