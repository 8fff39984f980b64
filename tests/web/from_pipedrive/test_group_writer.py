"""Many webhooks, one commit; an answer for each, and no false success."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from models.database.engine import Database
from models.errors import ConnectionLost, DatabaseUnavailable, TransactionUndone
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


def test_group_that_another_process_is_in_the_way_of_is_stored_at_last(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a group it is undone again and again; one by one no row waits for another."""

    def store_group(database: Database, arrivals: list[Arrival], *_: object) -> tuple[int, int]:
        if len(arrivals) > 1:
            raise TransactionUndone("deadlock detected")
        return event_store.store_group(database, arrivals)

    monkeypatch.setattr("web.from_pipedrive.group_writer.store_group", store_group)
    writer = GroupWriter(database, lambda *_: None)

    async def store_both() -> None:
        waiting = [asyncio.create_task(writer.store(_arrival(tenants.ours, each))) for each in "ab"]
        await asyncio.sleep(0)
        writer.start()
        await asyncio.gather(*waiting)

    run(store_both())
    assert _count(database) == 2


def test_group_whose_connection_breaks_is_stored_on_a_fresh_one(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the commit, so the repeat must not store a second row."""
    tries: list[int] = []

    def store_group(database: Database, arrivals: list[Arrival], *_: object) -> tuple[int, int]:
        counts = event_store.store_group(database, arrivals)
        tries.append(len(arrivals))
        if len(tries) == 1:
            raise ConnectionLost("cut")
        return counts

    monkeypatch.setattr("web.from_pipedrive.group_writer.store_group", store_group)
    writer = GroupWriter(database, lambda *_: None)
    writer.start()
    run(writer.store(_arrival(tenants.ours, "a")))
    assert (tries, _count(database)) == ([1, 1], 1)


def test_database_that_stays_away_refuses_the_group(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store_group(_database: Database, _arrivals: list[Arrival], *_: object) -> tuple[int, int]:
        raise ConnectionLost("cut")

    monkeypatch.setattr("web.from_pipedrive.group_writer.store_group", store_group)
    writer = GroupWriter(database, lambda *_: None)
    writer.start()
    with pytest.raises(DatabaseUnavailable):
        run(writer.store(_arrival(tenants.ours, "a")))
    assert _count(database) == 0
