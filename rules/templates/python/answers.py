"""Opinions as the bytes of the packed door; wit/packed.md says where each field lies. Nothing to change here."""

from __future__ import annotations

import struct

from holdfast import AllBut, FactKey, Opinion, Protection, Reason, RestoreTest, Schedule, Tag

number = struct.Struct("<I").pack


def answers(each: list[bytes]) -> bytes:
    return number(len(each)) + b"".join(each)


def failure(message: str) -> bytes:
    return b"\6" + text(message)


def opinion(given: Opinion, explain: bool) -> bytes:
    reasons = listed(given.reasons, reason if explain else plain)
    return verdict(given) + listed(given.labels, tag) + reasons


def verdict(given: Opinion) -> bytes:
    if given.verdict == "protect":
        return b"\1" + protection(given.protection or Protection())
    if given.verdict == "exclude":
        return b"\2" + EXCLUSIONS[given.kind] + option(given.until, text)
    if given.verdict == "need-facts":
        return b"\3" + listed(given.facts, fact)
    return b"\0"


def protection(stated: Protection) -> bytes:
    bits, fields = 0, []
    for bit, (name, write) in enumerate(FIELDS):
        value = getattr(stated, name)
        if value is not None:
            bits |= 1 << bit
            fields.append(write(value))
    return number(bits) + b"".join(fields)


def text(value: str) -> bytes:
    data = value.encode()
    return number(len(data)) + data


def listed(items: list, write) -> bytes:
    return number(len(items)) + b"".join([write(item) for item in items])


def option(value, write) -> bytes:
    return b"\0" if value is None else b"\1" + write(value)


def truth(value: bool) -> bytes:
    return b"\1" if value else b"\0"


def tag(given: Tag) -> bytes:
    return text(given.name) + text(given.value)


def fact(key: FactKey) -> bytes:
    return text(key.kind) + text(key.scope)


def seen(evidence: tuple[str, str]) -> bytes:
    pointer, value = evidence
    return text(pointer) + text(value)


def reason(given: Reason) -> bytes:
    return text(given.code) + text(given.message) + listed(given.evidence, seen)


def plain(given: Reason) -> bytes:
    return text(given.code) + text(given.message) + number(0)


def words(*known: str) -> dict[str, bytes]:
    return {word: bytes([position]) for position, word in enumerate(known)}


EXCLUSIONS = words("not-supported", "ephemeral", "protected-elsewhere", "opted-out", "other")
TIERS = words("operational", "vault")
REDUNDANCIES = words("locally-redundant", "zone-redundant", "geo-redundant")
WEEKDAYS = words("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTIAL = words("differential", "incremental")
CONSISTENCIES = words("application", "crash")
POINTS = words("latest", "latest-clean", "oldest")
JUDGES = words("completion", "rules")
ARCHIVES = words("never", "recommended")


def weekdays(days: list[str]) -> bytes:
    return listed(days, lambda day: WEEKDAYS[day] + b"\0\0\0")


def vault(stated) -> bytes:
    if isinstance(stated, str):
        return b"\0" + text(stated)
    return b"\1" + listed(sorted(stated.items()), seen)


def schedule(stated: Schedule) -> bytes:
    zone = option(stated.time_zone, text)
    return text(stated.every) + option(stated.at, text) + weekdays(stated.days) + option(stated.window_hours, number) + zone


def chosen(write):
    def items(stated) -> bytes:
        if stated == "all":
            return b"\0"
        return b"\2" + listed(stated.items, write) if isinstance(stated, AllBut) else b"\1" + listed(stated, write)

    return items


def archive(stated) -> bytes:
    return ARCHIVES[stated] if isinstance(stated, str) else b"\2" + number(stated)


def restore_test(stated: RestoreTest) -> bytes:
    to = stated.to
    where = option(to.subscription, text) + option(to.resource_group, text) + truth(to.paired_region)
    tier = option(stated.tier, TIERS.__getitem__)
    return text(stated.every) + POINTS[stated.point] + tier + where + JUDGES[stated.judge]


def numbers(*names: str):
    return lambda stated: b"".join([option(getattr(stated, name), number) for name in names])


#: In the order of their bits.
FIELDS = [
    ("vault", vault),
    ("policy", text),
    ("retention", numbers("min_days", "max_days")),
    ("schedule", schedule),
    ("tier", TIERS.__getitem__),
    ("redundancy", REDUNDANCIES.__getitem__),
    ("snapshot_resource_group", text),
    ("disk_luns", chosen(number)),
    ("blob_containers", chosen(text)),
    ("databases", chosen(text)),
    ("file_shares", chosen(text)),
    ("long_term", numbers("weeks", "months", "years")),
    ("snapshot_days", number),
    ("log_backup", numbers("every_minutes", "keep_days")),
    ("partial_backup", lambda stated: PARTIAL[stated.kind] + weekdays(stated.days) + option(stated.keep_days, number)),
    ("archive", archive),
    ("consistency", CONSISTENCIES.__getitem__),
    ("compression", truth),
    ("restore_test", restore_test),
]
