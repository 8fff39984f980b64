"""Who follows the stream of a running server hears of a lead while its webhook becomes a card."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx

from tests.scenarios.acme import Acme

ADMIN = "ada@example.com"
WITHIN_S = 20.0


def token_of(acme: Acme) -> str:
    acme.load([], users=[{"email": ADMIN, "role": "admin"}])
    return acme.stack.run("-m", "models", "token", acme.name, ADMIN).stdout.strip()


def frames(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    frame = dict[str, str]()
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            frame[name] = value
        elif frame:
            yield frame
            frame = {}


def test_a_new_lead_is_heard_of_and_a_client_goes_on_where_it_was(acme: Acme) -> None:
    head = {"Authorization": f"Bearer {token_of(acme)}", "Accept": "text/event-stream"}
    url = f"{acme.stack.url}/api/v1/stream?types=lead"
    with httpx.stream("GET", url, headers=head, timeout=WITHIN_S) as answer:
        heard = frames(answer.iter_lines())
        assert "retry" in next(heard)
        lead = acme.crm.do("create_lead", title="Fair")
        first = next(heard)
    acme.crm.do("delete", entity="lead", id=lead["id"])
    with httpx.stream("GET", url, headers=head | {"Last-Event-ID": first["id"]}, timeout=WITHIN_S) as answer:
        second = next(each for each in frames(answer.iter_lines()) if "event" in each)

    assert (first["event"], second["event"]) == ("lead:created", "lead:deleted")
    assert json.loads(first["data"])["data"] == {"object": f"lead:{lead['id']}"}
    assert "Fair" not in first["data"]
