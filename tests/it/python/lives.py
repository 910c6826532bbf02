"""What the scripts about whole lives share: where they take place, who asks, and how they ask and wait."""

import sys
import time

import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError

URL = sys.argv[1]
SUB = "11111111-2222-4333-8444-555555555555"
GROUP = "rg-lives"
SCOPE = f"/subscriptions/{SUB}/resourceGroups/{GROUP}"
VAULT = "rsv-lives"
FABRIC = "Azure"


class Credential:
    def get_token(self, *scopes, **kwargs):
        return AccessToken("python", int(time.time()) + 3600)


def send(method, path, body, version="2023-01-01"):
    url = f"{URL}{path}" + ("" if path.startswith("/_") else f"?api-version={version}")
    answer = requests.request(method, url, json=body, headers={"Authorization": "Bearer x"}, timeout=30)
    assert answer.ok, answer.text


def refused(code, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except HttpResponseError as error:
        assert error.error.code == code, error.error
        return
    raise AssertionError(f"{code} was expected")


def until(what, ask):
    for _ in range(300):
        if ask():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} never came")
