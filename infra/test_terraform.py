"""Terraform and the template deploy the same: both are evaluated for the same parameters, each by its own evaluator.

Terraform does the one; each resource is replaced by a module that only repeats what it is told, as no provider is
needed for that. The other is checks/deployed.py. Skipped where there is no `terraform`.
"""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from checks import deployed, hcl, template

FOLDER = Path(__file__).resolve().parent
OTHER = "00000000-0000-0000-0000-000000000002"
NETWORK = f"/subscriptions/{deployed.SUBSCRIPTION}/resourceGroups/rg-net/providers/Microsoft.Network"
CASES = {
    "nothing but a region": {},
    "everything open": {
        "allowCreation": True, "allowRestore": True, "allowDelete": True, "grantPowerfulRoles": True,
        "alertEmail": "ops@contoso.example", "subscribeToEvents": True, "ledgerCoolAfterDays": 90,
        "watchedSubscriptions": [deployed.SUBSCRIPTION, OTHER], "updateStrategy": "Recreate", "instanceMemory": 4096,
        "eventDelivery": "Queue", "recoveryServicesVault": "contoso",
        "vaultIdentities": {f"/subscriptions/{OTHER}/resourceGroups/rg-keys/providers/Microsoft.ManagedIdentity/userAssignedIdentities/backup": {}},
        "settings": {"HOLDFAST_KEYS": "alice=0", "HOLDFAST_RULES": "oci://contoso", "HOLDFAST_CLIENT_ID": "another"},
    },
    "a closed network": {
        "functionSubnetId": f"{NETWORK}/virtualNetworks/v/subnets/functions",
        "endpointSubnetId": f"{NETWORK}/virtualNetworks/v/subnets/endpoints",
        "blobZoneId": f"{NETWORK}/privateDnsZones/privatelink.blob.core.windows.net",
        "allowedAddresses": [{"value": "203.0.113.7"}],
        "diagnostics": False, "recoveryServicesVault": "",
    },
    "what was there before": {
        "recoveryServicesVault": "", "existingTopic": "defender", "existingTopicGroup": "rg-security", "subscribeToEvents": True, "assignRoles": False, "eventsByIdentity": False,
        "registryId": f"/subscriptions/{OTHER}/resourceGroups/rg-acr/providers/Microsoft.ContainerRegistry/registries/contoso",
    },
}
# A resource that repeats what it is told.
ECHO = """
variable "type" {}
variable "parent_id" {}
variable "name" {}
variable "location" { default = null }
variable "body" { default = {} }
variable "identity" { default = null }
variable "response_export_values" { default = null }
variable "schema_validation_enabled" { default = null }
locals {
  kinds = split("/", split("@", var.type)[0])
  last  = local.kinds[length(local.kinds) - 1]
  below = length(local.kinds) > 2 || local.last == "resourceGroups"
}
output "id" { value = "${var.parent_id}/${local.below ? local.last : "providers/${split("@", var.type)[0]}"}/${var.name}" }
output "output" { value = { properties = jsondecode(file("${path.module}/told.json")) } }
resource "terraform_data" "told" {
  input = { type = var.type, parent = var.parent_id, name = var.name, location = var.location, body = var.body, identity = var.identity }
}
"""


def echoing(text):
    """The module with resources that need no provider."""
    text = text[text.index("locals {"):].replace("data.azapi_client_config.current.subscription_id", f'"{deployed.SUBSCRIPTION}"')
    text = re.sub(r'^resource "azapi_resource" "(\w+)" \{', r'module "\1" {' + '\n  source = "./echo"', text, flags=re.M)
    return text.replace("azapi_resource.", "module.").replace("  identity {", "  identity = {")


@unittest.skipUnless(shutil.which("terraform"), "there is no terraform")
class Terraform(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name in ("variables.tf", "outputs.tf"):
            (cls.folder / name).write_text(echoed(name))
        (cls.folder / "main.tf").write_text(echoing((FOLDER / "terraform/main.tf").read_text(encoding="utf-8")))
        (cls.folder / "echo").mkdir()
        (cls.folder / "echo/main.tf").write_text(ECHO)
        (cls.folder / "echo/told.json").write_text(json.dumps(deployed.TOLD))
        run(cls.folder, "init", "-input=false")

    def test_it_is_written_as_terraform_writes(self):
        run(FOLDER / "terraform", "fmt", "-check", "-diff")

    def test_it_is_valid(self):
        run(self.folder, "validate")

    def test_it_deploys_what_the_template_deploys(self):
        templates = template.load(FOLDER / "main.json")
        for name, given in CASES.items():
            with self.subTest(name):
                ours = {(kind, address): said for kind, address, said in deployed.resources(templates, {"location": "westeurope", **given})}
                theirs = self.planned({"location": "westeurope", **given})
                self.assertEqual(sorted(theirs), sorted(ours))
                for key, said in ours.items():
                    self.assertEqual(theirs[key], said, key)

    def planned(self, given):
        values = {hcl.snake(name): value for name, value in given.items()}
        (self.folder / "given.auto.tfvars.json").write_text(json.dumps(values))
        run(self.folder, "plan", "-input=false", "-out=plan")
        plan = json.loads(run(self.folder, "show", "-json", "plan"))
        found = {}
        for module in plan["planned_values"]["root_module"]["child_modules"]:
            told = module["resources"][0]["values"]["input"]
            identity = told["identity"] and (told["identity"]["type"], told["identity"].get("identity_ids", []))
            said = {**told["body"], "location": told["location"], "identity": identity}
            found[told["type"], address(told)] = said
        return found


def echoed(name):
    return (FOLDER / "terraform" / name).read_text(encoding="utf-8").replace("azapi_resource.", "module.")


def address(told):
    kinds = told["type"].partition("@")[0].split("/")
    below = len(kinds) > 2 or kinds[-1] == "resourceGroups"
    return f"{told['parent']}/{kinds[-1] if below else 'providers/' + '/'.join(kinds)}/{told['name']}"


def run(folder, *arguments):
    done = subprocess.run(["terraform", *arguments[:1], "-no-color", *arguments[1:]] if arguments[0] != "show" else ["terraform", *arguments],
                          cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"terraform {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    unittest.main()
