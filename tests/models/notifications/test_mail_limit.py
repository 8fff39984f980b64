"""A person gets so many notification mails in an hour at most; what is more comes as one, none is lost."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.cards.mail import mail_of
from bot.cards.notice import notice_card
from models.accounts.actor import Actor, system
from models.database.engine import Database
from models.destinations.outside import add_email_address
from models.notifications import digest
from models.notifications.mail_limit import PER_HOUR, USUAL, limit_mails, pending_summary
from models.notifications.send import NewNotification, send_batch, send_notification
from models.notifications.types import NotificationChannel, NotificationMode
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.notifications.conftest import TASK, WON, actor_of, kept, messages
from tests.models.notifications.test_send import choose, summaries

EMAIL, CHAT = NotificationChannel.EMAIL, NotificationChannel.CHAT
LIMIT = 5
MINUTE = timedelta(minutes=1)


@pytest.fixture
def both(database: Database, tenants: TwoTenants) -> tuple[Actor, Actor]:
    """A person of each team who wants mails at once, where the limit is 5."""
    database.carried[PER_HOUR] = LIMIT
    people = (actor_of(database, tenants.ours), actor_of(database, tenants.theirs))
    for who in people:
        choose(database, who, NotificationMode.NOW, EMAIL)
        with database.writing(who.tenant) as session:
            add_email_address(session, who.tenant, "By mail", who.name)
    return people


@pytest.fixture
def limited(both: tuple[Actor, Actor]) -> Actor:
    return both[0]


def send(database: Database, to: Actor, title: str, at: datetime, **what: Any) -> None:
    with database.writing(to.tenant) as session:
        new = NewNotification(to.name, what.pop("type", WON), title, **what)
        send_notification(session, system(to.tenant, "test"), new, at)


def mails(database: Database, tenant_id: int) -> list[str]:
    """Return what each mail says, oldest first."""
    return [f"{each['title']}\n{each['words']}" for each in messages(database, tenant_id)]


def test_no_hour_has_more_mails_and_each_notification_is_in_one(database: Database, limited: Actor) -> None:
    """One every four minutes for six hours."""
    came: list[datetime] = []
    for number in range(90):
        at = NOON + 4 * number * MINUTE
        send(database, limited, f"Number {number:03}.", at)
        summaries(database, limited.tenant, at)
        came += [at] * (len(mails(database, limited.tenant)) - len(came))
    summaries(database, limited.tenant, NOON + timedelta(hours=9))

    for since in came:
        assert sum(since <= each < since + timedelta(hours=1) for each in came) <= LIMIT
    whole = "\n".join(mails(database, limited.tenant))
    named = Counter({number: whole.count(f"Number {number:03}.") for number in range(90)})
    assert set(named.values()) == {1}
    assert len(kept(database, limited)) == 90


def test_what_is_over_comes_an_hour_later_as_one_in_its_order(database: Database, limited: Actor) -> None:
    for number in range(7):
        send(database, limited, f"Number {number}", NOON + number * MINUTE)
    assert len(mails(database, limited.tenant)) == LIMIT - 1
    with database.reading(limited.tenant) as session:
        due_at = pending_summary(session, limited.tenant, limited.user_id or 0)
    assert due_at == NOON + 64 * MINUTE
    send(database, limited, "While it waits", NOON + 63 * MINUTE)  # there would be room for it by now
    summaries(database, limited.tenant, due_at)

    assert len(mails(database, limited.tenant)) == LIMIT
    assert mails(database, limited.tenant)[-1].splitlines()[1:] == [
        "Number 4",
        "Number 5",
        "Number 6",
        "While it waits",
    ]
    send(database, limited, "Afterwards", due_at + MINUTE)
    assert mails(database, limited.tenant)[-1].startswith("Afterwards")


def test_those_of_one_batch_count(database: Database, limited: Actor) -> None:
    batch = [NewNotification(limited.name, WON, f"Number {number}") for number in range(9)]
    with database.writing(limited.tenant) as session:
        done = send_batch(session, system(limited.tenant, "test"), batch, NOON)

    assert all(each.channels["email"] for each in done)
    assert len(mails(database, limited.tenant)) == LIMIT - 1


def test_each_person_and_each_channel_has_its_own(database: Database, both: tuple[Actor, Actor]) -> None:
    limited, other = both
    choose(database, limited, NotificationMode.NOW, CHAT, TASK)
    for number in range(9):
        send(database, limited, f"Number {number}", NOON)
    send(database, other, "Theirs", NOON)
    send(database, limited, "In Chat", NOON, type=TASK)

    assert len(mails(database, other.tenant)) == 1
    assert "In Chat" in mails(database, limited.tenant)[-1]


def test_the_usual_summary_leaves_to_the_other_what_the_limit_holds(
    database: Database, limited: Actor
) -> None:
    choose(database, limited, NotificationMode.DIGEST, CHAT, TASK)
    evening = NOON.replace(hour=22)
    for number in range(6):
        send(database, limited, f"Number {number}", evening)
    send(database, limited, "For the morning", evening, type=TASK)
    summaries(database, limited.tenant, evening + timedelta(hours=1))
    assert len(mails(database, limited.tenant)) == LIMIT
    assert "For the morning" not in "".join(mails(database, limited.tenant))

    summaries(database, limited.tenant, evening + timedelta(days=4))
    assert "For the morning" in mails(database, limited.tenant)[-1]


def test_a_mail_names_a_hundred_and_the_rest_comes_later(
    database: Database, limited: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "MOST_MAILS", 3)
    for number in range(LIMIT + 3):
        send(database, limited, f"Number {number}", NOON)
    for hours in (1, 2, 3):
        summaries(database, limited.tenant, NOON + timedelta(hours=hours))

    assert [each.count("Number") for each in mails(database, limited.tenant)[LIMIT - 1 :]] == [3, 2]
    assert mails(database, limited.tenant)[-1].startswith("Number 7")


def test_long_titles_are_all_named_in_mails_that_show_them_whole(database: Database, limited: Actor) -> None:
    titles = [f"Number {number:03} {'x' * 189}" for number in range(40)]
    for title in titles:
        send(database, limited, title, NOON)
    for hours in range(1, 9):
        summaries(database, limited.tenant, NOON + timedelta(hours=hours))

    shown = "".join(
        mail_of(notice_card(each["title"], each["words"]), "https://x.test", rule="", unsubscribe_url="").text
        for each in messages(database, limited.tenant)
    )
    assert [title for title in titles if title not in shown] == []


def test_the_setting_holds_in_all_sessions(database: Database) -> None:
    limit_mails(database, SimpleNamespace(notification_mails_per_hour=7))  # type: ignore[arg-type]
    with database.reading_all() as session:
        assert session.info.get(PER_HOUR, USUAL) == 7
