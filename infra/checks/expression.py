"""Template expressions, evaluated as far as a reader of the template could: unknown parts stay symbols."""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<name>[A-Za-z]\w*)|(?P<sign>[(),.\[\]]))")


class Malformed(Exception):
    """An expression that is not one."""


@dataclass(frozen=True)
class Symbol:
    """A value that only a deployment knows, written as the canonical expression that yields it."""

    form: str


@dataclass(frozen=True)
class Call:
    """A function call with its arguments, and whatever is read off the result (`.outputs.x.value`, `[2]`)."""

    name: str
    arguments: tuple
    tail: str = ""


def is_expression(value):
    return isinstance(value, str) and value.startswith("[") and value.endswith("]") and not value.startswith("[[")


def parse(source):
    """The syntax tree of `[...]`: calls, text and numbers."""
    tokens, position = [], 0
    body = source[1:-1].strip()
    while position < len(body):
        match = TOKEN.match(body, position)
        if not match:
            raise Malformed(f"`{source}` breaks at `{body[position:position + 20]}`")
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    tree, rest = _term(tokens, source)
    if rest:
        raise Malformed(f"`{source}` goes on after its end")
    return tree


def _term(tokens, source):
    if not tokens:
        raise Malformed(f"`{source}` ends too early")
    kind, text = tokens[0]
    rest = tokens[1:]
    if kind == "text":
        return text[1:-1].replace("''", "'"), rest
    if kind == "number":
        return int(text), rest
    if kind != "name" or not rest or rest[0][1] != "(":
        raise Malformed(f"`{source}`: `{text}` is neither a call nor a value")
    arguments, rest = _arguments(rest[1:], source)
    tail = ""
    while len(rest) > 1 and rest[0][1] in (".", "["):
        if rest[0][1] == ".":
            tail += "." + rest[1][1]
            rest = rest[2:]
            continue
        if rest[1][0] != "number" or len(rest) < 3 or rest[2][1] != "]":
            raise Malformed(f"`{source}`: an index is a number in brackets")
        tail += f"[{rest[1][1]}]"
        rest = rest[3:]
    return Call(text, tuple(arguments), tail), rest


def _arguments(tokens, source):
    arguments = []
    while tokens and tokens[0][1] != ")":
        argument, tokens = _term(tokens, source)
        arguments.append(argument)
        if tokens and tokens[0][1] == ",":
            tokens = tokens[1:]
    if not tokens:
        raise Malformed(f"`{source}` lacks a closing bracket")
    return arguments, tokens[1:]


def calls(tree):
    """Every call in a tree, the outermost first."""
    if isinstance(tree, Call):
        yield tree
        for argument in tree.arguments:
            yield from calls(argument)


def value(tree, scope):
    """A tuple of text and symbols. `scope` maps ("parameters" | "variables", name) to such tuples."""
    if not isinstance(tree, Call):
        return (str(tree),)
    if tree.name in ("parameters", "variables"):
        unknown = (Symbol(f"{tree.name}({tree.arguments[0]}){tree.tail}"),)
        return unknown if tree.tail else scope.get((tree.name, tree.arguments[0]), unknown)
    arguments = [value(argument, scope) for argument in tree.arguments]
    if tree.name == "format":
        return _format(arguments)
    return (Symbol(f"{tree.name}({', '.join(render(argument) for argument in arguments)}){tree.tail}"),)


def _format(arguments):
    parts = []
    for piece in re.split(r"(\{\d+\})", "".join(str(part) for part in arguments[0])):
        if re.fullmatch(r"\{\d+\}", piece):
            parts.extend(arguments[1 + int(piece[1:-1])])
        elif piece:
            parts.append(piece)
    return joined(parts)


def joined(parts):
    """Neighbouring pieces of text made one."""
    result = []
    for part in parts:
        if result and isinstance(part, str) and isinstance(result[-1], str):
            result[-1] += part
        else:
            result.append(part)
    return tuple(result)


def render(parts):
    return "".join(part if isinstance(part, str) else "{" + part.form + "}" for part in parts)


def segments(parts):
    """The rendered parts of a resource name: `{x}/default/y` gives three."""
    return tuple(segment.lower() for segment in re.split(r"/(?![^{]*\})", render(parts)))
