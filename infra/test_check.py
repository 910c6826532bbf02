"""check.py finds what it is for: each mistake is planted in a copy of this folder and has to be named."""

import shutil
import tempfile
import unittest
from pathlib import Path

import check

# What is changed, in which file, and what the fault has to say.
PLANTED = {
    "a dependency that is not declared": ("main.json", "'holdfast-package')]\"", "'holdfast-parcel')]\"", "which no template declares"),
    "a parameter that is not declared": ("main.json", "[parameters('softDeleteDays')]", "[parameters('softDelete')]", "which is not declared"),
    "a bracket that is not closed": ("main.json", "[not(empty(parameters('alertEmail')))]", "[not(empty(parameters('alertEmail'))]", "closing bracket"),
    "a property that Bicep lacks": ("main.json", '"operatorType"', '"operator"', "`operator: StringIn` is only in main.json"),
    "a key written twice": ("main.json", '"httpsOnly": true,', '"httpsOnly": true, "httpsOnly": false,', "written twice"),
    "shared keys let in": ("main.json", '"allowSharedKeyAccess": false', '"allowSharedKeyAccess": true', "allowSharedKeyAccess"),
    "a parent that is not awaited": ("main.json", "resourceId('Microsoft.Storage/storageAccounts/queueServices', parameters('storageAccountName'), 'default')", "resourceId('Microsoft.Storage/storageAccounts', parameters('storageAccountName'))", "does not depend on its parent"),
    "another api-version in Bicep": ("app.bicep", "systemTopics@2022-06-15", "systemTopics@2021-12-01", "only in"),
    "another default in Bicep": ("app.bicep", "@maxValue(180)", "@maxValue(18)", "parameter softDeleteDays"),
    "Bicep that does not parse to the same": ("events.bicep", "maxDeliveryAttempts: 30", "maxDeliveryAttempts: 3", "maxDeliveryAttempts"),
    "the wrong role's id": ("main.json", '"reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7"', '"reader": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"', "not a built-in role"),
    "a role too many to grant": ("main.json", '"3e5e47e6-65f7-47ef-90b5-e5dd4d455f24",', '"3e5e47e6-65f7-47ef-90b5-e5dd4d455f24", "974c5e8b-45b9-4653-ba55-5f855dd0fb88",', "never grants"),
    "powerful roles without being asked": ("main.json", "if(parameters('grantPowerfulRoles'), concat(variables('grantableRoles'), variables('powerfulRoles')), variables('grantableRoles'))", "concat(variables('grantableRoles'), variables('powerfulRoles'))", "grantPowerfulRoles"),
    "a role too few to grant": ("main.json", '"e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1",', "", "forbids"),
    "the right to assign any role": ("main.json", "roleAssignments/write''})) OR", "roleAssignments/read''})) OR", "is not limited by `roleAssignments/write`"),
    "an event that nobody handles": ("main.json", '"Microsoft.Compute/disks/delete"', '"Microsoft.Compute/images/delete"', "lets through"),
    "tags of a type that nobody protects": ("main.json", '"/providers/Microsoft.Compute/disks/"', '"/providers/Microsoft.Compute/images/"', "tags-changed lets through /providers/Microsoft.Compute/images/"),
    "changes of tags kept back": ("main.json", '"Microsoft.Resources/tags/write",', "", "tags-changed keeps back Microsoft.Resources/tags/write"),
    "no subscription for changes of tags": ("main.json", "/tags-changed'", "/labels-changed'", "there is no event subscription tags-changed"),
    "more values than Event Grid takes": ("main.json", '"Microsoft.Resources/tags/write",', "".join(f'"Contoso.Odd/n{n}/write",' for n in range(25)), "more than 25"),
    "a function that is not there": ("main.json", "'ResourceChanged')]", "'ResourceWritten')]", "the package does not hold"),
    "a setting that nobody reads": ("main.json", '"HOLDFAST_RULES"', '"HOLDFAST_RULE_SET"', "nor a function.json knows it"),
    "a timer without a schedule": ("main.json", '"HOLDFAST_OPERATIONS_SCHEDULE"', '"HOLDFAST_OPERATION_SCHEDULE"', "the host would drop the function"),
    "a setting that the host lacks": ("main.json", '"HOLDFAST_SWEEP_SCHEDULE"', '"AzureWebJobs.Sweep.Schedule"', "the host would drop the function"),
    "settings that outweigh what is deployed": ("main.json", "parameters('settings'), variables('ownSettings')", "variables('ownSettings'), parameters('settings')", "nothing that names what is deployed"),
    "settings that are shown": ("app.bicep", "@secure()\n", "", "parameter settings is ('object'"),
    "a queue that is not made": ("main.json", "default/holdfast-work-poison'", "default/holdfast-work-dead'", "which is not made"),
    "a resource that is declared twice": ("main.json", "default/holdfast-rules'", "default/holdfast-ledger'", "declared 2 times"),
    "a subscription of another topic": ("main.json", "[format('{0}/tags-changed', parameters('topicName'))]", "[format('{0}/tags-changed', parameters('functionAppName'))]", "is not a child of the topic"),
    "a function looked for beside the topic": ("main.json", "[resourceId(parameters('functionAppSubscription'), parameters('functionAppGroup'), 'Microsoft.Web/sites/functions'", "[resourceId('Microsoft.Web/sites/functions'", "names no resource group"),
    "a right to rewrite the ledger": ("main.json", "containers/blobs/add/action", "containers/blobs/write", "more than reading and adding"),
    "another role on the ledger": ("main.json", '"scope": "[resourceId(\'Microsoft.Storage/storageAccounts\', parameters(\'storageAccountName\'))]"', '"scope": "[resourceId(\'Microsoft.Storage/storageAccounts\', parameters(\'ledgerAccountName\'))]"', "another role on the ledger's account"),
    "a ledger that is not kept": ("main.json", "default/holdfast-ledger/default'", "default/holdfast-package/default'", "has no immutability policy"),
    "a container of another name": ("main.json", "default/holdfast-rules'", "default/holdfast-rule-sets'", "used and not made"),
    "a registry that nobody named": ("main.json", "\"value\": \"[variables('registryParts')[8]]\"", "\"value\": \"holdfast\"", "which no template declares"),
    "a metric that nobody counts": ("main.json", "name == 'holdfast.coverage' |", "name == 'holdfast.covered' |", "holdfast.covered, which functions/src/metrics.rs does not have"),
    "an event subscription of its own": ("subscription.json", '"maxDeliveryAttempts": 30', '"maxDeliveryAttempts": 3', "subscription: holdfast-events differs"),
    "more rights on a management group": ("management-group.json", '"Microsoft.DataProtection/backupVaults/write"', '"Microsoft.DataProtection/backupVaults/*"', "management-group: roles or actions differ"),
    "a role that is assigned one level up only": ("management-group.json", "managementGroup().id, parameters('principalId'), variables('reader')", "managementGroup().id, parameters('principalId'), variables('operatorRole')", "management-group: roles and assignments differ"),
    "a size that Flex Consumption lacks": ("app.bicep", "@allowed([512, 2048, 4096])", "@allowed([512, 1024, 4096])", "parameter instanceMemory"),
    "logs of a resource that is not made": ("main.json", "[resourceId('Microsoft.Web/sites', parameters('functionAppName'))]\",\n              \"name\": \"holdfast\"", "[resourceId('Microsoft.Web/sites', parameters('existing'))]\",\n              \"name\": \"holdfast\"", "which is not declared"),
    "an action that nobody asks for": ("main.json", "Microsoft.RecoveryServices/Vaults/backupJobs/cancel/action", "Microsoft.RecoveryServices/Vaults/backupFabrics/refreshContainers/action", "nowhere in azure/src"),
    "a Terraform module of another time": ("terraform/main.tf", "maxDeliveryAttempts      = 30", "maxDeliveryAttempts      = 3", "terraform/main.tf is not what main.json says"),
    "a parameter that azd makes up": ("main.parameters.json", '"alertEmail"', '"alertMail"', "azd gives the parameter alertMail"),
    "events that azd sends elsewhere": ("azd/deploy.sh", ' resourceGroupName="$group"', "", "leaves out the parameter resourceGroupName"),
    "an alert without a runbook": ("main.json", "Holdfast: no sweep for half a day", "Holdfast: silence", "docs/runbooks.md has no heading"),
    "a parameter that nobody describes": ("main.json", '"registryId"', '"registry"', "infra/README.md lacks the parameter registry"),
    "an example of another module": ("README.md", '  location = "westeurope"', '  region   = "westeurope"', "gives the Terraform module region"),
    "an example without what is asked for": ("README.md", '  location = "westeurope"\n', "", "leaves out location"),
    "an index that is none": ("main.json", "[variables('registryParts')[2]]", "[variables('registryParts')[two]]", "an index is a number"),
}


