"""A person who was asked for something, as rows."""

from __future__ import annotations

from datetime import timedelta

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.tables import NudgeCard, NudgeLine, TrackedObject, User


def add_line(session: Session, tenant_id: int, email: str, number: int) -> int:
    """A line that asks a person for the value of a deal; return its id."""
    owner = session.scalars(select(User).where(User.tenant_id == tenant_id, User.email == email)).one()
    owner.pipedrive_user_id = "7"
    deal = TrackedObject(tenant_id=tenant_id, entity="deal", object_id=f"90{number}", is_open=True)
    deal.changed_at = deal.heard_at = now() - timedelta(days=1)
    deal.owner_id = "7"
    state = {"id": 1, "title": f"Nudged {number}", "status": "open", "owner_id": 7}
    deal.state = orjson.dumps({"state": state, "permitted": None})
    card = NudgeCard(tenant_id=tenant_id, user_id=owner.id, day=now().date() - timedelta(days=number))
    session.add_all([deal, card])
    session.flush()
    line = NudgeLine(tenant_id=tenant_id, card_id=card.id, user_id=owner.id, check_name="no_value", rank=0)
    line.deal_id, line.asked_at = deal.object_id, now()
    session.add(line)
    session.flush()
    return line.id
