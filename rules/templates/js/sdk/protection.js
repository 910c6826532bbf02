// @ts-check
/**
 * How to protect, as rules state it and as the contract has it.
 * @import { Protection, RestoreTest, Schedule, Tag } from "./holdfast.js"
 */

/** @type {Record<string, (stated: any) => any>} */
const LOWERED = {
  vault: choice,
  schedule,
  diskLuns: items,
  blobContainers: items,
  databases: items,
  fileShares: items,
  partialBackup: ({ kind, days = [], keepDays }) => ({ kind, days, keepDays }),
  archive: (stated) => typeof stated === "string" ? { tag: stated } : { tag: "after-days", val: stated.afterDays },
  restoreTest,
};

/** Every field as the contract has it; what is not stated stays so. @param {Protection} stated @returns {any} */
export function protection(stated) {
  /** @type {any} */
  const lowered = { ...stated };
  for (const field in lowered) {
    if (LOWERED[field] !== undefined && lowered[field] !== undefined) lowered[field] = LOWERED[field](lowered[field]);
  }
  return lowered;
}

/** @param {NonNullable<Protection["vault"]>} vault */
function choice(vault) {
  if (typeof vault === "string") return { tag: "named", val: vault };
  /** @type {Tag[]} */
  const tags = Object.entries(vault.tags).map(([name, value]) => ({ name, value }));
  return { tag: "selector", val: tags.sort((one, other) => (one.name < other.name ? -1 : 1)) };
}

/** @param {Schedule} stated */
function schedule({ every, at, days = [], windowHours, timeZone }) {
  return { every, at, days, windowHours, timeZone };
}

/** @param {"all" | any[] | { allBut: any[] }} stated */
function items(stated) {
  if (stated === "all") return { tag: "all" };
  return Array.isArray(stated) ? { tag: "named", val: stated } : { tag: "all-but", val: stated.allBut };
}

/** @param {RestoreTest} stated */
function restoreTest({ every, point = "latest", tier, to = {}, judge = "completion" }) {
  const { subscription, resourceGroup, pairedRegion = false } = to;
  return { every, point, tier, to: { subscription, resourceGroup, pairedRegion }, judge };
}
