/**
 * A resource as Azure shows it now. In the sandbox, a field is decoded when it is first read: name the fields that you
 * want, since a copy by `{ ...target }` has none of them.
 */
export interface AzResource {
  /** ARM id, as Azure wrote it. */
  readonly id: string;
  /** Such as `Microsoft.Compute/disks`; compare it with {@link isType}. */
  readonly type: string;
  readonly name: string;
  /** Region, lower case without blanks, such as `westeurope`. */
  readonly location: string;
  readonly resourceGroup: string;
  readonly subscription: string;
  /** Sorted by name; look one up with {@link tag}. */
  readonly tags: readonly Tag[];
  /** Name of the SKU. */
  readonly sku?: string;
  readonly kind?: string;
  /** The whole ARM body as JSON text; {@link body} parses it. */
  readonly body: string;
}

export interface Tag {
  readonly name: string;
  readonly value: string;
}

/** Names a piece of context that the host can fetch. */
export interface FactKey {
  /** Such as `vaults` or `resource-group-tags`. */
  kind: string;
  /** What the fact is about: an ARM id or a region. */
  scope: string;
}

export interface Fact {
  readonly key: Readonly<FactKey>;
  /** JSON text; absent when the host looked and found nothing. */
  readonly value?: string;
}

/** Everything that a rule is told. */
export interface Request {
  readonly target: AzResource;
  /** Which workload of the target is decided about, such as `azure-vm` or `sql-in-vm`; empty when the host does not say. */
  readonly workload: string;
  /** Labels that the target was given, such as a classification; sorted by name. */
  readonly labels: readonly Tag[];
  readonly facts: readonly Fact[];
  /** RFC 3339, UTC. The only clock a rule has. */
  readonly eventTime: string;
  /** Whether evidence is wanted; the SDK leaves it out if not. */
  readonly explain: boolean;
}

/** How to protect. State only what the rule cares about: the rest is left to others. */
export interface Protection {
  /** Name or ARM id of a Backup vault, or tags that the vault of the region must carry. */
  vault?: string | { tags: Record<string, string> };
  /** Name of an existing backup policy. */
  policy?: string;
  /** Days, both ends included. */
  retention?: { minDays?: number; maxDays?: number };
  schedule?: Schedule;
  tier?: Tier;
  /** Wish for a vault that has to be created. */
  redundancy?: "locally-redundant" | "zone-redundant" | "geo-redundant";
  snapshotResourceGroup?: string;
  /** Data disks of a virtual machine, by logical unit number. */
  diskLuns?: Items<number>;
  blobContainers?: Items<string>;
  databases?: Items<string>;
  fileShares?: Items<string>;
  /** How many points are kept longer than `retention` says: one for each week, month, year. */
  longTerm?: { weeks?: number; months?: number; years?: number };
  /** Days for which snapshots are kept beside the resource, for restores in minutes. */
  snapshotDays?: number;
  /** Backups of a database's log. */
  logBackup?: { everyMinutes?: number; keepDays?: number };
  /** Backups of a database between full ones; without days, the host chooses them. */
  partialBackup?: { kind: "differential" | "incremental"; days?: Weekday[]; keepDays?: number };
  /** When recovery points move to the archive tier: those that Azure recommends, or each after some days. */
  archive?: "never" | "recommended" | { afterDays: number };
  /** Whether applications write out what they hold, where they can, or it is as after a power failure. */
  consistency?: "application" | "crash";
  /** Whether backups of a database are compressed. */
  compression?: boolean;
  restoreTest?: RestoreTest;
}

export interface Schedule {
  /** ISO 8601 period such as `PT4H`, `P1D` or `P1W`. */
  every: string;
  /** First time of day, `hh:mm`. */
  at?: string;
  /** Days of the week of a schedule of weeks; without, the host chooses. */
  days?: Weekday[];
  /** Hours of the day, from `at` on, in which a schedule of hours runs. */
  windowHours?: number;
  /** Time zone of `at`, by its Windows name; without, UTC. */
  timeZone?: string;
}

