// Makes dist/{{name}}.wasm: a component without imports, which is what Holdfast admits.
import { mkdir, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

const { component } = await componentize({
  sourcePath: "src/component.js",
  witPath: "wit",
  worldName: "packed-rule",
  disableFeatures: ["random", "stdio", "clocks", "http", "fetch-event"],
});
await mkdir("dist", { recursive: true });
await writeFile("dist/{{name}}.wasm", component);
console.log(`dist/{{name}}.wasm: ${(component.length / 1e6).toFixed(1)} MB`);
