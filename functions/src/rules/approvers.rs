//! What a rule set says of those who approve, where that is likely not meant.

use holdfast_evaluator::{DefaultRuling, OperationKind, ReviewDefaults};
use holdfast_protection::operations::{APPROVING_ROLES, READER};

/// What is likely not meant, and what to do about it.
pub(super) fn notices(review: &ReviewDefaults) -> Vec<String> {
    let asks_for_approval =
        OperationKind::ALL.iter().any(|kind| review.of(*kind) == DefaultRuling::NeedsApproval);
    let named = &review.approver_roles;
    if named.is_empty() && asks_for_approval {
        return vec![
            "`[review]` of the rule set names no `approver-roles`, so whoever may ask for an operation may approve \
             another person's; name who is to approve, such as `approver-roles = [\"admin\"]`"
                .to_owned(),
        ];
    }
    let of_nobody = |word: &&String| !APPROVING_ROLES.iter().any(|role| role.eq_ignore_ascii_case(word));
    // Where only that of a reader is named, those may approve who may do the operation.
    let is_unknown = |word: &String| !word.eq_ignore_ascii_case(READER);
    let by_nobody = named.iter().all(|word| of_nobody(&word)) && named.iter().any(is_unknown);
    named.iter().filter(of_nobody).map(|word| counts_for_nothing(word, by_nobody)).collect()
}

fn counts_for_nothing(word: &str, by_nobody: bool) -> String {
    let so = if by_nobody { ", so nobody can approve what is to be approved" } else { "" };
    format!(
        "`{word}` in `approver-roles` of the rule set's `[review]` is no role of somebody who may approve{so}; expected {}",
        APPROVING_ROLES.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(roles: &[&str]) -> ReviewDefaults {
        let approver_roles = roles.iter().map(|role| (*role).to_owned()).collect();
        ReviewDefaults { approver_roles, ..ReviewDefaults::default() }
    }

    #[test]
    fn a_rule_set_that_names_nobody_who_approves_is_noticed() {
        assert_eq!(notices(&ReviewDefaults::default()), Vec::<String>::new());
        assert_eq!(notices(&naming(&["Restorer", "operator"])), Vec::<String>::new());
        let [nobody]: [String; 1] = notices(&naming(&[])).try_into().unwrap();
        assert!(nobody.contains("names no `approver-roles`"), "{nobody}");
        let [reader, unknown]: [String; 2] =
            notices(&naming(&["reader", "admin", "lead"])).try_into().unwrap();
        assert!(reader.starts_with("`reader` ") && unknown.starts_with("`lead` "), "{reader} {unknown}");
        for (named, by_nobody) in [("lead", true), ("reader", false)] {
            let [notice]: [String; 1] = notices(&naming(&[named])).try_into().unwrap();
            assert_eq!(notice.contains("nobody can approve"), by_nobody, "{notice}");
        }
        assert!(!unknown.contains("nobody can approve"), "{unknown}");
        let [no_word]: [String; 1] = notices(&naming(&["admin", "security team"])).try_into().unwrap();
        assert!(no_word.starts_with("`security team` "), "{no_word}");
    }

    #[test]
    fn where_nothing_is_to_be_approved_nobody_has_to_be_named() {
        let allowing = ReviewDefaults { default: Some(DefaultRuling::Allow), ..naming(&[]) };
        assert_eq!(notices(&allowing), Vec::<String>::new());
    }
}
