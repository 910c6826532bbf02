"""The Terraform module: written from main.json, so that the two cannot say different things."""

import re

from . import expression, references
from .hcl import Raw, block, inside, quoted, rendered, snake
from .translation import Translation

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


class Module(Translation):
    """The files of the module."""

    # Variables, locals and outputs.

    def variables(self):
        for name, parameter in self.outer.body["parameters"].items():
            lines = [f'variable "{snake(name)}" {{']
            entries = {"description": parameter["metadata"]["description"], "type": Raw(_type(parameter))}
            if parameter["type"].startswith("secure"):
                entries["sensitive"] = True
            if self.computed(parameter):
                entries["default"] = Raw("null")
            elif "defaultValue" in parameter and not expression.is_expression(parameter["defaultValue"]):
                entries["default"] = parameter["defaultValue"]
            lines += block(entries, 1)
            for condition, message in _conditions(snake(name), parameter):
                lines += ["", "  validation {", *block({"condition": Raw(condition), "error_message": message}, 2), "  }"]
            yield "\n".join([*lines, "}"]) + "\n"

    def locals(self):
        values = {"subscription_id": Raw("data.azapi_client_config.current.subscription_id")}
        for name, parameter in self.outer.body["parameters"].items():
            if self.computed(parameter):
                default = self.text(parameter["defaultValue"], self.outer)
                # Not `coalesce`, which takes an empty text for none.
                values[snake(name)] = Raw(f"var.{snake(name)} == null ? {default} : var.{snake(name)}")
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
            return self.address(label) if label else self._foreign_parent(template, resource)
        if template.outer or "resourceGroup" not in self.deployments[template.name]:
            return quoted(self.subscription(template))
        return f"azapi_resource.{self.labels[self.outer.key(self.outer.resources()[0])]}.id"

    def _foreign_parent(self, template, resource):
        """The parent that may have been there before us, in the group that the deployment goes to."""
        tree = expression.parse(resource["name"])
        name = self.hcl(tree.arguments[1], template)
        kind = resource["type"].rpartition("/")[0]
        return quoted(f"{self.subscription(template)}/resourceGroups/{self.group(template)}/providers/{kind}/{inside(name)}")

    def _last_name(self, template, resource):
        if resource["type"].count("/") < 2:
            return self.text(resource["name"], template)
        return quoted(resource["name"].rpartition("/")[2].partition("'")[0])

    def _identity(self, template, identity):
        entries = {"type": self.node(identity["type"], template)}
        assigned = identity.get("userAssignedIdentities")
        if isinstance(assigned, dict):
            entries["identity_ids"] = [Raw(self._plain(name, template)) for name in assigned]
        elif assigned:
            # None where there are none, which have no names either.
            *_, given = expression.parse(assigned).arguments
            entries["identity_ids"] = Raw(f"keys({self.hcl(given, template)})")
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


def _type(parameter):
    if parameter["type"] == "array":
        return "list(any)" if parameter.get("defaultValue") == [] else "list(string)"
    return {"string": "string", "int": "number", "bool": "bool", "object": "map(any)", "secureObject": "map(string)"}[parameter["type"]]


def _conditions(name, parameter):
    if "allowedValues" in parameter:
        values = ", ".join(rendered(value) for value in parameter["allowedValues"])
        yield f"contains([{values}], var.{name})", f"{name} is one of {', '.join(map(str, parameter['allowedValues']))}."
    if "minValue" in parameter:
        low, high = parameter["minValue"], parameter["maxValue"]
        yield f"var.{name} >= {low} && var.{name} <= {high}", f"{name} is from {low} to {high}."
