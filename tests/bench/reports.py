"""How long figures of 90 days take with many deliveries: `python -m tests.bench [kind] reports`.

`BENCH_DELIVERIES` says how many, a million unless it is set. CPU time says how much of the wait is ours.
"""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import Callable
from typing import Any, Final

from models.accounts.actor import Actor
from models.accounts.queries import tenant_id_of
from models.database import migrate
from models.database.engine import Database, Session
from models.reports.figures import days_ago, totals
from models.reports.report import DAY, RULE, make_report, read_overview
from models.rules_file import load
from models.security.audit import Auditor
from models.security.keys import KeyRing
from models.security.vault import Vault
from tests.bench import api
from tests.bench.stand import database_url

TIMES: Final = 40
KEY: Final = base64.b64decode("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
Ask = Callable[[Session, Actor], object]
ASKED: Final[dict[str, Ask]] = {
    "totals of 90 days": lambda session, reader: totals(session, reader, days_ago(90)),
    "report of 90 days by rule": lambda session, reader: make_report(session, reader, "90d", RULE),
    "report of 90 days by day": lambda session, reader: make_report(session, reader, "90d", DAY),
    "all figures of 90 days (dashboard)": lambda session, reader: read_overview(session, reader, "90d"),
    "all figures of 7 days (dashboard)": lambda session, reader: read_overview(session, reader, "7d"),
}


def run(kind: str, say: api.Say, spread: api.Spread) -> None:
    """Fill a database with 90 days of deliveries, roll them up, and read figures again and again."""
    with tempfile.TemporaryDirectory(prefix="pn-bench-") as folder, database_url(kind, folder) as url:
        database = Database(url, Auditor(b"s" * 40))
        migrate.upgrade(database)
        load(database, Vault(KeyRing({"bench": KEY})), [("acme", api.document())], dry_run=False)
        api.fill(database)
        say(kind, f"reports: rolling up {api.DELIVERIES:,} deliveries", api.roll_up(database))
        with database.reading_all() as session:
            reader = Actor("ada@acme.test", tenant_id_of(session, "Acme"), user_id=1, role="admin")
        for what, ask in ASKED.items():
            _timed(database, reader, ask)  # the first one builds its statements
            times, cpus = zip(*(_timed(database, reader, ask) for _ in range(TIMES)), strict=True)
            say(kind, f"reports: {what}", f"{spread(list(times))}, CPU {spread(list(cpus))}")
        database.close()


def _timed(database: Database, reader: Actor, ask: Ask) -> tuple[float, float]:
    started, cpu = time.perf_counter(), time.process_time()
    with database.reading(reader.tenant) as session:
        found: Any = ask(session, reader)
        assert found is not None
    return (time.perf_counter() - started) * 1000, (time.process_time() - cpu) * 1000
