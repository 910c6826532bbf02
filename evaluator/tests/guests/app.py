"""A rule in plain Python, straight on the contract: protects what the tag `env` asks for."""

import json

import wit_world
from wit_world.imports import types

SCHEMA = {
    "type": "object",
    "properties": {"protect": {"type": "array", "items": {"type": "string"}}},
    "additionalProperties": False,
}

settings = {"protect": []}


class WitWorld(wit_world.WitWorld):
    def describe(self):
        return types.Manifest(
            name="snake",
            version="1.0.0",
            summary="Protects what the tag env asks for",
            resource_types=[],
            fact_kinds=[],
            settings_schema=json.dumps(SCHEMA),
            reason_codes=["tagged", "untagged"],
        )

    def configure(self, text):
        settings.update(json.loads(text))

    def evaluate(self, request):
        value = next((tag.value for tag in request.target.tags if tag.name == "env"), None)
        if value not in settings["protect"]:
            reason = types.Reason("untagged", "no tag asks for protection", [])
            return types.Opinion(types.Verdict_Abstain(), [reason])
        evidence = [types.Evidence("/target/tags/env", value)]
        reason = types.Reason("tagged", f"tag env={value} asks for protection", evidence)
        retention = types.Retention(30, None)
        protection = types.Protection(None, None, retention, None, None, None, None, None, None, None)
        return types.Opinion(types.Verdict_Protect(protection), [reason])
