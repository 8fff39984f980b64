"""Tokens are shown once and revoked; browsers are signed out from elsewhere."""

from __future__ import annotations

import re

from models.tables.api import ApiToken
from tests.web.admin.conftest import ADA, BEN, Desk, session_of
from tests.web.browser import Browser

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
