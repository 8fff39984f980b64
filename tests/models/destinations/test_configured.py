"""Without MAIL_FROM no mail can be sent, so nobody is offered one, and what is asked for is refused."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from models.accounts.actor import Actor, system
from models.database.engine import Database, Session
from models.deliveries.actions import send_test_card
from models.destinations import actions
from models.destinations.configured import missing_setting, missing_text, note_missing_settings
from models.destinations.fallback import possible_fallbacks
from models.destinations.not_arriving import NotArriving, not_arriving
from models.destinations.queries import list_destinations
from models.errors import InvalidRequest
from models.languages.translate import speaking
from models.tables import Destination
from models.tables.destinations import EMAIL, INCOMING_WEBHOOK
from tests.conftest import TwoTenants
from tests.models.rows import add, destination


def _note(database: Database, mail_from: str | None) -> None:
    settings: Any = SimpleNamespace(mail_from=mail_from)
    note_missing_settings(database, settings)


def _mail(tenant_id: int, name: str = "Board") -> Destination:
    return destination(tenant_id, name, kind=EMAIL, address="board@acme.test", lane=f"mail:{name}")


@pytest.fixture
def ours(tenants: TwoTenants) -> Actor:
    return system(tenants.ours, "ada@example.com")


@pytest.fixture
def session(database: Database, tenants: TwoTenants) -> Iterator[Session]:
    """Of a service without MAIL_FROM, which had one when a team added its addresses."""
    for each in tenants:
        wall = destination(each, kind=INCOMING_WEBHOOK, lane="spaces/W")
        add(database, _mail(each), wall)
    _note(database, None)
    with database.writing(tenants.ours) as opened:
        yield opened


def test_the_settings_decide_what_is_configured(database: Database, tenants: TwoTenants) -> None:
    for mail_from, missing in ((None, "MAIL_FROM"), ("app@example.com", "")):
        _note(database, mail_from)
        for tenant_id in tenants:
            with database.reading(tenant_id) as session:
                assert missing_setting(session, EMAIL) == missing
                assert missing_setting(session, "chat_space") == missing_setting(session, "chat_dm") == ""


def test_the_refusal_names_the_setting_in_the_language_of_the_reader() -> None:
    assert missing_text("MAIL_FROM") == "E-mail is not set up here: MAIL_FROM is missing."
    with speaking("de"):
        assert missing_text("MAIL_FROM") == "E-Mail ist hier nicht eingerichtet: MAIL_FROM fehlt."


def test_no_address_is_added_and_no_test_card_is_sent_where_no_mail_can_be(
    session: Session, ours: Actor
) -> None:
    (mail,) = [each for each in _all(session, ours) if each.kind == EMAIL]
    with pytest.raises(InvalidRequest, match="MAIL_FROM") as added:
        actions.add_email(session, ours, "Chair", "chair@acme.test")
    with pytest.raises(InvalidRequest, match="MAIL_FROM") as tested:
        send_test_card(session, ours, mail)
    assert [name for refused in (added, tested) for name, _ in refused.value.fields] == ["email", ""]


def test_an_address_is_no_fallback_where_no_mail_can_be_sent_unless_it_is_one_already(
    session: Session, ours: Actor
) -> None:
    mail, wall = sorted(_all(session, ours), key=lambda each: each.kind != EMAIL)
    assert possible_fallbacks(session, wall) == []
    with pytest.raises(InvalidRequest, match="MAIL_FROM") as refused:
        actions.choose_fallback(session, ours, wall, mail.name)
    assert [name for name, _ in refused.value.fields] == ["fallback"]

    wall.fallback_id = mail.id
    session.flush()
    assert possible_fallbacks(session, wall) == [mail]
    actions.choose_fallback(session, ours, wall, mail.name)  # nothing changes


def test_what_was_added_earlier_is_shown_as_unavailable_and_not_lost(session: Session, ours: Actor) -> None:
    (mail,) = [each for each in _all(session, ours) if each.kind == EMAIL]
    assert not_arriving(session, ours.tenant) == [NotArriving(mail.id, "Board", missing="MAIL_FROM")]
    assert mail.is_active


def _all(session: Session, ours: Actor) -> list[Destination]:
    return list_destinations(session, ours.tenant)
