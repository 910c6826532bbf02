"""The rule `select` as filters of Cloud Custodian, timed in its own interpreter: prints p50 and p99 in microseconds.

Reads {"resource": ..., "rounds": ..., "calls": ...} from standard input."""

import json
import sys
import time

from c7n.filters.core import FilterRegistry

FILTERS = [
    {"not": [{"or": [{"tags.backup": "off"}, {"tags.env": "sandbox"}, {"tags.lifetime": "ephemeral"}]}]},
    {"type": "value", "key": "type", "op": "in",
     "value": ["Microsoft.Compute/disks", "Microsoft.DBforPostgreSQL/flexibleServers"]},
    {"type": "value", "key": "location", "op": "in", "value": ["westeurope", "northeurope", "eastus"]},
    {"type": "value", "key": "tags.env", "op": "in", "value": ["prod", "staging"]},
]


def main():
    given = json.load(sys.stdin)
    resource, rounds, calls = given["resource"], given["rounds"], given["calls"]
    filters = FilterRegistry("azure.disk.filters").parse(FILTERS, None)

    def protects(one):
        found = [one]
        for each in filters:
            found = each.process(found)
        return bool(found)

    sandbox = {**resource, "tags": {**resource["tags"], "env": "sandbox"}}
    if not protects(resource) or protects(sandbox):
        sys.exit("the filters do not select what the rule selects")
    times = []
    for number in range(rounds + rounds // 10):
        begun = time.perf_counter()
        for _ in range(calls):
            protects(resource)
        if number >= rounds // 10:
            times.append((time.perf_counter() - begun) * 1e6 / calls)
    times.sort()
    print(times[len(times) // 2], times[(len(times) - 1) * 99 // 100])


main()
