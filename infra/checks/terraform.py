"""The Terraform module: written from main.json, so that the two cannot say different things."""

import re

from . import bicep, expression, references
from .expression import Call

# Azure names no algorithm for `guid`; the names only have to stay the same from one run to the next.
NAMESPACE = "11fb06fb-712d-4ddd-98c7-e71bbd588830"
HEAD = "# Written by `python3 infra/terraform.py` from main.json; change that and run it again.\n\n"
PROVIDER = """terraform {
  required_version = ">= 1.5"

  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = ">= 2.0"
    }
  }
}

data "azapi_client_config" "current" {}
"""
# What azapi takes as an argument of its own; all the rest is the body.
OUTSIDE = {"type", "apiVersion", "name", "location", "identity", "scope", "dependsOn", "condition", "resourceGroup"}


class Raw(str):
    """Text that is HCL already."""


def files(templates, folder):
    """File name and text of the module."""
    module = Module(templates, folder)
    return {
        "main.tf": HEAD + PROVIDER + "\n" + module.locals() + "\n" + "\n".join(module.resources()),
        "variables.tf": HEAD + "\n".join(module.variables()),
        "outputs.tf": HEAD + "\n".join(module.outputs()),
    }


def problems(templates, folder):
    """Faults of the files in `folder`."""
    for name, text in files(templates, folder).items():
        path = folder / "terraform" / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield f"terraform/{name} is not what main.json says: run `python3 infra/terraform.py`"


