"""The people whom a change names: owner, former owner, managers, everybody, and people in fields."""

from __future__ import annotations

from typing import Any

import pytest

from models.accounts.queries import find_user
from models.database.engine import Database
from models.destinations.recipients import FOLLOWERS, OWNERS_MANAGER, OWNERS_TEAM
from models.pipedrive.change import Change, read
from models.recipients import inbox
from models.recipients.find import followed_by, ids_in, people_of
from models.recipients.store import addressed, tenants_with_addressed
from models.tables import KnownName, PipedriveUser, ReportingLine, User
from tests.conftest import TwoTenants
from tests.engine import NOON, deal
from tests.models.rows import add

ADA, BEN, CLEO = "ada@acme.test", "ben@acme.test", "cleo@acme.test"
FIELD = "f" * 40


@pytest.fixture
def team(database: Database, tenants: TwoTenants) -> int:
    for tenant_id in tenants:
        mine: dict[str, Any] = {"tenant_id": tenant_id}
        add(
            database,
            User(**mine, email=ADA, pipedrive_user_id="1", role="sales_rep"),
            User(**mine, email=BEN, pipedrive_user_id="2", role="manager"),
            User(**mine, email=CLEO, role="viewer"),
            PipedriveUser(**mine, pipedrive_id="9", name="Zoe"),
            KnownName(**mine, kind="deal_field", key=FIELD, text="Engineer", more={"kind": "user"}),
        )
    return tenants.ours


def change(before: dict[str, Any] | None = None, **fields: Any) -> Change:
    body = deal(42, action="change" if before else "create", **fields)
    if before:
        body["previous"] = before
    found = read(body)
    assert found is not None
    return found


def emails(database: Database, team: int, recipient: str, of: Change) -> tuple[list[str], list[str]]:
    with database.reading(team) as session:
        found = people_of(session, team, recipient, of)
        return [each.email for each in found.users], list(found.unmatched)


def test_the_owner_and_the_former_owner_are_found(database: Database, team: int) -> None:
    moved = change({"owner_id": 2}, owner_id=1)

    assert emails(database, team, "owner of the record", moved) == ([ADA], [])
    assert emails(database, team, "former owner of the record", moved) == ([BEN], [])
    assert emails(database, team, "former owner of the record", change(owner_id=1)) == ([], [])
    assert emails(database, team, "owner of the record", change(owner_id=9)) == ([], ["Zoe"])
    assert emails(database, team, "owner of the record", change(owner_id=None)) == ([], [])


def test_managers_and_everybody_are_those_of_the_team(database: Database, team: int) -> None:
    assert emails(database, team, "managers of the team", change()) == ([BEN], [])
    assert emails(database, team, "everybody in the team", change()) == ([ADA, BEN, CLEO], [])


def test_the_owners_manager_and_team_follow_the_reporting_lines(database: Database, team: int) -> None:
    of_ada, of_nobody = change(owner_id=1), change(owner_id=None)
    assert emails(database, team, OWNERS_MANAGER, of_ada) == ([BEN], [])
    assert emails(database, team, OWNERS_TEAM, of_ada) == ([ADA, BEN, CLEO], [])
    with database.reading(team) as session:
        ada, cleo = (find_user(session, team, each) for each in (ADA, CLEO))
    assert ada is not None
    assert cleo is not None
    add(database, ReportingLine(tenant_id=team, user_id=ada.id, manager_id=cleo.id))

    assert emails(database, team, OWNERS_MANAGER, of_ada) == ([CLEO], [])
    assert emails(database, team, OWNERS_TEAM, of_ada) == ([ADA, CLEO], [])
    assert emails(database, team, OWNERS_MANAGER, change(owner_id=2)) == ([BEN], [])
    assert emails(database, team, OWNERS_TEAM, change(owner_id=2)) == ([BEN], [])
    assert emails(database, team, OWNERS_MANAGER, change(owner_id=9)) == ([BEN], [])
    assert emails(database, team, OWNERS_MANAGER, of_nobody) == ([], [])
    assert emails(database, team, OWNERS_TEAM, of_nobody) == ([], [])


def test_followers_are_matched_by_their_ids(database: Database, team: int) -> None:
    with database.reading(team) as session:
        found = people_of(session, team, FOLLOWERS, change(), ["2", "9"])
        assert [each.email for each in found.users] == [BEN]
        assert found.unmatched == ["Zoe"]


@pytest.mark.parametrize(
    ("entity", "fields", "followed"),
    [
        ("deal", {}, ("deal", "42")),
        ("person", {}, ("person", "42")),
        ("activity", {"deal_id": 7, "person_id": 8}, ("deal", "7")),
        ("activity", {"org_id": 9}, ("organization", "9")),
        ("activity", {}, None),
        ("lead", {}, None),
    ],
)
def test_an_activity_is_followed_where_its_deal_is(
    entity: str, fields: dict[str, Any], followed: tuple[str, str] | None
) -> None:
    meta = {"action": "create", "entity": entity, "entity_id": "42"}
    found = read({"meta": meta, "data": {"id": 42, **fields}, "previous": None})
    assert found is not None
    assert followed_by(found) == followed


def test_the_person_in_a_custom_field_is_found_by_its_name(database: Database, team: int) -> None:
    of = change(custom_fields={FIELD: {"type": "user", "id": 2}})

    assert emails(database, team, "person in custom.Engineer", of) == ([BEN], [])
    assert emails(database, team, "person in owner", change(owner_id=1)) == ([ADA], [])


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        (7, ["7"]),
        ("7", ["7"]),
        ({"id": 7}, ["7"]),
        ({"value": 7}, ["7"]),
        ([{"id": 1}, 2, 1], ["1", "2"]),
        (None, []),
    ],
)
def test_ids_are_read_in_every_form(raw: Any, ids: list[str]) -> None:
    assert ids_in(raw) == ids


@pytest.mark.parametrize(
    ("name", "tags"), [("Big wins, 10k+", ("big-wins-10k",)), ("Größe", ("gr-e",)), ("!!", ())]
)
def test_a_rule_is_a_tag_of_the_inbox(name: str, tags: tuple[str, ...]) -> None:
    assert inbox.tags_of_rule(name) == tags


def test_nothing_waits_where_no_rule_names_them(database: Database, team: int) -> None:
    with database.reading_all() as session:
        assert tenants_with_addressed(session, NOON) == []
        assert addressed(session, team, NOON) == []
