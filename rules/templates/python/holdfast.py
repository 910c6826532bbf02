"""What a rule is written with. Nothing here needs the sandbox, so rules can be tested with plain Python."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, Optional

Tier = Literal["operational", "vault"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ExclusionKind = Literal["not-supported", "ephemeral", "protected-elsewhere", "opted-out", "other"]


@dataclass
class Tag:
    name: str
    value: str


@dataclass
class AzResource:
    """A resource as Azure shows it now."""

    id: str = ""
    #: Such as `Microsoft.Compute/disks`; compare it with `is_type`.
    type: str = ""
    name: str = ""
    #: Region, lower case without blanks, such as `westeurope`.
    location: str = ""
    resource_group: str = ""
    subscription: str = ""
    #: Sorted by name; look one up with `tag`.
    tags: list[Tag] = field(default_factory=list)
    #: Name of the SKU.
    sku: Optional[str] = None
    kind: Optional[str] = None
    #: The whole ARM body as JSON text; `body` parses it.
    body: str = "{}"


@dataclass
class FactKey:
    """Names a piece of context that the host can fetch."""

    #: Such as `vaults` or `resource-group-tags`.
    kind: str
    #: What the fact is about: an ARM id or a region.
    scope: str


@dataclass
class Fact:
    key: FactKey
    #: JSON text; none when the host looked and found nothing.
    value: Optional[str] = None


@dataclass
class Request:
    """Everything that a rule is told."""

    target: AzResource
    #: Which workload of the target is decided about, such as `azure-vm` or `sql-in-vm`; empty when the host does not say.
    workload: str = ""
    #: Labels that the target was given, such as a classification; sorted by name.
    labels: list[Tag] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    #: RFC 3339, UTC. The only clock a rule has.
    event_time: str = ""
    #: Whether evidence is wanted; it is left out if not.
    explain: bool = True


@dataclass
class Retention:
    """Days, both ends included."""

    min_days: Optional[int] = None
    max_days: Optional[int] = None


@dataclass
class Schedule:
    #: ISO 8601 period such as `PT4H`, `P1D` or `P1W`.
    every: str
    #: First time of day, `hh:mm`.
    at: Optional[str] = None
    #: Days of the week of a schedule of weeks; none leaves the choice to the host.
    days: list[Weekday] = field(default_factory=list)
    #: Hours of the day, from `at` on, in which a schedule of hours runs.
    window_hours: Optional[int] = None
    #: Time zone of `at`, by its Windows name; none means UTC.
    time_zone: Optional[str] = None


@dataclass
class AllBut:
    """All items of a target but these."""

    items: list


@dataclass
class LongTerm:
    """How many points are kept longer than `retention` says: one for each week, month, year."""

    weeks: Optional[int] = None
    months: Optional[int] = None
    years: Optional[int] = None


@dataclass
class LogBackup:
    """Backups of a database's log."""

    every_minutes: Optional[int] = None
    keep_days: Optional[int] = None


@dataclass
class PartialBackup:
    """Backups of a database between full ones."""

    kind: Literal["differential", "incremental"]
    #: None leaves the choice to the host.
    days: list[Weekday] = field(default_factory=list)
    keep_days: Optional[int] = None


@dataclass
class TestTarget:
    """Where a test restores to. What is left out is left to the host."""

    subscription: Optional[str] = None
    resource_group: Optional[str] = None
    #: In the paired region instead of the resource's own.
    paired_region: bool = False


@dataclass
class RestoreTest:
    """A wish that restoring is tried, regularly."""

    #: ISO 8601 period, such as `P1M`.
    every: str
    point: Literal["latest", "latest-clean", "oldest"] = "latest"
    #: None means any.
    tier: Optional[Tier] = None
    to: TestTarget = field(default_factory=TestTarget)
    #: Whether a completed restore has passed, or rules say what it is worth.
    judge: Literal["completion", "rules"] = "completion"


