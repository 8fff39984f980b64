"""A delivery shows its card as Chat did; what its reader may not see, and what is gone, is said instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Delivery, Destination, Event, PipedriveUser, Rule
from tests.hostile import TITLES
from tests.web.admin.conftest import ADA, BEN, EVE, Desk
from web.admin import card

BODY = (
    '{"meta":{"action":"change","entity":"deal","entity_id":"42","id":"m","timestamp":"2026-11-20T08:00:00Z",'
    '"version":"2.0"},"data":{"id":42,"title":%s,"status":"won","value":5000,"currency":"EUR"},'
    '"previous":{"status":"open"}}'
)


def sent(database: Database, tenant_id: int, title: str = "Lamps for Acme", **columns: Any) -> int:
    """A delivered card of a won deal; return its id."""
    with database.writing(tenant_id) as session:
        place = session.scalars(select(Destination).where(Destination.tenant_id == tenant_id)).all()[0]
        event = Event(tenant_id=tenant_id, source_key=title[:128], raw=(BODY % json.dumps(title)).encode())
        event.state, event.kind, event.object_key = "done", "deal.won", "deal:42"
        rule = Rule(tenant_id=tenant_id, name="Won deals", event_types=["deal.won"], made_by=ADA)
        session.add_all([event, rule])
        session.flush()
        usual = {"state": "delivered", "event_type": "deal.won", "lane": place.lane, "rule_id": rule.id}
        usual |= {"destination_id": place.id, "destination_name": place.name, "rule_name": rule.name}
        row = Delivery(tenant_id=tenant_id, **({"event_id": event.id} | usual | columns))
        session.add(row)
        session.flush()
        return row.id


def page(desk: Desk, number: int) -> str:
    return desk.browser.get(f"/admin/deliveries/{number}").text.split('id="card"')[1].split("</section>")[0]


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.browser.sign_in(ADA)
    return desk


def test_the_card_shows_what_chat_showed(ada: Desk) -> None:
    shown = page(ada, sent(ada.database, ada.tenants.ours))

    assert "Lamps for Acme" in shown
    assert "5,000" in shown
    assert "/static/cards/won" in shown
    assert card.AS_TODAY in shown
    assert "It was not sent" not in shown


def test_a_card_that_was_not_sent_says_so(ada: Desk) -> None:
    assert "It was not sent" in page(ada, sent(ada.database, ada.tenants.ours, state="dead"))


def test_a_redacted_card_stays_redacted(ada: Desk) -> None:
    why = "only its owner may see it"
    shown = page(ada, sent(ada.database, ada.tenants.ours, redacted_because=why))

    assert "Lamps" not in shown
    assert why in shown


def dm_of_ben(desk: Desk) -> dict[str, Any]:
    with desk.database.writing(desk.tenants.ours) as session:
        to = Destination(tenant_id=desk.tenants.ours, name=BEN, kind="chat_dm", address=BEN, lane=f"dm:{BEN}")
        session.add(to)
        session.flush()
        return {"destination_id": to.id, "destination_name": BEN, "lane": to.lane}


def test_what_its_reader_may_not_see_is_not_drawn(ada: Desk) -> None:
    """A direct message to Ben, about a deal that only its owner sees, read by Ada."""
    number = sent(ada.database, ada.tenants.ours, "Secret lamps", **dm_of_ben(ada))
    with ada.database.writing(ada.tenants.ours) as session:
        event = session.scalars(select(Event)).one()
        event.raw = event.raw.replace(b'"version"', b'"permitted_user_ids":["7"],"version"')
        people = (PipedriveUser(tenant_id=ada.tenants.ours, pipedrive_id=each) for each in "78")
        session.add_all(people)

    shown = page(ada, number)

    assert "Secret lamps" not in shown
    assert card.NOT_FOR_ALL in shown


def test_a_message_of_ours_to_a_person_is_not_shown(ada: Desk) -> None:
    what: dict[str, Any] = {"notice": {"title": "Private", "text": "for Ben alone"}, "event_id": None}
    shown = page(ada, sent(ada.database, ada.tenants.ours, **what, **dm_of_ben(ada)))

    assert "for Ben alone" not in shown
    assert card.OF_ONE_PERSON in shown


@pytest.mark.parametrize("title", TITLES[:8])
def test_what_people_wrote_in_pipedrive_is_text_on_the_page(ada: Desk, title: str) -> None:
    shown = page(ada, sent(ada.database, ada.tenants.ours, title=title))

    assert "<script" not in shown.lower()
    assert "onerror=" not in shown.replace("&#34;", '"').split("&lt;")[0]
    assert 'href="javascript' not in shown.lower()


def test_another_teams_card_is_as_if_it_were_not_there(desk: Desk) -> None:
    number = sent(desk.database, desk.tenants.ours)
    desk.browser.sign_in(EVE)

    assert desk.browser.get(f"/admin/deliveries/{number}").status_code == 404


def test_a_card_of_a_summary_leads_to_all_of_its_message(ada: Desk) -> None:
    ours, theirs = ada.tenants
    first = sent(ada.database, ours, "Lamps", message_key="client-sum")
    with ada.database.writing(ours) as session:
        one = session.get_one(Delivery, (ours, first))
        event = Event(tenant_id=ours, source_key="two", raw=(BODY % '"Chairs"').encode(), state="done")
        session.add(event)
        session.flush()
        same = {"lane": one.lane, "state": "delivered", "message_key": "client-sum", "rule_name": "Chairs"}
        session.add(Delivery(tenant_id=ours, event_id=event.id, destination_id=one.destination_id, **same))
    other = sent(ada.database, theirs, message_key="client-sum")

    whole = ada.browser.get(f"/admin/deliveries/{first}").text
    listed = ada.browser.get(f"/admin?with={first}").text

    assert "as a line of a summary card, with 1 more" in whole
    assert f"/admin?with={first}" in whole
    assert "2 found, newest first of one message" in listed
    assert ada.browser.get(f"/admin?with={other}").status_code == 404
