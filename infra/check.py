#!/usr/bin/env python3
"""Holds the templates to themselves, to the Bicep files and to the product; exits 1 with a line per fault.

Nothing is deployed and nothing is fetched. `--folder` checks a copy of this folder.
"""

import argparse
import sys
from pathlib import Path

from checks import azd, bicep, documents, expression, product, references, rights, specification, template, terraform

ROOT = Path(__file__).resolve().parent.parent
# Azure's published API files, where a checkout of them lies beside the repository.
SPECIFICATIONS = ROOT.parent / "shared" / "specs"


def faults(folder, root=ROOT):
    """Every fault of the templates in `folder`, judged against the product in `root`."""
    files = {name: template.load(folder / f"{name}.json") for name in ("main", *product.FURTHER)}
    functions = [path.parent.name for path in (root / "functions").glob("*/function.json")]
    found = []
    for templates in files.values():
        found += references.problems(templates, functions)
        found += bicep.problems(templates, folder)
        found += specification.problems(templates, SPECIFICATIONS)
    found += product.problems(files["main"], root)
    found += product.alike(files)
    found += rights.problems(files["main"], root)
    found += documents.problems(files["main"], root, folder)
    found += bicep.syntax(folder)
    found += azd.problems(files["main"], folder, root)
    # Only a template that holds can be written in another language.
    return found or list(terraform.problems(files["main"], folder))


def skipped():
    """What could not be checked here, and why."""
    if bicep.tree_sitter_bicep is None:
        yield "the Bicep grammar: pip install tree-sitter tree-sitter-bicep"
    if not SPECIFICATIONS.is_dir():
        yield f"property names against Azure's API files: {SPECIFICATIONS} is not there"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, default=ROOT / "infra")
    folder = arguments.parse_args().folder
    try:
        found = faults(folder)
    except (ValueError, KeyError, expression.Malformed) as error:
        found = [f"{folder}: {error}"]
    for what in skipped():
        print(f"infra: skipped {what}")
    for fault in found:
        print(f"infra: {fault}")
    print(f"infra: {len(found)} faults" if found else "infra: templates hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
