"""Reads what a webhook got, as the Python CloudEvents SDK and the Standard Webhooks library read it."""

import json
import sys

from cloudevents.core.bindings.http import HTTPMessage, from_http
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(sys.argv[1])
seen = json.load(sys.stdin)
for request in seen:
    headers, body = request["headers"], request["body"]
    webhook.verify(body, headers, json_parse=False)
    try:
        webhook.verify(body + " ", headers, json_parse=False)
        raise SystemExit("a body that was changed is taken for signed")
    except WebhookVerificationError:
        pass
    event = from_http(HTTPMessage(headers, body.encode()), JSONFormat())
    data = event.get_data()
    assert headers["webhook-id"] == event.get_id(), headers
    assert event.get_time().tzinfo is not None
    assert event.get_extension("sequence").isdigit()
    mode = "structured" if headers["content-type"].startswith("application/cloudevents+json") else "binary"
    print(f"{mode} {event.get_specversion()} {event.get_type()} {event.get_source()} {data['summary']}")
print(f"{len(seen)} events")
