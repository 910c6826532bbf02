"""Roles: known by their ids, exactly those that the product grants, exactly the actions that it asks for."""

import functools
import re

from .template import strings

GUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")

# The lists of actions in the template, and the parameter that adds each.
ACTIONS = {"protectActions": "", "createActions": "allowCreation", "restoreActions": "allowRestore", "deleteActions": "allowDelete"}
# A row of docs/rights.md: the action, what it is for, the allowance.
ALLOWANCE = re.compile(r"^\| `(Microsoft[\w./]+)` \| [^|]+ \| (?:always|`(\w+)`) \|$", re.M)
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
    access = next(template for template in templates if template.name == "holdfast-access")
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
        kind = action.rpartition("/")[0]
        if kind.rpartition("/")[2].lower() not in asked:
            yield f"holdfast-access: {action} is in the role and nowhere in azure/src and protection/src"
    for action, allowance in sorted(set(listed) ^ {(action, ACTIONS[name]) for action, name in held}):
        where = "docs/rights.md lists in vain" if (action, allowance) in listed else "docs/rights.md lacks"
        yield f"{where} {action}, {allowance or 'always'}"


@functools.cache
def _words(root):
    """Every word of the sources that ask Azure for something, in lower case."""
    folders = (root / name / "src" for name in ("azure", "protection"))
    # The list of actions itself asks for nothing.
    paths = (path for folder in folders for path in folder.rglob("*.rs") if path.name != "actions.rs")
    sources = "".join(path.read_text(encoding="utf-8") for path in paths)
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
