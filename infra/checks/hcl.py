"""Terraform's language: values, blocks as `terraform fmt` lays them out, and the functions that templates call."""

import re

from . import expression

# Azure names no algorithm for `guid`; the names only have to stay the same from one run to the next.
NAMESPACE = "11fb06fb-712d-4ddd-98c7-e71bbd588830"


class Raw(str):
    """Text that is HCL already."""


def function(tree, arguments):
    """HCL of a call of the template language, of its arguments in HCL."""
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
        case "union":
            return f"merge({listed})"
        case "items":
            return f"[for key, value in {arguments[0]} : {{ key = key, value = value }}]"
        case "replace" | "concat":
            return f"{tree.name}({listed})"
        case "null":
            return "null"
    raise expression.Malformed(f"the Terraform module has no `{tree.name}`")


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
