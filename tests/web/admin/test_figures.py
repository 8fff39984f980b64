"""Figures of one's team on a page and as CSV; who may not read the whole log reads their own."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete

from models.accounts.features import Feature
from models.clock import now
from models.tables import Connection, Delivery, Notification, Tenant, User
from tests.models.rows import add, rule
from tests.web.admin.conftest import ADA, BEN, EVE, Desk

PATH = "/admin/figures"
HOSTILE = "=1+1 & co"


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """Of each team a card that arrived and one that failed."""
    for tenant_id, name in zip(desk.tenants, (HOSTILE, "Theirs alone"), strict=True):
        by = rule(tenant_id, name)
        add(desk.database, by)
        with desk.database.writing(tenant_id) as session:
            row = {"tenant_id": tenant_id, "lane": "spaces/1", "rule_name": name, "rule_id": by.id}
            session.add_all(Delivery(**row, state=state) for state in ("delivered", "dead"))
    return desk


@pytest.mark.parametrize("range", ["", "?range=1d", "?range=90d", "?range=nonsense"])
def test_the_figures_of_ones_team(filled: Desk, range: str) -> None:
    filled.browser.sign_in(ADA)
    page = filled.browser.get(f"{PATH}{range}").text

    assert 'role="img" aria-label="' in page
    assert " cards from " in page
    assert "=1+1 &amp; co" in page
    assert "Theirs alone" not in page


def test_six_figures_stand_at_the_head_of_the_page(filled: Desk) -> None:
    for each, read_at in ((ADA, now()), (ADA, None), (EVE, now())):
        team = filled.tenants.theirs if each == EVE else filled.tenants.ours
        row = {"tenant_id": team, "user_id": filled.id_of(User, team, email=each), "type": "DEAL_WON"}
        add(filled.database, Notification(**row, title="Won", read_at=read_at))
    connected = {"state": "connected", "refresh_token": "closed", "refreshed_at": now()}
    add(filled.database, Connection(tenant_id=filled.tenants.ours, company_id="1", **connected))
    with filled.database.writing(filled.tenants.ours) as session:
        in_a_space = (Delivery.destination_id.is_not(None), Delivery.state == "dead")
        session.execute(delete(Delivery).where(*in_a_space))
    filled.browser.sign_in(ADA)
    page = filled.browser.get(PATH).text

    assert dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", page)) == {
        "Cards": "3",
        "Arrived": "2",
        "Failed": "1",
        "Sent in the last hour": "2",
        "Sent in the last day": "2",
        "Arrived of those that were sent": "66.67 %",
        "Failed of those that were sent": "33.33 %",
        "Read in inboxes": "50 %",
        "By channel": "1 in spaces, 1 elsewhere",
        "Connections to Pipedrive that work": "1",
    }


@pytest.mark.parametrize("name", ["time", "rules", "destinations", "people"])
def test_lists_are_given_as_csv(filled: Desk, name: str) -> None:
    filled.browser.sign_in(ADA)
    answer = filled.browser.get(f"{PATH}/{name}.csv?range=30d")

    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert "\n=" not in answer.text
    assert "Theirs" not in answer.text
    assert filled.browser.get(f"{PATH}/secrets.csv").status_code == 404


def test_who_may_not_read_the_whole_log_reads_their_own(filled: Desk) -> None:
    filled.browser.sign_in(BEN)
    page = filled.browser.get(PATH).text

    assert "Your own figures" in page
    assert "=1+1" not in page


def test_a_plan_without_figures_has_no_page(filled: Desk) -> None:
    filled.browser.sign_in(ADA)
    with filled.database.writing_all() as session:
        tenant = session.get_one(Tenant, filled.tenants.ours)
        tenant.features = {Feature.ANALYTICS.value: False}

    assert filled.browser.get(PATH).status_code in (402, 403)
