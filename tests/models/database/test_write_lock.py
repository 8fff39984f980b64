"""The write lock: eight processes that count together lose nothing."""

from __future__ import annotations

import multiprocessing
import shutil
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.database.write_lock import NoWriteLock, WriteLock
from models.tables import Tenant

PROCESSES, TIMES = 8, 25


def count_up(url: str) -> None:
    """Read, then write what was read plus one: the way by which updates get lost."""
    database = Database(url)
    for _ in range(TIMES):
        with database.writing_all() as session:
            tenant = session.scalars(select(Tenant)).one()
            tenant.monthly_count += 1
    database.close()


def test_eight_processes_lose_no_update(migrated_sqlite: Path, tmp_path: Path) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "counter.db")
    url = f"sqlite:///{tmp_path / 'counter.db'}"
    database = Database(url)
    with database.writing_all() as session:
        session.add(Tenant(name="Acme"))
    spawned = multiprocessing.get_context("spawn")
    counters = [spawned.Process(target=count_up, args=(url,)) for _ in range(PROCESSES)]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join(timeout=120)
    with database.reading_all() as session:
        assert session.scalars(select(Tenant.monthly_count)).one() == PROCESSES * TIMES
    database.close()


def test_second_thread_waits_for_the_first(tmp_path: Path) -> None:
    write_lock, order = WriteLock(str(tmp_path / "x.db")), []

    def write() -> None:
        with write_lock:
            order.append("second")

    with write_lock:
        waiting = threading.Thread(target=write)
        waiting.start()
        time.sleep(0.05)
        order.append("first")
    waiting.join(timeout=10)
    assert order == ["first", "second"]


def test_taking_a_turn_inside_a_turn_is_an_error_not_a_deadlock(tmp_path: Path) -> None:
    write_lock = WriteLock(str(tmp_path / "x.db"))
    with write_lock, pytest.raises(RuntimeError, match="inside a writing transaction"), write_lock:
        pass


def test_turn_is_free_again_after_an_error(tmp_path: Path) -> None:
    write_lock = WriteLock(str(tmp_path / "x.db"))
    with pytest.raises(ValueError, match="x"), write_lock:
        raise ValueError("x")
    with write_lock:
        assert (tmp_path / "x.db-turn").exists()


def test_postgresql_takes_no_turns() -> None:
    write_lock = NoWriteLock()
    with write_lock, write_lock:
        assert write_lock is not None
