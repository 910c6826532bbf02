"""The Bicep files say the same as the templates; they are parsed, not compiled."""

import json
import re
from collections import Counter

from .expression import is_expression

try:
    import tree_sitter
    import tree_sitter_bicep
except ImportError:
    tree_sitter_bicep = None

RESOURCE = re.compile(r"^resource \w+ '([\w./]+)@([\w-]+)' (existing )?=", re.M)
SYMBOL = re.compile(r"^resource (\w+) '([\w./]+)@[\w-]+' (existing )?=", re.M)
MODULE = re.compile(r"^module \w+ '([\w-]+\.bicep)' =.*?\n  name: '([\w-]+)'", re.M | re.S)
PARAMETER = re.compile(r"((?:^@.*\n)*)^param (\w+) (\w+)( =)?", re.M)
SETTING = re.compile(r"('[\w.]+'|\b\w+): (true|false|\d+|'(?:[^'\\$]|\\.|\$(?!\{))*')(?=[,\s}\]])")
# Structure that the two languages write in different ways.
DIFFERENT = {"name", "type", "apiVersion", "scope", "mode", "defaultValue", "$schema", "contentVersion", "location"}


def problems(templates, folder):
    """Faults of one template and of those inside it; `syntax` judges the files by themselves."""
    outer_file = f"{templates[0].name}.bicep"
    outer = (folder / outer_file).read_text(encoding="utf-8")
    modules = {name: file for file, name in MODULE.findall(outer)}
    inner = {template.name for template in templates[1:]}
    for name in sorted(inner ^ modules.keys()):
        yield f"{name} is in only one of {templates[0].name}.json and {outer_file}"
    for template in templates:
        if not template.outer and template.name not in modules:
            continue
        file = outer_file if template.outer else modules[template.name]
        source = (folder / file).read_text(encoding="utf-8")
        for problem in [*_resources(template, source), *_parameters(template, source), *_settings(template, source)]:
            yield f"{file}: {problem}"


def _resources(template, source):
    bicep = Counter((kind, version) for kind, version, existing in RESOURCE.findall(source) if not existing)
    arm = Counter((r["type"], r["apiVersion"]) for r in template.resources() if not r["type"].endswith("/deployments"))
    for kind, version in (bicep - arm) + (arm - bicep):
        side = "Bicep" if (kind, version) in bicep - arm else "main.json"
        yield f"{kind}@{version} is only in {side}"


def _parameters(template, source):
    bicep = {name: (_kind(text, kind), bool(default), _decorators(text)) for text, name, kind, default in PARAMETER.findall(source)}
    arm = {
        name: (p["type"], "defaultValue" in p, (p["metadata"]["description"], p.get("allowedValues", []), p.get("minValue"), p.get("maxValue")))
        for name, p in template.body.get("parameters", {}).items()
    }
    for name in sorted(bicep.keys() | arm.keys()):
        if bicep.get(name) != arm.get(name):
            yield f"parameter {name} is {bicep.get(name)} here and {arm.get(name)} in main.json"


def _kind(text, kind):
    """The type as JSON has it, which has types of their own for what is secret."""
    return f"secure{kind.capitalize()}" if "@secure()" in text else kind


def _decorators(text):
    """Description, allowed values, minimum and maximum."""
    def find(pattern):
        match = re.search(pattern, text)
        return match and match.group(1)

    def number(name):
        found = find(rf"@{name}\((\d+)\)")
        return int(found) if found else None

    description = (find(r"@description\('(.*)'\)") or "").replace("\\'", "'")
    return description, _allowed(find(r"@allowed\(\[(.*)\]\)") or ""), number("minValue"), number("maxValue")


def _allowed(text):
    return [int(number) if number else word for word, number in re.findall(r"'([^']*)'|(\d+)", text)]


def _settings(template, source):
    """Every `key: literal` of the one is in the other, as often."""
    body = re.sub(r"^@.*$|^\s*//.*$", "", source, flags=re.M)
    bicep = Counter()
    for key, literal in SETTING.findall(body):
        key = key.strip("'")
        value = literal[1:-1].replace("\\'", "'") if literal.startswith("'") else json.loads(literal)
        if key not in DIFFERENT:
            bicep[key, value] += 1
    own = [resource for resource in template.resources() if "template" not in resource.get("properties", {})]
    objects = [value for value in template.body.get("variables", {}).values() if isinstance(value, dict)]
    arm = Counter(_literals([*own, *objects]))
    for key, value in sorted((bicep - arm) + (arm - bicep), key=str):
        side = "Bicep" if (key, value) in bicep - arm else "main.json"
        yield f"`{key}: {value}` is only in {side}"


def _literals(node):
    if isinstance(node, list):
        for item in node:
            yield from _literals(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, (list, dict)):
                yield from _literals(value)
            elif key not in DIFFERENT and not is_expression(value):
                yield key, value


def syntax(folder):
    """Every file fits the grammar, where that is installed."""
    if tree_sitter_bicep is None:
        return
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
    for path in sorted(folder.glob("*.bicep")):
        root = parser.parse(path.read_bytes()).root_node
        if root.has_error:
            yield f"{path.name}: line {_first_error(root)} is not a Bicep"


def _first_error(node):
    if node.type == "ERROR" or node.is_missing:
        return node.start_point[0] + 1
    return next((_first_error(child) for child in node.children if child.has_error or child.is_missing), node.start_point[0] + 1)
