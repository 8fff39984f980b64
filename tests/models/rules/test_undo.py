"""An edit and a deletion are undone from the audit trail, in one's own team and where one may."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import Conflict, NotAllowed, NotFound
from models.rules.actions import delete_rule, edit_rule, make_rule, switch_rule
from models.rules.drafts import RuleDraft
from models.rules.save import read_draft
from models.rules.undo import undo
from models.tables import AuditEntry, Rule, User
from tests.conftest import TwoTenants

DRAFT = RuleDraft("Wins", ["deal.won"], None, ["ada@x.test"], "compact")


def admin(tenant_id: int, role: str = "admin") -> Actor:
    return Actor("ada@x.test", tenant_id, role=role)


def edited(database: Database, tenant_id: int) -> int:
    """Make a rule and edit it; return the audit entry of the edit."""
    with database.writing_all() as session:
        session.add(User(tenant_id=tenant_id, email="ada@x.test", role="admin"))
    with database.writing(tenant_id) as session:
        rule = make_rule(session, admin(tenant_id), DRAFT)
        edit_rule(session, admin(tenant_id), rule, replace(DRAFT, name="Losses", on=["deal.lost"]))
        mine = (AuditEntry.tenant_id == tenant_id, AuditEntry.action == "rule.edited")
        return session.scalars(select(AuditEntry.id).where(*mine)).one()


def rule_of(database: Database, tenant_id: int) -> RuleDraft:
    with database.reading(tenant_id) as session:
        return read_draft(session, session.scalars(select(Rule).where(Rule.tenant_id == tenant_id)).one())


def test_an_edit_is_undone_and_the_undoing_too(database: Database, tenants: TwoTenants) -> None:
    entry = edited(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        assert undo(session, admin(tenants.ours), entry).name == "Wins"
    assert rule_of(database, tenants.ours) == DRAFT
    with database.writing(tenants.ours) as session:
        last = select(AuditEntry.id).where(AuditEntry.tenant_id == tenants.ours)
        undo(session, admin(tenants.ours), session.scalars(last.order_by(AuditEntry.id.desc())).first() or 0)
    assert rule_of(database, tenants.ours).on == ["deal.lost"]


def test_a_rule_that_was_changed_or_deleted_since_stays_so(database: Database, tenants: TwoTenants) -> None:
    entry = edited(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        rule = session.scalars(select(Rule).where(Rule.tenant_id == tenants.ours)).one()
        switch_rule(session, admin(tenants.ours), rule, on=False)
        with pytest.raises(Conflict, match="changed again since"):
            undo(session, admin(tenants.ours), entry)
        deleted = delete_rule(session, admin(tenants.ours), rule)
        with pytest.raises(NotFound):
            undo(session, admin(tenants.ours), entry)
        assert undo(session, admin(tenants.ours), deleted).name == "Losses"


def test_nobody_undoes_what_they_may_not_change(database: Database, tenants: TwoTenants) -> None:
    entry = edited(database, tenants.ours)
    for role in ("viewer", "analyst"):
        with database.writing(tenants.ours) as session, pytest.raises(NotAllowed):
            undo(session, admin(tenants.ours, role), entry)
    with database.writing(tenants.theirs) as session, pytest.raises(NotFound):
        undo(session, admin(tenants.theirs), entry)
    ben = Actor("ben@x.test", tenants.ours, role="sales_rep")
    with database.writing(tenants.ours) as session, pytest.raises(NotAllowed):
        undo(session, ben, entry)
