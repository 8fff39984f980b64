"""What each tenant stores and sends a day, counted in the transaction that does it; and the day's limits.

Every process adds to rows of its own, so that no transaction waits for another one's count.
"""

from __future__ import annotations

import math
import os
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from models.clock import monotonic
from models.database.batch import batch_insert
from models.database.direct import DirectStatement
from models.database.lists import one_of
from models.events.day_limits import DayLimits
from models.tables.upkeep import DayUsage

KNOWN_FOR_S: Final = 10.0
FAR: Final = 16
MOST_KNOWN: Final = 20_000

_USAGES: Any = DayUsage.__table__
_COUNTED: Final = ("events", "bytes", "dropped", "cards")
ADD_USAGE: Final = batch_insert(
    _USAGES,
    ("tenant_id", "day", "part", *_COUNTED),
    lambda insert: insert.on_conflict_do_update(
        index_elements=["tenant_id", "day", "part"],
        set_={name: _USAGES.c[name] + insert.excluded[name] for name in _COUNTED},
    ),
)

# Built once: the door asks at many commits.
_TOTALS: Final = DirectStatement(
    select(_USAGES.c.tenant_id, func.sum(_USAGES.c.events), func.sum(_USAGES.c.bytes))
    .where(
        one_of(_USAGES.c.tenant_id, "tenants"),
        _USAGES.c.day == bindparam("day", type_=_USAGES.c.day.type),
    )
    .group_by(_USAGES.c.tenant_id)
)


