"""azure.yaml names files that are there, and parameters and outputs that the template has."""

import json
import os
import re


def problems(templates, folder, root):
    """`root` is the repository, where azd looks for azure.yaml."""
    body = templates[0].body
    project = (root / "azure.yaml").read_text(encoding="utf-8")
    named = dict(re.findall(r"^ *(path|module|run): (\S+)$", project, re.M))
    script = folder / os.path.relpath(named["run"], named["path"])
    if not (folder / f"{named['module']}.bicep").is_file():
        yield f"azure.yaml names the module {named['module']}, which is not there"
    if not os.access(script, os.X_OK):
        yield f"azure.yaml runs {named['run']}, which is not there or cannot be run"
        return
    given = json.loads((folder / f"{named['module']}.parameters.json").read_text(encoding="utf-8"))["parameters"].keys()
    text = script.read_text(encoding="utf-8")
    again = set(re.findall(r"(?:--parameters | )(\w+)=", text[text.index("--parameters"):]))
    for name in sorted((given | again) - body["parameters"].keys()):
        yield f"azd gives the parameter {name}, which main.json does not have"
    # What the script leaves out would fall back to its default.
    for name in sorted(given - again):
        yield f"{named['run']} leaves out the parameter {name}, which main.parameters.json gives"
    for name in re.findall(r"\$\{(\w+):\?is an output", text):
        if name not in body["outputs"]:
            yield f"{named['run']} reads the output {name}, which main.json does not have"
