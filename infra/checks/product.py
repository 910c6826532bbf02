"""The templates and the product agree: settings, queues, covered types, the ledger."""

import json
import re

from . import expression
from .template import strings

# Templates that repeat parts of main.json elsewhere, because ARM has no way to share them.
FURTHER = ("subscription", "management-group")
METRIC = re.compile(r"[\"'](holdfast\.[a-z.]+)[\"']")


def problems(templates, root):
    """`root` is the repository."""
    by_name = {template.name: template for template in templates}
    yield from _settings(by_name["holdfast-app"], root)
    yield from _queues(by_name["holdfast-app"], root)
    yield from _types(by_name["holdfast-events"], root)
    yield from _topic(by_name["holdfast-events"])
    yield from _metrics(by_name["holdfast-app"], root)
    yield from _ledger(by_name["holdfast-ledger"], by_name["holdfast-data-access"], root)


def alike(files):
    """What several templates hold is the same in each: `files` maps a file to its templates."""
    main = {template.name: template for template in files["main"]}
    for template in files["subscription"]:
        if template.name in main and template.body != main[template.name].body:
            yield f"subscription: {template.name} differs from the one in main.json"
    group, access = files["management-group"][0].body, main["holdfast-access"].body
    if group["variables"] != {name: _one_level_up(value) for name, value in access["variables"].items()}:
        yield "management-group: roles or actions differ from those of holdfast-access in main.json"
    if group["resources"] != _one_level_up(access["resources"]):
        yield "management-group: roles and assignments differ from those of holdfast-access in main.json"


def _one_level_up(node):
    """What says the same of a management group as `node` says of a subscription."""
    text = json.dumps(node)
    role = "'Microsoft.Authorization/roleDefinitions', variables('operatorRole')"
    for ours, theirs in {
        f"subscriptionResourceId({role})": f"extensionResourceId(managementGroup().id, {role})",
        "subscriptionResourceId(": "tenantResourceId(",
        "subscription().subscriptionId": "managementGroup().name",
        "subscription().id": "managementGroup().id",
    }.items():
        text = text.replace(ours, theirs)
    return json.loads(text)


def _resource(template, kind):
    return next(resource for resource in template.resources() if resource["type"] == kind)


def _settings(app, root):
    handler = set(re.findall(r'"(HOLDFAST_\w+)"', (root / "functions/src/settings.rs").read_text(encoding="utf-8")))
    declarations = "".join(path.read_text(encoding="utf-8") for path in (root / "functions").glob("*/function.json"))
    host = set(re.findall(r"%(\w+)%", declarations))
    united = _united(app)
    names = {name for part in united for name in _named(part, app)}
    # A storage connection is one setting in several parts: `NAME__accountName` and its like.
    read = {name for name in names if name.partition("__")[0] in handler}
    for name in sorted(name for name in names - read - host if name.startswith("HOLDFAST_")):
        yield f"app setting {name} is set, and neither functions/src/settings.rs nor a function.json knows it"
    for name in sorted(host - names):
        yield f"a function.json names the app setting {name}, which is not set: the host would drop the function"
    order = [part.name if part.name == "createObject" else part.arguments[0] for part in united]
    if order != ["defaultSettings", "settings", "ownSettings", "createObject"]:
        yield "app settings: what is given has to outweigh the defaults, and nothing that names what is deployed"


def _united(app):
    """The objects that the app's settings are united of; a later one outweighs those before it."""
    settings = _resource(app, "Microsoft.Web/sites")["properties"]["siteConfig"]["appSettings"]
    return next(call.arguments for call in expression.calls(expression.parse(settings)) if call.name == "union")


def _named(tree, app):
    """The names in one of these objects; those of a parameter are not known here."""
    if tree.name == "createObject":
        return tree.arguments[::2]
    return app.body["variables"][tree.arguments[0]] if tree.name == "variables" else ()


def _queues(app, root):
    kind = "Microsoft.Storage/storageAccounts/queueServices/queues"
    made = {app.key(resource)[1][-1] for resource in app.resources() if resource["type"] == kind}
    for path in sorted((root / "functions").glob("*/function.json")):
        for binding in json.loads(path.read_text(encoding="utf-8"))["bindings"]:
            queue = binding.get("queueName")
            needed = [] if queue is None else [queue, *([f"{queue}-poison"] if binding["type"] == "queueTrigger" else [])]
            for name in needed:
                if name not in made:
                    yield f"{path.parent.name}/function.json needs the queue {name}, which is not made"


