"""The audit trail is read a part at a time, searched and checked."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from tests.web.admin.conftest import ADA, Desk
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
