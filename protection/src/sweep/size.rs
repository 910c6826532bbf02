//! The size that a resource states of itself: for what protection may cost.

use holdfast_evaluator::Resource;

/// Names under which resources state gigabytes.
const NAMES: [&str; 3] = ["\"diskSizeGB\":", "\"storageSizeGB\":", "\"shareQuota\":"];

/// Gigabytes that a resource states; those of all its disks together. None where it states none.
///
/// The body is searched and not parsed: a sweep does this for every resource.
pub(super) fn stated(resource: &Resource) -> Option<u64> {
    NAMES.iter().find_map(|name| sum(&resource.body, name))
}

fn sum(body: &str, name: &str) -> Option<u64> {
    let numbers = body.split(name).skip(1).filter_map(|rest| {
        let rest = rest.trim_start();
        let end = rest.find(|one: char| !one.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse::<u64>().ok()
    });
    numbers.reduce(u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disks_of_a_machine_are_added_up() {
        let stated = |body: &str| stated(&Resource { body: body.to_owned(), ..Resource::default() });
        let machine = r#"{"storageProfile":{"dataDisks":[{"diskSizeGB":100},{"diskSizeGB": 28}],"osDisk":{"diskSizeGB":128}}}"#;
        assert_eq!(stated(machine), Some(256));
        assert_eq!(stated(r#"{"properties":{"diskSizeGB":null}}"#), None);
        assert_eq!(stated(r#"{"storage":{"storageSizeGB":64}}"#), Some(64));
        assert_eq!(stated("{}"), None);
    }
}
