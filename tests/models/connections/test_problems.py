"""What is wrong is said once, what is new is told once, and that all is well again once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from models.connections.problems import (
    ENDED,
    FAILING,
    FULL,
    PROBLEM_TITLE,
    WELL,
    WORST_FIRST,
    as_problem,
    sentences_of,
    settle,
)
from models.database.engine import Database
from models.security.vault import Vault
from models.tables import Connection, Delivery, User
from tests.conftest import TwoTenants
from tests.crm import connect
from tests.models.rows import add

PAGE = "https://pipenotify.example.com/setup"


def settled(
    database: Database, vault: Vault, tenants: TwoTenants, *looks: Iterable[str]
) -> list[tuple[str, str]]:
    """Settle after each of these looks; return the titles and words that were told, oldest first."""
    for tenant_id in tenants:
        connect(database, vault, tenant_id, "refresh")
        add(
            database,
            User(
                tenant_id=tenant_id, email=f"{tenant_id}@x.test", role="admin", chat_name=f"users/{tenant_id}"
            ),
        )
    for wrong in looks:
        with database.writing(tenants.ours) as session:
            row = session.scalars(select(Connection).where(Connection.tenant_id == tenants.ours)).one()
            settle(session, row, wrong, PAGE)
    with database.reading_all() as session:
        owed = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert {each.tenant_id for each in owed} <= {tenants.ours}
    return [(str((each.notice or {})["title"]), str((each.notice or {})["words"])) for each in owed]


def test_a_problem_is_told_once_and_its_end_once(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    told = settled(database, vault, tenants, {FAILING}, {FAILING}, set(), set())

    assert told == [(PROBLEM_TITLE, FAILING), (WELL.title, WELL.words)]


def test_what_is_added_is_told_and_what_goes_is_not(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    told = settled(database, vault, tenants, {FAILING}, {FAILING, FULL}, {FAILING})

    assert told == [(PROBLEM_TITLE, FAILING), (PROBLEM_TITLE, FULL)]


def test_an_ended_authorisation_is_told_by_who_noticed_it(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    assert settled(database, vault, tenants, {ENDED}, set()) == []


def test_a_problem_fits_its_column_and_can_be_read_back() -> None:
    everything = as_problem(WORST_FIRST)

    assert len(everything) <= 500
    assert everything.startswith(ENDED)
    assert sentences_of(as_problem({FAILING, FULL})) == {FAILING, FULL}
    assert sentences_of("") == frozenset()
    assert all(len(sentence) <= 500 for sentence in WORST_FIRST)
