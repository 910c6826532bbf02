//! Which resources an assignment selects, as conditions of a rule.

use serde_json::Value;

use super::{Assigned, Options};
use crate::binding::{Condition, Expected};
use crate::builtin::{TagUse, Target};
use crate::scope::{Members, Scope};
use crate::{ImportError, selector};

impl Assigned<'_> {
    pub(super) fn conditions(&self, options: &Options) -> Result<Vec<Condition>, ImportError> {
        let mut conditions = self.scopes(options)?;
        let selectors = self.assignment.properties.resource_selectors();
        conditions.extend(selector::condition(selectors).map_err(|message| self.form(message))?);
        if let Some(parameter) = self.builtin().location() {
            let location = self.values.text(parameter)?;
            if location.trim().is_empty() {
                return Err(self.values.unfit(
                    parameter,
                    &Value::String(location),
                    "a location, such as `westeurope`",
                ));
            }
            conditions.push(Condition::Field("location", Expected::Equals(region(&location))));
        }
        conditions.extend(self.tag()?);
        match self.builtin().target {
            Target::VirtualMachine => conditions.extend([
                Condition::Field("id", Expected::NotContains("/resourceGroups/databricks-rg-".to_owned())),
                Condition::Body(
                    "/properties/storageProfile/imageReference/publisher",
                    Expected::NotIn(vec!["azureopenshift".to_owned(), "AzureDatabricks".to_owned()]),
                ),
                Condition::KnownImage,
            ]),
            Target::Blobs => conditions.extend([
                Condition::Field("kind", Expected::Equals("StorageV2".to_owned())),
                Condition::Field("sku", Expected::Contains("Standard".to_owned())),
                Condition::Body("/properties/isHnsEnabled", Expected::NotTrue),
                Condition::Body("/properties/isNfsV3Enabled", Expected::NotTrue),
            ]),
            Target::Disk | Target::FileShare | Target::Cluster => {}
        }
        Ok(conditions)
    }

    pub(super) fn tag(&self) -> Result<Option<Condition>, ImportError> {
        let nothing = Condition::Any(Vec::new());
        let (name, values) = match self.builtin().tag {
            TagUse::IncludeElseNothing { name, values }
            | TagUse::IncludeElseEverything { name, values }
            | TagUse::Exclude { name, values } => (self.values.text(name)?, self.values.list(values)?),
        };
        let is_empty = name.is_empty() || values.is_empty();
        Ok(match self.builtin().tag {
            TagUse::IncludeElseNothing { .. } if is_empty => Some(nothing),
            TagUse::IncludeElseEverything { .. } | TagUse::Exclude { .. } if is_empty => None,
            TagUse::IncludeElseNothing { .. } | TagUse::IncludeElseEverything { .. } => {
                Some(Condition::Tag(name, Expected::In(values)))
            }
            TagUse::Exclude { .. } => Some(Condition::Tag(name, Expected::NotIn(values))),
        })
    }

    fn scopes(&self, options: &Options) -> Result<Vec<Condition>, ImportError> {
        let groups = options.management_groups.iter();
        let members: Members = groups.map(|(name, own)| (name.to_ascii_lowercase(), own.clone())).collect();
        let of_assignment = self.assignment.id.as_deref().and_then(Scope::of_assignment);
        let stated = self.assignment.properties.scope.as_deref();
        let scope = match (stated, of_assignment, options.scope.as_deref()) {
            (Some(stated), _, _) => Some(self.scope("scope", stated)?),
            (None, Some(of_assignment), _) => Some(of_assignment),
            (None, None, Some(given)) => Some(self.scope("--scope", given)?),
            (None, None, None) => None,
        };
        let Some(scope) = scope else {
            return Err(self.form(
                "has no scope: a template is deployed to one that it does not name; add --scope ID with the \
                 subscription, resource group or management group, or import the assignment as it is deployed"
                    .to_owned(),
            ));
        };
        let ids = |at: &'static str, scope: &Scope| {
            scope.ids(&members).map_err(|group| ImportError::ManagementGroup {
                assignment: self.assignment.name.clone(),
                at,
                group,
            })
        };
        let mut under = ids("scope", &scope)?;
        for more in &self.assignment.more_scopes {
            under.extend(ids("scope", &self.scope("scope", more)?)?);
        }
        let mut conditions = vec![Condition::Field("id", Expected::Under(under))];
        let mut left_out = Vec::new();
        for stated in self.assignment.properties.not_scopes() {
            left_out.extend(ids("notScopes", &self.scope("notScopes", stated)?)?);
        }
        if !left_out.is_empty() {
            conditions.push(Condition::Field("id", Expected::NotUnder(left_out)));
        }
        Ok(conditions)
    }

    fn scope(&self, at: &str, stated: &str) -> Result<Scope, ImportError> {
        Scope::parse(stated).ok_or_else(|| {
            self.form(format!(
                "`{at}` holds `{stated}`; expected a management group, subscription, resource group or resource"
            ))
        })
    }
}

/// Azure Policy takes `West Europe` and `westeurope` for the same.
fn region(location: &str) -> String {
    location.to_lowercase().replace(' ', "")
}
