"""An engine for tests: a real database and real clients, a simulated Chat, a clock that tests set."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, select, update

from jobs.channels import ChatClients
from jobs.deliveries.deliver import Deliver
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.prepare import Preparation
from jobs.deliveries.recent_changes import RecentChanges
from jobs.deliveries.results import SendResult
from jobs.drain_step import DrainStep
from jobs.events.fan_out import FanOut
from jobs.names.cache import NameCache
from models.database.engine import Database
from models.events import store as event_store
from models.events.store import Arrival
from models.pipedrive.names import Names
from models.rules.rulesets import Rulesets
from models.security.vault import Vault, associated_data
from models.settings import Settings, from_env
from models.tables import (
    Attempt,
    Connection,
    Delivery,
    Destination,
    Event,
    EventState,
    Lane,
    Rule,
    RuleDestination,
    Space,
    Tenant,
)
from tests.crm import environment
from web.playground.chat.quota import Quota
from web.playground.chat.server import FakeChat

SPACE = "spaces/AAAA"
OTHER_SPACE = "spaces/BBBB"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MOST_IDLE_STEPS = 10


class HandClock:
    """Returns the time it was set to; the `clock` fixture puts it in place of `now` in the engine."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class NoSource:
    """A Pipedrive without names."""

    def fetch(self, *_: Any, **_more: Any) -> Names:
        return Names()


def settings_with(chat: FakeChat, data: Path, **variables: str) -> Settings:
    """Settings of an engine that writes to the simulated Chat without a quota."""
    usual = {
        "CHAT_API_URL": chat.url,
        "GOOGLE_APPLICATION_CREDENTIALS": str(chat.write_credentials(data / "chat.json")),
        "CHAT_PROJECT_WRITES_PER_MINUTE": "1000000",
        "BASE_URL": "https://pipenotify.example.com",
    }
    return from_env(environment("http://127.0.0.1:9", data) | usual | variables)


def reset_chat(chat: FakeChat) -> None:
    """Empty a Chat that is shared by tests."""
    chat.requests.clear()
    chat.faults.clear()
    chat.latency = 0.0
    chat.quota.__init__(None, None)  # type: ignore[misc]
    chat.store.requests.clear()
    chat.store._by_client_id.clear()
    for name, space in chat.store.spaces.items():
        chat.store._messages[name] = {}
        space.app_is_member = True


@dataclass
class Bench:
    """One process that fans out and delivers; `another()` creates more of them."""

    database: Database
    vault: Vault
    settings: Settings
    clients: ChatClients
    chat: FakeChat
    clock: HandClock
    names: NameCache = field(init=False)
    rulesets: Rulesets = field(init=False)
    fan_out: FanOut = field(init=False)
    deliver: Deliver = field(init=False)
    step: DrainStep = field(init=False)

    def __post_init__(self) -> None:
        self.names = names = NameCache(self.database, NoSource())
        self.rulesets = rules = Rulesets(self.settings.rules_fresh_s)
        recent = RecentChanges()
        self.fan_out = FanOut(self.database, names, rules, recent)
        preparation = Preparation(self.database, names, rules, recent)
        self.deliver = Deliver(self.settings, self.database, self.vault, preparation, self.clients)
        self.step = DrainStep(self.database, self.fan_out, self.deliver)

    def another(self) -> Bench:
        return Bench(self.database, self.vault, self.settings, self.clients, self.chat, self.clock)

    def spread(self) -> int:
        """Fan out all new events; return how many."""
        read = 0
        while step := self.fan_out.step():
            read += step
        return read

    def send_due(self, limit: int = 50) -> list[SendResult]:
        """Claim, send and finish once."""
        results = [self.deliver.send(load) for load in self.deliver.claim(limit)]
        if results:
            self.deliver.finish(results)
        return results

    def send_all(self, seconds: float = 120, step: float = 1.0) -> list[SendResult]:
        """Send while time advances by steps, until no delivery is open; steps without work are left out."""
        results, until = [], self.clock.at + timedelta(seconds=seconds)
        while self.clock.at < until and self.open_deliveries():
            results += (sent := self.send_due())
            due = self.clock.at if sent else min(self.deliver.next_due or until, until)
            steps = math.ceil((due - self.clock.at) / timedelta(seconds=step))
            self.clock.advance(step * min(MOST_IDLE_STEPS, max(1, steps)))
        return results

    def open_deliveries(self) -> int:
        with self.database.reading_all() as session:
            query = select(func.count()).where(Delivery.state.in_(("pending", "sending", "held")))
            return session.execute(query).scalar_one()

    def deliveries(self, tenant_id: int) -> list[Delivery]:
        with self.database.reading(tenant_id) as session:
            mine = select(Delivery).where(Delivery.tenant_id == tenant_id)
            return list(session.scalars(mine.order_by(Delivery.id)))

    def only(self, tenant_id: int) -> Delivery:
        (found,) = self.deliveries(tenant_id)
        return found

    def titles(self, space: str = SPACE) -> list[str]:
        return [title_of(card) for card in self.chat.cards(space)]

    def events(self, tenant_id: int) -> list[Event]:
        with self.database.reading(tenant_id) as session:
            mine = select(Event).where(Event.tenant_id == tenant_id)
            return list(session.scalars(mine.order_by(Event.id)))

    def attempts(self, tenant_id: int) -> list[Attempt]:
        with self.database.reading(tenant_id) as session:
            mine = select(Attempt).where(Attempt.tenant_id == tenant_id)
            return list(session.scalars(mine.order_by(Attempt.id)))

    def lane(self, tenant_id: int, lane: str = SPACE) -> Lane:
        with self.database.reading(tenant_id) as session:
            return session.get_one(Lane, (tenant_id, lane))

    def change_lane(self, tenant_id: int, lane: str = SPACE, **values: Any) -> None:
        with self.database.writing(tenant_id) as session:
            mine = update(Lane).where(Lane.tenant_id == tenant_id, Lane.lane == lane)
            session.execute(mine.values(**values))

    def receive(self, tenant_id: int, *bodies: dict[str, Any]) -> int:
        """Store bodies as the web part does; return how many were new."""
        rows = [
            Arrival(tenant_id, uuid.uuid4().hex, orjson.dumps(body), EventState.NEW, self.clock.at)
            for body in bodies
        ]
        with self.database.writing_all() as session:
            return event_store.store(session, rows)

    def receive_deals(self, tenant_id: int, count: int, first: int = 1) -> None:
        self.receive(tenant_id, *(deal(number) for number in range(first, first + count)))
        self.spread()


