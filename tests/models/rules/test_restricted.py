"""An admin lets all rules show restricted objects at once, and takes it back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import NotAllowed, NotFound
from models.rules.restricted import close_rules, hiding_rules, open_all_rules
from models.tables import Delivery, Rule, Tenant, User
from tests.chat import audit_of
from tests.conftest import TwoTenants

BEN = "ben@x.test"


def admin(tenant_id: int, role: str = "admin") -> Actor:
    return Actor("ada@x.test", tenant_id, role=role)


@pytest.fixture
def ours(database: Database, tenants: TwoTenants) -> int:
    """Four rules of ours: two of Ben's and one of Ada's that hide, one that shows; one of the other team."""
    with database.writing_all() as session:
        session.add(User(tenant_id=tenants.ours, email=BEN, chat_name="users/2"))
        rows: list[dict[str, Any]] = [{"made_by": BEN}, {"made_by": BEN}, {"made_by": "ada@x.test"}]
        rows += [{"shows_restricted": True}]
        for number, row in enumerate(rows):
            session.add(Rule(tenant_id=tenants.ours, name=f"Rule {number}", event_types=["deal.won"], **row))
        session.add(Rule(tenant_id=tenants.theirs, name="Theirs", event_types=["deal.won"]))
    return tenants.ours


def test_all_rules_of_the_team_show_it_at_once_and_each_author_is_told_once(
    database: Database, ours: int, tenants: TwoTenants
) -> None:
    with database.reading_all() as session:
        before = session.get_one(Tenant, ours).ruleset_version
    with database.writing(ours) as session:
        names, _ = open_all_rules(session, admin(ours))
        assert names == ["Rule 0", "Rule 1", "Rule 2"]
        assert hiding_rules(session, ours) == []
    with database.reading_all() as session:
        assert [rule.name for rule in hiding_rules(session, tenants.theirs)] == ["Theirs"]
        assert session.get_one(Tenant, ours).ruleset_version > before, "workers read the rules again"
        (owed,) = session.scalars(select(Delivery)).all()
    assert owed.destination_name == BEN
    assert owed.notice is not None
    assert "“Rule 0”, “Rule 1” show now" in owed.notice["words"]
    assert audit_of(database, ours) == [("ada@x.test", "rules.opened", "3 rules")]


def test_it_is_taken_back_for_the_rules_that_were_opened_by_it_alone(database: Database, ours: int) -> None:
    with database.writing(ours) as session:
        _, entry = open_all_rules(session, admin(ours))
    with database.writing(ours) as session:
        assert close_rules(session, admin(ours), entry) == ["Rule 0", "Rule 1", "Rule 2"]
    with database.reading_all() as session:
        shown = session.scalars(select(Rule.name).where(Rule.shows_restricted.is_(True))).all()
    assert shown == ["Rule 3"]


def test_nobody_but_an_admin_does_it_and_nobody_by_another_teams_entry(
    database: Database, ours: int, tenants: TwoTenants
) -> None:
    with database.writing(ours) as session:
        _, entry = open_all_rules(session, admin(ours))
    for role in ("manager", "sales_rep", "analyst", "viewer"):
        with database.writing(ours) as session:
            with pytest.raises(NotAllowed):
                open_all_rules(session, admin(ours, role))
            with pytest.raises(NotAllowed):
                close_rules(session, admin(ours, role), entry)
    with database.writing(tenants.theirs) as session, pytest.raises(NotFound):
        close_rules(session, admin(tenants.theirs), entry)
