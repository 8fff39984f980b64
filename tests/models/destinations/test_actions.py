"""Actions on destinations: what changes, what is audited, what other tenants keep."""

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.destinations import actions, health
from models.destinations.queries import get_destination, list_destinations
from models.errors import Conflict, InvalidRequest, NotAllowed
from models.security.vault import Vault
from models.tables import AuditEntry, Destination, Role
from tests.chat import audit_of, rule_of, two_tenants
from tests.models.rows import fails

URL = "https://chat.googleapis.com/v1/spaces/B/messages?key=a&token=b"


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def acting(tenant_id: int) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=Role.ADMIN, is_certain=True)


def only(database: Database, tenant_id: int) -> Destination:
    with database.reading(tenant_id) as session:
        (found,) = list_destinations(session, tenant_id)
        return found


def test_pausing_and_resuming_twice_is_written_down_once(
    database: Database, tenants: tuple[int, int]
) -> None:
    for act in (actions.pause_destination, actions.resume_destination):
        for _ in range(2):
            known = only(database, tenants[0]).id
            with database.writing(tenants[0]) as session:
                found = get_destination(session, tenants[0], known)
                assert found is not None
                act(session, acting(tenants[0]), found)
        assert only(database, tenants[0]).is_active is (act is actions.resume_destination)

    assert [action for _, action, _ in audit_of(database, tenants[0])] == ["space.paused", "space.resumed"]


def test_resuming_closes_an_open_breaker_once_and_that_of_no_other_tenant(
    database: Database, tenants: tuple[int, int]
) -> None:
    for each in tenants:
        fails(database, each, only(database, each).id, now())
    for _ in range(2):
        with database.writing(tenants[0]) as session:
            (found,) = list_destinations(session, tenants[0])
            actions.resume_destination(session, acting(tenants[0]), found)

    with database.reading_all() as session:
        assert [health.failing_of(session, each) == [] for each in tenants] == [True, False]
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "space.resumed")).all()
        assert [(each.tenant_id, each.actor) for each in entries] == [(tenants[0], "ada@acme.test")]
        assert "open" in str(entries[0].details)


def test_a_breaker_is_closed_by_those_alone_who_may_change_destinations(
    database: Database, tenants: tuple[int, int]
) -> None:
    fails(database, tenants[0], only(database, tenants[0]).id, now())
    for role in (Role.SALES_REP, Role.ANALYST, Role.VIEWER):
        with database.writing(tenants[0]) as session:
            (found,) = list_destinations(session, tenants[0])
            with pytest.raises(NotAllowed):
                actions.resume_destination(session, Actor("cleo@acme.test", tenants[0], role=role), found)
            assert len(health.failing_of(session, tenants[0])) == 1


def test_failures_of_an_old_address_say_nothing_about_the_new_one(
    database: Database, tenants: tuple[int, int], vault: Vault
) -> None:
    with database.writing(tenants[0]) as session:
        made = actions.add_webhook(session, acting(tenants[0]), vault, "Wall", URL)
    fails(database, tenants[0], made.id, now())
    with database.writing(tenants[0]) as session:
        found = get_destination(session, tenants[0], made.id)
        assert found is not None
        actions.readdress(session, acting(tenants[0]), vault, found, URL.replace("/B/", "/C/"))
        assert health.failing_of(session, tenants[0]) == []


def test_a_space_of_another_tenant_is_not_linked(database: Database, tenants: tuple[int, int]) -> None:
    with database.writing(tenants[0]) as session, pytest.raises(Conflict):
        actions.link_chat_space(session, acting(tenants[0]), "spaces/BOLT", "Bolts")

    assert audit_of(database, tenants[0]) == []


def test_a_webhook_is_added_with_its_kind(database: Database, tenants: tuple[int, int], vault: Vault) -> None:
    with database.writing(tenants[0]) as session:
        made = actions.add_webhook(session, acting(tenants[0]), vault, "Wall", URL)
        assert (made.kind, made.lane) == ("chat_webhook", "spaces/B")

    assert [entry[1:] for entry in audit_of(database, tenants[0])] == [("space.added", "Wall")]


def test_a_webhook_is_renamed_and_keeps_its_rules_and_a_space_is_not(
    database: Database, tenants: tuple[int, int], vault: Vault
) -> None:
    ours = tenants[0]
    with database.writing(ours) as session:
        made = actions.add_webhook(session, acting(ours), vault, "Wall", URL)
        space = list_destinations(session, ours)[1]
        actions.edit_webhook(session, acting(ours), made, name=" Hall ", description="in the hall")
        actions.edit_webhook(session, acting(ours), made, name="Hall")
        assert (made.name, made.description) == ("Hall", "in the hall")
        actions.add_webhook(session, acting(ours), vault, "Floor", URL.replace("/B/", "/C/"))
        with pytest.raises(Conflict):
            actions.edit_webhook(session, acting(ours), made, name="Floor")
        for taken_by_kind in (space.name, "ada@acme.test"):
            with pytest.raises(InvalidRequest, match="no name here"):
                actions.edit_webhook(session, acting(ours), made, name=taken_by_kind)
        with pytest.raises(InvalidRequest):
            actions.edit_webhook(session, acting(ours), space, name="Other")
        with pytest.raises(NotAllowed):
            actions.edit_webhook(session, Actor("vi@acme.test", ours, role=Role.VIEWER), made, name="Mine")

    assert [action for _, action, _ in audit_of(database, ours)] == [
        "space.added",
        "space.edited",
        "space.added",
    ]


def test_a_new_address_is_given_by_those_who_may_add_webhooks(
    database: Database, tenants: tuple[int, int], vault: Vault
) -> None:
    with database.writing(tenants[0]) as session:
        made = actions.add_webhook(session, acting(tenants[0]), vault, "Wall", URL)
        rep = Actor("cleo@acme.test", tenants[0], role=Role.SALES_REP, is_certain=True)
        with pytest.raises(NotAllowed):
            actions.readdress(session, rep, vault, made, URL.replace("/B/", "/C/"))
        assert made.lane == "spaces/B"


def test_removing_a_space_unlinks_it_and_names_the_rules_that_lose_it(
    database: Database, tenants: tuple[int, int]
) -> None:
    known = only(database, tenants[0]).id
    with database.writing(tenants[0]) as session:
        found = get_destination(session, tenants[0], known)
        assert found is not None
        assert actions.unlink_or_remove(session, acting(tenants[0]), found) == ["Wins of Acme"]

    with database.reading(tenants[0]) as session:
        assert list_destinations(session, tenants[0]) == []
    assert rule_of(database, tenants[0]).is_enabled is False
    assert only(database, tenants[1]).is_active


def test_leaving_a_space_pauses_it_until_the_app_is_back(
    database: Database, tenants: tuple[int, int]
) -> None:
    for is_member, news in ((False, True), (False, False), (True, True)):
        with database.writing(tenants[0]) as session:
            space = actions.note_membership(session, acting(tenants[0]), "spaces/ACME", is_member=is_member)
            assert (space is not None) is news
        assert only(database, tenants[0]).is_active is is_member
