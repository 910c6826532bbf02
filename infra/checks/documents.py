"""What the documents say of the deployment is so (runbooks, parameters, costs), and they are one book."""

import re

import costs

LINK = re.compile(r"\]\(([^)#\s]+)")
# File and anchor of a link that stays in the repository.
ANCHORED = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def problems(templates, root, folder):
    """`root` is the repository, and `folder` the one of the templates."""
    yield from _runbooks(next(template for template in templates if template.name == "holdfast-app"), root)
    yield from _described(templates[0], root)
    yield from _module(folder)
    text = (root / "docs/costs.md").read_text(encoding="utf-8")
    if any(table not in text for table in costs.tables()):
        yield "docs/costs.md has other tables than `python3 infra/costs.py` prints"
    yield from _book(root / "docs")


def _book(folder):
    """The index leads to every document, and every link between documents to something."""
    index = set(LINK.findall((folder / "README.md").read_text(encoding="utf-8")))
    for path in sorted(folder.glob("*.md")):
        if path.name not in index and path.name != "README.md":
            yield f"docs/README.md does not lead to {path.name}"
        for target, anchor in ANCHORED.findall(path.read_text(encoding="utf-8")):
            there = path.parent / target if target else path
            if not there.exists():
                yield f"docs/{path.name} leads to {target}, which is not there"
            elif anchor and anchor not in _anchors(there):
                yield f"docs/{path.name} leads to {target}#{anchor}, and there is no such heading"


def _anchors(path):
    """The headings of a document as links name them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _runbooks(app, root):
    """Somebody who is woken by an alert finds its name as a heading."""
    text = (root / "docs/runbooks.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^## (.+)$", text, re.M))
    kinds = {"Microsoft.Insights/scheduledQueryRules": "displayName", "Microsoft.Insights/metricAlerts": "description"}
    for resource in app.resources():
        title = resource.get("properties", {}).get(kinds.get(resource["type"]))
        if title and title not in headings:
            yield f"docs/runbooks.md has no heading `{title}`, which an alert has"


def _described(main, root):
    """infra/README.md has a row for each parameter, and for no other."""
    text = (root / "infra/README.md").read_text(encoding="utf-8")
    table = text[text.index("| parameter | default |"):].partition("\n\n")[0]
    rows = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    for name in sorted(rows ^ main.body["parameters"].keys()):
        yield f"infra/README.md {'describes' if name in rows else 'lacks'} the parameter {name}"


def _module(infra):
    """The example of infra/README.md calls the Terraform module that is there, with what it takes and all that it asks for."""
    example = re.search(r"```hcl\n(.*?)```", (infra / "README.md").read_text(encoding="utf-8"), re.S)[1]
    given = dict(re.findall(r'^  (\w+) *= "(.*)"$', example, re.M))
    folder = infra.parent / given.pop("source").rpartition("//")[2]
    declared = (folder / "variables.tf").read_text(encoding="utf-8") if folder.is_dir() else ""
    blocks = dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', declared, re.M | re.S))
    for name in sorted(given.keys() - blocks.keys()):
        yield f"infra/README.md gives the Terraform module {name}, which it does not take"
    for name, block in blocks.items():
        if not re.search(r"^  default\b", block, re.M) and name not in given:
            yield f"infra/README.md leaves out {name}, which the Terraform module asks for"
