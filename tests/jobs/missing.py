"""Two companies at a simulated Pipedrive whose webhooks reach us only while a test allows it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, update

from jobs.connections.backfill import BackfillJob
from jobs.to_pipedrive.client import Pipedrive
from models.backfills.gaps import open_gap
from models.clock import now
from models.database.engine import Database
from models.events import store as event_store
from models.events.store import Arrival
from models.pipedrive.change import Change, read
from models.security.vault import Vault
from models.settings import Settings
from models.tables import ApiUsage, Backfill, Delivery, Event
from models.tables.events import EventState
from tests.conftest import TwoTenants
from tests.crm import connect, settings_for
from web.playground.pipedrive.company import CrmCompany
from web.playground.pipedrive.server import FakePipedrive
from web.playground.pipedrive.store import ApiUser, CrmChange, CrmStore

HOURS: Final = 2.0
ADA: Final = ApiUser(1)


@dataclass
class Outage:
    """Both companies are connected; the simulation's clock starts two hours before ours.

    Its changes reach the tenant's database while `is_open`, as the webhook endpoint would store them.
    """

    database: Database
    settings: Settings
    crm: FakePipedrive
    pipedrive: Pipedrive
    tenants: TwoTenants
    other: CrmCompany
    is_open: bool = True
    began: datetime = field(default_factory=lambda: now() - timedelta(hours=HOURS))

    @property
    def store(self) -> CrmStore:
        return self.crm.store

    @property
    def backfills(self) -> BackfillJob:
        """Return the backfill job of another worker."""
        return BackfillJob(self.database, self.settings, self.pipedrive)

    def hear(self, tenant_id: int, company_id: int, change: CrmChange) -> None:
        if self.is_open:
            body = body_of(change, company_id, self.crm.clock.exact())
            at = self.crm.clock.moment()
            arrival = Arrival(tenant_id, uuid.uuid4().hex, json.dumps(body).encode(), EventState.NEW, at)
            with self.database.writing_all() as session:
                event_store.store(session, [arrival])

    def go_away(self) -> None:
        self.crm.clock.forward(600)
        self.is_open = False
        self.began = self.crm.clock.moment()
        self.crm.clock.forward(600)

    def come_back(self, *tenants: int) -> None:
        """Open the gap of the outage, of our tenant unless others are named, and let all tries end."""
        self.crm.clock.forward(600)
        self.is_open = True
        for tenant_id in tenants or [self.tenants.ours]:
            with self.database.writing(tenant_id) as session:
                open_gap(session, tenant_id, self.began, self.crm.clock.moment(), "Pipenotify was away")
        self.crm.clock.forward(600)

    def catch_up(self) -> int:
        """Work until nothing is due; return the number of steps."""
        steps, worker = 0, self.backfills
        while worker.step():
            steps += 1
        return steps

    def late(self, tenant_id: int | None = None) -> list[Change]:
        """The changes found, oldest event first."""
        changes = (read(json.loads(row.raw)) for row in self.events(tenant_id))
        return [change for change in changes if change is not None and change.is_late]

    def types(self, tenant_id: int | None = None) -> list[str]:
        return [change.types[-1] for change in self.late(tenant_id)]

    def events(self, tenant_id: int | None = None) -> list[Event]:
        mine = select(Event).where(Event.tenant_id == (tenant_id or self.tenants.ours))
        with self.database.reading_all() as session:
            return list(session.scalars(mine.order_by(Event.id)))

    def gaps(self, tenant_id: int | None = None) -> list[Backfill]:
        mine = select(Backfill).where(Backfill.tenant_id == (tenant_id or self.tenants.ours))
        with self.database.reading_all() as session:
            return list(session.scalars(mine.order_by(Backfill.id)))

    def gap(self, tenant_id: int | None = None) -> Backfill:
        (found,) = self.gaps(tenant_id)
        return found

    def change_gap(self, **values: Any) -> None:
        mine = update(Backfill).where(Backfill.tenant_id == self.tenants.ours)
        with self.database.writing(self.tenants.ours) as session:
            session.execute(mine.values(**values))

    def notices(self, tenant_id: int | None = None) -> list[dict[str, Any]]:
        mine = select(Delivery.notice).where(Delivery.tenant_id == (tenant_id or self.tenants.ours))
        with self.database.reading_all() as session:
            return [notice for notice in session.scalars(mine) if notice]

    def days_pass(self, number: int) -> None:
        """Move today's API usage so many days into the past."""
        ours = (ApiUsage.tenant_id == self.tenants.ours, ApiUsage.day == now().date())
        with self.database.writing(self.tenants.ours) as session:
            ago = now().date() - timedelta(days=number)
            session.execute(update(ApiUsage).where(*ours).values(day=ago))

    def tokens(self, tenant_id: int | None = None) -> int:
        mine = select(ApiUsage).where(ApiUsage.tenant_id == (tenant_id or self.tenants.ours))
        with self.database.reading_all() as session:
            return sum(row.tokens for row in session.scalars(mine))


@contextmanager
def outage(
    database: Database,
    vault: Vault,
    tenants: TwoTenants,
    folder: Path,
    *,
    without: str = "nothing",
    **variables: str,
) -> Iterator[Outage]:
    """`without`: lists that the app may not read (`leads`)."""
    with FakePipedrive(burst=None) as crm:
        crm.clock.forward(-HOURS * 3600)
        other = crm.add_company(777, "Umbrella")
        scopes = [*crm.oauth.scope.split(","), "products:read"]
        crm.oauth.scope = ",".join(scope for scope in scopes if not scope.startswith(without))
        settings = settings_for(crm.url, folder, **variables)
        pipedrive = Pipedrive(database, vault, settings)
        made = Outage(database, settings, crm, pipedrive, tenants, other)
        born = {"created_at": made.began - timedelta(days=30)}
        for tenant_id, company in zip(tenants, (12345, 777), strict=True):
            token = crm.oauth.grant(1, company_id=company)["refresh_token"]
            connect(database, vault, tenant_id, token, company_id=str(company), **born)
        crm.store.listeners.append(lambda change: made.hear(tenants.ours, 12345, change))
        other.store.listeners.append(lambda change: made.hear(tenants.theirs, 777, change))
        yield made
        pipedrive.close()


def body_of(change: CrmChange, company_id: int, at: str) -> dict[str, Any]:
    """The webhook body of a change."""
    meta: dict[str, Any] = {
        "action": change.action,
        "entity": change.entity,
        "entity_id": change.object_id,
        "company_id": str(company_id),
        "id": uuid.uuid4().hex,
        "webhook_id": "1",
        "timestamp": at,
        "version": "2.0",
        "user_id": str(change.actor.user_id),
        "permitted_user_ids": [str(one) for one in change.seers or ()],
    }
    return {"meta": meta | dict(change.extra_meta), "data": change.data, "previous": change.previous}


def new_deal(away: Outage, **fields: Any) -> int:
    """The number of a new deal."""
    fields = {"title": "Acme renewal", "value": 100, "stage_id": 1, **fields}
    return int(away.store.create("deal", fields, ADA)["id"])
