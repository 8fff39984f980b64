"""Sales reports by REST: rows with totals, as JSON and as CSV, each team its own."""

from __future__ import annotations

import csv

import pytest

from tests.models.sales_reports.deals import add_pipelines, won
from tests.web.api.conftest import ACME, BOLT, Api
from web.api.csv_table import CSV


@pytest.fixture
def filled(api: Api) -> Api:
    won(api.database, api.tenants[ACME], 1, title="=Lamps", value=4500, currency="EUR")
    won(api.database, api.tenants[ACME], 2, value=10, currency="USD")
    return api


def test_totals_have_each_currency_apart(filled: Api) -> None:
    rows = filled.data("GET", "/analytics/pipeline/me?range=7d")
    totals = [row for row in rows if row["part"] == "won" and row["is_total"]]

    assert [(row["count"], row["currency"], row["amount"]) for row in totals] == [
        (1, "EUR", 4500.0),
        (1, "USD", 10.0),
    ]
    assert all(row["counted_since"] for row in rows)


def test_a_report_is_answered_as_csv(filled: Api) -> None:
    answer = filled.call("GET", "/analytics/pipeline/me?range=7d&format=csv")
    rows = list(csv.DictReader(answer.text.splitlines()))

    assert answer.mimetype == CSV
    assert [row["name"] for row in rows if row["part"] == "won" and row["name"]] == ["'=Lamps", "Deal 2"]


def test_another_team_reads_nothing_of_it(filled: Api) -> None:
    rows = filled.data("GET", "/analytics/leaders/me", token=filled.token("admin", BOLT))

    assert [(row["count"], row["is_total"]) for row in rows] == [(0, True)]
    theirs = f"/analytics/leaders/{filled.tenants[ACME]}"
    assert filled.call("GET", theirs, token=filled.token("admin", BOLT)).status_code == 404


@pytest.mark.parametrize("asked", ["range=2y", "pipeline=Moon"])
def test_other_ranges_and_unknown_pipelines_are_refused(filled: Api, asked: str) -> None:
    assert filled.call("GET", f"/analytics/pipeline/me?{asked}").status_code == 400


@pytest.mark.parametrize("noun", ["leaders", "funnel", "response"])
def test_each_report_is_a_table(filled: Api, noun: str) -> None:
    answer = filled.call("GET", f"/analytics/{noun}/me?range=30d&format=csv")

    assert (answer.status_code, answer.text.splitlines()[0].split(",")[0]) == (200, "part")


def test_a_sales_report_is_scheduled(filled: Api) -> None:
    made = filled.data("POST", "/admin/reports", {"scope": "user", "every": "weekly", "by": "leaders"})

    assert (made["by"], made["every"]) == ("leaders", "weekly")


def test_a_scheduled_sales_report_is_of_one_pipeline(filled: Api) -> None:
    add_pipelines(filled.database, filled.tenants[ACME], "Sales", "Renewals")
    add_pipelines(filled.database, filled.tenants[BOLT], "Secrets")
    weekly = {"scope": "user", "every": "weekly", "by": "leaders"}
    for named in ("2", "renewals"):
        made = filled.data("POST", "/admin/reports", weekly | {"pipeline": named})
        assert (made["by"], made["pipeline"]) == ("leaders", "Renewals")
    assert [each["pipeline"] for each in filled.data("GET", "/admin/reports")] == ["Renewals"]

    refused = filled.call("POST", "/admin/reports", weekly | {"pipeline": "Secrets"})
    assert refused.status_code == 400
    assert "Renewals, Sales" in refused.text
    assert filled.call("POST", "/admin/reports", weekly | {"by": "day", "pipeline": "2"}).status_code == 400
