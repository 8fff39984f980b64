"""What goes before the next summary of a crowded lane: what no summary takes, and what was tried already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from models.database.direct import DirectStatement
from models.database.lists import one_of
from models.deliveries.lane_sql import (
    IS_IN_LANE,
    MOST_FAILED,
    MOST_WAIT_BEHIND,
    NOW,
    first_in_lane,
    has_failed_since,
)
from models.tables.deliveries import GOES_ALONE, IS_OPEN, Delivery, Lane

MOST_LOOKED_AT: Final = 100  # deliveries at either end of what is due, however many wait
_L: Any = Lane.__table__
_D: Any = Delivery.__table__
_M: Any = _D.alias("of_message")
_ALONE: Final = or_(_D.c.is_urgent, _D.c.is_test)
_IS_DUE: Final = _D.c.next_attempt_at <= NOW


def _first_alone() -> Any:
    """The oldest of what goes alone and is due, or has failed so lately that later ones wait for it.

    One that was tried is due again later than new ones are, so the order of due times is not enough.
    """
    due = first_in_lane((_D.c.next_attempt_at,), GOES_ALONE, _IS_DUE, among=MOST_LOOKED_AT)
    failed = first_in_lane((_D.c.waiting_since,), *has_failed_since(), _ALONE, among=MOST_FAILED)
    found = union_all(due, failed).subquery()
    return select(func.min(found.c.id)).correlate(_L).scalar_subquery()


def _tried(*order: Any) -> Any:
    """Select what was tried of the first that are due in an order: its worker died, or a 429 refused it."""
    columns = (_D.c.id, _D.c.message_key, _ALONE.label("alone"))
    due = select(*columns).where(IS_IN_LANE, IS_OPEN, _IS_DUE).order_by(*order)
    first = due.correlate(_L).limit(literal_column(str(MOST_LOOKED_AT))).subquery()
    return select(first.c.id).where(first.c.message_key.is_not(None), ~first.c.alone)


def _first_tried() -> Any:
    """The head of the oldest other message that was tried, as far as a few steps in an index find it.

    It failed lately, or is due: the longest or, after a 429, the shortest of all. Deliveries of one message
    are due together, so that the head may not be the one that is found.
    """
    failed = first_in_lane((_D.c.waiting_since,), *has_failed_since(), ~_ALONE, among=MOST_FAILED)
    longest, shortest = (
        _tried(_D.c.next_attempt_at, _D.c.id),
        _tried(_D.c.next_attempt_at.desc(), _D.c.id.desc()),
    )
    found = union_all(failed, longest, shortest).subquery()
    oldest = select(func.min(found.c.id)).correlate(_L).scalar_subquery()
    key = select(_D.c.message_key).where(_D.c.id == oldest).correlate(_L).scalar_subquery()
    is_of_message = and_(_M.c.tenant_id == _L.c.tenant_id, _M.c.message_key == key)
    return select(func.min(_M.c.id)).where(is_of_message).correlate(_L).scalar_subquery()


_FIRST: Final = DirectStatement(
    select(_L.c.tenant_id, _L.c.lane, _first_alone(), _first_tried()).where(
        one_of(_L.c.tenant_id, "owners"), one_of(_L.c.lane, "lanes")
    )
)


def first_of_lanes(session: Session, lanes: Sequence[tuple[int, str]], at: datetime) -> list[int]:
    """Return what goes before the next summary in lanes (tenant, lane), two deliveries of each at most.

    One is the first of what no summary takes, urgent ones and tests; the other one the head of the first
    message that was tried and is to go again, of all else. Either may be due later: until then it holds up
    those behind it, as `lane_sql.READ_CLAIMED` describes.
    """
    owners, names = {tenant_id for tenant_id, _ in lanes}, {lane for _, lane in lanes}
    values = {"owners": sorted(owners), "lanes": sorted(names)}
    values |= {"now": at, "passed_before": at - MOST_WAIT_BEHIND}
    wanted = set(lanes)
    return [
        found
        for tenant_id, lane, *first in _FIRST.rows(session, values)
        for found in first
        if found is not None and (tenant_id, lane) in wanted
    ]
