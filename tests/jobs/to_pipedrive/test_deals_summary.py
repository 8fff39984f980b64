"""A pipeline review that comes by itself has Pipedrive's count of the open deals, as its reader sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobs.names.cache import NameCache
from jobs.scheduled.reports import ScheduledReports
from jobs.scheduled.summary_cards import SummaryCards
from jobs.to_pipedrive.costs import COSTS
from models.accounts.actor import Actor
from models.attention.mutes import MuteTarget
from models.attention.scheduled_reports import ReportDraft
from models.clock import now
from models.rules.rulesets import Rulesets
from models.sales_reports.scheduled import schedule_report
from models.tables import MuteScope
from models.tables.reports import ReportEvery
from tests.engine import NoSource
from tests.jobs.caring import Household
from tests.models.acting import add_person, notices_to
from tests.models.sales_reports.deals import add_pipelines
from web.playground.faults import Fault

OURS, THEIRS = "as our record knows them", "by Pipedrive's own count"


@pytest.fixture
def connected(household: Household) -> Household:
    household.connect(domain="acme.pipedrive.com")
    household.crm.store.records["deal"]["1"]["visible_to"] = "1"  # only its owner, Ada, and admins see it
    add_pipelines(household.database, household.tenant_id, "Sales", "Renewals")
    return household


@pytest.fixture
def reports(connected: Household) -> ScheduledReports:
    database = connected.database
    cards = SummaryCards(database, NameCache(database, NoSource()), Rulesets(fresh_s=-1.0))
    return ScheduledReports(database, cards, connected.pipedrive)


def person(home: Household, name: str, number: int | None, role: str = "manager") -> Actor:
    token = home.crm.oauth.grant(number)["refresh_token"] if number else ""
    return add_person(
        home.database, home.tenant_id, name, number, role=role, vault=home.vault, refresh_token=token
    )


def read_now(
    home: Household, reports: ScheduledReports, actor: Actor, by: str = "pipeline", pipeline: str = ""
) -> str:
    """Schedule a report for somebody, let it be due, and return what came."""
    me = MuteTarget(MuteScope.USER, user_id=actor.user_id)
    with home.database.writing(home.tenant_id) as session:
        draft = ReportDraft(ReportEvery.WEEKLY, by=by, pipeline=pipeline)
        made = schedule_report(session, actor, me, draft, "UTC", now())
        made.due_at = now() - timedelta(minutes=1)
    reports.run()
    return str(notices_to(home.database, home.tenant_id)[-1])


SUMMARY = ("GET", "/v1/deals/summary")


def asked(home: Household) -> int:
    """How often Pipedrive was asked for a summary; each time costs what we count for it."""
    paid = [cost for *call, cost in home.crm.companies[12345].budget.calls if tuple(call) == SUMMARY]
    assert all(cost == COSTS[SUMMARY] for cost in paid)
    return sum((method, path) == SUMMARY for method, path, _ in home.crm.requests)


def test_each_reader_gets_what_pipedrive_counts_for_them(
    connected: Household, reports: ScheduledReports
) -> None:
    ada, ben = person(connected, "Ada", 1), person(connected, "Ben", 2)
    hers, his = read_now(connected, reports, ada), read_now(connected, reports, ben)

    assert "5 deals" in hers
    assert "4 deals" in his
    assert all(THEIRS in each and OURS not in each for each in (hers, his))


def test_who_reads_only_their_own_asks_for_their_own_of_that_pipeline(
    connected: Household, reports: ScheduledReports
) -> None:
    ben = person(connected, "Ben", 2, role="sales_rep")
    assert "2 deals" in read_now(connected, reports, ben, pipeline="Sales")

    assert "2 deals" not in read_now(connected, reports, ben, pipeline="Renewals")
    assert asked(connected) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 429},
        {"status": 403},
        {"drop": True},
        {"status": 200, "body": {"data": {}}},
    ],
)
def test_where_pipedrive_does_not_answer_our_record_stays(
    connected: Household, reports: ScheduledReports, fault: Any
) -> None:
    ada = person(connected, "Ada", 1)
    connected.crm.faults.order(Fault(times=9, where="/v1/deals/summary", **fault))
    came = read_now(connected, reports, ada)

    assert THEIRS not in came
    assert "Pipeline review" in came


def test_after_no_answer_nobody_is_asked_for_a_while(connected: Household, reports: ScheduledReports) -> None:
    connected.crm.faults.order(Fault(times=9, where="/v1/deals/summary", status=503))
    for reader in (person(connected, "Ada", 1), person(connected, "Ben", 2)):
        assert THEIRS not in read_now(connected, reports, reader)

    assert asked(connected) == 1


def test_nobody_elses_token_asks_for_them_and_other_reports_ask_nothing(
    connected: Household, reports: ScheduledReports
) -> None:
    eve, ada = person(connected, "Eve", None), person(connected, "Ada", 1)
    assert THEIRS not in read_now(connected, reports, eve)
    for by in ("leaders", "funnel", "response", "rule"):
        read_now(connected, reports, ada, by)

    assert asked(connected) == 0
