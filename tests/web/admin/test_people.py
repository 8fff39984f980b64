"""People are found, invited, and given another role."""

from __future__ import annotations

from models.tables import User
from tests.web.admin.conftest import ADA, BEN, EVE, MIA, Desk

PATH = "/admin/people"


def test_the_team_and_nobody_else(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    page = desk.browser.get(PATH).text

    assert all(each in page for each in (ADA, MIA, BEN))
    assert EVE not in page
    assert BEN not in desk.browser.get(f"{PATH}?q=MIA").text


def test_a_manager_reads_and_changes_nothing(desk: Desk) -> None:
    desk.browser.sign_in(MIA)

    assert '<form method="post" action="/admin' not in desk.browser.get(PATH).text


def test_somebody_is_invited_gets_another_role(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    assert desk.press(f"{PATH}/invite", email="Kim@Example.com", role="viewer").status_code == 303
    kim = str(desk.id_of(User, desk.tenants.ours, email="kim@example.com"))
    assert desk.press(f"{PATH}/role", user=kim, role="analyst").status_code == 303
    assert desk.id_of(User, desk.tenants.ours, role="analyst") == int(kim)


def test_the_last_admin_keeps_the_role(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    answer = desk.press(
        f"{PATH}/role", user=str(desk.id_of(User, desk.tenants.ours, email=ADA)), role="viewer"
    )

    assert answer.status_code == 400
    assert "only admin" in answer.text
