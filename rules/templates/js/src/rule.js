// @ts-check
/** @import { Manifest, Opinion, Request } from "../sdk/holdfast.js" */
import { abstain, exclude, protect, tag, tagPointer } from "../sdk/holdfast.js";

/**
 * What an administrator may tune; the schema below describes the same.
 * @typedef {{ tag: string, values: string[], "min-days": number }} Settings
 */

/** @type {Manifest} */
export const manifest = {
  name: "{{name}}",
  version: "0.1.0",
  summary: "protects disks whose tag says so, for as long as the settings ask",
  resourceTypes: ["Microsoft.Compute/disks"],
  reasonCodes: ["tag-asks", "no-tag", "short-lived"],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["tag", "values", "min-days"],
    properties: {
      tag: { description: "Name of the tag.", type: "string", minLength: 1 },
      values: { description: "Values that ask for protection.", type: "array", items: { type: "string" }, minItems: 1 },
      "min-days": { description: "Days that backups are kept at least.", type: "integer", minimum: 1, maximum: 360 },
    },
  },
};

/** The rule is tried with these while it is built, so that it starts warm. @type {Settings} */
export const example = { tag: "env", values: ["prod"], "min-days": 30 };

/**
 * Says what the rule thinks of one resource. The same request always gives the same opinion:
 * there is no clock but `request.eventTime`, no chance and no network.
 * @param {Settings} settings
 * @param {Request} request
 * @returns {Opinion}
 */
export function evaluate(settings, request) {
  const { target } = request;
  if (tag(target, "lifetime")?.value === "ephemeral") {
    return exclude("ephemeral")
      .because("short-lived", "tag lifetime=ephemeral")
      .seen(tagPointer("lifetime"), "ephemeral");
  }
  const found = tag(target, settings.tag);
  if (found === undefined || !settings.values.includes(found.value)) {
    return abstain().because("no-tag", `no tag ${settings.tag} asks for protection`);
  }
  return protect({ retention: { minDays: settings["min-days"] } })
    .because("tag-asks", `tag ${found.name}=${found.value}`)
    .seen(tagPointer(found.name), found.value);
}
