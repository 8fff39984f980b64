"""A deal is found by number or words, and a pasted link unfolds, for those who may see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

import bot.deals.buttons
import bot.deals.cards
import bot.deals.commands
import bot.deals.preview
import bot.deals.show  # noqa: F401 - the folder is the unit
from bot.chat.parse import parse_interaction
from bot.deals.links import object_in_url
from bot.dispatch import dispatch
from models.clock import now
from models.connections.names import remember
from models.database.engine import Database
from models.pipedrive.names import RESTRICTED, Name
from models.tables import Tenant, User
from tests.chat import ADA, DEALS, EVE, NEW, Chat
from tests.models.stalled.following import change

BASE = "https://acme.pipedrive.com"


@pytest.mark.parametrize("words", ["1", "#1", "acme", "renewal ACME", "ren", f"{BASE}/deal/1"])
def test_a_deal_is_found_by_number_words_or_address(chat: Chat, words: str) -> None:
    reply = chat.say(f"deal show {words}")
    assert reply.title == "Acme renewal"
    assert reply.has("Deal · €1,000")
    assert reply.has("Negotiation")
    assert reply.has("Ben")
    assert reply.has("No change for 20 days")
    assert reply.has(f"{BASE}/deal/1")
    assert reply.viewer == ADA["name"]


@pytest.mark.parametrize("words", ["deal acme", "deals ACME renewal", "show deal acme", "Deal 1"])
def test_the_verb_may_be_left_out_or_come_first(chat: Chat, words: str) -> None:
    assert chat.say(words).title == "Acme renewal"


def test_words_may_be_of_the_organization(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    with database.writing_all() as session:
        remember(session, {(tenants[0], ("organization", "3")): Name("Globex Corp")})
    change(database, tenants[0], 9, now(), title="Phones", org_id=3)
    assert chat.say("deal show globex phones").title == "Phones"
    assert chat.say("deal show hooli phones").title == "I could not find that"


def test_the_name_of_a_restricted_organization_is_not_shown(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        remember(session, {(tenants[0], ("organization", "3")): Name("Secret Inc", {RESTRICTED: True})})
    change(database, tenants[0], 9, now(), title="Phones", org_id=3)
    assert not chat.say("deal show phones").has("Secret")
    assert chat.say("deal show inc").title == "I could not find that"


def test_several_deals_are_listed_with_a_button_each(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    change(database, tenants[0], 9, now(), title="Acme phones")
    reply = chat.say("deal show acme")
    assert reply.title == "2 deals fit"
    assert reply.has("Acme phones")
    assert chat.click("deal.show", deal="9").title == "Acme phones"


@pytest.mark.parametrize("words", ["2", "secret", "bolt", "100%", "_", "", "'; DROP TABLE"])
def test_what_one_may_not_see_or_nobody_has_is_not_found(chat: Chat, words: str) -> None:
    reply = chat.say(f"deal show {words}".strip())
    assert not reply.has("Secret merger")
    assert not reply.has("Bolt deal")


def test_who_may_see_it_in_pipedrive_finds_it(chat: Chat, database: Database) -> None:
    with database.writing_all() as session:
        session.execute(update(User).where(User.email == ADA["email"]).values(pipedrive_user_id="7"))
    assert chat.say("deal show secret").title == "Secret merger"
    assert chat.click("deal.show", deal="2").title == "Secret merger"


def test_the_next_activity_is_shown_by_the_clock_of_the_team(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.execute(update(Tenant).values(timezone="Europe/Prague"))
    for number, (subject, day) in enumerate([("Later", "2030-01-09"), ("Call Grace", "2030-01-08")], 50):
        due: dict[str, Any] = {"due_date": day, "due_time": "23:30", "subject": subject, "deal_id": 1}
        change(database, tenants[0], number, now(), entity="activity", zone="Europe/Prague", **due)
    change(
        database,
        tenants[0],
        60,
        now(),
        entity="activity",
        subject="Done",
        due_date="2029-01-01",
        deal_id=1,
        done=True,
    )
    assert chat.say("deal show 1").has("Call Grace, Jan 9, 2030, 00:30")


def test_a_deleted_deal_is_gone(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    change(database, tenants[0], 1, now(), action="delete")
    assert chat.say("deal show 1").title == "I could not find that"
    assert chat.click("deal.show", deal="1").title == "I could not find that"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"{BASE}/deal/42", ("deal", "42")),
        (f"{BASE}/deal/42/", ("deal", "42")),
        (f"{BASE}/deal/42?x=1#y", ("deal", "42")),
        (f"{BASE}/leads/inbox/a1b2-c3", ("lead", "a1b2-c3")),
        (f"{BASE}/person/7", ("person", "7")),
        (f"{BASE}/organization/8", ("organization", "8")),
        ("https://bolt.pipedrive.com/deal/42", None),
        ("https://acme.pipedrive.com.evil.test/deal/42", None),
        (f"{BASE}/settings", None),
        ("javascript:alert(1)", None),
        ("https://[broken", None),
        ("", None),
    ],
)
def test_only_addresses_of_our_own_pipedrive_lead_to_an_object(
    url: str, found: tuple[str, str] | None
) -> None:
    assert object_in_url(url, BASE) == found
    assert object_in_url(url, "") is None


def paste(chat: Chat, url: str, user: dict[str, Any] = ADA, space: dict[str, Any] = DEALS) -> dict[str, Any]:
    """The answer to a message with a link that Chat asks us to unfold."""
    message = {"name": f"{space['name']}/messages/1", "sender": user, "text": f"look at {url}"}
    message |= {"matchedUrl": {"url": url}, "space": space}
    at = {"user": user, "eventTime": "2026-11-20T10:00:00Z"}
    body = {"type": "MESSAGE", "space": space, "message": message, **at}
    if chat.dialect == "addon":
        body = {
            "commonEventObject": {},
            "chat": {**at, "messagePayload": {"space": space, "message": message}},
        }
    return dispatch(parse_interaction(body), chat.deps).body


def cards_of(chat: Chat, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The cards beside a person's message, as each dialect says it."""
    if chat.dialect == "classic":
        assert answer["actionResponse"] == {"type": "UPDATE_USER_MESSAGE_CARDS"}
        assert "privateMessageViewer" not in answer
        return list(answer["cardsV2"])
    return list(answer["hostAppDataAction"]["chatDataAction"]["updateInlinePreviewAction"]["cardsV2"])