class Module:
    """The module of one template and of those inside it."""

    def __init__(self, templates, folder):
        self.outer = templates[0]
        self.templates = templates
        self.labels = {}
        self.counted = set()
        self.exported = {}
        self.deployments = {r["name"]: r for r in self.outer.resources() if "template" in r.get("properties", {})}
        for template in templates:
            prefix = "" if template.outer else template.name.removeprefix("holdfast-") + "-"
            deployment = self.deployments.get(template.name, {})
            for symbol, resource in _symbols(template, folder):
                label = snake(prefix + symbol)
                self.labels[template.key(resource)] = self.labels.get(template.key(resource), label)
                self.labels[id(resource)] = label
                if "condition" in resource or "condition" in deployment:
                    self.counted.add(label)

    # Variables, locals and outputs.

    def variables(self):
        for name, parameter in self.outer.body["parameters"].items():
            lines = [f'variable "{snake(name)}" {{']
            entries = {"description": parameter["metadata"]["description"], "type": Raw(_type(parameter))}
            if self._computed(parameter):
                entries["default"] = Raw("null")
            elif "defaultValue" in parameter and not expression.is_expression(parameter["defaultValue"]):
                entries["default"] = parameter["defaultValue"]
            lines += block(entries, 1)
            for condition, message in _conditions(snake(name), parameter):
                lines += ["", "  validation {", *block({"condition": Raw(condition), "error_message": message}, 2), "  }"]
            yield "\n".join([*lines, "}"]) + "\n"

    @staticmethod
    def _computed(parameter):
        default = parameter.get("defaultValue")
        return expression.is_expression(default) and "deployment()" not in default

    def locals(self):
        values = {"subscription_id": Raw("data.azapi_client_config.current.subscription_id")}
        for name, parameter in self.outer.body["parameters"].items():
            if self._computed(parameter):
                default = self.text(parameter["defaultValue"], self.outer)
                values[snake(name)] = Raw(f"coalesce(var.{snake(name)}, {default})")
        for template in self.templates:
            for name, value in template.body.get("variables", {}).items():
                values[snake(name)] = self.node(value, template)
        return "\n".join(["locals {", *block(values, 1), "}"]) + "\n"

    def outputs(self):
        for name, output in self.outer.body["outputs"].items():
            value = Raw(self.text(output["value"], self.outer))
            yield "\n".join([f'output "{snake(name)}" {{', *block({"value": value}, 1), "}"]) + "\n"

    # Resources.

    def resources(self):
        found = [(t, r) for t in self.templates for r in t.resources() if id(r) in self.labels]
        bodies = [(template, resource, self._arguments(template, resource)) for template, resource in found]
        for template, resource, arguments in bodies:
            label = self.labels[id(resource)]
            if label in self.exported:
                arguments["response_export_values"] = sorted(self.exported[label])
            depends = self._depends(template, resource, arguments)
            lines = [f'resource "azapi_resource" "{label}" {{', *block(arguments, 1)]
            if "identity" in resource:
                lines += ["", "  identity {", *block(self._identity(template, resource["identity"]), 2), "  }"]
            if depends:
                lines += ["", *block({"depends_on": [Raw(f"azapi_resource.{one}") for one in depends]}, 1)]
            yield "\n".join([*lines, "}"]) + "\n"

    def _arguments(self, template, resource):
        arguments = {}
        conditions = [(self.outer, self.deployments.get(template.name, {})), (template, resource)]
        when = [self.text(r["condition"], t) for t, r in conditions if "condition" in r]
        if when:
            arguments["count"] = Raw(f"{' && '.join(when)} ? 1 : 0")
        arguments["type"] = f"{resource['type']}@{resource['apiVersion']}"
        arguments["parent_id"] = Raw(self._parent(template, resource))
        arguments["name"] = Raw(self._last_name(template, resource))
        if "location" in resource:
            arguments["location"] = self.node(resource["location"], template)
        body = {key: self.node(value, template) for key, value in resource.items() if key not in OUTSIDE}
        if body:
            arguments["body"] = body
        # The module is newer than what the provider knows of custom handlers.
        if resource["type"] == "Microsoft.Web/sites":
            arguments["schema_validation_enabled"] = False
        return arguments

    def _parent(self, template, resource):
        if "scope" in resource:
            return self.text(resource["scope"], template)
        if resource["type"].count("/") > 1:
            kind, name = template.key(resource)
            label = self.labels.get((kind.rpartition("/")[0], name[:-1]))
            return self._id(label) if label else self._foreign_parent(template, resource)
        if template.outer or "resourceGroup" not in self.deployments[template.name]:
            return quoted(self._subscription(template))
        return f"azapi_resource.{self.labels[self.outer.key(self.outer.resources()[0])]}.id"

    def _subscription(self, template):
        """The subscription that a template goes to, as it stands in text."""
        given = self.deployments.get(template.name, {}).get("subscriptionId")
        return f"/subscriptions/{inside(self.text(given, self.outer)) if given else '${local.subscription_id}'}"

    def _group(self, template):
        """The resource group that a template goes to, as it stands in text."""
        return inside(self.text(self.deployments[template.name]["resourceGroup"], self.outer))

    def _foreign_parent(self, template, resource):
        """The parent that may have been there before us, in the group that the deployment goes to."""
        tree = expression.parse(resource["name"])
        name = self.hcl(tree.arguments[1], template)
        kind = resource["type"].rpartition("/")[0]
        return quoted(f"{self._subscription(template)}/resourceGroups/{self._group(template)}/providers/{kind}/{inside(name)}")

    def _last_name(self, template, resource):
        if resource["type"].count("/") < 2:
            return self.text(resource["name"], template)
        return quoted(resource["name"].rpartition("/")[2].partition("'")[0])

    def _identity(self, template, identity):
        entries = {"type": identity["type"]}
        if "userAssignedIdentities" in identity:
            entries["identity_ids"] = [Raw(self._plain(name, template)) for name in identity["userAssignedIdentities"]]
        return entries

    def _plain(self, name, template):
        text = self.text(name, template)
        return text[3:-2] if re.fullmatch(r'"\$\{[\w.]+\}"', text) else text

    def _depends(self, template, resource, arguments):
        """What has to be there first and is not named by any argument."""
        written = "\n".join(block(arguments, 1))
        awaited = [self.labels.get(references.target(expression.parse(text), template)) for text in resource.get("dependsOn", [])]
        if resource["type"].count("/") > 1:
            kind, name = template.key(resource)
            if (kind.rpartition("/")[0], name[:-1]) not in self.labels:
                awaited += [label for key, label in self._named() if key[0] == kind.rpartition("/")[0]]
                texts = set(re.findall(r'"([\w-]+)"', written))
                awaited += [label for key, label in self._named() if key[1][-1] in texts and len(key[1]) > 1]
        awaited = dict.fromkeys(awaited).keys() - {self.labels[id(resource)], None}
        return [label for label in sorted(awaited) if not re.search(rf"\b{label}\b", written)]

    def _named(self):
        return [(key, label) for key, label in self.labels.items() if isinstance(key, tuple)]

    def _id(self, label):
        return f"one(azapi_resource.{label}[*].id)" if label in self.counted else f"azapi_resource.{label}.id"

    # Values.

    def node(self, value, template):
        if isinstance(value, dict):
            return {key: self.node(item, template) for key, item in value.items()}
        if isinstance(value, list):
            return [self.node(item, template) for item in value]
        if expression.is_expression(value):
            return Raw(self.text(value, template))
        return value

    def text(self, value, template):
        """HCL of a string of a template."""
        if not expression.is_expression(value):
            return quoted(escaped(value))
        return self.hcl(expression.parse(value), template)

    def hcl(self, tree, template):
        if isinstance(tree, str):
            return quoted(escaped(tree))
        if isinstance(tree, int):
            return str(tree)
        if tree.name == "parameters":
            return self._parameter(tree, template)
        if tree.name == "variables":
            return f"local.{snake(tree.arguments[0])}{tree.tail}"
        if tree.name == "reference":
            return self._reference(tree, template)
        if tree.name in ("resourceId", "subscriptionResourceId", "extensionResourceId"):
            return self._resource_id(tree, template)
        if tree.name == "subscription":
            return "local.subscription_id" if tree.tail == ".subscriptionId" else quoted(self._subscription(template))
        if tree.name == "resourceGroup":
            return "local.group_id"
        return self._function(tree, [self.hcl(argument, template) for argument in tree.arguments])

    def _parameter(self, tree, template):
        name = tree.arguments[0]
        if not template.outer:
            return self.text(template.given[name], self.outer)
        computed = self._computed(self.outer.body["parameters"][name])
        return f"{'local' if computed else 'var'}.{snake(name)}"

    def _reference(self, tree, template):
        target = references.target(tree.arguments[0], template)
        if target[0] == "microsoft.resources/deployments":
            inner = next(one for one in self.templates if one.name == target[1][-1])
            name = tree.tail.split(".")[2]
            return self.text(inner.body["outputs"][name]["value"], inner)
        label = self.labels[target]
        self.exported.setdefault(label, set()).add("properties" + tree.tail)
        return f"azapi_resource.{label}.output.properties{tree.tail}"

    def _resource_id(self, tree, template):
        target = references.target(tree, template)
        if target in self.labels:
            return self._id(self.labels[target])
        arguments = list(tree.arguments)
        parent = self.labels.get((target[0].rpartition("/")[0], target[1][:-1]))
        if parent and target[0].count("/") > 1:
            kind = next(one for one in arguments if isinstance(one, str) and "/" in one)
            return quoted(f"${{{self._id(parent)}}}/{kind.rpartition('/')[2]}/{inside(self.hcl(arguments[-1], template))}")
        scope = self._subscription(template)
        if tree.name == "resourceId":
            given = []
            while "/" not in expression.render(template.value_of(arguments[0])):
                given.append(inside(self.hcl(arguments.pop(0), template)))
            group = given.pop() if given else self._group(template)
            scope = f"/subscriptions/{given.pop()}" if given else scope
            scope += f"/resourceGroups/{group}"
        kind, *names = arguments
        provider, *types = kind.split("/")
        path = "/".join(f"{one}/{inside(self.hcl(name, template))}" for one, name in zip(types, names, strict=True))
        return quoted(f"{scope}/providers/{provider}/{path}")

    @staticmethod
    def _function(tree, arguments):
        listed = ", ".join(arguments)
        match tree.name:
            case "format":
                text = inside(arguments[0])
                for number, argument in enumerate(arguments[1:]):
                    text = text.replace(f"{{{number}}}", inside(argument))
                return quoted(text)
            case "guid":
                return f'uuidv5("{NAMESPACE}", join("-", [{listed}]))'
            case "uniqueString":
                return f'substr(sha256(join("-", [{listed}])), 0, 13)'
            case "if":
                return f"({arguments[0]} ? {arguments[1]} : {arguments[2]})"
            case "empty":
                return f"length({arguments[0]}) == 0"
            case "not":
                return f"!({arguments[0]})"
            case "equals":
                return f"{arguments[0]} == {arguments[1]}"
            case "greater":
                return f"{arguments[0]} > {arguments[1]}"
            case "mul":
                return f"{arguments[0]} * {arguments[1]}"
            case "createArray":
                return f"[{listed}]"
            case "createObject":
                pairs = zip(arguments[::2], arguments[1::2], strict=True)
                return "{ " + ", ".join(f"{key.strip(chr(34))} = {value}" for key, value in pairs) + " }"
            case "join" | "split":
                return f"{tree.name}({arguments[1]}, {arguments[0]})"
            case "replace" | "concat":
                return f"{tree.name}({listed})"
            case "null":
                return "null"
        raise expression.Malformed(f"the Terraform module has no `{tree.name}`")


