"""Reads calls of `az` from standard input, one a line without the word `az`, as `az` itself reads them. Nothing is sent.

A deployment besides names parameters that its template has, and a query an output of the main template.
"""

import contextlib
import io
import json
import re
import shlex
import sys
from pathlib import Path

from azure.cli.core import get_default_cli
from azure.cli.core.commands.events import EVENT_INVOKER_POST_LOAD_ARGUMENTS, EVENT_INVOKER_PRE_LOAD_ARGUMENTS

CLI = get_default_cli()


def taken(words):
    """What `az` understands the words as; leaves the process where it does not."""
    invocation = CLI.invocation_cls(
        cli_ctx=CLI, parser_cls=CLI.parser_cls, commands_loader_cls=CLI.commands_loader_cls, help_cls=CLI.help_cls)
    CLI.invocation = invocation
    invocation.data["command_string"] = " ".join(words)
    loader = invocation.commands_loader
    loader.load_command_table(words)
    loader.command_name = invocation._rudimentary_get_command(words)
    # Arguments of all commands, such as --subscription, are added by those that hear of this.
    CLI.raise_event(EVENT_INVOKER_PRE_LOAD_ARGUMENTS, commands_loader=loader)
    loader.load_arguments(loader.command_name)
    CLI.raise_event(EVENT_INVOKER_POST_LOAD_ARGUMENTS, commands_loader=loader)
    invocation.parser.load_command_table(loader)
    return invocation.parser.parse_args(words)


def checked(words):
    arguments = taken(words)
    template = getattr(arguments, "template_file", None)
    if template:
        known = json.loads(Path(template).read_text(encoding="utf-8"))["parameters"]
        for given in [word for group in arguments.parameters or [] for word in group]:
            # A file of parameters is one that the reader writes; tests/it/deployment/settings.rs deploys it.
            if given.startswith("@"):
                continue
            name = given.partition("=")[0]
            assert name in known, f"{template} has no parameter {name}"
    outputs = json.loads(Path("infra/main.json").read_text(encoding="utf-8"))["outputs"]
    for name in re.findall(r"properties\.outputs\.(\w+)", " ".join(words)):
        assert name in outputs, f"infra/main.json has no output {name}"


def refusal(line):
    """Why `az` does not take a line, on one line; nothing where it does."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            checked(shlex.split(line))
    except (SystemExit, Exception) as error:
        why = f"{type(error).__name__} {error} {said.getvalue()}"
        return " ".join(f"az does not take `az {line}`: {why}".split())
    return None


lines = sys.stdin.read().splitlines()
refusals = [told for told in map(refusal, lines) if told]
if refusals:
    sys.exit("\n".join(refusals))
print(f"{len(lines)} lines")