class KnownTotals:
    """What tenants have stored of a day, as one process last read it and has counted since.

    It need not ask about a tenant that has stored less than a sixteenth of its limits: until it does, sixteen
    processes at most can store that much each.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._totals: dict[int, tuple[list[int], float]] = {}

    def far_from(
        self, limits: DayLimits, day: date, coming: Mapping[int, Sequence[int]]
    ) -> dict[int, list[int]]:
        """Return what is stored for the tenants that are far from these limits, also with what is coming."""
        if day != self._day or len(self._totals) > MOST_KNOWN:
            self._day, self._totals = day, {}
        found, oldest = dict[int, list[int]](), monotonic() - KNOWN_FOR_S
        for tenant_id, (events, size) in coming.items():
            total, read_at = self._totals.get(tenant_id, ([0, 0], -math.inf))
            is_far = (total[0] + events) * FAR < limits.events and (total[1] + size) * FAR < limits.bytes
            if is_far and read_at > oldest:
                found[tenant_id] = total
        return found

    def note(self, totals: Mapping[int, list[int]]) -> None:
        """Note totals that were just read; who counts further bodies changes them in place."""
        at = monotonic()
        self._totals |= {tenant_id: (total, at) for tenant_id, total in totals.items()}


@dataclass(frozen=True, slots=True)
class MonthUsage:
    """What a tenant stored and sent in a month (UTC), like `2026-11`.

    `since` is the first day that is counted: days before it are deleted by their age, or had nothing.
    """

    month: str
    since: date
    events: int
    dropped: int
    cards: int


@lru_cache(maxsize=4)
def _part(pid: int) -> int:
    """Return the number of this process; a fork (another pid) has another one."""
    return pid << 31 | secrets.randbits(31)


def admit(
    session: Session,
    bodies: Sequence[tuple[int, int]],
    at: datetime,
    limits: DayLimits,
    known: KnownTotals | None = None,
) -> list[bool]:
    """Count bodies (tenant, size in bytes) that arrive; return which of them are within their day's limits.

    Repeats count, too: whether a body is one is known only when it is stored. The session is a writing one
    over all tenants. `known` is what this process knows from earlier calls.
    """
    day, known = at.date(), known or KnownTotals()
    coming: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for tenant_id, size in bodies:
        coming[tenant_id][0] += 1
        coming[tenant_id][1] += size
    totals = known.far_from(limits, day, coming)
    if unknown := sorted(coming.keys() - totals.keys()):
        read = _totals(session, day, unknown)
        known.note(read)
        totals |= read
    counted: dict[int, dict[str, int]] = {}
    admitted = []
    for tenant_id, size in bodies:
        total = totals[tenant_id]
        count = counted.setdefault(tenant_id, {"events": 0, "bytes": 0, "dropped": 0})
        is_within = total[0] < limits.events and total[1] + size <= limits.bytes
        if is_within:
            total[0] += 1
            total[1] += size
            count["events"] += 1
            count["bytes"] += size
        else:
            count["dropped"] += 1
        admitted.append(is_within)
    add_usage(session, day, counted)
    return admitted


def _totals(session: Session, day: date, tenants: Sequence[int]) -> dict[int, list[int]]:
    """Return how many events and bytes of a day are stored for each of these tenants."""
    rows = _TOTALS.rows(session, {"tenants": tenants, "day": day})
    found = {tenant_id: [int(events), int(size)] for tenant_id, events, size in rows}
    return {each: found.get(each, [0, 0]) for each in tenants}


def add_usage(session: Session, day: date, counted: Mapping[int, Mapping[str, int]]) -> None:
    """Add counts (`events`, `bytes`, `dropped`, `cards`) to a day of tenants."""
    part = _part(os.getpid())
    rows = [
        {"tenant_id": tenant_id, "day": day, "part": part} | {name: counts.get(name, 0) for name in _COUNTED}
        for tenant_id, counts in sorted(counted.items())
    ]
    if rows:
        ADD_USAGE.execute(session, rows)


def cards_of_month(session: Session, tenant_id: int, at: datetime) -> int:
    """Count the messages that Chat accepted for a tenant in the month of `at` (UTC)."""
    mine = (DayUsage.tenant_id == tenant_id, DayUsage.day >= at.date().replace(day=1))
    return int(session.scalar(select(func.sum(DayUsage.cards)).where(*mine)) or 0)


def usage_by_month(session: Session, tenant_id: int) -> list[MonthUsage]:
    """Return what a tenant stored and sent in each month that is still counted, the newest first."""
    events, dropped, cards = (func.sum(each) for each in (DayUsage.events, DayUsage.dropped, DayUsage.cards))
    query = select(DayUsage.day, events, dropped, cards).where(DayUsage.tenant_id == tenant_id)
    found: dict[str, MonthUsage] = {}
    for day, *counts in session.execute(query.group_by(DayUsage.day).order_by(DayUsage.day)):
        month = f"{day:%Y-%m}"
        known = found.get(month) or MonthUsage(month, day, 0, 0, 0)
        before = (known.events, known.dropped, known.cards)
        sums = (old + int(new) for old, new in zip(before, counts, strict=True))
        found[month] = MonthUsage(month, known.since, *sums)
    return [*reversed(found.values())]


def tenants_over_limit(session: Session, day: date) -> list[int]:
    """Return the tenants of which something was not stored on a day, and whose admins may not know yet."""
    unknown = (DayUsage.day == day, DayUsage.dropped > 0, DayUsage.notified_at.is_(None))
    return list(session.scalars(select(DayUsage.tenant_id).where(*unknown).distinct()))


def begin_notice(session: Session, tenant_id: int, day: date, at: datetime) -> bool:
    """Mark that a tenant's admins hear of the limit now; False if they have heard of it that day."""
    mine = (DayUsage.tenant_id == tenant_id, DayUsage.day == day)
    known = select(DayUsage.part).where(*mine, DayUsage.notified_at.is_not(None)).limit(1)
    is_first = session.scalar(known) is None
    unknown = update(DayUsage).where(*mine, DayUsage.dropped > 0, DayUsage.notified_at.is_(None))
    marked: Any = session.execute(unknown.values(notified_at=at).execution_options(synchronize_session=False))
    return is_first and bool(marked.rowcount)
