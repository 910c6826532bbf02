// @ts-check
/**
 * Turns a rule into the exports of the contract's world.
 * @import { Request, Rule, Verdict } from "./holdfast.js"
 * @import { Failure, Lowered } from "./packed.js"
 */
import { answers } from "./packed.js";
import { requests } from "./request.js";
import { protection } from "./protection.js";
import { sample } from "./sample.js";

/** @param {Rule} rule */
export function component(rule) {
  /** @type {any} */
  let settings;

  /** @param {Request} request @returns {Lowered | Failure} */
  function judge(request) {
    try {
      const opinion = rule.evaluate(settings, request);
      const reasons = request.explain
        ? opinion.reasons
        : opinion.reasons.map((reason) => ({ ...reason, evidence: [] }));
      return { verdict: lowered(opinion.verdict), labels: opinion.labels, reasons };
    } catch (error) {
      return { tag: "internal", val: String(error) };
    }
  }

  const exported = {
    describe() {
      const { resourceTypes = [], workloads = [], factKinds = [], settingsSchema } = rule.manifest;
      const { name, version, summary, reasonCodes } = rule.manifest;
      const schema = JSON.stringify(settingsSchema);
      return { name, version, summary, resourceTypes, workloads, factKinds, settingsSchema: schema, reasonCodes };
    },
    /** @param {string} text */
    configure(text) {
      settings = JSON.parse(text);
      const issues = rule.check?.(settings) ?? [];
      if (issues.length > 0) throw issues;
    },
    /** @param {Request} request */
    evaluate(request) {
      const answer = judge(request);
      if ("tag" in answer) throw answer;
      return answer;
    },
    /** @param {Uint8Array} bytes */
    evaluatePacked(bytes) {
      return answers(requests(bytes).map(judge));
    },
  };
  warm(rule, exported);
  return exported;
}

/**
 * Asks the rule while the component is built, and reads all that a request has: the engine compiles a function when it
 * is first called, and that would otherwise be the greater part of every evaluation. What comes of it is of no consequence.
 * @param {Rule} rule
 * @param {{ configure(text: string): void, evaluatePacked(bytes: Uint8Array): Uint8Array }} exported
 */
function warm(rule, exported) {
  if (rule.example === undefined) return;
  try {
    exported.configure(JSON.stringify(rule.example));
    const bytes = sample(rule.manifest);
    JSON.stringify(requests(bytes));
    exported.evaluatePacked(bytes);
  } catch (error) {
    throw new Error(`the rule fails with the settings of its \`example\`: ${JSON.stringify(error)}`);
  }
}

/** @param {Verdict} verdict */
function lowered(verdict) {
  if (verdict.tag !== "protect") return verdict;
  return { tag: "protect", val: protection(verdict.val) };
}
