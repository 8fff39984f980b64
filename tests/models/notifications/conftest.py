"""People of two teams, and what sends to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor, system
from models.database.engine import Database
from models.notifications.send import NewNotification, SendOutcome, send_notification
from models.notifications.types import NotificationType
from models.tables import Delivery, Notification, User
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add

WON = NotificationType.DEAL_WON
TASK = NotificationType.TASK_DUE
Send = Callable[..., SendOutcome]


def actor_of(database: Database, tenant_id: int, name: str = "ada", role: str = "sales_rep") -> Actor:
    """Add a user whom the app can write to in Chat."""
    email = f"{name}{tenant_id}@acme.test"
    made = User(tenant_id=tenant_id, email=email, role=role, chat_name=f"users/{name}{tenant_id}")
    add(database, made)
    return Actor(email, tenant_id, user_id=made.id, role=role, is_certain=True)


def kept(database: Database, who: Actor) -> list[Notification]:
    with database.reading(who.tenant) as session:
        mine = (Notification.tenant_id == who.tenant, Notification.user_id == who.user_id)
        return list(session.scalars(select(Notification).where(*mine).order_by(Notification.id)))


def messages(database: Database, tenant_id: int) -> list[dict[str, Any]]:
    """Return the notices on their way to Chat or by mail, oldest first."""
    with database.reading(tenant_id) as session:
        query = select(Delivery.notice).where(Delivery.tenant_id == tenant_id).order_by(Delivery.id)
        return [each for each in session.scalars(query) if each is not None]


@pytest.fixture
def ada(database: Database, tenants: TwoTenants) -> Actor:
    return actor_of(database, tenants.ours)


@pytest.fixture
def send(database: Database) -> Send:
    def sent(to: Actor, type_: NotificationType = WON, **what: Any) -> SendOutcome:
        new = NewNotification(to.name, type_, **{"title": "Lamps were won", **what})
        with database.writing(to.tenant) as session:
            return send_notification(session, system(to.tenant, "test"), new, what.pop("at", NOON))

    return sent
