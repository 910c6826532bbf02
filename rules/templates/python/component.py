"""The component's exports: nothing to change here."""

import dataclasses
import json

import answers
import rule
import wit_world
from componentize_py_types import Err
from holdfast import Opinion, Protection, Request, abstain
from lowering import enum, protection
from packed import requests
from sample import packed, sample
from wit_world.imports import types

SETTINGS = None


class WitWorld(wit_world.WitWorld):
    def describe(self) -> types.Manifest:
        manifest = rule.MANIFEST
        return types.Manifest(
            name=manifest.name,
            version=manifest.version,
            summary=manifest.summary,
            resource_types=manifest.resource_types,
            workloads=manifest.workloads,
            fact_kinds=manifest.fact_kinds,
            settings_schema=json.dumps(manifest.settings_schema),
            reason_codes=manifest.reason_codes,
        )

    def configure(self, settings: str) -> None:
        global SETTINGS
        SETTINGS = json.loads(settings)
        check = getattr(rule, "check", None)
        issues = check(SETTINGS) if check else []
        if issues:
            raise Err([types.Issue(issue.pointer, issue.message) for issue in issues])

    def evaluate(self, request: types.Request) -> types.Opinion:
        try:
            opinion = rule.evaluate(SETTINGS, request)
        except Exception as error:
            raise Err(types.Failure_Internal(f"{type(error).__name__}: {error}"))
        labels = [types.Tag(label.name, label.value) for label in opinion.labels]
        return types.Opinion(verdict(opinion), labels, [reason(given, request.explain) for given in opinion.reasons])

    def evaluate_packed(self, buffer: bytes) -> bytes:
        return answers.answers([answer(request) for request in requests(buffer)])


def answer(request: Request) -> bytes:
    try:
        opinion = rule.evaluate(SETTINGS, request)
    except Exception as error:
        return answers.failure(f"{type(error).__name__}: {error}")
    return answers.opinion(opinion, request.explain)


def reason(given, explain: bool) -> types.Reason:
    evidence = [types.Evidence(pointer, value) for pointer, value in given.evidence] if explain else []
    return types.Reason(given.code, given.message, evidence)


def verdict(opinion: Opinion):
    if opinion.verdict == "protect":
        return types.Verdict_Protect(protection(opinion.protection or Protection()))
    if opinion.verdict == "exclude":
        return types.Verdict_Exclude(types.Exclusion(enum(types.ExclusionKind, opinion.kind), opinion.until))
    if opinion.verdict == "need-facts":
        return types.Verdict_NeedFacts([types.FactKey(key.kind, key.scope) for key in opinion.facts])
    return types.Verdict_Abstain()


#: After so many calls, Python has put the quicker instructions into the code of what it calls often.
ROUNDS = 32


def warm() -> None:
    """Asks the rule about a sample while the component is built, and reads all that a request has.

    What Python compiles, looks up and replaces in its code meanwhile is there when an evaluation begins, instead of being
    done in each of them. What is answered here is of no consequence.
    """
    global SETTINGS
    SETTINGS = getattr(rule, "EXAMPLE", None)
    buffer = packed(sample(rule.MANIFEST))
    for _ in range(ROUNDS):
        for request in requests(buffer):
            dataclasses.asdict(request)
            opinion = abstain() if SETTINGS is None else rule.evaluate(SETTINGS, request)
            answers.answers([answers.opinion(opinion, request.explain)])
    SETTINGS = None


warm()
