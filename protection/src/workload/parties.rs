//! Who and what the role needs of a workload refer to, for one datasource.

use super::manifest::{Grantee, RoleScope};
use super::preparation::Preparation;
use crate::ResourceId;

/// Principals and places that take part in the protection of one datasource, beside the datasource, its vault and its
/// snapshot resource group; and what has to be prepared.
#[derive(Debug, Default)]
pub struct Parties {
    principals: Vec<(Grantee, String)>,
    places: Vec<(RoleScope, ResourceId)>,
    /// In order.
    pub preparations: Vec<Preparation>,
}

impl Parties {
    /// With one more principal.
    pub(super) fn principal(mut self, grantee: Grantee, principal: Option<&String>) -> Self {
        self.principals.extend(principal.map(|principal| (grantee, principal.clone())));
        self
    }

    /// With one more place.
    pub(super) fn place(mut self, scope: RoleScope, place: Option<&ResourceId>) -> Self {
        self.places.extend(place.map(|place| (scope, place.clone())));
        self
    }

    /// With one more preparation.
    pub(super) fn prepared(mut self, preparation: Option<Preparation>) -> Self {
        self.preparations.extend(preparation);
        self
    }

    /// Object id of a principal; none if it does not take part.
    pub(crate) fn holder(&self, grantee: Grantee) -> Option<&str> {
        self.principals.iter().find(|(known, _)| *known == grantee).map(|(_, principal)| principal.as_str())
    }

    /// A place; none if it does not take part.
    pub(crate) fn at(&self, scope: RoleScope) -> Option<&ResourceId> {
        self.places.iter().find(|(known, _)| *known == scope).map(|(_, place)| place)
    }
}
