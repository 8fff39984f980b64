"""The checklist follows the database, and shows nothing of another tenant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.destinations.linking import link_space
from models.tables import Connection, Event, Heartbeat, Tenant, User, WebhookCredential
from tests.conftest import TwoTenants
from web.setup.chat import ChatSeen, ReceivedUnknown
from web.setup.destinations import CardTestStatus, LinkedSpace, LinkedSpaces
from web.setup.pipedrive import ConnectionStatus, Hook, Hooks
from web.setup.state import ChecklistStep, Setup, TenantView, read, read_alone

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEAM = TenantView(1, "Acme", is_admin=True, monthly_limit=None)
LINK = ConnectionStatus(state="connected", company="Acme Corporation")
LIVE, BAD = Hook("deal", AT, ""), Hook("lead", None, "banned")
DEALS, WINS = (
    LinkedSpace(1, "spaces/AAAA", "Deals", "", "", AT),
    LinkedSpace(2, "spaces/BBBB", "Wins", "by a person", "", AT),
)
FAILING = LinkedSpace(3, "spaces/CCCC", "Losses", "", "Google did not answer", AT)
WELL: dict[str, Any] = {
    "chat": ChatSeen(AT),
    "team": TEAM,
    "link": LINK,
    "hooks": Hooks((LIVE,), wanted=1, is_kept=True),
    "places": LinkedSpaces((DEALS,), None, has_sent=True),
}


def _kept(*rows: Hook, wanted: int) -> Hooks:
    return Hooks(rows, wanted, is_kept=True)


def _setup(**told: Any) -> Setup:
    usual: dict[str, Any] = {"chat": ChatSeen(), "is_signed_in": True, "team": TEAM}
    return Setup(**usual | told)


def _step(id: str, **told: Any) -> tuple[str, str]:
    found: ChecklistStep = next(step for step in _setup(**told).steps if step.id == id)
    return found.state, found.words


def _card(state: str) -> CardTestStatus:
    return CardTestStatus(1, "Deals", state, "", 0, AT)


@pytest.mark.parametrize(
    ("chat", "step"),
    [
        (ChatSeen(), ("todo", "Google Chat was not heard yet")),
        (ChatSeen(AT), ("done", "Google Chat was heard")),
        (ChatSeen(AT, (ReceivedUnknown("9", 1, AT),)), ("trouble", "Unknown commands arrive")),
    ],
)
def test_chat_is_done_once_it_was_heard(chat: ChatSeen, step: tuple[str, str]) -> None:
    assert _step("chat", chat=chat) == step


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("none", ("todo", "Not connected yet")),
        ("connected", ("done", "Connected with Acme Corporation")),
        ("needs_reauth", ("trouble", "Has to be connected again")),
        ("leaving", ("waiting", "Being disconnected")),
        ("revoked", ("trouble", "Disconnected")),
    ],
)
def test_pipedrive_is_done_when_connected(state: str, step: tuple[str, str]) -> None:
    assert _step("pipedrive", link=replace(LINK, state=state)) == step


@pytest.mark.parametrize(
    ("link", "hooks", "step"),
    [
        (ConnectionStatus(), Hooks(wanted=10), ("todo", "Registered once Pipedrive is connected here")),
        (LINK, Hooks(wanted=10), ("todo", "Registered once Pipedrive is connected here")),
        (LINK, _kept(wanted=2), ("waiting", "0 of 2 live, being registered")),
        (LINK, _kept(LIVE, wanted=2), ("waiting", "1 of 2 live, being registered")),
        (LINK, _kept(LIVE, wanted=1), ("done", "1 of 1 live")),
        (LINK, _kept(LIVE, BAD, wanted=2), ("trouble", "1 of 2 live")),
        (replace(LINK, problem="40"), _kept(wanted=2), ("trouble", "0 of 2 live")),
        (replace(LINK, problem="odd"), _kept(LIVE, wanted=1), ("trouble", "1 of 1 live")),
        (ConnectionStatus(), Hooks(by_hand=True), ("todo", "Made by hand, not heard yet")),
        (LINK, Hooks(by_hand=True, last_event_at=AT), ("done", "Made by hand, and heard")),
    ],
)
def test_webhooks_are_done_when_all_are_live(
    link: ConnectionStatus, hooks: Hooks, step: tuple[str, str]
) -> None:
    assert _step("webhooks", link=link, hooks=hooks) == step


@pytest.mark.parametrize(
    ("spaces", "step"),
    [
        ((), ("todo", "No space is linked yet")),
        ((DEALS,), ("done", "1 space linked")),
        ((DEALS, WINS), ("done", "2 spaces linked")),
        ((WINS,), ("trouble", "Every linked space is paused")),
        ((FAILING, WINS), ("trouble", "No linked space takes cards now")),
        ((DEALS, FAILING), ("done", "2 spaces linked")),
    ],
)
def test_a_space_is_done_when_one_listens(spaces: tuple[LinkedSpace, ...], step: tuple[str, str]) -> None:
    assert _step("space", places=LinkedSpaces(spaces)) == step


@pytest.mark.parametrize(
    ("places", "step"),
    [
        (LinkedSpaces(), ("todo", "No card was sent yet")),
        (LinkedSpaces(card=_card("pending")), ("waiting", "Waiting to be sent")),
        (LinkedSpaces(card=_card("pending"), has_sent=True), ("waiting", "Waiting to be sent")),
        (LinkedSpaces(card=_card("delivered"), has_sent=True), ("done", "A card has arrived")),
        (LinkedSpaces(card=_card("dead"), has_sent=True), ("trouble", "Refused")),
        (LinkedSpaces(card=_card("skipped")), ("trouble", "Not sent")),
        (LinkedSpaces(has_sent=True), ("done", "A card has arrived")),
    ],
)
def test_a_test_card_is_done_when_one_arrived(places: LinkedSpaces, step: tuple[str, str]) -> None:
    assert _step("card", places=places) == step


def test_the_next_step_is_the_first_that_is_not_done() -> None:
    assert _setup().next_step == "chat"
    assert _setup(**WELL | {"link": ConnectionStatus()}).next_step == "pipedrive"
    assert _setup(**WELL).next_step == ""


def test_nobody_in_particular_sees_the_chat_app_alone() -> None:
    assert [step.id for step in Setup(ChatSeen()).steps] == ["chat"]
    assert not Setup(ChatSeen()).may_change


@pytest.mark.parametrize(
    "change", [{"chat": ChatSeen()}, {"link": ConnectionStatus()}, {"places": LinkedSpaces((WINS,))}]
)
def test_the_version_changes_with_what_is_shown(change: dict[str, Any]) -> None:
    assert _setup(**WELL).plain()["version"] == _setup(**WELL).plain()["version"]
    assert _setup(**WELL | change).plain()["version"] != _setup(**WELL).plain()["version"]


def test_all_of_it_goes_into_json() -> None:
    told = json.loads(orjson.dumps(_setup(**WELL).plain()))

    assert [step["state"] for step in told["steps"]] == ["done"] * 5
    assert told["places"]["spaces"][0]["title"] == "Deals"


def test_a_team_reads_its_own_rows_alone(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        for each, name in zip(tenants, ("ours", "theirs"), strict=True):
            session.add(Connection(tenant_id=each, company_id=name, company_name=name, state="connected"))
            session.add(WebhookCredential(tenant_id=each, key=name, user_name=name, password="closed"))
            session.add(Event(tenant_id=each, source_key=name, raw=b"{}"))
            session.add(User(tenant_id=each, email=f"{name}@example.com"))
            link_space(session, each, f"spaces/{name}", name)
        session.add(Heartbeat(part="chat", at=AT))

    with database.reading(tenants.ours) as session:
        team = TenantView.of(session, tenants.ours, Actor("ben", role="viewer"))
        assert team
        setup = read(session, team, 20_000)
    seen = {"is_admin": False, "may_read_people": False, "may_test": False}
    ours = TenantView(tenants.ours, "Acme", monthly_limit=None, reader="ben", **seen)
    assert (setup.team, setup.may_change) == (ours, False)
    assert setup.link.company == "ours"
    assert "theirs" not in str(setup.plain())
    with database.reading_all() as session:
        alone = str(read_alone(session, is_signed_in=True).plain())
    assert "ours" not in alone
    assert "theirs" not in alone


def test_a_team_that_was_erased_is_none(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        session.delete(session.get_one(Tenant, tenants.ours))

    with database.reading(tenants.ours) as session:
        assert TenantView.of(session, tenants.ours, Actor("ada", role="admin")) is None