def _metrics(app, root):
    """Alerts and workbooks ask for metrics that the handler has."""
    known = set(METRIC.findall((root / "functions/src/metrics.rs").read_text(encoding="utf-8")))
    kinds = {"Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/workbooks"}
    asked = [resource for resource in app.resources() if resource["type"] in kinds]
    for resource in asked:
        for name in sorted(set(METRIC.findall(json.dumps(resource["properties"]))) - known):
            yield f"{resource['type']} {resource['name']} asks for the metric {name}, which functions/src/metrics.rs does not have"


def _types(events, root):
    manifests = "".join(path.read_text(encoding="utf-8") for path in (root / "protection/src/workload").glob("*.rs"))
    types = set(re.findall(r'\bresource_type: "(Microsoft\.[\w./]+)"', manifests))
    # Something that tells of a resource by being there carries no tags that matter.
    witnesses = set(re.findall(r'\bwitness: Some\("(Microsoft\.[\w./]+)"\)', manifests))
    verbs = ("write", "delete")
    operations, subjects = "data.operationName", "subject"
    # Tags are a resource below the one that carries them; what carries none itself takes those of its parent.
    bearers = {"/".join(kind.split("/")[:2]) for kind in types}
    wanted = {
        "resource-changed": {(operations, "StringIn"): {f"{kind}/{verb}" for kind in types | witnesses for verb in verbs}},
        "tags-changed": {
            (operations, "StringIn"): {f"Microsoft.Resources/tags/{verb}" for verb in verbs},
            (subjects, "StringContains"): {f"/providers/{bearer}/" for bearer in bearers},
        },
    }
    filters = dict(_filters(events))
    for name in sorted(wanted.keys() - filters.keys()):
        yield f"there is no event subscription {name}: what it would let through is never seen"
    for name, subscription in sorted(filters.items()):
        yield from _limits(name, subscription)
        passed = {(one["key"], one.get("operatorType", "")): set(one["values"]) for one in subscription["advancedFilters"]}
        due = wanted.get(name, {})
        for key in sorted(due.keys() | passed.keys()):
            for value in sorted(due.get(key, set()) ^ passed.get(key, set())):
                fault = "lets through" if value in passed.get(key, set()) else "keeps back"
                yield f"the event subscription {name} {fault} {value}; protection/src/workload/ says otherwise"


def _filters(events):
    """Name and filter of each event subscription."""
    for resource in events.resources():
        if resource["type"] == "Microsoft.EventGrid/systemTopics/eventSubscriptions":
            yield re.search(r"/([\w-]+)'", resource["name"])[1], resource["properties"]["filter"]


def _limits(name, subscription):
    """Event Grid's documented limits of advanced filters."""
    values = [value for one in subscription["advancedFilters"] for value in one["values"]]
    if len(subscription["advancedFilters"]) > 25 or len(values) > 25:
        yield f"the event subscription {name} has more than 25 advanced filters or values, which Event Grid refuses"
    for value in values:
        if len(value) > 512:
            yield f"the event subscription {name} has a value of more than 512 characters, which Event Grid refuses"


def _ledger(ledger, access, root):
    """What is recorded can be read and added to by the app, is kept, and lies where the product looks for it."""
    storage = root / "azure/src/storage"
    sources = "".join((storage / name).read_text(encoding="utf-8") for name in ("ledger.rs", "shelf.rs"))
    wanted = set(re.findall(r'NAME: &\'static str = "([\w-]+)"', sources))
    keys = [ledger.key(resource) for resource in ledger.resources()]
    made = {name[-1] for kind, name in keys if kind.endswith("/blobservices/containers")}
    kept = {name[-2] for kind, name in keys if kind.endswith("/immutabilitypolicies")}
    for name in sorted(wanted ^ made):
        yield f"the container {name} is {'made and not used' if name in made else 'used and not made'} by the product"
    for name in sorted(made - kept):
        yield f"holdfast-ledger: the container {name} has no immutability policy"
    role = _resource(access, "Microsoft.Authorization/roleDefinitions")["properties"]["permissions"]
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
    if [part["dataActions"] for part in role] != [[f"{blobs}/read", f"{blobs}/add/action"]]:
        yield "holdfast-data-access: the role for the ledger lets more than reading and adding"
    for resource in access.resources():
        if "ledgerAccountName" in resource.get("scope", "") and "recorderRole" not in resource["properties"]["roleDefinitionId"]:
            yield f"holdfast-data-access: {resource['properties']['description']}: another role on the ledger's account"


def _topic(events):
    """What hangs on the topic is deployed where the topic is, which may be another group than the function app's."""
    for text in strings(events.body):
        if "resourceId('Microsoft" in text:
            yield f"holdfast-events: `{text}` names no resource group, so it looks in that of the topic"
    for resource in events.resources():
        if "parameters('topicName')" not in resource["name"]:
            yield f"holdfast-events: {resource['name']} is not a child of the topic"
