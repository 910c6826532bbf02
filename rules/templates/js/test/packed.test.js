// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { component } from "../sdk/component.js";
import { fact, tag } from "../sdk/holdfast.js";
import { answers } from "../sdk/packed.js";
import { protection } from "../sdk/protection.js";
import { requests } from "../sdk/request.js";
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
  assert.deepEqual(request?.facts, [{ key: { kind: "sample", scope: "sample" }, value: "{}" }]);
  assert.equal(request?.eventTime, "2026-01-01T00:00:00Z");
  assert.equal(request?.explain, true);
});

/** The request of these bytes, and the same as the typed door brings it. @param {Uint8Array} bytes */
function both(bytes) {
  const [lazy] = requests(bytes);
  assert.ok(lazy);
  /** @type {import("../sdk/holdfast.js").Request} */
  const typed = JSON.parse(JSON.stringify(lazy));
  return { lazy, typed };
}

test("a text is decoded when it is read, and then kept", () => {
  const bytes = sample(rule.manifest);
  const { lazy } = both(bytes);
  const [other] = requests(bytes);
  assert.equal(other?.target.location, "westeurope");
  bytes.fill("x".charCodeAt(0), 8 + 104 + 72);
  assert.equal(lazy.target.location, "westeurope");
  assert.equal(other?.target.location, "westeurope");
  assert.equal(other?.target.resourceGroup, "xxxxxxxxx");
  assert.equal(other?.target.tags, other?.target.tags);
});

test("a packed request has the fields of a typed one", () => {
  const { lazy, typed } = both(sample(rule.manifest));
  assert.equal("kind" in typed.target, false);
  for (const field of /** @type {(keyof typeof typed.target)[]} */ (Object.keys(typed.target))) {
    assert.deepEqual(lazy.target[field], typed.target[field], field);
  }
  const fields = ["eventTime", "explain", "facts", "labels", "target", "workload"];
  assert.deepEqual(Object.keys(typed).sort(), fields);
  assert.equal(fact(lazy, "sample", "Sample")?.constructor, Object);
});

test("a tag is found by the same names, packed or not", () => {
  const kelvin = "\u212aeep";
  const { lazy, typed } = both(sample(rule.manifest, [["Keep", "a"], [kelvin, "b"], ["GRÖSSE", "c"], ["\u0130d", "d"]]));
  for (const name of ["keep", "KEEP", kelvin, "größe", "GRÖSSE", "i\u0307d", "\u0130D", "id", "kee", "keepe", ""]) {
    assert.deepEqual(tag(lazy.target, name), tag(typed.target, name), name);
  }
  const { lazy: alone } = both(sample(rule.manifest, [[kelvin, "b"]]));
  assert.equal(tag(alone.target, "KEEP")?.value, "b");
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
