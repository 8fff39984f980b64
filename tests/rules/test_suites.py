"""Every test belongs to exactly one suite, and the suites are those in the documents."""

import tomllib

import pytest

from tests.rules.house import ROOT
from tests.suites import BY_FOLDER, ON_BOTH, ON_BOTH_FILES, SUITES, is_wanted, suite_of


@pytest.mark.parametrize(
    ("place", "fixtures", "suite"),
    [
        ("tests/models/security/test_keys.py", [], "unit"),
        ("tests/models/database/test_engine.py", ["tmp_path", "database"], "integration"),
        ("tests/scenarios/test_won_deal.py", [], "e2e"),
        ("tests/browser/test_page.py", ["database"], "e2e"),
        ("tests/faults/test_wiped_redis.py", [], "integration"),
    ],
)
def test_a_test_is_sorted_by_its_place_and_its_servers(place: str, fixtures: list[str], suite: str) -> None:
    assert suite_of(ROOT / place, fixtures) == suite


@pytest.mark.parametrize(
    ("place", "on_postgresql", "some", "rest"),
    [
        ("tests/models/events/test_store.py", False, True, False),
        ("tests/models/events/test_store.py", True, True, False),
        ("tests/web/setup/test_views.py", False, True, False),
        ("tests/web/setup/test_views.py", True, False, True),
        ("tests/jobs/test_drain.py", True, True, False),
    ],
)
def test_pages_and_cards_run_on_sqlite_and_sql_on_both(
    place: str, *, on_postgresql: bool, some: bool, rest: bool
) -> None:
    path = ROOT / place

    assert is_wanted(path, "some", on_postgresql=on_postgresql) is some
    assert is_wanted(path, "rest", on_postgresql=on_postgresql) is rest
    assert is_wanted(path, "all", on_postgresql=on_postgresql)


def test_what_runs_on_both_databases_exists() -> None:
    assert [place for place in (*ON_BOTH, *ON_BOTH_FILES) if not (ROOT / "tests" / place).exists()] == []


def test_every_test_here_has_one_suite(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        assert sum(1 for suite in SUITES if item.get_closest_marker(suite)) == 1, item.nodeid


def test_the_marks_are_declared_by_the_same_names() -> None:
    marks = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]

    assert tuple(mark.split(":")[0] for mark in marks) == (*SUITES, "long")
    assert set(BY_FOLDER.values()) <= set(SUITES)
