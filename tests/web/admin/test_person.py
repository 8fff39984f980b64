"""The page of one person: what is kept, a file of it, and erasing that asks for the e-mail."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.tables import User
from tests.web.admin.conftest import ADA, BEN, EVE, MIA, NOBODY, Desk

PEOPLE = "/admin/people"


@pytest.fixture
def path(desk: Desk) -> str:
    desk.browser.sign_in(ADA)
    return f"{PEOPLE}/{desk.id_of(User, desk.tenants.ours, email=BEN)}"


def test_the_page_says_what_goes_and_what_stays(desk: Desk, path: str) -> None:
    page = desk.browser.get(path).text

    assert f"What is kept of {BEN}" in page
    assert "is deleted when erased" in page
    assert "Backups hold" in page


def test_a_file_has_it_all_and_the_trail_says_so(desk: Desk, path: str) -> None:
    answer = desk.press(f"{path}/export", page=path)

    assert answer.get_json()["person"] == BEN
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "user.exported" in desk.browser.get("/admin/audit").text


def test_erasing_needs_the_email(desk: Desk, path: str) -> None:
    assert desk.press(f"{path}/erase", page=path, email=EVE).status_code == 400
    assert (
        desk.press(f"{path}/erase", page=path, email=BEN).headers["Location"] == f"{PEOPLE}?said=removed#said"
    )

    with desk.database.reading_all() as session:
        assert set(session.scalars(select(User.email))) == {ADA, MIA, EVE}
    assert desk.browser.get(path).status_code == 404


def test_people_of_another_team_are_as_if_they_were_not_there(desk: Desk, path: str) -> None:
    for number in (desk.id_of(User, desk.tenants.theirs), NOBODY):
        assert desk.browser.get(f"{PEOPLE}/{number}").status_code == 404
        for act in ("export", "erase"):
            assert desk.press(f"{PEOPLE}/{number}/{act}", page=path, email=EVE).status_code == 404


def test_a_form_of_another_site_does_nothing(desk: Desk, path: str) -> None:
    for act in ("export", "erase"):
        assert desk.browser.post(f"{path}/{act}", {"email": BEN}).status_code == 403


def test_a_manager_may_not(desk: Desk, path: str) -> None:
    desk.browser.sign_in(MIA)

    assert desk.browser.get(path).status_code == 403
    assert desk.press(f"{path}/erase", email=BEN).status_code == 403
