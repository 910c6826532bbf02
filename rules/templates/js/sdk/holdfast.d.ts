/** A resource as Azure shows it now. */
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
  /** ISO 8601 period such as `PT4H`, `P1D` or `P1W`, and the first time of day in UTC, `hh:mm`. */
  schedule?: { every: string; at?: string };
  tier?: "operational" | "vault";
  /** Wish for a vault that has to be created. */
  redundancy?: "locally-redundant" | "zone-redundant" | "geo-redundant";
  snapshotResourceGroup?: string;
  diskLuns?: number[];
  blobContainers?: string[];
  databases?: string[];
}

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
