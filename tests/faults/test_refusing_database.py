"""If the database refuses, the webhook endpoint answers 503 and stores nothing; never a false 200."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.conftest import NOT_RUN
from tests.customers import Customer
from tests.faults.clusters import Cluster
from tests.faults.rules import winner
from tests.invariants import events, hold, settle
from tests.machine.pgbouncer import NoPooler, pooler
from tests.postgresql import SERVER_USER, Databases, NoServer
from tests.stack import Stack, wait_until

SAYS_SO_WITHIN_S: Final = 10.0  # Pipedrive gives up after ten seconds


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    home = Path(tempfile.mkdtemp(prefix="pn-", dir="/tmp"))  # short: a socket's path has 107 bytes
    try:
        made = Cluster.create(home)
        made.start()
        yield made
        made.stop()
    except NoServer as missing:
        pytest.skip(f"{NOT_RUN}: {missing}")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def is_refused(customer: Customer) -> bool:
    """Post one webhook; return whether the endpoint refused it correctly."""
    with httpx.Client(base_url=customer.stack.url, trust_env=False, timeout=SAYS_SO_WITHIN_S) as http:
        answer = customer.post(customer.won(), http)
    assert answer.status_code in {200, 503}
    assert answer.status_code == 200 or int(answer.headers["Retry-After"]) > 0
    return answer.status_code == 503


@pytest.mark.long
def test_a_file_that_is_locked_for_long(sqlite_stack: Stack) -> None:
    sqlite_stack.start_web()
    customer = winner(sqlite_stack)
    assert not is_refused(customer)
    with closing(sqlite3.connect(sqlite_stack.folder / "pipenotify.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert is_refused(customer)
        assert sqlite_stack.http.get("/health/live").status_code == 200
        wait_until(lambda: "database is locked" in sqlite_stack.logs(), 5, "the end of the busy wait")
        other.execute("ROLLBACK")

    assert len(events(customer)) == 1
    wait_until(lambda: not is_refused(customer), 10, "a door that takes webhooks again")
    sqlite_stack.start_worker()
    settle(customer)
    hold(customer)


@pytest.mark.long
@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_stops_and_starts_again(cluster: Cluster, tmp_path: Path, how: str) -> None:
    with Stack(tmp_path, cluster.url) as stack:
        stack.start_web()
        worker = stack.start_worker()
        customer = winner(stack)
        assert not is_refused(customer)
        customer.wait_for_cards(1)

        cluster.stop(how)
        assert is_refused(customer)
        assert (stack.http.get("/health/ready").status_code, stack.http.get("/health/live").status_code) == (
            503,
            200,
        )
        cluster.start()
        wait_until(lambda: stack.http.get("/health/ready").status_code == 200, 10, "readiness")
        wait_until(lambda: not is_refused(customer), 10, "a door that takes webhooks again")
        customer.wait_for_cards(2)
        settle(customer)
        hold(customer)
        assert len(events(customer)) == len(customer.accepted)
        assert worker.is_alive
        assert "Traceback" not in stack.logs()


@pytest.mark.long
def test_primary_that_is_demoted_is_left_at_once(cluster: Cluster, tmp_path: Path) -> None:
    """Sessions that are open turn read-only, as on a demoted primary; a new one reaches the new primary."""
    with Stack(tmp_path, cluster.url) as stack:
        stack.start_web()
        worker = stack.start_worker()
        customer = winner(stack)
        with ThreadPoolExecutor(8) as pool:  # so that the pool holds several connections
            assert not any(pool.map(lambda _: is_refused(customer), range(16)))

        cluster.say(f"ALTER ROLE {SERVER_USER} SET default_transaction_read_only = off")
        cluster.say("ALTER SYSTEM SET default_transaction_read_only = on")
        cluster.say("SELECT pg_reload_conf()")
        refused = [is_refused(customer) for _ in range(10)]

        assert sum(refused) <= 2
        assert not any(refused[2:])
        assert stack.http.get("/health/ready").status_code == 200
        settle(customer)
        hold(customer)
        assert worker.is_alive


@pytest.mark.long
def test_primary_that_only_reads_is_not_ready(cluster: Cluster, tmp_path: Path) -> None:
    with Stack(tmp_path, cluster.url) as stack:
        stack.start_web()
        customer = winner(stack)
        assert not is_refused(customer)
        cluster.say("ALTER SYSTEM SET default_transaction_read_only = on")
        cluster.say("SELECT pg_reload_conf()")
        wait_until(lambda: stack.http.get("/health/ready").status_code == 503, 5, "an unready web part")
        assert is_refused(customer)
        cluster.say("ALTER SYSTEM SET default_transaction_read_only = off")
        cluster.say("SELECT pg_reload_conf()")
        wait_until(lambda: stack.http.get("/health/ready").status_code == 200, 5, "readiness")
        assert not is_refused(customer)
        assert "Traceback" not in stack.logs()


@pytest.mark.long
def test_pooler_in_transaction_mode_costs_no_webhook_and_no_card(
    postgresql: Databases, tmp_path: Path
) -> None:
    """The reported case: webhooks over 16 connections, through PgBouncer with four sessions."""
    try:
        with postgresql.fresh() as url, pooler(url) as through, Stack(tmp_path, through) as stack:
            stack.start_web()
            stack.start_worker()
            customer = winner(stack)
            with ThreadPoolExecutor(16) as pool:
                assert not any(pool.map(lambda _: is_refused(customer), range(96)))
            settle(customer)
            hold(customer)
            assert len(events(customer)) == 96
            assert "prepared statement" not in stack.logs()
    except NoPooler as missing:
        pytest.skip(f"{NOT_RUN}: {missing}")
