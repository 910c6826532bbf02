"""What a vault holds, as azure-mgmt-dataprotection shows it."""

import sys
import time

from azure.core.credentials import AccessToken
from azure.mgmt.dataprotection import DataProtectionMgmtClient

URL, SUB, GROUP, VAULT = sys.argv[1:]


class Credential:
    def get_token(self, *scopes, **kwargs):
        return AccessToken("python", int(time.time()) + 3600)


client = DataProtectionMgmtClient(Credential(), SUB, base_url=URL, credential_scopes=[f"{URL}/.default"])
instances = list(client.backup_instances.list(GROUP, VAULT))
print("instances:", [str(getattr(one.properties.current_protection_state, "value", one.properties.current_protection_state)) for one in instances])
points = [point for one in instances for point in client.recovery_points.list(GROUP, VAULT, one.name)]
print("points:", len(points))
jobs = [one.properties for one in client.jobs.list(GROUP, VAULT)]
print("jobs:", sorted(f"{job.operation_category} {job.status}" for job in jobs))
