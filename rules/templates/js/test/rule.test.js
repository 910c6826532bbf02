// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { evaluate } from "../src/rule.js";

const settings = { tag: "env", values: ["prod"], "min-days": 30 };

/** @param {Record<string, string>} tags */
const disk = (tags) => ({
  target: {
    id: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/data",
    type: "Microsoft.Compute/disks",
    name: "data",
    location: "westeurope",
    resourceGroup: "rg",
    subscription: "s",
    tags: Object.entries(tags).map(([name, value]) => ({ name, value })),
    body: "{}",
  },
  workload: "azure-disk",
  labels: [],
  facts: [],
  eventTime: "2026-01-01T00:00:00Z",
  explain: true,
});

test("a production disk is protected", () => {
  const opinion = evaluate(settings, disk({ Env: "prod" }));
  assert.deepEqual(opinion.verdict, { tag: "protect", val: { retention: { minDays: 30 } } });
  assert.equal(opinion.reasons[0]?.message, "tag Env=prod");
});

test("other disks are left to other rules", () => {
  assert.equal(evaluate(settings, disk({ env: "test" })).verdict.tag, "abstain");
  assert.equal(evaluate(settings, disk({})).reasons[0]?.code, "no-tag");
});

test("what will not live long is excluded", () => {
  assert.equal(evaluate(settings, disk({ env: "prod", lifetime: "ephemeral" })).verdict.tag, "exclude");
});
