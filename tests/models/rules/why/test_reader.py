"""What the asking person may be told of an event, by their role, their Pipedrive user and where they ask."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.accounts.rights import Scope
from models.database.engine import Database
from models.errors import NotAllowed
from models.pipedrive.change import Change, read
from models.rules.why.reader import Reader, deliveries_of, reader_of
from models.tables import Delivery, Rule
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.rules.why.asked import (
    DEALS,
    add_delivery,
    add_event,
    add_people,
    add_place,
    add_rule,
    body_of,
    person,
)

ADA = Actor("Ada@acme.test", 1, space=DEALS)


def seen_by(*ids: str) -> Change:
    found = read(body_of(seen_by=list(ids)))
    assert found is not None
    return found


def reader(scope: Scope = Scope.TENANT, pipedrive: str | None = None) -> Reader:
    return Reader(ADA, scope, pipedrive, frozenset(("1", "2")))


@pytest.mark.parametrize(
    ("ids", "pipedrive", "few"),
    [
        (("1", "2"), None, False),
        (("1",), None, True),
        (("1",), "1", False),
        (("1",), "2", True),
        ((), "1", True),
    ],
)
def test_who_may_see_it_in_pipedrive_meets_no_restriction(
    ids: tuple[str, ...], pipedrive: str | None, few: bool
) -> None:
    assert bool(reader(pipedrive=pipedrive).restriction(seen_by(*ids))) is few


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ({"destination_name": DEALS}, True),
        ({"destination_name": "ada@acme.test"}, True),
        ({"destination_name": "spaces/OTHER"}, False),
        ({"destination_name": DEALS, "state": "pending"}, False),
        ({"destination_name": DEALS, "redacted_because": "few"}, False),
    ],
)
def test_what_a_card_has_shown_here_may_be_named(columns: dict[str, str], shown: bool) -> None:
    card = Delivery(**{"state": "delivered", "redacted_because": ""} | columns)
    assert reader().may_see(seen_by("1"), [card]) is shown


@pytest.mark.parametrize(
    ("scope", "made_by", "targets", "knows"),
    [
        (Scope.TENANT, "", [], True),
        (Scope.OWN, "ada@ACME.test", [], True),
        (Scope.OWN, "cleo@acme.test", [DEALS], True),
        (Scope.OWN, "cleo@acme.test", ["ada@acme.test"], True),
        (Scope.OWN, "cleo@acme.test", ["spaces/OTHER"], False),
        (Scope.SPACE, "ada@acme.test", [DEALS], False),
    ],
)
def test_rules_are_told_to_whom_they_concern(
    scope: Scope, made_by: str, targets: list[str], knows: bool
) -> None:
    assert reader(scope).may_know(Rule(made_by=made_by), targets) is knows


@pytest.mark.parametrize(("scope", "may"), [(Scope.TENANT, True), (Scope.OWN, False), (Scope.SPACE, False)])
def test_a_restricted_event_without_cards_is_for_the_whole_tenants_readers(scope: Scope, may: bool) -> None:
    assert reader(scope).may_ask(seen_by("1"), []) is may
    assert reader(scope).may_ask(seen_by("1"), [Delivery()])


def test_a_reader_knows_their_pipedrive_user_and_the_active_ones(
    database: Database, tenants: TwoTenants
) -> None:
    add_people(database, tenants.ours, "1", "2")
    add_people(database, tenants.theirs, "3")
    asking = person(database, tenants.ours, Role.SALES_REP, pipedrive="2")
    with database.reading(tenants.ours) as session:
        found = reader_of(session, asking)
        with pytest.raises(NotAllowed):
            reader_of(session, Actor("eve", tenants.ours, role="nobody"))
    assert (found.scope, found.pipedrive_user_id, sorted(found.users)) == (Scope.OWN, "2", ["1", "2"])


def test_a_viewer_reads_what_arrived_in_their_direct_messages(
    database: Database, tenants: TwoTenants
) -> None:
    ours = tenants.ours
    to = add_place(database, ours, "v@acme.test", "chat_dm")
    event, rule = add_event(database, ours), add_rule(database, ours, "Wins", to)
    card = add_delivery(database, ours, event, rule, to, "v@acme.test")
    add_delivery(database, ours, event, rule, add_place(database, ours), is_test=True)
    viewer = person(database, ours, Role.VIEWER, space=None, name="v@acme.test")
    guest = Actor("v@acme.test", ours, space="spaces/OTHER")
    with database.reading(ours) as session:
        assert [each.id for each in deliveries_of(session, reader_of(session, viewer), event)] == [card]
        assert deliveries_of(session, reader_of(session, guest), event) == []
