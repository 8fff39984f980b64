"""How long an explanation takes with 1,000 rules and 100,000 events: `python -m tests.bench [kind] why`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import insert, select, text

from models.accounts.actor import system
from models.database import migrate
from models.database.engine import Database
from models.events.facts import object_key
from models.rules.why.explain import explain_event
from models.rules.why.find import find_by_id, find_by_words
from models.tables import Event, KnownName, Rule
from tests.bench import backtest
from tests.bench.stand import database_url

RULES: Final = 1_000
TIMES: Final = 50


def run(kind: str, say: Callable[[str, str, str], None], spread: Callable[[list[float]], str]) -> None:
    """Fill a database, then explain events: by number, by words of a title, and with every rule looking."""
    with tempfile.TemporaryDirectory(prefix="pn-bench-") as folder, database_url(kind, folder) as url:
        database = Database(url)
        migrate.upgrade(database)
        tenant_id = backtest.fill(database)
        _fill(database, tenant_id)
        actor = system(tenant_id, "bench")
        with database.reading(tenant_id) as session:
            newest = session.scalars(
                select(Event.id).where(Event.tenant_id == tenant_id).order_by(Event.id.desc()).limit(TIMES)
            ).all()
        asked: dict[str, Callable[[Any, int], object]] = {
            "find by number": lambda session, event: find_by_id(session, actor, "deal", str(event)),
            "find by two words": lambda session, event: find_by_words(
                session, actor, "deal", f"deal {event}"
            ),
            "find what no title has": lambda session, _: find_by_words(session, actor, "deal", "zzz yyy"),
            "explain, 1,000 rules looked": lambda session, event: explain_event(session, actor, event),
        }
        for what, ask in asked.items():
            say(kind, f"why: {what}", spread([_timed(database, tenant_id, ask, each) for each in newest]))
        database.close()


def _timed(database: Database, tenant_id: int, ask: Callable[[Any, int], object], event: int) -> float:
    started = time.perf_counter()
    with database.reading(tenant_id) as session:
        ask(session, event)
    return (time.perf_counter() - started) * 1000


def _fill(database: Database, tenant_id: int) -> None:
    """Add rules that look at every event, the names of its deals, and the keys of its events."""
    when = {
        "all": [
            {"field": "value", "op": "at_least", "value": 10_000},
            {"field": "owner", "op": "is", "value": "Ada"},
            {"field": "pipeline_id", "op": "is", "value": "1"},
        ]
    }
    rules = [
        {"tenant_id": tenant_id, "name": f"Rule {number}", "event_types": ["deal.*"], "conditions": when}
        for number in range(RULES)
    ]
    with database.writing(tenant_id) as session:
        session.execute(insert(Rule), rules)
        ids = session.scalars(select(Event.id).where(Event.tenant_id == tenant_id)).all()
        known = [
            {"tenant_id": tenant_id, "kind": "deal", "key": str(each), "text": f"Deal {each} of Müller"}
            for each in ids
        ]
        session.execute(insert(KnownName), known)
    statement = text("UPDATE events SET object_key = :key WHERE id = :id AND tenant_id = :tenant")
    with database.engine.connect().execution_options(schema_change=True) as connection:
        rows = [{"id": each, "key": object_key("deal", str(each)), "tenant": tenant_id} for each in ids]
        connection.execute(statement, rows)
        connection.execute(text("ANALYZE"))
        connection.commit()
