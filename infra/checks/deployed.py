"""What a template deploys for given parameters: its expressions evaluated, conditions heeded, nothing left a symbol."""

import hashlib
import uuid

from . import expression, hcl, terraform
from .expression import Call

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
# What Azure tells of a resource once it is there.
TOLD = {
    "clientId": "11111111-1111-1111-1111-111111111111",
    "principalId": "22222222-2222-2222-2222-222222222222",
    "ConnectionString": "InstrumentationKey=none",
    "primaryEndpoints": {"blob": "https://account.blob.core.windows.net/"},
}


def resources(templates, given):
    """Each resource that is deployed: type with api-version, id, and what is said of it."""
    outer = Deployment(templates[0], SUBSCRIPTION, None)
    for name, parameter in templates[0].body["parameters"].items():
        outer.parameters[name] = given[name] if name in given else outer.node(parameter.get("defaultValue"))
    yield from outer.resources()
    by_name = {template.name: template for template in templates[1:]}
    for deployment in templates[0].resources():
        if "template" not in deployment.get("properties", {}) or not outer.node(deployment.get("condition", True)):
            continue
        inner = Deployment(
            by_name[deployment["name"]],
            outer.node(deployment.get("subscriptionId", SUBSCRIPTION)),
            outer.node(deployment.get("resourceGroup")),
        )
        inner.parameters = {name: outer.node(value) for name, value in inner.template.given.items()}
        outer.inner[deployment["name"]] = inner
        yield from inner.resources()


class Deployment:
    """One template on its way to one scope."""

    def __init__(self, template, subscription, group):
        self.template = template
        self.subscription = f"/subscriptions/{subscription}"
        self.scope = f"{self.subscription}/resourceGroups/{group}" if group else self.subscription
        self.parameters, self.inner = {}, {}
        # What the lambdas around an expression have at the moment, by name.
        self.elements = {}

    def resources(self):
        for resource in self.template.resources():
            if "template" in resource.get("properties", {}) or not self.node(resource.get("condition", True)):
                continue
            kind, name = resource["type"], self.node(resource["name"])
            if kind == "Microsoft.Resources/resourceGroups":
                address = f"{self.scope}/resourceGroups/{name}"
            else:
                address = self._address(self.node(resource.get("scope", self.scope)), kind, name.split("/"))
            said = {key: self.node(value) for key, value in resource.items() if key not in terraform.OUTSIDE}
            said["location"] = self.node(resource.get("location"))
            said["identity"] = self._identity(resource.get("identity"))
            yield f"{kind}@{resource['apiVersion']}", address, said

    def _identity(self, identity):
        """Kind of identity, and ids of those that are assigned by hand."""
        if identity is None:
            return None
        assigned = self.node(identity.get("userAssignedIdentities")) or {}
        return self.node(identity["type"]), [self.node(name) for name in assigned]

    @staticmethod
    def _address(scope, kind, names):
        provider, *types = kind.split("/")
        return f"{scope}/providers/{provider}/" + "/".join(f"{one}/{name}" for one, name in zip(types, names, strict=True))

    def node(self, value):
        if isinstance(value, dict):
            return {key: self.node(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.node(item) for item in value]
        return self.value(expression.parse(value)) if expression.is_expression(value) else value

    def value(self, tree):
        if not isinstance(tree, Call):
            return tree
        match tree.name:
            case "if":
                condition, yes, no = tree.arguments
                return self.value(yes if self.value(condition) else no)
            case "parameters":
                return self.parameters[tree.arguments[0]]
            case "variables":
                return self._read(self.node(self.template.body["variables"][tree.arguments[0]]), tree.tail)
            case "reference":
                return self._reference(tree)
            case "map":
                return self._map(*tree.arguments)
            case "lambdaVariables":
                return self._read(self.elements[tree.arguments[0]], tree.tail)
        return self._read(self._call(tree.name, [self.value(argument) for argument in tree.arguments]), tree.tail)

    def _map(self, values, function):
        name, body = function.arguments
        mapped = []
        for value in self.value(values):
            self.elements[name] = value
            mapped.append(self.value(body))
        return mapped

    @staticmethod
    def _read(value, tail):
        for part in tail.replace("[", ".").replace("]", "").split(".")[1:]:
            value = value[int(part)] if part.isdigit() else value[part]
        return value

    def _reference(self, tree):
        if not tree.tail.startswith(".outputs."):
            return self._read(TOLD, tree.tail)
        inner = self.inner[self.value(tree.arguments[0]).rpartition("/")[2]]
        return inner.node(inner.template.body["outputs"][tree.tail.split(".")[2]]["value"])

    def _call(self, name, given):
        match name:
            case "subscription":
                return {"id": self.subscription, "subscriptionId": self.subscription.rpartition("/")[2]}
            case "resourceGroup":
                return {"id": self.scope}
            case "resourceId" | "subscriptionResourceId" | "extensionResourceId":
                return self._resource_id(name, given)
            case "format":
                return given[0].format(*given[1:])
            case "guid":
                return str(uuid.uuid5(uuid.UUID(hcl.NAMESPACE), "-".join(given)))
            case "uniqueString":
                return hashlib.sha256("-".join(given).encode()).hexdigest()[:13]
            case "createArray":
                return given
            case "createObject":
                return dict(zip(given[::2], given[1::2], strict=True))
            case "union":
                return {name: value for one in given for name, value in one.items()}
            case "items":
                return [{"key": name, "value": value} for name, value in sorted(given[0].items())]
            case "concat":
                return sum(given, [])
            case "join":
                return given[1].join(given[0])
            case "split":
                return given[0].split(given[1])
            case "replace":
                return given[0].replace(given[1], given[2])
            case "empty":
                return not given[0]
            case "not":
                return not given[0]
            case "equals":
                return given[0] == given[1]
            case "greater":
                return given[0] > given[1]
            case "mul":
                return given[0] * given[1]
            case "null":
                return None
        raise expression.Malformed(f"`{name}` is not evaluated here")

    def _resource_id(self, name, given):
        if name == "extensionResourceId":
            return self._address(given[0], given[1], given[2:])
        scope = self.subscription if name == "subscriptionResourceId" else self.scope
        before = next(number for number, one in enumerate(given) if "/" in one)
        if before:
            subscription = f"/subscriptions/{given[0]}" if before == 2 else self.subscription
            scope = f"{subscription}/resourceGroups/{given[before - 1]}"
        return self._address(scope, given[before], given[before + 1:])
