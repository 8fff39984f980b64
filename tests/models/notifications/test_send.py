"""Notifications go where their person wants them, once; one channel that fails stops no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from structlog.testing import capture_logs

from models.accounts.actor import Actor, system
from models.accounts.queries import get_user
from models.database.engine import Database
from models.destinations.outside import add_email_address
from models.destinations.quiet_hours import DAYS
from models.errors import InvalidRequest, NotAllowed
from models.notifications import channels, digest, types
from models.notifications.preferences import TeamDefault, own_matrix, set_defaults, set_own
from models.notifications.send import MOST_AT_ONCE, NewNotification, send_batch, send_notification
from models.notifications.types import NotificationChannel, NotificationMode, NotificationType
from models.tables import DurableWait, QuietHours
from models.waits.carry_out import carry_out
from models.waits.store import due_waits
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.notifications.conftest import TASK, WON, Send, actor_of, kept, messages
from tests.models.rows import add

CHAT, EMAIL, INBOX = NotificationChannel.CHAT, NotificationChannel.EMAIL, NotificationChannel.INBOX
NOW, GATHER, OFF = NotificationMode.NOW, NotificationMode.DIGEST, NotificationMode.OFF


def choose(
    database: Database, who: Actor, mode: NotificationMode, channel: Any = CHAT, type_: Any = WON
) -> None:
    with database.writing(who.tenant) as session:
        set_own(session, who, {(type_, channel): mode})


def summaries(database: Database, tenant_id: int, at: datetime) -> None:
    """Do what a worker does when waits are due."""
    with database.reading(tenant_id) as session:
        waits = due_waits(session, tenant_id, at)
    for each in waits:
        with database.writing(tenant_id) as session:
            carry_out(session, tenant_id, each.id, at, {digest.DIGEST: digest.send_digest})


def test_what_nobody_chose_is_kept_in_the_inbox_without_noise(
    database: Database, ada: Actor, send: Send
) -> None:
    done = send(ada)

    assert done.success
    assert done.channels == {"in_app": True, "chat": False, "email": False}
    assert done.skipped == {"chat": "usual", "email": "usual"}
    assert done.errors == {}
    assert [each.title for each in kept(database, ada)] == ["Lamps were won"]
    assert messages(database, ada.tenant) == []


def test_what_somebody_chose_holds_for_the_next_one(database: Database, ada: Actor, send: Send) -> None:
    choose(database, ada, NOW)
    send(ada, url="https://acme.pipedrive.com/deal/1")
    choose(database, ada, OFF)
    choose(database, ada, OFF, INBOX)
    last = send(ada)

    (message,) = messages(database, ada.tenant)
    assert message["title"] == "Lamps were won"
    assert message["url"].split("\n") == ["https://acme.pipedrive.com/deal/1", "press:inbox.show?"]
    assert not last.success
    assert last.skipped == {"in_app": "person", "chat": "person", "email": "usual"}
    assert [each.in_inbox for each in kept(database, ada)] == [True, False]


def test_a_channel_that_fails_stops_no_other(database: Database, ada: Actor, send: Send) -> None:
    choose(database, ada, NOW, EMAIL)
    choose(database, ada, NOW)
    first = send(ada)
    with database.writing(ada.tenant) as session:
        add_email_address(session, ada.tenant, "Ada by mail", ada.name)
    second = send(ada)

    assert first.channels == {"in_app": True, "chat": True, "email": False}
    assert first.errors == {"email": channels.NO_ADDRESS}
    assert second.channels == {"in_app": True, "chat": True, "email": True}
    assert len(messages(database, ada.tenant)) == 3


def test_sent_twice_with_a_key_is_one(database: Database, ada: Actor, send: Send) -> None:
    first, second = send(ada, TASK, key="k"), send(ada, TASK, key="k", title="other")

    assert (first.is_new, second.is_new) == (True, False)
    assert first.id == second.id
    assert len(messages(database, ada.tenant)) == 1


def test_a_lock_of_the_team_holds_whatever_somebody_chose(
    database: Database, tenants: TwoTenants, ada: Actor, send: Send
) -> None:
    boss, theirs = actor_of(database, ada.tenant, "boss", "admin"), actor_of(database, tenants.theirs)
    choose(database, ada, NOW)
    with database.writing(ada.tenant) as session:
        set_defaults(session, boss, [TeamDefault(WON, CHAT, OFF, is_locked=True)])
        set_defaults(session, boss, [TeamDefault(TASK, CHAT, OFF)])

    assert send(ada).skipped["chat"] == "lock"
    assert send(ada, TASK).skipped["chat"] == "team"
    assert send(theirs, TASK).channels["chat"]
    with pytest.raises(InvalidRequest, match="locked"):
        choose(database, ada, GATHER)
    choose(database, ada, NOW, type_=TASK)
    assert send(ada, TASK).channels["chat"]


def test_a_choice_is_taken_back(database: Database, ada: Actor, send: Send) -> None:
    choose(database, ada, OFF, type_=TASK)
    assert send(ada, TASK).skipped["chat"] == "person"
    with database.writing(ada.tenant) as session:
        set_own(session, ada, {(TASK, CHAT): None})
    assert send(ada, TASK).channels["chat"]


def test_defaults_are_for_admins_and_an_inbox_sums_nothing_up(database: Database, ada: Actor) -> None:
    with database.writing(ada.tenant) as session:
        with pytest.raises(NotAllowed):
            set_defaults(session, ada, [TeamDefault(WON, CHAT, NOW)])
        with pytest.raises(InvalidRequest):
            set_own(session, ada, {(WON, INBOX): GATHER})
        with pytest.raises(NotAllowed):
            own_matrix(session, Actor("guest", ada.tenant))


def test_a_summary_comes_in_the_morning_with_all_of_it_once(
    database: Database, tenants: TwoTenants, send: Send
) -> None:
    for tenant_id in tenants:
        who = actor_of(database, tenant_id)
        choose(database, who, GATHER)
        for number in range(12):
            send(who, title=f"Deal {number} of {tenant_id}")
        send(who, title="expired", expires_at=NOON + timedelta(hours=1))
    summaries(database, tenants.ours, NOON + timedelta(hours=20))
    assert messages(database, tenants.ours) == []

    for _ in range(2):
        summaries(database, tenants.ours, NOON + timedelta(hours=22))

    (summary,) = messages(database, tenants.ours)
    assert summary["title"] == "12 notifications"
    assert "Deal 0 of" in summary["words"]
    assert "and 2 more" in summary["words"]
    assert "expired" not in summary["words"]
    assert messages(database, tenants.theirs) == []


def test_quiet_hours_hold_a_direct_message_and_not_what_is_urgent(
    database: Database, ada: Actor, send: Send
) -> None:
    window = QuietHours(tenant_id=ada.tenant, scope="user", user_id=ada.user_id, starts="11:00", ends="13:00")
    window.days, window.timezone, window.lets_urgent_through = list(DAYS), "UTC", True
    add(database, window)

    assert send(ada, TASK).channels["chat"]
    assert messages(database, ada.tenant) == []
    send(ada, TASK, title="fire", priority=types.Priority.HIGH)
    send(ada, TASK, title="asked for", asked_for_now=True)
    assert [each["title"] for each in messages(database, ada.tenant)] == ["fire", "asked for"]

    summaries(database, ada.tenant, NOON + timedelta(hours=1))
    assert [each["title"] for each in messages(database, ada.tenant)][2:] == ["Lamps were won"]
    with database.reading(ada.tenant) as session:
        (wait,) = session.scalars(select(DurableWait).where(DurableWait.tenant_id == ada.tenant))
        assert wait.due_at == NOON + timedelta(hours=1)


def test_who_never_wrote_to_the_app_has_it_in_the_inbox(database: Database, ada: Actor, send: Send) -> None:
    with database.writing(ada.tenant) as session:
        user = get_user(session, ada.tenant, ada.user_id or 0)
        assert user is not None
        user.chat_name = None
    done = send(ada, TASK)

    assert done.channels == {"in_app": True, "chat": False, "email": False}
    assert done.errors == {"chat": channels.NOT_IN_CHAT}


@pytest.mark.parametrize(
    "what",
    [
        {"title": " "},
        {"url": "http://example.com"},
        {"url": "javascript:alert(1)"},
        {"tags": ("Ä",)},
        {"tags": tuple("abcdefghijk")},
        {"expires_at": NOON},
        {"key": "k" * 81},
    ],
)
def test_what_cannot_be_sent_is_refused(
    database: Database, ada: Actor, send: Send, what: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest):
        send(ada, **what)
    assert kept(database, ada) == []


def test_a_batch_sends_what_it_can_in_few_statements(
    database: Database, tenants: TwoTenants, ada: Actor
) -> None:
    boss, theirs = actor_of(database, ada.tenant, "boss", "manager"), actor_of(database, tenants.theirs)
    batch = [NewNotification(ada.name, WON, f"Deal {number}") for number in range(98)]
    batch[3:3] = [NewNotification(theirs.name, WON, "not theirs"), NewNotification(ada.name, WON, "")]
    asked: list[str] = []

    with database.writing(ada.tenant) as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *each: asked.append(each[2]))
        done = send_batch(session, boss, batch, NOON)

    assert [bool(each.error) for each in done] == [False] * 3 + [True] * 2 + [False] * 95
    assert len(kept(database, ada)) == 98
    assert kept(database, theirs) == []
    assert len([each for each in asked if each.startswith("INSERT INTO notifications")]) == 1
    assert len(asked) <= 10, "people, defaults, preferences, insert, what is stored, one entry of the trail"
    with database.writing(ada.tenant) as session, pytest.raises(InvalidRequest):
        send_batch(session, boss, batch * 2, NOON)
    assert MOST_AT_ONCE == 100


def test_who_may_not_send_to_others_sends_to_oneself(database: Database, ada: Actor) -> None:
    ben = actor_of(database, ada.tenant, "ben")
    with database.writing(ada.tenant) as session:
        assert send_notification(session, ada, NewNotification(ada.name, WON, "mine"), NOON).success
        with pytest.raises(NotAllowed):
            send_notification(session, ada, NewNotification(ben.name, WON, "his"), NOON)
        with pytest.raises(NotAllowed):
            send_notification(session, Actor("guest", ada.tenant), NewNotification(ben.name, WON, "x"), NOON)
        with pytest.raises(InvalidRequest):
            send_notification(session, system(ada.tenant, "t"), NewNotification("no@x.test", WON, "x"), NOON)
    assert kept(database, ben) == []


def test_every_type_is_quiet_unless_it_needs_somebody() -> None:
    loud = [each for each in NotificationType if types.usual_mode(each, CHAT) is NOW]

    assert set(loud) == {"LEAD_ASSIGNED", "TASK_DUE", "MENTION", "CONNECTION_PROBLEM", "NUDGE"}
    assert {types.usual_mode(each, EMAIL) for each in NotificationType} == {OFF}


def test_each_is_logged_with_its_channels_and_without_its_words(
    database: Database, ada: Actor, send: Send
) -> None:
    choose(database, ada, NOW, EMAIL)
    with capture_logs() as said:
        send(ada)
    (line,) = [each for each in said if each["event"] == "notification.sent"]

    assert (line["tenant_id"], line["user_id"], line["notification_type"]) == (ada.tenant, ada.user_id, WON)
    assert (line["channels"], line["status"], line["errors"]) == (["in_app"], "sent", ["email"])
    assert line["log_level"] == "warning"
    assert "Lamps" not in str(line)
