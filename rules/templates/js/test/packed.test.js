// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { component } from "../sdk/component.js";
import { answers, requests } from "../sdk/packed.js";
import { sample } from "../sdk/sample.js";
import * as rule from "../src/rule.js";

test("a packed request is read as the typed one", () => {
  const [request] = requests(sample(rule.manifest));
  assert.equal(request?.target.type, "Microsoft.Compute/disks");
  assert.deepEqual(request?.target.tags, [{ name: "env", value: "prod" }, { name: "owner", value: "sample" }]);
  assert.equal(request?.target.sku, "Standard_LRS");
  assert.equal(request?.target.kind, undefined);
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

test("numbers of more than seven bits are written as they are", () => {
  const message = "x".repeat(200);
  const verdict = { tag: "protect", val: { retention: { minDays: 0x89abcdef } } };
  const written = answers([{ verdict, reasons: [{ code: "é", message, evidence: [] }] }]);
  assert.deepEqual([...written.subarray(0, 15)], [1, 0, 0, 0, 1, 4, 0, 0, 0, 1, 0xef, 0xcd, 0xab, 0x89, 0]);
  assert.deepEqual([...written.subarray(15, 29)], [1, 0, 0, 0, 2, 0, 0, 0, 0xc3, 0xa9, 200, 0, 0, 0]);
  assert.equal(new TextDecoder().decode(written.subarray(29, 229)), message);
  assert.equal(written.length, 233);
  assert.throws(() => answers([{ verdict: { tag: "protect", val: { diskLuns: [-1] } }, reasons: [] }]), /-1/);
});
