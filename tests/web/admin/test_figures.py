"""Figures of one's team on a page and as CSV; who may not read the whole log reads their own."""

from __future__ import annotations

import pytest

from models.accounts.features import Feature
from models.tables import Delivery, Tenant
from tests.models.rows import add, rule
from tests.web.admin.conftest import ADA, BEN, Desk

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
