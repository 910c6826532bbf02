// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { component } from "../sdk/component.js";
import { answers, requests } from "../sdk/packed.js";
import { protection } from "../sdk/protection.js";
import { sample } from "../sdk/sample.js";
import * as rule from "../src/rule.js";

test("a packed request is read as the typed one", () => {
  const [request] = requests(sample(rule.manifest));
  assert.equal(request?.target.type, "Microsoft.Compute/disks");
  assert.deepEqual(request?.target.tags, [{ name: "env", value: "prod" }, { name: "owner", value: "sample" }]);
  assert.equal(request?.target.sku, "Standard_LRS");
  assert.equal(request?.target.kind, undefined);
  assert.equal(request?.workload, "azure-disk");
  assert.deepEqual(request?.labels, [{ name: "class", value: "internal" }]);
  assert.equal(request?.eventTime, "2026-01-01T00:00:00Z");
  assert.equal(request?.explain, true);
});

test("both doors give the same answer", () => {
  const exported = component(rule);
  exported.configure(JSON.stringify({ tag: "env", values: ["prod"], "min-days": 30 }));
  const bytes = sample(rule.manifest);
  const typed = requests(bytes).map((request) => exported.evaluate(request));
  assert.deepEqual(exported.evaluatePacked(bytes), answers(typed));
});

test("texts beyond ASCII are read and written", () => {
  const bytes = sample({ ...rule.manifest, resourceTypes: ["Größe/Диск"] });
  const [request] = requests(bytes);
  assert.equal(request?.target.type, "Größe/Диск");
  assert.equal(request?.target.tags[0]?.value, "prod");
  const written = answers([{ tag: "internal", val: "Größe" }]);
  assert.deepEqual([...written.subarray(0, 5)], [1, 0, 0, 0, 6]);
  assert.equal(new TextDecoder().decode(written.subarray(9)), "Größe");
});

/** @param {import("../sdk/holdfast.js").Protection} stated */
const protecting = (stated) => ({ verdict: { tag: "protect", val: protection(stated) }, labels: [], reasons: [] });

/** The bytes behind the number of answers, the kind of the answer and its fields; without labels and reasons. */
const fields = (/** @type {import("../sdk/holdfast.js").Protection} */ stated) => {
  const written = answers([protecting(stated)]);
  return { bits: new DataView(written.buffer, written.byteOffset).getUint32(5, true), bytes: [...written.subarray(9, -8)] };
};

test("every field of the contract lies where packed.md says", () => {
  const text = (/** @type {string} */ letter) => [1, 0, 0, 0, letter.charCodeAt(0)];
  const one = [1, 0, 0, 0];
  /** @type {[import("../sdk/holdfast.js").Protection, number, number[]][]} */
  const cases = [
    [{ schedule: { every: "W", at: "a", days: ["monday", "sunday"], windowHours: 1, timeZone: "z" } }, 3,
      [...text("W"), 1, ...text("a"), 2, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1, ...one, 1, ...text("z")]],
    [{ schedule: { every: "W" } }, 3, [...text("W"), 0, 0, 0, 0, 0, 0, 0]],
    [{ diskLuns: "all" }, 7, [0]],
    [{ blobContainers: ["c"] }, 8, [1, ...one, ...text("c")]],
    [{ databases: { allBut: ["d"] } }, 9, [2, ...one, ...text("d")]],
    [{ fileShares: [] }, 10, [1, 0, 0, 0, 0]],
    [{ longTerm: { weeks: 1, years: 1 } }, 11, [1, ...one, 0, 1, ...one]],
    [{ snapshotDays: 1 }, 12, one],
    [{ logBackup: { everyMinutes: 1 } }, 13, [1, ...one, 0]],
    [{ partialBackup: { kind: "incremental", keepDays: 1 } }, 14, [1, 0, 0, 0, 0, 1, ...one]],
    [{ archive: "recommended" }, 15, [1]],
    [{ archive: { afterDays: 1 } }, 15, [2, ...one]],
    [{ consistency: "crash" }, 16, [1]],
    [{ compression: true }, 17, [1]],
    [{ restoreTest: { every: "M" } }, 18, [...text("M"), 0, 0, 0, 0, 0, 0]],
    [{ restoreTest: { every: "M", point: "oldest", tier: "vault", judge: "rules", to: { resourceGroup: "g", pairedRegion: true } } },
      18, [...text("M"), 2, 1, 1, 0, 1, ...text("g"), 1, 1]],
  ];
  for (const [stated, bit, bytes] of cases) {
    assert.deepEqual(fields(stated), { bits: 2 ** bit, bytes }, JSON.stringify(stated));
  }
});

test("labels lie before the reasons", () => {
  const written = answers([{ verdict: { tag: "abstain" }, labels: [{ name: "n", value: "v" }], reasons: [] }]);
  const label = [1, 0, 0, 0, 110, 1, 0, 0, 0, 118];
  assert.deepEqual([...written], [1, 0, 0, 0, 0, 1, 0, 0, 0, ...label, 0, 0, 0, 0]);
});

test("numbers of more than seven bits are written as they are", () => {
  const message = "x".repeat(200);
  const verdict = { tag: "protect", val: { retention: { minDays: 0x89abcdef } } };
  const written = answers([{ verdict, labels: [], reasons: [{ code: "é", message, evidence: [] }] }]);
  assert.deepEqual([...written.subarray(0, 15)], [1, 0, 0, 0, 1, 4, 0, 0, 0, 1, 0xef, 0xcd, 0xab, 0x89, 0]);
  assert.deepEqual([...written.subarray(15, 33)], [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0xc3, 0xa9, 200, 0, 0, 0]);
  assert.equal(new TextDecoder().decode(written.subarray(33, 233)), message);
  assert.equal(written.length, 237);
  assert.throws(() => answers([protecting({ diskLuns: [-1] })]), /-1/);
});
