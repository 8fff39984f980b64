"""A card with nudges that is changed while it is sent is drawn again as soon as it arrives."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models.card_actions.nudged import NUDGES, mark_cards, note_arrived
from models.clock import now
from models.database.engine import Database
from models.tables import CardCopy, NudgeLine, User
from tests.conftest import TwoTenants
from tests.models.acting import deliver
from tests.models.nudges.asked import add_line
from tests.models.rows import add


def test_a_change_while_the_card_is_sent_is_not_lost(database: Database, tenants: TwoTenants) -> None:
    add(database, User(tenant_id=tenants.ours, email="ada@acme.test", role="sales_rep"))
    sent, at = deliver(database, tenants.ours), now()
    with database.writing(tenants.ours) as session:
        line = session.get_one(NudgeLine, (tenants.ours, add_line(session, tenants.ours, "ada@acme.test", 1)))
        copy = session.scalars(select(CardCopy)).one()
        copy.entity, copy.object_id = NUDGES, str(line.card_id)
        row = {"tenant_id": tenants.ours, "entity": NUDGES, "object_id": copy.object_id, "created_at": at}
        row |= {"message_name": sent.message_name, "shows_since": at - timedelta(minutes=1)}
        note_arrived(session, [row])
        session.refresh(copy)
        assert copy.update_due_at is None
        mark_cards(session, tenants.ours, [line.card_id], at)
        copy.update_due_at = None
        session.flush()
        note_arrived(session, [row])
        session.refresh(copy)
        assert copy.update_due_at == at