class Check(unittest.TestCase):
    def test_the_folder_holds(self):
        self.assertEqual(check.faults(check.ROOT / "infra"), [])

    def test_each_planted_mistake_is_named(self):
        for mistake, (file, before, after, fault) in PLANTED.items():
            with self.subTest(mistake), tempfile.TemporaryDirectory() as copy:
                folder = Path(shutil.copytree(check.ROOT / "infra", Path(copy) / "infra"))
                text = (folder / file).read_text(encoding="utf-8")
                self.assertTrue(before in text, "the mistake can no longer be planted")
                (folder / file).write_text(text.replace(before, after), encoding="utf-8")
                self.assertIn(fault, "\n".join(found(folder)))

    @unittest.skipUnless(check.SPECIFICATIONS.is_dir(), f"{check.SPECIFICATIONS} is not there")
    def test_a_property_that_azure_lacks_is_named(self):
        templates = check.template.load(check.ROOT / "infra" / "main.json")
        app = next(template for template in templates if template.name == "holdfast-app")
        vault = next(r for r in app.resources() if r["type"] == "Microsoft.DataProtection/backupVaults")
        vault["properties"]["securitySettings"]["softDeleteSettings"] = {"state": "Enabled", "days": 14}
        machines = next(r for r in app.resources() if r["type"] == "Microsoft.RecoveryServices/vaults")
        machines["properties"]["securitySettings"]["softDeleteSettings"]["softDeleteState"] = "On"
        faults = "\n".join(check.specification.problems(templates, check.SPECIFICATIONS))
        self.assertIn("softDeleteSettings.days is not in Azure's API", faults)
        self.assertIn("softDeleteSettings.state is `Enabled`", faults)
        self.assertIn("softDeleteSettings.softDeleteState is `On`", faults)


def found(folder):
    try:
        return check.faults(folder)
    except (ValueError, check.expression.Malformed) as error:
        return [str(error)]


if __name__ == "__main__":
    unittest.main()