@dataclass
class Protection:
    """How to protect. State only what the rule cares about: the rest is left to others."""

    #: Name or ARM id of a Backup vault, or tags that the vault of the region must carry.
    vault: str | dict[str, str] | None = None
    #: Name of an existing backup policy.
    policy: Optional[str] = None
    retention: Optional[Retention] = None
    schedule: Optional[Schedule] = None
    tier: Optional[Tier] = None
    #: Wish for a vault that has to be created.
    redundancy: Optional[Literal["locally-redundant", "zone-redundant", "geo-redundant"]] = None
    snapshot_resource_group: Optional[str] = None
    #: Data disks of a virtual machine by logical unit number: `"all"`, those in a list, or `AllBut([0])`.
    disk_luns: Literal["all"] | list[int] | AllBut | None = None
    #: `"all"`, those in a list, or `AllBut(["logs"])`; so are the next two.
    blob_containers: Literal["all"] | list[str] | AllBut | None = None
    databases: Literal["all"] | list[str] | AllBut | None = None
    file_shares: Literal["all"] | list[str] | AllBut | None = None
    long_term: Optional[LongTerm] = None
    #: Days for which snapshots are kept beside the resource, for restores in minutes.
    snapshot_days: Optional[int] = None
    log_backup: Optional[LogBackup] = None
    partial_backup: Optional[PartialBackup] = None
    #: When recovery points move to the archive tier: those that Azure recommends, or each after so many days.
    archive: Literal["never", "recommended"] | int | None = None
    consistency: Optional[Literal["application", "crash"]] = None
    #: Whether backups of a database are compressed.
    compression: Optional[bool] = None
    restore_test: Optional[RestoreTest] = None


@dataclass
class Reason:
    code: str
    message: str
    #: JSON pointers into the request, and the values found there.
    evidence: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Opinion:
    """What a rule says of a resource."""

    verdict: Literal["abstain", "protect", "exclude", "need-facts"]
    protection: Optional[Protection] = None
    kind: Optional[ExclusionKind] = None
    until: Optional[str] = None
    facts: list[FactKey] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    labels: list[Tag] = field(default_factory=list)

    def labelled(self, name: str, value: str) -> Opinion:
        """Gives the target a label, such as a classification; whatever the verdict."""
        self.labels.append(Tag(name, value))
        return self

    def because(self, code: str, message: str) -> Opinion:
        """Adds a reason: one of the manifest's codes, and a few words for a person."""
        self.reasons.append(Reason(code, message))
        return self

    def seen(self, pointer: str, value: str) -> Opinion:
        """Adds evidence to the last reason."""
        if self.reasons:
            self.reasons[-1].evidence.append((pointer, value))
        return self


def abstain() -> Opinion:
    """Nothing to say of this resource."""
    return Opinion("abstain")


def protect(protection: Optional[Protection] = None) -> Opinion:
    """Protect it, as far as the stated fields say how."""
    return Opinion("protect", protection=protection or Protection())


def exclude(kind: ExclusionKind, until: Optional[str] = None) -> Opinion:
    """Leave it unprotected, until a time (RFC 3339) or until the rule says otherwise."""
    return Opinion("exclude", kind=kind, until=until)


def need_facts(*keys: FactKey) -> Opinion:
    """Ask again with these facts."""
    return Opinion("need-facts", facts=list(keys))


def tag(target: AzResource, name: str) -> Optional[Tag]:
    """The tag of this name, compared without case as Azure does."""
    wanted = name.lower()
    if hasattr(target, "tag_in_lower_case"):
        return target.tag_in_lower_case(wanted)
    return next((tag for tag in target.tags if tag.name.lower() == wanted), None)


def is_type(target: AzResource, resource_type: str) -> bool:
    """Whether the resource is of this type, compared without case."""
    return target.type.lower() == resource_type.lower()


def tag_pointer(name: str) -> str:
    """JSON pointer to a tag of the request's target."""
    return "/target/tags/" + name.replace("~", "~0").replace("/", "~1")


def body(target: AzResource) -> Any:
    """The whole ARM body. Parsing it costs time: do so only if the rule needs it."""
    return json.loads(target.body)


def fact(request: Request, kind: str, scope: str) -> Any:
    """A fact's value, or none if the host looked and found nothing.

    Raises KeyError if the host was not asked for it: state its kind in the manifest, or answer `need_facts`.
    """
    wanted = scope.lower()
    for found in request.facts:
        if found.key.kind == kind and found.key.scope.lower() == wanted:
            return None if found.value is None else json.loads(found.value)
    raise KeyError(f"{kind} of {scope}")


@dataclass
class Manifest:
    """Who the rule is."""

    name: str
    version: str
    #: One sentence.
    summary: str
    #: JSON Schema (2020-12) of the settings.
    settings_schema: dict
    reason_codes: list[str]
    #: Types that the rule speaks about; none means all.
    resource_types: list[str] = field(default_factory=list)
    #: Workloads that the rule speaks about; none means the first one of each type.
    workloads: list[str] = field(default_factory=list)
    #: Kinds of fact that the host fetches for every request.
    fact_kinds: list[str] = field(default_factory=list)


@dataclass
class Issue:
    """Something that is wrong with the settings; returned by a rule's function `check(settings)`."""

    #: JSON pointer into the settings.
    pointer: str
    message: str
