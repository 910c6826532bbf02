"""Expressions of a template in Terraform's language, with the resources under their names in Bicep."""

from . import bicep, expression, references
from .hcl import Raw, escaped, function, inside, quoted, snake


class Translation:
    """One template and those inside it, as one module of Terraform."""

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

    @staticmethod
    def computed(parameter):
        """Whether a default has to be worked out, which no variable's default can be."""
        default = parameter.get("defaultValue")
        return expression.is_expression(default) and "deployment()" not in default

    def subscription(self, template):
        """The subscription that a template goes to, as it stands in text."""
        given = self.deployments.get(template.name, {}).get("subscriptionId")
        return f"/subscriptions/{inside(self.text(given, self.outer)) if given else '${local.subscription_id}'}"

    def group(self, template):
        """The resource group that a template goes to, as it stands in text."""
        return inside(self.text(self.deployments[template.name]["resourceGroup"], self.outer))

    def address(self, label):
        """HCL of the id of a resource."""
        return f"one(azapi_resource.{label}[*].id)" if label in self.counted else f"azapi_resource.{label}.id"

    def node(self, value, template):
        """A value of a template, its expressions in HCL."""
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
        """HCL of a syntax tree."""
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
            return "local.subscription_id" if tree.tail == ".subscriptionId" else quoted(self.subscription(template))
        if tree.name == "resourceGroup":
            return "local.group_id"
        if tree.name == "map":
            values, mapped = tree.arguments
            name, body = mapped.arguments
            return f"[for {snake(name)} in {self.hcl(values, template)} : {self.hcl(body, template)}]"
        if tree.name == "lambdaVariables":
            return f"{snake(tree.arguments[0])}{tree.tail}"
        return function(tree, [self.hcl(argument, template) for argument in tree.arguments])

    def _parameter(self, tree, template):
        name = tree.arguments[0]
        if not template.outer:
            return self.text(template.given[name], self.outer)
        computed = self.computed(self.outer.body["parameters"][name])
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
            return self.address(self.labels[target])
        arguments = list(tree.arguments)
        parent = self.labels.get((target[0].rpartition("/")[0], target[1][:-1]))
        if parent and target[0].count("/") > 1:
            kind = next(one for one in arguments if isinstance(one, str) and "/" in one)
            return quoted(f"${{{self.address(parent)}}}/{kind.rpartition('/')[2]}/{inside(self.hcl(arguments[-1], template))}")
        scope = self.subscription(template)
        if tree.name == "resourceId":
            given = []
            while "/" not in expression.render(template.value_of(arguments[0])):
                given.append(inside(self.hcl(arguments.pop(0), template)))
            group = given.pop() if given else self.group(template)
            scope = f"/subscriptions/{given.pop()}" if given else scope
            scope += f"/resourceGroups/{group}"
        kind, *names = arguments
        provider, *types = kind.split("/")
        path = "/".join(f"{one}/{inside(self.hcl(name, template))}" for one, name in zip(types, names, strict=True))
        return quoted(f"{scope}/providers/{provider}/{path}")


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
