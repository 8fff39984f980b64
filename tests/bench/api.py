"""How long programs wait for REST with 1,000 rules and many deliveries: `python -m tests.bench [kind] api`.

The app is called in this process, so that nothing but our own work is measured; CPU time says how much of it
a busy machine added.
"""

from __future__ import annotations

import base64
import os
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import insert, text

from jobs.scheduled.roll_up_figures import FigureRollUp
from models.accounts.actor import system
from models.accounts.queries import tenant_id_of
from models.accounts.tokens import create_token
from models.chance import new_id
from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.interpreter import set_up_to_serve
from models.rules_file import load
from models.security.audit import Auditor
from models.security.vault import Vault
from models.settings import from_env
from models.tables import Delivery, Event
from tests.bench.stand import database_url
from web.api.gate import Gate
from web.app import create_app
from web.waker import Waker

RULES: Final = 1_000
DELIVERIES: Final = int(os.environ.get("BENCH_DELIVERIES", "1000000"))
EVENTS: Final = DELIVERIES // 10
PART: Final = 2_000  # rows of one insert
TIMES: Final = 40
DAYS: Final = 90
STATES: Final = ("delivered",) * 95 + ("dead", "skipped", "skipped", "skipped", "held")
HELD_FROM: Final = (
    DELIVERIES - DELIVERIES // DAYS
)  # quiet hours end within a day, so only the last one's are held
PATHS: Final = (
    "/admin/rules?limit=20",
    "/admin/rules?limit=100",
    "/admin/rules/500",
    "/admin/webhooks?limit=100",
    "/admin/logs?limit=20",
    "/admin/logs?limit=100",
    "/admin/logs?status=failed",
    "/admin/logs?range=7d&page=3",
    "/admin/logs/1000",
    "/admin/logs/1000/why",
    "/admin/events?limit=100",
    "/admin/events?type=deal.won",
    "/admin/users",
    "/admin/audit",
    "/admin/plan",
    "/oauth/status",
    "/monitoring/dashboard/me",
    "/analytics/dashboard/me?range=7d",
    "/analytics/dashboard/me?range=90d",
    "/analytics/rules/me?range=90d",
    "/analytics/timeline/me?range=90d",
    "/analytics/summary/me",
)

Say = Callable[[str, str, str], None]
Spread = Callable[[list[float]], str]


def run(kind: str, say: Say, spread: Spread) -> None:
    """Fill a database, then call each route again and again, and all of them together."""
    with tempfile.TemporaryDirectory(prefix="pn-bench-") as folder, database_url(kind, folder) as url:
        key = f"k1:{base64.b64encode(bytes(range(32))).decode()}"
        base = {
            "ENCRYPTION_KEYS": key,
            "SECRET_KEY": "s" * 40,
            "PIPENOTIFY_DATA": folder,
            "DATABASE_URL": url,
            "REDIS_URL": "redis://127.0.0.1:9/0",
        }
        settings = from_env(base)
        database = Database(url, Auditor(settings.secret_key))
        migrate.upgrade(database)
        load(database, Vault(settings.encryption_keys), [("acme", document())], dry_run=False)
        token = fill(database)
        say(kind, "api: rolling up 90 days", roll_up(database))
        Gate.count_tenant = lambda *_: None  # type: ignore[method-assign]  # as often as it likes
        client = create_app(settings, database, Waker(settings)).test_client()
        set_up_to_serve()  # as a process that serves does
        headers = {"Authorization": f"Bearer {token}"}

        def call(path: str) -> tuple[float, float]:
            started, cpu = time.perf_counter(), time.process_time()
            answer = client.get(f"/api/v1{path}", headers=headers)
            assert answer.status_code == 200, answer.text
            return (time.perf_counter() - started) * 1000, (time.process_time() - cpu) * 1000

        together: list[float] = []
        for path in PATHS:
            call(path)
            times, cpus = zip(*(call(path) for _ in range(TIMES)), strict=True)
            together += times
            say(kind, f"api: {path}", f"{spread(list(times))}, CPU {spread(list(cpus))}")
        say(kind, f"api: all, {RULES:,} rules, {DELIVERIES:,} deliveries", spread(together))
        database.close()


def document() -> str:
    head = "tenant: Acme\nusers: [{email: ada@acme.test, role: admin}]\n"
    head += "spaces: [{name: spaces/AAAA, title: Deals}]\nrules:\n"
    rule = (
        "  - {name: Rule %d, on: deal.won, when: {field: value, op: at_least, value: %d}, to: [spaces/AAAA]}"
    )
    return head + "\n".join(rule % (number, number) for number in range(RULES))


def fill(database: Database) -> str:
    """Store events and deliveries of the last days; return a token of the admin."""
    with database.reading_all() as session:
        tenant_id = tenant_id_of(session, "Acme")
    at, step = now() - timedelta(days=DAYS), timedelta(days=DAYS) / DELIVERIES
    for start in range(0, EVENTS, PART):
        with database.writing_all() as session:
            session.execute(insert(Event), [_event(tenant_id, start + each, at) for each in range(PART)])
    for start in range(0, DELIVERIES, PART):
        rows = [_delivery(tenant_id, start + each, at + step * (start + each)) for each in range(PART)]
        with database.writing_all() as session:
            session.execute(insert(Delivery), rows)
    with database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    with database.writing(tenant_id) as session:
        return create_token(session, system(tenant_id, "bench"), "ada@acme.test")[1]


def roll_up(database: Database) -> str:
    """Roll up the figures of all hours, as the job does; return how long it took."""
    job, started, cpu = FigureRollUp(database, rests=False), time.perf_counter(), time.process_time()
    while job.run():
        pass
    return f"{time.perf_counter() - started:.0f} s, CPU {time.process_time() - cpu:.0f} s"


def _event(tenant_id: int, number: int, at: Any) -> dict[str, Any]:
    kind = "deal.won" if number % 50 == 0 else "deal.value_changed"
    more = {"event_type": kind, "kind": kind, "object_key": f"deal:{number}", "state": "done"}
    received = at + timedelta(days=DAYS) / EVENTS * number
    return {"tenant_id": tenant_id, "source_key": str(number), "raw": b"{}", "received_at": received, **more}


def _delivery(tenant_id: int, number: int, at: Any) -> dict[str, Any]:
    state = STATES[number % len(STATES)]
    if state == "held" and number < HELD_FROM:
        state = "delivered"
    rule = 1 + number % RULES
    return {
        "tenant_id": tenant_id,
        "event_id": 1 + number // (DELIVERIES // EVENTS),
        "rule_id": rule,
        "rule_name": f"Rule {rule - 1}",
        "destination_id": 1,
        "destination_name": "spaces/AAAA",
        "event_type": "deal.won",
        "lane": "spaces/AAAA",
        "request_id": new_id(),
        "state": state,
        "next_attempt_at": at,
        "created_at": at,
        "finished_at": None if state == "held" else at + timedelta(seconds=1),
    }
