"""Tokens are shown once and revoked; browsers are signed out from elsewhere."""

from __future__ import annotations

import re

from models.tables.api import ApiSession, ApiToken
from tests.web.admin.conftest import ADA, BEN, Desk, session_of
from tests.web.browser import Browser, csrf_of

PATH = "/admin/access"


def test_a_token_is_shown_once_works_and_is_revoked(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    made = desk.press(f"{PATH}/token", name="CI", days="7", scope="read:rules")
    secret = re.search(r"pn_[\w-]+", made.text)

    assert secret is not None
    assert secret[0] not in desk.browser.get(PATH).text
    headers = {"Authorization": f"Bearer {secret[0]}"}
    assert desk.browser.client.get("/api/v1/admin/rules", headers=headers).status_code == 200
    token = str(desk.id_of(ApiToken, desk.tenants.ours))
    assert desk.press(f"{PATH}/revoke", token=token).status_code == 303
    assert desk.browser.client.get("/api/v1/admin/rules", headers=headers).status_code == 401


def test_a_token_without_scopes_or_days_is_refused(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    assert desk.press(f"{PATH}/token", days="7").status_code == 400
    for days in ("0", "x", "99999"):
        assert desk.press(f"{PATH}/token", days=days, scope="read:rules").status_code == 400


def test_a_viewer_sees_and_ends_only_their_own_sessions(desk: Desk) -> None:
    other = Browser(desk.browser.app)
    other.sign_in(ADA)
    desk.browser.sign_in(BEN)

    assert ADA not in desk.browser.get(PATH).text
    assert desk.press(f"{PATH}/end", session=str(session_of(desk, ADA))).status_code == 404
    assert other.get(PATH).status_code == 200


def test_an_admin_signs_a_browser_out(desk: Desk) -> None:
    other = Browser(desk.browser.app)
    other.sign_in(BEN)
    desk.browser.sign_in(ADA)

    assert desk.press(f"{PATH}/end", session=str(session_of(desk, BEN))).status_code == 303

    assert other.get(PATH).status_code == 303
    assert "session.ended" in desk.browser.get("/admin/audit").text


def test_a_session_of_a_program_is_listed_and_ended(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    made = desk.press(f"{PATH}/token", name="Nightly sync", days="7", scope="read:rules")
    secret = re.search(r"pn_[\w-]+", made.text)
    assert secret is not None
    exchanged = desk.browser.client.post("/api/v1/auth/token", json={"token": secret[0]}).get_json()["data"]
    shown = desk.browser.get(PATH).text
    session_id = str(desk.id_of(ApiSession, desk.tenants.ours))

    assert f"Nightly sync …{secret[0][-4:]}" in shown
    assert "not refreshed yet" in shown
    assert desk.press(f"{PATH}/end-program", session=session_id).status_code == 303
    headers = {"Authorization": f"Bearer {exchanged['access_token']}"}
    assert desk.browser.client.get("/api/v1/admin/rules", headers=headers).status_code == 401
    assert "Sessions of programs" not in desk.browser.get(PATH).text
    assert desk.press(f"{PATH}/end-program", session=session_id).status_code == 404


def test_a_viewer_ends_no_session_of_somebody_elses_program(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    made = desk.press(f"{PATH}/token", name="Nightly sync", days="7", scope="read:rules")
    secret = re.search(r"pn_[\w-]+", made.text)
    assert secret is not None
    desk.browser.client.post("/api/v1/auth/token", json={"token": secret[0]})
    viewer = Browser(desk.browser.app)
    viewer.sign_in(BEN)
    page = viewer.get(PATH)
    session_id = str(desk.id_of(ApiSession, desk.tenants.ours))

    assert "Nightly sync" not in page.text
    fields = {"session": session_id, "csrf": csrf_of(page)}
    assert viewer.post(f"{PATH}/end-program", fields).status_code == 404
