"""Deliveries are found, read a part at a time, explained, and sent again."""

from __future__ import annotations

import re

import pytest

from models.tables import Attempt, Delivery
from tests.hostile import TITLES
from tests.web.admin import conftest
from tests.web.admin.conftest import ADA, Desk
from web.admin import deliveries


def _names(text: str) -> list[str]:
    return re.findall(r'class="log-name"[^>]*>([^<]*)<', text)


def test_deliveries_of_ones_team_and_of_no_other(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    page = desk.browser.get("/admin").text

    assert _names(page) == ["Losses", "Wins of Ours"]
    assert "Theirs" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=wins", ["Wins of Ours"]),
        ("q=OURS+500", ["Wins of Ours"]),
        ("q=theirs", []),
        ("q=%25", []),
        ("state=delivered", ["Losses"]),
        ("state=nonsense", ["Losses", "Wins of Ours"]),
        ("range=1h", ["Losses", "Wins of Ours"]),
        ("rule=999", []),
    ],
)
def test_a_search_finds_what_fits_all_of_it(desk: Desk, query: str, names: list[str]) -> None:
    desk.browser.sign_in(ADA)

    assert _names(desk.browser.get(f"/admin?{query}").text) == names


def test_pages_neither_skip_nor_repeat_while_deliveries_arrive(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "SIZE", 1)
    desk.browser.sign_in(ADA)
    first = desk.browser.get("/admin?range=1d").text
    with desk.database.writing(desk.tenants.ours) as session:
        session.add(Delivery(tenant_id=desk.tenants.ours, rule_name="New", lane="x", state="delivered"))

    older = re.search(r'href="(/admin\?[^"]*before=[^"]*)"', first)

    assert older is not None
    assert _names(desk.browser.get(older[1].replace("&amp;", "&")).text) == ["Wins of Ours"]


def test_a_failed_delivery_shows_its_attempts_and_is_sent_again(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    ours = desk.tenants.ours
    number = desk.id_of(Delivery, ours, state="dead")
    with desk.database.writing(ours) as session:
        session.add(Attempt(tenant_id=ours, delivery_id=number, outcome="refused", detail="no such space"))
    path = f"/admin/deliveries/{number}"

    assert "no such space" in desk.browser.get(path).text
    answer = desk.press(f"{path}/retry", page=path)

    assert answer.headers["Location"] == f"{path}?said=retried#said"
    with desk.database.reading(ours) as session:
        assert session.get_one(Delivery, (ours, number)).state == "pending"
    assert "Send again" not in desk.browser.get(path).text


@pytest.mark.parametrize("title", TITLES)
def test_a_hostile_name_is_text(desk: Desk, title: str) -> None:
    desk.browser.sign_in(ADA)
    with desk.database.writing(desk.tenants.ours) as session:
        row = Delivery(tenant_id=desk.tenants.ours, rule_name=title[:255], lane="x", state="delivered")
        session.add(row)
        session.flush()
        number = row.id

    for path in ("/admin", f"/admin/deliveries/{number}"):
        page = desk.browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


def test_an_id_that_is_none_finds_nothing(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    for query in ("before=x", "place=-1", f"rule={'9' * 40}"):
        assert desk.browser.get(f"/admin?{query}").status_code == 404
    assert desk.browser.get(f"/admin?before={conftest.NOBODY}").status_code == 200
