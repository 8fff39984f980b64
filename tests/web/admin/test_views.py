"""Every admin page by every role, without a token, and with the ids of another team."""

from __future__ import annotations

import re

import pytest

from models.tables import Delivery, Destination, User
from tests.web.admin.conftest import ADA, BEN, EVE, MIA, NOBODY, Desk, session_of

PAGES = {
    "/admin": (ADA, MIA, BEN),
    "/admin/figures": (ADA, MIA, BEN),
    "/admin/rules": (ADA, MIA, BEN),
    "/admin/destinations": (ADA, MIA, BEN),
    "/admin/people": (ADA, MIA),
    "/admin/access": (ADA, MIA, BEN),
    "/admin/audit": (ADA,),
    "/admin/data": (ADA,),
}


@pytest.mark.parametrize("who", [ADA, MIA, BEN])
def test_each_role_gets_the_pages_of_its_rights_and_links_to_no_other(desk: Desk, who: str) -> None:
    desk.browser.sign_in(who)
    links = re.findall(r'<a href="(/admin[a-z/]*)"', desk.browser.get("/admin").text.split('class="tabs"')[1])

    for path, allowed in PAGES.items():
        assert desk.browser.get(path).status_code == (200 if who in allowed else 403), path
        assert (path in links) == (who in allowed), path


def test_a_stranger_is_sent_to_sign_in(desk: Desk) -> None:
    for path in PAGES:
        answer = desk.browser.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            f"/sign-in?next={path.replace('/', '%2F')}",
        )


def test_somebody_without_a_team_is_told_so(desk: Desk) -> None:
    desk.browser.sign_in("new@example.com")

    answer = desk.browser.get("/admin")

    assert answer.status_code == 403
    assert "You belong to no team yet" in answer.text


def _posts(delivery: int, place: int, user: int, browser: int) -> list[tuple[str, dict[str, str]]]:
    return [
        (f"/admin/deliveries/{delivery}/retry", {}),
        *((f"/admin/destinations/{place}/{act}", {}) for act in ("pause", "resume", "test")),
        ("/admin/people/role", {"user": str(user), "role": "viewer"}),
        ("/admin/access/end", {"session": str(browser)}),
        ("/admin/access/revoke", {"token": str(user)}),
    ]


def _bare(text: str) -> str:
    return re.sub(r"[0-9a-f]{16,}", "", re.sub(r'nonce="[^"]*"', "", text))


def test_what_is_another_teams_is_as_if_it_were_not_there(desk: Desk) -> None:
    desk.browser.sign_in(EVE)
    of_eve = session_of(desk, EVE)
    desk.browser.sign_in(ADA)
    other = desk.tenants.theirs
    foreign = (desk.id_of(Delivery, other), desk.id_of(Destination, other), desk.id_of(User, other), of_eve)
    for (path, fields), (nowhere, none) in zip(_posts(*foreign), _posts(*[NOBODY] * 4), strict=True):
        theirs, nobodys = desk.press(path, **fields), desk.press(nowhere, **none)
        assert theirs.status_code == nobodys.status_code == 404, path
        assert _bare(theirs.text) == _bare(nobodys.text), path
    answers = [desk.browser.get(f"/admin/deliveries/{each}") for each in (foreign[0], NOBODY)]
    assert [each.status_code for each in answers] == [404, 404]
    assert _bare(answers[0].text) == _bare(answers[1].text)


def test_a_form_of_another_site_does_nothing(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    ours = desk.tenants.ours
    mine = (desk.id_of(Delivery, ours), desk.id_of(Destination, ours), desk.id_of(User, ours), 1)
    for path, fields in (*_posts(*mine), ("/admin/access/token", {}), ("/admin/people/invite", {})):
        assert desk.browser.post(path, fields).status_code == 403, path


def test_a_viewer_changes_nothing(desk: Desk) -> None:
    desk.browser.sign_in(BEN)
    ours = desk.tenants.ours
    mine = (desk.id_of(Delivery, ours), desk.id_of(Destination, ours), desk.id_of(User, ours), NOBODY)
    for path, fields in _posts(*mine)[:5]:
        assert desk.press(path, **fields).status_code == 403, path
