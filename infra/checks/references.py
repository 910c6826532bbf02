"""Whatever a template names is there: parameters, variables, resources, api-versions."""

from collections import Counter

from . import expression

ROLE_DEFINITION = "microsoft.authorization/roledefinitions"
# What belongs to another resource, named by `scope`: each resource has its own of the same name.
SCOPED = {"microsoft.authorization/roleassignments", "microsoft.insights/diagnosticsettings"}
# What whoever deploys has already, and names by a parameter.
BROUGHT = {"microsoft.containerregistry/registries"}
FUNCTION = "microsoft.web/sites/functions"


def problems(templates, functions):
    """`functions` are the names of the functions that the package holds."""
    declared = {template.key(resource) for template in templates for resource in template.resources()}
    for template in templates:
        yield from _names(template)
        yield from _given(template)
        yield from _ids(template, declared, functions)
        yield from _order(template)
    yield from _versions(templates)
    counted = Counter(template.key(resource) for template in templates for resource in template.resources())
    for (kind, name), times in counted.items():
        if times > 1 and kind not in SCOPED:
            yield f"{kind} {'/'.join(name)} is declared {times} times"


def _names(template):
    used = Counter()
    for text, tree in template.expressions():
        for call in expression.calls(tree):
            if call.name in ("parameters", "variables"):
                used[call.name, call.arguments[0]] += 1
                if call.arguments[0] not in template.body.get(call.name, {}):
                    yield f"{template.name}: `{text}` names {call.name}('{call.arguments[0]}'), which is not declared"
    for section in ("parameters", "variables"):
        for name in template.body.get(section, {}):
            if not used[section, name]:
                yield f"{template.name}: {section}('{name}') is declared and never used"


def _given(template):
    parameters = template.body.get("parameters", {})
    if template.outer:
        return
    for name in template.given.keys() - parameters.keys():
        yield f"{template.name}: is given the parameter `{name}`, which it does not declare"
    for name in parameters.keys() - template.given.keys():
        if "defaultValue" not in parameters[name]:
            yield f"{template.name}: is not given its parameter `{name}`"


def _ids(template, declared, functions):
    for text, tree in template.expressions():
        for call in expression.calls(tree):
            named = target(call, template)
            if named is None or named in declared or _built_in(named) or _existing(named):
                continue
            kind, name = named
            if kind in BROUGHT and "registryparts" in name[-1]:
                continue
            if kind == FUNCTION:
                if name[-1] not in {function.lower() for function in functions}:
                    yield f"{template.name}: `{text}` names the function `{name[-1]}`, which the package does not hold"
                continue
            yield f"{template.name}: `{text}` names {kind} {'/'.join(name)}, which no template declares"


def _built_in(named):
    """Built-in roles exist in every tenant; roles.py checks their ids."""
    return named[0] == ROLE_DEFINITION and named[1][0].count("-") == 4


def _existing(named):
    """A parameter `existing…` names what was there before us."""
    return named[1][0].startswith("{parameters(existing")


def target(call, template):
    """Type and name that an id function points at."""
    skipped = {"resourceId": 0, "subscriptionResourceId": 0, "tenantResourceId": 0, "extensionResourceId": 1}.get(call.name)
    if skipped is None:
        return None
    values = [template.value_of(argument) for argument in call.arguments[skipped:]]
    # `resourceId` may name a resource group, or a subscription and a group, before the type.
    while "/" not in expression.render(values[0]):
        values.pop(0)
    kind, *names = values
    return expression.render(kind).lower(), tuple(expression.render(name).lower() for name in names)


def _order(template):
    """A child is deployed after its parent."""
    here = {template.key(resource) for resource in template.resources()}
    for resource in template.resources():
        kind, name = template.key(resource)
        parent = kind.rsplit("/", 1)[0], name[:-1]
        if kind.count("/") < 2 or parent not in here:
            continue
        awaited = {target(expression.parse(text), template) for text in resource.get("dependsOn", [])}
        if parent not in awaited:
            yield f"{template.name}: {kind} {'/'.join(name)} does not depend on its parent {'/'.join(parent[1])}"


def _versions(templates):
    seen = {}
    for template in templates:
        for resource in template.resources():
            version = resource.get("apiVersion", "")
            first = seen.setdefault(resource["type"].lower(), version)
            if version != first:
                yield f"{resource['type']} is used with api-versions {first} and {version}"
        for text, tree in template.expressions():
            for call in expression.calls(tree):
                if call.name == "reference" and len(call.arguments) > 1:
                    kind, _ = target(call.arguments[0], template)
                    if call.arguments[1] != seen.get(kind, call.arguments[1]):
                        yield f"{template.name}: `{text}` reads {kind} with another api-version than {seen[kind]}"
