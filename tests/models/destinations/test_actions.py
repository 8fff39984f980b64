"""Actions on destinations: what changes, what is audited, what other tenants keep."""

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.destinations import actions
from models.destinations.queries import get_destination, list_destinations
from models.errors import Conflict, InvalidRequest, NotAllowed
from models.security.vault import Vault
from models.tables import Destination, Role
from tests.chat import audit_of, rule_of, two_tenants

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
        with pytest.raises(Conflict):
            actions.edit_webhook(session, acting(ours), made, name=space.name)
        with pytest.raises(InvalidRequest):
            actions.edit_webhook(session, acting(ours), space, name="Other")
        with pytest.raises(NotAllowed):
            actions.edit_webhook(session, Actor("vi@acme.test", ours, role=Role.VIEWER), made, name="Mine")

    assert [action for _, action, _ in audit_of(database, ours)] == ["space.added", "space.edited"]


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
