"""What a worker has at hand before it says that it is ready, so that its first cards wait for nothing."""

from __future__ import annotations

from typing import Final

import structlog

from models.accounts.queries import active_tenants
from models.clock import monotonic
from models.database.direct import DirectStatement
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.rules.rulesets import Rulesets

MOST_S: Final = 3.0  # later tenants' rules are read with their first event
AT_ONCE: Final = 16  # rulesets for which one transaction reads

log = structlog.get_logger()


def warm_up(database: Database, rulesets: Rulesets) -> int:
    """Write the statements of the hot road, and read and compile the rules of tenants; return of how many.

    It reads for as long as there is time, and never fails: a database that is away now is reported by whoever
    needs it.
    """
    until, done = monotonic() + MOST_S, 0
    try:
        with database.reading_all() as session:
            tenants = active_tenants(session)
        DirectStatement.write_all(database.engine.dialect)
        for start in range(0, len(tenants), AT_ONCE):
            if monotonic() > until:
                break
            done += len(rulesets.read(database, tenants[start : start + AT_ONCE]))
    except DatabaseUnavailable as away:
        log.warning("database.away", why=str(away))
    return done
