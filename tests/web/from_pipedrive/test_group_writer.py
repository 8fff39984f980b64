"""Many webhooks, one commit; an answer for each, and no false success."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.events import store as event_store
from models.events.store import Arrival
from models.tables import Event
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.web.rsgi import run
from web.from_pipedrive.group_writer import GroupWriter


def _arrival(tenant_id: int, key: str, state: str = "new") -> Arrival:
    return Arrival(tenant_id, key, b"{}", state, NOON)


def _count(database: Database) -> int:
    with database.reading_all() as session:
        return session.execute(select(func.count()).select_from(Event)).scalar_one()


def test_each_is_stored_once_and_counted_once(database: Database, tenants: TwoTenants) -> None:
    counts: list[tuple[int, int]] = []
    writer = GroupWriter(database, lambda new, repeats: counts.append((new, repeats)))
    writer.start()
    keys = [f"{number % 40}" for number in range(120)]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: run(writer.store(_arrival(tenants.ours, key))), keys))
    run(writer.store(_arrival(tenants.ours, "ignored", "ignored")))

    assert _count(database) == 41
    assert [sum(each) for each in zip(*counts, strict=True)] == [40, 80]


def test_one_bad_row_does_not_refuse_its_group(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = GroupWriter(database, lambda *_: None)
    nobody = max(tenants) + 1000  # a tenant that is not there: the foreign key refuses it
    said: dict[str, bool] = {}

    def store(tenant_id: int, key: str) -> None:
        try:
            run(writer.store(_arrival(tenant_id, key)))
            said[key] = True
        except DatabaseUnavailable:
            said[key] = False

    asked = [(tenants.ours, "a"), (nobody, "bad"), (tenants.theirs, "b")]
    waiting = [threading.Thread(target=store, args=each) for each in asked]
    for each in waiting:
        each.start()
    while writer._waiting.qsize() < 3:
        pass
    writer.start()  # now all three are one group
    for each in waiting:
        each.join()

    assert said == {"a": True, "bad": False, "b": True}
    assert _count(database) == 2


def test_an_unforeseen_failure_is_no_yes_and_ends_nothing(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = GroupWriter(database, lambda *_: 1 / 0)  # type: ignore[arg-type]
    writer.start()
    with monkeypatch.context() as broken:
        broken.setattr(event_store, "store", lambda *_: 1 / 0)
        with pytest.raises(DatabaseUnavailable):
            run(writer.store(_arrival(tenants.ours, "a")))

    run(writer.store(_arrival(tenants.ours, "b")))
    run(writer.store(_arrival(tenants.ours, "c")))

    assert _count(database) == 2


def test_a_database_that_does_not_answer_in_time_is_said(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.from_pipedrive.group_writer.WAIT_S", 0.1)
    writer = GroupWriter(database, lambda *_: None)  # never started: nobody answers

    with pytest.raises(DatabaseUnavailable, match="in time"):
        run(writer.store(_arrival(tenants.ours, "a")))
