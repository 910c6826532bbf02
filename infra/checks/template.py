"""A template read as what it is: one with templates inside, each with a scope of its own."""

import json
from dataclasses import dataclass, field

from . import expression

DEPLOYMENT = "Microsoft.Resources/deployments"


@dataclass
class Template:
    """One template: the outer one is named by its file, an inner one by its deployment."""

    name: str
    body: dict
    scope: dict
    inner: list = field(default_factory=list)
    given: dict = field(default_factory=dict)
    outer: bool = False

    def value(self, text):
        """The symbolic value of a string of this template."""
        if not expression.is_expression(text):
            return (text,)
        return self.value_of(expression.parse(text))

    def value_of(self, tree):
        """The symbolic value of a syntax tree of this template."""
        return expression.value(tree, self.scope)

    def resources(self):
        return self.body.get("resources", [])

    def expressions(self):
        """The syntax trees of every expression of this template, without those of the templates inside it."""
        for text in strings(self.body, skip=("template",)):
            if expression.is_expression(text):
                yield text, expression.parse(text)

    def key(self, resource):
        """What identifies a resource across templates: type and name segments."""
        return resource["type"].lower(), expression.segments(self.value(resource["name"]))


def load(path):
    """The outer template and, behind it, those inside it."""
    body = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_no_duplicates)
    outer = Template(path.stem, body, {}, outer=True)
    _variables(outer)
    for resource in outer.resources():
        if resource["type"] == DEPLOYMENT:
            outer.inner.append(_inner(outer, resource))
    return [outer, *outer.inner]


def _inner(outer, deployment):
    properties = deployment["properties"]
    given = {name: entry["value"] for name, entry in properties.get("parameters", {}).items()}
    scope = {("parameters", name): outer.value(value) for name, value in given.items() if isinstance(value, str)}
    template = Template(deployment["name"], properties["template"], scope, given=given)
    _variables(template)
    return template


def _variables(template):
    for name, value in template.body.get("variables", {}).items():
        if isinstance(value, str):
            template.scope["variables", name] = template.value(value)


def _no_duplicates(pairs):
    seen = dict(pairs)
    if len(seen) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"written twice in one object: {sorted({n for n in names if names.count(n) > 1})}")
    return seen


def strings(node, skip=()):
    """Every string below a node."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from strings(item, skip)
    elif isinstance(node, dict):
        for name, item in node.items():
            if name not in skip:
                # Names can be expressions, too: those of identities are.
                yield name
                yield from strings(item, skip)
