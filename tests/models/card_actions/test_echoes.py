"""The webhook that our own write causes is recognised, and no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.card_actions.actions import record_press
from models.card_actions.echoes import RecentWrite, recent_writes, same_text, same_value
from models.clock import now
from models.database.engine import Database
from models.pipedrive.change import Change, read
from models.tables import CardAction
from tests.conftest import TwoTenants
from tests.models.acting import add_person, deliver, press_on

NOW = now()


def write(do: str = "deal.won", slot: str = "status", **more: Any) -> RecentWrite:
    usual: dict[str, Any] = {
        "tenant_id": 1,
        "entity": "deal",
        "object_id": "7",
        "lane": "spaces/A",
        "slot": slot,
    }
    usual |= {"fields": {"status": "won"}, "result_id": "", "started_at": NOW, "ended_at": NOW}
    return RecentWrite(do=do, **usual | more)


def change(entity: str = "deal", number: int = 7, action: str = "change", **data: Any) -> Change:
    previous = dict.fromkeys(data) if action == "change" else None
    meta = {"action": action, "entity": entity, "entity_id": str(number), "id": "m", "version": "2.0"}
    found = read({"meta": meta, "data": {"id": number, "title": "Deal", **data}, "previous": previous})
    assert found is not None
    return found


def test_what_the_write_set_is_its_echo() -> None:
    assert write().causes(change(status="won"), NOW)


@pytest.mark.parametrize(
    "other",
    [change(status="lost"), change(number=8, status="won"), change(value=5), change("lead", status="won")],
    ids=["another value", "another object", "another field", "another kind"],
)
def test_other_changes_are_no_echo(other: Change) -> None:
    assert not write().causes(other, NOW)


def test_the_same_change_an_hour_later_is_news() -> None:
    assert not write().causes(change(status="won"), NOW + timedelta(hours=1))
    assert write(ended_at=None).causes(change(status="won"), NOW + timedelta(minutes=3)), "still under way"


def test_a_note_is_known_by_its_id_else_by_its_text() -> None:
    by_text = write("deal.note", "", fields={"content": "Hello<br>you &amp; me"})
    by_id = write("deal.note", "", fields={"content": "Hello"}, result_id="5")
    told = change("note", 5, "create", content="<p>Hello<br>you &amp; me</p>", deal_id=7)
    assert by_text.causes(told, NOW)
    assert by_id.causes(told, NOW)
    assert not by_id.causes(change("note", 6, "create", content="Hello", deal_id=7), NOW)
    assert not by_text.causes(change("note", 5, "create", content="Other", deal_id=7), NOW)
    assert not by_text.causes(change("note", 5, "change", content="Hello"), NOW)


def test_the_deal_of_a_lead_is_known_by_its_title_until_its_id_is_known() -> None:
    lead: dict[str, Any] = {"entity": "lead", "object_id": "3f1c", "fields": {"title": "Fair"}}
    made = change("deal", 8, "create", title="Fair")
    under_way = write("lead.convert", "", **lead, ended_at=None, result_id="the job in Pipedrive")
    over = write("lead.convert", "", **lead, result_id="8")
    for each in (under_way, over):
        assert each.causes(made, NOW)
    assert not under_way.causes(change("deal", 8, "create", title="Another"), NOW)
    assert not over.causes(change("deal", 9, "create", title="Fair"), NOW)
    assert not write("lead.convert", "", **lead).causes(made, NOW)


def test_values_and_texts_are_compared_as_pipedrive_means_them() -> None:
    assert same_value({"id": 7, "name": "Ada"}, 7)
    assert same_value("7", 7)
    assert same_value(1, True)
    assert not same_value(None, 7)
    assert same_text("<p>a  b</p>", "a b")
    assert not same_text(None, "a")


def test_only_writes_that_were_begun_lately_are_read(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        for number, started in (("7", now()), ("8", now() - timedelta(hours=1)), ("9", None)):
            made = record_press(session, ada, press_on(card, object_id=number)).action
            made.started_at = started
    with database.reading_all() as session:
        assert [each.object_id for each in recent_writes(session, [tenants.ours], now())] == ["7"]
        assert recent_writes(session, [tenants.theirs], now()) == []
        assert session.get(CardAction, (tenants.ours, 1)) is not None
