"""Figures as JSON with percentiles, and as CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
from itertools import chain

import pytest

from models.clock import now
from models.tables import Delivery
from tests.models.rows import add, destination, fails, rule
from tests.web.api.conftest import ACME, BOLT, Api
from web.api.csv_table import CSV

HOSTILE = "=cmd|'/c calc'!A1"


@pytest.fixture
def filled(api: Api) -> Api:
    with api.database.writing(api.tenants[ACME]) as session:
        card = Delivery(tenant_id=api.tenants[ACME], lane="spaces/1", state="delivered", rule_name=HOSTILE)
        session.add(card)
    return api


def test_figures_have_percentiles_which_are_null_for_none(filled: Api) -> None:
    found = filled.data("GET", "/analytics/dashboard/me")

    assert (found["delivered"], found["p50_ms"], found["p95_ms"]) == (1, None, None)
    assert filled.data("GET", "/analytics/people/me") == []


def test_the_dashboard_says_how_it_goes_at_a_glance(filled: Api) -> None:
    found = filled.data("GET", "/monitoring/dashboard/me")
    theirs = filled.data("GET", "/monitoring/dashboard/me", token=filled.token("admin", BOLT))

    assert (found["sent_last_hour"], found["sent_last_day"], found["by_channel"]) == (1, 1, {"": 1})
    assert (found["success_percent"], found["failed_percent"]) == (100.0, 0.0)
    assert (found["read_percent"], found["connections"]) == (None, 0)
    assert (theirs["sent_last_day"], theirs["failed_percent"], theirs["by_channel"]) == (0, None, {})


def test_the_dashboard_names_where_no_cards_arrive_of_its_own_team_alone(filled: Api) -> None:
    for each in filled.data("GET", "/admin/webhooks"):
        fails(filled.database, filled.tenants[ACME], int(each["id"]), now())

    theirs = filled.data("GET", "/monitoring/dashboard/me", token=filled.token("admin", BOLT))

    assert "Deals" in filled.data("GET", "/monitoring/dashboard/me")["not_arriving"]
    assert theirs["not_arriving"] == []


@pytest.mark.parametrize("noun", ["rules", "channels", "people", "timeline"])
def test_lists_are_answered_as_csv(filled: Api, noun: str) -> None:
    asked = filled.call("GET", f"/analytics/{noun}/me?format=csv")
    accepted = filled.call("GET", f"/analytics/{noun}/me", headers={"Accept": CSV})

    assert (asked.status_code, asked.mimetype, accepted.mimetype) == (200, CSV, CSV)
    assert asked.text.splitlines()[0] == accepted.text.splitlines()[0]
    assert filled.call("GET", f"/analytics/{noun}/me?format=xls").status_code == 400


def test_a_formula_in_a_name_is_disarmed(filled: Api) -> None:
    rows = list(csv.DictReader(filled.call("GET", "/analytics/rules/me?format=csv").text.splitlines()))

    assert [row["name"] for row in rows] == [f"'{HOSTILE}"]
    assert rows[0]["total"] == "1"


def test_json_stays_the_answer_to_who_takes_anything(filled: Api) -> None:
    answer = filled.call("GET", "/analytics/rules/me", headers={"Accept": "*/*"})

    assert answer.mimetype == "application/json"


def test_rules_and_destinations_come_in_pages_and_as_csv_at_once(api: Api) -> None:
    tenant_id = api.tenants[ACME]
    pairs = [(rule(tenant_id, name), destination(tenant_id, name)) for name in "abcde"]
    add(api.database, *chain(*pairs))
    for number, (by, to) in enumerate(pairs):
        row = {"tenant_id": tenant_id, "lane": "spaces/1", "state": "delivered", "rule_id": by.id}
        add(api.database, *(Delivery(**row, destination_id=to.id) for _ in range(number + 1)))

    for noun in ("rules", "channels"):
        pages = [
            api.call("GET", f"/analytics/{noun}/me?limit=2&page={number}").get_json() for number in (1, 2, 3)
        ]
        assert [[row["total"] for row in page["data"]] for page in pages] == [[5, 4], [3, 2], [1]]
        assert pages[0]["meta"]["total"] == 5
        assert len(api.call("GET", f"/analytics/{noun}/me?limit=2&format=csv").text.splitlines()) == 1 + 5