def deal(number: int, *, action: str = "create", **fields: Any) -> dict[str, Any]:
    """A v2 body about a deal called `Deal <number>`."""
    meta = {
        "action": action,
        "entity": "deal",
        "entity_id": str(number),
        "company_id": "12345",
        "id": uuid.uuid4().hex,
        "webhook_id": "w1",
        "version": "2.0",
        "timestamp": "2026-11-20T12:00:00Z",
    }
    state = {"id": number, "title": f"Deal {number}", "value": 100, "currency": "EUR", "status": "open"}
    return {"meta": meta, "data": state | fields, "previous": None}


@dataclass(frozen=True)
class Linked:
    """A rule and its destination."""

    tenant_id: int
    rule_id: int
    destination_id: int


def link(
    database: Database,
    tenant_id: int,
    space: str = SPACE,
    *,
    on: Sequence[str] = ("deal.*",),
    is_urgent: bool = False,
    **columns: Any,
) -> Linked:
    """Create a tenant's rule that sends into a Chat space."""
    with database.writing(tenant_id) as session:
        known = session.scalars(select(Space).where(Space.name == space)).first()
        if known is None:
            known = Space(tenant_id=tenant_id, name=space, title=space)
            session.add(known)
            session.flush()
        mine = select(Destination).where(Destination.tenant_id == tenant_id, Destination.name == space)
        to = session.scalars(mine).first() or Destination(
            tenant_id=tenant_id, kind="chat_space", name=space, space_id=known.id, address=space, lane=space
        )
        return _rule_to(session, tenant_id, to, on, is_urgent, columns)


def link_webhook(
    database: Database, vault: Vault, tenant_id: int, url: str, space: str = SPACE, **columns: Any
) -> Linked:
    """Create a tenant's rule that posts to an incoming webhook of a space."""
    uid = uuid.uuid4().hex
    closed = vault.close(url, associated_data(tenant_id, "destinations", "address", uid))
    with database.writing(tenant_id) as session:
        to = Destination(
            tenant_id=tenant_id,
            kind="chat_webhook",
            name=f"wall {uid[:4]}",
            uid=uid,
            address=closed,
            lane=space,
        )
        return _rule_to(session, tenant_id, to, ("deal.*",), False, columns)


def _rule_to(
    session: Any, tenant_id: int, to: Destination, on: Sequence[str], is_urgent: bool, columns: dict[str, Any]
) -> Linked:
    name = columns.pop("name", f"rule {uuid.uuid4().hex[:6]}")
    rule = Rule(tenant_id=tenant_id, name=name, event_types=list(on), is_urgent=is_urgent, **columns)
    session.add_all([to, rule])
    session.flush()
    session.add(RuleDestination(tenant_id=tenant_id, rule_id=rule.id, destination_id=to.id))
    return Linked(tenant_id, rule.id, to.id)


def company(database: Database, tenant_id: int, company_id: str) -> None:
    with database.writing(tenant_id) as session:
        session.add(Connection(tenant_id=tenant_id, company_id=company_id))


def another_tenant(database: Database, name: str) -> int:
    with database.writing_all() as session:
        made = Tenant(name=name, monthly_limit=None)
        session.add(made)
    return made.id


def title_of(message: dict[str, Any]) -> str:
    """The title of a card as people see it."""
    return str(message["cardsV2"][0]["card"]["header"]["title"])


def heads(messages: Sequence[OutgoingMessage]) -> list[int]:
    return [message.head.id for message in messages]


def no_limits() -> Quota:
    return Quota(None, None)
