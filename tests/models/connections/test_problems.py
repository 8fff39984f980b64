"""Each problem is stored once, a new one notified once, and so is the end of all problems."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from sqlalchemy import select, text

from models.connections.problems import (
    PROBLEM_TITLE,
    TEXTS,
    WELL,
    ProblemCode,
    codes_of,
    problem_text,
    set_problems,
    settle,
)
from models.database import migrate
from models.database.engine import Database
from models.security.vault import Vault
from models.tables import Connection, Delivery, User
from tests.conftest import TwoTenants
from tests.crm import connect
from tests.models.rows import add

ENDED, FAILING, FULL = ProblemCode.ENDED, ProblemCode.FAILING, ProblemCode.FULL
AT = "2026-11-20T12:00:00.000000+00:00"
PAGE = "https://pipenotify.example.com/setup"


def settled(
    database: Database, vault: Vault, tenants: TwoTenants, *checks: Collection[ProblemCode]
) -> list[tuple[str, str]]:
    """Settle after each of these checks; return the titles and texts of the notices, oldest first."""
    for tenant_id in tenants:
        connect(database, vault, tenant_id, "refresh")
        add(
            database,
            User(
                tenant_id=tenant_id, email=f"{tenant_id}@x.test", role="admin", chat_name=f"users/{tenant_id}"
            ),
        )
    for wrong in checks:
        with database.writing(tenants.ours) as session:
            row = session.scalars(select(Connection).where(Connection.tenant_id == tenants.ours)).one()
            settle(session, row, wrong, PAGE)
    with database.reading_all() as session:
        owed = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert {each.tenant_id for each in owed} <= {tenants.ours}
    return [(str((each.notice or {})["title"]), str((each.notice or {})["words"])) for each in owed]


def test_a_problem_needs_notice_once_and_its_end_once(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    told = settled(database, vault, tenants, {FAILING}, {FAILING}, set(), set())

    assert told == [(PROBLEM_TITLE, TEXTS[FAILING]), (WELL.title, WELL.words)]


def test_what_is_added_needs_notice_and_what_goes_is_not(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    told = settled(database, vault, tenants, {FAILING}, {FAILING, FULL}, {FAILING})

    assert told == [(PROBLEM_TITLE, TEXTS[FAILING]), (PROBLEM_TITLE, TEXTS[FULL])]


def test_an_ended_authorisation_needs_notice_by_who_noticed_it(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    assert settled(database, vault, tenants, {ENDED}, set()) == []


def test_problems_fit_their_column_the_worst_first() -> None:
    row = Connection()
    set_problems(row, list(ProblemCode))

    assert len(row.problem) <= 500
    assert row.problem.startswith(TEXTS[ENDED])
    assert row.problem == problem_text(codes_of(row)), "what does not fit is left out of both"
    assert codes_of(row) < set(ProblemCode)


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_problem_has_a_text_that_fits_alone(code: ProblemCode) -> None:
    row = Connection()
    set_problems(row, {code})

    assert (row.problem, codes_of(row)) == (TEXTS[code], frozenset({code}))


def test_a_stored_sentence_becomes_its_code(bare_database: Database) -> None:
    """The migration from the release that recognised problems by their texts."""
    migrate.upgrade(bare_database, "0002")
    both = f"{TEXTS[FULL]} {TEXTS[FAILING]}"
    with bare_database.schema() as connection, connection.begin():
        for number, problem in ((1, both), (2, ""), (3, "An older text.")):
            connection.execute(
                text("INSERT INTO tenants (id, name, created_at) VALUES (:id, :name, :at)"),
                {"id": number, "name": f"t{number}", "at": AT},
            )
            connection.execute(
                text(
                    "INSERT INTO connections (id, tenant_id, company_id, problem, created_at) "
                    "VALUES (:id, :id, :company, :problem, :at)"
                ),
                {"id": number, "company": f"c{number}", "problem": problem, "at": AT},
            )
    migrate.upgrade(bare_database)

    with bare_database.reading_all() as session:
        rows = session.scalars(select(Connection).order_by(Connection.id)).all()
    assert [codes_of(row) for row in rows] == [{FULL, FAILING}, set(), set()]
