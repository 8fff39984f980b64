"""A press is written once and shown on its card, wherever the web part or the worker is killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from tests.customers import ADA, new_customer
from tests.invariants import messages_are_seen_once
from tests.scenarios.acme import NAME, Acme, acme_of
from tests.scenarios.acting.pressing import EMAILS, buttons, connect, writes_to
from tests.stack import Stack, the_vault, wait_until
from web.playground.faults import Fault

TAKEN_OVER_WITHIN_S: Final = 60.0  # a lease, its sweep, and the start of another worker
pytestmark = pytest.mark.long
DEALS: Final = "/api/v2/deals/{}"
NOTES: Final = "/v1/notes"


@pytest.fixture
def team(stack: Stack) -> Acme:
    """Acme with two spaces that get new deals, web and no worker yet; Ada has connected herself."""
    stack.start_web()
    acme = acme_of(stack)
    acme.spaces = [*acme.spaces, *new_customer(stack).spaces]
    rules = [{"name": "New", "on": "deal.created", "to": acme.spaces}]
    acme.load(rules, users=[{"email": EMAILS[ADA], "role": "admin"}])
    connect(stack.database, the_vault(), acme.crm, NAME, ADA)
    return acme


def new_deals(team: Acme, *titles: str) -> list[int]:
    """Create deals; return their numbers once both spaces show all of them."""
    made = [int(team.crm.do("create_deal", title=title, value=900, stage_id=1)["id"]) for title in titles]
    for space in team.spaces:
        team.wait_for_cards(len(made), space)
    return made


def card_of(team: Acme, title: str, space: int = 0) -> Mapping[str, Any]:
    return next(each for each in team.cards(team.spaces[space]) if title in str(each))


def press(team: Acme, title: str, do: str) -> Mapping[str, Any]:
    """Ada presses a button in the first space."""
    card = card_of(team, title)
    return team.stack.play.click(team.spaces[0], ADA, card["name"], buttons(card)[do])


def shows(team: Acme, title: str, words: str) -> None:
    """Wait until the cards of a deal say so in both spaces."""
    for space in range(2):
        wait_until(lambda at=space: words in str(card_of(team, title, at)), TAKEN_OVER_WITHIN_S, words)  # type: ignore[misc]


def taken(faults: Any) -> Callable[[], bool]:
    return lambda: not faults.listing()


def test_what_the_web_part_answered_is_written_although_it_is_killed_at_once(team: Acme) -> None:
    worker = team.stack.start_worker()
    (number,) = new_deals(team, "Hooli")
    worker.kill()
    assert press(team, "Hooli", "deal.won")["kind"] == "updated"
    team.stack.parts[0].kill()
    assert writes_to(team.crm, number) == 0

    team.stack.start_worker()
    shows(team, "Hooli", "marked it as won")
    assert writes_to(team.crm, number) == 1
    assert team.crm.store.get("deal", number)["status"] == "won"


def test_killed_before_or_after_pipedrive_has_it_a_worker_leaves_one_write_of_each(team: Acme) -> None:
    doomed = team.stack.start_worker()
    before, after, _ = new_deals(team, "Before", "After", "Noted")
    faults = team.crm.faults
    faults.order(Fault(where=DEALS.format(before), hang=True))  # the look before the write
    faults.order(Fault(where=DEALS.format(after)))  # its look is answered,
    faults.order(Fault(where=DEALS.format(after), hang=True))  # and its write is done without an answer
    faults.order(Fault(where=NOTES, hang=True))
    press(team, "Before", "deal.won")
    press(team, "After", "deal.won")
    save = buttons(press(team, "Noted", "deal.note")["dialog"])["card.note"]
    team.stack.play.submit_dialog(ADA, save, {"note": "Call back"})
    wait_until(taken(faults), 20, "three calls without an answer")
    doomed.kill()

    team.stack.start_worker()
    shows(team, "Before", "marked it as won")
    shows(team, "After", "marked it as won")
    shows(team, "Noted", "added a note")
    assert [writes_to(team.crm, number) for number in (before, after)] == [1, 1]
    notes = [note for note in team.crm.store.all("note") if "Call back" in str(note["content"])]
    assert len(notes) == 1


def test_killed_between_the_write_and_its_cards_it_leaves_no_card_behind(team: Acme) -> None:
    doomed = team.stack.start_worker()
    (number,) = new_deals(team, "Hooli")
    faults = team.stack.play.chat.faults
    for space in team.spaces:  # Chat does the next write there, and never answers
        faults.order(Fault(where=f"/{space}/messages/", hang=True))
    press(team, "Hooli", "deal.won")
    wait_until(lambda: team.crm.store.get("deal", number)["status"] == "won", 20, "the win")
    wait_until(lambda: len(faults.listing()) < 2, 20, "an update without an answer")
    doomed.kill()

    faults.clear()
    team.stack.start_worker()
    shows(team, "Hooli", "marked it as won")
    assert writes_to(team.crm, number) == 1
    messages_are_seen_once(team)
