// @ts-check
/**
 * Opinions as the bytes of the packed door; wit/packed.md says where each lies.
 * @import { Tag } from "./holdfast.js"
 * @typedef {{ verdict: any, labels: Tag[], reasons: { code: string, message: string, evidence: { pointer: string, value: string }[] }[] }} Lowered
 * @typedef {{ tag: "bad-input" | "unsupported" | "internal", val: string }} Failure
 */

const encoder = new TextEncoder();

const EXCLUSIONS = ["not-supported", "ephemeral", "protected-elsewhere", "opted-out", "other"];
const FAILURES = ["bad-input", "unsupported", "internal"];
const TIERS = ["operational", "vault"];
const REDUNDANCIES = ["locally-redundant", "zone-redundant", "geo-redundant"];
const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const PARTIAL = ["differential", "incremental"];
const CONSISTENCIES = ["application", "crash"];
const POINTS = ["latest", "latest-clean", "oldest"];
const JUDGES = ["completion", "rules"];
const ITEMS = ["all", "named", "all-but"];
const ARCHIVES = ["never", "recommended", "after-days"];

// An interpreter runs this for every evaluation, so calls, property look-ups and iterators are few here.

/** @param {(Lowered | Failure)[]} answers @returns {Uint8Array} */
export function answers(answers) {
  const plain = list(answers, (answer) => written(answer, same));
  const bytes = encoder.encode(plain);
  if (bytes.length === plain.length) return bytes;
  const wide = list(answers, (answer) => written(answer, narrowed));
  return Uint8Array.from(wide, (character) => character.charCodeAt(0));
}

/**
 * Answers are put together as strings of which each character is a byte. A text of ASCII is that already.
 * @typedef {(text: string) => string} Text
 * @type {Text}
 */
const same = (text) => (text.length < 256 ? SMALL[text.length] : number(text.length)) + text;

/** @type {Text} */
function narrowed(text) {
  const bytes = encoder.encode(text);
  return number(bytes.length) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** @param {Lowered | Failure} answer @param {Text} text */
function written(answer, text) {
  if ("tag" in answer) return byte(4 + FAILURES.indexOf(answer.tag)) + text(answer.val);
  const { verdict, labels, reasons } = answer;
  return said(verdict, text) + list(labels, ({ name, value }) => text(name) + text(value)) + list(reasons, ({ code, message, evidence }) =>
    text(code) + text(message) + list(evidence, ({ pointer, value }) => text(pointer) + text(value)));
}

/** @param {any} verdict @param {Text} text */
function said({ tag, val }, text) {
  switch (tag) {
    case "protect":
      return byte(1) + protection(val, text);
    case "exclude":
      return byte(2) + word(EXCLUSIONS, val.kind) + option(val.until, text);
    case "need-facts":
      return byte(3) + list(val, ({ kind, scope }) => text(kind) + text(scope));
    default:
      return byte(0);
  }
}

/** The bit of each field. @type {Record<string, number>} */
const BITS = {};
/** Fields in the order of their bits, and how each is written. */
const FIELDS = [
  "vault", "policy", "retention", "schedule", "tier", "redundancy", "snapshotResourceGroup", "diskLuns",
  "blobContainers", "databases", "fileShares", "longTerm", "snapshotDays", "logBackup", "partialBackup", "archive",
  "consistency", "compression", "restoreTest",
];
FIELDS.forEach((field, bit) => (BITS[field] = 1 << bit));
/** @type {((value: any, text: Text) => string)[]} */
const WRITTEN = [
  vault,
  (name, text) => text(name),
  ({ minDays, maxDays }) => option(minDays, number) + option(maxDays, number),
  ({ every, at, days, windowHours, timeZone }, text) =>
    text(every) + option(at, text) + list(days, weekday) + option(windowHours, number) + option(timeZone, text),
  (tier) => word(TIERS, tier),
  (redundancy) => word(REDUNDANCIES, redundancy),
  (name, text) => text(name),
  (luns) => items(luns, number),
  items,
  items,
  items,
  ({ weeks, months, years }) => option(weeks, number) + option(months, number) + option(years, number),
  number,
  ({ everyMinutes, keepDays }) => option(everyMinutes, number) + option(keepDays, number),
  ({ kind, days, keepDays }) => word(PARTIAL, kind) + list(days, weekday) + option(keepDays, number),
  ({ tag, val }) => word(ARCHIVES, tag) + (tag === "after-days" ? number(val) : ""),
  (consistency) => word(CONSISTENCIES, consistency),
  truth,
  ({ every, point, tier, to, judge }, text) =>
    text(every) + word(POINTS, point) + option(tier, (tier) => word(TIERS, tier)) + option(to.subscription, text) +
    option(to.resourceGroup, text) + truth(to.pairedRegion) + word(JUDGES, judge),
];

/** @param {any} choice @param {(item: any) => string} write */
function items({ tag, val }, write) {
  return word(ITEMS, tag) + (tag === "all" ? "" : list(val, write));
}

/** @param {string} day */
const weekday = (day) => number(position(WEEKDAYS, day));

/** @param {boolean} value */
function truth(value) {
  return byte(value ? 1 : 0);
}

/** @param {any} stated @param {Text} text */
function protection(stated, text) {
  let bits = 0;
  for (const field in stated) {
    if (stated[field] !== undefined) bits |= BITS[field];
  }
  let fields = "";
  for (let left = bits, bit = 0; left > 0; left >>>= 1, bit += 1) {
    if (left & 1) fields += WRITTEN[bit](stated[FIELDS[bit]], text);
  }
  return number(bits) + fields;
}

/** @param {any} choice @param {Text} text */
function vault({ tag, val }, text) {
  if (tag === "named") return byte(0) + text(val);
  return byte(1) + list(val, ({ name, value }) => text(name) + text(value));
}

/** @param {string[]} words @param {string} given */
const word = (words, given) => byte(position(words, given));

/** @param {string[]} words @param {string} given */
function position(words, given) {
  const index = words.indexOf(given);
  if (index < 0) throw new TypeError(`"${given}" is none of ${words.join(", ")}`);
  return index;
}

/** @param {number} value */
const byte = (value) => String.fromCharCode(value);

/** Numbers of one byte, written as the four that they take. */
const SMALL = Array.from({ length: 256 }, (_, value) => String.fromCharCode(value, 0, 0, 0));

/** @param {number} value */
function number(value) {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new TypeError(`${value} is no whole number from 0 to 4294967295`);
  }
  if (value < 256) return SMALL[value];
  return String.fromCharCode(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
}

/** @template T @param {T | undefined} value @param {(value: T) => string} write */
function option(value, write) {
  return value === undefined ? byte(0) : byte(1) + write(value);
}

/** @template T @param {readonly T[]} items @param {(item: T) => string} write */
function list(items, write) {
  let written = number(items.length);
  for (let index = 0; index < items.length; index += 1) written += write(items[index]);
  return written;
}
