"""The lines that threads get when news about their object came at the end of the space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, bindparam, select, update
from sqlalchemy.orm import Session

from models.database.direct import AT, DirectStatement
from models.database.lists import one_of
from models.deliveries.lanes import may_write_beside
from models.tables.deliveries import Delivery

_DELIVERIES: Any = Delivery.__table__


@dataclass(frozen=True, slots=True)
class DueLine:
    """A line about a delivery that waits to be written since `due_at`."""

    tenant_id: int
    lane: str
    delivery_id: int
    due_at: datetime


def mark_lines_due(session: Session, delivery_ids: Sequence[int], at: datetime) -> None:
    """Let the threads of deliveries that came at the end of the space get their lines.

    The session sees all tenants.
    """
    if delivery_ids:
        session.connection().execute(_MARK, {"ids": list(delivery_ids), "b_at": at})


def due_lines(session: Session, at: datetime, limit: int) -> list[DueLine]:
    """Return lines to write, one of each space that may be written now and has no card due.

    The session sees all tenants.
    """
    found: dict[tuple[int, str], DueLine] = {}
    for row in _DUE.rows(session, {"at": at, "most": limit}):
        line = DueLine(*row)
        found.setdefault((line.tenant_id, line.lane), line)
    return list(found.values())


def take_lines(session: Session, lines: Sequence[DueLine]) -> None:
    """Note that lines are written, or that they are too old to be."""
    session.connection().execute(
        _TAKE, [{"b_tenant": each.tenant_id, "b_id": each.delivery_id} for each in lines]
    )


_DUE: Final = DirectStatement(  # built once: every worker asks each second
    select(Delivery.tenant_id, Delivery.lane, Delivery.id, Delivery.line_due_at)
    .where(Delivery.line_due_at.is_not(None), may_write_beside(Delivery, AT))
    .order_by(Delivery.line_due_at, Delivery.id)
    .limit(bindparam("most", type_=Integer))
)
_MARK = (
    update(_DELIVERIES)
    .where(one_of(_DELIVERIES.c.id, "ids"))
    .values(line_due_at=bindparam("b_at", type_=_DELIVERIES.c.line_due_at.type))
)
_TAKE = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.tenant_id == bindparam("b_tenant"), _DELIVERIES.c.id == bindparam("b_id"))
    .values(line_due_at=None)
)
