//! Names of the policies that we make in Recovery Services vaults: what they do, in words that Azure takes.

use std::fmt::Write as _;

use holdfast_evaluator::Weekday;
use uuid::Uuid;

use super::kept::Kept;
use super::runs::Runs;
use super::zone::TimeZone;

/// Namespace of the name-based UUIDs that tell apart what a name cannot hold.
const NAMES: Uuid = Uuid::from_u128(0x7a41_62d8_0f9c_5b3e_9d27_c84e_15f0_6b92);

/// `holdfast-vm-p1d-0200-30d`
pub(super) fn begun(slug: &str, runs: &Runs, kept: &Kept) -> String {
    let mut name = format!("holdfast-{slug}-{}-{}", runs.every(), runs.at());
    match runs {
        Runs::Hourly { window, .. } if *window < 24 => {
            let _ = write!(name, "-w{window}");
        }
        Runs::Weekly { days, .. } => {
            name.push('-');
            days.iter().for_each(|day| name.push_str(short(*day)));
        }
        Runs::Hourly { .. } | Runs::Daily { .. } => {}
    }
    for (count, unit) in kept.counts().into_iter().zip(["d", "w", "m", "y"]) {
        if let Some(count) = count {
            let _ = write!(name, "-{count}{unit}");
        }
    }
    name
}

/// With what makes it differ from one of the same times in another zone or with another place for snapshots.
pub(super) fn ended(mut name: String, zone: &TimeZone, groups: Option<&str>) -> String {
    let zone = (!zone.is_utc()).then(|| zone.as_str().to_lowercase());
    let groups = groups.map(str::to_lowercase);
    if zone.is_some() || groups.is_some() {
        let both =
            format!("{}|{}", zone.as_deref().unwrap_or_default(), groups.as_deref().unwrap_or_default());
        for word in [&zone, &groups].into_iter().flatten() {
            name.push('-');
            name.push_str(&legible(word));
        }
        let digest = Uuid::new_v5(&NAMES, both.as_bytes()).simple().to_string();
        let _ = write!(name, "-{}", digest.get(..8).unwrap_or_default());
    }
    name.replace(':', "").to_ascii_lowercase()
}

/// Its letters and digits, for people.
fn legible(word: &str) -> String {
    let letters = word.chars().filter(char::is_ascii_alphanumeric);
    letters.take(24).collect()
}

pub(super) fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}
