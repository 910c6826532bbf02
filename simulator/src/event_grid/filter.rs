//! Filters of event subscriptions.

use serde_json::Value;

use crate::wire::json as body_json;

/// Whether `event`, in the Event Grid schema, passes `filter`.
pub(crate) fn passes(filter: &Value, event: &Value) -> bool {
    let text = |name: &str| body_json::text(event, &[name]).unwrap_or_default();
    let types = body_json::list(filter, &["includedEventTypes"]);
    let wanted = types.is_empty()
        || types.iter().filter_map(Value::as_str).any(|wanted| {
            wanted.eq_ignore_ascii_case("All") || wanted.eq_ignore_ascii_case(text("eventType"))
        });
    wanted && subject_fits(filter, text("subject")) && advanced(filter).iter().all(|one| holds(one, event))
}

fn advanced(filter: &Value) -> &[Value] {
    body_json::list(filter, &["advancedFilters"])
}

/// Most advanced filters of a subscription, and most values in all of them together (official).
const MOST: usize = 25;
/// Most characters of a value (official).
const LONGEST: usize = 512;

/// Checks a filter when it is made, as Event Grid does; the error names what is wrong.
pub(crate) fn check(filter: &Value) -> Result<(), String> {
    let values = || advanced(filter).iter().flat_map(|one| body_json::list(one, &["values"]));
    if advanced(filter).len() > MOST || values().count() > MOST {
        return Err(format!(
            "a subscription has at most {MOST} advanced filters with {MOST} values together"
        ));
    }
    if values().filter_map(Value::as_str).any(|value| value.chars().count() > LONGEST) {
        return Err(format!("a value of an advanced filter has at most {LONGEST} characters"));
    }
    for one in advanced(filter) {
        let operator = body_json::text(one, &["operatorType"]).unwrap_or_default();
        if Comparison::named(operator).is_none() {
            return Err(format!("the advanced filter operator '{operator}' is unknown"));
        }
        if body_json::list(one, &["values"]).is_empty() {
            return Err(format!("an advanced filter with operator '{operator}' has no values"));
        }
        if body_json::text(one, &["key"]).is_none() {
            return Err(format!("an advanced filter with operator '{operator}' has no key"));
        }
    }
    Ok(())
}

