"""A request as the bytes of the packed door: for tests, and to warm the component while it is built."""

import struct

from holdfast import AzResource, Fact, FactKey, Manifest, Request, Tag

def sample(manifest: Manifest) -> Request:
    """A resource of the first type that the rule speaks about."""
    type = manifest.resource_types[0] if manifest.resource_types else "Microsoft.Compute/disks"
    target = AzResource(
        id=f"/subscriptions/s/resourceGroups/rg/providers/{type}/sample",
        type=type,
        name="sample",
        location="westeurope",
        resource_group="rg",
        subscription="s",
        tags=[Tag("env", "prod"), Tag("owner", "sample")],
        sku="Standard_LRS",
        body='{"properties":{"sample":[1,true,null]}}',
    )
    return Request(
        target,
        workload=manifest.workloads[0] if manifest.workloads else "azure-disk",
        labels=[Tag("class", "internal")],
        facts=[Fact(FactKey("sample", "sample")), Fact(FactKey("sample", "other"), "{}")],
        event_time="2026-01-01T00:00:00Z",
    )


def packed(*requests: Request) -> bytes:
    blocks, position = [], 4 + 4 * len(requests)
    positions = []
    for block in map(packed_block, requests):
        positions.append(position)
        blocks.append(block)
        position += len(block)
    return struct.pack(f"<{1 + len(requests)}I", len(requests), *positions) + b"".join(blocks)


def packed_block(request: Request) -> bytes:
    target, tags, facts, labels = request.target, request.target.tags, request.facts, request.labels
    place = [target.id, target.type, target.name, target.location, target.resource_group, target.subscription]
    texts = [*place, target.sku, target.kind, target.body, request.event_time, request.workload]
    named = [text for tag in tags for text in (tag.name, tag.value)]
    named += [text for fact in facts for text in (fact.key.kind, fact.key.scope, fact.value)]
    named += [text for label in labels for text in (label.name, label.value)]
    end, slots, behind = 104 + 8 * len(named), [], b""
    for text in texts + named:
        data = b"" if text is None else text.encode()
        slots.append(struct.pack("<II", 0 if text is None else end + len(behind), len(data)))
        behind += data
    counts = struct.pack("<III", request.explain, len(tags), len(facts))
    header = counts + b"".join(slots[:11]) + struct.pack("<I", len(labels)) + b"".join(slots[11:])
    return header + behind + bytes(-(len(header) + len(behind)) % 4)
