"""Hooks of schemathesis: well-formed requests are about a resource and operations that are there.

Made up, an ARM id or an operation's id names nothing, and what comes behind the pass-up would never be asked.
"""

import os

import schemathesis

RESOURCE = os.environ["HOLDFAST_RESOURCE"]
GROUP = RESOURCE.split("/providers/")[0]
operations = []


def well_formed(case):
    return case.meta is not None and case.meta.generation.mode.value == "positive"


@schemathesis.hook
def before_call(context, case, kwargs):
    if not well_formed(case):
        return
    if isinstance(case.body, dict) and "resource" in case.body:
        case.body["resource"] = RESOURCE
        target = case.body.get("to")
        if isinstance(target, dict) and "resourceGroup" in target:
            target["resourceGroup"] = GROUP
    if operations and "id" in (case.path_parameters or {}):
        case.path_parameters["id"] = operations[-1]


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 202:
        operations.append(response.json()["id"])
