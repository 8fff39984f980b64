"""Retrying on PostgreSQL, with its row locks and row-level security; SQLite: test_commands_retry.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.database.engine import Database
from tests.bot.logged import create_deliveries, only_delivery
from tests.chat import Chat, audit_of, two_tenants
from tests.models.ended import deliveries
from tests.postgresql import Databases


@pytest.fixture
def database_url(postgresql: Databases) -> Iterator[str]:
    with postgresql.fresh() as url:
        yield url


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def test_all_that_failed_goes_again_and_nothing_of_others(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0], 3, message_key="client-one")
    create_deliveries(database, tenants[0], 2, has_destination=False)
    create_deliveries(database, tenants[1])

    reply = chat.say("retry failed")

    assert reply.title == "3 deliveries on the way again"
    assert reply.has("2 failed cards cannot go: the destination was removed.")
    assert len(deliveries(database, tenants[0], state="pending")) == 3
    assert only_delivery(database, tenants[1]).state == "dead"


def test_the_button_on_the_log_does_the_same(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0])
    reply = chat.click(**chat.say("log failed").buttons()["Retry"])
    assert reply.has("1 delivery on the way again")
    assert chat.say("log").has("On its way · Deals")
    assert len(audit_of(database, tenants[0])) == 1