/** A wish that restoring is tried, regularly. */
export interface RestoreTest {
  /** ISO 8601 period, such as `P1M`. */
  every: string;
  /** Without, the latest. */
  point?: "latest" | "latest-clean" | "oldest";
  /** Without, any. */
  tier?: Tier;
  /** What is left out is left to the host. */
  to?: { subscription?: string; resourceGroup?: string; pairedRegion?: boolean };
  /** Whether a completed restore has passed, or rules say what it is worth. Without, the first. */
  judge?: "completion" | "rules";
}

/** Which of the items of a target are protected. */
export type Items<Item> = "all" | Item[] | { allBut: Item[] };

export type Tier = "operational" | "vault";

export type Weekday = "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";

export type ExclusionKind = "not-supported" | "ephemeral" | "protected-elsewhere" | "opted-out" | "other";

export type Verdict =
  | { tag: "abstain" }
  | { tag: "protect"; val: Protection }
  | { tag: "exclude"; val: { kind: ExclusionKind; until?: string } }
  | { tag: "need-facts"; val: FactKey[] };

export interface Reason {
  code: string;
  message: string;
  evidence: { pointer: string; value: string }[];
}

/** What a rule says of a resource. */
export declare class Opinion {
  constructor(verdict: Verdict);
  readonly verdict: Verdict;
  readonly reasons: Reason[];
  readonly labels: Tag[];
  /** Gives the target a label, such as a classification; whatever the verdict. */
  labelled(name: string, value: string): this;
  /** Adds a reason: one of the manifest's codes, and a few words for a person. */
  because(code: string, message: string): this;
  /** Adds evidence to the last reason: a JSON pointer into the request, and the value found there. */
  seen(pointer: string, value: string): this;
}

/** Nothing to say of this resource. */
export declare function abstain(): Opinion;
/** Protect it, as far as the stated fields say how. */
export declare function protect(protection?: Protection): Opinion;
/** Leave it unprotected, until a time (RFC 3339) or until the rule says otherwise. */
export declare function exclude(kind: ExclusionKind, until?: string): Opinion;
/** Ask again with these facts. */
export declare function needFacts(...keys: FactKey[]): Opinion;

/** The tag of this name, compared without case as Azure does. */
export declare function tag(target: AzResource, name: string): Tag | undefined;
/** Whether the resource is of this type, compared without case. */
export declare function isType(target: AzResource, type: string): boolean;
/** JSON pointer to a tag of the request's target. */
export declare function tagPointer(name: string): string;
/** The whole ARM body. Parsing it costs time: do so only if the rule needs it. */
export declare function body(target: AzResource): any;
/** A fact: `undefined` if the host was not asked for it, `null` if it looked and found nothing. */
export declare function fact(request: Request, kind: string, scope: string): any;

/** Who the rule is. */
export interface Manifest {
  name: string;
  version: string;
  /** One sentence. */
  summary: string;
  /** Types that the rule speaks about; none means all. */
  resourceTypes?: string[];
  /** Workloads that the rule speaks about; none means the first one of each type. */
  workloads?: string[];
  /** Kinds of fact that the host fetches for every request. */
  factKinds?: string[];
  /** JSON Schema (2020-12) of the settings. */
  settingsSchema: object;
  reasonCodes: string[];
}

/** Something that is wrong with the settings. */
export interface Issue {
  /** JSON pointer into the settings. */
  pointer: string;
  message: string;
}

/** What `src/rule.js` exports. */
export interface Rule<Settings = any> {
  manifest: Manifest;
  /**
   * Settings that fit the schema. The rule is asked with them once while it is built, which makes every later
   * evaluation several times as fast; they mean nothing in production.
   */
  example?: Settings;
  /** Says what is wrong with settings that the schema lets through. */
  check?(settings: Settings): Issue[];
  evaluate(settings: Settings, request: Request): Opinion;
}
