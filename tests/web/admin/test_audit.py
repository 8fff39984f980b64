"""The audit trail is read a part at a time, searched, taken as CSV and checked."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text

from models.accounts import trail
from models.accounts.actor import system
from models.accounts.tokens import create_token
from models.clock import now
from models.security.audit import record
from models.tables import AuditEntry
from tests.chat import Chat, bot_deps
from tests.web.admin.conftest import ADA, MIA, Desk
from web.admin import audit

PATH = "/admin/audit"


def test_the_trail_of_ones_team(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    page = desk.browser.get(PATH).text

    assert "maker of Ours: Wins of Ours" in page
    assert "Theirs" not in page
    assert "Nothing fits" in desk.browser.get(f"{PATH}?action=space").text
    assert "Wins of Ours" in desk.browser.get(f"{PATH}?action=rule").text


def test_a_long_trail_has_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SIZE", 1)
    desk.browser.sign_in(ADA)
    desk.press("/admin/people/invite", email="kim@example.com", role="viewer")
    first = desk.browser.get(PATH).text
    older = re.search(rf'href="({PATH}\?[^"]*)"', first)

    assert "user.invited" in first
    assert older is not None
    assert "rule.made" in desk.browser.get(older[1].replace("&amp;", "&")).text


def test_an_act_names_its_request_and_where_it_came_from(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    answer = desk.press("/admin/people/invite", email="kim@example.com", role="viewer")

    with desk.database.reading(desk.tenants.ours) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.invited")).one()
    request = entry.details["request"]
    assert (request["id"], request["address"]) == (answer.headers["X-Request-ID"], "127.0.0.1")
    assert request["agent"].startswith("Werkzeug")
    assert "from 127.0.0.1" in desk.browser.get(PATH).text


def test_a_changed_entry_is_noticed(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    assert "The trail is unbroken" in desk.press(f"{PATH}/verify").text
    with desk.database.writing(desk.tenants.ours) as session:
        session.execute(
            text("UPDATE audit_entries SET actor = 'eve' WHERE tenant_id = :ours"),
            {"ours": desk.tenants.ours},
        )

    assert "Broken at number 1" in desk.press(f"{PATH}/verify").text


def test_a_long_trail_is_checked_a_part_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_CHECKED", 1)
    desk.browser.sign_in(ADA)
    first = desk.press(f"{PATH}/verify").text
    after = re.search(r'name="after" value="(\d+)"', first)

    assert "Unbroken up to number 1; there are more." in first
    assert after is not None
    assert "The trail is unbroken, up to number 1." in desk.press(f"{PATH}/verify", after=after[1]).text
    assert desk.press(f"{PATH}/verify", after="x").status_code == 404


def _table(desk: Desk, query: str = "") -> list[dict[str, str]]:
    answer = desk.browser.get(f"{PATH}/entries.csv?{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))


@pytest.fixture
def long_ago(desk: Desk) -> Desk:
    """Ada's team did something forty days ago, and three things since."""
    for days, what in ((40, "Old"), (20, "Deals"), (8, "=HYPERLINK(1)"), (1, "Leads")):
        at = now() - timedelta(days=days)
        with time_machine.travel(at, tick=False), desk.database.writing(desk.tenants.ours) as session:
            record(session, system(desk.tenants.ours, ADA), "space.linked", what, spaces=["a", "b"])
    desk.browser.sign_in(ADA)
    return desk


def test_page_rest_chat_and_csv_list_the_same_entries(long_ago: Desk) -> None:
    ours = long_ago.tenants.ours
    with long_ago.database.writing(ours) as session:
        token = create_token(session, system(ours, "test"), ADA, scopes=["read:audit"])[1]
    headers = {"Authorization": f"Bearer {token}"}
    address = "/api/v1/admin/audit?range=30d&action=space"
    rest = long_ago.browser.client.get(address, headers=headers).get_json()["data"]
    rest_csv = long_ago.browser.client.get(f"{address}&format=csv", headers=headers).get_data(as_text=True)
    table = _table(long_ago, "range=30d&action=space")
    person = {"name": "users/1", "email": ADA, "displayName": "Ada", "type": "HUMAN"}
    space = {"name": f"spaces/{ours}", "displayName": "Deals", "spaceType": "SPACE", "type": "ROOM"}
    reply = Chat(bot_deps(long_ago.database), user=person, space=space).say("audit 30d space")
    page = long_ago.browser.get(f"{PATH}?range=30d&action=space").text

    numbers = [str(each["number"]) for each in rest]
    assert [each["object"] for each in rest] == ["Leads", "=HYPERLINK(1)", "Deals"]
    assert [each["number"] for each in table] == numbers
    assert re.findall(r"number (\d+)", page) == numbers
    assert list(csv.DictReader(io.StringIO(rest_csv, newline=""))) == table
    assert reply.has("3 of 3")
    assert all(reply.has(f"space.linked: {each['object']}") for each in rest)
    assert not reply.has("space.linked: Old")


def test_the_file_holds_what_was_searched_and_no_formula(
    long_ago: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "PART", 2)
    everything = _table(long_ago)

    assert [each["object"] for each in everything][:3] == ["Leads", "'=HYPERLINK(1)", "Deals"]
    assert everything[0]["details"] == '{"spaces": ["a", "b"]}'
    assert {"rule.made", "space.linked"} <= {each["action"] for each in everything}
    assert "Theirs" not in str(everything)
    assert [each["object"] for each in _table(long_ago, "range=7d&action=space.linked")] == ["Leads"]
    assert _table(long_ago, "actor=nobody@example.com") == []
    link = 'href="/admin/audit/entries.csv?action=space&amp;actor=&amp;range=7d"'
    assert link in long_ago.browser.get(f"{PATH}?range=7d&action=space").text


def test_a_manager_gets_no_file(desk: Desk) -> None:
    desk.browser.sign_in(MIA)

    assert desk.browser.get(f"{PATH}/entries.csv").status_code == 403
