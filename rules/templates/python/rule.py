"""The rule: what Holdfast asks of every disk."""

from holdfast import Manifest, Opinion, Protection, Request, Retention, abstain, exclude, protect, tag, tag_pointer

MANIFEST = Manifest(
    name="{{name}}",
    version="0.1.0",
    summary="protects disks whose tag says so, for as long as the settings ask",
    resource_types=["Microsoft.Compute/disks"],
    reason_codes=["tag-asks", "no-tag", "short-lived"],
    settings_schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["tag", "values", "min-days"],
        "properties": {
            "tag": {"description": "Name of the tag.", "type": "string", "minLength": 1},
            "values": {
                "description": "Values that ask for protection.",
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
            },
            "min-days": {
                "description": "Days that backups are kept at least.",
                "type": "integer",
                "minimum": 1,
                "maximum": 360,
            },
        },
    },
)

#: Settings that fit the schema. The rule is asked with them while it is built, so that it starts warm.
EXAMPLE = {"tag": "env", "values": ["prod"], "min-days": 30}


def evaluate(settings: dict, request: Request) -> Opinion:
    """Says what the rule thinks of one resource.

    The same request always gives the same opinion: there is no clock but `request.event_time`,
    no chance and no network.
    """
    target = request.target
    lifetime = tag(target, "lifetime")
    if lifetime is not None and lifetime.value == "ephemeral":
        opinion = exclude("ephemeral").because("short-lived", "tag lifetime=ephemeral")
        return opinion.seen(tag_pointer("lifetime"), "ephemeral")
    found = tag(target, settings["tag"])
    if found is None or found.value not in settings["values"]:
        return abstain().because("no-tag", f"no tag {settings['tag']} asks for protection")
    opinion = protect(Protection(retention=Retention(min_days=settings["min-days"])))
    return opinion.because("tag-asks", f"tag {found.name}={found.value}").seen(tag_pointer(found.name), found.value)