fn subject_fits(filter: &Value, subject: &str) -> bool {
    let cased = body_json::member(filter, "isSubjectCaseSensitive").and_then(Value::as_bool) == Some(true);
    let fold = |text: &str| if cased { text.to_owned() } else { text.to_ascii_lowercase() };
    let part = |name: &str| fold(body_json::text(filter, &[name]).unwrap_or_default());
    let subject = fold(subject);
    subject.starts_with(&part("subjectBeginsWith")) && subject.ends_with(&part("subjectEndsWith"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    In,
    NotIn,
    Contains,
    NotContains,
    BeginsWith,
    NotBeginsWith,
    EndsWith,
    NotEndsWith,
}

impl Comparison {
    fn named(operator: &str) -> Option<Self> {
        Some(match operator {
            "StringIn" => Self::In,
            "StringNotIn" => Self::NotIn,
            "StringContains" => Self::Contains,
            "StringNotContains" => Self::NotContains,
            "StringBeginsWith" => Self::BeginsWith,
            "StringNotBeginsWith" => Self::NotBeginsWith,
            "StringEndsWith" => Self::EndsWith,
            "StringNotEndsWith" => Self::NotEndsWith,
            _ => return None,
        })
    }

    /// Event Grid compares without regard to case.
    fn fits(self, found: &str, wanted: &[String]) -> bool {
        let any = |test: fn(&str, &str) -> bool| wanted.iter().any(|wanted| test(found, wanted));
        match self {
            Self::In => any(|found, wanted| found == wanted),
            Self::NotIn => !any(|found, wanted| found == wanted),
            Self::Contains => any(|found, wanted| found.contains(wanted)),
            Self::NotContains => !any(|found, wanted| found.contains(wanted)),
            Self::BeginsWith => any(|found, wanted| found.starts_with(wanted)),
            Self::NotBeginsWith => !any(|found, wanted| found.starts_with(wanted)),
            Self::EndsWith => any(|found, wanted| found.ends_with(wanted)),
            Self::NotEndsWith => !any(|found, wanted| found.ends_with(wanted)),
        }
    }

    fn negates(self) -> bool {
        matches!(self, Self::NotIn | Self::NotContains | Self::NotBeginsWith | Self::NotEndsWith)
    }
}

fn holds(filter: &Value, event: &Value) -> bool {
    let Some(comparison) = Comparison::named(body_json::text(filter, &["operatorType"]).unwrap_or_default())
    else {
        return false;
    };
    let key: Vec<&str> = body_json::text(filter, &["key"]).unwrap_or_default().split('.').collect();
    let wanted: Vec<String> = body_json::list(filter, &["values"])
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    match body_json::text(event, &key) {
        Some(found) => comparison.fits(&found.to_ascii_lowercase(), &wanted),
        None => comparison.negates(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "eventType": "Microsoft.Resources.ResourceWriteSuccess",
            "subject": "/subscriptions/s/resourcegroups/g/providers/Microsoft.Compute/disks/d",
            "data": {"operationName": "Microsoft.Compute/disks/write"}
        })
    }

    #[test]
    fn types_and_subjects_are_compared_without_case() {
        assert!(passes(
            &json!({"includedEventTypes": ["microsoft.resources.resourcewritesuccess"]}),
            &event()
        ));
        assert!(!passes(
            &json!({"includedEventTypes": ["Microsoft.Resources.ResourceDeleteSuccess"]}),
            &event()
        ));
        assert!(passes(&json!({"subjectBeginsWith": "/Subscriptions/S"}), &event()));
        assert!(!passes(
            &json!({"subjectBeginsWith": "/Subscriptions/S", "isSubjectCaseSensitive": true}),
            &event()
        ));
    }

    #[test]
    fn advanced_filters_reach_into_the_data() {
        let filter = |operator: &str, value: &str| json!({"advancedFilters": [{"operatorType": operator, "key": "data.operationName", "values": [value]}]});
        assert!(passes(&filter("StringIn", "microsoft.compute/disks/write"), &event()));
        assert!(passes(&filter("StringContains", "/disks/"), &event()));
        assert!(passes(&filter("StringBeginsWith", "Microsoft.Compute"), &event()));
        assert!(!passes(&filter("StringNotIn", "Microsoft.Compute/disks/write"), &event()));
        assert!(!passes(&filter("StringIn", "Microsoft.Storage/storageAccounts/write"), &event()));
        assert!(check(&filter("NumberIn", "1")).unwrap_err().contains("NumberIn"));
    }

    #[test]
    fn every_advanced_filter_has_to_hold() {
        let both = |operation: &str, part: &str| {
            json!({"advancedFilters": [
                {"operatorType": "StringIn", "key": "data.operationName", "values": ["a/b/write", operation]},
                {"operatorType": "StringContains", "key": "subject", "values": ["/Contoso.Odd/", part]},
            ]})
        };
        let write = "Microsoft.Compute/disks/write";
        assert!(passes(&both(write, "/providers/microsoft.compute/disks/"), &event()));
        assert!(!passes(&both(write, "/providers/Microsoft.Compute/images/"), &event()));
        assert!(!passes(&both("a/b/delete", "/providers/Microsoft.Compute/disks/"), &event()));
    }

    #[test]
    fn what_event_grid_refuses_is_refused() {
        let filter = |values: Vec<String>| json!({"advancedFilters": [{"operatorType": "StringIn", "key": "subject", "values": values}]});
        let values = |count: usize| (0..count).map(|number| format!("v{number}")).collect();
        assert_eq!(check(&filter(values(25))), Ok(()));
        for (refused, word) in [
            (filter(values(26)), "at most 25"),
            (filter(vec!["v".repeat(513)]), "at most 512"),
            (filter(Vec::new()), "no values"),
        ] {
            assert!(check(&refused).unwrap_err().contains(word), "{word}");
        }
    }
}
