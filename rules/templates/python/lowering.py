"""How to protect, as rules state it, in the contract's types: nothing to change here."""

from holdfast import AllBut, Protection, RestoreTest
from wit_world.imports import types


def protection(stated: Protection) -> types.Protection:
    retention, schedule, partial = stated.retention, stated.schedule, stated.partial_backup
    long_term, log = stated.long_term, stated.log_backup
    return types.Protection(
        vault=vault(stated.vault),
        policy=stated.policy,
        retention=retention and types.Retention(retention.min_days, retention.max_days),
        schedule=schedule
        and types.Schedule(
            schedule.every, schedule.at, weekdays(schedule.days), schedule.window_hours, schedule.time_zone
        ),
        tier=stated.tier and enum(types.Tier, stated.tier),
        redundancy=stated.redundancy and enum(types.Redundancy, stated.redundancy),
        snapshot_resource_group=stated.snapshot_resource_group,
        disk_luns=chosen(stated.disk_luns, types.Luns_All, types.Luns_Named, types.Luns_AllBut),
        blob_containers=items(stated.blob_containers),
        databases=items(stated.databases),
        file_shares=items(stated.file_shares),
        long_term=long_term and types.LongTerm(long_term.weeks, long_term.months, long_term.years),
        snapshot_days=stated.snapshot_days,
        log_backup=log and types.LogBackup(log.every_minutes, log.keep_days),
        partial_backup=partial
        and types.PartialBackup(enum(types.PartialKind, partial.kind), weekdays(partial.days), partial.keep_days),
        archive=archive(stated.archive),
        consistency=stated.consistency and enum(types.Consistency, stated.consistency),
        compression=stated.compression,
        restore_test=stated.restore_test and restore_test(stated.restore_test),
    )


def vault(stated):
    if stated is None:
        return None
    if isinstance(stated, str):
        return types.VaultChoice_Named(stated)
    return types.VaultChoice_Selector([types.Tag(name, value) for name, value in sorted(stated.items())])


def items(stated):
    return chosen(stated, types.Items_All, types.Items_Named, types.Items_AllBut)


def chosen(stated, every, named, all_but):
    if stated is None:
        return None
    if stated == "all":
        return every()
    return all_but(stated.items) if isinstance(stated, AllBut) else named(stated)


def archive(stated):
    if stated is None:
        return None
    if stated == "never":
        return types.Archive_Never()
    return types.Archive_Recommended() if stated == "recommended" else types.Archive_AfterDays(stated)


def restore_test(stated: RestoreTest) -> types.RestoreTest:
    to = stated.to
    return types.RestoreTest(
        stated.every,
        enum(types.TestPoint, stated.point),
        stated.tier and enum(types.Tier, stated.tier),
        types.TestTarget(to.subscription, to.resource_group, to.paired_region),
        enum(types.TestJudge, stated.judge),
    )


def weekdays(days):
    return [enum(types.Weekday, day) for day in days]


def enum(kind, word: str):
    return kind[word.upper().replace("-", "_")]
