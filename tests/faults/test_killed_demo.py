"""A demo that was stopped, or killed, goes on: its Chat, its deals, its webhooks and its connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stack import free_port, wait_until
from tests.web.demo_process import DemoProcess

CARD_WITHIN_S = 20
LOST_S = 1  # what kill -9 may lose at most


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    with DemoProcess(tmp_path).running() as made:
        yield made


def cards(demo: DemoProcess) -> list[str]:
    """The notification texts of what the app wrote in Deals."""
    return [str(each.get("fallbackText", "")) for each in demo.state()["messages"]]


def has_card(demo: DemoProcess, title: str) -> bool:
    return any(title in card for card in cards(demo))


def new_deal(demo: DemoProcess, title: str) -> dict[str, Any]:
    deal = demo.pipedrive("create_deal", title=title, value=20_000)
    wait_until(lambda: has_card(demo, title), CARD_WITHIN_S, f"the card of {title}")
    return deal


def statuses(demo: DemoProcess, deal: dict[str, Any]) -> set[int]:
    """How the app answered the webhooks of a deal; the one made by hand is void once it is connected."""
    seen = demo.state()["pipedrive"]
    ours = {each["id"] for each in seen["webhooks"] if each["name"] != "Playground"}
    told = [each for each in seen["deliveries"] if each["object_id"] == str(deal["id"])]
    return {each["status"] for each in told if len(ours) == 0 or each["webhook_id"] in ours}


@pytest.mark.long
def test_a_stopped_demo_goes_on_where_it_was_also_on_another_port(demo: DemoProcess) -> None:
    new_deal(demo, "Before the pause")
    demo.act("say", {"space": "spaces/AAAA", "user": "users/1001", "text": "See you tomorrow"})
    before = demo.state()

    assert demo.leave() < 5
    assert f"stopped; the data stays in {demo.data}" in demo.output.read_text()
    demo.port = free_port()
    demo.start()

    after = demo.state()
    assert after["messages"] == before["messages"]
    assert after["pipedrive"]["deals"] == before["pipedrive"]["deals"]
    deal = new_deal(demo, "After the pause")
    assert deal["id"] == before["pipedrive"]["deals"][-1]["id"] + 1
    assert statuses(demo, deal) == {200}


@pytest.mark.long
def test_a_killed_demo_keeps_the_connection_made_on_the_setup_page(demo: DemoProcess) -> None:
    demo.connect()
    wait_until(lambda: len(demo.state()["pipedrive"]["webhooks"]) >= 10, CARD_WITHIN_S, "our webhooks")
    new_deal(demo, "Before the kill")
    hooks = {each["id"] for each in demo.state()["pipedrive"]["webhooks"]}
    time.sleep(LOST_S)

    demo.kill()
    demo.start()

    assert {each["id"] for each in demo.state()["pipedrive"]["webhooks"]} == hooks
    assert has_card(demo, "Before the kill")
    assert statuses(demo, new_deal(demo, "After the kill")) == {200}
