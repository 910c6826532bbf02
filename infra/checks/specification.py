"""Property names of main.json against Azure's published API files, where these lie beside the repository."""

import json

from . import expression

FILES = {
    "Microsoft.DataProtection/backupVaults": (
        "dataprotection/resource-manager/Microsoft.DataProtection/stable/2024-04-01/dataprotection.json",
        "BackupVaultResource",
    ),
    "Microsoft.RecoveryServices/vaults": (
        "recoveryservices/resource-manager/Microsoft.RecoveryServices/stable/2024-04-01/vaults.json",
        "Vault",
    ),
    "Microsoft.EventGrid/systemTopics": (
        "eventgrid/resource-manager/Microsoft.EventGrid/stable/2022-06-15/EventGrid.json",
        "SystemTopic",
    ),
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": (
        "eventgrid/resource-manager/Microsoft.EventGrid/stable/2022-06-15/EventGrid.json",
        "EventSubscription",
    ),
    "Microsoft.Authorization/roleAssignments": (
        "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/authorization-RoleAssignmentsCalls.json",
        "RoleAssignment",
    ),
    "Microsoft.Authorization/roleDefinitions": (
        "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/authorization-RoleDefinitionsCalls.json",
        "RoleDefinition",
    ),
}


def problems(templates, specs):
    if not specs.is_dir():
        return
    for template in templates:
        for resource in template.resources():
            if resource["type"] not in FILES:
                continue
            file, definition = FILES[resource["type"]]
            yield from _resource(template, resource, specs / "specification" / file, definition)


def _resource(template, resource, path, definition):
    if resource["apiVersion"] not in path.parts:
        yield f"{template.name}: {resource['type']}@{resource['apiVersion']} has no API file here to be checked against"
        return
    definitions = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    shape = _properties(definitions, definition).get("properties", {})
    for fault in _unknown(definitions, shape, _with_variables(resource["properties"], template), "properties"):
        yield f"{template.name}: {resource['type']}: {fault}"


def _with_variables(node, template):
    """Properties, with the object of a variable where `if` chooses it or nothing."""
    if isinstance(node, dict):
        return {name: _with_variables(value, template) for name, value in node.items()}
    if isinstance(node, list):
        return [_with_variables(value, template) for value in node]
    if expression.is_expression(node):
        for call in expression.calls(expression.parse(node)):
            value = template.body["variables"][call.arguments[0]] if call.name == "variables" else None
            if isinstance(value, dict):
                return _with_variables(value, template)
    return node


def _properties(definitions, name):
    """Properties of a definition, with those it inherits."""
    shape = definitions[name]
    found = {}
    for parent in shape.get("allOf", []):
        found.update(_properties(definitions, _local(parent)) if _local(parent) in definitions else {})
    return {**found, **shape.get("properties", {})}


def _local(node):
    return node.get("$ref", "").rsplit("/", 1)[-1]


def _unknown(definitions, shape, value, path):
    """Paths of properties that the definition, or one that names it as its base, does not have."""
    if isinstance(value, list):
        for item in value:
            yield from _unknown(definitions, shape.get("items", {}), item, path + "[]")
        return
    if not isinstance(value, dict):
        yield from _not_allowed(definitions, shape, value, path)
        return
    name = _local(shape)
    if name in definitions:
        known = _properties(definitions, name)
        for derived in _derived(definitions, name, value):
            known = {**known, **_properties(definitions, derived)}
    else:
        known = shape.get("properties", {})
    if not known:
        return
    for key, item in value.items():
        if key in known:
            yield from _unknown(definitions, known[key], item, f"{path}.{key}")
        else:
            yield f"{path}.{key} is not in Azure's API"


def _derived(definitions, base, value):
    """The definition that the discriminator of the value picks."""
    discriminator = definitions[base].get("discriminator")
    for name, shape in definitions.items():
        bases = [_local(parent) for parent in shape.get("allOf", [])]
        if discriminator and base in bases and shape.get("x-ms-discriminator-value", name) == value.get(discriminator):
            yield name


def _not_allowed(definitions, shape, value, path):
    shape = definitions.get(_local(shape), shape)
    if isinstance(value, str) and not value.startswith("[") and "enum" in shape and value not in shape["enum"]:
        yield f"{path} is `{value}`; Azure's API has {', '.join(shape['enum'])}"
