"""A backlog of one tenant, 20,000 deliveries: others' cards are claimed first, and no step grows with it.

The long form, with a million rows and all processes, is `python -m tests.bench backlog`.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from jobs.deliveries.claim import claim_messages
from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes
from models.deliveries.store import MOST_COALESCED
from models.rules.queries import get_rule
from models.rules.save import remove_rules
from models.tables import Delivery
from tests.bench.backlog import fill
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, link


def test_a_backlog_holds_up_nobody_else(database: Database, tenants: TwoTenants) -> None:
    link(database, tenants.ours)
    link(database, tenants.ours, "spaces/CCCC")
    theirs = link(database, tenants.theirs, OTHER_SPACE)
    tenant_id, rule_id = fill(database, history=20_000, due=20_000, held=2_000)
    at = now()
    with database.writing(tenants.theirs) as session:
        row = {"rule_id": theirs.rule_id, "destination_id": theirs.destination_id, "lane": OTHER_SPACE}
        session.add(Delivery(tenant_id=tenants.theirs, **row, next_attempt_at=at))
        lanes.mark_due(session, [(tenants.theirs, OTHER_SPACE, at)])

    with database.writing_all() as session:
        claimed = lanes.claim(session, "t", at, at + timedelta(seconds=30), 10)
        messages = claim_messages(session, claimed, "t", at, is_idle=True).messages
    counts = {each.lane.lane: each.count for each in messages}
    assert counts == {SPACE: MOST_COALESCED, OTHER_SPACE: 1}

    with database.writing(tenant_id) as session:
        rule = get_rule(session, tenant_id, rule_id)
        assert rule
        remove_rules(session, tenant_id, [rule])
    with database.reading(tenant_id) as session:
        assert get_rule(session, tenant_id, rule_id) is None
        named = select(func.count(Delivery.id)).where(Delivery.tenant_id == tenant_id)
        assert session.scalar(named.where(Delivery.rule_id == rule_id)) == 42_000
