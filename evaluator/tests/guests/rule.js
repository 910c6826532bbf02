// A rule in plain JavaScript, straight on the contract: protects what the tag `env` asks for.

const SCHEMA = {
  type: "object",
  properties: { protect: { type: "array", items: { type: "string" } } },
  additionalProperties: false,
};

let settings = { protect: [] };

export function describe() {
  return {
    name: "script",
    version: "1.0.0",
    summary: "Protects what the tag env asks for",
    resourceTypes: [],
    factKinds: [],
    settingsSchema: JSON.stringify(SCHEMA),
    reasonCodes: ["tagged", "untagged"],
  };
}

export function configure(text) {
  settings = { ...settings, ...JSON.parse(text) };
}

export function evaluate(request) {
  const tag = request.target.tags.find((tag) => tag.name === "env");
  if (tag === undefined || !settings.protect.includes(tag.value)) {
    const reason = { code: "untagged", message: "no tag asks for protection", evidence: [] };
    return { verdict: { tag: "abstain" }, reasons: [reason] };
  }
  const evidence = [{ pointer: "/target/tags/env", value: tag.value }];
  const reason = { code: "tagged", message: `tag env=${tag.value} asks for protection`, evidence };
  return { verdict: { tag: "protect", val: { retention: { minDays: 30 } } }, reasons: [reason] };
}
