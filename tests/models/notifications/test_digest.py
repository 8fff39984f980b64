"""What is gathered for a summary is told, also what comes in the moment in which the summary is sent."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from models.accounts.actor import Actor, system
from models.database.engine import Database
from models.notifications.digest import DIGEST, send_digest
from models.notifications.preferences import set_own
from models.notifications.send import NewNotification, send_notification
from models.notifications.types import NotificationChannel, NotificationMode
from models.waits.carry_out import carry_out
from models.waits.store import due_waits
from tests.engine import NOON
from tests.models.notifications.conftest import WON, Send, messages

MORNING = NOON + timedelta(hours=21)


@pytest.fixture(autouse=True)
def _gathers(database: Database, ada: Actor) -> None:
    with database.writing(ada.tenant) as session:
        set_own(session, ada, {(WON, NotificationChannel.CHAT): NotificationMode.DIGEST})


def sum_up(database: Database, tenant_id: int, seconds: float = 0) -> None:
    """Do what a worker does when waits are due."""
    at = MORNING + timedelta(seconds=seconds)
    with database.reading(tenant_id) as session:
        waits = due_waits(session, tenant_id, at)
    for each in waits:
        with database.writing(tenant_id) as session:
            carry_out(session, tenant_id, each.id, at, {DIGEST: send_digest})


def told(database: Database, tenant_id: int) -> str:
    return " ".join(f"{each['title']} {each['words']}" for each in messages(database, tenant_id))


def test_what_is_stored_after_its_summary_comes_a_moment_later(
    database: Database, ada: Actor, send: Send
) -> None:
    """Its sender has looked at the clock before, or the clock went back."""
    for number in range(3):
        send(ada, title=f"Deal {number}")
        sum_up(database, ada.tenant, number)

    assert [each["title"] for each in messages(database, ada.tenant)] == ["Deal 0", "Deal 1", "Deal 2"]
    sum_up(database, ada.tenant, 60)
    assert len(messages(database, ada.tenant)) == 3


def test_what_is_stored_while_its_summary_is_sent_is_told(database: Database, ada: Actor, send: Send) -> None:
    send(ada, title="Lamps")
    other = threading.Thread(target=sum_up, args=(database, ada.tenant))
    with database.writing(ada.tenant) as session:
        send_notification(session, system(ada.tenant, "test"), NewNotification(ada.name, WON, "Chairs"), NOON)
        other.start()
        other.join(0.5)  # as long as it may take where nothing keeps it from the end
    other.join()
    sum_up(database, ada.tenant, 60)

    assert all(title in told(database, ada.tenant) for title in ("Lamps", "Chairs"))
