//! Resource selectors and overrides: what an assignment narrows by itself.

use serde::{Deserialize, Deserializer};

use crate::binding::{Condition, Expected};

/// One of several selectors of an assignment; a resource has to fit one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceSelector {
    #[serde(default, deserialize_with = "or_null")]
    pub(crate) selectors: Vec<Selector>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Selector {
    pub(crate) kind: String,
    #[serde(default, deserialize_with = "or_null")]
    pub(crate) r#in: Vec<String>,
    #[serde(default, deserialize_with = "or_null")]
    pub(crate) not_in: Vec<String>,
}

/// Another effect than the parameter says, for some members of an initiative or for all.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Override {
    pub(crate) kind: String,
    pub(crate) value: String,
    #[serde(default, deserialize_with = "or_null")]
    pub(crate) selectors: Vec<Selector>,
}

/// PowerShell and the Azure CLI write `null` for a list that is not there.
fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The condition that the selectors make; none if there are none.
///
/// # Errors
///
/// Says which kind of selector no condition stands for.
pub(crate) fn condition(selectors: &[ResourceSelector]) -> Result<Option<Condition>, String> {
    let mut alternatives = selectors.iter().map(all).collect::<Result<Vec<_>, _>>()?;
    Ok(match alternatives.len() {
        0 => None,
        1 => alternatives.pop(),
        _ => Some(Condition::Any(alternatives)),
    })
}

fn all(selector: &ResourceSelector) -> Result<Condition, String> {
    let conditions = selector.selectors.iter().map(Selector::condition).collect::<Result<_, _>>()?;
    Ok(Condition::All(conditions))
}

impl Selector {
    fn condition(&self) -> Result<Condition, String> {
        let field = match self.kind.to_ascii_lowercase().as_str() {
            "resourcelocation" => "location",
            "resourcetype" => "type",
            _ => {
                return Err(format!(
                    "the resource selector `{}` cannot be checked for a resource; supported: resourceLocation and resourceType",
                    self.kind
                ));
            }
        };
        let expected = if self.not_in.is_empty() {
            Expected::In(self.r#in.clone())
        } else {
            Expected::NotIn(self.not_in.clone())
        };
        Ok(Condition::Field(field, expected))
    }

    fn selects(&self, reference: &str) -> bool {
        let holds = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(reference));
        if self.not_in.is_empty() { holds(&self.r#in) } else { !holds(&self.not_in) }
    }
}

/// The effect that overrides give to a member of an initiative; `reference` is empty outside of one.
///
/// # Errors
///
/// Says which override depends on what a rule binding cannot tell.
pub(crate) fn overridden(overrides: &[Override], reference: &str) -> Result<Option<String>, String> {
    let mut effect = None;
    for one in overrides {
        if !one.kind.eq_ignore_ascii_case("policyEffect") {
            return Err(format!("the override of `{}` is not known; known is policyEffect", one.kind));
        }
        if let Some(foreign) = one
            .selectors
            .iter()
            .find(|selector| !selector.kind.eq_ignore_ascii_case("policyDefinitionReferenceId"))
        {
            return Err(format!(
                "an override selects by `{}`; only policyDefinitionReferenceId can be carried over, \
                 so make two assignments of it",
                foreign.kind
            ));
        }
        if one.selectors.iter().all(|selector| selector.selects(reference)) {
            effect = Some(one.value.clone());
        }
    }
    Ok(effect)
}
