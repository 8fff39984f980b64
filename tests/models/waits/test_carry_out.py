"""Waits are carried out once, whatever is killed in between; conditions end them, hours delay them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import func, select

from models import reminders, waits
from models.database.engine import Database
from models.reminders import remind
from models.stalled.track import packed
from models.tables import DayOff, Delivery, DurableWait, PipedriveUser, User, WaitCondition
from models.tables.stalled import TrackedObject
from models.waits import store
from models.waits.carry_out import carry_out
from models.waits.store import NewWait, add_wait, due_waits, met_waits, tenants_with_due, tenants_with_met
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add

HOUR = timedelta(hours=1)
SEEN_BY_ADA = ["7"]


def person(database: Database, tenant_id: int, **columns: Any) -> User:
    usual = {"email": f"ada{tenant_id}@acme.test", "chat_name": f"users/{tenant_id}"}
    made = User(tenant_id=tenant_id, **{**usual, **columns})
    add(database, made)
    return made


def wait(database: Database, owner: User, **what: Any) -> int:
    usual: dict[str, Any] = {"key": "k", "due_at": NOON + HOUR, "details": {"words": "call Jana"}}
    with database.writing(owner.tenant_id) as session:
        return add_wait(
            session, owner.tenant_id, NewWait(owner.id, remind.REMIND, **{**usual, **what}), NOON
        )[0].id


def track(database: Database, tenant_id: int, *, permitted: list[str] | None = None, **columns: Any) -> None:
    state = columns.pop("state", {"title": "Lamps", "status": "open"})
    usual = {"entity": "deal", "object_id": "42", "is_open": True, "changed_at": NOON, "heard_at": NOON}
    row = TrackedObject(tenant_id=tenant_id, **{**usual, **columns})
    row.state = packed("deal", state, permitted)
    add(database, row)


def run(database: Database, tenant_id: int, at: Any = NOON + HOUR) -> None:
    """Do one turn of a worker."""
    with database.reading_all() as session:
        found = [*tenants_with_due(session, at), *tenants_with_met(session)]
    if tenant_id in found:
        with database.reading(tenant_id) as session:
            rows = [*due_waits(session, tenant_id, at), *met_waits(session, tenant_id)]
        for each in rows:
            with database.writing(tenant_id) as session:
                carry_out(session, tenant_id, each.id, at, {remind.REMIND: remind.remind})


def notices(database: Database, tenant_id: int) -> list[dict[str, Any]]:
    with database.reading(tenant_id) as session:
        query = select(Delivery.notice).where(Delivery.tenant_id == tenant_id).order_by(Delivery.id)
        return [each for each in session.scalars(query) if each is not None]


def state(database: Database, wait_id: int) -> tuple[str, str]:
    with database.reading_all() as session:
        found = session.scalars(select(DurableWait).where(DurableWait.id == wait_id)).one()
        return found.state, found.reason


def test_a_reminder_comes_when_it_is_due_and_once(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    person(database, tenants.theirs)
    number = wait(database, ada)

    run(database, tenants.ours, NOON + HOUR - timedelta(seconds=1))
    assert notices(database, tenants.ours) == []
    for _ in range(3):
        run(database, tenants.ours)

    assert [each["title"] for each in notices(database, tenants.ours)] == ["Reminder: call Jana"]
    assert notices(database, tenants.theirs) == []
    assert state(database, number) == ("done", "")


@contextmanager
def killed_at(line: int) -> Iterator[None]:
    """Raise at the n-th line of `models/waits` that runs."""
    folders, count = (str(Path(waits.__file__).parent), str(Path(reminders.__file__).parent)), 0

    def trace(frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(folders):
            return None
        if event == "line":
            count += 1
            if count == line:
                raise KilledError
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)


class KilledError(BaseException):
    """The process ended here."""


def test_killed_between_any_two_lines_a_reminder_still_comes_once(
    database: Database, tenants: TwoTenants
) -> None:
    ada, kills = person(database, tenants.ours), 0
    track(database, tenants.ours)
    number = wait(database, ada, entity="deal", object_id="42", in_hours=True)
    while state(database, number)[0] == "waiting":
        kills += 1
        try:
            with killed_at(kills):
                run(database, tenants.ours)
        except KilledError:
            assert notices(database, tenants.ours) == [], f"half of it was left, line {kills}"
            assert state(database, number)[0] == "waiting"

    run(database, tenants.ours)
    assert kills > 30
    assert len(notices(database, tenants.ours)) == 1


@pytest.mark.parametrize(
    ("ends_if", "changed", "reason"),
    [
        (WaitCondition.CLOSED, {"is_open": False}, "It was closed before."),
        (WaitCondition.CHANGED, {"changed_at": NOON + HOUR / 2}, "Somebody changed it before."),
    ],
)
def test_a_condition_that_is_met_ends_a_wait_before_it_is_due(
    database: Database, tenants: TwoTenants, ends_if: WaitCondition, changed: dict[str, Any], reason: str
) -> None:
    for tenant_id in tenants:
        ada = person(database, tenant_id)
        wait(database, ada, entity="deal", object_id="42", ends_if=ends_if)
        track(database, tenant_id, **(changed if tenant_id == tenants.ours else {}))

    for tenant_id in tenants:
        run(database, tenant_id, NOON + HOUR / 2)

    with database.reading_all() as session:
        rows = session.execute(
            select(DurableWait.tenant_id, DurableWait.state, DurableWait.reason).order_by(
                DurableWait.tenant_id
            )
        ).all()
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        tenants.ours: ("ended", reason),
        tenants.theirs: ("waiting", ""),
    }
    assert notices(database, tenants.ours) == []


def test_a_reminder_waits_for_the_end_of_days_off(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    today = date(NOON.year, NOON.month, NOON.day)
    add(database, DayOff(tenant_id=tenants.ours, first_day=today, last_day=today))
    wait(database, ada, in_hours=True)

    run(database, tenants.ours)
    assert notices(database, tenants.ours) == []
    run(database, tenants.ours, NOON + timedelta(days=1))

    assert len(notices(database, tenants.ours)) == 1


def test_a_deal_that_the_person_may_no_longer_see_is_not_named(
    database: Database, tenants: TwoTenants
) -> None:
    ada = person(database, tenants.ours, pipedrive_user_id="7")
    add(database, *(PipedriveUser(tenant_id=tenants.ours, pipedrive_id=each) for each in ("7", "8")))
    track(database, tenants.ours, permitted=["8"])
    wait(database, ada, entity="deal", object_id="42", details={"title": "Project Falcon", "words": "call"})

    run(database, tenants.ours)

    (notice,) = notices(database, tenants.ours)
    assert "Falcon" not in str(notice)
    assert notice["title"] == "Reminder: call"
    assert "may not see it" in notice["words"]


def test_what_became_of_the_deal_is_said(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    track(database, tenants.ours, is_open=False, state={"title": "Lamps", "status": "won"})
    wait(database, ada, entity="deal", object_id="42", details={"title": "Lamps"})

    run(database, tenants.ours)

    assert notices(database, tenants.ours)[0]["words"] == "The deal is won by now."


def test_who_cannot_be_written_to_is_noted(database: Database, tenants: TwoTenants) -> None:
    number = wait(database, person(database, tenants.ours, chat_name=None))

    run(database, tenants.ours)

    assert state(database, number) == ("done", remind.UNREACHABLE)
    assert notices(database, tenants.ours) == []


def test_a_turn_takes_a_bounded_number(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    for number in range(5):
        wait(database, ada, key=str(number))
    with database.reading(tenants.ours) as session:
        assert store.AT_ONCE <= 100
        assert len(due_waits(session, tenants.ours, NOON + HOUR)) == 5
        assert (
            session.scalar(
                select(func.count()).select_from(DurableWait).where(DurableWait.tenant_id == tenants.ours)
            )
            == 5
        )
