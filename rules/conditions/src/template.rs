//! Names that depend on the resource.

use holdfast_rule_sdk::AzResource;

use crate::guid;

/// A name with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Location,
    Name,
    ResourceGroup,
    Subscription,
    ResourceGroupGuid,
}

const KNOWN: &str = "{location}, {name}, {resource-group}, {resource-group-guid}, {subscription}";

impl Template {
    /// # Errors
    ///
    /// Names the placeholder that is not known.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                return Err(format!("is `{text}`, where a `}}` is missing; placeholders are {KNOWN}"));
            };
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(match name {
                "location" => Piece::Location,
                "name" => Piece::Name,
                "resource-group" => Piece::ResourceGroup,
                "subscription" => Piece::Subscription,
                "resource-group-guid" => Piece::ResourceGroupGuid,
                _ => return Err(format!("is `{text}`; `{{{name}}}` is not known, placeholders are {KNOWN}")),
            });
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    pub(crate) fn fill(&self, target: &AzResource<'_>) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Location => filled.push_str(target.location),
                Piece::Name => filled.push_str(target.name),
                Piece::ResourceGroup => filled.push_str(target.resource_group),
                Piece::Subscription => filled.push_str(target.subscription),
                Piece::ResourceGroupGuid => filled.push_str(&guid::of(&format!(
                    "/subscriptions/{}/resourceGroups/{}",
                    target.subscription, target.resource_group
                ))),
            }
        }
        filled
    }
}
