"""A press on a card is written to Pipedrive once, as the person who pressed, and every card shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import delete, select

from models.tables import PersonalConnection, User
from tests.browsers import START, Browser, altered
from tests.customers import ADA, BEN, WITHIN_S, new_customer
from tests.scenarios.acme import NAME, Acme
from tests.scenarios.acting.pressing import EMAILS, buttons, connect, writes_to
from tests.stack import Stack, the_vault, wait_until
from web.playground.faults import Fault

LINK = re.compile(r"http://127[^'\"]+/connect/[^'\"]+")


@pytest.fixture
def team(acme: Acme) -> Acme:
    """Acme with two spaces, and Ada and Ben who have connected themselves."""
    acme.spaces = [*acme.spaces, *new_customer(acme.stack).spaces]
    users = [{"email": EMAILS[ADA], "role": "admin"}, {"email": EMAILS[BEN], "role": "sales_rep"}]
    rules = [
        {"name": f"New in {acme.spaces[0]}", "on": "deal.created", "to": [acme.spaces[0]]},
        {
            "name": f"Moves in {acme.spaces[0]}",
            "on": ["deal.stage_changed", "deal.won"],
            "to": list(acme.spaces),
        },
    ]
    acme.load(rules, users=users)
    for person in (ADA, BEN):
        connect(acme.stack.database, the_vault(), acme.crm, NAME, person)
    return acme


def press(acme: Acme, message: Mapping[str, Any], do: str, person: str = ADA) -> dict[str, Any]:
    space = message["name"].partition("/messages/")[0]
    return acme.stack.play.click(space, person, message["name"], buttons(message)[do])


def text_of(acme: Acme, message: Mapping[str, Any]) -> str:
    space = message["name"].partition("/messages/")[0]
    return next(str(each) for each in acme.cards(space) if each["name"] == message["name"])


def shows(acme: Acme, message: Mapping[str, Any], words: str) -> None:
    wait_until(lambda: words in text_of(acme, message), WITHIN_S, f"{words} on the card")


def deal_of(acme: Acme, number: int) -> Mapping[str, Any]:
    return acme.crm.store.get("deal", number)


def test_a_win_is_written_once_as_whoever_pressed_and_shown_to_all(team: Acme) -> None:
    deal = team.crm.do("create_deal", title="Globex renewal", value=12000, stage_id=2)
    (card,) = team.wait_for_cards(1, team.spaces[0])

    answered = press(team, card, "deal.won", BEN)
    assert answered["kind"] == "updated"
    assert "Working on it: Ben Okafor marks it as won" in str(answered)
    press(team, card, "deal.won", BEN)

    shows(team, card, "Ben Okafor marked it as won")
    assert deal_of(team, deal["id"])["status"] == "won"
    assert writes_to(team.crm, deal["id"]) == 1
    (elsewhere,) = team.wait_for_cards(1, team.spaces[1])
    assert "Globex renewal" in str(elsewhere)
    assert len(team.cards(team.spaces[0])) == 1, "the card that was pressed shows the win already"
    assert "deal.won" not in buttons(team.cards(team.spaces[0])[0])


def test_who_connects_on_the_first_press_has_it_done_once_and_is_told(team: Acme) -> None:
    disconnect(team.stack, BEN)
    deal = team.crm.do("create_deal", title="Stark fleet", value=900, stage_id=1)
    (card,) = team.wait_for_cards(1, team.spaces[0])
    press(team, card, "deal.won", BEN)
    answered = press(team, card, "deal.won", BEN)
    link = LINK.search(str(answered["message"]))
    assert link, answered
    assert answered["message"]["privateMessageViewer"] == {"name": BEN}
    assert deal_of(team, deal["id"])["status"] == "open"

    with Browser(team.stack) as browser:
        browser.sign_in(EMAILS[BEN])
        page = urlsplit(link[0]).path
        waits = "“Won” for Stark fleet will be saved as soon as you are connected."
        assert waits in browser.get(page).text
        assert browser.press(page, page).headers["location"] == "/setup?as=me"
        assert waits in browser.get("/setup?as=me").text
        asked = browser.ask(f"{START}?as=me")
        wish = {"as": f"{team.company_id}:2", "answer": "allow"}
        allowed = httpx.get(altered(asked, **wish), trust_env=False)
        assert browser.get(allowed.headers["location"]).headers["location"] == "/setup?said=acts#said"
        saved = "“Won” for Stark fleet is saved in Pipedrive."
        wait_until(lambda: saved in browser.get("/setup?said=acts").text, WITHIN_S, "what was done")

    shows(team, card, "Ben Okafor marked it as won")
    assert deal_of(team, deal["id"])["status"] == "won"
    assert writes_to(team.crm, deal["id"]) == 1
    wait_until(lambda: "you marked it as won" in private_to(team, BEN), WITHIN_S, "the private message")


def test_a_killed_worker_loses_no_press_and_writes_none_twice(team: Acme) -> None:
    deals = [team.crm.do("create_deal", title=f"Deal {number}", stage_id=1) for number in range(3)]
    cards = team.wait_for_cards(3, team.spaces[0])
    team.crm.faults.order(Fault(times=3, where="/api/v2/deals/", delay=0.4))
    for card in cards:
        press(team, card, "deal.won", ADA)
    team.stack.parts[-1].kill()
    team.stack.start_worker()

    for deal in deals:
        wait_until(lambda deal=deal: deal_of(team, deal["id"])["status"] == "won", 90, "the win")  # type: ignore[misc]
        # Pipedrive writes down a call when it has answered, which is after the deal is won.
        wait_until(lambda deal=deal: writes_to(team.crm, deal["id"]), 5, "the call")  # type: ignore[misc]
        assert writes_to(team.crm, deal["id"]) == 1
    for card in cards:
        shows(team, card, "Ada Lovelace marked it as won")


def disconnect(stack: Stack, person: str) -> None:
    with stack.database.writing_all() as session:
        user = select(User.id).where(User.email == EMAILS[person])
        session.execute(delete(PersonalConnection).where(PersonalConnection.user_id.in_(user)))


def private_to(acme: Acme, person: str) -> str:
    messages = acme.stack.play.messages(acme.spaces[0], person)
    return str([each for each in messages if each.get("privateMessageViewer", {}).get("name") == person])
