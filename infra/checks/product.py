"""The templates and the product agree: settings, queues, covered types, roles."""

import functools
import json
import re

import costs

from .template import strings

# Templates that repeat parts of main.json elsewhere, because ARM has no way to share them.
FURTHER = ("subscription", "management-group")
# The lists of actions in the template, and the parameter that adds each.
ACTIONS = {"protectActions": "", "createActions": "allowCreation", "restoreActions": "allowRestore", "deleteActions": "allowDelete"}
# A row of docs/rights.md: the action, what it is for, the allowance.
ALLOWANCE = re.compile(r"^\| `(Microsoft[\w./]+)` \| [^|]+ \| (?:always|`(\w+)`) \|$", re.M)
METRIC = re.compile(r"[\"'](holdfast\.[a-z.]+)[\"']")
GUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")

# Built-in roles by their documented ids; the same in every tenant.
ROLES = {
    "acrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "diskBackupReader": "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24",
    "diskRestoreOperator": "b50d9833-a0cb-478e-945f-707fcc997c13",
    "diskSnapshotContributor": "7efff54f-a5b4-42b5-a1c5-5411624893ce",
    "storageAccountBackupContributor": "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1",
    "contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "keyVaultSecretsUser": "4633458b-17de-408a-b874-0445c86b69e6",
    "postgresqlLongTermRetention": "c088a766-074b-43ba-90d4-1fb21feae531",
    "roleBasedAccessControlAdministrator": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    "storageBlobDataContributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "storageQueueDataContributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "storageQueueDataMessageSender": "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
}


def problems(templates, root):
    """`root` is the repository."""
    by_name = {template.name: template for template in templates}
    yield from _settings(by_name["holdfast-app"], root)
    yield from _queues(by_name["holdfast-app"], root)
    yield from _types(by_name["holdfast-events"], root)
    yield from _topic(by_name["holdfast-events"])
    yield from _roles(templates, by_name["holdfast-access"], root)
    yield from _metrics(by_name["holdfast-app"], root)
    yield from _runbooks(by_name["holdfast-app"], root)
    yield from _described(templates[0], root)
    text = (root / "docs/costs.md").read_text(encoding="utf-8")
    if any(table not in text for table in costs.tables()):
        yield "docs/costs.md has other tables than `python3 infra/costs.py` prints"
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
    settings = _resource(app, "Microsoft.Web/sites")["properties"]["siteConfig"]["appSettings"]
    names = {setting["name"] for setting in settings}
    # A storage connection is one setting in several parts: `NAME__accountName` and its like.
    read = {name for name in names if name.partition("__")[0] in handler}
    for name in sorted(name for name in names - read - host if name.startswith("HOLDFAST_")):
        yield f"app setting {name} is set, and neither functions/src/settings.rs nor a function.json knows it"
    for name in sorted(host - names):
        yield f"a function.json names the app setting {name}, which is not set: the host would drop the function"


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


def _roles(templates, access, root):
    for template in templates:
        for guid in {guid for text in strings(template.body, skip=("template",)) for guid in GUID.findall(text)}:
            if guid not in ROLES.values():
                yield f"{template.name}: {guid} is not a built-in role that checks/product.py knows"
        for name, value in template.body.get("variables", {}).items():
            if isinstance(value, str) and GUID.fullmatch(value) and ROLES.get(name) != value:
                yield f"{template.name}: the variable {name} holds {value}, which is the id of another role"
    source = (root / "protection/src/roles.rs").read_text(encoding="utf-8")
    asked = set(GUID.findall(source))
    variables = access.body["variables"]
    grantable = {*variables["grantableRoles"], *variables["powerfulRoles"]}
    for guid in sorted(asked - grantable):
        yield f"protection/src/roles.rs grants {guid}, which the condition in holdfast-access forbids"
    for guid in sorted(grantable - asked):
        yield f"the condition in holdfast-access allows {guid}, which protection/src/roles.rs never grants"
    yield from _condition(access)
    yield from _actions(variables, root)


def _actions(variables, root):
    """The role has no action that the product does not ask for; that it has all of them is what the scenarios show."""
    asked = _words(root)
    listed = ALLOWANCE.findall((root / "docs/rights.md").read_text(encoding="utf-8"))
    held = {(action, name) for name in ACTIONS for action in variables[name]}
    for action, name in sorted(held):
        kind, _, verb = action.rpartition("/")
        # What follows an operation is read at the address that Azure names.
        if verb != "read" and kind.rpartition("/")[2].lower() not in asked:
            yield f"holdfast-access: {action} is in the role and nowhere in azure/src and protection/src"
    for action, allowance in sorted(set(listed) ^ {(action, ACTIONS[name]) for action, name in held}):
        where = "docs/rights.md lists in vain" if (action, allowance) in listed else "docs/rights.md lacks"
        yield f"{where} {action}, {allowance or 'always'}"


@functools.cache
def _words(root):
    """Every word of the sources that ask Azure for something, in lower case."""
    folders = (root / name / "src" for name in ("azure", "protection"))
    sources = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.rs"))
    return {word.lower() for word in re.findall(r"\w+", sources)}


def _condition(access):
    """The right to assign roles is never without its condition."""
    kind = "Microsoft.Authorization/roleAssignments"
    for properties in (resource["properties"] for resource in access.resources() if resource["type"] == kind):
        if "roleBasedAccessControlAdministrator" not in properties["roleDefinitionId"]:
            continue
        condition = properties.get("condition", "")
        for part in ("roleAssignments/write", "roleAssignments/delete", "ServicePrincipal", "grantableRoles", "grantPowerfulRoles"):
            if part not in condition:
                yield f"holdfast-access: the right to assign roles is not limited by `{part}`"


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
