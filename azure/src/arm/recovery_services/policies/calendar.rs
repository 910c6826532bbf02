//! Azure's words for days, weeks and months.

use holdfast_evaluator::Weekday;
use holdfast_protection::policy::{Month, WeekOfMonth};

pub(super) const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Monday"),
    (Weekday::Tuesday, "Tuesday"),
    (Weekday::Wednesday, "Wednesday"),
    (Weekday::Thursday, "Thursday"),
    (Weekday::Friday, "Friday"),
    (Weekday::Saturday, "Saturday"),
    (Weekday::Sunday, "Sunday"),
];

pub(super) const WEEKS: [(WeekOfMonth, &str); 5] = [
    (WeekOfMonth::First, "First"),
    (WeekOfMonth::Second, "Second"),
    (WeekOfMonth::Third, "Third"),
    (WeekOfMonth::Fourth, "Fourth"),
    (WeekOfMonth::Last, "Last"),
];

pub(super) const MONTHS: [(Month, &str); 12] = [
    (Month::January, "January"),
    (Month::February, "February"),
    (Month::March, "March"),
    (Month::April, "April"),
    (Month::May, "May"),
    (Month::June, "June"),
    (Month::July, "July"),
    (Month::August, "August"),
    (Month::September, "September"),
    (Month::October, "October"),
    (Month::November, "November"),
    (Month::December, "December"),
];

/// The words of values.
pub(super) fn words<T: Copy + PartialEq>(table: &[(T, &'static str)], values: &[T]) -> Vec<&'static str> {
    let known = |value: &T| table.iter().find(|(known, _)| known == value).map(|(_, word)| *word);
    values.iter().filter_map(known).collect()
}

/// The values of words; the first word that is not known.
pub(super) fn values<T: Copy>(table: &[(T, &'static str)], words: &[String]) -> Result<Vec<T>, String> {
    let known = |word: &String| {
        let found = table.iter().find(|(_, known)| known.eq_ignore_ascii_case(word)).map(|(value, _)| *value);
        found.ok_or_else(|| format!("`{word}` is not known"))
    };
    words.iter().map(known).collect()
}
