//! A database of a machine: its id, and the kinds that there are.

use holdfast_evaluator::Resource;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::MACHINES;
use crate::{ResourceId, ResourceIdError};

/// Kinds of databases in machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseKind {
    /// Databases of SQL Server.
    Sql,
    /// Databases of SAP HANA.
    Hana,
}

/// A database of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Which kind.
    pub kind: DatabaseKind,
    /// The machine.
    pub machine: ResourceId,
    /// The instance of SQL Server, or the system of SAP HANA.
    pub holder: String,
    /// Its name.
    pub name: String,
}

impl DatabaseKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Sql, Self::Hana];

    /// Type of its databases in their ids.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Sql => "Microsoft.Compute/virtualMachines/sqlInstances/databases",
            Self::Hana => "Microsoft.Compute/virtualMachines/hanaSystems/databases",
        }
    }

    fn collection(self) -> &'static str {
        match self {
            Self::Sql => "sqlInstances",
            Self::Hana => "hanaSystems",
        }
    }

    /// What people call that which holds its databases.
    pub fn holder_noun(self) -> &'static str {
        match self {
            Self::Sql => "SQL Server instance",
            Self::Hana => "SAP HANA system",
        }
    }

    /// With what the names of its items begin; also Azure's `workloadType` in requests.
    pub fn item_word(self) -> &'static str {
        match self {
            Self::Sql => "SQLDataBase",
            Self::Hana => "SAPHanaDatabase",
        }
    }

    /// Azure's `datasourceType`.
    pub fn datasource_type(self) -> &'static str {
        self.item_word()
    }
}

impl Database {
    /// The database that an id names, if it names one.
    pub fn of(id: &ResourceId) -> Option<Self> {
        let is_of = |kind: &DatabaseKind| id.resource_type().eq_ignore_ascii_case(kind.resource_type());
        let kind = DatabaseKind::ALL.into_iter().find(is_of)?;
        let holder = id.parent()?;
        Some(Self {
            kind,
            machine: holder.parent()?,
            holder: holder.name().to_owned(),
            name: id.name().to_owned(),
        })
    }

    /// Its id.
    pub fn id(&self) -> Result<ResourceId, ResourceIdError> {
        self.machine.child(self.kind.collection(), &self.holder)?.child("databases", &self.name)
    }

    /// As rules see it: with region and tags of its machine.
    pub(crate) fn described(&self, id: &ResourceId, machine: Resource) -> Resource {
        let properties = json!({ "holder": self.holder, "machine": machine.id });
        let body = json!({ "id": id, "name": self.name, "properties": properties, "type": self.kind.resource_type() });
        Resource {
            id: id.to_string(),
            resource_type: self.kind.resource_type().to_owned(),
            name: self.name.clone(),
            sku: None,
            kind: None,
            body: body.to_string(),
            ..machine
        }
    }

    /// The database of an item of a machine, by the item's name: kind, holder and database, with semicolons between.
    pub fn of_item(machine: &ResourceId, item: &str) -> Option<Self> {
        if !machine.resource_type().eq_ignore_ascii_case(MACHINES) {
            return None;
        }
        let mut parts = item.splitn(3, ';');
        let (word, holder, name) = (parts.next()?, parts.next()?, parts.next()?);
        let kind = DatabaseKind::ALL.into_iter().find(|kind| kind.item_word().eq_ignore_ascii_case(word))?;
        Some(Self { kind, machine: machine.clone(), holder: holder.to_owned(), name: name.to_owned() })
    }
}
