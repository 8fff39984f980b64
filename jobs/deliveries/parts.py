"""Work on many items at once, split by tenant and then by item where it fails, so that one fails alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import structlog

from jobs.queue import INTERRUPTIONS
from models.clock import monotonic
from models.database.engine import Database, ping
from models.errors import DatabaseUnavailable

QUICK_S: Final = 2.0  # a database that refuses content does so at once; one that is away lets us wait

log = structlog.get_logger()
Item = TypeVar("Item")


def work_in_parts(
    database: Database,
    items: Sequence[Item],
    tenant_of: Callable[[Item], int],
    work: Callable[[Sequence[Item]], None],
    give_up: Callable[[Item, Exception], None],
) -> None:
    """Do `work` on all items together; where that fails, tenant by tenant, and there item by item.

    `give_up` gets the item that failed alone, and why. `work` must be safe to repeat. Raises
    DatabaseUnavailable when the database is away: then nothing is wrong with the items.
    """
    started = monotonic()
    try:
        work(items)
    except INTERRUPTIONS:
        raise
    except Exception as error:
        if monotonic() - started > QUICK_S and isinstance(error, DatabaseUnavailable):
            raise
        if is_database_away(database, error):
            raise
        if len(items) == 1:
            give_up(items[0], error)
            return
        log.warning("work.split", items=len(items), error=type(error).__name__)
        for part in _split(items, tenant_of):
            work_in_parts(database, part, tenant_of, work, give_up)


def _split(items: Sequence[Item], tenant_of: Callable[[Item], int]) -> list[list[Item]]:
    by_tenant: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        by_tenant[tenant_of(item)].append(item)
    return list(by_tenant.values()) if len(by_tenant) > 1 else [[item] for item in items]


def is_database_away(database: Database, error: Exception) -> bool:
    """Whether an error means that the database is away, and not that it refused what it was given.

    PostgreSQL refuses a statement that is too large or too slow with the same class of errors.
    """
    if not isinstance(error, DatabaseUnavailable):
        return False
    try:
        ping(database)
    except DatabaseUnavailable:
        return True
    return False
