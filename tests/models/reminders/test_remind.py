"""A reminder goes as its person wants such notifications, and stays in their inbox."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models.accounts.actor import Actor
from models.database.engine import Database
from models.notifications.preferences import set_own
from models.notifications.types import NotificationChannel, NotificationMode, NotificationType
from models.reminders.remind import REMIND, remind
from models.tables import Delivery, DurableWait, Notification, User
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add


def reminded(database: Database, tenant_id: int, mode: NotificationMode) -> tuple[str, int, list[str]]:
    """Return the reason of a reminder's end, how many messages it made, and what the inbox keeps."""
    ada = User(tenant_id=tenant_id, email="ada@acme.test", role="viewer", chat_name="users/1")
    add(database, ada)
    actor = Actor(ada.email, tenant_id, user_id=ada.id, role="viewer")
    wait = DurableWait(tenant_id=tenant_id, user_id=ada.id, action=REMIND, key="k", due_at=NOON)
    wait.details = {"words": "call Jana"}
    add(database, wait)
    with database.writing(tenant_id) as session:
        set_own(session, actor, {(NotificationType.TASK_DUE, NotificationChannel.CHAT): mode})
        row = session.get_one(DurableWait, (tenant_id, wait.id))
        reasons = {remind(session, row, NOON + timedelta(minutes=each)) for each in range(2)}
        sent = session.scalars(select(Delivery.id).where(Delivery.tenant_id == tenant_id)).all()
        mine = Notification.tenant_id == tenant_id
        return reasons.pop(), len(sent), list(session.scalars(select(Notification.title).where(mine)))


def test_a_reminder_is_kept_in_the_inbox_once(database: Database, tenants: TwoTenants) -> None:
    assert reminded(database, tenants.ours, NotificationMode.NOW) == ("", 1, ["Reminder: call Jana"])


def test_who_wants_no_direct_message_has_it_in_the_inbox_alone(
    database: Database, tenants: TwoTenants
) -> None:
    assert reminded(database, tenants.ours, NotificationMode.OFF) == ("", 0, ["Reminder: call Jana"])
