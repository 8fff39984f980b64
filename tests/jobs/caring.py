"""A tenant of the simulated Pipedrive, with a checker of its connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from jobs.connections.check import ConnectionChecker
from jobs.connections.sync_webhooks import WebhookSync
from jobs.to_pipedrive.client import Pipedrive
from models.clock import now
from models.connections import checks
from models.connections.checks import ConnectionCheck
from models.database.engine import Database
from models.pipedrive.rest.webhooks import DOOR, WANTED
from models.security.vault import Vault, associated_data
from models.settings import Settings
from models.tables import Connection, Delivery, WebhookCredential, WebhookSubscription
from models.tables.connections import Backfill
from tests.crm import connect
from web.playground.pipedrive.server import FakePipedrive
from web.playground.pipedrive.webhooks import Webhook

HERE: Final = "https://pipenotify.example.com"


@dataclass
class Household:
    """One tenant's connection, its simulated Pipedrive, and what the database has of it."""

    database: Database
    vault: Vault
    settings: Settings
    crm: FakePipedrive
    pipedrive: Pipedrive
    tenant_id: int

    @property
    def checker(self) -> ConnectionChecker:
        """Return the checker of another worker."""
        return ConnectionChecker(self.database, self.vault, self.settings, self.pipedrive)

    @property
    def keeping(self) -> WebhookSync:
        return WebhookSync(self.database, self.vault, self.settings, self.pipedrive)

    def to_staging(self, *companies: str) -> None:
        """Make it an installation for testing that may change something at these companies alone."""
        listed = {"app_env": "staging", "staging_companies": frozenset(companies)}
        self.settings = self.settings.model_copy(update=listed)
        self.pipedrive = Pipedrive(self.database, self.vault, self.settings, self.pipedrive.wire)

    def connect(self, tenant_id: int | None = None, **columns: Any) -> None:
        """Connect a tenant through OAuth, like the callback."""
        usual = {"keeps_webhooks": True, "is_admin": True, "user_id": "1", "next_check_at": now()}
        refresh = self.crm.oauth.grant(1)["refresh_token"]
        connect(self.database, self.vault, tenant_id or self.tenant_id, refresh, **(usual | columns))

    def check(self) -> bool:
        """Check now, whenever the next check is due."""
        with self.database.writing(self.tenant_id) as session:
            checks.check_now(session, self.tenant_id)
        return self.checker.step()

    def claim(self) -> ConnectionCheck:
        with self.database.writing(self.tenant_id) as session:
            checks.check_now(session, self.tenant_id)
            check = checks.claim(session, self.tenant_id, now())
        assert check is not None
        return check

    def row(self, tenant_id: int | None = None) -> Connection:
        mine = select(Connection).where(Connection.tenant_id == (tenant_id or self.tenant_id))
        with self.database.reading_all() as session:
            return session.scalars(mine).one()

    def change(self, **columns: Any) -> None:
        with self.database.writing(self.tenant_id) as session:
            row = session.scalars(select(Connection).where(Connection.tenant_id == self.tenant_id)).one()
            for name, value in columns.items():
                setattr(row, name, value)

    def all_of(self, table: Any) -> Sequence[Any]:
        with self.database.reading_all() as session:
            return session.scalars(select(table).order_by(table.tenant_id, table.id)).all()

    def hooks(self) -> dict[str, list[Webhook]]:
        """The webhooks registered at Pipedrive, by entity."""
        found: dict[str, list[Webhook]] = {}
        for each in self.crm.subscriptions.all.values():
            found.setdefault(each.entity, []).append(each)
        return found

    def stray(self, url: str, entity: str = "*") -> int:
        """Register one more webhook of the app; returns its id."""
        wish = {"subscription_url": url, "event_action": "*", "event_object": entity, "name": "Stray"}
        return self.crm.subscriptions.add(wish, 1).id

    def our_rows(self) -> dict[str, WebhookSubscription]:
        return {row.entity: row for row in self.all_of(WebhookSubscription)}

    def credentials(self) -> Sequence[WebhookCredential]:
        return self.all_of(WebhookCredential)

    def password(self, row: WebhookCredential) -> str:
        return self.vault.open(
            row.password, associated_data(row.tenant_id, "webhook_credentials", "password", row.key)
        )

    def gaps(self) -> Sequence[Backfill]:
        return self.all_of(Backfill)

    def told(self) -> list[str]:
        """The titles of undelivered notices, oldest first."""
        notices = [each.notice for each in self.all_of(Delivery)]
        return [str(notice["title"]) for notice in notices if notice]

    def asked(self, method: str, path: str) -> int:
        """How often an endpoint of Pipedrive was called."""
        return sum((one[0], one[1]) == (method, path) for one in self.crm.requests)


def address(key: str) -> str:
    return f"{HERE}{DOOR}/{key}"


def check(home: Household) -> frozenset[str]:
    """Check once and release the lease, like the checker."""
    check = home.claim()
    wrong = home.keeping.check(check)
    with home.database.writing(home.tenant_id) as session:
        checks.finish_check(checks.lock_row(session, check), check, now(), failed=False)
    return wrong


def is_whole(home: Household) -> bool:
    """Exactly one webhook for each entity, all with one credential, and the database has the same."""
    hooks, rows = home.hooks(), home.our_rows()
    (key,) = {row.key for row in rows.values()}
    assert {entity: [str(each.id) for each in found] for entity, found in hooks.items()} == {
        entity: [rows[entity].pipedrive_id] for entity in WANTED
    }
    assert {each.url for found in hooks.values() for each in found} == {address(key)}
    return True


class Died(BaseException):
    """Simulates the death of a process: none of our code catches it."""


def dies_at(number: int, work: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does as `work`, and raises Died at its call of that number."""
    calls = iter(range(1, 1_000_000))

    def worked(*args: Any, **kwargs: Any) -> Any:
        found = work(*args, **kwargs)
        if next(calls) == number:
            raise Died
        return found

    return worked
