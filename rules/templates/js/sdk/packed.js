// @ts-check
/**
 * Requests and opinions as the bytes of the packed door; wit/packed.md says where each lies.
 * @import { AzResource, Fact, Protection, Request, Tag } from "./holdfast.js"
 * @typedef {{ verdict: any, reasons: { code: string, message: string, evidence: { pointer: string, value: string }[] }[] }} Lowered
 * @typedef {{ tag: "bad-input" | "unsupported" | "internal", val: string }} Failure
 */

const decoder = new TextDecoder();
const encoder = new TextEncoder();

const EXCLUSIONS = ["not-supported", "ephemeral", "protected-elsewhere", "opted-out", "other"];
const FAILURES = ["bad-input", "unsupported", "internal"];
const TIERS = ["operational", "vault"];
const REDUNDANCIES = ["locally-redundant", "zone-redundant", "geo-redundant"];

/** @param {Uint8Array} bytes @returns {Request[]} */
export function requests(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  const found = [];
  for (let index = 0; index < count; index += 1) {
    const start = view.getUint32(4 + 4 * index, true);
    const next = index + 1 < count ? view.getUint32(8 + 4 * index, true) : bytes.byteLength;
    found.push(request(new Block(bytes, view, start, next > start ? next : bytes.byteLength)));
  }
  return found;
}

/** One request: numbers, and the texts behind them. */
class Block {
  /** @param {Uint8Array} bytes @param {DataView} view @param {number} start @param {number} end */
  constructor(bytes, view, start, end) {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.tags = this.number(4);
    this.facts = this.number(8);
    this.first = 92 + 16 * this.tags + 24 * this.facts;
    const texts = decoder.decode(bytes.subarray(start + this.first, end));
    /** All texts at once where each byte is one character, which is nearly always. */
    this.ascii = texts.length === end - start - this.first ? texts : undefined;
  }

  /** @param {number} at */
  number(at) {
    return this.view.getUint32(this.start + at, true);
  }

  /** @param {number} at */
  text(at) {
    const position = this.number(at);
    const length = this.number(at + 4);
    if (this.ascii !== undefined) return this.ascii.slice(position - this.first, position - this.first + length);
    return decoder.decode(this.bytes.subarray(this.start + position, this.start + position + length));
  }

  /** @param {number} at */
  optional(at) {
    return this.number(at) === 0 ? undefined : this.text(at);
  }
}

/** @param {Block} block @returns {Request} */
function request(block) {
  /** @type {Tag[]} */
  const tags = [];
  for (let at = 92; tags.length < block.tags; at += 16) {
    tags.push({ name: block.text(at), value: block.text(at + 8) });
  }
  /** @type {Fact[]} */
  const facts = [];
  for (let at = 92 + 16 * block.tags; facts.length < block.facts; at += 24) {
    const key = { kind: block.text(at), scope: block.text(at + 8) };
    facts.push({ key, value: block.optional(at + 16) });
  }
  return {
    target: {
      id: block.text(12),
      type: block.text(20),
      name: block.text(28),
      location: block.text(36),
      resourceGroup: block.text(44),
      subscription: block.text(52),
      tags,
      sku: block.optional(60),
      kind: block.optional(68),
      body: block.text(76),
    },
    facts,
    eventTime: block.text(84),
    explain: (block.number(0) & 1) === 1,
  };
}

/** @param {(Lowered | Failure)[]} answers @returns {Uint8Array} */
export function answers(answers) {
  const out = new Writer();
  out.list(answers, (answer) => {
    if ("reasons" in answer) opinion(out, answer);
    else {
      out.byte(4 + FAILURES.indexOf(answer.tag));
      out.text(answer.val);
    }
  });
  return out.bytes.subarray(0, out.length);
}

/** @param {Writer} out @param {Lowered} opinion */
function opinion(out, { verdict, reasons }) {
  switch (verdict.tag) {
    case "protect":
      out.byte(1);
      protection(out, verdict.val);
      break;
    case "exclude":
      out.byte(2);
      out.byte(word(EXCLUSIONS, verdict.val.kind));
      out.option(verdict.val.until, (until) => out.text(until));
      break;
    case "need-facts":
      out.byte(3);
      out.list(verdict.val, ({ kind, scope }) => {
        out.text(kind);
        out.text(scope);
      });
      break;
    default:
      out.byte(0);
  }
  out.list(reasons, ({ code, message, evidence }) => {
    out.text(code);
    out.text(message);
    out.list(evidence, ({ pointer, value }) => {
      out.text(pointer);
      out.text(value);
    });
  });
}

/** Fields in the order of their bits. @type {[string, (out: Writer, value: any) => void][]} */
const FIELDS = [
  ["vault", vault],
  ["policy", (out, name) => out.text(name)],
  ["retention", (out, { minDays, maxDays }) => {
    out.option(minDays, (days) => out.number(days));
    out.option(maxDays, (days) => out.number(days));
  }],
  ["schedule", (out, { every, at }) => {
    out.text(every);
    out.option(at, (time) => out.text(time));
  }],
  ["tier", (out, tier) => out.byte(word(TIERS, tier))],
  ["redundancy", (out, redundancy) => out.byte(word(REDUNDANCIES, redundancy))],
  ["snapshotResourceGroup", (out, name) => out.text(name)],
  ["diskLuns", (out, luns) => out.list(luns, (lun) => out.number(lun))],
  ["blobContainers", (out, names) => out.list(names, (name) => out.text(name))],
  ["databases", (out, names) => out.list(names, (name) => out.text(name))],
];

/** @param {Writer} out @param {any} stated */
function protection(out, stated) {
  let bits = 0;
  FIELDS.forEach(([field], bit) => {
    if (stated[field] !== undefined) bits |= 1 << bit;
  });
  out.number(bits);
  for (const [field, write] of FIELDS) {
    if (stated[field] !== undefined) write(out, stated[field]);
  }
}

/** @param {Writer} out @param {any} choice */
function vault(out, { tag, val }) {
  out.byte(tag === "named" ? 0 : 1);
  if (tag === "named") return out.text(val);
  out.list(val, ({ name, value }) => {
    out.text(name);
    out.text(value);
  });
}

/** @param {string[]} words @param {string} given */
function word(words, given) {
  const index = words.indexOf(given);
  if (index < 0) throw new TypeError(`"${given}" is none of ${words.join(", ")}`);
  return index;
}

/** Bytes that grow. */
class Writer {
  constructor() {
    this.bytes = new Uint8Array(1024);
    this.view = new DataView(this.bytes.buffer);
    this.length = 0;
  }

  /** @param {number} more */
  room(more) {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(2 * (this.length + more));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** @param {number} value */
  byte(value) {
    this.room(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** @param {number} value */
  number(value) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw new TypeError(`${value} is no whole number from 0 to 4294967295`);
    }
    this.room(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** @param {string} text */
  text(text) {
    this.room(4 + 3 * text.length);
    const { written } = encoder.encodeInto(text, this.bytes.subarray(this.length + 4));
    this.view.setUint32(this.length, written, true);
    this.length += 4 + written;
  }

  /** @template T @param {T | undefined} value @param {(value: T) => void} write */
  option(value, write) {
    this.byte(value === undefined ? 0 : 1);
    if (value !== undefined) write(value);
  }

  /** @template T @param {readonly T[]} items @param {(item: T) => void} write */
  list(items, write) {
    this.number(items.length);
    for (const item of items) write(item);
  }
}
