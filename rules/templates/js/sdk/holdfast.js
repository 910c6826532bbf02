// @ts-check
/**
 * What a rule is written with. The types are in holdfast.d.ts.
 * @import { AzResource, ExclusionKind, FactKey, Protection, Request, Tag } from "./holdfast.js"
 */

import { Target } from "./request.js";

/** What a rule says of a resource; see holdfast.d.ts. */
export class Opinion {
  /** @param {import("./holdfast.js").Verdict} verdict */
  constructor(verdict) {
    this.verdict = verdict;
    /** @type {import("./holdfast.js").Reason[]} */
    this.reasons = [];
    /** @type {Tag[]} */
    this.labels = [];
  }

  /** @param {string} name @param {string} value */
  labelled(name, value) {
    this.labels.push({ name, value });
    return this;
  }

  /** @param {string} code @param {string} message */
  because(code, message) {
    this.reasons.push({ code, message, evidence: [] });
    return this;
  }

  /** @param {string} pointer @param {string} value */
  seen(pointer, value) {
    this.reasons.at(-1)?.evidence.push({ pointer, value });
    return this;
  }
}

export const abstain = () => new Opinion({ tag: "abstain" });

/** @param {Protection} [protection] */
export const protect = (protection = {}) => new Opinion({ tag: "protect", val: protection });

/** @param {ExclusionKind} kind @param {string} [until] */
export const exclude = (kind, until) => new Opinion({ tag: "exclude", val: { kind, until } });

/** @param {FactKey[]} keys */
export const needFacts = (...keys) => new Opinion({ tag: "need-facts", val: keys });

/** @param {AzResource} target @param {string} name @returns {Tag | undefined} */
export function tag(target, name) {
  const wanted = name.toLowerCase();
  if (target instanceof Target) return target.tagInLowerCase(wanted);
  const { tags } = target;
  for (let index = 0; index < tags.length; index += 1) {
    if (tags[index].name.toLowerCase() === wanted) return tags[index];
  }
  return undefined;
}

/** @param {AzResource} target @param {string} type */
export const isType = (target, type) => target.type.toLowerCase() === type.toLowerCase();

/** @param {string} name */
export function tagPointer(name) {
  const plain = !name.includes("~") && !name.includes("/");
  return `/target/tags/${plain ? name : name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** @param {AzResource} target */
export const body = (target) => JSON.parse(target.body);

/** @param {Request} request @param {string} kind @param {string} scope */
export function fact(request, kind, scope) {
  const wanted = scope.toLowerCase();
  const found = request.facts.find(({ key }) => key.kind === kind && key.scope.toLowerCase() === wanted);
  if (found === undefined) return undefined;
  return found.value === undefined ? null : JSON.parse(found.value);
}
