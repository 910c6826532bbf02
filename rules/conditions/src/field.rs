//! What a condition can look at, and how it is read from a request.

use std::borrow::Cow;
use std::cell::OnceCell;

use holdfast_rule_sdk::{AzResource, Text, tag_pointer};

use crate::body::{Found, Places};

/// Something that a resource has at most one text of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Type,
    Name,
    Location,
    ResourceGroup,
    Subscription,
    Sku,
    Kind,
    /// By name, compared without case.
    Tag(String),
    /// By JSON pointer into the body, and its slot in [`Places`].
    Body(String, usize),
}

impl Field {
    /// The fields that need no further name, by the name that settings give them.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "type" => Self::Type,
            "name" => Self::Name,
            "location" => Self::Location,
            "resource-group" => Self::ResourceGroup,
            "subscription" => Self::Subscription,
            "sku" => Self::Sku,
            "kind" => Self::Kind,
            _ => return None,
        })
    }

    /// JSON pointer into the request.
    pub(crate) fn pointer(&self) -> Text {
        match self {
            Self::Tag(name) => tag_pointer(name),
            Self::Body(pointer, _) => format!("/target/body{pointer}").into(),
            other => format!("/target/{}", other.label()).into(),
        }
    }

    /// What a person calls it.
    pub(crate) fn label(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Id => "id",
            Self::Type => "type",
            Self::Name => "name",
            Self::Location => "location",
            Self::ResourceGroup => "resource-group",
            Self::Subscription => "subscription",
            Self::Sku => "sku",
            Self::Kind => "kind",
            Self::Tag(name) => return Cow::Owned(format!("tag {name}")),
            Self::Body(pointer, _) => pointer.rsplit('/').next().unwrap_or(pointer),
        })
    }
}

/// A resource whose body is read at most once, and only if a condition asks for it.
pub(crate) struct View<'a> {
    target: AzResource<'a>,
    places: &'a Places,
    body: OnceCell<Found<'a>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(target: AzResource<'a>, places: &'a Places) -> Self {
        Self { target, places, body: OnceCell::new() }
    }

    /// The field's text; `None` if the resource has none. A tag without a value has the text ``.
    pub(crate) fn get(&self, field: &Field) -> Option<&str> {
        let target = self.target;
        let stated = |text: &'a str| (!text.is_empty()).then_some(text);
        match field {
            Field::Id => stated(target.id),
            Field::Type => stated(target.type_),
            Field::Name => stated(target.name),
            Field::Location => stated(target.location),
            Field::ResourceGroup => stated(target.resource_group),
            Field::Subscription => stated(target.subscription),
            Field::Sku => target.sku,
            Field::Kind => target.kind,
            Field::Tag(name) => target.tag(name),
            Field::Body(_, slot) => self.body().get(*slot)?.as_deref(),
        }
    }

    fn body(&self) -> &Found<'a> {
        self.body.get_or_init(|| self.places.read(self.target.body))
    }
}
