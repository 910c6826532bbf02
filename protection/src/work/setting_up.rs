//! Protection that work sets up where there was none: for the report, and for nothing else.

use holdfast_evaluator::Resource;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a resource states when it was created: Resource Manager's own word first, then those of providers.
const PLACES: [&str; 3] = ["/systemData/createdAt", "/properties/timeCreated", "/properties/creationTime"];

/// Protection that work sets up where there was none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingUp {
    /// When the resource was created; none where it does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
}

impl SettingUp {
    /// Of a resource as it was observed.
    pub fn of(resource: &Resource) -> Self {
        let body: Value = serde_json::from_str(&resource.body).unwrap_or_default();
        let stated = PLACES.iter().find_map(|place| body.pointer(place)?.as_str()?.parse().ok());
        // What has the body of another resource says nothing of itself.
        let is_its_own =
            body.get("id").and_then(Value::as_str).is_none_or(|id| id.eq_ignore_ascii_case(&resource.id));
        Self { created: stated.filter(|_| is_its_own) }
    }

    /// Seconds from the creation to a moment; none where the creation is not known.
    pub fn seconds_until(&self, at: Timestamp) -> Option<u64> {
        // Two clocks differ by a little: what is protected before it was created took no time.
        self.created.map(|created| u64::try_from(at.as_second() - created.as_second()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(body: &str) -> Option<String> {
        let resource = Resource { id: "/s/A".to_owned(), body: body.to_owned(), ..Resource::default() };
        SettingUp::of(&resource).created.map(|at| at.to_string())
    }

    #[test]
    fn a_resource_says_when_it_was_created_in_one_of_three_places_or_not_at_all() {
        let at = "2026-01-14T09:26:53Z";
        for body in [
            r#"{"systemData":{"createdAt":"2026-01-14T09:26:53Z"},"properties":{"timeCreated":"2020-01-01T00:00:00Z"}}"#,
            r#"{"id":"/S/a","properties":{"timeCreated":"2026-01-14T09:26:53.000000+00:00"}}"#,
            r#"{"properties":{"creationTime":"2026-01-14T09:26:53Z"}}"#,
        ] {
            assert_eq!(stated(body).as_deref(), Some(at), "{body}");
        }
        for body in ["{}", "no JSON", r#"{"properties":{"timeCreated":"soon"}}"#] {
            assert_eq!(stated(body), None, "{body}");
        }
    }

    #[test]
    fn the_creation_of_another_resource_is_not_its_own() {
        assert_eq!(
            stated(r#"{"id":"/s/machine","properties":{"timeCreated":"2026-01-14T09:26:53Z"}}"#),
            None
        );
    }

    #[test]
    fn time_is_never_negative_and_never_guessed() {
        let created = "2026-01-14T09:26:53Z".parse().unwrap();
        let known = SettingUp { created: Some(created) };
        assert_eq!(known.seconds_until("2026-01-14T09:28:53Z".parse().unwrap()), Some(120));
        assert_eq!(known.seconds_until("2026-01-14T09:26:50Z".parse().unwrap()), Some(0));
        assert_eq!(SettingUp { created: None }.seconds_until(created), None);
    }
}
