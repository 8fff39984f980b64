"""The audit trail as admins read it: newest first, by action and person; for nobody else."""

from __future__ import annotations

import pytest

from models.accounts import trail
from models.accounts.actor import Actor
from models.accounts.trail import TrailSelection, every_entry, read_trail, verify_trail
from models.database.engine import Database
from models.errors import NotAllowed
from models.security.audit import record
from models.tables.accounts import Role
from tests.conftest import TwoTenants


@pytest.fixture
def ada(database: Database, tenants: TwoTenants) -> Actor:
    for tenant_id in tenants:
        actor = Actor("ada@acme.test", tenant_id, user_id=1, role=Role.ADMIN)
        with database.writing(tenant_id) as session:
            for action in ("rule.made", "rule.edited", "ruler.made", "space.added"):
                record(session, actor, action, "x")
    return Actor("ada@acme.test", tenants.ours, user_id=1, role=Role.ADMIN)


def test_it_is_read_newest_first_in_parts(database: Database, ada: Actor) -> None:
    with database.reading(ada.tenant) as session:
        first, total = read_trail(session, ada, TrailSelection(), limit=3)
        rest, _ = read_trail(session, ada, TrailSelection(), before=first[-1].id, limit=3)
        of_rules, count = read_trail(session, ada, TrailSelection(action="rule"), limit=9)
        one, _ = read_trail(session, ada, TrailSelection(action="space.added"), limit=9)
        none, _ = read_trail(session, ada, TrailSelection(actor="ben@acme.test"), limit=9)

    assert ([each.action for each in first], total) == (["space.added", "ruler.made", "rule.edited"], 4)
    assert [each.action for each in rest] == ["rule.made"]
    assert ([each.action for each in of_rules], count) == (["rule.edited", "rule.made"], 2)
    assert [each.action for each in one] == ["space.added"]
    assert none == []


def test_all_of_it_is_read_in_parts_of_its_own_team(
    database: Database, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "PART", 2)
    found = list(every_entry(database, ada, TrailSelection()))
    of_rules = every_entry(database, ada, TrailSelection(action="rule"))

    assert [each.action for each in found] == ["space.added", "ruler.made", "rule.edited", "rule.made"]
    assert {each.tenant_id for each in found} == {ada.tenant}
    assert [each.action for each in of_rules] == ["rule.edited", "rule.made"]


def test_only_admins_read_it(database: Database, ada: Actor) -> None:
    manager = Actor("bo@acme.test", ada.tenant, user_id=2, role=Role.MANAGER)
    with database.reading(ada.tenant) as session, pytest.raises(NotAllowed):
        read_trail(session, manager, TrailSelection(), limit=3)
    with database.reading(ada.tenant) as session, pytest.raises(NotAllowed):
        verify_trail(session, manager, 0, 3)
    with pytest.raises(NotAllowed):
        next(every_entry(database, manager, TrailSelection()))


def test_it_is_checked_in_parts(database: Database, ada: Actor) -> None:
    with database.reading(ada.tenant) as session:
        first = verify_trail(session, ada, 0, 3)
        rest = verify_trail(session, ada, first.number, 3)

    assert (first.number, first.is_end) == (3, False)
    assert (rest.number, rest.broken, rest.is_end) == (4, None, True)
