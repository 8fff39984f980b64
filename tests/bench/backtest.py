"""What a rule would have done with 100,000 stored events: `python -m tests.bench [kind] backtest`."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert

from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.rules.backtest import Limits, backtest
from models.rules.drafts import RuleDraft
from models.tables import Event, KnownName, Tenant
from tests.bench.load import BODY
from tests.bench.stand import database_url

EVENTS: Final = 100_000
CUSTOM_FIELDS: Final = 40  # of each deal, nearly all of them empty, as in a real company
TIMES: Final = 10
PART_S: Final = 0.7  # what a dialog or a command may take
CONDITIONS: Final = [
    {"field": "value", "op": "at_least", "value": 90_000},
    {"field": "currency", "op": "in", "value": ["EUR", "USD"]},
    {"field": "owner", "op": "is", "value": "Ada"},
]
RULES: Final = {
    "every change of a deal, three conditions": RuleDraft("r", ["deal.*"], {"all": CONDITIONS}, [], ""),
    "the customer's name": RuleDraft(
        "r", ["deal.*"], {"field": "organization.name", "op": "contains", "value": "acme"}, [], ""
    ),
    "a deal won": RuleDraft("r", ["deal.won"], {"all": CONDITIONS}, [], ""),
}


def run(kind: str, say: Callable[[str, str, str], None]) -> None:
    """Fill a database, then time each rule over all events, and over as many as a dialog has time for."""
    with tempfile.TemporaryDirectory(prefix="pn-bench-") as folder, database_url(kind, folder) as url:
        database = Database(url)
        migrate.upgrade(database)
        tenant_id, at = fill(database), now()
        for what, draft in RULES.items():
            runs = [_timed(database, tenant_id, draft, at, Limits()) for _ in range(TIMES)]
            times, found = zip(*runs, strict=True)
            seen = found[0]
            counts = f"{seen.fired:,} fired, {seen.near_misses:,} near of {seen.looked_at:,}"
            say(kind, f"backtest: {what}", f"{_spread(times)} ({counts})")
        part, found = _timed(database, tenant_id, draft, at, Limits(seconds=PART_S))
        say(kind, f"backtest: limited to {PART_S} s", f"{part:.2f} s, {found.looked_at:,} events")
        database.close()


def _timed(database: Database, tenant_id: int, draft: RuleDraft, at: datetime, limits: Limits) -> Any:
    started = time.perf_counter()
    with database.reading(tenant_id) as session:
        found = backtest(session, tenant_id, draft, at - timedelta(days=30), limits)
    return time.perf_counter() - started, found


def _spread(times: Any) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"p50 {cuts[49]:.2f} p99 {cuts[98]:.2f} max {max(times):.2f} s"


def fill(database: Database, events: int = EVENTS) -> int:
    """Store a tenant's events of 30 days, and the names in them; return the tenant's id."""
    with database.writing_all() as session:
        tenant = Tenant(name="Acme", monthly_limit=None)
        session.add(tenant)
        session.flush()
        known = {("user", "1"): "Ada", ("stage", "1"): "Qualified", ("stage", "2"): "Won over"}
        known |= {("organization", str(number)): f"Acme {number}" for number in range(2_000)}
        session.add_all(
            KnownName(tenant_id=tenant.id, kind=kind, key=key, text=text, more={})
            for (kind, key), text in known.items()
        )
        for rows in _rows(tenant.id, events):
            session.execute(insert(Event), rows)
    return tenant.id


def _rows(tenant_id: int, events: int) -> Iterator[list[dict[str, Any]]]:
    step, first = timedelta(days=30) / events, now() - timedelta(days=30)
    for start in range(0, events, 1000):
        yield [
            {
                "tenant_id": tenant_id,
                "source_key": str(number),
                "raw": _body(number),
                "state": "done",
                "event_type": "deal.won" if number % 50 == 0 else "deal.value_changed",
                "kind": "deal.won" if number % 50 == 0 else "deal.value_changed",
                "received_at": first + step * number,
            }
            for number in range(start, start + 1000)
        ]


def _body(number: int) -> bytes:
    custom: dict[str, Any] = {f"{field:040x}": None for field in range(CUSTOM_FIELDS)}
    custom[f"{number % CUSTOM_FIELDS:040x}"] = {"type": "enum", "id": number % 7}
    won = number % 50 == 0
    data = {"value": number, "org_id": number % 2_000, "owner_id": 1 + number % 3, "custom_fields": custom}
    data |= {"title": f"Deal {number}", "status": "won" if won else "open"}
    previous = {"status": "open"} if won else {"value": 100}
    return json.dumps({**BODY, "data": {**BODY["data"], **data}, "previous": previous}).encode()
