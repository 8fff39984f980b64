"""Assigns the tests to suites by what they need, and to the databases they run on.

`pytest -m unit`, `integration`, `e2e` or `load` selects a suite. Tests with a database always run on SQLite,
and on PostgreSQL if SQL itself is under test (`ON_BOTH`). With `--postgresql all` all of them do,
with `--postgresql rest` only those that are otherwise left out.

What takes long is marked `long` besides its suite: files by `LONG`, single tests where they stand, the
further values of a parameter by `few_of`, and most rows of wide tables by `SAMPLED`. What is said in both
dialects of Chat is said in one of them. Which ones stay, a hash of the test's name draws. `make test` leaves
the rest out, `make test-long` runs it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from _pytest.mark import ParameterSet
from xdist.scheduler import LoadScopeScheduling

HERE: Final = Path(__file__).parent
SUITES: Final = ("unit", "integration", "e2e", "load")
BY_FOLDER: Final = {
    "scenarios": "e2e",
    "browser": "e2e",
    "faults": "integration",
}
# Folders whose tests are about SQL, locks, transactions, or the engine that depends on them.
ON_BOTH: Final = (
    "models/database",
    "models/deliveries",
    "models/events",
    "models/operating/backups",
    "models/tables",
    "jobs/backups",
    "jobs/deliveries",
    "jobs/events",
    "faults",
)
ON_BOTH_FILES: Final = (
    "jobs/test_drain.py",
    "jobs/test_drain_step.py",
    "jobs/test_sweeper.py",
    "models/attention/test_closing.py",
    "models/card_actions/test_waiting_race.py",
    "models/leads/test_plans.py",
    "models/notifications/test_digest.py",
)
# Folders, files, tests. Each has a shorter neighbour that stays: a page in one theme, a few seeds, one kill.
LONG: Final = (
    "browser/admin/",
    "browser/docs/test_docs.py",
    "browser/test_axe.py",
    "browser/test_card_actions.py::test_a_viewer_and_a_guest_are_refused_in_words_and_change_nothing",
    "browser/test_consent_pages.py",
    "browser/test_pages.py",
    "browser/test_playground_page.py",
    "browser/test_playground_tools.py",
    "browser/test_playground_windows.py",
    "browser/test_readme_walk.py",
    "browser/test_setup_page.py",
    "browser/test_setup_walk.py",
    "faults/test_asked_to_end.py",
    "faults/test_backlog.py",
    "faults/test_hostile_clients.py",
    "faults/test_killed_web.py",
    "faults/test_killed_worker.py",
    "faults/test_lost_redis.py",
    "faults/test_refreshing_tokens.py::test_a_race_of_twenty_processes_makes_one_exchange_for_each_tenant",
    "jobs/test_background_process.py::test_it_returns_when_it_is_asked_to_end_and_when_a_job_hangs[is asked",
    "jobs/test_delivery_process.py::test_what_each_process_measured_is_stored_when_it_ends",
    "jobs/deliveries/test_breakers.py::test_people_are_told_once_that_cards_come_again[postgresql]",
    "jobs/test_worker.py::test_another_worker_goes_on_after_a_kill",
    "models/database/test_write_lock.py::test_eight_processes_lose_no_update",
    "models/leads/test_queries.py::test_nothing_of_a_restricted_lead_reaches_who_may_not_see_it",
    "models/operating/test_commands.py::test_a_backup_is_restored_and_copied",
    "models/operating/backups/test_make_encrypted.py::test_a_killed_one_leaves_no_file_or_a_whole_one[plain",
    "models/operating/backups/test_make_encrypted.py::test_a_killed_one_leaves_no_file_or_a_whole_one[unfinished",
    "models/reports/test_roll_up.py::test_names_outlive_the_rows",
    "models/reports/test_roll_up.py::test_presses_of_a_removed_person_are_forgotten",
    "models/reports/test_roll_up.py::test_presses_of_an_hour_without_a_delivery_outlive_the_rows",
    "models/reports/test_roll_up.py::test_pruned_deliveries_stay_in_the_figures[sqlite-False]",
    "models/reports/test_roll_up.py::test_who_sees_their_own_counts_the_same_rolled_up",
    "models/routing/test_killed.py::test_an_answer_that_is_killed_holds_once[sqlite-expire",
    "models/routing/test_killed.py::test_an_answer_that_is_killed_holds_once[sqlite-decline",
    "models/security/test_audit.py::test_trail_of_an_earlier_release_is_anchored_by_the_upgrade",
    "models/deliveries/test_replay.py::test_ten_thousand_go_in_short_transactions",
    "models/notifications/test_actions.py::test_ten_thousand_notifications_are_counted_and_shown_in_parts",
    "models/nudges/test_quarter.py",
    "models/routing/test_two_hundred_leads.py",
    "models/test_rules_file.py::test_ten_thousand_rules_load_at_once",
    "rules/releases/test_container.py::test_both_parts_start_from_what_was_copied_and_health_answers",
    "scenarios/acting/test_cards_that_act.py::test_a_killed_worker_loses_no_press_and_writes_none_twice",
    "scenarios/canary/",
    "scenarios/deals/test_deals_are_leads.py::test_a_deal_of_a_chosen_pipeline_goes_the_way_of_a_lead",
    "scenarios/deals/test_pasted_links_unfold.py::test_a_link_to_a_known_deal_unfolds_and_another_does_not",
    "scenarios/deals/test_stalled_deals_make_one_card.py",
    "scenarios/test_bursts_become_one_card.py::test_every_event_of_a_burst_is_counted_once_at_one_card_a_second",
    "scenarios/test_connecting.py::test_a_team_that_is_erased_leaves_nothing_and_the_others_everything",
    "scenarios/test_dead_letters_go_again.py",
    "scenarios/test_outage_is_caught_up.py",
    "scenarios/test_rules_as_code.py::test_what_was_dumped_loads_to_the_same",
    "scenarios/week/test_the_week.py",
    "simulation/planted/test_faults.py",
    "simulation/test_story.py::test_the_story_does_not_hang_on_hashes",
    "web/api/test_schema.py",
    "web/from_pipedrive/test_door_attacks.py",
    "web/releases/test_smoke.py::test_the_running_product_passes_and_fails_without_its_redis",
    "web/test_demo.py::test_a_port_that_is_taken_is_said_in_one_line",
    "web/test_demo.py::test_a_second_demo_on_the_same_data_folder_is_refused",
)
# Of the values of these wide tables one in so many stays, drawn by a hash of the test's name.
SAMPLED: Final = {
    "bot/test_plain_words.py": 3,
    "bot/test_unstorable_text.py": 4,
    "browser/test_card_actions.py::test_a_sales_rep_does_it_and_the_card_says_so": 2,
    "faults/test_poison_stages.py": 3,
    "models/operating/backups/test_restore.py::test_a_changed_file_leaves_an_empty_database_empty": 2,
    "models/operating/backups/test_restore.py::test_one_that_is_stopped_changes_and_leaves_nothing": 3,
    "scenarios/week/test_tasks.py::test_what_a_page_says_is_answered": 4,
    "web/api/test_walk.py::test_no_id_makes_a_route_fail": 2,
}
WAITING: Final = (*BY_FOLDER, "simulation")
RULES: Final = "rules"
POSTGRESQL: Final = ("some", "all", "rest")
DIALECTS: Final = ("classic", "addon")
Value = TypeVar("Value")
SERVERS: Final = frozenset(
    {"database", "postgresql", "redis", "embedded_redis", "fake_chat", "fake_pipedrive"}
)


def suite_of(path: Path, fixtures: Iterable[str]) -> str:
    """Return the suite of a test without a mark of its own, by its folder and its fixtures."""
    return BY_FOLDER.get(_place(path).partition("/")[0]) or (
        "unit" if SERVERS.isdisjoint(fixtures) else "integration"
    )


def is_about_sql(path: Path) -> bool:
    """Return whether the tests of a file run on both databases in every run."""
    place = _place(path)
    return place in ON_BOTH_FILES or any(place.startswith(f"{folder}/") for folder in ON_BOTH)


def is_long(name: str) -> bool:
    """Return whether a test, by the id of its node, is left to `make test-long`."""
    return name.startswith(tuple(f"{HERE.name}/{each}" for each in LONG))


def is_other_dialect(name: str) -> bool:
    """Return whether a test, by the id of its node, is said in the dialect that was not drawn for it."""
    said = next((each for each in DIALECTS if re.search(rf"[\[-]{each}[\]-]", name)), None)
    return said is not None and said != DIALECTS[zlib.crc32(name.replace(said, "").encode()) % len(DIALECTS)]


def sampled_out(names: Iterable[str]) -> set[str]:
    """Return which tests, by the ids of their nodes, are rows of a wide table that were not drawn.

    Each table keeps one row at least.
    """
    tables: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        if "[" in name:
            tables.setdefault(name.partition("[")[0], []).append((zlib.crc32(name.encode()), name))
    left_out = set()
    for table, rows in tables.items():
        of = next((of for each, of in SAMPLED.items() if table.startswith(f"{HERE.name}/{each}")), 1)
        _, *others = sorted(rows, key=lambda row: (row[0] % of, row))
        left_out |= {name for drawn, name in others if drawn % of}
    return left_out


def few_of(values: Iterable[Value], *few: Value) -> list[ParameterSet]:
    """Return the values of a parameter; all but a few of them are left to `make test-long`."""
    return [pytest.param(each, marks=() if each in few else pytest.mark.long) for each in values]


def is_wanted(path: Path, which: str, *, on_postgresql: bool) -> bool:
    """Return whether a test runs; `which` is one of POSTGRESQL."""
    if which == "all":
        return True
    is_usual = not on_postgresql or is_about_sql(path)
    return is_usual if which == "some" else not is_usual


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", choices=POSTGRESQL, default="some", help="which tests run on PostgreSQL")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test with exactly one suite, and deselect the databases that were not requested."""
    which = config.getoption("--postgresql")
    dropped = {
        item for item in items if not is_wanted(item.path, which, on_postgresql=_runs_on_postgresql(item))
    }
    if dropped:
        config.hook.pytest_deselected(items=list(dropped))
        items[:] = [item for item in items if item not in dropped]
    items.sort(key=lambda item: _waits_long(item.path), reverse=True)
    others = {
        item for item in items if _place(item.path).startswith("bot/") and is_other_dialect(item.nodeid)
    }
    left_out = sampled_out(item.nodeid for item in items if item not in others)
    for item in items:
        if not any(item.get_closest_marker(suite) for suite in SUITES):
            item.add_marker(suite_of(item.path, getattr(item, "fixturenames", ())))
        if item in others or is_long(item.nodeid) or item.nodeid in left_out:
            item.add_marker("long")


class FilesApart(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process all tests of a file; those of `tests/rules` share one, which reads the code once."""

    def _split_scope(self, nodeid: str) -> str:
        return RULES if nodeid.startswith(f"{HERE.name}/{RULES}/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesApart:
    return FilesApart(config, log)


def _waits_long(path: Path) -> bool:
    """Return whether a test waits for processes: these go first, so that short ones fill the end of a run."""
    return _place(path).partition("/")[0] in WAITING


@cache
def _place(path: Path) -> str:
    """Return a file's path below `tests`, empty outside of it. It is asked for each test of the file."""
    return path.relative_to(HERE).as_posix() if path.is_relative_to(HERE) else ""


def _runs_on_postgresql(item: pytest.Item) -> bool:
    """Return whether one of the test's parameters selects PostgreSQL (`tests.conftest.KINDS`)."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and any(each == "postgresql" for each in callspec.params.values())
