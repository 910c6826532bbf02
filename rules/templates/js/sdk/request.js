// @ts-check
/**
 * Requests as they arrive at the packed door; wit/packed.md says where each text lies. One is decoded when it is
 * read, once: most rules read few.
 * @import { AzResource, Fact, Request, Tag } from "./holdfast.js"
 */

const decoder = new TextDecoder();

// What follows counts words from the start of a block: slots of texts, where tags begin, and how many words one takes.
const ID = 3;
const TYPE = 5;
const NAME = 7;
const LOCATION = 9;
const RESOURCE_GROUP = 11;
const SUBSCRIPTION = 13;
const SKU = 15;
const KIND = 17;
const BODY = 19;
const EVENT_TIME = 21;
const WORKLOAD = 23;
const TAGS = 26;
const EACH_TAG = 4;
const EACH_FACT = 6;

// An interpreter runs this for every evaluation, so calls, property look-ups and iterators are few here.

/** @param {Uint8Array} bytes @returns {Request[]} */
export function requests(bytes) {
  // Blocks begin at multiples of four from the start of the buffer.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
  const count = words[0];
  const found = [];
  for (let index = 1; index <= count; index += 1) found.push(new Packed(new Block(aligned, words, words[index])));
  return found;
}

/** The bytes of one request. */
class Block {
  /** @param {Uint8Array} bytes @param {Uint32Array} words the same @param {number} start */
  constructor(bytes, words, start) {
    this.bytes = bytes;
    this.words = words;
    this.start = start;
    this.first = start >> 2;
    /** What has been decoded, by slot. @type {string[]} */
    this.kept = [];
  }

  /** @param {number} word */
  number(word) {
    return this.words[this.first + word];
  }

  /** What a slot names; undefined for what is absent. @param {number} slot @returns {any} */
  text(slot) {
    const kept = this.kept[slot];
    if (kept !== undefined) return kept;
    const at = this.first + slot;
    const position = this.words[at];
    if (position === 0) return undefined;
    const from = this.start + position;
    return (this.kept[slot] = decoder.decode(this.bytes.subarray(from, from + this.words[at + 1])));
  }

  /** @param {number} slot of the name @returns {Tag} */
  tag(slot) {
    return { name: this.text(slot), value: this.text(slot + 2) };
  }

  /** @param {number} slot @param {number} count */
  tags(slot, count) {
    /** @type {Tag[]} */
    const tags = [];
    for (let left = count; left > 0; left -= 1, slot += EACH_TAG) tags.push(this.tag(slot));
    return tags;
  }

  facts() {
    /** @type {Fact[]} */
    const facts = [];
    let slot = TAGS + EACH_TAG * this.number(1);
    for (let left = this.number(2); left > 0; left -= 1, slot += EACH_FACT) {
      facts.push({ key: { kind: this.text(slot), scope: this.text(slot + 2) }, value: this.text(slot + 4) });
    }
    return facts;
  }

  labels() {
    return this.tags(TAGS + EACH_TAG * this.number(1) + EACH_FACT * this.number(2), this.number(25));
  }
}

/** @implements {Request} */
class Packed {
  /** @param {Block} block */
  constructor(block) {
    this.block = block;
    this.target = new Target(block);
    /** @type {Tag[] | undefined} */
    this.readLabels = undefined;
    /** @type {Fact[] | undefined} */
    this.readFacts = undefined;
  }

  get workload() {
    return this.block.text(WORKLOAD) ?? "";
  }
  get labels() {
    return (this.readLabels ??= this.block.labels());
  }
  get facts() {
    return (this.readFacts ??= this.block.facts());
  }
  get eventTime() {
    return this.block.text(EVENT_TIME);
  }
  get explain() {
    return (this.block.number(0) & 1) === 1;
  }

  toJSON() {
    const { target, workload, labels, facts, eventTime, explain } = this;
    return { target, workload, labels, facts, eventTime, explain };
  }
}

/** @implements {AzResource} */
export class Target {
  /** @param {Block} block */
  constructor(block) {
    this.block = block;
    /** @type {Tag[] | undefined} */
    this.readTags = undefined;
  }

  get id() {
    return this.block.text(ID);
  }
  get type() {
    return this.block.text(TYPE);
  }
  get name() {
    return this.block.text(NAME);
  }
  get location() {
    return this.block.text(LOCATION);
  }
  get resourceGroup() {
    return this.block.text(RESOURCE_GROUP);
  }
  get subscription() {
    return this.block.text(SUBSCRIPTION);
  }
  get tags() {
    return (this.readTags ??= this.block.tags(TAGS, this.block.number(1)));
  }
  get sku() {
    return this.block.text(SKU);
  }
  get kind() {
    return this.block.text(KIND);
  }
  get body() {
    return this.block.text(BODY);
  }

  /** The first tag whose name in lower case is this. @param {string} wanted @returns {Tag | undefined} */
  tagInLowerCase(wanted) {
    const { block } = this;
    const { words, first } = block;
    const least = wanted.length;
    const most = longest(wanted);
    let slot = TAGS;
    for (let left = words[first + 1]; left > 0; left -= 1, slot += EACH_TAG) {
      // Most names differ in length, which is seen without decoding them.
      const length = words[first + slot + 1];
      if ((length === least || (length <= most && least !== most)) && block.text(slot).toLowerCase() === wanted) {
        return block.tag(slot);
      }
    }
    return undefined;
  }

  toJSON() {
    const { id, type, name, location, resourceGroup, subscription, tags, sku, kind, body } = this;
    return { id, type, name, location, resourceGroup, subscription, tags, sku, kind, body };
  }
}

/**
 * How many bytes a name may have that is this text in lower case. Of all signs beyond ASCII, that of the kelvin
 * alone has an ASCII letter as its lower case.
 * @param {string} wanted
 */
function longest(wanted) {
  let most = wanted.length;
  for (let index = 0; index < wanted.length; index += 1) {
    const unit = wanted.charCodeAt(index);
    if (unit > 0x7f) return Infinity;
    if (unit === 0x6b) most += 2;
  }
  return most;
}
