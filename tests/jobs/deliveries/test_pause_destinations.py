"""A destination that refuses us is paused and the admins are notified, once."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.deliveries.notices import Notice, notify_admins, notify_author
from models.tables import Destination, User
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, HandClock, link, link_webhook
from tests.models.rows import add
from web.playground.faults import Fault

ADMIN = "ada@example.com"
HOOK = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t"


@pytest.fixture(autouse=True)
def _today(clock: HandClock) -> None:
    """Notices are due when they are created, by the real clock."""
    clock.at = now()


def _admin(
    database: Database, tenant_id: int, email: str = ADMIN, chat_name: str | None = "users/1001"
) -> None:
    add(database, User(tenant_id=tenant_id, email=email, role="admin", chat_name=chat_name))


def _notices(bench: Bench, tenant_id: int) -> list[tuple[str, str, str]]:
    owed = [each for each in bench.deliveries(tenant_id) if each.notice]
    return [(each.destination_name, (each.notice or {})["title"], each.state) for each in owed]


@pytest.mark.parametrize("status", [403, 404])
def test_admins_are_notified_once_of_a_space_that_is_closed(
    bench: Bench, tenants: TwoTenants, status: int
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for each in tenants:
        _admin(bench.database, each)
    bench.chat.faults.order(Fault(status=status, where=SPACE))
    bench.receive_deals(tenants.ours, 3)

    bench.send_all(seconds=10)

    assert _notices(bench, tenants.ours) == [
        (ADMIN, f"{SPACE} does not let Pipenotify post any more", "delivered")
    ]
    assert _notices(bench, tenants.theirs) == []


def test_the_notice_says_the_way_on(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    _admin(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=403, where=SPACE))
    bench.receive_deals(tenants.ours, 1)
    bench.send_all(seconds=10)

    (told,) = [each.notice for each in bench.deliveries(tenants.ours) if each.notice]
    assert "/pipenotify" not in told["words"]
    assert "403" not in told["words"]
    assert told["button"] == "Resume"
    assert told["url"].startswith("press:space.resume?place=")


def test_without_an_admin_in_chat_another_space_is_notified_and_never_the_closed_one(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.ours, OTHER_SPACE, on=["person.*"])
    bench.chat.faults.order(Fault(status=403, where=SPACE))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all(seconds=10)

    assert bench.titles(OTHER_SPACE) == [f"{SPACE} does not let Pipenotify post any more"]
    assert bench.titles(SPACE) == []


def test_where_nobody_can_be_notified_it_is_still_paused(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=403, where=SPACE))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all(seconds=10)

    assert _notices(bench, tenants.ours) == []
    assert _is_open(bench, tenants.ours) == {SPACE: False}


def _is_open(bench: Bench, tenant_id: int) -> dict[str, bool]:
    with bench.database.reading(tenant_id) as session:
        mine = select(Destination.name, Destination.is_active).where(Destination.tenant_id == tenant_id)
        return dict(session.execute(mine).all())


@pytest.mark.parametrize("chat_name", ["users/1001", None])
def test_where_chat_refuses_every_admin_the_oldest_space_gets_the_notice_once(
    bench: Bench, tenants: TwoTenants, chat_name: str | None
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.ours, OTHER_SPACE, on=["person.*"])
    _admin(bench.database, tenants.ours, ADMIN, chat_name)
    _admin(bench.database, tenants.ours, "cleo@example.com", chat_name and "users/1002")
    bench.chat.faults.order(Fault(times=50, status=403, where=SPACE))
    bench.chat.faults.order(Fault(times=50, status=403, where="spaces/DM"))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all(seconds=30)

    assert not any(_is_open(bench, tenants.ours)[name] for name in (SPACE, ADMIN, "cleo@example.com"))
    title = f"{SPACE} does not let Pipenotify post any more"
    assert _notices(bench, tenants.ours) == [
        (ADMIN, title, "dead"),
        ("cleo@example.com", title, "dead"),
        (OTHER_SPACE, title, "delivered"),
    ]
    assert bench.titles(OTHER_SPACE) == [title]


def test_a_space_gets_no_notice_that_one_admin_can_read(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.ours, OTHER_SPACE, on=["person.*"])
    _admin(bench.database, tenants.ours, "nobody@example.com", None)
    _admin(bench.database, tenants.ours, "cleo@example.com", "users/1003")
    bench.chat.faults.order(Fault(status=403, where=SPACE))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all(seconds=30)

    assert [(where, state) for where, _, state in _notices(bench, tenants.ours)] == [
        ("nobody@example.com", "dead"),
        ("cleo@example.com", "delivered"),
    ]
    assert bench.titles(OTHER_SPACE) == []


def test_what_waits_for_a_refused_admin_goes_to_the_space_as_well(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, OTHER_SPACE, on=["person.*"])
    link(bench.database, tenants.theirs, SPACE, on=["person.*"])
    _admin(bench.database, tenants.ours, "nobody@example.com", None)
    with bench.database.writing(tenants.ours) as session:
        for title in ("First", "Second"):
            notify_admins(session, tenants.ours, Notice(title, "Words"))
        notify_admins(session, tenants.ours, Notice("Private", "Words"), or_space=False)
    bench.send_all(seconds=30)

    assert bench.titles(OTHER_SPACE) == ["First", "Second"]
    assert bench.titles(SPACE) == []


def test_an_author_whom_chat_refuses_is_nobody_elses_notice(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, OTHER_SPACE, on=["person.*"])
    _admin(bench.database, tenants.ours)
    add(bench.database, User(tenant_id=tenants.ours, email="nobody@example.com", role="sales_rep"))
    ada = Actor(name=ADMIN, tenant_id=tenants.ours)
    with bench.database.writing(tenants.ours) as session:
        assert notify_author(session, ada, "nobody@example.com", Notice("Yours was changed", "")) == 1
    bench.send_all(seconds=30)

    assert [(where, state) for where, _, state in _notices(bench, tenants.ours)] == [
        ("nobody@example.com", "dead")
    ]
    assert bench.titles(OTHER_SPACE) == []


def test_admins_are_notified_of_an_incoming_webhook_that_is_gone(bench: Bench, tenants: TwoTenants) -> None:
    linked = link_webhook(bench.database, bench.vault, tenants.ours, HOOK)
    _admin(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=404, where=SPACE))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all(seconds=10)

    ((where, title, state),) = _notices(bench, tenants.ours)
    assert (where, state) == (ADMIN, "delivered")
    assert title.startswith("wall ")
    notice = bench.deliveries(tenants.ours)[-1].notice or {}
    assert (notice["button"], notice["url"]) == (
        "Give it a new address",
        f"press:space.address?place={linked.destination_id}",
    )
    assert "token" not in str(bench.deliveries(tenants.ours)[-1].notice)
    assert linked.destination_id


def test_a_destination_that_a_person_paused_meanwhile_notifies_nobody(
    bench: Bench, tenants: TwoTenants
) -> None:
    linked = link(bench.database, tenants.ours)
    _admin(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=403, where=SPACE))
    bench.receive_deals(tenants.ours, 1)
    results = [bench.deliver.send(message) for message in bench.deliver.claim(10)]
    with bench.database.writing(tenants.ours) as session:
        mine = update(Destination).where(Destination.id == linked.destination_id)
        session.execute(mine.values(is_active=False, paused_because="paused by ada"))

    bench.deliver.finish(results)

    assert _notices(bench, tenants.ours) == []


def test_a_notice_reaches_an_admin_who_paused_the_cards(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    _admin(bench.database, tenants.ours)
    paused = {"is_active": False, "paused_because": f"paused by {ADMIN}"}
    dm = {"kind": "chat_dm", "name": ADMIN, "address": ADMIN, "lane": f"dm:{ADMIN}"}
    add(bench.database, Destination(tenant_id=tenants.ours, **dm, **paused))
    bench.chat.faults.order(Fault(status=403, where=SPACE))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all(seconds=10)

    assert [(where, state) for where, _, state in _notices(bench, tenants.ours)] == [(ADMIN, "delivered")]
