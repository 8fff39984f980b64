"""Every test belongs to exactly one suite, and the suites are those in the documents."""

import tomllib

import pytest

from tests.rules.house import ROOT
from tests.suites import (
    BY_FOLDER,
    LONG,
    ON_BOTH,
    ON_BOTH_FILES,
    SAMPLED,
    SUITES,
    few_of,
    is_long,
    is_other_dialect,
    is_wanted,
    sampled_out,
    suite_of,
)


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


def test_what_runs_on_both_databases_or_is_long_exists() -> None:
    assert [place for place in (*ON_BOTH, *ON_BOTH_FILES) if not (ROOT / "tests" / place).exists()] == []
    for file, _, test in (each.partition("::") for each in (*LONG, *SAMPLED)):
        assert (ROOT / "tests" / file).exists(), file
        assert not test or f"def {test.split('[')[0]}(" in (ROOT / "tests" / file).read_text(), test


@pytest.mark.parametrize(
    ("place", "long"),
    [
        ("tests/browser/test_axe.py", True),
        ("tests/scenarios/canary/test_canary.py", True),
        ("tests/browser/test_card_actions.py", False),
        ("tests/models/test_rules_file.py", False),
    ],
)
def test_what_is_long_is_known_by_its_place(place: str, *, long: bool) -> None:
    assert is_long(f"{place}::test_it") is long
    assert not is_long("tests/jobs/test_worker.py::test_a_worker_without_any_redis_delivers_and_ends")


def test_of_a_wide_table_some_rows_stay_and_what_has_no_rows_stays() -> None:
    table = "tests/bot/test_plain_words.py::test_it"
    rows = [f"{table}[{number}]" for number in range(300)]
    left_out = sampled_out([*rows, table])
    assert 180 < len(left_out) < 220
    assert left_out == sampled_out(reversed(rows))
    assert not sampled_out(f"tests/bot/test_help.py::test_it[{number}]" for number in range(20))
    assert len(sampled_out(left_out)) == len(left_out) - 1, "a table without a row that is drawn keeps one"


def test_what_is_said_in_both_dialects_is_said_in_one_of_them() -> None:
    names = [f"tests/bot/test_help.py::test_it[{{}}-{number}]" for number in range(20)]
    classic = [is_other_dialect(name.format("classic")) for name in names]
    addon = [is_other_dialect(name.format("addon")) for name in names]

    assert [not each for each in classic] == addon
    assert 0 < sum(classic) < len(classic)
    assert not is_other_dialect("tests/bot/test_help.py::test_it")


def test_a_few_values_of_a_parameter_stay_in_the_gate() -> None:
    assert [(each.values, bool(each.marks)) for each in few_of("abc", "b")] == [
        (("a",), True),
        (("b",), False),
        (("c",), True),
    ]


def test_every_test_here_has_one_suite(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        assert sum(1 for suite in SUITES if item.get_closest_marker(suite)) == 1, item.nodeid


def test_the_marks_are_declared_by_the_same_names() -> None:
    marks = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]

    assert tuple(mark.split(":")[0] for mark in marks) == (*SUITES, "long")
    assert set(BY_FOLDER.values()) <= set(SUITES)