def test_a_pasted_link_unfolds_for_everybody(chat: Chat) -> None:
    (card,) = cards_of(chat, paste(chat, f"{BASE}/deal/1"))
    assert card["card"]["header"]["title"] == "Acme renewal"


@pytest.mark.parametrize(
    ("entity", "path"), [("person", "person"), ("organization", "organization"), ("lead", "leads/inbox")]
)
def test_other_objects_unfold_too(
    chat: Chat, database: Database, tenants: tuple[int, int], entity: str, path: str
) -> None:
    change(database, tenants[0], 5, now() - timedelta(days=40), entity=entity, name="Grace", title="Grace")
    (card,) = cards_of(chat, paste(chat, f"{BASE}/{path}/5"))
    assert card["card"]["header"]["title"] == "Grace"


@pytest.mark.parametrize("path", ["deal/2", "deal/99", "deal/x", "settings", "deal/"])
def test_restricted_and_unknown_objects_get_nothing_even_from_who_may_see_them(
    chat: Chat, database: Database, path: str
) -> None:
    with database.writing_all() as session:
        session.execute(update(User).where(User.email == ADA["email"]).values(pipedrive_user_id="7"))
    assert paste(chat, f"{BASE}/{path}") == {}


def test_guests_strangers_and_other_tenants_get_nothing(chat: Chat) -> None:
    assert paste(chat, f"{BASE}/deal/1", user=EVE) == {}
    assert paste(chat, f"{BASE}/deal/1", user=EVE, space=NEW) == {}
    assert paste(chat, f"{BASE}/deal/1", space=NEW) == {}
    assert paste(chat, "https://bolt.pipedrive.com/deal/1") == {}


def test_a_failing_preview_is_silent(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.deals.preview.now", lambda: 1 / 0)
    assert paste(chat, f"{BASE}/deal/1") == {}
