#!/usr/bin/env python3
"""What Holdfast itself costs a month: the tables of docs/costs.md. Put in your own prices and counts, and run it."""

import math

SIZES = (1_000, 10_000, 1_000_000)

# US dollars. Azure's list prices in a European region, as we assume them.
PRICES = {
    "a million GB-seconds of Flex Consumption": 26.00,
    "a million executions": 0.40,
    "a million operations of Event Grid": 0.60,
    "a million writes of blobs": 6.25,
    "a million reads of blobs": 0.50,
    "a million operations of queues": 0.40,
    "a GB of hot blobs": 0.023,
    "a GB of logs": 2.76,
    "a log alert": 0.50,
    "a metric alert": 0.10,
}
# What Azure gives each month for nothing.
FREE = {"GB-seconds": 100_000, "executions": 250_000, "operations of Event Grid": 100_000}

# What happens, as we assume it; a month has 30 days.
COUNTS = {
    "memory of an instance, in GB": 2,
    "runs of timers a month, apart from the sweep": 30 * 24 * (60 + 6 + 6),
    "seconds that Azure bills for a run at least": 1,
    "runs of the sweep a month": 30 * 4,
    "resources in a page of the sweep": 1_000,
    "seconds for a page": 3,
    "writes a month and resource that Azure publishes": 40,
    "of these, let through to the app": 4,
    "passes for each of these": 3,
    "seconds for a pass": 1,
    "documents in the ledger for each": 3,
    "kilobytes of a document": 6,
    "months that the ledger has grown": 12,
    "kilobytes of logs for an execution, both kinds": 4,
    "polls of a queue a minute, three queues": 3 * 12,
    "writes of leases a minute": 4,
}


def bill(resources):
    """Position and dollars."""
    count = COUNTS.__getitem__
    pages = count("runs of the sweep a month") * math.ceil(resources / count("resources in a page of the sweep"))
    changes = resources * count("of these, let through to the app")
    passes = changes * count("passes for each of these")
    timers = count("runs of timers a month, apart from the sweep")
    executions = timers + pages + changes + passes
    seconds = (
        (timers + changes) * count("seconds that Azure bills for a run at least")
        + pages * count("seconds for a page")
        + passes * count("seconds for a pass")
    )
    minutes = 30 * 24 * 60
    documents = changes * count("documents in the ledger for each")
    gigabytes = documents * count("kilobytes of a document") * count("months that the ledger has grown") / 1e6
    # Each event is held against the filters of two subscriptions, and delivered once.
    routed = resources * (2 * count("writes a month and resource that Azure publishes")) + changes
    logs = executions * count("kilobytes of logs for an execution, both kinds") / 1e6
    queue = minutes * count("polls of a queue a minute, three queues") + 3 * (passes + pages)
    return {
        "functions": over(seconds * count("memory of an instance, in GB"), "GB-seconds", "a million GB-seconds of Flex Consumption")
        + over(executions, "executions", "a million executions"),
        "events": over(routed, "operations of Event Grid", "a million operations of Event Grid"),
        "queues and leases": queue / 1e6 * PRICES["a million operations of queues"]
        + minutes * count("writes of leases a minute") / 1e6 * PRICES["a million writes of blobs"],
        "ledger and pages, written": (documents + 2 * pages) / 1e6 * PRICES["a million writes of blobs"],
        "ledger and pages, read": (passes + pages) / 1e6 * PRICES["a million reads of blobs"],
        "ledger, kept": gigabytes * PRICES["a GB of hot blobs"],
        "logs": logs * PRICES["a GB of logs"],
        "alerts": 4 * PRICES["a log alert"] + PRICES["a metric alert"],
    }


def over(used, free, price):
    return max(0, used - FREE[free]) / 1e6 * PRICES[price]


def tables():
    """The tables of docs/costs.md."""
    bills = [bill(size) for size in SIZES]
    rows = ["| a month, in US dollars | " + " | ".join(f"{size:,} resources" for size in SIZES) + " |", "| --- |" + " ---: |" * len(SIZES)]
    rows += [f"| {name} | " + " | ".join(f"{one[name]:,.2f}" for one in bills) + " |" for name in bills[0]]
    rows.append("| **in all** | " + " | ".join(f"**{sum(one.values()):,.0f}**" for one in bills) + " |")
    per = (sum(one.values()) / size * 100 for one, size in zip(bills, SIZES, strict=True))
    rows.append("| for a resource, in cents | " + " | ".join(f"{cents:.2f}" for cents in per) + " |")
    assumed = ["| assumed | |", "| --- | ---: |", *(f"| {name} | {value:,} |" for name, value in COUNTS.items())]
    assumed += [f"| {name}, in US dollars | {value:,.3f} |" for name, value in PRICES.items()]
    return "\n".join(rows), "\n".join(assumed)


if __name__ == "__main__":
    print("\n\n".join(tables()))
