"""A rule made in Chat turns the next matching deal into a card, without a file or a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.customers import ADA, headings
from tests.scenarios.acme import Acme
from tests.stack import HOLDS_AFTER_S

PEOPLE = [{"email": "ada@example.com", "role": "admin"}]


@pytest.fixture(params=["classic", "addon"])
def dialect(request: pytest.FixtureRequest, acme: Acme) -> Iterator[str]:
    """Which dialect Chat speaks with the app during the test."""
    app = acme.stack.play.chat.app
    app.dialect = request.param
    yield app.dialect
    app.dialect = "classic"


def test_a_dialog_then_a_won_deal_then_its_card(acme: Acme, dialect: str) -> None:
    chat, (space,) = acme.stack.play.chat.client, acme.spaces
    acme.load([], users=PEOPLE)
    assert chat.quick_command(space, ADA, 3).kind == "dialog"
    form = {"on": ["deal.won"], "field1": ["value"], "op1": ["at_least"], "value1": "10,000", "to": [space]}
    saved = chat.press_in_dialog(ADA, "Save", name=f"Big wins, {dialect}", **form)
    assert (saved.kind, saved.problems) in [("updated", []), ("message", [])]
    assert f"Rule “Big wins, {dialect}” saved" in str(saved.message)

    time.sleep(HOLDS_AFTER_S)
    before = len(acme.cards())
    for title, value in (("Small", 9_999), ("Large", 10_000)):
        acme.crm.do("win_deal", id=acme.crm.do("create_deal", title=title, value=value)["id"])
    cards = acme.wait_for_cards(before + 1)
    assert headings(cards)[before:] == ["Large"]


def test_space_here_links_the_space_it_is_said_in(acme: Acme, dialect: str) -> None:
    chat, (space,) = acme.stack.play.chat.client, acme.spaces
    acme.spaces = []
    acme.load([], users=PEOPLE)
    welcome = chat.say(space, ADA, "/pipenotify rule list")
    assert "Welcome" in str(welcome.message)
    linked = chat.say(space, ADA, "/pipenotify space here")
    assert (linked.kind, linked.problems) == ("message", [])

    chat.quick_command(space, ADA, 3)
    chat.press_in_dialog(ADA, "Save", name=f"Lost, {dialect}", on=["deal.lost"], to=[space])
    time.sleep(HOLDS_AFTER_S)
    acme.spaces = [space]
    before = len(acme.cards())
    acme.crm.do("lose_deal", id=acme.crm.do("create_deal", title="Gone")["id"], lost_reason="Too dear")
    assert headings(acme.wait_for_cards(before + 1))[before:] == ["Gone"]
