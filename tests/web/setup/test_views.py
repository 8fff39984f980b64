"""The setup page for each viewer: not signed in, new, admin, read-only."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import (
    AuditEntry,
    Connection,
    Delivery,
    Destination,
    Tenant,
    User,
)
from tests.conftest import TwoTenants
from tests.hostile import TITLES
from tests.web.browser import Browser, app_of, csrf_of

ADA, BEN, EVE = "ada@example.com", "ben@example.com", "eve@example.com"
DOORS = ("/setup/check", "/setup/rotate", "/setup/test", "/setup/match", "/setup/role", "/setup/invite")


def _text(browser: Browser, path: str = "/setup") -> str:
    said = browser.get(path)
    assert said.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", said.text)))


def _press(browser: Browser, door: str, **fields: str) -> str:
    """Press a button of the page and return where that leads."""
    said = browser.post(door, fields | {"csrf": csrf_of(browser.get("/setup"))})
    assert said.status_code == 303, said.text
    return said.headers["Location"]


def _place(database: Database, tenant_id: int) -> int:
    with database.reading(tenant_id) as session:
        return int(session.scalars(select(Destination.id)).one())


def test_nobody_in_particular_sees_nothing_of_any_team(browser: Browser) -> None:
    page, state = browser.get("/setup"), browser.get("/setup/state")

    for text in (page.text, state.text):
        assert not [word for word in ("Ours", "Theirs", "Acme", "Umbrella", ADA, "spaces/") if word in text]
    assert "Set-Cookie" not in page.headers
    assert "/pipenotify connect" in page.text
    assert [step["id"] for step in state.get_json()["steps"]] == ["chat"]


def test_with_google_there_is_one_clear_way_to_sign_in(
    filled: Database, database_url: str, tmp_path: Path
) -> None:
    google = {"GOOGLE_CLIENT_ID": "g", "GOOGLE_CLIENT_SECRET": "s", "MAIL_FROM": "app@example.com"}
    with app_of(filled, tmp_path, database_url, **google) as app:
        page = Browser(app).get("/setup").text

    assert page.count("/sign-in?next=/setup") == 1
    assert "/pipenotify connect" not in page
    assert "For whoever runs this service" not in page


def test_what_is_unset_is_named_with_what_to_enter_where(
    filled: Database, database_url: str, tmp_path: Path
) -> None:
    with app_of(filled, tmp_path, database_url, PIPEDRIVE_CLIENT_ID="", PIPEDRIVE_CLIENT_SECRET="") as app:
        text = _text(Browser(app))

    assert "For whoever runs this service" in text
    assert "PIPEDRIVE_CLIENT_ID , PIPEDRIVE_CLIENT_SECRET" in text
    assert "GOOGLE_CLIENT_ID , GOOGLE_CLIENT_SECRET" in text
    assert "webhooks:full" in text
    assert "https://pipenotify.example.com/api/v1/oauth/callback" in text
    assert "https://pipenotify.example.com/oauth/google/callback" in text


def test_what_mail_needs_is_named_until_it_is_set(
    filled: Database, database_url: str, tmp_path: Path
) -> None:
    for mail_from, is_named in (("", True), ("app@example.com", False)):
        with app_of(filled, tmp_path, database_url, MAIL_FROM=mail_from) as app:
            assert ("E-mail: MAIL_FROM" in _text(Browser(app))) is is_named


def test_somebody_new_is_led_to_connect(browser: Browser) -> None:
    browser.sign_in("new@example.com")

    text = _text(browser)

    assert "You belong to no team yet." in text
    assert "Connect Pipedrive" in text
    assert "Ours" not in text


def test_an_admin_sees_their_team_and_nothing_of_another(browser: Browser) -> None:
    browser.sign_in(ADA)

    text = _text(browser)

    assert "Signed in as Ada ada@example.com Team Acme" in text
    assert "Connected with Ours Corp" in text
    assert "Theirs" not in text
    assert "0 of 20,000" in text


def test_who_is_no_admin_looks_and_changes_nothing(browser: Browser) -> None:
    browser.sign_in(BEN)
    page = browser.get("/setup")
    forms = re.findall(r'action="([^"]+)"', page.text)

    assert forms == ["/sign-out"]
    assert "Only an admin of Acme can change this." in page.text
    for door in DOORS:
        assert browser.post(door, {"csrf": csrf_of(page)}).status_code == 403


@pytest.mark.parametrize("door", DOORS)
def test_a_form_of_another_site_does_nothing(browser: Browser, door: str) -> None:
    browser.sign_in(ADA)

    assert browser.post(door, {"place": "1"}).status_code == 403


def test_checking_again_is_asked_for_at_once(browser: Browser, filled: Database, tenants: TwoTenants) -> None:
    browser.sign_in(ADA)

    assert _press(browser, "/setup/check") == "/setup?said=checking#said"

    with filled.reading_all() as session:
        due = dict(session.execute(select(Connection.tenant_id, Connection.next_check_at)).all())
    assert due[tenants.ours] is not None
    assert due[tenants.theirs] is None
    assert "Looking after the webhooks now" in _text(browser, "/setup?said=checking")


def test_rotating_is_asked_for_and_written_down(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    browser.sign_in(ADA)
    _press(browser, "/setup/rotate")

    with filled.reading_all() as session:
        asked = dict(session.execute(select(Connection.tenant_id, Connection.rotates)).all())
        entry = session.scalars(select(AuditEntry)).one()
    assert asked == {tenants.ours: True, tenants.theirs: False}
    assert (entry.tenant_id, entry.actor, entry.action) == (tenants.ours, ADA, "webhooks.rotated")


def test_a_test_card_is_owed_to_the_chosen_space(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    browser.sign_in(ADA)
    _press(browser, "/setup/test", place=str(_place(filled, tenants.ours)))

    with filled.reading_all() as session:
        owed = session.scalars(select(Delivery)).one()
    assert (owed.tenant_id, owed.destination_name, owed.is_test) == (
        tenants.ours,
        f"spaces/{tenants.ours}",
        True,
    )
    assert "Waiting to be sent to Space of Ours Corp" in _text(browser)


@pytest.mark.parametrize("place", ["", "x", "9" * 30, "-1", "²", "theirs"])
def test_no_card_goes_where_no_space_of_the_team_is(
    browser: Browser, filled: Database, tenants: TwoTenants, place: str
) -> None:
    browser.sign_in(ADA)
    place = str(_place(filled, tenants.theirs)) if place == "theirs" else place
    said = browser.post("/setup/test", {"place": place, "csrf": csrf_of(browser.get("/setup"))})

    assert said.status_code == 404
    with filled.reading_all() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_a_paused_space_gets_no_card(browser: Browser, filled: Database, tenants: TwoTenants) -> None:
    place = _place(filled, tenants.ours)
    with filled.writing(tenants.ours) as session:
        session.get_one(Destination, (tenants.ours, place)).is_active = False
    browser.sign_in(ADA)
    said = browser.post("/setup/test", {"place": str(place), "csrf": csrf_of(browser.get("/setup"))})

    assert (said.status_code, "is paused" in said.text) == (400, True)
    assert "A linked space comes first" in _text(browser)


def _ben(database: Database, tenant_id: int) -> User:
    with database.reading(tenant_id) as session:
        mine = select(User).where(User.tenant_id == tenant_id, User.email == BEN)
        return session.scalars(mine).one()


def test_people_are_matched_by_hand_and_given_back(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    browser.sign_in(ADA)
    ben = str(_ben(filled, tenants.ours).id)

    _press(browser, "/setup/match", user=ben, pipedrive="11")
    chosen = _ben(filled, tenants.ours)
    _press(browser, "/setup/match", user=ben, pipedrive="by-email")
    given_back = _ben(filled, tenants.ours)

    assert (chosen.pipedrive_user_id, chosen.is_matched_by_hand) == ("11", True)
    assert (given_back.pipedrive_user_id, given_back.is_matched_by_hand) == (None, False)


@pytest.mark.parametrize(("user", "pipedrive"), [("0", "11"), ("ben", "404"), ("", "11")])
def test_unknown_people_are_not_matched(
    browser: Browser, filled: Database, tenants: TwoTenants, user: str, pipedrive: str
) -> None:
    browser.sign_in(ADA)
    user = str(_ben(filled, tenants.ours).id) if user == "ben" else user
    fields = {"user": user, "pipedrive": pipedrive, "csrf": csrf_of(browser.get("/setup"))}

    assert browser.post("/setup/match", fields).status_code == 404


def test_who_belongs_to_two_teams_may_turn_to_the_other(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    with filled.writing_all() as session:
        session.add(User(tenant_id=tenants.theirs, email=ADA))
    browser.sign_in(ADA, tenant_id=tenants.theirs)

    page = browser.get("/setup").text

    assert 'action="/tenant"' in page
    assert re.search(rf'<option value="{tenants.theirs}" selected>Umbrella</option>', page)


def test_a_page_of_another_team_acts_in_neither(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    with filled.writing_all() as session:
        session.add(User(tenant_id=tenants.theirs, email=ADA, role="admin"))
    browser.sign_in(ADA, tenant_id=tenants.ours)
    form = {"csrf": csrf_of(browser.get("/setup")), "data": "keep"}
    browser.post("/tenant", form | {"tenant": str(tenants.theirs)})

    said = {door: browser.post(door, form).status_code for door in (*DOORS, "/setup/disconnect")}

    assert set(said.values()) == {403}
    with filled.reading_all() as session:
        rows = session.execute(select(Connection.state, Connection.rotates, Connection.next_check_at)).all()
    assert rows == [("connected", False, None)] * 2


def test_what_the_page_says_is_ours_to_say(browser: Browser) -> None:
    browser.sign_in(ADA)

    assert "Pipedrive is connected." in _text(browser, "/setup?connected=1")
    assert 'id="said"' not in browser.get("/setup?said=<b>pwned").text
    assert 'id="said"' not in Browser(browser.app).get("/setup?connected=1").text


@pytest.mark.parametrize("hostile", TITLES[:6])
def test_names_from_elsewhere_stay_text(
    browser: Browser, filled: Database, tenants: TwoTenants, hostile: str
) -> None:
    with filled.writing(tenants.ours) as session:
        mine = Connection.tenant_id == tenants.ours
        connection = session.scalars(select(Connection).where(mine)).one()
        connection.company_name = connection.problem = hostile[:200]
        session.get_one(Tenant, tenants.ours).name = hostile[:200]
    browser.sign_in(ADA)

    page = browser.get("/setup").text

    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", re.sub(r">[^<]*<|\"[^\"]*\"", "", page))