def _symbols(template, folder):
    """The resources of a template, each with its name in Bicep."""
    file = folder / f"{template.name.removeprefix('holdfast-')}.bicep"
    names = {}
    for symbol, kind, existing in bicep.SYMBOL.findall(file.read_text(encoding="utf-8")):
        if not existing:
            names.setdefault(kind, []).append(symbol)
    for resource in template.resources():
        if "template" not in resource.get("properties", {}):
            yield names[resource["type"]].pop(0), resource


def _type(parameter):
    if parameter["type"] == "array":
        return "list(any)" if parameter.get("defaultValue") == [] else "list(string)"
    return {"string": "string", "int": "number", "bool": "bool"}[parameter["type"]]


def _conditions(name, parameter):
    if "allowedValues" in parameter:
        values = ", ".join(rendered(value) for value in parameter["allowedValues"])
        yield f"contains([{values}], var.{name})", f"{name} is one of {', '.join(map(str, parameter['allowedValues']))}."
    if "minValue" in parameter:
        low, high = parameter["minValue"], parameter["maxValue"]
        yield f"var.{name} >= {low} && var.{name} <= {high}", f"{name} is from {low} to {high}."


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).replace("-", "_").lower()


def quoted(text):
    return f'"{text}"'


def escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{").replace("\n", "\\n")


def inside(hcl):
    """What to write for a value between other text."""
    if re.fullmatch(r'"(?:[^"\\]|\\.)*"', hcl):
        return hcl[1:-1]
    return "${" + hcl + "}"


def rendered(value):
    """A value on one line."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(escaped(value))
    if isinstance(value, list) and not value:
        return "[]"
    if isinstance(value, dict) and not value:
        return "{}"
    return str(value)


def block(entries, depth):
    """Lines `name = value`, aligned as `terraform fmt` does."""
    lines, run = [], []

    def flush():
        width = max((len(name) for name, _ in run), default=0)
        lines.extend(f"{'  ' * depth}{name.ljust(width)} = {value}" for name, value in run)
        run.clear()

    for name, value in entries.items():
        name = name if re.fullmatch(r"[A-Za-z_][\w-]*", name) else quoted(name)
        if isinstance(value, (dict, list)) and value:
            # The first line of what goes on belongs to the run before it.
            opening = "{" if isinstance(value, dict) else "["
            flush()
            lines.append(f"{'  ' * depth}{name} = {opening}")
            lines.extend(block(value, depth + 1) if isinstance(value, dict) else items(value, depth + 1))
            lines.append("  " * depth + ("}" if isinstance(value, dict) else "]"))
        else:
            run.append((name, rendered(value)))
    flush()
    return lines


def items(values, depth):
    lines = []
    for value in values:
        if isinstance(value, dict) and value:
            lines += ["  " * depth + "{", *block(value, depth + 1), "  " * depth + "},"]
        elif isinstance(value, list) and value:
            lines += ["  " * depth + "[", *items(value, depth + 1), "  " * depth + "],"]
        else:
            lines.append(f"{'  ' * depth}{rendered(value)},")
    return lines
