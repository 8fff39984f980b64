"""One tenant's backlog beside everybody else's cards: `python -m tests.bench [kind] backlog`.

500,000 due deliveries in one space, 50,000 held ones whose quiet hours change, and a rule with a million
deliveries that is deleted, while the other tenants' webhooks arrive.
"""

from __future__ import annotations

import statistics
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select, text

from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes
from models.rules.queries import list_rules
from models.rules.save import remove_rules
from models.tables import Destination, QuietHours
from tests.bench.stand import Stand, stand

TENANTS: Final = 8
SPACES: Final = 4
DUE: Final = 500_000
HELD: Final = 50_000
HISTORY: Final = 1_000_000
SECONDS: Final = 40
RATE: Final = 20
DAYS: Final = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_FILL: Final = """
    INSERT INTO deliveries (tenant_id, rule_id, destination_id, rule_name, event_type, lane, request_id,
                            message_key, state, next_attempt_at, created_at, finished_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
    SELECT :tenant, :rule, :destination, 'r', 'deal.won', :lane, :prefix || i,
           CASE WHEN :state = 'delivered' THEN 'client-' || :prefix || i END, :state, :due, :at, :ended FROM n
"""
Say = Callable[[str, str, str], None]


def run(kind: str, say: Say) -> None:
    """Fill the record, start the parts, delete the rule and the quiet hours under load, and measure."""
    with stand(kind, TENANTS, SPACES) as at:
        tenant_id, rule_id = fill(at.database, HISTORY, DUE, HELD)
        at.env["CHAT_SPACE_WRITES_PER_SECOND"] = "1"  # as Google allows
        at.start("web")
        at.load(TENANTS, SPACES, seconds=1, rate=20)
        at.start("worker")
        at.wait_for_cards(15, 60)  # it has started
        time.sleep(5)
        at.forget()
        changing = threading.Thread(target=_change_rules, args=(at, tenant_id, rule_id, kind, say))
        changing.start()
        found = at.load(TENANTS, SPACES, seconds=SECONDS, rate=RATE, first=10_000_000)
        changing.join()
        time.sleep(5)
        _report(at, found, kind, say)


def fill(database: Database, history: int, due: int, held: int) -> tuple[int, int]:
    """Give the first tenant a history of one rule, due deliveries in one space, held ones in another."""
    with database.reading_all() as session:
        to, other = session.scalars(select(Destination).order_by(Destination.id).limit(2)).all()
        rule_id = list_rules(session, to.tenant_id)[0].id
    at, evening = now() - timedelta(seconds=5), now() + timedelta(hours=9)
    usual = {"tenant": to.tenant_id, "rule": rule_id, "at": at, "due": at, "ended": None}
    for state, many, target, more in (
        ("delivered", history, to, {"ended": at}),
        ("pending", due, to, {}),
        ("held", held, other, {"due": evening}),
    ):
        values = usual | {"state": state, "lane": target.lane, "destination": target.id} | more
        for _ in range(0, many, 50_000):  # a transaction each
            _insert(database, values | {"many": min(many, 50_000), "prefix": uuid.uuid4().hex[:8]})
    _analyze(database)
    with database.writing_all() as session:
        lanes.mark_due(session, [(to.tenant_id, to.lane, at), (to.tenant_id, other.lane, evening)])
        session.add(
            QuietHours(
                tenant_id=to.tenant_id,
                scope="tenant",
                starts="00:00",
                ends="23:59",
                days=DAYS,
                timezone="UTC",
            )
        )
    return to.tenant_id, rule_id


def _analyze(database: Database) -> None:
    """Let PostgreSQL know of the rows, as it does soon by itself; SQLite knows nothing, see `statistics`."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(schema_change=True) as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()


def _insert(database: Database, values: dict[str, Any]) -> None:
    if database.is_sqlite:
        values = {
            key: value.isoformat(timespec="microseconds") if hasattr(value, "isoformat") else value
            for key, value in values.items()
        }
    with database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(text(_FILL), values)
        connection.commit()


def _change_rules(at: Stand, tenant_id: int, rule_id: int, kind: str, say: Say) -> None:
    time.sleep(SECONDS / 3)
    began = time.monotonic()
    with at.database.writing(tenant_id) as session:
        rules = [rule for rule in list_rules(session, tenant_id) if rule.id == rule_id]
        remove_rules(session, tenant_id, rules)
    say(kind, f"backlog: deleting a rule with {HISTORY:,} deliveries", _ms(time.monotonic() - began))
    time.sleep(SECONDS / 6)
    with at.database.writing(tenant_id) as session:
        for window in session.scalars(select(QuietHours)):
            session.delete(window)
    began = time.monotonic()
    while _held(at.database) and time.monotonic() - began < 120:
        time.sleep(0.2)
    say(kind, f"backlog: releasing {HELD:,} held deliveries", _ms(time.monotonic() - began))


def _held(database: Database) -> bool:
    with database.reading_all() as session:
        held = "SELECT count FROM delivery_counts WHERE state = 'held' AND tenant_id IN (1)"
        return bool(sum(session.execute(text(held)).scalars()))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def _report(at: Stand, found: dict[str, Any], kind: str, say: Say) -> None:
    cuts = statistics.quantiles(found["ms"], n=100)
    say(
        kind,
        f"backlog: ack time at {RATE}/s meanwhile",
        f"p50 {cuts[49]:.1f} p99 {cuts[98]:.1f} max {max(found['ms']):.1f} ms, {found['failed']} failed",
    )
    seen = at.seen()["at"]
    others = {deal: acked for deal, acked in found["acked"].items() if int(deal) % TENANTS}
    waits = sorted(seen[deal] - acked for deal, acked in others.items() if deal in seen)
    missing = len(others) - len(waits)
    cuts = statistics.quantiles(waits, n=100)
    say(
        kind,
        "backlog: ack to card of the other tenants",
        f"p50 {cuts[49]:.2f} p99 {cuts[98]:.2f} max {waits[-1]:.2f} s, {len(waits):,}, {missing} missing",
    )
