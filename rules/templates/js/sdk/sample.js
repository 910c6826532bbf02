// @ts-check
/** @import { Manifest } from "./holdfast.js" */

const encoder = new TextEncoder();

/**
 * A resource of the first type that the rule speaks about, as the bytes of the packed door.
 * @param {Manifest} manifest @param {[string, string][]} [tags]
 */
export function sample(manifest, tags = [["env", "prod"], ["owner", "sample"]]) {
  const type = manifest.resourceTypes?.[0] ?? "Microsoft.Compute/disks";
  const subscription = "00000000-0000-0000-0000-000000000000";
  const id = `/subscriptions/${subscription}/resourceGroups/rg-sample/providers/${type}/sample`;
  const body = '{"properties":{"sample":[1,true,null]}}';
  const time = "2026-01-01T00:00:00Z";
  const workload = manifest.workloads?.[0] ?? "azure-disk";
  const place = ["sample", "westeurope", "rg-sample", subscription];
  const texts = [id, type, ...place, "Standard_LRS", "", body, time, workload];
  return packed(texts, tags, ["sample", "sample", "{}"], [["class", "internal"]]);
}

/** Where the slots of tags begin in the buffer, before those of facts and labels: behind its first two words. */
const NAMED = 8 + 104;

/**
 * @param {string[]} texts those of the slots, in their order; the empty one is absent
 * @param {[string, string][]} tags @param {[string, string, string]} fact @param {[string, string][]} labels
 */
function packed(texts, tags, fact, labels) {
  const slots = [...texts, ...tags.flat(), ...fact, ...labels.flat()].map((text) => encoder.encode(text));
  let position = 104 + 16 * (tags.length + labels.length) + 24;
  const bytes = new Uint8Array(8 + slots.reduce((sum, slot) => sum + slot.length, position));
  const view = new DataView(bytes.buffer);
  [1, 8, 1, tags.length, 1].forEach((number, index) => view.setUint32(4 * index, number, true));
  view.setUint32(NAMED - 4, labels.length, true);
  slots.forEach((slot, index) => {
    const at = index < texts.length ? 8 + 12 + 8 * index : NAMED + 8 * (index - texts.length);
    if (slot.length > 0) {
      view.setUint32(at, position, true);
      view.setUint32(at + 4, slot.length, true);
      bytes.set(slot, 8 + position);
    }
    position += slot.length;
  });
  return bytes;
}
