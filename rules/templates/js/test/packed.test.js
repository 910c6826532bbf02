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
