//! Reading how a guest wants a resource protected.

use std::collections::BTreeMap;

use holdfast_rule_set::{
    Archive, Consistency, Items, LogBackup, LongTerm, PartialBackup, PartialKind, Protection, Redundancy,
    RestoreTest, Retention, Schedule, TestJudge, TestPoint, TestTarget, Tier, VaultChoice, Weekday,
};

use super::super::version::ContractVersion;
use super::reader::{Malformed, Reader};

pub(super) fn protection(reader: &mut Reader<'_>, version: ContractVersion) -> Result<Protection, Malformed> {
    let known = if version.is_first() { 10 } else { 19 };
    let fields = reader.number()?;
    if fields >> known != 0 {
        return Err(reader.malformed("a protection has an unknown field"));
    }
    if fields == 0 {
        return Ok(Protection::default());
    }
    let stated = |bit: u32| fields & (1 << bit) != 0;
    Ok(Protection {
        vault: stated(0).then(|| vault(reader)).transpose()?,
        policy: stated(1).then(|| reader.owned_text()).transpose()?,
        retention: stated(2).then(|| retention(reader)).transpose()?,
        schedule: stated(3).then(|| schedule(reader, version)).transpose()?,
        tier: stated(4).then(|| tier(reader)).transpose()?,
        redundancy: stated(5).then(|| redundancy(reader)).transpose()?,
        snapshot_resource_group: stated(6).then(|| reader.owned_text()).transpose()?,
        disk_luns: stated(7).then(|| items(reader, version, Reader::number)).transpose()?,
        blob_containers: stated(8).then(|| items(reader, version, Reader::owned_text)).transpose()?,
        databases: stated(9).then(|| items(reader, version, Reader::owned_text)).transpose()?,
        file_shares: stated(10).then(|| items(reader, version, Reader::owned_text)).transpose()?,
        long_term: stated(11).then(|| long_term(reader)).transpose()?,
        snapshot_days: stated(12).then(|| reader.number()).transpose()?,
        log_backup: stated(13).then(|| log_backup(reader)).transpose()?,
        partial_backup: stated(14).then(|| partial_backup(reader)).transpose()?,
        archive: stated(15).then(|| archive(reader)).transpose()?,
        consistency: stated(16).then(|| consistency(reader)).transpose()?,
        compression: stated(17).then(|| truth(reader)).transpose()?,
        restore_test: stated(18).then(|| restore_test(reader)).transpose()?,
    })
}

/// Of several values for a name, the last counts.
pub(super) fn tags(reader: &mut Reader<'_>) -> Result<BTreeMap<String, String>, Malformed> {
    let tags = reader.list(|reader| Ok((reader.owned_text()?, reader.owned_text()?)))?;
    Ok(tags.into_iter().collect())
}

fn schedule(reader: &mut Reader<'_>, version: ContractVersion) -> Result<Schedule, Malformed> {
    let (every, at) = (reader.owned_text()?, reader.option(Reader::owned_text)?);
    if version.is_first() {
        return Ok(Schedule { every, at, ..Schedule::default() });
    }
    Ok(Schedule {
        every,
        at,
        days: reader.list(weekday)?,
        window_hours: reader.option(Reader::number)?,
        time_zone: reader.option(Reader::owned_text)?,
    })
}

fn weekday(reader: &mut Reader<'_>) -> Result<Weekday, Malformed> {
    let number = reader.length()?;
    Weekday::ALL.get(number).copied().ok_or_else(|| reader.malformed("a day of the week is unknown"))
}

/// 1.0.0 knows only lists of what is included.
fn items<'a, T>(
    reader: &mut Reader<'a>,
    version: ContractVersion,
    item: impl FnMut(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Items<T>, Malformed> {
    if version.is_first() {
        return reader.list(item).map(Items::Named);
    }
    match reader.byte()? {
        0 => Ok(Items::All),
        1 => reader.list(item).map(Items::Named),
        2 => reader.list(item).map(Items::AllBut),
        _ => Err(reader.malformed("items are chosen in no known way")),
    }
}

fn long_term(reader: &mut Reader<'_>) -> Result<LongTerm, Malformed> {
    Ok(LongTerm {
        weeks: reader.option(Reader::number)?,
        months: reader.option(Reader::number)?,
        years: reader.option(Reader::number)?,
    })
}

fn log_backup(reader: &mut Reader<'_>) -> Result<LogBackup, Malformed> {
    Ok(LogBackup { every_minutes: reader.option(Reader::number)?, keep_days: reader.option(Reader::number)? })
}

fn partial_backup(reader: &mut Reader<'_>) -> Result<PartialBackup, Malformed> {
    let kind = match reader.byte()? {
        0 => PartialKind::Differential,
        1 => PartialKind::Incremental,
        _ => return Err(reader.malformed("a partial backup is of no known kind")),
    };
    Ok(PartialBackup { kind, days: reader.list(weekday)?, keep_days: reader.option(Reader::number)? })
}

fn archive(reader: &mut Reader<'_>) -> Result<Archive, Malformed> {
    match reader.byte()? {
        0 => Ok(Archive::Never),
        1 => Ok(Archive::Recommended),
        2 => reader.number().map(Archive::AfterDays),
        _ => Err(reader.malformed("points are archived in no known way")),
    }
}

fn consistency(reader: &mut Reader<'_>) -> Result<Consistency, Malformed> {
    match reader.byte()? {
        0 => Ok(Consistency::Application),
        1 => Ok(Consistency::Crash),
        _ => Err(reader.malformed("a consistency is unknown")),
    }
}

fn truth(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    match reader.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(reader.malformed("something is neither true nor false")),
    }
}

fn restore_test(reader: &mut Reader<'_>) -> Result<RestoreTest, Malformed> {
    let every = reader.owned_text()?;
    let point = match reader.byte()? {
        0 => TestPoint::Latest,
        1 => TestPoint::LatestClean,
        2 => TestPoint::Oldest,
        _ => return Err(reader.malformed("the point of a test is unknown")),
    };
    let tier = reader.option(tier)?;
    let to = TestTarget {
        subscription: reader.option(Reader::owned_text)?,
        resource_group: reader.option(Reader::owned_text)?,
        paired_region: truth(reader)?,
    };
    let judge = match reader.byte()? {
        0 => TestJudge::Completion,
        1 => TestJudge::Rules,
        _ => return Err(reader.malformed("the judge of a test is unknown")),
    };
    Ok(RestoreTest { every, point, tier, to, judge })
}

fn vault(reader: &mut Reader<'_>) -> Result<VaultChoice, Malformed> {
    match reader.byte()? {
        0 => reader.owned_text().map(VaultChoice::Named),
        1 => Ok(VaultChoice::Selector(tags(reader)?)),
        _ => Err(reader.malformed("a vault is chosen in no known way")),
    }
}

fn retention(reader: &mut Reader<'_>) -> Result<Retention, Malformed> {
    Ok(Retention { min_days: reader.option(Reader::number)?, max_days: reader.option(Reader::number)? })
}

fn tier(reader: &mut Reader<'_>) -> Result<Tier, Malformed> {
    match reader.byte()? {
        0 => Ok(Tier::Operational),
        1 => Ok(Tier::Vault),
        _ => Err(reader.malformed("a tier is unknown")),
    }
}

fn redundancy(reader: &mut Reader<'_>) -> Result<Redundancy, Malformed> {
    match reader.byte()? {
        0 => Ok(Redundancy::LocallyRedundant),
        1 => Ok(Redundancy::ZoneRedundant),
        2 => Ok(Redundancy::GeoRedundant),
        _ => Err(reader.malformed("a redundancy is unknown")),
    }
}
