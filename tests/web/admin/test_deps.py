"""Who acts on the admin pages is read anew, and what is said comes from a list."""

from __future__ import annotations

from sqlalchemy import delete

from models.tables import User
from tests.web.admin.conftest import ADA, BEN, Desk
from tests.web.browser import csrf_of


def test_what_is_said_comes_from_a_list(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    assert "It is sent again." in desk.browser.get("/admin?said=retried").text
    assert "nonsense" not in desk.browser.get("/admin/access?said=nonsense").text


def test_a_user_removed_a_moment_ago_does_nothing_more(desk: Desk) -> None:
    desk.browser.sign_in(BEN)
    token = csrf_of(desk.browser.get("/admin/access"))
    with desk.database.writing(desk.tenants.ours) as session:
        session.execute(delete(User).where(User.tenant_id == desk.tenants.ours, User.email == BEN))

    assert desk.browser.post("/admin/access/token", {"csrf": token, "days": "7"}).status_code == 403
    assert desk.browser.get("/admin").status_code == 403
