"""A worker that says it is ready has read the rules of its tenants; it says so whatever the database does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from jobs import warm_up as module
from jobs.names.cache import NameCache
from jobs.warm_up import rehearse, warm_up
from models.database import batch, direct
from models.database.batch import BatchStatement
from models.database.direct import DirectStatement
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.languages.translate import current_locale
from models.rules.rulesets import Rulesets
from models.tables import Tenant
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, link

MANY: Final = 8  # statements of a step for one event and its result


def rehearse_here(bench: Bench) -> None:
    """Prepare on the connection that this thread keeps."""
    bench.step.look()
    BatchStatement.prepare_all(bench.database)


def prepared_batches(database: Database) -> list[str]:
    with database.reading_all() as session:
        found = session.scalars(text("SELECT statement FROM pg_prepared_statements"))
        return sorted(each for each in found if "jsonb_to_recordset" in each)


def rows_of_all_tables(database: Database) -> dict[str, list[Any]]:
    with database.reading_all() as session:
        tables = Tenant.metadata.sorted_tables
        return {each.name: sorted(map(str, session.execute(select(each)))) for each in tables}


def test_the_rules_of_all_tenants_are_read(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    rulesets = Rulesets(60.0)

    assert warm_up(bench.database, rulesets, bench.names) == 2
    assert set(rulesets._rulesets) == set(tenants)
    assert rulesets._rulesets[tenants.ours][0].indexes


def test_no_statement_is_written_for_the_first_event(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    dialect = bench.database.engine.dialect
    for each in tuple(DirectStatement._all):
        each._written.clear()
    warm_up(bench.database, Rulesets(60.0), bench.names)
    ready = {each for each in DirectStatement._all if dialect.name in each._written}
    bench.receive_deals(tenants.ours, 1)
    bench.send_all()
    assert len(bench.titles()) == 1
    late = [each for each in DirectStatement._all if dialect.name in each._written and each not in ready]
    assert not [str(each.built_for(dialect)) for each in late]


def test_a_card_is_drawn_in_each_language_of_tenants(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Babel reads what it knows of a language when it is first asked for."""
    with bench.database.writing(tenants.theirs) as session:
        session.get_one(Tenant, tenants.theirs).language = "de"
    drawn = list[str]()

    def note(*_: object, **__: object) -> None:
        drawn.append(current_locale())

    monkeypatch.setattr(module, "event_card", note)

    warm_up(bench.database, Rulesets(60.0), bench.names)

    assert set(drawn) == {"en", "de"}


def test_the_names_that_events_often_refer_to_are_read(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[int]()
    monkeypatch.setattr(NameCache, "read_frequent", lambda _self, some: asked.extend(some))
    warm_up(bench.database, Rulesets(60.0), bench.names)
    assert set(asked) == set(tenants)


def test_a_rehearsal_changes_nothing(bench: Bench, tenants: TwoTenants) -> None:
    """Every statement over a batch of rows is run for no row."""
    for each, space in zip(tenants, (SPACE, "spaces/theirs"), strict=True):
        link(bench.database, each, space)
        bench.receive_deals(each, 2)
    bench.send_all()
    bench.receive_deals(tenants.ours, 1, first=9)
    before = rows_of_all_tables(bench.database)

    rehearse(bench.database, bench.step)

    assert rows_of_all_tables(bench.database) == before


def test_a_first_step_runs_no_batch_that_was_not_prepared(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    texts = set[str]()

    def note(run: Callable[..., Any]) -> Callable[..., Any]:
        def noted(connection: Any, text: str, *values: Any, **more: Any) -> Any:
            texts.add(text)
            return run(connection, text, *values, **more)

        return noted

    for where, name in ((batch, "run_text"), (direct, "run_text"), (direct, "_send_text")):
        monkeypatch.setattr(where, name, note(getattr(where, name)))
    rehearse(bench.database, bench.step)
    prepared = texts.copy()
    texts.clear()
    bench.receive_deals(tenants.ours, 1)
    bench.send_all()

    of_batches = {text for text in texts if re.search(r"VALUES \(\?1|jsonb_to_recordset", text)}
    assert len(of_batches) > MANY
    assert not of_batches - prepared


def test_postgresql_prepares_no_batch_in_a_first_step(bench: Bench, tenants: TwoTenants) -> None:
    """It goes by the types of parameters, too."""
    if bench.database.is_sqlite:
        pytest.skip("SQLite prepares by the text alone, see above")
    link(bench.database, tenants.ours)
    with bench.database.keeping_connection():
        rehearse_here(bench)
        before = prepared_batches(bench.database)
        for number in range(1, 8):
            bench.receive_deals(tenants.ours, 1, first=number)
            bench.send_all()
        assert len(before) > MANY
        assert prepared_batches(bench.database) == before


def test_a_statement_that_fails_is_logged_and_the_others_are_prepared(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one for a table that this release does not know any more."""
    real, failed = BatchStatement.prepare, list[BatchStatement]()

    def prepare(self: BatchStatement, session: Session) -> None:
        if not failed:
            failed.append(self)
            raise ValueError("no such column")
        real(self, session)

    monkeypatch.setattr(BatchStatement, "prepare", prepare)
    with capture_logs() as logged:
        rehearse(bench.database, bench.step)
    assert [each["event"] for each in logged] == ["statement.not_prepared"]


def test_it_ends_when_its_time_is_over(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    monkeypatch.setattr(module, "MOST_S", 0.0)
    moments = iter((0.0, 0.0))
    monkeypatch.setattr(module, "monotonic", lambda: next(moments, 1.0))
    monkeypatch.setattr(module, "event_card", lambda *_, **__: pytest.fail("no time is left to draw"))

    assert warm_up(bench.database, Rulesets(60.0), bench.names) == 1


def test_a_worker_starts_although_a_card_cannot_be_drawn(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("no such format")

    monkeypatch.setattr(module, "event_card", fail)

    assert warm_up(bench.database, Rulesets(60.0), bench.names) == 2


def test_a_database_that_is_away_is_no_failure(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Rulesets, "read", away)

    assert warm_up(bench.database, Rulesets(60.0), bench.names) == 0
