"""A stream skips nothing, repeats nothing, and shows each reader what is theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.stream.read import StreamItem, StreamPlace, StreamSelection, newest_place, read_stream
from models.tables import Event, Notification, Role, User
from models.tables.events import EventState
from tests.conftest import TwoTenants

LATER = timedelta(seconds=5)
ALL = StreamSelection()


def add_event(
    database: Database, tenant_id: int, number: int, kind: str, state: str = EventState.DONE
) -> int:
    with database.writing(tenant_id) as session:
        row = Event(tenant_id=tenant_id, source_key=f"s{number}", raw=b"{}", state=state, kind=kind)
        row.object_key = f"lead:{number}"
        session.add(row)
        session.flush()
        return row.id


def person(database: Database, tenant_id: int, role: Role) -> Actor:
    with database.writing(tenant_id) as session:
        user = User(tenant_id=tenant_id, email=f"{role}@{tenant_id}.test", role=role)
        session.add(user)
        session.flush()
        return Actor(user.email, tenant_id, user_id=user.id, role=role)


def notify(database: Database, reader: Actor, title: str) -> None:
    with database.writing(reader.tenant) as session:
        row = Notification(tenant_id=reader.tenant, user_id=reader.user_id, type="DEAL_WON", title=title)
        row.key, row.in_inbox = title, True
        session.add(row)


def read(
    database: Database,
    reader: Actor,
    place: StreamPlace | None = None,
    wanted: StreamSelection = ALL,
    limit: int = 100,
) -> tuple[list[StreamItem], StreamPlace]:
    with database.reading(reader.tenant) as session:
        return read_stream(session, reader, place or StreamPlace(), wanted, limit, now() + LATER)


def test_each_team_hears_of_its_own_in_order(database: Database, tenants: TwoTenants) -> None:
    ours, theirs = (person(database, each, Role.ADMIN) for each in tenants)
    for number, kind in enumerate(("lead.created", "lead.updated", "lead.deleted")):
        add_event(database, tenants.ours, number, kind)
    add_event(database, tenants.theirs, 9, "deal.won")
    found, place = read(database, ours)

    assert [each.type for each in found] == ["lead:created", "lead:updated", "lead:deleted"]
    assert [each.data for each in found] == [{"object": f"lead:{number}"} for number in range(3)]
    assert [each.type for each in read(database, theirs)[0]] == ["deal:won"]
    assert read(database, ours, place) == ([], place)


def test_parts_of_a_stream_are_the_whole_of_it(database: Database, tenants: TwoTenants) -> None:
    reader = person(database, tenants.ours, Role.ADMIN)
    for number in range(5):
        add_event(database, tenants.ours, number, "lead.created")
        notify(database, reader, f"n{number}")
    whole, place = read(database, reader), StreamPlace()
    parts = list[StreamItem]()
    for _ in range(len(whole[0])):
        found, place = read(database, reader, place, limit=1)
        parts += found

    assert parts == whole[0]
    assert len(parts) == 10
    assert place == whole[1]


def test_an_event_that_is_not_read_yet_holds_up_those_after_it(
    database: Database, tenants: TwoTenants
) -> None:
    reader = person(database, tenants.ours, Role.ADMIN)
    first = add_event(database, tenants.ours, 1, "", EventState.NEW)
    add_event(database, tenants.ours, 2, "lead.updated")
    assert read(database, reader)[0] == []

    with database.writing(tenants.ours) as session:
        mine = (Event.tenant_id == tenants.ours, Event.id == first)
        session.execute(update(Event).where(*mine).values(state=EventState.DONE, kind="lead.created"))
    assert [each.type for each in read(database, reader)[0]] == ["lead:created", "lead:updated"]


def test_what_is_of_no_interest_is_passed_once(database: Database, tenants: TwoTenants) -> None:
    reader = person(database, tenants.ours, Role.ADMIN)
    last = [add_event(database, tenants.ours, number, "deal.updated") for number in range(3)][-1]
    add_event(database, tenants.ours, 8, "deal.won", EventState.IGNORED)
    found, place = read(database, reader, wanted=StreamSelection(("lead",)))
    assert found == []
    assert place.event == last + 1


def test_own_notifications_and_acts_of_others(database: Database, tenants: TwoTenants) -> None:
    admin, member = (person(database, tenants.ours, each) for each in (Role.ADMIN, Role.SALES_REP))
    for each in (admin, member):
        notify(database, each, each.name)
    add_event(database, tenants.ours, 1, "lead.created")

    titles = [each.data["title"] for each in read(database, member)[0]]
    assert titles == [member.name]
    assert {each.type for each in read(database, admin)[0]} == {"lead:created", "notification"}
    quiet = StreamSelection(has_notifications=False)
    assert [each.type for each in read(database, admin, wanted=quiet)[0]] == ["lead:created"]


def test_who_begins_hears_of_what_comes_after(database: Database, tenants: TwoTenants) -> None:
    reader = person(database, tenants.ours, Role.ADMIN)
    add_event(database, tenants.ours, 1, "lead.created")
    with database.reading(tenants.ours) as session:
        place = newest_place(session, reader)
    add_event(database, tenants.ours, 2, "lead.deleted")
    assert [each.type for each in read(database, reader, place)[0]] == ["lead:deleted"]
    assert StreamPlace.from_text(str(place)) == place


@pytest.mark.parametrize("text", ["", "1", "1-2", "1-2-x", "-1-2-3", "1-2-3-4", "9" * 19 + "-0-0"])
def test_other_texts_are_no_place(text: str) -> None:
    assert StreamPlace.from_text(text) is None
